/**
 * Audit messages of an image archive over TLS with certificates on both sides, from the first byte until the last message is
 * durable and the listener has closed; beside it, the same messages received and counted by a bare TLS server.
 */
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { Worker } from 'node:worker_threads'
import { openKeyFile } from '#platform/keys.ts'
import { openTrail } from '#trail/engine.ts'
import { listenForSyslog } from '#trail/live/syslog-server.ts'
import { type Authority, type Certificate, makeAuthority } from '../test/support/tls.ts'
import { type Bench, timed } from './measure.ts'
import type { Sending } from './trail-atna-sender.ts'

const messages = 200_000

export const trailAtna: Bench = {
  title: `${messages.toLocaleString('en')} audit messages of 1.5 kB over TLS`,
  async measure(folder) {
    await using authority = await makeAuthority('Clinic CA')
    const [server, sender] = [await authority.issue('localhost'), await authority.issue('pacs', 'DNS:pacs.example')]
    const raw = await receive(authority, server, sender)
    const trail = await openTrail({
      directory: join(folder, 'trail'),
      keys: await openKeyFile(folder),
      organisationId: 1,
      zone: 'UTC',
      clock: () => new Date(),
    })
    const listener = await listenForSyslog({
      port: 0,
      source: 'pacs',
      tls: { certificate: server.certificate, key: server.key, senderAuthority: authority.certificate },
      accept: (some, source) => trail.accept(some, source),
    })
    try {
      const taken = await timed(() => send(listener.port, authority, sender))
      // What is durable comes into the store a moment later; the rules wait for it.
      await trail.judge()
      const { accesses } = await trail.state()
      if (accesses !== messages) throw new Error(`${accesses} accesses came of ${messages} messages`)
      return [
        {
          what: 'audit messages over TLS, until durable',
          unit: 'events/s',
          value: messages / taken.seconds,
          beside: { what: 'received and thrown away', value: messages / raw },
          goal: 50_000,
        },
      ]
    } finally {
      await listener.stop()
      await trail.close()
    }
  },
}

function send(port: number, authority: Authority, { certificate, key }: Certificate): Promise<void> {
  const sending: Sending = { port, count: messages, certificate, key, authority: authority.certificate }
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./trail-atna-sender.ts', import.meta.url), { workerData: sending })
    worker.once('message', () => resolve())
    worker.once('error', reject)
  })
}

/** Seconds until a server that does nothing else has read it all. */
async function receive(authority: Authority, server: Certificate, sender: Certificate): Promise<number> {
  const bare = createServer(
    { cert: server.certificate, key: server.key, ca: authority.certificate, requestCert: true },
    (socket) => {
      socket.resume()
      socket.once('end', () => socket.end())
    },
  )
  await new Promise<void>((resolve) => {
    bare.listen(0, '127.0.0.1', resolve)
  })
  const address = bare.address()
  const { seconds } = await timed(() =>
    send(typeof address === 'object' && address ? address.port : 0, authority, sender),
  )
  bare.close()
  return seconds
}
