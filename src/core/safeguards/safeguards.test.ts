import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Db, sql } from '#platform/database.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { type Safeguard, type Status, safeguard, worstStatus } from './model.ts'
import { type JudgeResult, judgeSafeguards } from './service.ts'
import { listSafeguardStatus, writeReference } from './store.ts'

const encrypted = safeguard({
  name: 'encryption.test-devices',
  title: 'Every device is encrypted',
  meets: ['164.312(a)(2)(iv)'],
  severity: 'high',
  subject: 'device',
  needs: ['device'],
  namedBy: 'device',
  remedy: 'Encrypt it.',
  check: sql`
    select device_id as subject, name as key, name as label,
      case when encrypted then 'pass' when not encrypted then 'fail' else 'unknown' end::verdict as verdict, basis,
      case when not encrypted then 'It is not encrypted.' when encrypted is null then 'Nobody says.' end as detail
    from device_now`,
})

const place = await openTestDatabase()
await place.database.asOwner((client) =>
  writeReference(client, {
    safeguards: [{ ...encrypted, practice: 'encryption' }],
    operatingSystems: [],
    responseRoles: [],
  }),
)

const day = 86_400_000
const start = new Date('2026-11-02T12:00:00Z')
const later = (days: number) => new Date(start.getTime() + days * day)

/** A clinic whose inventory names devices, true for encrypted. */
async function clinicWith(devices: Readonly<Record<string, boolean | null>>, complete = true): Promise<number> {
  const clinic = await place.newOrganisation()
  await asTester(place.database, clinic, async ({ db }) => {
    await sql`
      insert into source (name, channel, format, kinds, basis, valid_for, collected_at, complete, run_id)
      values ('devices.csv', 'file', 'devices', '{device}', 'measured', '35 days', ${start}, ${complete}, 1)`.execute(
      db,
    )
    for (const [name, value] of Object.entries(devices)) {
      await sql`insert into device (key, name) values (${name}, ${name})`.execute(db)
      await sql`
        insert into device_fact (source_id, key, line, run_id, present_from, device_id, name, encrypted)
        select source.id, ${name}, 1, 1, ${start}, device.id, ${name}, ${value}
        from source, device where device.name = ${name}`.execute(db)
    }
  })
  return clinic
}

async function measure(clinic: number, name: string, value: boolean | null, at: Date): Promise<void> {
  await asTester(place.database, clinic, async ({ db }) => {
    await sql`update device_fact set encrypted = ${value} where name = ${name}`.execute(db)
    await sql`update source set run_id = run_id + 1, collected_at = ${at}`.execute(db)
  })
}

function judge(clinic: number, at: Date): Promise<JudgeResult> {
  return asTester(
    place.database,
    clinic,
    (context) =>
      judgeSafeguards(context, {
        safeguards: [encrypted],
        checkRole: place.database.checkRole,
        dueDays: { critical: 7, high: 30, medium: 90, low: 180 },
      }),
    at,
  )
}

function see<T>(clinic: number, work: (db: Db) => Promise<T>, at = start): Promise<T> {
  return asTester(
    place.database,
    clinic,
    async ({ db, now }) => {
      await sql`select set_config('vigil.judged_at', ${now.toISOString()}, true)`.execute(db)
      return work(db)
    },
    at,
  )
}

const status = (clinic: number, at = start): Promise<Status | undefined> =>
  see(clinic, async (db) => (await listSafeguardStatus(db))[0]?.status, at)

test('a finding opens when a check fails, closes when it passes and re-opens when it fails again, by itself', async () => {
  const clinic = await clinicWith({ laptop: false, server: true })
  assert.deepEqual(await judge(clinic, start), { checked: 1, opened: 1, reopened: 0, closed: 0 })
  await measure(clinic, 'laptop', true, later(1))
  assert.deepEqual(await judge(clinic, later(1)), { checked: 1, opened: 0, reopened: 0, closed: 1 })
  assert.equal(await status(clinic, later(1)), 'proved')
  await measure(clinic, 'laptop', false, later(2))
  assert.deepEqual(await judge(clinic, later(2)), { checked: 1, opened: 0, reopened: 1, closed: 0 })
  const events = await see(clinic, async (db) =>
    (await sql<{ kind: string }>`select kind from finding_event order by id`.execute(db)).rows.map(({ kind }) => kind),
  )
  assert.deepEqual(events, ['opened', 'closed', 'reopened'])
})

