/** The main job as one call: a folder taken in, everything matched and judged, and the posture read. */
import { readPosture } from '#core/posture/service.ts'
import type { Posture } from '#core/safeguards/model.ts'
import type { Config } from '#platform/config.ts'
import type { Day } from '#platform/days.ts'
import { practices } from '#practices/index.ts'
import {
  change,
  type Installation,
  judgeAll,
  openEphemeral,
  openInstallation,
  read,
  resolve,
} from '#server/installation.ts'
import { type FileOutcome, importFolder } from '#sources/folder.ts'
import { refuseFuture, refusePast } from './as-of.ts'

export interface AssessOptions {
  /** The moment judged as of. */
  readonly now: Date
  /** The day said to judge as of, where one was: what is kept allows only some. */
  readonly asOf?: Day | undefined
  readonly collectedOn?: Day | undefined
  /** Keep the result in the data directory instead of leaving nothing behind. */
  readonly keep?: boolean | undefined
  readonly progress?: ((words: string) => void) | undefined
}

export interface Assessment {
  readonly posture: Posture
  readonly outcomes: readonly FileOutcome[]
}

export async function assessFolder(config: Config, folder: string, options: AssessOptions): Promise<Assessment> {
  const { now, progress } = options
  if (options.keep) refuseFuture(options.asOf)
  progress?.('starting the database …')
  const installation = options.keep ? await openInstallation(config, { create: true }) : await openEphemeral(config)
  try {
    if (options.keep) await refusePast(installation, options.asOf)
    const outcomes = await importInto(installation, folder, options)
    progress?.('matching people, accounts and devices …')
    await resolve(installation, now)
    progress?.('checking …')
    await judgeAll(installation, now)
    const posture = await read(installation, now, (context) => readPosture(context, practices))
    return { posture, outcomes }
  } finally {
    await installation.close()
  }
}

/** Takes a folder into an installation and gathers what became of each file. */
export async function importInto(
  installation: Installation,
  folder: string,
  { now, collectedOn, progress }: AssessOptions,
): Promise<readonly FileOutcome[]> {
  const outcomes: FileOutcome[] = []
  const files = importFolder(folder, {
    transact: (work, tell) => change(installation, now, work, tell),
    now,
    collectedOn,
    mappings: installation.config.files,
    validDays: installation.config.validDays,
    progress: (file, rows) => progress?.(`reading ${file} … ${new Intl.NumberFormat('en-US').format(rows)} rows`),
  })
  for await (const outcome of files) {
    outcomes.push(outcome)
    progress?.(`read ${outcome.file}`)
  }
  return outcomes
}
