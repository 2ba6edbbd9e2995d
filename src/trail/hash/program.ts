/**
 * The program of the hash module: SHA-256 (FIPS 180-4) of four messages side by side in the lanes of SIMD vectors, and
 * SipHash-2-4 (Aumasson and Bernstein, 2012), written as WebAssembly when it is loaded.
 *
 * A message is a head (nothing; one byte; or one byte and a salt of 16) and a body. Each lane goes through messages of its
 * own: when one ends, its digest is stored and the lane takes the next, so that long and short ones do not wait for each
 * other. Blocks in the middle of a body are read where they lie; the first and the last are put together beside.
 */
import { Body, encodeModule, i32, i64, type Plain, type Procedure, v128 } from './assembler.ts'

/** The memory: constants and scratch first, then what the caller puts in. */
export const layout = { key: 0x80, input: 0x1000, pages: 64 } as const
const masks = 0x000
const scratch = 0x100
const state = 0x300
const lanes = 0x400
const field = { body: 0, length: 4, block: 8, blocks: 12, out: 16, salt: 20 } as const

const global = {
  next: 0,
  active: 1,
  count: 2,
  ends: 3,
  data: 4,
  salts: 5,
  head: 6,
  prefix: 7,
  out: 8,
  from: 9,
} as const
const globals = 10

const initial = firstPrimes(8).map((prime) => fractionOf(Math.sqrt(prime)))
const constants = firstPrimes(64).map((prime) => fractionOf(Math.cbrt(prime)))

const fourLanes = [0, 1, 2, 3] as const
const eightWords = [0, 1, 2, 3, 4, 5, 6, 7] as const

/**
 * `sha(count, ends, from, data, salts, head, prefix, out)` and `sip(count, ends, from, data, out)`: message i goes from where
 * the one before ended, the first from `from`; these are counted from `data`.
 */
export function encodeProgram(): Uint8Array<ArrayBuffer> {
  const procedures: Procedure[] = [
    { parameters: [i32], results: [], body: writeTake() },
    { parameters: [i32], results: [i32], body: writePrepare() },
    { parameters: [i32], results: [], body: writeAdvance() },
    { parameters: [i32, i32, i32, i32], results: [], body: writeCompress() },
    { parameters: [i32, i32, i32, i32, i32, i32, i32, i32], results: [], name: 'sha', body: writeSha() },
    { parameters: [i32, i32, i32, i32, i32], results: [], name: 'sip', body: writeSip() },
  ]
  return encodeModule(procedures, globals, layout.pages)
}

const procedure = { take: 0, prepare: 1, advance: 2, compress: 3 } as const

function writeSha(): Body {
  const given = ['count', 'ends', 'from', 'data', 'salts', 'head', 'prefix', 'out'] as const
  const body = new Body(given.length)
  for (const [local, name] of given.entries()) body.get(local).setGlobal(global[name])
  for (const name of ['next', 'active'] as const) body.int(0).setGlobal(global[name])
  // 64 bytes of ones and 64 of zeros: read from 64 - n, they keep n bytes of a block.
  for (let i = 0; i < 4; i += 1)
    body
      .int(masks + 16 * i)
      .splat(0xffffffff)
      .access('v128.store')
  for (let i = 4; i < 8; i += 1)
    body
      .int(masks + 16 * i)
      .splat(0)
      .access('v128.store')
  for (const lane of fourLanes) body.int(lane).call(procedure.take)
  return body.loopWhile(
    () => body.getGlobal(global.active),
    () => {
      for (const lane of fourLanes) body.int(lane).call(procedure.prepare)
      body.call(procedure.compress)
      for (const lane of fourLanes) body.int(lane).call(procedure.advance)
    },
  )
}

