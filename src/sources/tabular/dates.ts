/**
 * Dates as exports write them. The order of day and month is a property of a file, told from all its dates together;
 * one date alone is never guessed at. A time without a zone is taken as UTC.
 */
import type { Day } from '#core/intake/facts.ts'

export type DateOrder = 'mdy' | 'dmy'

/** A point in time; `dayOnly` when no time was written. The day is the one written, whatever the zone. */
interface Moment {
  readonly day: Day
  readonly at: number
  readonly dayOnly: boolean
}

/** `never` is a system's way of saying that it has not happened yet; `none` is an empty or placeholder date. */
type DateReading = Moment | 'never' | 'none' | undefined

const numeric =
  /^(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})\.?(?:[T ,]\s*(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?\s*([ap]\.?\s?m\.?)?)?\s*(z|[a-z]{2,4}|(?:utc|gmt)?[+-]\d{2}:?\d{2})?(?:\s*\(.*\))?$/i
const time = String.raw`(?:,?[T\s]+(?:at\s+)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.(\d{1,9}))?)?\s*([ap]\.?\s?m\.?)?)?\s*(z|[a-z]{2,4}|(?:utc|gmt)?[+-]\d{2}:?\d{2})?(?:\s*\(.*\))?$`
const weekday = '(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\\.?,?\\s+)?'
const dayFirst = new RegExp(
  String.raw`^${weekday}(\d{1,2})(?:st|nd|rd|th)?[\s./-]*([a-z]{3,9})\.?[\s,./-]*(\d{4}|\d{2})${time}`,
  'i',
)
const monthFirst = new RegExp(
  String.raw`^${weekday}([a-z]{3,9})\.?[\s-]*(\d{1,2})(?:st|nd|rd|th)?[\s,-]+(\d{4}|\d{2})${time}`,
  'i',
)
const yearFirst = new RegExp(String.raw`^(\d{4})[\s-]([a-z]{3,9})[\s-](\d{1,2})${time}`, 'i')
const unixDate =
  /^(?:mon|tue|wed|thu|fri|sat|sun)\s+([a-z]{3})\s+(\d{1,2})\s+(\d{2}):(\d{2}):(\d{2})\s+(?:([a-z]{2,4}|[+-]\d{4})\s+)?(\d{4})$/i
const digits = /^\d+(?:\.\d+)?$/
const generalized = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:[.,]\d+)?(z|[+-]\d{4})$/i

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const monthNames = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
]

const zones: Readonly<Record<string, number>> = {
  z: 0, utc: 0, gmt: 0, est: -300, edt: -240, cst: -360, cdt: -300, mst: -420, mdt: -360, pst: -480, pdt: -420,
  akst: -540, akdt: -480, hst: -600, bst: 60, cet: 60, cest: 120,
} // biome-ignore format: a table reads better in rows

const dayMs = 86_400_000
/** From the year 1601, in which Windows begins to count, to 1970. */
const windowsEpochMs = 11_644_473_600_000
/** Spreadsheets count days from the last day but one of 1899. */
const spreadsheetEpochMs = Date.UTC(1899, 11, 30)

const noDate = new Set([
  '', '-', '--', '---', '—', 'n/a', 'na', 'none', 'null', 'nil', 'unknown', 'not applicable', 'not available', 'not set', 'tbd', 'tba',
  'pending', 'present', 'current', 'ongoing', 'in progress', 'not started', 'not completed', 'incomplete', 'not yet', 'no', 'never expires',
  'no expiration', 'open', 'indefinite', 'perpetual', 'auto-renew', 'auto renew', 'evergreen', 'no expiry', 'does not expire', '?', '*', '.',
  '0000-00-00', '0000-00-00 00:00:00', '00/00/0000', '00/00/0000 00:00:00', '00.00.0000', '//', '/ /', '  /  /', '-1', 'no data',
  'not tested', 'outstanding', 'overdue', 'not assigned', 'not signed', 'unsigned', 'scheduled', 'invalid date', 'undefined', '#n/a', '(blank)', 'blank',
]) // biome-ignore format: a table reads better in rows

const neverWords = new Set([
  'never', 'never logged in', 'never logged on', 'never signed in', 'never used', 'has never logged in', 'no logins', 'no login', 'never accessed',
  'not logged in', 'no sign-in', 'no sign-ins', 'no sign in', 'never run', 'never seen', 'never logged', 'no activity', 'never (0)', 'user has never logged in',
  'has not logged in', 'no last login', 'never active', 'not used', 'has never signed in', '**never logged in**',
]) // biome-ignore format: a table reads better in rows

