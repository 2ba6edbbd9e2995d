import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OpenTrail } from './engine.ts'
import { openTestTrails } from './testing.ts'

let now = new Date('2026-11-20T12:00:00Z')
const { open } = await openTestTrails(() => now)

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

const idsOf = async (trail: OpenTrail) =>
  (await trail.stories(0, 100)).map(({ id, state, logins }) => [logins.join(), id, state]).sort()

/** Accesses on three days of a month. */
const looks = (month: string, user: string, patient: string) =>
  ['11', '12', '13'].map((day) => `${month}-${day} 09:00:00,${user},${patient},Chart Review\n`).join('')

test('a story keeps its id when a month is destroyed with what came before it, and with how it began', async () => {
  now = new Date('2020-01-15T12:00:00Z')
  const trail = await open('destroyed')
  const patients = ['P-a', 'P-b', 'P-b2', 'P-c'].map((patient) => ({
    record: 'patient',
    patient,
    isWatched: true,
    phone: patient.startsWith('P-b') ? '217 555 0100' : '',
  }))
  await take(trail, `${heading}\n${looks('2020-01', 'ahansen', 'P-a')}${looks('2020-01', 'bcole', 'P-b')}`)
  now = new Date('2020-03-15T12:00:00Z')
  await take(trail, patients.map((one) => `${JSON.stringify(one)}\n`).join(''), 'lists')
  await take(trail, `${heading}\n${looks('2020-03', 'bcole', 'P-b2')}${looks('2020-03', 'cdoe', 'P-c')}`)
  await trail.judge()
  const before = await idsOf(trail)
  assert.deepEqual(
    before.map(([login]) => login),
    ['ahansen', 'bcole', 'cdoe'],
  )
  await trail.destroy('2020-01')
  assert.deepEqual(await idsOf(trail), before.slice(1))
  await trail.close()
})

test('a story stays the same one when it is learnt who somebody is, or where a patient lives', async () => {
  now = new Date('2026-11-20T12:00:00Z')
  const trail = await open('learnt')
  const patient = { record: 'patient', patient: 'P-1', name: 'Ada Quistorp', isWatched: true }
  await take(trail, `${JSON.stringify(patient)}\n`, 'lists')
  await take(trail, `${heading}\n${looks('2026-11', 'snoop', 'P-1')}`)
  await trail.judge()
  const before = await idsOf(trail)
  assert.deepEqual(
    before.map(([login, , state]) => [login, state]),
    [['snoop', 'open']],
  )
  const person = { record: 'worker', name: 'Sam Noop', person: 'E-7', department: 'Billing' }
  const learnt = [
    { ...person, login: 'snoop' },
    { ...patient, ...family, phone: '217 555 0100' },
    { ...person, login: 'another' },
    { ...patient, street: 'Oak Street 9', place: 'Shelbyville' },
  ]
  for (const one of learnt) {
    await take(trail, `${JSON.stringify(one)}\n`, 'lists')
    await trail.judge()
    assert.deepEqual(await idsOf(trail), before)
  }
  await trail.close()
})

test('what an organisation chooses of a rule holds at once, through a stop and a rebuild, until it chooses otherwise', async () => {
  now = new Date('2026-11-20T12:00:00Z')
  let trail = await open('chosen')
  const told = [
    { record: 'worker', login: 'own', name: 'Olive Own', patient: 'P-7', department: 'Ward' },
    { record: 'relation', key: 'R-1', kind: 'encounter', patient: 'P-7', department: 'Ward', from: '2026-11-17' },
  ]
  await take(trail, told.map((one) => `${JSON.stringify(one)}\n`).join(''), 'lists')
  await take(trail, `${heading}\n2026-11-18 09:00:00,own,P-7,Chart Review\n`)
  await trail.judge()
  const states = async () => (await trail.stories(0, 10)).map(({ kind, state }) => [kind, state])
  const [before] = await trail.stories(0, 10)
  assert.deepEqual(await states(), [['own-record', 'open']])
  await trail.setParameters({ 'own-record': { explained: 0 } })
  const version = await trail.changed(before?.version ?? 0, AbortSignal.timeout(10_000))
  assert.deepEqual(await states(), [['own-record', 'explained']])
  await trail.close()
  trail = await open('chosen')
  await trail.judge()
  // Said again, as whoever follows the trail does when it has started: nothing changes.
  await trail.setParameters({ 'own-record': { explained: 0 } })
  await trail.judge()
  assert.deepEqual(await states(), [['own-record', 'explained']])
  now = new Date(now.getTime() + 60_000)
  await trail.rebuild()
  await trail.judge()
  assert.deepEqual(await states(), [])
  await trail.setParameters({})
  await trail.changed(version, AbortSignal.timeout(10_000))
  assert.deepEqual(await states(), [['own-record', 'open']])
  await trail.close()
})
