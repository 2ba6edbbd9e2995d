/**
 * A dictionary in memory: text -> code and back. Millions of identifiers as strings in a Map take some 150 bytes each and are
 * walked at every collection; here they are bytes in a few large pieces, with a table of open addressing over them: about 30
 * bytes beside the text.
 */

const pieceBits = 20
const pieceLength = 2 ** pieceBits
const lengthBytes = 4

export class TextTable {
  /** A code, or 0 where there is none. */
  #slots = new Uint32Array(64)
  #hashes = new Uint32Array(32)
  /** Where in the pieces the length of a text stands, and the text behind it. */
  #starts = new Uint32Array(32)
  #pieces: Buffer[] = []
  #end = 0
  #count = 0
  #lastText = ''
  #lastCode = 0
  #scratch = Buffer.allocUnsafeSlow(2_048)
  /** Differs in every run, so that nobody can choose identifiers that all fall on one place. */
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  get count(): number {
    return this.#count
  }

  find(text: string): number | undefined {
    if (text === '') return 0
    const length = this.#encode(text)
    return this.#look(this.#scratch, 0, length, this.#hash(this.#scratch, 0, length)) || undefined
  }

  codeOf(text: string): number {
    if (text === '') return 0
    // Neighbours in a log are mostly of one session.
    if (text === this.#lastText) return this.#lastCode
    // First the length: writing it may put a longer scratch in the place of this one.
    const length = this.#encode(text)
    this.#lastCode = this.codeOfBytes(this.#scratch, 0, length)
    this.#lastText = text
    return this.#lastCode
  }

  /** The same of a text given as UTF-8. */
  codeOfBytes(bytes: Uint8Array, from: number, to: number): number {
    if (from === to) return 0
    const hash = this.#hash(bytes, from, to)
    return this.#look(bytes, from, to, hash) || this.#add(bytes.subarray(from, to), hash)
  }

  textOf(code: number): string {
    if (code === 0) return ''
    const bytes = this.bytesOf(code)
    return bytes.toString('utf8')
  }

  /** The text as UTF-8: a view, not a copy. Nothing for a text that was erased. */
  bytesOf(code: number): Buffer {
    if (!Number.isInteger(code) || code < 1 || code > this.#count)
      throw new RangeError('There is no text of this code.')
    const start = this.#starts[code - 1] ?? 0
    const piece = this.#pieces[start >>> pieceBits] as Buffer
    const at = start & (pieceLength - 1)
    return piece.subarray(at + lengthBytes, at + lengthBytes + readLength(piece, at))
  }

  /** Adds a text read back from where it was kept; false if it was there already. No bytes stand for an erased one. */
  restore(bytes: Buffer): boolean {
    const hash = this.#hash(bytes, 0, bytes.length)
    if (bytes.length > 0 && this.#look(bytes, 0, bytes.length, hash) > 0) return false
    this.#add(bytes, hash)
    return true
  }

  #look(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const code = slots[slot] ?? 0
      if (code === 0 || (this.#hashes[code - 1] === hash && this.#isSame(code, bytes, from, to))) return code
    }
  }

  #isSame(code: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#starts[code - 1] ?? 0
    const piece = this.#pieces[start >>> pieceBits] as Buffer
    const at = start & (pieceLength - 1)
    if (readLength(piece, at) !== to - from) return false
    for (let index = from, kept = at + lengthBytes; index < to; index += 1, kept += 1) {
      if (piece[kept] !== bytes[index]) return false
    }
    return true
  }

  #add(bytes: Uint8Array, hash: number): number {
    if (this.#count === this.#starts.length) this.#grow()
    this.#starts[this.#count] = this.#keep(bytes)
    this.#hashes[this.#count] = hash
    this.#count += 1
    if (bytes.length > 0) this.#place(this.#count, hash)
    return this.#count
  }

  #keep(bytes: Uint8Array): number {
    const needed = bytes.length + lengthBytes
    if (needed > pieceLength) throw new RangeError('A text is too long to be given a code.')
    const left = this.#pieces.length * pieceLength - this.#end
    if (left < needed) {
      if (this.#pieces.length * pieceLength >= 2 ** 32) throw new RangeError('The dictionary is full.')
      this.#end = this.#pieces.length * pieceLength
      this.#pieces.push(Buffer.allocUnsafeSlow(pieceLength))
    }
    const start = this.#end
    const piece = this.#pieces[start >>> pieceBits] as Buffer
    const at = start & (pieceLength - 1)
    piece.writeUInt32LE(bytes.length, at)
    piece.set(bytes, at + lengthBytes)
    this.#end += needed
    return start
  }

  #place(code: number, hash: number): void {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = code
  }

  /** Doubles the lists; the slots stay at least twice as many as the texts. */
  #grow(): void {
    this.#starts = doubled(this.#starts)
    this.#hashes = doubled(this.#hashes)
    this.#slots = new Uint32Array(this.#starts.length * 2)
    for (let code = 1; code <= this.#count; code += 1) {
      if (this.bytesOf(code).length > 0) this.#place(code, this.#hashes[code - 1] ?? 0)
    }
  }

  /** Writes the text as UTF-8 to the scratch; gives its length. */
  #encode(text: string): number {
    if (text.length * 3 > this.#scratch.length) this.#scratch = Buffer.allocUnsafeSlow(text.length * 6)
    const scratch = this.#scratch
    for (let at = 0; at < text.length; at += 1) {
      const letter = text.charCodeAt(at)
      if (letter > 127) return scratch.write(text, 'utf8')
      scratch[at] = letter
    }
    return text.length
  }

  #hash(bytes: Uint8Array, from: number, to: number): number {
    let hash = this.#seed
    for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193) ^ (hash >>> 15)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return (hash ^ (hash >>> 16)) >>> 0
  }
}

/** What `writeUInt32LE` wrote; this is asked for every text that comes. */
function readLength(piece: Uint8Array, at: number): number {
  return (piece[at] ?? 0) | ((piece[at + 1] ?? 0) << 8) | ((piece[at + 2] ?? 0) << 16)
}

function doubled(list: Uint32Array): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(list.length * 2)
  longer.set(list)
  return longer
}
