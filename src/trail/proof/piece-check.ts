/**
 * Hashes a piece of the log and makes the manifests that lie in it anew, from one reading: in whatever thread. Of most manifests it is
 * known beforehand where they begin and end; those that were made into one of these stand, as a rule, in the lines of it.
 */
import { type Hashes, hashPiece, type Opened, type Piece } from '../log/piece.ts'
import { type CoveringLine, isManifest, type ManifestLine, manifestLinesOf, type Range } from './manifest.ts'
import { Stretch } from './stretch.ts'

/** What a piece says of manifests. */
export interface Findings {
  /** The lines of manifests in it, with their places in the log. */
  readonly found: readonly { readonly seq: number; readonly line: CoveringLine }[]
  /** Manifests as the piece's lines give them. */
  readonly made: readonly ManifestLine[]
}

export class PieceCheck {
  readonly #secret: Uint8Array
  #spare: Stretch | undefined

  constructor(secret: Uint8Array) {
    this.#secret = secret
  }

  /** Gives what `hashPiece` gives; `tell` is told at the end, when every block was sound. `known` are manifests that lie in it. */
  async *check(
    piece: Piece,
    known: readonly Range[],
    tell: (findings: Findings) => void,
  ): AsyncGenerator<readonly Hashes[]> {
    const found: { seq: number; line: CoveringLine }[] = []
    const stretch = known.length > 0 ? new Stretch({ from: piece.from, to: piece.to }, this.#spare) : undefined
    this.#spare = stretch ?? this.#spare
    const take = ({ block, leaves }: Opened) => {
      if (!block) return
      for (const { seq, line } of manifestLinesOf(block)) found.push({ seq, line })
      stretch?.take(block, leaves)
    }
    yield* hashPiece(piece, take)
    const ranges = [...known, ...found.map(({ line }) => line).filter(isManifest)]
    tell({ found, made: stretch ? this.#make(stretch, ranges) : [] })
  }

  #make(stretch: Stretch, ranges: readonly Range[]): readonly ManifestLine[] {
    const made = new Map<string, ManifestLine>()
    for (const range of ranges) {
      const isToMake = range.from < range.to && stretch.has(range) && !made.has(rangeKey(range))
      if (isToMake) made.set(rangeKey(range), stretch.manifest(range, this.#secret).line)
    }
    return [...made.values()]
  }
}

export const rangeKey = ({ from, to }: Range) => `${from}-${to}`
