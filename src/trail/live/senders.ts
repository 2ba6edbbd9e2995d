/** Who may send over TLS: whose certificate a given authority has signed, and, where the organisation lists them, only those. */
import { constants } from 'node:crypto'
import type { PeerCertificate, TlsOptions } from 'node:tls'

export interface Sender {
  /** The name of the feed. */
  readonly source: string
  /** SHA-256 of its certificate in hexadecimal, with or without colons; or a name that the certificate bears. */
  readonly certificate: string
}

export interface TlsFiles {
  /** PEM texts: the server's certificate with what leads to its authority, its key, the authority of the senders. */
  readonly certificate: string | Buffer
  readonly key: string | Buffer
  readonly senderAuthority: string | Buffer
  /** Certificates that were taken back. */
  readonly revoked?: string | Buffer | undefined
}

/** TLS 1.2 or newer, a certificate of the sender's always, no renegotiation, no session taken up again. */
export function tlsOptions(files: TlsFiles, handshakeTimeoutMs: number): TlsOptions {
  return {
    cert: files.certificate,
    key: files.key,
    ca: files.senderAuthority,
    ...(files.revoked === undefined ? {} : { crl: files.revoked }),
    minVersion: 'TLSv1.2',
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: handshakeTimeoutMs,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_COMPRESSION,
  }
}

/** The feed that a certificate stands for; undefined where senders are listed and this is none of them. */
export function findSource(
  certificate: PeerCertificate,
  senders: readonly Sender[] | undefined,
  otherwise: string,
): string | undefined {
  // A session that was taken up again shows none.
  if (!certificate.fingerprint256) return undefined
  if (senders === undefined || senders.length === 0) return otherwise
  const print = plainPrint(certificate.fingerprint256)
  const names = new Set(namesOf(certificate))
  return senders.find(
    (sender) => plainPrint(sender.certificate) === print || names.has(sender.certificate.toLowerCase()),
  )?.source
}

function plainPrint(text: string): string {
  return text.replaceAll(':', '').toLowerCase()
}

/** The DNS names of a certificate; its common name only where it has none. */
function namesOf({ subject, subjectaltname }: PeerCertificate): string[] {
  const alternatives = (subjectaltname ?? '')
    .split(', ')
    .filter((each) => each.startsWith('DNS:'))
    .map((each) => each.slice(4))
  const common = Array.isArray(subject?.CN) ? subject.CN : [subject?.CN ?? '']
  return (alternatives.length > 0 ? alternatives : common)
    .filter((name) => name !== '')
    .map((each) => each.toLowerCase())
}