/** Gives a lane its next message, or none. */
function writeTake(): Body {
  const body = new Body(1)
  const at = body.local(i32)
  const end = body.local(i32)
  body.get(0).int(6).do('i32.shl').int(lanes).do('i32.add').tee(at).int(0).access('i32.store', field.blocks)
  body.getGlobal(global.next).getGlobal(global.count).do('i32.ge_u')
  body.when(() => body.do('return'))
  body.getGlobal(global.ends).getGlobal(global.next).int(2).do('i32.shl', 'i32.add').access('i32.load').set(end)
  body.get(at).getGlobal(global.data).getGlobal(global.from).do('i32.add').access('i32.store', field.body)
  body.get(at).get(end).getGlobal(global.from).do('i32.sub').getGlobal(global.head).do('i32.add')
  body.access('i32.store', field.length)
  body.get(at).int(0).access('i32.store', field.block)
  // The message, a byte of padding and 8 of length, in whole blocks.
  body.get(at).get(at).access('i32.load', field.length).int(72).do('i32.add').int(6).do('i32.shr_u')
  body.access('i32.store', field.blocks)
  body.get(at).getGlobal(global.out).getGlobal(global.next).int(5).do('i32.shl', 'i32.add')
  body.access('i32.store', field.out)
  body.get(at).getGlobal(global.salts).getGlobal(global.next).int(4).do('i32.shl', 'i32.add')
  body.access('i32.store', field.salt)
  for (const word of eightWords) {
    body
      .get(0)
      .int(2)
      .do('i32.shl')
      .int(initial[word] ?? 0)
      .access('i32.store', state + 16 * word)
  }
  body.get(end).setGlobal(global.from)
  body.getGlobal(global.next).int(1).do('i32.add').setGlobal(global.next)
  return body.getGlobal(global.active).int(1).do('i32.add').setGlobal(global.active)
}

