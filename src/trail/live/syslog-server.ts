/**
 * Listens for audit messages over syslog: RFC 5424 over TCP (RFC 6587) and over TLS (RFC 5425) with certificates of the
 * senders. Whatever one connection does, the others go on.
 */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { refusals } from '#platform/refusal.ts'
import { Connection, type ConnectionLimits, type Counts, type ReceivedMessage, type Shared } from './connection.ts'
import { findSource, type Sender, type TlsFiles, tlsOptions } from './senders.ts'

const refuse = refusals('syslog', {
  'port-taken': ['conflict', 'Port {port} is in use by another program.', 'Choose another port, or stop that program.'],
  'port-forbidden': ['forbidden', 'This user may not listen at port {port}.', 'Choose a port above 1023.'],
  'address-unknown': ['invalid', 'This machine has no such address to listen at.'],
  'certificate-bad': [
    'invalid',
    'The certificate, its key or the authority of the senders cannot be used.',
    'They have to be PEM files, and the key has to be that of the certificate.',
  ],
})

export interface SyslogLimits extends ConnectionLimits {
  readonly maxConnections: number
  readonly handshakeTimeoutMs: number
  /** Received and not yet durable, and half received, over all connections. */
  readonly maxWaitingBytesInAll: number
  readonly maxHalfBytesInAll: number
  /** For so long senders may bring to an end what they are sending when the listener stops; then what failed is given up. */
  readonly stopMs: number
}

export const syslogLimits: SyslogLimits = {
  maxMessageBytes: 2 * 1024 * 1024,
  maxWaitingBytes: 8 * 1024 * 1024,
  maxBatchMessages: 20_000,
  frameTimeoutMs: 60_000,
  retryMs: 1_000,
  maxConnections: 1_000,
  handshakeTimeoutMs: 10_000,
  maxWaitingBytesInAll: 64 * 1024 * 1024,
  maxHalfBytesInAll: 128 * 1024 * 1024,
  stopMs: 1_000,
}

export interface SyslogOptions {
  /** Loopback unless said otherwise. */
  readonly host?: string | undefined
  /** 6514 unless said otherwise; 0 for any that is free. */
  readonly port?: number | undefined
  /** Plain TCP without it. */
  readonly tls?: TlsFiles | undefined
  /** The feeds of the certificates; with none listed, any certificate of the authority may send for `source`. */
  readonly senders?: readonly Sender[] | undefined
  readonly source: string
  /**
   * Resolves when the messages are durable: called again with the same ones when it throws. Messages of one connection come
   * in their order, one call after the other; connections are independent of each other.
   */
  readonly accept: (messages: readonly ReceivedMessage[], source: string) => Promise<void>
  /** What was no message: a reason without any value of it, and its first 16 KiB. */
  readonly reject?: ((source: string, reason: string, raw: Buffer) => void) | undefined
  readonly failed?: ((source: string, error: unknown) => void) | undefined
  readonly now?: (() => number) | undefined
  readonly limits?: Partial<SyslogLimits> | undefined
}

type Refused = 'handshake' | 'certificate' | 'sender' | 'number'

export interface SyslogMetrics {
  readonly connections: number
  /** Connections that were refused: a handshake that broke, a bad or missing certificate, a sender not listed, too many. */
  readonly refused: Readonly<Record<Refused, number>>
  /** Why a handshake or a certificate was refused last, as OpenSSL names it (`CERT_HAS_EXPIRED`). */
  readonly lastRefusal: string | undefined
  readonly waitingBytes: number
  readonly sources: readonly (Readonly<Counts> & {
    readonly source: string
    /** Messages a second over the last half to whole minute. */
    readonly rate: number
  })[]
}

export interface SyslogServer {
  readonly port: number
  metrics(): SyslogMetrics
  /** Takes new certificates for the connections to come. */
  renew(files: TlsFiles): void
  /** Stops listening, makes durable what has come, and closes. */
  stop(): Promise<void>
}

const rateMs = 30_000

/** Listens until it is stopped. Refuses when the port or the certificates cannot be used. */
export async function listenForSyslog(options: SyslogOptions): Promise<SyslogServer> {
  const listener = new Listener(options, { ...syslogLimits, ...options.limits })
  await listener.listen()
  return listener
}

