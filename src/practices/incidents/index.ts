import type { Practice } from '#core/safeguards/model.ts'
import { safeguards } from './safeguards.ts'

export const incidents: Practice = {
  name: 'incidents',
  title: 'Incidents',
  asks: 'Know who does what when something goes wrong, and rehearse it before it does.',
  safeguards,
}
