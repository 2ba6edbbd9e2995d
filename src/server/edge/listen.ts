/**
 * The outermost ring of the server: it takes connections, holds every client to limits of size and time, refuses what is
 * not plainly one HTTP request for this host, and hands the rest to one fetch handler. The rules:
 *  - A request is refused where two readers could read it differently (smuggling): Node's strict parser does most of it,
 *    and what it lets through (doubled headers that must be single, other transfer codings, a body of a GET) is refused here.
 *  - Only Hosts on the list are answered; the paths of `openPaths`, which say nothing of anybody, to every Host.
 *  - No client holds anything for long: 10 s for the headers, 30 s without a byte of the body (the reader of the body
 *    refuses that in words; the edge cuts the connection a little later), 5 s between requests. A stream of events may be quiet
 *    as long as it likes, as long as what was written is taken.
 *  - A request is in flight until its answer begins; what streams afterwards is bounded by the number of connections.
 *  - Nothing of a defect reaches the client but a status and the id of the request.
 */
import { randomUUID } from 'node:crypto'
import {
  createServer,
  IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Log } from '#platform/log.ts'
import { isWithin, readAddress, readRanges, walkBack } from './forwarded.ts'
import { securityHeaders } from './headers.ts'
import { answersTo } from './hosts.ts'
import { carry } from './source.ts'
import { readCredentials, type TlsFiles, watchRenewal } from './tls.ts'

/** What the handler is told of a request beside the request itself. */
export interface Connection {
  /** The client's address as far as it can be believed; empty when the client is gone already. */
  readonly address: string
  /** Whether the client speaks TLS: to Vigil, or to a proxy that is believed. */
  readonly isSecure: boolean
  readonly requestId: string
  /** Says by name which endpoint took the request, and what kind of principal asked: for log and metrics. */
  tell(about: { readonly endpoint?: string; readonly principal?: string }): void
  /** Cuts the client off: what to do when a stream that has begun cannot go on. */
  cut(): void
}

export type Fetch = (request: Request, connection: Connection) => Response | Promise<Response>

/** What became of a request, when it is over. */
export interface Exchange {
  readonly requestId: string
  readonly method: string
  /** The endpoint's name, `none` where none took it. */
  readonly endpoint: string
  readonly principal: string
  readonly status: number
  readonly tookMs: number
  /** Bytes on the connection since the request before: heads and bodies. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** The client went, or was cut off, before the answer was through. */
  readonly isBrokenOff: boolean
}

export interface EdgeLimits {
  readonly connections: number
  readonly requestsInFlight: number
  /** Requests that one connection may have open at once. */
  readonly requestsPerConnection: number
  readonly headerBytes: number
  readonly headerLines: number
  readonly headersMs: number
  readonly idleMs: number
  readonly keepAliveMs: number
}

export const edgeLimits: EdgeLimits = {
  connections: 1_000,
  requestsInFlight: 200,
  requestsPerConnection: 16,
  headerBytes: 16_384,
  headerLines: 100,
  headersMs: 10_000,
  idleMs: 30_000,
  keepAliveMs: 5_000,
}

export interface EdgeSettings {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly tls?: TlsFiles | undefined
  /** Ranges of addresses whose `X-Forwarded-*` are believed. */
  readonly trustProxy: readonly string[]
  readonly publicUrl?: string | undefined
  /** Paths answered to every Host. */
  readonly openPaths?: readonly string[]
  readonly log: Log
  readonly limits?: Partial<EdgeLimits>
  readonly onExchange?: (exchange: Exchange) => void
}

export interface Edge {
  readonly address: { readonly host: string; readonly port: number }
  /** Where a browser on this machine reaches it. */
  readonly url: string
  /** Requests whose answer has not begun, and connections, now. */
  readonly load: { readonly requests: number; readonly connections: number }
  /**
   * Takes no more connections, ends streams of events, lets the other answers finish for `graceMs`, then cuts them.
   * Resolves when the last connection is closed.
   */
  stop(graceMs: number): Promise<void>
  /** Reads certificate and key now; says whether they are in use. True without TLS. */
  reloadTls(): boolean
}

/** A request that knows what is done about it. A weak map of as many as come would cost more than all else here. */
class Message extends IncomingMessage {
  open: Open | undefined = undefined
}

type WrittenHeaders = OutgoingHttpHeaders | OutgoingHttpHeader[]

/** An answer that has its standing headers whoever writes it; whatever else is written goes before them. */
class Answer extends ServerResponse<Message> {
  standing: Readonly<Record<string, string>> = {}

