/**
 * Certificate and key, from files that a renewal writes anew. A renewal is taken over without dropping a connection; one
 * that cannot be used (unreadable, torn, a key of another certificate) leaves the old one in place and is logged.
 */
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:https'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Log } from '#platform/log.ts'
import { refusals } from '#platform/refusal.ts'

const refuse = refusals('certificate', {
  unusable: [
    'invalid',
    'The certificate and key for TLS cannot be used.',
    'check that both files are PEM, readable by Vigil, and belong together',
  ],
})

export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** TLS 1.3, and of TLS 1.2 what gives forward secrecy and authenticated encryption. */
const rules = {
  minVersion: 'TLSv1.2',
  honorCipherOrder: true,
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
  ].join(':'),
} as const satisfies SecureContextOptions

interface Credentials {
  readonly options: SecureContextOptions
  readonly digest: string
  readonly endsAt: Date
}

/** Reads both files and proves that they belong together. */
export function readCredentials({ cert, key }: TlsFiles): Credentials {
  try {
    const pair = { cert: readFileSync(cert), key: readFileSync(key) }
    const certificate = new X509Certificate(pair.cert)
    const options = { ...rules, ...pair }
    createSecureContext(options)
    const digest = createHash('sha256').update(pair.cert).update(pair.key).digest('hex')
    return { options, digest, endsAt: certificate.validToDate }
  } catch (cause) {
    throw refuse('unusable', {}, { cause })
  }
}

export interface Renewal {
  /** Reads the files now; says whether Vigil stands with what they hold. */
  reload(): boolean
  stop(): void
}

/** Looks at the files every `everyMs`: content is compared, so that links and replaced directories do no harm. */
export function watchRenewal(server: Server, files: TlsFiles, first: string, log: Log, everyMs = 30_000): Renewal {
  let current = first
  const reload = () => {
    try {
      const { options, digest, endsAt } = readCredentials(files)
      if (digest === current) return true
      server.setSecureContext(options)
      current = digest
      log.info('tls-renewed', { until: endsAt.toISOString().slice(0, 10) })
      return true
    } catch {
      log.error('tls-renewal-unusable')
      return false
    }
  }
  const timer = setInterval(reload, everyMs)
  timer.unref()
  return { reload, stop: () => clearInterval(timer) }
}
