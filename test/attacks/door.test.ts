/** Attacks on the one door, each by name; where it can be, on every endpoint there is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { type Endpoint, wordsOf } from '#platform/contract.ts'
import { sql } from '#platform/database.ts'
import { endpoints } from '#server/endpoints.ts'
import { exampleOf, type Input } from '../support/examples.ts'
import { populate, writeLists } from '../support/populated.ts'
import { type Answer, type CallOptions, type Client, openTestServer, publicUrl } from '../support/server.ts'
import { good, goodPassword, later, refusedBy } from '../support/sign-in.ts'

const server = await openTestServer()
const { database } = server.services
await writeLists(database)
const { ids, officer } = await populate(server, 'Doorward')
const all = endpoints.map(({ endpoint }) => endpoint)

const newAdmin = async () => server.member(await server.newOrganisation(), ['administrator'])

interface Sent extends CallOptions {
  /** Put into the query, also where the body is read. */
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Sends the input of an endpoint as its declaration says, and what an attack adds to it. */
function send(client: Client, endpoint: Endpoint, input: Input, { query = {}, body, ...options }: Sent = {}) {
  const inPath = new Set(wordsOf(endpoint.path))
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, word: string) => encodeURIComponent(wellFormed(input[word])))
  const rest = Object.entries(input).filter(([name]) => !inPath.has(name))
  const isByQuery = endpoint.method === 'GET' || endpoint.carriage === 'upload'
  const search = new URLSearchParams(query)
  if (isByQuery) for (const [name, value] of rest) for (const one of [value].flat()) search.append(name, String(one))
  const raw = endpoint.carriage === 'upload' ? { raw: Buffer.from('Word\nof a file\n') } : {}
  const sent = isByQuery ? undefined : (body ?? Object.fromEntries(rest))
  return client.call(endpoint.method, search.size > 0 ? `${path}?${search}` : path, sent, { ...raw, ...options })
}

const wellFormed = (value: unknown) => String(value).toWellFormed()

const flawsOf = ({ body }: Answer) =>
  ((body as { errors?: { path: string; message: string }[] }).errors ?? []).map(({ path }) => path)

/** The places in an input where a text stands, those that an example leaves out too. */
function textsIn(endpoint: Endpoint, input: Input): readonly (readonly string[])[] {
  const schema = z.toJSONSchema(endpoint.input, { io: 'input', unrepresentable: 'any' })
  const declared = Object.entries(schema.properties ?? {}).flatMap(([name, one]) =>
    typeof one === 'object' && (one.type === 'string' || one.anyOf) ? [[name]] : [],
  )
  const found = textsOf(input, [])
  const seen = new Set(found.map((path) => path.join('.')))
  return [...found, ...declared.filter((path) => !seen.has(path.join('.')))]
}

function textsOf(value: unknown, path: readonly string[]): readonly (readonly string[])[] {
  if (typeof value === 'string') return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => textsOf(inner, [...path, name]))
}

function withText(value: unknown, [name, ...rest]: readonly string[], text: string): unknown {
  if (name === undefined) return text
  if (Array.isArray(value)) return value.map((one, at) => (String(at) === name ? withText(one, rest, text) : one))
  const object = (value ?? {}) as Readonly<Record<string, unknown>>
  return { ...object, [name]: withText(object[name], rest, text) }
}

const crossSite: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
  ['a page of a sibling host', { 'sec-fetch-site': 'same-site' }],
  ['a browser that invents a word', { 'sec-fetch-site': 'same-origin, cross-site' }],
  ['another site’s Origin', { 'sec-fetch-site': '', origin: 'https://evil.example' }],
  ['an Origin that is like ours', { 'sec-fetch-site': '', origin: `${publicUrl.origin}.evil.example` }],
  ['an Origin without TLS', { 'sec-fetch-site': '', origin: 'http://vigil.example' }],
  ['no Origin, as a frame in a sandbox has', { 'sec-fetch-site': '', origin: 'null' }],
]

