import type { Practice } from '#core/safeguards/model.ts'
import { safeguards } from './safeguards.ts'

export const vendors: Practice = {
  name: 'vendors',
  title: 'Vendors',
  asks: 'Know who handles patient data for you, bind them by agreement, and look at how they protect it.',
  safeguards,
}
