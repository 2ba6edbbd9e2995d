import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openKeyFile } from '#platform/keys.ts'
import { type OpenTrail, openTrail } from './engine.ts'

const folder = await mkdtemp(join(tmpdir(), 'vigil-judge-'))
after(() => rm(folder, { recursive: true, force: true }))
const keys = await openKeyFile(folder)
let now = new Date('2026-11-20T12:00:00Z')

const open = (name: string): Promise<OpenTrail> =>
  openTrail({ directory: join(folder, name), keys, organisationId: 1, zone: 'UTC', clock: () => now })

async function take(trail: OpenTrail, text: string, source = 'EHR') {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text)
  }
  await trail.import(bytes(), { source })
}

const heading = 'ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME'
const family = { street: 'Elm Street 5', place: 'Springfield' }
const known = [
  { record: 'worker', login: 'snoop', name: 'Quinn Quistorp', department: 'Billing', role: 'Clerk', ...family },
  { record: 'patient', patient: 'P-1', name: 'Ada Quistorp', bornOn: '1950-02-03', ...family },
  ...Array.from({ length: 30 }, (_, at) => ({ record: 'patient', patient: `P-${at + 100}`, name: `Ann Other${at}` })),
]
  .map((one) => `${JSON.stringify(one)}\n`)
  .join('')
const snooping = `${heading}\n${['08', '09', '10', '11', '12', '13'].map((hour) => `2026-11-19 ${hour}:00:00,snoop,P-1,Chart Review`).join('\n')}\n`

test('what was taken in right before a stop is judged with the next that comes', async () => {
  let trail = await open('stopped')
  await take(trail, known, 'lists')
  await take(trail, snooping)
  // Before a moment is over in which it would have been judged.
  await trail.close()
  trail = await open('stopped')
  assert.deepEqual(await trail.stories(0, 10), [])
  await take(trail, `${heading}\n2026-11-19 10:00:00,nobody,P-9,Chart Review\n`)
  await trail.changed(0, AbortSignal.timeout(10_000))
  assert.deepEqual(
    (await trail.stories(0, 10)).map(({ logins }) => logins),
    [['snoop']],
  )
  await trail.close()
})

test('whoever follows the stories is told of all of them again when they are made anew from the log', async () => {
  const trail = await open('anew')
  await take(trail, known, 'lists')
  await take(trail, snooping)
  await trail.judge()
  const [before] = await trail.stories(0, 10)
  assert.ok(before)
  now = new Date(now.getTime() + 60_000)
  await trail.rebuild()
  const [again] = await trail.stories(before.version, 10)
  assert.deepEqual({ ...again, version: 0 }, { ...before, version: 0 })
  await trail.close()
})
