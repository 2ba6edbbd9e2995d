import type { Practice } from '#core/safeguards/model.ts'
import { safeguards } from './safeguards.ts'

export const technologies: Practice = {
  name: 'technologies',
  title: 'Technologies',
  asks: 'Use what was looked at and approved, find what was not, and end its use with care.',
  safeguards,
}
