/** People over the door: the list and its filters, one page a person, and what a manager may see. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { Principal } from '#core/door.ts'
import { type Practice, safeguard } from '#core/safeguards/model.ts'
import { judgeSafeguards } from '#core/safeguards/service.ts'
import { writeReference } from '#core/safeguards/store.ts'
import { openTask } from '#core/tasks/service.ts'
import { callOf, memberWith, openServices, operator, runBound } from '#core/testing.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { type Db, sql } from '#platform/database.ts'
import { writeCursor } from '#platform/paging.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import type { listPeople, showPerson, summarisePeople } from './contract.ts'
import { peopleDoor } from './index.ts'
import { refreshEntries } from './record/store.ts'

const directory = mkdtempSync(join(tmpdir(), 'vigil-people-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const { database, newOrganisation } = await openTestDatabase()
const services = await openServices(database, directory)

const practices: readonly Practice[] = [
  {
    name: 'access',
    title: 'Access',
    asks: 'Ask.',
    safeguards: [
      safeguard({
        name: 'access.one',
        title: 'The claim',
        meets: ['164.308(a)(3)(ii)(C)'],
        severity: 'critical',
        subject: 'account',
        needs: [],
        remedy: 'Disable the account today.',
        check: sql`select 1`,
      }),
    ],
  },
]
await database.asOwner((client) =>
  writeReference(client, {
    safeguards: practices.flatMap(({ name, safeguards }) => safeguards.map((one) => ({ ...one, practice: name }))),
    operatingSystems: [],
    responseRoles: [],
  }),
)
const door = peopleDoor(practices)

type Page = WireOutputOf<typeof listPeople>
type Shown = WireOutputOf<typeof showPerson>

const later = new Date('2026-12-24T12:00:00Z')
const ask = async <T>(organisation: number, name: string, input = {}, principal: Principal = operator, now?: Date) =>
  (
    await callOf(services, organisation, (call) => runBound(door, name, call, input), {
      principal,
      ...(now && { now }),
    })
  ).output as T
const show = (organisation: number, personId: number | undefined, principal?: Principal, now?: Date) =>
  ask<Shown>(organisation, 'people.show', { personId }, principal, now)

interface Told {
  readonly name: string
  readonly number: string
  readonly department?: string
  readonly standing?: string
  readonly hiredOn?: string
  readonly leftOn?: string
  readonly managerKey?: string
  readonly source?: string
  readonly isAbsent?: boolean
}

/** Tells of a person, as a list of the source would; a person told of by the same number is the same one. */
async function tell(db: Db, told: Told): Promise<number> {
  const found = await sql<{
    id: number
  }>`select person_id as id from person_fact where number_key = ${told.number}`.execute(db)
  const made =
    found.rows[0] ?? (await sql<{ id: number }>`insert into person default values returning id`.execute(db)).rows[0]
  const id = made?.id ?? 0
  await sql`
    insert into person_fact (source_id, key, line, run_id, present_from, absent_from, person_id, number_key, name_key,
      email_key, username_key, manager_key, display_name, employee_number, email, username, title, department, standing,
      hired_on, left_on)
    values ((select id from source where name = ${told.source ?? 'staff'}), ${told.number}, 1, 1, '2026-01-01',
      ${told.isAbsent ? '2026-10-01' : null}, ${id}, ${told.number}, ${told.name.toLowerCase()},
      ${`p${told.number}@clinic.example`}, ${`p${told.number}`}, ${told.managerKey ?? null}, ${told.name}, ${told.number},
      ${`p${told.number}@clinic.example`}, ${`p${told.number}`}, 'Nurse', ${told.department ?? 'Ward'},
      ${told.standing ?? 'active'}, ${told.hiredOn ?? '2020-04-01'}, ${told.leftOn ?? null})`.execute(db)
  return id
}