for (const [name, headers] of crossSite) {
  test(`cross-site request forgery: ${name} changes nothing with a session`, async () => {
    const admin = await newAdmin()
    const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))
    // Without the header of its own kind the browser is an old one, which says its Origin alone.
    const answer = await withoutSite(admin, sent).call('PATCH', '/organisation', { name: 'Taken' })
    assert.equal(refusedBy(answer), 'request-cross-site')
    assert.equal(good<{ name: string }>(await admin.call('GET', '/organisation')).name, 'Test organisation')
  })
}

/** Sends with these headers alone beside the cookies. */
function withoutSite(client: Client, headers: Readonly<Record<string, string>>) {
  return {
    async call(method: string, path: string, body: unknown, type = 'application/json'): Promise<Answer> {
      const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const request = new Request(new URL(`/api${path}`, publicUrl), {
        method,
        headers: { 'content-type': type, cookie, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
      const answer = await server.fetch(request, {
        address: '192.0.2.1',
        isSecure: true,
        requestId: '00000000-0000-4000-8000-000000000000',
        tell: () => undefined,
        cut: () => undefined,
      })
      return { status: answer.status, body: await answer.json(), headers: answer.headers }
    },
  }
}

test('cross-site request forgery: a page of another site signs nobody in as somebody else', async () => {
  const stranger = withoutSite(server.browser(), { 'sec-fetch-site': 'cross-site' })
  const body = { email: 'attacker@vigil.example', password: goodPassword }
  assert.equal(refusedBy(await stranger.call('POST', '/sign-in', body)), 'request-cross-site')
})

test('cross-site request forgery: what a form can send is not taken, whatever it says of itself', async () => {
  const admin = await newAdmin()
  const body = '{"name":"Taken"}'
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain;application/json',
  ]) {
    const answer = await withoutSite(admin, {}).call('PATCH', '/organisation', body, type)
    assert.equal(refusedBy(answer), 'request-unsupported-type', type)
  }
})

test('every change refuses a page of another site, and no read changes by being asked for', async () => {
  for (const endpoint of all.filter(({ method }) => method !== 'GET')) {
    const answer = await send(officer, endpoint, exampleOf(endpoint, ids, 'Word'), {
      headers: { 'sec-fetch-site': 'cross-site' },
    })
    assert.equal(refusedBy(answer), 'request-cross-site', endpoint.name)
  }
  assert.deepEqual(
    all.filter(({ method, effect }) => method === 'GET' && effect === 'change').map(({ name }) => name),
    [],
  )
})

test('an Idempotency-Key gives the same answer and does the change once', async () => {
  const admin = await newAdmin()
  const headers = { 'idempotency-key': 'invite-robin-1' }
  const body = { name: 'Robin', email: 'robin@vigil.example', roles: ['staff'] }
  const first = good(await admin.call('POST', '/members/invitations', body, { headers }))
  assert.deepEqual(good(await admin.call('POST', '/members/invitations', body, { headers })), first)
  const { items } = good<{ items: unknown[] }>(await admin.call('GET', '/members/invitations'))
  assert.equal(items.length, 1)
})

test('two requests with one key at the same instant are one change', async () => {
  const admin = await newAdmin()
  const headers = { 'idempotency-key': 'invite-at-once' }
  const body = { name: 'Robin', email: 'robin@vigil.example', roles: ['staff'] }
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => admin.call('POST', '/members/invitations', body, { headers })),
  )
  for (const answer of answers) assert.deepEqual(good(answer), answers[0]?.body)
  const { items } = good<{ items: unknown[] }>(await admin.call('GET', '/members/invitations'))
  assert.equal(items.length, 1)
})

