/**
 * Evidence: files sealed in the data directory, each under a key of its own. The rules:
 *  - The file is sealed by a data key that stands in its head, wrapped by the evidence's key; that one stands in the row,
 *    wrapped by the installation's. Rotation re-wraps the row and leaves the file alone; destroying the row's key shreds
 *    the file, and every copy of it in any backup that does not hold the row.
 *  - A file is complete or not there. One whose row was never committed, since the process was stopped in between, can be
 *    read by nobody, for its key is gone with the row.
 *  - The digest is of the content as it was given, and goes on the ledger; opening compares it again.
 *  - What evidence supports is said by links, each to a thing that is there; taking a link back leaves the file.
 */
import { createHash, type Hash, randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open as openFd, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Json } from '#core/ledger/model/entry.ts'
import type { Happening } from '#core/ledger/service.ts'
import { findRequirement } from '#core/requirements/model.ts'
import type { Context } from '#platform/context.ts'
import type { Db } from '#platform/database.ts'
import { addDays, type Day, isDay } from '#platform/days.ts'
import {
  createDataKey,
  type DataKey,
  KeyError,
  type KeyErrorCode,
  type KeyStore,
  openChunks,
  openDataKey,
  rewrap,
  sealChunks,
} from '#platform/keys.ts'
import { refusals } from '#platform/refusal.ts'
import { endsSoonDays, readAbout, type Validity } from './model.ts'
import {
  deleteLink,
  type EvidenceFilter,
  type EvidenceRow,
  findEvidence,
  findTitles,
  insertEvidence,
  insertLink,
  type LinkRow,
  listEvidenceRows,
  listLinks,
  listShredded,
  lockEvidence,
  lockKeys,
  setKey,
  takeEvidenceId,
} from './store.ts'

const longestPage = 1_000
/** More things than these are not supported by one file but by a collection of files. */
const mostLinks = 100
/** A draft this old was left by a process that was stopped. */
const draftLeftAfterMs = 86_400_000

const refuse = refusals('evidence', {
  unknown: ['missing', 'There is no such evidence.', 'list the evidence to see what is kept'],
  untitled: ['invalid', 'Evidence takes a title.'],
  'file-name': ['invalid', 'The file’s name has 1 to 255 characters, without slashes and control characters.'],
  'not-a-day': ['invalid', 'The last day of evidence is a day as YYYY-MM-DD.'],
  over: ['invalid', 'The last day of this evidence lies in the past.'],
  unreadable: ['invalid', 'The file cannot be read: {reason}.', 'give a file that this user may read'],
  empty: ['invalid', 'The file is empty: it is evidence of nothing.'],
  shredded: ['conflict', 'This evidence was shredded: nobody can open it any more.'],
  gone: ['unavailable', 'The sealed file {id} is not in the data directory.', 'put it back from a backup'],
  damaged: [
    'unavailable',
    'The sealed file {id} is damaged: what it holds is not what was kept.',
    'put it back from a backup',
  ],
  unwritable: ['invalid', 'The opened file cannot be written there: {reason}.'],
  'disk-full': ['unavailable', 'The disk that holds the data directory is full.', 'make room, then keep it again'],
  unexplained: ['invalid', 'Shredding takes a reason; it cannot be undone.'],
  'no-such-thing': [
    'missing',
    'What the evidence is said to support is not there.',
    'say what it supports as finding:12, safeguard:access.left or requirement:164.308(a)(3)(ii)(C)',
  ],
  linked: ['conflict', 'This evidence was already said to support it.'],
  'not-linked': ['missing', 'This evidence was not said to support it.'],
  'many-links': ['conflict', `One piece of evidence supports up to ${mostLinks} things.`],
  'page-too-long': ['invalid', `A page holds 1 to ${longestPage} pieces of evidence.`],
})

/** Where sealed files lie and what opens them. */
export interface EvidenceStore {
  readonly keys: KeyStore
  /** The data directory; files lie in its folder `evidence`. */
  readonly directory: string
}

export interface Evidence {
  readonly id: string
  readonly title: string
  readonly fileName: string
  readonly bytes: number
  /** SHA-256 of the content, in hex. */
  readonly digest: string
  readonly keptBy: string
  readonly keptAt: Date
  readonly validUntilOn: Day | undefined
  readonly state: 'kept' | 'lapsed' | 'shredded'
}

