import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import type { Call } from '#core/door.ts'
import { callOf } from '#core/testing.ts'
import { sql } from '#platform/database.ts'
import { dayOf } from '#platform/days.ts'
import { createLog } from '#platform/log.ts'
import type { Story } from '#trail/model/story.ts'
import { writeLists } from '../../../../test/support/populated.ts'
import { openTestServer } from '../../../../test/support/server.ts'
import { must, openWard, push, refusalOf, type Ward } from '../trail/testing.ts'
import { startCaseFollower } from './follower.ts'
import { followStories } from './following.ts'
import { decideCase, reopenCase } from './service.ts'
import { findVersion, tieCases } from './store.ts'
import { makeStory } from './testing.ts'

const server = await openTestServer()
await writeLists(server.services.database)
const { services } = server

interface Case {
  readonly id: string
  readonly version: number
  readonly state: string
  readonly score: number
  readonly narrative: string
  readonly dueOn: string
  readonly isOverdue: boolean
  readonly seenAt: string | null
  readonly person: { readonly id: number | null; readonly name: string }
  readonly others: { readonly count: number; readonly violations: number }
}
interface Shown {
  readonly case: Case
  readonly events: readonly { readonly kind: string; readonly body: string | null }[]
  readonly decision: { readonly decision: string; readonly reason: string } | null
  readonly explainedBy: string | null
  readonly isOwn: boolean
  readonly members: readonly { readonly id: number; readonly name: string }[]
}

/** Hands stories over as read after the change that the cases were brought up to last, or after an older one. */
const hand = (ward: Ward, stories: readonly Story[], since?: number) =>
  services.database.inOrganisation(ward.organisationId, async (db) => {
    const { now } = server
    const context = { db, actor: 'job:cases', now, today: dayOf(now) }
    return followStories(context, { ...ward, services }, { since: since ?? (await findVersion(db)), stories })
  })

/** A person of the staff list, of whom an account list says that these logins are theirs. */
const listPerson = (ward: Ward, logins: readonly string[]) =>
  services.database.inOrganisation(ward.organisationId, async (db) => {
    const { rows } = await sql<{ id: number }>`insert into person default values returning id`.execute(db)
    const personId = rows[0]?.id ?? 0
    await sql`
      with ehr as (insert into system (key, name) values ('ehr', 'EHR') returning id)
      insert into account (system_id, key, username, person_id, link)
      select ehr.id, login, login, ${personId}, 'email' from ehr, unnest(${[...logins]}::text[]) login`.execute(db)
    return personId
  })

const idOf = (letter: string) => letter.repeat(32)
const list = async (ward: Ward, query = '') =>
  (await must<{ items: Case[] }>(ward.officer, 'GET', `/cases${query}`)).items
const show = (ward: Ward, id: string) => must<Shown>(ward.officer, 'GET', `/cases/${id}`)
const ledger = (ward: Ward) =>
  services.database.inOrganisation(ward.organisationId, async (db) => {
    const { rows } = await sql<{ action: string; line: string }>`
      select action, line from ledger_entry order by seq`.execute(db)
    return rows
  })

test('a story becomes a case that names its person and not its patient, and officers are told of a number', async () => {
  const ward = await openWard(server)
  assert.deepEqual(await hand(ward, [makeStory({})]), { opened: 1, explained: 0, reopened: 0 })
  const [found] = await list(ward)
  assert.equal(found?.person.name, 'Dana Reyes')
  assert.equal(found?.dueOn, '2026-11-16')
  const shown = await show(ward, idOf('a'))
  assert.deepEqual(
    shown.events.map(({ kind }) => kind),
    ['opened'],
  )
  for (const said of [found, shown]) assert.doesNotMatch(JSON.stringify(said), /Quistorp/)
  const news = await must<{ items: { kind: string; about: string; words: object }[] }>(
    ward.officer,
    'GET',
    '/notifications',
  )
  assert.deepEqual(
    news.items.map(({ kind, about, words }) => [kind, about, words]),
    [['cases-opened', `case:${idOf('a')}`, { count: 1 }]],
  )
  const { rows } = await services.database.asOwner((client) =>
    client.query<{ row: string; sealed: Buffer }>('select to_jsonb(one)::text as row, sealed from access_case one'),
  )
  for (const { row, sealed } of rows) assert.ok(!row.includes('Quistorp') && !sealed.includes('Quistorp'))
  // Handed over again, it changes nothing.
  assert.deepEqual(await hand(ward, [makeStory({ version: 2 })]), { opened: 0, explained: 0, reopened: 0 })
  assert.equal((await ledger(ward)).filter(({ action }) => action === 'cases.open').length, 1)
})

