/**
 * HTTP around the gates: which endpoint a request means, what it carries, and how the answer is written. Nothing is decided
 * here about who may do what.
 */
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'
import type { Bound, Delivered, Download, Occurrence } from '#core/door.ts'
import type { Log } from '#platform/log.ts'
import { Refusal, refusalKinds, refusals } from '#platform/refusal.ts'
import { refuseWhenFull } from '#sources/deliveries/service.ts'
import { readJson, spool } from './edge/body.ts'
import type { Connection, Fetch } from './edge/listen.ts'
import { problemOf } from './edge/refusals.ts'
import type { Cookies, Gates, Told } from './gates.ts'
import { InvalidRequest } from './refusals.ts'
import { openReader, type ReadInput } from './wire.ts'

const refuse = refusals('route', {
  unknown: ['missing', 'There is nothing at this address.', 'see /api/openapi.json for what there is'],
})

export interface HttpSettings {
  readonly bounds: readonly Bound[]
  readonly gates: Gates
  /** Where people reach Vigil. */
  readonly publicUrl: URL
  readonly dataDirectory: string
  readonly uploadLimit: number
  readonly log: Log
  /** Answers what is no endpoint: health, description, the web app. */
  readonly others: (request: Request, url: URL) => Promise<Response> | Response | undefined
}

interface Route {
  readonly bound: Bound
  readonly read: ReadInput
}

const sessionLifeSeconds = 12 * 60 * 60
const deviceLifeSeconds = 400 * 24 * 60 * 60
/** How often it is asked whether who watches a stream is still let in. */
const streamCheckMs = 5_000

export function openHttp(settings: HttpSettings): Fetch {
  const { bounds, gates, publicUrl, log, others } = settings
  const router = new SmartRouter<Route>({ routers: [new RegExpRouter(), new TrieRouter()] })
  for (const bound of bounds) {
    const { method, path } = bound.endpoint
    router.add(method, `/api${path.replace(/\{(\w+)\}/g, ':$1')}`, { bound, read: openReader(bound.endpoint) })
  }

  return async (request, connection) => {
    const url = new URL(request.url)
    try {
      const found = router.match(request.method, url.pathname)
      const [handlers, stash] = found
      const first = handlers[0]
      if (!first) {
        const other = await others(request, url)
        if (other) return other
        throw refuse('unknown')
      }
      const [route, places] = first
      const words: Record<string, string> = {}
      for (const [name, place] of Object.entries(places)) {
        words[name] = decode(typeof place === 'number' ? (stash?.[place] ?? '') : place)
      }
      return await answer(route, words, url, request, connection)
    } catch (error) {
      return explain(error, connection)
    }
  }

  async function answer(
    { bound, read }: Route,
    words: Readonly<Record<string, string>>,
    url: URL,
    request: Request,
    connection: Connection,
  ): Promise<Response> {
    const { endpoint } = bound
    connection.tell({ endpoint: endpoint.name })
    const cookies = readCookies(request.headers.get('cookie'))
    const bearer = /^Bearer (\S{1,200})$/i.exec(request.headers.get('authorization') ?? '')?.[1]
    const secure = isSecure(connection)
    const credentials = { session: cookies[nameOf('vigil', secure)], token: bearer }
    const organisation = request.headers.get('vigil-organisation')
    const from = {
      address: connection.address,
      userAgent: (request.headers.get('user-agent') ?? '').slice(0, 400),
      device: cookies[nameOf('vigil-device', secure)],
    }
    const asked = {
      bound,
      credentials,
      organisation: organisation === null ? undefined : /^\d{1,15}$/.test(organisation) ? Number(organisation) : 0,
      idempotencyKey: request.headers.get('idempotency-key') ?? undefined,
      from,
      isCrossSite: isCrossSite(request, publicUrl, url),
    }
    const seen = (principal: { readonly kind: string }) => connection.tell({ principal: principal.kind })
    let delivered: Delivered | undefined
    try {
      let body: unknown
      if (endpoint.carriage === 'upload') {
        // Nobody fills the disk who may not: asked before a byte is taken, and again by the gates with all of it.
        await gates.knock({ ...asked, input: undefined, delivered: undefined })
        await refuseWhenFull(settings.dataDirectory, Number(request.headers.get('content-length') ?? 0))
        delivered = await spool(request, {
          directory: join(settings.dataDirectory, 'spool'),
          limit: settings.uploadLimit,
          takesGzip: endpoint.takesGzip === true,
        })
      } else if (endpoint.method !== 'GET') body = await readJson(request)
      const told = await gates.pass({ ...asked, input: read(words, url.searchParams, body), delivered }, seen)
      return write(told, secure, connection)
    } finally {
      if (delivered) await rm(delivered.path, { force: true })
    }
  }

  function isSecure(connection: Connection): boolean {
    return connection.isSecure || publicUrl.protocol === 'https:'
  }

  function write(told: Told, secure: boolean, connection: Connection): Response {
    switch (told.kind) {
      case 'json':
        return new Response(JSON.stringify(told.body), {
          headers: [['content-type', 'application/json'], ['cache-control', 'no-store'], ...bake(told.cookies, secure)],
        })
      case 'file':
        return sendFile(told.file)
      case 'events':
        return sendEvents(told.events, told.isStillAdmitted, connection)
    }
  }

  function explain(error: unknown, connection: Connection): Response {
    if (error instanceof Refusal) {
      const problem = problemOf(error)
      const errors =
        error instanceof InvalidRequest
          ? { errors: error.flaws.map(({ path, message }) => ({ path: path.join('.'), message })) }
          : {}
      const retry = (error as { retryAfterSeconds?: number }).retryAfterSeconds
      return new Response(
        JSON.stringify({
          type: `/docs/refusals#${error.code}`,
          ...problem,
          instance: `urn:uuid:${connection.requestId}`,
          ...errors,
        }),
        {
          status: refusalKinds[error.kind],
          headers: {
            'content-type': 'application/problem+json',
            'cache-control': 'no-store',
            ...(retry === undefined ? {} : { 'retry-after': String(retry) }),
          },
        },
      )
    }
    const { name, code } = error as Error & { code?: string }
    // A stack holds places in the code, a message may hold what people typed: neither is for the client.
    log.error('defect', { request: connection.requestId, name, code, at: placeOf(error) })
    return new Response(
      JSON.stringify({
        type: 'about:blank',
        title: 'Something went wrong that should not have.',
        status: 500,
        code: 'defect',
        hint: 'Nothing that was acknowledged is lost. Tell whoever runs Vigil the number of this request.',
        instance: `urn:uuid:${connection.requestId}`,
      }),
      { status: 500, headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' } },
    )
  }
}

/** The places in our code that an error came through: they hold no words of anybody's. */
function placeOf(error: unknown): string {
  const stack = (error as Error).stack ?? ''
  return [...stack.matchAll(/\/(src\/[\w./-]+:\d+)/g)]
    .slice(0, 4)
    .map(([, place]) => place)
    .join(' < ')
}

/**
 * Whether a browser may have been made to send this by a page that is not ours. Browsers say so themselves; one that does
 * not is judged by the Origin, and what says neither is no browser.
 */
function isCrossSite(request: Request, publicUrl: URL, url: URL): boolean {
  const site = request.headers.get('sec-fetch-site')
  if (site !== null) return site !== 'same-origin' && site !== 'none'
  const origin = request.headers.get('origin')
  return origin !== null && origin !== publicUrl.origin && origin !== url.origin
}

/** Over TLS the name says that no other host and no plain connection can have set it. */
function nameOf(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name
}

function readCookies(header: string | null): Readonly<Record<string, string>> {
  const cookies: Record<string, string> = Object.create(null)
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=')
    const name = part.slice(0, at).trim()
    // The first of two with one name is the one of the longer path, which a stranger may have set: then neither counts.
    if (at > 0) cookies[name] = name in cookies ? '' : part.slice(at + 1).trim()
  }
  return cookies
}

