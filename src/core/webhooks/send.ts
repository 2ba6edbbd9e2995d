/**
 * One message to one address. The rules:
 *  - Only addresses that `platform/address.ts` lets through are connected to, and exactly those that were judged.
 *  - No redirect is followed: a signed message goes where an administrator sent it and nowhere else.
 *  - What is answered counts by its status; of the body nothing is kept.
 */
import { request as requestPlain } from 'node:http'
import { request as requestSafe } from 'node:https'
import type { LookupFunction } from 'node:net'
import { findAddresses, type Lookup } from '#platform/address.ts'

const timeoutMs = 10_000

export interface Sent {
  readonly isTold: boolean
  /** Whether the receiver wants nothing ever more (410). */
  readonly isGone: boolean
  readonly status: number | null
  /** Why it does not count as told. */
  readonly problem: string | null
}

export interface SendOptions {
  readonly allowLoopback: boolean
  readonly signal?: AbortSignal | undefined
  readonly lookup?: Lookup | undefined
  /** Certificates that are trusted besides the usual ones. */
  readonly ca?: string | undefined
}

const faults = {
  loopback: 'its address is one of the machine that Vigil runs on',
  forbidden: 'its address is none that Vigil connects to',
  unknown: 'the name of its server is not known',
} as const

export async function send(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  options: SendOptions,
): Promise<Sent> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = await findAddresses(host, options)
  if (typeof addresses === 'string') return notTold(faults[addresses])
  const [first] = addresses
  if (!first) return notTold(faults.unknown)
  const pinned: LookupFunction = (_host, wanted, done) => {
    if (wanted.all) done(null, [...addresses])
    else done(null, first.address, first.family)
  }
  try {
    return judge(await post(url, headers, body, pinned, options))
  } catch (thrown) {
    return notTold(sayFault(thrown))
  }
}

function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  lookup: LookupFunction,
  { signal, ca }: SendOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const over = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])])
    const request = (url.protocol === 'https:' ? requestSafe : requestPlain)(
      url,
      {
        method: 'POST',
        lookup,
        signal: over,
        agent: false,
        ...(ca === undefined ? {} : { ca }),
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Vigil',
        },
      },
      (response) => {
        // The status is all that counts; an endless body is not waited for.
        resolve(response.statusCode ?? 0)
        response.destroy()
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

function judge(status: number): Sent {
  if (status >= 200 && status < 300) return { isTold: true, isGone: false, status, problem: null }
  if (status === 410) return { isTold: false, isGone: true, status, problem: 'it wants no more messages' }
  if (status >= 300 && status < 400) {
    return { isTold: false, isGone: false, status, problem: 'it leads elsewhere, and Vigil does not follow' }
  }
  return { isTold: false, isGone: false, status, problem: `it answered ${status}` }
}

function notTold(problem: string): Sent {
  return { isTold: false, isGone: false, status: null, problem }
}

/** In words of ours: what a stranger's server or a resolver says is not shown. */
function sayFault(thrown: unknown): string {
  const { name, code } = thrown as { readonly name?: string; readonly code?: string }
  if (name === 'AbortError' || name === 'TimeoutError') return 'it did not answer within ten seconds'
  if (code === 'ECONNREFUSED') return 'nothing listens at its address'
  if (code === 'ECONNRESET') return 'it broke the connection off'
  if (code?.startsWith('CERT_') || code?.includes('CERT') || code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return 'its certificate is not one to trust'
  }
  if (code?.startsWith('ERR_SSL') || code === 'EPROTO') return 'it does not speak TLS there'
  return 'it could not be reached'
}
