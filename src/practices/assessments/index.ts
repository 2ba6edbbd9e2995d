import type { Practice } from '#core/safeguards/model.ts'
import { safeguards } from './safeguards.ts'

export const assessments: Practice = {
  name: 'assessments',
  title: 'Assessments',
  asks: 'Know what you have and what could go wrong with it, look again every year, and treat what you find.',
  safeguards,
}
