/**
 * Who is at the other end. `X-Forwarded-For` and `X-Forwarded-Proto` are words that anybody can write, so they are
 * believed only of a peer in the ranges that the settings trust, and only as far back as each hop is trusted too.
 */
import ipaddr from 'ipaddr.js'
import { refusals } from '#platform/refusal.ts'

const refuse = refusals('proxy', {
  'bad-range': ['invalid', '{range} is no range of addresses.', 'write a range as 10.0.0.0/8 or fd00::/8'],
})

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Range = readonly [Address, number]

/** Reads the ranges of proxies that are believed; a lone address is a range of one. */
export function readRanges(ranges: readonly string[]): readonly Range[] {
  return ranges.map((range) => {
    const [address = '', bits] = range.split('/')
    if (!ipaddr.isValid(address) || !isPlain(address)) throw refuse('bad-range', { range })
    if (bits === undefined) {
      const only = ipaddr.parse(address)
      return [only, only.kind() === 'ipv4' ? 32 : 128]
    }
    if (!ipaddr.isValidCIDR(range)) throw refuse('bad-range', { range })
    return ipaddr.parseCIDR(range)
  })
}

/** Of IPv4 all four parts: `10.1` and `0x7f.1` are refused rather than guessed at. */
function isPlain(address: string): boolean {
  return address.includes(':') || ipaddr.IPv4.isValidFourPartDecimal(address)
}

/** Reads an address as it is compared and shown: IPv4 in IPv6 becomes IPv4, zones go. */
export function readAddress(text: string): Address | undefined {
  const plain = text.trim().replace(/%.*$/, '')
  return isPlain(plain) && ipaddr.isValid(plain) ? ipaddr.process(plain) : undefined
}

export function isWithin(address: Address, ranges: readonly Range[]): boolean {
  return ranges.some(([start, bits]) => start.kind() === address.kind() && address.match([start, bits] as never))
}

/** The nearest address that is not a trusted proxy. A word that is no address ends the walk: what lies behind is unknown. */
export function walkBack(peer: Address, forwardedFor: string, ranges: readonly Range[]): Address {
  let nearest = peer
  for (const word of forwardedFor.split(',').reverse()) {
    if (!isWithin(nearest, ranges)) break
    const next = readAddress(word)
    if (!next) break
    nearest = next
  }
  return nearest
}
