/**
 * Run by `trail-socket.test.ts`: a process that holds the trails of a data directory until it is killed. What fails for no
 * expected reason goes to its output as the server logs it. Argument: the data directory.
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '#platform/refusal.ts'
import { hostTrails } from '#trail/host.ts'
import { openKeys, openWorld } from '../faults/trail-world.ts'

const dataDirectory = process.argv[2] ?? ''
const keys = await openKeys(dataDirectory)
try {
  await hostTrails({
    dataDirectory,
    open: (organisationId) => openWorld(join(dataDirectory, 'trail', String(organisationId)), keys),
    onDefect(error, call) {
      const { name, code } = error as Error & { code?: string }
      writeSync(1, `defect ${JSON.stringify({ call, name, code })}\n`)
    },
  })
  writeSync(1, 'holds\n')
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  writeSync(1, `refused ${error.code} ${error.message} ${error.hint ?? ''}\n`)
}