async function give(
  db: Db,
  personId: number,
  username: string,
  enabled: boolean | null,
  link = 'email',
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into account (system_id, key, username, person_id, link)
    values ((select id from system), ${username}, ${username}, ${personId}, ${link}) returning id`.execute(db)
  const id = rows[0]?.id ?? 0
  await sql`
    insert into account_fact (source_id, key, line, run_id, present_from, account_id, system, username, enabled,
      last_used_at, mfa_enrolled, created_at)
    values ((select id from source where name = 'accounts'), ${username}, 1, 1, '2026-01-01', ${id}, 'Mail', ${username},
      ${enabled}, '2026-10-30T09:00:00Z', ${username.endsWith('x') ? null : true}, '2021-04-01T09:00:00Z')`.execute(db)
  return id
}

async function find(db: Db, kind: string, subject: number, severity = 'critical'): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into finding (safeguard_id, subject_kind, subject_id, subject_key, subject_label, severity, detail, opened_at,
      due_on)
    values ((select id from safeguard), ${kind}, ${subject}, 'k', 'k', ${severity}::severity, ${`About the ${kind}.`},
      '2026-10-31T09:00:00Z', '2026-11-01') returning id`.execute(db)
  const id = rows[0]?.id ?? 0
  await sql`
    insert into finding_event (finding_id, kind, actor, at) values (${id}, 'opened', 'job:check', '2026-10-31T09:00:00Z')
  `.execute(db)
  return id
}

/** Dana, to whom Ines and Arjun report; Arjun left with a working account; Petra left without; and others. */
async function clinic() {
  const organisation = await newOrganisation()
  const ids = await asTester(database, organisation, async ({ db }) => {
    for (const [name, kind] of [
      ['staff', 'person'],
      ['rota', 'person'],
      ['accounts', 'account'],
      ['courses', 'training'],
      ['inventory', 'device'],
      ['plan', 'role'],
    ]) {
      await sql`
        insert into source (name, channel, format, kinds, basis, valid_for, collected_at, complete, run_id)
        values (${name}, 'file', 'csv', array[${kind}], 'measured', interval '35 days', '2026-11-01', true, 1)`.execute(
        db,
      )
    }
    await sql`insert into system (key, name) values ('mail', 'Mail')`.execute(db)
    const dana = await tell(db, { name: 'Dana Reyes', number: '1', department: 'Office' })
    const ines = await tell(db, { name: 'Inés Núñez', number: '2', managerKey: '1' })
    const arjun = await tell(db, {
      name: 'Arjun Rao',
      number: '3',
      managerKey: '1',
      standing: 'left',
      leftOn: '2026-08-28',
    })
    const petra = await tell(db, { name: 'Petra Lind', number: '4', standing: 'left', leftOn: '2026-08-28' })
    const leave = await tell(db, { name: 'Leo Vance', number: '5', standing: 'leave' })
    const fresh = await tell(db, { name: 'Fay Moss', number: '6', hiredOn: '2026-12-01' })
    const gone = await tell(db, { name: 'Gus Hall', number: '7', standing: 'left', isAbsent: true })
    const [one, other] = [
      await tell(db, { name: 'Sam Berg', number: '8' }),
      await tell(db, { name: 'Sam Berg', number: '9' }),
    ]
    const works = await give(db, arjun, 'arjun', true)
    await give(db, arjun, 'closed', false)
    await give(db, petra, 'petra', false)
    await give(db, ines, 'inesx', true)
    await give(db, dana, 'frontdesk', true, 'named')
    const about = await find(db, 'account', works)
    await find(db, 'person', ines, 'low')
    for (const [person, course, due, done] of [
      [ines, 'Security', '2026-06-30', null],
      [ines, 'Privacy', '2026-06-30', null],
      [ines, 'Privacy', '2026-09-30', '2026-07-02'],
      [dana, 'Security', '2026-06-30', '2026-05-02'],
    ] as const) {
      await sql`
        insert into training_fact (source_id, key, line, run_id, present_from, person_id, course, due_on, completed_on)
        values ((select id from source where name = 'courses'), ${`${person} ${course} ${due}`}, 1, 1, '2026-01-01', ${person},
          ${course}, ${due}, ${done})`.execute(db)
    }
    for (const [name, user] of [
      ['A', 'CLINIC\\P2'],
      ['B', 'Sam Berg'],
      ['C', 'P1@clinic.example'],
    ]) {
      const { rows } = await sql<{
        id: number
      }>`insert into device (key, name) values (${name}, ${name}) returning id`.execute(db)
      await sql`
        insert into device_fact (source_id, key, line, run_id, present_from, device_id, name, user_name)
        values ((select id from source where name = 'inventory'), ${name}, 1, 1, '2026-01-01', ${rows[0]?.id}, ${name}, ${user})
      `.execute(db)
    }
    await sql`
      insert into role_fact (source_id, key, line, run_id, present_from, person_id, role, confirmed_on)
      values ((select id from source where name = 'plan'), 'lead', 1, 1, '2026-01-01', ${dana}, 'Incident lead', '2026-09-01')
    `.execute(db)
    await refreshEntries(db)
    return { dana, ines, arjun, petra, leave, fresh, gone, one, other, works, about }
  })
  return { organisation, ...ids }
}

