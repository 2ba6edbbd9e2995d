/**
 * Workbooks (.xlsx): every sheet, hidden ones too, is a table of its own. The parts are streamed; only the texts that
 * sheets share (at most 256 MiB) and the number formats are held in memory.
 */
import type { Readable } from 'node:stream'
import { TextDecoder } from 'node:util'
import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import type { Reading, Unrecognised } from '#core/intake/facts.ts'
import { type FileFormat, type ReadOptions, SourceError, type SourceFile, tooLongToShow } from './format.ts'
import type { Row } from './tabular/delimited.ts'
import { readTable } from './tabular/table.ts'

const maxParts = 20_000
const maxSharedBytes = 256 * 1024 * 1024
const maxSmallPartBytes = 16 * 1024 * 1024
/** Repetitive sheets shrink to a fiftieth; what shrinks further and is large is made to exhaust its reader. */
const suspectRatio = 250
const suspectBytes = 64 * 1024 * 1024
const maxPartBytes = 16 * 1024 ** 3
const maxCellCharacters = 1024 * 1024
const maxColumns = 16_384
const maxSheets = 1000

/** Reads a workbook, sheet by sheet; each sheet's items are to be read to the end before the next. */
async function* readXlsx(file: SourceFile, options: ReadOptions): AsyncGenerator<Reading | Unrecognised> {
  let book: Workbook
  try {
    book = await openWorkbook(file.path, options.signal)
  } catch (error) {
    yield { format: 'unrecognised', reason: explain(error) }
    return
  }
  let found = 0
  try {
    for (const sheet of book.sheets) {
      if (options.mapping?.sheet !== undefined && sheet.name !== options.mapping.sheet) continue
      const rows = readSheet(book, sheet)
      try {
        const reading = await readTable({ rows, name: file.name, part: sheet.name, ragged: 'usual' }, options)
        if (reading === undefined) continue
        found += 1
        yield reading
      } catch (error) {
        if (!(error instanceof SourceError)) throw error
        found += 1
        yield { format: 'unrecognised', part: sheet.name, reason: error.message }
      } finally {
        await rows.return(undefined)
      }
    }
    if (found > 0) return
    const wanted = options.mapping?.sheet
    const reason =
      wanted !== undefined && book.sheets.every((sheet) => sheet.name !== wanted)
        ? 'the workbook has no sheet of the name that vigil.yaml gives'
        : 'the workbook holds no rows; export it again'
    yield { format: 'unrecognised', reason }
  } finally {
    book.zip.close()
  }
}

export const xlsx: FileFormat = {
  name: 'xlsx',
  title: 'a workbook (.xlsx)',
  recognises: (head) =>
    head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6)),
  read: readXlsx,
}

interface Sheet {
  readonly name: string
  readonly entry: Entry
}

type NumberStyle = 'date' | 'time' | 'percent' | number | undefined

interface Workbook {
  readonly zip: OpenZip
  readonly sheets: readonly Sheet[]
  readonly shared: readonly string[]
  /** What the number formats make of a number; a number is the width to which zeros fill it. */
  readonly styles: readonly NumberStyle[]
  readonly countsFrom1904: boolean
}

const damaged = 'the workbook is damaged or cut off; save it again as .xlsx or CSV'

function explain(error: unknown): string {
  return error instanceof SourceError ? error.message : damaged
}

/** An archive, with what ends the reading of it. */
type OpenZip = ZipFile & { readonly signal: AbortSignal | undefined }

async function openWorkbook(path: string, signal: AbortSignal | undefined): Promise<Workbook> {
  const opened = await openPromise(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true })
  const zip = Object.assign(opened, { signal })
  try {
    return await readWorkbook(zip)
  } catch (error) {
    zip.close()
    throw error
  }
}