/** A thing that evidence supports, as `kind:id`. */
export interface Supported extends LinkRow {
  /** What it is called; undefined where it is no more. */
  readonly title: string | undefined
}

export interface EvidenceWanted {
  readonly title: string
  /** A path, or the bytes as they come. */
  readonly content: string | AsyncIterable<Uint8Array>
  /** The name that it is given back under; of a path its last part when not said. */
  readonly fileName?: string | undefined
  readonly validUntilOn?: Day | undefined
  /** What it supports, as `kind:id`. */
  readonly about?: string | undefined
}

/** What a change hands to whoever appends its entry to the ledger. */
type Recorded = Pick<Happening, 'subjects' | 'payload'>

/** Seals a file of any length into the data directory, with constant memory, and keeps what it is. */
export async function keepEvidence(
  { db, now, today, actor }: Context,
  store: EvidenceStore,
  input: EvidenceWanted,
): Promise<Recorded & { readonly evidence: Evidence }> {
  const { content, validUntilOn } = input
  const title = input.title.trim()
  if (title === '') throw refuse('untitled')
  const fileName = input.fileName ?? (typeof content === 'string' ? basename(content) : '')
  if (!isFileName(fileName)) throw refuse('file-name')
  if (validUntilOn !== undefined && !isDay(validUntilOn)) throw refuse('not-a-day')
  if (validUntilOn !== undefined && validUntilOn < today) throw refuse('over')
  const about = input.about === undefined ? undefined : await findThing(db, input.about)
  const id = await takeEvidenceId(db)
  const { dataKey, wrapped } = await createDataKey(store.keys, keyContext(id))
  // Opened last, so that nothing stands between an open file and its reader.
  const source = typeof content === 'string' ? await readFrom(content) : content
  const { bytes, digest } = await writeSealed(fileOf(store, id), id, dataKey, source)
  const row: EvidenceRow = {
    id,
    title,
    fileName,
    bytes,
    digest,
    sealedKey: wrapped.toString('base64'),
    keptBy: actor,
    keptAt: now,
    validUntilOn: validUntilOn ?? null,
  }
  try {
    await insertEvidence(db, row)
    if (about !== undefined) await insertLink(db, { evidenceId: id, about, linkedBy: actor, linkedAt: now })
  } catch (error) {
    await rm(fileOf(store, id), { force: true })
    throw error
  }
  const { subjects, payload } = record(row)
  return {
    evidence: evidenceOf(row, today),
    ...(about === undefined
      ? { subjects, payload }
      : { subjects: [...subjects, about], payload: { ...payload, about } }),
  }
}

/** Says that evidence supports a thing that is there; until it is taken back. */
export async function linkEvidence(
  { db, now, actor }: Context,
  input: { readonly evidenceId: string; readonly about: string },
): Promise<Recorded> {
  // Locked, so that it is not shredded meanwhile, and that its links are counted by one at a time.
  const row = await lockEvidence(db, input.evidenceId)
  if (!row) throw refuse('unknown')
  if (row.sealedKey === '') throw refuse('shredded')
  const about = await findThing(db, input.about)
  if ((await listLinks(db, row.id)).length >= mostLinks) throw refuse('many-links')
  const isMade = await insertLink(db, { evidenceId: row.id, about, linkedBy: actor, linkedAt: now })
  if (!isMade) throw refuse('linked')
  return recordLink(row, about)
}

/** Takes back that evidence supports a thing; also where the thing is no more, or the evidence was shredded. */
export async function unlinkEvidence(
  { db }: Context,
  input: { readonly evidenceId: string; readonly about: string },
): Promise<Recorded> {
  const row = await lockEvidence(db, input.evidenceId)
  if (!row) throw refuse('unknown')
  const about = spelled(input.about)
  if (!(await deleteLink(db, row.id, about))) throw refuse('not-linked')
  return recordLink(row, about)
}

