import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type Authority, type Certificate, makeAuthority, openssl } from '../../../test/support/tls.ts'
import type { ReceivedMessage } from './connection.ts'
import { listenForSyslog, type SyslogOptions, type SyslogServer } from './syslog-server.ts'

const frame = (text: string) => `${Buffer.byteLength(text)} ${text}`
const message = (number: number) => `<85>1 2026-11-02T12:00:00Z ehr app 1 IHE+RFC-3881 - number ${number}`

/** A listener that remembers what it was given, in order, and says so. */
async function start(options: Partial<SyslogOptions> = {}) {
  const events = new EventEmitter()
  const got: { text: string; source: string }[] = []
  const rejects: { reason: string; raw: string; source: string }[] = []
  const failures: unknown[] = []
  const server = await listenForSyslog({
    port: 0,
    source: 'ehr',
    accept: async (messages, source) => {
      for (const { bytes } of messages) got.push({ text: bytes.toString(), source })
      events.emit('told')
    },
    reject: (source, reason, raw) => {
      rejects.push({ source, reason, raw: raw.toString('latin1') })
      events.emit('told')
    },
    failed: (_source, error) => failures.push(error),
    ...options,
    limits: { stopMs: 50, ...options.limits },
  })
  const until = async (holds: () => boolean) => {
    while (!holds()) await once(events, 'told')
  }
  return { server, got, rejects, failures, until, [Symbol.asyncDispose]: () => server.stop() }
}

/** Connects without TLS; `closed` resolves when the other side has closed. */
async function dial(server: SyslogServer): Promise<{ socket: Socket; closed: Promise<unknown> }> {
  const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  const closed = new Promise((resolve) => socket.once('end', resolve).once('close', resolve))
  socket.resume()
  return { socket, closed }
}

