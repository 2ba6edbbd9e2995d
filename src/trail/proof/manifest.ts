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
 */
import { createHash, createHmac } from 'node:crypto'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { hashMany, hashNodes } from '../hash/hash.ts'
import type { Block } from '../log/log.ts'

export interface ManifestHead {
  /** The lines of the log that it speaks of: [from, to). */
  readonly from: number
  readonly to: number
  readonly patients: number
  readonly accesses: number
}

export interface ManifestLine extends ManifestHead {
  readonly root: string
}

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

export const writeManifestLine = (line: ManifestLine) => `${letter}\t${JSON.stringify(line)}`

/** Reads the line of a manifest in the log; undefined for lines of other kinds. */
export function readManifestLine(line: string): ManifestLine | undefined {
  if (!line.startsWith(`${letter}\t`)) return undefined
  const { from, to, patients, accesses, root } = JSON.parse(line.slice(2)) as ManifestLine
  return { from, to, patients, accesses, root }
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

/** The patient of a canonical line of an access, as its escaped bytes; undefined for other lines and where it has none. */
export function patientOf(lines: Buffer, from: number, to: number): string | undefined {
  // `A`, tab, time, tab, patient.
  if (lines[from] !== 0x41 || lines[from + 1] !== 9) return undefined
  const second = lines.indexOf(9, from + 2)
  const third = lines.indexOf(9, second + 1)
  if (second < 0 || third < 0 || third > to || third === second + 1) return undefined
  return lines.toString('utf8', second + 1, third)
}

/** Makes the manifest of a range from blocks that hold it, with the leaf hashes of the blocks' lines, and writes it. */
export async function writeManifest(
  path: string,
  range: { readonly from: number; readonly to: number },
  blocks: AsyncIterable<{ readonly block: Block; readonly leafHashes: Buffer }>,
  keyOf: (patient: string) => Buffer,
): Promise<ManifestLine> {
  const places = new Map<string, number>()
  const total = range.to - range.from
  const patientsOf = new Uint32Array(total)
  const hashes = Buffer.allocUnsafeSlow(total * hashLength)
  const counts: number[] = []
  let accesses = 0
  for await (const { block, leafHashes } of blocks) {
    for (let line = 0; line < block.count; line += 1) {
      const seq = block.first + line
      if (seq < range.from || seq >= range.to) continue
      const patient = patientOf(block.lines, block.lineEnds[line - 1] ?? 0, block.lineEnds[line] ?? 0)
      if (patient === undefined) continue
      let place = places.get(patient)
      if (place === undefined) {
        place = places.size
        places.set(patient, place)
        counts.push(0)
      }
      counts[place] = (counts[place] ?? 0) + 1
      patientsOf[seq - range.from] = place + 1
      leafHashes.copy(hashes, (seq - range.from) * hashLength, line * hashLength, (line + 1) * hashLength)
      accesses += 1
    }
  }
  const digests = digestAll(range.from, patientsOf, hashes, counts, accesses)
  const entries = [...places]
    .map(([patient, place]) => ({ key: keyOf(patient), count: counts[place] ?? 0, digest: digests(place) }))
    .sort((a, b) => a.key.compare(b.key))
  const bytes = Buffer.allocUnsafeSlow(entries.length * entryLength)
  for (const [index, entry] of entries.entries()) bytes.set(leafBytes(entry), index * entryLength)
  const levels = levelsOf(hashMany(0x00, bytes, endsOf(entries.length, entryLength)))
  const root = entries.length === 0 ? createHash('sha256').digest() : (levels.at(-1) ?? Buffer.alloc(0))
  const head = Buffer.alloc(headLength)
  magic.copy(head)
  for (const [place, value] of [range.from, range.to, entries.length, accesses].entries()) {
    head.writeBigUInt64BE(BigInt(value), magic.length + place * 8)
  }
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writev([head, bytes, ...levels])
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  return { ...range, patients: entries.length, accesses, root: root.toString('hex') }
}

/** The digests of all patients: the leaf hashes are put in order by patient first, so that each is hashed in one go. */
function digestAll(
  first: number,
  patientsOf: Uint32Array,
  hashes: Buffer,
  counts: readonly number[],
  accesses: number,
) {
  const starts: number[] = []
  let start = 0
  for (const count of counts) {
    starts.push(start)
    start += count
  }
  const next = [...starts]
  const sorted = Buffer.allocUnsafeSlow(accesses * placeLength)
  for (const [line, patient] of patientsOf.entries()) {
    if (patient === 0) continue
    const to = next[patient - 1] ?? 0
    next[patient - 1] = to + 1
    sorted.writeUInt32BE(Math.floor((first + line) / 2 ** 32), to * placeLength)
    sorted.writeUInt32BE((first + line) % 2 ** 32, to * placeLength + 4)
    hashes.copy(sorted, to * placeLength + 8, line * hashLength, (line + 1) * hashLength)
  }
  return (place: number) => {
    const from = (starts[place] ?? 0) * placeLength
    return digestOf(sorted.subarray(from, from + (counts[place] ?? 0) * placeLength))
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
