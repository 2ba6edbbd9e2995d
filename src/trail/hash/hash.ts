/**
 * Hashes of very many small messages at once. The call, not the hash, is what costs in node:crypto, so the messages go
 * together through a WebAssembly module that hashes four side by side. It is made and tried against node:crypto when it
 * is first needed; where it cannot be made (no SIMD, no WebAssembly), node:crypto does the work.
 *
 * Messages are given as one buffer with the ends of each; digests come back likewise, 32 bytes each.
 */
import { hash } from 'node:crypto'
import { encodeProgram, layout } from './program.ts'
import { sipHash } from './sip.ts'

const digestLength = 32
const saltLength = 16

/** SHA-256(0x00 || salt || line): the leaves of the log of record. */
export function hashLeaves(salts: Buffer, lines: Buffer, ends: Uint32Array): Buffer {
  if (salts.length !== ends.length * saltLength) throw new RangeError('There is one salt of 16 bytes for each line.')
  return hashAll({ head: 1 + saltLength, prefix: 0, salts }, lines, ends)
}

/** SHA-256(0x01 || left || right) of each 64 bytes: the nodes of the tree. */
export function hashNodes(pairs: Buffer): Buffer {
  const count = pairs.length / 64
  if (!Number.isInteger(count)) throw new RangeError('A pair of tree hashes is 64 bytes long.')
  return hashAll({ head: 1, prefix: 1, salts: none }, pairs, endsOfPairs(count))
}

/** SHA-256 of each message, or of the given byte and each message. */
export function hashMany(prefix: number | undefined, messages: Buffer, ends: Uint32Array): Buffer {
  return hashAll({ head: prefix === undefined ? 0 : 1, prefix: prefix ?? 0, salts: none }, messages, ends)
}

/** SipHash-2-4 of each slice, under a secret of 16 bytes: nobody without it can make two slices meet. */
export function hash64(secret: Uint8Array, slices: Buffer, ends: Uint32Array): BigUint64Array<ArrayBuffer> {
  if (secret.length !== 16) throw new RangeError('The secret of a keyed hash is 16 bytes long.')
  const result = new BigUint64Array(ends.length)
  const engine = engineOf()
  const slow = (i: number, slice: Buffer) => {
    result[i] = sipHash(secret, slice)
  }
  if (!engine) {
    for (let i = 0; i < ends.length; i += 1) slow(i, slices.subarray(ends[i - 1] ?? 0, ends[i]))
    return result
  }
  const out = Buffer.from(result.buffer)
  inChunks(slices, ends, slow, (from, to, start, end) => {
    engine.bytes.set(secret, layout.key)
    engine.put(ends, from, to, slices, start, end)
    engine.sip(to - from, endsAt, start, dataAt - start, outAt)
    out.set(engine.bytes.subarray(outAt, outAt + 8 * (to - from)), 8 * from)
  })
  return result
}

/** Whether the fast way is in use. */
export function isVectorised(): boolean {
  return engineOf() !== undefined
}

interface Shape {
  /** 0, 1 or 17 bytes before each message: nothing, the prefix, or the prefix and the salt. */
  readonly head: number
  readonly prefix: number
  readonly salts: Buffer
}

const none = Buffer.alloc(0)

// How much goes into the module's memory at once: few enough bytes to stay in the processor's cache.
const maxMessages = 16_384
const maxBytes = 1024 * 1024
const endsAt = layout.input
const saltsAt = endsAt + 4 * maxMessages
const outAt = saltsAt + saltLength * maxMessages
// Blocks are read from before the message, in the place of its head, and past its end.
const dataAt = outAt + digestLength * maxMessages + 64

function hashAll(shape: Shape, messages: Buffer, ends: Uint32Array): Buffer {
  const out = Buffer.allocUnsafe(ends.length * digestLength)
  const engine = engineOf()
  if (!engine) {
    for (let i = 0; i < ends.length; i += 1) hashSlowly(shape, i, messages.subarray(ends[i - 1] ?? 0, ends[i]), out)
    return out
  }
  hashWith(engine, shape, messages, ends, out)
  return out
}

function hashWith(engine: Engine, shape: Shape, messages: Buffer, ends: Uint32Array, out: Buffer): void {
  const { head, prefix, salts } = shape
  const slow = (i: number, message: Buffer) => hashSlowly(shape, i, message, out)
  inChunks(messages, ends, slow, (from, to, start, end) => {
    engine.put(ends, from, to, messages, start, end)
    if (head > 1) engine.bytes.set(salts.subarray(from * saltLength, to * saltLength), saltsAt)
    engine.sha(to - from, endsAt, start, dataAt - start, saltsAt, head, prefix, outAt)
    out.set(engine.bytes.subarray(outAt, outAt + digestLength * (to - from)), digestLength * from)
  })
}

