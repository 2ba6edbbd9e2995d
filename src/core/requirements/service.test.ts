import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Safeguard, safeguard, statuses } from '#core/safeguards/model.ts'
import { judgeSafeguards } from '#core/safeguards/service.ts'
import { writeReference } from '#core/safeguards/store.ts'
import type { Context } from '#platform/context.ts'
import { sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { bindingRequirements } from './model.ts'
import { decideAddressable, listDecisions, requirementStatus, shownStatus, showRequirement } from './service.ts'

const { database, newOrganisation } = await openTestDatabase()

type Outcome = 'proved' | 'attested' | 'failed' | 'unknown'
const judgedAs: Readonly<Record<Outcome, readonly [verdict: string, basis: string]>> = {
  proved: ['pass', 'measured'],
  attested: ['pass', 'stated'],
  failed: ['fail', 'measured'],
  unknown: ['unknown', 'measured'],
}

/** A safeguard that meets these paragraphs and whose one subject is judged so. */
function judged(name: string, meets: readonly string[], outcome: Outcome): Safeguard {
  const [verdict, basis] = judgedAs[outcome]
  return safeguard({
    name,
    title: `The claim of ${name}`,
    meets,
    severity: 'high',
    subject: 'organisation',
    needs: [],
    remedy: 'Mend it.',
    check: sql`select 1::bigint as subject, 'it' as key, 'it' as label, ${sql.lit(verdict)}::vigil.verdict as verdict,
      ${sql.lit(basis)}::basis as basis, 'It cannot be told.' as detail`,
  })
}

const leavers = '164.308(a)(3)(ii)(C)'
const automaticLogoff = '164.312(a)(2)(iii)'
const encryption = '164.312(a)(2)(iv)'

const safeguardsOf = (one: Outcome, two: Outcome, three: Outcome) => [
  judged('access.one', [leavers], one),
  judged('access.two', [leavers, '164.312(a)(2)(i)'], two),
  judged('encryption.three', [encryption], three),
]

await database.asOwner((client) =>
  writeReference(client, {
    safeguards: safeguardsOf('unknown', 'unknown', 'unknown').map((one) => ({
      ...one,
      practice: one.name.split('.')[0] ?? '',
    })),
    operatingSystems: [],
    responseRoles: [],
  }),
)

function on<T>(organisation: number, day: Day, work: (context: Context) => Promise<T>): Promise<T> {
  return asTester(database, organisation, work, new Date(`${day}T12:00:00Z`))
}

function judge(organisation: number, safeguards: readonly Safeguard[]) {
  return on(organisation, '2026-11-02', (context) =>
    judgeSafeguards(context, {
      safeguards,
      checkRole: database.checkRole,
      dueDays: { critical: 7, high: 30, medium: 90, low: 180 },
    }),
  )
}

async function standing(organisation: number, citation: string, day = '2026-11-02') {
  const all = await on(organisation, day, requirementStatus)
  const found = all.find((posture) => posture.citation === citation)
  assert.ok(found)
  return found
}

const decided = {
  decision: 'not-reasonable',
  why: 'The wards share stations that lock with the badge.',
  approvedBy: 'Dana Whitfield',
  decidedOn: '2026-10-01',
  reviewOn: '2027-10-01',
} as const

test('every binding paragraph is listed once, in the order of the law, and all are unknown at first', async () => {
  const all = await on(await newOrganisation(), '2026-11-02', requirementStatus)
  assert.deepEqual(
    all.map(({ citation }) => citation),
    bindingRequirements().map(({ citation }) => citation),
  )
  assert.deepEqual([...new Set(all.map(({ status }) => status))], ['unknown'])
  assert.ok(all.every(({ whyUnknown }) => whyUnknown !== undefined))
})

test('a paragraph is as the worst of the safeguards that meet it', async () => {
  for (const one of statuses) {
    for (const two of statuses) {
      const organisation = await newOrganisation()
      await judge(organisation, safeguardsOf(one, two, 'proved'))
      const { status, safeguards } = await standing(organisation, leavers)
      assert.equal(
        status,
        statuses.find((value) => value === one || value === two),
      )
      assert.deepEqual(safeguards, [
        { name: 'access.one', status: one },
        { name: 'access.two', status: two },
      ])
      assert.equal((await standing(organisation, '164.312(a)(2)(i)')).status, two)
    }
  }
})

test('when what a safeguard rests on lapses, its paragraphs are unknown again', async () => {
  const organisation = await newOrganisation()
  await judge(organisation, safeguardsOf('proved', 'proved', 'proved'))
  assert.equal((await standing(organisation, leavers)).status, 'proved')
  const later = await standing(organisation, leavers, '2026-11-04')
  assert.equal(later.status, 'unknown')
  assert.match(later.whyUnknown ?? '', /^access\.one: /)
})

test('a decision counts as attested where nothing measures the paragraph, up to its day of review', async () => {
  const organisation = await newOrganisation()
  await on(organisation, '2026-11-02', (context) =>
    decideAddressable(context, { ...decided, citation: automaticLogoff }),
  )
  assert.equal((await standing(organisation, automaticLogoff)).status, 'attested')
  assert.equal((await standing(organisation, automaticLogoff, '2027-10-01')).status, 'attested')
  const late = await standing(organisation, automaticLogoff, '2027-10-02')
  assert.equal(late.status, 'unknown')
  assert.equal(late.decision?.state, 'review-overdue')
  assert.equal(late.whyUnknown, 'the decision on it was to be reviewed by 1 October 2027')
})

test('a decision outweighs nothing that a safeguard measured', async () => {
  for (const outcome of statuses) {
    const organisation = await newOrganisation()
    await on(organisation, '2026-11-02', (context) => decideAddressable(context, { ...decided, citation: encryption }))
    await judge(organisation, safeguardsOf('proved', 'proved', outcome))
    assert.equal((await standing(organisation, encryption)).status, outcome)
  }
})

test('deciding to implement implements nothing', async () => {
  const organisation = await newOrganisation()
  await on(organisation, '2026-11-02', (context) =>
    decideAddressable(context, { ...decided, citation: automaticLogoff, decision: 'implement' }),
  )
  assert.equal((await standing(organisation, automaticLogoff)).status, 'unknown')
})

test('only an addressable specification is decided on, with a reason, an approver and a review within three years', async () => {
  const organisation = await newOrganisation()
  const decide = (change: object) =>
    on(organisation, '2026-11-02', (context) =>
      decideAddressable(context, { ...decided, citation: automaticLogoff, ...change }),
    )
  const cases = [
    [{ citation: '164.999(z)' }, 'unknown-paragraph'],
    [{ citation: '164.312(a)(2)(i)' }, 'not-addressable'],
    [{ citation: '164.312(a)(1)' }, 'not-addressable'],
    [{ why: ' ' }, 'incomplete'],
    [{ approvedBy: '' }, 'incomplete'],
    [{ decidedOn: '2026-13-01' }, 'not-a-day'],
    [{ reviewOn: '2026-11-31' }, 'not-a-day'],
    [{ decidedOn: '2026-11-03' }, 'not-yet'],
    [{ reviewOn: '2026-11-02' }, 'review-past'],
    [{ reviewOn: '2029-10-02' }, 'review-late'],
  ] as const
  for (const [change, state] of cases) await assert.rejects(decide(change), { code: `decision-${state}` })
  await decide({ reviewOn: '2029-10-01' })
})

test('a citation is understood as people write it', async () => {
  const organisation = await newOrganisation()
  const made = await on(organisation, '2026-11-02', (context) =>
    decideAddressable(context, { ...decided, citation: '45 CFR § 164.312(a)(2)(iii)' }),
  )
  assert.deepEqual(made.subjects, [`decision:${made.decisionId}`, `requirement:${automaticLogoff}`])
  assert.equal((await standing(organisation, automaticLogoff)).status, 'attested')
})

test('a new decision takes the place of the former, which stays on record', async () => {
  const organisation = await newOrganisation()
  const first = await on(organisation, '2026-10-02', (context) =>
    decideAddressable(context, { ...decided, citation: automaticLogoff }),
  )
  const second = await on(organisation, '2026-11-02', (context) =>
    decideAddressable(context, { ...decided, citation: automaticLogoff, decision: 'alternative' }),
  )
  assert.equal((second.payload as { supersedes?: number }).supersedes, first.decisionId)
  await on(organisation, '2026-11-02', async (context) => {
    const current = await listDecisions(context)
    assert.deepEqual(
      current.map(({ id, state, decision }) => [id, state, decision]),
      [[second.decisionId, 'in-force', 'alternative']],
    )
    const history = await listDecisions(context, { history: true })
    assert.deepEqual(
      history.map(({ id, state }) => [id, state]),
      [
        [second.decisionId, 'in-force'],
        [first.decisionId, 'superseded'],
      ],
    )
  })
})

test('two who decide on one paragraph at once leave one decision that stands', async () => {
  const organisation = await newOrganisation()
  await Promise.all(
    [1, 2, 3].map(() =>
      on(organisation, '2026-11-02', (context) =>
        decideAddressable(context, { ...decided, citation: automaticLogoff }),
      ),
    ),
  )
  await on(organisation, '2026-11-02', async (context) => {
    assert.equal((await listDecisions(context)).length, 1)
    assert.equal((await listDecisions(context, { history: true })).length, 3)
  })
})

test('a heading is shown as the worst of what is below it, up to the rule itself', async () => {
  const organisation = await newOrganisation()
  await judge(organisation, safeguardsOf('proved', 'attested', 'failed'))
  const postures = await on(organisation, '2026-11-02', requirementStatus)
  const shown = shownStatus(postures)
  assert.equal(shown.get(encryption), 'failed')
  assert.equal(shown.get('164.312(a)(1)'), 'unknown')
  assert.equal(shown.get('164.312(a)'), 'failed')
  assert.equal(shown.get('164.312'), 'failed')
  assert.equal(shown.get('164.SubpartC'), 'failed')
  assert.equal(shown.get('164.308'), 'unknown')
  assert.equal(shown.get('164.SubpartD'), 'unknown')
  assert.equal(shown.get('164.304'), undefined)
})

test('another organisation’s decisions say nothing here', async () => {
  const other = await newOrganisation()
  await on(other, '2026-11-02', (context) => decideAddressable(context, { ...decided, citation: automaticLogoff }))
  const organisation = await newOrganisation()
  assert.equal((await standing(organisation, automaticLogoff)).status, 'unknown')
  assert.deepEqual(await on(organisation, '2026-11-02', (context) => listDecisions(context, { history: true })), [])
})

test('the evidence of a paragraph is what was linked to it, to its safeguards, or stands behind a statement', async () => {
  const [organisation, other] = [await newOrganisation(), await newOrganisation()]
  const keep = (title: string, links: readonly string[], attested?: string) =>
    on(organisation, '2026-11-02', async ({ db, now }) => {
      const { rows } = await sql<{ id: string }>`
        insert into evidence (title, file_name, bytes, digest, sealed_key, kept_by, kept_at)
        values (${title}, 'a.txt', 1, '', 'key', 'operator:tester', ${now}) returning id`.execute(db)
      const id = rows[0]?.id
      for (const about of links) {
        await sql`insert into evidence_link (evidence_id, about, linked_by, linked_at)
          values (${id}::uuid, ${about}, 'operator:tester', ${now})`.execute(db)
      }
      if (attested === undefined) return
      await sql`insert into attestation (safeguard_id, statement, author, stated_on, valid_until_on, evidence_id,
          recorded_by, recorded_at)
        select id, 'It is so.', 'Dana', '2026-11-01', '2027-01-01', ${id}::uuid, 'operator:tester', ${now}
        from safeguard where name = ${attested}`.execute(db)
    })
  await keep('Of the paragraph', [`requirement:${leavers}`])
  await keep('Of a safeguard, twice', ['safeguard:access.one'], 'access.one')
  await keep('Behind a statement', [], 'access.two')
  await keep('Of another paragraph', [`requirement:${encryption}`, 'safeguard:encryption.three'])
  const evidenceOf = async (citation: string, of = organisation) =>
    (await on(of, '2026-11-02', (context) => showRequirement(context, { citation }))).evidence.map(
      ({ title, about, isLinked }) => [title, about, isLinked],
    )
  assert.deepEqual(await evidenceOf(leavers), [
    ['Behind a statement', 'safeguard:access.two', false],
    ['Of a safeguard, twice', 'safeguard:access.one', true],
    ['Of the paragraph', `requirement:${leavers}`, true],
  ])
  assert.deepEqual(await evidenceOf(automaticLogoff), [])
  await on(organisation, '2026-11-02', ({ db }) =>
    sql`update evidence set sealed_key = '' where title <> 'Behind a statement'`.execute(db),
  )
  assert.equal((await evidenceOf(leavers)).length, 1)
  assert.deepEqual(await evidenceOf(leavers, other), [])
})
