/**
 * Accesses of one login to one patient on one local day at one workstation, as one row: what explanations and rules work on.
 * Done here rather than in SQL: an eighth as many rows cross over to the engine.
 */
import { outcomes } from '../model/access.ts'
import type { AccessColumns } from './store.ts'
import { localOf, type Zone } from './zone.ts'

export interface PairColumns {
  readonly count: number
  readonly usr: Uint32Array
  readonly patient: Uint32Array
  readonly day: Int32Array
  readonly workstation: Uint32Array
  readonly n: Uint32Array
  readonly failed: Uint32Array
  readonly firstAt: Float64Array
  readonly lastAt: Float64Array
  readonly hours: Uint32Array
  readonly actions: Uint32Array
  readonly flags: Uint8Array
  readonly department: Uint32Array
  readonly application: Uint32Array
  readonly object: Uint32Array
  readonly purpose: Uint32Array
}

export const failure = outcomes.indexOf('failure')
/** Days beyond this do not fit the column; only a clock that is not believed could say them. */
const lastDay = 2 ** 31 - 1

/** Collapses the accesses from the given place on. */
export function collapseAccesses(accesses: AccessColumns, zone: Zone, from = 0): PairColumns {
  const size = Math.max(0, accesses.count - from)
  const pairs = createPairs(size)
  const { patient, user, workstation, department, application, object, purpose } = accesses.codes
  // Open addressing: the place of a row plus one, 0 where there is none.
  const mask = tableSize(size) - 1
  const table = new Int32Array(mask + 1)
  let count = 0
  for (let at = from; at < accesses.count; at += 1) {
    const instant = accesses.at[at] ?? 0
    const local = localOf(zone, instant)
    const day = Math.max(-lastDay, Math.min(lastDay, local.day))
    const usr = user[at] ?? 0
    const pat = patient[at] ?? 0
    const station = workstation[at] ?? 0
    let slot = mix(usr, pat, day, station) & mask
    let row = (table[slot] ?? 0) - 1
    while (row >= 0) {
      const isSame =
        pairs.usr[row] === usr &&
        pairs.patient[row] === pat &&
        pairs.day[row] === day &&
        pairs.workstation[row] === station
      if (isSame) break
      slot = (slot + 1) & mask
      row = (table[slot] ?? 0) - 1
    }
    if (row < 0) {
      row = count
      count += 1
      table[slot] = count
      pairs.usr[row] = usr
      pairs.patient[row] = pat
      pairs.day[row] = day
      pairs.workstation[row] = station
      pairs.firstAt[row] = instant
      pairs.lastAt[row] = instant
    }
    pairs.n[row] = (pairs.n[row] ?? 0) + 1
    if (accesses.outcome[at] === failure) pairs.failed[row] = (pairs.failed[row] ?? 0) + 1
    if (instant < (pairs.firstAt[row] ?? 0)) pairs.firstAt[row] = instant
    if (instant > (pairs.lastAt[row] ?? 0)) pairs.lastAt[row] = instant
    pairs.hours[row] = (pairs.hours[row] ?? 0) | (1 << local.hour)
    pairs.actions[row] = (pairs.actions[row] ?? 0) | (1 << (accesses.action[at] ?? 0))
    pairs.flags[row] = (pairs.flags[row] ?? 0) | (accesses.flags[at] ?? 0)
    pairs.department[row] = Math.max(pairs.department[row] ?? 0, department[at] ?? 0)
    pairs.application[row] = Math.max(pairs.application[row] ?? 0, application[at] ?? 0)
    pairs.object[row] = Math.max(pairs.object[row] ?? 0, object[at] ?? 0)
    pairs.purpose[row] = Math.max(pairs.purpose[row] ?? 0, purpose[at] ?? 0)
  }
  return { ...pairs, count }
}

function createPairs(size: number): Omit<PairColumns, 'count'> {
  const codes = () => new Uint32Array(size)
  return {
    usr: codes(),
    patient: codes(),
    day: new Int32Array(size),
    workstation: codes(),
    n: codes(),
    failed: codes(),
    firstAt: new Float64Array(size),
    lastAt: new Float64Array(size),
    hours: codes(),
    actions: codes(),
    flags: new Uint8Array(size),
    department: codes(),
    application: codes(),
    object: codes(),
    purpose: codes(),
  }
}

function tableSize(rows: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(16, rows * 2)))
}

function mix(usr: number, patient: number, day: number, workstation: number): number {
  let hash = Math.imul(patient, 0x9e3779b1) ^ Math.imul(usr, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15) ^ day, 0xc2b2ae35) ^ Math.imul(workstation, 0x27d4eb2f)
  return (hash ^ (hash >>> 13)) >>> 0
}
