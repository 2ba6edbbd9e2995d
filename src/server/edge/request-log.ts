/**
 * One line a request. The endpoint is said by its name, never by its path, which may hold words; no address, no user
 * agent and no query is written. A request that no endpoint took is of the endpoint `none`.
 */
import type { Log } from '#platform/log.ts'
import type { Exchange } from './listen.ts'

export function logRequests(log: Log): (exchange: Exchange) => void {
  return ({ requestId, endpoint, principal, status, tookMs, bytesIn, bytesOut, isBrokenOff }) => {
    const values = {
      request: requestId,
      endpoint,
      status,
      ms: Math.round(tookMs * 10) / 10,
      in: bytesIn,
      out: bytesOut,
      principal,
      ...(isBrokenOff ? { broken: true } : {}),
    }
    // 503 is an answer that was meant: something starts, or is away, and it is said what to do.
    if (status === 503) log.warn('request', values)
    else if (status >= 500) log.error('request', values)
    else log.info('request', values)
  }
}