/** Reads a date; undefined when the text is none. */
export function parseDate(text: string, order: DateOrder): DateReading {
  const found = numeric.exec(text)
  if (found) return readNumeric(found, order)
  if (digits.test(text)) return readDigits(text, order)
  const words = text.trim().toLowerCase()
  if (noDate.has(words)) return 'none'
  if (neverWords.has(words)) return 'never'
  return readWritten(text.trim())
}

function readNumeric(found: RegExpExecArray, order: DateOrder): DateReading {
  const first = found[1] ?? ''
  const second = Number(found[3])
  const third = found[4] ?? ''
  if (first.length === 4) {
    if (third.length > 2) return undefined
    return finish(Number(first), second, Number(third), found, 5)
  }
  if (first.length > 2 || third.length === 3 || third.length === 1) return undefined
  const year = fullYear(third)
  return order === 'mdy' ? finish(year, Number(first), second, found, 5) : finish(year, second, Number(first), found, 5)
}

const fullYear = (written: string) =>
  written.length === 2 ? Number(written) + (Number(written) < 70 ? 2000 : 1900) : Number(written)

function readDigits(text: string, order: DateOrder): DateReading {
  const whole = text.includes('.') ? text.slice(0, text.indexOf('.')) : text
  switch (whole.length) {
    case 1:
      return whole === '0' ? 'never' : undefined
    case 5: {
      const at = spreadsheetEpochMs + Math.round(Number(text) * 86_400) * 1000
      return Number(text) >= 10_000 && Number(text) < 73_416 ? fromInstant(at, whole === text) : undefined
    }
    case 8: {
      const year = Number(text.slice(0, 4))
      if (year >= 1900 && year <= 2100) return finish(year, Number(text.slice(4, 6)), Number(text.slice(6, 8)))
      const first = Number(text.slice(0, 2))
      const second = Number(text.slice(2, 4))
      return order === 'mdy'
        ? finish(Number(text.slice(4)), first, second)
        : finish(Number(text.slice(4)), second, first)
    }
    case 10:
      return fromInstant(Number(whole) * 1000, false)
    case 13:
      return fromInstant(Number(whole), false)
    case 14:
      return readWritten(`${whole}Z`)
    case 16:
    case 17:
    case 18:
      return fromInstant(Number(BigInt(whole) / 10_000n) - windowsEpochMs, false)
    case 19:
      return whole === '9223372036854775807' ? 'never' : undefined
    default:
      return undefined
  }
}

function fromInstant(at: number, dayOnly: boolean): DateReading {
  const year = new Date(at).getUTCFullYear()
  if (year <= 1601) return 'never'
  if (year >= 2999 || at === 0) return 'none'
  if (year < 1900 || year > 2100 || Number.isNaN(year)) return undefined
  return { day: new Date(at).toISOString().slice(0, 10), at, dayOnly }
}

function readWritten(text: string): DateReading {
  const stamp = generalized.exec(text)
  if (stamp) {
    const offset = zoneMinutes(stamp[7])
    return assemble(
      Number(stamp[1]),
      Number(stamp[2]),
      Number(stamp[3]),
      Number(stamp[4]),
      Number(stamp[5]),
      Number(stamp[6]),
      0,
      offset,
      false,
    )
  }
  const unix = unixDate.exec(text)
  if (unix) {
    const month = monthOf(unix[1])
    const offset = zoneMinutes(unix[6])
    return month === undefined
      ? undefined
      : assemble(
          Number(unix[7]),
          month,
          Number(unix[2]),
          Number(unix[3]),
          Number(unix[4]),
          Number(unix[5]),
          0,
          offset,
          false,
        )
  }
  const day = dayFirst.exec(text)
  if (day) return withMonth(fullYear(day[3] ?? ''), day[2], Number(day[1]), day)
  const month = monthFirst.exec(text)
  if (month) return withMonth(fullYear(month[3] ?? ''), month[1], Number(month[2]), month)
  const year = yearFirst.exec(text)
  if (year) return withMonth(Number(year[1]), year[2], Number(year[3]), year)
  return undefined
}

function withMonth(year: number, name: string | undefined, day: number, found: RegExpExecArray): DateReading {
  const month = monthOf(name)
  return month === undefined ? undefined : finish(year, month, day, found, 4)
}

function monthOf(name: string | undefined): number | undefined {
  const word = (name ?? '').toLowerCase()
  const at = months.indexOf(word.slice(0, 3))
  return at >= 0 && (monthNames[at]?.startsWith(word) || word === 'sept') ? at + 1 : undefined
}

