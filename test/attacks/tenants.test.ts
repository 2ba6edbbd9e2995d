/**
 * Two organisations in one Vigil, each with one of everything and a word of its own in every text: what somebody of the one
 * may ask, by whichever way in, tells and changes nothing of the other. Then the same within one organisation, between
 * those who see all, managers and staff; and what is sent beside what was asked for.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { z } from 'zod'
import { type Endpoint, wordsOf } from '#platform/contract.ts'
import { type Db, sql } from '#platform/database.ts'
import { writeCursor } from '#platform/paging.ts'
import { endpoints } from '#server/endpoints.ts'
import { callEndpoint, exampleOf, type Input } from '../support/examples.ts'
import { digestRows, type Ids, memberRoles, type Populated, populate, writeLists } from '../support/populated.ts'
import { type Answer, type Client, openTestServer } from '../support/server.ts'

const server = await openTestServer()
const { database } = server.services
await writeLists(database)
const ours = await populate(server, 'Almarkova')
const theirs = await populate(server, 'Bemarkson')
const all = endpoints.map(({ endpoint }) => endpoint)
const everyScope = [...new Set(all.map(({ scope }) => scope))]
const program = await server.program(ours.ids.organisationId, everyScope)

const inOurs = <T>(work: (db: Db) => Promise<T>) => database.inOrganisation(ours.ids.organisationId, work)
const inTheirs = <T>(work: (db: Db) => Promise<T>) => database.inOrganisation(theirs.ids.organisationId, work)

const isForRoles = ({ roles }: Endpoint): boolean => typeof roles !== 'string'
const isForPrograms = ({ roles }: Endpoint): boolean => typeof roles !== 'string' && roles.includes('api-client')
const isForMembers = ({ roles }: Endpoint): boolean =>
  typeof roles !== 'string' && roles.some((role) => role !== 'api-client')

/** Ids of the right form that are nobody's. */
const nobodys = Object.fromEntries(
  Object.entries(ours.ids).map(([name, id]) => [
    name,
    typeof id === 'number' ? 900_000_000 : id.includes('-') ? randomUUID() : randomUUID().replaceAll('-', ''),
  ]),
) as unknown as Ids

/** An officer of ours; a fresh one where the call is about their own sign-in, which it may end. */
const officerFor = async (endpoint: Endpoint): Promise<Client> =>
  isForRoles(endpoint) ? ours.officer : server.member(ours.ids.organisationId, memberRoles)

/** All that an answer says, also what stands in it in base64 or behind percent signs. */
function allOf({ body, headers }: Answer): string {
  const said = `${typeof body === 'string' ? body : JSON.stringify(body)}\n${JSON.stringify([...headers])}`
  const decoded = (said.match(/[\w+/-]{12,}/g) ?? []).map((word) => Buffer.from(word, 'base64').toString('latin1'))
  return `${said}\n${said.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))}\n${decoded.join('\n')}`
}

const tells = (answer: Answer, whose: Populated): boolean =>
  allOf(answer).toLowerCase().includes(whose.mark.toLowerCase())

/** Calls, and holds the answer to what every answer must be: no defect, and nothing of theirs. */
async function ask(client: Client, endpoint: Endpoint, input: Input, headers: Readonly<Record<string, string>> = {}) {
  const logged = server.log.length
  const answer = await callEndpoint(client, endpoint, input, headers)
  const said = `${endpoint.name} ${JSON.stringify(input)}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 400)}`
  assert.ok(answer.status < 500, `${said} ${server.log.slice(logged).filter((line) => line.includes('defect'))}`)
  assert.ok(!tells(answer, theirs), said)
  return { ...answer, said }
}

/** What a refusal says, whoever was refused and whatever was asked for. */
const refusalOf = ({ status, body }: Answer) => {
  const { code, title } = body as { code?: string; title?: string }
  return { status, code, title }
}

/** Fields by which two inputs differ. */
const differing = (one: Input, other: Input): readonly string[] =>
  Object.keys(one).filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]))

