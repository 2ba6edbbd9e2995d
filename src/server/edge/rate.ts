/**
 * Token buckets: each key may spend `burst` at once and gets `perSecond` back. At most `keys` buckets are held; the one
 * longest unused is forgotten first, which gives its key a full bucket again, so hold more than attackers have prefixes
 * to spare. `take` costs the same however many there are.
 */
import { readAddress } from './forwarded.ts'

export interface RateSettings {
  readonly burst: number
  readonly perSecond: number
  /** How many keys are held. */
  readonly keys: number
  /** Milliseconds that only go forward. */
  readonly clock: () => number
}

export interface Taken {
  readonly allowed: boolean
  /** 0 when allowed; otherwise whole seconds, at least 1. Infinity when the cost is more than the bucket ever holds. */
  readonly retryAfterSeconds: number
}

interface Bucket {
  tokens: number
  at: number
}

export interface RateLimit {
  /** Spends `cost` of the key's bucket, or spends nothing and says when to come back. */
  take(key: string, cost?: number): Taken
  /** How many keys are held now. */
  readonly size: number
}

export function limitRate({ burst, perSecond, keys, clock }: RateSettings): RateLimit {
  // A Map keeps the order in which keys were set: the first is the one longest unused.
  const buckets = new Map<string, Bucket>()
  return {
    take(key, cost = 1) {
      const now = clock()
      const bucket = buckets.get(key) ?? { tokens: burst, at: now }
      buckets.delete(key)
      buckets.set(key, bucket)
      if (buckets.size > keys) for (const oldest of buckets.keys()) if (buckets.delete(oldest)) break
      const passedMs = Math.max(0, now - bucket.at)
      bucket.tokens = Math.min(burst, bucket.tokens + (passedMs / 1000) * perSecond)
      bucket.at = Math.max(now, bucket.at)
      if (bucket.tokens >= cost) {
        bucket.tokens -= cost
        return { allowed: true, retryAfterSeconds: 0 }
      }
      const seconds = cost > burst ? Infinity : Math.max(1, Math.ceil((cost - bucket.tokens) / perSecond))
      return { allowed: false, retryAfterSeconds: seconds }
    },
    get size() {
      return buckets.size
    },
  }
}

/** The key of an address: an IPv4 address itself, of IPv6 the /64 that one subscriber holds. */
export function prefixOf(address: string): string {
  const read = readAddress(address)
  if (!read) return 'unknown'
  if (read.kind() === 'ipv4') return read.toString()
  return `${read
    .toByteArray()
    .slice(0, 8)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')}/64`
}
