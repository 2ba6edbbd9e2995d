/** A thread that `apart.ts` starts: it is given pieces of the log, and tells their hashes and what they say of manifests. */
import { parentPort, workerData } from 'node:worker_threads'
import { hashLength } from '#platform/transparency/merkle.ts'
import { fanOut } from '#platform/transparency/subtrees.ts'
import type { Hashes, Piece } from '../log/piece.ts'
import { Damage } from '../log/refusals.ts'
import type { Range } from './manifest.ts'
import { type Findings, PieceCheck } from './piece-check.ts'

export interface ToChecker {
  readonly piece: Piece
  /** Manifests that lie in it. */
  readonly known: readonly Range[]
}

export type FromChecker =
  | { readonly hashes: readonly HandedHashes[] }
  /** All is told of the piece. */
  | { readonly findings: Findings }
  /** So is it here, and nothing behind that place was looked at. */
  | { readonly damaged: string }

interface HandedHashes extends Hashes {
  readonly hashes: Uint8Array<ArrayBuffer>
}

/** Lines whose hashes go over together. */
const linesAtOnce = 65_536

const port = parentPort
if (!port) throw new Error('This is no thread.')
const check = new PieceCheck((workerData as { readonly secret: Uint8Array }).secret)

port.on('message', (message: ToChecker) => void run(message))

/** What it throws, but for damage, ends the thread; whoever started it is told. */
async function run({ piece, known }: ToChecker): Promise<void> {
  let gathered: Hashes[] = []
  let findings: Findings = { found: [], made: [] }
  const flush = () => {
    const hashes = joined(gathered)
    if (hashes.length > 0) tell({ hashes }, hashes)
    gathered = []
  }
  try {
    const checking = check.check(piece, known, (told) => {
      findings = told
    })
    for await (const hashes of checking) {
      gathered.push(...hashes)
      if (linesIn(gathered) >= linesAtOnce) flush()
    }
    flush()
    tell({ findings })
  } catch (error) {
    if (!(error instanceof Damage)) throw error
    flush()
    tell({ damaged: error.where })
  }
}

const linesIn = (all: readonly Hashes[]) =>
  all.reduce((sum, { level, hashes }) => sum + (hashes.length / hashLength) * fanOut ** level, 0)

/** The same in few parts with memory of their own, which can be handed over. */
function joined(all: readonly Hashes[]): readonly HandedHashes[] {
  const runs: { level: number; parts: Uint8Array[] }[] = []
  for (const { level, hashes } of all) {
    const last = runs.at(-1)
    if (last?.level === level) last.parts.push(hashes)
    else runs.push({ level, parts: [hashes] })
  }
  return runs.map(({ level, parts }) => ({ level, hashes: new Uint8Array(Buffer.concat(parts)) }))
}

function tell(message: FromChecker, handed: readonly HandedHashes[] = []): void {
  port?.postMessage(
    message,
    handed.map(({ hashes }) => hashes.buffer),
  )
}
