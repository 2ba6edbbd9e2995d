/**
 * From the log to what answers: lines that are durable go, in the order of the log and without a gap, into codes, the query
 * store and the book of sources. It may lag behind the log by a moment, and goes on from where it was after a stop.
 */
import { actions, type CodedField, codedFields, flag, outcomes } from '../model/access.ts'
import type { Known } from '../model/relation.ts'
import { knownToRows } from '../relations/rows.ts'
import type { Noted, SourceBook } from '../sources/book.ts'
import type { AccessColumns, Codes, QueryStore } from '../store/store.ts'
import type { Durable } from './intake.ts'

/** Rows that one transaction of the store takes, and rows that may wait before intake is held up. */
const rowsAtOnce = 200_000
const rowsWaiting = 400_000
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

const actionCodes = new Map(actions.map((action, code) => [action, code]))
const outcomeCodes = new Map(outcomes.map((outcome, code) => [outcome, code]))

export class Follower {
  readonly #store: QueryStore
  readonly #codes: Codes
  readonly #book: SourceBook
  readonly #applied: () => void
  readonly #waiting = new Map<number, { readonly durable: Durable; readonly lines: number }>()
  #next: number
  #rows = 0
  #running: Promise<void> | undefined
  #roomed: (() => void)[] = []
  /** What stopped it: nothing more is applied, and whoever asks is told. */
  failure: unknown
  touched = new Touched()

  constructor(store: QueryStore, codes: Codes, book: SourceBook, appliedTo: number, applied: () => void) {
    this.#store = store
    this.#codes = codes
    this.#book = book
    this.#next = appliedTo
    this.#applied = applied
  }

  /** Up to where of the log everything is in the store. */
  get appliedTo(): number {
    return this.#next
  }

  /** Takes lines that are durable; in any order, they are put into the log's. */
  take(durable: Durable, lines = durable.said.length): void {
    if (durable.accepted.duplicates > 0) {
      this.#book.duplicate(durable.source, durable.accepted.duplicates, durable.receivedAt)
    }
    if (lines === 0) return
    this.#waiting.set(durable.first, { durable, lines })
    this.#rows += lines
    this.#run()
  }

  /** Resolves when intake may go on. */
  async ready(): Promise<void> {
    while (this.#rows > rowsWaiting && this.failure === undefined) {
      await new Promise<void>((resolve) => this.#roomed.push(resolve))
    }
    this.#refuseBroken()
  }

  /** Resolves when the store has everything before this place of the log. */
  async reach(size: number): Promise<void> {
    while (this.#next < size && this.failure === undefined && (this.#running || this.#waiting.size > 0)) {
      await new Promise<void>((resolve) => this.#roomed.push(resolve))
    }
    this.#refuseBroken()
  }

  /** Resolves when everything that was taken is in the store. */
  async settle(): Promise<void> {
    while (this.#running) await this.#running
    this.#refuseBroken()
  }

  #refuseBroken(): void {
    if (this.failure !== undefined) throw this.failure
  }

  #run(): void {
    if (this.failure !== undefined || this.#running || !this.#waiting.has(this.#next)) return
    this.#running = this.#applyAll()
      .catch((error: unknown) => {
        this.failure = error
      })
      .finally(() => {
        this.#running = undefined
        this.#callWaiting()
        this.#run()
      })
  }

  async #applyAll(): Promise<void> {
    for (;;) {
      const run: Durable[] = []
      let [to, rows] = [this.#next, 0]
      for (let found = this.#waiting.get(to); found && rows < rowsAtOnce; found = this.#waiting.get(to)) {
        this.#waiting.delete(to)
        run.push(found.durable)
        to += found.lines
        rows += found.lines
      }
      if (run.length === 0) return
      await this.#apply(run, to)
      this.#next = to
      this.#rows -= rows
      this.#callWaiting()
      this.#applied()
    }
  }

  async #apply(run: readonly Durable[], to: number): Promise<void> {
    const known: Known[] = []
    const noted: Noted[] = []
    let count = 0
    for (const { said } of run) for (const one of said) if (one && 'access' in one) count += 1
    const columns = newColumns(count)
    const coders = codedFields.map((field) => new Coder(field, columns.codes[field], this.#codes))
    let row = 0
    for (const { source, first, said, receivedAt } of run) {
      for (const [place, one] of said.entries()) {
        if (!one) continue
        if ('known' in one) {
          known.push(one.known)
          continue
        }
        const { access } = one
        columns.seq[row] = first + place
        columns.at[row] = access.at
        columns.action[row] = actionCodes.get(access.action) ?? 0
        columns.outcome[row] = outcomeCodes.get(access.outcome) ?? 0
        columns.flags[row] = access.flags
        for (const coder of coders) coder.put(row, coder.field === 'source' ? source : access[coder.field])
        this.touched.addPair(columns.codes.user[row] ?? 0, columns.codes.patient[row] ?? 0)
        noted.push({
          source,
          at: access.at,
          sequence: access.sequence,
          receivedAt,
          isClockWrong: (access.flags & flag.clock) !== 0,
        })
        row += 1
      }
    }
    const rows = knownToRows(known, this.#codes)
    for (const { patient } of rows.relation) this.touched.addPatient(Number(patient))
    for (const { usr } of rows.worker) this.touched.addUser(Number(usr))
    for (const { patient } of rows.patient) this.touched.addPatient(Number(patient))
    await this.#store.apply(columns, rows, to)
    this.#book.note(noted)
    this.#book.logSize = to
  }

  #callWaiting(): void {
    const waiting = this.#roomed
    this.#roomed = []
    for (const resolve of waiting) resolve()
  }
}

/** Fills one column of codes. Much stays the same from one access to the next, so the last text is not looked up again. */
class Coder {
  readonly field: CodedField
  readonly #column: Uint32Array
  readonly #codes: Codes
  #text = ''
  #code = 0

  constructor(field: CodedField, column: Uint32Array, codes: Codes) {
    this.field = field
    this.#column = column
    this.#codes = codes
  }

  put(row: number, text: string): void {
    if (text !== this.#text) {
      this.#text = text
      this.#code = this.#codes.codeOf(this.field, text)
    }
    this.#column[row] = this.#code
  }
}

type Columns = { -readonly [K in keyof AccessColumns]: AccessColumns[K] }

function newColumns(count: number): Columns {
  const codes = Object.fromEntries(codedFields.map((field) => [field, new Uint32Array(count)]))
  return {
    count,
    seq: new Float64Array(count),
    at: new Float64Array(count),
    action: new Uint8Array(count),
    outcome: new Uint8Array(count),
    flags: new Uint8Array(count),
    codes: codes as AccessColumns['codes'],
  }
}
