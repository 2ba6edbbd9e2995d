/**
 * Marked values are fed through every endpoint: by those who may and those who may not, taken and refused and answered by a
 * defect. None of them may come out where many can read: in the log, in what stands open on the ledger, in headers, and in the
 * words of a refusal.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { makeToken } from '#core/sign-in/model/tokens.ts'
import { type Endpoint, wordsOf } from '#platform/contract.ts'
import { sql } from '#platform/database.ts'
import { logRequests } from '#server/edge/request-log.ts'
import { endpoints } from '#server/endpoints.ts'
import { exampleOf, type Input } from '../support/examples.ts'
import { populate, writeLists } from '../support/populated.ts'
import { type Answer, type Client, openTestServer } from '../support/server.ts'
import { codeOf, good, goodPassword, invite, join, later, signIn, tokenOf } from '../support/sign-in.ts'

const server = await openTestServer()
const { database } = server.services
await writeLists(database)
const { ids, officer } = await populate(server, 'Ledgerward')
/** What ends the session that asks comes after everything else. */
const enders = ['me.end-session', 'sign-in.end']
const all = endpoints.map(({ endpoint }) => endpoint).sort((a, b) => enders.indexOf(a.name) - enders.indexOf(b.name))

/** Letters only, so that no way of writing it in JSON or in an address changes it; and a number nobody else has. */
const mark = 'Zanzibarquux'
const markedNumber = '8675309421'

/** Values of every kind that a person may be known by, or get in by. */
const marked: readonly string[] = [
  `Marisol ${mark}`,
  `marisol.${mark.toLowerCase()}@vigil.example`,
  `MRN ${markedNumber}`,
  `${mark.toLowerCase()}-password-${markedNumber}`,
  `vigil_session_${mark}`,
  `+1 ${markedNumber}`,
  `${mark}'; select 1 --`,
  `${mark}\0`,
  `../${mark}`,
  mark.repeat(400),
]

const holdsMark = (text: string) => text.toLowerCase().includes(mark.toLowerCase()) || text.includes(markedNumber)

interface Came {
  readonly endpoint: Endpoint
  readonly answer: Answer
}

/** Sends an input as the declaration of its endpoint says. */
async function send(client: Client, endpoint: Endpoint, input: Input): Promise<Came> {
  const inPath = new Set(wordsOf(endpoint.path))
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, word: string) => encodeURIComponent(String(input[word])))
  const rest = Object.entries(input).filter(([name]) => !inPath.has(name))
  const isByQuery = endpoint.method === 'GET' || endpoint.carriage === 'upload'
  const search = new URLSearchParams()
  if (isByQuery) for (const [name, value] of rest) for (const one of [value].flat()) search.append(name, String(one))
  const raw = endpoint.carriage === 'upload' ? { raw: Buffer.from(`Name\n${mark}\n`) } : {}
  const headers = { 'user-agent': `Browser of ${mark}`, 'vigil-request': mark, referer: `https://${mark}.example/` }
  const body = isByQuery ? undefined : Object.fromEntries(rest)
  const target = search.size > 0 ? `${path}?${search}` : path
  return { endpoint, answer: await client.call(endpoint.method, target, body, { ...raw, headers }) }
}

function replaceTexts(value: unknown, text: string): unknown {
  if (typeof value === 'string') return text
  if (Array.isArray(value)) return value.map((one) => replaceTexts(one, text))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replaceTexts(inner, text)]))
}

function textsIn(endpoint: Endpoint, input: Input): readonly string[] {
  const schema = z.toJSONSchema(endpoint.input, { io: 'input', unrepresentable: 'any' })
  const declared = Object.entries(schema.properties ?? {}).flatMap(([name, one]) =>
    typeof one === 'object' && (one.type === 'string' || one.anyOf) ? [name] : [],
  )
  const given = Object.entries(input).flatMap(([name, value]) => (typeof value === 'number' ? [] : [name]))
  return [...new Set([...declared, ...given])]
}

/** Every endpoint with marks in one field after the other, in all of them, and as the example has it. */
async function feed(client: Client): Promise<readonly Came[]> {
  const came: Came[] = []
  for (const endpoint of all) {
    const input = exampleOf(endpoint, ids, mark)
    came.push(await send(client, endpoint, input))
    for (const [at, field] of textsIn(endpoint, input).entries()) {
      const text = marked[at % marked.length] ?? mark
      came.push(await send(client, endpoint, { ...input, [field]: replaceTexts(input[field] ?? '', text) }))
      came.push(await send(client, endpoint, { ...input, [field]: mark }))
    }
    came.push(await send(client, endpoint, { ...(replaceTexts(input, `Marisol ${mark}`) as Input) }))
  }
  return came
}

function checkAnswers(came: readonly Came[]): void {
  for (const { endpoint, answer } of came) {
    const { status, headers, body } = answer
    for (const [name, value] of headers) {
      // The name under which a file is saved is the reader's own business: it goes to nobody else.
      if (name === 'content-disposition') continue
      assert.ok(!holdsMark(`${name}: ${value}`), `${endpoint.name}: ${name}: ${value}`)
    }
    if (status >= 400) assert.ok(!holdsMark(JSON.stringify(body)), `${endpoint.name}: ${JSON.stringify(body)}`)
  }
}

function checkLog(): void {
  for (const text of server.log) assert.ok(!holdsMark(text), text)
}

