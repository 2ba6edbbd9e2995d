/**
 * A manifest: for a range of the log, how many accesses each patient has in it, and a digest of them in their order. Its root is a
 * line of the log itself, so that it is signed with it. One path through each manifest shows that nothing of a patient was left
 * out of an answer; that a patient has no access in the range is shown by the two neighbours between which they would stand.
 *
 * The file: 64 bytes of head (magic, from, to, patients, accesses), the entries in the order of their keys (key 32, count 8, digest
 * 32 bytes), then the tree: the hashes of the leaves, and of each level above them. It is made from the log alone.
 *  - key = HMAC-SHA-256(secret of the organisation, identifier): neighbours give nothing away.
 *  - digest = SHA-256 over the accesses, one after the other in the order of the log: of each its line in the log as eight bytes,
 *    then its leaf hash.
 *  - leaf = SHA-256(0x00 || key || count || digest); the tree is that of RFC 6962.
 *
 * Of months that were destroyed there is no manifest: a line of the log says which lines those were.
 */
import { createHash, createHmac } from 'node:crypto'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { z } from 'zod'
import { hashLeaves, hashMany, hashNodes } from '../hash/hash.ts'
import type { Block, TrailLog } from '../log/log.ts'

/** Lines of the log: [from, to). */
export interface Range {
  readonly from: number
  readonly to: number
}

/** The lines that it speaks of, and how much there is in them. */
export interface ManifestHead extends Range {
  readonly patients: number
  readonly accesses: number
}

const count = z.int().nonnegative()
const manifestLine = z.strictObject({
  from: count,
  to: count,
  patients: count,
  accesses: count,
  root: z.string().regex(/^[0-9a-f]{64}$/),
})
export type ManifestLine = z.infer<typeof manifestLine>

/** Lines that nobody can read any more: their months were destroyed. */
const destroyedLine = z.strictObject({ from: count, to: count, isDestroyed: z.literal(true) })

const coveringLine = z.union([manifestLine, destroyedLine])
export type CoveringLine = z.infer<typeof coveringLine>

/** Lines of one manifest at most: what its making holds in memory is 76 bytes a line, and its patients. */
export const linesAtMost = 4_000_000

export interface Entry {
  readonly index: number
  readonly key: Buffer
  readonly count: number
  readonly digest: Buffer
}

const magic = Buffer.from('vigil-manifest/1')
const headLength = 64
const entryLength = 72
const hashLength = 32
const placeLength = 8 + hashLength
const letter = 'M'
const letterByte = 0x4d
const tab = 9
const hmacBlock = 64

export const writeManifestLine = (line: CoveringLine) => `${letter}\t${JSON.stringify(line)}`

/** Reads the line of a manifest, or of destroyed months, in the log; undefined for lines of other kinds. */
export function readManifestLine(line: string): CoveringLine | undefined {
  if (!line.startsWith(`${letter}\t`)) return undefined
  try {
    return coveringLine.safeParse(JSON.parse(line.slice(2))).data
  } catch {
    return undefined
  }
}

export const isManifest = (line: CoveringLine): line is ManifestLine => !('isDestroyed' in line)

/** The lines of a block that speak of manifests, each with its place in the log. */
export function* manifestLinesOf({
  first,
  count,
  lines,
  lineEnds,
}: Pick<Block, 'first' | 'count' | 'lines' | 'lineEnds'>) {
  for (let index = 0; index < count; index += 1) {
    const from = lineEnds[index - 1] ?? 0
    if (lines[from] !== letterByte) continue
    const line = readManifestLine(lines.toString('utf8', from, lineEnds[index]))
    if (line) yield { line, seq: first + index, index }
  }
}

export const patientKey = (secret: Uint8Array, patient: string) => createHmac('sha256', secret).update(patient).digest()

/** The digest of a patient's accesses, in the order of the log: of each its line in the log (8 bytes) and its leaf hash (32). */
export const digestOf = (places: Uint8Array) => createHash('sha256').update(places).digest()

/** An access as it stands in a digest. */
export function placeBytes(seq: number, leafHash: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(placeLength)
  bytes.writeBigUInt64BE(BigInt(seq))
  bytes.set(leafHash, 8)
  return bytes
}

/** The bytes of a manifest's leaf, as they are hashed. */
export function leafBytes({ key, count, digest }: Omit<Entry, 'index'>): Buffer {
  const bytes = Buffer.alloc(entryLength)
  bytes.set(key, 0)
  bytes.writeBigUInt64BE(BigInt(count), hashLength)
  bytes.set(digest, hashLength + 8)
  return bytes
}

/** The keys of many patients, each given as its bytes, 32 bytes a key: HMAC as `patientKey` makes it, but in bulk. */
function patientKeys(secret: Uint8Array, patients: readonly Buffer[]): Buffer {
  const pad = (byte: number) => Buffer.from(Array.from({ length: hmacBlock }, (_, at) => (secret[at] ?? 0) ^ byte))
  const digest = (start: Buffer, messages: readonly Buffer[]) => {
    const ends = new Uint32Array(messages.length)
    let end = 0
    for (const [at, message] of messages.entries()) {
      end += hmacBlock + message.length
      ends[at] = end
    }
    return hashMany(undefined, Buffer.concat(messages.flatMap((message) => [start, message])), ends)
  }
  const inner = digest(pad(0x36), patients)
  return digest(
    pad(0x5c),
    patients.map((_, at) => inner.subarray(at * hashLength, (at + 1) * hashLength)),
  )
}

