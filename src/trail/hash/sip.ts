/** SipHash-2-4 in plain TypeScript: the measure of the fast way, and what does its work where there is none. */
import { sipConstants } from './program.ts'

export function sipHash(secret: Uint8Array, bytes: Uint8Array): bigint {
  const key = Buffer.from(secret)
  const keys = [key.readBigUInt64LE(0), key.readBigUInt64LE(8)] as const
  let [v0, v1, v2, v3] = sipConstants.map((constant, i) => constant ^ (keys[i % 2] ?? 0n)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  const round = () => {
    v0 = wrap(v0 + v1)
    v1 = turn(v1, 13n) ^ v0
    v0 = turn(v0, 32n)
    v2 = wrap(v2 + v3)
    v3 = turn(v3, 16n) ^ v2
    v0 = wrap(v0 + v3)
    v3 = turn(v3, 21n) ^ v0
    v2 = wrap(v2 + v1)
    v1 = turn(v1, 17n) ^ v2
    v2 = turn(v2, 32n)
  }
  const last = bytes.length - (bytes.length % 8)
  const padded = Buffer.alloc(last + 8)
  padded.set(bytes)
  padded[last + 7] = bytes.length & 255
  for (let at = 0; at < padded.length; at += 8) {
    const word = padded.readBigUInt64LE(at)
    v3 ^= word
    round()
    round()
    v0 ^= word
  }
  v2 ^= 0xffn
  for (let i = 0; i < 4; i += 1) round()
  return v0 ^ v1 ^ v2 ^ v3
}

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value)
}

function turn(value: bigint, by: bigint): bigint {
  return wrap((value << by) | (value >> (64n - by)))
}