async function checkLedgers(): Promise<number> {
  const rows = await database.asOwner(async (client) => {
    const { rows: entries } = await client.query<{ line: string }>('select line from ledger_entry')
    const { rows: subjects } = await client.query<{ line: string }>('select subject as line from ledger_subject')
    const { rows: tries } = await client.query<{ line: string }>(
      `select encode(key, 'escape') as line from sign_in_failure`,
    )
    const { rows: jobs } = await client.query<{ line: string }>('select asked_by || input::text as line from job')
    return [...entries, ...subjects, ...tries, ...jobs]
  })
  for (const { line } of rows) assert.ok(!holdsMark(line), line)
  return rows.length
}

test('what an officer types comes out neither in the log, nor in headers and refusals, nor in the open on the ledger', async () => {
  const came = await feed(officer)
  assert.ok(came.length > all.length * 2, `${came.length} requests`)
  const byStatus = (from: number, to: number) =>
    came.filter(({ answer: { status } }) => status >= from && status < to).length
  assert.ok(byStatus(200, 300) > 40, `${byStatus(200, 300)} were taken`)
  assert.ok(byStatus(400, 500) > 100, `${byStatus(400, 500)} were refused`)
  checkAnswers(came)
  checkLog()
  assert.ok((await checkLedgers()) > 100)
  // The marks did come in: what is sealed and what is kept has them.
  const keeper = await server.member(ids.organisationId, ['administrator'])
  const people = await keeper.call('GET', '/members/invitations')
  assert.ok(holdsMark(JSON.stringify(people.body)))
})

test('nor what somebody types who may not, with a session, a token or nothing that works', async () => {
  const staff = await server.member(ids.organisationId, ['staff'], {
    name: `Staff ${mark}`,
    email: `staff@${mark}.example`,
  })
  const ended = server.browser()
  ended.cookies.set('__Host-vigil', makeToken('session').text)
  const planted = server.browser()
  planted.cookies.set('__Host-vigil', mark)
  planted.cookies.set('__Host-vigil-device', `1.1.2026-11-02.${mark}`)
  const program = await server.program(ids.organisationId, ['findings:read'])
  for (const client of [staff, ended, planted, program, server.browser()]) checkAnswers(await feed(client))
  checkLog()
  await checkLedgers()
})

test('nor the name, address, password, codes and tokens of who signs in', async () => {
  const admin = await server.member(ids.organisationId, ['administrator'])
  const name = `Marisol ${mark}`
  const person = await join(server, admin, ['administrator'], { name, email: `marisol@${mark}.example` })
  const browser = await signIn(server, person)
  later(server)
  const code = codeOf(person.secret ?? '', server.now)
  await server.browser().call('POST', '/sign-in', { email: person.email, password: `${mark} ${goodPassword}` })
  good(await browser.call('POST', '/sign-in/second-factor', { code }))
  const made = { name: `Script of ${mark}`, scopes: ['findings:read'], expiresOn: '2026-12-31' }
  const { token } = good<{ token: string }>(await browser.call('POST', '/tokens', made))
  const { link } = good<{ link: string }>(await admin.call('POST', `/members/${person.memberId}/recover`))
  const secrets = [
    token,
    tokenOf(link),
    person.secret ?? '',
    ...person.recoveryCodes,
    goodPassword,
    browser.cookies.get('__Host-vigil') ?? '',
  ]
  const open = await database.asOwner(async (client) => {
    const { rows } = await client.query<{ line: string }>('select line from ledger_entry')
    return rows.map(({ line }) => line)
  })
  for (const text of [...server.log, ...open]) {
    assert.ok(!holdsMark(text), text)
    for (const secret of secrets) assert.ok(!text.includes(secret), 'a secret stands in the open')
  }
})

test('nor what somebody typed when it met a defect', async () => {
  const before = server.log.length
  const keeper = await server.member(ids.organisationId, ['administrator'])
  // A rule that no code knows of is a defect of ours, and the database repeats the whole row in its error.
  const alter = (words: string) => database.asOwner((client) => client.query(`alter table identity ${words}`))
  await alter(`add constraint unforeseen check (name not like 'Marisol%') not valid`)
  const { token } = await invite(keeper, ['staff'], { name: `Marisol ${mark}`, email: `defect@${mark}.example` })
  const asked = { token, name: `Marisol ${mark}`, password: `${goodPassword} ${markedNumber}` }
  const answer = await server.browser().call('POST', '/join', asked)
  await alter('drop constraint unforeseen')
  assert.equal(answer.status, 500)
  assert.ok(!holdsMark(JSON.stringify(answer.body)))
  assert.deepEqual(Object.keys(answer.body as object).sort(), ['code', 'hint', 'instance', 'status', 'title', 'type'])
  const lines = server.log.slice(before)
  assert.ok(
    lines.some((text) => text.includes('"defect"')),
    'a defect is logged',
  )
  checkLog()
})

test('a line about a request names its endpoint and nothing of its address', () => {
  const lines: string[] = []
  const write = (_: string, values?: object) => void lines.push(JSON.stringify(values))
  logRequests({ error: write, warn: write, info: write, debug: write })({
    requestId: 'r',
    endpoint: 'members.list',
    principal: 'member',
    status: 200,
    tookMs: 1,
    bytesIn: 0,
    bytesOut: 2,
    isBrokenOff: false,
    path: `/api/members?name=${mark}`,
    address: mark,
  } as never)
  assert.equal(lines.length, 1)
  assert.ok(!lines.some(holdsMark))
})

test('the payloads on the ledger lie sealed', async () => {
  const payloads = await database.inOrganisation(ids.organisationId, async (db) => {
    const { rows } = await sql<{ payload: Buffer | null }>`select payload from ledger_entry`.execute(db)
    return rows
  })
  assert.ok(payloads.length > 50)
  for (const { payload } of payloads) assert.ok(!holdsMark(payload?.toString('latin1') ?? ''))
})
