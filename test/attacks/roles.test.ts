/**
 * Every endpoint and everybody who could stand at the door: whom the endpoint's declaration names gets through, all others
 * are refused, by the reason that holds for them. Made from the list of endpoints, so that one of tomorrow is held to it
 * without being named here.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeToken } from '#core/sign-in/model/tokens.ts'
import type { Endpoint, Role } from '#platform/contract.ts'
import { sql } from '#platform/database.ts'
import { endpoints } from '#server/endpoints.ts'
import { callEndpoint, exampleNames, exampleOf, type Input } from '../support/examples.ts'
import { digestRows, memberRoles, type Populated, populate, writeLists } from '../support/populated.ts'
import { type Answer, type Client, openTestServer } from '../support/server.ts'

const server = await openTestServer()
const { database } = server.services
await writeLists(database)
const populated = await populate(server, 'Almarkova')
const { organisationId } = populated.ids
const all = endpoints.map(({ endpoint }) => endpoint)

type Reason =
  | 'not-signed-in'
  | 'second-factor-needed'
  | 'not-allowed'
  | 'no-scope'
  | 'no-organisation'
  | 'needs-person'
  | 'cross-site'
const reasons: readonly string[] = [
  'not-signed-in',
  'second-factor-needed',
  'not-allowed',
  'no-scope',
  'no-organisation',
  'needs-person',
  'cross-site',
].map((reason) => `request-${reason}`)

/** Somebody, and why they do not get through; undefined where they do. */
interface Asker {
  readonly name: string
  refusedBy(endpoint: Endpoint): Reason | undefined
  /** A client for one call; a fresh one where the call may end what it stands on. */
  client(endpoint: Endpoint): Promise<Client>
}

const isForRoles = ({ roles }: Endpoint): boolean => typeof roles !== 'string'

function isNamed({ roles }: Endpoint, role: Role): boolean {
  return typeof roles !== 'string' && roles.includes(role)
}

const nobodys = ({ roles }: Endpoint, reason: Reason): Reason | undefined => (roles === 'nobody' ? undefined : reason)

/** One client for all calls, but for those about a person's own sign-in, which may end it. */
function once(make: () => Promise<Client>): Asker['client'] {
  let kept: Promise<Client> | undefined
  return (endpoint) => {
    if (!isForRoles(endpoint)) return make()
    kept ??= make()
    return kept
  }
}

const change = (statement: ReturnType<typeof sql>) =>
  database.inOrganisation(organisationId, (db) => statement.execute(db))

/** A member, and what became of them while their session lives. */
const memberWho = (roles: readonly Role[], became?: (memberId: number, sessionId: number) => ReturnType<typeof sql>) =>
  once(async () => {
    const member = await server.member(organisationId, roles)
    if (became) await change(became(member.memberId, member.sessionId))
    return member
  })

async function tokenWho(became?: (hash: Buffer, memberId: number) => ReturnType<typeof sql>): Promise<Client> {
  const { text, hash } = makeToken('token')
  const { memberId } = await server.member(organisationId, ['administrator'])
  await change(sql`
    insert into api_token (name, token_hash, scopes, made_by, made_by_member, created_at, expires_at)
    values ('made', ${hash}, ${[...scopes]}::text[], 'test', ${memberId}, ${server.now},
      ${new Date(server.now.getTime() + 86_400_000)})`)
  if (became) await change(became(hash, memberId))
  const browser = server.browser()
  return {
    cookies: browser.cookies,
    call: (method, path, body, { headers = {}, ...rest } = {}) =>
      browser.call(method, path, body, { headers: { authorization: `Bearer ${text}`, ...headers }, ...rest }),
  }
}

const scopes = [...new Set(all.filter((endpoint) => isNamed(endpoint, 'api-client')).map(({ scope }) => scope))]
const everyScope = [...new Set(all.map(({ scope }) => scope))]

const asSigned =
  (...held: readonly Role[]) =>
  (endpoint: Endpoint): Reason | undefined =>
    isForRoles(endpoint) && !held.some((role) => isNamed(endpoint, role)) ? 'not-allowed' : undefined
