/**
 * Backup of Vigil itself: the rows of one snapshot and the files beside them, in one sealed file, and back into a new place.
 * The rules:
 *  - A backup is sealed with the installation's key file, or under a passphrase; one that holds the key file is sealed
 *    under a passphrase always. None is written in clear.
 *  - What is not finished lies under another name (`….unfinished`), and nothing is written over.
 *  - A restore reads the file twice: first every byte against its digest, then into one transaction and a folder of its own.
 *    Rows and files stand in their place only when every member was whole and the caller's verification passed.
 *  - A backup is restored with the migrations that it was made with; opening the database afterwards applies the newer ones.
 */
import { createHash, randomBytes } from 'node:crypto'
import { copyFile, link, mkdtemp, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type pg from 'pg'
import {
  type CheckedArchive,
  checkArchive,
  type Header,
  type Member,
  type OnProgress,
  writeArchive,
} from './backup/archive.ts'
import {
  evidenceFolder,
  FileDraft,
  isCode,
  isOurPath,
  keyPath,
  readFiles,
  refuseFilled,
  syncFolder,
} from './backup/files.ts'
import { leastPassphraseLength, passphraseStore } from './backup/passphrase.ts'
import { refuse } from './backup/refuse.ts'
import { beginLoading, beginSnapshot, type Loading } from './backup/tables.ts'
import type { Secret } from './config.ts'
import type { Database } from './database.ts'
import { KeyError, type KeyStore, openKeyFile } from './keys.ts'

const migrationsFolder = join(import.meta.dirname, '..', '..', 'migrations')

// What a full or failing disk answers; 53100 is PostgreSQL's word for a full one.
const diskCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS', 'EACCES', '53100'])

export interface BackupResult {
  readonly file: string
  /** Of the file. */
  readonly bytes: number
  readonly tables: number
  readonly rows: number
  readonly files: number
  /** In hex, the digest at the end of the file: covers every byte before it. */
  readonly digest: string
}

/**
 * Copies the database and the evidence into a new file, with constant memory and while others work; `withKey` adds the
 * key file. Sealed under the passphrase where there is one, else with the key file of the data directory. Row-level
 * security is no obstacle to a superuser or to the owner of the tables; anyone else is refused (`partial-sight`).
 */
export async function backUp(options: {
  readonly database: Database
  readonly dataDirectory: string
  readonly file: string
  readonly withKey: boolean
  readonly passphrase?: Secret | undefined
  readonly now: Date
  readonly onProgress?: OnProgress | undefined
}): Promise<BackupResult> {
  const { database, dataDirectory, withKey, passphrase, onProgress } = options
  const file = resolve(options.file)
  if (withKey && !passphrase) throw refuse('no-passphrase')
  if (passphrase && passphrase.reveal().length < leastPassphraseLength) {
    throw refuse('short-passphrase', { least: leastPassphraseLength })
  }
  await refuseBadPlace(file, dataDirectory)
  // Opened even where the passphrase seals: a key file that cannot be used is not worth a copy.
  const keys = withKey || !passphrase ? await openKeys(dataDirectory) : undefined
  const store = passphrase ? passphraseStore(passphrase) : keys
  if (!store) throw new Error('a backup needs a key to be sealed with')

  await removeLeftovers(file)
  const draft = `${file}.${randomBytes(6).toString('hex')}${draftEnding}`
  const counts = { tables: 0, rows: 0, files: 0 }
  let bytes = 0
  let last: Buffer = Buffer.alloc(0)
  try {
    const handle = await open(draft, 'wx', 0o600).catch((cause) => {
      throw refuse('unwritable', { file, reason: codeOf(cause) }, { cause })
    })
    try {
      await database.asOwner(async (client) => {
        const snapshot = await beginSnapshot(client)
        const header: Header = {
          createdAt: options.now.toISOString(),
          withKey,
          sealedBy: passphrase ? 'passphrase' : 'key-file',
          postgres: snapshot.postgres,
          migrations: snapshot.migrations,
        }
        const members = counting(counts, chain(snapshot.members(), readFiles(dataDirectory, withKey)))
        for await (const chunk of writeArchive(store, header, members, onProgress)) {
          await handle.writeFile(chunk)
          bytes += chunk.length
          last = chunk
        }
      })
      await handle.sync()
    } finally {
      await handle.close()
    }
    await putInPlace(draft, file)
  } catch (cause) {
    if (!diskCodes.has(codeOf(cause))) throw cause
    throw refuse('unwritable', { file, reason: codeOf(cause) }, { cause })
  } finally {
    await rm(draft, { force: true })
  }
  return { file, bytes, ...counts, digest: last.toString('hex') }
}

export interface BackupOutside extends Header {
  /** Of the whole file. */
  readonly bytes: number
  /** The id of the key file that opens it, or `passphrase`. */
  readonly store: string
}

/** Reads a whole backup against its digest and says what its header says; needs no key, opens nothing. */
export async function inspectBackup(file: string): Promise<BackupOutside> {
  return withArchive(file, async ({ header, bytes, store }) => ({ ...header, bytes, store }))
}

export interface RestoreResult {
  readonly createdAt: string
  readonly tables: number
  readonly rows: number
  readonly files: number
  /** `needed`: nothing sealed (evidence, payloads of the ledger) opens until the key file is put back at `keyPlace`. */
  readonly key: 'restored' | 'present' | 'needed'
  readonly keyPlace: string
}

/**
 * Restores a backup into an empty database and a new data directory. `openDatabase` opens the empty database with the
 * migrations of the folder it is given (and is not called before every byte of the file was checked); the database is
 * closed again at the end. `verify` sees all restored rows before they are committed and refuses by throwing. A backup
 * that is sealed with the key file needs that file at its place in the data directory beforehand.
 */
export async function restore(options: {
  readonly file: string
  readonly openDatabase: (migrationsFolder: string) => Promise<Database>
  readonly dataDirectory: string
  readonly passphrase?: Secret | undefined
  readonly verify: (client: pg.Client) => Promise<void>
  readonly onProgress?: OnProgress | undefined
  /** The folder of this release's migrations. */
  readonly migrations?: string
}): Promise<RestoreResult> {
  const { file, dataDirectory, onProgress } = options
  return withArchive(file, async (archive) => {
    const { header } = archive
    await refuseFilled(dataDirectory, header.withKey)
    const store = await openStore(archive, options)
    const migrations = await prepareMigrations(header, options.migrations ?? migrationsFolder)
    let database: Database | undefined
    let draft: FileDraft | undefined
    try {
      database = await options.openDatabase(migrations.folder)
      draft = await FileDraft.begin(dataDirectory)
      const files = draft
      const loading = await database.asOwner(async (client) => {
        const begun = await beginLoading(client, file)
        await readInto(archive, { store, file, loading: begun, files, onProgress })
        await begun.finish(options.verify)
        try {
          await files.place()
          await client.query('commit')
        } catch (error) {
          await files.takeBack()
          throw error
        }
        return begun
      })
      const keyPlace = join(dataDirectory, ...keyPath.split('/'))
      return {
        createdAt: header.createdAt,
        tables: loading.tables,
        rows: loading.rows,
        files: draft.files,
        key: header.withKey ? 'restored' : (await exists(keyPlace)) ? 'present' : 'needed',
        keyPlace,
      }
    } catch (cause) {
      if (!diskCodes.has(codeOf(cause))) throw cause
      throw refuse('no-room', { reason: codeOf(cause) }, { cause })
    } finally {
      await draft?.close()
      await database?.close()
      await migrations.remove()
    }
  })
}

async function readInto(
  archive: CheckedArchive,
  to: {
    readonly store: KeyStore
    readonly file: string
    readonly loading: Loading
    readonly files: FileDraft
    readonly onProgress: OnProgress | undefined
  },
): Promise<void> {
  const reader = archive.readMembers(to.store, to.onProgress)
  try {
    for (let head = await reader.next(); head; head = await reader.next()) {
      if (head.kind !== 'file') await to.loading.load(head, reader)
      else if (isOurPath(head.path, archive.header.withKey)) await to.files.write(head.path, reader.data())
      else throw refuse('damaged', { file: to.file, problem: 'it holds a file that no backup holds' })
    }
  } finally {
    await reader.close()
  }
}

async function withArchive<T>(file: string, work: (archive: CheckedArchive) => Promise<T>): Promise<T> {
  const handle = await open(file, 'r').catch((cause) => {
    throw refuse('missing', { file }, { cause })
  })
  try {
    if (!(await handle.stat()).isFile()) throw refuse('missing', { file })
    return await work(await checkArchive(handle, file))
  } finally {
    await handle.close()
  }
}

async function openStore(
  { header, store }: CheckedArchive,
  { file, dataDirectory, passphrase }: { file: string; dataDirectory: string; passphrase?: Secret | undefined },
): Promise<KeyStore> {
  if (header.sealedBy === 'passphrase') {
    if (!passphrase) throw refuse('needs-passphrase', { file })
    return passphraseStore(passphrase)
  }
  const place = join(dataDirectory, ...keyPath.split('/'))
  if (!(await exists(place))) throw refuse('needs-key', { file, key: store, place })
  const keys = await openKeys(dataDirectory)
  if (keys.id !== store) throw refuse('needs-key', { file, key: store, place })
  return {
    id: keys.id,
    currentVersion: keys.currentVersion,
    wrap: (dataKey, context) => keys.wrap(dataKey, context),
    rotate: () => keys.rotate(),
    async unwrap(wrapped, context) {
      try {
        return await keys.unwrap(wrapped, context)
      } catch (cause) {
        if (!(cause instanceof KeyError) || cause.code !== 'key-missing') throw cause
        throw refuse('needs-key', { file, key: `${store}, version ${wrapped.version},`, place }, { cause })
      }
    },
  }
}

async function openKeys(dataDirectory: string) {
  try {
    return await openKeyFile(dataDirectory, { create: false })
  } catch (cause) {
    if (cause instanceof KeyError) throw refuse('no-keys', { reason: cause.message }, { cause })
    // A data directory without the folder of its keys.
    if (isCode(cause, 'ENOENT')) throw refuse('no-keys', { reason: 'there is no key file.' }, { cause })
    throw cause
  }
}

/** A folder of just the migrations that the backup was made with, each as it was then. */
async function prepareMigrations(
  header: Header,
  release: string,
): Promise<{ folder: string; remove(): Promise<void> }> {
  const ours = new Set(await readdir(release))
  for (const { name, digest } of header.migrations) {
    const isSame = ours.has(name) && digestOf(await readFile(join(release, name))) === digest
    if (!isSame) throw refuse('newer', { name })
  }
  const folder = await mkdtemp(join(tmpdir(), 'vigil-migrations-'))
  for (const { name } of header.migrations) await copyFile(join(release, name), join(folder, name))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function* chain(...parts: AsyncIterable<Member>[]): AsyncGenerator<Member> {
  for (const part of parts) yield* part
}

async function* counting(
  counts: { tables: number; rows: number; files: number },
  members: AsyncIterable<Member>,
): AsyncGenerator<Member> {
  for await (const member of members) {
    yield member
    // Asked for the next one: this one has been read.
    if (member.head.kind === 'table') counts.tables += 1
    if (member.head.kind === 'file') counts.files += 1
    counts.rows += member.rows?.() ?? 0
  }
}

async function refuseBadPlace(file: string, dataDirectory: string): Promise<void> {
  if (await exists(file)) throw refuse('exists', { file })
  let folder: string
  try {
    folder = await realpath(dirname(file))
  } catch (cause) {
    throw refuse('unwritable', { file, reason: codeOf(cause) }, { cause })
  }
  const evidence = await realpath(join(dataDirectory, evidenceFolder)).catch(() => undefined)
  if (evidence === undefined) return
  const way = relative(evidence, folder)
  if (way.split(sep)[0] !== '..' && !isAbsolute(way)) throw refuse('inside', { folder: evidence })
}

const draftEnding = '.unfinished'
const leftoverAfterMs = 3_600_000

/** Removes drafts of this file whose writers were killed: one that is being written is younger. */
async function removeLeftovers(file: string): Promise<void> {
  for (const name of await readdir(dirname(file))) {
    if (!name.startsWith(`${basename(file)}.`) || !name.endsWith(draftEnding)) continue
    const path = join(dirname(file), name)
    const found = await stat(path).catch(() => undefined)
    if (found && Date.now() - found.mtimeMs > leftoverAfterMs) await rm(path, { force: true })
  }
}

/** Gives the finished draft its name, never over another file. */
async function putInPlace(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file)
  } catch (error) {
    if (isCode(error, 'EEXIST')) throw refuse('exists', { file }, { cause: error })
    // Some file systems have no links; there a file of that name made meanwhile would be lost.
    if (await exists(file)) throw refuse('exists', { file }, { cause: error })
    await rename(draft, file)
  }
  await syncFolder(dirname(file))
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no reason given'
}
