/** What a hostile client may send down a raw connection: each attack by name, against the edge as it runs. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createLog } from '#platform/log.ts'
import { Refusal, refusalKinds } from '#platform/refusal.ts'
import { readJson, spool } from '#server/edge/body.ts'
import { type Connection, type EdgeSettings, type Exchange, listen } from '#server/edge/listen.ts'
import { problemOf } from '#server/edge/refusals.ts'

interface Seen {
  readonly path: string
  readonly connection: Connection
}

async function start(
  settings: Partial<EdgeSettings> = {},
  answer: (request: Request, connection: Connection) => Promise<Response> | Response = () => new Response('here'),
) {
  const seen: Seen[] = []
  const lines: string[] = []
  const exchanges: Exchange[] = []
  const edge = await listen(
    async (request, connection) => {
      seen.push({ path: new URL(request.url).pathname, connection })
      try {
        return await answer(request, connection)
      } catch (cause) {
        if (!(cause instanceof Refusal)) throw cause
        return Response.json(problemOf(cause), { status: refusalKinds[cause.kind] })
      }
    },
    {
      host: '127.0.0.1',
      port: 0,
      trustProxy: [],
      openPaths: ['/healthz'],
      log: createLog('debug', (line) => lines.push(line)),
      onExchange: (exchange) => exchanges.push(exchange),
      ...settings,
    },
  )
  after(() => edge.stop(0))
  return { edge, seen, lines, exchanges, port: edge.address.port }
}

/** Opens a connection; what comes back is gathered until it is closed. */
function dial(port: number) {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  const state = { text: '', waiting: undefined as (() => void) | undefined }
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    state.text += text
    state.waiting?.()
  })
  socket.on('error', () => {})
  socket.on('end', () => socket.end())
  const closed = new Promise((resolve) => socket.once('close', resolve))
  return {
    socket,
    closed: async () => {
      await closed
      return state.text
    },
    /** Waits until the answer holds the words. */
    async until(words: string | RegExp): Promise<string> {
      const holds = () => (typeof words === 'string' ? state.text.includes(words) : words.test(state.text))
      while (!holds()) {
        assert.equal(socket.destroyed, false, `closed before ${words}: ${state.text}`)
        await Promise.race([new Promise<void>((resolve) => (state.waiting = resolve)), closed])
      }
      return state.text
    },
  }
}