const digests = () => digestRows(database, theirs.ids.organisationId)
const ourData = () =>
  digestRows(database, ours.ids.organisationId, {
    without: [
      'ledger_entry',
      'ledger_log',
      'ledger_checkpoint',
      'ledger_subject',
      'ledger_subtree',
      'identity',
      'member',
      'session',
    ],
  })
const theirsBefore = await digests()

test('what would leak is seen: most reads tell an organisation its own word, and each its own alone', async () => {
  const silent: string[] = []
  for (const endpoint of all) {
    if (endpoint.effect !== 'read' || !isForMembers(endpoint)) continue
    for (const [whose, other] of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      const answer = await callEndpoint(whose.officer, endpoint, exampleOf(endpoint, whose.ids, whose.mark))
      assert.equal(answer.status, 200, `${endpoint.name}: ${JSON.stringify(answer.body)}`)
      assert.ok(!tells(answer, other), endpoint.name)
      if (whose === ours && !tells(answer, ours)) silent.push(endpoint.name)
    }
  }
  // Counts, lists of the code, ids: these have no word of anybody's in them.
  assert.deepEqual(silent.sort(), [
    'attestations.attestable',
    'calendar.show',
    'cases.counts',
    'cases.rules',
    'deliveries.list',
    'devices.count',
    'findings.count',
    'jobs.show',
    'jobs.watch',
    'ledger.checkpoint',
    'ledger.key',
    'ledger.list',
    'ledger.show',
    'mail.list',
    'notifications.count',
    'people.mine',
    'posture.trend',
    'retention.show',
    'sources.columns',
    'sources.rejects',
    'systems.count',
    'systems.software',
    'tasks.mine',
    'tokens.scopes',
    'trail.settings',
  ])
})

test('a foreign id is as if it did not exist, for an officer of every role and for a program, in every place', async () => {
  const before = await ourData()
  let asked = 0
  for (const endpoint of all) {
    if (endpoint.roles === 'operator' || (isForRoles(endpoint) && !isForMembers(endpoint))) continue
    const own = exampleOf(endpoint, ours.ids, ours.mark)
    const foreign = exampleOf(endpoint, theirs.ids, ours.mark)
    const missing = exampleOf(endpoint, nobodys, ours.mark)
    const places = differing(own, foreign)
    if (places.length === 0) continue
    const askers = [await officerFor(endpoint), ...(isForPrograms(endpoint) ? [program] : [])]
    for (const asker of askers) {
      // All of them, and each alone beside ids of ours.
      for (const which of [places, ...(places.length > 1 ? places.map((place) => [place]) : [])]) {
        const replaced = (by: Input) => ({ ...own, ...Object.fromEntries(which.map((place) => [place, by[place]])) })
        const answer = await ask(asker, endpoint, replaced(foreign))
        assert.ok([404, 422].includes(answer.status), answer.said)
        const unknown = await ask(asker, endpoint, replaced(missing))
        assert.deepEqual(refusalOf(answer), refusalOf(unknown), answer.said)
        asked += 1
      }
    }
  }
  assert.ok(asked > 60, `${asked} calls`)
  assert.deepEqual(await ourData(), before)
  assert.deepEqual(await digests(), theirsBefore)
})

test('a foreign finding among own ones changes none of them', async () => {
  const before = await ourData()
  const own = all.find(({ name }) => name === 'findings.own-many')
  assert.ok(own)
  for (const findingIds of [
    [ours.ids.findingId, theirs.ids.findingId],
    [theirs.ids.findingId, ours.ids.findingId],
  ]) {
    assert.equal((await ask(ours.officer, own, { findingIds, owner: 'Somebody else' })).status, 404)
  }
  assert.deepEqual(await ourData(), before)
})

test('naming the other organisation opens nothing, with ids of either', async () => {
  const headers = { 'vigil-organisation': String(theirs.ids.organisationId) }
  for (const endpoint of all) {
    for (const { ids } of [ours, theirs]) {
      const input = exampleOf(endpoint, ids, ours.mark)
      const answer = await ask(await officerFor(endpoint), endpoint, input, headers)
      if (isForRoles(endpoint)) assert.equal(refusalOf(answer).code, 'request-no-organisation', answer.said)
      if (endpoint.roles === 'nobody') continue
      const byProgram = await ask(program, endpoint, input, headers)
      assert.equal(refusalOf(byProgram).code, 'request-not-signed-in', byProgram.said)
    }
  }
  assert.deepEqual(await digests(), theirsBefore)
})