test('an Idempotency-Key stands for one request: another body, endpoint or form of key is refused', async () => {
  const admin = await newAdmin()
  const headers = { 'idempotency-key': 'one-request-only' }
  good(await admin.call('PATCH', '/organisation', { name: 'First' }, { headers }))
  assert.equal(
    refusedBy(await admin.call('PATCH', '/organisation', { name: 'Second' }, { headers })),
    'request-key-reused',
  )
  const body = { name: 'Robin', email: 'robin@vigil.example', roles: ['staff'] }
  assert.equal(refusedBy(await admin.call('POST', '/members/invitations', body, { headers })), 'request-key-reused')
  for (const key of ['short', 'x'.repeat(101), "a'; drop table member --", '../../etc/passwd', 'späte-taste']) {
    const sent = { headers: { 'idempotency-key': key } }
    assert.equal(refusedBy(await admin.call('PATCH', '/organisation', { name: 'Third' }, sent)), 'request-bad-key', key)
  }
})

test('the key of another member, or of the same one elsewhere, opens nothing', async () => {
  const admin = await newAdmin()
  const organisationId = await server.newOrganisation()
  const [first, second] = [
    await server.member(organisationId, ['administrator']),
    await server.member(organisationId, ['administrator']),
  ]
  const headers = { 'idempotency-key': 'the-same-key' }
  const body = { name: 'Script', scopes: ['findings:read'], expiresOn: '2026-12-31' }
  const tokens = new Set<string>()
  for (const client of [first, second, admin]) {
    tokens.add(good<{ token: string }>(await client.call('POST', '/tokens', body, { headers })).token)
  }
  assert.equal(tokens.size, 3)
})

test('what a change answered is kept sealed: a token cannot be read from the table of answers', async () => {
  const organisationId = await server.newOrganisation()
  const admin = await server.member(organisationId, ['administrator'])
  const headers = { 'idempotency-key': 'make-a-token' }
  const body = { name: 'Script', scopes: ['findings:read'], expiresOn: '2026-12-31' }
  const { token } = good<{ token: string }>(await admin.call('POST', '/tokens', body, { headers }))
  const kept = await database.inOrganisation(organisationId, async (db) => {
    const { rows } = await sql<{ answer: Buffer }>`select answer from idempotent_answer`.execute(db)
    return rows[0]?.answer ?? Buffer.alloc(0)
  })
  assert.ok(kept.length > token.length)
  assert.ok(!kept.includes(token) && !kept.includes(token.slice(-20)))
})

test('a change that was refused leaves its key free, and one that gives a file is done again', async () => {
  const admin = await newAdmin()
  const headers = { 'idempotency-key': 'refused-at-first' }
  assert.equal((await admin.call('PATCH', '/organisation', { timeZone: 'Nowhere/Here' }, { headers })).status, 422)
  good(await admin.call('PATCH', '/organisation', { name: 'Now' }, { headers }))
  const opening = { headers: { 'idempotency-key': 'open-the-evidence' } }
  const first = good(await officer.call('POST', `/evidence/${ids.evidenceId}/open`, {}, opening))
  assert.deepEqual(good(await officer.call('POST', `/evidence/${ids.evidenceId}/open`, {}, opening)), first)
})

test('an upload with a key is kept once and answered twice', async () => {
  const path = '/evidence?title=Report&fileName=report.txt'
  const sent = (text: string) => ({ raw: Buffer.from(text), headers: { 'idempotency-key': 'keep-a-report' } })
  const first = good(await officer.call('POST', path, undefined, sent('One report.')))
  assert.deepEqual(good(await officer.call('POST', path, undefined, sent('One report.'))), first)
  assert.equal(refusedBy(await officer.call('POST', path, undefined, sent('Another.'))), 'request-key-reused')
})

test('mass assignment: no endpoint takes a field that it does not declare', async () => {
  for (const endpoint of all) {
    const input = exampleOf(endpoint, ids, 'Word')
    for (const extra of [{ organisation_id: '1' }, { madeBy: 'operator:root' }, { isAdministrator: 'true' }]) {
      const answer = await send(officer, endpoint, { ...input, ...extra })
      const code = refusedBy(answer)
      const isShut = code === 'request-not-allowed' && endpoint.roles === 'operator'
      assert.ok(code === 'request-invalid' || isShut, `${endpoint.name}: ${code}`)
    }
  }
})