async function manage(organisation: number, personId: number): Promise<Principal> {
  const id = await database.asOwner(async (client) => {
    const identity = await client.query<{ id: number }>(
      `insert into identity (name, email, email_key, created_at) values ('M', $1, $1, now()) returning id`,
      [`m${organisation}.${personId}@clinic.example`],
    )
    const { rows } = await client.query<{ id: number }>(
      `insert into member (organisation_id, identity_id, person_id, roles, made_by, created_at)
       values ($1, $2, $3, '{manager}', 'test', now()) returning id`,
      [organisation, identity.rows[0]?.id, personId],
    )
    return Number(rows[0]?.id)
  })
  return memberWith(['manager'], id)
}

const namesOf = ({ items }: Page) => items.map(({ name }) => name)

test('everybody stands in the list by name, with how they stand now', async () => {
  const { organisation } = await clinic()
  const { items } = await ask<Page>(organisation, 'people.list')
  assert.deepEqual(
    items.map(({ name, standing, accounts, working, findings, worst }) => [
      name,
      standing,
      accounts,
      working,
      findings,
      worst,
    ]),
    [
      ['Arjun Rao', 'left', 2, 1, 1, 'critical'],
      ['Dana Reyes', 'here', 0, null, 0, null],
      ['Fay Moss', 'starting', 0, null, 0, null],
      ['Gus Hall', 'unknown', 0, null, 0, null],
      ['Inés Núñez', 'here', 1, 1, 1, 'low'],
      ['Leo Vance', 'leave', 0, null, 0, null],
      ['Petra Lind', 'left', 1, 0, 0, null],
      ['Sam Berg', 'here', 0, null, 0, null],
      ['Sam Berg', 'here', 0, null, 0, null],
    ],
  )
  const ines = items.find(({ name }) => name === 'Inés Núñez')
  assert.equal(ines?.trainingOverdue, 1, 'a course completed since is not overdue')
  assert.deepEqual(ines?.secondFactor, { with: 0, without: 0, unknown: 1, basis: null })
  assert.equal(items[0]?.trainingOverdue, null, 'of whom no record speaks, nothing is known')
})

test('people are found by name without its marks, by number, address and user name', async () => {
  const { organisation } = await clinic()
  for (const [q, names] of [
    ['nunez', ['Inés Núñez']],
    ['NÚÑEZ', ['Inés Núñez']],
    ['p4@clinic', ['Petra Lind']],
    ['arjun', ['Arjun Rao']],
    ['inesx', ['Inés Núñez']],
    ['frontdesk', []],
    ['%', []],
  ] as const) {
    assert.deepEqual(namesOf(await ask<Page>(organisation, 'people.list', { q })), names, q)
  }
})