/** The cursors that a list gave to the other organisation, each at its first page. */
async function cursorsOf(whose: Populated): Promise<ReadonlyMap<string, string>> {
  const cursors = new Map<string, string>()
  for (const endpoint of all) {
    if (endpoint.effect !== 'read' || !isForMembers(endpoint) || !fieldsOf(endpoint).includes('after')) continue
    const input = { ...exampleOf(endpoint, whose.ids, whose.mark), limit: 1 }
    const { body } = await callEndpoint(whose.officer, endpoint, input)
    // The page itself, or the one that stands beside what is shown.
    const pages = [body, ...Object.values(body as object)] as readonly ({ readonly next?: string | null } | null)[]
    const next = pages.map((page) => page?.next).find((one) => typeof one === 'string')
    if (next) cursors.set(endpoint.name, next)
  }
  return cursors
}

function fieldsOf(endpoint: Endpoint): readonly string[] {
  const schema = z.toJSONSchema(endpoint.input, { io: 'input', unrepresentable: 'any' }) as { properties?: object }
  return Object.keys(schema.properties ?? {})
}

test('no filter, search, order or cursor finds anything of theirs, by list, count or export', async () => {
  const cursors = await cursorsOf(theirs)
  assert.ok(cursors.size >= 12, [...cursors.keys()].join())
  const { findingId, memberId, taskId, directoryId } = theirs.ids
  const places = [...cursors.values(), ...[findingId, memberId, taskId, directoryId].map((id) => writeCursor([id]))]
  const words = [
    ...theirs.words,
    `finding:${findingId}`,
    `member:${memberId}`,
    `task:${taskId}`,
    `directory:${directoryId}`,
    `review.${theirs.mark.toLowerCase()}`,
    '%',
    '_',
    '.',
    '*',
  ]
  let asked = 0
  for (const endpoint of all) {
    if (endpoint.effect !== 'read' || !isForMembers(endpoint)) continue
    const own = exampleOf(endpoint, ours.ids, ours.mark)
    const askers = [ours.officer, ...(isForPrograms(endpoint) ? [program] : [])]
    for (const field of fieldsOf(endpoint)) {
      if (wordsOf(endpoint.path).includes(field)) continue
      const values = field === 'after' ? places : words
      for (const value of values) {
        for (const asker of askers) {
          if (field !== 'after' && !endpoint.input.safeParse({ ...own, [field]: value }).success) break
          const answer = await ask(asker, endpoint, { ...own, [field]: value })
          assert.ok([200, 404, 422].includes(answer.status), answer.said)
          asked += 1
        }
      }
    }
  }
  assert.ok(asked > 300, `${asked} calls`)
  assert.deepEqual(await digests(), theirsBefore)
})

test('who serves both sees the one that they speak for, and never both at once', async () => {
  const member = await server.member(ours.ids.organisationId, memberRoles)
  await inTheirs((db) =>
    sql`insert into member (identity_id, roles, made_by, created_at)
      values (${member.identityId}, ${[...memberRoles]}::text[], 'test', ${server.now})`.execute(db),
  )
  for (const endpoint of all) {
    if (endpoint.effect !== 'read' || !isForMembers(endpoint)) continue
    for (const [whose, other] of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      const headers = { 'vigil-organisation': String(whose.ids.organisationId) }
      const input = exampleOf(endpoint, whose.ids, whose.mark)
      const foreign = exampleOf(endpoint, other.ids, whose.mark)
      const answer = await callEndpoint(member, endpoint, input, headers)
      // What somebody asked of the trail is read on by themselves alone.
      assert.equal(answer.status, endpoint.name === 'trail.read-on' ? 404 : 200, endpoint.name)
      assert.ok(!tells(answer, other), endpoint.name)
      if (differing(input, foreign).length === 0) continue
      assert.equal((await callEndpoint(member, endpoint, foreign, headers)).status, 404, endpoint.name)
    }
  }
  await inTheirs((db) => sql`delete from member where identity_id = ${member.identityId}`.execute(db))
  await database.asOwner((client) => client.query('delete from session where identity_id = $1', [member.identityId]))
  assert.deepEqual(await digests(), theirsBefore)
})

