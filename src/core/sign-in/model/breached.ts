/**
 * Passwords that others have used before. Two lists:
 *  - the common ones, 49,000 of them, always there;
 *  - where the organisation has it, a file of breached passwords in the public format: lines `SHA1:COUNT` sorted by the
 *    hash, each hash once, of any size. It is searched where it lies with a few small reads.
 *
 * A file that is missing, damaged or too slow stops nobody. The answer is then `not-checked`, the state says why, and the
 * common ones are refused all the same. The file is opened for each look-up, so one that is mended or replaced is
 * picked up by itself.
 */
import { hash } from 'node:crypto'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { fold } from './fold.ts'

/** How a password stands in the file: among the breached ones, not among them, or nobody could say. */
export type BreachedAnswer = 'breached' | 'clean' | 'not-checked'

/** Why the file was not searched. */
export type NotChecked = 'missing' | 'unreadable' | 'damaged' | 'too-slow'

export type BreachedFileState =
  | { readonly state: 'none' }
  | { readonly state: 'ready' }
  | { readonly state: 'not-checked'; readonly reason: NotChecked }

export interface BreachedList {
  /** The common passwords, folded; read when first asked for. */
  readCommon(): Promise<ReadonlySet<string>>
  /** Looks a password up in the file; `clean` where there is none. The password is as it will be hashed. */
  lookUp(password: string): Promise<BreachedAnswer>
  /** Opens the file, looks at both ends of it and says whether it can be used. */
  checkFile(): Promise<BreachedFileState>
  /** How the last look-up or check went. */
  readonly file: BreachedFileState
}

/** Resolves when a read has lasted long enough. */
type Patience = (signal: AbortSignal) => Promise<void>

const threeSeconds: Patience = (signal) => setTimeout(3_000, undefined, { signal })

export function openBreachedList(file?: string, { patience = threeSeconds } = {}): BreachedList {
  let state: BreachedFileState = { state: file === undefined ? 'none' : 'ready' }
  let stuck = 0

  /** Works on the file; whatever goes wrong becomes the state. */
  async function withFile<T>(path: string, work: (lines: SortedLines) => Promise<T>): Promise<T | undefined> {
    // A read that hangs holds one of the few threads that reach files: there is never a second one.
    if (stuck > 0) return undefined
    const reading = readFile(path, work)
    const ended = new AbortController()
    const outcome = await Promise.race([reading, patience(ended.signal).then(() => 'too-slow' as const)])
    ended.abort()
    if (outcome === 'too-slow') {
      stuck += 1
      void reading.finally(() => {
        stuck -= 1
      })
      state = { state: 'not-checked', reason: 'too-slow' }
      return undefined
    }
    state = 'reason' in outcome ? { state: 'not-checked', reason: outcome.reason } : { state: 'ready' }
    return 'reason' in outcome ? undefined : outcome.value
  }

  return {
    readCommon,
    async lookUp(password) {
      if (file === undefined) return 'clean'
      const found = await withFile(file, (lines) => lines.has(hash('sha1', password)))
      return found === undefined ? 'not-checked' : found ? 'breached' : 'clean'
    },
    async checkFile() {
      if (file !== undefined) await withFile(file, async () => true)
      return state
    },
    get file() {
      return state
    },
  }
}

let common: Promise<ReadonlySet<string>> | undefined

/** Only who chooses a password needs the list, so it is not read at the start. */
function readCommon(): Promise<ReadonlySet<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common'].map(fold)),
  )
  return common
}

class FileProblem extends Error {
  readonly reason: NotChecked

  constructor(reason: NotChecked, options?: ErrorOptions) {
    super(`The file of breached passwords was not searched: ${reason}.`, options)
    this.reason = reason
  }
}

