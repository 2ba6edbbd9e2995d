/** Rows as the many spreadsheets and exports of a site write them: quotes, separators, title rows, line numbers. */
import { type DateStyle, writeDay } from './calendar.ts'

/** A cell: text, a number, or a day that is written as the file writes days. */
export type Cell = string | number | { readonly day: number } | undefined

export interface TableRow {
  readonly cells: readonly Cell[]
  /** Set on a row that a reader must refuse. */
  readonly reject?: boolean
}

export interface Table {
  /** Lines before the header, as they stand. */
  readonly preamble?: readonly string[]
  readonly header: readonly string[]
  readonly rows: Iterable<TableRow>
  readonly footer?: readonly Cell[]
}

export interface Dialect {
  readonly dates: DateStyle
  readonly delimiter: ',' | ';' | '\t'
  readonly newline: '\n' | '\r\n'
  readonly quoteAll: boolean
  readonly encoding: 'utf8' | 'utf8-bom' | 'utf16le'
}

export const plainDialect: Dialect = {
  dates: 'iso',
  delimiter: ',',
  newline: '\n',
  quoteAll: false,
  encoding: 'utf8',
}

export function writeCell(cell: Cell, dates: DateStyle): string {
  if (cell === undefined) return ''
  if (typeof cell === 'string') return cell
  return typeof cell === 'number' ? String(cell) : writeDay(cell.day, dates)
}

const needsQuotes = /[",;\t\r\n]/

function quote(text: string, always: boolean): string {
  return always || needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function countNewlines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}

/** Yields the lines of a table; `onReject` hears the line that each bad row starts on, counted from 1. */
export function* tableText(table: Table, dialect: Dialect, onReject: (line: number) => void): Generator<string> {
  const { delimiter, newline, quoteAll, dates } = dialect
  const write = (cells: readonly Cell[]) => {
    let text = ''
    for (const [index, cell] of cells.entries()) {
      if (index > 0) text += delimiter
      text += quote(writeCell(cell, dates), quoteAll)
    }
    return text + newline
  }
  let line = 1
  for (const text of table.preamble ?? []) {
    yield text + newline
    line++
  }
  yield write(table.header)
  line++
  for (const row of table.rows) {
    if (row.reject) onReject(line)
    const text = write(row.cells)
    yield text
    line += countNewlines(text)
  }
  if (table.footer) yield write(table.footer)
}
