/**
 * Patients whose records are watched. Their identifiers lie sealed, beside a keyed digest by which nobody is listed twice. The
 * trail is told of them by a feed of its own, each night again.
 */
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { Call, Recorded, Services } from '#core/door.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { open, seal } from '#platform/keys.ts'
import { pageFrom, readNumber } from '#platform/paging.ts'
import { watchFeed } from '#trail/own-feeds.ts'
import type * as contract from './contract.ts'
import { type Place, reachTrail } from './reach.ts'
import { refuse } from './refusals.ts'
import { countWatched, deleteWatched, insertWatched, listWatchedRows, type WatchedRow } from './store.ts'

const mostWatched = 100_000

const sealedPatient = z.object({ patient: z.string(), note: z.string().nullable() })
interface Keys {
  readonly organisationId: number
  readonly services: Pick<Services, 'keys'>
}

const contextOf = (organisationId: number, mark: Buffer) => `trail-watched/${organisationId}/${mark.toString('hex')}`

/** What opens one row of the list. */
export async function openWatched({ organisationId, services }: Keys, { mark, sealed }: WatchedRow) {
  const text = await open(services.keys, sealed, contextOf(organisationId, mark))
  return sealedPatient.parse(JSON.parse(text.toString()))
}

export async function listWatched(
  call: Call,
  { limit, after }: InputOf<typeof contract.listWatched>,
): Promise<OutputOf<typeof contract.listWatched>> {
  const rows = await listWatchedRows(call.db, { before: readNumber(after), limit: limit + 1 })
  const { items, next } = pageFrom(rows, limit, ({ id }) => [id])
  const shown = items.map(async (row) => {
    const { id, addedBy, addedAt } = row
    return { id, addedBy, addedAt, ...(await openWatched(call, row)) }
  })
  return { items: await Promise.all(shown), next }
}

export async function watch(
  call: Call,
  { patients, note }: InputOf<typeof contract.watch>,
): Promise<Recorded & { readonly output: OutputOf<typeof contract.watch> }> {
  const { db, actor, now, organisationId, services } = call
  const wanted = [...new Set(patients)]
  if ((await countWatched(db)) + wanted.length > mostWatched) throw refuse('too-many-watched')
  const added: string[] = []
  for (const patient of wanted) {
    const mark = createHmac('sha256', services.digestKey).update(`watched/${organisationId}/${patient}`).digest()
    const text = Buffer.from(JSON.stringify({ patient, note: note ?? null }))
    const sealed = await seal(services.keys, text, contextOf(organisationId, mark))
    if (await insertWatched(db, { mark, sealed, addedBy: actor, addedAt: now })) added.push(patient)
  }
  await tellTrail(call, added, true)
  return { output: { added: added.length }, subjects: [], payload: { patients: added, note } }
}

export async function unwatch(
  call: Call,
  { watchedId }: InputOf<typeof contract.unwatch>,
): Promise<Recorded & { readonly output: OutputOf<typeof contract.unwatch> }> {
  const row = await deleteWatched(call.db, watchedId)
  if (!row) throw refuse('not-watched')
  const { patient } = await openWatched(call, row)
  await tellTrail(call, [patient], false)
  return { output: {}, subjects: [`trail-watched:${watchedId}`], payload: { patient } }
}

/** Tells the trail who is watched, or no longer: nothing else takes a record off the watch. */
export async function tellTrail(place: Place, patients: readonly string[], isWatched: boolean): Promise<void> {
  if (patients.length === 0) return
  const said = isWatched ? { isWatched } : { takesBack: ['isWatched'] }
  const lines = patients.map((patient) => `${JSON.stringify({ record: 'patient', patient, ...said })}\n`)
  await reachTrail(place).import(inPieces(lines), { source: watchFeed, format: 'relations' })
}

/** Lines as bytes, a thousand at a time. */
export async function* inPieces(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < lines.length; at += 1_000) yield Buffer.from(lines.slice(at, at + 1_000).join(''))
}
