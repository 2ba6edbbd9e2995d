/** Vigil's server as people run it: a process of its own that can be killed, and clients that speak HTTP to it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Secret, TOTP } from 'otpauth'

const program = join(import.meta.dirname, '..', '..', 'bin', 'vigil.js')
/** A server that ends later than this hangs: the test fails by it, instead of waiting for ever. */
const mostStopMs = 60_000

export interface Running {
  readonly url: string
  /** The link that finishes the set-up, as it was printed. */
  readonly setUpLink: string | undefined
  readonly readyMs: number
  /** `kill -9`; resolves when the process is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code, which is null where it had to be killed because it did not end. */
  stop(): Promise<number | null>
}

/** Starts `vigil serve` on a free port and waits until it says that it is ready. */
export async function startServer(
  dataDirectory: string,
  settings: Readonly<Record<string, string>> = {},
  words: readonly string[] = [],
): Promise<Running> {
  const begun = performance.now()
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(VIGIL_|DATABASE_URL$|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/.test(name),
  )
  const child: ChildProcess = spawn(process.execPath, [program, 'serve', '--port', '0', ...words], {
    env: {
      ...Object.fromEntries(own),
      VIGIL_DATA: dataDirectory,
      VIGIL_LOG: 'error',
      VIGIL_RATE_LIMIT: '0',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  if (!child.stdout) throw new Error('the server has no output')
  let url: string | undefined
  let setUpLink: string | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    url ??= /^Vigil is ready at (\S+)/.exec(line)?.[1]
    setUpLink ??= /^\s+(\S+#vigil_setup_\S+)/.exec(line)?.[1]
    if (line.startsWith('Stop it')) break
  }
  if (url === undefined) throw new Error('vigil serve ended before it was ready')
  child.stdout.resume()
  return {
    url: url.replace(/\/$/, ''),
    setUpLink,
    readyMs: performance.now() - begun,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    async stop() {
      if (child.exitCode !== null) return child.exitCode
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), mostStopMs)
      const [code] = (await gone) as [number | null]
      clearTimeout(late)
      return code
    },
  }
}

export interface Told<T = unknown> {
  readonly status: number
  readonly body: T
}

/** A script with cookies, or with a token. */
export class Caller {
  url: string
  readonly #headers: Record<string, string>
  #cookie: string | undefined

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.url = url
    this.#headers = { ...headers }
  }

  async call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Told<T>> {
    const isBytes = body instanceof Blob
    const answer = await fetch(`${this.url}/api${path}`, {
      method,
      headers: {
        ...this.#headers,
        ...(this.#cookie === undefined ? {} : { cookie: this.#cookie }),
        ...(method === 'GET' ? {} : { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' }),
        ...headers,
      },
      ...(method === 'GET' ? {} : { body: isBytes ? body : JSON.stringify(body ?? {}) }),
    })
    const set = answer.headers.getSetCookie().find((cookie) => /^(__Host-)?vigil=/.test(cookie))
    if (set !== undefined) this.#cookie = set.split(';')[0]
    const text = await answer.text()
    const isJson = /json/.test(answer.headers.get('content-type') ?? '')
    return { status: answer.status, body: (isJson ? JSON.parse(text) : text) as T }
  }
}

/** Finishes the set-up as the first administrator, with an authenticator app. */
export async function setUp(running: Running): Promise<Caller> {
  const token = running.setUpLink?.split('#')[1]
  if (token === undefined) throw new Error('no set-up link was printed')
  const caller = new Caller(running.url)
  const expect = async <T>(told: Promise<Told<T>>): Promise<T> => {
    const { status, body } = await told
    if (status !== 200) throw new Error(`set-up: ${status} ${JSON.stringify(body)}`)
    return body
  }
  await expect(
    caller.call('POST', '/set-up', {
      token,
      organisation: 'Lakeside Clinic',
      timeZone: 'America/Chicago',
      name: 'Marisol Reyes',
      email: 'mreyes@lakeside.example',
      password: 'orange kettle walks quietly north',
    }),
  )
  const { secret } = await expect(caller.call<{ secret: string }>('POST', '/me/totp'))
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate()
  await expect(caller.call('POST', '/me/totp/confirm', { code }))
  return caller
}
