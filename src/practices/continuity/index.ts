import type { Practice } from '#core/safeguards/model.ts'
import { safeguards } from './safeguards.ts'

export const continuity: Practice = {
  name: 'continuity',
  title: 'Continuity',
  asks: 'Be able to bring every system with patient data back, in the time that care can wait.',
  safeguards,
}
