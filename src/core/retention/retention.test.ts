import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queueJob } from '#core/jobs/service.ts'
import { sql } from '#platform/database.ts'
import { openTestServer } from '../../../test/support/server.ts'
import { kinds } from './contract.ts'
import { retentionKinds } from './model.ts'

const server = await openTestServer()

interface Kept {
  readonly kept: readonly { readonly kind: string; readonly days: number; readonly least: number }[]
}

test('the door names exactly what can be set', () => {
  assert.deepEqual([...kinds], Object.keys(retentionKinds))
})

test('an administrator says for how long jobs are shown, within bounds; others may read it', async () => {
  const organisationId = await server.newOrganisation()
  const administrator = await server.member(organisationId, ['administrator'])
  const auditor = await server.member(organisationId, ['auditor'])
  const before = (await auditor.call('GET', '/retention')).body as Kept
  assert.equal(before.kept.find(({ kind }) => kind === 'jobs')?.days, 90)
  const set = (await administrator.call('PUT', '/retention/jobs', { days: 365 })).body as Kept
  assert.equal(set.kept.find(({ kind }) => kind === 'jobs')?.days, 365)
  const short = await administrator.call('PUT', '/retention/jobs', { days: 1 })
  assert.equal((short.body as { code: string }).code, 'retention-too-short')
  const long = await administrator.call('PUT', '/retention/jobs', { days: 36_000 })
  assert.equal((long.body as { code: string }).code, 'retention-too-long')
  assert.equal((await auditor.call('PUT', '/retention/jobs', { days: 365 })).status, 403)
})

test('what is older goes with the hour’s housekeeping; what proves something is in no list', async () => {
  const organisationId = await server.newOrganisation()
  const administrator = await server.member(organisationId, ['administrator'])
  const daysAgo = (days: number) => new Date(server.now.getTime() - days * 86_400_000)
  await server.services.database.inOrganisation(organisationId, async (db) => {
    const context = { db, actor: 'operator:test', now: daysAgo(60), today: '2026-09-01' }
    await queueJob(context, { kind: 'reminders.run', input: {} })
    await sql`update job set state = 'done', finished_at = ${daysAgo(60)}`.execute(db)
    await sql`
      insert into webhook (name, url, secret, slices, made_by, made_at, next_seq, due_at)
      values ('Desk', 'https://desk.example', '', '{}', 'test', now(), 0, now())`.execute(db)
    await sql`
      insert into webhook_attempt (webhook_id, seq, at, took_ms)
      select id, 1, ${daysAgo(31)}::timestamptz, 5 from webhook union all
      select id, 2, ${daysAgo(29)}::timestamptz, 5 from webhook`.execute(db)
    await queueJob({ ...context, now: server.now }, { kind: 'housekeeping.run', input: {} })
  })
  const count = async () => {
    const { rows } = await server.services.database.inOrganisation(organisationId, (db) =>
      sql<{ jobs: number; attempts: number }>`
        select (select count(*) from job where kind = 'reminders.run') as jobs,
          (select count(*) from webhook_attempt) as attempts`.execute(db),
    )
    return rows[0]
  }
  await server.runJobs(organisationId)
  assert.deepEqual(await count(), { jobs: 1, attempts: 1 })
  assert.equal((await administrator.call('PUT', '/retention/jobs', { days: 30 })).status, 200)
  await server.services.database.inOrganisation(organisationId, (db) =>
    queueJob({ db, actor: 'operator:test', now: server.now, today: '2026-11-02' }, { kind: 'housekeeping.run' }),
  )
  await server.runJobs(organisationId)
  assert.deepEqual(await count(), { jobs: 0, attempts: 1 })
  assert.ok(kinds.every((kind) => !/ledger|evidence|observation|finding|fact|attestation/.test(kind)))
})
