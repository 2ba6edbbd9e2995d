import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { attested } from '#core/attestations/check.ts'
import type { Principal } from '#core/door.ts'
import { attestedSafeguard, type Practice, type Safeguard, safeguard } from '#core/safeguards/model.ts'
import { judgeSafeguards } from '#core/safeguards/service.ts'
import { writeReference } from '#core/safeguards/store.ts'
import { openTask } from '#core/tasks/service.ts'
import { callOf, memberWith, openServices, runBound } from '#core/testing.ts'
import { type Role, roles } from '#platform/contract.ts'
import { sql } from '#platform/database.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { todayDoor } from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'vigil-today-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const { database, newOrganisation } = await openTestDatabase()
const services = await openServices(database, directory)

const leavers = safeguard({
  name: 'access.leavers',
  title: 'People who have left have no enabled account',
  meets: ['164.308(a)(3)(ii)(C)', '164.308(a)(1)(ii)(D)'],
  severity: 'critical',
  subject: 'account',
  needs: [],
  uses: ['account'],
  remedy: 'Disable it.',
  check: sql`select i as subject, 'Mail/u' || i as key, 'Mail/u' || i as label,
    case when i < 8 then 'fail' else 'pass' end::vigil.verdict as verdict, 'measured'::basis as basis, 'It works.' as detail
    from generate_series(1, 10) i`,
})
const passwords: Safeguard = {
  ...leavers,
  name: 'authentication.passwords',
  title: 'Passwords are managed',
  meets: ['164.308(a)(5)(ii)(D)'],
  severity: 'medium',
  check: sql`select 1 as subject, 'o' as key, 'The organisation' as label, 'fail'::vigil.verdict as verdict,
    'measured'::basis as basis, 'They are not.' as detail`,
}
const agreed = attestedSafeguard({
  name: 'vendors.agreed',
  title: 'Every vendor has signed',
  meets: ['164.308(b)(3)'],
  severity: 'high',
  remedy: 'Ask them.',
  statement: 'Every vendor that holds patient data has signed an agreement.',
  check: attested('vendors.agreed'),
})
const practices: readonly Practice[] = [
  { name: 'access', title: 'Access', asks: 'Know who has access.', safeguards: [leavers] },
  { name: 'authentication', title: 'Authentication', asks: 'Know who it is.', safeguards: [passwords] },
  { name: 'vendors', title: 'Vendors', asks: 'Know your vendors.', safeguards: [agreed] },
]
await database.asOwner((client) =>
  writeReference(client, {
    safeguards: practices.flatMap(({ name, safeguards }) => safeguards.map((one) => ({ ...one, practice: name }))),
    operatingSystems: [],
    responseRoles: [],
  }),
)
const bounds = todayDoor(practices)

const noon = new Date('2026-11-02T12:00:00Z')
const dayMs = 86_400_000
const later = (days: number) => new Date(noon.getTime() + days * dayMs)

interface Shown {
  count: number
  tasks: { count: number; overdue: number; first: { title: string }[] }
  needs: { kind: string; count: number }[]
  people: { count: number } | null
  programme: {
    hasSources: boolean
    changed: {
      since: string
      opened: { count: number; first: unknown[] }
      closed: { count: number }
      sources: { count: number; first: { name: string; what: string }[] }
      safeguards: { count: number; first: { name: string; before: string; status: string }[] }
    }
    due: {
      findings: { count: number; overdue: number; first: unknown[] }
      tasks: { count: number }
      ends: { count: number; first: { kind: string; on: string }[] }
    }
    audit: {
      failed: { count: number; first: { name: string; citation: string; required: string; failed: number }[] }
      unknown: { first: { name: string; makeKnown: { by: string } | null }[] }
    }
    next: { kind: string; on: string } | null
  } | null
  audit: { untilOn: string | null; ledger: { entries: number } } | null
}

