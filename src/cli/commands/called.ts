/** What `vigil call` does; imported when it is called, as it needs all of the server. */
import { createReadStream, createWriteStream, readFileSync } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Bound, Delivered } from '#core/door.ts'
import { type Endpoint, roles, wordsOf } from '#platform/contract.ts'
import { refusals } from '#platform/refusal.ts'
import { spool } from '#server/edge/body.ts'
import { endpoints } from '#server/endpoints.ts'
import { openGates } from '#server/gates.ts'
import { InvalidRequest } from '#server/refusals.ts'
import { openServices } from '#server/services.ts'
import { openReader } from '#server/wire.ts'
import { exitCodes, type Program } from '../program.ts'
import { withInstallation } from './opened.ts'
import { whileWriting } from './written.ts'

const refuse = refusals('call', {
  unknown: ['missing', 'There is no endpoint {name}.', 'vigil call lists all of them'],
  'not-a-pair': ['invalid', '{word} is no name=value.', 'write name=value, or the whole input with --input JSON'],
  'bad-input': ['invalid', 'The input is not JSON.', 'write an object, {} at the least'],
  'no-file': ['missing', 'This takes a file.', 'name it with --file'],
  'no-out': ['invalid', 'This gives a file.', 'say where to write it with --out'],
  'not-answered': ['unavailable', 'The server does not answer: {reason}.', 'check the address'],
})

export interface CallOptions {
  readonly input?: string
  readonly file?: string
  readonly out?: string
  readonly organisation?: string
  readonly server?: string
  readonly tokenFile?: string
}

export async function call(
  program: Program,
  name: string,
  words: readonly string[],
  options: CallOptions,
): Promise<void> {
  const bound = endpoints.find(({ endpoint }) => endpoint.name === name)
  if (!bound) throw refuse('unknown', { name })
  if (bound.endpoint.carriage === 'upload' && options.file === undefined) throw refuse('no-file')
  if (bound.endpoint.carriage === 'download' && options.out === undefined) throw refuse('no-out')
  const input = readInput(bound.endpoint, words, options)
  if (options.server === undefined) await callHere(program, bound, input, options)
  else await callThere(program, bound.endpoint, input, options, options.server)
}

export function listEndpoints({ screen }: Program): void {
  const width = Math.max(...endpoints.map(({ endpoint }) => endpoint.name.length))
  for (const { endpoint } of endpoints) {
    const who =
      typeof endpoint.roles === 'string' ? endpoint.roles : endpoint.roles.map((role) => roles[role]).join(', ')
    screen.out(`${endpoint.name.padEnd(width)}  ${endpoint.summary}`)
    screen.out(screen.style('dim', `${' '.repeat(width)}  ${endpoint.method} /api${endpoint.path} · ${who}`))
  }
}

function readInput(
  endpoint: Endpoint,
  words: readonly string[],
  { input }: CallOptions,
): Readonly<Record<string, unknown>> {
  if (input !== undefined) return parseInput(input)
  const query = new URLSearchParams()
  for (const word of words) {
    const at = word.indexOf('=')
    if (at < 1) throw refuse('not-a-pair', { word })
    query.append(word.slice(0, at), word.slice(at + 1))
  }
  // Read as a query is, whatever the method: the schema says what is a number and what a list.
  return openReader({ ...endpoint, method: 'GET', path: '/' })({}, query, undefined)
}

function parseInput(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed }
  } catch (cause) {
    throw refuse('bad-input', {}, { cause })
  }
  throw refuse('bad-input')
}

