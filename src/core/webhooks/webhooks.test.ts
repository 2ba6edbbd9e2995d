/** Webhooks against a real receiver on this machine; what it gets is judged by the verifier of the specification's makers. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { openTestServer, type SignedIn } from '../../../test/support/server.ts'
import { tellDue } from './courier.ts'
import { pauseAfter } from './model.ts'

const server = await openTestServer({ VIGIL_ALLOW_LOOPBACK_SOURCES: 'true' })
const { services } = server

interface Received {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A program that is told; what it answers is taken from a list, and 204 when that is over. */
async function openReceiver(answers: readonly (number | 'hang-up')[] = []) {
  const received: Received[] = []
  const left = [...answers]
  const program = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      received.push({ headers: plain(request.headers), body })
      const answer = left.shift() ?? 204
      if (answer === 'hang-up') request.socket.destroy()
      else response.writeHead(answer, answer === 302 ? { location: '/elsewhere' } : {}).end()
    })
  })
  program.listen(0, '127.0.0.1')
  await once(program, 'listening')
  after(() => program.closeAllConnections())
  after(() => program.close())
  return { received, url: `http://127.0.0.1:${(program.address() as AddressInfo).port}/told` }
}

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

async function begin(answers: readonly (number | 'hang-up')[] = [], slices: readonly string[] = ['members']) {
  const organisationId = await server.newOrganisation()
  const administrator = await server.member(organisationId, ['administrator'])
  const receiver = await openReceiver(answers)
  const added = await administrator.call('POST', '/webhooks', { name: 'Desk', url: receiver.url, slices })
  assert.equal(added.status, 200, JSON.stringify(added.body))
  const { id, secret } = added.body as { readonly id: number; readonly secret: string }
  return { organisationId, administrator, ...receiver, id, secret }
}

const invite = async (who: SignedIn, name: string) =>
  who.call('POST', '/members/invitations', { name, email: `${name.toLowerCase()}@clinic.example`, roles: ['staff'] })

const tell = (afterMs = 0) => tellDue(services, () => new Date(server.now.getTime() + afterMs))

async function stateOf(administrator: SignedIn) {
  const { body } = await administrator.call('GET', '/webhooks')
  const [item] = (body as { readonly items: readonly Record<string, unknown>[] }).items
  assert.ok(item)
  return item
}

test('a program is told what happens, in order, signed so that the makers of the specification accept it', async () => {
  const { administrator, received, secret } = await begin()
  assert.equal((await invite(administrator, 'Ines')).status, 200)
  assert.equal((await invite(administrator, 'Arjun')).status, 200)
  await tell()
  assert.equal(received.length, 2)
  const verifier = new Webhook(secret)
  const seqs = received.map(({ body, headers }) => {
    // The receiver judges the moment by its own clock; ours stands where the test put it.
    const said = JSON.parse(body) as { type: string; data: { entry: { seq: number; subjects: string[] } } }
    assert.equal(said.type, 'members.invite')
    const timestamp = Number(headers['webhook-timestamp'])
    assert.equal(
      verifier.sign(String(headers['webhook-id']), new Date(timestamp * 1_000), body),
      headers['webhook-signature'],
    )
    return said.data.entry.seq
  })
  assert.deepEqual(
    seqs,
    seqs.toSorted((a, b) => a - b),
  )
  assert.equal(await tell(), 0, 'nothing is told twice')
})

test('what is told names nobody', async () => {
  const { administrator, received } = await begin([], [])
  await invite(administrator, 'Marisol')
  await tell()
  assert.ok(received.length > 0)
  assert.ok(received.every(({ body }) => !/Marisol|clinic\.example/i.test(body)))
})

test('a webhook is told of its own matters alone, and passes the others over', async () => {
  const { administrator, received } = await begin([], ['findings'])
  await invite(administrator, 'Ines')
  await tell()
  assert.equal(received.length, 0)
  assert.equal((await stateOf(administrator))['behind'], 0)
})

test('a receiver that fails is told again, later each time, the same message under the same id, and nothing in between', async () => {
  const { administrator, received } = await begin([500, 'hang-up'])
  await invite(administrator, 'Ines')
  await invite(administrator, 'Arjun')
  await tell()
  assert.equal(received.length, 1)
  assert.equal((await stateOf(administrator))['state'], 'failing')
  await tell(pauseAfter(1) - 1)
  assert.equal(received.length, 1, 'not before its time')
  await tell(pauseAfter(1))
  assert.equal(received.length, 2)
  await tell(pauseAfter(1) + pauseAfter(2))
  assert.equal(received.length, 4)
  const ids = received.map(({ headers }) => headers['webhook-id'])
  assert.equal(new Set(ids.slice(0, 3)).size, 1)
  assert.notEqual(ids[3], ids[2])
  const state = await stateOf(administrator)
  assert.equal(state['state'], 'works')
})

