/**
 * Who reads what was said. Entries stand open to all officers, and most of what was said with them. What was said when somebody
 * asked who opened a patient's record names the patient, or the person who is looked into: that is read by those alone who may
 * ask so themselves (45 CFR 164.502(b), minimum necessary). The entry, its place and its digest are there for everybody.
 */
import type { Principal } from '#core/door.ts'
import type { Role } from '#platform/contract.ts'

const readers: readonly Role[] = ['privacy-officer', 'auditor']

const withheld = new Set([
  'trail.ask-patient',
  'trail.ask-person',
  'trail.report',
  'trail.person-days',
  'trail.watch-add',
  'trail.watch-remove',
])

/** Whether somebody may read what was said with an entry of this action. */
export function mayReadSaid(principal: Principal, action: string): boolean {
  if (!withheld.has(action) && !action.startsWith('cases.')) return true
  return (
    principal.kind === 'operator' ||
    (principal.kind === 'member' && principal.roles.some((role) => readers.includes(role)))
  )
}
