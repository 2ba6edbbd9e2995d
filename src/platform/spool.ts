/** Files on their way out: written whole, sent, and then removed by whoever sends them. */
import { randomUUID } from 'node:crypto'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Names a new file in the data directory's spool and has it written; it is not left behind when that fails. */
export async function writeSpooled<T>(
  dataDirectory: string,
  write: (path: string) => Promise<T>,
): Promise<{ path: string; written: T }> {
  const folder = join(dataDirectory, 'spool')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, randomUUID())
  try {
    const written = await write(path)
    await chmod(path, 0o600)
    return { path, written }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}
