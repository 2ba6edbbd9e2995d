import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeSafeguards } from '#core/safeguards/service.ts'
import { judgeAsOf } from '#core/safeguards/store.ts'
import { type Db, sql } from '#platform/database.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { writeLists } from '../../../../test/support/populated.ts'
import { trailSafeguards } from './safeguards.ts'

const { database, newOrganisation } = await openTestDatabase()
await writeLists(database)
const now = new Date('2026-11-02T12:00:00Z')

interface Verdict {
  readonly key: string
  readonly verdict: string
  readonly basis: string
  readonly detail: string | null
}

async function judge(db: Db, name: string): Promise<readonly Verdict[]> {
  await judgeAsOf(db, now, '2026-11-02')
  const found = trailSafeguards.find((one) => one.name === `access.${name}`)
  assert.ok(found)
  await sql`set local role ${sql.id(database.checkRole)}`.execute(db)
  const { rows } =
    await sql<Verdict>`select key, verdict, basis, detail from (${found.check}) one order by key`.execute(db)
  await sql`set local role none`.execute(db)
  for (const { verdict, detail } of rows) {
    if (verdict === 'pass') assert.equal(detail, null)
    else assert.match(detail ?? '', /^\S.*\.$/)
  }
  return rows
}

const said = async (db: Db, name: string) => {
  const [row] = await judge(db, name)
  return `${row?.verdict}${row?.detail ? `: ${row.detail}` : ''}`
}

/** The trail as it was seen so many hours ago, with this source in it. */
async function see(db: Db, { hoursAgo = 0.1, months = '[{"month": "2026-11", "lines": 9, "state": "kept"}]' } = {}) {
  const seenAt = new Date(now.getTime() - hoursAgo * 3_600_000)
  await sql`
    insert into trail_standing (accesses, log_size, months, seen_at) values (9, 9, ${months}::jsonb, ${seenAt})
    on conflict (organisation_id) do update set seen_at = excluded.seen_at, months = excluded.months`.execute(db)
}

const source = (db: Db, name: string, state: string, troubles: readonly string[], systemId: number | null = null) =>
  sql`
    insert into trail_source (name, system_id, accepted, last_received_at, state, troubles, says, seen_at)
    values (${name}, ${systemId}, ${state === 'expected' ? 0 : 9}, ${now}, ${state}, ${[...troubles]}::text[],
      ${troubles.map((one) => `It is ${one}.`)}::text[], ${now})`.execute(db)

/** The rules went over all accesses so many hours ago. */
const judgeAll = async (db: Db, hoursAgo = 9) => {
  const at = new Date(now.getTime() - hoursAgo * 3_600_000)
  await sql`insert into job (kind, state, asked_by, input, queued_at, started_at, finished_at)
    values ('trail.judge', 'done', 'job:schedule', '{}', ${at}, ${at}, ${at})`.execute(db)
}

const addCase = (db: Db, id: string, { seen = false, reviewBy = '2026-11-05', dueOn = '2026-11-16' } = {}) =>
  sql`
    insert into access_case (id, version, digest, kind, score, state, story_state, sealed, person_name, department, role,
      logins, person_key, words, patient_count, accesses, days, first_at, last_at, opened_at, review_by, due_on, seen_at)
    values (${id}, 1, '', 'family', 50, 'open', 'open', '', '', '', '', '{}', '', '', 1, 1, 1, ${now}, ${now}, ${now},
      ${reviewBy}, ${dueOn}, ${seen ? now : null})`.execute(db)

const options = {
  safeguards: trailSafeguards,
  checkRole: database.checkRole,
  dueDays: { critical: 7, high: 30, medium: 90, low: 180 },
}

const within = async (work: (db: Db) => Promise<void>) => {
  await asTester(database, await newOrganisation(), ({ db }) => work(db))
}

test('without a trail, and with one that was not looked at for a day, nothing of it is known', () =>
  within(async (db) => {
    for (const name of ['trail-complete', 'cases-reviewed', 'cases-decided', 'trail-retained']) {
      assert.match(await said(db, name), /^unknown: The access trail holds no access yet/, name)
    }
    await see(db, { hoursAgo: 30 })
    await source(db, 'EHR', 'well', [])
    for (const name of ['trail-complete', 'cases-reviewed', 'cases-decided', 'trail-retained']) {
      assert.match(await said(db, name), /^unknown: Vigil has not seen the access trail since 1 November 2026/, name)
    }
  }))

