/**
 * The table of the house. Rows are links, so that they open in another tab too; the arrows (or j and k) go from row to
 * row, Enter (or o) opens. Where rows can be chosen, x chooses the one in focus, and Shift all from the one before. Sorting
 * and paging are the server's; what `useLongList` gives goes on by itself as its end comes in sight. On a telephone it is a
 * list of two lines. Long ones draw only what is in sight, and on paper every row that is held.
 */
import { Button } from '@mantine/core'
import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import {
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import type { Pages } from './data.ts'
import { InTable } from './facts.tsx'
import { PageLink, useWords } from './link.tsx'
import type { LongList } from './long-list.ts'
import { useIsNarrow } from './panel.tsx'
import { ProblemNote, Skeleton } from './say.tsx'
import { t } from './t.ts'

export interface Column<T> {
  readonly head: string
  readonly cell: (item: T) => ReactNode
  /** A CSS width; columns without one share what is left. */
  readonly width?: string
  /** Numbers stand at the end. */
  readonly isNumber?: boolean
  /** The word by which the server sorts; without it the head is no button. */
  readonly sort?: string
  /** Left out where the window is narrower than about this many pixels. */
  readonly from?: 1000 | 1200
  /** Its cell is the link of the row; else that of the first column is. */
  readonly isLink?: boolean
}

/** How rows are chosen, for what is done with several at once. */
export interface Choosing<T> {
  readonly isChosen: (item: T) => boolean
  /** Rows are chosen, or not any more: one, those between two, or all. */
  readonly onChoose: (items: readonly T[], isChosen: boolean) => void
  /** What the box of a row chooses, for those who hear it. */
  readonly labelOf: (item: T) => string
  readonly mayChoose?: (item: T) => boolean
  /** How many are chosen at once at most. */
  readonly most: number
}

export interface Sort {
  readonly by: string
  readonly isDescending: boolean
}

/** The order of a table, kept in the address (`?sort=-due`). */
export function useSort(first: Sort): { readonly sort: Sort; readonly onSort: (next: Sort) => void } {
  const { words, set } = useWords()
  const word = words.get('sort')
  return {
    sort: word ? { by: word.replace(/^-/, ''), isDescending: word.startsWith('-') } : first,
    onSort: ({ by, isDescending }) => set({ sort: `${isDescending ? '-' : ''}${by}` }, { replace: true }),
  }
}

export interface DataTableProps<T> {
  /** What it is a table of, for those who hear it. */
  readonly label: string
  readonly pages: Pages<T> | LongList<T>
  readonly columns: readonly Column<T>[]
  readonly keyOf: (item: T) => string | number
  /** The two lines of an item on a telephone. */
  readonly lines: (item: T) => { readonly title: ReactNode; readonly detail: ReactNode; readonly mark?: ReactNode }
  /** Where a row leads: a page, or a panel's address (`usePanel`). */
  readonly linkOf?: (item: T) => string
  /** The key of the row whose panel is open. */
  readonly chosen?: string | number | undefined
  readonly sort?: Sort
  readonly onSort?: (next: Sort) => void
  readonly choosing?: Choosing<T> | undefined
  /** What to show when there is nothing: an `EmptyState`. */
  readonly empty: ReactNode
}

const rowHeight = { wide: 36, narrow: 64 } as const
/** From here on only the rows in sight are drawn. */
const manyRows = 150

export function DataTable<T>(props: DataTableProps<T>) {
  const { pages, empty } = props
  const isNarrow = useIsNarrow()
  const list = longListOf(pages)
  if (pages.items.length === 0) {
    if (pages.problem) return <ProblemNote problem={pages.problem} onAgain={pages.again} />
    return pages.isLoading ? <Skeleton rows={8} /> : empty
  }
  return (
    <InTable value={true}>
      <div className="loaded" data-old={pages.isOld || undefined} aria-busy={pages.isOld}>
        {isNarrow ? <Lines {...props} list={list} /> : <Rows {...props} list={list} />}
        <PrintNote of={list} />
        <ProblemNote problem={pages.problem} onAgain={pages.again} />
        {pages.hasMore ? (
          <div className="more">
            <Button onClick={pages.more} loading={pages.isLoadingMore} variant="default">
              {t('Show more')}
            </Button>
            <span className="soft">{t('The first {count, number} are shown.', { count: list.count })}</span>
          </div>
        ) : undefined}
      </div>
    </InTable>
  )
}

/** Every list as one of which rows may not be held. */
function longListOf<T>(pages: Pages<T> | LongList<T>): LongList<T> {
  if ('at' in pages) return pages
  const { items } = pages
  return { ...pages, count: items.length, at: (place) => items[place], see: () => undefined }
}

type BodyProps<T> = DataTableProps<T> & { readonly list: LongList<T> }

function Rows<T>({ label, list, columns, keyOf, linkOf, chosen, sort, onSort, choosing }: BodyProps<T>) {
  const choices = useChoices(choosing, list)
  const { place, range, before, after, onKeyDown } = useRows<HTMLTableElement>(list, rowHeight.wide, choices)
  const linked = Math.max(
    0,
    columns.findIndex(({ isLink }) => isLink),
  )
  return (
    <table ref={place} className="table" aria-label={label} aria-rowcount={list.hasMore ? -1 : list.count + 1}>
      <colgroup>
        {choosing ? <col style={{ width: 40 }} /> : undefined}
        {columns.map(({ head, width, from }) => (
          <col key={head} data-from={from} style={width === undefined ? {} : { width }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {choosing ? (
            <th scope="col" className="choose-cell">
              <ChooseAll choosing={choosing} list={list} />
            </th>
          ) : undefined}
          {columns.map((column) => (
            <Head key={column.head} column={column} sort={sort} onSort={onSort} />
          ))}
        </tr>
      </thead>
      <tbody onKeyDown={onKeyDown}>
        {before > 0 ? <tr style={{ height: before }} /> : undefined}
        {range.map((at) => {
          const item = list.at(at)
          if (item === undefined) {
            return (
              <tr key={`waits ${at}`} data-waits aria-rowindex={at + 2}>
                <td colSpan={columns.length + (choosing ? 1 : 0)}>
                  <span />
                </td>
              </tr>
            )
          }
          const key = keyOf(item)
          return (
            <tr
              key={key}
              data-chosen={String(key) === String(chosen) || undefined}
              data-picked={choosing?.isChosen(item) || undefined}
              aria-rowindex={at + 2}
            >
              {choosing ? (
                <td className="choose-cell">
                  <ChooseBox choosing={choosing} item={item} at={at} onChoose={choices} />
                </td>
              ) : undefined}
              {columns.map(({ head, cell, isNumber, from }, column) => (
                <td key={head} data-number={isNumber || undefined} data-from={from}>
                  {column === linked && linkOf ? (
                    <PageLink to={linkOf(item)} className="row-link" data-row={at}>
                      {cell(item)}
                    </PageLink>
                  ) : (
                    cell(item)
                  )}
                </td>
              ))}
            </tr>
          )
        })}
        {after > 0 ? <tr style={{ height: after }} /> : undefined}
      </tbody>
    </table>
  )
}

function Head<T>({
  column: { head, isNumber, from, sort: word },
  sort,
  onSort,
}: {
  column: Column<T>
  sort: Sort | undefined
  onSort: ((next: Sort) => void) | undefined
}) {
  if (word === undefined || onSort === undefined) {
    return (
      <th scope="col" data-number={isNumber || undefined} data-from={from}>
        {head}
      </th>
    )
  }
  const isSorted = sort?.by === word
  const Arrow = !isSorted ? IconArrowsSort : sort.isDescending ? IconArrowDown : IconArrowUp
  return (
    <th
      scope="col"
      data-number={isNumber || undefined}
      data-from={from}
      aria-sort={!isSorted ? 'none' : sort.isDescending ? 'descending' : 'ascending'}
    >
      <button type="button" onClick={() => onSort({ by: word, isDescending: isSorted ? !sort.isDescending : false })}>
        {head}
        <Arrow size={14} stroke={1.5} data-quiet={!isSorted || undefined} aria-hidden="true" />
      </button>
    </th>
  )
}

function Lines<T>({ label, list, keyOf, lines, linkOf, chosen, choosing }: BodyProps<T>) {
  const choices = useChoices(choosing, list)
  const { place, range, before, after, onKeyDown } = useRows<HTMLUListElement>(list, rowHeight.narrow, choices)
  return (
    <ul
      ref={place}
      className="lines"
      aria-label={label}
      onKeyDown={onKeyDown}
      style={{ paddingTop: before, paddingBottom: after }}
    >
      {range.map((at) => {
        const item = list.at(at)
        if (item === undefined) return <li key={`waits ${at}`} data-waits />
        const { title, detail, mark } = lines(item)
        const key = keyOf(item)
        return (
          <li
            key={key}
            data-chosen={String(key) === String(chosen) || undefined}
            data-picked={choosing?.isChosen(item) || undefined}
          >
            {choosing ? <ChooseBox choosing={choosing} item={item} at={at} onChoose={choices} /> : undefined}
            {mark}
            <div>
              {linkOf ? (
                <PageLink to={linkOf(item)} className="row-link" data-row={at}>
                  {title}
                </PageLink>
              ) : (
                <span>{title}</span>
              )}
              <span className="soft">{detail}</span>
            </div>
          </li>
        )
      })}
    </ul>
  )
}

type Choose = (at: number, isUpTo: boolean) => void

/** Chooses a row, or gives it up; up to it, all rows from the one that was last. */
function useChoices<T>(choosing: Choosing<T> | undefined, list: LongList<T>): Choose {
  const last = useRef<number>(undefined)
  return (at, isUpTo) => {
    const item = list.at(at)
    if (choosing === undefined || item === undefined) return
    const from = isUpTo ? (last.current ?? at) : at
    const isChosen = isUpTo || !choosing.isChosen(item)
    last.current = at
    const [low, high] = [Math.min(from, at), Math.max(from, at)]
    const between = Array.from({ length: high - low + 1 }, (_, step) => list.at(low + step))
    const meant = between.filter((one) => one !== undefined).filter((one) => choosing.mayChoose?.(one) ?? true)
    if (meant.length > 0) choosing.onChoose(meant, isChosen)
  }
}

/** The browser's own box: of those in sight there are many, and they are drawn at each step of a scroll. */
function ChooseBox<T>({
  choosing,
  item,
  at,
  onChoose,
}: {
  choosing: Choosing<T>
  item: T
  at: number
  onChoose: Choose
}) {
  return (
    <input
      type="checkbox"
      className="choose"
      aria-label={choosing.labelOf(item)}
      checked={choosing.isChosen(item)}
      disabled={choosing.mayChoose ? !choosing.mayChoose(item) : false}
      onChange={({ nativeEvent }) => onChoose(at, 'shiftKey' in nativeEvent && nativeEvent.shiftKey === true)}
    />
  )
}

function ChooseAll<T>({ choosing, list }: { choosing: Choosing<T>; list: LongList<T> }) {
  const all = list.items.slice(0, choosing.most).filter((item) => choosing.mayChoose?.(item) ?? true)
  const chosen = all.filter(choosing.isChosen).length
  const count = all.length
  const label =
    list.hasMore || list.count > count ? t('Choose the first {count}', { count }) : t('Choose all {count}', { count })
  return (
    <input
      type="checkbox"
      className="choose"
      aria-label={label}
      title={label}
      disabled={count === 0}
      checked={count > 0 && chosen === count}
      ref={(box) => {
        if (box) box.indeterminate = chosen > 0 && chosen < count
      }}
      onChange={() => choosing.onChoose(all, chosen < count)}
    />
  )
}

let isPrinting = false

/** Whether the page is put on paper. */
function usePrinting(): boolean {
  return useSyncExternalStore(
    (tell) => {
      const paper = window.matchMedia('print')
      const begin = () => {
        isPrinting = true
        tell()
      }
      const end = () => {
        isPrinting = false
        tell()
      }
      window.addEventListener('beforeprint', begin)
      window.addEventListener('afterprint', end)
      paper.addEventListener('change', tell)
      return () => {
        window.removeEventListener('beforeprint', begin)
        window.removeEventListener('afterprint', end)
        paper.removeEventListener('change', tell)
      }
    },
    () => isPrinting || window.matchMedia('print').matches,
  )
}

/** Says on paper that it is not the whole list. */
function PrintNote({ of: { count, at, hasMore } }: { of: LongList<unknown> }) {
  const isPrinted = usePrinting()
  if (!isPrinted) return undefined
  const held = Array.from({ length: count }, (_, place) => at(place)).filter((item) => item !== undefined).length
  if (held === count && !hasMore) return undefined
  return <p className="soft">{t('These are the {held, number} rows that were loaded. The list goes on.', { held })}</p>
}

/** How far beyond the rows in sight the rows of a long list are asked for. */
const lookAhead = 60

/** Which rows to draw, the heights that stand for the others, and the keys that go from row to row. */
function useRows<E extends HTMLElement>({ count, see, at: rowAt }: LongList<unknown>, height: number, choose: Choose) {
  const place = useRef<E>(null)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    setTop((place.current?.getBoundingClientRect().top ?? 0) + window.scrollY)
  }, [])
  const isPrinted = usePrinting()
  const isLong = count > manyRows
  const virtual = useWindowVirtualizer({
    count,
    estimateSize: () => height,
    overscan: 12,
    scrollMargin: top,
    // Below the bar and the head of the table.
    scrollPaddingStart: 96,
    scrollPaddingEnd: 24,
    enabled: isLong,
  })
  const seen = virtual.getVirtualItems()
  const all = () => Array.from({ length: count }, (_, at) => at)
  const range = isPrinted
    ? all().filter((at) => rowAt(at) !== undefined)
    : isLong
      ? seen.map(({ index }) => index)
      : all()
  const first = seen[0]
  const last = seen.at(-1)
  const [seenFirst, seenLast] = isLong ? [first?.index, last?.index] : [0, count - 1]
  useEffect(() => {
    if (seenFirst !== undefined && seenLast !== undefined) see(Math.max(0, seenFirst - lookAhead), seenLast + lookAhead)
  }, [see, seenFirst, seenLast])
  const wanted = useRef<number>(undefined)
  const focus = (at: number): boolean => {
    const link = place.current?.querySelector<HTMLElement>(`[data-row="${at}"]`)
    link?.focus()
    return Boolean(link)
  }
  // A row that was not drawn yet gets the focus as soon as it is.
  useEffect(() => {
    if (wanted.current !== undefined && focus(wanted.current)) wanted.current = undefined
  })
  const onKeyDown = (event: KeyboardEvent) => {
    const row = event.target as HTMLElement
    const from = row.dataset['row']
    if (from === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'o') row.click()
    if (event.key === 'x' || event.key === 'X') choose(Number(from), event.shiftKey)
    const aim = stepTo(event.key, Number(from), count)
    if (aim === undefined) return
    event.preventDefault()
    const to = Math.min(Math.max(aim, 0), count - 1)
    wanted.current = undefined
    if (focus(to)) return
    wanted.current = to
    virtual.scrollToIndex(to)
  }
  return {
    place,
    range,
    before: isLong && !isPrinted && first ? first.start - top : 0,
    after: isLong && !isPrinted && last ? virtual.getTotalSize() - (last.end - top) : 0,
    onKeyDown,
  }
}

/** The row that a key leads to. */
function stepTo(key: string, from: number, count: number): number | undefined {
  if (key === 'ArrowDown' || key === 'j') return from + 1
  if (key === 'ArrowUp' || key === 'k') return from - 1
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : undefined
}
