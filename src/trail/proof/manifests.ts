/**
 * The manifests of a log: which there are, made when they are asked for, each a line of the log. Together they cover it without
 * a gap from its first line, so that an answer proved in each of them is whole.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hashLeaves } from '../hash/hash.ts'
import type { TrailLog } from '../log/log.ts'
import { escapeField } from '../model/access.ts'
import {
  type Entry,
  Manifest,
  type ManifestLine,
  patientKey,
  readManifestLine,
  writeManifest,
  writeManifestLine,
} from './manifest.ts'
import { type ProvedEntry, type ProvedManifest, proofVersion, type TrailProof } from './verify.ts'

/** Lines of one manifest at most: what its making holds in memory is 40 bytes a line. */
const linesAtMost = 4_000_000
/** Below this, neighbours are made into one. */
const smallLines = 1_000_000

interface Kept {
  readonly line: ManifestLine
  /** Where in the log its line stands. */
  readonly seq: number
  readonly salt: string
}

export class Manifests {
  readonly #directory: string
  readonly #log: TrailLog
  readonly #secret: Buffer
  readonly #now: () => number
  #kept: Kept[]
  readonly #open = new Map<string, Manifest>()
  #turn: Promise<unknown> = Promise.resolve()
  #isStopped = false

  private constructor(directory: string, log: TrailLog, secret: Buffer, now: () => number, kept: Kept[]) {
    this.#directory = directory
    this.#log = log
    this.#secret = secret
    this.#now = now
    this.#kept = kept
  }

