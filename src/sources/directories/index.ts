/** The door of directories: each endpoint bound to what it does. */
import { type Bound, bindChange, bindRead } from '#core/door.ts'
import * as contract from './contract.ts'
import {
  changeDirectory,
  connectDirectory,
  listDirectories,
  readDirectory,
  removeDirectory,
  testDirectory,
} from './service.ts'

export const directories: readonly Bound[] = [
  bindRead(contract.list, listDirectories),
  bindChange(contract.connect, connectDirectory),
  bindChange(contract.change, changeDirectory),
  bindChange(contract.remove, removeDirectory),
  bindChange(contract.read, readDirectory),
  bindChange(contract.test, (call, input) => testDirectory(call, input)),
]
