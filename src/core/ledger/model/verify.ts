/**
 * Verifies an export (see export.ts for its lines) as a stream, with constant memory and without a server.
 *
 * The reader knows at each line which kind must come, so damage is put down to the entry, or to the part of the file,
 * whose bytes were touched. Only what somebody rewrote consistently, such as an entry and its leaf hash, is found later
 * by the next signature; then the range of entries that it lies in is named. Reasons never quote what the file holds.
 */
import { createHash, hash } from 'node:crypto'
import {
  decodeBase64,
  fingerprintOf,
  parseVkey,
  type Read,
  type SignedCheckpoint,
  type VerifyingKey,
  verifyCheckpoint,
} from '#platform/transparency/checkpoint.ts'
import { Frontier, type Range } from '#platform/transparency/merkle.ts'
import { maxEntryLength, readOutline, saltLength } from './entry.ts'
import { blockLength, exportVersion, maxLineLength, sealLine } from './export.ts'

/** The kinds of line, in their order, and the two things that the verifying person hands in. */
export type ExportPart =
  | 'version'
  | 'key'
  | 'origin'
  | 'head'
  | 'block'
  | 'checkpoint'
  | 'entry'
  | 'leaf'
  | 'payload'
  | 'seal'
  | 'end'
  | 'after the end'
  | 'given key'
  | 'kept checkpoint'

export type Verification =
  | ({ readonly state: 'intact' } & VerifiedExport)
  /** Consistent in itself; nobody said which key must have signed it, so compare the fingerprint. */
  | ({ readonly state: 'unsigned-check' } & VerifiedExport)
  | BrokenExport

export interface VerifiedExport {
  readonly entries: number
  /** How many of the payloads the export holds open, left sealed, or has no more. */
  readonly payloads: { readonly open: number; readonly sealed: number; readonly shredded: number }
  /** The text of the signed checkpoint over all entries: worth keeping, to hand in as `atLeast` the next time. */
  readonly checkpoint: string
  readonly origin: string
  readonly vkey: string
  readonly fingerprint: string
}

export interface BrokenExport {
  readonly state: 'broken'
  readonly part: ExportPart
  /** The first entry that is damaged, missing or out of place; undefined when no single one can be named. */
  readonly firstBad: number | undefined
  /** The entries among which something was rewritten, when only that is known: `from` to `to - 1`. */
  readonly among: Range | undefined
  /** Counted from 1; 0 when what was handed in is at fault. */
  readonly line: number
  readonly reason: string
}

/**
 * Reads an export to its end, or to the first thing wrong with it.
 *
 * `key` is the vkey that must have signed it. `atLeast` is the text of a checkpoint kept from an earlier time: the
 * export must begin with the log as it was then. A stream that fails rejects; whatever its bytes, they never do.
 */
export async function verifyExport(
  stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  given: { key?: string; atLeast?: string } = {},
): Promise<Verification> {
  const key = given.key === undefined ? undefined : parseVkey(given.key)
  if (key && !key.ok) return broken('given key', 0, key.reason)
  const reader = new ExportReader(key?.value, given.atLeast)

  let pieces: Buffer[] = []
  let waiting = 0
  for await (const bytes of stream) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (chunk.includes(0x0a)) {
      const data = waiting > 0 ? Buffer.concat([...pieces, chunk]) : chunk
      const read = reader.readLines(data)
      if (typeof read !== 'number') return read
      pieces = [data.subarray(read)]
      waiting = data.length - read
    } else {
      pieces.push(chunk)
      waiting += chunk.length
    }
    if (waiting >= maxLineLength) return reader.refuse('is longer than any line of an export')
  }
  return reader.finish(Buffer.concat(pieces))
}

type Expected = Exclude<ExportPart, 'given key' | 'kept checkpoint'>

const lf = 0x0a
const entryPrefix = Buffer.from('entry ')
const leafPrefix = Buffer.from('leaf ')
const payloadPrefix = Buffer.from('payload ')
const saltPattern = /^[A-Za-z0-9+/]{21}[AQgw]== $/
const saltTextLength = 25

