import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Safeguard, type Severity, safeguard } from '#core/safeguards/model.ts'
import { judgeSafeguards } from '#core/safeguards/service.ts'
import { judgeAsOf, listSafeguardStatus, writeReference } from '#core/safeguards/store.ts'
import type { Context } from '#platform/context.ts'
import { sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import {
  commentOnFinding,
  countFindings,
  endException,
  exceptFinding,
  listFindings,
  ownFinding,
  pageFindings,
  readFindings,
  showFinding,
} from './service.ts'

const { database, newOrganisation } = await openTestDatabase()

/** A safeguard whose check finds that these subjects fail and those pass. */
function judging(
  name: string,
  severity: Severity,
  failing: readonly number[],
  passing: readonly number[] = [],
): Safeguard {
  const list = sql.lit(`{${[...failing, ...passing].join(',')}}`)
  return safeguard({
    name,
    title: `The claim of ${name}`,
    meets: ['164.308(a)(3)(ii)(C)'],
    severity,
    subject: 'account',
    needs: [],
    remedy: 'Mend it.',
    check: sql`select subject, format('Clinic/user%s', subject) as key, format('Clinic/user%s', subject) as label,
      case when subject = any (${sql.lit(`{${failing.join(',')}}`)}::bigint[]) then 'fail' else 'pass' end::vigil.verdict as verdict,
      'measured'::basis as basis, 'It still works.' as detail from unnest(${list}::bigint[]) list (subject)`,
  })
}

const claims = ['access.one', 'access.two', 'patching.three'] as const
await database.asOwner((client) =>
  writeReference(client, {
    safeguards: claims.map((name) => ({ ...judging(name, 'low', []), practice: name.split('.')[0] ?? '' })),
    operatingSystems: [],
    responseRoles: [],
  }),
)

const dueDays = { critical: 7, high: 30, medium: 90, low: 180 }
const noon = (day: Day) => new Date(`${day}T12:00:00Z`)

function judgeOn(organisation: number, day: Day, safeguards: readonly Safeguard[]) {
  return asTester(
    database,
    organisation,
    (context) => judgeSafeguards(context, { safeguards, checkRole: database.checkRole, dueDays }),
    noon(day),
  )
}

function on<T>(organisation: number, day: Day, work: (context: Context) => Promise<T>): Promise<T> {
  return asTester(database, organisation, work, noon(day))
}

async function clinic(): Promise<number> {
  const organisation = await newOrganisation()
  await judgeOn(organisation, '2026-03-02', [
    judging('access.one', 'medium', [1, 2]),
    judging('access.two', 'critical', [3]),
    judging('patching.three', 'high', [4, 5, 6]),
  ])
  return organisation
}

const idsOf = (findings: readonly { id: number }[]) => findings.map(({ id }) => id)

async function worst(organisation: number, day: Day): Promise<number> {
  const [first] = await on(organisation, day, (context) => listFindings(context, { limit: 1 }))
  return first?.id ?? 0
}

const accepted = {
  reason: 'The scanner needs it until it is replaced.',
  compensatingControl: 'It stands in a network of its own.',
  approvedBy: 'Dana Whitfield',
}

test('findings are listed worst first, by severity and then by the day they are due', async () => {
  const organisation = await clinic()
  const found = await on(organisation, '2026-03-03', (context) => listFindings(context))
  assert.deepEqual(
    found.map(({ severity, subject }) => `${severity} ${subject.key}`),
    [
      'critical Clinic/user3',
      'high Clinic/user4',
      'high Clinic/user5',
      'high Clinic/user6',
      'medium Clinic/user1',
      'medium Clinic/user2',
    ],
  )
  const [first] = found
  assert.equal(first?.title, 'The claim of access.two')
  assert.equal(first?.dueOn, '2026-03-09')
  assert.equal(first?.state, 'open')
  assert.deepEqual(first?.citations, ['164.308(a)(3)(ii)(C)'])
})

test('pages of any length join to the whole list, and so do the batches of a report', async () => {
  const organisation = await clinic()
  const late = judging('access.two', 'critical', [3, 7, 8])
  await judgeOn(organisation, '2026-03-05', [late])
  await on(organisation, '2026-03-06', async (context) => {
    const all = idsOf(await listFindings(context))
    assert.equal(all.length, 8)
    for (const limit of [1, 3, 7, 8, 1_000]) {
      const joined: number[] = []
      let after: string | undefined
      for (;;) {
        const page = await pageFindings(context, { limit, after })
        joined.push(...idsOf(page.items))
        if (page.next === null) break
        after = page.next
      }
      assert.deepEqual(joined, all)
    }
    const read: number[] = []
    for await (const batch of readFindings(context)) read.push(...idsOf(batch))
    assert.deepEqual(read, all)
  })
})

test('a report may be read and left in the middle, twice in one transaction', async () => {
  const organisation = await clinic()
  await on(organisation, '2026-03-06', async (context) => {
    for (let time = 0; time < 2; time += 1) {
      for await (const batch of readFindings(context)) {
        assert.equal(batch.length, 6)
        break
      }
    }
    assert.equal((await listFindings(context)).length, 6)
  })
})

test('findings are narrowed by severity, practice, safeguard, owner and state', async () => {
  const organisation = await clinic()
  await on(organisation, '2026-03-03', async (context) => {
    const count = async (wanted: Parameters<typeof listFindings>[1]) => (await listFindings(context, wanted)).length
    assert.equal(await count({ severity: 'high' }), 3)
    assert.equal(await count({ practice: 'access' }), 3)
    assert.equal(await count({ safeguard: 'access.one' }), 2)
    const [first] = await listFindings(context, { safeguard: 'access.one' })
    await ownFinding(context, { findingId: first?.id ?? 0, owner: 'Priya Raman' })
    assert.equal(await count({ owner: 'priya raman' }), 1)
    await exceptFinding(context, { findingId: first?.id ?? 0, ...accepted, expiresOn: '2026-06-30' })
    assert.equal(await count({ state: 'open' }), 5)
    assert.equal(await count({ state: 'excepted' }), 1)
    assert.equal(await count({ state: 'not-closed' }), 6)
    assert.equal(await count({ state: 'closed' }), 0)
  })
  await judgeOn(organisation, '2026-03-04', [judging('access.two', 'critical', [], [3])])
  await on(organisation, '2026-03-04', async (context) => {
    assert.equal((await listFindings(context, { state: 'closed' })).length, 1)
    assert.equal((await listFindings(context, { state: 'all' })).length, 6)
  })
})

test('a filter that names nothing is refused, since an empty list would pass for good news', async () => {
  const organisation = await clinic()
  const list = (wanted: Parameters<typeof listFindings>[1]) =>
    on(organisation, '2026-03-03', (context) => listFindings(context, wanted))
  await assert.rejects(list({ safeguard: 'access.none' }), { code: 'finding-unknown-safeguard' })
  await assert.rejects(list({ practice: 'acess' }), { code: 'finding-unknown-practice' })
  for (const limit of [0, 1_001, 1.5, Number.NaN]) {
    await assert.rejects(list({ limit }), { code: 'finding-page-too-long' })
  }
})

test('open and excepted findings are counted apart, by severity', async () => {
  const organisation = await clinic()
  await on(organisation, '2026-03-03', async (context) => {
    const [, high] = await listFindings(context)
    await exceptFinding(context, { findingId: high?.id ?? 0, ...accepted, expiresOn: '2026-04-01' })
    const { open, excepted, practices } = await countFindings(context)
    assert.deepEqual(open, { critical: 1, high: 2, medium: 2, low: 0 })
    assert.deepEqual(excepted, { critical: 0, high: 1, medium: 0, low: 0 })
    assert.deepEqual(practices.map(({ practice, open, excepted }) => [practice, open.high, excepted.high]).sort(), [
      ['access', 0, 0],
      ['patching', 2, 1],
    ])
  })
})

test('an exception runs out by itself, and can then be given again', async () => {
  const organisation = await clinic()
  const findingId = await worst(organisation, '2026-03-03')
  await on(organisation, '2026-03-03', (context) =>
    exceptFinding(context, { findingId, ...accepted, expiresOn: '2026-04-01' }),
  )
  const exceptedOn = (day: Day) =>
    on(organisation, day, async (context) => (await showFinding(context, { findingId })).finding.exceptedUntil)
  assert.equal(await exceptedOn('2026-04-01'), '2026-04-01')
  assert.equal(await exceptedOn('2026-04-02'), undefined)
  await on(organisation, '2026-04-02', async (context) => {
    assert.equal((await countFindings(context)).excepted.critical, 0)
    await exceptFinding(context, { findingId, ...accepted, expiresOn: '2026-05-01' })
    const shown = await showFinding(context, { findingId })
    assert.equal(shown.exception?.expiresOn, '2026-05-01')
    assert.deepEqual(
      shown.events.map(({ kind }) => kind),
      ['opened', 'excepted', 'exception-ended', 'excepted'],
    )
  })
})

test('an exception takes a reason, a compensating control, an approver and a last day within a year', async () => {
  const organisation = await clinic()
  const findingId = await worst(organisation, '2026-03-03')
  const except = (change: Partial<typeof accepted & { expiresOn: Day }>) =>
    on(organisation, '2026-03-03', (context) =>
      exceptFinding(context, { findingId, ...accepted, expiresOn: '2026-06-01', ...change }),
    )
  await assert.rejects(except({ reason: '  ' }), { code: 'exception-incomplete' })
  await assert.rejects(except({ compensatingControl: '' }), { code: 'exception-incomplete' })
  await assert.rejects(except({ approvedBy: '' }), { code: 'exception-incomplete' })
  await assert.rejects(except({ expiresOn: '2026-02-30' }), { code: 'exception-not-a-day' })
  await assert.rejects(except({ expiresOn: '2026-03-03' }), { code: 'exception-over' })
  await assert.rejects(except({ expiresOn: '2027-03-05' }), { code: 'exception-too-long' })
  await except({ expiresOn: '2027-03-04' })
  await assert.rejects(except({}), { code: 'exception-already-given', message: /until 4 March 2027/ })
})

test('only an open finding is excepted or owned', async () => {
  const organisation = await clinic()
  const findingId = await worst(organisation, '2026-03-03')
  await judgeOn(organisation, '2026-03-04', [judging('access.two', 'critical', [], [3])])
  await on(organisation, '2026-03-05', async (context) => {
    const wanted = { findingId, ...accepted, expiresOn: '2026-06-01' }
    await assert.rejects(exceptFinding(context, wanted), { code: 'finding-closed' })
    await assert.rejects(ownFinding(context, { findingId, owner: 'Priya Raman' }), { code: 'finding-closed' })
    await assert.rejects(ownFinding(context, { findingId: 999_999, owner: 'Priya Raman' }), { code: 'finding-unknown' })
  })
})

test('what was excepted and mended and fails again has to be accepted anew', async () => {
  const organisation = await clinic()
  const findingId = await worst(organisation, '2026-03-03')
  await on(organisation, '2026-03-03', (context) =>
    exceptFinding(context, { findingId, ...accepted, expiresOn: '2026-12-01' }),
  )
  await judgeOn(organisation, '2026-03-04', [judging('access.two', 'critical', [], [3])])
  await judgeOn(organisation, '2026-03-05', [judging('access.two', 'critical', [3])])
  await on(organisation, '2026-03-05', async (context) => {
    const { finding, exception } = await showFinding(context, { findingId })
    assert.equal(finding.state, 'open')
    assert.equal(exception, undefined)
    await exceptFinding(context, { findingId, ...accepted, expiresOn: '2026-06-01' })
    assert.equal((await showFinding(context, { findingId })).finding.exceptedUntil, '2026-06-01')
  })
})

test('an exception changes neither status nor counts of a safeguard', async () => {
  const organisation = await clinic()
  const findingId = await worst(organisation, '2026-03-03')
  await on(organisation, '2026-03-03', (context) =>
    exceptFinding(context, { findingId, ...accepted, expiresOn: '2026-12-01' }),
  )
  await judgeOn(organisation, '2026-03-04', [judging('access.two', 'critical', [3])])
  const standing = await on(organisation, '2026-03-04', async ({ db, now, today }) => {
    await judgeAsOf(db, now, today)
    return (await listSafeguardStatus(db)).find(({ name }) => name === 'access.two')
  })
  assert.equal(standing?.status, 'failed')
  assert.equal(standing?.failed, 1)
})

test('an exception is ended once, with its reason among the events', async () => {
  const organisation = await clinic()
  const findingId = await worst(organisation, '2026-03-03')
  await on(organisation, '2026-03-03', async (context) => {
    await assert.rejects(endException(context, { findingId }), { code: 'exception-none' })
    await exceptFinding(context, { findingId, ...accepted, expiresOn: '2026-12-01' })
    const done = await endException(context, { findingId, reason: 'The scanner was replaced.' })
    assert.deepEqual(done.subjects, [`finding:${findingId}`])
    await assert.rejects(endException(context, { findingId }), { code: 'exception-none' })
    const { events, finding } = await showFinding(context, { findingId })
    assert.equal(finding.state, 'open')
    assert.equal(events.at(-1)?.body, 'The scanner was replaced.')
  })
})

test('owning and commenting are told with who did it and when', async () => {
  const organisation = await clinic()
  const findingId = await worst(organisation, '2026-03-03')
  await on(organisation, '2026-03-03', async (context) => {
    await ownFinding(context, { findingId, owner: ' Priya Raman ' })
    await ownFinding(context, { findingId, owner: 'Priya Raman' })
    await commentOnFinding(context, { findingId, comment: 'Asked the vendor.' })
    await assert.rejects(commentOnFinding(context, { findingId, comment: ' ' }), { code: 'finding-empty-comment' })
    const returned = await ownFinding(context, { findingId, owner: undefined })
    assert.deepEqual(returned.payload, {
      finding: findingId,
      safeguard: 'access.two',
      subject: 'Clinic/user3',
      owner: null,
      before: 'Priya Raman',
    })
    const { events, finding } = await showFinding(context, { findingId })
    assert.equal(finding.owner, undefined)
    assert.deepEqual(
      events.map(({ kind, body, actor }) => [kind, body, actor]),
      [
        ['opened', null, 'operator:tester'],
        ['owned', 'Priya Raman', 'operator:tester'],
        ['commented', 'Asked the vendor.', 'operator:tester'],
        ['owned', null, 'operator:tester'],
      ],
    )
  })
})

test('of two who except a finding at once, one is refused', async () => {
  const organisation = await clinic()
  const findingId = await worst(organisation, '2026-03-03')
  const results = await Promise.allSettled(
    [1, 2].map(() =>
      on(organisation, '2026-03-03', (context) =>
        exceptFinding(context, { findingId, ...accepted, expiresOn: '2026-06-01' }),
      ),
    ),
  )
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []))
  assert.deepEqual(refused, ['exception-already-given'])
})

test('another organisation sees and touches nothing', async () => {
  const organisation = await clinic()
  const findingId = await worst(organisation, '2026-03-03')
  const other = await newOrganisation()
  await on(other, '2026-03-03', async (context) => {
    assert.deepEqual(await listFindings(context, { state: 'all' }), [])
    await assert.rejects(showFinding(context, { findingId }), { code: 'finding-unknown' })
    await assert.rejects(commentOnFinding(context, { findingId, comment: 'Hello.' }), { code: 'finding-unknown' })
  })
})