test('a redirect is not followed: it counts as not told', async () => {
  const { administrator, received } = await begin([302])
  await invite(administrator, 'Ines')
  await tell()
  assert.equal(received.length, 1)
  assert.equal(((await stateOf(administrator))['last'] as { status: number }).status, 302)
})

test('a receiver that is gone is told nothing more, until somebody resumes it from now on', async () => {
  const { administrator, received, id } = await begin([410])
  await invite(administrator, 'Ines')
  await tell()
  assert.equal((await stateOf(administrator))['whyPaused'], 'gone')
  await invite(administrator, 'Arjun')
  await tell(86_400_000)
  assert.equal(received.length, 1)
  assert.equal((await administrator.call('POST', `/webhooks/${id}/resume`, { from: 'now' })).status, 200)
  await invite(administrator, 'Olof')
  await tell()
  assert.equal(received.length, 2)
})

test('after three days of failing it is paused, and says so', async () => {
  const { administrator } = await begin(Array.from({ length: 60 }, () => 503))
  await invite(administrator, 'Ines')
  let afterMs = 0
  for (let attempt = 1; attempt <= 60 && (await stateOf(administrator))['state'] !== 'paused'; attempt += 1) {
    await tell(afterMs)
    afterMs += pauseAfter(attempt)
  }
  const state = await stateOf(administrator)
  assert.equal(state['whyPaused'], 'failing')
  assert.ok(afterMs > 3 * 86_400_000 && afterMs < 4 * 86_400_000, String(afterMs))
})

test('two couriers tell one message once', async () => {
  const { administrator, received } = await begin()
  await invite(administrator, 'Ines')
  await Promise.all([tell(), tell(), tell()])
  assert.equal(received.length, 1)
})

test('a message that says that nothing happened is sent when asked for', async () => {
  const { administrator, received, id } = await begin([204, 401])
  const tried = await administrator.call('POST', `/webhooks/${id}/try`)
  assert.equal((tried.body as { isTold: boolean }).isTold, true)
  assert.equal(received[0] && (JSON.parse(received[0].body) as { type: string }).type, 'webhooks.try')
  const refused = (await administrator.call('POST', `/webhooks/${id}/try`)).body
  assert.deepEqual(
    { ...(refused as object), tookMs: 0 },
    { isTold: false, status: 401, problem: 'it answered 401', tookMs: 0 },
  )
})

const addresses = {
  'ftp://desk.example/told': 'webhook-url-invalid',
  'https://user:word@desk.example/': 'webhook-url-invalid',
  'http://desk.example/told': 'webhook-not-safe',
  'https://169.254.169.254/latest/meta-data': 'webhook-not-reached',
  'https://[::ffff:169.254.169.254]/': 'webhook-not-reached',
  'https://0.0.0.0/': 'webhook-not-reached',
}
for (const [url, code] of Object.entries(addresses)) {
  test(`an address such as ${url} is refused`, async () => {
    const organisationId = await server.newOrganisation()
    const administrator = await server.member(organisationId, ['administrator'])
    const answer = await administrator.call('POST', '/webhooks', { name: 'Desk', url })
    assert.equal((answer.body as { code: string }).code, code)
  })
}

test('without the operator’s leave, this machine is not called', async () => {
  const strict = await openTestServer()
  const organisationId = await strict.newOrganisation()
  const administrator = await strict.member(organisationId, ['administrator'])
  for (const url of ['https://localhost/', 'https://127.0.0.1/', 'https://[::1]/', 'http://127.1/']) {
    const answer = await administrator.call('POST', '/webhooks', { name: 'Desk', url })
    assert.ok(['webhook-not-reached', 'webhook-not-safe'].includes((answer.body as { code: string }).code), url)
  }
})

test('a secret that is renewed signs from then on, and is shown only then', async () => {
  const { administrator, received, id, secret } = await begin()
  const renewed = (await administrator.call('POST', `/webhooks/${id}/secret`)).body as { secret: string }
  assert.notEqual(renewed.secret, secret)
  await invite(administrator, 'Ines')
  await tell()
  const [first] = received
  assert.ok(first)
  const at = new Date(Number(first.headers['webhook-timestamp']) * 1_000)
  const id1 = String(first.headers['webhook-id'])
  assert.equal(new Webhook(renewed.secret).sign(id1, at, first.body), first.headers['webhook-signature'])
  const listed = JSON.stringify((await administrator.call('GET', '/webhooks')).body)
  assert.ok(!listed.includes('whsec_') && !listed.includes(renewed.secret))
})
