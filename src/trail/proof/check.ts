/**
 * Whether a log is sound, and the manifests in it are true: each is made again from the lines that it speaks of, and must come out the
 * same; and lines that are said to be destroyed are. A manifest that leaves somebody's accesses out is found so, by whoever may read
 * the log. Of destroyed months nobody can say it any more.
 *
 * Nearly all of them are made from the one reading that the log itself needs; what is left is read again, as much at once as making
 * one of the largest takes.
 */
import type { TrailLog } from '../log/log.ts'
import { type VerifiedLog, type VerifyLogOptions, verifyLog } from '../log/verify.ts'
import { type Apart, type Checking, checkHashing } from './apart.ts'
import { type CoveringLine, isManifest, linesAtMost, type ManifestLine } from './manifest.ts'
import { listDestroyed, overlap } from './manifests.ts'
import { type Findings, rangeKey } from './piece-check.ts'
import { Stretch } from './stretch.ts'

type CheckOptions = Pick<Checking, 'secret' | 'known'> &
  Pick<VerifyLogOptions, 'keys' | 'atLeast' | 'progress'> & {
    readonly apart?: Apart
  }

/** Verifies the log in this directory and every manifest in it; `log` is the same, open in this process. */
export async function checkTrail(
  log: Pick<TrailLog, 'read' | 'months' | 'size'>,
  directory: string,
  { secret, known, apart, ...options }: CheckOptions,
): Promise<VerifiedLog> {
  const manifests = new ManifestCheck(secret)
  const tell = (findings: Findings) => manifests.note(findings)
  const hashing = checkHashing({ secret, known, lines: log.size, tell }, apart)
  const found = await verifyLog(directory, { ...options, hashing })
  const problem = found.isIntact ? await manifests.findProblem(log) : undefined
  return problem === undefined ? found : { isIntact: false, size: found.size, problem }
}

class ManifestCheck {
  readonly #secret: Uint8Array
  /** By their places in the log: blocks may be looked at twice. */
  readonly #found = new Map<number, CoveringLine>()
  /** By their ranges, as the log's lines give them. */
  readonly #made = new Map<string, ManifestLine>()

  constructor(secret: Uint8Array) {
    this.#secret = secret
  }

  note({ found, made }: Findings): void {
    for (const { seq, line } of found) this.#found.set(seq, line)
    for (const line of made) this.#made.set(rangeKey(line), line)
  }

  /** Says what is wrong with the first of those noted that is not true. */
  async findProblem(log: Pick<TrailLog, 'read' | 'months'>): Promise<string | undefined> {
    const rest: { readonly seq: number; readonly line: ManifestLine }[] = []
    for (const [seq, line] of [...this.#found].sort(([a], [b]) => a - b)) {
      const says = `line ${seq} of the log says of lines ${line.from} to ${line.to - 1}`
      if (line.to <= line.from || line.to > seq) return `${says}, which do not all stand before it.`
      if (!isManifest(line)) {
        const isTrue = listDestroyed(log).some(({ from, to }) => from <= line.from && line.to <= to)
        if (!isTrue) return `${says} that they were destroyed with their months, and they were not.`
      } else if (line.to - line.from > linesAtMost) return `${says} more than a manifest may.`
      else rest.push({ seq, line })
    }
    rest.sort((a, b) => a.line.from - b.line.from)
    for (const [at, { seq, line }] of rest.entries()) {
      if (listDestroyed(log).some((range) => overlap(range, line))) continue
      const made = this.#made.get(rangeKey(line)) ?? (await this.#make(log, rest.slice(at), line))
      // Its month may have been destroyed while it was read.
      if (!made) continue
      if (made.root === line.root && made.patients === line.patients && made.accesses === line.accesses) continue
      return `the manifest in line ${seq} of the log is not what lines ${line.from} to ${line.to - 1} give.`
    }
    return undefined
  }

  /** Reads a stretch again: it begins with this manifest, and those after it are made from it too, as far as it may reach. */
  async #make(
    log: Pick<TrailLog, 'read' | 'months'>,
    rest: readonly { readonly line: ManifestLine }[],
    { from, to }: ManifestLine,
  ): Promise<ManifestLine | undefined> {
    const together = rest
      .map(({ line }) => line)
      .filter((line) => line.to - from <= linesAtMost && !this.#made.has(rangeKey(line)))
    const stretch = await Stretch.read(log, { from, to: Math.max(...together.map((line) => line.to)) })
    const destroyed = listDestroyed(log)
    for (const line of together) {
      if (destroyed.some((range) => overlap(range, line))) continue
      this.#made.set(rangeKey(line), stretch.manifest(line, this.#secret).line)
    }
    return this.#made.get(rangeKey({ from, to }))
  }
}
