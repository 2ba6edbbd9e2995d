import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { attested } from '#core/attestations/check.ts'
import { attestationsDoor } from '#core/attestations/index.ts'
import { findingsDoor } from '#core/findings/index.ts'
import { requirements } from '#core/requirements/index.ts'
import { attestedSafeguard, type Practice, safeguard } from '#core/safeguards/model.ts'
import { judgeSafeguards } from '#core/safeguards/service.ts'
import { writeReference } from '#core/safeguards/store.ts'
import { type CallMade, callOf, memberWith, openServices, runBound } from '#core/testing.ts'
import { sql } from '#platform/database.ts'
import { writeCursor } from '#platform/paging.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { postureDoor } from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'vigil-posture-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const { database, newOrganisation } = await openTestDatabase()
const services = await openServices(database, directory)

const leavers = safeguard({
  name: 'access.leavers',
  title: 'People who have left have no enabled account',
  meets: ['164.308(a)(3)(ii)(C)'],
  severity: 'critical',
  subject: 'account',
  needs: [],
  uses: ['account'],
  remedy: 'Disable it.',
  check: sql`select i as subject, 'Mail/u' || i as key, 'Mail/u' || i as label,
    case when i < 8 then 'fail' else 'pass' end::vigil.verdict as verdict, 'measured'::basis as basis, 'It works.' as detail
    from generate_series(1, 10) i`,
})
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
  { name: 'vendors', title: 'Vendors', asks: 'Know your vendors.', safeguards: [agreed] },
]
await database.asOwner((client) =>
  writeReference(client, {
    safeguards: practices.flatMap(({ name, safeguards }) => safeguards.map((one) => ({ ...one, practice: name }))),
    operatingSystems: [],
    responseRoles: [],
  }),
)
const bounds = [...postureDoor(practices), ...attestationsDoor(practices), ...findingsDoor(practices), ...requirements]

/** As the gates do: what a change records is on the ledger with it. */
async function ask<T>(organisation: number, name: string, input = {}, made: CallMade = {}): Promise<T> {
  return callOf(
    services,
    organisation,
    async (call) => {
      const { output, recorded } = await runBound(bounds, name, call, input)
      if (recorded) await services.ledger.append(call, [{ action: name, outcome: 'done', ...recorded }])
      return output as T
    },
    made,
  )
}

const judge = (organisation: number, now: Date) =>
  asTester(
    database,
    organisation,
    (context) =>
      judgeSafeguards(context, {
        safeguards: [leavers, agreed],
        checkRole: database.checkRole,
        dueDays: { critical: 7, high: 30, medium: 90, low: 180 },
      }),
    now,
  )

interface PostureWire {
  practices: {
    name: string
    status: string
    safeguards: Record<string, number>
    openFindings: number
    worstFinding: { id: number; owner: string | null } | null
  }[]
  findingCounts: Record<string, number>
  changes: { opened: { count: number; first: unknown[] }; closed: { count: number } }
  wanted: { file: string }[]
}

const noon = new Date('2026-11-02T12:00:00Z')
const at = (minutes: number) => ({ now: new Date(noon.getTime() + minutes * 60_000) })

test('the posture says how each practice stands, its worst finding, and what the week changed', async () => {
  const organisation = await newOrganisation()
  const empty = await ask<PostureWire>(organisation, 'posture.show')
  assert.deepEqual(
    empty.practices.map(({ status, worstFinding }) => [status, worstFinding]),
    [
      ['unknown', null],
      ['unknown', null],
    ],
  )
  await judge(organisation, noon)
  const shown = await ask<PostureWire>(organisation, 'posture.show')
  const [access, vendors] = shown.practices
  assert.equal(access?.status, 'failed')
  assert.deepEqual(access?.safeguards, { proved: 0, attested: 0, failed: 1, unknown: 0 })
  assert.equal(access?.openFindings, 7)
  assert.ok(access?.worstFinding)
  assert.deepEqual(vendors?.safeguards, { proved: 0, attested: 0, failed: 0, unknown: 1 })
  assert.equal(shown.changes.opened.count, 7)
  assert.equal(shown.changes.opened.first.length, 5)
  assert.equal(shown.findingCounts['critical'], 7)
  const later = await ask<PostureWire>(organisation, 'posture.show', {}, at(60 * 24 * 8))
  assert.equal(later.changes.opened.count, 0)
  assert.equal((await ask<PostureWire>(await newOrganisation(), 'posture.show')).findingCounts['critical'], 0)
})