test('what becomes unknown closes no finding', async () => {
  const clinic = await clinicWith({ laptop: false })
  await judge(clinic, start)
  await measure(clinic, 'laptop', null, later(1))
  assert.equal((await judge(clinic, later(1))).closed, 0)
  assert.equal(await status(clinic, later(1)), 'unknown')
})

test('a pass is measured or stated as its source is, and one failure is a failure', async () => {
  const clinic = await clinicWith({ laptop: true, server: true })
  await judge(clinic, start)
  assert.equal(await status(clinic), 'proved')
  await see(clinic, (db) => sql`update source set basis = 'stated', run_id = run_id + 1`.execute(db))
  await judge(clinic, later(1))
  assert.equal(await status(clinic, later(1)), 'attested')
  await measure(clinic, 'server', false, later(2))
  await judge(clinic, later(2))
  assert.equal(await status(clinic, later(2)), 'failed')
})

test('nothing to judge is an answer only where the list that would name it is complete', async () => {
  const whole = await clinicWith({})
  await judge(whole, start)
  assert.equal(await status(whole), 'proved')
  const partial = await clinicWith({}, false)
  await judge(partial, start)
  assert.equal(await status(partial), 'unknown')
})

test('when its source lapses, a status falls back to unknown by itself, and judging again keeps it so', async () => {
  const clinic = await clinicWith({ laptop: true })
  await judge(clinic, start)
  assert.equal(await status(clinic, later(34)), 'proved')
  assert.equal(await status(clinic, later(36)), 'unknown')
  await judge(clinic, later(36))
  assert.equal(await status(clinic, later(36)), 'unknown')
})

test('judging again with nothing changed runs no check, and writes no interval', async () => {
  const clinic = await clinicWith({ laptop: true, server: false })
  await judge(clinic, start)
  const intervals = () =>
    see(clinic, async (db) => (await sql<{ n: number }>`select count(*) as n from observation`.execute(db)).rows[0]?.n)
  const before = await intervals()
  assert.equal((await judge(clinic, start)).checked, 0)
  await measure(clinic, 'laptop', true, later(1))
  assert.equal((await judge(clinic, later(1))).checked, 1)
  assert.equal(await intervals(), before)
})

test('was it in place on every day: the intervals say from when to when each verdict held', async () => {
  const clinic = await clinicWith({ laptop: true })
  await judge(clinic, start)
  await measure(clinic, 'laptop', false, later(3))
  await judge(clinic, later(3))
  const rows = await see(
    clinic,
    async (db) =>
      (
        await sql<{ verdict: string; from: Date; until: Date | null }>`
        select verdict, observed_from as "from", observed_until as "until" from observation order by observed_from`.execute(
          db,
        )
      ).rows,
  )
  assert.deepEqual(rows, [
    { verdict: 'pass', from: start, until: later(3) },
    { verdict: 'fail', from: later(3), until: null },
  ])
})

test('a check runs as a role that can write nothing but its verdicts', async () => {
  const clinic = await clinicWith({ laptop: true })
  const thief: Safeguard = {
    ...encrypted,
    check: sql`with stolen as (delete from device returning id) select id as subject, '' as key, '' as label,
      'pass'::verdict as verdict, 'measured'::basis as basis, null as detail from stolen`,
  }
  await assert.rejects(
    asTester(place.database, clinic, (context) =>
      judgeSafeguards(context, {
        safeguards: [thief],
        checkRole: place.database.checkRole,
        dueDays: { critical: 7, high: 30, medium: 90, low: 180 },
      }),
    ),
  )
})

test('of several statuses the worst wins, and of none it is unknown', () => {
  assert.equal(worstStatus(['proved', 'attested']), 'attested')
  assert.equal(worstStatus(['proved', 'unknown', 'attested']), 'unknown')
  assert.equal(worstStatus(['unknown', 'failed']), 'failed')
  assert.equal(worstStatus([]), 'unknown')
})