async function readFile<T>(
  path: string,
  work: (lines: SortedLines) => Promise<T>,
): Promise<{ value: T } | { reason: NotChecked }> {
  let handle: FileHandle | undefined
  try {
    // Opening a pipe would wait for its other end.
    if (!(await stat(path)).isFile()) throw new FileProblem('unreadable')
    handle = await open(path)
    const lines = new SortedLines(handle, (await handle.stat()).size)
    await lines.check()
    return { value: await work(lines) }
  } catch (error) {
    if (error instanceof FileProblem) return { reason: error.reason }
    // Whatever the file system says (no right to it, a read error, a path that is none) is its problem, not the person's.
    return { reason: isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR') ? 'missing' : 'unreadable' }
  } finally {
    await handle?.close().catch(() => undefined)
  }
}

/** A line is 40 hexadecimal digits, a colon, a count and the line's end: 64 bytes are more than any has. */
const longestLine = 64
const blockSize = 8_192
const linePattern = /^([0-9A-Fa-f]{40}):(\d{1,12})$/

interface Line {
  /** Where it begins in the file. */
  readonly at: number
  readonly hash: string
  readonly count: number
}

class SortedLines {
  readonly #handle: FileHandle
  readonly #size: number

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle
    this.#size = size
  }

  /** Holds the ends of the file against the format. */
  async check(): Promise<void> {
    const [first] = await this.#readLines(0, longestLine * 2)
    const last = (await this.#readLines(Math.max(0, this.#size - longestLine * 2), this.#size)).at(-1)
    if (!first || !last || first.hash > last.hash) throw new FileProblem('damaged')
  }

  async has(wanted: string): Promise<boolean> {
    const target = wanted.toUpperCase()
    // The line, if there is one, begins at or after `low` and before `high`, and its hash lies between theirs.
    let low = 0
    let high = this.#size
    let lowHash = '0'.repeat(40)
    let highHash = 'F'.repeat(40)
    for (let probe = 0; high - low > blockSize; probe += 1) {
      // Hashes are spread evenly, so a guess lands near. Every other probe halves, in case the file is not.
      const guess = probe % 2 === 0 ? low + (high - low) * shareOf(target, lowHash, highHash) : (low + high) / 2
      const from = Math.min(Math.max(Math.floor(guess) - blockSize / 4, low), high - blockSize / 2)
      const lines = await this.#readLines(from, from + blockSize / 2)
      const first = lines[0]
      const last = lines.at(-1)
      if (!first || !last || first.hash < lowHash || last.hash > highHash) throw new FileProblem('damaged')
      if (target < first.hash) {
        high = first.at
        highHash = first.hash
      } else if (target > last.hash) {
        low = last.at + 1
        lowHash = last.hash
      } else return isAmong(lines, target)
    }
    return isAmong(await this.#readLines(low, high + longestLine), target)
  }

  /** The whole lines that stand between two places; the one that the first place cuts through is left out. */
  async #readLines(from: number, to: number): Promise<readonly Line[]> {
    const start = Math.max(0, from - 1)
    const end = Math.min(to, this.#size)
    const buffer = Buffer.alloc(Math.max(0, end - start))
    let length = 0
    while (length < buffer.length) {
      const { bytesRead } = await this.#handle.read(buffer, length, buffer.length - length, start + length)
      // Shorter than it was a moment ago: somebody is writing it.
      if (bytesRead === 0) throw new FileProblem('damaged')
      length += bytesRead
    }
    const parts = buffer.toString('latin1').split('\n')
    let at = start
    // What stands before the first line's end belongs to a line that began earlier, but at the beginning of the file.
    if (from > 0) at += (parts.shift() ?? '').length + 1
    // After the last line's end stands the next line's beginning, or at the end of the file nothing or a whole line.
    const tail = parts.pop()
    if (end === this.#size && tail !== undefined && tail.trim() !== '') parts.push(tail)
    const lines: Line[] = []
    for (const part of parts) {
      const [, found, count] = linePattern.exec(part.trimEnd()) ?? []
      const previous = lines.at(-1)
      if (found === undefined) throw new FileProblem('damaged')
      const line = { at, hash: found.toUpperCase(), count: Number(count) }
      if (previous && previous.hash >= line.hash) throw new FileProblem('damaged')
      lines.push(line)
      at += part.length + 1
    }
    return lines
  }
}

/** A count of nought is padding, which hides how long an answer is; such a hash is nobody's password. */
function isAmong(lines: readonly Line[], target: string): boolean {
  return lines.some((line) => line.hash === target && line.count > 0)
}

/** Where a hash lies between two others, from 0 to 1. Twelve digits after those that all share are plenty. */
function shareOf(target: string, low: string, high: string): number {
  let shared = 0
  while (shared < 28 && low[shared] === high[shared]) shared += 1
  const numberOf = (text: string) => Number.parseInt(text.slice(shared, shared + 12), 16)
  const width = numberOf(high) - numberOf(low)
  return width <= 0 ? 0.5 : Math.min(1, Math.max(0, (numberOf(target) - numberOf(low)) / width))
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