/** Sends the bytes and gives the whole answer; the request closes the connection itself, or the server does. */
async function send(port: number, bytes: string): Promise<string> {
  const { socket, closed } = dial(port)
  socket.write(bytes, 'latin1')
  return closed()
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
const statusesOf = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
const end = 'Connection: close\r\n\r\n'

const plain = await start()
const host = `Host: 127.0.0.1:${plain.port}\r\n`

test('a plain request is answered, with the security headers and without a word of what serves it', async () => {
  const answer = await send(plain.port, `GET /page HTTP/1.1\r\n${host}${end}`)
  assert.equal(statusOf(answer), 200)
  assert.match(answer, /content-security-policy: default-src 'none'/)
  assert.match(answer, /x-content-type-options: nosniff/)
  assert.match(answer, /cache-control: no-store/)
  assert.doesNotMatch(answer, /strict-transport-security|x-powered-by|^server:/im)
})

const smuggled: Readonly<Record<string, string>> = {
  'Content-Length and Transfer-Encoding together': `POST / HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'Transfer-Encoding before Content-Length': `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
  'two different Content-Lengths': `POST / HTTP/1.1\r\n${host}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`,
  'two equal Content-Lengths': `POST / HTTP/1.1\r\n${host}Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd`,
  'a Content-Length twice, in upper and lower case': `POST / HTTP/1.1\r\n${host}CONTENT-LENGTH: 4\r\ncontent-length: 0\r\n\r\nabcd`,
  'a list of Content-Lengths': `POST / HTTP/1.1\r\n${host}Content-Length: 4, 4\r\n\r\nabcd`,
  'a negative Content-Length': `POST / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`,
  'a Content-Length with a sign': `POST / HTTP/1.1\r\n${host}Content-Length: +4\r\n\r\nabcd`,
  'a Content-Length in hexadecimal': `POST / HTTP/1.1\r\n${host}Content-Length: 0x4\r\n\r\nabcd`,
  'a Content-Length beyond all numbers': `POST / HTTP/1.1\r\n${host}Content-Length: 99999999999999999999999\r\n\r\n`,
  'a transfer coding that ends in another': `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  'a transfer coding before chunked': `POST / HTTP/1.1\r\n${host}Transfer-Encoding: gzip, chunked\r\n${end}0\r\n\r\n`,
  'a transfer coding with a strange blank': `POST / HTTP/1.1\r\n${host}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`,
  'Transfer-Encoding twice': `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n${end}0\r\n\r\n`,
  'a folded header': `GET / HTTP/1.1\r\n${host}X-A: one\r\n two\r\n\r\n`,
  'a folded Transfer-Encoding': `POST / HTTP/1.1\r\n${host}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`,
  'a bare LF between headers': `GET / HTTP/1.1\r\n${host}X-A: one\nX-B: two\r\n\r\n`,
  'a bare LF at the end of the headers': `GET / HTTP/1.1\r\n${host}X-A: one\r\n\n`,
  'a bare LF after the request line': `GET / HTTP/1.1\n${host}\r\n`,
  'a bare CR in a value': `GET / HTTP/1.1\r\n${host}X-A: one\rX-B: two\r\n\r\n`,
  'a NUL in a value': `GET / HTTP/1.1\r\n${host}X-A: one\0two\r\n\r\n`,
  'a space before the colon': `POST / HTTP/1.1\r\n${host}Content-Length : 4\r\n\r\nabcd`,
  'a space before the first header': `GET / HTTP/1.1\r\n X-A: one\r\n${host}\r\n`,
  'a header without a name': `GET / HTTP/1.1\r\n${host}: one\r\n\r\n`,
  'a header without a colon': `GET / HTTP/1.1\r\n${host}word\r\n\r\n`,
  'a chunk size that is no number': `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\nabcd\r\n0\r\n\r\n`,
  'a negative chunk size': `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n-4\r\nabcd\r\n0\r\n\r\n`,
  'a chunk size beyond all numbers': `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabcd\r\n`,
  'a chunk longer than its size': `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n`,
  'a chunk line that ends in a bare LF': `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n4\nabcd\r\n0\r\n\r\n`,
  'a chunk extension with a bare LF': `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n4;a\nb\r\nabcd\r\n0\r\n\r\n`,
  'a version that there is not': `GET / HTTP/9.9\r\n${host}\r\n`,
  'a body of a GET': `GET / HTTP/1.1\r\n${host}Content-Length: 4\r\n${end}abcd`,
}

for (const [name, bytes] of Object.entries(smuggled)) {
  test(`header smuggling: ${name} is refused, and what follows is not read as a request`, async () => {
    const reading = await start({}, async (request) => {
      if (request.method === 'POST') await request.arrayBuffer()
      return new Response('here')
    })
    const answer = await send(
      reading.port,
      `${bytes.replaceAll(host, `Host: 127.0.0.1:${reading.port}\r\n`)}GET /smuggled HTTP/1.1\r\nHost: localhost\r\n${end}`,
    )
    for (const status of statusesOf(answer)) assert.ok([400, 413, 501].includes(status), answer)
    assert.ok(!reading.seen.some(({ path }) => path === '/smuggled'))
    await reading.edge.stop(0)
  })
}

const doubled = ['Authorization: Bearer a', 'Content-Type: application/json', 'Cookie: a=b', 'Origin: http://a.example']
for (const line of doubled) {
  const name = line.split(':')[0] ?? ''
  test(`header smuggling: ${name} twice is refused, whatever its case`, async () => {
    const answer = await send(plain.port, `GET / HTTP/1.1\r\n${host}${line}\r\n${name.toUpperCase()}: other\r\n${end}`)
    assert.equal(statusOf(answer), 400)
    assert.match(answer, /request-doubled-header/)
  })
}

test('header injection: CR and LF in the value that a handler gives never reach the wire', async () => {
  const injecting = await start({}, () => new Response('here', { headers: { 'x-name': 'a\r\nSet-Cookie: stolen=1' } }))
  const answer = await send(injecting.port, `GET / HTTP/1.1\r\nHost: localhost\r\n${end}`)
  assert.equal(statusOf(answer), 500)
  assert.doesNotMatch(answer, /set-cookie|stolen/i)
})

test('header injection: an encoded line break in the path stays encoded', async () => {
  const answer = await send(plain.port, `GET /a%0d%0aSet-Cookie:%20x=1 HTTP/1.1\r\n${host}${end}`)
  assert.equal(statusOf(answer), 200)
  assert.doesNotMatch(answer, /set-cookie/i)
  assert.equal(plain.seen.at(-1)?.path, '/a%0d%0aSet-Cookie:%20x=1')
})

test('oversized headers: one of 20 KB is refused as too large', async () => {
  const answer = await send(plain.port, `GET / HTTP/1.1\r\n${host}X-A: ${'a'.repeat(20_000)}\r\n\r\n`)
  assert.equal(statusOf(answer), 431)
})

test('oversized headers: a target of 20 KB is refused', async () => {
  const answer = await send(plain.port, `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`)
  assert.equal(statusOf(answer), 431)
})

test('oversized headers: 101 small ones are refused, and 100 taken', async () => {
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: 1\r\n`).join('')
  assert.equal(statusOf(await send(plain.port, `GET / HTTP/1.1\r\n${host}${lines(99 - 1)}${end}`)), 200)
  const answer = await send(plain.port, `GET / HTTP/1.1\r\n${host}${lines(99)}${end}`)
  assert.equal(statusOf(answer), 431)
  assert.match(answer, /request-too-many-headers/)
})