const show = async (organisation: number, principal: Principal, now = noon): Promise<Shown> =>
  (await callOf(services, organisation, (call) => runBound(bounds, 'today.show', call), { principal, now }))
    .output as Shown

const judge = (organisation: number, now: Date) =>
  asTester(
    database,
    organisation,
    (context) =>
      judgeSafeguards(context, {
        safeguards: [leavers, passwords, agreed],
        checkRole: database.checkRole,
        dueDays: { critical: 7, high: 30, medium: 90, low: 180 },
      }),
    now,
  )

const insertSource = (organisation: number, name: string, collectedAt: Date, validDays: number) =>
  asTester(database, organisation, async ({ db }) => {
    const { rows } = await sql<{ id: number }>`
      insert into source (name, channel, format, kinds, basis, valid_for, collected_at, complete)
      values (${name}, 'file', 'accounts', '{account}', 'stated', ${`${validDays} days`}::interval,
        ${collectedAt}::timestamptz, true) returning id`.execute(db)
    const sourceId = rows[0]?.id
    await sql`
      with run as (
        insert into source_run (source_id, file_name, started_at, finished_at, state, collected_by)
        values (${sourceId}, ${name}, ${collectedAt}::timestamptz, ${collectedAt}::timestamptz, 'done', 'tester')
        returning id)
      update source set run_id = run.id from run where source.id = ${sourceId}`.execute(db)
  })

const kindsOf = ({ needs }: Shown) => needs.map(({ kind }) => kind)

test('where nothing was brought in yet, the one thing to do is to begin', async () => {
  const organisation = await newOrganisation()
  const officer = await show(organisation, memberWith(['privacy-officer']))
  assert.equal(officer.programme?.hasSources, false)
  assert.deepEqual(kindsOf(officer), ['begin'])
  assert.equal(officer.count, 1)
})

test('a member of staff has their tasks and is told nothing else', async () => {
  const organisation = await newOrganisation()
  await judge(organisation, noon)
  await asTester(database, organisation, async (context) => {
    await openTask(context, { kind: 'a', title: 'Mine', assignee: 'member:7', dueOn: '2026-10-30' })
    await openTask(context, { kind: 'b', title: 'Mine too', assignee: 'member:7' })
    await openTask(context, { kind: 'c', title: 'Somebody else’s', assignee: 'member:8' })
    await openTask(context, { kind: 'd', title: 'Nobody’s' })
  })
  const shown = await show(organisation, memberWith(['staff'], 7))
  assert.equal(shown.count, 2)
  assert.deepEqual([shown.tasks.count, shown.tasks.overdue], [2, 1])
  assert.deepEqual(
    shown.tasks.first.map(({ title }) => title),
    ['Mine', 'Mine too'],
  )
  assert.deepEqual([shown.needs, shown.people, shown.programme, shown.audit], [[], null, null, null])
})

test('an officer sees what changed, what is due and what would fail an audit', async () => {
  const organisation = await newOrganisation()
  await insertSource(organisation, 'Mail users', noon, 90)
  await judge(organisation, noon)
  const shown = await show(organisation, memberWith(['security-officer']))
  const { programme } = shown
  assert.ok(programme)
  // The day before begins at midnight of the organisation's zone, here UTC.
  assert.equal(programme.changed.since, '2026-11-01T00:00:00.000Z')
  assert.equal(programme.changed.opened.count, 8)
  assert.equal(programme.changed.opened.first.length, 3)
  assert.deepEqual(
    programme.changed.sources.first.map(({ name, what }) => [name, what]),
    [['Mail users', 'read']],
  )
  assert.deepEqual(
    programme.changed.safeguards.first.map(({ name, before, status }) => [name, before, status]),
    [
      ['access.leavers', 'unknown', 'failed'],
      ['authentication.passwords', 'unknown', 'failed'],
    ],
  )
  // The critical ones are due in seven days; the one of medium severity is not.
  assert.deepEqual([programme.due.findings.count, programme.due.findings.overdue], [7, 0])
  assert.equal(programme.due.findings.first.length, 5)
  assert.deepEqual(
    programme.audit.failed.first.map(({ name, citation, required, failed }) => [name, citation, required, failed]),
    [
      // Of several paragraphs the one that is required, not the first.
      ['access.leavers', '164.308(a)(1)(ii)(D)', 'required', 7],
      ['authentication.passwords', '164.308(a)(5)(ii)(D)', 'addressable', 1],
    ],
  )
  assert.deepEqual(
    programme.audit.unknown.first.map(({ name, makeKnown }) => [name, makeKnown]),
    [['vendors.agreed', { by: 'statement' }]],
  )
  assert.deepEqual(kindsOf(shown), ['findings-ownerless', 'findings-due'])
  assert.equal(shown.needs[0]?.count, 7)
})