test('a posture shown again is never older than what was done, nor than what it rests on', async () => {
  const organisation = await newOrganisation()
  await judge(organisation, noon)
  const first = await ask<PostureWire>(organisation, 'posture.show')
  const findingId = first.practices[0]?.worstFinding?.id
  await ask(organisation, 'findings.own', { findingId, owner: 'Dana Reyes' })
  const owned = await ask<PostureWire>(organisation, 'posture.show')
  assert.equal(owned.practices[0]?.worstFinding?.owner, 'Dana Reyes')
  // Without any source a check speaks for a day.
  const lapsed = await ask<PostureWire>(organisation, 'posture.show', {}, at(60 * 24 + 1))
  assert.equal(lapsed.practices[0]?.status, 'unknown')
  const justBefore = at(60 * 24 - 0.1)
  assert.equal((await ask<PostureWire>(organisation, 'posture.show', {}, justBefore)).practices[0]?.status, 'failed')
  // Half a minute later, within the time that a posture is kept for, but past what it rests on.
  const justAfter = at(60 * 24 + 0.2)
  assert.equal((await ask<PostureWire>(organisation, 'posture.show', {}, justAfter)).practices[0]?.status, 'unknown')
})

test('a practice says how its safeguards stand, what feeds it, and what a person would state', async () => {
  const organisation = await newOrganisation()
  await judge(organisation, noon)
  type Page = {
    status: string
    safeguards: { subjects: Record<string, number>; statement: string | null; whyUnknown: string | null }[]
    feeds: { kind: string; isNeeded: boolean; sources: unknown[] }[]
  }
  const access = await ask<Page>(organisation, 'practices.show', { practice: 'access' })
  assert.deepEqual(access.safeguards[0]?.subjects, { proved: 3, attested: 0, failed: 7, unknown: 0 })
  assert.equal(access.safeguards[0]?.statement, null)
  assert.deepEqual(
    access.feeds.map(({ kind, isNeeded }) => [kind, isNeeded]),
    [['account', false]],
  )
  const vendors = await ask<Page>(organisation, 'practices.show', { practice: 'vendors' })
  assert.match(vendors.safeguards[0]?.statement ?? '', /^Every vendor/)
  assert.match(vendors.safeguards[0]?.whyUnknown ?? '', /Nobody/)
  await assert.rejects(ask(organisation, 'practices.show', { practice: 'none' }), { code: 'practice-unknown' })
})

interface TrendWire {
  since: string | null
  days: string[]
  practices: { name: string; safeguards: Record<string, number[]> }[]
}

test('the trend says for every week what was known then: before the first check, and once it lapsed, nothing', async () => {
  const organisation = await newOrganisation()
  const empty = await ask<TrendWire>(organisation, 'posture.trend')
  assert.equal(empty.since, null)
  assert.equal(empty.days.length, 53)
  assert.deepEqual([empty.days[0], empty.days.at(-1)], ['2025-11-03', '2026-11-02'])
  assert.deepEqual(empty.practices[0]?.safeguards['unknown'], Array(53).fill(1))
  await asTester(database, organisation, async ({ db }) => {
    const judged = (from: string, until: string, failed: number) =>
      sql`
        insert into coverage (safeguard_id, checked_at, covers_from, covers_until, inputs, source_runs, proved, attested,
          failed, unknown, none_status)
        select id, now(), ${from}::timestamptz, ${until}::timestamptz, '', '{}', 1, 0, ${failed}, 0, 'unknown'
        from safeguard where name = 'access.leavers'`.execute(db)
    // Weeks end on Mondays. Failed from the first on, put right in the third, and lapsed in the fifth.
    await judged('2026-09-09T00:00Z', '2026-10-30T00:00Z', 1)
    await judged('2026-09-22T01:00Z', '2026-10-10T00:00Z', 0)
  })
  const { since, practices: shown } = await ask<TrendWire>(organisation, 'posture.trend')
  assert.equal(since, '2026-09-09T00:00:00.000Z')
  const last = (name: string, status: string) =>
    shown.find((practice) => practice.name === name)?.safeguards[status]?.slice(-9)
  // The weeks that end on 7, 14, 21 and 28 September, 5, 12, 19 and 26 October, and now.
  assert.deepEqual(last('access', 'failed'), [0, 1, 1, 0, 0, 0, 0, 0, 0])
  assert.deepEqual(last('access', 'proved'), [0, 0, 0, 1, 1, 0, 0, 0, 0])
  assert.deepEqual(last('access', 'unknown'), [1, 0, 0, 0, 0, 1, 1, 1, 1])
  assert.deepEqual(last('vendors', 'unknown'), Array(9).fill(1))
  // What is judged as of this very moment counts for it, as it does on the first page.
  await judge(organisation, noon)
  const now = await ask<TrendWire>(organisation, 'posture.trend', { practice: 'access' }, at(0))
  assert.deepEqual(
    now.practices.map(({ name, safeguards }) => [name, safeguards['failed']?.at(-1)]),
    [['access', 1]],
  )
  await assert.rejects(ask(organisation, 'posture.trend', { practice: 'none' }), { code: 'practice-unknown' })
})

