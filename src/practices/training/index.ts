import type { Practice } from '#core/safeguards/model.ts'
import { safeguards } from './safeguards.ts'

export const training: Practice = {
  name: 'training',
  title: 'Training',
  asks: 'Teach everyone who works here to protect patient data, when they start and every year after.',
  safeguards,
}
