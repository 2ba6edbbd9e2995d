/** What the server knows, in components: reads that stay while the next one loads, changes, pages and events. */
import {
  keepPreviousData,
  type Query,
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { useEffect, useEffectEvent } from 'react'
import type { Endpoint, WireInputOf, WireOutputOf } from '#platform/contract.ts'
import { call, chosenOrganisation, makeKey, Problem, problemOf, type ServerEvent, watch } from './call.ts'

/** The one cache of a page. What may pass by itself is tried again; what is refused is not. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        retry: (failures, thrown) => failures < 2 && problemOf(thrown).isPassing,
        retryDelay: (failures) => 500 * 2 ** failures,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
}

/** The name of an answer in the cache. */
export function keyOf(endpoint: Endpoint, input: unknown): readonly unknown[] {
  return [endpoint.name.split('.')[0], endpoint.name, chosenOrganisation() ?? null, input]
}

/** Asks before anything is drawn that would ask; what goes wrong is told to who reads it. */
export function askAhead<E extends Endpoint>(client: QueryClient, endpoint: E, input: WireInputOf<E>): void {
  client
    .prefetchQuery({
      queryKey: keyOf(endpoint, input),
      queryFn: ({ signal }) => call(endpoint, input, { signal }),
      retry: false,
    })
    .catch(() => undefined)
}

export interface Read<T> {
  /** Undefined until the first answer; the last answer stays while another is fetched, also for another input. */
  readonly data: T | undefined
  readonly problem: Problem | undefined
  readonly isLoading: boolean
  /** What is shown belongs to the question before. */
  readonly isOld: boolean
  readonly again: () => void
}

/** Reads an endpoint: `const { data, problem } = useRead(show, { findingId })`. Give `when: false` to hold it back. */
export function useRead<E extends Endpoint>(
  endpoint: E,
  input: WireInputOf<E>,
  options: { readonly when?: boolean; readonly everySeconds?: number } = {},
): Read<WireOutputOf<E>> {
  const query = useQuery({
    queryKey: keyOf(endpoint, input),
    queryFn: ({ signal }) => call(endpoint, input, { signal }),
    placeholderData: keepPreviousData,
    enabled: options.when ?? true,
    ...(options.everySeconds === undefined ? {} : { refetchInterval: options.everySeconds * 1_000 }),
  })
  return {
    data: query.data,
    problem: query.error ? problemOf(query.error) : undefined,
    isLoading: query.isLoading,
    isOld: query.isPlaceholderData,
    again: () => void query.refetch(),
  }
}

export interface Pages<T> {
  readonly items: readonly T[]
  readonly isLoading: boolean
  readonly isOld: boolean
  readonly hasMore: boolean
  readonly isLoadingMore: boolean
  readonly more: () => void
  readonly again: () => void
  readonly problem: Problem | undefined
}

type ItemOf<Output> = Output extends { readonly items: readonly (infer Item)[] } ? Item : never

/** Reads a list page by page; what it gives is what `DataTable` takes. */
export function usePages<E extends Endpoint>(
  endpoint: E,
  input: WireInputOf<E>,
  options: { readonly when?: boolean } = {},
): Pages<ItemOf<WireOutputOf<E>>> {
  type Page = { readonly items: readonly ItemOf<WireOutputOf<E>>[]; readonly next: string | null }
  const query = useInfiniteQuery({
    queryKey: [...keyOf(endpoint, input), 'pages'],
    queryFn: async ({ pageParam, signal }) =>
      (await call(endpoint, { ...(input as object), after: pageParam } as WireInputOf<E>, { signal })) as Page,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    enabled: options.when ?? true,
  })
  return {
    items: query.data?.pages.flatMap(({ items }) => items) ?? [],
    isLoading: query.isLoading,
    isOld: query.isPlaceholderData,
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    more: () => void query.fetchNextPage(),
    again: () => void query.refetch(),
    problem: query.error ? problemOf(query.error) : undefined,
  }
}

export interface Change<E extends Endpoint> {
  /** Does it and gives the output, or throws the problem: for forms (`useFields`), `Confirm` and chains. */
  readonly run: (input: WireInputOf<E>) => Promise<WireOutputOf<E>>
  /** Does it; what goes wrong stands in `problem`: for a button. */
  readonly start: (input: WireInputOf<E>) => void
  readonly isBusy: boolean
  readonly problem: Problem | undefined
  readonly output: WireOutputOf<E> | undefined
  readonly reset: () => void
}

/**
 * A change: `const own = useChange(contract.own, { refreshes: ['tasks'] })`. When it is done, all reads of its own slice
 * and of those named are fetched anew, and what is to do today, whose counts stand beside every page. A lost answer is asked for again by the same idempotency key.
 */
export function useChange<E extends Endpoint>(
  endpoint: E,
  options: {
    readonly refreshes?: readonly string[]
    readonly onDone?: (output: WireOutputOf<E>, input: WireInputOf<E>) => void
  } = {},
): Change<E> {
  const client = useQueryClient()
  const mutation = useMutation<WireOutputOf<E>, unknown, WireInputOf<E>>({
    mutationFn: async (input) => {
      const idempotencyKey = makeKey()
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await call(endpoint, input, { idempotencyKey })
        } catch (thrown) {
          if (!(thrown instanceof Problem && thrown.isLost) || attempt === 3) throw thrown
          await new Promise((resolve) => setTimeout(resolve, 400 * 2 ** attempt))
        }
      }
    },
    onSuccess: (output, input) => {
      refresh(client, [endpoint.name.split('.')[0] ?? '', 'today', ...(options.refreshes ?? [])])
      options.onDone?.(output, input)
    },
  })
  return {
    run: mutation.mutateAsync,
    start: mutation.mutate,
    isBusy: mutation.isPending,
    problem: mutation.error ? problemOf(mutation.error) : undefined,
    output: mutation.data,
    reset: mutation.reset,
  }
}

/** Fetches anew what is shown of these slices; for what happens without a change of ours (a job that ended). */
export function useRefresh(): (...slices: readonly string[]) => void {
  const client = useQueryClient()
  return (...slices) => refresh(client, slices)
}

/** Forgets all that was read: for when somebody signs in or goes to another organisation. */
export function useForget(): () => void {
  const client = useQueryClient()
  return () => client.clear()
}

/**
 * What is under way is given up first: a list that is read for the first time may have been read before the change, and
 * would otherwise be taken for the newest.
 */
function refresh(client: QueryClient, slices: readonly string[]): void {
  const filters = { predicate: ({ queryKey }: Query) => slices.includes(String(queryKey[0])) }
  void client.cancelQueries(filters).then(() => client.invalidateQueries(filters))
}

/** Listens to an endpoint's events as long as the component stands; `onEvent` may answer `stop`. */
export function useWatch<E extends Endpoint>(
  endpoint: E,
  input: WireInputOf<E>,
  onEvent: (event: ServerEvent<WireOutputOf<E>>) => 'stop' | undefined,
  options: { readonly when?: boolean; readonly onProblem?: (problem: Problem) => void } = {},
): void {
  const when = options.when ?? true
  const asked = JSON.stringify(input)
  const tell = useEffectEvent(onEvent)
  const tellProblem = useEffectEvent((problem: Problem) => options.onProblem?.(problem))
  useEffect(() => {
    if (!when) return
    const ending = new AbortController()
    watch(endpoint, JSON.parse(asked) as WireInputOf<E>, (event) => tell(event), { signal: ending.signal }).catch(
      (thrown: unknown) => tellProblem(problemOf(thrown)),
    )
    return () => ending.abort()
  }, [endpoint, asked, when])
}
