/**
 * A stretch of the log, as manifests are made from it: whose record each line opened, and its hash. It holds 40 bytes an access, and
 * its patients once each.
 */
import { createHash, randomInt } from 'node:crypto'
import { hashLeaves, hashMany, hashNodes } from '../hash/hash.ts'
import type { Block, TrailLog } from '../log/log.ts'
import { TextTable } from '../store/text-table.ts'
import { entryLength, hashLength, type MadeManifest, patientKeys, type Range } from './manifest.ts'
import { Places } from './places.ts'

/** What is needed of a block. */
type Lines = Pick<Block, 'first' | 'count' | 'lines' | 'lineEnds'>

export class Stretch {
  readonly range: Range
  /** What was taken of it: lines of destroyed months are missing. */
  readonly #taken: { readonly from: number; to: number }[] = []
  readonly #patients = new TextTable(randomInt(2 ** 32))
  readonly #places: Places

  /** `spare` is one that is needed no more: its memory is taken over. */
  constructor(range: Range, spare?: Stretch) {
    this.range = range
    this.#places = new Places(range, spare ? spare.#places : undefined)
  }

  /** Reads a stretch from the log; lines of destroyed months are not given. */
  static async read(log: Pick<TrailLog, 'read'>, range: Range): Promise<Stretch> {
    const stretch = new Stretch(range)
    for await (const block of log.read(range.from, range.to)) {
      stretch.take(block, hashLeaves(block.salts, block.lines, block.lineEnds))
    }
    return stretch
  }

  /** Whether all lines of a range were taken. */
  has({ from, to }: Range): boolean {
    return this.#taken.some((taken) => taken.from <= from && to <= taken.to)
  }

  /** Takes what of a block lies within, and was not taken before: blocks come in order. */
  take({ first, count, lines, lineEnds }: Lines, leafHashes: Buffer): void {
    const last = this.#taken.at(-1)
    const begin = Math.max(0, (last?.to ?? this.range.from) - first)
    const end = Math.min(count, this.range.to - first)
    if (end <= begin) return
    if (last?.to === first + begin) last.to = first + end
    else this.#taken.push({ from: first + begin, to: first + end })
    const hashes = wordsOf(leafHashes)
    for (let line = begin; line < end; line += 1) {
      const code = this.#patientIn(lines, lineEnds[line - 1] ?? 0, lineEnds[line] ?? 0)
      if (code > 0) this.#places.add(code, first + line, hashes, line * wordsOfHash)
    }
  }

  /** The code of the patient of a canonical line of an access; 0 for other lines and where it has none. */
  #patientIn(lines: Buffer, from: number, to: number): number {
    // `A`, tab, time, tab, patient.
    if (lines[from] !== letterOfAccess || lines[from + 1] !== tab) return 0
    let begin = from + 2
    while (begin < to && lines[begin] !== tab) begin += 1
    begin += 1
    let end = begin
    while (end < to && lines[end] !== tab) end += 1
    return end >= to || end === begin ? 0 : this.#patients.codeOfBytes(lines, begin, end)
  }

  /** The manifest of a range within it: its entries in order, laid out as in its file, and its line. */
  manifest(range: Range, secret: Uint8Array): MadeManifest {
    const { codes, ends, digests } = this.#places.digest(range, this.#patients.count)
    const keys = patientKeys(
      secret,
      codes.map((code) => this.#patients.bytesOf(code)),
    )
    const order = orderOf(keys, codes.length)
    const bytes = Buffer.alloc(codes.length * entryLength)
    for (const [index, at] of order.entries()) {
      const to = index * entryLength
      keys.copy(bytes, to, at * hashLength, (at + 1) * hashLength)
      // Lines of one manifest fit into four of the eight bytes.
      bytes.writeUInt32BE((ends[at] ?? 0) - (ends[at - 1] ?? 0), to + hashLength + 4)
      digests.copy(bytes, to + hashLength + 8, at * hashLength, (at + 1) * hashLength)
    }
    const levels = levelsOf(hashMany(0x00, bytes, endsOf(order.length, entryLength)))
    const root = order.length === 0 ? createHash('sha256').digest() : (levels.at(-1) ?? Buffer.alloc(0))
    const accesses = ends.at(-1) ?? 0
    const line = { from: range.from, to: range.to, patients: order.length, accesses, root: root.toString('hex') }
    return { line, parts: [bytes, ...levels] }
  }
}

/** Words stand at whole multiples of their length only. */
function wordsOf({ buffer, byteOffset, length }: Buffer): Uint32Array {
  if (byteOffset % 4 === 0) return new Uint32Array(buffer, byteOffset, length / 4)
  return new Uint32Array(buffer.slice(byteOffset, byteOffset + length))
}

const wordsOfHash = hashLength / 4
const letterOfAccess = 0x41
const tab = 9

/** The places of keys in their order. */
function orderOf(keys: Buffer, count: number): Uint32Array {
  // By their first 31 bits, which a number holds exactly beside the place (of which 4 million need 22): so they are sorted at once,
  // and only those that begin alike are compared.
  const starts = Float64Array.from(
    { length: count },
    (_, at) => (keys.readUInt32BE(at * hashLength) >>> 1) * scale + at,
  )
  const order = Uint32Array.from(starts.sort(), (start) => start % scale)
  const compare = (a: number, b: number) =>
    keys.compare(keys, b * hashLength, (b + 1) * hashLength, a * hashLength, (a + 1) * hashLength)
  for (let from = 0; from < count; ) {
    let to = from + 1
    while (to < count && Math.floor((starts[to] ?? 0) / scale) === Math.floor((starts[from] ?? 0) / scale)) to += 1
    if (to > from + 1) order.subarray(from, to).sort(compare)
    from = to
  }
  return order
}

const scale = 2 ** 22

const endsOf = (count: number, length: number) =>
  Uint32Array.from({ length: count }, (_, place) => (place + 1) * length)

/** The levels of the tree from its leaves to its root; a node without a sibling goes up as it is. */
function levelsOf(leaves: Buffer): Buffer[] {
  const levels = [leaves]
  for (let level = leaves; level.length > hashLength; ) {
    const pairs = Math.floor(level.length / (2 * hashLength))
    const above = hashNodes(level.subarray(0, pairs * 2 * hashLength))
    level =
      pairs * 2 * hashLength < level.length ? Buffer.concat([above, level.subarray(pairs * 2 * hashLength)]) : above
    levels.push(level)
  }
  return levels
}
