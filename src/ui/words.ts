/** Times and numbers in words. Pure: the clock and the zone are handed in. */
import type { Day } from '#platform/days.ts'

const units = [
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['month', 30.4375 * 86_400_000],
  ['year', 365.25 * 86_400_000],
] as const

const relative = new Intl.RelativeTimeFormat('en-GB', { numeric: 'always' })

/** "3 hours ago", "in 2 days": how long ago, in the largest unit of which there are two. */
export function sayAge(moment: Date, now: Date): string {
  const distance = moment.getTime() - now.getTime()
  const size = Math.abs(distance)
  if (size < 60_000) return 'just now'
  const [unit, length] = units.findLast(([, length]) => size >= 2 * length) ?? units[0]
  return relative.format(Math.sign(distance) * Math.floor(size / length), unit)
}

/** "in 10 days", "yesterday": how far a day is from today, by the calendar. */
export function sayDays(day: Day, today: Day): string {
  const days = Math.round((Date.parse(`${day}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / 86_400_000)
  if (days === 0) return 'today'
  if (days === 1) return 'tomorrow'
  if (days === -1) return 'yesterday'
  return relative.format(days, 'day')
}

/** "22 Nov 2026, 09:31 (America/Chicago)": a moment exactly. */
export function sayMoment(moment: Date, timeZone: string): string {
  const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(moment)
  return `${sayShortDay(moment, timeZone)}, ${time} (${timeZone})`
}

/** "22 Nov 2026". */
export function sayShortDay(moment: Date, timeZone = 'UTC'): string {
  const parts = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone })
  return parts
    .formatToParts(moment)
    .map(({ type, value }) => (type === 'month' ? value.slice(0, 3) : value))
    .join('')
}

/** "1,204". */
export function sayNumber(value: number): string {
  return value.toLocaleString('en-GB')
}
