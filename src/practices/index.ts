/** The eleven practices, in the order in which everything lists them. */
import type { Bound } from '#core/door.ts'
import type { JobKind } from '#core/jobs/kinds.ts'
import type { Practice, Safeguard } from '#core/safeguards/model.ts'
import { access, accessDoor, accessJobs, accessTimes, withheldOfTrail } from './access/index.ts'
import { assessments } from './assessments/index.ts'
import { authentication } from './authentication/index.ts'
import { compliance } from './compliance/index.ts'
import { continuity } from './continuity/index.ts'
import { encryption } from './encryption/index.ts'
import { incidents } from './incidents/index.ts'
import { patching } from './patching/index.ts'
import { technologies } from './technologies/index.ts'
import { training } from './training/index.ts'
import { vendors } from './vendors/index.ts'

export const practices: readonly Practice[] = [
  assessments,
  training,
  authentication,
  encryption,
  patching,
  access,
  continuity,
  vendors,
  incidents,
  compliance,
  technologies,
]

export const allSafeguards: readonly Safeguard[] = practices.flatMap(({ safeguards }) => safeguards)

/** What practices hand out beside their safeguards. */
export const practiceEndpoints: readonly Bound[] = accessDoor
export const practiceJobs: readonly JobKind[] = accessJobs
export const practiceTimes = accessTimes
export const withheldOfPractices = withheldOfTrail
export {
  countWaitingCases,
  type Follower,
  findBounds as findTrailBounds,
  recordReading as recordTrailReading,
  startCaseFollower,
  sweepUploads,
} from './access/index.ts'
