import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openKeyFile } from '#platform/keys.ts'
import { openTrail } from '../engine.ts'

const folder = await mkdtemp(join(tmpdir(), 'vigil-pattern-'))
const keys = await openKeyFile(folder)
const trail = await openTrail({
  directory: join(folder, 'trail'),
  keys,
  organisationId: 1,
  zone: 'America/Chicago',
  clock: () => new Date('2026-11-20T12:00:00Z'),
})
after(async () => {
  await trail.close()
  await rm(folder, { recursive: true, force: true })
})

const nobody = { hours: [], peers: [], peerCount: 0 }

async function bring(text: string, source: string): Promise<void> {
  const { rejected } = await trail.import(
    (async function* () {
      yield Buffer.from(text)
    })(),
    { source },
  )
  assert.equal(rejected, 0)
}

/** Accesses at the same hour of one day, a second after the other. */
const looks = (user: string, patient: string, hour: string, count: number) =>
  Array.from({ length: count }, (_, at) => {
    const second = `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`
    return `2026-11-03 ${hour}:${second},${user},${patient},Chart Review,WS-1,Cardiology\n`
  }).join('')
const table = (...parts: string[]) =>
  `ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME,WORKSTATION_ID,DEPARTMENT\n${parts.join('')}`
const staff = (logins: readonly string[]) =>
  logins.map((login) => JSON.stringify({ record: 'worker', login, role: 'Nurse', department: 'Cardiology' })).join('\n')

test('every access is counted in the hour in which it was, also where one record was opened all day', async () => {
  await bring(table(looks('ahansen', 'P-1', '09', 98), looks('ahansen', 'P-1', '23', 1)), 'EHR')
  // A day is the organisation's: half past midnight in UTC is the evening before.
  await bring(table('2026-11-04T00:30:00Z,ahansen,P-2,Chart Review,WS-1,Cardiology\n'), 'EHR')
  const counted = [
    { day: '2026-11-03', hour: 9, accesses: 98 },
    { day: '2026-11-03', hour: 18, accesses: 1 },
    { day: '2026-11-03', hour: 23, accesses: 1 },
  ]
  assert.deepEqual(await trail.pattern('ahansen', '2026-11-03', '2026-11-03'), { ...nobody, hours: counted })
  assert.deepEqual((await trail.pattern(' ahansen ', '2026-11-01', '2026-11-30')).hours, counted)
  assert.deepEqual((await trail.pattern('ahansen', '2026-11-04', '2026-11-30')).hours, [])
  assert.deepEqual(await trail.pattern('nobody', '2026-11-03', '2026-11-03'), nobody)
})

test('of fewer than five colleagues nothing is said; of five, the median of what each did a day', async () => {
  const colleagues = ['b1', 'b2', 'b3', 'b4', 'b5']
  await bring(staff(['ahansen', ...colleagues]), 'HR')
  const ofDay = () => trail.pattern('ahansen', '2026-11-03', '2026-11-03')
  await bring(table(...colleagues.slice(0, 4).map((one, at) => looks(one, 'P-3', '08', at + 1))), 'EHR')
  const { peers, peerCount } = await ofDay()
  assert.deepEqual([peers, peerCount], [[], 0], 'four of them worked')
  await bring(table(looks('b5', 'P-3', '08', 50), looks('b5', 'P-3', '22', 1)), 'EHR')
  const said = await ofDay()
  assert.equal(said.peerCount, 5)
  assert.equal(said.peers.length, 24)
  assert.deepEqual(
    said.peers.filter(({ accesses }) => accesses > 0),
    [{ hour: 8, accesses: 3 }],
  )
})
