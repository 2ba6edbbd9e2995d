import type { Practice } from '#core/safeguards/model.ts'
import { safeguards } from './safeguards.ts'

export const access: Practice = {
  name: 'access',
  title: 'Access',
  asks: 'Give each person what their work needs, know who has it, and end it the day they leave.',
  safeguards,
}
