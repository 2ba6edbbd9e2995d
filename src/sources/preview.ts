/**
 * How a file would be understood, shown before it is taken in: by which format, which column as what, and its first rows as
 * written beside what each was read as. Only the beginning of a file is read, whatever its length. Rows hold personal data:
 * they go to who may import them, and are neither logged nor stored.
 */
import { Readable } from 'node:stream'
import type { Basis, FactKind, Item, Reading, Unrecognised } from '#core/intake/facts.ts'
import { sourceName } from '#core/intake/model.ts'
import { type FileMapping, readFile, SourceError, type SourceFile, tooLongToShow, type WrittenTable } from './file.ts'
import { mappedField } from './tabular/recognise.ts'

const shownRows = 20
const shownParts = 20
const shownColumns = 300
const longestText = 200
/** Of one part; fewer rows are shown where they are wide. */
const mostCharacters = 64 * 1024
/** Readers that look through a whole file first (an inventory, a directory's export) see no more of it than this. */
const mostBytes = 8 * 1024 * 1024
/** For how long a workbook is read, whose texts stand apart from its rows, and which may hold many empty sheets. */
const longestMs = 2_000

export interface PreviewColumn {
  readonly header: string
  /** What it was understood as; null when it was not, or is to be ignored. */
  readonly field: string | null
  /** Whether a person said so. */
  readonly isSaid: boolean
}

export interface PreviewRow {
  readonly line: number
  /** As the source wrote it; null where it is not written in cells. */
  readonly cells: readonly string[] | null
  /** What the row says, by field; null for one that cannot be read. */
  readonly understood: Readonly<Record<string, string>> | null
  /** Why it cannot be read. */
  readonly reason: string | null
}

export interface PreviewPart {
  /** Sheet of a workbook. */
  readonly part: string | null
  /** The name under which next month's file is known to be the same source. */
  readonly source: string
  readonly format: string
  readonly kinds: readonly FactKind[]
  readonly basis: Basis | null
  readonly product: string | null
  /** When it was collected, if the file says so. */
  readonly collectedAt: Date | null
  readonly isComplete: boolean | null
  readonly columns: readonly PreviewColumn[]
  /** Why it is not recognised, and what to do. */
  readonly reason: string | null
  readonly rows: readonly PreviewRow[]
}

export interface Preview {
  /** `too-long`: it may be one of ours, but only the import can tell. */
  readonly state: 'recognised' | 'unrecognised' | 'too-long' | 'ignored'
  readonly parts: readonly PreviewPart[]
  /** Whether there are more parts than are shown. */
  readonly hasMore: boolean
}

