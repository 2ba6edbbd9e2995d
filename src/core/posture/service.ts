/** Where the organisation stands: read off the views, put in the order that a person needs it. */
import {
  countFindings,
  type Finding,
  type FindingsSummary,
  listFindings,
  readFindings,
  summariseFindings,
} from '#core/findings/service.ts'
import { type FactKind, factKinds } from '#core/intake/facts.ts'
import type {
  FindingPosture,
  Posture,
  Practice,
  PracticePosture,
  SafeguardPosture,
  Severity,
  Status,
} from '#core/safeguards/model.ts'
import { statementOf, worstStatus } from '#core/safeguards/model.ts'
import { findFirstJudgement, listDayEdges, sampleJudgements } from '#core/safeguards/store/history.ts'
import { judgeAsOf, listSafeguardStatus } from '#core/safeguards/store.ts'
import type { Context } from '#platform/context.ts'
import { addDays, type Day } from '#platform/days.ts'
import { refusals } from '#platform/refusal.ts'
import { findOrganisation, listSources, readMark, type SourceRow } from './store.ts'

const refuse = refusals('practice', {
  unknown: ['missing', 'There is no such practice.', 'the posture lists all of them'],
})

/** Reads the posture as of the context's moment; `findings` bounds how many are read, the worst first. */
export async function readPosture(
  context: Context,
  practices: readonly Practice[],
  limits: { readonly findings?: number } = {},
): Promise<Posture> {
  const standing = await readStanding(context, practices)
  const remedies = new Map(practices.flatMap(({ safeguards }) => safeguards).map(({ name, remedy }) => [name, remedy]))
  const findings = (await readOpen(context, limits.findings)).map(
    (finding): FindingPosture => ({ ...finding, remedy: remedies.get(finding.safeguard) ?? '' }),
  )
  const counts = await countFindings(context)
  const { organisation, practices: shown, sources, wanted, openQuestions } = standing
  return {
    organisation,
    asOf: context.today,
    practices: shown,
    findings,
    findingCounts: sumOf(counts),
    sources,
    wanted,
    openQuestions,
  }
}

/** What the first page shows: every practice in numbers, the worst of each, and what the last days changed. */
export interface PostureShown extends Pick<Posture, 'organisation' | 'asOf' | 'sources' | 'wanted' | 'openQuestions'> {
  readonly practices: readonly PracticeShown[]
  /** Open findings, the excepted ones included. */
  readonly findingCounts: Readonly<Record<Severity, number>>
  /** When what is covered now will no longer be. */
  readonly ends: readonly Date[]
  readonly changes: Pick<FindingsSummary, 'opened' | 'closed'> & { readonly since: Date }
}

export interface PracticeShown extends Pick<PracticePosture, 'name' | 'title' | 'asks' | 'status'> {
  /** How many of its safeguards have each status. */
  readonly safeguards: Readonly<Record<Status, number>>
  readonly openFindings: number
  readonly worstFinding: Finding | undefined
}

const changeDays = 7
const changesShown = 5

export async function showPosture(context: Context, practices: readonly Practice[]): Promise<PostureShown> {
  const standing = await readStanding(context, practices)
  const since = new Date(context.now.getTime() - changeDays * 86_400_000)
  const findings = await summariseFindings(context, { since, limit: changesShown })
  return {
    organisation: standing.organisation,
    asOf: context.today,
    practices: standing.practices.map(({ name, title, asks, status, safeguards }) => ({
      name,
      title,
      asks,
      status,
      safeguards: countStatuses(safeguards),
      openFindings: findings.practices.get(name)?.open ?? 0,
      worstFinding: findings.practices.get(name)?.worst,
    })),
    findingCounts: findings.open,
    ends: standing.practices.flatMap(({ safeguards }) =>
      safeguards.flatMap(({ coversUntil }) => (coversUntil && coversUntil > context.now ? [coversUntil] : [])),
    ),
    sources: standing.sources,
    wanted: standing.wanted,
    openQuestions: standing.openQuestions,
    changes: { since, opened: findings.opened, closed: findings.closed },
  }
}

const keptMs = 60_000
const mostKept = 1_000

/**
 * Postures that were shown moments ago. The first page is what everybody opens, and nothing of it changes but by what
 * `readMark` sees or with time: a posture is shown again for a minute at most, on the same day, and while all that it rests
 * on still speaks.
 */
export class RecentPostures {
  readonly #practices: readonly Practice[]
  readonly #kept = new Map<number, { mark: string; from: number; until: number; shown: PostureShown }>()

  constructor(practices: readonly Practice[]) {
    this.#practices = practices
  }

