/** Draws that the people, the care and the accesses of a made-up hospital need beside those of random.ts. */
import type { Random } from '../random.ts'

/** Evenly from 0 up to, not including, 1. */
export const share = (random: Random): number => random.int(0, 0x3fffffff) / 0x40000000

/** A whole number of mean `mean`, mostly small and now and then large: 1 at least, `most` at most. */
export function drawLong(random: Random, mean: number, most: number): number {
  return Math.min(most, 1 + Math.floor(-Math.log(1 - share(random)) * (mean - 0.5)))
}

/** Gives how often a thing with this mean happens: the mean rounded up or down, so that small means count too. */
export function drawCount(random: Random, mean: number): number {
  const varied = mean * (0.75 + share(random) / 2)
  return Math.floor(varied) + (random.chance(varied % 1) ? 1 : 0)
}

/** Picks by weight, always with one draw. */
export function weighted<T>(entries: readonly (readonly [entry: T, weight: number])[]): (random: Random) => T {
  const sums: number[] = []
  let sum = 0
  for (const [, weight] of entries) {
    sum += weight
    sums.push(sum)
  }
  return (random) => {
    const wanted = share(random) * sum
    let low = 0
    let high = sums.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? sum) > wanted) high = middle
      else low = middle + 1
    }
    const found = entries[low]
    if (!found) throw new RangeError('Nothing to pick from')
    return found[0]
  }
}

/** A new order, the same for the same seed. */
export function shuffled(length: number, random: Random): Int32Array {
  const order = Int32Array.from({ length }, (_, index) => index)
  for (let at = length - 1; at > 0; at--) {
    const other = random.int(0, at)
    const kept = order[at] ?? 0
    order[at] = order[other] ?? 0
    order[other] = kept
  }
  return order
}