  static async open(directory: string, log: TrailLog, secret: Buffer, now: () => number): Promise<Manifests> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const text = await readFile(join(directory, 'index.json'), 'utf8').catch(() => '[]')
    return new Manifests(directory, log, secret, now, JSON.parse(text) as Kept[])
  }

  /** Up to where of the log nothing is missing in the manifests. */
  get coversTo(): number {
    return this.#kept.at(-1)?.line.to ?? 0
  }

  /** Covers what came since, so that a proof speaks of all that is durable now. */
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
          if (length >= smallLines || lines + length > linesAtMost || !this.#areOneMonth(run[0] ?? kept, kept)) break
          run.push(kept)
          lines += length
        }
        const [from, to] = [run[0]?.line.from, run.at(-1)?.line.to]
        if (run.length < 2 || from === undefined || to === undefined) continue
        const made = await this.#make(from, to)
        this.#kept.splice(first, run.length, made)
        await this.#save()
        for (const { line } of run) await this.#remove(line)
      }
    })
  }

  /**
   * Proves how many accesses of a patient the log holds, and which. Without the openings (the lines themselves with their salts)
   * the proof binds their number alone, and takes a few milliseconds.
   */
  async prove(patients: readonly string[], openings?: readonly number[]): Promise<TrailProof> {
    await this.seal()
    const kept = this.#kept
    const checkpoint = await this.#log.checkpoint()
    const size = Number(checkpoint.split('\n')[1])
    const proved: ProvedManifest[] = []
    const keys = patients.map((patient) => patientKey(this.#secret, escapeField(patient)))
    for (const { line, seq, salt } of kept) {
      const manifest = await this.#manifest(line)
      const entries: ProvedEntry[] = []
      for (const key of keys) entries.push(await prove(manifest, key))
      proved.push({
        seq,
        salt,
        line: writeManifestLine(line),
        inclusion: (await this.#log.inclusion(seq, size)).map(hex),
        entries,
      })
    }
    return {
      version: proofVersion,
      checkpoint,
      keys: keys.map(hex),
      coversTo: kept.at(-1)?.line.to ?? 0,
      manifests: proved,
      ...(openings ? { openings: await this.#openings(openings) } : {}),
    }
  }

  /** Takes the manifests up anew from the lines that the log holds of them. */
  async rebuild(): Promise<void> {
    await this.alone(async () => {
      const found: Kept[] = []
      for await (const block of this.#log.read(0)) {
        for (let index = 0; index < block.count; index += 1) {
          const from = block.lineEnds[index - 1] ?? 0
          if (block.lines[from] !== 0x4d) continue
          const line = readManifestLine(block.lines.toString('utf8', from, block.lineEnds[index]))
          const salt = block.salts.toString('hex', index * 16, index * 16 + 16)
          if (line) found.push({ line, seq: block.first + index, salt })
        }
      }
      const kept: Kept[] = []
      // A later one covers those that it was made of.
      for (const one of found) {
        const index = kept.findIndex(({ line }) => line.from >= one.line.from)
        if (index >= 0)
          kept.splice(
            index,
            kept.filter(({ line }) => line.from >= one.line.from && line.to <= one.line.to).length,
            one,
          )
        else kept.push(one)
      }
      this.#kept = kept
      await this.#save()
      for (const { line } of kept) {
        if (!(await Manifest.open(this.#path(line)).then((opened) => opened?.close().then(() => true)))) {
          await this.#write(line.from, line.to)
        }
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

  async #seal(): Promise<void> {
    while (!this.#isStopped) {
      const from = this.coversTo
      const size = this.#log.size
      // What stands after the last one may be lines of manifests alone: those cover nothing of anybody.
      if (from === size || (await this.#isOnlyManifests(from, size))) return
      const month = this.#log.months().find((one) => one.to > from)
      const to = Math.min(size, from + linesAtMost, month && month.to > from ? month.to : size)
      this.#kept.push(await this.#make(from, to))
      await this.#save()
    }
  }

  async #isOnlyManifests(from: number, to: number): Promise<boolean> {
    if (to - from > this.#kept.length + 1) return false
    for await (const block of this.#log.read(from, to)) {
      for (let index = 0; index < block.count; index += 1) {
        const seq = block.first + index
        if (seq >= from && seq < to && block.lines[block.lineEnds[index - 1] ?? 0] !== 0x4d) return false
      }
    }
    return true
  }

  async #make(from: number, to: number): Promise<Kept> {
    const line = await this.#write(from, to)
    const text = Buffer.from(writeManifestLine(line))
    const records = {
      count: 1,
      lines: text,
      lineEnds: Uint32Array.of(text.length),
      raw: Buffer.alloc(0),
      rawEnds: Uint32Array.of(0),
      rawOf: Uint32Array.of(0),
    }
    const { first } = await this.#log.append(records, this.#now())
    for await (const block of this.#log.read(first, first + 1)) {
      const index = first - block.first
      return { line, seq: first, salt: block.salts.toString('hex', index * 16, index * 16 + 16) }
    }
    throw new Error('the log does not give back the line that it took')
  }

  #write(from: number, to: number): Promise<ManifestLine> {
    const log = this.#log
    async function* blocks() {
      for await (const block of log.read(from, to)) {
        yield { block, leafHashes: hashLeaves(block.salts, block.lines, block.lineEnds) }
      }
    }
    return writeManifest(this.#path({ from, to }), { from, to }, blocks(), (patient) =>
      patientKey(this.#secret, patient),
    )
  }

  async #manifest(line: ManifestLine): Promise<Manifest> {
    const path = this.#path(line)
    const known = this.#open.get(path)
    if (known) return known
    let manifest = await Manifest.open(path)
    if (!manifest || (await manifest.root()).toString('hex') !== line.root) {
      await manifest?.close()
      await this.#write(line.from, line.to)
      manifest = await Manifest.open(path)
    }
    if (!manifest || (await manifest.root()).toString('hex') !== line.root) {
      throw new Error(`the log no longer gives the manifest of its lines ${line.from} to ${line.to}`)
    }
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

  #areOneMonth(one: Kept, other: Kept): boolean {
    const monthOf = (seq: number) => this.#log.months().find(({ from, to }) => seq >= from && seq < to)?.month
    return monthOf(one.line.from) === monthOf(other.line.from)
  }

  #path({ from, to }: { readonly from: number; readonly to: number }): string {
    return join(this.#directory, `${from}-${to}.manifest`)
  }

  async #remove(line: ManifestLine): Promise<void> {
    const path = this.#path(line)
    await this.#open.get(path)?.close()
    this.#open.delete(path)
    await rm(path, { force: true })
  }

  async #save(): Promise<void> {
    const path = join(this.#directory, 'index.json')
    await writeFile(`${path}.new`, JSON.stringify(this.#kept), { mode: 0o600, flush: true })
    await rename(`${path}.new`, path)
  }
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
