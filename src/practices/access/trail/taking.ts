/**
 * Taking accesses in over the door. What a program pushes is durable when it is answered; a file that a person brings is sealed
 * and read by a job, which may be begun anew at any time: what is in the trail already is not taken twice. What is taken in is on
 * the trail's own log, so the ledger has files alone. The sealed bytes are removed when they are taken in, or never can be; those
 * of a job that failed for another reason stay for a week, so that it can be run again.
 */
import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Beforehand, Call, Recorded } from '#core/door.ts'
import type { JobContext } from '#core/jobs/kinds.ts'
import { queueJob } from '#core/jobs/service.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { KeyError, open, openChunks, seal, sealFile } from '#platform/keys.ts'
import { Refusal, type RefusalKind } from '#platform/refusal.ts'
import { isOwnFeed } from '#trail/own-feeds.ts'
import type { ImportResult } from '#trail/trail.ts'
import type * as contract from './contract.ts'
import { trailFormats } from './contract.ts'
import { type Place, reachTrail } from './reach.ts'
import { refuse } from './refusals.ts'
import { lookAtTrail, mirrorTrail } from './sources.ts'

/** The kind of job that takes a file in. */
export const takeJob = 'trail.import'
export const takeInput = z.strictObject({ uploadId: z.uuid() })
/** What was said of an upload: it lies sealed beside it, since jobs keep nothing that somebody typed. */
const saidOfUpload = z.strictObject({
  source: z.string(),
  format: z.enum(trailFormats).optional(),
  columns: z.record(z.string(), z.string()).optional(),
  bytes: z.int().nonnegative(),
})
const leftAfterMs = 7 * 86_400_000

const folderOf = (dataDirectory: string) => join(dataDirectory, 'trail-uploads')

/** Where an upload lies, and as what it is sealed: it opens for its own organisation's job alone. */
function placeOf({ services, organisationId }: Place, uploadId: string) {
  const path = join(folderOf(services.dataDirectory), uploadId)
  return { path, saidPath: `${path}.said`, sealedAs: `trail-upload/${organisationId}/${uploadId}` }
}

async function removeUpload({ path, saidPath }: ReturnType<typeof placeOf>): Promise<void> {
  await rm(path, { force: true })
  await rm(saidPath, { force: true })
}

type Taken = OutputOf<typeof contract.push>

/** Hands an upload to the trail; when this answers, it is kept. */
export async function push(
  beforehand: Beforehand,
  { source, format, columns }: InputOf<typeof contract.push>,
): Promise<Taken> {
  const { delivered } = beforehand
  if (!delivered) throw new Error('an upload came without its bytes')
  checkFeed(source)
  const result = await reachTrail(beforehand).import(createReadStream(delivered.path), { source, format, columns })
  return takenOf(result)
}

/** By its own feeds Vigil tells who works here and who is watched: nobody else speaks in their name. */
function checkFeed(source: string): void {
  if (isOwnFeed(source)) throw refuse('own-feed')
}

function takenOf({ rejects, ...counts }: ImportResult): Taken {
  return { ...counts, rejects: rejects.map(({ where, reason }) => ({ where, reason })) }
}

/** Seals an upload and queues the job that takes it in. */
export async function importFile(
  call: Call,
  { source, format, columns, fileName }: InputOf<typeof contract.importFile>,
): Promise<Recorded & { readonly output: OutputOf<typeof contract.importFile> }> {
  const { delivered, services } = call
  if (!delivered) throw new Error('an upload came without its bytes')
  checkFeed(source)
  const uploadId = randomUUID()
  const upload = placeOf(call, uploadId)
  const { path, saidPath, sealedAs } = upload
  await mkdir(folderOf(services.dataDirectory), { recursive: true, mode: 0o700 })
  try {
    const said = JSON.stringify({ source, format, columns, bytes: delivered.bytes })
    await writeFile(saidPath, await seal(services.keys, Buffer.from(said), sealedAs), { mode: 0o600, flush: true })
    const sealed = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
    await sealFile(services.keys, createReadStream(delivered.path), sealed, sealedAs)
  } catch (error) {
    await removeUpload(upload)
    throw error
  }
  const jobId = await queueJob(call, { kind: takeJob, input: { uploadId } })
  return {
    output: { jobId },
    subjects: [`job:${jobId}`],
    payload: { source, format, fileName, bytes: delivered.bytes, digest: delivered.digest.toString('hex') },
  }
}

/** Refusals that come again however often the file is read. */
const isOfTheFile: ReadonlySet<RefusalKind> = new Set(['invalid', 'unsupported', 'large'])

/** Hands the bytes of an upload to the trail as they are opened. Refuses `trail-upload-damaged` where they are not whole. */
async function takeUpload({ services, organisationId, progress }: JobContext, upload: ReturnType<typeof placeOf>) {
  let damage: unknown
  async function* opened(): AsyncGenerator<Uint8Array> {
    try {
      yield* openChunks(services.keys, createReadStream(upload.path), upload.sealedAs)
    } catch (cause) {
      damage = cause
      throw cause
    }
  }
  const said = await open(services.keys, await readFile(upload.saidPath), upload.sealedAs)
  const { source, format, columns, bytes: total } = saidOfUpload.parse(JSON.parse(said.toString('utf8')))
  try {
    const trail = reachTrail({ services, organisationId })
    const result = await trail.import(opened(), { source, format, columns }, ({ bytes }) =>
      progress({ phase: 'reading', done: bytes, total }),
    )
    return { source, result }
  } catch (error) {
    // The trail sees but a stream that broke off.
    if (damage instanceof KeyError && damage.code === 'sealed-damaged') {
      throw refuse('upload-damaged', {}, { cause: damage })
    }
    throw error
  }
}

/** Takes a file in: the job's work. */
export async function runTake(job: JobContext, input: z.output<typeof takeInput>) {
  const place = { services: job.services, organisationId: job.organisationId }
  const upload = placeOf(place, input.uploadId)
  if (!(await stat(upload.path).catch(() => undefined))) throw refuse('upload-gone')
  const { source, result } = await takeUpload(job, upload).catch(async (error: unknown) => {
    if (error instanceof Refusal && isOfTheFile.has(error.kind)) await removeUpload(upload)
    throw error
  })
  const seen = await lookAtTrail(place)
  const { rejects, ...counts } = takenOf(result)
  await job.inOrganisation(async (context) => {
    const now = new Date()
    // The ledger comes last, as for every change: whoever holds it waits for nobody's rows.
    if (seen) await mirrorTrail({ ...context, now }, seen)
    await job.services.ledger.append({ ...context, now }, [
      { action: 'trail.taken', outcome: 'done', subjects: [`job:${job.jobId}`], payload: { source, ...counts } },
    ])
  })
  await removeUpload(upload)
  return { ...counts, rejects }
}

/** Removes what no job took in within a week. */
export async function sweepUploads(dataDirectory: string, now: Date): Promise<void> {
  const folder = folderOf(dataDirectory)
  for (const name of await readdir(folder).catch(() => [])) {
    const found = await stat(join(folder, name)).catch(() => undefined)
    if (found && now.getTime() - found.mtimeMs > leftAfterMs) await rm(join(folder, name), { force: true })
  }
}
