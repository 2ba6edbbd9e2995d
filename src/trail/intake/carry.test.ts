import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { OpenTrail } from '../engine.ts'
import { verifyProof } from '../proof/verify.ts'
import { openTestTrails } from '../testing.ts'
import type { ToldAccess } from '../trail.ts'

let now = new Date('2020-01-15T12:00:00Z')
const { folder, open } = await openTestTrails(() => now)

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

const lines = (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('')
const access = (at: string, user: string, patient: string) =>
  `ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME\n${at},${user},${patient},Chart Review\n`
const relation = (key: string, patient: string, to: string | null, more = {}) => ({
  record: 'relation',
  kind: 'care-team',
  key,
  patient,
  user: 'ahansen',
  department: '',
  from: '2020-01-02',
  to,
  ...more,
})
const worker = (login: string, more = {}) => ({
  record: 'worker',
  login,
  name: `The one of ${login}`,
  department: 'Cardiology',
  ...more,
})

async function told(trail: OpenTrail, id: string): Promise<readonly ToldAccess[]> {
  const found: ToldAccess[] = []
  for await (const one of (await trail.who({ by: 'patient', id })).accesses) found.push(one)
  return found
}

/** A trail that was begun in January with who is who, and went on in March. */
async function begin(name: string): Promise<OpenTrail> {
  now = new Date('2020-01-15T12:00:00Z')
  const trail = await open(name)
  const known = [
    worker('ahansen'),
    worker('bcole'),
    { record: 'patient', patient: 'P-kept', name: 'Ada Quistorp', street: 'Elm St 4', place: 'Troy' },
    { record: 'patient', patient: 'P-gone', name: 'Bo Unger' },
    { record: 'patient', patient: 'P-moved', name: 'Cy Old', same: 'P-kept' },
    relation('team/1', 'P-kept', null),
    relation('team/2', 'P-gone', null),
    relation('team/3', 'P-kept', '2020-01-03', { user: 'bcole' }),
    relation('team/4', 'P-later', null),
  ]
  await trail.import(bytesOf(lines(known)), { source: 'lists' })
  await trail.import(bytesOf(access('2020-01-10 09:00:00', 'ahansen', 'P-gone')), { source: 'EHR' })
  await trail.import(bytesOf(access('2020-01-10 10:00:00', 'ahansen', 'P-kept')), { source: 'EHR' })
  now = new Date('2020-03-15T12:00:00Z')
  await trail.import(bytesOf(access('2020-03-10 09:00:00', 'ahansen', 'P-kept')), { source: 'EHR' })
  await trail.import(bytesOf(access('2020-03-10 09:30:00', 'bcole', 'P-later')), { source: 'EHR' })
  const later = [worker('bcole', { department: 'Billing' }), relation('team/4', 'P-later', null, { isVoid: true })]
  await trail.import(bytesOf(lines(later)), { source: 'lists' })
  return trail
}

test('destroying the month that told who is who loses nothing that the kept months need, and keeps nothing else', async () => {
  const trail = await begin('destroyed')
  const before = await trail.state()
  const story = async (id: string) =>
    (await told(trail, id)).map(({ at, person, explained }) => [at.toISOString().slice(0, 7), person, explained])
  assert.deepEqual(await story('P-kept'), [
    ['2020-03', 'The one of ahansen', true],
    ['2020-01', 'The one of ahansen', true],
  ])
  await trail.destroy('2020-01')
  const check = async () => {
    assert.deepEqual(await story('P-kept'), [['2020-03', 'The one of ahansen', true]])
    // The last word on a relation and on a worker stays the last.
    assert.deepEqual(await story('P-later'), [['2020-03', 'The one of bcole', false]])
    assert.deepEqual(await story('P-gone'), [])
    const { key } = await trail.state()
    const proof = verifyProof(await (await trail.who({ by: 'patient', id: 'P-kept' })).proof(true), key)
    assert.deepEqual([proof.isValid, proof.isValid && proof.accesses], [true, 1])
    const { patients } = await trail.state()
    assert.deepEqual([before.patients, patients], [4, 2])
  }
  await check()
  assert.equal((await trail.verify()).isIntact, true)
  await trail.rebuild()
  await check()
  // What was carried over is known to have been said: the list changes nothing.
  const again = await trail.import(bytesOf(lines([worker('ahansen'), relation('team/1', 'P-kept', null)])), {
    source: 'lists',
  })
  assert.deepEqual([again.accepted, again.duplicates], [0, 2])
  await trail.close()
})

test('a month that runs or is held is not destroyed, and nothing is said again for it', async () => {
  const trail = await begin('refused')
  const { logSize } = await trail.state()
  await trail.hold('2020-01', true)
  await assert.rejects(trail.destroy('2020-01'), { kind: 'conflict' })
  await trail.hold('2020-01', false)
  await assert.rejects(trail.destroy('2020-03'), { kind: 'conflict' })
  assert.equal((await trail.state()).logSize, logSize)
  assert.equal((await told(trail, 'P-gone')).length, 1)
  await trail.close()
})

test('where Vigil ends between destroying a month and making the rest anew, nothing of the month is answered afterwards', async () => {
  const trail = await begin('ended')
  const directory = join(folder, 'ended')
  // As it was on the disk: what was made from the log still has the month.
  await trail.close()
  await cp(join(directory, 'store'), join(folder, 'old-store'), { recursive: true })
  const destroying = await open('ended')
  await destroying.destroy('2020-01')
  await destroying.close()
  await rm(join(directory, 'store'), { recursive: true })
  await cp(join(folder, 'old-store'), join(directory, 'store'), { recursive: true })
  await writeFile(join(directory, 'to-be-remade'), '')
  const reopened = await open('ended')
  assert.deepEqual(await told(reopened, 'P-gone'), [])
  assert.equal((await told(reopened, 'P-kept')).length, 1)
  assert.equal((await reopened.state()).patients, 2)
  assert.equal(existsSync(join(directory, 'to-be-remade')), false)
  await reopened.close()
})

test('what Vigil’s own lists take back stays so when all is made anew, and when the month in which it was said is destroyed', async () => {
  now = new Date('2020-01-15T12:00:00Z')
  const trail = await open('taken-back')
  const say = async (source: string, ...known: object[]) =>
    (await trail.import(bytesOf(lines(known)), { source, format: 'relations' })).rejected
  const [people, watch] = ['vigil-people', 'vigil-watch-list']
  const patient = (id: string, more: object) => ({ record: 'patient', patient: id, ...more })
  // None of them has a department: no record of them is whole.
  const left = { record: 'worker', login: 'ahansen', leftOn: '2020-01-10' }
  const shared = { record: 'worker', login: 'bcole', isShared: true }
  // Of one household, which stands out by itself: then it is also told that the record is watched.
  const home = (name: string) => ({ name: `${name} Weaver`, street: '12 Mill Lane', place: '60614' })
  await say('lists', { record: 'worker', login: 'bcole', ...home('Nora') }, patient('P-2', home('Carl')))
  await say(people, left, shared, { ...left, login: 'gone' })
  await say(watch, patient('P-1', { isWatched: true }), patient('P-2', { isWatched: true }))
  await say(people, { ...left, leftOn: null, takesBack: ['leftOn'] })
  await say(people, { ...shared, isShared: false, takesBack: ['isShared'] })
  await say(watch, patient('P-1', { takesBack: ['isWatched'] }))
  // Nobody else takes anything back, and what only says nothing does neither.
  await say('lists', patient('P-2', { isWatched: false }), { ...left, login: 'gone', leftOn: null })
  for (const source of ['lists', people])
    assert.equal(await say(source, patient('P-2', { takesBack: ['isWatched'] })), 1)
  for (const source of ['lists', watch]) {
    assert.equal(await say(source, { record: 'worker', login: 'gone', takesBack: ['leftOn'] }), 1)
  }
  now = new Date('2020-03-15T12:00:00Z')
  for (const [login, id] of [
    ['ahansen', 'P-1'],
    ['bcole', 'P-2'],
    ['gone', 'P-3'],
  ] as const) {
    await trail.import(bytesOf(access('2020-03-10 21:00:00', login, id)), { source: 'EHR' })
  }
  const check = async () => {
    await trail.judge()
    const open = (await trail.stories(0, 100)).filter(({ state }) => state === 'open')
    const told = open.flatMap(({ logins, told: reasons }) =>
      reasons.filter(({ kind }) => kind === 'watched' || kind === 'after-leaving').map(({ kind }) => [logins[0], kind]),
    )
    // The login that was shared is a person's again: what it opens of watched records stands out.
    assert.deepEqual(told.sort(), [
      ['bcole', 'watched'],
      ['gone', 'after-leaving'],
    ])
  }
  await check()
  await trail.rebuild()
  await check()
  await trail.destroy('2020-01')
  await check()
  await trail.close()
})
