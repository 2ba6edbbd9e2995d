/** The door of cases: each endpoint bound to what it does. */
import { type Bound, bindChange, bindPrepared, bindRead } from '#core/door.ts'
import { listRules } from './catalogue.ts'
import * as contract from './contract.ts'
import { setRule } from './parameters.ts'
import * as service from './service.ts'

export const cases: readonly Bound[] = [
  bindRead(contract.listCases, service.listCases),
  bindRead(contract.showCase, service.showCase),
  bindPrepared(contract.readCase, service.prepareReading, service.readCase),
  bindChange(contract.decideCase, service.decideCase),
  bindChange(contract.reopenCase, service.reopenCase),
  bindChange(contract.assignCase, service.assignCase),
  bindChange(contract.commentOnCase, service.commentOnCase),
  bindRead(contract.listReviewers, service.listWhoReviews),
  bindRead(contract.listRules, listRules),
  bindChange(contract.setRule, setRule),
  bindRead(contract.countCases, service.countAll),
]