class ExportReader {
  readonly #givenKey: VerifyingKey | undefined
  readonly #atLeastText: string | undefined
  #expected: Expected = 'version'
  #lineNumber = 1
  #covered = createHash('sha256')
  #coveredTo = 0
  #key: VerifyingKey | undefined
  #origin = ''
  #head: { text: string; size: number; root: Buffer } | undefined
  #atLeast: SignedCheckpoint | undefined
  /** Set when the log, grown to the size of the kept checkpoint, has another root. */
  #rewritten = false
  #frontier = Frontier.empty()
  #blockEnd = 0
  #checkpointsToCome = 0
  #kept: { size: number; root: Buffer }[] = []
  /** All entries before this one are confirmed by a signature. */
  #confirmed = 0
  #payloads = { open: 0, sealed: 0, shredded: 0 }
  #digest = ''
  #leaf: Buffer = Buffer.alloc(0)
  #leafText = ''
  #scratch = Buffer.alloc(4096)

  constructor(givenKey: VerifyingKey | undefined, atLeast: string | undefined) {
    this.#givenKey = givenKey
    this.#atLeastText = atLeast
  }

  /** Reads the complete lines of `data` and returns where the rest begins. */
  readLines(data: Buffer): number | BrokenExport {
    this.#coveredTo = 0
    let start = 0
    for (let end = data.indexOf(lf); end >= 0; end = data.indexOf(lf, start)) {
      if (end - start >= maxLineLength) return this.refuse('is longer than any line of an export')
      const flaw = this.#readLine(data, start, end)
      if (flaw) return flaw
      this.#lineNumber += 1
      start = end + 1
    }
    this.#cover(data, start)
    return start
  }

