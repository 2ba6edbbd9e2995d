/** A table of cells, from wherever it comes, to facts. */
import { type FactKind, factKinds, type Item, type Reading, type Unrecognised } from '#core/intake/facts.ts'
import type { ReadOptions } from '../format.ts'
import { countOrders, type DateOrder, decideOrder } from './dates.ts'
import type { Row } from './delimited.ts'
import { dateFromName, findCollectedAt, findHeader, isFooter, systemFromName } from './layout.ts'
import { readName } from './names.ts'
import { type ColumnPlan, isKnownHeader, type Recognised, recognise } from './recognise.ts'
import { recognition } from './synonyms.ts'
import {
  dayReader,
  durationReader,
  flagReader,
  instantReader,
  memoised,
  presenceReader,
  readAccountControl,
  readCode,
  readEmail,
  readList,
  readNumber,
  readText,
  wordReader,
} from './values.ts'
import type { FlagVocabulary, VocabularyName } from './words.ts'

interface TableInput {
  readonly rows: AsyncIterator<Row[]>
  /** Name of the file. */
  readonly name: string
  /** Sheet of a workbook. */
  readonly part?: string
  /** Sheets leave out the empty cells at the end of a row; text that does so has lost something. */
  readonly ragged: 'usual' | 'suspect'
}

const sampleRows = 2000
const maxColumns = 2000
const sampleCharacters = 4 * 1024 * 1024

/** Recognises a table by its beginning and reads it; undefined when it holds nothing at all. */
export async function readTable(input: TableInput, options: ReadOptions): Promise<Reading | Unrecognised | undefined> {
  const { rows: sample, ended } = await takeSample(input.rows)
  const part = input.part === undefined ? {} : { part: input.part }
  const headerAt = findHeader(sample, options.mapping)
  if (headerAt === undefined) {
    if (sample.every((row) => row.cells.every((cell) => cell.trim() === ''))) return undefined
    return {
      format: 'unrecognised',
      ...part,
      reason: 'no header row was found; the first row of a list must name its columns',
    }
  }
  const preamble = sample.slice(0, headerAt)
  const headers = trimHeaders(sample[headerAt]?.cells ?? [])
  if (headers.length > maxColumns)
    return {
      format: 'unrecognised',
      ...part,
      reason: `the table has more than ${maxColumns} columns; export only those that are needed`,
    }
  const body = sample.slice(headerAt + 1)
  const preambleText = preamble.map((row) => row.cells.join(' ')).join('\n')
  const recognition = recognise(
    {
      headers,
      rows: body
        .filter((row) => !isFooter(row.cells))
        .slice(0, 400)
        .map((row) => row.cells),
      preamble: preambleText,
      name: input.part === undefined ? input.name : `${input.part} ${input.name}`,
    },
    options.mapping,
  )
  if ('foreign' in recognition) return { format: 'unrecognised', ...part, reason: recognition.foreign }
  options.onTable?.({ part: input.part, headers, rows: body })
  if (!('found' in recognition)) {
    return {
      format: 'unrecognised',
      ...part,
      reason: explainUnrecognised(headers, body, recognition.nearest, recognition.missing),
    }
  }
  return buildReading(input, options, recognition.found, { headers, preamble, preambleText, body, ended })
}

async function takeSample(rows: AsyncIterator<Row[]>): Promise<{ rows: Row[]; ended: boolean }> {
  const sample: Row[] = []
  let characters = 0
  while (sample.length < sampleRows && characters < sampleCharacters) {
    const next = await rows.next()
    if (next.done) return { rows: sample, ended: true }
    for (const row of next.value) {
      sample.push(row)
      for (const cell of row.cells) characters += cell.length
    }
  }
  return { rows: sample, ended: false }
}

function trimHeaders(cells: readonly string[]): string[] {
  const headers = cells.map((cell) => cell.replace(/\s+/g, ' ').trim())
  while (headers.at(-1) === '') headers.pop()
  return headers
}