test('reading the patients of a case is on the ledger, and an officer’s reading is what counts as having looked', async () => {
  const ward = await openWard(server)
  await push(ward.program, [
    ['2026-10-20 08:00', 'd.reyes', 'P-4711-Quistorp'],
    ['2026-10-25 08:00', 'd.reyes', 'P-4711-Quistorp', 'print'],
    ['2026-10-25 09:00', 'somebody', 'P-4711-Quistorp'],
    ['2026-11-01 08:00', 'd.reyes', 'P-4711-Quistorp'],
    ['2026-11-01 12:00', 'd.reyes', 'P-4711-Quistorp'],
  ])
  await hand(ward, [makeStory({})])
  const path = `/cases/${idOf('a')}/read`
  const read = await must<{ patients: object[]; accesses: { user: string; at: string }[]; hasMore: boolean }>(
    ward.auditor,
    'POST',
    path,
    {},
  )
  assert.deepEqual(read.patients, [{ patient: 'P-4711-Quistorp', name: 'Ada Quistorp' }])
  assert.deepEqual(
    read.accesses.map(({ user, at }) => [user, at.slice(0, 10)]),
    [
      ['d.reyes', '2026-10-20'],
      ['d.reyes', '2026-10-25'],
      ['d.reyes', '2026-11-01'],
    ],
  )
  assert.equal((await list(ward))[0]?.seenAt, null)
  await must(ward.officer, 'POST', path, {})
  assert.equal((await list(ward))[0]?.seenAt, server.now.toISOString())
  const lines = await ledger(ward)
  assert.equal(lines.filter(({ action }) => action === 'cases.read').length, 2)
  for (const { line } of lines) assert.doesNotMatch(line, /Quistorp/)
})

test('a decision takes a reason and the story that was looked at, and stands until the story grows', async () => {
  const ward = await openWard(server)
  await hand(ward, [makeStory({ version: 3 })])
  const path = `/cases/${idOf('a')}/decide`
  const decision = { decision: 'appropriate', reason: 'She covered for a colleague.' }
  assert.equal(await refusalOf(ward.officer, 'POST', path, { ...decision, version: 2 }), 'case-changed')
  await must(ward.officer, 'POST', path, { ...decision, version: 3 })
  assert.equal(await refusalOf(ward.officer, 'POST', path, { ...decision, version: 3 }), 'case-decided')
  assert.deepEqual((await show(ward, idOf('a'))).decision, decision)
  assert.deepEqual(await list(ward), [])
  await hand(ward, [makeStory({ version: 4, accesses: 12 })])
  assert.equal((await show(ward, idOf('a'))).case.state, 'appropriate')
  assert.deepEqual(await hand(ward, [makeStory({ version: 5, accesses: 30 })]), {
    opened: 0,
    explained: 0,
    reopened: 1,
  })
  const again = await show(ward, idOf('a'))
  assert.equal(again.case.state, 'open')
  assert.match(again.events.at(-1)?.body ?? '', /has grown/)
})

test('Today tells a privacy officer, and nobody else, of the cases that wait, are due and are overdue', async () => {
  const ward = await openWard(server)
  const onToday = async (client: Ward['officer']) =>
    (await must<{ needs: { kind: string }[] }>(client, 'GET', '/today')).needs.filter(({ kind }) => kind === 'cases')
  assert.deepEqual(await onToday(ward.officer), [])
  await hand(ward, [makeStory({ version: 3 })])
  assert.deepEqual(await onToday(ward.officer), [{ kind: 'cases', count: 1, overdue: 0, due: 0 }])
  assert.deepEqual(await onToday(await server.member(ward.organisationId, ['security-officer', 'auditor'])), [])
  const then = server.now
  const another = () => server.member(ward.organisationId, ['privacy-officer'])
  // It is due on the sixteenth.
  server.now = new Date(then.getTime() + 10 * 86_400_000)
  assert.deepEqual(await onToday(await another()), [{ kind: 'cases', count: 1, overdue: 0, due: 1 }])
  server.now = new Date(then.getTime() + 20 * 86_400_000)
  assert.deepEqual(await onToday(await another()), [{ kind: 'cases', count: 1, overdue: 1, due: 0 }])
  server.now = then
  const decision = { version: 3, decision: 'appropriate', reason: 'She covered for a colleague.' }
  await must(ward.officer, 'POST', `/cases/${idOf('a')}/decide`, decision)
  assert.deepEqual(await onToday(ward.officer), [])
})

