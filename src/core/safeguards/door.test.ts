import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { attested } from '#core/attestations/check.ts'
import { type CallMade, callOf, openServices, runBound } from '#core/testing.ts'
import { sql } from '#platform/database.ts'
import { writeCursor } from '#platform/paging.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { safeguardsDoor } from './index.ts'
import { attestedSafeguard, type Practice, safeguard } from './model.ts'
import { judgeSafeguards } from './service.ts'
import { writeReference } from './store.ts'

const directory = mkdtempSync(join(tmpdir(), 'vigil-safeguards-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const { database, newOrganisation } = await openTestDatabase()
const services = await openServices(database, directory)

/** Of ten vendors two fail, three are unknown, five pass; without a list of them nobody can tell. */
const agreed = safeguard({
  name: 'vendors.agreed',
  title: 'Every vendor has signed',
  meets: ['164.308(b)(3)'],
  severity: 'high',
  subject: 'vendor',
  needs: ['vendor'],
  remedy: 'Ask them.',
  check: sql`
    select vendor.id as subject, vendor.name as key, vendor.name as label,
      (case when position < 3 then 'fail' when position < 6 then 'unknown' else 'pass' end)::verdict as verdict,
      'stated'::basis as basis, format('%s did not answer.', vendor.name) as detail
    from (select id, name, row_number() over (order by id) as position from vendor) vendor`,
})
const spoken = attestedSafeguard({
  name: 'vendors.spoken',
  title: 'Somebody speaks for the vendors',
  meets: ['164.308(b)(3)'],
  severity: 'low',
  remedy: 'Speak.',
  statement: 'I spoke with all of them.',
  check: attested('vendors.spoken'),
})
const practices: readonly Practice[] = [
  { name: 'vendors', title: 'Vendors', asks: 'Know your vendors.', safeguards: [agreed, spoken] },
]
await database.asOwner((client) =>
  writeReference(client, {
    safeguards: practices.flatMap(({ name, safeguards }) => safeguards.map((one) => ({ ...one, practice: name }))),
    operatingSystems: [],
    responseRoles: [],
  }),
)
const bounds = safeguardsDoor(practices)

const ask = async <T>(organisation: number, name: string, input = {}, made: CallMade = {}): Promise<T> =>
  callOf(services, organisation, async (call) => (await runBound(bounds, name, call, input)).output as T, made)

const judge = (organisation: number, now: Date) =>
  asTester(
    database,
    organisation,
    async (context) => {
      await judgeSafeguards(context, {
        safeguards: practices.flatMap(({ safeguards }) => safeguards),
        checkRole: database.checkRole,
        dueDays: { critical: 7, high: 30, medium: 90, low: 180 },
      })
      await services.ledger.append(context, [
        { action: 'safeguards.judge', outcome: 'done', subjects: [], payload: { asOf: now.toISOString() } },
      ])
    },
    now,
  )

const noon = new Date('2026-11-02T12:00:00Z')
const at = (days: number) => ({ now: new Date(noon.getTime() + days * 86_400_000) })

/** An organisation with ten vendors on a list that speaks for 30 days, judged at noon; its entry on the ledger is the second. */
async function withVendors(): Promise<number> {
  const organisation = await newOrganisation()
  await asTester(database, organisation, async (context) => {
    const { db } = context
    await sql`
      with listed as (
        insert into source (name, channel, format, kinds, basis, valid_for, collected_at, complete)
        values ('vendors.csv', 'file', 'vendors', '{vendor}', 'stated', '30 days', ${noon}, true) returning id
      ), run as (
        insert into source_run (source_id, file_name, started_at, finished_at, state, collected_at, collected_by, digest, complete)
        select id, 'vendors.csv', ${noon}, ${noon}, 'done', ${noon}, 'member:7', '\\xabcd', true from listed returning id, source_id
      ), named as (
        insert into vendor (key, name) select 'v' || i, 'Vendor ' || chr(64 + i) from generate_series(1, 10) i order by i
        returning id, key, name
      )
      insert into vendor_fact (source_id, key, line, run_id, present_from, vendor_id, name, ephi)
      select run.source_id, named.key, substring(named.key, 2)::int + 1, run.id, ${noon}, named.id, named.name, true
      from named, run`.execute(db)
    const { rows } = await sql<{ id: number }>`
      update source set run_id = (select max(id) from source_run where source_id = source.id) returning run_id as id`.execute(
      db,
    )
    await services.ledger.append(context, [
      { action: 'intake.import', outcome: 'done', subjects: [`source-run:${rows[0]?.id}`], payload: {} },
    ])
  })
  await judge(organisation, noon)
  return organisation
}

interface Subject {
  id: number
  label: string
  status: string
  was: string | null
  findingId: number | null
}
interface Subjects {
  items: Subject[]
  next: string | null
}
interface Shown {
  safeguard: { status: string; subjects: Record<string, number>; statement: string | null }
  unknown: { why: string; files: string[]; statement: string | null; waitsFor: string | null } | null
  judgement: {
    at: string
    entry: number | null
    rests: { source: string; entry: number | null; digest: string }[]
  } | null
  year: { since: string | null; days: Record<string, number>; spans: { status: string }[] }
  query: string
}

test('a safeguard says how it stands, what it rests on, its query, and where the ledger says so', async () => {
  const organisation = await withVendors()
  const shown = await ask<Shown>(organisation, 'safeguards.show', { safeguard: 'vendors.agreed' })
  assert.equal(shown.safeguard.status, 'failed')
  assert.deepEqual(shown.safeguard.subjects, { proved: 0, attested: 5, failed: 2, unknown: 3 })
  assert.match(shown.unknown?.why ?? '', /did not answer/)
  assert.deepEqual(shown.unknown?.files, [])
  assert.equal(shown.judgement?.entry, 1)
  assert.deepEqual(
    shown.judgement?.rests.map(({ source, entry, digest }) => [source, entry, digest]),
    [['vendors.csv', 0, 'abcd']],
  )
  assert.match(shown.query, /did not answer/)
  await assert.rejects(ask(organisation, 'safeguards.show', { safeguard: 'vendors.none' }), {
    code: 'safeguard-unknown',
  })
})

test('a safeguard that was never judged is unknown on all of the 365 days, and says what would tell', async () => {
  const organisation = await newOrganisation()
  const shown = await ask<Shown>(organisation, 'safeguards.show', { safeguard: 'vendors.agreed' })
  assert.equal(shown.judgement, null)
  assert.equal(shown.year.since, null)
  assert.deepEqual(shown.year.days, { proved: 0, attested: 0, failed: 0, unknown: 365 })
  assert.match(shown.unknown?.why ?? '', /not been checked/)
  assert.equal(shown.unknown?.files.length, 1)
  const stated = await ask<Shown>(organisation, 'safeguards.show', { safeguard: 'vendors.spoken' })
  assert.equal(stated.unknown?.statement, 'I spoke with all of them.')
  const { items } = await ask<Subjects>(organisation, 'safeguards.subjects', { safeguard: 'vendors.agreed' })
  assert.deepEqual(items, [])
})

test('days count since it was judged, by the organisation’s zone, and what has lapsed counts as unknown', async () => {
  const organisation = await withVendors()
  await database.asOwner((client) =>
    client.query(`update organisation set time_zone = 'Pacific/Kiritimati' where id = $1`, [organisation]),
  )
  const later = await ask<Shown>(organisation, 'safeguards.show', { safeguard: 'vendors.agreed' }, at(40))
  assert.deepEqual(
    later.year.spans.map(({ status }) => status),
    ['unknown', 'failed', 'unknown'],
  )
  // Noon of 2 November is 2 a.m. of the 3rd there, and so it lapses on the 3rd of December.
  assert.deepEqual(later.year.days, { proved: 0, attested: 0, failed: 31, unknown: 334 })
  assert.equal(later.safeguard.status, 'unknown')
  assert.match(later.unknown?.why ?? '', /lapsed/)
  assert.match(later.unknown?.files[0] ?? '', /vendor/)
})

test('subjects are listed page by page, what fails first, and found by verdict and by name', async () => {
  const organisation = await withVendors()
  const seen: Subject[] = []
  let next: string | undefined
  do {
    const page: Subjects = await ask(organisation, 'safeguards.subjects', {
      safeguard: 'vendors.agreed',
      limit: 2,
      after: next,
    })
    assert.ok(page.items.length <= 2)
    seen.push(...page.items)
    next = page.next ?? undefined
  } while (next !== undefined)
  assert.deepEqual(
    seen.map(({ label, status }) => `${label.slice(-1)} ${status}`),
    [
      ...['A failed', 'B failed', 'C unknown', 'D unknown', 'E unknown'],
      ...['F attested', 'G attested', 'H attested', 'I attested', 'J attested'],
    ],
  )
  assert.deepEqual(
    seen.map(({ findingId }) => findingId !== null),
    seen.map(({ status }) => status === 'failed'),
  )
  const of = async (asked: object) =>
    (await ask<Subjects>(organisation, 'safeguards.subjects', { safeguard: 'vendors.agreed', ...asked })).items.map(
      ({ label }) => label.slice(-1),
    )
  assert.deepEqual(await of({ verdict: 'unknown' }), ['C', 'D', 'E'])
  assert.deepEqual(await of({ verdict: 'pass', limit: 2 }), ['F', 'G'])
  assert.deepEqual(await of({ q: 'VENDOR D' }), ['D'])
  assert.deepEqual(await of({ q: 'nobody' }), [])
  for (const after of ['x', writeCursor([3, 1]), writeCursor([1])]) {
    await assert.rejects(of({ after }), { code: 'page-unknown' })
  }
  const other = await newOrganisation()
  assert.deepEqual((await ask<Subjects>(other, 'safeguards.subjects', { safeguard: 'vendors.agreed' })).items, [])
})

test('what has lapsed is unknown one by one too, and says what it was', async () => {
  const organisation = await withVendors()
  const ask40 = (input: object) =>
    ask<Subjects>(organisation, 'safeguards.subjects', { safeguard: 'vendors.agreed', ...input }, at(40))
  const { items } = await ask40({})
  assert.ok(items.every(({ status }) => status === 'unknown'))
  assert.deepEqual(
    items.map(({ was }) => was),
    ['failed', 'failed', null, null, null, 'attested', 'attested', 'attested', 'attested', 'attested'],
  )
  assert.equal((await ask40({ verdict: 'unknown' })).items.length, 10)
  assert.equal((await ask40({ verdict: 'fail' })).items.length, 0)
})

interface SubjectPage {
  subject: Subject & { detail: string | null }
  unknown: Shown['unknown']
  finding: { id: number } | null
  facts: { kind: string; line: number; runId: number; says: { field: string; value: unknown }[] }[]
  sources: { runId: number; source: string; collectedBy: string; entry: number | null }[]
  history: { status: string; until: string | null }[]
  judgement: Shown['judgement']
}

test('a subject is followed to the row that speaks of it, the run it came by, and the ledger', async () => {
  const organisation = await withVendors()
  const { items } = await ask<Subjects>(organisation, 'safeguards.subjects', { safeguard: 'vendors.agreed' })
  const show = (id: number | undefined, made: CallMade = {}) =>
    ask<SubjectPage>(organisation, 'safeguards.subject', { safeguard: 'vendors.agreed', subjectId: id }, made)
  const failed = await show(items[0]?.id)
  assert.equal(failed.subject.detail, 'Vendor A did not answer.')
  assert.equal(failed.finding?.id, items[0]?.findingId)
  assert.equal(failed.unknown, null)
  assert.deepEqual(
    failed.facts.map(({ kind, line, says }) => [kind, line, says.map(({ field, value }) => `${field} ${value}`)]),
    [['vendor', 2, ['name Vendor A', 'ephi true']]],
  )
  assert.deepEqual(
    failed.sources.map(({ runId, source, collectedBy, entry }) => [runId, source, collectedBy, entry]),
    [[failed.facts[0]?.runId, 'vendors.csv', 'member:7', 0]],
  )
  assert.deepEqual(
    failed.history.map(({ status, until }) => [status, until]),
    [['failed', null]],
  )
  assert.equal(failed.judgement?.entry, 1)

  // The words of a verdict that is unknown are not kept, and asked for anew.
  const unknown = await show(items[2]?.id)
  assert.equal(unknown.unknown?.why, 'Vendor C did not answer.')
  const lapsed = await show(items[0]?.id, at(40))
  assert.equal(lapsed.subject.was, 'failed')
  assert.match(lapsed.unknown?.why ?? '', /lapsed/)
  const elsewhere = await newOrganisation()
  await assert.rejects(ask(elsewhere, 'safeguards.subject', { safeguard: 'vendors.agreed', subjectId: items[0]?.id }), {
    code: 'safeguard-unknown-subject',
  })
})

test('of several judgements, each one’s own entry is found on the ledger', async () => {
  const organisation = await withVendors()
  await judge(organisation, at(1).now)
  await judge(organisation, at(2).now)
  const entries = []
  for (const days of [0, 1, 2]) {
    const { judgement } = await ask<Shown>(organisation, 'safeguards.show', { safeguard: 'vendors.agreed' }, at(days))
    entries.push(judgement?.entry)
  }
  assert.deepEqual(entries, [1, 2, 3])
})
