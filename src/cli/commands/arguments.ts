/** What people type, judged before anything is opened: what does not fit is a misuse, told in words. */
import { InvalidArgumentError } from 'commander'
import { z } from 'zod'

// Ids of rows; fifteen digits stay below 2^53.
const rowId = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number)

/** The number of a finding, question or other row, as lists print it. */
export function parseId(text: string): number {
  const read = rowId.safeParse(text)
  if (!read.success) throw new InvalidArgumentError('It is a whole number, as the list prints it.')
  return read.data
}

/** The id of a piece of evidence. */
export function parseEvidenceId(text: string): string {
  const read = z.uuid().safeParse(text)
  if (!read.success) throw new InvalidArgumentError('The id of evidence is a UUID, as vigil evidence list prints it.')
  return read.data
}

/** A whole number between two bounds, as an option's value. */
export function parseNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(number >= least && number <= most)) {
      throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`)
    }
    return number
  }
}

/** A text that says something. */
export function parseText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.')
  return text
}
