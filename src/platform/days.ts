/** Days are `YYYY-MM-DD`, without a time or a zone; instants are `Date`. The clock is handed in. */
export type Day = string

const dayPattern = /^(\d{4})-(\d{2})-(\d{2})$/

const daysOfMonths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

/** Tells whether a text is a day that exists in the calendar ("2026-02-30" does not). Every row that is told asks it. */
export function isDay(text: string): text is Day {
  const match = dayPattern.exec(text)
  if (!match) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 && isLeap ? 29 : (daysOfMonths[month - 1] ?? 0)
  return day >= 1 && day <= days
}

/** The day that an instant falls on in a time zone (IANA name). */
export function dayOf(instant: Date, timeZone = 'UTC'): Day {
  if (timeZone === 'UTC') return instant.toISOString().slice(0, 10)
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(
    instant,
  )
}

export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** The last millisecond of a day, in UTC: what is judged "as of" a day has seen all of it. */
export function endOfDay(day: Day): Date {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000 - 1)
}

/** "28 August 2026": how a day is said to a person. */
const longDay = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
})

export function sayDay(day: Day): string {
  return longDay.format(new Date(`${day}T00:00:00Z`))
}