/** The patient of a canonical line of an access, byte by byte as latin1; undefined for other lines and where it has none. */
function patientOf(lines: Buffer, from: number, to: number): string | undefined {
  // `A`, tab, time, tab, patient.
  if (lines[from] !== 0x41 || lines[from + 1] !== tab) return undefined
  let begin = from + 2
  while (begin < to && lines[begin] !== tab) begin += 1
  begin += 1
  let end = begin
  while (end < to && lines[end] !== tab) end += 1
  return end >= to || end === begin ? undefined : lines.toString('latin1', begin, end)
}

/** Writes the file of a manifest; whole or not at all. */
export async function writeManifest(path: string, { line, parts }: ReturnType<Stretch['manifest']>): Promise<void> {
  const head = Buffer.alloc(headLength)
  magic.copy(head)
  for (const [place, value] of [line.from, line.to, line.patients, line.accesses].entries()) {
    head.writeBigUInt64BE(BigInt(value), magic.length + place * 8)
  }
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writev([head, ...parts])
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}

/** A stretch of the log, as manifests are made from it: whose record each line opened, and its hash. */
export class Stretch {
  readonly range: Range
  #lines = 0
  readonly #patients: string[] = []
  readonly #places = new Map<string, number>()
  /** Of each line the place of its patient and one; 0 where it has none. */
  readonly #patientsOf: Uint32Array
  readonly #hashes: Buffer
  /** By place, while a manifest is made: how many accesses there are (0 between two), and where the next of them goes. */
  #counts = new Uint32Array(0)
  #next = new Uint32Array(0)

  constructor(range: Range) {
    this.range = range
    const total = range.to - range.from
    this.#patientsOf = new Uint32Array(total)
    this.#hashes = Buffer.allocUnsafeSlow(total * hashLength)
  }

  /** Reads a stretch from the log; lines of destroyed months are not given. */
  static async read(log: Pick<TrailLog, 'read'>, range: Range): Promise<Stretch> {
    const stretch = new Stretch(range)
    for await (const block of log.read(range.from, range.to)) {
      stretch.#take(block, hashLeaves(block.salts, block.lines, block.lineEnds))
    }
    return stretch
  }

  /** Whether all of its lines could be read. */
  get isWhole(): boolean {
    return this.#lines === this.range.to - this.range.from
  }

  #take(block: Block, leafHashes: Buffer): void {
    const { from, to } = this.range
    const [first, end] = [Math.max(0, from - block.first), Math.min(block.count, to - block.first)]
    if (end <= first) return
    this.#lines += end - first
    leafHashes.copy(this.#hashes, (block.first + first - from) * hashLength, first * hashLength, end * hashLength)
    for (let line = first; line < end; line += 1) {
      const patient = patientOf(block.lines, block.lineEnds[line - 1] ?? 0, block.lineEnds[line] ?? 0)
      if (patient === undefined) continue
      let place = this.#places.get(patient)
      if (place === undefined) {
        place = this.#patients.push(patient) - 1
        this.#places.set(patient, place)
      }
      this.#patientsOf[block.first + line - from] = place + 1
    }
  }