test('the sources are complete only when each is known to be', () =>
  within(async (db) => {
    await see(db)
    assert.match(await said(db, 'trail-complete'), /^unknown: The access trail has no source/)
    await source(db, 'EHR', 'well', [])
    assert.equal(await said(db, 'trail-complete'), 'pass')
    await source(db, 'Lab', 'new', [])
    assert.match(await said(db, 'trail-complete'), /^unknown: Too little is known yet of 1 of 2 sources/)
    await source(db, 'PACS', 'troubled', ['gap', 'silent'])
    assert.equal(
      await said(db, 'trail-complete'),
      'fail: 1 of 3 sources of the access trail is not complete. PACS: It is gap.',
    )
    await sql`update trail_source set retired_at = ${now} where name <> 'EHR'`.execute(db)
    assert.equal(await said(db, 'trail-complete'), 'pass')
    // One that goes on speaking is not retired by being called so.
    const later = new Date(now.getTime() + 1_000)
    await sql`update trail_source set last_received_at = ${later} where name = 'PACS'`.execute(db)
    assert.match(await said(db, 'trail-complete'), /^fail: 1 of 2 sources .* PACS: It is gap\.$/)
  }))

test('a case that nobody has looked at in time fails, and so does one that is overdue', () =>
  within(async (db) => {
    await see(db)
    // That there is no case says nothing, unless they were looked for.
    await judgeAll(db, 60)
    for (const name of ['cases-reviewed', 'cases-decided']) {
      assert.match(await said(db, name), /^unknown: The cases of the access trail were not worked out/)
    }
    await judgeAll(db)
    assert.equal(await said(db, 'cases-reviewed'), 'pass')
    await addCase(db, 'a', { seen: true, reviewBy: '2026-10-01' })
    await addCase(db, 'b')
    assert.equal(await said(db, 'cases-reviewed'), 'pass')
    assert.equal(await said(db, 'cases-decided'), 'pass')
    await addCase(db, 'c', { reviewBy: '2026-11-01', dueOn: '2026-11-01' })
    assert.equal(await said(db, 'cases-reviewed'), 'fail: Nobody has looked at one case, due since 1 November 2026.')
    assert.equal(await said(db, 'cases-decided'), 'fail: One case is undecided, due since 1 November 2026.')
    await sql`update access_case set state = 'explained' where id = 'c'`.execute(db)
    assert.equal(await said(db, 'cases-decided'), 'pass')
  }))

test('retention is proved by a recent verification that found all of it, and by no month that went too soon', () =>
  within(async (db) => {
    await see(db)
    assert.match(await said(db, 'trail-retained'), /^unknown: The access trail was never verified/)
    const verify = (at: string, isIntact: boolean) =>
      sql`insert into trail_verification (asked_by, at, is_intact, size, took_ms) values ('x', ${at}, ${isIntact}, 9, 1)`.execute(
        db,
      )
    await verify('2026-09-01T00:00:00Z', true)
    assert.match(await said(db, 'trail-retained'), /^unknown: The access trail was verified last on 1 September 2026/)
    await verify('2026-11-01T00:00:00Z', true)
    assert.equal(await said(db, 'trail-retained'), 'pass')
    const destroyed = (month: string) =>
      see(db, { months: `[{"month": "${month}", "lines": 1, "state": "destroyed"}]` })
    await destroyed('2020-10')
    assert.equal(await said(db, 'trail-retained'), 'pass')
    await destroyed('2020-11')
    assert.match(await said(db, 'trail-retained'), /^fail: The accesses of 2020-11 were destroyed before the 6 years/)
    await see(db)
    await verify('2026-11-02T00:00:00Z', false)
    assert.match(await said(db, 'trail-retained'), /^fail: The verification of 2 November 2026 found/)
  }))

