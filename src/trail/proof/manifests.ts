/**
 * The manifests of a log: which there are, made when they are asked for, each a line of the log. Together they cover it without
 * a gap from its first line, so that an answer proved in each of them is whole. Where months were destroyed, their manifests
 * went with them, and one line says instead that nobody can read those lines; all of it can be made anew from the log.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TrailLog } from '../log/log.ts'
import { escapeField } from '../model/access.ts'
import {
  type CoveringLine,
  type Entry,
  isManifest,
  linesAtMost,
  Manifest,
  type ManifestLine,
  manifestLinesOf,
  patientKey,
  type Range,
  writeManifest,
  writeManifestLine,
} from './manifest.ts'
import { Stretch } from './stretch.ts'
import { type ProvedEntry, type ProvedManifest, proofVersion, type ShownLine, type TrailProof } from './verify.ts'

/** Below this, neighbours are made into one. */
const smallLines = 1_000_000
/** Lines of manifests at the end of the log that may stand uncovered: each is shown in every proof. */
const mostBehind = 32

interface Kept {
  readonly line: CoveringLine
  /** Where in the log its line stands. */
  readonly seq: number
  readonly salt: string
}

/** What else manifests are made with. */
export interface ManifestParts {
  /** Under which patients stand in them. */
  readonly secret: Buffer
  readonly now: () => number
  /** Does the work while nobody else appends to the log. */
  readonly hold: <T>(work: () => Promise<T>) => Promise<T>
}

export class Manifests {
  readonly #directory: string
  readonly #log: TrailLog
  readonly #parts: ManifestParts
  /** In the order of the lines that they cover. */
  #kept: Kept[]
  readonly #open = new Map<string, Manifest>()
  #turn: Promise<unknown> = Promise.resolve()
  #isStopped = false

  private constructor(directory: string, log: TrailLog, parts: ManifestParts, kept: readonly Kept[]) {
    this.#directory = directory
    this.#log = log
    this.#parts = parts
    this.#kept = listUsable(log, kept)
  }

