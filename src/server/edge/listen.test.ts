import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { connect as connectRaw } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { createLog } from '#platform/log.ts'
import { type EdgeSettings, type Exchange, type Fetch, listen } from './listen.ts'
import { logRequests } from './request-log.ts'

async function start(fetch: Fetch, settings: Partial<EdgeSettings> = {}) {
  const lines: string[] = []
  const log = createLog('info', (line) => lines.push(line))
  const edge = await listen(fetch, { host: '127.0.0.1', port: 0, trustProxy: [], log, ...settings })
  after(() => edge.stop(0))
  return { edge, lines, log }
}

test('stop lets what is in flight finish, closes what is idle and takes nothing new', async () => {
  const began = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const { edge } = await start(async (request) => {
    if (!request.url.endsWith('/slow')) return new Response('quick')
    began.resolve()
    await release.promise
    return new Response('finished')
  })
  const idle = connectRaw(edge.address.port, '127.0.0.1')
  const agent = new Agent({ keepAlive: true })
  await new Promise<void>((resolve) =>
    httpRequest(`${edge.url}/quick`, { agent }, (response) => response.resume().on('end', resolve)).end(),
  )
  const slow = fetch(`${edge.url}/slow`)
  await began.promise
  const stopped = edge.stop(10_000)
  await once(idle.resume(), 'close')
  await assert.rejects(fetch(`${edge.url}/new`))
  release.resolve()
  const answer = await slow
  assert.equal(answer.headers.get('connection'), 'close')
  assert.equal(await answer.text(), 'finished')
  await stopped
  assert.deepEqual(edge.load, { requests: 0, connections: 0 })
  agent.destroy()
})

test('stop ends a stream of events at once, and whoever writes it is told', async () => {
  const told = Promise.withResolvers<void>()
  const { edge } = await start(
    () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(Buffer.from('data: 1\n\n')),
          cancel: () => told.resolve(),
        }),
        { headers: { 'content-type': 'text/event-stream' } },
      ),
  )
  const response = await fetch(edge.url)
  const reader = response.body?.getReader()
  assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), 'data: 1\n\n')
  await edge.stop(60_000)
  assert.equal((await reader?.read())?.done, true)
  await told.promise
})

test('stop cuts what is not finished within the grace', async () => {
  const began = Promise.withResolvers<void>()
  const { edge, lines } = await start(() => {
    began.resolve()
    return new Promise<Response>(() => {})
  })
  const hanging = assert.rejects(fetch(edge.url))
  await began.promise
  await edge.stop(50)
  await hanging
  assert.ok(lines.some((line) => line.includes('"requests-cut","requests":1')))
})

test('a port that is taken is said when Vigil starts', async () => {
  const { edge } = await start(() => new Response('here'))
  const again = start(() => new Response('here'), { port: edge.address.port })
  await assert.rejects(again, { code: 'EADDRINUSE' })
})

test('one line a request: its endpoint by name, never its path, query, address or user agent', async () => {
  const lines: string[] = []
  const logging = logRequests(createLog('info', (line) => lines.push(line)))
  const over = Promise.withResolvers<Exchange>()
  const { edge } = await start(
    async (request, connection) => {
      connection.tell({ endpoint: 'people.show', principal: 'member' })
      await request.arrayBuffer()
      return new Response('x'.repeat(1_000), { status: 201 })
    },
    {
      onExchange: (exchange) => {
        logging(exchange)
        over.resolve(exchange)
      },
    },
  )
  await fetch(`${edge.url}/people/ada-byron?name=byron`, {
    method: 'POST',
    body: 'y'.repeat(2_000),
    headers: { 'user-agent': 'byron/1.0' },
  })
  await over.promise
  const line = JSON.parse(lines.join('')) as Record<string, unknown>
  assert.deepEqual(
    [line['event'], line['endpoint'], line['status'], line['principal']],
    ['request', 'people.show', 201, 'member'],
  )
  assert.ok(Number(line['in']) > 2_000 && Number(line['in']) < 3_000)
  assert.ok(Number(line['out']) > 1_000 && Number(line['out']) < 3_000)
  assert.match(String(line['request']), /^[0-9a-f-]{36}$/)
  assert.doesNotMatch(lines.join(''), /byron|127\.0\.0\.1|people\//)
})

const folder = mkdtempSync(join(tmpdir(), 'vigil-tls-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }

/** Makes a certificate of its own for a name and gives where it lies. */
function makeCertificate(name: string) {
  const made = { cert: join(folder, `${name}.cert`), key: join(folder, `${name}.key`) }
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'].concat(
      '-subj',
      `/CN=${name}`,
      '-keyout',
      made.key,
      '-out',
      made.cert,
    ),
    { stdio: 'ignore' },
  )
  return made
}

async function dialTls(port: number, options: object = {}): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
  await once(socket, 'secureConnect')
  return socket
}

