import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { Principal } from '#core/door.ts'
import { peopleDoor } from '#core/people/index.ts'
import { refreshEntries } from '#core/people/record/store.ts'
import { type Practice, safeguard } from '#core/safeguards/model.ts'
import { writeReference } from '#core/safeguards/store.ts'
import { callOf, fileOf, memberWith, openServices, operator, runBound } from '#core/testing.ts'
import { sql } from '#platform/database.ts'
import { writeCursor } from '#platform/paging.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { findingsDoor } from './index.ts'
import { csvCell } from './model.ts'

const directory = mkdtempSync(join(tmpdir(), 'vigil-findings-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const { database, newOrganisation } = await openTestDatabase()
const services = await openServices(database, directory)

const claim = (name: string) =>
  safeguard({
    name,
    title: `The claim of ${name}`,
    meets: ['164.308(a)(3)(ii)(C)'],
    severity: 'low',
    subject: 'account',
    needs: [],
    remedy: `Mend ${name}.`,
    check: sql`select 1`,
  })
const practices: readonly Practice[] = [
  { name: 'access', title: 'Access', asks: 'Ask.', safeguards: [claim('access.one'), claim('access.two')] },
  { name: 'patching', title: 'Patching', asks: 'Ask.', safeguards: [claim('patching.three')] },
]
await database.asOwner((client) =>
  writeReference(client, {
    safeguards: practices.flatMap(({ name, safeguards }) => safeguards.map((one) => ({ ...one, practice: name }))),
    operatingSystems: [],
    responseRoles: [],
  }),
)
const door = findingsDoor(practices)

interface Wire {
  readonly id: number
  readonly severity: string
  readonly dueOn: string
  readonly owner: string | null
  readonly safeguard: string
  readonly openedAt: string
  readonly isOverdue: boolean
}
type Page = { readonly items: readonly Wire[]; readonly next: string | null }

const ask = async <T>(organisation: number, name: string, input = {}, principal: Principal = operator): Promise<T> =>
  (
    await callOf(services, organisation, (call) => runBound([...door, ...peopleDoor([])], name, call, input), {
      principal,
    })
  ).output as T

/** An organisation with findings of every severity, owner and due day; some of them are closed. */
async function ward(count = 60): Promise<number> {
  const organisation = await newOrganisation()
  await asTester(database, organisation, async ({ db }) => {
    await addFindings(db, 1, count)
  })
  return organisation
}

async function addFindings(db: Parameters<Parameters<typeof database.inOrganisation>[1]>[0], from: number, to: number) {
  await sql`
    insert into finding (safeguard_id, subject_kind, subject_id, subject_key, subject_label, severity, detail, opened_at,
      due_on, closed_at, owner)
    select (select id from safeguard order by name limit 1 offset i % 3), 'account', i, 'Mail/user' || i, 'Mail/User' || i,
      (array['low', 'medium', 'high', 'critical'])[1 + i % 4]::severity, 'It has 50% of _all_ rights.',
      timestamptz '2026-10-01' + (i % 7) * interval '1 day', date '2026-10-25' + (i * 7) % 20,
      case when i % 10 = 0 then timestamptz '2026-10-30' end, case when i % 3 = 0 then 'Dana Reyes' end
    from generate_series(${from}::int, ${to}::int) i`.execute(db)
}

async function readAll(
  organisation: number,
  input: Readonly<Record<string, unknown>>,
  principal?: Principal,
): Promise<Wire[]> {
  const all: Wire[] = []
  let next: string | undefined
  do {
    const page: Page = await ask(organisation, 'findings.list', { ...input, after: next ?? input['after'] }, principal)
    all.push(...page.items)
    next = page.next ?? undefined
  } while (next !== undefined)
  return all
}

test('pages of any length, order and filter join to one list without gap or repeat', async () => {
  const organisation = await ward()
  await fc.assert(
    fc.asyncProperty(
      fc.record(
        {
          limit: fc.integer({ min: 1, max: 25 }),
          sort: fc.constantFrom('worst', 'due', 'opened', 'safeguard'),
          order: fc.constantFrom('ascending', 'descending'),
          state: fc.constantFrom('not-closed', 'closed', 'all', 'open'),
          severity: fc.uniqueArray(fc.constantFrom('critical', 'high', 'medium', 'low'), { minLength: 1 }),
          practice: fc.constantFrom('access', 'patching'),
          owner: fc.constantFrom('nobody', 'dana reyes'),
          overdue: fc.boolean(),
          dueWithinDays: fc.integer({ min: 0, max: 20 }),
        },
        { requiredKeys: ['limit', 'sort'] },
      ),
      async (input) => {
        const joined = await readAll(organisation, input)
        const whole = await ask<Page>(organisation, 'findings.list', { ...input, limit: 200 })
        assert.deepEqual(joined, whole.items)
        assert.equal(new Set(joined.map(({ id }) => id)).size, joined.length)
      },
    ),
    { numRuns: 25 },
  )
})

test('a page goes on where the one before ended, whatever was added meanwhile', async () => {
  const organisation = await ward(40)
  const first = await ask<Page>(organisation, 'findings.list', { limit: 10 })
  await asTester(database, organisation, ({ db }) => addFindings(db, 41, 80))
  const rest = await readAll(organisation, { limit: 10, after: first.next })
  const seen = [...first.items, ...rest]
  assert.equal(new Set(seen.map(({ id }) => id)).size, seen.length)
  const ranks = seen.map(({ severity, dueOn }) => `${['critical', 'high', 'medium', 'low'].indexOf(severity)} ${dueOn}`)
  assert.deepEqual(ranks, ranks.toSorted())
})

test('a forged cursor is refused', async () => {
  const organisation = await ward(5)
  const forged = [
    'x',
    '%%%',
    writeCursor([]),
    writeCursor([0, '2026-01-01']),
    writeCursor([9, '2026-01-01', 1]),
    writeCursor([0, '2026-02-30', 1]),
    writeCursor([0, "2026-01-01' or 1=1", 1]),
    writeCursor([0, '2026-01-01', 0]),
    writeCursor([0, '2026-01-01', 1e300]),
    Buffer.from('{"__proto__":1}').toString('base64url'),
    `${writeCursor([0, '2026-01-01', 1])}=`,
    Buffer.from('\u0000').toString('base64url'),
  ]
  for (const after of forged) {
    await assert.rejects(
      ask(organisation, 'findings.list', { after }),
      { kind: 'invalid', code: 'page-unknown' },
      after,
    )
  }
  // A cursor belongs to the order that it was given in.
  const { next } = await ask<Page>(organisation, 'findings.list', { limit: 1 })
  await assert.rejects(ask(organisation, 'findings.list', { sort: 'opened', after: next }), { code: 'page-unknown' })
  await assert.rejects(
    ask(organisation, 'findings.list', { sort: 'safeguard', after: writeCursor(['a\u0000', 0, '2026-01-01', 1]) }),
    { code: 'page-unknown' },
  )
})

test('words are looked for as they are written, in any case of letters', async () => {
  const organisation = await ward(12)
  const count = async (q: string) => (await ask<Page>(organisation, 'findings.list', { q, state: 'all' })).items.length
  assert.equal(await count('mail/USER12'), 1)
  assert.equal(await count('50% of _ALL_'), 12)
  for (const q of ['%', "' or true --", '\\', 'user_', '.*']) {
    assert.equal(await count(q), q === '%' ? 12 : 0, q)
  }
})

test('counts are those of the list, by state, severity and practice', async () => {
  const organisation = await ward()
  const counts = await ask<{ open: Record<string, number>; closed: Record<string, number>; practices: unknown[] }>(
    organisation,
    'findings.count',
    { state: 'all' },
  )
  const all = await readAll(organisation, { state: 'all' })
  const sum = (by: Record<string, number>) => Object.values(by).reduce((total, one) => total + one, 0)
  assert.equal(sum(counts.open) + sum(counts.closed), all.length)
  assert.equal(sum(counts.closed), 6)
  assert.equal(counts.practices.length, 2)
})

test('several findings are given to somebody at once, or none of them', async () => {
  const organisation = await ward(20)
  const open = (await readAll(organisation, {})).map(({ id }) => id)
  const [closed] = await readAll(organisation, { state: 'closed' })
  const own = (findingIds: readonly number[]) =>
    ask<{ changed: number }>(organisation, 'findings.own-many', { findingIds, owner: 'Ada Okoye' })
  await assert.rejects(own([...open, closed?.id ?? 0]), { code: 'finding-closed' })
  await assert.rejects(own([...open, 999_999_999]), { code: 'finding-unknown' })
  assert.equal((await readAll(organisation, { owner: 'Ada Okoye' })).length, 0)
  assert.equal((await own(open)).changed, open.length)
  assert.equal((await readAll(organisation, { owner: 'ada okoye' })).length, open.length)
  assert.equal((await own(open)).changed, 0)
  const shown = await ask<{ events: { kind: string; body: string }[]; remedy: string }>(organisation, 'findings.show', {
    findingId: open[0],
  })
  assert.deepEqual(
    shown.events.map(({ kind, body }) => [kind, body]),
    [['owned', 'Ada Okoye']],
  )
  assert.match(shown.remedy, /^Mend /)
})

test('a table that is taken away holds no formula, and is for its reader alone', async () => {
  const organisation = await ward(30)
  await asTester(database, organisation, ({ db }) =>
    sql`update finding set detail = '=HYPERLINK("https://example.org")', owner = '@SUM(A1)' where subject_id = 1`.execute(
      db,
    ),
  )
  const answer = await callOf(services, organisation, (call) =>
    runBound(door, 'findings.export', call, { state: 'all' }),
  )
  const { path, fileName, contentType } = fileOf(answer)
  assert.match(fileName, /^findings-2026-11-02\.csv$/)
  assert.match(contentType, /^text\/csv/)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const text = readFileSync(path, 'utf8')
  assert.equal(text.trimEnd().split('\r\n').length, 31)
  assert.match(text, /"'=HYPERLINK\(""https/)
  assert.match(text, /,'@SUM\(A1\),/)
  for (const start of ['=', '+', '-', '@', '\t', '\r']) assert.match(csvCell(`${start}1`), /^"?'/)
})

test('another organisation finds none of it, by list, number, search or export', async () => {
  const organisation = await ward(10)
  const other = await newOrganisation()
  const [finding] = await readAll(organisation, {})
  assert.deepEqual(await readAll(other, { state: 'all', q: 'mail' }), [])
  await assert.rejects(ask(other, 'findings.show', { findingId: finding?.id }), { code: 'finding-unknown' })
  await assert.rejects(ask(other, 'findings.own-many', { findingIds: [finding?.id], owner: 'X' }), {
    code: 'finding-unknown',
  })
  const answer = await callOf(services, other, (call) => runBound(door, 'findings.export', call, { state: 'all' }))
  assert.equal(readFileSync(fileOf(answer).path, 'utf8').trimEnd().split('\r\n').length, 1)
})

/** A manager with number 10, whose people are named by number, address and name; and others. */
async function hospital() {
  const organisation = await newOrganisation()
  const made = await asTester(database, organisation, async ({ db }) => {
    const people: number[] = []
    for (const [number, name, manager] of [
      ['10', 'marisol reyes', null],
      ['11', 'by number', '10'],
      ['12', 'by address', 'reyes@clinic.example'],
      ['13', 'by name', 'marisol reyes'],
      ['14', 'of somebody else', '99'],
    ] as const) {
      const { rows } = await sql<{ id: number }>`insert into person default values returning id`.execute(db)
      const person = rows[0]?.id ?? 0
      people.push(person)
      await sql`
        insert into person_fact (source_id, key, line, run_id, present_from, person_id, number_key, name_key, email_key,
          manager_key, display_name)
        values (${organisation}, ${number}, 1, 1, now(), ${person}, ${number}, ${name},
          ${number === '10' ? 'reyes@clinic.example' : null}, ${manager}, ${name})`.execute(db)
    }
    const system = await sql<{
      id: number
    }>`insert into system (key, name) values ('mail', 'Mail') returning id`.execute(db)
    const accounts: number[] = []
    for (const [at, link] of [
      [1, 'email'],
      [4, 'email'],
      [1, 'named'],
    ] as const) {
      const { rows } = await sql<{ id: number }>`
        insert into account (system_id, key, username, person_id, link)
        values (${system.rows[0]?.id}, ${`a${accounts.length}`}, 'a', ${people[at]}, ${link}) returning id`.execute(db)
      accounts.push(rows[0]?.id ?? 0)
    }
    for (const [kind, subject] of [
      ['person', people[2]],
      ['person', people[4]],
      ['account', accounts[0]],
      ['account', accounts[1]],
      ['account', accounts[2]],
      ['device', people[2]],
    ] as const) {
      await sql`
        insert into finding (safeguard_id, subject_kind, subject_id, subject_key, subject_label, severity, detail, opened_at,
          due_on)
        values ((select id from safeguard where name = ${kind === 'person' ? 'access.one' : kind === 'account' ? 'access.two' : 'patching.three'}),
          ${kind}, ${subject}, 'k', 'k', 'high', 'd', now(), '2026-12-01')`.execute(db)
    }
    await refreshEntries(db)
    return { people, accounts }
  })
  const member = async (personId: number | undefined, roles: readonly string[]) =>
    database.asOwner(async (client) => {
      const identity = await client.query<{ id: number }>(
        `insert into identity (name, email, email_key, created_at) values ('M', $1, $1, now()) returning id`,
        [`m${Math.random()}@clinic.example`],
      )
      const { rows } = await client.query<{ id: number }>(
        `insert into member (organisation_id, identity_id, person_id, roles, made_by, created_at)
         values ($1, $2, $3, $4, 'test', now()) returning id`,
        [organisation, identity.rows[0]?.id, personId ?? null, roles],
      )
      return Number(rows[0]?.id)
    })
  return { organisation, member, ...made }
}

test('a manager sees what concerns their people and their accounts, and nothing else', async () => {
  const { organisation, member, people: persons } = await hospital()
  const manager = memberWith(['manager', 'staff'], await member(persons[0], ['manager']))
  const seen = await readAll(organisation, { limit: 1 }, manager)
  assert.equal(seen.length, 2)
  const all = await readAll(organisation, {})
  assert.equal(all.length, 6)
  const counts = await ask<{ open: { high: number } }>(organisation, 'findings.count', {}, manager)
  assert.equal(counts.open.high, 2)
  const visible = new Set(seen.map(({ id }) => id))
  for (const { id } of all) {
    const show = ask(organisation, 'findings.show', { findingId: id }, manager)
    if (visible.has(id)) await show
    else await assert.rejects(show, { kind: 'missing', code: 'finding-unknown' })
  }
  const officer = memberWith(['manager', 'privacy-officer'], await member(persons[0], ['manager']))
  assert.equal((await readAll(organisation, {}, officer)).length, 6)
  const stranger = memberWith(['manager'], await member(undefined, ['manager']))
  assert.deepEqual(await readAll(organisation, {}, stranger), [])
})

test('a manager’s people are those whom the staff list puts under their number, address or own name', async () => {
  const { organisation, member, people: persons } = await hospital()
  const memberId = await member(persons[0], ['manager'])
  type Mine = { items: { name: string; findings: number }[]; next: string | null; whyNobody: string | null }
  const mine = (id: number, input = {}) => ask<Mine>(organisation, 'people.mine', input, memberWith(['manager'], id))
  assert.deepEqual(
    (await mine(memberId)).items.map(({ name, findings }) => [name, findings]),
    [
      ['by address', 1],
      ['by name', 0],
      ['by number', 1],
    ],
  )
  const names: string[] = []
  let next: string | undefined
  do {
    const page = await mine(memberId, { limit: 1, after: next })
    names.push(...page.items.map(({ name }) => name))
    next = page.next ?? undefined
  } while (next !== undefined)
  assert.deepEqual(names, ['by address', 'by name', 'by number'])
  assert.equal((await mine(await member(undefined, ['manager']))).whyNobody, 'no-person')
  assert.equal((await mine(await member(persons[4], ['manager']))).whyNobody, 'no-reports')
  // Once somebody else has the name, it tells nobody apart.
  await asTester(database, organisation, async ({ db }) => {
    await sql`update person_fact set name_key = 'marisol reyes' where person_id = ${persons[4]}`.execute(db)
  })
  assert.deepEqual(
    (await mine(memberId)).items.map(({ name }) => name),
    ['by address', 'by number'],
  )
})

/** A member of an organisation, by name; of another one too where that is said. */
async function addMember(
  organisation: number,
  name: string,
  roles: readonly string[],
  beside: { readonly disabled?: boolean; readonly untilOn?: string } = {},
): Promise<number> {
  return database.asOwner(async (client) => {
    const identity = await client.query<{ id: number }>(
      `insert into identity (name, email, email_key, created_at) values ($1, $2, $2, now()) returning id`,
      [name, `m${Math.random()}@clinic.example`],
    )
    const { rows } = await client.query<{ id: number }>(
      `insert into member (organisation_id, identity_id, roles, made_by, created_at, disabled_at, until_on)
       values ($1, $2, $3, 'test', now(), $4, $5) returning id`,
      [organisation, identity.rows[0]?.id, roles, beside.disabled ? new Date() : null, beside.untilOn ?? null],
    )
    return Number(rows[0]?.id)
  })
}

interface Owned {
  readonly finding: { readonly owner: string | null; readonly ownerMemberId: number | null }
}
interface Before {
  readonly findingId: number
  readonly owner: string | null
  readonly memberId: number | null
}

const newsOf = (organisation: number) =>
  asTester(database, organisation, async ({ db }) => {
    const { rows } = await sql<{ memberId: number; kind: string; about: string }>`
      select member_id as "memberId", kind, about from notification order by id`.execute(db)
    return rows
  })

test('a finding belongs to a member or to somebody by name, and “mine” is what belongs to the member', async () => {
  const organisation = await ward(6)
  const ada = await addMember(organisation, 'Ada Okoye', ['security-officer'])
  const namesake = await addMember(organisation, 'Ada Okoye', ['privacy-officer'])
  const [first, second, third] = (await readAll(organisation, {})).map(({ id }) => id)
  const own = (findingId: number | undefined, given: object, as?: Principal) =>
    ask<Owned>(organisation, 'findings.own', { findingId, ...given }, as)
  const owned = await own(first, { memberId: ada })
  assert.deepEqual([owned.finding.owner, owned.finding.ownerMemberId], ['Ada Okoye', ada])
  await own(second, { memberId: namesake })
  const byName = await own(third, { owner: 'Ada Okoye' })
  assert.deepEqual([byName.finding.owner, byName.finding.ownerMemberId], ['Ada Okoye', null])
  const of = async (owner: string, as?: Principal) =>
    (await readAll(organisation, { owner }, as)).map(({ id }) => id).toSorted()
  assert.deepEqual(await of('me', memberWith(['security-officer'], ada)), [first])
  assert.deepEqual(await of(`member:${namesake}`), [second])
  assert.deepEqual(await of('ada okoye'), [first, second, third].toSorted())
  await assert.rejects(of('me'), { kind: 'invalid', code: 'finding-no-member' })
  // One of the two is said, and not both.
  await assert.rejects(own(first, {}), { code: 'finding-owner-unclear' })
  await assert.rejects(own(first, { memberId: ada, owner: 'Ada' }), { code: 'finding-owner-unclear' })
  assert.deepEqual((await own(first, { owner: null })).finding, { ...owned.finding, owner: null, ownerMemberId: null })
  // Nobody is told of what they do themselves.
  await own(first, { memberId: ada }, memberWith(['security-officer'], ada))
  const told = (await newsOf(organisation)).map(({ memberId, kind, about }) => [memberId, kind, about])
  assert.deepEqual(told, [
    [ada, 'finding-given', `finding:${first}`],
    [namesake, 'finding-given', `finding:${second}`],
  ])
})

test('nobody owns a finding as a member who may not see it, or who is of another organisation', async () => {
  const { organisation, member, people: persons } = await hospital()
  const other = await newOrganisation()
  const manager = await member(persons[0], ['manager'])
  const visible = new Set((await readAll(organisation, {}, memberWith(['manager'], manager))).map(({ id }) => id))
  const all = (await readAll(organisation, {})).map(({ id }) => id)
  const seen = all.find((id) => visible.has(id)) ?? 0
  const hidden = all.find((id) => !visible.has(id)) ?? 0
  const refused = [
    await addMember(organisation, 'Stella', ['staff']),
    await addMember(organisation, 'Gone', ['administrator'], { disabled: true }),
    await addMember(organisation, 'Over', ['administrator'], { untilOn: '2026-11-01' }),
    await addMember(other, 'Elsewhere', ['administrator']),
    999_999_999,
  ]
  for (const memberId of refused) {
    const code = 'finding-owner-unknown'
    await assert.rejects(ask(organisation, 'findings.own', { findingId: seen, memberId }), { code })
    await assert.rejects(ask(organisation, 'findings.own-many', { findingIds: all, memberId }), { code })
    const comment = `Look, @[member:${memberId}].`
    await assert.rejects(ask(organisation, 'findings.comment', { findingId: seen, comment }), {
      code: 'finding-mention-unknown',
    })
  }
  // The database holds it too, whatever a statement forgets.
  const elsewhere = refused[3] ?? 0
  await assert.rejects(
    asTester(database, organisation, ({ db }) =>
      sql`update finding set owner = 'X', owner_member_id = ${elsewhere} where id = ${seen}`.execute(db),
    ),
    { code: '23503' },
  )
  await ask(organisation, 'findings.own', { findingId: seen, memberId: manager })
  await assert.rejects(ask(organisation, 'findings.own', { findingId: hidden, memberId: manager }), {
    code: 'finding-owner-unknown',
  })
  await assert.rejects(ask(organisation, 'findings.own-many', { findingIds: [seen, hidden], memberId: manager }), {
    code: 'finding-owner-unknown',
  })
})

test('those offered for a finding are those who may see it', async () => {
  const { organisation, member, people: persons } = await hospital()
  const chief = await member(persons[0], ['manager'])
  const other = await member(persons[4], ['manager', 'staff'])
  const officer = await addMember(organisation, 'Zoe', ['administrator'])
  await addMember(organisation, 'Stella', ['staff'])
  await addMember(organisation, 'Gone', ['administrator'], { disabled: true })
  const asManager = memberWith(['manager'], chief)
  const visible = new Set((await readAll(organisation, {}, asManager)).map(({ id }) => id))
  type Offered = { items: { id: number; name: string; isMe: boolean }[] }
  const offered = async (input: object, as?: Principal) =>
    (await ask<Offered>(organisation, 'findings.readers', input, as)).items
  for (const { id } of await readAll(organisation, {})) {
    const ids = (await offered({ findingId: id })).map((one) => one.id).toSorted()
    assert.deepEqual(ids, (visible.has(id) ? [chief, officer] : [officer]).toSorted(), `finding ${id}`)
    assert.ok(!ids.includes(other))
    if (visible.has(id)) {
      const mine = (await offered({ findingId: id }, asManager)).filter(({ isMe }) => isMe)
      assert.deepEqual(
        mine.map((one) => one.id),
        [chief],
      )
    } else await assert.rejects(offered({ findingId: id }, asManager), { code: 'finding-unknown' })
  }
  assert.deepEqual(
    (await offered({})).map(({ name }) => name),
    ['Zoe'],
  )
  await assert.rejects(offered({}, asManager), { code: 'finding-unknown' })
  await assert.rejects(ask(await newOrganisation(), 'findings.readers', { findingId: [...visible][0] }), {
    code: 'finding-unknown',
  })
})

test('what was given is taken back, but for what somebody else changed since', async () => {
  const organisation = await ward(8)
  const ada = await addMember(organisation, 'Ada Okoye', ['security-officer'])
  const ben = await addMember(organisation, 'Ben Hale', ['administrator'])
  const ids = (await readAll(organisation, {})).map(({ id }) => id)
  await ask(organisation, 'findings.own', { findingId: ids[0], memberId: ben })
  const former = new Map((await readAll(organisation, {})).map(({ id, owner }) => [id, owner]))
  const given = { memberId: ada }
  const { before, changed } = await ask<{ before: Before[]; changed: number }>(organisation, 'findings.own-many', {
    findingIds: ids,
    ...given,
  })
  assert.equal(changed, ids.length)
  assert.deepEqual(
    before.map(({ findingId, owner, memberId }) => [findingId, owner, memberId]).toSorted(),
    ids.map((id) => [id, former.get(id) ?? null, id === ids[0] ? ben : null]).toSorted(),
  )
  await ask(organisation, 'findings.own', { findingId: ids[1], owner: 'Somebody' })
  const restore = (input: object) =>
    ask<{ restored: number; left: number }>(organisation, 'findings.restore-owners', { before, given, ...input })
  assert.deepEqual(await restore({}), { restored: ids.length - 1, left: 1 })
  const now = await readAll(organisation, {})
  for (const { id, owner } of now) assert.equal(owner, id === ids[1] ? 'Somebody' : (former.get(id) ?? null))
  assert.deepEqual(
    (await readAll(organisation, { owner: `member:${ben}` })).map(({ id }) => id),
    [ids[0]],
  )
  assert.deepEqual(await restore({}), { restored: 0, left: ids.length })
  const elsewhere = await addMember(await newOrganisation(), 'Elsewhere', ['administrator'])
  await assert.rejects(restore({ before: [{ findingId: ids[0], owner: null, memberId: elsewhere }] }), {
    code: 'finding-owner-unknown',
  })
  await assert.rejects(restore({ given: {} }), { code: 'finding-owner-unclear' })
})

test('several are excepted at once, each by its own exception; what is excepted or closed is told, not failed', async () => {
  const organisation = await ward(12)
  const open = (await readAll(organisation, {})).map(({ id }) => id)
  const [closed] = await readAll(organisation, { state: 'closed' })
  const said = {
    reason: 'It goes in May.',
    compensatingControl: 'It is switched off at night.',
    approvedBy: 'Ada Okoye',
    expiresOn: '2027-05-31',
  }
  await ask(organisation, 'findings.except', { ...said, findingId: open[0] })
  type Done = { excepted: number; left: { findingId: number; why: string }[] }
  const except = (input: object) => ask<Done>(organisation, 'findings.except-many', { ...said, ...input })
  const many = { findingIds: [...open, closed?.id, open[1]] }
  assert.deepEqual(await except(many), {
    excepted: open.length - 1,
    left: [
      { findingId: open[0], why: 'excepted' },
      { findingId: closed?.id, why: 'closed' },
    ].toSorted((a, b) => (a.findingId ?? 0) - (b.findingId ?? 0)),
  })
  assert.equal((await readAll(organisation, { state: 'excepted' })).length, open.length)
  const { rows } = await asTester(database, organisation, ({ db }) =>
    sql<{ count: number; findings: number }>`
      select count(*) as count, count(distinct finding_id) as findings from finding_exception`.execute(db),
  )
  assert.deepEqual(rows, [{ count: open.length, findings: open.length }])
  assert.equal((await except(many)).excepted, 0)
  await assert.rejects(except({ findingIds: [open[1], 999_999_999] }), { code: 'finding-unknown' })
  await assert.rejects(except({ findingIds: open, expiresOn: '2026-11-02' }), { code: 'exception-over' })
  await assert.rejects(except({ findingIds: Array.from({ length: 501 }, (_, at) => at + 1) }))
  const other = await newOrganisation()
  await assert.rejects(ask(other, 'findings.except-many', { ...said, findingIds: open }), { code: 'finding-unknown' })
})

test('those mentioned are told once each, and comments are given back as they were written', async () => {
  const organisation = await ward(3)
  const [finding] = await readAll(organisation, {})
  const ada = await addMember(organisation, 'Ada Okoye', ['security-officer'])
  const ben = await addMember(organisation, 'Ben <b>Hale</b>', ['auditor'])
  const text = `<script>x</script> @[member:${ben}], @[member:${ben}] and @[member:${ada}]: @[member:0] @[member:x] [member:1]`
  const as = memberWith(['security-officer'], ada)
  await ask(organisation, 'findings.comment', { findingId: finding?.id, comment: text }, as)
  const shown = await ask<{ events: { body: string }[]; members: object[] }>(organisation, 'findings.show', {
    findingId: finding?.id,
  })
  assert.equal(shown.events.at(-1)?.body, text)
  assert.deepEqual(shown.members, [
    { id: ada, name: 'Ada Okoye' },
    { id: ben, name: 'Ben <b>Hale</b>' },
  ])
  assert.deepEqual(await newsOf(organisation), [{ memberId: ben, kind: 'mentioned', about: `finding:${finding?.id}` }])
  const tooMany = await Promise.all(
    Array.from({ length: 21 }, (_, at) => addMember(organisation, `Member ${at}`, ['auditor'])),
  )
  const crowd = tooMany.map((id) => `@[member:${id}]`).join(' ')
  await assert.rejects(ask(organisation, 'findings.comment', { findingId: finding?.id, comment: crowd }), {
    code: 'finding-too-many-mentions',
  })
})

test('a manager comments on what they may see, and on nothing else', async () => {
  const { organisation, member, people: persons } = await hospital()
  const chief = await member(persons[0], ['manager'])
  const as = memberWith(['manager'], chief)
  const visible = new Set((await readAll(organisation, {}, as)).map(({ id }) => id))
  for (const { id } of await readAll(organisation, {})) {
    const said = ask(organisation, 'findings.comment', { findingId: id, comment: `I ask @[member:${chief}].` }, as)
    if (visible.has(id)) await said
    else await assert.rejects(said, { kind: 'missing', code: 'finding-unknown' })
  }
})

test('what opened within some days is found, that which opened again too', async () => {
  const organisation = await ward(9)
  await asTester(database, organisation, ({ db }) =>
    sql`update finding set reopened_at = timestamptz '2026-11-01 08:00' where subject_id in (2, 3)`.execute(db),
  )
  const found = await readAll(organisation, { openedWithinDays: 7 })
  assert.equal(found.length, 2)
  assert.equal((await readAll(organisation, { openedWithinDays: 366 })).length, 9)
})
