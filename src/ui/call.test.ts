import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { after } from 'node:test'
import { z } from 'zod'
import { endpoint, id, pageOf, paging } from '#platform/contract.ts'
import {
  addressOf,
  call,
  localPath,
  Problem,
  queryOf,
  readEvents,
  type TurnedAway,
  watch,
  whenTurnedAway,
} from './call.ts'

const list = endpoint({
  name: 'findings.list',
  method: 'GET',
  path: '/findings',
  effect: 'read',
  summary: 'List findings',
  roles: ['auditor'],
  input: z.strictObject({ severity: z.array(z.string()).optional(), ...paging }),
  output: pageOf(z.object({ id })),
})
const own = endpoint({
  name: 'findings.own',
  method: 'PUT',
  path: '/findings/{findingId}/owner',
  effect: 'change',
  summary: 'Own a finding',
  roles: ['auditor'],
  input: z.strictObject({ findingId: id, note: z.string() }),
  output: z.object({ isOwned: z.boolean() }),
})

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void
let answer: Answer = (_, response) => response.end()
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (part) => {
    body += part
  })
  request.on('end', () => answer(request, response, body))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
after(() => {
  server.closeAllConnections()
  server.close()
})
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

// A browser completes addresses by those of its page; Node does not.
const fetchWhole = globalThis.fetch
globalThis.fetch = (to, init) => fetchWhole(`${origin}${String(to)}`, init)

const sayNo = (response: ServerResponse, status: number, body: object) => {
  response.writeHead(status, { 'content-type': 'application/problem+json' })
  response.end(JSON.stringify({ status, ...body }))
}

test('words of the path are filled and escaped, lists are repeated, nothing is sent for what is undefined', () => {
  assert.deepEqual(addressOf({ path: '/a/{name}/b' }, { name: 'x/../y', rest: 1 }), {
    url: '/api/a/x%2F..%2Fy/b',
    rest: { rest: 1 },
  })
  assert.equal(
    queryOf({ severity: ['high', 'low'], after: undefined, limit: 5 }),
    '?severity=high&severity=low&limit=5',
  )
  assert.equal(queryOf({}), '')
})

test('a read asks by its query, a change sends its body and a key', async () => {
  let seen: unknown
  answer = (request, response, body) => {
    seen = {
      method: request.method,
      url: request.url,
      body,
      hasKey: uuid.test(String(request.headers['idempotency-key'])),
    }
    response.end(JSON.stringify(request.method === 'GET' ? { items: [{ id: 1 }], next: null } : { isOwned: true }))
  }
  const page = await call(list, { severity: ['high'] })
  assert.equal(page.items[0]?.id, 1)
  assert.deepEqual(seen, { method: 'GET', url: '/api/findings?severity=high', body: '', hasKey: false })
  const output = await call(own, { findingId: 7, note: 'mine' })
  assert.equal(output.isOwned, true)
  assert.deepEqual(seen, { method: 'PUT', url: '/api/findings/7/owner', body: '{"note":"mine"}', hasKey: true })
})

test('a refusal is a problem with its code, its hint and what is wrong with which field', async () => {
  const errors = [{ path: 'note', message: 'too long' }]
  answer = (_, response) =>
    sayNo(response, 422, {
      title: 'Invalid',
      detail: 'The note is too long.',
      code: 'input-invalid',
      hint: 'shorten it',
      errors,
    })
  await assert.rejects(call(own, { findingId: 7, note: 'x' }), (thrown) => {
    assert.ok(thrown instanceof Problem)
    assert.equal(thrown.message, 'The note is too long.')
    assert.equal(thrown.code, 'input-invalid')
    assert.equal(thrown.hint, 'shorten it')
    assert.deepEqual(thrown.errors, errors)
    return true
  })
})

test('an answer of something else than Vigil is a problem too, and says no more than it knows', async () => {
  answer = (_, response) => {
    response.writeHead(502, { 'content-type': 'text/html' })
    response.end('<h1>Bad gateway</h1>')
  }
  await assert.rejects(call(list, {}), { code: 'http-502', message: 'The server is not ready.' })
  answer = (request) => request.socket.destroy()
  await assert.rejects(call(list, {}), { code: 'unreachable', status: 0 })
})

test('who is not signed in, or not by a second factor, is turned away to the right door', async () => {
  const turned: TurnedAway[] = []
  whenTurnedAway((why) => turned.push(why))
  const codes = [
    [401, 'request-not-signed-in'],
    [403, 'request-second-factor-needed'],
    [403, 'request-not-allowed'],
    // What was typed was wrong; who typed it stays where they are.
    [401, 'sign-in-wrong'],
  ] as const
  for (const [status, code] of codes) {
    answer = (_, response) => sayNo(response, status, { code, detail: 'No.' })
    await assert.rejects(call(list, {}), { code })
  }
  assert.deepEqual(turned, ['not-signed-in', 'second-factor-needed'])
})

test('events are read whole, however the bytes are cut', async () => {
  const bytes = new TextEncoder().encode(
    ': hello\r\n\r\nid: 4\r\nevent: progress\r\ndata: {"a":\r\ndata: "ä"}\r\n\r\ndata: 2\n\n',
  )
  for (const size of [1, 3, 1_000]) {
    const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.slice(at * size, (at + 1) * size),
    )
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of parts) controller.enqueue(part)
        controller.close()
      },
    })
    const read: unknown[] = []
    for await (const event of readEvents(body)) read.push(event)
    assert.deepEqual(read, [
      { event: 'progress', data: '{"a":\n"ä"}', id: '4' },
      { event: 'message', data: '2', id: undefined },
    ])
  }
})

test('a lost stream is taken up after the last event, and ends when the server has no more to say', async () => {
  const asked: (string | undefined)[] = []
  answer = (request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined)
    if (asked.length === 3) {
      response.writeHead(204)
      response.end()
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`id: ${asked.length}\ndata: {"items":[],"next":null}\n\n`, () => {
      if (asked.length === 1) request.socket.destroy()
      else response.end()
    })
  }
  let events = 0
  const count = () => {
    events += 1
    return undefined
  }
  await watch(list, {}, count, { signal: AbortSignal.timeout(10_000), firstPause: 1 })
  assert.equal(events, 2)
  assert.deepEqual(asked, [undefined, '1', '2'])
})

test('a stream that is refused is not asked for again', async () => {
  let asked = 0
  answer = (_, response) => {
    asked += 1
    sayNo(response, 404, { code: 'job-unknown', detail: 'There is no such job.' })
  }
  await assert.rejects(
    watch(list, {}, () => undefined, { signal: AbortSignal.timeout(10_000), firstPause: 1 }),
    {
      code: 'job-unknown',
    },
  )
  assert.equal(asked, 1)
})

test('attack: the place to go back to leads nowhere but here', () => {
  assert.equal(localPath('/findings?finding=3#x'), '/findings?finding=3#x')
  for (const text of [
    undefined,
    '',
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/a\\b',
    'javascript:alert(1)',
    ' //evil.example',
    'findings',
    '/\u007f/evil.example',
  ]) {
    assert.equal(localPath(text), undefined, String(text))
  }
  assert.equal(localPath('/..//evil.example'), undefined)
})
