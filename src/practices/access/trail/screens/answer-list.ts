/**
 * The accesses of an answer as a list of which any part can be looked at: how many there are was told with the answer, so the
 * list has its full length at once, and what comes in sight is read by its place. The answer stays as it was when asked.
 */
import { useQueries } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { call, problemOf } from '#ui/call.ts'
import { keyOf } from '#ui/data.ts'
import type { LongList } from '#ui/long-list.ts'
import { readOn } from '../contract.ts'
import type { AccessShown } from './trail-words.ts'

/** The most that the server gives at once; the answer comes with so many. */
export const pageLength = 200
/** Of somebody who drags the bar, only where they come to rest is read. */
const restMs = 60
const keptMs = 60_000

/** Of which of the answer's groups, and whether only what nothing explains. */
export interface Only {
  readonly group: number | undefined
  readonly isUnexplained: boolean
}

export function useAnswerList({
  questionId,
  first,
  total,
  only,
}: {
  readonly questionId: string
  /** The page that came with the answer. */
  readonly first: readonly AccessShown[]
  /** How many there are of what is looked at. */
  readonly total: number
  readonly only: Only
}): LongList<AccessShown> {
  const [sight, setSight] = useState({ first: 0, last: 0 })
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(rest.current), [])
  const isWhole = only.group === undefined && !only.isUnexplained
  const lastPage = Math.max(0, Math.ceil(total / pageLength) - 1)
  const near = Array.from({ length: sight.last - sight.first + 1 }, (_, step) => sight.first + step)
  // The first page is always held: without it the list would be taken for an empty one.
  const pages = [...new Set([0, ...near])].filter((page) => page <= lastPage)
  const results = useQueries({
    queries: pages.map((page) => {
      const input = {
        questionId,
        limit: pageLength,
        from: page * pageLength,
        ...(only.group === undefined ? {} : { group: only.group }),
        ...(only.isUnexplained ? { unexplained: true } : {}),
      }
      return {
        queryKey: keyOf(readOn, input),
        queryFn: ({ signal }: { signal: AbortSignal }) => call(readOn, input, { signal }),
        enabled: !(isWhole && page === 0),
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: keptMs,
      }
    }),
  })
  const held = new Map(pages.map((page, at) => [page, results[at]?.data?.items]))
  if (isWhole) held.set(0, [...first])
  const failed = results.filter(({ error }) => error !== null)
  const see = useCallback((from: number, to: number) => {
    clearTimeout(rest.current)
    rest.current = setTimeout(() => {
      const next = { first: Math.floor(from / pageLength), last: Math.floor(to / pageLength) }
      setSight((now) => (now.first === next.first && now.last === next.last ? now : next))
    }, restMs)
  }, [])
  return {
    items: [...held.values()].flatMap((items) => items ?? []),
    count: total,
    at: (place) => held.get(Math.floor(place / pageLength))?.[place % pageLength],
    see,
    isLoading: held.get(0) === undefined && failed.length === 0,
    isOld: false,
    hasMore: false,
    isLoadingMore: false,
    more: () => undefined,
    again: () => {
      for (const { refetch } of failed) void refetch()
    },
    problem: failed[0]?.error ? problemOf(failed[0].error) : undefined,
  }
}
