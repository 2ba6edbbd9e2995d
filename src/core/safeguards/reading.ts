/** Safeguards as they are read: how each stands and stood, its subjects one by one, and the ground that a verdict has. */
import { z } from 'zod'
import { type FactKind, factKinds } from '#core/intake/facts.ts'
import type { Context } from '#platform/context.ts'
import { addDays, type Day } from '#platform/days.ts'
import { pageFrom, readCursor } from '#platform/paging.ts'
import { refusals } from '#platform/refusal.ts'
import { countDays, type DayCounts, type Span, spansOf } from './history.ts'
import { type Practice, type Safeguard, type Status, type SubjectCounts, statementOf } from './model.ts'
import { sayMissing } from './service.ts'
import { findFirstOf, listDayEdges, listJudgements } from './store/history.ts'
import {
  type CoverageRow,
  type FactRow,
  fieldsOf,
  findCoverage,
  findJudgeEntry,
  findNamed,
  findOpenFinding,
  findSubjectRows,
  listFactRows,
  listObservations,
  listRests,
  listSubjectRows,
  type RestRow,
  type SubjectRow,
  type Told,
  tell,
  type Verdict,
  waitsForAnswer,
} from './store/subjects.ts'
import { compileCheck, judgeAsOf, listSafeguardStatus, listSourceStates, type SourceState } from './store.ts'

const refuse = refusals('safeguard', {
  unknown: ['missing', 'There is no such safeguard.', 'its name is practice.claim'],
  'unknown-subject': [
    'missing',
    'This safeguard has never judged such a thing.',
    'list its subjects to see their numbers',
  ],
})

const yearDays = 365
/** Of one subject, so many rows of a kind of fact and so many verdicts are shown. */
const factsShown = 20
const verdictsShown = 200

export interface Unknown {
  readonly why: string
  readonly files: readonly string[]
  readonly statement: string | undefined
  readonly waitsFor: 'decision' | 'answer' | undefined
}

export interface Ground {
  readonly at: Date
  readonly rests: readonly RestRow[]
  readonly entry: number | undefined
}

export interface SafeguardShown {
  readonly practice: Practice
  readonly safeguard: Safeguard
  readonly status: Status
  readonly subjects: SubjectCounts
  readonly coversUntil: Date | undefined
  readonly unknown: Unknown | undefined
  readonly judgement: Ground | undefined
  readonly year: {
    readonly from: Day
    readonly until: Day
    readonly since: Date | undefined
    readonly days: DayCounts
    readonly spans: readonly Span[]
  }
  readonly query: string
}

export async function showSafeguard(
  context: Context,
  practices: readonly Practice[],
  name: string,
): Promise<SafeguardShown> {
  const { db, now, today } = context
  const { practice, safeguard } = findSafeguard(practices, name)
  await judgeAsOf(db, now, today)
  const row = (await listSafeguardStatus(db)).find((one) => one.name === name)
  const status = row?.status ?? 'unknown'
  const subjects = {
    proved: row?.proved ?? 0,
    attested: row?.attested ?? 0,
    failed: row?.failed ?? 0,
    unknown: row?.unknown ?? 0,
  }
  const coverage = await findCoverage(db, safeguard)
  const isKnown = status !== 'unknown' && subjects.unknown === 0
  const why = coverage ? (row?.whyUnknown ?? 'the check could not tell') : 'it has not been checked yet'
  return {
    practice,
    safeguard,
    status,
    subjects,
    coversUntil: coverage?.coversUntil,
    unknown: isKnown ? undefined : tellUnknown(safeguard, why, await listSourceStates(db)),
    judgement: coverage && (await readGround(context, coverage)),
    year: await readYear(context, name),
    query: compileCheck(db, safeguard.check),
  }
}

async function readYear({ db, now, today }: Context, name: string): Promise<SafeguardShown['year']> {
  const from = addDays(today, 1 - yearDays)
  const edges = (await listDayEdges(db, from, today)).map((edge) => (edge > now ? now : edge))
  const window = { from: edges[0] ?? now, until: now }
  const spans = spansOf(await listJudgements(db, name, window), window)
  return { from, until: today, since: await findFirstOf(db, name), days: countDays(spans, edges), spans }
}

export interface SubjectShown {
  readonly id: number
  readonly label: string
  readonly of: string | null
  readonly person: string | null
  readonly status: Status
  readonly was: Status | undefined
  readonly since: Date
  readonly findingId: number | null
  readonly detail: string | null
}

