/** Random numbers that are the same on every machine for the same seed. Not for secrets. */

export interface Random {
  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** A generator of its own, so that what one file draws never shifts what another draws. */
  fork(label: string): Random
}

/** FNV-1a: spreads a label over 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}

export function seededRandom(seed: number | string): Random {
  // A Weyl sequence, scrambled by two rounds of multiply and shift: small, and even enough for made-up people.
  let state = hash(`vigil-sample:${seed}`)
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296
  }
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    int,
    chance: (probability) => next() < probability,
    pick: <T>(list: readonly T[]) => {
      if (list.length === 0) throw new RangeError('Nothing to pick from')
      return list[int(0, list.length - 1)] as T
    },
    fork: (label) => seededRandom(`${seed}/${label}`),
  }
}

/**
 * Says yes to about `rate` of its calls, spread evenly: a small sample gets its share too, which a coin would not
 * promise. An eager dealer says yes to the first call.
 */
export function dealer(rate: number, random: Random, eager: boolean): () => boolean {
  let due = eager ? 1 : random.int(0, 999) / 1000
  return () => {
    const hit = rate > 0 && due >= 1
    if (hit) due -= 1
    due += rate * (0.5 + random.int(0, 1000) / 1000)
    return hit
  }
}
