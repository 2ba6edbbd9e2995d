/**
 * Sending one mail by one server. The rules:
 *  - A name was looked up and judged before (`address.ts`); only those addresses are connected to, and the server still has
 *    to prove by its certificate that it is the one that was named.
 *  - Without encryption nothing is said, but to a server on this machine where that was chosen.
 *  - A server that stalls is given up: each step has its time, and the whole of it too.
 *  - What a server answered is told only when it spoke as a mail server does; whatever else listens there is not quoted.
 */
import { createTransport } from 'nodemailer'

export const mailSecurities = ['tls', 'starttls', 'none'] as const
export type MailSecurity = (typeof mailSecurities)[number]

export interface MailServer {
  /** As it was named: what its certificate has to say. */
  readonly host: string
  /** What to connect to, in this order. */
  readonly addresses: readonly string[]
  readonly port: number
  readonly security: MailSecurity
  readonly signIn: { readonly username: string; readonly password: string } | undefined
  /** Certificates in PEM of an authority of one's own. */
  readonly ca?: string | undefined
  /** By which name we greet it. */
  readonly ourName: string
  /** How long one mail may take at most. */
  readonly timeoutMs?: number | undefined
}

export interface Mail {
  readonly from: string
  readonly to: { readonly name: string; readonly address: string }
  readonly subject: string
  readonly text: string
  readonly html: string
  /** The same for each try, so that who gets a mail twice can be shown it once. */
  readonly messageId: string
  /** Where the reader says that they want no more of these; of mails that come by themselves. */
  readonly unsubscribe?: string | undefined
}

/** Why a mail did not go out. */
export type MailFault =
  | 'unreachable'
  | 'no-answer'
  | 'strange'
  | 'certificate'
  | 'no-encryption'
  | 'sign-in'
  /** Not now: the server itself says that it may go later. */
  | 'refused-now'
  | 'refused'

export class MailError extends Error {
  readonly fault: MailFault
  /** What the server answered, on one line; undefined where it was none that a mail server gives. */
  readonly answer: string | undefined

  constructor(fault: MailFault, answer: string | undefined, options?: ErrorOptions) {
    super(`The mail was not sent: ${fault}.`, options)
    this.name = 'MailError'
    this.fault = fault
    this.answer = answer
  }
}

const longestMs = 60_000
const stepMs = 20_000

/** Sends a mail, by the first of the addresses that answers; throws a `MailError`. */
export async function sendMail(server: MailServer, mail: Mail): Promise<void> {
  let failed = new MailError('unreachable', undefined)
  for (const address of server.addresses) {
    try {
      return await sendTo(address, server, mail)
    } catch (error) {
      if (!(error instanceof MailError) || error.fault !== 'unreachable') throw error
      failed = error
    }
  }
  throw failed
}

async function sendTo(address: string, server: MailServer, mail: Mail): Promise<void> {
  const { security, signIn, ca, timeoutMs = longestMs } = server
  const step = Math.min(stepMs, timeoutMs)
  const servername = /^[\d.]+$|:/.test(server.host) ? undefined : server.host
  const transport = createTransport({
    host: address,
    port: server.port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    name: server.ourName,
    ...(servername === undefined ? {} : { servername }),
    tls: {
      ...(servername === undefined ? {} : { servername }),
      ...(ca === undefined ? {} : { ca }),
      rejectUnauthorized: true,
    },
    ...(signIn ? { auth: { user: signIn.username, pass: signIn.password } } : {}),
    connectionTimeout: step,
    greetingTimeout: step,
    socketTimeout: step,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const { unsubscribe } = mail
  try {
    await transport.sendMail({
      from: { name: 'Vigil', address: mail.from },
      to: { name: onOneLine(mail.to.name), address: mail.to.address },
      subject: onOneLine(mail.subject),
      text: mail.text,
      html: mail.html,
      messageId: mail.messageId,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      ...(unsubscribe === undefined ? {} : { list: { unsubscribe: { url: unsubscribe } } }),
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (cause) {
    throw asMailError(cause)
  } finally {
    transport.close()
  }
}

/** No name may begin a header of its own. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
}

interface Failed {
  readonly code?: string
  readonly originalCode?: string
  readonly command?: string
  readonly response?: string
  readonly responseCode?: number
}

const isOfCertificate = (code: string) => /CERT|ALTNAME|SELF_SIGNED|UNABLE_TO_|ISSUER/.test(code)

function asMailError(cause: unknown): MailError {
  const { code = '', originalCode = '', command = '', response, responseCode = 0 } = cause as Failed
  const fail = (fault: MailFault, isTold = false) =>
    new MailError(fault, isTold ? sayAnswer(response) : undefined, { cause })
  if (isOfCertificate(originalCode)) return fail('certificate')
  switch (code) {
    case 'ETIMEDOUT':
    case 'EABORT':
      return fail('no-answer')
    case 'ETLS':
      return fail('no-encryption')
    case 'EAUTH':
      return fail(responseCode >= 400 && responseCode < 500 ? 'refused-now' : 'sign-in', true)
    case 'EENVELOPE':
    case 'EMESSAGE':
      return fail(responseCode >= 500 || responseCode === 0 ? 'refused' : 'refused-now', true)
    case 'EPROTOCOL':
      return fail('strange')
    case 'ESOCKET':
      // Only a refusal before a word was said is a matter of the address; speaking TLS to what does not is none.
      return fail(/SSL|TLS|EPROTO/.test(originalCode) ? 'no-encryption' : 'unreachable')
    case 'ECONNECTION':
      return fail(command === 'EHLO' ? 'no-encryption' : responseCode === 421 ? 'refused-now' : 'unreachable')
    default:
      return fail('unreachable')
  }
}

function sayAnswer(response: string | undefined): string | undefined {
  if (response === undefined || !/^\d{3}[ -]/.test(response)) return undefined
  // Who was written to stands in most answers, and no address belongs in an error.
  return onOneLine(response.replace(/\S+@\S+/g, '…')).slice(0, 200)
}
