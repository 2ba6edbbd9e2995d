/** The socket of the process that holds the trails: who may open it, and what whoever speaks nonsense to it can do. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { connectTrail } from '#trail/client.ts'
import type { OpenTrail } from '#trail/engine.ts'
import { type Host, hostTrails } from '#trail/host.ts'
import { socketOf } from '#trail/wire.ts'
import {
  accessesOf,
  ask,
  bytesOf,
  everythingOf,
  openKeys,
  openWorld,
  patientOf,
  take,
  writeCsv,
} from '../faults/trail-world.ts'
import { makeFolder } from '../faults/vigil.ts'

/** Everything that was logged or answered to a caller who was refused: no identifier may be in it. */
const said: string[] = []
const secret = 'MRN-SECRET-4711'

const folders: string[] = []
function newData(): string {
  const folder = makeFolder('vigil-trail-socket-')
  folders.push(folder)
  return folder
}
const children: ChildProcess[] = []
after(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

async function startHost(
  dataDirectory: string,
  wrap: (trail: OpenTrail) => OpenTrail = (trail) => trail,
): Promise<Host> {
  const keys = await openKeys(dataDirectory)
  return hostTrails({
    dataDirectory,
    open: async (organisationId) => wrap(await openWorld(join(dataDirectory, 'trail', `${organisationId}`), keys)),
    onDefect: (error, call) => said.push(`${call} ${(error as Error).name} ${everythingOf(error)}`),
  })
}

/** Holds the trails of a data directory in a process of its own; hands back the first line that it says. */
async function spawnHost(dataDirectory: string) {
  const { NODE_TEST_CONTEXT: _, ...own } = process.env
  const child = spawn(process.execPath, [join(import.meta.dirname, 'trail-host.ts'), dataDirectory], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: own,
  })
  children.push(child)
  child.stderr.on('data', (bytes: Buffer) => said.push(bytes.toString()))
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => said.push(line))
  const [first] = (await once(lines, 'line')) as [string]
  return { child, first }
}

/** Unlike `once`, whatever went wrong before. */
const closing = (socket: NodeJS.EventEmitter) => new Promise((resolve) => socket.once('close', resolve))

/** Writes bytes to the socket as they are; hands back what comes until it is closed, or for a moment. */
async function speak(dataDirectory: string, bytes: string | Buffer, patienceMs = 3_000): Promise<string> {
  const socket = connect(socketOf(dataDirectory))
  let answer = ''
  socket.on('data', (piece: Buffer) => {
    answer += piece.toString()
  })
  socket.on('error', () => undefined)
  const closed = closing(socket)
  socket.end(bytes)
  await Promise.race([closed, pause(patienceMs, undefined, { ref: false })])
  socket.destroy()
  said.push(answer)
  return answer
}