const asServingNobody = (endpoint: Endpoint): Reason | undefined =>
  isForRoles(endpoint) ? 'no-organisation' : undefined
const asNobody = (endpoint: Endpoint) => nobodys(endpoint, 'not-signed-in')
function asToken(held: readonly string[]) {
  return (endpoint: Endpoint): Reason | undefined => {
    if (!isForRoles(endpoint)) return nobodys(endpoint, 'needs-person')
    if (!isNamed(endpoint, 'api-client')) return 'not-allowed'
    return held.includes(endpoint.scope) ? undefined : 'no-scope'
  }
}

const members: readonly (Asker & { readonly role: Role })[] = memberRoles.map((role) => ({
  name: `a member who is ${role}`,
  role,
  refusedBy: asSigned(role),
  client: memberWho([role]),
}))

const others: readonly Asker[] = [
  { name: 'nobody', refusedBy: asNobody, client: async () => server.browser() },
  {
    name: 'a token with every scope that there is, also of what is not for programs',
    refusedBy: asToken(everyScope),
    client: once(() => server.program(organisationId, everyScope)),
  },
  { name: 'a token with no scope', refusedBy: asToken([]), client: once(() => server.program(organisationId, [])) },
  ...scopes.map(
    (scope): Asker => ({
      name: `a token that may only ${scope}`,
      refusedBy: asToken([scope]),
      client: once(() => server.program(organisationId, [scope])),
    }),
  ),
  {
    name: 'an administrator who has given the first factor only',
    refusedBy: (endpoint) => (isForRoles(endpoint) || endpoint.roles === 'anyone' ? 'second-factor-needed' : undefined),
    client: memberWho(
      memberRoles,
      (_, sessionId) => sql`update session set is_arriving = true where id = ${sessionId}`,
    ),
  },
  {
    name: 'a member of staff with a password who was made administrator since',
    refusedBy: (endpoint) => (isForRoles(endpoint) || endpoint.roles === 'anyone' ? 'second-factor-needed' : undefined),
    client: memberWho(
      memberRoles,
      (_, sessionId) => sql`update session set means = '{password}' where id = ${sessionId}`,
    ),
  },
  {
    name: 'a person of no organisation',
    refusedBy: asServingNobody,
    client: memberWho(memberRoles, (memberId) => sql`delete from member where id = ${memberId}`),
  },
  {
    name: 'a disabled member whose session lives',
    refusedBy: asServingNobody,
    client: memberWho(memberRoles, (id) => sql`update member set disabled_at = ${server.now} where id = ${id}`),
  },
  {
    name: 'an auditor whose last day was yesterday',
    refusedBy: asServingNobody,
    // Days end by the clock of the database.
    client: memberWho(['auditor'], (id) => sql`update member set until_on = now()::date - 2 where id = ${id}`),
  },
  {
    name: 'a disabled person',
    refusedBy: asNobody,
    client: memberWho(
      memberRoles,
      (id) => sql`
        update identity set disabled_at = ${server.now} where id = (select identity_id from member where id = ${id})`,
    ),
  },
  {
    name: 'a session that has run out',
    refusedBy: asNobody,
    client: memberWho(memberRoles, (_, id) => sql`update session set expires_at = ${server.now} where id = ${id}`),
  },
  {
    name: 'a session that was not used for longer than an hour',
    refusedBy: asNobody,
    client: memberWho(
      memberRoles,
      (_, id) => sql`update session set seen_at = ${new Date(server.now.getTime() - 3_600_001)} where id = ${id}`,
    ),
  },
  {
    name: 'a session that was ended',
    refusedBy: asNobody,
    client: memberWho(memberRoles, (_, id) => sql`delete from session where id = ${id}`),
  },
  {
    name: 'a token that was revoked',
    refusedBy: asNobody,
    client: once(() =>
      tokenWho((hash) => sql`update api_token set revoked_at = ${server.now} where token_hash = ${hash}`),
    ),
  },
  {
    name: 'a token that has lapsed',
    refusedBy: asNobody,
    client: once(() =>
      tokenWho((hash) => sql`update api_token set expires_at = ${server.now} where token_hash = ${hash}`),
    ),
  },
  {
    name: 'a token whose maker was disabled',
    refusedBy: asNobody,
    client: once(() => tokenWho((_, id) => sql`update member set disabled_at = ${server.now} where id = ${id}`)),
  },
  {
    name: 'a browser of every role that was sent here by a page of another site',
    refusedBy: (endpoint) => (endpoint.method === 'GET' ? asSigned(...memberRoles)(endpoint) : 'cross-site'),
    client: once(async () => {
      const member = await server.member(organisationId, memberRoles)
      return {
        cookies: member.cookies,
        call: (method, path, body, { headers = {}, ...rest } = {}) =>
          member.call(method, path, body, { headers: { 'sec-fetch-site': 'cross-site', ...headers }, ...rest }),
      }
    }),
  },
]
/** What is for whoever holds the data directory is for nobody who comes over the network. */
function keepingFromOperators(asker: Asker): Asker {
  return {
    ...asker,
    refusedBy(endpoint) {
      const reason = asker.refusedBy(endpoint)
      if (endpoint.roles !== 'operator') return reason
      return reason === 'not-signed-in' || reason === 'cross-site' ? reason : 'not-allowed'
    },
  }
}
const askers: readonly Asker[] = [...members, ...others].map(keepingFromOperators)

