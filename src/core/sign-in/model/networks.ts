import ipaddr from 'ipaddr.js'

/** The network that an address belongs to: one address of IPv4, a /64 of IPv6, which one household or ward has. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown'
  const read = ipaddr.process(address)
  if (read.kind() === 'ipv4') return read.toString()
  return `${read.toByteArray().slice(0, 8).join('.')}/64`
}
