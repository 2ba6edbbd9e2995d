/** How a month ends, in a trail that was begun eleven years ago. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { sql } from '#platform/database.ts'
import { Refusal, refusalRegister } from '#platform/refusal.ts'
import { openTrail } from '#trail/engine.ts'
import { openTestServer } from '../../../../test/support/server.ts'
import { accessJobs } from '../jobs.ts'
import { must, openWard, push, reading, refusalOf, tableOf } from './testing.ts'

const server = await openTestServer()
const { services } = server
const { organisationId, officer, auditor, program } = await openWard(server)
const second = await server.member(organisationId, ['security-officer'])
const zone = 'America/Chicago'
await services.database.inOrganisation(organisationId, (db) =>
  sql`update organisation set time_zone = ${zone} where id = ${organisationId}`.execute(db),
)

for (const month of ['2015-01', '2015-02']) {
  const trail = await openTrail({
    directory: join(services.dataDirectory, 'trail', String(organisationId)),
    keys: services.keys,
    organisationId,
    zone,
    clock: () => new Date(`${month}-15T12:00:00Z`),
  })
  const rows = ['one', 'two', 'three'].map((user) => [`${month}-10 08:00`, user, 'P-1'] as const)
  await trail.import(Readable.from([tableOf(rows)]), { source: 'EHR', format: 'csv' })
  await trail.close()
}
await push(program, [['2026-11-01 08:00', 'four', 'P-1']])

interface Shown {
  readonly months: readonly { readonly month: string; readonly lines: number; readonly mayBeDestroyed: boolean }[]
  readonly destructions: readonly {
    readonly id: number
    readonly state: string
    readonly reason: string | null
    readonly whyNotDone: string | null
    readonly mayConfirm: boolean
  }[]
}
const show = () => must<Shown>(second, 'GET', '/trail/state')
const newest = async () => (await show()).destructions[0]
const why = 'Doe against the clinic is over.'
const ask = async () =>
  (await must<{ destructionId: number }>(officer, 'POST', '/trail/months/2015-01/destroy', { reason: why }))
    .destructionId
const confirm = (id: number) => must(second, 'POST', `/trail/destructions/${id}/confirm`, { month: '2015-01' })
const refusal = (id: number) => `/trail/destructions/${id}/refuse`
const destroyed = () =>
  must<{ items: { outcome: string }[] }>(officer, 'GET', '/ledger?action=trail.destroyed').then(({ items }) =>
    items.map(({ outcome }) => outcome),
  )

test('every job of the trail waits while it is away, or is being made anew', () => {
  for (const code of ['trail-away', 'trail-rebuilding', 'trail-unknown-destruction']) {
    const declared = refusalRegister.get(code)
    assert.ok(declared)
    const refused = new Refusal(declared.kind, code, declared.sentence)
    for (const job of accessJobs) assert.equal(job.passes(refused), code !== 'trail-unknown-destruction', job.kind)
  }
})

test('months are destroyed in their order', async () => {
  const { months } = await show()
  const open = months.filter(({ mayBeDestroyed }) => mayBeDestroyed).map(({ month }) => month)
  assert.deepEqual(open, ['2015-01'])
  const asked = { reason: why }
  assert.equal(await refusalOf(officer, 'POST', '/trail/months/2015-02/destroy', asked), 'trail-not-oldest')
})

test('why a month is destroyed lies sealed, and is read on the ledger by those alone who may ask the trail', async () => {
  const id = await ask()
  assert.equal((await newest())?.reason, why)
  await must(officer, 'POST', refusal(id), { reason: why })
  assert.equal((await newest())?.reason, null)
  const { rows } = await services.database.asOwner((client) =>
    client.query<{ reason: Buffer; why: Buffer }>('select reason, decided_why as why from trail_destruction'),
  )
  assert.equal(rows.length, 1)
  for (const row of rows) for (const sealed of [row.reason, row.why]) assert.ok(!sealed.includes('Doe'))
  await must(officer, 'POST', '/trail/months/2015-02/hold', { isHeld: true, reason: why })
  await must(officer, 'POST', '/trail/months/2015-02/hold', { isHeld: false, reason: why })
  for (const action of ['trail.destroy-month', 'trail.destroy-refuse', 'trail.hold']) {
    const { items } = await must<{ items: { seq: number }[] }>(officer, 'GET', `/ledger?action=${action}&limit=1`)
    const path = `/ledger/entries/${items[0]?.seq}`
    assert.ok((await must<{ payload: string | null }>(auditor, 'GET', path)).payload?.includes('Doe'))
    assert.equal((await must<{ payload: string | null }>(second, 'GET', path)).payload, null)
  }
})

test('a destruction whose job failed is decided again', async () => {
  const id = await ask()
  await confirm(id)
  assert.equal(await refusalOf(officer, 'POST', refusal(id), { reason: why }), 'trail-unknown-destruction')
  await services.database.inOrganisation(organisationId, (db) =>
    sql`update job set state = 'failed', finished_at = now(), failure = '{"code":"trail-away","detail":"It was away."}'
      where kind = 'trail.destroy'`.execute(db),
  )
  const left = await newest()
  assert.deepEqual([left?.state, left?.mayConfirm], ['asked', true])
  assert.match(left?.whyNotDone ?? '', /^The job/)
  await must(officer, 'POST', refusal(id), { reason: why })
  assert.equal((await newest())?.state, 'refused')
})

test('whether a month may be destroyed is looked at again when it is done, and said where it may not', async () => {
  const id = await ask()
  await confirm(id)
  await must(officer, 'POST', '/trail/months/2015-01/hold', { isHeld: true, reason: 'A claim.' })
  await server.runJobs(organisationId)
  const asked = await newest()
  assert.deepEqual([asked?.state, asked?.whyNotDone], ['asked', 'This month is under legal hold.'])
  assert.deepEqual(await destroyed(), ['refused'])
  await must(officer, 'POST', '/trail/months/2015-01/hold', { isHeld: false, reason: 'It is over.' })
})

test('what is destroyed is counted in no answer, and named in each', async () => {
  interface Answer {
    readonly question: {
      readonly total: number
      readonly proof: { readonly size: number; readonly destroyedMonths: readonly string[] }
    }
  }
  const who = async () =>
    (await must<Answer>(officer, 'POST', '/trail/ask/patient', { patient: 'P-1', ...reading })).question
  const before = await who()
  assert.deepEqual([before.total, before.proof.destroyedMonths], [7, []])
  await confirm((await newest())?.id ?? 0)
  await server.runJobs(organisationId)
  assert.equal((await newest())?.state, 'done')
  assert.deepEqual(await destroyed(), ['done', 'refused'])
  const after = await who()
  assert.deepEqual([after.total, after.proof.destroyedMonths], [4, ['2015-01']])
  const { months } = await show()
  const kept = months.filter(({ month }) => month !== '2015-01').reduce((sum, { lines }) => sum + lines, 0)
  assert.equal(after.proof.size, kept)
})

test('a destruction whose key is gone and whose job failed is brought to its end, and not refused', async () => {
  const { rows } = await services.database.asOwner((client) =>
    client.query<{ id: number }>(`update trail_destruction set state = 'confirmed' where state = 'done' returning id`),
  )
  const id = Number(rows[0]?.id)
  assert.equal(await refusalOf(officer, 'POST', refusal(id), { reason: why }), 'trail-destruction-begun')
  await confirm(id)
  await server.runJobs(organisationId)
  assert.equal((await newest())?.state, 'done')
})

test('a report bears the day of the organisation in its name', async () => {
  server.now = new Date('2026-11-03T01:00:00Z')
  const late = await server.member(organisationId, ['privacy-officer'])
  const asked = { report: 'accounting', format: 'csv', identifier: 'P-1', ...reading }
  const { headers } = await late.call('POST', '/trail/report', asked)
  assert.match(headers.get('content-disposition') ?? '', /accounting-2026-11-02\.csv/)
})
