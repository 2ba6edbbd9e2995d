import type { Practice } from '#core/safeguards/model.ts'
import { safeguards } from './safeguards.ts'

export const patching: Practice = {
  name: 'patching',
  title: 'Patching',
  asks: 'Run what its maker still repairs, and keep every device in sight and protected.',
  safeguards,
}