function bake({ session, device }: Cookies, secure: boolean): [string, string][] {
  const rest = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
  const baked: [string, string][] = []
  if (session !== undefined) {
    const life = session === null ? 0 : sessionLifeSeconds
    baked.push(['set-cookie', `${nameOf('vigil', secure)}=${session ?? ''}; Max-Age=${life}; ${rest}`])
  }
  if (device !== undefined) {
    baked.push(['set-cookie', `${nameOf('vigil-device', secure)}=${device}; Max-Age=${deviceLifeSeconds}; ${rest}`])
  }
  return baked
}

function sendFile({ path, fileName, contentType }: Download): Response {
  const stream = createReadStream(path, { highWaterMark: 256 * 1024 })
  stream.once('close', () => void rm(path, { force: true }))
  const plain = fileName.replace(/[^\w.() -]/g, '_')
  return new Response(Readable.toWeb(stream) as ReadableStream, {
    headers: {
      'content-type': contentType,
      // Never shown in place: what somebody kept as evidence may be a page.
      'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(fileName)}`,
      'cache-control': 'no-store',
    },
  })
}

/** Writes events as they come. Who is not let in any more is cut off within seconds, not at the next event. */
function sendEvents(
  events: AsyncIterable<Occurrence>,
  isStillAdmitted: () => Promise<boolean>,
  connection: Connection,
): Response {
  const iterator = events[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  let timer: NodeJS.Timeout | undefined
  const end = () => {
    clearInterval(timer)
    void iterator.return?.()
  }
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(': open\n\n'))
      timer = setInterval(() => {
        void isStillAdmitted()
          .catch(() => false)
          .then((admitted) => {
            if (admitted) {
              // Keeps what stands between from taking the silence for an end.
              if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(': here\n\n'))
              return
            }
            end()
            connection.cut()
          })
      }, streamCheckMs)
      timer.unref()
    },
    async pull(controller) {
      const { value, done } = await iterator.next()
      if (done) {
        end()
        controller.close()
        return
      }
      controller.enqueue(encoder.encode(`event: ${value.event}\ndata: ${JSON.stringify(value.data)}\n\n`))
    },
    cancel: end,
  })
  return new Response(stream, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