test('the trend of a year of daily judgements is there at once', async () => {
  const organisation = await newOrganisation()
  await asTester(database, organisation, async ({ db }) => {
    await sql`
      insert into coverage (safeguard_id, checked_at, covers_from, covers_until, inputs, source_runs, proved, attested,
        failed, unknown, none_status)
      select id, at, at, at + interval '30 hours', repeat('x', 500), '{1,2,3}', 1, 0, 0, 0, 'unknown'
      from safeguard cross join generate_series(timestamptz '2025-11-01 04:20Z', '2026-11-02 04:20Z', '1 hour') at
      where name = any ('{access.leavers,vendors.agreed}') order by at`.execute(db)
  })
  const took: number[] = []
  for (let run = 0; run < 5; run += 1) {
    const begun = performance.now()
    const { practices: shown } = await ask<TrendWire>(organisation, 'posture.trend')
    took.push(performance.now() - begun)
    assert.deepEqual(shown[0]?.safeguards['proved'], Array(53).fill(1))
  }
  // Twenty times what it takes, so that only a scan of rows for every week fails.
  assert.ok(Math.min(...took) < 500, `${Math.min(...took)} ms`)
})

test('what a person attests is on the list, in their own name when they name nobody else', async () => {
  const organisation = await newOrganisation()
  await judge(organisation, noon)
  const attestable = await ask<{ items: { safeguard: string; status: string }[] }>(
    organisation,
    'attestations.attestable',
  )
  assert.deepEqual(
    attestable.items.map(({ safeguard, status }) => [safeguard, status]),
    [['vendors.agreed', 'unknown']],
  )
  const memberId = await database.asOwner(async (client) => {
    const { rows } = await client.query<{ id: number }>(
      `with made as (
         insert into identity (name, email, email_key, created_at) values ('Ada Okoye', 'a', 'a', now()) returning id)
       insert into member (organisation_id, identity_id, roles, made_by, created_at)
       select $1, id, '{privacy-officer}', 'test', now() from made returning id`,
      [organisation],
    )
    return Number(rows[0]?.id)
  })
  const principal = memberWith(['privacy-officer'], memberId)
  const ids: number[] = []
  for (const author of [undefined, 'Marisol Reyes', 'Sam Ortiz']) {
    const made = await ask<{ attestationId: number }>(
      organisation,
      'attestations.attest',
      { safeguard: 'vendors.agreed', author },
      { principal },
    )
    ids.push(made.attestationId)
  }
  // A program has no word of its own.
  await assert.rejects(
    ask(
      organisation,
      'attestations.attest',
      { safeguard: 'vendors.agreed' },
      {
        principal: { kind: 'token', tokenId: 1, scopes: [] },
      },
    ),
    { code: 'attestation-no-author' },
  )
  type Page = { items: { id: number; author: string; state: string }[]; next: string | null }
  const first = await ask<Page>(organisation, 'attestations.list', { limit: 2 })
  const rest = await ask<Page>(organisation, 'attestations.list', { limit: 2, after: first.next })
  assert.deepEqual(
    [...first.items, ...rest.items].map(({ author }) => author),
    ['Sam Ortiz', 'Marisol Reyes', 'Ada Okoye'],
  )
  assert.equal(rest.next, null)
  await ask(organisation, 'attestations.withdraw', { attestationId: ids[0] })
  await assert.rejects(ask(organisation, 'attestations.withdraw', { attestationId: ids[0] }), {
    code: 'attestation-withdrawn',
  })
  for (const after of ['x', writeCursor([0]), writeCursor(['1'])]) {
    await assert.rejects(ask(organisation, 'attestations.list', { after }), { code: 'page-unknown' })
  }
  // What was attested is judged soon, by one job for all of it.
  await asTester(database, organisation, async ({ db }) => {
    const { rows } = await sql<{ kind: string }>`select kind from job`.execute(db)
    assert.deepEqual(rows, [{ kind: 'checks.run' }])
  })
})

