/** A health system of 20,000 people, taken in: what import and checks are measured on. */
import { join } from 'node:path'
import { factKinds } from '#core/intake/facts.ts'
import { readConfig } from '#platform/config.ts'
import { change, type Installation, openInstallation, resolve } from '#server/installation.ts'
import { importFolder } from '#sources/folder.ts'
import { runNode } from './measure.ts'

const program = join(import.meta.dirname, '..', 'bin', 'vigil.js')

/** As of when the sample is judged: the end of the day on which it says it was made. */
export const judgedAt = new Date('2026-11-02T23:59:59.999Z')

export const factTables: readonly string[] = Object.keys(factKinds).map((kind) => `${kind}_fact`)

/** Writes the sample by a process of its own, so that its memory is not counted here. */
export async function writeSystem(directory: string): Promise<void> {
  await runNode([program, 'sample', '--size', 'system', directory], {})
}

export function openBenchInstallation(directory: string): Promise<Installation> {
  return openInstallation(readConfig({ VIGIL_DATA: directory }, []), { create: true })
}

/** Takes every file in, gives the number of rows read. */
export async function importAll(installation: Installation, exports: string): Promise<number> {
  let rows = 0
  const files = importFolder(exports, {
    transact: (work, tell) => change(installation, judgedAt, work, tell),
    now: judgedAt,
    collectedOn: undefined,
    mappings: {},
    validDays: {},
  })
  for await (const outcome of files) if ('result' in outcome) rows += outcome.result.rowsRead
  return rows
}

export async function resolveAll(installation: Installation): Promise<void> {
  await resolve(installation, judgedAt)
}