test('the list narrows by standing, department, findings, and by who left and still gets in', async () => {
  const { organisation, arjun } = await clinic()
  const list = async (input: object) => namesOf(await ask<Page>(organisation, 'people.list', input))
  assert.deepEqual(await list({ standing: 'left' }), ['Arjun Rao', 'Petra Lind'])
  assert.deepEqual(await list({ standing: 'unknown' }), ['Gus Hall'])
  assert.deepEqual(await list({ department: 'Office' }), ['Dana Reyes'])
  assert.deepEqual(await list({ leftWithAccount: true }), ['Arjun Rao'])
  assert.deepEqual(await list({ hasFindings: true }), ['Arjun Rao', 'Inés Núñez'])
  assert.deepEqual((await list({ sort: 'findings' })).slice(0, 3), ['Arjun Rao', 'Inés Núñez', 'Dana Reyes'])
  const summary = await ask<WireOutputOf<typeof summarisePeople>>(organisation, 'people.summary')
  assert.deepEqual(summary, {
    standings: { here: 4, leave: 1, starting: 1, left: 2, unknown: 1 },
    leftWithAccount: 1,
    departments: [
      { name: 'Office', people: 1 },
      { name: 'Ward', people: 8 },
    ],
  })
  await asTester(database, organisation, ({ db }) =>
    sql`update account_fact set enabled = false where account_id in (select id from account where person_id = ${arjun})`.execute(
      db,
    ),
  )
  assert.deepEqual(await list({ leftWithAccount: true }), [], 'whether an account works is looked up, not remembered')
})

test('pages of any length and order join to one list without gap or repeat', async () => {
  const { organisation } = await clinic()
  await fc.assert(
    fc.asyncProperty(
      fc.record(
        {
          limit: fc.integer({ min: 1, max: 4 }),
          sort: fc.constantFrom('name', 'findings'),
          order: fc.constantFrom('ascending', 'descending'),
          hasFindings: fc.boolean(),
          standing: fc.constantFrom('here', 'left'),
        },
        { requiredKeys: ['limit', 'sort', 'order'] },
      ),
      async (input) => {
        const joined: Page['items'] = []
        let next: string | null = null
        do {
          const page: Page = await ask(organisation, 'people.list', { ...input, ...(next !== null && { after: next }) })
          joined.push(...page.items)
          next = page.next
        } while (next !== null)
        const whole = await ask<Page>(organisation, 'people.list', { ...input, limit: 200 })
        assert.deepEqual(joined, whole.items)
        if (input.order === 'descending') {
          const up = await ask<Page>(organisation, 'people.list', { ...input, order: 'ascending', limit: 200 })
          assert.deepEqual(whole.items, up.items.toReversed())
        }
      },
    ),
    { numRuns: 20 },
  )
  for (const after of [
    'x',
    writeCursor([]),
    writeCursor(['a', 0]),
    writeCursor(['a\0', 1]),
    writeCursor([0, 0, 'a', 1]),
  ]) {
    await assert.rejects(ask(organisation, 'people.list', { after }), { code: 'page-unknown' })
  }
})