describe('over TCP', () => {
  test('messages with a length and messages on lines come whole and in order, however they are cut', async () => {
    const texts = Array.from({ length: 40 }, (_, number) => `${message(number)} Zürich ${'x'.repeat(number * 7)}`)
    const stream = Buffer.from(
      texts
        .map((text, place) => (place % 3 === 0 ? `${text}\r\n` : frame(text) + (place % 5 === 0 ? '\n\0\ufeff' : '')))
        .join(''),
    )
    for (const step of [1, 7, 100, stream.length]) {
      await using listener = await start()
      const { socket, closed } = await dial(listener.server)
      for (let from = 0; from < stream.length; from += step) socket.write(stream.subarray(from, from + step))
      socket.end()
      await closed
      assert.deepEqual(
        listener.got.map(({ text }) => text),
        texts,
      )
      assert.deepEqual(listener.rejects, [])
    }
  })

  test('our side closes only when all that came is durable', async () => {
    let letGo = () => {}
    const isDurable = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let count = 0
    const asked = new EventEmitter()
    await using listener = await start({
      accept: async (messages) => {
        asked.emit('asked')
        await isDurable
        count += messages.length
      },
    })
    const { socket, closed } = await dial(listener.server)
    let isClosed = false
    void closed.then(() => {
      isClosed = true
    })
    const accepting = once(asked, 'asked')
    socket.end(frame(message(1)) + frame(message(2)) + message(3))
    await accepting
    // Another connection comes and goes meanwhile: had ours been closed, it would be known by then.
    const other = await dial(listener.server)
    other.socket.end()
    await other.closed
    assert.equal(isClosed, false)
    letGo()
    await closed
    assert.equal(count, 3)
  })

  test('a sender is read no faster than messages become durable', async () => {
    let letGo = () => {}
    const isDurable = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let bytes = 0
    await using listener = await start({
      accept: async (messages) => {
        await isDurable
        for (const each of messages) bytes += each.bytes.length
      },
      limits: { maxWaitingBytes: 100_000, maxWaitingBytesInAll: 250_000 },
    })
    const text = message(1).padEnd(50_000, '.')
    const senders = await Promise.all(Array.from({ length: 5 }, () => dial(listener.server)))
    const sent = senders.map(async ({ socket, closed }) => {
      for (let number = 0; number < 400; number += 1) {
        if (!socket.write(frame(text))) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
      }
      socket.end()
      await closed
    })
    const [first] = senders
    assert.ok(first)
    // The kernel's buffers hold some megabytes; once they are full, nothing moves any more.
    let before = -1
    while (before !== first.socket.bytesWritten - first.socket.writableLength) {
      before = first.socket.bytesWritten - first.socket.writableLength
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    const { waitingBytes } = listener.server.metrics()
    assert.ok(waitingBytes >= 250_000 && waitingBytes < 250_000 + 5 * 400_000, String(waitingBytes))
    letGo()
    await Promise.all(sent)
    assert.equal(bytes, 5 * 400 * 50_000)
    assert.equal(listener.server.metrics().waitingBytes, 0)
  })

  test('what cannot be made durable is tried again, and nothing is lost or doubled', async () => {
    let tries = 0
    const got: string[] = []
    await using listener = await start({
      accept: async (messages: readonly ReceivedMessage[]) => {
        tries += 1
        if (tries % 3 !== 0) throw new Error('the disk is full')
        got.push(...messages.map(({ bytes }) => bytes.toString()))
      },
      limits: { retryMs: 1 },
    })
    const { socket, closed } = await dial(listener.server)
    const texts = Array.from({ length: 50 }, (_, number) => message(number))
    for (const text of texts) socket.write(frame(text))
    socket.end()
    await closed
    assert.deepEqual(got, texts)
    assert.ok(listener.failures.length >= 2)
  })

  test('garbage, a length that is none and a message too long are rejects; what follows is read', async () => {
    await using listener = await start({ limits: { maxMessageBytes: 200 } })
    const { socket, closed } = await dial(listener.server)
    const long = message(1).padEnd(300, '.')
    socket.write(`GET / HTTP/1.1\r\n${frame(message(1))}`)
    socket.write(`12x34\n${frame(message(2))}17 lines of a list\n${message(3)}\n`)
    socket.write(`${frame(long)}${frame(message(4))}${long}\n${message(5)}\n`)
    socket.end()
    await closed
    assert.deepEqual(
      listener.got.map(({ text }) => text),
      [1, 2, 3, 4, 5].map(message),
    )
    assert.deepEqual(
      listener.rejects.map(({ reason, raw }) => [reason, raw.slice(0, 20)]),
      [
        ['This is no syslog message.', 'GET / HTTP/1.1'],
        ['This is no syslog message.', '12x34'],
        ['This is no syslog message.', '17 lines of a list'],
        ['The message is longer than allowed.', '300 '],
        ['The message is longer than allowed.', long.slice(0, 20)],
      ],
    )
    const [source] = listener.server.metrics().sources
    assert.deepEqual([source?.messages, source?.rejected], [5, 5])
  })

  for (const length of ['1000000000000 ', '9'.repeat(400)]) {
    test(`a length of ${length.slice(0, 20)} ends the connection, after what came before it, and no other`, async () => {
      await using listener = await start()
      const other = await dial(listener.server)
      const { socket, closed } = await dial(listener.server)
      socket.write(frame(message(1)) + length + message(2))
      await closed
      assert.equal(listener.rejects[0]?.reason, 'The length before the message is no message’s.')
      other.socket.end(frame(message(3)))
      await other.closed
      assert.deepEqual(
        listener.got.map(({ text }) => text),
        [message(1), message(3)],
      )
    })
  }

  test('half a message whose rest does not come ends its connection, and no other', async () => {
    await using listener = await start({ limits: { frameTimeoutMs: 60 } })
    const idle = await dial(listener.server)
    const { socket, closed } = await dial(listener.server)
    socket.write(`${frame(message(1))}200 <85>1 half of`)
    await closed
    assert.equal(listener.rejects[0]?.reason, 'The rest of the message did not come in time.')
    assert.equal(listener.rejects[0]?.raw, '<85>1 half of')
    idle.socket.end(frame(message(2)))
    await idle.closed
    assert.deepEqual(
      listener.got.map(({ text }) => text),
      [message(1), message(2)],
    )
  })

  test('a sender that dies in the middle of a message leaves a reject, and what it sent before', async () => {
    await using listener = await start()
    const script = `
      const socket = require('node:net').connect(${listener.server.port}, '127.0.0.1')
      socket.write(${JSON.stringify(`${frame(message(1))}500 <85>1 half`)}, () => console.log('sent'))`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    await listener.until(() => listener.got.length === 1)
    child.kill('SIGKILL')
    await listener.until(() => listener.rejects.length === 1)
    assert.match(listener.rejects[0]?.reason ?? '', /in the middle of a message/)
    assert.equal(listener.got[0]?.text, message(1))
  })

  test('too many connections, and too much that is half there, are turned away', async () => {
    await using listener = await start({ limits: { maxConnections: 2, maxHalfBytesInAll: 100_000 } })
    const one = await dial(listener.server)
    const two = await dial(listener.server)
    const three = await dial(listener.server)
    await three.closed
    assert.equal(listener.server.metrics().refused.number, 1)
    one.socket.write(`90000 <85>1 ${'.'.repeat(60_000)}`)
    two.socket.write(`90000 <85>1 ${'.'.repeat(60_000)}`)
    await Promise.race([one.closed, two.closed])
    assert.deepEqual(
      listener.rejects.map(({ reason }) => reason),
      ['Too many messages are half there at once.'],
    )
  })

  test('stopping loses nothing that was accepted, and tells of a port in use', async () => {
    const listener = await start()
    await assert.rejects(start({ port: listener.server.port }), { code: 'syslog-port-taken' })
    const { socket, closed } = await dial(listener.server)
    const texts = Array.from({ length: 2_000 }, (_, number) => message(number))
    for (const text of texts) socket.write(frame(text))
    await listener.until(() => listener.got.length > 0)
    await listener.server.stop()
    await closed
    assert.deepEqual(
      listener.got.map(({ text }) => text),
      texts,
    )
  })
})

describe('over TLS', { skip: openssl.skip }, () => {
  let authority: Authority
  let strangers: Authority
  let server: Certificate
  let sender: Certificate
  let stranger: Certificate

  before(async () => {
    authority = await makeAuthority('Clinic CA')
    strangers = await makeAuthority('Other CA')
    server = await authority.issue('localhost')
    sender = await authority.issue('ehr-1', 'DNS:ehr-1.clinic.example')
    stranger = await strangers.issue('ehr-1', 'DNS:ehr-1.clinic.example')
  })
  after(async () => {
    await authority?.[Symbol.asyncDispose]()
    await strangers?.[Symbol.asyncDispose]()
  })

  const startTls = (options: Partial<SyslogOptions> = {}) =>
    start({
      tls: { certificate: server.certificate, key: server.key, senderAuthority: authority.certificate },
      ...options,
    })

  function dialTls(port: number, own: Certificate | undefined): { socket: TLSSocket; ended: Promise<string> } {
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      ca: authority.certificate,
      ...(own && { cert: own.certificate, key: own.key }),
    })
    socket.resume()
    const ended = new Promise<string>((resolve) => {
      socket.once('end', () => resolve('closed'))
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)))
      socket.once('close', () => resolve('gone'))
    })
    return { socket, ended }
  }

  test('twenty thousand messages of a known sender arrive once and in order', async () => {
    await using listener = await startTls()
    const { socket, ended } = dialTls(listener.server.port, sender)
    const count = 20_000
    for (let number = 0; number < count; number += 1) {
      if (!socket.write(frame(message(number)))) await once(socket, 'drain')
    }
    socket.end()
    assert.equal(await ended, 'closed')
    assert.equal(listener.got.length, count)
    assert.ok(listener.got.every(({ text }, number) => text === message(number)))
    assert.equal(listener.server.metrics().connections, 0)
  })

  test('a sender without a certificate, or with one of another authority, is refused', async () => {
    await using listener = await startTls()
    const refused: unknown[] = []
    for (const own of [undefined, stranger]) {
      const { socket, ended } = dialTls(listener.server.port, own)
      socket.write(frame(message(1)))
      await ended
      socket.destroy()
      refused.push(listener.server.metrics().lastRefusal)
    }
    assert.deepEqual(refused, ['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'])
    assert.equal(listener.server.metrics().refused.certificate, 2)
    assert.deepEqual(listener.got, [])
  })

  test('only listed senders may send, by name or by fingerprint, each for its own source', async () => {
    const second = await authority.issue('lab')
    const third = await authority.issue('ehr-1.clinic.example')
    const print = new X509Certificate(second.certificate).fingerprint256
    await using listener = await startTls({
      senders: [
        { source: 'hospital', certificate: 'EHR-1.clinic.example' },
        { source: 'laboratory', certificate: print.replaceAll(':', '').toLowerCase() },
      ],
    })
    for (const own of [sender, second, third]) {
      const { socket, ended } = dialTls(listener.server.port, own)
      socket.end(frame(message(1)))
      await ended
    }
    // The third bears the name as its common name beside other names, which count alone.
    assert.deepEqual(
      listener.got.map(({ source }) => source),
      ['hospital', 'laboratory'],
    )
    assert.equal(listener.server.metrics().refused.sender, 1)
  })

  test('a sender cannot negotiate anew, nor with an old version of TLS', async () => {
    await using listener = await startTls()
    const { socket, ended } = dialTls(listener.server.port, sender)
    await once(socket, 'secureConnect')
    socket.destroy()
    await ended
    const twelve = connectTls({
      port: listener.server.port,
      host: '127.0.0.1',
      ca: authority.certificate,
      cert: sender.certificate,
      key: sender.key,
      maxVersion: 'TLSv1.2',
    })
    twelve.on('error', () => {})
    await once(twelve, 'secureConnect')
    twelve.write(frame(message(1)))
    const refused = await new Promise<Error | null>((resolve) => {
      const isAsked = twelve.renegotiate({ rejectUnauthorized: true }, resolve)
      assert.equal(isAsked, true)
      twelve.once('error', resolve)
    })
    assert.ok(refused)
    await listener.until(() => listener.got.length === 1)
    const old = connectTls({
      port: listener.server.port,
      host: '127.0.0.1',
      ca: authority.certificate,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    await assert.rejects(once(old, 'secureConnect'))
  })

  test('a handshake that is never finished ends, and does not keep the listener from stopping', async () => {
    const listener = await startTls({ limits: { handshakeTimeoutMs: 50 } })
    const first = await dial(listener.server)
    await first.closed
    assert.equal(listener.server.metrics().refused.handshake, 1)
    const second = await dial(listener.server)
    await listener.server.stop()
    await second.closed
  })

  test('openssl s_client delivers what it is given, and new certificates are taken while listening', async () => {
    await using listener = await startTls()
    const send = async (text: string, ca: Authority, own: Certificate) => {
      const child = spawn(
        openssl.path ?? '',
        [
          ...['s_client', '-connect', `127.0.0.1:${listener.server.port}`, '-quiet', '-verify_return_error'],
          ...['-CAfile', ca.certificatePath, '-cert', own.certificatePath, '-key', own.keyPath],
        ],
        { stdio: ['pipe', 'ignore', 'ignore'] },
      )
      child.stdin.on('error', () => {})
      child.stdin.write(text)
      return child
    }
    const first = await send(frame(message(1)) + frame(message(2)), authority, sender)
    await listener.until(() => listener.got.length === 2)
    first.kill()
    await once(first, 'exit')

    const renewed = await strangers.issue('localhost')
    listener.server.renew({
      certificate: renewed.certificate,
      key: renewed.key,
      senderAuthority: strangers.certificate,
    })
    const second = await send(`${message(3)}\n`, strangers, stranger)
    await listener.until(() => listener.got.length === 3)
    second.kill()
    await once(second, 'exit')
    assert.deepEqual(
      listener.got.map(({ text }) => text),
      [1, 2, 3].map(message),
    )
    assert.throws(() => listener.server.renew({ certificate: 'x', key: 'y', senderAuthority: 'z' }), {
      code: 'syslog-certificate-bad',
    })
  })
})
