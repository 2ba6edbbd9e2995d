/**
 * A list of any length of which only what is near the rows in sight is held. The server's pages are read one after the
 * other, each by the place at which the one before ended; those places are kept, so that what was let go is read again
 * when somebody comes back to it. A page read again may end elsewhere than before: the page after it is then read from
 * there, so that no row in sight is missing or stands twice.
 */
import { useQueries } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import type { Endpoint, WireInputOf, WireOutputOf } from '#platform/contract.ts'
import { call, problemOf } from './call.ts'
import { keyOf, type Pages, useRead } from './data.ts'

/** What a `DataTable` takes; `items` are those held from the first on without a gap. */
export interface LongList<T> extends Pages<T> {
  /** How many rows are known of, held or not. */
  readonly count: number
  /** A row that is held. */
  readonly at: (place: number) => T | undefined
  /** Says which rows are in sight: they are read, and what is far from them is let go. */
  readonly see: (first: number, last: number) => void
}

/** The most that the server gives at once. */
const pageLength = 200
/** How many pages on either side of those in sight are held. */
const margin = 3
/** What is let go is forgotten after this time. */
const keptMs = 5_000

type ItemOf<Output> = Output extends { readonly items: readonly (infer Item)[] } ? Item : never

interface Known {
  readonly of: string
  /** Where each page begins; the first at the beginning. */
  readonly places: readonly (string | undefined)[]
  /** How many rows there are; undefined until the last page was read. */
  readonly end: number | undefined
}

interface Sight {
  readonly of: string
  readonly first: number
  readonly last: number
}

/** Reads a list whose input takes `limit` and `after`. */
export function useLongList<E extends Endpoint>(
  endpoint: E,
  input: Omit<WireInputOf<E>, 'limit' | 'after'>,
): LongList<ItemOf<WireOutputOf<E>>> {
  type Item = ItemOf<WireOutputOf<E>>
  type Page = { readonly items: readonly Item[]; readonly next: string | null }
  const of = JSON.stringify(input)
  const [knownOf, setKnown] = useState<Known>({ of, places: [undefined], end: undefined })
  const known = knownOf.of === of ? knownOf : { of, places: [undefined], end: undefined }
  const [sightOf, setSight] = useState<Sight>({ of, first: 0, last: 0 })
  const sight = sightOf.of === of ? sightOf : { of, first: 0, last: 0 }

  const inputOf = (after: string | undefined) =>
    ({ ...input, limit: pageLength, ...(after === undefined ? {} : { after }) }) as WireInputOf<E>
  // The first page is always held: it stands while another question's is on its way.
  const start = useRead(endpoint, inputOf(undefined))
  const startPage = start.data as Page | undefined

  const from = Math.max(1, sight.first - margin)
  const to = Math.min(known.places.length - 1, sight.last + margin)
  const held = Array.from({ length: Math.max(0, to - from + 1) }, (_, step) => from + step)
  const results = useQueries({
    queries: held.map((page) => ({
      queryKey: keyOf(endpoint, inputOf(known.places[page])),
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        (await call(endpoint, inputOf(known.places[page]), { signal })) as Page,
      enabled: page >= sight.first && page <= sight.last,
      gcTime: keptMs,
    })),
  })

  const pages = new Map<number, Page>()
  if (startPage !== undefined) pages.set(0, startPage)
  if (!start.isOld)
    for (const [at, page] of held.entries()) {
      const data = results[at]?.data
      if (data !== undefined) pages.set(page, data)
    }
  const next = learn(known, start.isOld ? new Map() : pages)
  useEffect(() => {
    if (next !== known) setKnown(next)
  })

  const at = (place: number): Item | undefined => pages.get(Math.floor(place / pageLength))?.items[place % pageLength]
  const items: Item[] = []
  for (let page = 0; pages.has(page); page += 1) items.push(...(pages.get(page)?.items ?? []))
  const isLast = (page: number) => page === next.places.length - 1
  const count =
    startPage === undefined
      ? 0
      : start.isOld
        ? startPage.items.length
        : (next.end ?? (next.places.length - 1) * pageLength)
  const failed = results.find(({ error }) => error !== null)
  const lastPage = next.places.length - 1
  const see = useCallback(
    (first: number, last: number) => {
      const wanted = { of, first: Math.floor(first / pageLength), last: Math.floor(last / pageLength) }
      setSight((now) => (now.of === of && now.first === wanted.first && now.last === wanted.last ? now : wanted))
    },
    [of],
  )
  return {
    items,
    count,
    at,
    see,
    isLoading: start.isLoading,
    isOld: start.isOld,
    hasMore: !start.isOld && startPage !== undefined && next.end === undefined,
    isLoadingMore: held.some((page, place) => isLast(page) && results[place]?.isFetching),
    more: () => setSight({ ...sight, last: Math.max(sight.last, lastPage) }),
    again: () => {
      start.again()
      for (const { error, refetch } of results) if (error !== null) void refetch()
    },
    problem: start.problem ?? (failed ? problemOf(failed.error) : undefined),
  }
}

/** What the pages held say of where pages begin and where the list ends; the same object where nothing is new. */
function learn(
  known: Known,
  pages: ReadonlyMap<number, { readonly items: readonly unknown[]; readonly next: string | null }>,
): Known {
  let { places, end } = known
  for (const page of [...pages.keys()].sort((a, b) => a - b)) {
    const { items, next } = pages.get(page) ?? { items: [], next: null }
    if (page >= places.length) break
    if (next === null) {
      const last = page * pageLength + items.length
      if (end !== last || places.length !== page + 1) {
        places = places.slice(0, page + 1)
        end = last
      }
      break
    }
    if (places[page + 1] === next) continue
    // The pages after it began where they do not any more; those further on are put right when they are seen.
    places = [...places.slice(0, page + 1), next, ...places.slice(page + 2)]
    if (end !== undefined && places.length === page + 2) end = undefined
    break
  }
  return places === known.places && end === known.end ? known : { of: known.of, places, end }
}