test('the page of somebody who left tells what still works, what to do and what happened', async () => {
  const { organisation, arjun, works, about, dana } = await clinic()
  await asTester(database, organisation, async (context) => {
    await openTask(context, { kind: 'access.close', title: 'Close it', about: `account:${works}` } as Parameters<
      typeof openTask
    >[1])
    await openTask(context, { kind: 'access.look', title: 'Look', about: `finding:${about}` } as Parameters<
      typeof openTask
    >[1])
    await openTask(context, { kind: 'other', title: 'Something else', about: 'account:999999' } as Parameters<
      typeof openTask
    >[1])
  })
  const shown = await show(organisation, arjun)
  assert.equal(shown.standing, 'left')
  assert.equal(shown.leftOn, '2026-08-28')
  assert.deepEqual(shown.manager, { personId: dana, name: 'Dana Reyes' })
  assert.deepEqual(
    shown.accounts.map(({ username, enabled, link, sources }) => [username, enabled, link, sources[0]?.name]),
    [
      ['arjun', true, 'email', 'accounts'],
      ['closed', false, 'email', 'accounts'],
    ],
  )
  assert.deepEqual(
    shown.findings.map(({ detail, remedy, isOverdue }) => [detail, remedy, isOverdue]),
    [['About the account.', 'Disable the account today.', true]],
  )
  assert.deepEqual(shown.tasks.map(({ title }) => title).sort(), ['Close it', 'Look'])
  assert.deepEqual(
    shown.timeline.map(({ kind }) => kind),
    ['finding-opened', 'account-used', 'left', 'account-created', 'hired'],
  )
})

test('accounts that somebody only answers for are told apart, and are none of theirs', async () => {
  const { organisation, dana } = await clinic()
  const shown = await show(organisation, dana)
  assert.deepEqual(
    shown.accounts.map(({ username, link }) => [username, link]),
    [['frontdesk', 'named']],
  )
  assert.ok(!shown.timeline.some(({ kind }) => kind === 'account-used'))
  assert.deepEqual(
    shown.roles.map(({ role }) => role),
    ['Incident lead'],
  )
})

test('devices are theirs by address or user name; by a name that others have, with doubt', async () => {
  const { organisation, dana, ines, one, arjun } = await clinic()
  const devices = async (id: number) => (await show(organisation, id)).devices.map(({ name, by }) => [name, by])
  assert.deepEqual(await devices(ines), [['A', 'username']])
  assert.deepEqual(await devices(dana), [['C', 'email']])
  assert.deepEqual(await devices(one), [['B', 'name']])
  assert.equal((await show(organisation, one)).namesakes, 1)
  assert.deepEqual(await devices(arjun), [])
})

test('an account that may be theirs is told of, and not counted as theirs', async () => {
  const { organisation, one, other, arjun } = await clinic()
  await asTester(database, organisation, async ({ db }) => {
    const { rows } = await sql<{ id: number }>`
      insert into account (system_id, key, username) values ((select id from system), 'sam', 'sam') returning id`.execute(
      db,
    )
    await sql`
      insert into match_question (kind, account_id, candidates, reason)
      values ('account-owner', ${rows[0]?.id}, ${[one, other]}::bigint[], 'several people have this name')`.execute(db)
  })
  for (const [id, questions] of [
    [one, 1],
    [other, 1],
    [arjun, 0],
  ] as const) {
    assert.equal((await show(organisation, id)).questions, questions)
  }
  assert.deepEqual((await show(organisation, one)).accounts, [])
})

test('what rested on lapsed lists is not known, and what was last said is no more than that', async () => {
  const { organisation, arjun, gone, dana } = await clinic()
  const lapsed = await show(organisation, arjun, operator, later)
  assert.deepEqual([lapsed.standing, lapsed.whyUnknown, lapsed.wasSaidToHaveLeft], ['unknown', 'lapsed', true])
  assert.deepEqual([lapsed.leftOn, lapsed.hiredOn], [null, null])
  assert.deepEqual(
    lapsed.accounts.map(({ enabled, lastUsedAt, secondFactor, basis }) => [enabled, lastUsedAt, secondFactor, basis]),
    [
      [null, null, null, null],
      [null, null, null, null],
    ],
  )
  assert.equal((await show(organisation, dana, operator, later)).training[0]?.isCurrent, false)
  const unlisted = await show(organisation, gone)
  assert.deepEqual([unlisted.standing, unlisted.whyUnknown, unlisted.wasSaidToHaveLeft], ['unknown', 'unlisted', true])
  const { items } = await ask<Page>(organisation, 'people.list', {}, operator, later)
  assert.ok(items.every(({ standing }) => standing === 'unknown'))
  assert.ok(items.every(({ working, trainingOverdue }) => working === null && trainingOverdue === null))
  assert.deepEqual((await ask<Page>(organisation, 'people.list', { leftWithAccount: true }, operator, later)).items, [])
})

