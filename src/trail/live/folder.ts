/**
 * A folder into which a source drops files. Each is imported once it is complete, in the order of the names, and moved to
 * `done/`, or to `failed/` with the reason in a text file beside it.
 *
 * A file is complete when two looks, at least `settleMs` apart, find it the same in size and time, or when a file of its name
 * with `.done` behind it is there. A writer who pauses for longer goes on in the file that was moved: it is brought back. Who can, writes under another name (`x.csv.part`) and renames. After a stop at any instant
 * a file is either still there and imported again, which the trail tells by its messages, or moved.
 */
import { constants, watch } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal } from '#platform/refusal.ts'

export interface FileResult {
  readonly accepted: number
  readonly rejected: number
  readonly duplicates: number
  /** The first of what was rejected. */
  readonly rejects: readonly { readonly where: number; readonly reason: string }[]
}

export type FolderEvent =
  | { readonly event: 'imported'; readonly name: string; readonly result: FileResult }
  | { readonly event: 'failed'; readonly name: string; readonly reason: string }
  /** Nothing is wrong with the file: it stays and is tried again. */
  | { readonly event: 'postponed'; readonly name: string; readonly error: unknown }
  /** The folder itself cannot be read. */
  | { readonly event: 'unreadable'; readonly error: unknown }

export interface Clock {
  now(): number
  /** Resolves after so long, or when the signal fires. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export interface FolderOptions {
  readonly path: string
  /** The stream is of the file as it is, packed or not. Resolves when what it holds is durable. */
  readonly importFile: (stream: AsyncIterable<Uint8Array>, name: string) => Promise<FileResult>
  readonly clock: Clock
  /** Ends the watch; a file that is being imported is seen to its end first. */
  readonly signal: AbortSignal
  readonly pollMs?: number | undefined
  readonly settleMs?: number | undefined
  /** Whether the file system is asked to tell of changes, so that the next look comes sooner; true unless said otherwise. */
  readonly isHinted?: boolean | undefined
  readonly tell?: ((event: FolderEvent) => void) | undefined
}

interface Look {
  readonly size: number
  readonly mtimeMs: number
  readonly inode: number
  readonly at: number
}

/** Where a file went, as it was then. */
interface Moved {
  readonly name: string
  readonly path: string
  readonly look: Look
}

interface Watched {
  readonly looks: Map<string, Look>
  readonly postponedUntil: Map<string, number>
  readonly moved: Moved[]
}

const taken = /\.(csv|ndjson|json|xml|gz)$/i
const doneMark = '.done'
/** An empty file is one that somebody is about to write, for this long. */
const emptyMs = 10 * 60_000
const retryMs = 60_000
/** A file that was moved is looked after for so long, and so many of them. */
const movedMs = 10 * 60_000
const keptMoved = 1_000
/** Rejects that are written down beside a file. */
const toldRejects = 100

/** Watches until the signal fires. */
export async function watchFolder(options: FolderOptions): Promise<void> {
  const { path, signal, clock, pollMs = 5_000, settleMs = 5_000, isHinted = true, tell = () => {} } = options
  const looks = new Map<string, Look>()
  const postponedUntil = new Map<string, number>()
  const moved: Moved[] = []
  const hints = isHinted ? watchForHints(path) : noHints
  try {
    while (!signal.aborted) {
      let isSettling = false
      try {
        await bringBack(options, moved)
        isSettling = await lookOnce(options, { looks, postponedUntil, moved }, settleMs)
      } catch (error) {
        tell({ event: 'unreadable', error })
      }
      if (signal.aborted) return
      // While something is being written, every write would be a hint.
      if (isSettling) await clock.wait(settleMs, signal)
      else await hints.during((hinted) => clock.wait(pollMs, AbortSignal.any([signal, hinted])))
    }
  } finally {
    hints.close()
  }
}

/** Takes what is complete, and tells whether something is there that may be so soon. */
async function lookOnce(
  options: FolderOptions,
  { looks, postponedUntil, moved }: Watched,
  settleMs: number,
): Promise<boolean> {
  const { path, clock, signal } = options
  const names = await readdir(path)
  const marks = new Set(names.filter((name) => name.endsWith(doneMark)))
  for (const map of [looks, postponedUntil]) {
    for (const known of [...map.keys()]) if (!names.includes(known)) map.delete(known)
  }
  let isSettling = false
  for (const name of names.filter((each) => taken.test(each) && !each.startsWith('.')).sort()) {
    if (signal.aborted) return false
    if ((postponedUntil.get(name) ?? 0) > clock.now()) continue
    const found = await look(join(path, name), clock.now())
    if (found === undefined) continue
    const before = looks.get(name)
    const isSame = before !== undefined && isSameLook(before, found)
    if (!isSame) looks.set(name, found)
    const isSteady = isSame && found.at - before.at >= settleMs
    const isComplete =
      marks.has(name + doneMark) || (isSteady && (found.size > 0 || found.at - found.mtimeMs > emptyMs))
    if (!isComplete) {
      isSettling ||= found.size > 0
      continue
    }
    looks.delete(name)
    postponedUntil.delete(name)
    if (!(await takeFile(options, name, found, moved))) postponedUntil.set(name, clock.now() + retryMs)
  }
  return isSettling
}

