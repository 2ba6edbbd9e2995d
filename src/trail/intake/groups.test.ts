/** What a later record of the source no longer names, from every format, live, made anew and carried over. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OpenTrail } from '../engine.ts'
import { openTestTrails } from '../testing.ts'

let now = new Date('2026-11-20T12:00:00Z')
const { open } = await openTestTrails(() => now)

async function say(trail: OpenTrail, text: string, source = 'lists') {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text)
  }
  return trail.import(bytes(), { source })
}

const accesses = (...rows: readonly string[]) =>
  `ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME\n${rows.map((row) => `${row},Chart Review\n`).join('')}`

/** Who is explained of those who opened the record. */
async function explained(trail: OpenTrail, id = 'P1'): Promise<string> {
  const found = new Set<string>()
  for await (const one of (await trail.who({ by: 'patient', id })).accesses) if (one.explained) found.add(one.user)
  return [...found].sort().join()
}

const team = (members: readonly string[], more = {}) =>
  JSON.stringify({
    resourceType: 'CareTeam',
    id: 'ct1',
    status: 'active',
    subject: { reference: 'Patient/P1' },
    period: { start: '2026-01-01' },
    participant: members.map((member) => ({ member: { reference: `Practitioner/${member}` } })),
    ...more,
  })
const booked = (...rows: readonly string[]) =>
  `AppointmentID,PatientID,ProviderID,AppointmentDate,Status\n${rows.map((row) => `${row},2026-11-10,Scheduled\n`).join('')}`

test('whom a care team or an appointment no longer names is explained by it no more, until it names them again', async () => {
  const trail = await open('named')
  const who = ['anna', 'bob', 'carl', 'dora']
  await say(trail, accesses(...who.map((user, at) => `2026-11-12 09:0${at}:00,${user},P1`)), 'EHR')
  const steps: readonly (readonly [told: string, explained: string])[] = [
    [team(['anna', 'bob']), 'anna,bob'],
    [booked('1001,P1,carl', '1002,P2,carl'), 'anna,bob,carl'],
    [team(['anna']), 'anna,carl'],
    [booked('1001,P1,dora'), 'anna,dora'],
    // What came before comes again, in the very same bytes.
    [team(['anna', 'bob']), 'anna,bob,dora'],
    [booked('1001,P1,carl', '1002,P2,carl'), 'anna,bob,carl'],
    [booked('1001,P1,carl', '1002,P2,carl', '1001,P1,dora'), 'anna,bob,carl,dora'],
    // A list that lacks the number says nothing of it, nor does a part of a resource of those whom it lacks.
    [booked('1003,P9,dora'), 'anna,bob,carl,dora'],
    [team(['anna'], { meta: { tag: [{ code: 'SUBSETTED' }] } }), 'anna,bob,carl,dora'],
    [team([]), 'carl,dora'],
    [booked('1001,P9,carl'), ''],
  ]
  for (const [told, expected] of steps) {
    await say(trail, told)
    assert.equal(await explained(trail), expected, told)
    const again = await say(trail, told)
    assert.equal(again.accepted, 0, told)
  }
  await say(trail, team(['anna', 'bob']))
  await say(trail, booked('1001,P1,dora'))
  assert.equal(await explained(trail), 'anna,bob,dora')
  await trail.rebuild()
  assert.equal(await explained(trail), 'anna,bob,dora')
  // Whose own time in the team is over.
  const members = ['anna', 'bob'].map((user) => ({ member: { reference: `Practitioner/${user}` } }))
  const left = members.map((one, at) => (at === 1 ? { ...one, period: { end: '2026-03-01' } } : one))
  await say(trail, team([], { participant: left }))
  assert.equal(await explained(trail), 'anna,dora')
  assert.equal((await trail.verify()).isIntact, true)
  await trail.close()
})