test('who joins another organisation is told of there alone, and lends its people nothing here', async () => {
  const elsewhere = await server.newOrganisation('Elsewhere')
  const host = await server.member(elsewhere, ['administrator'])
  const member = await server.member(ours.ids.organisationId, ['security-officer'], { email: 'both@vigil.example' })
  const entriesOf = (organisation: number, action: string) =>
    database.inOrganisation(organisation, async (db) => {
      const { rows } = await sql`select from ledger_entry where action = ${action} and outcome = 'done'`.execute(db)
      return rows.length
    })
  const before = (await digestRows(database, ours.ids.organisationId))['ledger_entry']
  const invited = await host.call('POST', '/members/invitations', {
    name: 'Of both',
    email: 'both@vigil.example',
    roles: ['staff'],
  })
  const [, token = ''] = (invited.body as { link: string }).link.split('#')
  // Holding the link is not being the person.
  const stranger = await server.member(elsewhere, memberRoles)
  for (const client of [server.browser(), stranger, host]) {
    const answer = await client.call('POST', '/join', { token, name: 'Of both', password: 'orange kettle walks north' })
    assert.equal(refusalOf(answer).code, 'invitation-sign-in-first')
  }
  const accepted = await member.call('POST', '/join', { token })
  assert.equal(accepted.status, 200, JSON.stringify(accepted.body))
  assert.equal(await entriesOf(elsewhere, 'invitations.accept'), 1)
  assert.equal((await digestRows(database, ours.ids.organisationId))['ledger_entry'], before)
  // There, nobody renews the sign-in by which they come in here, nor sees or changes what they are here.
  const { body } = await host.call('GET', '/members')
  const found = (body as { items: { id: number; email: string; roles: string[] }[] }).items.find(
    ({ email }) => email === 'both@vigil.example',
  )
  assert.deepEqual(found?.roles, ['staff'])
  const recover = await host.call('POST', `/members/${found?.id}/recover`)
  assert.equal(refusalOf(recover).code, 'member-serves-others')
  assert.equal((await host.call('POST', `/members/${found?.id}/disable`)).status, 200)
  assert.equal((await member.call('GET', '/members')).status, 200)
  const there = await member.call('GET', '/tasks/mine', undefined, {
    headers: { 'vigil-organisation': String(elsewhere) },
  })
  assert.equal(refusalOf(there).code, 'request-no-organisation')
})

test('an answer kept for one organisation is not given to another that uses the same key', async () => {
  const headers = { 'idempotency-key': 'the-same-key-0001' }
  const name = 'findings.comment'
  const endpoint = all.find((one) => one.name === name)
  assert.ok(endpoint)
  const third = await populate(server, 'Cedarwick')
  const say = (whose: Populated) =>
    callEndpoint(whose.officer, endpoint, exampleOf(endpoint, whose.ids, whose.mark), headers)
  const [first, second] = [await say(third), await say(ours)]
  assert.deepEqual([first.status, second.status], [200, 200])
  assert.ok(tells(second, ours) && !tells(second, third) && tells(first, third))
})

test('one by one, what could be guessed of another’s is not among what lists give', async () => {
  const theirNumbers = new Set((await itemsOf(theirs.officer, '/findings?state=all')).map(({ id }) => id))
  assert.ok(theirNumbers.size > 5)
  const ourNumbers = (await itemsOf(ours.officer, '/findings?state=all')).map(({ id }) => id)
  assert.ok(ourNumbers.length > 5 && ourNumbers.every((id) => !theirNumbers.has(id)))
  for (const id of theirNumbers) assert.equal((await ours.officer.call('GET', `/findings/${id}`)).status, 404)
})

interface Item {
  readonly id: number
  readonly subject: { readonly kind: string; readonly key: string; readonly label: string }
}

