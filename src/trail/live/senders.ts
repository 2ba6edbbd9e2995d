/** Who may send over TLS: whose certificate a given authority has signed, and, where the organisation lists them, only those. */
import { constants, type X509Certificate } from 'node:crypto'
import type { TlsOptions } from 'node:tls'

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

/** The feed that a certificate stands for; undefined where senders are listed and this is none of them, or there is none. */
export function findSource(
  certificate: X509Certificate | undefined,
  senders: readonly Sender[] | undefined,
  otherwise: string,
): string | undefined {
  if (certificate === undefined) return undefined
  if (senders === undefined || senders.length === 0) return otherwise
  const print = plainPrint(certificate.fingerprint256)
  // The common name counts only where a certificate has no other names, and no name stands for many.
  const bears = (name: string) => certificate.checkHost(name, { subject: 'default', wildcards: false }) !== undefined
  return senders.find(({ certificate: stated }) => plainPrint(stated) === print || bears(stated))?.source
}

function plainPrint(text: string): string {
  return text.replaceAll(':', '').toLowerCase()
}
