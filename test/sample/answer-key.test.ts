/**
 * The findings of whole samples held against the key that was written with them: nothing missed, nothing invented, every bad
 * row rejected at its line. The long run adds seeds and the hospital system.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { assessFolder } from '#cli/assess.ts'
import { readConfig } from '#platform/config.ts'
import { endOfDay } from '#platform/days.ts'
import { type AnswerKey, type SampleSize, writeSample } from '#sample/index.ts'

const long = process.env['VIGIL_LONG'] === '1'
const runs: readonly (readonly [SampleSize, number])[] = [
  ['clinic', 1],
  ['clinic', 7],
  ['hospital', 3],
  ...(long
    ? ([
        ['clinic', 2],
        ['clinic', 3],
        ['clinic', 4],
        ['clinic', 5],
        ['hospital', 1],
        ['hospital', 8],
        ['system', 1],
        ['system', 7],
      ] as const)
    : []),
]

for (const [size, seed] of runs) {
  test(`the findings on the ${size} of seed ${seed} are those of its answer key`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vigil-sample-'))
    try {
      const directory = join(folder, size)
      const written = await writeSample({ size, seed, directory })
      const key = JSON.parse(readFileSync(written.answerKey, 'utf8')) as AnswerKey
      const { posture, outcomes } = await assessFolder(readConfig({}, []), directory, { now: endOfDay(key.asOf) })

      const name = (one: { safeguard: string; subject: { kind: string; key: string } }) =>
        `${one.safeguard} ${one.subject.kind} ${one.subject.key}`
      // An attested or register safeguard is not planted; only those that the key speaks of are compared.
      const spoken = new Set([...key.findings, ...key.mustNotFind].map(({ safeguard }) => safeguard))
      const found = new Set(posture.findings.filter(({ safeguard }) => spoken.has(safeguard)).map(name))
      const planted = new Set(key.findings.map(name))
      assert.deepEqual([...planted.difference(found)].sort(), [], 'missed')
      assert.deepEqual([...found.difference(planted)].sort(), [], 'invented')

      const rejects = outcomes.flatMap((outcome) =>
        'result' in outcome ? outcome.result.rejects.map(({ line }) => `${outcome.file}:${line}`) : [],
      )
      assert.deepEqual(rejects.sort(), key.rejects.map(({ file, line }) => `${file}:${line}`).sort())
      assert.deepEqual(
        outcomes.flatMap((outcome) => (outcome.state === 'unrecognised' ? [outcome.file] : [])).sort(),
        [...key.unrecognised].sort(),
      )
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}
