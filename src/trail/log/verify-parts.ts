/** What the parts of verifying a log share. */
import type { KeyFile } from '#platform/keys.ts'
import type { Placed } from './files.ts'
import type { ReadHead } from './head.ts'
import type { SealedBlock } from './piece.ts'
import { type MonthKeys, openRecord } from './seal.ts'
import type { Pieces } from './verify-pieces.ts'

export interface VerifiedParts {
  readonly directory: string
  readonly keyFile: KeyFile
  /** The log that it must be, where it was named. */
  readonly origin: string | undefined
  readonly head: ReadHead
  readonly keys: MonthKeys
  /** Where blocks go whose order is right. */
  readonly pieces: Pieces
}

export const isDestroyed = ({ destroyed }: ReadHead, month: number) => destroyed.includes(month)

/** Whether a record is as it was sealed. */
export async function opens(keys: MonthKeys, { head, headBytes }: Placed, body: Buffer): Promise<boolean> {
  return openRecord(await keys.of(head.month), head, headBytes, body) !== undefined
}

export function sealedBlock(
  { headBytes, at, length }: Placed,
  { name, from, key }: Pick<SealedBlock, 'name' | 'from' | 'key'>,
): SealedBlock {
  // A copy of its own: else all that shares its memory would go to another thread with it.
  return { name, at, length, head: new Uint8Array(headBytes), from, key }
}

export function missing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  return undefined
}
