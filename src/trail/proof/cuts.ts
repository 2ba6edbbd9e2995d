/** How a log is cut into pieces: each manifest that is known lies in one of them, and small ones lie in one together. */
import { linesAtMost, type Range } from './manifest.ts'

/** Lines of a piece at least, where it can have them: the blocks at its ends are opened twice. */
const fewestLines = 250_000
/** Pieces for each thread, where manifests do not make them larger: so all of them end at about the same time. */
const piecesEach = 4

export class Cuts {
  readonly #known: readonly Range[]
  /** Pieces with manifests in them, in order. */
  readonly #pieces: readonly Range[]
  readonly #lines: number
  readonly #fewest: number
  /** Of the log, about. */
  readonly #end: number

  /** Whether the manifests are there is no matter; nor are those that lie across another. */
  constructor(known: readonly Range[], lines: number, threads: number, fewest = fewestLines) {
    this.#fewest = fewest
    this.#end = lines
    this.#lines = Math.min(linesAtMost, Math.max(fewest, Math.ceil(lines / (piecesEach * threads))))
    const apart: Range[] = []
    const pieces: Range[] = []
    for (const range of known.toSorted((a, b) => a.from - b.from)) {
      const { from, to } = range
      const last = pieces.at(-1)
      if (from >= to || to - from > linesAtMost || from < (last?.to ?? 0)) continue
      apart.push(range)
      if (last?.to === from && to - last.from <= this.#lines) pieces.splice(-1, 1, { from: last.from, to })
      else pieces.push({ from, to })
    }
    this.#known = apart
    this.#pieces = pieces
  }

  /** Up to which line a piece goes that begins with this one; a short end of the log belongs to the last. */
  endOf(from: number): number {
    const next = this.#pieces.find(({ to }) => to > from)
    const to =
      next && next.from <= from ? next.to : Math.min(from + this.#lines, next?.from ?? Number.POSITIVE_INFINITY)
    // The line of a manifest stands behind what it speaks of, and some at the very end.
    return to > this.#end - this.#fewest ? Math.max(to, this.#end) + this.#fewest : to
  }

  /** The manifests that lie in a piece. */
  within({ from, to }: Range): readonly Range[] {
    return this.#known.filter((range) => range.from >= from && range.to <= to)
  }
}