  override writeHead(status: number, first?: string | WrittenHeaders, second?: WrittenHeaders): this {
    const written = (typeof first === 'string' ? second : first) ?? {}
    if (Array.isArray(written)) {
      // Node itself writes so, where it refuses a request before anybody sees it.
      for (const [name, value] of Object.entries(this.standing)) this.setHeader(name, value)
      return super.writeHead(status, written)
    }
    // Set one by one beforehand, each would be checked twice and the whole written the slow way.
    const all: OutgoingHttpHeaders = { ...this.standing }
    for (const name in written) all[name.toLowerCase()] = written[name]
    return super.writeHead(status, all)
  }
}

interface Peer {
  readonly address: string
  readonly isProxy: boolean
  open: number
  bytesRead: number
  bytesWritten: number
}

interface Open {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly peer: Peer
  readonly connection: Connection
  response: Response | undefined
  isInFlight: boolean
}

type No = readonly [status: number, code: string, title: string]

const no = {
  target: [400, 'request-bad-target', 'The request names no path of this server.'],
  host: [400, 'request-bad-host', 'The request must name one host.'],
  foreign: [421, 'request-foreign-host', 'This server does not answer to that host name.'],
  doubled: [400, 'request-doubled-header', 'The request has a header twice that may stand once.'],
  coding: [501, 'request-bad-coding', 'The request body comes in a transfer coding that is not taken.'],
  body: [400, 'request-needless-body', 'A request of this method has no body.'],
  lines: [431, 'request-too-many-headers', 'The request has too many headers.'],
  method: [405, 'request-bad-method', 'This method is not taken.'],
  busy: [503, 'request-too-many', 'The server has too much to do; try again shortly.'],
} as const satisfies Readonly<Record<string, No>>

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Headers that decide what a request means: twice, the first reader may take one and the second the other. */
const single = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'host',
  'idempotency-key',
  'origin',
  'transfer-encoding',
])