const call = (path: string, header?: string, method = 'POST') =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n${header === undefined ? '' : `x-trail: ${header}\r\n`}\r\n`
const asking = (input: object) => encodeURIComponent(JSON.stringify(input))

test('only its owner may open the socket and the folder in which it lies', async () => {
  const dataDirectory = newData()
  const before = process.umask(0)
  const host = await startHost(dataDirectory).finally(() => process.umask(before))
  try {
    const path = socketOf(dataDirectory)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700)
    await take(await host.of(1), writeCsv(accessesOf(0, 10)))
    assert.equal(statSync(join(dataDirectory, 'trail', '1')).mode & 0o777, 0o700)
  } finally {
    await host.stop()
  }
})

test('a folder that others could enter is closed to them before anything is held in it', async () => {
  const dataDirectory = newData()
  mkdirSync(join(dataDirectory, 'trail'))
  chmodSync(join(dataDirectory, 'trail'), 0o755)
  const host = await startHost(dataDirectory)
  try {
    assert.equal(statSync(join(dataDirectory, 'trail')).mode & 0o777, 0o700)
  } finally {
    await host.stop()
  }
})

test('malformed and unknown calls are refused in plain words, and the next caller is answered', async () => {
  const dataDirectory = newData()
  const host = await startHost(dataDirectory)
  try {
    const client = connectTrail(dataDirectory, 1)
    await take(client, writeCsv(accessesOf(0, 100)))
    const unknown = [
      '/1/nonsense',
      '/1/__proto__',
      '/1/constructor',
      '/one/who',
      '/../1/who',
      '/',
      '/1',
      '/1/close',
      '/1/toString',
    ]
    for (const path of unknown) {
      assert.match(
        await speak(dataDirectory, call(path, asking({ by: 'patient', id: secret }))),
        /trail-call-unknown/,
        path,
      )
    }
    const malformed = [
      asking({ by: 'nobody', id: secret }),
      asking({ by: 'patient', id: secret, more: 1 }),
      asking({ by: 'patient', id: secret, since: 'yesterday' }),
      asking({ by: 'patient', id: secret.repeat(100) }),
      asking({ by: 'patient', id: secret, limit: -1 }),
      asking({ by: 'patient', id: [secret] }),
      `%E0%A4%A${secret}`,
      `{"by":"patient","id":"${secret}"`,
      asking([secret]),
      'null',
      '',
    ]
    for (const header of malformed)
      assert.match(await speak(dataDirectory, call('/1/who', header)), /trail-call-malformed/, header)
    assert.match(await speak(dataDirectory, call('/1/destroy', asking({ month: '../../etc' }))), /trail-call-malformed/)
    assert.match(await speak(dataDirectory, call('/1/import', asking({ source: '' }))), /trail-call-malformed/)
    const many = asking({ by: 'patient', id: secret }) + ' '.repeat(100_000)
    assert.match(await speak(dataDirectory, call('/1/who', many)), /^HTTP\/1\.1 431 /)
    for (const nonsense of [
      '\0\0\0\0',
      'GET',
      `${secret}\r\n\r\n`,
      'POST /1/who HTTP/9.9\r\n\r\n',
      Buffer.alloc(1 << 20, 0xff),
    ]) {
      const answer = await speak(dataDirectory, nonsense)
      assert.match(answer, /^$|^HTTP\/1\.1 [45]\d\d /)
    }
    assert.equal((await ask(client, { by: 'patient', id: patientOf(1) })).total > 0, true)
  } finally {
    await host.stop()
  }
})

async function leave(socket: Socket): Promise<void> {
  const closed = closing(socket)
  socket.destroy()
  await closed
}

test('half requests wait alone, and keep nobody from being answered nor the host from ending', {
  timeout: 30_000,
}, async () => {
  const dataDirectory = newData()
  const host = await startHost(dataDirectory)
  const sockets: Socket[] = []
  try {
    const client = connectTrail(dataDirectory, 1)
    await take(client, writeCsv(accessesOf(0, 50)))
    const half = call('/1/who', asking({ by: 'patient', id: secret }))
    for (let number = 0; number < 50; number += 1) {
      const socket = connect(socketOf(dataDirectory))
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      socket.write(
        number % 2 === 0
          ? half.slice(0, number + 5)
          : `${call('/1/import', asking({ source: 'x' })).replace('Content-Length: 0', 'Content-Length: 999999')}ACCESS`,
      )
      sockets.push(socket)
    }
    assert.equal((await client.state()).accesses, 50)
    for (const socket of sockets.splice(0, 25)) await leave(socket)
    assert.equal((await ask(client, { by: 'user', id: 'bcole' })).total > 0, true)
  } finally {
    const startedAt = performance.now()
    await host.stop()
    assert.ok(performance.now() - startedAt < 10_000)
    for (const socket of sockets) socket.destroy()
  }
})

test('a caller who goes away in the middle of an answer leaves nothing behind, and others go on', {
  timeout: 60_000,
}, async () => {
  const dataDirectory = newData()
  let reading = 0
  let over = 0
  let hasOne: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    hasOne = resolve
  })
  /** Tells when the reading of an answer begins and ends. */
  const watched = (trail: OpenTrail): OpenTrail =>
    new Proxy(trail, {
      get(target, name) {
        if (name === 'who') {
          return async (question: Parameters<OpenTrail['who']>[0]) => {
            const answer = await target.who(question)
            async function* accesses() {
              reading += 1
              try {
                yield* answer.accesses
              } finally {
                over += 1
                if (over === 3) hasOne()
              }
            }
            return { ...answer, accesses: accesses() }
          }
        }
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  const host = await startHost(dataDirectory, watched)
  try {
    const client = connectTrail(dataDirectory, 1)
    // More than the buffers of a socket hold, all of one patient.
    await take(client, writeCsv(accessesOf(0, 12_000).map((access) => ({ ...access, patient: secret }))))
    for (let number = 0; number < 3; number += 1) {
      const socket = connect(socketOf(dataDirectory))
      socket.write(call('/1/who', asking({ by: 'patient', id: secret })))
      await once(socket, 'data')
      socket.pause()
      // By now the host waits for whoever does not read.
      await pause(100)
      await leave(socket)
    }
    await Promise.race([ended, pause(5_000, undefined, { ref: false })])
    assert.deepEqual([reading, over], [3, 3], 'an answer that nobody reads is still being read')
    const answer = await ask(client, { by: 'patient', id: secret })
    assert.equal(answer.accesses.length, 12_000)
  } finally {
    await host.stop()
  }
})

test('a caller who goes away in the middle of an import leaves what was taken, and it can be brought again', {
  timeout: 60_000,
}, async () => {
  const dataDirectory = newData()
  const host = await startHost(dataDirectory)
  try {
    const client = connectTrail(dataDirectory, 1)
    const text = writeCsv(
      accessesOf(0, 40_000).map((access, place) => (place % 100 === 0 ? { ...access, patient: secret } : access)),
    )
    const sent = request({
      socketPath: socketOf(dataDirectory),
      method: 'POST',
      path: '/1/import',
      headers: { 'x-trail': asking({ source: 'EHR' }), 'content-length': text.length },
    })
    sent.on('error', () => undefined)
    for await (const piece of bytesOf(text.slice(0, text.length * 0.8), 64 * 1024)) {
      if (!sent.write(piece)) await once(sent, 'drain')
    }
    const closed = closing(sent)
    sent.destroy()
    await closed
    const again = await take(client, text)
    assert.equal(again.accepted + again.duplicates, 40_000)
    assert.equal((await client.state()).accesses, 40_000)
    assert.equal((await ask(client, { by: 'patient', id: secret })).total, 400)
  } finally {
    await host.stop()
  }
})

test('a second host is refused; the socket that a killed one left is taken over', { timeout: 60_000 }, async () => {
  const dataDirectory = newData()
  const first = await spawnHost(dataDirectory)
  assert.equal(first.first, 'holds')
  const client = connectTrail(dataDirectory, 1)
  await take(client, writeCsv(accessesOf(0, 100).map((access) => ({ ...access, patient: secret }))))
  await assert.rejects(startHost(dataDirectory), { code: 'trail-call-held', kind: 'conflict' })
  assert.match((await spawnHost(dataDirectory)).first, /^refused trail-call-held /)
  // Nor can anybody open the folder itself.
  const direct = openKeys(dataDirectory).then((keys) => openWorld(join(dataDirectory, 'trail', '1'), keys))
  await assert.rejects(direct, (error: Error & { code?: string }) => {
    said.push(everythingOf(error))
    return error.code === 'trail-log-held'
  })
  assert.equal((await client.state()).accesses, 100)
  const over = once(first.child, 'exit')
  first.child.kill('SIGKILL')
  await over
  await assert.rejects(client.state(), { code: 'trail-away' })
  const next = await startHost(dataDirectory)
  try {
    assert.equal(statSync(socketOf(dataDirectory)).mode & 0o777, 0o600)
    assert.equal((await ask(client, { by: 'patient', id: secret })).total, 100)
  } finally {
    await next.stop()
  }
})

test('no log line and no answer to a refused call held an identifier', () => {
  assert.ok(said.length > 10)
  for (const text of said) {
    // Answers that were given hold what was asked for; nothing else may.
    if (/"so":\[/.test(text)) continue
    assert.ok(!text.includes(secret) && !/MRN-/.test(text), text.slice(0, 500))
  }
})