test('mass assignment: keys that lead code astray are refused before anything is read', async () => {
  const admin = await newAdmin()
  for (const body of ['{"__proto__":{"roles":["administrator"]}}', '{"name":"A","name":"B"}', '{"constructor":{}}']) {
    const answer = await withoutSite(admin, {}).call('PATCH', '/organisation', body)
    assert.equal(refusedBy(answer), 'request-bad-json', body)
  }
  for (const body of ['[]', '"text"', 'null', '1', 'true']) {
    assert.equal(refusedBy(await withoutSite(admin, {}).call('PATCH', '/organisation', body)), 'request-invalid', body)
  }
})

test('a word of the path that the query or the body says again is refused, at every endpoint that has one', async () => {
  for (const endpoint of all) {
    for (const word of wordsOf(endpoint.path)) {
      const input = exampleOf(endpoint, ids, 'Word')
      const inQuery = await send(officer, endpoint, input, { query: { [word]: '999' } })
      assert.equal(refusedBy(inQuery), 'request-invalid', endpoint.name)
      assert.ok(flawsOf(inQuery).includes(word), endpoint.name)
      if (endpoint.method === 'GET' || endpoint.carriage === 'upload') continue
      const inBody = await send(officer, endpoint, input, { body: { ...input, [word]: 999 } })
      assert.equal(refusedBy(inBody), 'request-invalid', endpoint.name)
      assert.ok(flawsOf(inBody).includes(word), endpoint.name)
    }
  }
})

test('a query is not read where the body is, and is refused rather than ignored', async () => {
  const admin = await newAdmin()
  const answer = await admin.call('PATCH', '/organisation?name=Taken', {})
  assert.deepEqual([refusedBy(answer), flawsOf(answer)], ['request-invalid', ['name']])
  const nul = await admin.call('GET', '/members?after=%00')
  assert.deepEqual([refusedBy(nul), flawsOf(nul)], ['request-invalid', ['after']])
  const twice = await admin.call('GET', '/members?limit=1&limit=200')
  assert.deepEqual([refusedBy(twice), flawsOf(twice)], ['request-invalid', ['limit']])
})

