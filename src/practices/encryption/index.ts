import type { Practice } from '#core/safeguards/model.ts'
import { safeguards } from './safeguards.ts'

export const encryption: Practice = {
  name: 'encryption',
  title: 'Encryption',
  asks: 'Keep patient data unreadable to anyone who gets hold of a device, a backup or a connection.',
  safeguards,
}
