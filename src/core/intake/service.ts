/**
 * The reading of a source into facts. One reading (a file, a sheet, a search) is one transaction: it is taken in whole or
 * not at all, so that a stop at any moment leaves nothing half-done and reading it again changes nothing.
 */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { refreshEntries } from '#core/people/record/store.ts'
import { resolvePeople } from '#core/people/service.ts'
import { markResolved, needsResolution } from '#core/people/store.ts'
import { analyzeFacts } from '#core/safeguards/store.ts'
import { refreshLogins } from '#core/systems/pages/store.ts'
import { resolveStagedAccounts, resolveSystems } from '#core/systems/service.ts'
import type { Context } from '#platform/context.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import type { Db } from '#platform/database.ts'
import { type Day, endOfDay } from '#platform/days.ts'
import { pageFrom, placeId, readCursor } from '#platform/paging.ts'
import { refusals } from '#platform/refusal.ts'
import type * as contract from './contract.ts'
import { type ColumnReading, type FactKind, factKinds, type Reading } from './facts.ts'
import { sourceName, validDays } from './model.ts'
import {
  findColumns,
  findSourceRow,
  findSourcesNamed,
  finishRun,
  hasRun,
  insertRejects,
  insertRun,
  listRejects,
  listRejectsFrom,
  listRunRows,
  listSourceRows,
  lockSource,
  mergeStage,
  openStage,
  type RunShown,
  type SourceShown,
  type Stage,
  stageName,
  takeDuplicates,
  touchSource,
} from './store.ts'

/** Where a reading comes from. */
export interface Origin {
  /** Path within the folder read, or the directory's address without credentials. */
  readonly name: string
  readonly channel: 'file' | 'ldap'
  /** SHA-256 of the raw input; undefined for a live source. */
  readonly digest: Buffer | undefined
  /** When the file was made, if nothing better is known. */
  readonly modifiedAt: Date
  /** What a person says of when it was collected. */
  readonly collectedOn?: Day | undefined
  /** Days for which each kind of fact speaks, where the organisation says otherwise. */
  readonly validDays?: Readonly<Record<string, number>> | undefined
  /** The source that it is of, where that is known without its name. */
  readonly source?: string | undefined
}

export interface Rejected {
  readonly line: number
  readonly reason: string
  /** As its source wrote it; undefined where it is no row of a list, or too long or too late to keep. */
  readonly cells?: readonly string[]
}

export interface IntakeResult {
  readonly state: 'done' | 'unchanged' | 'superseded'
  readonly source: string
  /** The run that it was last taken in by; this one, unless it told nothing new. */
  readonly runId: number | null
  readonly format: string
  readonly kinds: readonly FactKind[]
  readonly collectedAt: Date
  readonly rowsRead: number
  readonly added: number
  readonly changed: number
  readonly ended: number
  readonly rejectCount: number
  /** The first of the rejects; no more than `keptRejects`. */
  readonly rejects: readonly Rejected[]
  readonly unknownColumns: readonly string[]
}

/** How many rejects of one run are kept with line and reason; the rest is counted. */
export const keptRejects = 10_000
/** Of how many of them the row itself is kept, where it has no more characters than that. */
const keptRejectedRows = 2_000
const longestRejectedRow = 20_000

