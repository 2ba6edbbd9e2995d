/** Makes accesses of rows, once it is known which column holds what. */
import { type Access, type Action, codedFields, flag, maxFieldLength, type Outcome } from '../model/access.ts'
import { cleanField, reduceIdentifier } from '../model/identifier.ts'
import { isPlainIdentifier, isPlainText, type PlainAccess, type PlainField, plainPlaces } from '../model/plain.ts'
import { ByteMemo } from './byte-memo.ts'
import { checkClock, dayStart, type Zone, zoneOf } from './clock.ts'
import { type CsvField, type Layout, normaliseHeading } from './csv-layout.ts'
import { type Decode, type Dialect, fieldText, RowScanner, unwrapFormula } from './csv-rows.ts'
import { decoderOf, type Encoding } from './csv-text.ts'
import { combine, type DayOrder, readAnyTime, type TimeRules } from './csv-time.ts'
import { readAction, readBreakGlass, readOutcome } from './csv-words.ts'
import { wide } from './event-codes.ts'
import type { ReadOptions, Sink } from './format.ts'

export interface RowPlan {
  readonly dialect: Dialect
  readonly encoding: Encoding
  readonly headings: readonly string[]
  readonly titleRows: number
  readonly layout: Layout
  readonly order: DayOrder
  readonly options: ReadOptions
  readonly sink: Sink
}

/** One column: where it is, and what its bytes mean. */
interface Column<T> {
  readonly place: number
  readonly memo: ByteMemo<T>
  readonly read: (text: string) => T
  readonly none: T
}

const identifiers: ReadonlySet<PlainField> = new Set(['patient', 'user', 'onBehalfOf'])

/** The row at hand, as long as its texts are kept as they stand; one for all rows, since each would be walked by a collection. */
class PlainRow implements PlainAccess {
  bytes: Buffer = Buffer.alloc(0)
  from = 0
  to = 0
  at = 0
  action: Action = 'other'
  outcome: Outcome = 'unknown'
  flags = 0
  purpose = ''
  eventFrom = 0
  eventTo = 0
  readonly starts = new Int32Array(codedFields.length)
  readonly ends = new Int32Array(codedFields.length)
  /** Which columns are looked at. */
  readonly fields: readonly {
    readonly column: number
    readonly place: number
    readonly isPlain: (bytes: Buffer, from: number, to: number) => boolean
  }[]

  constructor(layout: Layout) {
    this.fields = (Object.keys(plainPlaces) as PlainField[])
      .map((field) => ({
        column: layout[field] ?? -1,
        place: plainPlaces[field],
        isPlain: identifiers.has(field) ? isPlainIdentifier : isPlainText,
      }))
      .filter(({ column }) => column !== -1)
  }
}

export class RowReader {
  readonly #plan: RowPlan
  readonly #scanner: RowScanner
  readonly #decode: Decode
  readonly #rules: TimeRules
  readonly #zone: Zone
  readonly #receivedAt: number
  readonly #sink: Sink
  /** Rows so far, and the lines of text that they took. */
  #row = 0
  #line = 1
  #isSkipping = false
  #header: Buffer | undefined
  /** How many bytes it wants before it is worth reading again. */
  wants = 0

  readonly #at: number
  readonly #time: number
  readonly #days: ByteMemo<number>
  readonly #times: ByteMemo<number | undefined>
  readonly #patient: Column<string>
  readonly #user: Column<string>
  readonly #onBehalfOf: Column<string>
  readonly #action: Column<Action>
  readonly #outcome: Column<Outcome>
  readonly #purpose: Column<string>
  readonly #object: Column<string>
  readonly #workstation: Column<string>
  readonly #application: Column<string>
  readonly #department: Column<string>
  readonly #reason: Column<string>
  readonly #event: Column<string>
  readonly #sequence: Column<string>
  readonly #breakGlass: Column<boolean>
  readonly #accesses: Access[] = []
  readonly #plain: PlainRow | undefined

