/**
 * The export of a ledger: a text that a third party verifies without us.
 *
 * Every line ends with LF, every line's kind is known before it is read, and nothing follows the last one:
 *
 *     vigil-ledger-export/1
 *     key <vkey>
 *     origin <name of the log>
 *     head <note>                                   size N and root of the whole log
 *     block <from> <to> <number of checkpoints>     the entries from to to-1: 1,000, fewer in the last block
 *     checkpoint <note>                             signed earlier, of a size above from and up to to, ascending
 *     entry <json>
 *     leaf <base64 of the leaf hash>
 *     payload <base64 of the salt> <json>           or `payload sealed` (not opened) or `payload shredded`
 *     …
 *     seal <note>                                   closes the block
 *     …
 *     end <N>
 *
 * A note is a signed checkpoint in base64. A seal is a checkpoint of the size reached, with one extension line: the
 * SHA-256 of every byte of the export before the seal. So the tree covers the entries and the seals cover all the rest,
 * such as whether a payload was left out, and whatever was rewritten consistently is found within its block. An empty
 * log has a head, one seal and no block.
 */
import { createHash, type Hash } from 'node:crypto'
import { type Signer, signCheckpoint, verifyCheckpoint, vkeyOf } from '#platform/transparency/checkpoint.ts'
import { Frontier, leafHash } from '#platform/transparency/merkle.ts'
import { payloadDigest, readOutline, saltLength } from './entry.ts'

export const exportVersion = 'vigil-ledger-export/1'
export const blockLength = 1000
/** No line is longer, its LF included; a reader needs no more memory than that and one chunk. */
export const maxLineLength = 16 * 1024 * 1024
const chunkLength = 1024 * 1024

export interface ExportedEntry {
  /** As stored: what `makeEntry` wrote. */
  readonly line: string
  readonly payload: ExportedPayload
}

export type ExportedPayload =
  | { readonly state: 'open'; readonly salt: Uint8Array; readonly json: string | Uint8Array }
  | { readonly state: 'sealed' }
  | { readonly state: 'shredded' }

/** What the signed extension line of a seal says. */
export function sealLine(digest: Uint8Array): string {
  return `${exportVersion} sha256 ${Buffer.from(digest).toString('base64')}`
}

/**
 * Writes an export as a stream of chunks, with constant memory.
 *
 * `head` is the size and root of the log as the store has it, taken in the same snapshot as the entries. `entries`
 * gives all of them in order, in batches of any size; `checkpoints` the texts of earlier ones signed by the same key,
 * by ascending size, one a size. Throws a RangeError as soon as these contradict each other: then the store is damaged,
 * and what was written so far does not verify.
 */
export async function* exportLedger(input: {
  origin: string
  signer: Signer
  head: { readonly size: number; readonly root: Uint8Array }
  entries: AsyncIterable<readonly ExportedEntry[]> | Iterable<readonly ExportedEntry[]>
  checkpoints?: AsyncIterable<string> | Iterable<string>
}): AsyncGenerator<Buffer> {
  const { origin, signer, head } = input
  const vkey = vkeyOf(signer.name, signer.publicKey)
  const covered = createHash('sha256')
  const frontier = Frontier.empty()
  const checkpoints = new CheckpointsInOrder(input.checkpoints ?? [], vkey, head.size)

  yield cover(covered, [
    `${exportVersion}\nkey ${vkey}\norigin ${origin}\n`,
    `head ${encodeNote(await signCheckpoint({ origin, ...head }, signer))}\n`,
  ])
  if (head.size === 0) yield cover(covered, [await seal(origin, frontier, covered, signer)])

  let kept: KeptCheckpoint[] = []
  let blockEnd = 0
  let lines: (string | Uint8Array)[] = []
  let pending = 0
  for await (const batch of input.entries) {
    for (const entry of batch) {
      if (frontier.size === head.size)
        throw new RangeError(`The ledger has more than the ${head.size} entries it names.`)
      if (frontier.size === blockEnd) {
        blockEnd = Math.min(blockEnd + blockLength, head.size)
        kept = await checkpoints.upTo(blockEnd)
        lines.push(`block ${frontier.size} ${blockEnd} ${kept.length}\n`)
        for (const { text } of kept) lines.push(`checkpoint ${encodeNote(text)}\n`)
      }
      pending += appendEntry(frontier, entry, lines)
      const next = kept[0]
      if (next && next.size === frontier.size) {
        if (!frontier.root().equals(next.root))
          throw new RangeError(`The checkpoint of size ${next.size} does not fit.`)
        kept.shift()
      }
      if (frontier.size === blockEnd) {
        if (blockEnd === head.size && !frontier.root().equals(head.root)) {
          throw new RangeError('The entries of the ledger do not give the root that its tree has.')
        }
        yield cover(covered, lines)
        yield cover(covered, [await seal(origin, frontier, covered, signer)])
        lines = []
        pending = 0
      } else if (pending > chunkLength) {
        yield cover(covered, lines)
        lines = []
        pending = 0
      }
    }
  }
  if (frontier.size !== head.size) throw new RangeError(`The ledger names ${head.size} entries and has fewer.`)
  yield Buffer.from(`end ${head.size}\n`)
}

