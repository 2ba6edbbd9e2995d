/**
 * Tells the trail who works here: each login that an account list names, with its person as the staff list knows them. Only
 * what has changed since the last time is told, by a feed of its own. The rules:
 *  - What was told and is so no more (a day of leaving that was corrected, a login that is shared no longer) is taken back by
 *    name. What was never told is not: the trail may know it from lists that Vigil does not have.
 *  - A login that several people have, in one system or in two, is nobody's: it is told as shared.
 *  - The EHR's own accounts go before those of other systems, since its audit log names people by them.
 */
import { createHash } from 'node:crypto'
import type { JobContext } from '#core/jobs/kinds.ts'
import { workerWords } from '#trail/model/relation.ts'
import { peopleFeed } from '#trail/own-feeds.ts'
import { reachTrail } from './reach.ts'
import { listTold, listWorkers, setTold, type WorkerRow } from './store/workers.ts'
import { listWatchedRows } from './store.ts'
import { inPieces, openWatched, tellTrail } from './watching.ts'

/** The kind of job that tells the trail who works here. */
export const peopleJob = 'trail.people'

function recordOf(row: WorkerRow) {
  const { personId, ...rest } = row
  const cut = (text: string | null) => (text ?? '').slice(0, 300)
  return {
    record: 'worker',
    ...rest,
    login: cut(rest.login),
    person: personId === null ? '' : `vigil-person-${personId}`,
    name: cut(rest.name),
    department: cut(rest.department),
    role: cut(rest.role),
    manager: cut(rest.manager),
  }
}

/** Tells the trail what has changed; gives how many logins that were. */
export async function runPeople(job: JobContext): Promise<{ readonly told: number; readonly watched: number }> {
  const place = { services: job.services, organisationId: job.organisationId }
  const changed = await job.inOrganisation(async ({ db }) => {
    const told = await listTold(db)
    const before = new Map(told.map((one) => [one.login, one]))
    return (await listWorkers(db)).flatMap((row) => {
      const { login } = row
      const record = recordOf(row)
      const digest = createHash('sha256').update(JSON.stringify(record)).digest()
      const last = before.get(login)
      if (last?.digest.equals(digest)) return []
      const said = workerWords.filter((word) => Boolean(record[word]))
      const takesBack = last?.said.filter((word) => !said.includes(word)) ?? []
      const line = JSON.stringify({ ...record, ...(takesBack.length > 0 ? { takesBack } : {}) })
      return [{ login, line, digest, said }]
    })
  })
  const watched = await job.inOrganisation(async ({ db }) => {
    const patients: string[] = []
    for (let before: number | undefined; ; ) {
      const page = await listWatchedRows(db, { before, limit: 1_000 })
      for (const row of page) patients.push((await openWatched(place, row)).patient)
      before = page.at(-1)?.id
      if (page.length < 1_000) return patients
    }
  })
  if (changed.length === 0 && watched.length === 0) return { told: 0, watched: 0 }
  if (changed.length > 0) {
    const lines = changed.map(({ line }) => `${line}\n`)
    await reachTrail(place).import(inPieces(lines), { source: peopleFeed, format: 'relations' })
    await job.inOrganisation(({ db }) => setTold(db, changed))
  }
  await tellTrail(place, watched, true)
  return { told: changed.length, watched: watched.length }
}