/** Reads the beginning of a file as the import would. `name` is its path within the delivery. */
export async function previewFile(
  file: SourceFile,
  { name, mapping, asOf }: { readonly name: string; readonly mapping: FileMapping | undefined; readonly asOf: Date },
): Promise<Preview> {
  if (mapping?.ignore) return { state: 'ignored', parts: [], hasMore: false }
  let table: WrittenTable | undefined
  const begun = beginningOf(file)
  const readings = readFile(begun, {
    ...(mapping ? { mapping } : {}),
    asOf,
    signal: AbortSignal.timeout(longestMs),
    onTable: (shown) => {
      table = shown
    },
  })
  const parts: PreviewPart[] = []
  let hasMore = false
  try {
    for await (const reading of readings) {
      if (parts.length === shownParts) {
        hasMore = true
        break
      }
      const written = table?.part === reading.part ? table : undefined
      parts.push(await previewPart(reading, { name, mapping, written, isCut: begun.isCut }))
      table = undefined
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    const reason = begun.isCut ? tooLongToShow : error.message
    parts.push(unrecognisedPart(name, undefined, reason, undefined))
  }
  return { state: stateOf(parts), parts, hasMore }
}

function stateOf(parts: readonly PreviewPart[]): Preview['state'] {
  if (parts.some(({ format }) => format !== 'unrecognised')) return 'recognised'
  return parts.some(({ reason }) => reason === tooLongToShow) ? 'too-long' : 'unrecognised'
}

interface PartShown {
  readonly name: string
  readonly mapping: FileMapping | undefined
  readonly written: WrittenTable | undefined
  readonly isCut: boolean
}

async function previewPart(reading: Reading | Unrecognised, shown: PartShown): Promise<PreviewPart> {
  const { name, mapping, written } = shown
  if (!('items' in reading)) {
    return unrecognisedPart(name, reading.part, 'reason' in reading ? reading.reason : '', written)
  }
  return {
    part: reading.part ?? null,
    source: sourceName(name, reading.part),
    format: reading.format,
    kinds: reading.kinds,
    basis: reading.basis,
    product: reading.product ?? null,
    collectedAt: reading.collectedAt ?? null,
    isComplete: reading.complete,
    columns: reading.columns.slice(0, shownColumns).map(({ header, field }) => ({
      header: clip(header),
      field: field ?? null,
      isSaid: mappedField(mapping, header) !== undefined,
    })),
    reason: null,
    rows: await firstRows(reading.items, written, shown.isCut),
  }
}

function unrecognisedPart(
  name: string,
  part: string | undefined,
  reason: string,
  written: WrittenTable | undefined,
): PreviewPart {
  return {
    part: part ?? null,
    source: sourceName(name, part),
    format: 'unrecognised',
    kinds: [],
    basis: null,
    product: null,
    collectedAt: null,
    isComplete: null,
    // Shown, so that a person can say what they are.
    columns: (written?.headers ?? [])
      .slice(0, shownColumns)
      .map((header) => ({ header: clip(header), field: null, isSaid: false })),
    reason,
    rows: fitRows(
      (written?.rows ?? [])
        .slice(0, shownRows)
        .map(({ line, cells }) => ({ line, cells: clipCells(cells), understood: null, reason: null })),
    ),
  }
}

async function firstRows(
  items: AsyncIterable<Item>,
  written: WrittenTable | undefined,
  isCut: boolean,
): Promise<readonly PreviewRow[]> {
  const cellsOf = new Map(written?.rows.map(({ line, cells }) => [line, cells]))
  const rows: PreviewRow[] = []
  try {
    for await (const item of items) {
      const cells = cellsOf.get(item.line)
      rows.push({
        line: item.line,
        cells: cells ? clipCells(cells) : null,
        understood: item.kind === 'reject' ? null : understoodOf(item.row),
        reason: item.kind === 'reject' ? item.reason : null,
      })
      if (rows.length === shownRows) break
    }
  } catch (error) {
    // What ends where the beginning ends is whole in the file.
    if (!(error instanceof SourceError)) throw error
    if (!isCut) rows.push({ line: error.line ?? 1, cells: null, understood: null, reason: error.message })
  }
  return fitRows(rows)
}

/** As many rows as an answer has room for, and always one. */
function fitRows(rows: readonly PreviewRow[]): readonly PreviewRow[] {
  let left = mostCharacters
  return rows.filter(({ cells, understood }, at) => {
    for (const text of [...(cells ?? []), ...Object.values(understood ?? {})]) left -= text.length
    return at === 0 || left > 0
  })
}

function understoodOf(row: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const said: Record<string, string> = {}
  for (const [field, value] of Object.entries(row)) {
    if (value === null || value === undefined || value === '') continue
    said[field] = clip(
      value instanceof Date ? value.toISOString() : Array.isArray(value) ? value.join(', ') : String(value),
    )
  }
  return said
}

const clipCells = (cells: readonly string[]) => cells.slice(0, shownColumns).map(clip)

function clip(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText - 1).toWellFormed()}…` : text.toWellFormed()
}

/** The same file as if it ended after its first bytes. A workbook is opened by its path and read by its own index. */
function beginningOf(file: SourceFile): SourceFile & { readonly isCut: boolean } {
  if (file.size <= mostBytes) return { ...file, isCut: false }
  return { ...file, isCut: true, open: () => Readable.from(firstBytes(file), { objectMode: false }) }
}

async function* firstBytes(file: SourceFile): AsyncGenerator<Buffer> {
  let left = mostBytes
  const stream = file.open()
  try {
    for await (const chunk of stream) {
      const bytes: Buffer = chunk
      yield bytes.subarray(0, left)
      left -= bytes.length
      if (left <= 0) return
    }
  } finally {
    stream.destroy()
  }
}