async function readWorkbook(zip: OpenZip): Promise<Workbook> {
  const entries = await listEntries(zip)
  const path = await findWorkbookPath(zip, entries)
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const relations = await readRelations(zip, entries, `${folder}_rels/${path.slice(folder.length)}.rels`, folder)
  const declared: { name: string; id: string }[] = []
  let countsFrom1904 = false
  await parsePart(zip, requirePart(entries, path), maxSmallPartBytes, {
    open(name, attributes) {
      if (name === 'workbookPr') countsFrom1904 = /^(1|true|on)$/i.test(attributes['date1904'] ?? '')
      if (name === 'sheet') {
        const id = Object.entries(attributes).find(([key]) => key === 'r:id' || key.endsWith(':id'))?.[1]
        if (id !== undefined) declared.push({ name: attributes['name'] ?? '', id })
      }
    },
  })
  if (declared.length > maxSheets)
    throw new SourceError('workbook-too-many-sheets', `the workbook has more than ${maxSheets} sheets; split it`)
  const sheets: Sheet[] = []
  for (const { name, id } of declared) {
    const relation = relations.get(id)
    const entry =
      relation && /\/worksheet$/.test(relation.type) ? entries.get(relation.target.toLowerCase()) : undefined
    if (entry) sheets.push({ name, entry })
  }
  const related = (type: string) =>
    [...relations.values()].find((relation) => relation.type.endsWith(`/${type}`))?.target.toLowerCase()
  const stylesEntry = entries.get(related('styles') ?? `${folder}styles.xml`.toLowerCase())
  const sharedEntry = entries.get(related('sharedStrings') ?? `${folder}sharedstrings.xml`.toLowerCase())
  return {
    zip,
    sheets,
    shared: sharedEntry ? await readShared(zip, sharedEntry) : [],
    styles: stylesEntry ? await readStyles(zip, stylesEntry) : [],
    countsFrom1904,
  }
}