async function nameAt(port: number): Promise<string | undefined> {
  const socket = await dialTls(port)
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return String(subject.CN)
}

test('TLS: a renewal is taken over and drops no connection; a bad one leaves the old one and is logged', async () => {
  const [first, second] = [makeCertificate('first'), makeCertificate('second')]
  copyFileSync(first.cert, files.cert)
  copyFileSync(first.key, files.key)
  const { edge, lines } = await start((_request, { isSecure }) => new Response(String(isSecure)), { tls: files })
  const { port } = edge.address
  assert.equal(await nameAt(port), 'first')
  const kept = await dialTls(port)

  copyFileSync(second.cert, files.cert)
  assert.equal(edge.reloadTls(), false)
  assert.equal(await nameAt(port), 'first')
  writeFileSync(files.cert, readFileSync(second.cert).subarray(0, 100))
  assert.equal(edge.reloadTls(), false)
  rmSync(files.cert)
  assert.equal(edge.reloadTls(), false)
  assert.equal(lines.filter((line) => line.includes('tls-renewal-unusable')).length, 3)

  copyFileSync(second.cert, files.cert)
  copyFileSync(second.key, files.key)
  assert.equal(edge.reloadTls(), true)
  assert.equal(await nameAt(port), 'second')
  kept.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  let answer = ''
  for await (const chunk of kept) answer += chunk
  assert.match(answer, /200 OK[\s\S]*strict-transport-security: max-age=31536000[\s\S]*true$/)
})

test('TLS: versions before 1.2 and ciphers without forward secrecy are refused, and so is plain HTTP', async () => {
  const pair = makeCertificate('third')
  const { edge } = await start(() => new Response('here'), { tls: pair })
  const { port } = edge.address
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }
  await assert.rejects(dialTls(port, old))
  await assert.rejects(dialTls(port, { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:AES128-GCM-SHA256' }))
  const socket = await dialTls(port, { maxVersion: 'TLSv1.2' })
  assert.match(socket.getCipher().name, /^ECDHE-.*(GCM|CHACHA20)/)
  socket.destroy()
  const plain = connectRaw(port, '127.0.0.1')
  plain.on('error', () => {})
  plain.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  let answer = ''
  plain.on('data', (chunk) => {
    answer += chunk
  })
  await new Promise((resolve) => plain.once('close', resolve))
  assert.doesNotMatch(answer, /200/)
})

test('TLS: stop does not wait for a handshake that never ends', async () => {
  const pair = makeCertificate('fourth')
  const { edge } = await start(() => new Response('here'), { tls: pair })
  const silent = connectRaw(edge.address.port, '127.0.0.1')
  silent.on('error', () => {})
  await once(silent, 'connect')
  while (edge.load.connections === 0) await new Promise(setImmediate)
  const closed = new Promise((resolve) => silent.once('close', resolve))
  silent.resume()
  await edge.stop(50)
  await closed
})

test('TLS: a certificate and a key that do not belong together are refused when Vigil starts', async () => {
  const [one, other] = [makeCertificate('fifth'), makeCertificate('sixth')]
  const mixed = start(() => new Response('here'), { tls: { cert: one.cert, key: other.key } })
  await assert.rejects(mixed, { code: 'certificate-unusable' })
})