function zoneMinutes(written: string | undefined): number | undefined {
  if (!written) return 0
  const word = written.toLowerCase()
  const named = zones[word]
  if (named !== undefined) return named
  const offset = /([+-])(\d{2}):?(\d{2})$/.exec(word)
  if (!offset) return undefined
  return (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3]))
}

function finish(year: number, month: number, day: number, found?: RegExpExecArray, timeAt = 0): DateReading {
  const written = found?.[timeAt]
  const zone = found?.[timeAt + 5]
  if (written === undefined) {
    return zone && zoneMinutes(zone) === undefined ? undefined : assemble(year, month, day, 0, 0, 0, 0, 0, true)
  }
  let hour = Number(written)
  const half = found?.[timeAt + 4]?.toLowerCase()
  // "14:05 PM" is written by systems that add the half of the day to a clock of 24 hours.
  if (half && hour >= 1 && hour <= 12) hour = (hour % 12) + (half.startsWith('p') ? 12 : 0)
  else if (half && (hour === 0) === half.startsWith('p')) return undefined
  const fraction = found?.[timeAt + 3]
  const ms = fraction ? Math.floor(Number(`0.${fraction}`) * 1000) : 0
  return assemble(
    year,
    month,
    day,
    hour,
    Number(found?.[timeAt + 1]),
    Number(found?.[timeAt + 2] ?? 0),
    ms,
    zoneMinutes(zone),
    false,
  )
}

const pad = (value: number) => (value < 10 ? `0${value}` : String(value))

function assemble(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  ms: number,
  offset: number | undefined,
  dayOnly: boolean,
): DateReading {
  if (year === 1601) return 'never'
  if (year <= 1 || year >= 2999 || (year === 1900 && month === 1 && day <= 1)) return 'none'
  // The last day that some systems can write stands for "no end".
  if ((year === 2099 || year === 2100) && month === 12 && day === 31) return 'none'
  if (offset === undefined || year < 1900 || year > 2100) return undefined
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  if (hour > 24 || minute > 59 || second > 60) return undefined
  if (year === 1970 && month === 1 && day === 1 && hour + minute + second === 0) return 'none'
  const at = Date.UTC(year, month - 1, day, hour, minute, second, ms) - offset * 60_000
  return { day: `${year}-${pad(month)}-${pad(day)}`, at, dayOnly }
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function daysIn(year: number, month: number): number {
  if (month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) return 29
  return monthDays[month - 1] ?? 0
}

const slashed = /^\s*(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)/

/** What the dates of one column say about the order of day and month. */
interface OrderVotes {
  readonly mdy: number
  readonly dmy: number
  readonly dotted: number
  /** Dates that would lie in the future in one of the orders, where only the past makes sense. */
  readonly mdyFuture: number
  readonly dmyFuture: number
}

export function countOrders(values: Iterable<string>, past: boolean, asOf: number): OrderVotes {
  const votes = { mdy: 0, dmy: 0, dotted: 0, mdyFuture: 0, dmyFuture: 0 }
  for (const value of values) {
    const found = slashed.exec(value)
    if (!found) continue
    const first = Number(found[1])
    const second = Number(found[3])
    if (found[2] === '.') votes.dotted += 1
    if (first > 12 && second <= 12) votes.dmy += 1
    else if (second > 12 && first <= 12) votes.mdy += 1
    else if (past && first !== second && first <= 12 && second <= 12) {
      const year = fullYear(found[4] ?? '')
      if (Date.UTC(year, first - 1, second) > asOf + dayMs) votes.mdyFuture += 1
      if (Date.UTC(year, second - 1, first) > asOf + dayMs) votes.dmyFuture += 1
    }
  }
  return votes
}

/** The order of one column: by its own dates, else by those of the whole file, else as in the United States. */
export function decideOrder(own: OrderVotes, file: readonly OrderVotes[]): DateOrder {
  if (own.mdy !== own.dmy) return own.dmy > own.mdy ? 'dmy' : 'mdy'
  const sum = (key: keyof OrderVotes) => file.reduce((total, votes) => total + votes[key], 0)
  if (sum('mdy') !== sum('dmy')) return sum('dmy') > sum('mdy') ? 'dmy' : 'mdy'
  if (sum('dotted') > 0) return 'dmy'
  return sum('mdyFuture') > 0 && sum('dmyFuture') === 0 ? 'dmy' : 'mdy'
}