/** Looks at a file; undefined for what is none: a folder, a link, a pipe. */
async function look(path: string, at: number): Promise<Look | undefined> {
  const found = await lstat(path).catch(ignoreMissing)
  return found?.isFile() ? { size: found.size, mtimeMs: found.mtimeMs, inode: found.ino, at } : undefined
}

function isSameLook(one: Look, other: Look): boolean {
  return one.size === other.size && one.mtimeMs === other.mtimeMs && one.inode === other.inode
}

/** Imports and moves one file; false when it is to be tried again later. */
async function takeFile(options: FolderOptions, name: string, before: Look, moved: Moved[]): Promise<boolean> {
  const { path, clock, importFile, tell = () => {} } = options
  const put = async (to: 'done' | 'failed', words: string | undefined) => {
    moved.push({ name, path: await move(path, name, to, words), look: before })
    if (moved.length > keptMoved) moved.shift()
  }
  const fail = async (reason: string) => {
    await put('failed', reason)
    tell({ event: 'failed', name, reason })
  }
  try {
    const result = await readInto(join(path, name), (stream) => importFile(stream, name))
    const after = await look(join(path, name), clock.now())
    // It has grown meanwhile: it is looked at again as a whole, and what came before is known by then.
    if (after === undefined || !isSameLook(before, after)) return true
    if (result.accepted === 0 && result.duplicates === 0 && result.rejected > 0) {
      await fail(sayRejects(result))
    } else {
      await put('done', result.rejected > 0 ? sayRejects(result) : undefined)
      tell({ event: 'imported', name, result })
    }
    return true
  } catch (error) {
    if (error instanceof Refusal && error.kind !== 'busy' && error.kind !== 'unavailable') {
      await fail(error.hint === undefined ? error.message : `${error.message}\n${error.hint}`)
      return true
    }
    tell({ event: 'postponed', name, error })
    return false
  }
}

/** Puts files that have grown since they were moved back into the folder, to be imported again as a whole. */
async function bringBack({ path, clock }: FolderOptions, moved: Moved[]): Promise<void> {
  const now = clock.now()
  for (const each of moved.splice(0)) {
    const found = await look(each.path, now)
    if (found === undefined || found.inode !== each.look.inode || now - each.look.at > movedMs) continue
    if (isSameLook(found, each.look)) moved.push(each)
    else if ((await look(join(path, each.name), now)) === undefined) {
      await rm(`${each.path}.txt`, { force: true })
      await rename(each.path, join(path, each.name))
    } else moved.push(each)
  }
}

async function readInto<T>(path: string, use: (stream: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
  // Between the look and now a link may have taken the place of the file.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    return await use(file.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 }))
  } finally {
    await file.close()
  }
}

/** Moves a file into a folder of the folder, under a name that is free there, the words about it first. */
async function move(path: string, name: string, to: 'done' | 'failed', words: string | undefined): Promise<string> {
  const folder = join(path, to)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = new Set(await readdir(folder))
  let free = name
  for (let count = 2; names.has(free); count += 1) free = `${count}-${name}`
  if (words !== undefined) await writeFile(join(folder, `${free}.txt`), `${words}\n`, { mode: 0o600 })
  // The mark first: left behind, it would call a later file of this name complete before it is.
  await rm(join(path, name + doneMark), { force: true })
  await rename(join(path, name), join(folder, free))
  return join(folder, free)
}

function sayRejects({ accepted, duplicates, rejected, rejects }: FileResult): string {
  const lines = rejects.slice(0, toldRejects).map(({ where, reason }) => `${where}: ${reason}`)
  const more = rejected - lines.length
  return [
    `${rejected} of ${accepted + duplicates + rejected} messages could not be read.`,
    ...lines,
    ...(more > 0 ? [`and ${more} more`] : []),
  ].join('\n')
}

interface Hints {
  /** Waits with a signal that fires when something has changed. */
  during(wait: (hinted: AbortSignal) => Promise<void>): Promise<void>
  close(): void
}

const noHints: Hints = { during: (wait) => wait(new AbortController().signal), close: () => {} }

/** The file system says when something has changed, where it can; polling is what the watch rests on. */
function watchForHints(path: string): Hints {
  let hinted = new AbortController()
  try {
    const watcher = watch(path, { persistent: false }, (_event, name) => {
      if (name === null || taken.test(name) || name.endsWith(doneMark)) hinted.abort()
    })
    watcher.on('error', () => watcher.close())
    return {
      async during(wait) {
        // What changed during the last look is a reason for another.
        await wait(hinted.signal)
        hinted = new AbortController()
      },
      close: () => watcher.close(),
    }
  } catch {
    return noHints
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}