/** Says where the lane's next block lies. */
function writePrepare(): Body {
  const body = new Body(1)
  const [at, own, source, rest, mask] = ([i32, i32, i32, i32, i32] as const).map((type) => body.local(type)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  body.get(0).int(6).do('i32.shl').int(lanes).do('i32.add').set(at)
  body.get(0).int(7).do('i32.shl').int(scratch).do('i32.add').set(own)
  body.get(at).access('i32.load', field.blocks).do('i32.eqz')
  body.when(() => body.get(own).do('return'))
  body.get(at).access('i32.load', field.body).getGlobal(global.head).do('i32.sub')
  body.get(at).access('i32.load', field.block).int(6).do('i32.shl', 'i32.add').set(source)
  // How much of the message begins with this block: at most 8 less than nothing.
  body.get(at).access('i32.load', field.length).get(at).access('i32.load', field.block).int(6).do('i32.shl', 'i32.sub')
  body.set(rest)
  body.get(at).access('i32.load', field.block).int(0).do('i32.ne').int(64).get(rest).do('i32.le_s', 'i32.and')
  body.when(() => body.get(source).do('return'))

  body
    .int(masks + 64)
    .get(rest)
    .do('i32.sub')
    .set(mask)
  body.get(rest).int(64).do('i32.gt_s')
  body.when(() => body.int(masks).set(mask))
  body.get(rest).int(0).do('i32.lt_s')
  body.when(() => body.int(masks + 64).set(mask))
  for (const part of [0, 16, 32, 48]) {
    body.get(own).get(source).access('v128.load', part).get(mask).access('v128.load', part).do('v128.and')
    body.access('v128.store', part)
  }
  body.get(at).access('i32.load', field.block).do('i32.eqz').getGlobal(global.head).int(0).do('i32.ne', 'i32.and')
  body.when(() => {
    body.get(own).getGlobal(global.prefix).access('i32.store8')
    body.getGlobal(global.head).int(1).do('i32.gt_s')
    body.when(() => {
      body.get(own).get(at).access('i32.load', field.salt).access('v128.load').access('v128.store', 1)
    })
  })
  // As unsigned, what is less than nothing is above 63 too.
  body.int(63).get(rest).do('i32.ge_u')
  body.when(() => body.get(own).get(rest).do('i32.add').int(0x80).access('i32.store8'))
  body.get(rest).int(55).do('i32.le_s')
  body.when(() => {
    // The length in bits, the highest byte first; messages are shorter than 2^29 bytes.
    const bits = body.local(i32)
    body.get(at).access('i32.load', field.length).int(3).do('i32.shl').set(bits)
    body.get(own)
    writeSwapped(body, bits)
    body.access('i32.store', 60)
  })
  return body.get(own)
}

/** Goes to the lane's next block; at the end of its message stores the digest and takes another. */
function writeAdvance(): Body {
  const body = new Body(1)
  const [at, block, word, out] = ([i32, i32, i32, i32] as const).map((type) => body.local(type)) as [
    number,
    number,
    number,
    number,
  ]
  body.get(0).int(6).do('i32.shl').int(lanes).do('i32.add').set(at)
  body.get(at).access('i32.load', field.blocks).do('i32.eqz')
  body.when(() => body.do('return'))
  body.get(at).get(at).access('i32.load', field.block).int(1).do('i32.add').tee(block)
  body.access('i32.store', field.block)
  body.get(block).get(at).access('i32.load', field.blocks).do('i32.ne')
  body.when(() => body.do('return'))
  body.get(at).access('i32.load', field.out).set(out)
  for (const index of eightWords) {
    body
      .get(0)
      .int(2)
      .do('i32.shl')
      .access('i32.load', state + 16 * index)
      .set(word)
    body.get(out)
    writeSwapped(body, word)
    body.access('i32.store', 4 * index)
  }
  body.getGlobal(global.active).int(1).do('i32.sub').setGlobal(global.active)
  return body.get(0).call(procedure.take)
}

/** The compression function over one block of each lane. */
function writeCompress(): Body {
  const body = new Body(4)
  const vectors = (count: number) => Array.from({ length: count }, () => body.local(v128))
  const schedule = vectors(16)
  const working = vectors(8)
  const rows = vectors(4)
  const halves = vectors(4)
  const [t, x, y] = vectors(3) as [number, number, number]
  const at = (list: readonly number[], index: number): number => list[index % list.length] ?? 0

  for (const quarter of fourLanes) {
    // Four words of each lane, their bytes turned, become four vectors of one word of each lane.
    for (const lane of fourLanes) {
      body
        .get(lane)
        .access('v128.load', 16 * quarter)
        .tee(at(rows, lane))
        .get(at(rows, lane))
      body.shuffle([3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12]).set(at(rows, lane))
    }
    const pairs = [
      [0, 1, 0],
      [2, 3, 0],
      [0, 1, 8],
      [2, 3, 8],
    ] as const
    for (const [i, [first, second, from]] of pairs.entries()) {
      const low = [0, 1, 2, 3].map((byte) => byte + from)
      const places = [...low, ...low.map((p) => p + 16), ...low.map((p) => p + 4), ...low.map((p) => p + 20)]
      body.get(at(rows, first), at(rows, second)).shuffle(places).set(at(halves, i))
    }
    for (const [word, [first, from]] of (
      [
        [0, 0],
        [0, 8],
        [2, 0],
        [2, 8],
      ] as const
    ).entries()) {
      const low = eightWords.map((byte) => byte + from)
      body.get(at(halves, first), at(halves, first + 1)).shuffle([...low, ...low.map((p) => p + 16)])
      body.set(at(schedule, 4 * quarter + word))
    }
  }

  const rotate = (of: number, by: number) => {
    body
      .get(of)
      .int(by)
      .do('i32x4.shr_u')
      .get(of)
      .int(32 - by)
      .do('i32x4.shl', 'v128.or')
  }
  const sigma = (of: number, turns: readonly number[], shift?: number) => {
    for (const [i, by] of turns.entries()) {
      rotate(of, by)
      if (i > 0) body.do('v128.xor')
    }
    if (shift !== undefined) body.get(of).int(shift).do('i32x4.shr_u', 'v128.xor')
  }

  for (const word of eightWords)
    body
      .int(state + 16 * word)
      .access('v128.load')
      .set(at(working, word))
  // The xor of b and c: of one round it is that of a and b of the round before.
  body.get(at(working, 1), at(working, 2)).do('v128.xor').set(y)
  let [previous, current] = [y, x]
  for (let round = 0; round < 64; round += 1) {
    const name = (index: number) => at(working, index + 64 - round)
    const [a, b, d, e, f, g, h] = [name(0), name(1), name(3), name(4), name(5), name(6), name(7)]
    const w = at(schedule, round)
    if (round >= 16) {
      body.get(w)
      sigma(at(schedule, round + 1), [7, 18], 3)
      body
        .do('i32x4.add')
        .get(at(schedule, round + 9))
        .do('i32x4.add')
      sigma(at(schedule, round + 14), [17, 19], 10)
      body.do('i32x4.add').set(w)
    }
    body
      .get(h, w)
      .splat(constants[round] ?? 0)
      .do('i32x4.add', 'i32x4.add')
    body.get(f, g, e).do('v128.bitselect', 'i32x4.add')
    sigma(e, [6, 11, 25])
    body.do('i32x4.add').tee(t).get(d).do('i32x4.add').set(d)
    sigma(a, [2, 13, 22])
    body.get(t).do('i32x4.add')
    body.get(a, b).do('v128.xor').tee(current).get(previous).do('v128.and').get(b).do('v128.xor', 'i32x4.add').set(h)
    ;[previous, current] = [current, previous]
  }
  for (const word of eightWords) {
    body
      .int(state + 16 * word)
      .int(state + 16 * word)
      .access('v128.load')
      .get(at(working, word))
    body.do('i32x4.add').access('v128.store')
  }
  return body
}

function writeSip(): Body {
  const body = new Body(5)
  const [count, ends, from, data, out] = [0, 1, 2, 3, 4] as const
  const [at, words, rest] = ([i32, i32, i32] as const).map((type) => body.local(type)) as [number, number, number]
  const [v0, v1, v2, v3, word] = ([i64, i64, i64, i64, i64] as const).map((type) => body.local(type)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const mix = (into: number, other: number, how: Plain) => body.get(into, other).do(how).set(into)
  const turn = (of: number, by: bigint) => body.get(of).long(by).do('i64.rotl').set(of)
  const addAndTurn = (sum: number, other: number, by: bigint) => {
    mix(sum, other, 'i64.add')
    turn(other, by)
    mix(other, sum, 'i64.xor')
  }
  const round = () => {
    addAndTurn(v0, v1, 13n)
    turn(v0, 32n)
    addAndTurn(v2, v3, 16n)
    addAndTurn(v0, v3, 21n)
    addAndTurn(v2, v1, 17n)
    turn(v2, 32n)
  }
  const takeIn = () => {
    mix(v3, word, 'i64.xor')
    round()
    round()
    mix(v0, word, 'i64.xor')
  }
  const begin = (into: number, key: number, constant: bigint) =>
    body
      .int(layout.key + key)
      .access('i64.load')
      .long(constant)
      .do('i64.xor')
      .set(into)

  body.loopWhile(
    () => body.get(count),
    () => {
      for (const [i, into] of [v0, v1, v2, v3].entries()) begin(into, 8 * (i % 2), sipConstants[i] ?? 0n)
      body.get(data, from).do('i32.add').set(at)
      body.get(ends).access('i32.load').get(from).do('i32.sub').tee(rest).int(3).do('i32.shr_u').set(words)
      body.get(ends).access('i32.load').set(from)
      body.loopWhile(
        () => body.get(words),
        () => {
          body.get(at).access('i64.load').set(word)
          takeIn()
          body.get(at).int(8).do('i32.add').set(at).get(words).int(1).do('i32.sub').set(words)
        },
      )
      // The last word: what is left of the slice, with its length in the highest byte.
      body.get(at).access('i64.load').long(1n)
      body.get(rest).int(7).do('i32.and').int(3).do('i32.shl', 'i64.extend_i32_u', 'i64.shl').long(1n).do('i64.sub')
      body.do('i64.and').get(rest).do('i64.extend_i32_u').long(56n).do('i64.shl', 'i64.or').set(word)
      takeIn()
      body.get(v2).long(0xffn).do('i64.xor').set(v2)
      for (let i = 0; i < 4; i += 1) round()
      body.get(out).get(v0, v1).do('i64.xor').get(v2).do('i64.xor').get(v3).do('i64.xor').access('i64.store')
      body.get(out).int(8).do('i32.add').set(out).get(ends).int(4).do('i32.add').set(ends)
      body.get(count).int(1).do('i32.sub').set(count)
    },
  )
  return body
}

/** "somepseudorandomlygeneratedbytes". */
export const sipConstants = [
  0x736f6d6570736575n,
  0x646f72616e646f6dn,
  0x6c7967656e657261n,
  0x7465646279746573n,
] as const

function writeSwapped(body: Body, local: number): void {
  body.get(local).int(8).do('i32.rotl').int(0x00ff00ff).do('i32.and')
  body.get(local).int(8).do('i32.rotr').int(0xff00ff00).do('i32.and', 'i32.or')
}

function firstPrimes(count: number): number[] {
  const primes: number[] = []
  for (let n = 2; primes.length < count; n += 1) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  return primes
}

/** The first 32 bits of the fraction, of which the constants are made (FIPS 180-4, 4.2.2 and 5.3.3). */
function fractionOf(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32) | 0
}