  /** The manifest of a range within it: its entries in order, laid out as in its file, and its line. */
  manifest(range: Range, secret: Uint8Array): { line: ManifestLine; parts: readonly Buffer[] } {
    const { places, ends, digests, accesses } = this.#digest(range)
    const keys = patientKeys(
      secret,
      places.map((place) => Buffer.from(this.#patients[place] ?? '', 'latin1')),
    )
    const starts = Float64Array.from(places, (_, at) => keys.readUIntBE(at * hashLength, 6))
    const order = Uint32Array.from(places.keys()).sort(
      (a, b) =>
        (starts[a] ?? 0) - (starts[b] ?? 0) ||
        keys.compare(keys, b * hashLength, (b + 1) * hashLength, a * hashLength, (a + 1) * hashLength),
    )
    const bytes = Buffer.alloc(order.length * entryLength)
    for (const [index, at] of order.entries()) {
      const to = index * entryLength
      keys.copy(bytes, to, at * hashLength, (at + 1) * hashLength)
      // Lines of one manifest fit into four of the eight bytes.
      bytes.writeUInt32BE(((ends[at] ?? 0) - (ends[at - 1] ?? 0)) / placeLength, to + hashLength + 4)
      digests.copy(bytes, to + hashLength + 8, at * hashLength, (at + 1) * hashLength)
    }
    const levels = levelsOf(hashMany(0x00, bytes, endsOf(order.length, entryLength)))
    const root = order.length === 0 ? createHash('sha256').digest() : (levels.at(-1) ?? Buffer.alloc(0))
    const line = { from: range.from, to: range.to, patients: order.length, accesses, root: root.toString('hex') }
    return { line, parts: [bytes, ...levels] }
  }

  /** The digests of all patients in a range: their accesses are put in order by patient first, and end so many bytes in. */
  #digest(range: Range) {
    const first = range.from - this.range.from
    const patientsOf = this.#patientsOf.subarray(first, range.to - this.range.from)
    if (this.#counts.length < this.#patients.length) {
      this.#counts = new Uint32Array(this.#patients.length)
      this.#next = new Uint32Array(this.#patients.length)
    }
    const [counts, next] = [this.#counts, this.#next]
    const places: number[] = []
    for (const patient of patientsOf) {
      if (patient === 0) continue
      if (counts[patient - 1] === 0) places.push(patient - 1)
      counts[patient - 1] = (counts[patient - 1] ?? 0) + 1
    }
    const ends = new Uint32Array(places.length)
    let accesses = 0
    for (const [at, place] of places.entries()) {
      next[place] = accesses
      accesses += counts[place] ?? 0
      counts[place] = 0
      ends[at] = accesses * placeLength
    }
    const sorted = Buffer.allocUnsafeSlow(accesses * placeLength)
    for (let line = 0; line < patientsOf.length; line += 1) {
      const patient = patientsOf[line] ?? 0
      if (patient === 0) continue
      const to = (next[patient - 1] ?? 0) * placeLength
      next[patient - 1] = (next[patient - 1] ?? 0) + 1
      const seq = range.from + line
      sorted.writeUInt32BE(Math.floor(seq / 2 ** 32), to)
      sorted.writeUInt32BE(seq % 2 ** 32, to + 4)
      const hash = (first + line) * hashLength
      this.#hashes.copy(sorted, to + 8, hash, hash + hashLength)
    }
    return { places, ends, digests: hashMany(undefined, sorted, ends), accesses }
  }
}

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

/** An open manifest: found in and proved by a few small reads. */
export class Manifest {
  readonly head: ManifestHead
  readonly #file: FileHandle

  private constructor(file: FileHandle, head: ManifestHead) {
    this.#file = file
    this.head = head
  }

  /** Undefined where the file is none of ours: it is made again from the log then. */
  static async open(path: string): Promise<Manifest | undefined> {
    const file = await open(path, 'r').catch(() => undefined)
    if (!file) return undefined
    const bytes = Buffer.alloc(headLength)
    const { bytesRead } = await file.read(bytes, 0, headLength, 0)
    const [from = 0, to = 0, patients = 0, accesses = 0] = [0, 1, 2, 3].map((place) =>
      Number(bytes.readBigUInt64BE(magic.length + place * 8)),
    )
    const { size } = await file.stat()
    if (bytesRead < headLength || !bytes.subarray(0, magic.length).equals(magic) || size !== sizeOf(patients)) {
      await file.close()
      return undefined
    }
    return new Manifest(file, { from, to, patients, accesses })
  }

  /** The entry of a key, or the two between which it would stand. */
  async find(
    key: Buffer,
  ): Promise<{ readonly entry: Entry } | { readonly before: Entry | undefined; readonly after: Entry | undefined }> {
    let [low, high] = [0, this.head.patients]
    while (low < high) {
      const middle = (low + high) >>> 1
      const entry = await this.#entry(middle)
      const order = entry.key.compare(key)
      if (order === 0) return { entry }
      if (order < 0) low = middle + 1
      else high = middle
    }
    return {
      before: low > 0 ? await this.#entry(low - 1) : undefined,
      after: low < this.head.patients ? await this.#entry(low) : undefined,
    }
  }

  /** The hashes from a leaf to the root. */
  async path(index: number): Promise<readonly Buffer[]> {
    const path: Buffer[] = []
    let [place, size, offset] = [index, this.head.patients, headLength + this.head.patients * entryLength]
    while (size > 1) {
      const sibling = place ^ 1
      if (sibling < size) path.push(await this.#read(offset + sibling * hashLength, hashLength))
      offset += size * hashLength
      place >>>= 1
      size = (size + 1) >>> 1
    }
    return path
  }

  async root(): Promise<Buffer> {
    if (this.head.patients === 0) return createHash('sha256').digest()
    return this.#read(sizeOf(this.head.patients) - hashLength, hashLength)
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async #entry(index: number): Promise<Entry> {
    const bytes = await this.#read(headLength + index * entryLength, entryLength)
    return {
      index,
      key: bytes.subarray(0, hashLength),
      count: Number(bytes.readBigUInt64BE(hashLength)),
      digest: bytes.subarray(hashLength + 8),
    }
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length)
    const { bytesRead } = await this.#file.read(bytes, 0, length, offset)
    if (bytesRead !== length) throw new Error('a manifest is shorter than its head says')
    return bytes
  }
}

function sizeOf(patients: number): number {
  let size = headLength + patients * entryLength
  for (let level = patients; level > 0; level = level === 1 ? 0 : (level + 1) >>> 1) size += level * hashLength
  return size
}
