import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPosture } from '#core/posture/service.ts'
import { refusals } from '#platform/refusal.ts'
import { practices } from '#practices/index.ts'
import { type SampleSize, sampleSizes, writeSample } from '#sample/index.ts'
import { type Installation, judgeAll, read, resolve } from '#server/installation.ts'
import { importInto } from '../assess.ts'
import type { Program } from '../program.ts'
import { openProgress } from '../terminal/screen.ts'

const refuse = refusals('sample', {
  'unknown-size': ['invalid', 'There is no sample of that size.', `name one of ${sampleSizes.join(', ')}`],
  'not-alone': [
    'conflict',
    'Something is kept here already, and an invented organisation must not be mixed with it.',
    'leave --sample away, or name another data directory with VIGIL_DATA',
  ],
})

/** Fills an installation in which nothing is kept yet with an invented organisation; one filled before is left as it is. */
export async function fillWithSample(program: Program, installation: Installation, size: string): Promise<void> {
  if (!isSize(size)) throw refuse('unknown-size')
  const now = new Date()
  const before = await read(installation, now, (context) => readPosture(context, practices, { findings: 1 }))
  if (before.sources.length > 0) throw refuse('not-alone')
  const progress = openProgress(program.errors)
  const directory = mkdtempSync(join(tmpdir(), 'vigil-sample-'))
  try {
    progress.say(`inventing a ${size} …`, true)
    await writeSample({ size, seed: 1, directory, asOf: now.toISOString().slice(0, 10) })
    await importInto(installation, directory, { now, progress: (words) => progress.say(words) })
    progress.say('matching people, accounts and devices …', true)
    await resolve(installation, now)
    progress.say('checking …', true)
    await judgeAll(installation, now)
  } finally {
    progress.clear()
    rmSync(directory, { recursive: true, force: true })
  }
}

function isSize(text: string): text is SampleSize {
  return (sampleSizes as readonly string[]).includes(text)
}