test('what explains a story later takes its open case back, and says why', async () => {
  const ward = await openWard(server)
  await hand(ward, [makeStory({})])
  const explained = makeStory({ version: 2, state: 'explained', explainedBy: 'An appointment on 1 November came in.' })
  assert.deepEqual(await hand(ward, [explained]), { opened: 0, explained: 1, reopened: 0 })
  const shown = await show(ward, idOf('a'))
  assert.equal(shown.case.state, 'explained')
  assert.equal(shown.explainedBy, 'An appointment on 1 November came in.')
  assert.ok((await ledger(ward)).some(({ action }) => action === 'cases.explain'))
  await hand(ward, [makeStory({ version: 3 })])
  assert.equal((await show(ward, idOf('a'))).case.state, 'open')
})

test('a violation asks for an incident by a task, and counts for the person and the rule', async () => {
  const ward = await openWard(server)
  await hand(ward, [makeStory({}), makeStory({ id: idOf('b'), version: 2, kind: 'co-worker', score: 40 })])
  const { incidentTaskId } = await must<{ incidentTaskId: number }>(
    ward.officer,
    'POST',
    `/cases/${idOf('a')}/decide`,
    {
      version: 1,
      decision: 'violation',
      reason: 'She said that she was curious.',
    },
  )
  const task = await must<{ kind: string; about: string; assignee: string }>(
    ward.officer,
    'GET',
    `/tasks/${incidentTaskId}`,
  )
  assert.deepEqual(
    [task.kind, task.about, task.assignee],
    ['incidents.draft', `case:${idOf('a')}`, `member:${ward.officer.memberId}`],
  )
  const [other] = await list(ward)
  assert.deepEqual(other?.others, { count: 1, violations: 1 })
  const { items } = await must<{ items: { kind: string; title: string; history: { violation: number } }[] }>(
    ward.officer,
    'GET',
    '/case-rules',
  )
  assert.equal(items.length, 16)
  assert.equal(items.find(({ kind }) => kind === 'family')?.history.violation, 1)
  assert.equal((await list(ward, `?state=all&sameAs=${idOf('a')}`)).length, 2)
})

test('a case is given to a privacy officer, commented on and opened again by one', async () => {
  const ward = await openWard(server)
  await hand(ward, [makeStory({})])
  const path = `/cases/${idOf('a')}`
  assert.equal(
    await refusalOf(ward.officer, 'PUT', `${path}/owner`, { memberId: ward.auditor.memberId }),
    'case-no-reviewer',
  )
  await must(ward.officer, 'PUT', `${path}/owner`, { memberId: ward.officer.memberId })
  assert.equal((await list(ward, '?owner=me')).length, 1)
  assert.deepEqual(await list(ward, '?owner=nobody'), [])
  await must(ward.officer, 'POST', `${path}/comments`, { comment: 'Asked her manager about Quistorp.' })
  assert.equal(await refusalOf(ward.officer, 'POST', `${path}/reopen`, { reason: 'Doubts.' }), 'case-open')
  assert.equal(await refusalOf(ward.auditor, 'POST', `${path}/comments`, { comment: 'x' }), 'request-not-allowed')
  assert.equal(await refusalOf(ward.officer, 'GET', `/cases/${idOf('c')}`), 'case-unknown')
  const { events } = await show(ward, idOf('a'))
  assert.deepEqual(
    events.map(({ kind, body }) => [kind, body]),
    [
      ['opened', null],
      ['assigned', `member:${ward.officer.memberId}`],
      ['commented', 'Asked her manager about Quistorp.'],
    ],
  )
})

