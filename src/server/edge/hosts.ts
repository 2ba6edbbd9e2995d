/**
 * To which names Vigil answers. A page elsewhere may point its own name at this machine (DNS rebinding) and would then be
 * of one origin with Vigil; its name stands in the Host header, and is not on the list. A bare IP address cannot be
 * pointed anywhere, so where Vigil listens on all addresses every IP address is answered to. Ports are not compared: they
 * differ behind proxies and containers, and protect nothing here.
 */
import ipaddr from 'ipaddr.js'

const shape = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/

export interface HostSettings {
  /** What Vigil listens on: a name or an IP address. */
  readonly host: string
  /** Where people reach Vigil (`VIGIL_PUBLIC_URL`), when it is not what it listens on. */
  readonly publicUrl?: string | undefined
}

/** Gives the function that says whether a Host header names this Vigil. */
export function answersTo({ host, publicUrl }: HostSettings): (header: string) => boolean {
  const names = new Set(['localhost', '127.0.0.1', '::1', bare(host)])
  if (publicUrl !== undefined) names.add(bare(new URL(publicUrl).hostname))
  const anyAddress = ipaddr.isValid(bare(host)) && ipaddr.parse(bare(host)).range() === 'unspecified'
  return (header) => {
    const [whole, six, name] = shape.exec(header.toLowerCase()) ?? []
    if (whole === undefined) return false
    const asked = six ?? name ?? ''
    if (names.has(asked)) return true
    return anyAddress && (six === undefined ? ipaddr.IPv4.isValidFourPartDecimal(asked) : ipaddr.IPv6.isValid(asked))
  }
}

function bare(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$/g, '')
}
