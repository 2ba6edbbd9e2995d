/** Trails for tests: in a temporary folder that is removed after the last test of the file. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { openKeyFile } from '#platform/keys.ts'
import { type OpenTrail, openTrail } from './engine.ts'

export async function openTestTrails(clock: () => Date) {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-trail-'))
  after(() => rm(folder, { recursive: true, force: true }))
  const keys = await openKeyFile(folder)
  /** The trail of this name, which lies in the folder of the same name. */
  const open = (name: string): Promise<OpenTrail> =>
    openTrail({ directory: join(folder, name), keys, organisationId: 1, zone: 'UTC', clock })
  return { folder, keys, open }
}