/** Takes one reading in. `progress` is told the number of rows now and then. */
export async function takeIn(
  context: Context,
  origin: Origin,
  reading: Reading,
  progress: (rows: number) => void = () => undefined,
): Promise<IntakeResult> {
  const { db, now } = context
  const described = {
    name: origin.source ?? sourceName(origin.name, reading.part),
    channel: origin.channel,
    format: reading.format,
    kinds: reading.kinds,
    basis: reading.basis,
    product: reading.product,
    validDays: daysOf(origin, reading.kinds),
  }
  const source = await lockSource(db, described)
  const collectedAt = collectedWhen(origin, reading, now)
  const unknownColumns = reading.columns.filter(({ field }) => field === undefined).map(({ header }) => header)
  const result = {
    source: described.name,
    format: reading.format,
    kinds: reading.kinds,
    collectedAt,
    unknownColumns,
  }
  const nothing = { rowsRead: 0, added: 0, changed: 0, ended: 0, rejectCount: 0, rejects: [] }
  // The database keeps the reading of the columns as JSON, which has no order of keys.
  const sameColumns = isDeepStrictEqual(source.columns, JSON.parse(JSON.stringify(reading.columns)))
  if (origin.digest && source.digest?.equals(origin.digest) && sameColumns) {
    await touchSource(db, source.id, collectedAt)
    // What could not be read then is missing still.
    const rejects = source.runId === null ? [] : await listRejects(db, source.runId, keptRejects)
    return { ...result, ...nothing, runId: source.runId, rejects, rejectCount: rejects.length, state: 'unchanged' }
  }
  const run = {
    sourceId: source.id,
    fileName: origin.name,
    startedAt: now,
    finishedAt: now,
    reason: undefined,
    collectedAt,
    collectedBy: context.actor,
    digest: origin.digest,
    complete: undefined,
    columns: reading.columns,
  }
  if (source.collectedAt && collectedAt < source.collectedAt) {
    // An older file must not overwrite what a newer one said.
    const runId = await insertRun(db, { ...run, state: 'superseded' })
    return { ...result, ...nothing, runId, state: 'superseded' }
  }

  const runId = await insertRun(db, { ...run, state: 'done' })
  const stages = new Map<FactKind, Stage>()
  for (const kind of reading.kinds) stages.set(kind, await openStage(db, kind))
  const rejects = createRejects()
  let rowsRead = 0
  for await (const item of reading.items) {
    rowsRead += 1
    if (rowsRead % 20_000 === 0) progress(rowsRead)
    if (item.kind === 'reject') {
      rejects.add(item.line, item.reason, item.cells)
      continue
    }
    let stage = stages.get(item.kind)
    if (!stage) {
      stage = await openStage(db, item.kind)
      stages.set(item.kind, stage)
    }
    const wrong = stage.add(item.line, item.row)
    if (wrong !== undefined) rejects.add(item.line, wrong)
    else if (stage.isFull()) await stage.flush()
  }
  const counts = { added: 0, changed: 0, ended: 0 }
  for (const stage of stages.values()) {
    await stage.finish()
    const repeated = await takeDuplicates(db, stage.kind, keptRejects)
    for (const { line, first } of repeated.first) {
      rejects.add(line, `repeats what line ${first} is told by (${keyInWords(stage.kind)})`)
    }
    rejects.addUnkept(repeated.count - repeated.first.length)
  }
  // A row that could not be read may be one that an earlier file had: then nothing is said about what is missing.
  const complete = reading.complete && rejects.count === 0
  for (const stage of stages.values()) {
    const tied =
      stage.kind === 'account'
        ? { rows: await resolveStagedAccounts(db, stageName(stage.kind)), columns: ['account_id'] }
        : undefined
    const merged = await mergeStage(db, stage.kind, { sourceId: source.id, runId, now, complete, tied })
    counts.added += merged.added
    counts.changed += merged.changed
    counts.ended += merged.ended
  }
  await insertRejects(db, runId, rejects.kept)
  await finishRun(db, runId, source.id, {
    counts: { ...counts, rowsRead, rejects: rejects.count },
    complete,
    collectedAt,
    finishedAt: now,
    source: described,
  })
  return { ...result, ...counts, runId, rowsRead, state: 'done', rejectCount: rejects.count, rejects: rejects.kept }
}

/** Resolves who is who and what is what, where anything came in since that was last done, or where `anew` asks for it. */
export async function resolveIdentities(
  context: Context,
  options: { readonly anew: boolean },
): Promise<{ questions: number } | undefined> {
  if (!options.anew && !(await needsResolution(context.db))) return undefined
  await resolveSystems(context)
  const resolved = await resolvePeople(context)
  await analyzeFacts(context.db)
  await refreshEntries(context.db)
  await refreshLogins(context.db)
  await markResolved(context.db)
  return resolved
}

/** Records that a file could not be taken in, and why. */
export async function recordRefusedFile(
  context: Context,
  origin: Pick<Origin, 'name' | 'digest'>,
  refused: { readonly state: 'refused' | 'unrecognised'; readonly reason: string },
): Promise<void> {
  await insertRun(context.db, {
    sourceId: undefined,
    fileName: origin.name,
    startedAt: context.now,
    finishedAt: context.now,
    state: refused.state,
    reason: refused.reason,
    collectedAt: undefined,
    collectedBy: context.actor,
    digest: origin.digest,
    complete: undefined,
    columns: undefined,
  })
}

const refuse = refusals('source', {
  unknown: ['missing', 'There is no such source.', 'list the sources to see them'],
  'unknown-run': ['missing', 'This source has no such run.', 'show the source to see its runs'],
})

/** Lists sources by name. */
export async function listSources(
  { db, now }: Context,
  { kind, standing, limit, after }: InputOf<typeof contract.list>,
): Promise<OutputOf<typeof contract.list>> {
  const [place] = after === undefined ? [] : readCursor(z.tuple([placeId]), after)
  const isCurrent = standing === undefined ? undefined : standing === 'current'
  const rows = await listSourceRows(db, now, { kind, isCurrent, after: place, limit: limit + 1 })
  const { items, next } = pageFrom(rows, limit, ({ id }) => [id])
  return { items: items.map(shownSource), next }
}

