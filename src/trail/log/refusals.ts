/** What the log of record refuses; a damaged place is named by its file, record and byte, never by what it holds. */
import { refusals } from '#platform/refusal.ts'

export const refuse = refusals('trail-log', {
  damaged: [
    'unavailable',
    'The log of record is damaged: {where}',
    'Put back the directory of the log from your newest backup; run `vigil trail verify` on both to compare them.',
  ],
  short: [
    'unavailable',
    'The log of record ends at {size} lines, but a signed checkpoint vouches for {signed}.',
    'Lines were cut off, or an older copy was put back. Put back the newest backup of the log.',
  ],
  full: [
    'unavailable',
    'The disk of the log of record has no room left; nothing of this was acknowledged.',
    'Make room on the disk; the log takes up again by itself.',
  ],
  failed: [
    'unavailable',
    'The log of record cannot be written; nothing of this was acknowledged.',
    'Look after the disk, then start again.',
  ],
  closed: ['unavailable', 'The log of record is closed.'],
  'line-too-long': ['large', 'A line of the log of record and its message have at most 16 MiB.'],
  'month-unknown': ['missing', 'The log of record has no lines of {month}.'],
  'month-running': [
    'conflict',
    '{month} has not ended in the log of record.',
    'A month ends with the first line of a later one.',
  ],
  'month-held': ['conflict', '{month} is on legal hold.', 'Release the hold first.'],
  'month-destroyed': ['conflict', '{month} was destroyed.'],
  key: [
    'unavailable',
    'The key of {month} is missing or damaged, so the log of record cannot be read.',
    'Put back the keys of the log from your newest backup.',
  ],
  held: ['conflict', 'Another process has the access trail of this organisation open: {holder}.'],
})

/** A damaged place, before it is known whom to tell. */
export class Damage extends Error {
  /** In plain words: file, byte, lines. */
  readonly where: string

  constructor(where: string, options?: ErrorOptions) {
    super(where, options)
    this.name = 'Damage'
    this.where = where
  }
}

/** What to give to callers in the place of an error. */
export function asRefusal(error: unknown): unknown {
  return error instanceof Damage ? refuse('damaged', { where: error.where }, { cause: error }) : error
}
