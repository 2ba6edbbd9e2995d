/** A list that is held whole, as what a table takes. */
import type { Pages } from '#ui/data.ts'

export function pagesOf<T>(items: readonly T[]): Pages<T> {
  return {
    items,
    isLoading: false,
    isOld: false,
    hasMore: false,
    isLoadingMore: false,
    more: () => undefined,
    again: () => undefined,
    problem: undefined,
  }
}
