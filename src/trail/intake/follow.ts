/**
 * From the log to what answers: lines that are durable go, in the order of the log and without a gap, into codes, the query
 * store and the book of sources. It may lag behind the log by a moment, and goes on from where it was after a stop.
 */

import type { People } from '../explain/people.ts'
import { type CodedField, codedFields } from '../model/access.ts'
import { knownToRows } from '../relations/rows.ts'
import type { SourceBook } from '../sources/book.ts'
import type { AccessColumns, Codes, KnownRows, QueryStore } from '../store/store.ts'
import { listTexts } from './column.ts'
import type { Durable } from './intake.ts'
import { isClockWrong, type Told } from './told.ts'

/** Rows that one transaction of the store takes, and rows that may wait before intake is held up. */
const rowsAtOnce = 250_000
const rowsWaiting = 500_000
/** How long rows wait for others while very many come: a transaction of few rows costs as much as one of many. */
const gatherMs = 400
/** While little comes, a transaction begins so long after the one before, or at once. */
const restMs = 50
/** How long after a failure it is tried again by itself. */
const againMs = 1_000
/** Above this many pairs a run over what was touched costs more than one over all. */
export const touchedAtMost = 5_000

/** Whom what came concerns. */
export class Touched {
  /** Who accessed whose record. */
  readonly #pairs = new Map<string, { readonly usr: number; readonly patient: number }>()
  /** Logins of which, and patients of whom, something else became known. */
  readonly #users = new Set<number>()
  readonly #patients = new Set<number>()
  #isEverything = false