/** Lists what could not be taken in as any source, the newest first. */
export async function listRefusedRuns(
  context: Context,
  page: InputOf<typeof contract.listRefused>,
): Promise<OutputOf<typeof contract.listRefused>> {
  return pageOfRuns(context, undefined, page)
}

export async function showSource(
  context: Context,
  { sourceId, ...page }: InputOf<typeof contract.show>,
): Promise<OutputOf<typeof contract.show>> {
  const row = await findSourceRow(context.db, context.now, sourceId)
  if (!row) throw refuse('unknown')
  return { source: shownSource(row), runs: await pageOfRuns(context, sourceId, page) }
}

async function pageOfRuns(
  { db }: Context,
  sourceId: number | undefined,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<OutputOf<typeof contract.listRefused>> {
  const [before] = after === undefined ? [] : readCursor(z.tuple([placeId]), after)
  const { items, next } = pageFrom(await listRunRows(db, sourceId, { before, limit: limit + 1 }), limit, ({ id }) => [
    id,
  ])
  return { items: items.map(shownRun), next }
}

/** Lists the rejects of a run by line. Several of one line are told apart by how many of them were shown. */
export async function listRunRejects(
  { db }: Context,
  { sourceId, runId, limit, after }: InputOf<typeof contract.listRejects>,
): Promise<OutputOf<typeof contract.listRejects>> {
  if (!(await hasRun(db, sourceId, runId))) throw refuse('unknown-run')
  const [line, skip] = after === undefined ? [0, 0] : readCursor(z.tuple([z.int().min(0), z.int().min(0)]), after)
  const rows = await listRejectsFrom(db, runId, { line, skip, limit: limit + 1 })
  const page = pageFrom(rows, limit, (last) => {
    const shown = rows.slice(0, limit).filter((row) => row.line === last.line).length
    return [last.line, shown + (last.line === line ? skip : 0)]
  })
  return { items: [...page.items], next: page.next }
}

export async function showColumns(
  { db }: Context,
  { sourceId }: InputOf<typeof contract.listColumns>,
): Promise<OutputOf<typeof contract.listColumns>> {
  const found = await findColumns(db, sourceId)
  if (!found) throw refuse('unknown')
  const columns = (found.columns ?? []) as readonly Partial<ColumnReading>[]
  return {
    runId: found.runId,
    columns: columns.map(({ header = '', field }) => ({ header, field: field ?? null })),
  }
}

/** The numbers of sources by their names; those that are not there are left out. */
export async function findSourceIds(db: Db, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (names.length === 0) return new Map()
  return new Map((await findSourcesNamed(db, names)).map(({ id, name }) => [name, id]))
}

const shownSource = (row: SourceShown) => ({ ...row, kinds: [...row.kinds] })
const shownRun = (row: RunShown) => ({ ...row, digest: row.digest?.toString('hex') ?? null })

/** The date inside the file, else the one given, else the file's own; never later than the moment judged as of. */
function collectedWhen(origin: Origin, reading: Reading, now: Date): Date {
  const said = reading.collectedAt ?? (origin.collectedOn ? endOfDay(origin.collectedOn) : origin.modifiedAt)
  return said > now ? now : said
}

/** The shortest of the periods that the kinds of one source have. */
function daysOf(origin: Origin, kinds: readonly FactKind[]): number {
  const usual = origin.channel === 'ldap' ? validDays.live : validDays.file
  return Math.min(...kinds.map((kind) => origin.validDays?.[kind] ?? usual), 366)
}

function keyInWords(kind: FactKind): string {
  const [group] = factKinds[kind].key
  return (group ?? []).join(' and ').replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`)
}

function lengthOf(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + cell.length, 0)
}

function createRejects() {
  const kept: Rejected[] = []
  let count = 0
  let rows = 0
  return {
    kept,
    get count() {
      return count
    },
    /** Counts rejects of which only the number is known. */
    addUnkept(more: number) {
      count += more
    },
    add(line: number, reason: string, cells?: readonly string[]) {
      count += 1
      if (kept.length >= keptRejects) return
      const isKept = cells !== undefined && rows < keptRejectedRows && lengthOf(cells) <= longestRejectedRow
      if (isKept) rows += 1
      kept.push(isKept ? { line, reason, cells: [...cells] } : { line, reason })
    },
  }
}
