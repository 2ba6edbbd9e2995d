import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeLists } from '../../../../test/support/populated.ts'
import { openTestServer } from '../../../../test/support/server.ts'
import { reachTrail } from './reach.ts'
import { must, openWard, push } from './testing.ts'

const server = await openTestServer()
await writeLists(server.services.database)
const { organisationId, officer, program } = await openWard(server)
const { services } = server

/** Whose records stand out because they are watched. */
async function listWatched(): Promise<readonly string[]> {
  const trail = reachTrail({ services, organisationId })
  await trail.judge()
  const open = (await trail.stories(0, 100)).filter(({ state }) => state === 'open')
  const told = open.filter(({ told: reasons }) => reasons.some(({ kind }) => kind === 'watched'))
  return told.flatMap(({ patients }) => patients.map(({ patient }) => patient)).sort()
}

const hl7Merger = [
  'MSH|^~\\&|ADT|H|VIGIL|H|20261101070001||ADT^A40|1|P|2.5',
  'PID|1||P-1^^^H^MR',
  'MRG|P-9^^^H^MR',
  '',
].join('\r')

test('a record is taken off the watch by the privacy officer, and by nothing that anybody else hands in', async () => {
  const administrator = await server.member(organisationId, ['administrator'])
  const hand = async (content: string) => {
    const raw = Buffer.from(content)
    const sent = await administrator.call('POST', '/trail/events?source=lists&format=relations', undefined, { raw })
    return (sent.body as { rejected: number }).rejected
  }
  const line = (record: object) => `${JSON.stringify(record)}\n`
  const patient = (more: object, id = 'P-1') => line({ record: 'patient', patient: id, ...more })
  // Each shares a household with whose record they open: that stands out by itself, and so it is told that it is watched.
  const home = { street: '12 Mill Lane', place: '60614' }
  const workers = ['nurse.a', 'nurse.b'].map((login) => line({ record: 'worker', login, name: 'Nora Weaver', ...home }))
  const patients = ['P-1', 'P-2'].map((id) => patient({ name: 'Carl Weaver', ...home }, id))
  assert.equal(await hand([...workers, ...patients].join('')), 0)
  await push(program, [
    ['2026-11-01 21:00', 'nurse.a', 'P-1'],
    ['2026-11-01 22:00', 'nurse.b', 'P-2'],
  ])
  await must(officer, 'POST', '/trail/watched', { patients: ['P-1', 'P-2'], note: 'In the news' })
  assert.deepEqual(await listWatched(), ['P-1', 'P-2'])
  for (const content of [
    patient({ isWatched: false }),
    patient({ same: 'P-1' }),
    patient({ name: 'Carl Weaver', isWatched: false }),
    'Patient ID,Name,DOB,VIP\nP-1,"Weaver, Carl",1980-01-02,N\n',
    hl7Merger,
  ]) {
    assert.equal(await hand(content), 0, content)
  }
  assert.deepEqual(await listWatched(), ['P-1', 'P-2'])
  // The very words of Vigil's own list, under another name: refused, and the list's own word counts all the same.
  assert.equal(await hand(patient({ takesBack: ['isWatched'] })), 1)
  assert.deepEqual(await listWatched(), ['P-1', 'P-2'])

  const { items } = await must<{ items: { id: number; patient: string }[] }>(officer, 'GET', '/trail/watched')
  const id = items.find((one) => one.patient === 'P-1')?.id
  await must(officer, 'DELETE', `/trail/watched/${id}`)
  assert.deepEqual(await listWatched(), ['P-2'])
})
