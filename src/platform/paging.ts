/**
 * Cursors of lists: where the last item of a page stands in the list's order, so that the next page begins right after it,
 * whatever was added or taken away meanwhile. They are opaque to callers; one that was not made here is refused.
 */
import { z } from 'zod'
import { refusals } from './refusal.ts'

const refuse = refusals('page', {
  unknown: ['invalid', 'The place after which the page begins was not given by this list.', 'begin at the first page'],
})

/** Writes the place of an item as a cursor. */
export function writeCursor(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** Reads a cursor back; refuses what is not exactly a place of this shape. */
export function readCursor<T extends z.ZodType>(place: T, cursor: string): z.output<T> {
  const bytes = Buffer.from(cursor, 'base64url')
  // One text for one place: what decodes to the same bytes by other letters was not written here.
  if (bytes.toString('base64url') !== cursor) throw refuse('unknown')
  const parsed = parseJson(bytes.toString())
  if (!isOfCharacters(parsed)) throw refuse('unknown')
  const read = place.safeParse(parsed)
  if (!read.success) throw refuse('unknown')
  return read.data
}

/** A page of rows read one more than asked for: that one more only tells that there is a next page. */
export function pageFrom<T>(
  rows: readonly T[],
  limit: number,
  placeOf: (last: T) => readonly (string | number)[],
): { items: readonly T[]; next: string | null } {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last !== undefined ? writeCursor(placeOf(last)) : null }
}

/** The number of a row within a cursor. */
export const placeId = z.int().positive()

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw refuse('unknown', {}, { cause })
  }
}

/** A NUL or half a character can stand in the escapes of a forged place; no column holds one. */
function isOfCharacters(place: unknown): boolean {
  return ![place].flat().some((one) => typeof one === 'string' && (one.includes('\0') || !one.isWellFormed()))
}

const numberPlace = z.tuple([placeId])

/** Reads the cursor of a list that stands in the order of its rows' numbers. */
export function readNumber(cursor: string | undefined): number | undefined {
  return cursor === undefined ? undefined : readCursor(numberPlace, cursor)[0]
}