  constructor(plan: RowPlan) {
    this.#plan = plan
    this.#scanner = new RowScanner(plan.dialect)
    this.#decode = decoderOf(plan.encoding)
    this.#zone = zoneOf(plan.options.zone)
    this.#rules = { order: plan.order, zone: this.#zone }
    this.#receivedAt = plan.options.receivedAt
    this.#sink = plan.sink
    this.#at = plan.layout.at ?? -1
    this.#time = plan.layout.time ?? -1
    this.#days = new ByteMemo((bytes, start) => isoDay(bytes, start))
    this.#times = new ByteMemo((bytes, start, end) =>
      readAnyTime(unwrapFormula(this.#decode(bytes, start, end)), this.#rules),
    )
    this.#patient = this.#column('patient', (text) => reduceIdentifier(noneOf(text)), '')
    this.#user = this.#column('user', (text) => reduceIdentifier(noneOf(text)), '')
    this.#onBehalfOf = this.#column('onBehalfOf', reduceIdentifier, '')
    this.#action = this.#column('action', readAction, 'read')
    const isOfSuccess = /success/.test(normaliseHeading(plan.headings[plan.layout.outcome ?? -1] ?? ''))
    this.#outcome = this.#column('outcome', (text) => readOutcome(text, isOfSuccess), 'unknown')
    this.#purpose = this.#column('purpose', (text) => cleanField(text).toUpperCase(), '')
    this.#object = this.#column('object', cleanField, '')
    this.#workstation = this.#column('workstation', cleanField, '')
    this.#application = this.#column('application', cleanField, '')
    this.#department = this.#column('department', cleanField, '')
    this.#reason = this.#column('reason', cleanField, '')
    this.#event = this.#column('event', cleanField, '')
    this.#sequence = this.#column('sequence', readSequence, '')
    this.#breakGlass = this.#column('breakGlass', readBreakGlass, false)
    this.#plain = plan.sink.takePlain && plan.layout.sequence === undefined ? new PlainRow(plan.layout) : undefined
  }

  /** Reads all whole rows of a buffer and gives how many bytes they took. */
  read(buffer: Buffer, isEnd: boolean): number {
    let from = 0
    if (this.#isSkipping) {
      const end = buffer.indexOf(this.#plan.dialect.ending)
      if (end === -1) return buffer.length
      this.#isSkipping = false
      this.#line += 1
      from = end + 1
    }
    const scanner = this.#scanner
    while (from < buffer.length) {
      const next = scanner.scan(buffer, from, isEnd)
      if (next === -1) break
      this.#take(buffer, from)
      this.#row += 1
      this.#line +=
        scanner.hasQuotes && !scanner.isBroken ? countEndings(buffer, from, next, this.#plan.dialect.ending) : 1
      from = next
    }
    return from
  }

  /** Gives up the row that has begun. */
  skip(): void {
    this.#sink.reject(this.#line, 'The row is longer than 16 MiB.')
    this.#isSkipping = true
  }

  #take(buffer: Buffer, from: number): void {
    const scanner = this.#scanner
    if (this.#row <= this.#plan.titleRows) {
      if (this.#row < this.#plan.titleRows) return
      // The headings are kept too, for without them nobody could read the rows again.
      this.#header = Buffer.from(buffer.subarray(from, scanner.rowEnd))
      this.#sink.take(this.#header, [])
      return
    }
    if (scanner.isBroken) {
      this.#refuse('The quotes of this row are not in order.')
      return
    }
    if (this.#isEmpty(buffer)) return
    const said = this.#readTime(buffer)
    if (said !== undefined && !this.#hasTooMany(buffer) && this.#takePlain(buffer, from, said)) return
    const raw = buffer.subarray(from, scanner.rowEnd)
    // Exports that were joined repeat their headings.
    if (said === undefined && this.#header !== undefined && raw.equals(this.#header)) return
    if (this.#hasTooMany(buffer)) {
      this.#refuse('The row has more fields than there are headings.')
      return
    }
    if (said === undefined) {
      this.#refuse('The time of this row cannot be read.')
      return
    }
    const user = this.#value(this.#user, buffer)
    const patient = this.#value(this.#patient, buffer)
    if (user === '' && patient === '') {
      this.#refuse('The row names neither a user nor a patient.')
      return
    }
    const action = this.#value(this.#action, buffer)
    const clock = checkClock(said, this.#receivedAt)
    this.#accesses[0] = {
      at: clock.at,
      patient,
      user,
      onBehalfOf: this.#value(this.#onBehalfOf, buffer),
      action,
      outcome: this.#value(this.#outcome, buffer),
      flags: clock.flags | this.#flagsOf(action, patient !== '', buffer),
      purpose: this.#value(this.#purpose, buffer),
      object: this.#value(this.#object, buffer),
      workstation: this.#value(this.#workstation, buffer),
      application: this.#value(this.#application, buffer),
      department: this.#value(this.#department, buffer),
      reason: this.#value(this.#reason, buffer),
      event: this.#value(this.#event, buffer),
      sequence: this.#value(this.#sequence, buffer),
    }
    this.#sink.take(raw, this.#accesses.slice())
  }

  /** Hands on a row whose texts are kept as they stand, without making texts of them; false for any other, by far the fewest. */
  #takePlain(buffer: Buffer, from: number, said: number): boolean {
    const scanner = this.#scanner
    const plain = this.#plain
    if (!plain || scanner.rowEnd - from > maxFieldLength) return false
    for (const { column, place, isPlain } of plain.fields) {
      if (!this.#isIn(column)) {
        plain.starts[place] = 0
        plain.ends[place] = 0
        continue
      }
      if (scanner.hasQuotes && scanner.isDoubled[column] === 1) return false
      const [start, end] = [scanner.starts[column] as number, scanner.ends[column] as number]
      if (!isPlain(buffer, start, end)) return false
      plain.starts[place] = start
      plain.ends[place] = end
    }
    const event = this.#event.place
    const [eventFrom, eventTo] = this.#isIn(event)
      ? [scanner.starts[event] as number, scanner.ends[event] as number]
      : [0, 0]
    if (!isPlainText(buffer, eventFrom, eventTo) || (scanner.hasQuotes && scanner.isDoubled[event] === 1)) return false
    const hasPatient = plain.starts[plainPlaces.patient] !== plain.ends[plainPlaces.patient]
    // Whom it names decides about the rest: rows without either go the ordinary way.
    if (!hasPatient && plain.starts[plainPlaces.user] === plain.ends[plainPlaces.user]) return false
    const action = this.#value(this.#action, buffer)
    const clock = checkClock(said, this.#receivedAt)
    plain.bytes = buffer
    plain.from = from
    plain.to = scanner.rowEnd
    plain.at = clock.at
    plain.action = action
    plain.outcome = this.#value(this.#outcome, buffer)
    plain.flags = clock.flags | this.#flagsOf(action, hasPatient, buffer)
    plain.purpose = this.#value(this.#purpose, buffer)
    plain.eventFrom = eventFrom
    plain.eventTo = eventTo
    this.#sink.takePlain?.(plain)
    return true
  }

  #isIn(column: number): boolean {
    return column !== -1 && column < this.#scanner.count
  }

  #flagsOf(action: Action, hasPatient: boolean, buffer: Buffer): number {
    const isBroken = this.#value(this.#breakGlass, buffer)
    const isUnresolved = !hasPatient && wide.has(action)
    return (isBroken ? flag.breakGlass : 0) | (isUnresolved ? flag.unresolved : 0)
  }

  #refuse(reason: string): void {
    this.#sink.reject(this.#line, reason)
  }

  #column<T>(field: CsvField, read: (text: string) => T, none: T): Column<T> {
    const memo = new ByteMemo((bytes, start, end) => read(unwrapFormula(this.#decode(bytes, start, end))))
    return { place: this.#plan.layout[field] ?? -1, memo, read, none }
  }

  #value<T>(column: Column<T>, buffer: Buffer): T {
    const place = column.place
    const scanner = this.#scanner
    if (place === -1 || place >= scanner.count) return column.none
    if (scanner.hasQuotes && scanner.isDoubled[place] === 1) {
      return column.read(fieldText(scanner, buffer, place, this.#decode))
    }
    const start = scanner.starts[place] as number
    const end = scanner.ends[place] as number
    return start === end ? column.none : column.memo.take(buffer, start, end)
  }

  #readTime(buffer: Buffer): number | undefined {
    const scanner = this.#scanner
    if (this.#at >= scanner.count) return undefined
    if (this.#time !== -1) {
      const day = fieldText(scanner, buffer, this.#at, this.#decode)
      const time = fieldText(scanner, buffer, this.#time, this.#decode)
      return combine(day, time, this.#rules) ?? readAnyTime(/\d:\d/.test(day) ? day : `${day} ${time}`, this.#rules)
    }
    const quick = this.#readIso(buffer, scanner.starts[this.#at] as number, scanner.ends[this.#at] as number)
    if (quick !== undefined) return quick
    if (scanner.hasQuotes) return readAnyTime(fieldText(scanner, buffer, this.#at, this.#decode), this.#rules)
    // Several rows of a busy log are of the same second.
    return this.#times.take(buffer, scanner.starts[this.#at] as number, scanner.ends[this.#at] as number)
  }

  /** Reads `2026-11-22 08:53:20` with or without a Z, without making a text of it. */
  #readIso(bytes: Buffer, start: number, end: number): number | undefined {
    const length = end - start
    if (length !== 19 && !(length === 20 && bytes[end - 1] === 0x5a)) return undefined
    const parting = bytes[start + 10]
    if (parting !== 0x20 && parting !== 0x54) return undefined
    if (bytes[start + 13] !== 0x3a || bytes[start + 16] !== 0x3a) return undefined
    const day = this.#days.take(bytes, start, start + 10)
    const hour = pair(bytes, start + 11)
    const minute = pair(bytes, start + 14)
    const second = pair(bytes, start + 17)
    if (!(hour < 24 && minute < 60 && second < 60)) return undefined
    const local = day + ((hour * 60 + minute) * 60 + second) * 1000
    if (Number.isNaN(local)) return undefined
    return length === 20 ? local : this.#zone.toUtc(local)
  }

  #isEmpty(buffer: Buffer): boolean {
    const scanner = this.#scanner
    if (scanner.count > 1 && (scanner.ends[0] as number) > (scanner.starts[0] as number)) return false
    for (let place = 0; place < scanner.count; place += 1) {
      const end = scanner.ends[place] as number
      for (let at = scanner.starts[place] as number; at < end; at += 1) if ((buffer[at] as number) > 0x20) return false
    }
    return true
  }

  /** Empty fields at the end are harmless; any other means that a delimiter stood within a text and moved the rest. */
  #hasTooMany(buffer: Buffer): boolean {
    const scanner = this.#scanner
    for (let place = this.#plan.headings.length; place < scanner.count; place += 1) {
      if (fieldText(scanner, buffer, place, this.#decode).trim() !== '') return true
    }
    return false
  }
}

const pair = (bytes: Buffer, at: number) => digit(bytes[at] as number) * 10 + digit(bytes[at + 1] as number)
const digit = (byte: number) => (byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : Number.NaN)

/** The start of the day `2026-11-22`, or NaN. */
function isoDay(bytes: Buffer, start: number): number {
  if (bytes[start + 4] !== 0x2d || bytes[start + 7] !== 0x2d) return Number.NaN
  const year = pair(bytes, start) * 100 + pair(bytes, start + 2)
  return dayStart(year, pair(bytes, start + 5), pair(bytes, start + 8)) ?? Number.NaN
}

const nones = /^(?:0+|null|nil|none|n\/a|\\n|-+|#n\/a)$/i
/** What databases and people write where there is nobody. */
const noneOf = (text: string) => (nones.test(text.trim()) ? '' : text)

/** A count of events is digits, and nothing else. */
const readSequence = (text: string) => (/^\d{1,30}$/.test(text.trim()) ? text.trim() : '')

function countEndings(buffer: Buffer, from: number, to: number, ending: number): number {
  let count = 0
  for (let at = from; at < to; at += 1) if (buffer[at] === ending) count += 1
  return Math.max(count, 1)
}