test('100,000 header lines are refused long before they have all come', async () => {
  const answer = await send(plain.port, `GET / HTTP/1.1\r\n${host}${'a:\r\n'.repeat(100_000)}\r\n`)
  assert.ok(answer === '' || statusOf(answer) === 431)
  assert.equal(statusOf(await send(plain.port, `GET / HTTP/1.1\r\n${host}${end}`)), 200)
})

test('trailers do not become headers of the request', async () => {
  let origin: string | null = ''
  const reading = await start({}, async (request) => {
    await request.arrayBuffer()
    origin = request.headers.get('origin')
    return new Response('here')
  })
  const answer = await send(
    reading.port,
    `POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTrailer: Origin\r\n${end}0\r\nOrigin: http://x\r\n\r\n`,
  )
  assert.equal(statusOf(answer), 200)
  assert.equal(origin, null)
})

const targets: Readonly<Record<string, string>> = {
  'absolute form': 'GET http://127.0.0.1/ HTTP/1.1',
  'absolute form of a foreign host': 'GET http://elsewhere.example/ HTTP/1.1',
  'two slashes': 'GET //elsewhere.example/ HTTP/1.1',
  'a backslash': 'GET /\\elsewhere.example HTTP/1.1',
  'a fragment': 'GET /a#b HTTP/1.1',
  asterisk: 'OPTIONS * HTTP/1.1',
  'no slash': 'GET page HTTP/1.1',
  'a character beyond ASCII': 'GET /\xe9 HTTP/1.1',
}
for (const [name, line] of Object.entries(targets)) {
  test(`target: ${name} is refused and reaches no handler`, async () => {
    const before = plain.seen.length
    assert.equal(statusOf(await send(plain.port, `${line}\r\n${host}${end}`)), 400)
    assert.equal(plain.seen.length, before)
  })
}

test('target: authority form is refused, so that nobody tunnels through', async () => {
  assert.equal(statusOf(await send(plain.port, `CONNECT elsewhere.example:443 HTTP/1.1\r\n${host}\r\n`)), 405)
})

test('TRACE is refused, so that nothing echoes a cookie', async () => {
  const answer = await send(plain.port, `TRACE / HTTP/1.1\r\n${host}Cookie: a=secret\r\n${end}`)
  assert.equal(statusOf(answer), 405)
  assert.doesNotMatch(answer, /secret/)
})

test('an upgrade is not taken: the request is answered as it stands', async () => {
  const answer = await send(
    plain.port,
    `GET / HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n`,
  )
  assert.equal(statusOf(answer), 200)
})