function explainUnrecognised(
  headers: readonly string[],
  body: readonly Row[],
  nearest: FactKind,
  missing: readonly string[][],
): string {
  const named = headers.filter((header) => header !== '')
  const known = named.filter(isKnownHeader)
  if (known.length === 0 && (body.length === 0 || named.some((header) => /[\d@]/.test(header))))
    return 'no header row was found; the first row of a list must name its columns'
  if (known.length === 0)
    return `none of the ${named.length} names in its first row is that of a column known here; name the columns in the first row, or say what they are in vigil.yaml`
  // Where few are known, the row may be one of people and no header at all: then only the known ones are repeated.
  const safe =
    known.length >= Math.max(2, named.length / 2) ? named.filter((header) => !/@|\d{4,}/.test(header)) : known
  const shown = safe.slice(0, 12).map((header) => `"${header.slice(0, 40)}"`)
  const more = named.length > shown.length ? ` and ${named.length - shown.length} more` : ''
  const lacks = missing[0]?.slice(0, 4).map(wordsOf).join(', ')
  const near = lacks
    ? `; it comes nearest to ${recognition[nearest].title}, which also needs a column for one of: ${lacks}`
    : `; it comes nearest to ${recognition[nearest].title}, but too few of its columns are there`
  return `the columns are not those of any list read here (${shown.join(', ')}${more})${near}. Rename the columns, or say what they are in vigil.yaml`
}

