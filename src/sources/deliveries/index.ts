/** The door of deliveries: each endpoint bound to what it does. */
import { type Bound, bindChange, bindRead } from '#core/door.ts'
import * as contract from './contract.ts'
import {
  addFile,
  discardDelivery,
  importDelivery,
  listDeliveries,
  listMappings,
  lookAtFile,
  mapFile,
  openDelivery,
  removeFile,
  removeMapping,
  showDelivery,
} from './service.ts'

export const deliveries: readonly Bound[] = [
  bindChange(contract.open, openDelivery),
  bindRead(contract.list, listDeliveries),
  bindRead(contract.show, showDelivery),
  bindChange(contract.add, addFile),
  bindRead(contract.look, lookAtFile),
  bindChange(contract.map, mapFile),
  bindChange(contract.remove, removeFile),
  bindChange(contract.discard, discardDelivery),
  bindChange(contract.importDelivery, importDelivery),
  bindRead(contract.listMappings, listMappings),
  bindChange(contract.removeMapping, removeMapping),
]