const verdicts = ['fail', 'unknown', 'pass'] as const satisfies readonly Verdict[]
const place = z.tuple([z.int().min(0).max(2), z.int().nonnegative()])

/** One page of what a safeguard judges: what fails, then what is unknown, then what passes, each by number. */
export async function listSubjects(
  { db, now, today }: Context,
  practices: readonly Practice[],
  checkRole: string,
  wanted: {
    readonly safeguard: string
    readonly verdict?: Verdict | undefined
    readonly q?: string | undefined
    readonly limit: number
    readonly after?: string | undefined
  },
): Promise<{ readonly items: readonly SubjectShown[]; readonly next: string | null }> {
  const { safeguard } = findSafeguard(practices, wanted.safeguard)
  const [first, after] = wanted.after === undefined ? [0, 0] : readCursor(place, wanted.after)
  await judgeAsOf(db, now, today)
  const coverage = await findCoverage(db, safeguard)
  const hasLapsed = coverage === undefined || coverage.coversUntil <= now
  // What has lapsed is unknown, whatever was found before.
  const isNone = hasLapsed && wanted.verdict !== undefined && wanted.verdict !== 'unknown'
  const told = safeguard.subject === 'requirement' ? await tell(db, safeguard, checkRole) : undefined
  const words = wanted.q?.toLowerCase()
  const ids = told?.flatMap((one) => (words === undefined || nameOf(one).toLowerCase().includes(words) ? [one.id] : []))
  const verdict = hasLapsed ? undefined : wanted.verdict
  const limit = wanted.limit + 1
  const rows: SubjectRow[] = []
  if (words !== undefined && ids === undefined && !isNone) {
    rows.push(...(await findSubjectRows(db, safeguard, { words, verdict, after: [first, after], limit })))
  } else if (!isNone) {
    for (const [rank, one] of verdicts.entries()) {
      if (rank < first || rows.length === limit || (verdict !== undefined && verdict !== one)) continue
      const page = { verdict: one, ids, after: rank === first ? after : 0, limit: limit - rows.length }
      rows.push(...(await listSubjectRows(db, safeguard, page)))
    }
  }
  const { items, next } = pageFrom(rows, wanted.limit, (row) => [verdicts.indexOf(row.verdict), row.id])
  const names = new Map(told?.map((one) => [one.id, nameOf(one)]))
  return { items: items.map((row) => shownOf(row, names.get(row.id), hasLapsed)), next }
}

export interface FactShown extends Omit<FactRow, 'row'> {
  readonly title: string
  readonly says: readonly {
    readonly field: string
    readonly type: string
    readonly value: string | boolean | number | string[]
  }[]
}

export interface SubjectPage {
  readonly subject: SubjectShown
  readonly unknown: Unknown | undefined
  readonly finding: { readonly id: number; readonly detail: string; readonly owner: string | null } | undefined
  readonly facts: readonly FactShown[]
  readonly sources: readonly RestRow[]
  readonly history: readonly { readonly status: Status; readonly from: Date; readonly until: Date | null }[]
  readonly judgement: Ground | undefined
}