async function itemsOf(client: Client, path: string): Promise<readonly Item[]> {
  const { status, body } = await client.call('GET', path)
  assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`)
  return (body as { items: Item[] }).items
}

const ownedTables = await database.asOwner(async (client) => {
  const { rows } = await client.query<{ table: string; columns: string[] }>(
    `select relation.relname as "table",
       array(select attname::text from pg_attribute where attrelid = relation.oid and attnum > 0 and not attisdropped
         and attgenerated = '' order by attnum) as columns
     from pg_class relation
     join pg_attribute own on own.attrelid = relation.oid and own.attname = 'organisation_id'
     where relation.relnamespace = 'vigil'::regnamespace and relation.relkind in ('r', 'p') order by 1`,
  )
  return rows
})

const rowsOf = async (db: Db, table: string) =>
  (await sql<{ organisation_id: number }>`select * from ${sql.table(table)}`.execute(db)).rows

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
  return 'done'
}

test('a query without its where sees the rows of one organisation, in every table, and of none without one', async () => {
  const empty: string[] = []
  for (const { table } of ownedTables) {
    const rows = await inOurs((db) => rowsOf(db, table))
    assert.ok(
      rows.every((row) => row.organisation_id === ours.ids.organisationId),
      table,
    )
    const foreign = await inTheirs((db) => rowsOf(db, table))
    if (rows.length === 0 || foreign.length === 0) empty.push(table)
    assert.ok(
      foreign.every((row) => row.organisation_id === theirs.ids.organisationId),
      table,
    )
    assert.deepEqual(await database.outside((db) => rowsOf(db, table)), [], table)
  }
  // What is here for a moment only, and what no file of the population is about.
  assert.deepEqual(empty, ['account_mfa', 'idempotent_answer', 'schedule'])
})

test('no statement of ours changes, removes or makes a row of theirs, in any table', async () => {
  for (const { table, columns } of ownedTables) {
    const name = sql.table(table)
    const whose = sql`organisation_id = ${theirs.ids.organisationId}`
    for (const statement of [
      sql`update ${name} set organisation_id = organisation_id where ${whose}`,
      sql`update ${name} set organisation_id = ${ours.ids.organisationId} where ${whose}`,
      sql`delete from ${name} where ${whose}`,
    ]) {
      const reached = await inOurs((db) => statement.execute(db)).then(
        ({ numAffectedRows }) => Number(numAffectedRows),
        (error: { code?: string }) => error.code,
      )
      assert.ok(reached === 0 || reached === '42501', `${table}: ${reached}`)
    }
    const [row] = await database.asOwner(async (client) => {
      const { rows } = await client.query<{ row: object }>(
        `select to_jsonb(one) as row from "${table}" one where organisation_id = $1 limit 1`,
        [theirs.ids.organisationId],
      )
      return rows
    })
    if (!row) continue
    const list = sql.join(columns.map((column) => sql.id(column)))
    const copied = inOurs((db) =>
      sql`insert into ${name} (${list}) overriding system value
        select ${list} from jsonb_populate_record(null::${name}, ${JSON.stringify(row.row)}::jsonb)`.execute(db),
    )
    assert.equal(await codeOf(copied), '42501', table)
  }
  assert.deepEqual(await digests(), theirsBefore)
})

test('a manager sees what concerns their people, by every way, and nothing of anybody else', async () => {
  const everything = await itemsOf(ours.officer, '/findings?state=all&limit=200')
  const isTheirs = ({ subject }: Item) =>
    ['person', 'account'].includes(subject.kind) && /ines|arjun/i.test(`${subject.key} ${subject.label}`)
  const expected = everything.filter(isTheirs).map(({ id }) => id)
  const rest = everything.filter((one) => !isTheirs(one))
  assert.ok(expected.length > 2 && rest.length > 5)
  assert.ok(rest.some(({ subject }) => /petra/i.test(`${subject.key} ${subject.label}`)))
  const byNumber = (a: number, b: number) => a - b
  const seen = await itemsOf(ours.manager, '/findings?state=all&limit=200')
  assert.deepEqual(seen.map(({ id }) => id).sort(byNumber), [...expected].sort(byNumber))
  for (const sort of ['worst', 'due', 'opened', 'safeguard']) {
    for (const order of ['ascending', 'descending']) {
      const ids: number[] = []
      let after: string | null = null
      do {
        const cursor: string = after === null ? '' : `&after=${after}`
        const answer: Answer = await ours.manager.call(
          'GET',
          `/findings?state=all&limit=1&sort=${sort}&order=${order}${cursor}`,
        )
        const page = answer.body as { items: Item[]; next: string | null }
        ids.push(...page.items.map(({ id }) => id))
        after = page.next
      } while (after !== null)
      assert.deepEqual(ids.sort(byNumber), [...expected].sort(byNumber), `${sort} ${order}`)
    }
  }
  // The cursors of who sees all begin no page of anything else.
  for (const after of (await cursorsOf(ours)).values()) {
    const { status, body } = await ours.manager.call('GET', `/findings?state=all&limit=200&after=${after}`)
    if (status !== 200) continue
    assert.ok((body as { items: Item[] }).items.every(({ id }) => expected.includes(id)))
  }
  const unknown = await ours.manager.call('GET', `/findings/${nobodys.findingId}`)
  for (const { id } of everything) {
    const answer = await ours.manager.call('GET', `/findings/${id}`)
    if (expected.includes(id)) assert.equal(answer.status, 200)
    else assert.deepEqual(refusalOf(answer), refusalOf(unknown))
  }
  const sum = (counts: object): number =>
    Object.values(counts).reduce((total: number, one) => total + (typeof one === 'number' ? one : 0), 0)
  const count = async (client: Client, query: string) => {
    const { body } = await client.call('GET', `/findings/count?state=all${query}`)
    const { open, excepted, closed, practices } = body as Record<string, object>
    const all = sum(open ?? {}) + sum(excepted ?? {}) + sum(closed ?? {})
    return { all, practices: Object.values(practices ?? {}).length }
  }
  assert.equal((await count(ours.manager, '')).all, expected.length)
  for (const { subject } of rest) {
    const query = `&q=${encodeURIComponent(subject.label)}`
    const found = await itemsOf(ours.manager, `/findings?state=all${query}`)
    assert.ok(found.every(({ id }) => expected.includes(id)))
    assert.equal((await count(ours.manager, query)).all, found.length)
  }
  assert.equal((await count(ours.officer, '')).all, everything.length)
})

test('a manager changes and takes away no finding, not even of their own people', async () => {
  const before = await ourData()
  const [finding] = await itemsOf(ours.manager, '/findings')
  assert.ok(finding)
  for (const { name, path, method } of all.filter(({ name }) => name.startsWith('findings.'))) {
    // What a manager may do about those that they may see: src/core/findings/door.test.ts.
    if (['list', 'count', 'show', 'readers', 'comment'].some((word) => name === `findings.${word}`)) continue
    for (const id of [finding.id, ours.ids.otherFindingId]) {
      const answer = await ours.manager.call(method, path.replace('{findingId}', String(id)), { owner: 'Me' })
      assert.equal(refusalOf(answer).code, 'request-not-allowed', name)
    }
  }
  assert.deepEqual(await ourData(), before)
})

test('a manager’s people are their own, of their own organisation', async () => {
  const people = async (client: Client) => {
    const { body } = await client.call('GET', '/people/mine')
    return (body as { items: { name: string }[] }).items.map(({ name }) => name).sort()
  }
  assert.deepEqual(await people(ours.manager), [`Arjun ${ours.mark}`, `Ines ${ours.mark}`])
  assert.deepEqual(await people(theirs.manager), [`Arjun ${theirs.mark}`, `Ines ${theirs.mark}`])
  // A manager whom no staff list knows has nobody, rather than everybody.
  const stranger = await server.member(ours.ids.organisationId, ['manager'])
  assert.deepEqual(await people(stranger), [])
  assert.deepEqual(await itemsOf(stranger, '/findings?state=all'), [])
  assert.equal((await stranger.call('GET', `/findings/${ours.ids.findingId}`)).status, 404)
})

test('staff and managers see and complete their own tasks only', async () => {
  const tasks = await itemsOf(ours.officer, '/tasks?state=all')
  assert.equal(tasks.length, 4)
  for (const member of [ours.staff, ours.manager]) {
    const mine = await itemsOf(member, '/tasks/mine?state=all')
    assert.equal(mine.length, 1)
    const unknown = await member.call('POST', `/tasks/${nobodys.taskId}/complete`)
    assert.equal(unknown.status, 404)
    for (const { id } of tasks) {
      if (id === mine[0]?.id) continue
      assert.deepEqual(refusalOf(await member.call('POST', `/tasks/${id}/complete`)), refusalOf(unknown))
    }
  }
  assert.equal((await itemsOf(ours.officer, '/tasks?state=open')).length, 3)
  assert.equal((await ours.staff.call('POST', `/tasks/${ours.ids.taskId}/complete`)).status, 200)
})

test('mass assignment: what an endpoint does not ask for is refused, by every name, and changes nothing', async () => {
  const before = await ourData()
  const extras: Readonly<Record<string, unknown>> = {
    organisationId: theirs.ids.organisationId,
    organisation_id: theirs.ids.organisationId,
    roles: ['administrator'],
    id: theirs.ids.findingId,
    actor: 'operator:root',
    memberId: theirs.ids.memberId,
    identityId: 1,
    isArriving: false,
    at: '2020-01-01T00:00:00.000Z',
    constructor: { prototype: { isAdministrator: true } },
    prototype: 'x',
    // A key of its own, as only JSON can bring it in.
    ['__proto__']: { roles: ['administrator'] },
  }
  let asked = 0
  for (const endpoint of all) {
    const own = exampleOf(endpoint, ours.ids, ours.mark)
    const declared = fieldsOf(endpoint)
    const client = endpoint.roles === 'nobody' ? server.browser() : await officerFor(endpoint)
    if (endpoint.roles === 'operator' || (isForRoles(endpoint) && !isForMembers(endpoint))) continue
    for (const [name, value] of Object.entries(extras)) {
      if (declared.includes(name)) continue
      const input = Object.fromEntries([...Object.entries(own), [name, value]])
      const answer = await ask(client, endpoint, input)
      assert.equal(answer.status, 422, `${name}, ${answer.said}`)
      assert.match(String(refusalOf(answer).code), /^request-(invalid|bad-json)$/, answer.said)
      asked += 1
    }
  }
  assert.ok(asked > 1_000, `${asked} calls`)
  assert.deepEqual(await ourData(), before)
  assert.deepEqual(await digests(), theirsBefore)
  assert.equal(({} as { roles?: unknown }).roles, undefined)
})

test('what the path says, neither the body nor the query says otherwise', async () => {
  for (const [name, value] of [
    ['findingId', theirs.ids.findingId],
    ['findingId', ours.ids.otherFindingId],
  ] as const) {
    const path = `/findings/${ours.ids.findingId}`
    const shown = await ours.officer.call('GET', `${path}?${name}=${value}`)
    assert.notEqual((shown.body as { finding?: Item }).finding?.id, value)
    const owned = await ours.officer.call('PUT', `${path}/owner`, { owner: `Path ${ours.mark}`, [name]: value })
    assert.notEqual((owned.body as { finding?: Item }).finding?.id, value)
  }
  assert.deepEqual(await digests(), theirsBefore)
})

// From here on ours is used up.
test('whatever an officer does in their own organisation tells and changes nothing of the other', async () => {
  const entries = async (whose: Populated) => (await digestRows(database, whose.ids.organisationId))['ledger_entry']
  const [oursBefore, before] = [await entries(ours), await entries(theirs)]
  const inOrder = [...all].sort((a, b) => b.effect.localeCompare(a.effect))
  let done = 0
  for (const endpoint of inOrder) {
    const answer = await ask(await officerFor(endpoint), endpoint, exampleOf(endpoint, ours.ids, ours.mark))
    if (endpoint.effect === 'change' && isForRoles(endpoint) && answer.status < 300) done += 1
  }
  assert.ok(done > 20, `${done} changes`)
  await server.runJobs(ours.ids.organisationId)
  assert.notEqual(await entries(ours), oursBefore)
  assert.equal(await entries(theirs), before)
  assert.deepEqual(await digests(), theirsBefore)
})
