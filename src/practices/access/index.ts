import type { Bound } from '#core/door.ts'
import type { Practice } from '#core/safeguards/model.ts'
import { cases } from './cases/index.ts'
import { safeguards } from './safeguards.ts'
import { trail } from './trail/index.ts'

export const access: Practice = {
  name: 'access',
  title: 'Access',
  asks: 'Give each person what their work needs, know who has it, and end it the day they leave.',
  safeguards,
}

export const accessDoor: readonly Bound[] = [...trail, ...cases]
export { type Follower, startCaseFollower } from './cases/follower.ts'
export { countWaiting as countWaitingCases } from './cases/store.ts'
export { accessJobs, accessTimes } from './jobs.ts'
export { recordReading } from './trail/asking.ts'
export { findBounds } from './trail/store.ts'
export { sweepUploads } from './trail/taking.ts'
export { withheldOfTrail } from './withheld.ts'
