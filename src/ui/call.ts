/**
 * Calls of the server, typed by their contract: `await call(list, { severity: 'high' })`. The rules:
 *  - Words of the input that stand in braces in the path go there; the rest is the query of a read or of an upload, or
 *    the JSON body of what is no GET (a search is a read that is sent as a POST: its words belong in no address).
 *  - Whatever goes wrong is thrown as a `Problem`, also when the server cannot be reached.
 *  - Every change carries an idempotency key: sending it again after a lost answer does nothing twice.
 *  - Who is not signed in, or not far enough, is shown the way by the shell (`whenTurnedAway`); the problem is thrown too.
 */
import type { Endpoint, WireInputOf, WireOutputOf } from '#platform/contract.ts'
import { t } from './t.ts'

/** What a caller knows of an endpoint: all that is bundled of a contract. */
export type Callable = Pick<Endpoint, 'name' | 'method' | 'path' | 'effect' | 'roles' | 'carriage'>

export interface FieldError {
  readonly path: string
  readonly message: string
}

/** What the server answers when it says no (RFC 9457), or what stands for it when there is no answer. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string | undefined
  /** What is wrong with which field of the input. */
  readonly errors: readonly FieldError[]
  /** The number of the request, for a look into the log. */
  readonly instance: string | undefined

  constructor(said: {
    readonly status: number
    readonly code: string
    readonly message: string
    readonly hint?: string | undefined
    readonly errors?: readonly FieldError[] | undefined
    readonly instance?: string | undefined
  }) {
    super(said.message)
    this.name = 'Problem'
    this.status = said.status
    this.code = said.code
    this.hint = said.hint
    this.errors = said.errors ?? []
    this.instance = said.instance
  }

  /** Whether nobody knows if it was done: what Vigil itself says, with a code of its own, is an answer. */
  get isLost(): boolean {
    return this.status === 0 || (this.status >= 502 && /^(http-|not-ready$|request-too-many$)/.test(this.code))
  }

  /** Whether it may go away by itself, so that trying again makes sense. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502
  }
}

/** Makes a problem of whatever was thrown. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  return new Problem({
    status: -1,
    code: 'page-failed',
    message: t('Something went wrong in this page.'),
    hint: t('Load the page again. If it happens again, tell whoever runs Vigil.'),
  })
}

export type TurnedAway = 'not-signed-in' | 'second-factor-needed'
let turnAway: (why: TurnedAway) => void = () => {}

/** The shell says what happens when the server asks for a sign-in or for the second factor. */
export function whenTurnedAway(handler: (why: TurnedAway) => void): void {
  turnAway = handler
}

const organisationKey = 'vigil-organisation'

/** The organisation that this tab works for, among those of the person; undefined leaves it to the server. */
export function chosenOrganisation(): string | undefined {
  return globalThis.sessionStorage?.getItem(organisationKey) ?? undefined
}

export function workFor(id: number | undefined): void {
  if (id === undefined) sessionStorage.removeItem(organisationKey)
  else sessionStorage.setItem(organisationKey, String(id))
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** Of a change: given where the same change may be sent again; made afresh otherwise. */
  readonly idempotencyKey?: string | undefined
}

/** A key for one change (a UUID); browsers have `randomUUID` only over a safe connection. */
export function makeKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Calls an endpoint and gives its output as it stands on the wire (instants and days are texts). */
export async function call<E extends Endpoint>(
  endpoint: E,
  input: WireInputOf<E>,
  options: CallOptions = {},
): Promise<WireOutputOf<E>> {
  const { url, rest } = addressOf(endpoint, input)
  const hasBody = endpoint.method !== 'GET'
  const headers = commonHeaders()
  headers.set('accept', 'application/json')
  if (hasBody) headers.set('content-type', 'application/json')
  if (endpoint.effect === 'change') headers.set('idempotency-key', options.idempotencyKey ?? makeKey())
  const answer = await send(hasBody ? url : url + queryOf(rest), {
    method: endpoint.method,
    headers,
    ...(hasBody ? { body: JSON.stringify(rest) } : {}),
    signal: options.signal ?? null,
  })
  return (answer.status === 204 ? {} : await answer.json()) as WireOutputOf<E>
}