test('nobody decides on a case of their own accesses, opens it again or is given it, however it is known to be theirs', async () => {
  const decision = { version: 1, decision: 'appropriate', reason: 'I had to.' }
  for (const by of ['person', 'account', 'address', 'name'] as const) {
    const ward = await openWard(server)
    const { organisationId } = ward
    const email = `me-by-${by}@vigil.example`
    const me = await server.member(organisationId, ['privacy-officer'], {
      email,
      name: by === 'name' ? 'Reyes, Dana' : 'Somebody Other',
    })
    const logins = [by === 'address' ? email : 'D.Reyes']
    const tie = async () => {
      const personId = await listPerson(ward, ['d.reyes'])
      await services.database.inOrganisation(organisationId, (db) =>
        sql`update member set person_id = ${personId} where id = ${me.memberId}`.execute(db),
      )
    }
    if (by === 'person') await tie()
    await hand(ward, [makeStory({ logins })])
    // The account list comes when the case is there.
    if (by === 'account') await tie()
    const path = `/cases/${idOf('a')}`
    const shownTo = async (client: Ward['officer']) => (await must<Shown>(client, 'GET', path)).isOwn
    assert.deepEqual([await shownTo(me), await shownTo(ward.officer)], [true, false], by)
    assert.equal(await refusalOf(me, 'POST', `${path}/decide`, decision), 'case-own', by)
    assert.equal(await refusalOf(me, 'PUT', `${path}/owner`, { memberId: ward.officer.memberId }), 'case-own')
    assert.equal(await refusalOf(ward.officer, 'PUT', `${path}/owner`, { memberId: me.memberId }), 'case-own-owner')
    // They may read it and say something; that is no looking at it.
    await must(me, 'POST', `${path}/read`, {})
    await must(me, 'POST', `${path}/comments`, { comment: 'I was asked to help.' })
    assert.equal((await list(ward))[0]?.seenAt, null)
    await must(ward.officer, 'POST', `${path}/decide`, decision)
    assert.equal(await refusalOf(me, 'POST', `${path}/reopen`, { reason: 'Doubts.' }), 'case-own')
  }
})

test('an operator decides on no case: that takes a person', async () => {
  const ward = await openWard(server)
  await hand(ward, [makeStory({})])
  const input = { caseId: idOf('a'), reason: 'Tidied up.' }
  for (const work of [
    (call: Call) => decideCase(call, { ...input, version: 1, decision: 'appropriate' }),
    (call: Call) => reopenCase(call, input),
  ]) {
    await assert.rejects(callOf(services, ward.organisationId, work), { code: 'case-needs-officer' })
  }
})

test('what a slower follower read before another one went on changes nothing', async () => {
  const ward = await openWard(server)
  const stale = [makeStory({ version: 10 })]
  await hand(ward, stale)
  await hand(ward, [makeStory({ version: 15, state: 'explained', explainedBy: 'An appointment.' })])
  assert.equal(await hand(ward, stale, 0), undefined)
  assert.equal((await show(ward, idOf('a'))).case.state, 'explained')
  assert.equal(await services.database.inOrganisation(ward.organisationId, findVersion), 15)
  assert.ok(!(await ledger(ward)).some(({ action }) => action === 'cases.reopen'))
})

test('a violation counts for the person, though it was decided before any list said whose logins they are', async () => {
  const ward = await openWard(server)
  const [a, b, c] = [idOf('a'), idOf('b'), idOf('c')]
  await hand(ward, [
    makeStory({ id: a, logins: ['d.reyes', 'dr2'] }),
    makeStory({ id: b, version: 2, logins: ['DR2'] }),
  ])
  await must(ward.officer, 'POST', `/cases/${a}/decide`, { version: 1, decision: 'violation', reason: 'Curious.' })
  const others = async (id: string) => (await show(ward, id)).case.others
  assert.deepEqual(await others(b), { count: 1, violations: 1 })
  const personId = await listPerson(ward, ['d.reyes', 'dr2', 'dr3'])
  await hand(ward, [makeStory({ id: c, version: 3, logins: ['dr2', 'dr3'] })])
  assert.deepEqual(await others(c), { count: 2, violations: 1 })
  assert.deepEqual((await list(ward, `?state=all&sameAs=${c}`)).map(({ id }) => id).sort(), [a, b, c])
  // A login of theirs that no case shares: known at night, when the trail is told who works here.
  await hand(ward, [makeStory({ id: idOf('d'), version: 4, logins: ['d.reyes3'] })])
  await services.database.inOrganisation(ward.organisationId, async (db) => {
    await sql`update account set key = 'd.reyes3' where key = 'dr3'`.execute(db)
    await tieCases(db)
  })
  assert.deepEqual(await others(idOf('d')), { count: 3, violations: 1 })
  assert.equal((await show(ward, a)).case.person.id, personId)
})

