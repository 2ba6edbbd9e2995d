/**
 * A folder of exports taken in as a whole. Each file's readings are transactions of their own: a broken file refuses only
 * itself, and a stop at any moment leaves what was acknowledged and nothing half-done.
 */
import { createHash } from 'node:crypto'
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { basename, isAbsolute, join, matchesGlob, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type IntakeResult, type Origin, recordRefusedFile, takeIn } from '#core/intake/service.ts'
import type { Context } from '#platform/context.ts'
import type { Day } from '#platform/days.ts'
import { refusals } from '#platform/refusal.ts'
import { type FileMapping, localFile, readFile, SourceError, type SourceFile } from './file.ts'

const refuse = refusals('folder', {
  missing: ['missing', 'There is no folder or file {path}.', 'name a folder that holds your exports'],
  unreadable: ['forbidden', 'The folder {path} cannot be read.', 'check who may read it'],
  'not-a-folder': ['invalid', '{path} is no folder and no file.', 'name a folder that holds your exports'],
})

/** What became of one part of a folder: a file, or a sheet of it. */
export type FileOutcome = {
  /** Path within the folder. */
  readonly file: string
  readonly part: string | undefined
} & (
  | { readonly state: 'done' | 'unchanged' | 'superseded'; readonly result: IntakeResult }
  | { readonly state: 'unrecognised' | 'refused'; readonly reason: string }
)

/** Runs one transaction and appends what it says to the ledger with it. */
export type Transact = <T>(
  work: (context: Context) => Promise<T>,
  tell: (result: T) => {
    readonly action: string
    readonly subjects?: readonly string[]
    readonly payload: IntakeRecord
  },
) => Promise<T>

/** A file that is to be taken in. */
export interface IncomingFile {
  /** Path within the folder, with slashes. */
  readonly name: string
  readonly file: SourceFile
  /** What a person says of it. */
  readonly mapping: FileMapping | undefined
  /** SHA-256 of it, where that is known already. */
  readonly digest?: Buffer
}

export interface ImportOptions {
  readonly transact: Transact
  readonly now: Date
  readonly collectedOn: Day | undefined
  readonly validDays: Readonly<Record<string, number>>
  readonly progress?: ((file: string, rows: number) => void) | undefined
}

export interface FolderOptions extends ImportOptions {
  readonly mappings: Readonly<Record<string, FileMapping>>
}

/** What the ledger keeps of an intake. */
export type IntakeRecord = Readonly<Record<string, string | number | boolean | null>>

/** Names of files and folders that are passed over: ours, and what systems leave behind in folders. */
export const ignoredNames = /^(vigil\.ya?ml|answer-key\.json|trail-key\.json|thumbs\.db|desktop\.ini|~\$.*|\..*)$/i

/** Takes in every file of a folder (or one file), oldest first, and yields what became of each. */
export async function* importFolder(path: string, options: FolderOptions): AsyncGenerator<FileOutcome> {
  const root = (await stat(path).catch(() => undefined))?.isDirectory() ? path : join(path, '..')
  const files: IncomingFile[] = []
  const unreadable: { path: string; reason: string }[] = []
  for await (const met of walkFolder(path)) {
    if ('file' in met) {
      const name = relative(root, met.file.path)
      files.push({ name, file: met.file, mapping: findMapping(options.mappings, name) })
    } else unreadable.push(met)
  }
  for (const file of await orderFiles(files, options.now)) yield* importFile(file, options)
  for (const { path: met, reason } of unreadable) {
    yield await refuseFile(relative(root, met), undefined, undefined, 'refused', reason, options)
  }
}

/** Puts files into the order in which they are taken in: lists of systems, then the oldest first. */
export async function orderFiles<F extends IncomingFile>(files: readonly F[], now: Date): Promise<readonly F[]> {
  const ranked: { incoming: F; rank: number }[] = []
  for (const incoming of files) ranked.push({ incoming, rank: await rankOf(incoming, now) })
  ranked.sort(
    (a, b) =>
      a.rank - b.rank ||
      a.incoming.file.modifiedAt.getTime() - b.incoming.file.modifiedAt.getTime() ||
      a.incoming.name.localeCompare(b.incoming.name),
  )
  return ranked.map(({ incoming }) => incoming)
}

/** The list of systems comes first: accounts and backups name systems by what they are called there. */
async function rankOf({ file, mapping }: IncomingFile, now: Date): Promise<number> {
  try {
    const readings = readFile(file, { ...(mapping ? { mapping } : {}), asOf: now })
    const first = await readings.next()
    await readings.return(undefined)
    if (first.done || !('kinds' in first.value)) return 2
    if (first.value.kinds.includes('system')) return 0
    // A workbook may hold the list of systems on a later sheet.
    return first.value.part === undefined ? 2 : 1
  } catch {
    // Whatever is wrong with it is said when it is read.
    return 2
  }
}