async function callHere(program: Program, bound: Bound, input: unknown, options: CallOptions): Promise<void> {
  await withInstallation(program, async (installation) => {
    const { config } = installation
    const publicUrl = new URL(config.server.publicUrl ?? `http://localhost:${config.server.port}`)
    const services = await openServices(installation, publicUrl)
    const gates = openGates({ services, clock: () => new Date(), spend: () => undefined })
    let delivered: Delivered | undefined
    try {
      if (options.file !== undefined) delivered = await deliver(options.file, installation.dataDirectory)
      const told = await gates
        .pass({
          bound,
          input,
          credentials: { operator: installation.actor.replace(/^operator:/, '') },
          organisation: Number(options.organisation ?? installation.organisationId),
          idempotencyKey: undefined,
          delivered,
          from: { address: '', userAgent: '', device: undefined },
          isCrossSite: false,
        })
        .catch((error: unknown) => {
          if (error instanceof InvalidRequest)
            sayFlaws(
              program,
              error.flaws.map((flaw) => ({ ...flaw, path: flaw.path.join('.') })),
            )
          throw error
        })
      if (told.kind === 'json') program.screen.out(JSON.stringify(told.body, undefined, 2))
      if (told.kind === 'file') {
        await whileWriting(options.out ?? '', () =>
          pipeline(createReadStream(told.file.path), createWriteStream(options.out ?? '', { mode: 0o600 })),
        ).finally(() => rm(told.file.path, { force: true }))
      }
      if (told.kind === 'events') {
        for await (const { event, data } of told.events) program.screen.out(JSON.stringify({ event, data }))
      }
    } finally {
      if (delivered) await rm(delivered.path, { force: true })
    }
  })
}

/** Takes a file in as the server takes a body in. */
async function deliver(file: string, dataDirectory: string): Promise<Delivered> {
  const { size } = await stat(file).catch((cause) => {
    throw refuse('no-file', {}, { cause })
  })
  const directory = join(dataDirectory, 'spool')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const body = Readable.toWeb(createReadStream(file)) as ReadableStream
  const init = { method: 'POST', body, duplex: 'half' }
  return spool(new Request('http://localhost/', init), { directory, limit: size })
}

async function callThere(
  program: Program,
  endpoint: Endpoint,
  input: Readonly<Record<string, unknown>>,
  options: CallOptions,
  server: string,
): Promise<void> {
  const inPath = new Set(wordsOf(endpoint.path))
  const rest = Object.entries(input).filter(([name]) => !inPath.has(name))
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(input[name])))
  const url = new URL(`/api${path}`, server)
  const isByQuery = endpoint.method === 'GET' || endpoint.carriage === 'upload'
  if (isByQuery)
    for (const [name, value] of rest) for (const one of [value].flat()) url.searchParams.append(name, String(one))
  const token = (
    options.tokenFile === undefined ? process.env['VIGIL_TOKEN'] : readFileSync(options.tokenFile, 'utf8')
  )?.trim()
  const isUpload = endpoint.carriage === 'upload'
  const init = {
    method: endpoint.method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(options.organisation === undefined ? {} : { 'vigil-organisation': options.organisation }),
      ...(endpoint.method === 'GET'
        ? {}
        : { 'content-type': isUpload ? 'application/octet-stream' : 'application/json' }),
    },
    ...(isUpload
      ? { body: Readable.toWeb(createReadStream(options.file ?? '')) as ReadableStream, duplex: 'half' }
      : isByQuery
        ? {}
        : { body: JSON.stringify(Object.fromEntries(rest)) }),
  }
  const answer = await fetch(url, init).catch((cause: Error & { cause?: { code?: string } }) => {
    throw refuse('not-answered', { reason: cause.cause?.code ?? cause.message }, { cause })
  })
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as {
      title?: string
      hint?: string
      errors?: { path: string; message: string }[]
    }
    sayFlaws(program, problem.errors ?? [])
    program.say(problem.title ?? `the server answered ${answer.status}`)
    if (problem.hint !== undefined) program.errors.write(`hint: ${problem.hint}\n`)
    program.endWith(exitCodes.refused)
    return
  }
  if (endpoint.carriage === 'download') {
    const out = options.out ?? ''
    await whileWriting(out, () =>
      pipeline(Readable.fromWeb(answer.body as never), createWriteStream(out, { mode: 0o600 })),
    )
    return
  }
  if (endpoint.carriage === 'events') {
    for await (const chunk of answer.body ?? []) program.screen.out(Buffer.from(chunk).toString().trimEnd())
    return
  }
  program.screen.out(JSON.stringify(await answer.json(), undefined, 2))
}

function sayFlaws(program: Program, flaws: readonly { readonly path: string; readonly message: string }[]): void {
  for (const { path, message } of flaws) program.say(`${path || 'the input'}: ${message}`)
}
