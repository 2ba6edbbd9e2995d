/**
 * Times of sources, as milliseconds since 1970. A time without a zone is one of the zone handed in: where the clock is put
 * back, the first of the two instants; where it is put forward, the hour that does not exist is read as an hour later.
 */

import { flag } from '../model/access.ts'
import { clockSlackMs, earliestMs } from './format.ts'

const dayMs = 86_400_000
const minuteMs = 60_000
const quarterMs = 15 * minuteMs

/** A zone of the IANA list, with the offsets of its days remembered. */
export class Zone {
  readonly #format: Intl.DateTimeFormat | undefined
  readonly #days = new Map<number, number | 'changes'>()
  readonly #quarters = new Map<number, number>()

  constructor(name: string) {
    this.#format =
      name === 'UTC'
        ? undefined
        : new Intl.DateTimeFormat('en-US', {
            timeZone: name,
            hourCycle: 'h23',
            year: 'numeric',
            month: 'numeric',
            day: 'numeric',
            hour: 'numeric',
            minute: 'numeric',
            second: 'numeric',
          })
  }

  /** From a local time, written as if it were UTC, to the instant. */
  toUtc(local: number): number {
    if (this.#format === undefined) return local
    const day = Math.floor(local / dayMs)
    let offset = this.#days.get(day)
    if (offset === undefined) {
      const before = this.#offsetAt(day * dayMs - dayMs / 2)
      const after = this.#offsetAt(day * dayMs + dayMs * 1.5)
      offset = before === after ? before : 'changes'
      if (this.#days.size > 20_000) this.#days.clear()
      this.#days.set(day, offset)
    }
    return offset === 'changes' ? this.#onChange(local) : local - offset
  }

  #onChange(local: number): number {
    const before = this.#offsetNear(local - dayMs)
    const after = this.#offsetNear(local + dayMs)
    const early = local - before
    if (this.#offsetNear(early) === before) return early
    const late = local - after
    return this.#offsetNear(late) === after ? late : early
  }

  /** Since 1990 every clock is put back or forward at a quarter of an hour, so the calendar is asked once for each. */
  #offsetNear(utc: number): number {
    if (!(utc >= earliestMs)) return this.#offsetAt(utc)
    const quarter = Math.floor(utc / quarterMs)
    let offset = this.#quarters.get(quarter)
    if (offset === undefined) {
      offset = this.#offsetAt(quarter * quarterMs)
      if (this.#quarters.size > 20_000) this.#quarters.clear()
      this.#quarters.set(quarter, offset)
    }
    return offset
  }

  #offsetAt(utc: number): number {
    if (this.#format === undefined || !(Math.abs(utc) < 8e15)) return 0
    const part: Record<string, number> = {}
    for (const { type, value } of this.#format.formatToParts(utc)) part[type] = Number(value)
    const local = Date.UTC(
      part['year'] ?? 0,
      (part['month'] ?? 1) - 1,
      part['day'] ?? 1,
      part['hour'] ?? 0,
      part['minute'] ?? 0,
      part['second'] ?? 0,
    )
    return local - Math.floor(utc / 1000) * 1000
  }
}

const zones = new Map<string, Zone>()

export function zoneOf(name: string): Zone {
  let zone = zones.get(name)
  if (zone === undefined) {
    zone = new Zone(name)
    zones.set(name, zone)
  }
  return zone
}

/** The start of a day, as if in UTC; undefined for a day that no calendar has. */
export function dayStart(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31 || year < 1 || year > 9999) return undefined
  const at = Date.UTC(year, month - 1, day)
  return new Date(at).getUTCDate() === day ? at : undefined
}

const isDigit = (code: number) => code >= 0x30 && code <= 0x39

/** Reads so many digits, or NaN. */
function digits(text: string, from: number, count: number): number {
  let value = 0
  for (let at = from; at < from + count; at += 1) {
    const code = text.charCodeAt(at)
    if (!isDigit(code)) return Number.NaN
    value = value * 10 + code - 0x30
  }
  return value
}

let lastDay = ''
let lastStart: number | undefined

function startOf(text: string): number | undefined {
  // Events come in the order of their days: the last one is nearly always the one asked for.
  if (lastDay.length === 10 && text.startsWith(lastDay)) return lastStart
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d) return undefined
  const start = dayStart(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2))
  if (start !== undefined) {
    lastDay = text.slice(0, 10)
    lastStart = start
  }
  return start
}

/**
 * Reads `2026-11-22T08:53:20.123456+01:00` and its shorter forms: a blank for the T, no seconds, a comma in the fraction, a
 * zone of `Z`, `+01`, `+0100` or none, or the day alone (its first instant). Undefined for anything else.
 */
export function readIsoTime(text: string, zone: Zone): number | undefined {
  const start = text.length < 10 ? undefined : startOf(text)
  if (start === undefined) return undefined
  if (text.length === 10) return zone.toUtc(start)
  const parting = text.charCodeAt(10)
  if (parting !== 0x54 && parting !== 0x20 && parting !== 0x74) return undefined
  return readClock(text, 11, start, zone)
}

/** Reads `hh:mm[:ss[.fff]][zone]` from a place in the text to its end, on the day given. */
export function readClock(text: string, from: number, start: number, zone: Zone): number | undefined {
  const hour = digits(text, from, 2)
  const minute = digits(text, from + 3, 2)
  if (text.charCodeAt(from + 2) !== 0x3a || !(hour <= 24) || !(minute <= 59)) return undefined
  let at = from + 5
  let ms = 0
  if (text.charCodeAt(at) === 0x3a) {
    const second = digits(text, at + 1, 2)
    if (!(second <= 60)) return undefined
    ms = second * 1000
    at += 3
    const mark = text.charCodeAt(at)
    if (mark === 0x2e || mark === 0x2c) {
      let unit = 100
      const first = at + 1
      for (at = first; isDigit(text.charCodeAt(at)); at += 1) {
        if (unit >= 1) ms += (text.charCodeAt(at) - 0x30) * unit
        unit = unit / 10
      }
      if (at === first) return undefined
    }
  }
  if (hour === 24 && (minute > 0 || ms > 0)) return undefined
  const local = start + hour * 3_600_000 + minute * minuteMs + ms
  if (at === text.length) return zone.toUtc(local)
  const offset = readOffset(text, at)
  return offset === undefined ? undefined : local - offset
}

/** Reads a zone that is written as an offset; undefined for any other end of a time. */
export function readOffset(text: string, from: number): number | undefined {
  const at = text.charCodeAt(from) === 0x20 ? from + 1 : from
  const sign = text.charCodeAt(at)
  if (sign !== 0x2b && sign !== 0x2d) {
    const word = text.slice(at).toUpperCase()
    return word === 'Z' || word === 'UTC' || word === 'GMT' ? 0 : undefined
  }
  const hours = digits(text, at + 1, 2)
  const isColon = text.charCodeAt(at + 3) === 0x3a
  const left = text.length - at - 3
  const minutes = left === 0 ? 0 : digits(text, at + (isColon ? 4 : 3), 2)
  if (left !== 0 && left !== (isColon ? 3 : 2)) return undefined
  if (!(hours <= 18) || !(minutes <= 59)) return undefined
  return (sign === 0x2d ? -1 : 1) * (hours * 60 + minutes) * minuteMs
}

/** Where the source's clock cannot be right, the time is that of the receipt, and the flag says so. */
export function checkClock(at: number, receivedAt: number): { readonly at: number; readonly flags: number } {
  const isRight = at <= receivedAt + clockSlackMs && at >= earliestMs
  return isRight ? { at, flags: 0 } : { at: receivedAt, flags: flag.clock }
}