test('the preface of HTTP/2 is refused', async () => {
  assert.equal(statusOf(await send(plain.port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')), 400)
})

test('Host: missing, doubled and misshapen ones are refused', async () => {
  for (const lines of ['', `${host}Host: elsewhere.example\r\n`, `HOST: a\r\nhost: b\r\n`, 'Host: \r\n']) {
    assert.equal(statusOf(await send(plain.port, `GET / HTTP/1.1\r\n${lines}${end}`)), 400, lines)
  }
  for (const name of [
    'a@127.0.0.1',
    '127.0.0.1/x',
    '127.0.0.1, b',
    '127.0.0.1:x',
    'localhost.',
    '2130706433',
    '0x7f.1',
  ]) {
    assert.equal(statusOf(await send(plain.port, `GET / HTTP/1.1\r\nHost: ${name}\r\n${end}`)), 421, name)
  }
})

test('DNS rebinding: a foreign Host is answered by 421 and reaches no handler, but for the open paths', async () => {
  const before = plain.seen.length
  const answer = await send(plain.port, `GET / HTTP/1.1\r\nHost: rebound.example:${plain.port}\r\n${end}`)
  assert.equal(statusOf(answer), 421)
  assert.match(answer, /request-foreign-host/)
  assert.doesNotMatch(answer, /rebound/)
  assert.equal(plain.seen.length, before)
  assert.equal(statusOf(await send(plain.port, `GET /healthz HTTP/1.1\r\nHost: 10.2.3.4\r\n${end}`)), 200)
  assert.equal(statusOf(await send(plain.port, `GET /healthz/x HTTP/1.1\r\nHost: 10.2.3.4\r\n${end}`)), 421)
})

test('HTTP/1.0 is answered where it names a host, and the connection closes', async () => {
  assert.equal(statusOf(await send(plain.port, `GET / HTTP/1.0\r\n${host}\r\n`)), 200)
  assert.equal(statusOf(await send(plain.port, 'GET / HTTP/1.0\r\n\r\n')), 400)
  assert.equal(statusOf(await send(plain.port, 'GET /healthz HTTP/1.0\r\n\r\n')), 200)
})

test('pipelining: answers come in the order of the requests', async () => {
  const ordered = await start({}, async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/1') await new Promise((resolve) => setTimeout(resolve, 50))
    return new Response(`body${pathname}`)
  })
  const answer = await send(
    ordered.port,
    [1, 2, 3].map((n) => `GET /${n} HTTP/1.1\r\nHost: localhost\r\n${n === 3 ? end : '\r\n'}`).join(''),
  )
  assert.deepEqual(
    [...answer.matchAll(/body(\/\d)/g)].map(([, path]) => path),
    ['/1', '/2', '/3'],
  )
})

test('pipelining: one connection cannot take all the places', async () => {
  const release = Promise.withResolvers<void>()
  const narrow = await start({ limits: { requestsPerConnection: 4 } }, async () => {
    await release.promise
    return new Response('here')
  })
  const { socket, until } = dial(narrow.port)
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(10))
  while (narrow.seen.length < 4) await new Promise(setImmediate)
  assert.equal(narrow.edge.load.requests, 4)
  release.resolve()
  const answer = await until(/(HTTP\/1\.1 \d{3}[\s\S]*){10}/)
  assert.deepEqual(statusesOf(answer), [200, 200, 200, 200, 503, 503, 503, 503, 503, 503])
  socket.destroy()
})

test('requests beyond those in flight are answered by 503 and Retry-After', async () => {
  const release = Promise.withResolvers<void>()
  const narrow = await start({ limits: { requestsInFlight: 2 } }, async () => {
    await release.promise
    return new Response('here')
  })
  const request = `GET / HTTP/1.1\r\nHost: localhost\r\n${end}`
  const inside = [send(narrow.port, request), send(narrow.port, request)]
  while (narrow.edge.load.requests < 2) await new Promise(setImmediate)
  const beyond = await send(narrow.port, request)
  assert.equal(statusOf(beyond), 503)
  assert.match(beyond, /retry-after: 1/i)
  release.resolve()
  assert.deepEqual((await Promise.all(inside)).map(statusOf), [200, 200])
  assert.equal(statusOf(await send(narrow.port, request)), 200)
  assert.equal(narrow.edge.load.requests, 0)
})

test('a connection flood beyond the limit: those inside are answered, those beyond are closed', async () => {
  const narrow = await start({ limits: { connections: 20 } })
  const inside = Array.from({ length: 20 }, () => dial(narrow.port))
  await Promise.all(inside.map(({ socket }) => once(socket, 'connect')))
  while (narrow.edge.load.connections < 20) await new Promise(setImmediate)
  const beyond = await Promise.all(Array.from({ length: 200 }, () => send(narrow.port, '')))
  assert.ok(beyond.every((answer) => answer === ''))
  for (const { socket } of inside) socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${end}`)
  const answers = await Promise.all(inside.map(({ closed }) => closed()))
  assert.deepEqual(new Set(answers.map(statusOf)), new Set([200]))
  assert.equal(narrow.lines.filter((line) => line.includes('connections-full')).length, 1)
  assert.equal(statusOf(await send(narrow.port, `GET / HTTP/1.1\r\nHost: localhost\r\n${end}`)), 200)
})

test('slow headers: who sends a byte now and then is given up, and so is who sends nothing', async () => {
  const quick = await start({ limits: { headersMs: 400 } })
  const slow = dial(quick.port)
  const bytes = [...`GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(500)}`]
  const drip = setInterval(() => slow.socket.write(bytes.shift() ?? 'a'), 20)
  const silent = dial(quick.port)
  assert.equal(statusOf(await slow.closed()), 408)
  clearInterval(drip)
  assert.ok([Number.NaN, 408].includes(statusOf(await silent.closed())))
  assert.equal(quick.seen.length, 0)
})

test('slow body: a JSON body that drips is given up in words, though it never pauses', async () => {
  const quick = await start({}, async (request) => {
    await readJson(request, { withinMs: 300 })
    return new Response('here')
  })
  const slow = dial(quick.port)
  slow.socket.write(
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
  )
  const drip = setInterval(() => slow.socket.write(' '), 20)
  const answer = await slow.closed()
  clearInterval(drip)
  assert.equal(statusOf(answer), 408)
  assert.match(answer, /request-stalled/)
})

test('slow body: where the handler waits for ever, the edge cuts who sends nothing', async () => {
  const quick = await start({ limits: { idleMs: 200 } }, async (request) => {
    await request.arrayBuffer()
    return new Response('here')
  })
  assert.doesNotMatch(
    await send(quick.port, 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc'),
    / 200 /,
  )
})

test('slow reading: who does not take the answer is cut off, and the stream behind it is ended', async () => {
  const ended = Promise.withResolvers<void>()
  const quick = await start(
    { limits: { idleMs: 200 } },
    () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)),
          cancel: () => ended.resolve(),
        }),
      ),
  )
  const { socket } = dial(quick.port)
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(socket, 'connect')
  socket.pause()
  await ended.promise
  socket.destroy()
})

test('a quiet stream of events is not cut for being quiet', async () => {
  let push: (text: string) => void = () => {}
  const quick = await start(
    { limits: { idleMs: 60 } },
    () =>
      new Response(
        new ReadableStream({
          start: (controller) => {
            push = (text) => controller.enqueue(Buffer.from(text))
          },
        }),
        { headers: { 'content-type': 'text/event-stream' } },
      ),
  )
  const { socket, until } = dial(quick.port)
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await until('text/event-stream')
  // Several spans in which nothing is sent: the connection must outlive them.
  await new Promise((resolve) => setTimeout(resolve, 400))
  push('data: still here\n\n')
  await until('still here')
  socket.destroy()
})

test('a body that nobody reads does not hold the connection, and the answer is read all the same', async () => {
  const ignoring = await start({}, () => new Response('refused', { status: 401 }))
  const { socket, until, closed } = dial(ignoring.port)
  socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n')
  const drip = setInterval(() => socket.write('a'.repeat(100)), 20)
  await until('refused')
  await closed()
  clearInterval(drip)
})

const spooling = mkdtempSync(join(tmpdir(), 'vigil-edge-'))
after(() => rmSync(spooling, { recursive: true, force: true }))

test('an upload without end is cut at its limit, its sender reads why, and no file is left', async () => {
  const receiving = await start({}, async (request) => {
    const { bytes } = await spool(request, { directory: spooling, limit: 5_000_000 })
    return new Response(`${bytes}`)
  })
  const { socket, until, closed } = dial(receiving.port)
  socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n')
  const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`
  const push = () => {
    while (!socket.destroyed && socket.write(chunk)) {}
  }
  socket.on('drain', push)
  push()
  assert.match(await until('request-too-large'), /^HTTP\/1\.1 413 /)
  await closed()
  assert.deepEqual(readdirSync(spooling), [])
})