  async show(context: Context, organisationId: number): Promise<PostureShown> {
    const mark = await readMark(context.db)
    const now = context.now.getTime()
    const kept = this.#kept.get(organisationId)
    const isFresh = kept?.mark === mark && kept.from <= now && now < kept.until && kept.shown.asOf === context.today
    if (isFresh) return kept.shown
    const shown = await showPosture(context, this.#practices)
    const ends = [
      ...shown.sources.filter(({ isCurrent }) => isCurrent).map(({ validUntil }) => validUntil),
      ...shown.ends,
    ]
    this.#kept.delete(organisationId)
    this.#kept.set(organisationId, { mark, from: now, until: Math.min(now + keptMs, ...ends.map(Number)), shown })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest)
    return shown
  }
}

export interface PracticePage {
  readonly practice: Pick<PracticePosture, 'name' | 'title' | 'asks' | 'status'>
  readonly safeguards: readonly (SafeguardPosture & {
    readonly remedy: string
    /** What a person would state of it; undefined where nobody's word enters into it. */
    readonly statement: string | undefined
    /** Files that would tell more of it: kinds that it rests on and of which nothing current is kept. */
    readonly wanted: readonly string[]
  })[]
  /** What its safeguards rest on, by kind of fact: needed, or taken into account where there is any. */
  readonly feeds: readonly {
    readonly kind: FactKind
    readonly title: string
    readonly isNeeded: boolean
    readonly suppliedBy: string
    readonly sources: readonly SourceRow[]
  }[]
}

/** One practice: its safeguards as they stand, and what feeds them. Its findings are listed by themselves. */
export async function showPractice(
  context: Context,
  practices: readonly Practice[],
  { name }: { readonly name: string },
): Promise<PracticePage> {
  const practice = practices.find((one) => one.name === name)
  if (!practice) throw refuse('unknown')
  const { practices: shown, sources } = await readStanding(context, [practice])
  const byName = new Map(practice.safeguards.map((safeguard) => [safeguard.name, safeguard]))
  const needed = new Set(practice.safeguards.flatMap(({ needs }) => needs))
  const supplied = new Set(sources.filter(({ isCurrent }) => isCurrent).flatMap((source) => source.kinds))
  // A statement is no file: who may speak for a safeguard is said beside it.
  const isSupplied = (kind: FactKind) => kind === 'attestation' || supplied.has(kind)
  const kinds = new Set([...needed, ...practice.safeguards.flatMap(({ uses }) => uses)])
  return {
    practice: { name, title: practice.title, asks: practice.asks, status: shown[0]?.status ?? 'unknown' },
    safeguards: (shown[0]?.safeguards ?? []).map((posture) => {
      const safeguard = byName.get(posture.name)
      const restsOn = safeguard ? [...safeguard.needs, ...safeguard.uses] : []
      return {
        ...posture,
        remedy: safeguard?.remedy ?? '',
        statement: safeguard && statementOf(safeguard),
        wanted: restsOn.filter((kind) => !isSupplied(kind)).map((kind) => factKinds[kind].suppliedBy),
      }
    }),
    feeds: [...kinds].map((kind) => ({
      kind,
      title: factKinds[kind].title,
      isNeeded: needed.has(kind),
      suppliedBy: factKinds[kind].suppliedBy,
      sources: sources.filter((source) => source.kinds.includes(kind)),
    })),
  }
}

const trendWeeks = 52

export interface Trend {
  readonly since: Date | undefined
  readonly days: readonly Day[]
  readonly practices: readonly { readonly name: string; readonly safeguards: Record<Status, number[]> }[]
}

/**
 * How many safeguards had each status at the end of each of the last 52 weeks and now, as of those moments: from what was
 * judged by then, and had not lapsed.
 */
export async function showTrend(
  { db, now, today }: Context,
  practices: readonly Practice[],
  wanted: { readonly practice?: string | undefined } = {},
): Promise<Trend> {
  const shown = practices.filter(({ name }) => wanted.practice === undefined || name === wanted.practice)
  if (shown.length === 0) throw refuse('unknown')
  const first = addDays(today, -7 * trendWeeks)
  const edges = await listDayEdges(db, first, today)
  const days = [...Array(trendWeeks + 1).keys()].map((week) => addDays(first, 7 * week))
  const moments = days.map((_, week) => (week === trendWeeks ? now : (edges[7 * week + 1] ?? now)))
  const samples = Map.groupBy(await sampleJudgements(db, moments), ({ safeguard }) => safeguard)
  return {
    since: await findFirstJudgement(db),
    days,
    practices: shown.map(({ name, safeguards }) => {
      const counts = {
        proved: days.map(() => 0),
        attested: days.map(() => 0),
        failed: days.map(() => 0),
        unknown: days.map(() => 0),
      }
      for (const safeguard of safeguards) {
        const judged = samples.get(safeguard.name) ?? []
        let next = 0
        for (const [week, moment] of moments.entries()) {
          while ((judged[next]?.index ?? Number.POSITIVE_INFINITY) <= week) next += 1
          const newest = judged[next - 1]
          const status = newest && newest.coversUntil > moment ? newest.status : 'unknown'
          counts[status][week] = (counts[status][week] ?? 0) + 1
        }
      }
      return { name, safeguards: counts }
    }),
  }
}

/** The status of every safeguard, as of the context's moment. */
export async function readStatuses({ db, now, today }: Context): Promise<ReadonlyMap<string, Status>> {
  await judgeAsOf(db, now, today)
  return new Map((await listSafeguardStatus(db)).map(({ name, status }) => [name, status]))
}

async function readStanding({ db, now, today }: Context, practices: readonly Practice[]) {
  await judgeAsOf(db, now, today)
  const standing = new Map((await listSafeguardStatus(db)).map((row) => [row.name, row]))
  const shown = practices.map((practice): PracticePosture => {
    const safeguards = practice.safeguards.map((safeguard): SafeguardPosture => {
      const row = standing.get(safeguard.name)
      return {
        name: safeguard.name,
        title: safeguard.title,
        status: row?.status ?? 'unknown',
        severity: safeguard.severity,
        subject: safeguard.subject,
        citations: safeguard.meets,
        subjects: {
          proved: row?.proved ?? 0,
          attested: row?.attested ?? 0,
          failed: row?.failed ?? 0,
          unknown: row?.unknown ?? 0,
        },
        whyUnknown: row?.checkedAt ? (row.whyUnknown ?? undefined) : 'it has not been checked yet',
        coversUntil: row?.coversUntil ?? undefined,
      }
    })
    return {
      name: practice.name,
      title: practice.title,
      asks: practice.asks,
      status: worstStatus(safeguards.map(({ status }) => status)),
      safeguards,
    }
  })
  const sources = await listSources(db)
  const current = new Set(sources.filter(({ isCurrent }) => isCurrent).flatMap(({ kinds }) => kinds))
  const { name, openQuestions } = await findOrganisation(db)
  return {
    organisation: name,
    practices: shown,
    sources,
    wanted: listWanted(practices, shown, current),
    openQuestions,
  }
}

/** The worst first; all of them when no limit is said. */
async function readOpen(context: Context, limit: number | undefined): Promise<readonly Finding[]> {
  if (limit !== undefined) return listFindings(context, { limit })
  const all: Finding[] = []
  for await (const batch of readFindings(context)) all.push(...batch)
  return all
}

function countStatuses(safeguards: readonly SafeguardPosture[]): Record<Status, number> {
  const counts = { failed: 0, unknown: 0, attested: 0, proved: 0 }
  for (const { status } of safeguards) counts[status] += 1
  return counts
}

type BySeverity = Readonly<Record<Severity, number>>

/** What is not closed: an exception changes no count of what has failed. */
function sumOf({ open, excepted }: { readonly open: BySeverity; readonly excepted: BySeverity }): BySeverity {
  return {
    critical: open.critical + excepted.critical,
    high: open.high + excepted.high,
    medium: open.medium + excepted.medium,
    low: open.low + excepted.low,
  }
}

/** Which file would make which unknown safeguards known, those that would tell most first. */
function listWanted(
  practices: readonly Practice[],
  shown: readonly PracticePosture[],
  current: ReadonlySet<string>,
): Posture['wanted'] {
  const unknown = new Set(
    shown
      .flatMap(({ safeguards }) => safeguards)
      .filter(({ status }) => status === 'unknown')
      .map(({ name }) => name),
  )
  const waiting = new Map<FactKind, string[]>()
  for (const safeguard of practices.flatMap((practice) => practice.safeguards)) {
    if (!unknown.has(safeguard.name)) continue
    for (const kind of [...safeguard.needs, ...safeguard.uses]) {
      if (current.has(kind)) continue
      const list = waiting.get(kind)
      if (list) list.push(safeguard.name)
      else waiting.set(kind, [safeguard.name])
    }
  }
  return [...waiting]
    .map(([kind, safeguards]) => ({ file: factKinds[kind].suppliedBy, safeguards }))
    .sort((a, b) => b.safeguards.length - a.safeguards.length)
}