/** What a piece of evidence supports. */
export async function listSupported(
  { db }: Context,
  { evidenceId }: { readonly evidenceId: string },
): Promise<readonly Supported[]> {
  const links = await listLinks(db, evidenceId)
  const titles = await titlesOf(
    db,
    links.map(({ about }) => about),
  )
  return links.map((link) => ({ ...link, title: titles.get(link.about) }))
}

/** The thing as it is written everywhere; refused where there is none. */
async function findThing(db: Db, about: string): Promise<string> {
  const written = spelled(about)
  if (!(await titlesOf(db, [written])).has(written)) throw refuse('no-such-thing')
  return written
}

/** A paragraph of the law is cited in several ways, and kept in one. */
function spelled(about: string): string {
  const thing = readAbout(about)
  const paragraph = thing?.kind === 'requirement' ? findRequirement(thing.id) : undefined
  return paragraph ? `requirement:${paragraph.citation}` : about
}

async function titlesOf(db: Db, abouts: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const titles = new Map(await findTitles(db, abouts))
  for (const about of abouts) {
    const thing = readAbout(about)
    const paragraph = thing?.kind === 'requirement' ? findRequirement(thing.id) : undefined
    if (paragraph) titles.set(about, paragraph.title)
  }
  return titles
}

/**
 * Writes the content out and compares its digest. To a path, the file appears only when all of it is right; to a stream,
 * keep what came only once this resolves. The stream is ended.
 */
export async function openEvidence(
  { db, today }: Context,
  store: EvidenceStore,
  input: { readonly evidenceId: string; readonly to: string | NodeJS.WritableStream },
): Promise<Recorded & { readonly evidence: Evidence }> {
  const row = await findEvidence(db, input.evidenceId)
  if (!row) throw refuse('unknown')
  if (row.sealedKey === '') throw refuse('shredded')
  const { id } = row
  const dataKey = await openDataKey(store.keys, Buffer.from(row.sealedKey, 'base64'), keyContext(id)).catch((cause) => {
    throw isKeyError(cause, 'sealed-damaged') ? refuse('damaged', { id }, { cause }) : cause
  })
  const file = await openFd(fileOf(store, id), 'r').catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ENOENT' ? refuse('gone', { id }, { cause }) : cause
  })
  try {
    const sealed = file.createReadStream({ autoClose: false })
    const content = opened(row, openChunks(keysUnder(dataKey), sealed, fileContext(id)))
    if (typeof input.to === 'string') await writeOut(input.to, content)
    else await pipeline(content, input.to)
  } finally {
    await file.close()
    dataKey.destroy()
  }
  return { evidence: evidenceOf(row, today), ...record(row) }
}

/** What is known of a piece of evidence, shredded or not. */
export async function showEvidence(
  { db, today }: Context,
  { evidenceId }: { readonly evidenceId: string },
): Promise<Evidence> {
  const row = await findEvidence(db, evidenceId)
  if (!row) throw refuse('unknown')
  return evidenceOf(row, today)
}

/** Whether there is such evidence and it was not shredded. */
export async function isKept({ db }: Context, evidenceId: string): Promise<boolean> {
  const row = await findEvidence(db, evidenceId)
  return row !== undefined && row.sealedKey !== ''
}

/** Lists what is kept, the newest first. The next page begins `after` the last one's id. */
export async function listEvidence(
  { db, today }: Context,
  wanted: {
    readonly limit?: number | undefined
    readonly after?: string | undefined
    /** What it supports, as `kind:id`. */
    readonly about?: string | undefined
    /** Words of its title or of its file's name. */
    readonly text?: string | undefined
    readonly validity?: Validity | undefined
  } = {},
): Promise<readonly (Evidence & { readonly links: number })[]> {
  const { limit = longestPage, after, about, text, validity } = wanted
  if (!Number.isInteger(limit) || limit < 1 || limit > longestPage) throw refuse('page-too-long')
  const filter = {
    about: about === undefined ? undefined : spelled(about),
    text,
    ...(validity === undefined ? anyValidity : filterOf(validity, today)),
  }
  const rows = await listEvidenceRows(db, filter, { before: after, limit })
  return rows.map(({ links, ...row }) => ({ ...evidenceOf(row, today), links }))
}

