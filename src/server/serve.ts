/**
 * The server: opened from the settings, and closed in the order in which nothing is lost. Several may serve one database
 * and one data directory: sessions are shared, jobs run once.
 */
import { join } from 'node:path'
import type { Principal } from '#core/door.ts'
import { openJobs } from '#core/jobs/runner.ts'
import { type Courier, startCourier } from '#core/webhooks/courier.ts'
import type { Log } from '#platform/log.ts'
import { refusals } from '#platform/refusal.ts'
import { type Follower, startCaseFollower } from '#practices/index.ts'
import type { Child } from './child.ts'
import { answerHealth, watchReadiness } from './edge/health.ts'
import { type Edge, listen } from './edge/listen.ts'
import { contentType, createMetrics, measureProcess, measureRequests } from './edge/metrics.ts'
import { limitRate, prefixOf } from './edge/rate.ts'
import { logRequests } from './edge/request-log.ts'
import { openWebApp } from './edge/static.ts'
import { endpoints } from './endpoints.ts'
import { actorOf, openGates } from './gates.ts'
import { openHttp } from './http.ts'
import type { Installation } from './installation.ts'
import { clearFolder, jobKinds, setAllTimes } from './jobs.ts'
import { describeInterface } from './openapi.ts'
import { openServices } from './services.ts'
import { makeSetUpLink } from './set-up.ts'
import { openHost, startTrail } from './trail.ts'
import { startWorker } from './worker.ts'

const refuse = refusals('rate', {
  'too-fast': ['busy', 'Too many requests in a short time; wait {seconds} seconds.', 'ask less often'],
})

export interface Server {
  /** Where people reach it. */
  readonly publicUrl: URL
  readonly edge: Edge
  /** The link that finishes the set-up; undefined when that is done. */
  readonly setUpLink: string | undefined
  /** Takes no more requests, finishes those that it has and the jobs that can give up, and closes. */
  stop(): Promise<void>
}

export interface ServeOptions {
  readonly log: Log
  readonly webFolder: string
  readonly version: string
  /** Whether jobs run in a process of their own, started with the settings of this one, or in this one. */
  readonly worker: 'process' | 'inside'
  readonly clock?: () => Date
}

const graceMs = 10_000
const dayMs = 24 * 60 * 60_000
/** How much more than a second's share may be asked for at once. */
const burstSeconds = 10
const rateKeys = 50_000

export async function serve(installation: Installation, options: ServeOptions): Promise<Server> {
  const { log, clock = () => new Date() } = options
  const { config, database, dataDirectory } = installation
  const { server } = config
  const metrics = createMetrics()
  const measured = server.metrics ? measureProcess(metrics, () => database.pool) : undefined
  const count = measureRequests(metrics)
  const note = logRequests(log)
  const jobs = await openJobs(database, {
    log,
    clock,
    onDefect: (error, job) => {
      const { name, code } = error as Error & { code?: string }
      log.error('job-defect', { job: job.id, kind: job.kind, name, code })
    },
  })
  let edge: Edge | undefined
  let worker: Child | undefined
  let trail: Child | undefined
  let courier: Courier | undefined
  let cases: Follower | undefined
  try {
    const web = await openWebApp(options.webFolder)
    const ready = watchReadiness([
      {
        name: 'database',
        isWell: async () => {
          await database.ask('ready', 'select 1', [])
          return true
        },
      },
    ])
    // The port may be one that the system chooses: what is made of the address is made once it is known.
    let handle: ReturnType<typeof openHttp> | undefined
    edge = await listen((request, connection) => handle?.(request, connection) ?? notYet(), {
      host: server.host,
      port: server.port,
      tls: server.tls,
      trustProxy: server.trustProxy,
      ...(server.publicUrl === undefined ? {} : { publicUrl: server.publicUrl }),
      openPaths: ['/healthz', '/readyz'],
      log,
      onExchange: (exchange) => {
        note(exchange)
        count(exchange)
      },
    })
    const publicUrl = new URL(server.publicUrl ?? byName(edge.url))
    const services = { ...(await openServices(installation, publicUrl)), jobs }
    // Read now, so that the first who sets a password does not wait for it.
    await services.breached.readCommon()
    if ((await services.breached.checkFile()).state === 'not-checked') log.warn('breached-passwords-not-checked')
    const gates = openGates({ services, clock, spend: openSpending(server.rateLimit) })
    const description = JSON.stringify(describeInterface(endpoints, options.version, publicUrl.origin))
    handle = openHttp({
      bounds: endpoints,
      gates,
      publicUrl,
      dataDirectory,
      uploadLimit: server.uploadLimit,
      log,
      others(request, url) {
        const isRead = request.method === 'GET' || request.method === 'HEAD'
        if (isRead && url.pathname === '/healthz') return answerHealth()
        if (isRead && url.pathname === '/readyz') return ready()
        if (isRead && url.pathname === '/api/openapi.json') {
          return new Response(description, { headers: { 'content-type': 'application/json' } })
        }
        if (isRead && url.pathname === '/metrics' && server.metrics) {
          return new Response(metrics.write(), { headers: { 'content-type': contentType } })
        }
        return web.answer(request)
      },
    })
    await clearFolder(join(dataDirectory, 'spool'), dayMs, clock())
    await setAllTimes(database, clock())
    if (options.worker === 'process') {
      worker = startWorker(publicUrl, log)
      trail = startTrail(log)
    } else {
      trail = await openHost(installation, log)
      await jobs.start(jobKinds, services)
      courier = startCourier(services, log, clock)
      cases = startCaseFollower(services, log, clock)
    }
    const setUpLink = await makeSetUpLink(database, publicUrl, clock())
    const opened = edge
    return {
      publicUrl,
      edge,
      setUpLink,
      async stop() {
        await opened.stop(graceMs)
        await worker?.stop()
        await cases?.stop()
        await courier?.stop()
        await jobs.stop()
        // Last: a job may still be reading it.
        await trail?.stop()
        measured?.stop()
      },
    }
  } catch (error) {
    await edge?.stop(0)
    await worker?.stop()
    await cases?.stop()
    await courier?.stop()
    await jobs.stop()
    await trail?.stop()
    measured?.stop()
    throw error
  }
}

/** Who comes while Vigil starts is told to come again. */
function notYet(): Response {
  return new Response('{"title":"Vigil is starting.","status":503,"code":"not-ready"}', {
    status: 503,
    headers: { 'content-type': 'application/problem+json', 'retry-after': '1' },
  })
}

/** Passkeys belong to a name, never to a bare address: on this machine that is `localhost`. */
function byName(url: string): string {
  const named = new URL(url)
  if (named.hostname === '127.0.0.1' || named.hostname === '[::1]') named.hostname = 'localhost'
  return named.href
}

/** What one principal, or for strangers one network, may ask in a time. */
export function openSpending(perSecond: number): (principal: Principal, address: string) => void {
  if (perSecond === 0) return () => undefined
  const clock = () => performance.now()
  const limit = limitRate({ burst: perSecond * burstSeconds, perSecond, keys: rateKeys, clock })
  return (principal, address) => {
    if (principal.kind === 'operator') return
    const key = principal.kind === 'nobody' ? prefixOf(address) : actorOf(principal)
    const { allowed, retryAfterSeconds } = limit.take(key)
    if (!allowed) {
      const refused = refuse('too-fast', { seconds: retryAfterSeconds })
      throw Object.assign(refused, { retryAfterSeconds })
    }
  }
}
