import { type Bound, bindChange, bindDownload } from '#core/door.ts'
import * as contract from './contract.ts'
import * as service from './service.ts'

export const corrections: readonly Bound[] = [
  bindDownload(contract.downloadRejected, async (call, input) => ({
    file: await service.downloadRejected(call, input),
    recorded: undefined,
  })),
  bindChange(contract.bringCorrected, (call, input) => service.bringCorrected(call, input)),
]
