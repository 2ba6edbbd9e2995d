import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { test } from 'node:test'
import type { ReceivedMessage } from './connection.ts'
import { dial, frame, message, slowDisk, startListener } from './testing.ts'

test('messages with a length and messages on lines come whole and in order, however they are cut', async () => {
  const texts = Array.from({ length: 40 }, (_, number) => `${message(number)} Zürich ${'x'.repeat(number * 7)}`)
  const stream = Buffer.from(
    texts
      .map((text, place) => (place % 3 === 0 ? `${text}\r\n` : frame(text) + (place % 5 === 0 ? '\n\0\ufeff' : '')))
      .join(''),
  )
  for (const step of [1, 7, 100, stream.length]) {
    await using listener = await startListener()
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
  await using listener = await startListener({
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
  await using listener = await startListener({
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
  await using listener = await startListener({
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
  await using listener = await startListener({ limits: { maxMessageBytes: 200 } })
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
    await using listener = await startListener()
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
  await using listener = await startListener({ limits: { frameTimeoutMs: 60 } })
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
  await using listener = await startListener()
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
  await using listener = await startListener({ limits: { maxConnections: 2, maxHalfBytesInAll: 100_000 } })
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

test('a sender whose messages were not all read when the listener stopped learns so by a reset', async () => {
  const disk = slowDisk()
  await using listener = await startListener(disk.options)
  const { socket } = await dial(listener.server)
  const broken = new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve))
  for (let number = 0; number < 90; number += 1) socket.write(frame(message(1).padEnd(100_000, '.')))
  socket.end()
  await disk.isAsked
  await listener.server.stop()
  assert.equal((await broken).code, 'ECONNRESET')
  assert.ok(disk.kept() > 0 && disk.kept() < 90, String(disk.kept()))
})

test('stopping loses nothing that was accepted, and tells of a port in use', async () => {
  const listener = await startListener()
  await assert.rejects(startListener({ port: listener.server.port }), { code: 'syslog-port-taken' })
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
