/**
 * The process that holds the trails of an installation: it alone reads and writes their directories, and answers over a
 * socket that only its owner may open. A trail is opened when it is first asked for.
 */

import { once } from 'node:events'
import { chmod, mkdir, readdir, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { Refusal, refusals } from '#platform/refusal.ts'
import type { OpenTrail } from './engine.ts'
import type { Trail } from './trail.ts'
import { type Asked, type Call, calls, maxHeaderBytes, socketOf } from './wire.ts'

const refuse = refusals('trail-call', {
  unknown: ['missing', 'The access trail has no such call.'],
  malformed: [
    'invalid',
    'The access trail was asked in a way that it does not understand.',
    'update Vigil on both sides',
  ],
  held: [
    'conflict',
    'The access trail of this data directory is held by another process.',
    'end the other vigil serve, or let it do the work',
  ],
})

export interface HostOptions {
  readonly dataDirectory: string
  open(organisationId: number): Promise<OpenTrail>
  /** Told of what failed for no expected reason; never of what was asked. */
  readonly onDefect: (error: unknown, call: string) => void
}

export interface Host {
  /** The trail of an organisation, in this process. */
  of(organisationId: number): Promise<OpenTrail>
  stop(): Promise<void>
}

/** How many accesses one line of an answer has. */
const piece = 200

export async function hostTrails(options: HostOptions): Promise<Host> {
  const path = socketOf(options.dataDirectory)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // One that was there may have been open to others.
  await chmod(dirname(path), 0o700)
  const open = new Map<number, Promise<OpenTrail>>()
  let isStopping = false

  function of(organisationId: number): Promise<OpenTrail> {
    let trail = open.get(organisationId)
    if (!trail) {
      trail = options.open(organisationId)
      open.set(organisationId, trail)
      // One that could not be opened is tried again when it is next asked for.
      trail.catch(() => open.delete(organisationId))
    }
    return trail
  }

  /** One that could not be made anew is opened again when it is next asked for. */
  async function dropBroken(organisationId: number): Promise<void> {
    const trail = await open.get(organisationId)?.catch(() => undefined)
    if (!trail?.isBroken) return
    open.delete(organisationId)
    await trail.close().catch(() => undefined)
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, organisation = '', name = ''] = (request.url ?? '').split('/')
    const over = new AbortController()
    response.once('close', () => over.abort())
    const write = async (line: object) => {
      // A caller who has gone away takes no more: whoever writes then is ended, instead of waiting for ever.
      if (!response.write(`${JSON.stringify(line)}\n`)) await once(response, 'drain', { signal: over.signal })
    }
    try {
      if (isStopping) throw refuse('unknown')
      if (!Object.hasOwn(calls, name) || !/^\d+$/.test(organisation)) throw refuse('unknown')
      const call = name as Call
      const asked = readAsked(call, request)
      const done = await perform(await of(Number(organisation)), call, asked, request, write, over.signal)
      response.end(`${JSON.stringify({ done: done ?? null })}\n`)
    } catch (error) {
      await dropBroken(Number(organisation))
      if (over.signal.aborted) return
      if (error instanceof Refusal) {
        const { kind, code, message, hint } = error
        response.end(`${JSON.stringify({ refused: { kind, code, message, hint } })}\n`)
      } else {
        options.onDefect(error, name)
        response.end(`${JSON.stringify({ failed: true })}\n`)
      }
    }
  }

  const server = createServer({ maxHeaderSize: maxHeaderBytes, requestTimeout: 0 }, (request, response) => {
    void answer(request, response)
  })
  await listenAlone(server, path)
  await chmod(path, 0o600)

  return {
    of,
    async stop() {
      isStopping = true
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      // Calls that wait for changes would wait for ever.
      const late = setTimeout(() => server.closeAllConnections(), 2_000)
      await closed
      clearTimeout(late)
      for (const trail of open.values()) await trail.then((opened) => opened.close()).catch(() => undefined)
      await rm(path, { force: true })
    },
  }
}

/** Organisations that have a trail on the disk: it is opened at start, so that its feeds are listened to. */
export async function listTrails(dataDirectory: string): Promise<readonly number[]> {
  const names = await readdir(join(dataDirectory, 'trail')).catch(() => [])
  return names.filter((name) => /^\d+$/.test(name)).map(Number)
}

function readAsked(call: Call, request: IncomingMessage): unknown {
  try {
    return calls[call].parse(JSON.parse(decodeURIComponent(String(request.headers['x-trail'] ?? '%7B%7D'))))
  } catch (error) {
    throw refuse('malformed', {}, { cause: error })
  }
}

async function perform(
  trail: Trail,
  call: Call,
  asked: unknown,
  body: AsyncIterable<Uint8Array>,
  write: (line: object) => Promise<void>,
  signal: AbortSignal,
): Promise<unknown> {
  let isTelling = false
  /** Progress is left out while the caller has not read the last one. */
  const tell = (so: unknown) => {
    if (isTelling) return
    isTelling = true
    const told = () => {
      isTelling = false
    }
    void write({ so }).then(told, told)
  }
  const progress = (done: number, total: number) => tell({ done, total })
  switch (call) {
    case 'import':
      return trail.import(body, asked as Asked<'import'>, tell)
    case 'who': {
      const { proof, ...question } = asked as Asked<'who'>
      const found = await trail.who(question)
      if (proof) return found.proof(proof === 'opened')
      const { size, readable, destroyedMonths, total, summary } = found
      await write({ so: { size, readable, destroyedMonths, total, summary } })
      let lines: unknown[] = []
      for await (const access of found.accesses) {
        if (signal.aborted) return null
        if (lines.push(access) < piece) continue
        await write({ so: lines })
        lines = []
      }
      if (lines.length > 0) await write({ so: lines })
      return null
    }
    case 'stories': {
      const { since, limit } = asked as Asked<'stories'>
      return trail.stories(since, limit)
    }
    case 'changed':
      return trail.changed((asked as Asked<'changed'>).since, signal)
    case 'pattern': {
      const { login, from, to } = asked as Asked<'pattern'>
      return trail.pattern(login, from, to)
    }
    case 'feedback':
      return trail.setFeedback((asked as Asked<'feedback'>).counts)
    case 'parameters':
      return trail.setParameters((asked as Asked<'parameters'>).chosen)
    case 'expect':
      return trail.expect((asked as Asked<'expect'>).statements)
    case 'judge':
      return trail.judge()
    case 'sources':
      return trail.sources()
    case 'state':
      return trail.state()
    case 'hold': {
      const { month, isHeld } = asked as Asked<'hold'>
      return trail.hold(month, isHeld)
    }
    case 'destroy':
      return trail.destroy((asked as Asked<'destroy'>).month)
    case 'compact':
      return trail.compact()
    case 'rebuild':
      return trail.rebuild(progress)
    case 'verify':
      return trail.verify(progress)
  }
}

/** Listens where no other process does; a socket that a dead one left behind is taken over. */
async function listenAlone(server: Server, path: string): Promise<void> {
  if (await isAnswered(path)) throw refuse('held')
  await rm(path, { force: true })
  server.listen(path)
  await once(server, 'listening')
}

async function isAnswered(path: string): Promise<boolean> {
  const probe = connect(path)
  try {
    await once(probe, 'connect')
    return true
  } catch {
    return false
  } finally {
    probe.destroy()
  }
}

/** Whether a process holds the trails of this data directory and answers. */
export const isHosted = (dataDirectory: string) => isAnswered(socketOf(dataDirectory))
