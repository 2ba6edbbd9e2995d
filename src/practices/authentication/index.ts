import type { Practice } from '#core/safeguards/model.ts'
import { safeguards } from './safeguards.ts'

export const authentication: Practice = {
  name: 'authentication',
  title: 'Authentication',
  asks: 'Make sure that whoever signs in is who they say they are, with a second factor and an account of their own.',
  safeguards,
}