function cursorOf(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

const payloads: readonly (readonly [string, string])[] = [
  ['SQL', "'; drop table member; --"],
  ['SQL in a number', '1 or 1=1'],
  ['a template', `\${process.exit(1)}{{7*7}}<%= 1 %>`],
  ['a path', '../../../../etc/passwd'],
  ['a path that is encoded', '..%2f..%2fetc%2fpasswd%00'],
  ['NUL', 'before\0after'],
  ['half a character', 'half \ud800 a character'],
  ['a mark that turns the writing', '\u202Etxt.exe\u2066'],
  ['a new header', 'one\r\nSet-Cookie: planted=1\r\n\r\n<script>'],
  ['a pattern that backtracks', `${'a'.repeat(30_000)}!`],
  ['a megabyte', 'x'.repeat(900_000)],
  ['a key of a prototype', '__proto__'],
  ['a day that is none', '2026-02-31'],
  ['a number beyond all', '9'.repeat(40)],
  ['nothing', ''],
  ['a place of a list that was made by hand', cursorOf(['a\0b', 1])],
  ['a place of a list with half a character', cursorOf(['\ud800', 1])],
  ['a place of a list beyond all numbers', cursorOf([1e308])],
  ['a place of a list that is no list', cursorOf({ id: 1 })],
]

for (const [name, payload] of payloads) {
  test(`injection in every text of every endpoint: ${name}`, async () => {
    const before = server.log.length
    let sent = 0
    for (const endpoint of all) {
      const input = exampleOf(endpoint, ids, 'Word')
      for (const path of textsIn(endpoint, input)) {
        sent += 1
        const spoilt = withText(input, path, payload) as Input
        const address = `2001:db8:${(sent % 60_000).toString(16)}::1`
        const answer = await send(officer, endpoint, spoilt, { address })
        const what = `${endpoint.name} ${path.join('.')}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`
        assert.ok(answer.status < 500, `${what}\n${server.log.slice(before).join('')}`)
        assert.ok(answer.status < 300 || answer.status >= 400, `it redirects: ${what}`)
        assert.equal(answer.headers.get('location'), null)
        assert.ok(!answer.headers.getSetCookie().some((cookie) => cookie.includes('planted')))
      }
    }
    assert.ok(sent > 60, `${sent} texts were tried`)
    assert.deepEqual(
      server.log.slice(before).filter((line) => line.includes('"defect"')),
      [],
    )
    // Nothing of it was taken for a statement: the tables stand, and the officer is still who they were.
    good(await officer.call('GET', '/members'))
  })
}

test('injection in every number of every endpoint: none is so large or so strange that it is a defect', async () => {
  const before = server.log.length
  for (const endpoint of all) {
    const input = exampleOf(endpoint, ids, 'Word')
    for (const name of numbersOf(endpoint)) {
      for (const number of [Number.MAX_SAFE_INTEGER, 2 ** 31, 1e21, -1, 0, 1.5]) {
        const { status } = await send(officer, endpoint, { ...input, [name]: number })
        assert.ok(status < 500, `${endpoint.name} ${name} ${number}\n${server.log.slice(before).join('')}`)
      }
    }
  }
})

function numbersOf(endpoint: Endpoint): readonly string[] {
  const schema = z.toJSONSchema(endpoint.input, { io: 'input', unrepresentable: 'any' })
  return Object.entries(schema.properties ?? {}).flatMap(([name, one]) =>
    typeof one === 'object' && (one.type === 'integer' || one.type === 'number') ? [name] : [],
  )
}

test('open redirect: no address under the interface sends anybody elsewhere', async () => {
  for (const path of [
    '//evil.example',
    '/..//evil.example',
    '/me?next=https://evil.example',
    '/%2f%2fevil.example',
    '/me\\evil',
  ]) {
    const answer = await officer.call('GET', path)
    assert.ok(answer.status < 300 || answer.status >= 400, path)
    assert.equal(answer.headers.get('location'), null)
  }
})

test('the limit of requests is of each principal: one who asks too much takes nothing from the others', async () => {
  const limited = await openTestServer({ VIGIL_RATE_LIMIT: '1' })
  const organisationId = await limited.newOrganisation()
  const [greedy, modest] = [
    await limited.member(organisationId, ['administrator']),
    await limited.member(organisationId, ['administrator']),
  ]
  const answers = await Promise.all(Array.from({ length: 30 }, () => greedy.call('GET', '/organisation')))
  const refused = answers.filter(({ status }) => status === 429)
  assert.ok(refused.length >= 15 && refused.length <= 20, `${refused.length} were refused`)
  assert.ok(refused.every(({ headers }) => Number(headers.get('retry-after')) >= 1))
  // A second session of the same member is the same principal; another one at the same address is not.
  good(await modest.call('GET', '/organisation'))
  good(await (await limited.program(organisationId, ['organisation:read'])).call('GET', '/organisation'))
  // Strangers are counted by their network, so that new addresses of one /64 are no new strangers.
  const strangers = await Promise.all(
    Array.from({ length: 30 }, (_, at) =>
      limited.browser().call('GET', '/me', undefined, { address: `2001:db8:9:9::${at + 1}` }),
    ),
  )
  assert.ok(strangers.filter(({ status }) => status === 429).length >= 15)
  const elsewhere = await limited.browser().call('GET', '/me', undefined, { address: '2001:db8:9:8::1' })
  assert.equal(elsewhere.status, 401)
})

test('a proof that is a quarter of an hour old changes no factor, whoever holds the session', async () => {
  const admin = await newAdmin()
  good(await admin.call('POST', '/me/totp'))
  later(server, 15 * 60 + 1)
  assert.equal(refusedBy(await admin.call('POST', '/me/totp')), 'sign-in-stale')
})
