import { type Bound, bindChange, bindRead } from '#core/door.ts'
import * as contract from './contract.ts'
import * as service from './service.ts'

export const retention: readonly Bound[] = [
  bindRead(contract.showRetention, (call) => service.showRetention(call)),
  bindChange(contract.setRetention, (call, input) => service.setRetention(call, input)),
]
