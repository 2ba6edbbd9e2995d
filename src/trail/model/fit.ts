/**
 * No field of the trail is longer than `maxFieldLength`, whoever sent it: readers cut what may be long where they read it, so that
 * it is cut once, and here whatever came by them is cut before it is kept. What already stood in the log is cut as it is read.
 */
import { createHash } from 'node:crypto'
import { type Access, maxFieldLength } from './access.ts'
import { cutField } from './identifier.ts'
import type { Known } from './relation.ts'

/** Gives the access itself where nothing is too long. */
export function fitAccess<One extends Access>(access: One): One {
  // One sum and no loop, for this is asked of every access.
  const length =
    access.patient.length +
    access.user.length +
    access.onBehalfOf.length +
    access.purpose.length +
    access.object.length +
    access.workstation.length +
    access.application.length +
    access.department.length +
    access.reason.length +
    access.event.length +
    access.sequence.length
  return length <= maxFieldLength ? access : { ...access, ...cutOf(access) }
}

/** Gives the record itself where nothing is too long. */
export function fitKnown(known: Known): Known {
  const cut = cutOf(known)
  switch (known.record) {
    case 'relation': {
      const { key, group } = known
      return cut
        ? { ...known, ...cut, key: fitKey(key), ...(group === undefined ? {} : { group: fitKey(group) }) }
        : known
    }
    case 'group':
      return { ...known, key: fitKey(known.key), members: known.members.map(fitKey) }
    case 'worker':
    case 'patient':
      return cut ? { ...known, ...cut } : known
  }
}

/** Keys that only begin alike must not replace each other. */
function fitKey(key: string): string {
  return key.length > maxFieldLength ? `#${createHash('sha256').update(key).digest('base64url')}` : key
}

/** What is too long, cut; undefined where nothing is. */
function cutOf(record: Access | Known): Record<string, string> | undefined {
  let cut: Record<string, string> | undefined
  for (const [name, value] of Object.entries(record)) {
    if (typeof value !== 'string' || value.length <= maxFieldLength) continue
    cut ??= {}
    cut[name] = cutField(value)
  }
  return cut
}