  static async open(directory: string, log: TrailLog, parts: ManifestParts): Promise<Manifests> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const text = await readFile(join(directory, 'index.json'), 'utf8').catch(() => '[]')
    return new Manifests(directory, log, parts, JSON.parse(text) as Kept[])
  }

  /** Up to where of the log nothing is missing in the manifests. */
  get coversTo(): number {
    let to = 0
    for (const { line } of this.#kept) {
      if (line.from !== to) break
      to = line.to
    }
    return to
  }

  /** What they cover, each by itself. */
  get ranges(): readonly Range[] {
    return this.#kept.flatMap(({ line }) => (isManifest(line) ? [{ from: line.from, to: line.to }] : []))
  }

  /** Covers what came since. */
  seal(): Promise<void> {
    return this.alone(() => this.#seal())
  }

  /** Makes neighbours that are small into one; run when there is time. */
  consolidate(): Promise<void> {
    return this.alone(async () => {
      await this.#seal()
      for (let first = 0; first < this.#kept.length - 1; first += 1) {
        const run: Kept[] = []
        let lines = 0
        for (const kept of this.#kept.slice(first)) {
          const length = kept.line.to - kept.line.from
          if (length >= smallLines || lines + length > linesAtMost || !this.#belongTogether(run, kept)) break
          run.push(kept)
          lines += length
        }
        const [from, to] = [run[0]?.line.from, run.at(-1)?.line.to]
        if (this.#isStopped || run.length < 2 || from === undefined || to === undefined) continue
        const made = await this.#make({ from, to })
        this.#kept.splice(first, run.length, made)
        await this.#save()
        for (const { line } of run) await this.#remove(line)
      }
    })
  }

  /**
   * Proves how many accesses of a patient the log holds, and which: all that were durable when it was asked. `find` tells the
   * patient's identifiers and where their accesses stand, up to a line of the log; then the proof opens those (word for word with
   * their salts). Else it binds their number alone, and takes a few milliseconds.
   */
  prove(
    patients: readonly string[],
    find?: (upTo: number) => Promise<{ readonly patients: readonly string[]; readonly seqs: readonly number[] }>,
  ): Promise<TrailProof> {
    return this.alone(async () => {
      // Twice: what came while the first is made is little, so that nobody is held up for long.
      await this.#seal()
      await this.#seal()
      const checkpoint = await this.#parts.hold(async () => {
        await this.#seal()
        return this.#log.checkpoint()
      })
      const size = Number(checkpoint.split('\n')[1])
      const { coversTo } = this
      const behind = await this.#linesBehind(coversTo, size)
      if (!behind) throw new Error('The trail is being closed: its manifests do not cover the whole log.')
      const found = await find?.(coversTo)
      const keys = (found?.patients ?? patients).map((patient) => patientKey(this.#parts.secret, escapeField(patient)))
      const shown = async ({ line, seq, salt }: Kept): Promise<ShownLine> => ({
        seq,
        salt,
        line: writeManifestLine(line),
        inclusion: (await this.#log.inclusion(seq, size)).map(hex),
      })
      const manifests: ProvedManifest[] = []
      for (const kept of this.#kept) {
        const entries: ProvedEntry[] = []
        if (isManifest(kept.line)) {
          const manifest = await this.#manifest(kept.line)
          for (const key of keys) entries.push(await prove(manifest, key))
        }
        manifests.push({ ...(await shown(kept)), entries })
      }
      // Those that are none of these: made into one since.
      const others = behind.filter(({ seq }) => !this.#kept.some((kept) => kept.seq === seq))
      return {
        version: proofVersion,
        checkpoint,
        keys: keys.map(hex),
        coversTo,
        manifests,
        behind: await Promise.all(others.map(shown)),
        ...(found ? { openings: await this.#openings(found.seqs) } : {}),
      }
    })
  }

  /** Takes the manifests up anew from the lines that the log holds of them; what they leave uncovered is covered when it is asked for. */
  async rebuild(): Promise<void> {
    await this.alone(async () => {
      const found: Kept[] = []
      for await (const block of this.#log.read(0)) {
        for (const { line, seq, index } of manifestLinesOf(block)) {
          found.push({ line, seq, salt: block.salts.toString('hex', index * 16, index * 16 + 16) })
        }
      }
      for (const manifest of this.#open.values()) await manifest.close()
      this.#open.clear()
      const kept: Kept[] = []
      for (const one of listUsable(this.#log, found)) {
        if (!isManifest(one.line) || (await this.#isTrue(one.line))) kept.push(one)
      }
      this.#kept = kept
      await this.#save()
      // Of a destroyed month nothing stays that counts anybody's accesses.
      const names = new Set(kept.map(({ line }) => nameOf(line)))
      for (const name of await readdir(this.#directory)) {
        if (name !== indexName && !names.has(name)) await rm(join(this.#directory, name), { force: true })
      }
    })
  }

  /** What is being made is finished, and nothing more begun. */
  stop(): void {
    this.#isStopped = true
  }

  async close(): Promise<void> {
    this.stop()
    await this.#turn.catch(() => undefined)
    for (const manifest of this.#open.values()) await manifest.close()
    this.#open.clear()
  }

  /** One after the other: while this runs, no manifest is made and none of their lines comes into the log. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  /** Covers what is there now. */
  async #seal(): Promise<void> {
    const until = this.#log.size
    while (!this.#isStopped) {
      const { coversTo } = this
      // What stands behind may be lines of manifests alone: those cover nothing of anybody.
      if (coversTo >= until || (await this.#linesBehind(coversTo, this.#log.size))) return
      const made = await this.#make(this.#rangeFrom(coversTo, until))
      const after = this.#kept.findIndex(({ line }) => line.from > made.line.from)
      this.#kept.splice(after < 0 ? this.#kept.length : after, 0, made)
      await this.#save()
    }
  }

  /** The next lines to be covered: up to what is covered already, and of one month. */
  #rangeFrom(from: number, until: number): Range & { readonly isDestroyed?: true } {
    const limit = Math.min(until, ...this.#kept.flatMap(({ line }) => (line.from > from ? line.from : [])))
    const destroyed = listDestroyed(this.#log).find((range) => range.from <= from && from < range.to)
    if (destroyed) return { from, to: Math.min(limit, destroyed.to), isDestroyed: true }
    const month = this.#log.months().find(({ to }) => to > from)
    return { from, to: Math.min(limit, from + linesAtMost, month?.to ?? limit) }
  }

  /** The lines of a stretch at the end of the log where all of them are of manifests, and few. */
  async #linesBehind(from: number, to: number): Promise<readonly Kept[] | undefined> {
    if (to - from > mostBehind) return undefined
    const found: Kept[] = []
    for await (const block of this.#log.read(from, to)) {
      for (const { line, seq, index } of manifestLinesOf(block)) {
        if (seq >= from && seq < to)
          found.push({ line, seq, salt: block.salts.toString('hex', index * 16, index * 16 + 16) })
      }
    }
    return found.length === to - from ? found : undefined
  }

  async #make({ from, to, isDestroyed }: Range & { readonly isDestroyed?: true }): Promise<Kept> {
    const line = isDestroyed ? { from, to, isDestroyed } : await this.#write({ from, to })
    const text = Buffer.from(writeManifestLine(line))
    const records = {
      count: 1,
      lines: text,
      lineEnds: Uint32Array.of(text.length),
      raw: Buffer.alloc(0),
      rawEnds: Uint32Array.of(0),
      rawOf: Uint32Array.of(0),
    }
    const { first } = await this.#log.append(records, this.#parts.now())
    for await (const block of this.#log.read(first, first + 1)) {
      const index = first - block.first
      return { line, seq: first, salt: block.salts.toString('hex', index * 16, index * 16 + 16) }
    }
    throw new Error('the log does not give back the line that it took')
  }

  async #write(range: Range): Promise<ManifestLine> {
    const stretch = await Stretch.read(this.#log, range)
    // Its month may be destroyed while it is read: nothing is said of lines that were not seen.
    if (!stretch.has(range)) throw new Error(`not all of the lines ${range.from} to ${range.to} can be read any more`)
    const made = stretch.manifest(range, this.#parts.secret)
    await writeManifest(join(this.#directory, nameOf(range)), made)
    return made.line
  }

  /** Whether the log gives this manifest, which is then there to be opened. */
  async #isTrue(line: ManifestLine): Promise<boolean> {
    const opened = await Manifest.open(join(this.#directory, nameOf(line)))
    const root = await opened?.root()
    await opened?.close()
    return root?.toString('hex') === line.root || (await this.#write(line)).root === line.root
  }

  async #manifest(line: ManifestLine): Promise<Manifest> {
    const path = join(this.#directory, nameOf(line))
    const known = this.#open.get(path)
    if (known) return known
    const manifest = (await this.#isTrue(line)) ? await Manifest.open(path) : undefined
    if (!manifest) throw new Error(`the log no longer gives the manifest of its lines ${line.from} to ${line.to}`)
    this.#open.set(path, manifest)
    return manifest
  }

  async #openings(seqs: readonly number[]): Promise<TrailProof['openings']> {
    const openings: { seq: number; line: string; salt: string }[] = []
    const wanted = [...seqs].sort((a, b) => a - b)
    for (let next = 0; next < wanted.length; ) {
      const seq = wanted[next] ?? 0
      let isFound = false
      for await (const block of this.#log.read(seq, seq + 1)) {
        isFound = true
        for (let at = wanted[next]; at !== undefined && at < block.first + block.count; at = wanted[next]) {
          const index = at - block.first
          openings.push({
            seq: at,
            line: block.lines.toString('utf8', block.lineEnds[index - 1] ?? 0, block.lineEnds[index]),
            salt: block.salts.toString('hex', index * 16, index * 16 + 16),
          })
          next += 1
        }
      }
      if (!isFound) next += 1
    }
    return openings
  }

  /** Whether it follows those right away, and all are manifests of one month. */
  #belongTogether(run: readonly Kept[], { line }: Kept): boolean {
    const before = run.at(-1)?.line
    const monthOf = (seq: number) => this.#log.months().find(({ from, to }) => seq >= from && seq < to)?.month
    return isManifest(line) && (!before || (before.to === line.from && monthOf(before.from) === monthOf(line.from)))
  }

  async #remove(line: CoveringLine): Promise<void> {
    const path = join(this.#directory, nameOf(line))
    await this.#open.get(path)?.close()
    this.#open.delete(path)
    await rm(path, { force: true })
  }

  async #save(): Promise<void> {
    const path = join(this.#directory, indexName)
    await writeFile(`${path}.new`, JSON.stringify(this.#kept), { mode: 0o600, flush: true })
    await rename(`${path}.new`, path)
  }
}

const indexName = 'index.json'
const nameOf = ({ from, to }: Range) => `${from}-${to}.manifest`

/** The lines of destroyed months; months that follow each other are one. */
export function listDestroyed(log: Pick<TrailLog, 'months'>): readonly Range[] {
  const ranges: { from: number; to: number }[] = []
  for (const { from, to, state } of log.months()) {
    const before = ranges.at(-1)
    if (state !== 'destroyed') continue
    if (before?.to === from) before.to = to
    else ranges.push({ from, to })
  }
  return ranges
}

export const overlap = (one: Range, other: Range) => one.from < other.to && other.from < one.to

/** Those that cover the log now: a later one covers those that it was made of, and of destroyed months one tells all. */
function listUsable(log: TrailLog, found: readonly Kept[]): Kept[] {
  const destroyed = listDestroyed(log)
  const usable: Kept[] = []
  for (const one of found.toSorted((a, b) => b.seq - a.seq)) {
    const { line } = one
    // A log that was put back to an older copy does not have the newest.
    if (one.seq >= log.size) continue
    const isSound = line.from < line.to && line.to <= one.seq && line.to - line.from <= linesAtMost
    const isFit = isManifest(line)
      ? isSound && !destroyed.some((range) => overlap(range, line))
      : destroyed.some(({ from, to }) => from === line.from && to === line.to)
    if (isFit && !usable.some((later) => overlap(later.line, line))) usable.push(one)
  }
  return usable.sort((a, b) => a.line.from - b.line.from)
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

async function prove(manifest: Manifest, key: Buffer): Promise<ProvedEntry> {
  const found = await manifest.find(key)
  const shown = async (entry: Entry) => ({
    index: entry.index,
    key: hex(entry.key),
    count: entry.count,
    digest: hex(entry.digest),
    path: (await manifest.path(entry.index)).map(hex),
  })
  if ('entry' in found) return { entry: await shown(found.entry) }
  return {
    ...(found.before ? { before: await shown(found.before) } : {}),
    ...(found.after ? { after: await shown(found.after) } : {}),
  }
}
