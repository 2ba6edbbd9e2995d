/**
 * Taking accesses in over the door. What a program pushes is durable when it is answered; a file that a person brings is moved
 * aside and read by a job, which may be begun anew at any time: what is in the trail already is not taken twice. What is taken
 * in is on the trail's own log, so the ledger has files alone.
 */
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Beforehand, Call, Recorded } from '#core/door.ts'
import type { JobContext } from '#core/jobs/kinds.ts'
import { queueJob } from '#core/jobs/service.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { open, seal } from '#platform/keys.ts'
import type { ImportResult } from '#trail/trail.ts'
import type * as contract from './contract.ts'
import { trailFormats } from './contract.ts'
import { reachTrail } from './reach.ts'
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
})
const leftAfterMs = 7 * 86_400_000

const folderOf = (dataDirectory: string) => join(dataDirectory, 'trail-uploads')
const saidPath = (folder: string, uploadId: string) => join(folder, `${uploadId}.said`)
const sealedAs = (uploadId: string) => `trail upload ${uploadId}`

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
  if (source.trim().toLowerCase().startsWith('vigil-')) throw refuse('own-feed')
}

function takenOf({ rejects, ...counts }: ImportResult): Taken {
  return { ...counts, rejects: rejects.map(({ where, reason }) => ({ where, reason })) }
}

/** Moves an upload aside and queues the job that takes it in. */
export async function importFile(
  call: Call,
  { source, format, columns, fileName }: InputOf<typeof contract.importFile>,
): Promise<Recorded & { readonly output: OutputOf<typeof contract.importFile> }> {
  const { delivered, services } = call
  if (!delivered) throw new Error('an upload came without its bytes')
  checkFeed(source)
  const uploadId = randomUUID()
  const folder = folderOf(services.dataDirectory)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const said = JSON.stringify({ source, ...(format ? { format } : {}), ...(columns ? { columns } : {}) })
  await writeFile(saidPath(folder, uploadId), await seal(services.keys, Buffer.from(said), sealedAs(uploadId)), {
    mode: 0o600,
  })
  const jobId = await queueJob(call, { kind: takeJob, input: { uploadId } })
  await rename(delivered.path, join(folder, uploadId))
  return {
    output: { jobId },
    subjects: [`job:${jobId}`],
    payload: { source, format, fileName, bytes: delivered.bytes, digest: delivered.digest.toString('hex') },
  }
}

/** Takes a file in: the job's work. */
export async function runTake(job: JobContext, input: z.output<typeof takeInput>) {
  const place = { services: job.services, organisationId: job.organisationId }
  const path = join(folderOf(job.services.dataDirectory), input.uploadId)
  const found = await stat(path).catch(() => undefined)
  if (!found) throw refuse('upload-gone')
  const sealed = await readFile(saidPath(folderOf(job.services.dataDirectory), input.uploadId))
  const said = await open(job.services.keys, sealed, sealedAs(input.uploadId))
  const { source, format, columns } = saidOfUpload.parse(JSON.parse(said.toString('utf8')))
  const result = await reachTrail(place).import(createReadStream(path), { source, format, columns }, ({ bytes }) =>
    job.progress({ phase: 'reading', done: bytes, total: found.size }),
  )
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
  await rm(path, { force: true })
  await rm(saidPath(folderOf(job.services.dataDirectory), input.uploadId), { force: true })
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
