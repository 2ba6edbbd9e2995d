/**
 * Dates as exports write them. Inside the sample a day is the number of days since 1970-01-01 and an instant the
 * number of milliseconds, because a large sample formats millions of them.
 */
import type { Day } from '#platform/days.ts'

export const dayMs = 86_400_000

export const dateStyles = ['iso', 'us', 'us-padded', 'dashed'] as const
export type DateStyle = (typeof dateStyles)[number]
export type InstantStyle = 'iso-z' | 'iso-space' | 'us-time' | 'slashed' | 'day-only'

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export function dayNumber(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`) / dayMs
}

const days = new Map<number, Day>()

export function toDay(number: number): Day {
  let day = days.get(number)
  if (day === undefined) {
    day = new Date(number * dayMs).toISOString().slice(0, 10)
    days.set(number, day)
  }
  return day
}

export function writeDay(number: number, style: DateStyle): string {
  const iso = toDay(number)
  const year = iso.slice(0, 4)
  const month = iso.slice(5, 7)
  const day = iso.slice(8)
  switch (style) {
    case 'iso':
      return iso
    case 'us':
      return `${Number(month)}/${Number(day)}/${year}`
    case 'us-padded':
      return `${month}/${day}/${year}`
    case 'dashed':
      return `${day}-${months[Number(month) - 1]}-${year}`
  }
}

const two = (value: number) => (value < 10 ? `0${value}` : String(value))

export function writeInstant(at: number, style: InstantStyle, dates: DateStyle): string {
  const day = Math.floor(at / dayMs)
  const seconds = Math.floor((at - day * dayMs) / 1000)
  const hour = Math.floor(seconds / 3600)
  const minute = two(Math.floor((seconds % 3600) / 60))
  const second = two(seconds % 60)
  switch (style) {
    case 'iso-z':
      return `${toDay(day)}T${two(hour)}:${minute}:${second}Z`
    case 'iso-space':
      return `${toDay(day)} ${two(hour)}:${minute}:${second}`
    case 'us-time':
      return `${writeDay(day, 'us')} ${hour % 12 || 12}:${minute}:${second} ${hour < 12 ? 'AM' : 'PM'}`
    case 'slashed':
      return `${toDay(day).replaceAll('-', '/')} ${two(hour)}:${minute}:${second}`
    case 'day-only':
      return writeDay(day, dates)
  }
}

/** `20261102060000.0Z`: how a directory writes a time. */
export function writeGeneralizedTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace(/[-:T]/g, '')}.0Z`
}

/** Tenths of a microsecond since 1601: how Active Directory writes the last logon. */
export function writeFileTime(at: number): string {
  return `${at + 11_644_473_600_000}0000`
}

/** `Mon Nov  2 05:00:00 2026 UTC`: how osquery writes the time of a query. */
export function writeCalendarTime(at: number): string {
  const date = new Date(at)
  const weekday = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][date.getUTCDay()]
  const month = months[date.getUTCMonth()]
  const day = String(date.getUTCDate()).padStart(2, ' ')
  return `${weekday} ${month} ${day} ${date.toISOString().slice(11, 19)} ${date.getUTCFullYear()} UTC`
}