type ValidityFilter = Pick<EvidenceFilter, 'isShredded' | 'validOn' | 'endsBefore'>
const anyValidity: ValidityFilter = { isShredded: undefined, validOn: undefined, endsBefore: undefined }

function filterOf(validity: Validity, today: Day): ValidityFilter {
  const kept = { ...anyValidity, isShredded: false }
  switch (validity) {
    case 'valid':
      return { ...kept, validOn: today }
    case 'ending':
      return { ...kept, validOn: today, endsBefore: addDays(today, endsSoonDays + 1) }
    case 'over':
      return { ...kept, endsBefore: today }
    case 'destroyed':
      return { ...anyValidity, isShredded: true }
  }
}

/**
 * Destroys the key of a piece of evidence for good; what is known about it stays. The file can no longer be opened once
 * this is committed; `removeShredded` then takes it away.
 */
export async function shredEvidence(
  { db }: Context,
  input: { readonly evidenceId: string; readonly reason: string },
): Promise<Recorded> {
  const reason = input.reason.trim()
  if (reason === '') throw refuse('unexplained')
  const row = await lockEvidence(db, input.evidenceId)
  if (!row) throw refuse('unknown')
  if (row.sealedKey === '') throw refuse('shredded')
  await setKey(db, row.id, '')
  return record(row, reason)
}

/**
 * Removes the files of shredded evidence, and drafts left by a process that was stopped. Call it in a transaction of its
 * own after shredding is committed: a rollback brings a key back, but not a file. Repeatable.
 */
export async function removeShredded({ db, now }: Context, store: EvidenceStore): Promise<number> {
  const folder = folderOf(store)
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const ids = names.flatMap((name) => sealedName.exec(name)?.[1] ?? [])
  const shredded = ids.length === 0 ? [] : await listShredded(db, ids)
  for (const id of shredded) await rm(fileOf(store, id), { force: true })
  for (const name of names.filter((name) => name.endsWith(draftEnd))) {
    const found = await stat(join(folder, name)).catch(() => undefined)
    if (found && now.getTime() - found.mtimeMs > draftLeftAfterMs) await rm(join(folder, name), { force: true })
  }
  return shredded.length
}

/** Wraps the keys of all evidence with the installation's current key; the files stay as they are. Repeatable. */
export async function rewrapEvidence({ db }: Context, { keys }: EvidenceStore): Promise<number> {
  let changed = 0
  for (let page = await lockKeys(db, undefined); page.length > 0; page = await lockKeys(db, page.at(-1)?.id)) {
    for (const { id, sealedKey } of page) {
      const rewrapped = (await rewrap(keys, Buffer.from(sealedKey, 'base64'), keyContext(id))).toString('base64')
      if (rewrapped === sealedKey) continue
      await setKey(db, id, rewrapped)
      changed += 1
    }
  }
  return changed
}

const sealedName = /^([0-9a-f-]{36})\.sealed$/
const draftEnd = '.part'

const folderOf = ({ directory }: EvidenceStore) => join(directory, 'evidence')
const fileOf = (store: EvidenceStore, id: string) => join(folderOf(store), `${id}.sealed`)
const keyContext = (id: string) => `evidence key of ${id}`
const fileContext = (id: string) => `evidence ${id}`

/** The evidence's key in the place of a key store, so that a sealed file's head is wrapped by it and by nothing else. */
function keysUnder(dataKey: DataKey): KeyStore {
  return {
    id: 'evidence',
    currentVersion: 1,
    wrap: async (key, context) => ({ store: 'evidence', version: 1, bytes: dataKey.seal(key, context) }),
    unwrap: async ({ bytes }, context) => dataKey.open(bytes, context),
    rotate: async () => {
      throw new Error('the key of evidence is not rotated: its wrapping in the row is')
    },
  }
}

async function writeSealed(
  path: string,
  id: string,
  dataKey: DataKey,
  source: AsyncIterable<Uint8Array>,
): Promise<{ bytes: number; digest: Buffer }> {
  const measure = { bytes: 0, hash: createHash('sha256') }
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeWhole(path, sealChunks(keysUnder(dataKey), measured(source, measure), fileContext(id)))
  } catch (cause) {
    throw isFileError(cause) && cause.code === 'ENOSPC' ? refuse('disk-full', {}, { cause }) : cause
  } finally {
    dataKey.destroy()
  }
  return { bytes: measure.bytes, digest: measure.hash.digest() }
}

