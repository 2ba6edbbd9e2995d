/** The door of intake: each endpoint bound to what answers it. */
import { type Bound, bindRead } from '#core/door.ts'
import * as contract from './contract.ts'
import { listRefusedRuns, listRunRejects, listSources, showColumns, showSource } from './service.ts'

export const intake: readonly Bound[] = [
  bindRead(contract.list, listSources),
  bindRead(contract.listRefused, listRefusedRuns),
  bindRead(contract.show, showSource),
  bindRead(contract.listRejects, listRunRejects),
  bindRead(contract.listColumns, showColumns),
]