  finish(rest: Buffer): Verification {
    if (this.#expected === 'after the end' && rest.length === 0) return this.#conclude()
    if (this.#expected === 'after the end') return this.refuse('comes after the end')
    const read = this.#frontier.size
    const promised = this.#head?.size ?? 0
    const missing = this.#isInEntry() || read < promised ? read : undefined
    let reason = `The file ends where its ${this.#expected} line should be.`
    if (rest.length > 0) reason = `The file ends in the middle of its ${this.#expected} line.`
    if (this.#lineNumber === 1 && rest.length === 0) reason = 'The file is empty.'
    if (missing !== undefined)
      reason = `${reason} Entry ${missing} and what follows it are cut off, of ${promised} entries.`
    return broken(this.#expected, this.#lineNumber, reason, missing)
  }

  /** Says what is wrong with the line at hand, as the end of a sentence that begins with its number. */
  refuse(flaw: string, firstBad = this.#isInEntry() ? this.#frontier.size : undefined): BrokenExport {
    return broken(this.#expected, this.#lineNumber, `Line ${this.#lineNumber} ${flaw}.`, firstBad)
  }

  #readLine(data: Buffer, start: number, end: number): BrokenExport | undefined {
    switch (this.#expected) {
      case 'entry':
        return this.#readEntry(data, start, end)
      case 'leaf':
        return this.#readLeaf(data, start, end)
      case 'payload':
        return this.#readPayload(data, start, end)
      case 'version':
        if (data.toString('utf8', start, end) !== exportVersion) {
          return this.refuse(`is not "${exportVersion}", so this is no export of a ledger that this program knows`)
        }
        this.#expected = 'key'
        return undefined
      case 'key':
        return this.#readKey(data.toString('utf8', start, end))
      case 'origin':
        return this.#readOrigin(data.toString('utf8', start, end))
      case 'head':
        return this.#readHead(data.toString('latin1', start, end))
      case 'block':
        return this.#readBlock(data.toString('latin1', start, end))
      case 'checkpoint':
        return this.#readCheckpoint(data.toString('latin1', start, end))
      case 'seal':
        return this.#readSeal(data, start, end)
      case 'end':
        if (data.toString('latin1', start, end) !== `end ${this.#frontier.size}`)
          return this.#misplaced(data, start, end)
        this.#expected = 'after the end'
        return undefined
      case 'after the end':
        return this.refuse('comes after the end')
    }
  }

  #readKey(line: string): BrokenExport | undefined {
    const read = parseVkey(line.startsWith('key ') ? line.slice(4) : '')
    if (!read.ok) return this.refuse('should name the key that signed the export, and is damaged')
    const { publicKey, vkey } = read.value
    if (this.#givenKey && this.#givenKey.vkey !== vkey) {
      const [ours, theirs] = [fingerprintOf(this.#givenKey.publicKey), fingerprintOf(publicKey)]
      return this.refuse(
        ours === theirs
          ? `names a key ${read.value.name}, and the key that you gave is the same one under another name`
          : `names a key with the fingerprint ${theirs}, and the key that you gave has the fingerprint ${ours}`,
      )
    }
    this.#key = read.value
    this.#expected = 'origin'
    return undefined
  }

  #readOrigin(line: string): BrokenExport | undefined {
    if (!/^origin ./.test(line)) return this.refuse('should name the log, and is damaged')
    this.#origin = line.slice(7)
    this.#expected = 'head'
    return undefined
  }

  #readHead(line: string): BrokenExport | undefined {
    const note = this.#readNote('head ', line)
    if (!note.ok) return this.refuse(note.reason)
    const { origin, size, root, extensions, signatures } = note.value
    // The origin stands both in its own line and, signed, here: they vouch for each other, and the signature decides.
    if (origin !== this.#origin) {
      return broken(
        'origin',
        this.#lineNumber - 1,
        `Line ${this.#lineNumber - 1} names another log than the signed head.`,
      )
    }
    if (extensions.length > 0 || signatures.length !== 1) return this.refuse('should hold a plain head, and holds more')
    this.#head = { text: note.text, size, root }
    this.#expected = size === 0 ? 'seal' : 'block'
    return this.#judgeKept(size)
  }

  #judgeKept(size: number): BrokenExport | undefined {
    if (this.#atLeastText === undefined || !this.#key) return undefined
    const read = verifyCheckpoint(this.#atLeastText, this.#key)
    if (!read.ok)
      return broken('kept checkpoint', 0, `The checkpoint that you kept does not count here: ${read.reason}`)
    if (read.value.origin !== this.#origin) {
      return broken('kept checkpoint', 0, 'The checkpoint that you kept is of another log than the export.')
    }
    if (read.value.size > size) {
      const reason = `The log is shortened: it had ${read.value.size} entries at the checkpoint that you kept, and has ${size}.`
      return broken('head', this.#lineNumber, reason, size)
    }
    this.#atLeast = read.value
    this.#compareKept()
    return undefined
  }

  #readBlock(line: string): BrokenExport | undefined {
    const from = this.#frontier.size
    const to = Math.min(from + blockLength, this.#head?.size ?? 0)
    const start = `block ${from} ${to} `
    const count = line.startsWith(start) ? line.slice(start.length) : ''
    if (!/^(0|[1-9]\d{0,3})$/.test(count) || Number(count) > to - from) {
      return this.refuse(
        'should begin a block of entries and is damaged or missing',
        isOfEntry(line) ? from : undefined,
      )
    }
    this.#blockEnd = to
    this.#kept = []
    this.#checkpointsToCome = Number(count)
    this.#expected = this.#checkpointsToCome > 0 ? 'checkpoint' : 'entry'
    return undefined
  }

  #readCheckpoint(line: string): BrokenExport | undefined {
    const note = this.#readNote('checkpoint ', line)
    if (!note.ok) return this.refuse(note.reason, isOfEntry(line) ? this.#frontier.size : undefined)
    const { size, root } = note.value
    const above = this.#kept.at(-1)?.size ?? this.#frontier.size
    if (note.value.origin !== this.#origin) return this.refuse('holds a checkpoint of another log')
    if (size <= above || size > this.#blockEnd) return this.refuse('holds a checkpoint that is out of its place')
    this.#kept.push({ size, root })
    this.#checkpointsToCome -= 1
    if (this.#checkpointsToCome === 0) this.#expected = 'entry'
    return undefined
  }

  #readEntry(data: Buffer, start: number, end: number): BrokenExport | undefined {
    const seq = this.#frontier.size
    const length = end - start
    if (length > maxEntryLength + entryPrefix.length || !beginsWith(entryPrefix, data, start, end)) {
      return this.refuse(`should be entry ${seq} and is something else`)
    }
    const outline = readOutline(data.toString('latin1', start + entryPrefix.length, end))
    if (!outline) return this.refuse(`should be entry ${seq} and is damaged`)
    if (outline.seq !== seq) return this.refuse(`should be entry ${seq} and is entry ${outline.seq}`)
    const leaf = this.#hashAfter(0, 1, data, start + entryPrefix.length, end)
    this.#digest = outline.digest
    this.#leafText = leaf.toString('base64')
    // The leaf joins the tree with its last line, so that until then the entry counts as not yet read.
    this.#leaf = leaf
    this.#expected = 'leaf'
    return undefined
  }

  #readLeaf(data: Buffer, start: number, end: number): BrokenExport | undefined {
    const seq = this.#frontier.size
    if (!beginsWith(leafPrefix, data, start, end)) {
      return this.refuse(`should be the leaf hash of entry ${seq} and is something else`)
    }
    if (data.toString('latin1', start + leafPrefix.length, end) !== this.#leafText) {
      return this.refuse(`should be the leaf hash of entry ${seq}, and the two do not fit each other`)
    }
    this.#expected = 'payload'
    return undefined
  }

  #readPayload(data: Buffer, start: number, end: number): BrokenExport | undefined {
    const seq = this.#frontier.size
    if (!beginsWith(payloadPrefix, data, start, end)) {
      return this.refuse(`should be the payload of entry ${seq} and is something else`)
    }
    const at = start + payloadPrefix.length
    if (end - at <= 8) {
      const word = data.toString('latin1', at, end)
      if (word !== 'sealed' && word !== 'shredded')
        return this.refuse(`should be the payload of entry ${seq} and is damaged`)
      this.#payloads[word] += 1
    } else {
      const salt = data.toString('latin1', at, Math.min(at + saltTextLength, end))
      if (!saltPattern.test(salt)) return this.refuse(`should be the payload of entry ${seq} and is damaged`)
      this.#scratch.write(salt, 0, saltLength, 'base64')
      if (this.#hashAfter(undefined, saltLength, data, at + saltTextLength, end).toString('base64') !== this.#digest) {
        return this.refuse(`is not the payload that entry ${seq} was made for`)
      }
      this.#payloads.open += 1
    }
    return this.#closeEntry()
  }

  #closeEntry(): BrokenExport | undefined {
    this.#frontier.append(this.#leaf)
    this.#compareKept()
    const size = this.#frontier.size
    const next = this.#kept[0]
    if (next?.size === size) {
      if (!next.root.equals(this.#frontier.root())) return this.#rewrittenAmong('a checkpoint signed at the time')
      this.#kept.shift()
      this.#confirmed = size
    }
    this.#expected = size === this.#blockEnd ? 'seal' : 'entry'
    return undefined
  }

  #compareKept(): void {
    if (this.#atLeast?.size === this.#frontier.size) this.#rewritten = !this.#atLeast.root.equals(this.#frontier.root())
  }

  #readSeal(data: Buffer, start: number, end: number): BrokenExport | undefined {
    this.#cover(data, start)
    const line = data.toString('latin1', start, end)
    const note = this.#readNote('seal ', line)
    if (!note.ok) return this.refuse(note.reason, isOfEntry(line) ? this.#frontier.size : undefined)
    const { origin, size, root, extensions, signatures } = note.value
    if (origin !== this.#origin) return this.refuse('holds a seal of another log')
    if (size !== this.#frontier.size || signatures.length !== 1)
      return this.refuse('holds a seal that is out of its place')
    if (!root.equals(this.#frontier.root())) return this.#rewrittenAmong('the seal')
    if (extensions.length !== 1 || extensions[0] !== sealLine(this.#covered.copy().digest())) {
      // The block that ends here; an empty log has none.
      const from = Math.max(0, Math.ceil(size / blockLength) - 1) * blockLength
      const flaw =
        'seals other bytes than come before it, although all entries fit: what changed since the last seal is'
      const what = 'whether a payload is open, or which checkpoints are there'
      return {
        ...this.refuse(`${flaw} ${what}`),
        among: { from, to: size },
      }
    }
    this.#confirmed = size
    if (size !== this.#head?.size) {
      this.#expected = 'block'
      return undefined
    }
    if (!this.#head.root.equals(root))
      return this.refuse('seals all entries, and they do not give the root in the head')
    if (this.#rewritten) {
      const kept = this.#atLeast?.size ?? 0
      const reason = `The log is rewritten: its first ${kept} entries are not those at the checkpoint that you kept.`
      return { ...broken('entry', this.#lineNumber, reason), among: { from: 0, to: kept } }
    }
    this.#expected = 'end'
    return undefined
  }

  #readNote(prefix: string, line: string): Read<SignedCheckpoint> & { text: string } {
    const bytes = line.startsWith(prefix) ? decodeBase64(line.slice(prefix.length)) : undefined
    const text = bytes?.toString()
    const what = prefix.trimEnd()
    // Bytes that are not UTF-8 would read as replacement characters: another text than the one that was signed.
    if (bytes === undefined || text === undefined || !Buffer.from(text).equals(bytes) || !this.#key) {
      return { ok: false, reason: `should be a signed ${what} and is damaged or missing`, text: '' }
    }
    const read = verifyCheckpoint(text, this.#key)
    if (read.ok) return { ...read, text }
    return {
      ok: false,
      reason: `should be a signed ${what}, and its signature by the key of the export is not good`,
      text,
    }
  }

  #rewrittenAmong(by: string): BrokenExport {
    const range = { from: this.#confirmed, to: this.#frontier.size }
    const one = range.to - range.from === 1
    const which = one ? `Entry ${range.from}` : `At least one of the entries ${range.from} to ${range.to - 1}`
    const reason = `${which} was rewritten together with its leaf hash: ${by} of size ${range.to} does not fit.`
    return { ...broken('entry', this.#lineNumber, reason, one ? range.from : undefined), among: range }
  }

  #misplaced(data: Buffer, start: number, end: number): BrokenExport {
    const line = data.toString('latin1', start, Math.min(end, start + 16))
    return this.refuse('should end the export and is something else', isOfEntry(line) ? this.#frontier.size : undefined)
  }

  #conclude(): Verification {
    const [head, key] = [this.#head, this.#key]
    if (!head || !key) return this.refuse('is missing')
    return {
      state: this.#givenKey ? 'intact' : 'unsigned-check',
      entries: head.size,
      payloads: this.#payloads,
      checkpoint: head.text,
      origin: this.#origin,
      vkey: key.vkey,
      fingerprint: fingerprintOf(key.publicKey),
    }
  }

  #isInEntry(): boolean {
    return this.#expected === 'entry' || this.#expected === 'leaf' || this.#expected === 'payload'
  }

  #cover(data: Buffer, to: number): void {
    if (to > this.#coveredTo) this.#covered.update(data.subarray(this.#coveredTo, to))
    this.#coveredTo = to
  }

  /** Hashes a slice after a byte, or after what the scratch holds, in one call: cheaper than a streaming hash. */
  #hashAfter(first: number | undefined, length: number, data: Buffer, start: number, end: number): Buffer {
    const whole = length + end - start
    if (whole > this.#scratch.length) {
      const larger = Buffer.alloc(2 ** Math.ceil(Math.log2(whole)))
      this.#scratch.copy(larger, 0, 0, length)
      this.#scratch = larger
    }
    if (first !== undefined) this.#scratch[0] = first
    data.copy(this.#scratch, length, start, end)
    return hash('sha256', this.#scratch.subarray(0, whole), 'buffer')
  }
}

function beginsWith(prefix: Buffer, data: Buffer, start: number, end: number): boolean {
  return end - start >= prefix.length && data.compare(prefix, 0, prefix.length, start, start + prefix.length) === 0
}

/** Says whether a line that is out of place belongs to an entry: then that entry stands where it should not. */
function isOfEntry(line: string): boolean {
  return /^(entry|leaf|payload) /.test(line)
}

function broken(part: ExportPart, line: number, reason: string, firstBad?: number): BrokenExport {
  return { state: 'broken', part, firstBad, among: undefined, line, reason }
}
