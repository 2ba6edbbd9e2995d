/** Times and numbers in words. Pure: the clock and the zone are handed in. */
import type { Day } from '#platform/days.ts'
import { language, t } from './t.ts'

const aDay = 86_400_000
const units = [
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', aDay],
  ['month', 30.4375 * aDay],
  ['year', 365.25 * aDay],
] as const

const locale = language.startsWith('en') ? 'en-GB' : language
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always' })

/** "3 hours ago", "in 2 days": how long ago, in the largest unit of which there are two. */
export function sayAge(moment: Date, now: Date): string {
  const distance = moment.getTime() - now.getTime()
  const size = Math.abs(distance)
  if (size < 60_000) return t('just now')
  const [unit, length] = units.findLast(([, length]) => size >= 2 * length) ?? units[0]
  return relative.format(Math.sign(distance) * Math.floor(size / length), unit)
}

/** "in 10 days", "yesterday", "6 years ago": how far a day is from today, by the calendar, in the unit that `sayAge` takes. */
export function sayDays(day: Day, today: Day): string {
  const days = Math.round((Date.parse(`${day}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / aDay)
  if (days === 0) return t('today')
  if (days === 1) return t('tomorrow')
  if (days === -1) return t('yesterday')
  const [unit, length] = units.findLast(([, length]) => Math.abs(days) * aDay >= 2 * length) ?? units[2]
  return relative.format(Math.sign(days) * Math.floor((Math.abs(days) * aDay) / length), unit)
}

/** "22 Nov 2026, 09:31 (America/Chicago)": a moment exactly. */
export function sayMoment(moment: Date, timeZone: string): string {
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', timeZone }).format(moment)
  return `${sayShortDay(moment, timeZone)}, ${time} (${timeZone})`
}

/** "22 Nov 2026". */
export function sayShortDay(moment: Date, timeZone = 'UTC'): string {
  const parts = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric', timeZone })
  return parts
    .formatToParts(moment)
    .map(({ type, value }) => (type === 'month' && locale === 'en-GB' ? value.slice(0, 3) : value))
    .join('')
}

/** "1,204". */
export function sayNumber(value: number): string {
  return value.toLocaleString(locale)
}