test('an upload whose sender goes leaves no file', async () => {
  const refused = Promise.withResolvers<unknown>()
  const receiving = await start({}, async (request) => {
    const body = spool(request, { directory: spooling, limit: 5_000_000 })
    body.catch(refused.resolve)
    await body
    return new Response('here')
  })
  const { socket } = dial(receiving.port)
  socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n\r\nabc')
  while (receiving.seen.length === 0) await new Promise(setImmediate)
  socket.resetAndDestroy()
  assert.equal((await refused.promise) instanceof Refusal, true)
  assert.deepEqual(readdirSync(spooling), [])
})

test('Expect: 100-continue is answered after the host is seen; another expectation is refused', async () => {
  const lines = `Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n`
  const taken = dial(plain.port)
  taken.socket.write(`POST / HTTP/1.1\r\n${host}${lines}${end}`)
  await taken.until('100 Continue')
  taken.socket.write('{}')
  assert.match(await taken.closed(), /200 OK/)
  const foreign = await send(plain.port, `POST / HTTP/1.1\r\nHost: rebound.example\r\n${lines}${end}`)
  assert.deepEqual(statusesOf(foreign), [421])
  const strange = await send(plain.port, `POST / HTTP/1.1\r\n${host}Content-Length: 2\r\nExpect: wonders\r\n${end}{}`)
  assert.equal(statusOf(strange), 417)
})