const inputOf = (endpoint: Endpoint, whose: Populated = populated): Input => exampleOf(endpoint, whose.ids, whose.mark)
const codeOf = ({ body }: Answer): string | undefined => (body as { code?: string } | null)?.code

/** The lines of defects that were logged since. */
function defectsSince(count: number): string {
  return server.log
    .slice(count)
    .filter((line) => line.includes('defect'))
    .join('\n')
}

async function ask(asker: Asker, endpoint: Endpoint): Promise<Answer> {
  const logged = server.log.length
  const answer = await callEndpoint(await asker.client(endpoint), endpoint, inputOf(endpoint))
  assert.ok(answer.status < 500, `${asker.name}, ${endpoint.name}: ${answer.status} ${defectsSince(logged)}`)
  return answer
}

test('there is an example of every endpoint, and of nothing else, and each is what the endpoint declares', () => {
  assert.deepEqual([...exampleNames()].sort(), all.map(({ name }) => name).sort())
  assert.ok(all.length > 80)
  for (const endpoint of all) {
    const { success, error } = endpoint.input.safeParse(inputOf(endpoint))
    assert.ok(success, `${endpoint.name}: ${error?.message}`)
  }
})

test('no endpoint is open to nobody or to the arriving but those by which people arrive, and a calendar by its address', () => {
  const named = (audience: string) => all.filter(({ roles }) => roles === audience).map(({ name }) => name)
  assert.deepEqual(named('nobody').sort(), [
    'calendar.read',
    'invitations.accept',
    'invitations.show',
    'set-up.finish',
    'set-up.show',
    'sign-in.passkey',
    'sign-in.passkey-options',
    'sign-in.password',
  ])
  assert.deepEqual(named('arriving').sort(), [
    'me.add-passkey',
    'me.begin-passkey',
    'me.begin-totp',
    'me.confirm-totp',
    'me.show',
    'sign-in.end',
    'sign-in.second-factor',
  ])
  for (const { name, roles } of all) if (roles === 'anyone') assert.match(name, /^me\./)
  assert.deepEqual(named('operator').sort(), ['organisations.add', 'organisations.list'])
})

test('an auditor and a member of staff change nothing but what their roles say', () => {
  const changes = (role: Role) =>
    all.filter((endpoint) => endpoint.effect === 'change' && isNamed(endpoint, role)).map(({ name }) => name)
  // What everybody may have as they like it, and nobody else sees.
  const own = [
    'calendar.end',
    'calendar.make',
    'notifications.choose',
    'notifications.read',
    'notifications.read-all',
    'views.change',
    'views.remove',
    'views.save',
  ]
  const others = (role: Role) => changes(role).filter((name) => !own.includes(name))
  // To read who opened whose record is on the ledger, so it is a change; of anything else an auditor only reads.
  assert.deepEqual(others('auditor'), [
    'evidence.open',
    'trail.ask-patient',
    'trail.ask-person',
    'trail.report',
    'trail.person-days',
    'trail.verify',
    'cases.read',
  ])
  assert.deepEqual(others('staff'), ['tasks.complete', 'tasks.reopen'])
  assert.deepEqual(others('manager'), ['findings.comment', 'tasks.complete', 'tasks.reopen'])
  for (const role of ['auditor', 'staff', 'manager'] as const) {
    assert.deepEqual(
      changes(role)
        .filter((name) => own.includes(name))
        .filter((name) => !/^views/.test(name))
        .sort(),
      own.slice(0, 5),
    )
  }
})