test('what was decided otherwise on an addressable paragraph would not fail, until that is looked at again', async () => {
  const organisation = await newOrganisation()
  await judge(organisation, noon)
  await asTester(database, organisation, ({ db }) =>
    sql`insert into addressable_decision (citation, decision, why, approved_by, decided_on, review_on, recorded_by, recorded_at)
      values ('164.308(a)(5)(ii)(D)', 'alternative', 'Keys.', 'Quinn', '2026-01-01', '2026-11-20', 'tester', now())`.execute(
      db,
    ),
  )
  const officer = memberWith(['privacy-officer'])
  const now = await show(organisation, officer)
  assert.deepEqual(
    now.programme?.audit.failed.first.map(({ name }) => name),
    ['access.leavers'],
  )
  assert.deepEqual(
    now.programme?.due.ends.first.map(({ kind, on }) => [kind, on]),
    [['decision', '2026-11-20']],
  )
  await judge(organisation, later(19))
  const after = await show(organisation, officer, later(19))
  assert.ok(after.programme?.audit.failed.first.some(({ name }) => name === 'authentication.passwords'))
})

test('a finding that is excepted is not due; its exception ends', async () => {
  const organisation = await newOrganisation()
  await insertSource(organisation, 'Mail users', noon, 90)
  await judge(organisation, noon)
  await asTester(database, organisation, ({ db }) =>
    sql`insert into finding_exception (finding_id, reason, compensating_control, approved_by, approved_at, expires_on)
      select id, 'R', 'C', 'Q', ${noon}::timestamptz, '2026-11-25' from finding where severity = 'critical'
      order by id limit 3`.execute(db),
  )
  const officer = memberWith(['privacy-officer'])
  const shown = await show(organisation, officer)
  assert.equal(shown.programme?.due.findings.count, 4)
  assert.equal(shown.programme?.due.ends.count, 3)
  assert.deepEqual(
    new Set(shown.programme?.due.ends.first.map(({ kind, on }) => `${kind} ${on}`)),
    new Set(['exception 2026-11-25']),
  )
  // Eight days later four are overdue.
  const late = await show(organisation, officer, later(8))
  assert.equal(late.programme?.due.findings.overdue, 4)
  assert.equal(kindsOf(late)[0], 'findings-overdue')
})

