/** The query store, as the rest of the trail sees it. One process has it open. */
import type { CodedField } from '../model/access.ts'
import type { Zone } from './zone.ts'

export type Code = number

/** Which texts stand behind codes. Sealed where it lies on the disk; rebuilt from the log when it is lost. */
export type Dictionary = 'key' | 'word' | 'person' | 'role' | 'name' | CodedField

export interface Codes {
  /** The code of a text, a new one if it has none yet. Codes count up from 1 in the order of the log; '' is 0. */
  codeOf(dictionary: Dictionary, text: string): Code
  /** The same of a text given as UTF-8. */
  codeOfBytes(dictionary: Dictionary, bytes: Uint8Array, from: number, to: number): Code
  /** Undefined where no access, relation or person ever named it. */
  find(dictionary: Dictionary, text: string): Code | undefined
  textOf(dictionary: Dictionary, code: Code): string
  count(dictionary: Dictionary): number
}

/** Accesses in the order of the log, by columns. */
export interface AccessColumns {
  readonly count: number
  readonly seq: Float64Array
  readonly at: Float64Array
  readonly action: Uint8Array
  readonly outcome: Uint8Array
  readonly flags: Uint8Array
  readonly codes: Readonly<Record<CodedField, Uint32Array>>
}

/** A relation, worker or patient with its texts as codes: a row of the table of that name (schema.ts), snake_case keys. */
export interface KnownRows {
  readonly relation: readonly Readonly<Record<string, number | boolean | null>>[]
  readonly group?: readonly GroupRow[]
  readonly worker: readonly Readonly<Record<string, number | boolean | null>>[]
  readonly patient: readonly Readonly<Record<string, number | boolean | null>>[]
}

/** Which relations of a group hold by now (model/relation.ts), keys and group as codes. */
export interface GroupRow {
  readonly grp: Code
  readonly members: readonly Code[]
  readonly endsDay: number | null
  readonly isMore: boolean
  /** How many of the relations that come with it were told before it. */
  readonly after: number
}

/** A dictionary file that is open. */
export interface CodesFile extends Codes {
  /** Distinguishes this file from any other, also from an earlier one of the same organisation. */
  readonly id: string
  /** How many texts it has in all dictionaries. */
  readonly texts: number
  /** Up to where of the log it had read when it last kept something new. */
  readonly savedTo: number
  /** Makes durable what is new since the last time; costs nothing when nothing is. */
  save(upToSeq: number): Promise<void>
  close(): Promise<void>
}

export interface AccessQuery {
  readonly by: 'patient' | 'user'
  /** One person may have several logins, one patient several identifiers. */
  readonly codes: readonly Code[]
  /** From this instant on, and before that one. */
  readonly since?: number
  readonly until?: number
}

/** Accesses of these logins in days of the organisation's zone, counted by the hour of the day. */
export interface HoursQuery {
  readonly users: readonly Code[]
  /** Days since 1970-01-01, both included. */
  readonly fromDay: number
  readonly toDay: number
  /** Each day by itself, all logins together; or each login by itself, all days together. */
  readonly by: 'day' | 'user'
}

/** Only hours in which something was done. */
export interface HourCount {
  /** The day or the login. */
  readonly of: number
  /** 0 to 23; of a day on which the clock is put back, one hour stands for two. */
  readonly hour: number
  readonly accesses: number
}

/** Where the accesses themselves are kept. All calls but `read` and `hours` come one after the other. */
export interface AccessStore {
  /** Up to where of the log everything is kept, without a gap. */
  appliedTo(): Promise<number>
  /** Takes accesses in; all or none, and none twice even when the same are handed over again after a crash. */
  apply(accesses: AccessColumns, toSeq: number): Promise<void>
  /** In the order (at, seq), in pieces of at most 2,048. An answer that cannot be whole is an error that says so. */
  read(query: AccessQuery): AsyncIterable<AccessColumns>
  /** In no order. An answer that cannot be whole is an error that says so. */
  hours(query: HoursQuery, zone: Zone): Promise<readonly HourCount[]>
  /** Puts what came since into the order in which it is looked up. */
  compact(): Promise<void>
  /** Removes everything that came before this place of the log, or all. */
  forget(beforeSeq: number): Promise<void>
  counts(): Promise<{ readonly accesses: number; readonly bytes: number | undefined }>
  close(): Promise<void>
}

/** What explanations and rules work on. `ask` runs one SQL text with named parameters ($name) and gives plain rows. */
export interface Desk {
  appliedTo(): Promise<number>
  apply(accesses: AccessColumns, known: KnownRows, toSeq: number): Promise<void>
  ask<Row extends object = Record<string, unknown>>(
    sql: string,
    parameters?: Readonly<Record<string, number | boolean | string | null | readonly number[]>>,
  ): Promise<Row[]>
  /** Runs statements in one transaction. */
  change(
    statements: readonly { readonly sql: string; readonly parameters?: Readonly<Record<string, unknown>> }[],
  ): Promise<void>
  compact(): Promise<void>
  close(): Promise<void>
}

/** Both together, as the rest of the trail uses them: whichever engine keeps the accesses. */
export interface QueryStore {
  readonly accesses: AccessStore
  readonly desk: Desk
  /** Up to where of the log both have everything. */
  appliedTo(): Promise<number>
  /** Takes a stretch of the log into both; the dictionary is saved before, so that it is never behind. */
  apply(accesses: AccessColumns, known: KnownRows, toSeq: number): Promise<void>
  /** Whether so much came since the last compaction that answers get slow. */
  shouldCompact(): boolean
  /** Goes on beside `apply` and reads. */
  compact(): Promise<void>
  /** Removes everything that came before this place of the log from both. */
  forget(beforeSeq: number): Promise<void>
  close(): Promise<void>
}
