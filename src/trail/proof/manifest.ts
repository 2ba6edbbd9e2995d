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
import { hashMany } from '../hash/hash.ts'
import type { Block } from '../log/log.ts'

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

/** Lines of one manifest at most: what its making holds in memory is 40 bytes an access, and its patients. */
export const linesAtMost = 4_000_000

export interface Entry {
  readonly index: number
  readonly key: Buffer
  readonly count: number
  readonly digest: Buffer
}

/** Its line, and what stands in its file behind the head. */
export interface MadeManifest {
  readonly line: ManifestLine
  readonly parts: readonly Buffer[]
}

const magic = Buffer.from('vigil-manifest/1')
const headLength = 64
export const entryLength = 72
export const hashLength = 32
export const placeLength = 8 + hashLength
const letter = 'M'
const letterByte = 0x4d
const hmacBlock = 64
const keysAtOnce = 4_096

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
export function patientKeys(secret: Uint8Array, patients: readonly Uint8Array[]): Buffer {
  const keys = Buffer.allocUnsafeSlow(patients.length * hashLength)
  const pad = (byte: number) => Buffer.alloc(hmacBlock, byte).map((each, at) => each ^ (secret[at] ?? 0))
  const [inner, outer] = [pad(0x36), pad(0x5c)]
  for (let from = 0; from < patients.length; from += keysAtOnce) {
    const now = patients.slice(from, from + keysAtOnce)
    const within = hashEach(inner, now)
    hashEach(
      outer,
      now.map((_, at) => within.subarray(at * hashLength, (at + 1) * hashLength)),
    ).copy(keys, from * hashLength)
  }
  return keys
}

/** SHA-256 of the same beginning and each message. */
function hashEach(start: Uint8Array, messages: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.allocUnsafe(messages.reduce((sum, { length }) => sum + start.length + length, 0))
  const ends = new Uint32Array(messages.length)
  let end = 0
  for (const [at, message] of messages.entries()) {
    bytes.set(start, end)
    bytes.set(message, end + start.length)
    ends[at] = end += start.length + message.length
  }
  return hashMany(undefined, bytes, ends)
}

/** Writes the file of a manifest; whole or not at all. */
export async function writeManifest(path: string, { line, parts }: MadeManifest): Promise<void> {
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
