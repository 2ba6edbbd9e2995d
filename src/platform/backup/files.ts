/**
 * The files of a backup: `evidence/**`, and of each access trail its log and manifests, all sealed as they lie there, and
 * `keys/vigil.key` when asked for. Never the database's own folder, its socket or its password; nor what is made from a log.
 */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, mkdtemp, open, opendir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Member } from './archive.ts'
import { refuse } from './refuse.ts'

export const evidenceFolder = 'evidence'
export const keyPath = 'keys/vigil.key'
const trailFolder = 'trail'
/** In an order in which a log that goes on being written is copied whole: what a later file says more, is new since. */
const trailFiles = ['log/head', 'log/tail', 'log/nodes'] as const
const trailFolders = ['log/blocks', 'log/keys', 'manifests'] as const

/** Gives the files as members of an archive, opened one at a time. */
export async function* readFiles(dataDirectory: string, withKey: boolean): AsyncGenerator<Member> {
  yield* readFolder(dataDirectory, evidenceFolder)
  for (const name of await listNames(join(dataDirectory, trailFolder))) {
    if (/^\d+$/.test(name)) yield* readTrail(dataDirectory, `${trailFolder}/${name}`)
  }
  if (!withKey) return
  const key = await openPlain(dataDirectory, keyPath)
  if (!key) throw refuse('no-keys', { reason: 'there is no key file.' })
  yield { head: { kind: 'file', path: keyPath }, data: readHandle(key) }
}

async function* readTrail(dataDirectory: string, folder: string): AsyncGenerator<Member> {
  for (const file of trailFiles) {
    const path = `${folder}/${file}`
    const handle = await openPlain(dataDirectory, path)
    if (handle) yield { head: { kind: 'file', path }, data: readHandle(handle) }
  }
  for (const part of trailFolders) yield* readFolder(dataDirectory, `${folder}/${part}`)
}

async function* readFolder(dataDirectory: string, folder: string): AsyncGenerator<Member> {
  let entries: Awaited<ReturnType<typeof opendir>>
  try {
    entries = await opendir(join(dataDirectory, ...folder.split('/')))
  } catch (error) {
    if (isCode(error, 'ENOENT')) return
    throw error
  }
  for await (const entry of entries) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) yield* readFolder(dataDirectory, path)
    // A name that is no text (its bytes were replaced) could not be opened by it.
    else if (!entry.isFile() || !isOurPath(path, false)) throw refuse('odd-file', { path })
    else {
      const handle = await openPlain(dataDirectory, path)
      // Shredded since the folder was read: that is meant to be gone.
      if (handle) yield { head: { kind: 'file', path }, data: readHandle(handle) }
    }
  }
}

async function openPlain(dataDirectory: string, path: string): Promise<FileHandle | undefined> {
  try {
    return await open(join(dataDirectory, ...path.split('/')), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

async function* readHandle(handle: FileHandle): AsyncGenerator<Buffer> {
  try {
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(64 * 1024))
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/** Refuses a data directory that holds evidence, or a key file where the backup brings one. */
export async function refuseFilled(dataDirectory: string, withKey: boolean): Promise<void> {
  if ((await listNames(join(dataDirectory, evidenceFolder))).length > 0) {
    throw refuse('not-empty', { what: `${join(dataDirectory, evidenceFolder)} holds files` })
  }
  if ((await listNames(join(dataDirectory, trailFolder))).some((name) => /^\d+$/.test(name))) {
    throw refuse('not-empty', { what: `${join(dataDirectory, trailFolder)} holds an access trail` })
  }
  if (withKey && (await listNames(join(dataDirectory, 'keys'))).length > 0) {
    throw refuse('not-empty', { what: `${join(dataDirectory, 'keys')} holds files` })
  }
}

async function listNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return []
    throw error
  }
}

/** Files on their way into a data directory: in a folder of their own beside their place until all is known to be good. */
export class FileDraft {
  readonly #dataDirectory: string
  readonly #folder: string
  readonly #placed: string[] = []
  files = 0

  private constructor(dataDirectory: string, folder: string) {
    this.#dataDirectory = dataDirectory
    this.#folder = folder
  }

  static async begin(dataDirectory: string): Promise<FileDraft> {
    // As root the directory must let the database's user through, though not look around.
    await mkdir(dataDirectory, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
    return new FileDraft(dataDirectory, await mkdtemp(join(dataDirectory, '.restoring-')))
  }

  async write(path: string, data: AsyncIterable<Uint8Array>): Promise<void> {
    const place = join(this.#folder, ...path.split('/'))
    await mkdir(dirname(place), { recursive: true, mode: 0o700 })
    const handle = await open(place, 'wx', 0o600)
    try {
      for await (const chunk of data) await handle.writeFile(chunk)
      await handle.sync()
    } finally {
      await handle.close()
    }
    this.files += 1
  }

  /** Puts everything in its place; a folder that is there must be empty. */
  async place(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const place = join(this.#dataDirectory, name)
      // Goes only when it is empty; a folder that is not makes the renaming fail.
      await rmdir(place).catch(() => undefined)
      await rename(join(this.#folder, name), place)
      this.#placed.push(place)
    }
    await syncFolder(this.#dataDirectory)
  }

  /** Takes back what `place` did, for when the database did not commit. */
  async takeBack(): Promise<void> {
    for (const place of this.#placed) await rm(place, { recursive: true, force: true })
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Tells whether a path of an archive is one that a backup holds, and leads nowhere else. */
export function isOurPath(path: string, withKey: boolean): boolean {
  if (path === keyPath) return withKey
  const [first, ...names] = path.split('/')
  if (!names.every((name) => name !== '' && name !== '.' && name !== '..' && !/[\\\0\uFFFD]/.test(name))) return false
  if (first === trailFolder) return /^trail\/\d+\/(log|manifests)\/[\w.-]+(\/[\w.-]+)?$/.test(path)
  return first === evidenceFolder && names.length > 0
}

/** Forces to the disk which files a folder holds. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows does not open folders.
  if (process.platform === 'win32') return
  const entry = await open(folder, 'r')
  try {
    await entry.sync()
  } finally {
    await entry.close()
  }
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
