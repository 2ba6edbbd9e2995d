/**
 * A whole Vigil without a port: the gates and HTTP around them on a database of the test's own, members of any roles signed
 * in, and a clock that stands where the test puts it. What goes over a real connection is tested where it matters
 * (test/attacks/edge.test.ts, test/e2e).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { sql } from 'kysely'
import type { Services } from '#core/door.ts'
import { type JobRunner, openJobs } from '#core/jobs/runner.ts'
import { Ledger } from '#core/ledger/service.ts'
import { makeToken } from '#core/sign-in/model/tokens.ts'
import { type Config, readConfig } from '#platform/config.ts'
import type { Role } from '#platform/contract.ts'
import { openKeyFile } from '#platform/keys.ts'
import { createLog, type Log } from '#platform/log.ts'
import { openTestDatabase } from '#platform/testing.ts'
import type { Connection, Fetch } from '#server/edge/listen.ts'
import { endpoints } from '#server/endpoints.ts'
import { openGates } from '#server/gates.ts'
import { openHttp } from '#server/http.ts'
import { jobKinds } from '#server/jobs.ts'
import { openSpending } from '#server/serve.ts'
import { openServices } from '#server/services.ts'
import { openHost } from '#server/trail.ts'

export const publicUrl = new URL('https://vigil.example')

export interface Answer {
  readonly status: number
  /** JSON as it came; of anything else the text. */
  readonly body: unknown
  readonly headers: Headers
}

/** Somebody (or something) that asks. */
export interface Client {
  /** `null` for a body that is no JSON: hand the bytes in `raw`. */
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answer>
  readonly cookies: Map<string, string>
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly raw?: Uint8Array
  /** Where the request comes from. */
  readonly address?: string
}

export interface SignedIn extends Client {
  readonly memberId: number
  readonly identityId: number
  readonly sessionId: number
}

export interface TestServer {
  readonly services: Services
  readonly fetch: Fetch
  /** What was logged so far. */
  readonly log: readonly string[]
  /** The moment that the server believes it is. */
  now: Date
  newOrganisation(name?: string): Promise<number>
  /** A browser that nobody is signed in to. */
  browser(): Client
  /** A member with these roles, signed in with a second factor. */
  member(organisationId: number, roles: readonly Role[], options?: { name?: string; email?: string }): Promise<SignedIn>
  /** A program with a token of these scopes. */
  program(organisationId: number, scopes: readonly string[]): Promise<Client>
  /** Begins to run jobs; waits until none is queued or running any more. */
  runJobs(organisationId: number): Promise<void>
}