/** Writes a file that is complete, and on the disk, before it has its name. */
async function writeWhole(path: string, content: AsyncIterable<Buffer>): Promise<void> {
  const draft = `${path}.${randomUUID()}${draftEnd}`
  try {
    const file = await openFd(draft, 'wx', 0o600)
    try {
      for await (const chunk of content) await writeAll(file, chunk)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
  // Windows opens no directories; there the rename is on the disk by itself.
  if (process.platform === 'win32') return
  const folder = await openFd(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten
}

async function writeOut(path: string, content: AsyncIterable<Buffer>): Promise<void> {
  await writeWhole(path, content).catch((cause) => {
    throw isFileError(cause) ? refuse('unwritable', { reason: sayFileError(cause) }, { cause }) : cause
  })
}

/** Counts and digests what passes; of an empty file there is nothing to keep. */
async function* measured(
  source: AsyncIterable<Uint8Array>,
  measure: { bytes: number; readonly hash: Hash },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    measure.bytes += chunk.length
    measure.hash.update(chunk)
    yield chunk
  }
  if (measure.bytes === 0) throw refuse('empty')
}

/** Passes the content on, and throws at its end when it is not what was kept. */
async function* opened(row: EvidenceRow, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const measure = { bytes: 0, hash: createHash('sha256') }
  const { id } = row
  try {
    for await (const chunk of content) {
      measure.bytes += chunk.length
      measure.hash.update(chunk)
      yield chunk
    }
  } catch (cause) {
    // The head of another file than this row's is wrapped by another key.
    const isDamage = isKeyError(cause, 'sealed-damaged') || isKeyError(cause, 'key-missing')
    throw isDamage ? refuse('damaged', { id }, { cause }) : cause
  }
  if (measure.bytes !== row.bytes || !measure.hash.digest().equals(row.digest)) throw refuse('damaged', { id })
}

/** Opens a file for reading; only a file, since a pipe would never end. */
async function readFrom(path: string): Promise<AsyncIterable<Uint8Array>> {
  let file: FileHandle
  try {
    if (!(await stat(path)).isFile()) throw refuse('unreadable', { reason: 'it is not a file' })
    file = await openFd(path, 'r')
  } catch (cause) {
    throw isFileError(cause) ? refuse('unreadable', { reason: sayFileError(cause) }, { cause }) : cause
  }
  return file.createReadStream()
}

function isKeyError(error: unknown, code: KeyErrorCode): boolean {
  return error instanceof KeyError && error.code === code
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

function sayFileError(error: NodeJS.ErrnoException): string {
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'this user may not',
    EPERM: 'this user may not',
    EISDIR: 'it is a folder',
    ENOSPC: 'the disk is full',
  }
  return known[error.code ?? ''] ?? error.code ?? 'the system gives no reason'
}

function isFileName(name: string): boolean {
  return name.length > 0 && name.length <= 255 && name !== '.' && name !== '..' && !/[/\\\p{Cc}]/u.test(name)
}

function recordLink(row: EvidenceRow, about: string): Recorded {
  return { subjects: [`evidence:${row.id}`, about], payload: { evidence: row.id, title: row.title, about } }
}

function record(
  row: EvidenceRow,
  reason?: string,
): Pick<Recorded, 'subjects'> & { readonly payload: Readonly<Record<string, Json | undefined>> } {
  return {
    subjects: [`evidence:${row.id}`],
    payload: {
      evidence: row.id,
      title: row.title,
      fileName: row.fileName,
      bytes: row.bytes,
      sha256: row.digest.toString('hex'),
      validUntilOn: row.validUntilOn,
      reason,
    },
  }
}

function evidenceOf({ sealedKey, digest, validUntilOn, ...rest }: EvidenceRow, today: Day): Evidence {
  return {
    ...rest,
    digest: digest.toString('hex'),
    validUntilOn: validUntilOn ?? undefined,
    state: sealedKey === '' ? 'shredded' : validUntilOn !== null && validUntilOn < today ? 'lapsed' : 'kept',
  }
}