test('a handler that throws tells the client nothing but the id of the request', async () => {
  const failing = await start({}, () => {
    throw new Error('patient Ada Byron')
  })
  const answer = await send(failing.port, `GET / HTTP/1.1\r\nHost: localhost\r\n${end}`)
  assert.equal(statusOf(answer), 500)
  assert.match(answer, /"request":"[0-9a-f-]{36}"/)
  assert.doesNotMatch(answer + failing.lines.join(''), /Ada|\.ts/)
})

for (const kind of ['fresh', 'looked at before'] as const) {
  test(`a stream that fails, ${kind}, tells client and log nothing, and the answer does not look whole`, async () => {
    const failing = await start({}, () => {
      const stream = new ReadableStream({
        pull() {
          throw new Error('patient Ada Byron')
        },
      })
      const response = new Response(stream)
      if (kind === 'looked at before') assert.ok(response.body)
      return response
    })
    const answer = await send(failing.port, `GET / HTTP/1.1\r\nHost: localhost\r\n${end}`)
    assert.doesNotMatch(answer, /\r\n0\r\n\r\n$/)
    assert.doesNotMatch(answer + failing.lines.join(''), /Ada/)
    assert.ok(failing.lines.some((line) => line.includes('stream-failed')))
  })
}

test('X-Forwarded-For and -Proto of a stranger are ignored; of a trusted proxy believed as far as it vouches', async () => {
  const lines = 'X-Forwarded-For: 203.0.113.9, 198.51.100.7, 10.0.0.2\r\nX-Forwarded-Proto: https\r\n'
  await send(plain.port, `GET / HTTP/1.1\r\n${host}${lines}${end}`)
  assert.equal(plain.seen.at(-1)?.connection.address, '127.0.0.1')
  assert.equal(plain.seen.at(-1)?.connection.isSecure, false)
  const behind = await start({ trustProxy: ['127.0.0.0/8', '10.0.0.0/8'] })
  const answer = await send(behind.port, `GET / HTTP/1.1\r\nHost: localhost\r\n${lines}${end}`)
  assert.equal(behind.seen.at(-1)?.connection.address, '198.51.100.7')
  assert.equal(behind.seen.at(-1)?.connection.isSecure, true)
  assert.match(answer, /strict-transport-security/)
})

test('a client that goes in the middle of its request, a hundred times, leaves nothing open', async () => {
  const reading = await start({}, async (request) => {
    await request.arrayBuffer()
    return new Response('here')
  })
  for (let n = 0; n < 100; n += 1) {
    const socket: Socket = connect({ host: '127.0.0.1', port: reading.port })
    socket.on('error', () => {})
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc')
    await once(socket, 'connect')
    while (reading.seen.length <= n) await new Promise(setImmediate)
    socket.resetAndDestroy()
  }
  while (reading.exchanges.length < 100 || reading.edge.load.connections > 0) await new Promise(setImmediate)
  assert.deepEqual(reading.edge.load, { requests: 0, connections: 0 })
  assert.ok(reading.exchanges.every(({ isBrokenOff }) => isBrokenOff))
})