/** Path and query in printable ASCII: no fragment, no backslash, no second slash that a browser takes for a host. */
const target = /^\/(?!\/)[!-"$-[\]-~]*$/

export async function listen(fetch: Fetch, settings: EdgeSettings): Promise<Edge> {
  const { log } = settings
  const limits = { ...edgeLimits, ...settings.limits }
  const ranges = readRanges(settings.trustProxy)
  const isOurs = answersTo(settings)
  const openPaths = new Set(settings.openPaths ?? [])
  const credentials = settings.tls ? readCredentials(settings.tls) : undefined
  const isTls = credentials !== undefined

  const peers = new WeakMap<Socket, Peer>()
  const raw = new Set<Socket>()
  const spoken = new Set<Socket>()
  const open = new Set<Open>()
  let inFlight = 0
  let isStopping = false

  const peerOf = (socket: Socket): Peer => {
    const known = peers.get(socket)
    if (known) return known
    const address = readAddress(socket.remoteAddress ?? '')
    const peer = {
      address: address?.toString() ?? '',
      isProxy: address !== undefined && isWithin(address, ranges),
      open: 0,
      bytesRead: 0,
      bytesWritten: 0,
    }
    peers.set(socket, peer)
    return peer
  }

  const findFault = (incoming: IncomingMessage, peer: Peer): No | undefined => {
    const { rawHeaders, headers, method = '', url = '' } = incoming
    if (rawHeaders.length > limits.headerLines * 2) return no.lines
    const seen: string[] = []
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = (rawHeaders[at] ?? '').toLowerCase()
      if (!single.has(name)) continue
      if (seen.includes(name)) return name === 'host' ? no.host : no.doubled
      seen.push(name)
    }
    if (!methods.has(method)) return no.method
    if (!target.test(url)) return no.target
    if (!openPaths.has(url)) {
      if (!headers.host) return no.host
      if (!isOurs(headers.host)) return no.foreign
    }
    const coding = headers['transfer-encoding']
    if (coding !== undefined && coding.toLowerCase() !== 'chunked') return no.coding
    const hasBody = coding !== undefined || (headers['content-length'] ?? '0') !== '0'
    if (hasBody && (method === 'GET' || method === 'HEAD')) return no.body
    if (inFlight >= limits.requestsInFlight || peer.open > limits.requestsPerConnection) return no.busy
    return undefined
  }

  const land = (one: Open) => {
    if (!one.isInFlight) return
    one.isInFlight = false
    inFlight -= 1
  }

  const answer = async (request: Request, one: Open): Promise<Response> => {
    try {
      one.response = guardStream(await fetch(request, one.connection), () => {
        log.error('stream-failed', { request: one.connection.requestId })
        one.connection.cut()
      })
    } catch {
      log.error('handler-failed', { request: one.connection.requestId })
      one.response = problem([500, 'defect', 'Something went wrong.'], one.connection.requestId)
    } finally {
      land(one)
    }
    return one.response
  }

  const adapt = getRequestListener(
    (request, { incoming }) => {
      const one = incoming instanceof Message ? incoming.open : undefined
      if (!one) return problem([500, 'defect', 'Something went wrong.'])
      carry(request, one.incoming)
      return answer(request, one)
    },
    { hostname: 'localhost', errorHandler: () => problem(no.target) },
  )

  const take = (incoming: Message, outgoing: Answer, awaitsContinue: boolean) => {
    const startedAt = performance.now()
    const socket = incoming.socket
    const peer = peerOf(socket)
    peer.open += 1
    const isSecure = isTls || (peer.isProxy && lastWord(incoming.headers['x-forwarded-proto']) === 'https')
    const forwardedFor = peer.isProxy ? incoming.headers['x-forwarded-for'] : undefined
    const about = { endpoint: 'none', principal: 'nobody' }
    const connection: Connection = {
      address: forwardedFor === undefined ? peer.address : addressOf(peer, String(forwardedFor)),
      isSecure,
      requestId: randomUUID(),
      tell: (told) => void Object.assign(about, told),
      cut: () => void outgoing.destroy(),
    }
    const one: Open = { incoming, outgoing, peer, connection, response: undefined, isInFlight: false }
    open.add(one)
    incoming.open = one
    outgoing.standing = securityHeaders(isSecure)
    if (isStopping) outgoing.shouldKeepAlive = false
    // A client that goes away is no event; without a listener it would end the process.
    outgoing.on('error', ignore)
    outgoing.once('close', () => {
      open.delete(one)
      peer.open -= 1
      if (isStopping) setImmediate(closeIdle)
      if (!settings.onExchange) return
      const exchange: Exchange = {
        requestId: connection.requestId,
        method: incoming.method ?? '',
        ...about,
        status: outgoing.headersSent ? outgoing.statusCode : 499,
        tookMs: performance.now() - startedAt,
        bytesIn: socket.bytesRead - peer.bytesRead,
        bytesOut: socket.bytesWritten - peer.bytesWritten,
        isBrokenOff: !outgoing.writableFinished,
      }
      peer.bytesRead = socket.bytesRead
      peer.bytesWritten = socket.bytesWritten
      settings.onExchange(exchange)
    })
    const fault = findFault(incoming, peer)
    if (fault) {
      say(outgoing, fault, connection.requestId)
      drain(incoming)
      return
    }
    one.isInFlight = true
    inFlight += 1
    if (awaitsContinue) outgoing.writeContinue()
    adapt(incoming, outgoing)
      .catch(() => outgoing.destroy())
      .finally(() => land(one))
  }

  const addressOf = (peer: Peer, forwardedFor: string) => {
    const near = readAddress(peer.address)
    return near ? walkBack(near, forwardedFor, ranges).toString() : ''
  }

  const options = {
    IncomingMessage: Message,
    ServerResponse: Answer,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    // An upload may take hours; who does not send is found by the idle limit instead.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
    keepAliveTimeout: limits.keepAliveMs,
    requireHostHeader: true,
    insecureHTTPParser: false,
    noDelay: true,
  }
  const server = credentials
    ? createTlsServer({ ...options, ...credentials.options, handshakeTimeout: limits.headersMs })
    : createServer(options)
  server.maxConnections = limits.connections
  // Node would drop what is more in silence; one more than allowed is enough to see it and refuse.
  server.maxHeadersCount = limits.headerLines + 1
  server.on('request', (incoming, outgoing) => take(incoming, outgoing, false))
  server.on('checkContinue', (incoming, outgoing) => take(incoming, outgoing, true))
  server.on('connect', (_incoming, socket) => sayRaw(socket as Socket, 405))
  server.on('connection', (socket: Socket) => remember(raw, socket))
  server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => remember(spoken, socket))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    log.debug('client-error', { code: error.code })
    if (peers.get(socket as Socket)?.open) socket.destroy()
    else sayRaw(socket as Socket, statusOf(error.code))
  })
  let isDropping = false
  server.on('drop', () => {
    if (!isDropping) log.warn('connections-full', { limit: limits.connections })
    isDropping = true
  })
  const cutMs = Math.ceil((limits.idleMs * 7) / 6)
  server.setTimeout(cutMs, (socket: Socket) => {
    const here = [...open].filter(({ incoming }) => incoming.socket === socket)
    const isWaitedFor = here.some(({ incoming }) => !incoming.complete) || socket.writableLength > 0
    // Nothing asked, or a client that neither sends nor takes: cut. A handler at work or a quiet stream: look again later.
    if (here.length === 0 || isWaitedFor) socket.destroy()
    else socket.setTimeout(cutMs)
  })

  /** Closes connections with no request open, also those that never sent one. */
  const closeIdle = () => {
    for (const socket of spoken) if (!peers.get(socket)?.open) socket.destroy()
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: settings.host, port: settings.port, backlog: 511 }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const bound = server.address() as AddressInfo
  const renewal =
    settings.tls && credentials ? watchRenewal(server as TlsServer, settings.tls, credentials.digest, log) : undefined
  const freshly = setInterval(() => {
    isDropping = false
  }, 60_000).unref()
  server.on('error', (error: NodeJS.ErrnoException) => log.error('server-error', { code: error.code }))

  return {
    address: { host: bound.address, port: bound.port },
    url: `${isTls ? 'https' : 'http'}://${nameOf(bound)}:${bound.port}`,
    get load() {
      return { requests: inFlight, connections: raw.size }
    },
    reloadTls: () => renewal?.reload() ?? true,
    async stop(graceMs) {
      isStopping = true
      renewal?.stop()
      clearInterval(freshly)
      const { promise, resolve } = Promise.withResolvers<void>()
      server.close(() => resolve())
      for (const { outgoing, response, incoming } of open) {
        if (!outgoing.headersSent) outgoing.shouldKeepAlive = false
        else if (response?.headers.get('content-type')?.startsWith('text/event-stream')) {
          outgoing.end(() => incoming.socket.destroySoon())
        }
      }
      closeIdle()
      const timer = setTimeout(() => {
        if (open.size > 0) log.warn('requests-cut', { requests: open.size })
        for (const socket of raw) socket.destroy()
      }, graceMs)
      await promise
      clearTimeout(timer)
    },
  }
}