/** One subject, down to the rows that speak of it. Why it is unknown is not kept, so its check is asked anew. */
export async function showSubject(
  context: Context,
  practices: readonly Practice[],
  checkRole: string,
  wanted: { readonly safeguard: string; readonly subjectId: number },
): Promise<SubjectPage> {
  const { db, now, today } = context
  const { safeguard } = findSafeguard(practices, wanted.safeguard)
  const { subjectId } = wanted
  await judgeAsOf(db, now, today)
  const history = await listObservations(db, safeguard, subjectId, verdictsShown)
  const [newest] = history
  if (!newest) throw refuse('unknown-subject')
  const coverage = await findCoverage(db, safeguard)
  const hasLapsed = coverage === undefined || coverage.coversUntil <= now || newest.until !== null
  // Its words are kept of a failure alone.
  const isWordless = newest.verdict === 'unknown' || safeguard.subject === 'requirement'
  const [told] = isWordless ? await tell(db, safeguard, checkRole, subjectId) : []
  const naming = await findNamed(db, safeguard, subjectId)
  const finding = await findOpenFinding(db, safeguard, subjectId)
  const says = told?.verdict === newest.verdict ? told.detail : null
  const row: SubjectRow = {
    id: subjectId,
    verdict: newest.verdict,
    basis: newest.basis,
    since: newest.from,
    label: naming?.label ?? null,
    of: naming?.of ?? null,
    person: naming?.person ?? null,
    findingId: finding?.id ?? null,
    detail: finding?.detail ?? says,
  }
  const subject = shownOf(row, safeguard.subject === 'requirement' && told ? nameOf(told) : undefined, hasLapsed)
  const states = await listSourceStates(db)
  const facts = await listFactRows(db, { kind: safeguard.subject, id: subjectId }, restsOn(safeguard), factsShown)
  const runIds = [...new Set(facts.map(({ runId }) => runId))]
  return {
    subject,
    unknown:
      subject.status === 'unknown'
        ? tellUnknown(safeguard, sayWhy(safeguard, states, coverage, newest.until, says), states, {
            isAsked: safeguard.subject === 'account' && (await waitsForAnswer(db, subjectId)),
          })
        : undefined,
    finding,
    facts: facts.map(shownFact),
    sources: await listRests(db, runIds),
    history: history.map(({ verdict, basis, from, until }) => ({ status: statusOf(verdict, basis), from, until })),
    judgement: coverage && (await readGround(context, coverage)),
  }
}

function sayWhy(
  safeguard: Safeguard,
  states: ReadonlyMap<string, SourceState>,
  coverage: CoverageRow | undefined,
  goneSince: Date | null,
  says: string | null,
): string {
  if (goneSince !== null) return 'no source names it any more, so it is not judged'
  const missing = safeguard.needs.filter((kind) => !states.get(kind)?.isCurrent)
  if (missing.length > 0) return sayMissing(missing, states)
  return says ?? coverage?.whyUnknown ?? 'what it rested on has lapsed'
}

function findSafeguard(practices: readonly Practice[], name: string): { practice: Practice; safeguard: Safeguard } {
  for (const practice of practices) {
    const safeguard = practice.safeguards.find((one) => one.name === name)
    if (safeguard) return { practice, safeguard }
  }
  throw refuse('unknown')
}

function restsOn({ needs, uses }: Safeguard): readonly FactKind[] {
  return [...needs, ...uses]
}

function tellUnknown(
  safeguard: Safeguard,
  why: string,
  states: ReadonlyMap<string, SourceState>,
  { isAsked = false } = {},
): Unknown {
  const lacking = restsOn(safeguard).filter((kind) => kind !== 'attestation' && !states.get(kind)?.isCurrent)
  return {
    why,
    files: lacking.map((kind) => factKinds[kind].suppliedBy),
    statement: statementOf(safeguard),
    waitsFor: isAsked ? 'answer' : safeguard.subject === 'requirement' ? 'decision' : undefined,
  }
}

async function readGround({ db }: Context, coverage: CoverageRow): Promise<Ground> {
  const rests = await listRests(db, coverage.sourceRuns)
  return { at: coverage.coversFrom, rests, entry: await findJudgeEntry(db, coverage) }
}

function statusOf(verdict: Verdict, basis: 'measured' | 'stated' | null): Status {
  if (verdict === 'pass') return basis === 'measured' ? 'proved' : 'attested'
  return verdict === 'fail' ? 'failed' : 'unknown'
}

function shownOf(row: SubjectRow, name: string | undefined, hasLapsed: boolean): SubjectShown {
  const { id, label, of, person, verdict, basis, since, findingId, detail } = row
  const judged = statusOf(verdict, basis)
  return {
    id,
    label: name ?? label ?? `No. ${id}`,
    of,
    person,
    status: hasLapsed ? 'unknown' : judged,
    was: hasLapsed && judged !== 'unknown' ? judged : undefined,
    since,
    findingId,
    detail,
  }
}

function nameOf({ key, label }: Told): string {
  return [key, label].filter((one) => one !== null).join(' ')
}

function shownFact({ row, ...fact }: FactRow): FactShown {
  return {
    ...fact,
    title: factKinds[fact.kind].title,
    says: fieldsOf(fact.kind).flatMap(({ field, column, type }) => {
      const value = toSaid(row[column])
      return value === undefined ? [] : [{ field, type, value }]
    }),
  }
}

function toSaid(value: unknown): FactShown['says'][number]['value'] | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value
  return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined
}