  addPair(usr: number, patient: number): void {
    if (!this.#isEverything) this.#pairs.set(`${usr} ${patient}`, { usr, patient })
    this.#limit()
  }

  addUser(usr: number): void {
    if (!this.#isEverything) this.#users.add(usr)
    this.#limit()
  }

  addPatient(patient: number): void {
    if (!this.#isEverything) this.#patients.add(patient)
    this.#limit()
  }

  get isEverything(): boolean {
    return this.#isEverything
  }

  get isEmpty(): boolean {
    return !this.#isEverything && this.#pairs.size + this.#users.size + this.#patients.size === 0
  }

  /** What a run of the rules is to look at. */
  get scope() {
    if (this.#isEverything) return 'all' as const
    return { pairs: [...this.#pairs.values()], users: [...this.#users], patients: [...this.#patients] }
  }

  #limit(): void {
    if (this.#pairs.size + this.#users.size + this.#patients.size <= touchedAtMost) return
    this.#isEverything = true
    this.#pairs.clear()
    this.#users.clear()
    this.#patients.clear()
  }
}

interface FollowerParts {
  readonly store: QueryStore
  readonly codes: Codes
  readonly book: SourceBook
  readonly people: People
}

export class Follower {
  readonly #store: QueryStore
  readonly #codes: Codes
  readonly #book: SourceBook
  readonly #people: People
  readonly #applied: () => void
  readonly #waiting = new Map<number, Durable>()
  #next: number
  #rows = 0
  #running: Promise<void> | undefined
  #roomed: (() => void)[] = []
  /** Why the last try failed: the store is full, or its server away. It is tried again, and whoever waits is told. */
  #failure: unknown
  #isStopped = false
  touched = new Touched()
  /** Whether very many rows are coming. */
  isGathering = false
  #timer: NodeJS.Timeout | undefined
  #ranAt = 0

  constructor(parts: FollowerParts, appliedTo: number, applied: () => void) {
    this.#store = parts.store
    this.#codes = parts.codes
    this.#book = parts.book
    this.#people = parts.people
    this.#next = appliedTo
    this.#applied = applied
  }

  /** Up to where of the log everything is in the store. */
  get appliedTo(): number {
    return this.#next
  }

  /** Takes lines that are durable; in any order, they are put into the log's. */
  take(durable: Durable): void {
    if (durable.accepted.duplicates > 0) {
      this.#book.duplicate(durable.source, durable.accepted.duplicates, durable.receivedAt)
    }
    const { lines } = durable.told
    if (lines === 0) return
    this.#waiting.set(durable.first, durable)
    this.#rows += lines
    this.#runSoon()
  }

  /** Resolves when intake may go on. */
  ready(): Promise<void> {
    return this.#until(() => this.#rows <= rowsWaiting && this.#failure === undefined)
  }

  /** Resolves when the store has everything before this place of the log. */
  reach(size: number): Promise<void> {
    return this.#until(() => this.#next >= size || (!this.#running && this.#waiting.size === 0))
  }

  /** Resolves when everything that was taken is in the store. */
  settle(): Promise<void> {
    return this.#until(() => !this.#running && !this.#waiting.has(this.#next))
  }

  /** Nothing is tried again by itself any more: the log has it all. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#callWaiting()
  }

  /** Waits until this holds. What failed before is tried again, once: whoever waits is told of it when it fails anew. */
  async #until(holds: () => boolean): Promise<void> {
    const before = this.#failure
    while (!holds()) {
      // Nothing comes of waiting any more: whoever asks again is answered by what was made since, or told why not.
      if (this.#isStopped && !this.#running) throw this.#failure ?? new Error('What follows the log has been stopped.')
      if (this.#failure !== undefined && this.#failure !== before && !this.#running) throw this.#failure
      const waited = new Promise<void>((resolve) => this.#roomed.push(resolve))
      this.#run()
      await waited
    }
  }

  #run(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#isStopped || this.#running || !this.#waiting.has(this.#next)) return
    this.#ranAt = performance.now()
    this.#running = this.#applyNext()
      .then(
        () => {
          this.#failure = undefined
        },
        (error: unknown) => {
          this.#failure = error
        },
      )
      .finally(() => {
        this.#running = undefined
        this.#callWaiting()
        if (this.#waiting.size > 0) this.#runSoon()
      })
  }

  /** Runs at once, or with what comes in a moment. */
  #runSoon(): void {
    if (this.#isStopped) return
    const restedMs = this.isGathering ? gatherMs : this.#ranAt + restMs - performance.now()
    const waitMs = this.#failure === undefined ? restedMs : againMs
    if (this.#failure === undefined && (this.#rows >= rowsAtOnce || waitMs <= 0)) this.#run()
    else this.#timer ??= setTimeout(() => this.#run(), waitMs)
  }

  async #applyNext(): Promise<void> {
    const run: Durable[] = []
    let [to, rows] = [this.#next, 0]
    for (let found = this.#waiting.get(to); found && rows < rowsAtOnce; found = this.#waiting.get(to)) {
      run.push(found)
      to += found.told.lines
      rows += found.told.lines
    }
    await this.#apply(run, to)
    for (const { first } of run) this.#waiting.delete(first)
    this.#next = to
    this.#rows -= rows
    this.#applied()
  }

  async #apply(run: readonly Durable[], to: number): Promise<void> {
    const columns = newColumns(run.reduce((sum, { told }) => sum + told.rows, 0))
    const known: KnownRows[] = []
    let row = 0
    for (const { first, told } of run) {
      fillColumns(columns, row, first, told)
      this.#code(columns, row, told, known)
      row += told.rows
    }
    const rows = joined(known)
    await this.#store.apply(columns, rows, to)
    // Not before it is there: a run of the rules that began meanwhile would find nothing of it, and take it for judged.
    this.#touch(columns, known)
    await this.#touchGroups(rows)
    this.#people.changed(rows)
    for (const { first, told, receivedAt } of run) {
      const sources = told.texts.source && listTexts(told.texts.source)
      for (let each = 0; each < told.rows; each += 1) {
        // Lines that come anew because the store was lost are in the book already.
        if (first + (told.line[each] ?? 0) < this.#book.logSize) continue
        const source = sources?.[told.texts.source?.places[each] ?? 0] ?? ''
        this.#book.noteOne(
          source,
          told.at[each] ?? 0,
          told.sequences?.[each] ?? '',
          receivedAt,
          isClockWrong(told.flags[each] ?? 0),
        )
      }
    }
    this.#book.logSize = Math.max(this.#book.logSize, to)
  }

  /** Gives texts their codes, of each dictionary in the order of the log, so that a replay gives the same. */
  #code(columns: AccessColumns, row: number, told: Told, known: KnownRows[]): void {
    const coders = codedFields.flatMap((field) => {
      const texts = told.texts[field]
      return texts ? [{ field, ...texts, column: columns.codes[field], codes: new Uint32Array(texts.ends.length) }] : []
    })
    const code = (from: number, end: number) => {
      for (const { field, bytes, ends, places, column, codes } of coders) {
        for (let each = from; each < end; each += 1) {
          const place = places[each] ?? 0
          if (place === 0) continue
          const found = codes[place] || this.#codes.codeOfBytes(field, bytes, ends[place - 1] ?? 0, ends[place] ?? 0)
          codes[place] = found
          column[row + each] = found
        }
      }
    }
    let done = 0
    for (let next = 0; next < told.known.length; ) {
      // What stands together goes together.
      const begin = told.known[next]?.line ?? 0
      let end = next + 1
      while (told.known[end]?.line === begin + (end - next)) end += 1
      let upTo = done
      while (upTo < told.rows && (told.line[upTo] ?? 0) < begin) upTo += 1
      code(done, upTo)
      done = upTo
      const stretch = told.known.slice(next, end).map((one) => one.known)
      known.push(knownToRows(stretch, this.#codes))
      next = end
    }
    code(done, told.rows)
  }

  #touch({ count, codes }: AccessColumns, known: readonly KnownRows[]): void {
    const { touched } = this
    for (let row = 0; row < count && !touched.isEverything; row += 1) {
      touched.addPair(codes.user[row] ?? 0, codes.patient[row] ?? 0)
    }
    for (const { relation, worker, patient } of known) {
      for (const one of relation) touched.addPatient(Number(one['patient']))
      for (const { usr } of worker) touched.addUser(Number(usr))
      for (const one of patient) touched.addPatient(Number(one['patient']))
    }
  }

  /** Patients whose relations may have ended because their group does not name them any more. */
  async #touchGroups({ group = [] }: KnownRows): Promise<void> {
    if (group.length === 0 || this.touched.isEverything) return
    const found = await this.#store.desk.ask<{ patient: number }>(
      'select distinct patient from relation where grp in (select unnest($groups::uinteger[]))',
      { groups: group.map(({ grp }) => grp) },
    )
    for (const { patient } of found) this.touched.addPatient(patient)
  }

  #callWaiting(): void {
    const waiting = this.#roomed
    this.#roomed = []
    for (const resolve of waiting) resolve()
  }
}

function newColumns(count: number): AccessColumns {
  const codes = Object.fromEntries(codedFields.map((field) => [field, new Uint32Array(count)]))
  return {
    count,
    seq: new Float64Array(count),
    at: new Float64Array(count),
    action: new Uint8Array(count),
    outcome: new Uint8Array(count),
    flags: new Uint8Array(count),
    codes: codes as Record<CodedField, Uint32Array>,
  }
}

/** What needs no code. */
function fillColumns(columns: AccessColumns, row: number, first: number, told: Told): void {
  const { rows } = told
  for (let each = 0; each < rows; each += 1) columns.seq[row + each] = first + (told.line[each] ?? 0)
  columns.at.set(told.at.subarray(0, rows), row)
  columns.action.set(told.action.subarray(0, rows), row)
  columns.outcome.set(told.outcome.subarray(0, rows), row)
  columns.flags.set(told.flags.subarray(0, rows), row)
}

/** Of several of one key the store takes the last. */
function joined(known: readonly KnownRows[]): KnownRows {
  let before = 0
  return {
    relation: known.flatMap(({ relation }) => relation),
    group: known.flatMap(({ relation, group = [] }) => {
      const moved = group.map((one) => ({ ...one, after: one.after + before }))
      before += relation.length
      return moved
    }),
    worker: known.flatMap(({ worker }) => worker),
    patient: known.flatMap(({ patient }) => patient),
  }
}