async function listEntries(zip: OpenZip): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>()
  await new Promise<void>((resolve, reject) => {
    zip.on('error', reject)
    zip.on('end', () => resolve())
    zip.on('entry', (entry: Entry) => {
      entries.set(entry.fileName.replace(/^\//, '').toLowerCase(), entry)
      if (entries.size > maxParts)
        reject(
          new SourceError(
            'workbook-too-many-parts',
            'the workbook has too many parts to be a plain list; save the list as CSV',
          ),
        )
      else zip.readEntry()
    })
    zip.readEntry()
  })
  return entries
}

async function findWorkbookPath(zip: OpenZip, entries: ReadonlyMap<string, Entry>): Promise<string> {
  const has = (name: string) => entries.has(name)
  if (has('xl/workbook.bin'))
    throw new SourceError('workbook-binary', 'this is a binary workbook (.xlsb); save it as .xlsx or CSV')
  if (has('content.xml') && has('mimetype'))
    throw new SourceError('workbook-opendocument', 'this is an OpenDocument file; save it as .xlsx or CSV')
  if (has('word/document.xml') || has('ppt/presentation.xml'))
    throw new SourceError('not-a-workbook', 'this is a document and not a workbook; export the list as CSV or .xlsx')
  if (has('xl/workbook.xml')) return 'xl/workbook.xml'
  if (has('_rels/.rels')) {
    const relations = await readRelations(zip, entries, '_rels/.rels', '')
    for (const relation of relations.values())
      if (/\/officeDocument$/.test(relation.type) && has(relation.target.toLowerCase())) return relation.target
  }
  throw new SourceError('not-a-workbook', 'this is a ZIP archive; unpack it and drop the files that are in it')
}

function requirePart(entries: ReadonlyMap<string, Entry>, path: string): Entry {
  const entry = entries.get(path.toLowerCase())
  if (!entry) throw new SourceError('workbook-damaged', damaged)
  return entry
}

interface Relation {
  readonly type: string
  readonly target: string
}

async function readRelations(
  zip: OpenZip,
  entries: ReadonlyMap<string, Entry>,
  path: string,
  folder: string,
): Promise<ReadonlyMap<string, Relation>> {
  const relations = new Map<string, Relation>()
  const entry = entries.get(path.toLowerCase())
  if (!entry) return relations
  await parsePart(zip, entry, maxSmallPartBytes, {
    open(name, attributes) {
      if (name !== 'Relationship' || attributes['TargetMode'] === 'External') return
      const target = attributes['Target'] ?? ''
      relations.set(attributes['Id'] ?? '', { type: attributes['Type'] ?? '', target: resolvePath(folder, target) })
    },
  })
  return relations
}

function resolvePath(folder: string, target: string): string {
  const parts: string[] = []
  for (const part of (target.startsWith('/') ? target.slice(1) : folder + target).split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}

const dateFormats = new Set([14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 34, 35, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58])
const timeFormats = new Set([18, 19, 20, 21, 32, 33, 45, 46, 47])
const percentFormats = new Set([9, 10])

async function readStyles(zip: OpenZip, entry: Entry): Promise<NumberStyle[]> {
  const custom = new Map<number, string>()
  const styles: NumberStyle[] = []
  let inCells = false
  await parsePart(zip, entry, maxSmallPartBytes, {
    open(name, attributes) {
      if (name === 'numFmt') custom.set(Number(attributes['numFmtId']), attributes['formatCode'] ?? '')
      else if (name === 'cellXfs') inCells = true
      else if (name === 'xf' && inCells) styles.push(styleOf(Number(attributes['numFmtId'] ?? 0), custom))
    },
    close(name) {
      if (name === 'cellXfs') inCells = false
    },
  })
  return styles
}

function styleOf(id: number, custom: ReadonlyMap<number, string>): NumberStyle {
  const written = custom.get(id)
  if (written === undefined) {
    if (dateFormats.has(id)) return 'date'
    if (timeFormats.has(id)) return 'time'
    return percentFormats.has(id) ? 'percent' : undefined
  }
  // Only the first section is for plain numbers; quoted text, colours and escaped letters are no part of the pattern.
  const pattern = (written.split(';')[0] ?? '')
    .replace(/"[^"]*"|\\.|_.|\*./g, '')
    .replace(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '')
    .toLowerCase()
  if (/^0{2,20}$/.test(pattern)) return pattern.length
  if (pattern.includes('general')) return undefined
  if (/[yd]/.test(pattern) || /m{3,}/.test(pattern)) return 'date'
  if (/[hs]/.test(pattern)) return 'time'
  return pattern.includes('%') ? 'percent' : undefined
}

async function readShared(zip: OpenZip, entry: Entry): Promise<string[]> {
  const texts: string[] = []
  let text = ''
  let inText = false
  let inPhonetic = false
  await parsePart(zip, entry, maxSharedBytes, {
    open(name) {
      if (name === 'si') text = ''
      else if (name === 't') inText = !inPhonetic
      else if (name === 'rPh') inPhonetic = true
    },
    text(piece) {
      if (inText) text += piece
    },
    close(name) {
      if (name === 't') inText = false
      else if (name === 'rPh') inPhonetic = false
      else if (name === 'si') texts.push(unescapeCharacters(text))
    },
  })
  return texts
}

// Characters that XML cannot hold are written as _x000D_.
const unescapeCharacters = (text: string) =>
  text.includes('_x')
    ? text
        .replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
        .replaceAll('\0', '')
    : text

interface Handlers {
  open?(name: string, attributes: Readonly<Record<string, string>>): void
  text?(piece: string): void
  close?(name: string): void
}

async function parsePart(zip: OpenZip, entry: Entry, limit: number, handlers: Handlers): Promise<void> {
  for await (const _ of parseChunks(zip, entry, limit, handlers)) {
    // The handlers take everything.
  }
}

const localName = (name: string) => {
  const colon = name.indexOf(':')
  return colon < 0 ? name : name.slice(colon + 1)
}

/** Parses a part of the workbook; it yields after each chunk, so that what the handlers made can be handed on. */
async function* parseChunks(zip: OpenZip, entry: Entry, limit: number, handlers: Handlers): AsyncGenerator<void> {
  if (entry.isEncrypted())
    throw new SourceError('workbook-locked', 'the workbook is locked with a password; save it without one')
  if (entry.uncompressedSize > limit)
    throw new SourceError('workbook-too-large', 'a part of the workbook is too large to be read; save the list as CSV')
  if (entry.uncompressedSize > suspectBytes && entry.uncompressedSize > entry.compressedSize * suspectRatio)
    throw new SourceError('workbook-bomb', 'the workbook unpacks to far more than a list would; save the list as CSV')
  const parser = new SaxesParser({ xmlns: false, position: false })
  parser.on('opentag', (tag: SaxesTagPlain) => handlers.open?.(localName(tag.name), tag.attributes))
  parser.on('text', (piece) => handlers.text?.(piece))
  parser.on('cdata', (piece) => handlers.text?.(piece))
  parser.on('closetag', (tag: SaxesTagPlain) => handlers.close?.(localName(tag.name)))
  let decoder: TextDecoder | undefined
  let stream: Readable | undefined
  try {
    stream = await zip.openReadStreamPromise(entry)
    for await (const chunk of stream) {
      if (zip.signal?.aborted) throw new SourceError('workbook-too-long', tooLongToShow)
      const bytes: Buffer = chunk
      decoder ??= new TextDecoder(
        bytes[0] === 0xff && bytes[1] === 0xfe
          ? 'utf-16le'
          : bytes[0] === 0xfe && bytes[1] === 0xff
            ? 'utf-16be'
            : 'utf-8',
      )
      parser.write(decoder.decode(bytes, { stream: true }))
      yield
    }
    parser.close()
    yield
  } catch (error) {
    if (error instanceof SourceError) throw error
    throw new SourceError('workbook-damaged', damaged)
  } finally {
    stream?.destroy()
  }
}

const spreadsheetEpochMs = Date.UTC(1899, 11, 30)
const days1904 = 1462

/** The rows of a sheet; cells that the sheet leaves out are empty. */
async function* readSheet(book: Workbook, sheet: Sheet): AsyncGenerator<Row[]> {
  let batch: Row[] = []
  let line = 0
  let cells: string[] = []
  let column = -1
  let type = ''
  let style = -1
  let value = ''
  let takes = false
  let inPhonetic = false
  const handlers: Handlers = {
    open(name, attributes) {
      switch (name) {
        case 'row': {
          const written = Number(attributes['r'])
          line = Number.isInteger(written) && written > line ? written : line + 1
          cells = []
          column = -1
          break
        }
        case 'c': {
          const at = columnOf(attributes['r'])
          column = at === undefined ? column + 1 : at
          type = attributes['t'] ?? 'n'
          style = Number(attributes['s'] ?? -1)
          value = ''
          break
        }
        case 'v':
        case 't':
          takes = !inPhonetic
          break
        case 'rPh':
          inPhonetic = true
          break
      }
    },
    text(piece) {
      if (!takes) return
      value += piece
      if (value.length > maxCellCharacters)
        throw new SourceError('cell-too-long', `a cell in row ${line} holds more than 1 MiB of text`, line)
    },
    close(name) {
      switch (name) {
        case 'v':
        case 't':
          takes = false
          break
        case 'rPh':
          inPhonetic = false
          break
        case 'c':
          if (value !== '' && column < maxColumns) {
            while (cells.length < column) cells.push('')
            cells[column] = writeCell(book, type, style, value)
          }
          break
        case 'row':
          if (cells.length > 0) batch.push({ line, cells })
          break
      }
    },
  }
  for await (const _ of parseChunks(book.zip, sheet.entry, maxPartBytes, handlers)) {
    if (batch.length === 0) continue
    const rows = batch
    batch = []
    yield rows
  }
}

function columnOf(reference: string | undefined): number | undefined {
  if (reference === undefined) return undefined
  let column = 0
  for (let at = 0; at < reference.length; at += 1) {
    const code = reference.charCodeAt(at) & ~32
    if (code < 65 || code > 90) break
    column = column * 26 + (code - 64)
  }
  return column === 0 ? undefined : column - 1
}

/** A cell as text: as a person sees it, but dates year first. */
function writeCell(book: Workbook, type: string, style: number, value: string): string {
  switch (type) {
    case 's':
      return book.shared[Number(value)] ?? ''
    case 'str':
    case 'inlineStr':
      return unescapeCharacters(value)
    case 'b':
      return value === '1' || value === 'true' ? 'TRUE' : 'FALSE'
    case 'e':
      return ''
    case 'd':
      return value
    default:
      return writeNumber(value.trim(), book.styles[style], book.countsFrom1904)
  }
}

function writeNumber(value: string, style: NumberStyle, countsFrom1904: boolean): string {
  const number = Number(value)
  if (!Number.isFinite(number)) return value
  if (style === 'date') {
    const serial = number + (countsFrom1904 ? days1904 : 0)
    if (serial < 1) return number === 0 ? '' : value
    const at = spreadsheetEpochMs + Math.round(serial * 86_400) * 1000
    if (at > 253_402_300_799_000) return value
    const written = new Date(at).toISOString()
    return Number.isInteger(serial) ? written.slice(0, 10) : written.slice(0, 19)
  }
  if (style === 'percent') return `${Math.round(number * 10_000) / 100}%`
  if (style === 'time') return value
  if (typeof style === 'number') return Number.isInteger(number) ? String(number).padStart(style, '0') : value
  if (/^-?\d+$/.test(value)) return value
  // Spreadsheets store 0.1 + 0.2 and 1.2E4 as they compute; a person sees 15 digits.
  return Number.isSafeInteger(number) ? String(number) : String(Number(number.toPrecision(15)))
}
