/** For tests of stores: accesses as plain rows, and what a store has to answer, worked out the plain way. */
import fc from 'fast-check'
import { codedFields } from '#trail/model/access.ts'
import type { AccessColumns, AccessQuery, HourCount, HoursQuery, KnownRows } from '#trail/store/store.ts'
import { localOf, type Zone } from '#trail/store/zone.ts'

export interface PlainAccess {
  readonly seq: number
  readonly at: number
  readonly action: number
  readonly outcome: number
  readonly flags: number
  readonly codes: Readonly<Record<(typeof codedFields)[number], number>>
}

export const noKnown: KnownRows = { relation: [], worker: [], patient: [] }

export function toColumns(rows: readonly PlainAccess[]): AccessColumns {
  const codes = codedFields.map((field) => [field, Uint32Array.from(rows, (row) => row.codes[field])] as const)
  return {
    count: rows.length,
    seq: Float64Array.from(rows, ({ seq }) => seq),
    at: Float64Array.from(rows, ({ at }) => at),
    action: Uint8Array.from(rows, ({ action }) => action),
    outcome: Uint8Array.from(rows, ({ outcome }) => outcome),
    flags: Uint8Array.from(rows, ({ flags }) => flags),
    codes: Object.fromEntries(codes) as unknown as AccessColumns['codes'],
  }
}

export function toRows(columns: AccessColumns): PlainAccess[] {
  return Array.from({ length: columns.count }, (_, at) => ({
    seq: columns.seq[at] ?? Number.NaN,
    at: columns.at[at] ?? Number.NaN,
    action: columns.action[at] ?? Number.NaN,
    outcome: columns.outcome[at] ?? Number.NaN,
    flags: columns.flags[at] ?? Number.NaN,
    codes: Object.fromEntries(
      codedFields.map((field) => [field, columns.codes[field][at] ?? Number.NaN]),
    ) as PlainAccess['codes'],
  }))
}

/** Reads an answer to its end; every piece of it has to be small. */
export async function readAll(pieces: AsyncIterable<AccessColumns>): Promise<PlainAccess[]> {
  const rows: PlainAccess[] = []
  for await (const piece of pieces) {
    if (piece.count > 2_048) throw new Error(`a piece of ${piece.count} rows`)
    rows.push(...toRows(piece))
  }
  return rows
}

/** What a store that holds these has to answer. */
export function answerOf(rows: readonly PlainAccess[], query: AccessQuery): PlainAccess[] {
  const field = query.by === 'patient' ? 'patient' : 'user'
  return rows
    .filter((row) => query.codes.includes(row.codes[field]))
    .filter(({ at }) => at >= (query.since ?? -Infinity) && at < (query.until ?? Infinity))
    .toSorted((one, other) => one.at - other.at || one.seq - other.seq)
}

/** How a store that holds these has to count them, in the order of what they are counted by. */
export function hoursOf(rows: readonly PlainAccess[], query: HoursQuery, zone: Zone): readonly HourCount[] {
  const counts = new Map<string, HourCount>()
  for (const { at, codes } of rows) {
    const local = localOf(zone, at)
    if (!query.users.includes(codes.user) || local.day < query.fromDay || local.day > query.toDay) continue
    const [of, hour] = [query.by === 'day' ? local.day : codes.user, local.hour]
    counts.set(`${of}/${hour}`, { of, hour, accesses: 1 + (counts.get(`${of}/${hour}`)?.accesses ?? 0) })
  }
  return inOrder([...counts.values()])
}

export const inOrder = (counts: readonly HourCount[]) =>
  counts.toSorted((one, other) => one.of - other.of || one.hour - other.hour)

const day = 86_400_000

const plainRecord = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(fields, { noNullPrototype: true }) as fc.Arbitrary<T>

/** A stretch of a log: some places of it are no accesses, instants come out of order, few people and patients. */
export const stretch = (patients = 6, users = 5): fc.Arbitrary<Omit<PlainAccess, 'seq'>[]> => {
  const code = fc.nat({ max: 3 })
  const access = plainRecord({
    at: fc.oneof(
      fc.integer({ min: 0, max: 400 * day }).map((ms) => Date.UTC(2026, 0, 1) + ms),
      fc.integer({ min: 0, max: 3 }).map((hour) => Date.UTC(2026, 2, 29, hour)),
      fc.integer({ min: -3 * day, max: 3 * day }),
    ),
    action: fc.nat({ max: 11 }),
    outcome: fc.nat({ max: 2 }),
    flags: fc.nat({ max: 15 }),
    codes: plainRecord({
      patient: fc.nat({ max: patients }),
      user: fc.nat({ max: users }),
      onBehalfOf: code,
      purpose: code,
      object: code,
      workstation: code,
      application: code,
      department: code,
      reason: fc.oneof(code, fc.constant(2 ** 32 - 1)),
      source: code,
    }),
  })
  return fc.array(access, { maxLength: 40 })
}

/** Sets accesses into the log from a place on, every so many places one. */
export function placeFrom(first: number, every: number, accesses: readonly Omit<PlainAccess, 'seq'>[]): PlainAccess[] {
  return accesses.map((access, at) => ({ ...access, seq: first + at * every }))
}
