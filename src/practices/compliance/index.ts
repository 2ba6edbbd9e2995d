import type { Practice } from '#core/safeguards/model.ts'
import { safeguards } from './safeguards.ts'

export const compliance: Practice = {
  name: 'compliance',
  title: 'Compliance',
  asks: 'Name who is responsible, write down what was decided and why, and review it.',
  safeguards,
}
