/**
 * Whether the manifests in a log are true: each is made again from the lines that it speaks of, and must come out the same; and
 * lines that are said to be destroyed are. A manifest that leaves somebody's accesses out is found so, by whoever may read the log.
 * Of destroyed months nobody can say it any more. What it holds in memory is what making one of the largest takes.
 */
import type { TrailLog } from '../log/log.ts'
import { type CoveringLine, isManifest, linesAtMost, type ManifestLine, manifestLinesOf } from './manifest.ts'
import { listDestroyed, overlap } from './manifests.ts'
import { Stretch } from './stretch.ts'

export class ManifestCheck {
  readonly #secret: Buffer
  /** By their places in the log: blocks may be given twice, and in any order. */
  readonly #found = new Map<number, CoveringLine>()

  constructor(secret: Buffer) {
    this.#secret = secret
  }

  /** Notes the lines of manifests in a block. */
  note(block: Parameters<typeof manifestLinesOf>[0]): void {
    for (const { line, seq } of manifestLinesOf(block)) this.#found.set(seq, line)
  }

  /** Says what is wrong with the first of those noted that is not true. */
  async findProblem(log: Pick<TrailLog, 'read' | 'months'>): Promise<string | undefined> {
    const rest: { readonly seq: number; readonly line: ManifestLine }[] = []
    for (const [seq, line] of this.#found) {
      const says = `line ${seq} of the log says of lines ${line.from} to ${line.to - 1}`
      if (line.to <= line.from || line.to > seq) return `${says}, which do not all stand before it.`
      if (!isManifest(line)) {
        const isTrue = listDestroyed(log).some(({ from, to }) => from <= line.from && line.to <= to)
        if (!isTrue) return `${says} that they were destroyed with their months, and they were not.`
      } else if (line.to - line.from > linesAtMost) return `${says} more than a manifest may.`
      else rest.push({ seq, line })
    }
    rest.sort((a, b) => a.line.from - b.line.from)
    while (rest.length > 0) {
      // As many as one stretch may hold are made from one reading.
      const { from } = rest[0]?.line ?? { from: 0 }
      const far = rest.findIndex(({ line }) => line.to - from > linesAtMost)
      const together = rest.splice(0, far < 0 ? rest.length : far)
      const to = Math.max(...together.map(({ line }) => line.to))
      const stretch = await Stretch.read(log, { from, to })
      const destroyed = listDestroyed(log)
      for (const { seq, line } of together) {
        if (destroyed.some((range) => overlap(range, line))) continue
        const made = stretch.manifest(line, this.#secret).line
        if (made.root === line.root && made.patients === line.patients && made.accesses === line.accesses) continue
        return `the manifest in line ${seq} of the log is not what lines ${line.from} to ${line.to - 1} give.`
      }
    }
    return undefined
  }
}
