/**
 * Where a server may be asked to connect to. A name is looked up once, every address that it gives is judged, and only
 * those addresses are connected to: a name that means something else a moment later gains nothing. What is never reached
 * through Vigil: this machine (unless its operator allows that), the link, groups, nobody, and the services by which clouds
 * hand out credentials; nor any of those written as an IPv6 address.
 */
import type { LookupAddress } from 'node:dns'
import { lookup as lookUp } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'

export type Lookup = (host: string) => Promise<readonly LookupAddress[]>

/** Why an address must not be connected to. */
export type AddressFault = 'loopback' | 'forbidden'

const reachable = new Set(['unicast', 'private', 'uniqueLocal', 'carrierGradeNat'])

/** Metadata services that lie outside of the link-local range: AWS by IPv6, Alibaba Cloud, Azure. */
const metadataServices = new Set(['fd00:ec2::254', '100.100.100.200', '168.63.129.16'])

/** Judges one address as a resolver gives it; undefined when it may be connected to. */
export function judgeAddress(text: string): AddressFault | undefined {
  if (!ipaddr.isValid(text)) return 'forbidden'
  const parsed = ipaddr.parse(text)
  const address = parsed instanceof ipaddr.IPv6 ? (embeddedIn(parsed) ?? parsed) : parsed
  if (metadataServices.has(address.toString())) return 'forbidden'
  const range = address.range()
  if (range === 'loopback') return 'loopback'
  return reachable.has(range) ? undefined : 'forbidden'
}

/** The IPv4 address that an IPv6 address leads to: mapped, compatible, or by way of a translator (NAT64, 6to4). */
function embeddedIn(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  const bytes = address.toByteArray()
  const isZero = (from: number, to: number) => bytes.slice(from, to).every((byte) => byte === 0)
  const isMapped = isZero(0, 10) && bytes[10] === 0xff && bytes[11] === 0xff
  // :: and ::1 are addresses of their own.
  const isCompatible = isZero(0, 12) && !isZero(12, 15)
  const range = address.range()
  if (isMapped || isCompatible || range === 'rfc6052' || range === 'rfc6145') return new ipaddr.IPv4(bytes.slice(12))
  if (range === '6to4') return new ipaddr.IPv4(bytes.slice(2, 6))
  return undefined
}

const resolveAll: Lookup = (host) => lookUp(host, { all: true, verbatim: true })

/**
 * Looks a host up and gives the addresses to connect to; the fault when any of them is not to be reached, and `unknown`
 * when there is none.
 */
export async function findAddresses(
  host: string,
  options: { readonly allowLoopback: boolean; readonly lookup?: Lookup | undefined },
): Promise<readonly LookupAddress[] | AddressFault | 'unknown'> {
  const found = await (options.lookup ?? resolveAll)(host).catch(() => [])
  if (found.length === 0) return 'unknown'
  for (const { address } of found) {
    const fault = judgeAddress(address)
    if (fault !== undefined && !(fault === 'loopback' && options.allowLoopback)) return fault
  }
  return found
}
