/**
 * Remembers what was made of bytes, so that a column of few values makes no text for each of its rows. A column whose values do not
 * come again is found out, and then costs nothing more than making them.
 */

const size = 4096
const mask = size - 1
/** After so many look-ups it is judged whether the memory is worth its while. */
const trial = 16_384

export class ByteMemo<T> {
  readonly #make: (bytes: Buffer, start: number, end: number) => T
  readonly #keys: string[] = new Array<string>(size).fill('')
  readonly #values: (T | undefined)[] = new Array<T | undefined>(size).fill(undefined)
  #isWorthIt = true
  #asked = 0
  #missed = 0

  constructor(make: (bytes: Buffer, start: number, end: number) => T) {
    this.#make = make
  }

  take(bytes: Buffer, start: number, end: number): T {
    const length = end - start
    if (!this.#isWorthIt || length > 200 || length === 0) return this.#make(bytes, start, end)
    let hash = length
    for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0
    const place = (hash ^ (hash >>> 15)) & mask
    const key = this.#keys[place] as string
    if (key.length === length) {
      let at = 0
      while (at < length && key.charCodeAt(at) === bytes[start + at]) at += 1
      if (at === length) {
        this.#asked += 1
        return this.#values[place] as T
      }
    }
    return this.#miss(bytes, start, end, place)
  }

  #miss(bytes: Buffer, start: number, end: number, place: number): T {
    this.#asked += 1
    this.#missed += 1
    if (this.#asked >= trial) {
      this.#isWorthIt = this.#missed < this.#asked * 0.6
      this.#asked = 0
      this.#missed = 0
    }
    const value = this.#make(bytes, start, end)
    this.#keys[place] = bytes.toString('latin1', start, end)
    this.#values[place] = value
    return value
  }
}