export async function openTestServer(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const { database, newOrganisation } = await openTestDatabase()
  const dataDirectory = mkdtempSync(join(tmpdir(), 'vigil-server-'))
  const config: Config = readConfig({ VIGIL_DATA: dataDirectory, VIGIL_RATE_LIMIT: '0', ...settings }, [])
  const keys = await openKeyFile(dataDirectory)
  const lines: string[] = []
  const log: Log = createLog('debug', (line) => lines.push(line))
  const standing = { database, keys, ledger: new Ledger(keys), config, dataDirectory }
  const trails = await openHost(standing, log)
  let jobs: JobRunner | undefined
  after(async () => {
    await jobs?.stop()
    await trails.stop()
    rmSync(dataDirectory, { recursive: true, force: true })
  })
  const services: Services = { ...(await openServices(standing, publicUrl)) }
  const server: { now: Date } = { now: new Date('2026-11-02T12:00:00Z') }
  const gates = openGates({ services, clock: () => server.now, spend: openSpending(config.server.rateLimit) })
  const fetch = openHttp({
    bounds: endpoints,
    gates,
    publicUrl,
    dataDirectory,
    uploadLimit: config.server.uploadLimit,
    log,
    others: () => undefined,
  })
  const openClient = (authorization?: string): Client => {
    const cookies = new Map<string, string>()
    return {
      cookies,
      async call(method, path, body, { headers = {}, raw, address = connection.address } = {}) {
        const sent = new Headers({
          'sec-fetch-site': 'same-origin',
          'user-agent': 'Mozilla/5.0 (X11; Linux) Firefox/145.0',
        })
        if (authorization) sent.set('authorization', authorization)
        if (cookies.size > 0) sent.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
        if (method !== 'GET') sent.set('content-type', raw ? 'application/octet-stream' : 'application/json')
        for (const [name, value] of Object.entries(headers)) sent.set(name, value)
        const content = method === 'GET' ? null : raw ? new Uint8Array(raw) : JSON.stringify(body ?? {})
        const request = new Request(new URL(`/api${path}`, publicUrl), { method, headers: sent, body: content })
        const answer = await fetch(request, { ...connection, address })
        for (const set of answer.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
          if (value === '') cookies.delete(name)
          else cookies.set(name, value)
        }
        const text = await answer.text()
        const isJson = /json/.test(answer.headers.get('content-type') ?? '')
        return { status: answer.status, body: isJson ? JSON.parse(text) : text, headers: answer.headers }
      },
    }
  }
  let people = 0
  return {
    services,
    fetch,
    log: lines,
    get now() {
      return server.now
    },
    set now(instant) {
      server.now = instant
    },
    newOrganisation,
    browser: () => openClient(),
    async member(organisationId, roles, { name, email } = {}) {
      people += 1
      const { text, hash } = makeToken('session')
      const address = email ?? `member${people}@vigil.example`
      const ids = await database.inOrganisation(organisationId, async (db) => {
        const identity = await sql<{ id: number }>`
          insert into identity (name, email, email_key, created_at)
          values (${name ?? `Member ${people}`}, ${address}, ${address}, ${server.now}) returning id`.execute(db)
        const identityId = identity.rows[0]?.id ?? 0
        const member = await sql<{ id: number }>`
          insert into member (identity_id, roles, made_by, created_at)
          values (${identityId}, ${[...roles]}::text[], 'test', ${server.now}) returning id`.execute(db)
        const session = await sql<{ id: number }>`
          insert into session (identity_id, token_hash, is_arriving, means, proved_at, browser, address, created_at,
            seen_at, expires_at)
          values (${identityId}, ${hash}, false, '{password,totp}', ${server.now}, 'Firefox on Linux', '192.0.2.1',
            ${server.now}, ${server.now}, ${new Date(server.now.getTime() + 12 * 3_600_000)}) returning id`.execute(db)
        return { identityId, memberId: member.rows[0]?.id ?? 0, sessionId: session.rows[0]?.id ?? 0 }
      })
      const client = openClient()
      client.cookies.set('__Host-vigil', text)
      return { ...client, ...ids }
    },
    async program(organisationId, scopes) {
      const { text, hash } = makeToken('token')
      await database.inOrganisation(organisationId, (db) =>
        sql`insert into api_token (name, token_hash, scopes, made_by, created_at, expires_at)
          values ('test', ${hash}, ${[...scopes]}::text[], 'test', ${server.now},
            ${new Date(server.now.getTime() + 86_400_000)})`.execute(db),
      )
      return openClient(`Bearer ${text}`)
    },
    async runJobs(organisationId) {
      if (!jobs) {
        jobs = await openJobs(database, { log, clock: () => server.now, sweepMs: 200 })
        Object.assign(services, { jobs })
        await jobs.start(jobKinds, services)
      }
      await jobs.sweep()
      const list = await database.inOrganisation(organisationId, (db) =>
        sql<{ id: number }>`select id from job where state in ('queued', 'running')`.execute(db),
      )
      for (const { id } of list.rows) for await (const _ of jobs.watch(organisationId, id));
    },
  }
}

const connection: Connection = {
  address: '192.0.2.1',
  isSecure: true,
  requestId: '00000000-0000-4000-8000-000000000000',
  tell: () => undefined,
  cut: () => undefined,
}
