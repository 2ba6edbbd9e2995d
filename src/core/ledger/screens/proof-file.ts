/**
 * The proof of one entry as a file: all that somebody needs to check it without Vigil, with how to do it (docs/ledger.md).
 * Pure.
 */
import type { WireOutputOf } from '#platform/contract.ts'
import type { showEntry } from '../contract.ts'

export type EntryShown = WireOutputOf<typeof showEntry>

export const proofVersion = 'vigil-entry-proof/1'

/** JSON in a fixed order; the payload is left out when it was shredded. */
export function writeProof({ entry, line, payload, salt, proof }: EntryShown, key: string): string {
  const said = payload === null || salt === null ? {} : { payload, salt }
  const file = {
    format: proofVersion,
    key,
    index: entry.seq,
    size: proof.size,
    entry: line,
    leafHash: proof.leafHash,
    path: proof.path,
    checkpoint: proof.checkpoint,
    ...said,
  }
  return `${JSON.stringify(file, null, 2)}\n`
}