class Listener implements SyslogServer {
  readonly #options: SyslogOptions
  readonly #limits: SyslogLimits
  readonly #server: Server
  readonly #connections = new Set<Connection>()
  /** Of TLS also those whose handshake is under way. */
  readonly #sockets = new Set<Socket>()
  readonly #sources = new Map<string, Counts & { before: number; rate: number; ratedAt: number }>()
  readonly #refused = { handshake: 0, certificate: 0, sender: 0, number: 0 }
  #lastRefusal: string | undefined
  readonly #now: () => number
  readonly #shared: Shared
  #waitingBytes = 0
  #halfBytes = 0
  #wasFull = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: SyslogOptions, limits: SyslogLimits) {
    this.#options = options
    this.#limits = limits
    this.#now = options.now ?? Date.now
    this.#shared = {
      limits,
      now: this.#now,
      accept: options.accept,
      reject: options.reject ?? (() => {}),
      failed: options.failed ?? (() => {}),
      hold: (bytes) => this.#hold(bytes),
      isFull: () => this.#waitingBytes >= limits.maxWaitingBytesInAll,
      holdHalf: (bytes) => {
        this.#halfBytes += bytes
        return this.#halfBytes <= limits.maxHalfBytesInAll
      },
    }
    this.#server = this.#createServer()
    this.#server.maxConnections = limits.maxConnections
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('drop', () => {
      this.#refused.number += 1
    })
  }

  get port(): number {
    const address = this.#server.address()
    return address !== null && typeof address === 'object' ? address.port : 0
  }

  async listen(): Promise<void> {
    const { host = '127.0.0.1', port = 6514 } = this.#options
    this.#server.listen(port, host)
    try {
      await once(this.#server, 'listening')
    } catch (error) {
      throw explainListening(error, port)
    }
    this.#timer = setInterval(() => this.#tick(), Math.max(10, Math.min(5_000, this.#limits.frameTimeoutMs / 4)))
    this.#timer.unref()
  }

  metrics(): SyslogMetrics {
    const sources = [...this.#sources].map(([source, { messages, bytes, rejected, rate }]) => ({
      source,
      messages,
      bytes,
      rejected,
      rate,
    }))
    return {
      connections: this.#connections.size,
      refused: { ...this.#refused },
      lastRefusal: this.#lastRefusal,
      waitingBytes: this.#waitingBytes,
      sources: sources.sort((a, b) => (a.source < b.source ? -1 : 1)),
    }
  }

  renew(files: TlsFiles): void {
    if (!('setSecureContext' in this.#server)) return
    const server = this.#server as ReturnType<typeof createTlsServer>
    try {
      server.setSecureContext(tlsOptions(files, this.#limits.handshakeTimeoutMs))
    } catch (error) {
      throw refuse('certificate-bad', {}, { cause: error })
    }
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    const connections = [...this.#connections]
    const all = Promise.all(connections.map((connection) => connection.done))
    // What a sender has handed to the network already comes still; who ends by himself is not waited for longer.
    await within(all, this.#limits.stopMs)
    for (const connection of connections) connection.end()
    await within(all, this.#limits.stopMs + this.#limits.retryMs)
    for (const connection of this.#connections) connection.giveUp()
    await all
    for (const socket of this.#sockets) socket.destroy()
    clearInterval(this.#timer)
    await closed
  }

  #createServer(): Server {
    const { tls } = this.#options
    // Our side stays open when the sender's has closed, until all is durable.
    const socketOptions = { allowHalfOpen: true, keepAlive: true, keepAliveInitialDelay: 60_000 }
    if (tls === undefined) {
      return createServer({ ...socketOptions, highWaterMark: 256 * 1024 }, (socket) => {
        this.#open(socket, socket, this.#options.source)
      })
    }
    try {
      const server = createTlsServer({ ...tlsOptions(tls, this.#limits.handshakeTimeoutMs), ...socketOptions })
      server.on('secureConnection', (socket) => this.#identify(socket))
      server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => this.#turnAway(error, socket))
      return server
    } catch (error) {
      throw refuse('certificate-bad', {}, { cause: error })
    }
  }

  #turnAway(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    // A code, whatever the types say.
    const mistrust = socket.authorizationError as unknown
    const reason = String(mistrust ?? error.code)
    const isCertificate = mistrust || reason === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE'
    this.#refused[isCertificate ? 'certificate' : 'handshake'] += 1
    this.#lastRefusal = reason
    socket.destroy()
  }

  #identify(socket: TLSSocket): void {
    const source = findSource(socket.getPeerX509Certificate(), this.#options.senders, this.#options.source)
    // Node does not say on which connection a TLS socket lies; nobody else has its address and port.
    const { remoteAddress, remotePort } = socket
    const isBelow = (one: Socket) => one.remotePort === remotePort && one.remoteAddress === remoteAddress
    const transport = [...this.#sockets].find(isBelow)
    if (source !== undefined && transport !== undefined) {
      this.#open(socket, transport, source)
      return
    }
    // A sender whose connection is gone already has not sent anything.
    if (source === undefined) this.#refused.sender += 1
    socket.on('error', () => {})
    socket.destroy()
  }

  #open(socket: Socket, transport: Socket, source: string): void {
    let counts = this.#sources.get(source)
    if (counts === undefined) {
      counts = { messages: 0, bytes: 0, rejected: 0, before: 0, rate: 0, ratedAt: this.#now() }
      this.#sources.set(source, counts)
    }
    const connection = new Connection(socket, transport, source, counts, this.#shared)
    this.#connections.add(connection)
    void connection.done.then(() => this.#connections.delete(connection))
  }

  #hold(bytes: number): void {
    this.#waitingBytes += bytes
    if (this.#shared.isFull()) this.#wasFull = true
    else if (this.#wasFull) {
      this.#wasFull = false
      for (const connection of this.#connections) connection.resume()
    }
  }

  #tick(): void {
    for (const connection of this.#connections) connection.checkTime()
    const now = this.#now()
    for (const counts of this.#sources.values()) {
      if (now - counts.ratedAt < rateMs) continue
      counts.rate = ((counts.messages - counts.before) * 1000) / (now - counts.ratedAt)
      counts.before = counts.messages
      counts.ratedAt = now
    }
  }
}

/** Waits for the work, for so long at most. */
async function within(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}

function explainListening(error: unknown, port: number): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE') return refuse('port-taken', { port }, { cause: error })
  if (code === 'EACCES') return refuse('port-forbidden', { port }, { cause: error })
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return refuse('address-unknown', {}, { cause: error })
  return error
}
