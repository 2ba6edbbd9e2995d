import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type Authority, type Certificate, makeAuthority, openssl } from '../../../test/support/tls.ts'
import type { SyslogOptions } from './syslog-server.ts'
import { dial, frame, message, slowDisk, startListener } from './testing.ts'

describe('syslog over TLS', { skip: openssl.skip }, () => {
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
    startListener({
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

  test('a sender whose messages were not all read when the listener stopped learns so by a reset', async () => {
    const disk = slowDisk()
    await using listener = await startTls(disk.options)
    const { socket, ended } = dialTls(listener.server.port, sender)
    for (let number = 0; number < 90; number += 1) socket.write(frame(message(1).padEnd(100_000, '.')))
    socket.end()
    await disk.isAsked
    await listener.server.stop()
    assert.equal(await ended, 'ECONNRESET')
    assert.ok(disk.kept() > 0 && disk.kept() < 90, String(disk.kept()))
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
