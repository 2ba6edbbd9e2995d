/**
 * The accesses of a stretch of the log, as digests are made of them: whose they are, where they stand, and their leaf hashes; 40 bytes
 * each. They come in the order of the log and are wanted patient by patient. Over millions of lines that would be a walk all over the
 * memory, so they are put by patient into buckets as they come, of which each fits in the processor's cache.
 */
import { createHash } from 'node:crypto'
import { hashMany } from '../hash/hash.ts'
import { hashLength, placeLength, type Range } from './manifest.ts'

/** About so many accesses are in a bucket. */
const bucketSize = 16_384
/** Buckets grow by so many accesses. */
const chunkBits = 8
const chunkSize = 2 ** chunkBits
/** An access: the code of its patient, its line within the stretch, its hash. */
const wordsOfHash = hashLength / 4
const wordsOfAccess = 2 + wordsOfHash
const wordsOfPlace = placeLength / 4
/** Accesses of which the places are hashed in one go. */
const placesAtOnce = 16_384

/** Of patients, by their codes: where each one's accesses end, and their digests. */
export interface Digests {
  readonly codes: readonly number[]
  readonly ends: Uint32Array
  readonly digests: Buffer
}

export class Places {
  readonly #first: number
  readonly #bucketBits: number
  #words: Uint32Array
  #chunks = 0
  /** Of each bucket its chunks, and how many accesses are in them. */
  readonly #chunksOf: number[][]
  readonly #counts: Uint32Array
  /** Where the next of each goes, within a chunk. */
  readonly #next: Uint32Array
  readonly #places = new Uint32Array(placesAtOnce * wordsOfPlace)

  /** `spare` is one that is needed no more: its memory is taken over. */
  constructor({ from, to }: Range, spare?: Places) {
    this.#first = from
    this.#bucketBits = Math.ceil(Math.log2(Math.max(1, (to - from) / bucketSize)))
    const buckets = 2 ** this.#bucketBits
    this.#chunksOf = Array.from({ length: buckets }, () => [])
    this.#counts = new Uint32Array(buckets)
    this.#next = new Uint32Array(buckets)
    const words = (Math.ceil((to - from) / chunkSize) + buckets) * chunkSize * wordsOfAccess
    this.#words = spare && spare.#words.length >= words ? spare.#words : new Uint32Array(words)
  }

