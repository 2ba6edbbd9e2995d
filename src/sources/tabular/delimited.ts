/** Rows of delimited text: which delimiter, and the records with the line they begin on. */
import { CsvError, type Options, Parser } from 'csv-parse'
import { SourceError } from '../format.ts'

/** One row of a table; the line counts from 1 in the file as a person sees it. */
export interface Row {
  readonly line: number
  readonly cells: readonly string[]
}

export interface Dialect {
  readonly delimiter: string
  readonly recordDelimiters: readonly string[]
}

const maxRecordBytes = 1024 * 1024
// A row of nothing but delimiters has no bytes that count; no sheet has more columns than this.
const maxCells = 2_000
const delimiters = [',', ';', '\t', '|'] as const

/** Tells the delimiter and the line ends by the beginning of a text. */
export function detectDialect(head: string): Dialect {
  const recordDelimiters = head.includes('\n') ? ['\r\n', '\n'] : head.includes('\r') ? ['\r'] : ['\r\n', '\n']
  const said = /^\uFEFF?"?sep=(.)"?\s*(?:\r|\n|$)/i.exec(head)?.[1]
  if (said) return { delimiter: said, recordDelimiters }
  let best: { delimiter: string; score: number } = { delimiter: ',', score: 0 }
  for (const delimiter of delimiters) {
    const score = scoreDelimiter(head, delimiter)
    if (score > best.score) best = { delimiter, score }
  }
  return { delimiter: best.delimiter, recordDelimiters }
}

// The right delimiter cuts most lines into the same number of cells; title lines and ragged lines disagree.
function scoreDelimiter(head: string, delimiter: string): number {
  const counts = new Map<number, number>()
  let lines = 0
  let count = 0
  let quoted = false
  let filled = false
  const limit = Math.min(head.length, 32_768)
  for (let at = 0; at < limit; at += 1) {
    const character = head[at]
    if (character === '"') quoted = !quoted
    else if (character === delimiter && !quoted) count += 1
    else if ((character === '\n' || character === '\r') && !quoted) {
      if (filled) {
        counts.set(count, (counts.get(count) ?? 0) + 1)
        lines += 1
      }
      count = 0
      filled = false
      continue
    }
    if (character !== ' ') filled = true
  }
  // The last line counts only when nothing else does: it may be cut off.
  if (filled && (lines === 0 || limit === head.length)) {
    counts.set(count, (counts.get(count) ?? 0) + 1)
    lines += 1
  }
  let best = 0
  for (const [cells, times] of counts) {
    if (cells > 0) best = Math.max(best, (times / lines) * (1 + Math.min(cells, 20) / 20) + (times > 1 ? 0.2 : 0))
  }
  return best
}

/** Takes the records as they are parsed, without a trip of each through the stream's buffer. */
class RowParser extends Parser {
  batch: Row[] = []
  /** The line on which the next row begins. */
  line = 1
  // The parser builds an error for every row that is not as wide as the first, which below a title line is each one.
  // While it has counted no record it takes any width, so it never counts one; widths are judged with the header.
  readonly #counted: { records: number }

  constructor(options: Options) {
    super(options)
    this.#counted = this.info
  }

  override push(cells: string[] | null): boolean {
    if (cells === null) return super.push(null)
    this.#counted.records = 0
    this.batch.push({ line: this.line, cells })
    this.line += 1
    for (const cell of cells) if (cell.includes('\n') || cell.includes('\r')) this.line += countLineEnds(cell)
    return true
  }

  /** Cells of the row being read so far. */
  get pendingCells(): number {
    return (this as unknown as { state: { record: unknown[] } }).state.record.length
  }

  takeBatch(): Row[] {
    const rows = this.batch
    this.batch = []
    return rows
  }
}

/** Reads delimited text as batches of rows; a row of more than 1 MiB or a quotation mark left open ends the reading. */
export async function* readRows(text: AsyncIterable<Buffer>, dialect: Dialect): AsyncGenerator<Row[]> {
  const parser = new RowParser({
    delimiter: dialect.delimiter,
    record_delimiter: [...dialect.recordDelimiters],
    relax_quotes: true,
    relax_column_count: true,
    max_record_size: maxRecordBytes,
  })
  let failure: Error | undefined
  parser.on('error', (error) => {
    failure = error
  })
  parser.resume()
  try {
    for await (const chunk of text) {
      await new Promise<void>((resolve) => parser.write(chunk, () => resolve()))
      const rows = parser.takeBatch()
      if (rows.length > 0) yield rows
      if (failure) throw explainFailure(failure, parser.line)
      if (parser.pendingCells > maxCells || rows.some(({ cells }) => cells.length > maxCells)) {
        throw new SourceError('row-too-wide', `a row has more than ${maxCells} columns; this is no list`, parser.line)
      }
    }
    await new Promise<void>((resolve) => {
      parser.once('close', resolve)
      parser.end()
    })
    const rows = parser.takeBatch()
    if (rows.length > 0) yield rows
    if (failure) throw explainFailure(failure, parser.line)
  } finally {
    parser.destroy()
  }
}

function countLineEnds(cell: string): number {
  let count = 0
  for (let at = 0; at < cell.length; at += 1) {
    const character = cell.charCodeAt(at)
    if (character === 10 || (character === 13 && cell.charCodeAt(at + 1) !== 10)) count += 1
  }
  return count
}

function explainFailure(error: Error, line: number): SourceError {
  if (error instanceof CsvError && error.code === 'CSV_MAX_RECORD_SIZE')
    return new SourceError(
      'row-too-long',
      `the row that begins on line ${line} is longer than 1 MiB: a quotation mark may be left open there, or this is not a table`,
      line,
      { cause: error.code },
    )
  if (error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED')
    return new SourceError(
      'quote-not-closed',
      `the quotation mark that opens on line ${line} is never closed; close it, or export the file again`,
      line,
      { cause: error.code },
    )
  return new SourceError('text-malformed', `the text cannot be read as a table from line ${line} on`, line)
}
