import { InvalidArgumentError } from 'commander'
import { type Day, dayOf, endOfDay, isDay } from '#platform/days.ts'

/** A day as an option's value. */
export function parseDay(text: string): Day {
  if (!isDay(text)) throw new InvalidArgumentError('A day is written YYYY-MM-DD, for example 2026-11-02.')
  return text
}

/** The moment judged as of: now, or the end of the day said. */
export function momentOf(asOf: Day | undefined): Date {
  const now = new Date()
  return asOf === undefined || asOf === dayOf(now) ? now : endOfDay(asOf)
}