/** Sends one file to an endpoint that takes bytes; `onProgress` gets the share that is sent, 0 to 1. */
export function upload<E extends Endpoint>(
  endpoint: E,
  input: WireInputOf<E>,
  file: Blob,
  options: CallOptions & { readonly onProgress?: (share: number) => void } = {},
): Promise<WireOutputOf<E>> {
  const { url, rest } = addressOf(endpoint, input)
  // Only XMLHttpRequest tells how much of a body is sent.
  const request = new XMLHttpRequest()
  const { promise, resolve, reject } = Promise.withResolvers<WireOutputOf<E>>()
  request.open(endpoint.method, url + queryOf(rest))
  for (const [name, value] of commonHeaders()) request.setRequestHeader(name, value)
  request.setRequestHeader('accept', 'application/json')
  request.setRequestHeader('content-type', 'application/octet-stream')
  request.setRequestHeader('idempotency-key', options.idempotencyKey ?? makeKey())
  request.upload.addEventListener('progress', ({ loaded, total }) =>
    options.onProgress?.(total > 0 ? loaded / total : 0),
  )
  request.addEventListener('load', () => {
    if (request.status >= 200 && request.status < 300) resolve(parse(request.responseText) as WireOutputOf<E>)
    else reject(refuse(request.status, parse(request.responseText)))
  })
  request.addEventListener('error', () => reject(unreachable()))
  request.addEventListener('abort', () => reject(new DOMException('The upload was stopped.', 'AbortError')))
  options.signal?.addEventListener('abort', () => request.abort(), { once: true })
  request.send(file)
  return promise
}

/** Fetches a file from an endpoint and hands it to the browser to keep. */
export async function download<E extends Endpoint>(
  endpoint: E,
  input: WireInputOf<E>,
  options: CallOptions = {},
): Promise<void> {
  const { url, rest } = addressOf(endpoint, input)
  const isChange = endpoint.method !== 'GET'
  const headers = commonHeaders()
  if (isChange) {
    headers.set('content-type', 'application/json')
    headers.set('idempotency-key', options.idempotencyKey ?? makeKey())
  }
  const answer = await send(isChange ? url : url + queryOf(rest), {
    method: endpoint.method,
    headers,
    ...(isChange ? { body: JSON.stringify(rest) } : {}),
    signal: options.signal ?? null,
  })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await answer.blob())
  link.download = fileNameOf(answer.headers.get('content-disposition')) ?? 'vigil'
  link.click()
  // The browser needs the address until it has begun to save.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

export interface ServerEvent<T> {
  readonly event: string
  readonly data: T
}

/**
 * Listens to an endpoint's events until the signal ends it, `onEvent` answers `stop`, or the server answers 204. A lost
 * connection is taken up again, later and later up to half a minute. A refusal is thrown.
 */
export async function watch<E extends Endpoint>(
  endpoint: E,
  input: WireInputOf<E>,
  onEvent: (event: ServerEvent<WireOutputOf<E>>) => 'stop' | undefined,
  options: { readonly signal: AbortSignal; readonly firstPause?: number },
): Promise<void> {
  const { url, rest } = addressOf(endpoint, input)
  const firstPause = options.firstPause ?? 1_000
  let pause = firstPause
  let lastId: string | undefined
  while (!options.signal.aborted) {
    try {
      const headers = commonHeaders()
      headers.set('accept', 'text/event-stream')
      if (lastId !== undefined) headers.set('last-event-id', lastId)
      const answer = await send(url + queryOf(rest), { headers, signal: options.signal, cache: 'no-store' })
      if (answer.status === 204 || answer.body === null) return
      for await (const { event, data, id } of readEvents(answer.body)) {
        pause = firstPause
        lastId = id ?? lastId
        if (onEvent({ event, data: JSON.parse(data) as WireOutputOf<E> }) === 'stop') return
      }
    } catch (thrown) {
      if (options.signal.aborted) return
      if (thrown instanceof Problem && !thrown.isPassing) throw thrown
      if (!(thrown instanceof Problem) && !(thrown instanceof TypeError)) throw thrown
    }
    // A little chance, so that all the browsers of a house do not come back in the same moment.
    await passTime(pause * (0.75 + Math.random() / 2), options.signal)
    pause = Math.min(pause * 2, 30_000)
  }
}

