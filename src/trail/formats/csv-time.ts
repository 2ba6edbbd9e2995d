/**
 * Times as people and databases write them. Which of day and month comes first in `3/4/2026` is decided once a file
 * (`decideOrder`), never row by row.
 */
import { dayStart, readIsoTime, type Zone } from './clock.ts'

export type DayOrder = 'dmy' | 'mdy'

export interface TimeRules {
  readonly order: DayOrder
  readonly zone: Zone
}

const dayMs = 86_400_000
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** Hours from UTC of the zones that exports name by letters. */
const zoneNames = new Map(
  Object.entries({
    Z: 0,
    UTC: 0,
    GMT: 0,
    EST: -5,
    EDT: -4,
    CST: -6,
    CDT: -5,
    MST: -7,
    MDT: -6,
    PST: -8,
    PDT: -7,
    AKST: -9,
    AKDT: -8,
    HST: -10,
    CET: 1,
    CEST: 2,
    EET: 2,
    EEST: 3,
  }),
)

const year = (digits: string) => {
  const value = Number(digits)
  // Two digits are of the years since 1970.
  return digits.length > 2 ? value : value < 70 ? 2000 + value : 1900 + value
}
const monthOf = (name: string) => months.indexOf(name.slice(0, 3).toLowerCase()) + 1

/** The first instant of a day, as if in UTC. */
export function readDay(text: string, order: DayOrder): number | undefined {
  let found = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text)
  if (found !== null) return dayStart(Number(found[1]), Number(found[2]), Number(found[3]))
  found = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})$/.exec(text)
  if (found !== null) {
    const [first, second] = [Number(found[1]), Number(found[3])]
    const isDayFirst = order === 'dmy'
    return dayStart(year(found[4] ?? ''), isDayFirst ? second : first, isDayFirst ? first : second)
  }
  found = /^(\d{1,2})[-\s./]?([A-Za-z]{3,9})\.?,?[-\s./]?(\d{4}|\d{2})$/.exec(text)
  if (found !== null) return dayStart(year(found[3] ?? ''), monthOf(found[2] ?? ''), Number(found[1]))
  found = /^([A-Za-z]{3,9})\.?[-\s]{1,2}(\d{1,2})(?:st|nd|rd|th)?,?[-\s]{1,2}(\d{4})$/.exec(text)
  if (found !== null) return dayStart(Number(found[3]), monthOf(found[1] ?? ''), Number(found[2]))
  found = /^(\d{4})(\d{2})(\d{2})$/.exec(text)
  if (found !== null) return dayStart(Number(found[1]), Number(found[2]), Number(found[3]))
  return undefined
}

const clock =
  /^(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,:](\d{1,9}))?)?\s*(?:([AaPp])\.?\s?[Mm]\.?)?\s*(Z|z|[A-Za-z]{3,4}|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?)?$/

/** The time of day in milliseconds, and how far its zone is from UTC, where it names one. */
function readTimeOfDay(text: string): { readonly ms: number; readonly offset: number | undefined } | undefined {
  const found = clock.exec(text)
  if (found === null) return undefined
  let hour = Number(found[1])
  const minute = Number(found[2])
  const second = Number(found[3] ?? 0)
  const half = found[5]?.toLowerCase()
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined
    hour = (hour % 12) + (half === 'p' ? 12 : 0)
  }
  if (hour > 24 || minute > 59 || second > 60) return undefined
  const fraction = Number((found[4] ?? '').slice(0, 3).padEnd(3, '0'))
  const ms = ((hour * 60 + minute) * 60 + second) * 1000 + fraction
  if (ms > dayMs + 999 || (hour === 24 && ms !== dayMs)) return undefined
  const zone = found[6]
  if (zone === undefined) return { ms, offset: undefined }
  const offset = readZone(zone)
  return offset === undefined ? undefined : { ms, offset }
}