  /** Takes the next access, with the leaf hash that stands there, counted in words. */
  add(code: number, seq: number, hashes: Uint32Array, at: number): void {
    const bucket = code & (this.#counts.length - 1)
    const count = this.#counts[bucket] ?? 0
    let to = this.#next[bucket] ?? 0
    if ((count & (chunkSize - 1)) === 0) {
      this.#chunksOf[bucket]?.push(this.#chunks)
      to = this.#chunks * chunkSize * wordsOfAccess
      this.#chunks += 1
    }
    this.#counts[bucket] = count + 1
    this.#next[bucket] = to + wordsOfAccess
    const words = this.#words
    words[to] = code
    words[to + 1] = seq - this.#first
    // Word by word: a call for each would cost more than the bytes.
    for (let word = 0; word < wordsOfHash; word += 1) words[to + 2 + word] = hashes[at + word] ?? 0
  }

  /** The digests of all patients in a range. */
  digest({ from, to }: Range, patients: number): Digests {
    const codes: number[] = []
    const parts: { ends: Uint32Array; digests: Buffer }[] = []
    const counts = new Uint32Array((patients >>> this.#bucketBits) + 1)
    for (let bucket = 0; bucket < this.#counts.length; bucket += 1) {
      const [begin, end] = [this.#find(bucket, from - this.#first), this.#find(bucket, to - this.#first)]
      if (begin === end) continue
      parts.push(this.#digestBucket(bucket, begin, end, counts, codes))
    }
    const ends = new Uint32Array(codes.length)
    let [at, before] = [0, 0]
    for (const part of parts) {
      for (const end of part.ends) ends[at++] = before + end
      before += part.ends.at(-1) ?? 0
    }
    return { codes, ends, digests: Buffer.concat(parts.map(({ digests }) => digests)) }
  }

  #digestBucket(bucket: number, begin: number, end: number, counts: Uint32Array, codes: number[]) {
    const [words, bits] = [this.#words, this.#bucketBits]
    const own: number[] = []
    for (let access = begin; access < end; access += 1) {
      const patient = (words[this.#wordOf(bucket, access)] ?? 0) >>> bits
      if (counts[patient] === 0) own.push(patient)
      counts[patient] = (counts[patient] ?? 0) + 1
    }
    const ends = new Uint32Array(own.length)
    let total = 0
    for (const [at, patient] of own.entries()) {
      codes.push(((patient << bits) | bucket) >>> 0)
      const count = counts[patient] ?? 0
      counts[patient] = total
      ends[at] = total += count
    }
    const sorted = new Uint32Array(end - begin)
    for (let access = begin; access < end; access += 1) {
      const word = this.#wordOf(bucket, access)
      const patient = (words[word] ?? 0) >>> bits
      const place = counts[patient] ?? 0
      sorted[place] = word
      counts[patient] = place + 1
    }
    for (const patient of own) counts[patient] = 0
    return { ends, digests: this.#digestsOf(sorted, ends) }
  }

  /** The digest of each patient's accesses, of which it is given where they stand, one patient after the other. */
  #digestsOf(sorted: Uint32Array, ends: Uint32Array): Buffer {
    const digests = Buffer.allocUnsafeSlow(ends.length * hashLength)
    for (let [from, start] = [0, 0]; from < ends.length; ) {
      let to = from
      while (to < ends.length && (ends[to] ?? 0) - start <= placesAtOnce) to += 1
      if (to > from) {
        const own = ends.slice(from, to).map((end) => (end - start) * placeLength)
        hashMany(undefined, this.#placesOf(sorted.subarray(start, ends[to - 1])), own).copy(digests, from * hashLength)
      } else {
        // One patient has more than go in one piece.
        to += 1
        const digest = createHash('sha256')
        for (let at = start; at < (ends[from] ?? 0); at += placesAtOnce) {
          digest.update(this.#placesOf(sorted.subarray(at, Math.min(at + placesAtOnce, ends[from] ?? 0))))
        }
        digest.digest().copy(digests, from * hashLength)
      }
      from = to
      start = ends[to - 1] ?? 0
    }
    return digests
  }

  /** Accesses as they stand in a digest (`placeBytes`), one after the other. */
  #placesOf(sorted: Uint32Array): Buffer {
    const [places, words] = [this.#places, this.#words]
    const numbers = new DataView(places.buffer)
    for (let at = 0; at < sorted.length; at += 1) {
      const from = sorted[at] ?? 0
      const to = at * wordsOfPlace
      const seq = this.#first + (words[from + 1] ?? 0)
      numbers.setUint32(4 * to, Math.floor(seq / 2 ** 32))
      numbers.setUint32(4 * to + 4, seq % 2 ** 32)
      for (let word = 2; word < wordsOfPlace; word += 1) places[to + word] = words[from + word] ?? 0
    }
    return Buffer.from(places.buffer, 0, sorted.length * placeLength)
  }

  /** How many accesses of a bucket stand before a line. */
  #find(bucket: number, line: number): number {
    let [low, high] = [0, this.#counts[bucket] ?? 0]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#words[this.#wordOf(bucket, middle) + 1] ?? 0) < line) low = middle + 1
      else high = middle
    }
    return low
  }

  #wordOf(bucket: number, access: number): number {
    const chunk = this.#chunksOf[bucket]?.[access >>> chunkBits] ?? 0
    return (chunk * chunkSize + (access & (chunkSize - 1))) * wordsOfAccess
  }
}