function hashSlowly({ head, prefix, salts }: Shape, i: number, message: Buffer, out: Buffer): void {
  const parts = head > 0 ? [Buffer.of(prefix), message] : [message]
  if (head > 1) parts.splice(1, 0, salts.subarray(i * saltLength, (i + 1) * saltLength))
  out.set(hash('sha256', Buffer.concat(parts), 'buffer'), i * digestLength)
}

/** Goes over the messages in runs that the module's memory holds, and hands each that it does not hold to `slow`. */
function inChunks(
  messages: Buffer,
  ends: Uint32Array,
  slow: (i: number, message: Buffer) => void,
  fast: (from: number, to: number, start: number, end: number) => void,
): void {
  let from = 0
  while (from < ends.length) {
    const start = ends[from - 1] ?? 0
    let [to, end] = [from, start]
    while (to < ends.length && to - from < maxMessages) {
      const next = ends[to] ?? 0
      if (next < end || next > messages.length) throw new RangeError('The ends do not fit the messages.')
      if (next - start > maxBytes) break
      end = next
      to += 1
    }
    if (to === from) {
      slow(from, messages.subarray(start, ends[from]))
      from += 1
    } else {
      fast(from, to, start, end)
      from = to
    }
  }
}

let pairEnds = new Uint32Array(0)

function endsOfPairs(count: number): Uint32Array {
  if (pairEnds.length < count) pairEnds = Uint32Array.from({ length: Math.max(count, 256) }, (_, i) => 64 * (i + 1))
  return pairEnds.subarray(0, count)
}

/** The module with its memory. */
interface Engine {
  readonly bytes: Uint8Array
  /** Numbers as WebAssembly takes them: an address below 0 comes right by what is added to it. */
  sha(
    count: number,
    ends: number,
    from: number,
    data: number,
    salts: number,
    head: number,
    prefix: number,
    out: number,
  ): void
  sip(count: number, ends: number, from: number, data: number, out: number): void
  put(ends: Uint32Array, from: number, to: number, data: Buffer, start: number, end: number): void
}

/** What is used of WebAssembly, which the types of Node leave out. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> }
}

let made: { readonly engine: Engine | undefined } | undefined

function engineOf(): Engine | undefined {
  made ??= { engine: makeEngine() }
  return made.engine
}

function makeEngine(): Engine | undefined {
  const api = (globalThis as { readonly WebAssembly?: WebAssemblyApi }).WebAssembly
  if (!api) return undefined
  let exports: Readonly<Record<string, unknown>>
  try {
    exports = new api.Instance(new api.Module(encodeProgram())).exports
  } catch {
    // No SIMD on this processor.
    return undefined
  }
  const { buffer } = exports['memory'] as { readonly buffer: ArrayBuffer }
  const bytes = new Uint8Array(buffer)
  const words = new Uint32Array(buffer)
  const engine: Engine = {
    bytes,
    sha: exports['sha'] as Engine['sha'],
    sip: exports['sip'] as Engine['sip'],
    put(ends, from, to, data, start, end) {
      words.set(ends.subarray(from, to), endsAt / 4)
      bytes.set(data.subarray(start, end), dataAt)
    },
  }
  return provesItself(engine) ? engine : undefined
}

/** Tries every length up to three blocks, with and without heads, against node:crypto. */
function provesItself(engine: Engine): boolean {
  const lengths = Array.from({ length: 193 }, (_, i) => (i * 71) % 193)
  const ends = new Uint32Array(lengths.length)
  let end = 0
  for (const [i, length] of lengths.entries()) ends[i] = end += length
  const messages = Buffer.from(Uint8Array.from({ length: end }, (_, i) => (i * i + 7 * i) >> 3))
  const salts = Buffer.from(Uint8Array.from({ length: saltLength * ends.length }, (_, i) => i * 31))
  const shapes: Shape[] = [
    { head: 17, prefix: 0, salts },
    { head: 1, prefix: 1, salts: none },
    { head: 0, prefix: 0, salts: none },
  ]
  return shapes.every((shape) => {
    const [fast, slow] = [Buffer.alloc(32 * ends.length), Buffer.alloc(32 * ends.length)]
    hashWith(engine, shape, messages, ends, fast)
    for (const i of ends.keys()) hashSlowly(shape, i, messages.subarray(ends[i - 1] ?? 0, ends[i]), slow)
    return fast.equals(slow)
  })
}