function ignore(): void {}

/** Throws where a value holds what ends a line: checked here, because the adapter would say so to the client. */
function checkHeaders(headers: unknown): void {
  if (typeof headers !== 'object' || headers === null || headers instanceof Headers) return
  for (const [name, value] of Array.isArray(headers) ? headers : Object.entries(headers)) {
    validateHeaderName(String(name))
    validateHeaderValue(String(name), String(value))
  }
}

/** Where the adapter keeps the parts of a Response that was made of text or bytes, so that no stream need be made of them. */
let partsKey: symbol | undefined

/**
 * The adapter tells the client and the console of errors in a stream. So a stream that it is handed never fails: `fail`
 * is called instead. Text and bytes cannot fail and pass as they are; where they cannot be told from streams, everything
 * is guarded, which is right and slower.
 */
function guardStream(response: Response, fail: () => void): Response {
  partsKey ??= Object.getOwnPropertySymbols(new Response('')).find(({ description }) => description === 'cache')
  const parts = partsKey && (response as unknown as Readonly<Record<symbol, unknown>>)[partsKey]
  const [, known, headers] = Array.isArray(parts) ? (parts as unknown[]) : []
  checkHeaders(headers)
  if (known === null || typeof known === 'string' || known instanceof Uint8Array) return response
  const stream = known instanceof ReadableStream ? known : response.body
  if (!stream) return response
  const reader = stream.getReader()
  const guarded = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      } catch {
        fail()
        controller.close()
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return new Response(guarded, { status: response.status, headers: response.headers })
}

function remember(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
}

/** Where a list was written by several, the last word is that of the nearest. */
function lastWord(value: string | string[] | undefined): string {
  return (
    String(value ?? '')
      .split(',')
      .at(-1)
      ?.trim()
      .toLowerCase() ?? ''
  )
}

function nameOf({ address, family }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return 'localhost'
  return family === 'IPv6' ? `[${address}]` : address
}

function bodyOf([status, code, title]: No, requestId?: string): string {
  return JSON.stringify({ title, status, code, ...(requestId === undefined ? {} : { request: requestId }) })
}

function problem(refused: No, requestId?: string): Response {
  return new Response(bodyOf(refused, requestId), {
    status: refused[0],
    headers: { 'content-type': 'application/problem+json' },
  })
}

function say(outgoing: ServerResponse, refused: No, requestId: string): void {
  const [status] = refused
  const body = bodyOf(refused, requestId)
  outgoing.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    ...(status === 503 ? { 'retry-after': '1' } : {}),
    ...(status === 405 ? { allow: [...methods].join(', ') } : {}),
  })
  outgoing.end(body)
}

/** Reads away what is still coming of a refused request, for half a second: cut at once, the client would not read why. */
function drain(incoming: IncomingMessage): void {
  if (incoming.complete) return
  incoming.resume()
  const timer = setTimeout(() => incoming.socket.destroySoon(), 500)
  timer.unref()
  incoming.once('close', () => clearTimeout(timer))
  incoming.once('end', () => clearTimeout(timer))
}

function statusOf(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** Answers where there is no request to answer to, and closes. */
function sayRaw(socket: Socket, status: number): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  socket.end(`HTTP/1.1 ${status} ${reasons[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  )
}