test('an administrator is told of what keeps Vigil from seeing, an officer who cannot mend it is not', async () => {
  const organisation = await newOrganisation()
  await insertSource(organisation, 'Old list', new Date('2026-09-01T08:00:00Z'), 62)
  await asTester(database, organisation, async ({ db }) => {
    await sql`insert into source_run (file_name, started_at, finished_at, state, reason, collected_by) values
      ('notes.txt', ${noon}::timestamptz, ${noon}::timestamptz, 'unrecognised', 'It is no list.', 'tester')`.execute(db)
    await sql`insert into job (kind, state, asked_by, input, attempts, queued_at, started_at, finished_at) values
      ('directories.read', 'failed', 'job:times', '{"directoryId": 1}', 1, ${noon}, ${noon}, ${noon}),
      ('checks.run', 'failed', 'job:times', '{}', 1, ${noon}, ${noon}, ${noon}),
      ('checks.run', 'done', 'job:times', '{}', 1, ${noon}, ${noon}, ${noon})`.execute(db)
  })
  const administrator = await show(organisation, memberWith(['administrator']))
  assert.deepEqual(
    administrator.needs.map(({ kind, count }) => [kind, count]),
    [
      ['jobs-failed', 1],
      ['sources-late', 1],
      ['files-refused', 1],
    ],
  )
  assert.equal(administrator.programme?.changed.sources.first[0]?.what, 'lapsed')
  assert.deepEqual(kindsOf(await show(organisation, memberWith(['privacy-officer']))), [])
  // What failed longer ago than a week is history.
  assert.deepEqual(kindsOf(await show(organisation, memberWith(['administrator']), later(8))), ['sources-late'])
})

test('an auditor reads how things stand and what the ledger holds, and has nothing to do', async () => {
  const organisation = await newOrganisation()
  await insertSource(organisation, 'Mail users', noon, 90)
  await judge(organisation, noon)
  const memberId = await database.asOwner(async (client) => {
    const { rows } = await client.query<{ id: number }>(
      `with made as (
         insert into identity (name, email, email_key, created_at) values ('Ada', 'ada', 'ada', now()) returning id)
       insert into member (organisation_id, identity_id, roles, made_by, created_at, until_on)
       select $1, id, '{auditor}', 'test', now(), '2026-12-11' from made returning id`,
      [organisation],
    )
    return Number(rows[0]?.id)
  })
  await callOf(services, organisation, (call) =>
    services.ledger.append(call, [{ action: 'test.done', outcome: 'done', subjects: [], payload: {} }]),
  )
  const shown = await show(organisation, memberWith(['auditor'], memberId))
  assert.equal(shown.count, 0)
  assert.equal(shown.audit?.untilOn, '2026-12-11')
  assert.equal(shown.audit?.ledger.entries, 1)
  assert.equal(shown.programme?.audit.failed.count, 2)
})

test('Today is never older than what was done, nor than what it rests on', async () => {
  const organisation = await newOrganisation()
  const officer = memberWith(['privacy-officer'])
  await insertSource(organisation, 'Mail users', noon, 90)
  await judge(organisation, noon)
  const first = await show(organisation, officer)
  // A task is nobody's: it is counted each time.
  await asTester(database, organisation, (context) => openTask(context, { kind: 'x', title: 'Nobody’s' }))
  assert.deepEqual(kindsOf(await show(organisation, officer)), [...kindsOf(first), 'tasks-ownerless'])
  await asTester(database, organisation, ({ db }) => sql`update finding set owner = 'Dana'`.execute(db))
  await callOf(services, organisation, (call) =>
    services.ledger.append(call, [{ action: 'findings.own', outcome: 'done', subjects: [], payload: {} }]),
  )
  assert.ok(!kindsOf(await show(organisation, officer)).includes('findings-ownerless'))
  // The same day, and another: what was yesterday is yesterday no more.
  const next = await show(organisation, officer, later(1))
  assert.equal(next.programme?.changed.since, '2026-11-02T00:00:00.000Z')
})

test('another organisation has no part in it', async () => {
  const organisation = await newOrganisation()
  await insertSource(organisation, 'Mail users', noon, 90)
  await judge(organisation, noon)
  const every = memberWith(
    (Object.keys(roles) as Role[]).filter((role) => role !== 'api-client'),
    99,
  )
  const here = await show(organisation, every)
  const elsewhere = await show(await newOrganisation(), every)
  assert.equal(here.programme?.changed.opened.count, 8)
  assert.equal(elsewhere.programme?.changed.opened.count, 0)
  assert.equal(elsewhere.programme?.hasSources, false)
})
