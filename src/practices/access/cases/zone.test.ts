import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { addDays } from '#platform/days.ts'
import { createLog } from '#platform/log.ts'
import { writeLists } from '../../../../test/support/populated.ts'
import { openTestServer } from '../../../../test/support/server.ts'
import { must, openWard, push, reading } from '../trail/testing.ts'
import { startCaseFollower } from './follower.ts'

const server = await openTestServer()
await writeLists(server.services.database)

interface Case {
  readonly dueOn: string
  readonly person: { readonly name: string }
}
interface Days {
  readonly hours: readonly { readonly day: string; readonly hour: number; readonly count: number }[]
}

/** Asks until there is something; an event of ours would not say that the whole way was gone. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (const begun = performance.now(); performance.now() - begun < 30_000; ) {
    const found = await ask()
    if (found !== undefined) return found
    await once(AbortSignal.timeout(20), 'abort')
  }
  throw new Error('it did not come within half a minute')
}

test('an organisation that changes its time zone has days, hours and due dates in the new one, without a restart', async () => {
  const ward = await openWard(server)
  const administrator = await server.member(ward.organisationId, ['administrator'])
  const homes = { 'q.nurse': ['Quinn Quistorp', 'P-1'], 'r.nurse': ['Robin Rasmussen', 'P-2'] } as const
  const known = Object.entries(homes).flatMap(([login, [name, patient]], at) => {
    const home = { street: `Elm Street ${at + 5}`, place: 'Springfield' }
    return [
      { record: 'worker', login, name, department: 'Ward 3', role: 'Nurse', ...home },
      { record: 'patient', patient, name: `Ada ${name.split(' ')[1]}`, bornOn: '1950-02-03', ...home },
    ]
  })
  const strangers = Array.from({ length: 30 }, (_, at) => ({
    record: 'patient',
    patient: `P-${at + 100}`,
    name: `Ann Other${at}`,
  }))
  const raw = Buffer.from([...known, ...strangers].map((one) => `${JSON.stringify(one)}\n`).join(''))
  const sent = await ward.program.call('POST', '/trail/events?source=HR&format=relations', undefined, { raw })
  assert.equal(sent.status, 200, JSON.stringify(sent.body))
  await push(ward.program, [['2026-11-01 08:00', 'q.nurse', 'P-150']])
  const snoop = (login: keyof typeof homes, day: string) =>
    push(
      ward.program,
      [8, 9, 10, 11, 12, 13].map((hour) => [`${day} ${String(hour).padStart(2, '0')}:00`, login, homes[login][1]]),
    )
  const caseOf = (name: string) =>
    until(async () => {
      const { items } = await must<{ items: Case[] }>(ward.officer, 'GET', '/cases')
      return items.find(({ person }) => person.name === name)
    })
  const ask = { login: 'q.nurse', from: '2026-10-31', to: '2026-11-02', ...reading }
  const nightOf = ({ hours }: Days) => hours.map(({ day, hour, count }) => `${day} ${hour}: ${count}`).slice(0, 2)

  const follower = startCaseFollower(
    server.services,
    createLog('error', () => undefined),
    () => server.now,
  )
  try {
    await snoop('q.nurse', '2026-11-01')
    const { dueOn } = await caseOf('Quinn Quistorp')
    const before = await must<Days>(ward.officer, 'POST', '/trail/person-days', ask)
    assert.deepEqual(nightOf(before), ['2026-11-01 8: 2', '2026-11-01 9: 1'])
    await must(administrator, 'PATCH', '/organisation', { timeZone: 'Pacific/Auckland' })
    const after = await until(async () => {
      const { status, body } = await ward.officer.call('POST', '/trail/person-days', ask)
      if (status !== 200) assert.equal((body as { code: string }).code, 'trail-rebuilding')
      return status === 200 && nightOf(body as Days)[0] !== '2026-11-01 8: 2' ? (body as Days) : undefined
    })
    assert.deepEqual(nightOf(after), ['2026-11-01 21: 2', '2026-11-01 22: 1'])
    // Noon in UTC is the next day there.
    await snoop('r.nurse', '2026-11-02')
    assert.equal((await caseOf('Robin Rasmussen')).dueOn, addDays(dueOn, 1))
  } finally {
    await follower.stop()
  }
  assert.ok(!server.log.some((line) => line.includes('defect')), server.log.join('\n'))
})