test('a system is proved to be watched by a source that lives; without one it is unknown, and failed only by its own word', () =>
  within(async (db) => {
    const listed = await sql<{ id: number }>`
      insert into source (name, channel, format, kinds, basis, valid_for, collected_at, complete, run_id)
      values ('Systems', 'file', 'systems', '{system}', 'stated', '35 days', ${now}, true, 1) returning id`.execute(db)
    const system = async (name: string, auditLogging: boolean | null, ephi: boolean | null = true) => {
      const { rows } = await sql<{ id: number }>`
        insert into system (key, name) values (${name.toLowerCase()}, ${name}) returning id`.execute(db)
      const id = rows[0]?.id ?? 0
      await sql`
        insert into system_fact (source_id, key, line, run_id, present_from, system_id, name, ephi, audit_logging)
        values (${listed.rows[0]?.id}, ${name}, 1, 1, ${now}, ${id}, ${name}, ${ephi}, ${auditLogging})`.execute(db)
      return id
    }
    await see(db)
    await source(db, 'A', 'well', [], await system('Alive', true))
    await source(db, 'B', 'troubled', ['silent'], await system('Silent', true))
    await source(db, 'C', 'expected', [], await system('Awaited', true))
    await source(db, 'D', 'new', [], await system('Begun', true))
    await source(db, 'E', 'new', [], await system('Once', true))
    // Of neither enough is known to tell its silence; the gap is told all the same.
    await source(db, 'F', 'troubled', ['gap'], await system('Gapped', true))
    const longAgo = new Date('2026-10-02T12:00:00Z')
    await sql`update trail_source set last_received_at = ${longAgo} where name in ('E', 'F')`.execute(db)
    await system('Logged', true)
    await system('Unlogged', false)
    await system('Unsaid', null, null)
    await system('Harmless', false, false)
    const verdicts = (await judge(db, 'audit-controls')).map(({ key, verdict, basis }) => [
      key,
      verdict === 'pass' ? `pass ${basis}` : verdict,
    ])
    assert.deepEqual(verdicts, [
      ['Alive', 'pass stated'],
      ['Awaited', 'unknown'],
      ['Begun', 'pass stated'],
      ['Gapped', 'unknown'],
      ['Logged', 'unknown'],
      ['Once', 'unknown'],
      ['Silent', 'fail'],
      ['Unlogged', 'fail'],
      ['Unsaid', 'unknown'],
    ])
    await see(db, { hoursAgo: 30 })
    assert.ok((await judge(db, 'audit-controls')).every(({ verdict }) => verdict !== 'pass'))
  }))

test('what was seen of the trail counts for a day, however long the list of systems holds', async () => {
  const organisation = await newOrganisation()
  await asTester(database, organisation, async ({ db }) => {
    await see(db)
    await sql`
      insert into source (name, channel, format, kinds, basis, valid_for, collected_at, complete, run_id)
      values ('Systems', 'file', 'systems', '{system}', 'stated', '35 days', ${now}, true, 1)`.execute(db)
  })
  await asTester(database, organisation, (context) => judgeSafeguards(context, options))
  const { rows } = await asTester(database, organisation, ({ db }) =>
    sql<{ name: string; hours: number }>`
      select safeguard.name, extract(epoch from covers_until - checked_at)::integer / 3600 as hours
      from coverage join safeguard on safeguard.id = safeguard_id where safeguard.name like 'access.%'`.execute(db),
  )
  assert.ok(rows.some(({ name }) => name === 'access.audit-controls'))
  for (const { name, hours } of rows) assert.ok(hours <= 26, `${name} would hold for ${hours} hours`)
})

test('what changes on the trail has its safeguards judged anew, and what only counts up does not', async () => {
  const organisation = await newOrganisation()
  const checked = async (before: (db: Db) => Promise<unknown>) => {
    await asTester(database, organisation, ({ db }) => before(db))
    return (await asTester(database, organisation, (context) => judgeSafeguards(context, options))).checked
  }
  assert.equal(await checked((db) => see(db)), trailSafeguards.length)
  assert.equal(await checked((db) => source(db, 'EHR', 'well', [])), trailSafeguards.length)
  assert.equal(await checked((db) => sql`update trail_source set accepted = accepted + 5`.execute(db)), 0)
  assert.equal(
    await checked((db) => sql`update trail_source set troubles = '{gap}', says = '{It has a gap.}'`.execute(db)),
    trailSafeguards.length,
  )
  const { rows } = await asTester(database, organisation, ({ db }) =>
    sql<{ detail: string }>`select detail from finding where closed_at is null`.execute(db),
  )
  assert.match(rows[0]?.detail ?? '', /EHR: It has a gap\./)
})
