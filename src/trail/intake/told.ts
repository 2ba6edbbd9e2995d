/**
 * What lines of the log say, by columns: objects of each access would be kept alive until the store has them, and moved about by
 * every collection until then. Columns also go from one thread to another without a copy.
 */
import { type Access, actions, type CodedField, codedFields, flag, outcomes } from '../model/access.ts'
import type { PlainAccess } from '../model/plain.ts'
import type { Known } from '../model/relation.ts'
import { Column, longer, type Texts } from './column.ts'

export interface Told {
  /** How many lines, and how many of them are accesses. */
  readonly lines: number
  readonly rows: number
  /** Of each access which line it is, counted from the first one here. */
  readonly line: Uint32Array<ArrayBuffer>
  readonly at: Float64Array<ArrayBuffer>
  readonly action: Uint8Array<ArrayBuffer>
  readonly outcome: Uint8Array<ArrayBuffer>
  readonly flags: Uint8Array<ArrayBuffer>
  /** Fields that are empty throughout are left out. */
  readonly texts: Partial<Readonly<Record<CodedField, Texts>>>
  /** The sources' own counts by row; none where no access has one. */
  readonly sequences: readonly string[] | undefined
  /** What else became known, and by which line. */
  readonly known: readonly { readonly line: number; readonly known: Known }[]
}

/** Lines that say nothing of accesses or relations. */
export function tellNothing(lines: number): Told {
  return new Telling().done(lines)
}

const actionCodes = new Map(actions.map((action, code) => [action, code]))
const outcomeCodes = new Map(outcomes.map((outcome, code) => [outcome, code]))

/** A field has no column as long as it is empty. */
interface Growing {
  readonly field: CodedField
  column: Column | undefined
}

/** Gathers what lines say. */
export class Telling {
  #rows = 0
  #size: number
  #line: Uint32Array<ArrayBuffer>
  #at: Float64Array<ArrayBuffer>
  #action: Uint8Array<ArrayBuffer>
  #outcome: Uint8Array<ArrayBuffer>
  #flags: Uint8Array<ArrayBuffer>
  readonly #fields: Growing[]
  #sequences: string[] | undefined
  readonly #known: { line: number; known: Known }[] = []

  constructor(rows = 64) {
    this.#size = rows
    this.#fields = codedFields.map((field) => ({ field, column: undefined }))
    this.#line = new Uint32Array(rows)
    this.#at = new Float64Array(rows)
    this.#action = new Uint8Array(rows)
    this.#outcome = new Uint8Array(rows)
    this.#flags = new Uint8Array(rows)
  }

  addAccess(line: number, access: Access, source: string): void {
    const row = this.#row(line, access)
    for (const one of this.#fields) this.#put(one, row, one.field === 'source' ? source : access[one.field])
    if (this.#sequences) this.#sequences.push(access.sequence)
    else if (access.sequence !== '') {
      this.#sequences = new Array<string>(row).fill('')
      this.#sequences.push(access.sequence)
    }
  }

  /** The same for one whose fields are bytes still. */
  addPlain(line: number, access: PlainAccess, source: string): void {
    const row = this.#row(line, access)
    const { bytes, starts, ends, purpose } = access
    for (let place = 0; place < codedFields.length; place += 1) {
      const one = this.#fields[place] as Growing
      if (one.field === 'source') this.#put(one, row, source)
      else if (one.field === 'purpose') this.#put(one, row, purpose)
      else {
        const [from, to] = [starts[place] as number, ends[place] as number]
        if (from !== to) one.column ??= new Column(this.#size)
        one.column?.putBytes(row, bytes, from, to)
      }
    }
    this.#sequences?.push('')
  }

  addKnown(line: number, known: Known): void {
    this.#known.push({ line, known })
  }

  /** Begins a row with what is no text; gives which it is. */
  #row(line: number, { at, action, outcome, flags }: Pick<Access, 'at' | 'action' | 'outcome' | 'flags'>): number {
    if (this.#rows === this.#size) this.#grow()
    const row = this.#rows
    this.#rows += 1
    this.#line[row] = line
    this.#at[row] = at
    this.#action[row] = actionCodes.get(action) ?? 0
    this.#outcome[row] = outcomeCodes.get(outcome) ?? 0
    this.#flags[row] = flags
    return row
  }

  #put(one: Growing, row: number, text: string): void {
    if (text !== '') one.column ??= new Column(this.#size)
    one.column?.put(row, text)
  }

  done(lines: number): Told {
    const texts: Partial<Record<CodedField, Texts>> = {}
    for (const { field, column } of this.#fields) {
      if (column) texts[field] = column.done()
    }
    return {
      lines,
      rows: this.#rows,
      line: this.#line,
      at: this.#at,
      action: this.#action,
      outcome: this.#outcome,
      flags: this.#flags,
      texts,
      sequences: this.#sequences,
      known: this.#known,
    }
  }

  #grow(): void {
    this.#size *= 2
    this.#line = longer(this.#line, new Uint32Array(this.#size))
    this.#at = longer(this.#at, new Float64Array(this.#size))
    this.#action = longer(this.#action, new Uint8Array(this.#size))
    this.#outcome = longer(this.#outcome, new Uint8Array(this.#size))
    this.#flags = longer(this.#flags, new Uint8Array(this.#size))
    for (const { column } of this.#fields) {
      if (column) column.places = longer(column.places, new Uint32Array(this.#size))
    }
  }
}

/** What the lines say that are kept: `placeOf` gives the new place of a line, or a number below 0. */
export function keepTold(told: Told, placeOf: Int32Array, lines: number): Told {
  const rows: number[] = []
  for (let row = 0; row < told.rows; row += 1) if ((placeOf[told.line[row] ?? 0] ?? -1) >= 0) rows.push(row)
  return {
    lines,
    rows: rows.length,
    line: Uint32Array.from(rows, (row) => placeOf[told.line[row] ?? 0] ?? 0),
    at: Float64Array.from(rows, (row) => told.at[row] ?? 0),
    action: Uint8Array.from(rows, (row) => told.action[row] ?? 0),
    outcome: Uint8Array.from(rows, (row) => told.outcome[row] ?? 0),
    flags: Uint8Array.from(rows, (row) => told.flags[row] ?? 0),
    texts: Object.fromEntries(
      Object.entries(told.texts).map(([field, texts]) => [
        field,
        { ...texts, places: Uint32Array.from(rows, (row) => texts.places[row] ?? 0) },
      ]),
    ),
    sequences: told.sequences && rows.map((row) => told.sequences?.[row] ?? ''),
    known: told.known.map(({ line, known }) => ({ line: placeOf[line] ?? -1, known })).filter(({ line }) => line >= 0),
  }
}

/** The memory that may be handed to another thread with it. */
export function memoryOf({ line, at, action, outcome, flags, texts }: Told): ArrayBuffer[] {
  const ofTexts = Object.values(texts).flatMap(({ bytes, ends, places }) => [bytes, ends, places])
  const columns = [line, at, action, outcome, flags, ...ofTexts]
  return columns.map(({ buffer }) => buffer)
}

export const isClockWrong = (flags: number) => (flags & flag.clock) !== 0
