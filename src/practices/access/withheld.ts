/**
 * Who reads on the ledger what was said. Entries stand open to all officers, and most of what was said with them. What was
 * said when somebody asked who opened a patient's record names the patient, or the person who is looked into; and so may why a
 * month is held or destroyed, and the name of a file that was brought. That is read by those alone who may ask the trail
 * themselves (45 CFR 164.502(b), minimum necessary).
 */
import type { Withheld } from '#core/ledger/index.ts'
import { trailReaders } from './trail/contract.ts'

const naming = new Set([
  'trail.ask-patient',
  'trail.ask-person',
  'trail.report',
  'trail.person-days',
  'trail.import',
  'trail.hold',
  'trail.destroy-month',
  'trail.destroy-confirm',
  'trail.destroy-refuse',
  'trail.watch-add',
  'trail.watch-remove',
])

export const withheldOfTrail: Withheld = {
  covers: (action) => naming.has(action) || action.startsWith('cases.'),
  readers: trailReaders,
}
