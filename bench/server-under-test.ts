/**
 * All that the measurements of the server know of it: how it is started and stopped, how a program's token is made, which
 * addresses are asked for, and how files are handed in.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openAsBlob, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { z } from 'zod'
import { hashToken, makeToken } from '#core/sign-in/model/tokens.ts'
import type { Role } from '#platform/contract.ts'
import { openDatabase } from '#platform/database.ts'
import { startPostgres } from '#platform/postgres.ts'
import { answerKeyName } from '#sample/index.ts'
import { openBenchInstallation } from './system.ts'

const program = join(import.meta.dirname, '..', 'bin', 'vigil.js')
const bareServer = join(import.meta.dirname, 'bare-server.ts')

export const paths = {
  ready: '/readyz',
  posture: '/api/posture',
  findings: '/api/findings?limit=50',
  /** What bare-server.ts answers too. */
  small: '/api/organisation',
} as const

const scopes = ['organisation:read', 'posture:read', 'findings:read', 'deliveries:change', 'jobs:read']

/** Settings of the measured process: the limits by principal must not be what is measured. */
const settings = { VIGIL_LOG: 'error', VIGIL_RATE_LIMIT: '0' }

export interface Running {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

/** Starts Vigil on a data directory, and gives it back once it says that it is ready. */
export async function startServer(directory: string): Promise<Running> {
  const port = await findFreePort()
  const child = spawnNode([program, 'serve', '--host', '127.0.0.1', '--port', String(port)], {
    ...settings,
    VIGIL_DATA: directory,
  })
  const running = runningOf(child, `http://127.0.0.1:${port}`)
  const deadline = Date.now() + 60_000
  for (;;) {
    const answer = await fetch(`${running.url}${paths.ready}`).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok) return running
    if (child.exitCode !== null || Date.now() > deadline) {
      await running.stop()
      throw new Error(`vigil serve did not become ready (${child.exitCode ?? 'no answer within a minute'})`)
    }
    await wait(50)
  }
}

/** Starts the peer on the database of a data directory, in which Vigil or somebody else keeps PostgreSQL running. */
export async function startBareServer(directory: string): Promise<Running> {
  const child = spawnNode([bareServer], { BENCH_DATABASE: JSON.stringify(await findConnection(directory)) })
  if (!child.stdout) throw new Error('the bare server has no output')
  const lines = createInterface({ input: child.stdout })
  const [url] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => {
      throw new Error('the bare server ended')
    }),
  ])
  return runningOf(child, String(url))
}

/** Makes an organisation in a new data directory, or finds the one there, and a token for the load. */
export async function makeBenchToken(directory: string): Promise<string> {
  const installation = await openBenchInstallation(directory)
  try {
    const { text, hash } = makeToken('token')
    await installation.database.asOwner((client) =>
      client.query(
        `insert into api_token (organisation_id, name, token_hash, scopes, made_by, created_at, expires_at)
         values ($1, 'Measuring', $2, $3, $4, now(), now() + interval '1 day')`,
        [installation.organisationId, hash, scopes, installation.actor],
      ),
    )
    return text
  } finally {
    await installation.close()
  }
}

/** A member of one role who has signed in, and what their cookie holds. */
export async function makeSession(directory: string, role: Role): Promise<string> {
  const { database, organisationId, close } = await openBenchInstallation(directory)
  try {
    const { text } = makeToken('session')
    await database.asOwner(async (client) => {
      const { rows } = await client.query<{ id: number }>(
        `insert into identity (name, email, email_key, created_at)
         values ('Measuring', 'measuring@vigil.example', 'measuring@vigil.example', now()) returning id`,
      )
      const identity = rows[0]?.id
      await client.query(
        `insert into identity_passkey (identity_id, credential_id, public_key, counter, transports, aaguid, backed_up,
           name, created_at) values ($1, 'measuring', '', 0, '{}', '', true, 'Key', now())`,
        [identity],
      )
      await client.query(
        `insert into member (organisation_id, identity_id, roles, made_by, created_at)
         values ($1, $2, array[$3], 'bench', now())`,
        [organisationId, identity, role],
      )
      await client.query(
        `insert into session (identity_id, token_hash, is_arriving, means, proved_at, browser, address, created_at,
           seen_at, expires_at)
         values ($1, $2, false, '{password,totp}', now(), 'Chromium', '127.0.0.1', now(), now(), now() + interval '12 hours')`,
        [identity, hashToken(text, 'session')],
      )
    })
    return text
  } finally {
    await close()
  }
}

/** Hands all files of a folder in as one delivery, has it imported, and waits until it is judged. */
export async function deliver(server: Running, token: string, exports: string): Promise<void> {
  const call = async <T>(schema: z.ZodType<T>, method: string, path: string, body?: BodyInit): Promise<T> => {
    const answer = await fetch(`${server.url}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined
          ? {}
          : { 'content-type': typeof body === 'string' ? 'application/json' : 'application/octet-stream' }),
      },
      ...(body === undefined ? {} : { body }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return schema.parse(await answer.json())
  }
  const { id: deliveryId } = await call(z.object({ id: z.string() }), 'POST', '/deliveries', '{}')
  for (const name of (await readdir(exports)).filter((each) => each !== answerKeyName)) {
    const query = new URLSearchParams({ name })
    await call(z.unknown(), 'PUT', `/deliveries/${deliveryId}/files?${query}`, await openAsBlob(join(exports, name)))
  }
  const { jobId } = await call(z.object({ jobId: z.int() }), 'POST', `/deliveries/${deliveryId}/import`, '{}')
  for (;;) {
    const { state } = await call(z.object({ state: z.string() }), 'GET', `/jobs/${jobId}`)
    if (state === 'done') return
    if (state === 'failed') throw new Error('the import failed')
    await wait(100)
  }
}

/** Resident memory of a process, in megabytes; undefined where only another system's tools could say. */
export function residentMegabytes(pid: number): number | undefined {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1_024
  } catch {
    return undefined
  }
}

/** How the application's role signs in to the PostgreSQL that runs in a data directory. */
async function findConnection(directory: string): Promise<pg.ClientConfig> {
  // It runs already, and is whoever's who started it: found, never closed here.
  const { address } = await startPostgres({ directory: join(directory, 'postgres') })
  const database = await openDatabase(address)
  try {
    return database.appConnection()
  } finally {
    await database.close()
  }
}

function spawnNode(words: readonly string[], own: Readonly<Record<string, string>>): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VIGIL_|DATABASE_URL$|NODE_OPTIONS$)/.test(name))
  return spawn(process.execPath, [...words], {
    env: { ...Object.fromEntries(inherited), ...own },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

function runningOf(child: ChildProcess, url: string): Running {
  // What nobody reads must not fill a pipe.
  child.stdout?.resume()
  const ended = once(child, 'exit')
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const patience = new AbortController()
      const late = wait(30_000, undefined, { signal: patience.signal }).then(
        () => child.kill('SIGKILL'),
        () => undefined,
      )
      await ended
      patience.abort()
      await late
    },
  }
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
