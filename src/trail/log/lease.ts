/**
 * The lease: one process at a time has a trail's directory open. The system's own lock on a file says who; it goes with the
 * process, however that ends, so there is no stale lease and no number of a process to be mistaken. SQLite takes the lock,
 * since Node itself has no call for it; nothing is ever stored in that file.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { refuse } from './refusals.ts'

export interface Lease {
  release(): Promise<void>
}

const isBusy = 5

/** Throws `trail-log-held`, which says who holds it. */
export async function takeLease(directory: string): Promise<Lease> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const holderPath = join(directory, 'lease.holder')
  const lock = new DatabaseSync(join(directory, 'lease'), { timeout: 0 })
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    if ((error as { readonly errcode?: unknown }).errcode !== isBusy) throw error
    const holder = await readFile(holderPath, 'utf8').catch(() => '')
    throw refuse('held', { holder: holder.trim() || 'which one is not known' }, { cause: error })
  }
  // For people only: the lock is what counts.
  await writeFile(holderPath, `process ${process.pid} on ${hostname()}\n`, { mode: 0o600 })
  return {
    release: async () => {
      if (lock.isOpen) lock.close()
    },
  }
}
