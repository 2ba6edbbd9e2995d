/**
 * The table of the house. Rows are links, so that they open in another tab too; the arrows (or j and k) go from row to
 * row, Enter opens. Sorting and paging are the server's. On a telephone it is a list of two lines. Long ones draw only
 * what is in sight.
 */
import { Button } from '@mantine/core'
import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import type { Pages } from './data.ts'
import { InTable } from './facts.tsx'
import { PageLink, useWords } from './link.tsx'
import { useIsNarrow } from './panel.tsx'
import { ProblemNote, Skeleton } from './say.tsx'
import { sayNumber } from './words.ts'

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
  readonly pages: Pages<T>
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
  /** What to show when there is nothing: an `EmptyState`. */
  readonly empty: ReactNode
}

const rowHeight = { wide: 36, narrow: 64 } as const
/** From here on only the rows in sight are drawn. */
const manyRows = 150

export function DataTable<T>(props: DataTableProps<T>) {
  const { pages, empty } = props
  const isNarrow = useIsNarrow()
  if (pages.items.length === 0) {
    if (pages.problem) return <ProblemNote problem={pages.problem} onAgain={pages.again} />
    return pages.isLoading ? <Skeleton rows={8} /> : empty
  }
  return (
    <InTable value={true}>
      <div className="loaded" data-old={pages.isOld || undefined} aria-busy={pages.isOld}>
        {isNarrow ? <Lines {...props} /> : <Rows {...props} />}
        <ProblemNote problem={pages.problem} onAgain={pages.again} />
        {pages.hasMore ? (
          <div className="more">
            <Button onClick={pages.more} loading={pages.isLoadingMore} variant="default">
              Show more
            </Button>
            <span className="soft">The first {sayNumber(pages.items.length)} are shown.</span>
          </div>
        ) : undefined}
      </div>
    </InTable>
  )
}

function Rows<T>({ label, pages, columns, keyOf, linkOf, chosen, sort, onSort }: DataTableProps<T>) {
  const { place, range, before, after, onKeyDown } = useRows<HTMLTableElement>(pages.items.length, rowHeight.wide)
  return (
    <table ref={place} className="table" aria-label={label} aria-rowcount={pages.hasMore ? -1 : pages.items.length + 1}>
      <colgroup>
        {columns.map(({ head, width, from }) => (
          <col key={head} data-from={from} style={width === undefined ? {} : { width }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map((column) => (
            <Head key={column.head} column={column} sort={sort} onSort={onSort} />
          ))}
        </tr>
      </thead>
      <tbody onKeyDown={onKeyDown}>
        {before > 0 ? <tr style={{ height: before }} /> : undefined}
        {range.map((at) => {
          const item = pages.items[at]
          if (item === undefined) return undefined
          const key = keyOf(item)
          return (
            <tr key={key} data-chosen={String(key) === String(chosen) || undefined} aria-rowindex={at + 2}>
              {columns.map(({ head, cell, isNumber, from }, column) => (
                <td key={head} data-number={isNumber || undefined} data-from={from}>
                  {column === 0 && linkOf ? (
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

function Lines<T>({ label, pages, keyOf, lines, linkOf, chosen }: DataTableProps<T>) {
  const { place, range, before, after, onKeyDown } = useRows<HTMLUListElement>(pages.items.length, rowHeight.narrow)
  return (
    <ul ref={place} className="lines" aria-label={label} onKeyDown={onKeyDown}>
      {before > 0 ? <li role="presentation" style={{ height: before }} /> : undefined}
      {range.map((at) => {
        const item = pages.items[at]
        if (item === undefined) return undefined
        const { title, detail, mark } = lines(item)
        const key = keyOf(item)
        return (
          <li key={key} data-chosen={String(key) === String(chosen) || undefined}>
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
      {after > 0 ? <li role="presentation" style={{ height: after }} /> : undefined}
    </ul>
  )
}

/** Which rows to draw, the heights that stand for the others, and the keys that go from row to row. */
function useRows<E extends HTMLElement>(count: number, height: number) {
  const place = useRef<E>(null)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    setTop((place.current?.getBoundingClientRect().top ?? 0) + window.scrollY)
  }, [])
  const isLong = count > manyRows
  const virtual = useWindowVirtualizer({
    count,
    estimateSize: () => height,
    overscan: 12,
    scrollMargin: top,
    enabled: isLong,
  })
  const seen = virtual.getVirtualItems()
  const range = isLong ? seen.map(({ index }) => index) : Array.from({ length: count }, (_, at) => at)
  const first = seen[0]
  const last = seen.at(-1)
  const focus = (at: number): boolean => {
    const link = place.current?.querySelector<HTMLElement>(`[data-row="${at}"]`)
    link?.focus()
    return Boolean(link)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const from = (event.target as HTMLElement).dataset['row']
    if (from === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    const aim = stepTo(event.key, Number(from), count)
    if (aim === undefined) return
    event.preventDefault()
    const to = Math.min(Math.max(aim, 0), count - 1)
    if (focus(to)) return
    virtual.scrollToIndex(to)
    requestAnimationFrame(() => requestAnimationFrame(() => focus(to)))
  }
  return {
    place,
    range,
    before: isLong && first ? first.start - top : 0,
    after: isLong && last ? virtual.getTotalSize() - (last.end - top) : 0,
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