test('where two lists disagree the page says of what', async () => {
  const { organisation, ines } = await clinic()
  await asTester(database, organisation, ({ db }) =>
    tell(db, { name: 'Inés Núñez', number: '2', department: 'Night ward', standing: 'left', source: 'rota' }),
  )
  const shown = await show(organisation, ines)
  assert.deepEqual(shown.disagreements, ['standing', 'department'])
  assert.equal(shown.standing, 'here', 'somebody has left when every list says so')
  assert.deepEqual(shown.employment.map(({ source }) => source.name).sort(), ['rota', 'staff'])
})

test('a manager sees the page of those who report to them, and nobody else’s', async () => {
  const { organisation, dana, ines, arjun, petra } = await clinic()
  const manager = await manage(organisation, dana)
  for (const id of [ines, arjun]) assert.equal((await show(organisation, id, manager)).personId, id)
  const missing = { kind: 'missing', code: 'person-unknown' }
  // Neither others, nor themselves, nor the reports of their reports.
  await asTester(database, organisation, ({ db }) =>
    sql`update person_fact set manager_key = '2' where person_id = ${petra}`.execute(db),
  )
  for (const id of [petra, dana, 999_999]) await assert.rejects(show(organisation, id, manager), missing)
  await assert.rejects(show(organisation, ines, memberWith(['staff'], 999_999)), missing)
})

test('another organisation finds none of them', async () => {
  const { organisation, arjun } = await clinic()
  const other = await newOrganisation()
  assert.deepEqual(await ask<Page>(other, 'people.list', { q: 'arjun' }), { items: [], next: null })
  await assert.rejects(show(other, arjun), { code: 'person-unknown' })
  assert.equal((await show(organisation, arjun)).personId, arjun)
})

test('who is listed follows who is known', async () => {
  const { organisation, petra } = await clinic()
  await asTester(database, organisation, async ({ db }) => {
    await sql`delete from person_fact where person_id = ${petra}`.execute(db)
    await tell(db, { name: 'New Face', number: '20' })
    await refreshEntries(db)
  })
  const names = namesOf(await ask<Page>(organisation, 'people.list'))
  assert.ok(names.includes('New Face'))
  assert.ok(!names.includes('Petra Lind'))
})

test('what a judgement opens about people is what they are listed by from then on', async () => {
  const { organisation, ines } = await clinic()
  const claim = practices.flatMap(({ safeguards }) => safeguards)
  const judge = (check: ReturnType<typeof sql>, now: Date) =>
    asTester(
      database,
      organisation,
      (context) =>
        judgeSafeguards(context, {
          safeguards: claim.map((one) => ({ ...one, subject: 'person' as const, check })),
          checkRole: database.checkRole,
          dueDays: { critical: 7, high: 30, medium: 90, low: 180 },
        }),
      now,
    )
  const verdict = (said: string) => sql`
    select ${sql.lit(ines)}::bigint as subject, 'ines' as key, 'Ines' as label, ${sql.lit(said)}::vigil.verdict as verdict,
      'measured'::vigil.basis as basis, 'It is so.' as detail`
  const countListed = async () => {
    const { items } = await ask<Page>(organisation, 'people.list', { hasFindings: true })
    return items.find(({ personId }) => personId === ines)?.findings ?? 0
  }
  await judge(verdict('pass'), new Date('2026-11-02T12:00:00Z'))
  assert.equal(await countListed(), 0)
  await judge(verdict('fail'), new Date('2026-11-03T12:00:00Z'))
  assert.equal(await countListed(), 1)
  await judge(verdict('pass'), new Date('2026-11-04T12:00:00Z'))
  assert.equal(await countListed(), 0)
})