test('whom an endpoint does not name is refused, and changes nothing by asking', async () => {
  // Everybody is made before: what they are made of is a change too.
  for (const asker of askers) for (const endpoint of all) if (isForRoles(endpoint)) await asker.client(endpoint)
  const left = { without: ['ledger_entry', 'ledger_log', 'ledger_checkpoint', 'ledger_subject', 'ledger_subtree'] }
  const ofRoles = all.filter(isForRoles)
  const before = await digestRows(database, organisationId, left)
  const checked = { refused: 0 }
  for (const asker of askers) {
    for (const endpoint of ofRoles) {
      const reason = asker.refusedBy(endpoint)
      if (reason === undefined) continue
      const answer = await ask(asker, endpoint)
      assert.equal(
        codeOf(answer),
        `request-${reason}`,
        `${asker.name}, ${endpoint.name}: ${JSON.stringify(answer.body)}`,
      )
      assert.equal(answer.status, reason === 'not-signed-in' ? 401 : 403, `${asker.name}, ${endpoint.name}`)
      assert.equal(answer.headers.get('cache-control'), 'no-store')
      assert.ok(!JSON.stringify(answer.body).includes(populated.mark))
      checked.refused += 1
    }
  }
  assert.deepEqual(await digestRows(database, organisationId, left), before)
  assert.ok(checked.refused > 1_000, `${checked.refused} refusals`)
})

test('what concerns a person’s own sign-in refuses whoever is not that far', async () => {
  const personal = all.filter((endpoint) => !isForRoles(endpoint))
  let refused = 0
  for (const asker of askers) {
    for (const endpoint of personal) {
      const reason = asker.refusedBy(endpoint)
      if (reason === undefined) continue
      const answer = await ask(asker, endpoint)
      assert.equal(
        codeOf(answer),
        `request-${reason}`,
        `${asker.name}, ${endpoint.name}: ${JSON.stringify(answer.body)}`,
      )
      refused += 1
    }
  }
  assert.ok(refused > 100, `${refused} refusals`)
})

test('a change that a member or a program was refused is on the ledger once, by its name and theirs', async () => {
  const entries = async (actor: string) =>
    database.inOrganisation(organisationId, async (db) => {
      const { rows } = await sql<{ action: string; outcome: string; subjects: string }>`
        select action, outcome, substring(line from '"subjects":(\\[[^]]*\\])') as subjects from ledger_entry
        where actor = ${actor} order by action`.execute(db)
      return rows
    })
  for (const { role, refusedBy } of members.map((member) => ({ ...member, ...keepingFromOperators(member) }))) {
    const member = await server.member(organisationId, [role])
    const refused = all.filter(
      (endpoint) =>
        endpoint.effect === 'change' &&
        (isForRoles(endpoint) || endpoint.roles === 'operator') &&
        refusedBy(endpoint) !== undefined,
    )
    assert.ok(refused.length > 0, role)
    for (const endpoint of refused) await callEndpoint(member, endpoint, inputOf(endpoint))
    assert.deepEqual(
      await entries(`member:${member.memberId}`),
      refused.map(({ name }) => ({ action: name, outcome: 'refused', subjects: '[]' })).sort(byAction),
      role,
    )
  }
  const program = await server.program(organisationId, [])
  const changes = all.filter((endpoint) => endpoint.effect === 'change' && isForRoles(endpoint))
  for (const endpoint of changes) await callEndpoint(program, endpoint, inputOf(endpoint))
  const newest = await database.inOrganisation(organisationId, async (db) => {
    const { rows } = await sql<{ id: number }>`select max(id) as id from api_token`.execute(db)
    return rows[0]?.id ?? 0
  })
  assert.deepEqual(
    await entries(`token:${newest}`),
    changes.map(({ name }) => ({ action: name, outcome: 'refused', subjects: '[]' })).sort(byAction),
  )
})