test('pages of any order join to the whole list, and words find the person', async () => {
  const ward = await openWard(server)
  const stories = Array.from({ length: 23 }, (_, index) =>
    makeStory({
      id: index.toString(16).padStart(32, '0'),
      version: index + 1,
      score: 30 + (index % 4),
      person: index % 2 === 0 ? 'Zoë Ärlig' : 'Dana Reyes',
      logins: [`user${index % 5}`],
      lastAt: new Date(Date.parse('2026-10-25T08:00:00Z') + (index % 6) * 3_600_000),
    }),
  )
  await hand(ward, stories)
  for (const sort of ['score', 'opened', 'due', 'last']) {
    const ids: string[] = []
    let after = ''
    do {
      const page = await must<{ items: Case[]; next: string | null }>(
        ward.officer,
        'GET',
        `/cases?sort=${sort}&limit=5${after}`,
      )
      ids.push(...page.items.map(({ id }) => id))
      after = page.next === null ? '' : `&after=${page.next}`
    } while (after !== '')
    assert.equal(new Set(ids).size, 23, sort)
  }
  assert.equal((await list(ward, '?q=zoe+arlig&limit=50')).length, 12)
  assert.equal(await refusalOf(ward.officer, 'GET', '/cases?after=x'), 'page-unknown')
  assert.equal(await refusalOf(ward.officer, 'GET', '/cases?owner=you'), 'case-unknown-owner')
  const then = server.now
  server.now = new Date(then.getTime() + 20 * 86_400_000)
  const later = await server.member(ward.organisationId, ['privacy-officer'])
  const counts = await must<{ open: number; overdue: number; unseen: number }>(later, 'GET', '/case-counts')
  assert.deepEqual([counts.open, counts.overdue, counts.unseen], [23, 23, 23])
  server.now = then
})

test('a case opens by itself soon after the access that makes it, by following the trail', async () => {
  const ward = await openWard(server)
  const known = [
    {
      record: 'worker',
      login: 'q.nurse',
      name: 'Quinn Quistorp',
      department: 'Ward 3',
      role: 'Nurse',
      street: 'Elm Street 5',
      place: 'Springfield',
    },
    {
      record: 'patient',
      patient: 'P-1',
      name: 'Ada Quistorp',
      bornOn: '1950-02-03',
      street: 'Elm Street 5',
      place: 'Springfield',
    },
    ...Array.from({ length: 30 }, (_, index) => ({
      record: 'patient',
      patient: `P-${index + 100}`,
      name: `Ann Other${index}`,
    })),
  ]
  const raw = Buffer.from(known.map((one) => `${JSON.stringify(one)}\n`).join(''))
  const sent = await ward.program.call('POST', '/trail/events?source=HR&format=relations', undefined, { raw })
  assert.equal(sent.status, 200, JSON.stringify(sent.body))
  const log: string[] = []
  const follower = startCaseFollower(
    services,
    createLog('debug', (line) => log.push(line)),
    () => server.now,
  )
  try {
    await push(ward.program, [['2026-11-01 08:00', 'q.nurse', 'P-150']])
    const begun = performance.now()
    await push(
      ward.program,
      ['08:00', '09:00', '10:00', '11:00', '12:00', '13:00'].map((time) => [`2026-11-01 ${time}`, 'q.nurse', 'P-1']),
    )
    let found: Case | undefined
    while (!found && performance.now() - begun < 20_000) {
      ;[found] = await list(ward)
      await once(AbortSignal.timeout(20), 'abort')
    }
    assert.ok(found, log.join('\n'))
    assert.equal(found.person.name, 'Quinn Quistorp')
    assert.doesNotMatch(JSON.stringify(found), /Ada|P-1\b/)
    const read = await must<{ accesses: object[] }>(ward.officer, 'POST', `/cases/${found.id}/read`, {})
    assert.equal(read.accesses.length, 6)
  } finally {
    await follower.stop()
  }
  assert.ok(!log.some((line) => line.includes('defect')), log.join('\n'))
})