interface KeptCheckpoint {
  readonly size: number
  readonly root: Buffer
  readonly text: string
}

/** Hands out earlier checkpoints block by block, reading one ahead. */
class CheckpointsInOrder {
  readonly #texts: AsyncIterator<string> | Iterator<string>
  readonly #vkey: string
  readonly #headSize: number
  #ahead: KeptCheckpoint | undefined
  #ended = false
  #lastSize = 0

  constructor(texts: AsyncIterable<string> | Iterable<string>, vkey: string, headSize: number) {
    this.#texts = Symbol.asyncIterator in texts ? texts[Symbol.asyncIterator]() : texts[Symbol.iterator]()
    this.#vkey = vkey
    this.#headSize = headSize
  }

  async upTo(size: number): Promise<KeptCheckpoint[]> {
    const found: KeptCheckpoint[] = []
    for (;;) {
      this.#ahead ??= await this.#read()
      if (!this.#ahead || this.#ahead.size > size) return found
      found.push(this.#ahead)
      this.#ahead = undefined
    }
  }

  async #read(): Promise<KeptCheckpoint | undefined> {
    while (!this.#ended) {
      const { done, value: text } = await this.#texts.next()
      if (done) this.#ended = true
      else {
        const read = verifyCheckpoint(text, this.#vkey)
        if (!read.ok) throw new RangeError(read.reason)
        const { size, root } = read.value
        // A checkpoint of the empty log says nothing about any entry.
        if (size === 0 && this.#lastSize === 0) continue
        if (size <= this.#lastSize || size > this.#headSize) {
          throw new RangeError('Checkpoints are exported in the order of their sizes, one a size.')
        }
        this.#lastSize = size
        return { size, root, text }
      }
    }
    return undefined
  }
}

/** Returns about how many bytes it added. */
function appendEntry(frontier: Frontier, { line, payload }: ExportedEntry, lines: (string | Uint8Array)[]): number {
  const outline = readOutline(line)
  if (outline?.seq !== frontier.size)
    throw new RangeError(`Entry ${frontier.size} of the ledger is missing or malformed.`)
  const leaf = leafHash(Buffer.from(line, 'latin1'))
  frontier.append(leaf)
  lines.push(`entry ${line}\nleaf ${leaf.toString('base64')}\n`)
  if (payload.state !== 'open') {
    lines.push(`payload ${payload.state}\n`)
    return line.length
  }
  const json = Buffer.from(payload.json)
  if (json.length > maxLineLength - 64 || json.includes(0x0a)) {
    throw new RangeError(`The payload of entry ${outline.seq} does not fit on a line.`)
  }
  if (payload.salt.length !== saltLength || payloadDigest(payload.salt, json) !== outline.digest) {
    throw new RangeError(`The payload of entry ${outline.seq} is not the one it was made for.`)
  }
  lines.push(`payload ${Buffer.from(payload.salt).toString('base64')} `, json, '\n')
  return line.length + json.length
}

async function seal(origin: string, frontier: Frontier, covered: Hash, signer: Signer): Promise<string> {
  const extensions = [sealLine(covered.copy().digest())]
  const note = await signCheckpoint({ origin, size: frontier.size, root: frontier.root(), extensions }, signer)
  return `seal ${encodeNote(note)}\n`
}

function cover(covered: Hash, lines: readonly (string | Uint8Array)[]): Buffer {
  const chunk = Buffer.concat(lines.map((line) => (typeof line === 'string' ? Buffer.from(line) : line)))
  covered.update(chunk)
  return chunk
}

function encodeNote(text: string): string {
  return Buffer.from(text).toString('base64')
}