test('a stranger cannot make the ledger grow', async () => {
  const length = async () => (await digestRows(database, organisationId))['ledger_entry']
  const before = await length()
  for (const endpoint of all) await callEndpoint(server.browser(), endpoint, inputOf(endpoint))
  assert.equal(await length(), before)
})

test('who has one role more is let in by it, and in each organisation by the roles held there', async () => {
  const elsewhere = await server.newOrganisation('Elsewhere')
  const member = await server.member(organisationId, ['staff'])
  await database.inOrganisation(elsewhere, (db) =>
    sql`insert into member (identity_id, roles, made_by, created_at)
      values (${member.identityId}, '{administrator}', 'test', ${server.now})`.execute(db),
  )
  const members = (organisation: number) =>
    member.call('GET', '/members', undefined, { headers: { 'vigil-organisation': String(organisation) } })
  assert.equal((await members(elsewhere)).status, 200)
  assert.equal(codeOf(await members(organisationId)), 'request-not-allowed')
  await member.call('PUT', '/me/organisation', { organisationId: elsewhere })
  assert.equal((await member.call('GET', '/members')).status, 200)
  assert.equal(codeOf(await members(organisationId)), 'request-not-allowed')
  for (const organisation of ['0', '-1', '1.5', 'x', '1,2', '9'.repeat(40), `${organisationId} `.repeat(2)]) {
    const answer = await member.call('GET', '/tasks/mine', undefined, {
      headers: { 'vigil-organisation': organisation },
    })
    assert.equal(codeOf(answer), 'request-no-organisation', organisation)
  }
})

test('naming no organisation of one’s own passes no second factor', async () => {
  const member = await server.member(organisationId, ['staff'])
  await change(sql`update session set means = '{password}' where id = ${member.sessionId}`)
  await change(sql`update member set roles = '{administrator}' where id = ${member.memberId}`)
  for (const endpoint of all) {
    if (endpoint.roles !== 'anyone' && !isForRoles(endpoint)) continue
    for (const organisation of ['0', '999999']) {
      const answer = await callEndpoint(member, endpoint, inputOf(endpoint), { 'vigil-organisation': organisation })
      assert.ok(reasons.includes(codeOf(answer) ?? ''), `${endpoint.name}: ${answer.status} ${codeOf(answer)}`)
    }
  }
})

// From here on what is allowed is done, so the population is used up.
test('whom an endpoint names gets through to it', async () => {
  // Reads first: they find the population as it was made.
  const inOrder = [...all].sort((a, b) => b.effect.localeCompare(a.effect))
  let passed = 0
  for (const endpoint of inOrder) {
    for (const asker of askers) {
      if (asker.refusedBy(endpoint) !== undefined) continue
      const answer = await ask(asker, endpoint)
      const said = `${asker.name}, ${endpoint.name}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`
      assert.ok(!reasons.includes(codeOf(answer) ?? ''), said)
      if (endpoint.effect === 'read' && isForRoles(endpoint) && !isOwnOnly(endpoint, asker)) {
        assert.equal(answer.status, 200, said)
      }
      passed += 1
    }
  }
  assert.ok(passed > 500, `${passed} calls`)
})

/** What a manager sees of one thing, and anybody of a task or a question of theirs, depends on whose it is: tenants.test.ts. */
function isOwnOnly({ name }: Endpoint, asker: Asker): boolean {
  if (name === 'tasks.show' || name === 'trail.read-on') return true
  return (
    ['findings.show', 'findings.readers', 'people.show'].includes(name) &&
    asker.name === members.find(({ role }) => role === 'manager')?.name
  )
}

function byAction(a: { readonly action: string }, b: { readonly action: string }): number {
  return a.action < b.action ? -1 : 1
}