/** Takes one file in and yields what became of each of its parts. */
export async function* importFile(
  { name, file, mapping, digest: known }: IncomingFile,
  options: ImportOptions,
): AsyncGenerator<FileOutcome> {
  let part: string | undefined
  let digest = known
  try {
    digest ??= await digestOf(file)
    const readings = readFile(file, { ...(mapping ? { mapping } : {}), asOf: options.now })
    for await (const reading of readings) {
      part = reading.part
      if (reading.format === 'unrecognised') {
        yield await refuseFile(name, part, digest, 'unrecognised', 'reason' in reading ? reading.reason : '', options)
        continue
      }
      if (!('items' in reading)) continue
      const origin: Origin = {
        name,
        channel: 'file',
        digest,
        modifiedAt: file.modifiedAt,
        collectedOn: mapping?.collectedOn ?? options.collectedOn,
        validDays: options.validDays,
      }
      const result = await options.transact(
        (context) => takeIn(context, origin, reading, (rows) => options.progress?.(name, rows)),
        (taken) => ({
          action: 'intake.import',
          subjects: subjectsOf(taken),
          payload: record(name, part, digest, taken),
        }),
      )
      yield { file: name, part, state: result.state, result }
    }
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === undefined) throw error
    yield await refuseFile(name, part, digest, 'refused', reason, options)
  }
}

/** Records that a file, or a part of it, is not taken in, and why. */
export async function refuseFile(
  file: string,
  part: string | undefined,
  digest: Buffer | undefined,
  state: 'refused' | 'unrecognised',
  reason: string,
  options: ImportOptions,
): Promise<FileOutcome> {
  await options.transact(
    (context) => recordRefusedFile(context, { name: file, digest }, { state, reason }),
    () => ({
      action: 'intake.refuse',
      payload: { file, part: part ?? null, state, reason, sha256: digest?.toString('hex') ?? null },
    }),
  )
  return { file, part, state, reason }
}

/** What an entry of the ledger says was taken in. */
export function subjectsOf({ runId }: IntakeResult): readonly string[] {
  return runId === null ? [] : [`source-run:${runId}`]
}

function record(file: string, part: string | undefined, digest: Buffer | undefined, taken: IntakeResult): IntakeRecord {
  return {
    file,
    part: part ?? null,
    sha256: digest?.toString('hex') ?? null,
    source: taken.source,
    format: taken.format,
    state: taken.state,
    collectedAt: taken.collectedAt.toISOString(),
    rowsRead: taken.rowsRead,
    added: taken.added,
    changed: taken.changed,
    ended: taken.ended,
    rejects: taken.rejectCount,
  }
}

/** Why a file could not be read, in a sentence; undefined when that is a defect of ours. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof SourceError) {
    return error.line === undefined ? error.message : `${error.message} (line ${error.line})`
  }
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read by the user that Vigil runs as'
  if (code === 'ENOENT') return 'it went away, or is a link to nothing'
  if (code === 'ELOOP') return 'it is a link that leads back to itself'
  if (code === 'EIO' || code === 'EISDIR') return 'it cannot be read from its disk'
  return undefined
}

async function digestOf(file: SourceFile): Promise<Buffer> {
  const hash = createHash('sha256')
  await pipeline(file.open(), hash)
  return hash.digest()
}

/** What vigil.yaml says about a file: an entry with its name or path, else the first glob that fits. */
export function findMapping(mappings: Readonly<Record<string, FileMapping>>, name: string): FileMapping | undefined {
  return (
    mappings[name] ??
    mappings[basename(name)] ??
    Object.entries(mappings).find(([glob]) => matchesGlob(name, glob) || matchesGlob(basename(name), glob))?.[1]
  )
}

/** What a walk of a folder meets: a file to read, or something that cannot be one, and why. */
type Met = { readonly file: SourceFile } | { readonly path: string; readonly reason: string }

/** Everything below a path. Links to folders are not followed, so that a loop of links ends nowhere. */
async function* walkFolder(path: string): AsyncGenerator<Met> {
  let found: Awaited<ReturnType<typeof stat>>
  try {
    found = await stat(path)
  } catch (cause) {
    throw refuse('missing', { path }, { cause })
  }
  if (found.isFile()) {
    yield { file: await localFile(path) }
    return
  }
  if (!found.isDirectory()) throw refuse('not-a-folder', { path })
  try {
    await readdir(path)
  } catch (cause) {
    throw refuse('unreadable', { path }, { cause })
  }
  yield* walk(path, await realpath(path))
}

async function* walk(directory: string, root: string): AsyncGenerator<Met> {
  let names: string[]
  try {
    names = (await readdir(directory)).sort()
  } catch (error) {
    yield { path: directory, reason: reasonOf(error) ?? 'this folder cannot be read' }
    return
  }
  for (const name of names) {
    if (ignoredNames.test(name)) continue
    const path = join(directory, name)
    try {
      const entry = await lstat(path)
      if (entry.isDirectory()) yield* walk(path, root)
      else if (entry.isFile()) yield { file: await localFile(path) }
      else if (entry.isSymbolicLink()) {
        const target = await realpath(path)
        // What a link leads to inside the folder is met there by itself; a link to a folder may lead back here.
        if (isWithin(target, root) || !(await stat(target)).isFile()) continue
        yield { file: { ...(await localFile(path)), name } }
      } else yield { path, reason: 'it is no file but a pipe, a socket or a device' }
    } catch (error) {
      const reason = reasonOf(error)
      if (reason === undefined) throw error
      yield { path, reason }
    }
  }
}

function isWithin(path: string, root: string): boolean {
  const way = relative(root, path)
  return way !== '' && !way.startsWith('..') && !isAbsolute(way)
}