function readZone(text: string): number | undefined {
  const named = zoneNames.get(text.toUpperCase())
  if (named !== undefined) return named * 3_600_000
  const found = /^(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?$/.exec(text)
  if (found === null) return undefined
  const minutes = Number(found[2]) * 60 + Number(found[3] ?? 0)
  return minutes > 18 * 60 ? undefined : (found[1] === '-' ? -1 : 1) * minutes * 60_000
}

/** Reads a time of any of the forms known; undefined for what is none. */
export function readAnyTime(given: string, rules: TimeRules): number | undefined {
  const text = given.trim()
  if (text.length < 5 || text.length > 60) return undefined
  const iso = readIsoTime(text, rules.zone)
  if (iso !== undefined) return iso
  if (/^\d+(?:\.\d+)?(?:[+-]\d{4})?$/.test(text)) return readNumber(text, rules.zone)
  // The day may hold blanks itself; the time of day begins with the first colon's digits.
  const colon = text.indexOf(':')
  if (colon === -1) {
    const day = readDay(text, rules.order)
    if (day !== undefined) return rules.zone.toUtc(day)
    const dotted = /^(\S+)\s+(\d{1,2}\.\d{2}\.\d{2}.*)$/.exec(text)
    return dotted === null ? undefined : combine(dotted[1] ?? '', dotted[2] ?? '', rules)
  }
  const unix = /^(?:[A-Za-z]{3},? )?([A-Za-z]{3}) +(\d{1,2}) (\S+) (?:([A-Za-z]{3,4}) )?(\d{4})$/.exec(text)
  if (unix !== null) {
    return combine(`${unix[1]} ${unix[2]} ${unix[5]}`, `${unix[3]}${unix[4] === undefined ? '' : ` ${unix[4]}`}`, rules)
  }
  let from = colon
  while (from > 0 && /\d/.test(text[from - 1] ?? '')) from -= 1
  const day = text
    .slice(0, from)
    .replace(/(?:[\s,T]|\bat)+$/i, '')
    .replace(/^[A-Za-z]{3,9},\s+/, '')
  return combine(day.replace(/\s+/g, ' '), text.slice(from), rules)
}

/** Reads a day and a time of day that stand apart. */
export function combine(day: string, timeOfDay: string, rules: TimeRules): number | undefined {
  const start = readDay(day.trim(), rules.order)
  const time = readTimeOfDay(timeOfDay.trim())
  if (start === undefined || time === undefined) return undefined
  const local = start + time.ms
  return time.offset === undefined ? rules.zone.toUtc(local) : local - time.offset
}

/** Reads digits: HL7's `20261122085320.123+0100`, seconds or milliseconds since 1970, or a day of a spreadsheet. */
function readNumber(text: string, zone: Zone): number | undefined {
  const hl7 = /^(\d{8})(?:(\d{2})(\d{2})(\d{2})?(\d{3})?)?(?:\.(\d{1,9}))?([+-]\d{4})?$/.exec(text)
  const whole = text.split(/[.+-]/, 1)[0] ?? ''
  if (hl7 !== null && (whole.length === 8 || whole.length >= 12) && /^(?:19|20)/.test(text) && whole.length !== 13) {
    const start = readDay(hl7[1] ?? '', 'dmy')
    const ms = Number((hl7[5] ?? hl7[6] ?? '').slice(0, 3).padEnd(3, '0'))
    const clockMs = ((Number(hl7[2] ?? 0) * 60 + Number(hl7[3] ?? 0)) * 60 + Number(hl7[4] ?? 0)) * 1000 + ms
    if (start === undefined || clockMs >= dayMs) return undefined
    const offset = hl7[7] === undefined ? undefined : readZone(hl7[7])
    return offset === undefined ? zone.toUtc(start + clockMs) : start + clockMs - offset
  }
  const value = Number(text)
  if (whole.length === 10) return Math.floor(value * 1000)
  if (whole.length === 13) return Math.floor(value)
  if (whole.length === 16) return Math.floor(value / 1000)
  if (whole.length === 5) return zone.toUtc(Date.UTC(1899, 11, 30) + Math.round(value * 86_400) * 1000)
  return undefined
}

/**
 * Decides from the times at the head of a file whether the day or the month comes first: by a number that can be no month, else by
 * the order that goes back in time less often (logs are written in order), else by the separator and the zone.
 */
export function decideOrder(times: readonly string[], zone: string): DayOrder {
  let dayFirst = 0
  let monthFirst = 0
  let hasDots = false
  for (const time of times) {
    const found = /^\s*(\d{1,2})([-/.])(\d{1,2})\2\d{2,4}/.exec(time)
    if (found === null) continue
    if (Number(found[1]) > 12) dayFirst += 1
    if (Number(found[3]) > 12) monthFirst += 1
    hasDots ||= found[2] === '.'
  }
  if (dayFirst !== monthFirst) return dayFirst > monthFirst ? 'dmy' : 'mdy'
  const [asDay, asMonth] = [countSteps(times, 'dmy'), countSteps(times, 'mdy')]
  if (asDay !== asMonth) return asDay < asMonth ? 'dmy' : 'mdy'
  if (hasDots) return 'dmy'
  return zone === 'UTC' || zone.startsWith('America/') || zone.startsWith('US/') ? 'mdy' : 'dmy'
}

/** How often the days turn round; a log in falling order turns as seldom as one in rising order. */
function countSteps(times: readonly string[], order: DayOrder): number {
  let last: number | undefined
  let rising = 0
  let falling = 0
  for (const time of times) {
    const day = readDay(/^\s*([\d/.-]+)/.exec(time)?.[1] ?? '', order)
    if (day === undefined) continue
    if (last !== undefined && day > last) rising += 1
    if (last !== undefined && day < last) falling += 1
    last = day
  }
  return Math.min(rising, falling)
}