const wordsOf = (field: string) => field.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`)

interface Body {
  readonly headers: readonly string[]
  readonly preamble: readonly Row[]
  readonly preambleText: string
  readonly body: readonly Row[]
  readonly ended: boolean
}

function buildReading(input: TableInput, options: ReadOptions, found: Recognised, table: Body): Reading {
  const { mapping, asOf } = options
  const { kind, plan, product } = found
  const { orders, fileOrder } = decideOrders([...plan, ...(found.courses ?? [])], table.body, asOf)
  const collectedAt = mapping?.collectedOn
    ? new Date(`${mapping.collectedOn}T00:00:00Z`)
    : notAfter(
        findCollectedAt(table.preamble, fileOrder) ?? findReportColumn(table, fileOrder) ?? dateFromName(input.name),
        asOf,
      )
  const system = mapping?.system ?? undefined
  const usual = product?.system ?? (kind === 'account' ? defaultSystem(input) : undefined)
  // Where a kind has no columns for the parts of a name, they make up the whole.
  const own = (field: string) => (Object.hasOwn(factKinds[kind].columns, field) ? field : 'displayName')
  const fields = new Map([...plan, ...(found.courses ?? [])].map((column) => [column.index, own(column.field)]))
  const compiled = compile(found, orders, { system, usual, asOf })
  return {
    format: recognition[kind].format,
    kinds: [kind],
    basis: mapping?.basis ?? product?.basis ?? 'stated',
    ...(product ? { product: product.name } : {}),
    ...(input.part === undefined ? {} : { part: input.part }),
    ...(collectedAt ? { collectedAt } : {}),
    complete: mapping?.complete ?? isComplete(input, kind, plan, table),
    columns: table.headers.map((header, index) => ({ header, field: fields.get(index) })),
    items: found.courses
      ? readCourses(readItems(input, table, compileCourses(compiled, found.courses, orders, asOf), kind))
      : readItems(input, table, compiled, kind),
  }
}

const notAfter = (date: Date | undefined, limit: Date) => (date && date <= limit ? date : undefined)

function defaultSystem(input: TableInput): string | undefined {
  const fromPart =
    input.part === undefined || /^(sheet|tabelle|feuil|hoja)\s*\d*$/i.test(input.part)
      ? undefined
      : systemFromName(input.part)
  return fromPart ?? systemFromName(input.name)
}

const reportColumn =
  /^(report refresh date|report date|export date|exported on|snapshot date|as of date|data as of|run date|extract date|generated on|report generated)$/i

function findReportColumn(table: Body, order: DateOrder): Date | undefined {
  const index = table.headers.findIndex((header) => reportColumn.test(header.trim()))
  if (index < 0) return undefined
  const values = new Set(table.body.map((row) => row.cells[index]?.trim() ?? '').filter((value) => value !== ''))
  const [only] = values
  if (values.size !== 1 || only === undefined) return undefined
  const read = instantReader(order)(only)
  return read instanceof Date ? read : undefined
}

const partOfStaff = /terminat|leavers?\b|separations?\b|departed|new.?hires?\b|offboard|onboard/i
const wholeOfStaff =
  /\b(?:incl(?:\.|uding|udes|ude)?|with|and|plus|\+|&|\/)\s*(?:all\s+)?(?:terminat|leavers|separat|departed|former|inactive)|\ball (?:employees|staff|workers|personnel)\b/i

// Records of training, and jobs of which each run is a row, are logs: what is missing from them has not gone away.
function isComplete(input: TableInput, kind: FactKind, plan: readonly ColumnPlan[], table: Body): boolean {
  if (kind === 'training') return false
  if (
    /\b(?:top \d+|filter(?:ed|s)?\b|first \d+ (?:rows|records)|sample of|page \d+ of [2-9])/i.test(table.preambleText)
  )
    return false
  const titles = `${input.part ?? ''} ${input.name} ${table.preambleText}`.replaceAll('_', ' ')
  if (kind === 'person' && partOfStaff.test(titles) && !wholeOfStaff.test(titles)) return false
  if (kind !== 'backup') return true
  const job = plan.find((column) => column.field === 'job') ?? plan.find((column) => column.field === 'system')
  if (!job) return true
  const seen = new Set<string>()
  for (const row of table.body) {
    const name = row.cells[job.index]?.trim()
    if (!name) continue
    if (seen.has(name)) return false
    seen.add(name)
  }
  return true
}

const pastFields = new Set([
  'createdAt',
  'lastUsedAt',
  'passwordSetAt',
  'lastSeenAt',
  'lastRunAt',
  'lastSuccessAt',
  'completedOn',
  'restoreTestedOn',
  'statedOn',
  'heldOn',
  'confirmedOn',
  'assessedOn',
  'agreementSignedOn',
  'decidedOn',
  'installedOn',
  'reportOn',
])

/** The dates by which a verdict is reached: a bad one rejects the row, where any other is merely not said. */
const decisiveFields = new Set([
  'hiredOn',
  'leftOn',
  'lastUsedAt',
  'expiresOn',
  'agreementSignedOn',
  'agreementExpiresOn',
  'lastSuccessAt',
  'restoreTestedOn',
  'completedOn',
  'heldOn',
  'statedOn',
  'validUntilOn',
])

/** A clock or a zone may be a day ahead without anything being wrong. */
const toleranceMs = 86_400_000

function decideOrders(
  plan: readonly ColumnPlan[],
  body: readonly Row[],
  asOf: Date,
): { orders: ReadonlyMap<number, DateOrder>; fileOrder: DateOrder } {
  const dated = plan.filter((column) => column.readAs === 'day' || column.readAs === 'instant')
  const votes = dated.map((column) =>
    countOrders(
      body.map((row) => row.cells[column.index] ?? ''),
      pastFields.has(column.field),
      asOf.getTime(),
    ),
  )
  const silent = { mdy: 0, dmy: 0, dotted: 0, mdyFuture: 0, dmyFuture: 0 }
  const orders = new Map(dated.map((column, at) => [column.index, decideOrder(votes[at] ?? silent, votes)]))
  return { orders, fileOrder: decideOrder(silent, votes) }
}

type Fields = Record<string, unknown>
/** Reads one cell into a row; the answer is what is wrong, if anything. */
type Step = { readonly index: number; apply(cell: string, row: Fields): string | undefined }

interface Compiled {
  readonly steps: readonly Step[]
  /** Completes a row from its own fields; the answer is what is wrong, if anything. */
  finish(row: Fields): string | undefined
}

interface Defaults {
  readonly system: string | undefined
  readonly usual: string | undefined
  readonly asOf: Date
}

const splitsNames: readonly FactKind[] = ['person']

function compile(found: Recognised, orders: ReadonlyMap<number, DateOrder>, defaults: Defaults): Compiled {
  const { kind, plan } = found
  const limit = defaults.asOf.getTime() + toleranceMs
  const given = new Set(plan.map((column) => column.field))
  const steps = plan
    .filter((column) => !(column.field === 'system' && defaults.system !== undefined))
    .map((column) => compileColumn(kind, column, orders.get(column.index) ?? 'mdy', limit, given))
  const identity = recognition[kind].identity
  const hasNames = given.has('givenName') || given.has('familyName')
  const splitsVersion = kind === 'device' && !given.has('osVersion') && given.has('osName')
  const signsInByAddress = found.product?.system === 'Google Workspace' && (kind === 'account' || kind === 'mfa')
  const setsSystem = kind === 'account' || kind === 'mfa'
  const system = defaults.system ?? defaults.usual
  const nothing = `the row names nothing: none of ${identity.map(wordsOf).join(', ')} is filled`
  return {
    steps,
    finish(row) {
      if (hasNames && row['displayName'] === undefined) {
        const name = [row['givenName'], row['familyName']].filter((part) => typeof part === 'string').join(' ')
        if (name !== '') row['displayName'] = name
        // Training records have no columns for the parts of a name.
        if (kind === 'training' || kind === 'mfa') {
          delete row['givenName']
          delete row['familyName']
        }
      }
      if (signsInByAddress && row['username'] === undefined) row['username'] = row['email']
      if (!identity.some((field) => row[field] !== undefined && row[field] !== null)) return nothing
      if (setsSystem && row['system'] === undefined && system !== undefined) row['system'] = system
      if (splitsVersion && typeof row['osName'] === 'string') {
        const parts = /^(.*?[a-z)])\s+v?(\d+(?:\.\d+)+)\b/i.exec(row['osName'])
        if (parts) {
          row['osName'] = parts[1]
          row['osVersion'] = parts[2]
        }
      }
      return undefined
    },
  }
}

/** Numbers beyond these are slips of the keyboard. */
const greatestOf: ReadonlyMap<string, number> = new Map([
  ['score', 1000],
  ['participants', 1_000_000],
  ['rpoHours', 87_600],
  ['rtoHours', 87_600],
])
const latest = new Set(['lastUsedAt', 'lastSeenAt'])
const every = new Set(['enabled', 'encrypted'])

function compileColumn(
  kind: FactKind,
  column: ColumnPlan,
  order: DateOrder,
  limit: number,
  given: ReadonlySet<string>,
): Step {
  const { index, field, header, readAs } = column
  const set = latest.has(field) ? setLatest : every.has(field) ? setEvery : setFirst
  const named = `"${header.slice(0, 60)}"`
  const [sort, name] = readAs.split(':')
  switch (readAs) {
    case 'name': {
      const isPerson = field === 'displayName'
      const hasParts = given.has('givenName') || given.has('familyName')
      const read = isPerson ? readName : memoised(readName)
      const splits = isPerson && !hasParts && (splitsNames.includes(kind) || kind === 'account')
      return {
        index,
        apply(cell, row) {
          const text = readText(cell)
          if (text === null) return undefined
          const person = text.startsWith('=') ? undefined : read(text)
          setFirst(row, field, person?.displayName ?? text)
          if (splits && person?.familyName && (kind === 'person' || text.includes(','))) {
            setFirst(row, 'givenName', person.givenName)
            setFirst(row, 'familyName', person.familyName)
          }
          return undefined
        },
      }
    }
    case 'day': {
      const read = dayReader(order)
      const past = pastFields.has(field) ? new Date(limit).toISOString().slice(0, 10) : undefined
      const decides = decisiveFields.has(field)
      return {
        index,
        apply(cell, row) {
          const value = read(cell)
          if (value === undefined) return decides ? `the value in column ${named} is not a date` : undefined
          if (value === null) return undefined
          if (past !== undefined && value > past)
            return decides ? `the date in column ${named} lies in the future` : undefined
          set(row, field, value)
          return undefined
        },
      }
    }
    case 'instant': {
      const read = instantReader(order)
      const past = pastFields.has(field)
      const decides = decisiveFields.has(field) && !(kind === 'mfa' && field === 'lastUsedAt')
      return {
        index,
        apply(cell, row) {
          const value = read(cell)
          if (value === undefined) return decides ? `the value in column ${named} is not a date` : undefined
          if (value === null) return undefined
          if (value === 'never') {
            if (field === 'lastUsedAt' && kind === 'account') row['neverUsed'] = row['lastUsedAt'] === undefined
            return undefined
          }
          if (past && value.getTime() > limit)
            return decides ? `the date in column ${named} lies in the future` : undefined
          set(row, field, value)
          if (row['neverUsed'] === true && field === 'lastUsedAt') row['neverUsed'] = false
          return undefined
        },
      }
    }
    case 'word:personStanding': {
      const read = wordReader('personStanding')
      // "Employment status: Contractor" says what a person is, where no other column does.
      const readType = given.has('workerType') ? undefined : wordReader('workerType')
      return {
        index,
        apply(cell, row) {
          const value = read(cell)
          if (value !== null) setStrongest(row, field, value)
          const type = readType?.(cell)
          if (type) setFirst(row, 'workerType', type)
          return undefined
        },
      }
    }
    case 'account-control':
      return {
        index,
        apply(cell, row) {
          const read = readAccountControl(cell)
          if (read) {
            setEvery(row, 'enabled', read.enabled)
            setFirst(row, 'passwordNeverExpires', read.passwordNeverExpires)
          }
          return undefined
        },
      }
    default: {
      const read = simpleReader(readAs, sort ?? '', name ?? '')
      const greatest = greatestOf.get(field)
      const put = readAs === 'word:personGone' ? setStrongest : set
      return {
        index,
        apply(cell, row) {
          const value = read(cell)
          if (value === null) return undefined
          if (greatest !== undefined && typeof value === 'number' && (value < 0 || value > greatest)) return undefined
          put(row, field, value)
          return undefined
        },
      }
    }
  }
}

function simpleReader(readAs: ColumnPlan['readAs'], sort: string, name: string): (cell: string) => unknown {
  if (sort === 'flag') return flagReader(name as FlagVocabulary)
  if (sort === 'not') return flagReader(name as FlagVocabulary, true)
  if (sort === 'word') return wordReader(name as VocabularyName)
  switch (readAs) {
    case 'code':
      return readCode
    case 'email':
      return readEmail
    case 'number':
      return readNumber
    case 'hours':
      return durationReader(1)
    case 'minutes':
      return durationReader(1 / 60)
    case 'list':
      return readList
    case 'presence':
      return presenceReader
    default:
      return readText
  }
}

const coursesOf = 'courses'

interface CourseCell {
  readonly course: string
  readonly completedOn?: string
  readonly standing?: string
  readonly wrong?: string
}

/** Compiles a matrix: a row's cells of courses are gathered beside the person's own fields. */
function compileCourses(
  people: Compiled,
  courses: readonly ColumnPlan[],
  orders: ReadonlyMap<number, DateOrder>,
  asOf: Date,
): Compiled {
  const limit = new Date(asOf.getTime() + toleranceMs).toISOString().slice(0, 10)
  const readStanding = wordReader('trainingStanding')
  const steps = courses.map(({ index, header: course }): Step => {
    const readDay = dayReader(orders.get(index) ?? 'mdy')
    return {
      index,
      apply(cell, row) {
        const known = row[coursesOf]
        const cells: CourseCell[] = Array.isArray(known) ? known : []
        row[coursesOf] = cells
        const standing = /^\s*[x✓✔☑✅]\s*$/iu.test(cell) ? 'completed' : readStanding(cell)
        if (standing !== null) cells.push({ course, standing })
        else {
          const day = readDay(cell)
          const named = `column "${course.slice(0, 60)}"`
          if (day === undefined)
            cells.push({ course, wrong: `the value in ${named} is neither a date nor a word of completion` })
          else if (day !== null && day > limit) cells.push({ course, wrong: `the date in ${named} lies in the future` })
          else if (day !== null) cells.push({ course, completedOn: day, standing: 'completed' })
        }
        return undefined
      },
    }
  })
  return { steps: [...people.steps, ...steps], finish: people.finish }
}

/** Turns each row of a matrix into one training record for each of its courses. */
async function* readCourses(rows: AsyncIterable<Item>): AsyncGenerator<Item> {
  for await (const item of rows) {
    if (item.kind !== 'training') {
      yield item
      continue
    }
    const { [coursesOf]: cells, ...person } = item.row as Fields
    for (const { wrong, ...cell } of Array.isArray(cells) ? (cells as CourseCell[]) : []) {
      if (wrong === undefined) yield { kind: 'training', line: item.line, row: { ...person, ...cell } }
      else yield { kind: 'reject', line: item.line, reason: wrong }
    }
  }
}

function setFirst(row: Fields, field: string, value: unknown): void {
  if (row[field] === undefined) row[field] = value
}

function setLatest(row: Fields, field: string, value: unknown): void {
  const before = row[field]
  if (!(before instanceof Date) || (value instanceof Date && value > before)) row[field] = value
}

const standings = ['active', 'pending', 'leave', 'left']

// "Full-Time" beside "Terminated": the column that says more than that somebody works here counts.
function setStrongest(row: Fields, field: string, value: unknown): void {
  const before = row[field]
  if (before === undefined || standings.indexOf(String(value)) > standings.indexOf(String(before))) row[field] = value
}

// Two columns that disagree about a protection or an open door: the weaker one counts.
function setEvery(row: Fields, field: string, value: unknown): void {
  row[field] = row[field] === undefined ? value : row[field] === true && value === true
}

async function* readItems(input: TableInput, table: Body, compiled: Compiled, kind: FactKind): AsyncGenerator<Item> {
  const width = table.headers.length
  const shortUsual = input.ragged === 'usual' || leavesOutEmptyEnds(table.body, width)
  const lastNeeded = compiled.steps.reduce((last, step) => Math.max(last, step.index), -1)
  const repeated = table.headers.join('\u0000')
  const read = (row: Row): Item | undefined =>
    readRow(row, { compiled, kind, width, shortUsual, lastNeeded, repeated, headers: table.headers })
  for (const row of table.body) {
    const item = read(row)
    if (item) yield item
  }
  if (table.ended) return
  for (;;) {
    const next = await input.rows.next()
    if (next.done) return
    for (const row of next.value) {
      const item = read(row)
      if (item) yield item
    }
  }
}

/** Whether this writer drops empty cells at the end of a row: then rows are short, and none ends in an empty cell. */
function leavesOutEmptyEnds(rows: readonly Row[], width: number): boolean {
  let short = 0
  let before = width
  for (const { cells } of rows) {
    if (cells.length === width && cells.at(-1)?.trim() === '') return false
    if (cells.length < width && cells.length > 1) {
      // Two short rows that make one whole row are a row broken by a line end.
      if (before < width && before + cells.length === width + 1) return false
      short += 1
    }
    before = cells.length
  }
  return short > 0
}

interface RowRules {
  readonly compiled: Compiled
  readonly kind: FactKind
  readonly width: number
  readonly shortUsual: boolean
  readonly lastNeeded: number
  readonly repeated: string
  readonly headers: readonly string[]
}

function readRow(row: Row, rules: RowRules): Item | undefined {
  const { cells, line } = row
  const { width } = rules
  let filled = 0
  for (const cell of cells) if (cell !== '') filled += 1
  if (filled === 0) return undefined
  if (filled <= 2 || cells.length !== width || mayBeTotal(cells)) {
    if (filled <= 2 && width <= 2 ? !mayBeValue(cells) && isFooter(cells) : isFooter(cells)) return undefined
  }
  if (cells[0] === rules.headers[0] && trimHeaders(cells).join('\u0000') === rules.repeated) return undefined
  if (cells.length > width) {
    for (let at = width; at < cells.length; at += 1) {
      if (cells[at]?.trim() !== '')
        return {
          kind: 'reject',
          line,
          reason: `the row has ${cells.length} cells where the header has ${width}: a value may hold the separator without quotation marks`,
          cells,
        }
    }
  } else if (cells.length <= rules.lastNeeded && !rules.shortUsual) {
    return {
      kind: 'reject',
      line,
      reason: `the row has ${cells.length} cells where the header has ${width}: it may be broken by a line end or cut off`,
      cells,
    }
  }
  const fields: Fields = {}
  for (const step of rules.compiled.steps) {
    const cell = cells[step.index]
    if (cell === undefined || cell === '') continue
    const wrong = step.apply(cell, fields)
    if (wrong !== undefined) return { kind: 'reject', line, reason: wrong, cells }
  }
  const wrong = rules.compiled.finish(fields)
  if (wrong !== undefined) return { kind: 'reject', line, reason: wrong, cells }
  // Every field was made by a reader of its own type, which the table test of all kinds holds against facts.ts.
  return { kind: rules.kind, line, row: fields } as Item
}

function mayBeTotal(cells: readonly string[]): boolean {
  const first = cells[0] ?? ''
  const start = first.charCodeAt(0)
  // T, t, G, g, S, s, -, =, * and an empty first cell
  return (
    first === '' ||
    start === 84 ||
    start === 116 ||
    start === 71 ||
    start === 103 ||
    start === 83 ||
    start === 115 ||
    start === 45 ||
    start === 61 ||
    start === 42
  )
}

const mayBeValue = (cells: readonly string[]) =>
  cells.every((cell) => cell.trim() !== '') && !/^\W*(?:grand |sub)?total/i.test(cells[0] ?? '') && cells.length > 1
