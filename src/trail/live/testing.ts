/** What the tests of listeners stand on: a listener that remembers, and plain connections to it. */
import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { listenForSyslog, type SyslogOptions, type SyslogServer } from './syslog-server.ts'

export const frame = (text: string) => `${Buffer.byteLength(text)} ${text}`
export const message = (number: number) => `<85>1 2026-11-02T12:00:00Z ehr app 1 IHE+RFC-3881 - number ${number}`

/** A listener that remembers what it was given, in order, and says so. */
export async function startListener(options: Partial<SyslogOptions> = {}) {
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

/** For a listener: takes a message of 100 KB or two at a time, each time for longer than a stop waits for. */
export function slowDisk() {
  const asked = new EventEmitter()
  let count = 0
  const options: Partial<SyslogOptions> = {
    accept: async (messages) => {
      asked.emit('asked')
      await new Promise((resolve) => setTimeout(resolve, 100))
      count += messages.length
    },
    limits: { maxWaitingBytes: 200_000 },
  }
  return { options, isAsked: once(asked, 'asked'), kept: () => count }
}

/** Connects without TLS; `closed` resolves when the other side has closed. */
export async function dial(server: SyslogServer): Promise<{ socket: Socket; closed: Promise<unknown> }> {
  const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  const closed = new Promise((resolve) => socket.once('end', resolve).once('close', resolve))
  socket.resume()
  return { socket, closed }
}