/** Reads the events of a stream in the format of server-sent events. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ readonly event: string; readonly data: string; readonly id: string | undefined }> {
  let text = ''
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += decoder.decode(part.value, { stream: true })
      // A carriage return at the very end may be half of a line break.
      const held = text.endsWith('\r') ? '\r' : ''
      const blocks = text
        .slice(0, text.length - held.length)
        .replaceAll(/\r\n?/g, '\n')
        .split('\n\n')
      text = (blocks.pop() ?? '') + held
      for (const block of blocks) {
        let event = 'message'
        let id: string | undefined
        const data: string[] = []
        for (const line of block.split('\n')) {
          const [, field, value = ''] = /^(\w+)(?:: ?(.*))?$/.exec(line) ?? []
          if (field === 'event') event = value
          if (field === 'data') data.push(value)
          if (field === 'id') id = value
        }
        if (data.length > 0) yield { event, data: data.join('\n'), id }
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** The address of an endpoint with the words of its path filled in, and what of the input is left. */
export function addressOf(
  endpoint: Pick<Endpoint, 'path'>,
  input: unknown,
): { url: string; rest: Record<string, unknown> } {
  const rest = { ...(input as Record<string, unknown>) }
  const url = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, word: string) => {
    const value = rest[word]
    delete rest[word]
    return encodeURIComponent(String(value))
  })
  return { url: `/api${url}`, rest }
}

/** The query of an input: lists are repeated, what is undefined or null is left out. */
export function queryOf(input: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(input)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) query.append(name, String(item))
    }
  }
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

/**
 * The place to go back to after signing in, if it is one of ours: a path of this site, and nothing that a browser could
 * take for another site's address.
 */
export function localPath(text: string | undefined): string | undefined {
  if (text === undefined || !/^\/(?![/\\])/.test(text)) return undefined
  for (const letter of text) if (letter < ' ' || letter === '\\' || letter === '\u007f') return undefined
  const url = new URL(text, 'https://vigil.invalid')
  // Dots that are taken out of a path may leave two strokes at its beginning.
  if (url.origin !== 'https://vigil.invalid' || url.pathname.startsWith('//')) return undefined
  return url.pathname + url.search + url.hash
}

function commonHeaders(): Headers {
  const headers = new Headers()
  const organisation = chosenOrganisation()
  if (organisation !== undefined) headers.set('vigil-organisation', organisation)
  return headers
}

async function send(url: string, init: RequestInit): Promise<Response> {
  let answer: Response
  try {
    answer = await fetch(url, init)
  } catch (thrown) {
    if (init.signal?.aborted) throw thrown
    throw unreachable()
  }
  if (!answer.ok) throw refuse(answer.status, parse(await answer.text().catch(() => '')))
  return answer
}

function parse(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    return undefined
  }
}

function unreachable(): Problem {
  return new Problem({
    status: 0,
    code: 'unreachable',
    message: t('Vigil cannot be reached.'),
    hint: t('Check the connection and try again. Nothing is done twice.'),
  })
}

function refuse(status: number, body: unknown): Problem {
  const said = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {}
  const text = (name: string) => (typeof said[name] === 'string' && said[name] !== '' ? said[name] : undefined)
  const problem = new Problem({
    status,
    code: text('code') ?? `http-${status}`,
    message: text('detail') ?? text('title') ?? sayStatus(status),
    hint: text('hint'),
    errors: Array.isArray(said['errors']) ? (said['errors'] as FieldError[]) : undefined,
    instance: text('instance'),
  })
  // Other codes of 401 answer what was typed: a wrong password, a code that was used.
  if (problem.code === 'request-not-signed-in') turnAway('not-signed-in')
  if (problem.code === 'request-second-factor-needed') turnAway('second-factor-needed')
  return problem
}

function sayStatus(status: number): string {
  if (status === 404) return t('There is nothing at this address.')
  if (status === 413) return t('This is larger than the server takes.')
  if (status === 429) return t('That was too often in a short time.')
  if (status >= 502) return t('The server is not ready.')
  return t('The server could not do this (HTTP {status}).', { status: String(status) })
}

function fileNameOf(disposition: string | null): string | undefined {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')?.[1]
  if (encoded !== undefined) return decodeURIComponent(encoded)
  return /filename="([^"]+)"/i.exec(disposition ?? '')?.[1]
}

function passTime(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
}