test('an access that nothing explains any more is a case again, at once and in the run over all', async () => {
  const home = { street: 'Elm Street 5', place: 'Springfield' }
  const known = [
    { record: 'worker', login: 'bob', name: 'Bob Quistorp', department: 'Billing', role: 'Clerk', ...home },
    { record: 'patient', patient: 'P1', name: 'Ada Quistorp', bornOn: '1950-02-03', ...home },
    ...Array.from({ length: 30 }, (_, at) => ({ record: 'patient', patient: `P${at + 100}`, name: `Ann Other${at}` })),
  ]
  const hours = ['08', '09', '10', '11', '12', '13']
  for (const way of ['live', 'nightly']) {
    const trail = await open(way)
    await say(trail, known.map((one) => `${JSON.stringify(one)}\n`).join(''))
    await say(trail, team(['anna', 'bob']))
    await say(trail, accesses(...hours.map((hour) => `2026-11-19 ${hour}:00:00,bob,P1`)), 'EHR')
    await trail.judge()
    assert.deepEqual(await trail.stories(0, 10), [])
    // It names no patient's tie any more: whom it concerns is known from what it said before.
    await say(trail, team([]))
    if (way === 'nightly') await trail.judge()
    await trail.changed(0, AbortSignal.timeout(10_000))
    const stories = await trail.stories(0, 10)
    assert.deepEqual([way, ...stories.map(({ logins, state }) => [...logins, state].join())], [way, 'bob,open'])
    await trail.close()
  }
})

/** PV1-3, 7, 8, 19, 44 and 45: the unit, who attends, who referred, the visit's number, admitted, discharged. */
const visit = (event: string, day: string, attending: string, referring = '', dischargedOn = '') =>
  [
    `MSH|^~\\&|ADT|H|VIGIL|H|${day}080000||ADT^${event}|${day}${event}|P|2.5`,
    'PID|1||P1^^^H^MR||Quistorp^Ada',
    `PV1|1|I|4W||||${attending}|${referring}|||||||||||V1${'|'.repeat(25)}20260101|${dischargedOn}`,
    '',
  ].join('\r')

test('of a visit whoever is named no more was it until then, and its discharge ends it for all', async () => {
  const trail = await open('visit')
  const looks = ['01-05', '06-12'].flatMap((day) =>
    ['ann', 'ben', 'ref'].map((user) => `2026-${day} 09:00:00,${user},P1`),
  )
  await say(trail, accesses(...looks), 'EHR')
  const who = async () => {
    const found: string[] = []
    for await (const { user, at, explained: isSo } of (await trail.who({ by: 'patient', id: 'P1' })).accesses) {
      if (isSo) found.push(`${user} ${at.getUTCMonth() + 1}`)
    }
    return found.sort().join()
  }
  await say(trail, visit('A01', '20260101', 'ann', 'ref'))
  assert.equal(await who(), 'ann 1,ann 6,ref 1,ref 6')
  // What a message leaves empty it does not change.
  await say(trail, visit('A08', '20260104', 'ben'))
  assert.equal(await who(), 'ann 1,ben 1,ben 6,ref 1,ref 6')
  await say(trail, visit('A03', '20260110', 'ben', '', '20260110'))
  assert.equal(await who(), 'ann 1,ben 1,ref 1')
  await trail.rebuild()
  assert.equal(await who(), 'ann 1,ben 1,ref 1')
  await say(trail, visit('A11', '20260111', ''))
  assert.equal(await who(), '')
  await trail.close()
})

test('what a destroyed month told stands as later months left it', async () => {
  const trail = await open('carried')
  now = new Date('2026-01-15T12:00:00Z')
  await say(trail, team(['anna', 'bob']))
  const members = (...users: readonly string[]) =>
    `care_team_id,patient_id,member_login,from\n${users.map((user) => `t1,P1,${user},2026-01-02\n`).join('')}`
  await say(trail, members('carl', 'dora'))
  await say(trail, visit('A01', '20260101', 'ann'))
  now = new Date('2026-03-15T12:00:00Z')
  await say(trail, team(['anna']))
  await say(trail, members('dora'))
  await say(trail, members('carl', 'dora'))
  await say(trail, members('carl'))
  await say(trail, visit('A08', '20260302', 'ben'))
  now = new Date('2026-06-15T12:00:00Z')
  const users = ['ann', 'anna', 'ben', 'bob', 'carl', 'dora']
  await say(trail, accesses(...users.map((user) => `2026-06-10 09:00:00,${user},P1`)), 'EHR')
  assert.equal(await explained(trail), 'anna,ben,carl')
  await trail.destroy('2026-01')
  assert.equal(await explained(trail), 'anna,ben,carl')
  await trail.rebuild()
  assert.equal(await explained(trail), 'anna,ben,carl')
  await trail.close()
})
