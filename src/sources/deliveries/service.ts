/**
 * Files brought in through the door. The rules:
 *  - The bytes lie in the data directory under ids made here; the name that somebody gave a file is never a path.
 *  - A delivery is imported as one folder would be, by the same code and in the same order, so that it says the same.
 *  - What became of a part is kept in the transaction that took it in. An import that was stopped is run again from the
 *    start: what is finished is passed over, and the end is the same.
 *  - When all is taken in, the bytes are removed; what is left behind is swept away after a day.
 */
import { createReadStream } from 'node:fs'
import { chmod, copyFile, link, mkdir, readdir, readFile, rm, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import type { Call, Recorded } from '#core/door.ts'
import { sourceName } from '#core/intake/model.ts'
import { findSourceIds } from '#core/intake/service.ts'
import { queueJob, showJob } from '#core/jobs/service.ts'
import type { Json } from '#core/ledger/model/entry.ts'
import { type Config, fileMapping, ofFolder, parseSettings, type SettingsFile } from '#platform/config.ts'
import type { Context } from '#platform/context.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import type { Database } from '#platform/database.ts'
import { pageFrom, placeId, readCursor } from '#platform/paging.ts'
import { Refusal, refusals } from '#platform/refusal.ts'
import type { FileMapping, SourceFile } from '../file.ts'
import {
  findMapping,
  type IncomingFile,
  type IntakeRecord,
  importFile,
  orderFiles,
  refuseFile,
  type Transact,
} from '../folder.ts'
import { type Preview, previewFile } from '../preview.ts'
import * as contract from './contract.ts'
import { foldName, isSettingsName, readName } from './names.ts'
import {
  type CountedDelivery,
  countOpen,
  type DeliveryRow,
  deleteFile,
  deleteMapping,
  deleteMappingOf,
  type FileRow,
  findDelivery,
  findFile,
  findFileNamed,
  findMappingOf,
  finishFile,
  insertDelivery,
  insertFile,
  keepOutcome,
  listDeliveryRows,
  listFileRows,
  listLeftBehind,
  listMappingRows,
  listNeeded,
  lockDelivery,
  type PartOutcome,
  setFinished,
  setImporting,
  setSettings,
  setUnderstanding,
  upsertMapping,
} from './store.ts'

export const mostFiles = 500
const maxBytes = 50 * 1024 ** 3
const mostOpen = 20
/** What is left free on the disk, so that the database can go on. */
const keptFreeBytes = 1024 ** 3
const longestSettings = 1024 * 1024
const hour = 3_600_000
const leftOpenAfterMs = 24 * hour
/** An import that failed may be tried again for so long. */
const leftImportingAfterMs = 7 * 24 * hour

const refuse = refusals('delivery', {
  unknown: ['missing', 'There is no such delivery.', 'list the deliveries to see them'],
  'unknown-file': ['missing', 'There is no such file in this delivery.', 'show the delivery to see its files'],
  'too-many': [
    'conflict',
    `No more than ${mostOpen} deliveries can be open at a time.`,
    'import or discard those that are open',
  ],
  'not-open': [
    'conflict',
    'This delivery is closed: it was imported, is being imported or was discarded.',
    'begin another',
  ],
  'name-invalid': [
    'invalid',
    'This is not a name that a file can have here.',
    'use letters, digits, spaces and dots; folders are parted by /, and no part is empty, .. or the name of a device',
  ],
  'name-too-long': [
    'invalid',
    'The name of the file is too long.',
    'shorten it to 255 characters, or 500 with its folders',
  ],
  'name-passed-over': [
    'invalid',
    'Files of this name are left behind by systems and programs, and hold no list.',
    'leave it out',
  ],
  'name-taken': [
    'conflict',
    'The delivery has a file whose name differs only by capital letters.',
    'give one of them another name',
  ],
  'too-many-files': [
    'conflict',
    `A delivery holds at most ${mostFiles} files.`,
    'import these, and bring the others in a second delivery',
  ],
  'too-large': [
    'large',
    `The files of a delivery are larger than ${maxBytes / 1024 ** 3} GB together.`,
    'bring them in several deliveries',
  ],
  'disk-full': [
    'unavailable',
    'The disk that holds the data directory has no room for this file.',
    'make room, then send it again',
  ],
  'settings-too-long': ['large', 'The vigil.yaml is longer than 1 MB.', 'leave it out, or shorten it'],
  empty: ['invalid', 'The delivery holds no file.', 'add one first'],
  gone: ['conflict', 'The bytes of this file are not kept any more.', 'the source shows what was taken in'],
})

const refuseMapping = refusals('mapping', {
  unknown: ['missing', 'Nothing is kept under this number.', 'list what is kept to see it'],
})

/** The kind of job that imports a delivery; its input is `{ deliveryId }`. */
export const importJob = 'deliveries.import'

type Changed<T> = Recorded & { readonly output: T }

export async function openDelivery(
  { db, actor, now }: Call,
  { collectedOn }: InputOf<typeof contract.open>,
): Promise<Changed<OutputOf<typeof contract.open>>> {
  if ((await countOpen(db)) >= mostOpen) throw refuse('too-many')
  const id = await insertDelivery(db, { madeBy: actor, madeAt: now, collectedOn })
  const row = await findDelivery(db, id)
  if (!row) throw new Error('a delivery was made and is not there')
  return { output: deliveryOf(row), ...record(id, { collectedOn }) }
}

/** Lists deliveries, the newest first. */
export async function listDeliveries(
  { db }: Context,
  { limit, after }: InputOf<typeof contract.list>,
): Promise<OutputOf<typeof contract.list>> {
  const [before] = after === undefined ? [] : readCursor(z.tuple([z.uuid()]), after)
  const { items, next } = pageFrom(await listDeliveryRows(db, { before, limit: limit + 1 }), limit, ({ id }) => [id])
  return { items: items.map(deliveryOf), next }
}

export async function showDelivery(
  { db }: Context,
  { deliveryId, limit, after }: InputOf<typeof contract.show>,
): Promise<OutputOf<typeof contract.show>> {
  const delivery = await findDelivery(db, deliveryId)
  if (!delivery) throw refuse('unknown')
  const [place] = after === undefined ? [] : readCursor(z.tuple([z.uuid()]), after)
  const rows = await listFileRows(db, deliveryId, { after: place, limit: limit + 1 })
  const { items, next } = pageFrom(rows, limit, ({ id }) => [id])
  const names = items.flatMap(({ outcome }) => outcome?.parts.flatMap(({ source }) => source ?? []) ?? [])
  const ids = await findSourceIds(db, names)
  return { delivery: deliveryOf(delivery), files: { items: items.map((row) => fileOf(row, ids)), next } }
}

/** Takes an upload in as a file of a delivery. The same name again puts the new bytes in place of the old. */
export async function addFile(
  call: Call,
  { deliveryId, name: given, modifiedAt }: InputOf<typeof contract.add>,
): Promise<Changed<OutputOf<typeof contract.add>>> {
  const { db, now, delivered, services } = call
  if (!delivered) throw new Error('an upload came without its bytes')
  const name = nameOf(given)
  const found = await findDelivery(db, deliveryId)
  if (!found) throw refuse('unknown')
  if (found.state !== 'open') throw refuse('not-open')
  await refuseWhenFull(services.dataDirectory, 0)
  const settings = isSettingsName(name) ? await readSettings(delivered.path, delivered.bytes) : undefined
  const delivery = await lockDelivery(db, deliveryId)
  if (delivery?.state !== 'open') throw refuse('not-open')
  const before = await findFileNamed(db, deliveryId, foldName(name))
  if (before && before.name !== name) throw refuse('name-taken')
  if (!before && delivery.files >= mostFiles) throw refuse('too-many-files')
  if (delivery.bytes - (before?.bytes ?? 0) + delivered.bytes > maxBytes) throw refuse('too-large')

  if (settings) await setSettings(db, deliveryId, settings)
  const mapping = before?.mapping ?? (await findMappingOf(db, sourceName(name, undefined)))
  const said = {
    name,
    bytes: delivered.bytes,
    digest: delivered.digest,
    modifiedAt: modifiedAt ?? now,
    preview: null,
    mapping,
  }
  if (before) await deleteFile(db, before.id)
  const id = await insertFile(db, deliveryId, { ...said, foldedName: foldName(name) })
  const row: FileRow = { ...said, id, outcome: null }
  const path = pathOf(services.dataDirectory, deliveryId, id)
  try {
    await placeBytes(delivered.path, path)
    const output = await understand(call, { ...delivery, settings: settings ?? delivery.settings }, row)
    if (before) call.afterwards(() => rm(pathOf(services.dataDirectory, deliveryId, before.id), { force: true }))
    return {
      output,
      ...record(deliveryId, { file: id, name, bytes: delivered.bytes, sha256: delivered.digest.toString('hex') }),
    }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

/** How a file is understood now, with its first rows. */
export async function lookAtFile(
  call: Call,
  { deliveryId, fileId }: InputOf<typeof contract.look>,
): Promise<OutputOf<typeof contract.look>> {
  const delivery = await findDelivery(call.db, deliveryId)
  if (!delivery) throw refuse('unknown')
  const row = await findFile(call.db, deliveryId, fileId)
  if (!row) throw refuse('unknown-file')
  if (delivery.state !== 'open' && delivery.state !== 'importing') throw refuse('gone')
  return { ...fileOf(row, new Map()), preview: await previewOf(call, delivery, row) }
}

/** Corrects how a file is understood, and keeps that for the next one of its name. */
export async function mapFile(
  call: Call,
  { deliveryId, fileId, mapping, keep }: InputOf<typeof contract.map>,
): Promise<Changed<OutputOf<typeof contract.map>>> {
  const { db, actor, now } = call
  const { delivery, row } = await lockFile(call, deliveryId, fileId)
  if (keep) {
    const source = sourceName(row.name, undefined)
    if (mapping === null) await deleteMappingOf(db, source)
    else await upsertMapping(db, { source, mapping, saidBy: actor, saidAt: now })
  }
  const output = await understand(call, delivery, { ...row, mapping })
  return { output, ...record(deliveryId, { file: fileId, name: row.name, mapping: mapping as Json, kept: keep }) }
}

export async function removeFile(
  call: Call,
  { deliveryId, fileId }: InputOf<typeof contract.remove>,
): Promise<Changed<OutputOf<typeof contract.remove>>> {
  const { row } = await lockFile(call, deliveryId, fileId)
  await deleteFile(call.db, fileId)
  if (isSettingsName(row.name)) await setSettings(call.db, deliveryId, null)
  call.afterwards(() => rm(pathOf(call.services.dataDirectory, deliveryId, fileId), { force: true }))
  return { output: {}, ...record(deliveryId, { file: fileId, name: row.name }) }
}

/** Throws a delivery away: one that is open, or one whose import failed for good. */
export async function discardDelivery(
  call: Call,
  { deliveryId }: InputOf<typeof contract.discard>,
): Promise<Changed<OutputOf<typeof contract.discard>>> {
  const delivery = await lockDelivery(call.db, deliveryId)
  if (!delivery) throw refuse('unknown')
  if (delivery.state !== 'open' && !(await hasFailed(call, delivery))) throw refuse('not-open')
  await setFinished(call.db, deliveryId, 'discarded', call.now)
  call.afterwards(() => removeBytes(call.services.dataDirectory, deliveryId))
  return { output: {}, ...record(deliveryId, { files: delivery.files }) }
}

/** Closes a delivery and asks for its import. */
export async function importDelivery(
  call: Call,
  { deliveryId }: InputOf<typeof contract.importDelivery>,
): Promise<Changed<OutputOf<typeof contract.importDelivery>>> {
  const delivery = await lockDelivery(call.db, deliveryId)
  if (!delivery) throw refuse('unknown')
  if (delivery.state !== 'open') throw refuse('not-open')
  if (delivery.files === 0) throw refuse('empty')
  const jobId = await queueJob(call, { kind: importJob, input: { deliveryId } })
  await setImporting(call.db, deliveryId, jobId)
  return { output: { jobId }, ...record(deliveryId, { job: jobId, files: delivery.files, bytes: delivery.bytes }) }
}

export async function listMappings(
  { db }: Context,
  { limit, after }: InputOf<typeof contract.listMappings>,
): Promise<OutputOf<typeof contract.listMappings>> {
  const [place] = after === undefined ? [] : readCursor(z.tuple([placeId]), after)
  const { items, next } = pageFrom(await listMappingRows(db, { after: place, limit: limit + 1 }), limit, ({ id }) => [
    id,
  ])
  return { items: items.map((row) => ({ ...row, mapping: fileMapping.parse(row.mapping) })), next }
}

export async function removeMapping(
  { db }: Context,
  { mappingId }: InputOf<typeof contract.removeMapping>,
): Promise<Changed<OutputOf<typeof contract.removeMapping>>> {
  const source = await deleteMapping(db, mappingId)
  if (source === undefined) throw refuseMapping('unknown')
  return { output: {}, subjects: [`mapping:${mappingId}`], payload: { mapping: mappingId, source } }
}

/** What the job that imports a delivery stands on. */
export interface DeliveryJob {
  readonly now: Date
  readonly dataDirectory: string
  readonly config: Pick<Config, 'files' | 'validDays'>
  readonly transact: Transact
  /** Runs one transaction of which the ledger is told nothing. */
  inOrganisation<T>(work: (context: Context) => Promise<T>): Promise<T>
  readonly progress?: ((progress: DeliveryProgress) => void) | undefined
  /** Aborted when it should give up soon; it is run again then. */
  readonly signal?: AbortSignal | undefined
}

export interface DeliveryProgress {
  /** Files that are done, of all. */
  readonly done: number
  readonly total: number
  /** The file that is read now, and how many of its rows. */
  readonly name: string
  readonly rows: number
}

export interface DeliveryTaken {
  readonly files: number
  readonly parts: readonly (PartOutcome & { readonly name: string })[]
}

/**
 * Takes the files of a delivery in; who calls it resolves and judges then. Run again after a stop, it goes on with what is
 * not finished; run again when all is done, it says what it said.
 */
export async function runDelivery(job: DeliveryJob, deliveryId: string): Promise<DeliveryTaken> {
  const { delivery, rows } = await job.inOrganisation(async ({ db }) => ({
    delivery: await findDelivery(db, deliveryId),
    rows: await listFileRows(db, deliveryId, { limit: mostFiles }),
  }))
  if (!delivery) throw refuse('unknown')
  if (delivery.state === 'discarded') throw refuse('not-open')
  const settings = settingsOf(delivery)
  const files = rows
    .filter(({ name }) => !isSettingsName(name))
    .map((row) => ({
      row,
      name: row.name,
      file: sourceFileOf(job.dataDirectory, deliveryId, row),
      mapping: mappingOf(row, settings, job.config),
      digest: row.digest,
    }))
  if (delivery.state !== 'done') {
    let done = 0
    for (const incoming of await orderFiles(files, job.now)) {
      const tell = (rows: number) => {
        job.signal?.throwIfAborted()
        job.progress?.({ done, total: files.length, name: incoming.name, rows })
      }
      tell(0)
      if (!incoming.row.outcome?.isFinished) await takeFile(job, delivery, settings, incoming, tell)
      done += 1
    }
    await job.inOrganisation(({ db, now }) => setFinished(db, deliveryId, 'done', now))
  }
  await removeBytes(job.dataDirectory, deliveryId)
  const taken = await job.inOrganisation(({ db }) => listFileRows(db, deliveryId, { limit: mostFiles }))
  return {
    files: files.length,
    parts: taken.flatMap(({ name, outcome }) => (outcome?.parts ?? []).map((part) => ({ name, ...part }))),
  }
}

async function takeFile(
  job: DeliveryJob,
  delivery: DeliveryRow,
  settings: SettingsFile,
  incoming: IncomingFile & { readonly row: FileRow },
  progress: (rows: number) => void,
): Promise<void> {
  const { row, name, file } = incoming
  const options = {
    now: job.now,
    collectedOn: delivery.collectedOn ?? undefined,
    validDays: settings.validDays ?? job.config.validDays,
    progress: (_name: string, rows: number) => progress(rows),
    // What becomes of a part is kept with what it says, or neither is.
    transact: ((work, tell) =>
      job.transact(async (context) => {
        const result = await work(context)
        await keepOutcome(context.db, row.id, outcomeOf(tell(result).payload))
        return result
      }, tell)) satisfies Transact,
  }
  const found = await stat(file.path).catch(() => undefined)
  if (found?.size === row.bytes) {
    for await (const _ of importFile(incoming, options)) {
      // Kept by the transaction above.
    }
  } else {
    const reason = 'it is not on the disk as it was received; bring it again'
    await refuseFile(name, undefined, row.digest, 'refused', reason, options)
  }
  await job.inOrganisation(({ db }) => finishFile(db, row.id))
}

function outcomeOf(told: IntakeRecord): PartOutcome {
  const text = (key: string) => (typeof told[key] === 'string' ? told[key] : null)
  const count = (key: string) => (typeof told[key] === 'number' ? told[key] : 0)
  return {
    part: text('part'),
    state: contract.outcomeState.parse(told['state']),
    source: text('source'),
    reason: text('reason'),
    rowsRead: count('rowsRead'),
    added: count('added'),
    changed: count('changed'),
    ended: count('ended'),
    rejects: count('rejects'),
  }
}

/** What the sweeping of one organisation's deliveries stands on. */
export type SweepJob = Pick<DeliveryJob, 'now' | 'dataDirectory' | 'transact' | 'inOrganisation'>

/** Discards deliveries that were left open for a day, and says how many. */
export async function sweepDeliveries(job: SweepJob): Promise<number> {
  const { now } = job
  const before = {
    open: new Date(now.getTime() - leftOpenAfterMs),
    importing: new Date(now.getTime() - leftImportingAfterMs),
  }
  const left = await job.inOrganisation(({ db }) => listLeftBehind(db, before))
  for (const id of left) {
    await job.transact(
      async ({ db }) => {
        const delivery = await lockDelivery(db, id)
        if (delivery?.state === 'open' || delivery?.state === 'importing') await setFinished(db, id, 'discarded', now)
      },
      () => ({ action: 'deliveries.discard', payload: { delivery: id, reason: 'left behind' } }),
    )
    await removeBytes(job.dataDirectory, id)
  }
  return left.length
}

/** Removes the folders that no delivery of any organisation needs; says how many. Younger ones may just be made. */
export async function sweepFolders(database: Database, dataDirectory: string, now: Date): Promise<number> {
  const root = join(dataDirectory, deliveriesFolder)
  const names = await readdir(root).catch(() => [])
  const needed = await listNeeded(database)
  let removed = 0
  for (const name of names) {
    if (needed.has(name)) continue
    const found = await stat(join(root, name)).catch(() => undefined)
    if (!found || now.getTime() - found.mtimeMs < hour) continue
    await rm(join(root, name), { recursive: true, force: true })
    removed += 1
  }
  return removed
}

/** Refuses what the disk of the data directory has no room for; some room is always left. */
export async function refuseWhenFull(dataDirectory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dataDirectory)
  if (bavail * bsize - bytes < keptFreeBytes) throw refuse('disk-full')
}

const deliveriesFolder = 'deliveries'

const pathOf = (dataDirectory: string, deliveryId: string, fileId: string) =>
  join(dataDirectory, deliveriesFolder, deliveryId, fileId)

function removeBytes(dataDirectory: string, deliveryId: string): Promise<void> {
  return rm(join(dataDirectory, deliveriesFolder, deliveryId), { recursive: true, force: true })
}

/** Puts what was received in its place as well: where the call is done once more, it is still there to be taken. */
async function placeBytes(from: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  try {
    await link(from, path)
  } catch (error) {
    // What was received lies on another disk, or on one without links.
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    await copyFile(from, path)
  }
  await chmod(path, 0o600)
}

function nameOf(given: string): string {
  const read = readName(given)
  if ('fault' in read) throw refuse(read.fault)
  return read.name
}

async function readSettings(path: string, bytes: number): Promise<SettingsFile> {
  if (bytes > longestSettings) throw refuse('settings-too-long')
  return ofFolder(parseSettings(await readFile(path, 'utf8'), 'vigil.yaml'))
}

async function lockFile(
  { db }: Call,
  deliveryId: string,
  fileId: string,
): Promise<{ delivery: CountedDelivery; row: FileRow }> {
  const delivery = await lockDelivery(db, deliveryId)
  if (!delivery) throw refuse('unknown')
  const row = await findFile(db, deliveryId, fileId)
  if (!row) throw refuse('unknown-file')
  if (delivery.state !== 'open') throw refuse('not-open')
  return { delivery, row }
}

async function hasFailed(call: Call, delivery: DeliveryRow): Promise<boolean> {
  if (delivery.state !== 'importing' || delivery.jobId === null) return false
  try {
    return (await showJob(call, { jobId: delivery.jobId })).state === 'failed'
  } catch (error) {
    // Jobs are not kept for ever.
    if (error instanceof Refusal) return true
    throw error
  }
}

/** Previews a file and keeps how it was understood, without its rows. */
async function understand(call: Call, delivery: DeliveryRow, row: FileRow): Promise<OutputOf<typeof contract.add>> {
  const preview = await previewOf(call, delivery, row)
  const summary = z.encode(contract.summary, preview)
  await setUnderstanding(call.db, row.id, { preview: summary, mapping: row.mapping })
  return { ...fileOf({ ...row, preview: summary }, new Map()), preview }
}

type Shown = OutputOf<typeof contract.look>['preview']

async function previewOf(call: Call, delivery: DeliveryRow, row: FileRow): Promise<Shown> {
  if (isSettingsName(row.name)) return { state: 'settings', parts: [], hasMore: false }
  const { services, now } = call
  const file = sourceFileOf(services.dataDirectory, delivery.id, row)
  const mapping = mappingOf(row, settingsOf(delivery), services.config)
  return mutable(await previewFile(file, { name: row.name, mapping, asOf: now }))
}

/** The contract's lists are plain arrays. */
function mutable(preview: Preview): Shown {
  return {
    ...preview,
    parts: preview.parts.map((part) => ({
      ...part,
      kinds: [...part.kinds],
      columns: [...part.columns],
      rows: part.rows.map((row) => ({ ...row, cells: row.cells && [...row.cells], understood: row.understood })),
    })),
  }
}

function sourceFileOf(dataDirectory: string, deliveryId: string, row: FileRow): SourceFile {
  const path = pathOf(dataDirectory, deliveryId, row.id)
  return {
    path,
    name: basename(row.name),
    size: row.bytes,
    modifiedAt: row.modifiedAt,
    open: () => createReadStream(path, { highWaterMark: 256 * 1024 }),
  }
}

const settingsOf = (delivery: DeliveryRow): SettingsFile => (delivery.settings ?? {}) as SettingsFile

/** What a person said of the file, else what the vigil.yaml beside it says, else that of the installation. */
function mappingOf(row: FileRow, settings: SettingsFile, config: Pick<Config, 'files'>): FileMapping | undefined {
  if (row.mapping !== null) return fileMapping.parse(row.mapping)
  return findMapping({ ...config.files, ...settings.files }, row.name)
}

function deliveryOf(row: CountedDelivery): OutputOf<typeof contract.open> {
  const { id, state, madeBy, madeAt, finishedAt, collectedOn, jobId, files, bytes } = row
  return { id, state, madeBy, madeAt, finishedAt, collectedOn, jobId, files, bytes }
}

function fileOf(row: FileRow, sourceIds: ReadonlyMap<string, number>) {
  const { id, name, bytes, modifiedAt } = row
  return {
    id,
    name,
    bytes,
    digest: row.digest.toString('hex'),
    modifiedAt,
    summary: z.decode(contract.summary, (row.preview ?? unseen) as z.input<typeof contract.summary>),
    mapping: row.mapping === null ? null : fileMapping.parse(row.mapping),
    outcome:
      row.outcome?.parts.map((part) => ({
        ...part,
        sourceId: part.source === null ? null : (sourceIds.get(part.source) ?? null),
      })) ?? null,
  }
}

const unseen = { state: 'unrecognised', parts: [], hasMore: false }

function record(deliveryId: string, said: Readonly<Record<string, Json | undefined>>): Recorded {
  return { subjects: [`delivery:${deliveryId}`], payload: { delivery: deliveryId, ...said } }
}
