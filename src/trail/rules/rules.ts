/** All rules, in the order in which a story of several takes its kind. */
import { afterLeaving } from './after-leaving.ts'
import { breakGlass } from './break-glass.ts'
import { browsing } from './browsing.ts'
import { bulk } from './bulk.ts'
import { coWorker } from './co-worker.ts'
import { deceased } from './deceased.ts'
import { family } from './family.ts'
import { neighbour } from './neighbour.ts'
import { outOfHours } from './out-of-hours.ts'
import { outOfRole } from './out-of-role.ts'
import { ownRecord } from './own-record.ts'
import type { Rule } from './rule.ts'
import { sharedAccount } from './shared-account.ts'
import { slowSeries } from './slow-series.ts'
import { twoPlaces } from './two-places.ts'
import { unexplained } from './unexplained.ts'
import { watched } from './watched.ts'

export const rules: readonly Rule[] = [
  ownRecord,
  afterLeaving,
  family,
  coWorker,
  neighbour,
  watched,
  deceased,
  breakGlass,
  bulk,
  slowSeries,
  browsing,
  twoPlaces,
  sharedAccount,
  outOfRole,
  outOfHours,
  unexplained,
]