test('the tree of the law says how each paragraph stands; what is only proposed has no status', async () => {
  const organisation = await newOrganisation()
  await judge(organisation, noon)
  type Item = { citation: string; status: string | null; proposed: boolean; parent: string | null }
  type Tree = { subparts: { citation: string; status: string }[]; items: Item[] }
  const tree = await ask<Tree>(organisation, 'requirements.list')
  assert.equal(tree.items.find(({ citation }) => citation === '164.308(a)(3)(ii)(C)')?.status, 'failed')
  assert.equal(tree.items.find(({ citation }) => citation === '164.308')?.status, 'failed')
  assert.equal(tree.subparts[0]?.status, 'failed')
  const known = new Set([...tree.items, ...tree.subparts].map(({ citation }) => citation))
  assert.ok(tree.items.every(({ parent }) => parent === null || known.has(parent)))
  const failed = await ask<Tree>(organisation, 'requirements.list', { status: ['failed'] })
  assert.ok(failed.items.length > 0 && failed.items.every(({ status }) => status === 'failed'))
  const proposal = await ask<Tree>(organisation, 'requirements.list', { profile: 'nprm-2025' })
  assert.ok(proposal.items.length > 0 && proposal.items.every(({ status, proposed }) => status === null && proposed))
})

test('a paragraph shows its safeguards, and every decision on it, the newest first', async () => {
  const organisation = await newOrganisation()
  await judge(organisation, noon)
  const citation = '164.308(a)(3)(ii)(C)'
  for (const [decision, reviewOn] of [
    ['alternative', '2027-11-01'],
    ['implement', '2028-11-01'],
  ]) {
    await ask(organisation, 'requirements.decide', {
      citation,
      decision,
      why: 'So.',
      approvedBy: 'Ada Okoye',
      reviewOn,
    })
  }
  const shown = await ask<{
    requirement: { decision: { decision: string } | null }
    safeguards: { name: string; status: string }[]
    decisions: { decision: string; state: string }[]
    crosswalk: { framework: string }[]
  }>(organisation, 'requirements.show', { citation })
  assert.equal(shown.requirement.decision?.decision, 'implement')
  assert.deepEqual(
    shown.safeguards.map(({ name, status }) => [name, status]),
    [['access.leavers', 'failed']],
  )
  assert.deepEqual(
    shown.decisions.map(({ decision, state }) => [decision, state]),
    [
      ['implement', 'in-force'],
      ['alternative', 'superseded'],
    ],
  )
  assert.ok(shown.crosswalk.length > 0)
  await assert.rejects(ask(organisation, 'requirements.show', { citation: '164.999' }), {
    code: 'decision-unknown-paragraph',
  })
  const other = await newOrganisation()
  type Page = { items: { decision: string }[]; next: string | null }
  assert.deepEqual((await ask<Page>(other, 'requirements.decisions', { history: true })).items, [])
  const joined: string[] = []
  let next: string | undefined
  do {
    const page: Page = await ask(organisation, 'requirements.decisions', { history: true, limit: 1, after: next })
    joined.push(...page.items.map(({ decision }) => decision))
    next = page.next ?? undefined
  } while (next !== undefined)
  assert.deepEqual(joined, ['implement', 'alternative'])
  await assert.rejects(ask(organisation, 'requirements.decisions', { after: writeCursor([citation]) }), {
    code: 'page-unknown',
  })
})
