/** The formats of access logs that the trail reads. */
import { atna } from './atna.ts'
import { csv } from './csv.ts'
import { fhir } from './fhir.ts'
import type { AccessFormat } from './format.ts'

export const accessFormats: readonly AccessFormat[] = [fhir, atna, csv]

/** The format that is the surest of the first bytes of a file (64 KiB are enough); undefined where none is at all. */
export function recogniseAccessLog(head: Uint8Array): AccessFormat | undefined {
  let best: AccessFormat | undefined
  let bestScore = 0
  for (const format of accessFormats) {
    const score = format.recognise(head)
    if (score > bestScore) {
      best = format
      bestScore = score
    }
  }
  return best
}
