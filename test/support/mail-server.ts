/**
 * A real mail server for one test file: SMTP with TLS, STARTTLS or neither, with sign-in where asked, on a port of loopback.
 * It keeps what it was given and, told so, refuses or stalls.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { requireProgram } from './servers.ts'

const run = promisify(execFile)

export const mailProgram = await requireProgram({ name: 'openssl', apt: ['openssl'] })

export interface Received {
  readonly to: readonly string[]
  readonly isEncrypted: boolean
  readonly username: string | undefined
  /** As it came over the wire. */
  readonly raw: string
  readonly parsed: ParsedMail
}

type Step = 'sign-in' | 'recipient' | 'message'

export interface MailServer {
  readonly port: number
  /** The certificate by which it is known: of `localhost` and 127.0.0.1. */
  readonly ca: string
  /** What it took, in order. */
  readonly mails: readonly Received[]
  /** How many connections were made to it. */
  readonly connections: number
  /** Refuses so many times at a step, with this answer. */
  refuse(step: Step, code: number, text: string, times?: number): void
}

export interface MailServerOptions {
  readonly security: 'tls' | 'starttls' | 'none'
  /** Whom it lets send; everybody when not said. */
  readonly signIn?: { readonly username: string; readonly password: string }
}

export async function startMailServer({ security, signIn }: MailServerOptions): Promise<MailServer> {
  const { key, cert } = await makeCertificate()
  const mails: Received[] = []
  const refusals: { step: Step; code: number; text: string; times: number }[] = []
  let connections = 0
  const refusalAt = (step: Step) => {
    const found = refusals.find((one) => one.step === step && one.times > 0)
    if (!found) return undefined
    found.times -= 1
    return Object.assign(new Error(found.text), { responseCode: found.code })
  }
  const server = new SMTPServer({
    key,
    cert,
    secure: security === 'tls',
    disabledCommands: [...(security === 'starttls' ? [] : ['STARTTLS']), ...(signIn ? [] : ['AUTH'])],
    authOptional: signIn === undefined,
    allowInsecureAuth: security === 'none',
    disableReverseLookup: true,
    onConnect(_, done) {
      connections += 1
      done()
    },
    onAuth({ username, password }, _, done) {
      const refused = refusalAt('sign-in')
      if (refused) return done(refused)
      if (username === signIn?.username && password === signIn?.password) return done(null, { user: username })
      done(Object.assign(new Error('Authentication credentials invalid'), { responseCode: 535 }))
    },
    onRcptTo(_, __, done) {
      done(refusalAt('recipient'))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const refused = refusalAt('message')
        if (refused) return done(refused)
        const raw = Buffer.concat(chunks)
        simpleParser(raw).then((parsed) => {
          mails.push({
            to: session.envelope.rcptTo.map(({ address }) => address),
            isEncrypted: session.secure,
            username: session.user,
            raw: raw.toString(),
            parsed,
          })
          done()
        }, done)
      })
    },
  })
  // A client that goes away in the middle is what some tests are about.
  server.on('error', () => undefined)
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  // No test waits for a server that nobody speaks to any more.
  listening.unref()
  return {
    port: (listening.address() as AddressInfo).port,
    ca: cert,
    mails,
    get connections() {
      return connections
    },
    refuse: (step, code, text, times = 1) => void refusals.push({ step, code, text, times }),
  }
}

/** Something that listens and is no mail server: says this to whoever comes, and nothing more. */
export async function startListener(says: string): Promise<{ readonly port: number }> {
  const server = createServer((socket) => {
    socket.unref()
    socket.on('error', () => undefined)
    if (says !== '') socket.write(says)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  return { port: (server.address() as AddressInfo).port }
}

let made: Promise<{ readonly key: string; readonly cert: string }> | undefined

function makeCertificate() {
  made ??= (async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vigil-mail-'))
    try {
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
      const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
      await run('openssl', [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'],
        ...['-subj', '/CN=localhost', '-addext', names, '-keyout', key, '-out', cert],
      ])
      return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })()
  return made
}
