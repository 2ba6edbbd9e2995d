/**
 * The witness: a directory, best on another machine, that is given a copy of each checkpoint. Whoever puts back an older
 * copy of the whole log is found by it, since the log no longer contains what it has signed.
 *
 * `<name>.checkpoint` is the newest; beside it is the last of each day, by the time at which its last line was received.
 */
import { hash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyFile } from '#platform/keys.ts'
import { writeDurably } from './durable.ts'
import { readOwnCheckpoint } from './head.ts'
import { Damage, refuse } from './refusals.ts'
import type { Tree } from './tree.ts'

function pathIn(witness: string, origin: string, day?: string): string {
  const name = hash('sha256', origin, 'hex').slice(0, 16)
  return join(witness, `${day === undefined ? name : `${name}.${day}`}.checkpoint`)
}

/** Does nothing where the witness cannot be reached: the next checkpoint says all that this one would have. */
export async function copyToWitness(
  witness: string,
  origin: string,
  checkpoint: string,
  receivedAt: number,
): Promise<void> {
  try {
    await mkdir(witness, { recursive: true, mode: 0o700 })
    await writeDurably(pathIn(witness, origin, new Date(receivedAt).toISOString().slice(0, 10)), checkpoint)
    await writeDurably(pathIn(witness, origin), checkpoint)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}

/** The newest checkpoint that the witness has; undefined when it has none, or cannot be reached. */
export async function readWitness(witness: string, origin: string): Promise<string | undefined> {
  return readFile(pathIn(witness, origin), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === undefined) throw error
    return undefined
  })
}

export async function checkAgainstWitness(
  { keys, origin, witness }: { keys: KeyFile; origin: string; witness?: string | undefined },
  tree: Tree,
): Promise<void> {
  const text = witness === undefined ? undefined : await readWitness(witness, origin)
  if (text === undefined) return
  const signed = readOwnCheckpoint(text, keys, origin)
  if (!signed) throw new Damage('the checkpoint at the witness is not of this log.')
  const { size, root } = signed
  if (size > tree.size) throw refuse('short', { size: tree.size, signed: size })
  if (!(await tree.rootAt(size)).equals(root)) throw new Damage('the log is not the one that the witness saw.')
}
