/**
 * How the organisation stands against the paragraphs that bind it. The rules:
 *  - A paragraph is as its worst safeguard: nobody can set it. One that no safeguard meets is unknown.
 *  - An addressable specification (45 CFR 164.306(d)(3)) that no safeguard meets counts as attested while a decision is in
 *    force that it is not reasonable and appropriate, or met by an equivalent alternative. Where a safeguard measures it,
 *    what was measured speaks, whatever was decided.
 *  - A paragraph above others is shown as the worst of them and itself; that is for display and counted nowhere.
 */
import { z } from 'zod'
import type { Happening } from '#core/ledger/service.ts'
import { type Status, worstStatus } from '#core/safeguards/model.ts'
import { judgeAsOf } from '#core/safeguards/store.ts'
import type { Context } from '#platform/context.ts'
import { type Day, isDay, sayDay } from '#platform/days.ts'
import { pageFrom, placeId, readCursor } from '#platform/paging.ts'
import { refusals } from '#platform/refusal.ts'
import {
  bindingRequirements,
  type CrosswalkCode,
  type CrosswalkFramework,
  childrenOf,
  crosswalk,
  crosswalkFrameworks,
  findRequirement,
  type Profile,
  type Requirement,
  requirements,
  subparts,
} from './model.ts'
import {
  type AddressableDecision,
  type DecisionRow,
  insertDecision,
  listDecisionRows,
  listMeetingSafeguards,
  listSupportingEvidence,
  lockParagraph,
  type MeetingSafeguard,
  type SupportingEvidence,
  supersedeDecision,
} from './store.ts'

export type { AddressableDecision } from './store.ts'

/** A decision is looked at again at least this often; the rule asks for "periodically" (45 CFR 164.306(e)). */
const longestReviewYears = 3
const mostDecisions = 1_000
const evidenceShown = 100

const refuse = refusals('decision', {
  'unknown-paragraph': ['missing', 'There is no such paragraph.', 'cite it as 164.312(a)(2)(iv)'],
  'not-addressable': [
    'invalid',
    '{citation} is not an addressable specification: it has to be met.',
    'only specifications marked addressable are decided on',
  ],
  incomplete: ['invalid', 'A decision takes its reason and the name of the person who approved it.'],
  'not-a-day': ['invalid', 'The days of a decision are days as YYYY-MM-DD.'],
  'not-yet': ['invalid', 'The day on which it was decided lies in the future.'],
  'review-past': ['invalid', 'The day on which it is reviewed lies after today.'],
  'review-late': [
    'invalid',
    `A decision is reviewed within ${longestReviewYears} years.`,
    'give an earlier day of review',
  ],
})

export interface Decision extends Omit<DecisionRow, 'supersededAt'> {
  /** It stands until it is superseded; it is in force up to its day of review. */
  readonly state: 'in-force' | 'review-overdue' | 'superseded'
}

/** Records what the organisation decided on an addressable specification (45 CFR 164.306(d)(3)); the former one ends. */
export async function decideAddressable(
  { db, now, today, actor }: Context,
  input: {
    readonly citation: string
    readonly decision: AddressableDecision
    readonly why: string
    readonly approvedBy: string
    readonly decidedOn: Day
    readonly reviewOn: Day
  },
): Promise<Pick<Happening, 'subjects' | 'payload'> & { readonly decisionId: number }> {
  const requirement = findRequirement(input.citation)
  if (!requirement || requirement.proposed) throw refuse('unknown-paragraph')
  const { citation } = requirement
  if (requirement.required !== 'addressable') throw refuse('not-addressable', { citation })
  const { decision, decidedOn, reviewOn } = input
  const why = input.why.trim()
  const approvedBy = input.approvedBy.trim()
  if (why === '' || approvedBy === '') throw refuse('incomplete')
  if (!isDay(decidedOn) || !isDay(reviewOn)) throw refuse('not-a-day')
  if (decidedOn > today) throw refuse('not-yet')
  if (reviewOn <= today) throw refuse('review-past')
  // Compared as texts, so that 29 February of a year that has none is a bound all the same.
  if (reviewOn > `${Number(decidedOn.slice(0, 4)) + longestReviewYears}${decidedOn.slice(4)}`)
    throw refuse('review-late')
  await lockParagraph(db, citation)
  const superseded = await supersedeDecision(db, citation, now)
  const said = { citation, decision, why, approvedBy, decidedOn, reviewOn }
  const id = await insertDecision(db, { ...said, recordedBy: actor, recordedAt: now })
  return {
    decisionId: id,
    subjects: [`decision:${id}`, `requirement:${citation}`],
    payload: { id, ...said, supersedes: superseded },
  }
}

/** Lists the decisions that stand, by citation; with `history` the superseded ones too. */
export async function listDecisions(
  { db, today }: Context,
  { history = false }: { readonly history?: boolean | undefined } = {},
): Promise<readonly Decision[]> {
  const rows = await listDecisionRows(db, { isStanding: !history, limit: mostDecisions })
  return rows.map((row) => decisionOf(row, today))
}

const decisionPlace = z.tuple([z.string().regex(/^[\w. ()-]{1,100}$/), placeId])

/** One page of the decisions that stand, by citation; with `history` of all there were. */
export async function pageDecisions(
  { db, today }: Context,
  wanted: { readonly history: boolean; readonly limit: number; readonly after?: string | undefined },
): Promise<{ readonly items: readonly Decision[]; readonly next: string | null }> {
  const place = wanted.after === undefined ? undefined : readCursor(decisionPlace, wanted.after)
  const rows = await listDecisionRows(db, {
    isStanding: !wanted.history,
    after: place && { citation: place[0], id: place[1] },
    limit: wanted.limit + 1,
  })
  const page = pageFrom(rows, wanted.limit, ({ citation, id }) => [citation, id])
  return { items: page.items.map((row) => decisionOf(row, today)), next: page.next }
}

/** How one binding paragraph stands, and what that rests on. */
export interface RequirementPosture {
  readonly citation: string
  readonly title: string
  readonly required: Requirement['required']
  readonly parent: string | null
  readonly status: Status
  readonly safeguards: readonly { readonly name: string; readonly status: Status }[]
  /** The decision that stands, in force or not; of an addressable specification. */
  readonly decision: Decision | undefined
  /** Why it is unknown; undefined when it is not. */
  readonly whyUnknown: string | undefined
}

/** The computed status of every binding paragraph, in the order of the law, as of the context's moment. */
export async function requirementStatus(context: Context): Promise<readonly RequirementPosture[]> {
  await judgeAsOf(context.db, context.now, context.today)
  return postures(context, await listMeetingSafeguards(context.db))
}

async function postures(context: Context, all: readonly MeetingSafeguard[]): Promise<readonly RequirementPosture[]> {
  const meeting = new Map<string, MeetingSafeguard[]>()
  for (const safeguard of all) {
    for (const citation of new Set(safeguard.citations.map(spelled))) {
      const list = meeting.get(citation)
      if (list) list.push(safeguard)
      else meeting.set(citation, [safeguard])
    }
  }
  const decisions = new Map((await listDecisions(context)).map((decision) => [decision.citation, decision]))
  return bindingRequirements().map(({ citation, title, required, parent }) => {
    const safeguards = meeting.get(citation) ?? []
    const decision = decisions.get(citation)
    const status = statusOf(safeguards, decision)
    return {
      citation,
      title,
      required,
      parent,
      status,
      safeguards: safeguards.map(({ name, status }) => ({ name, status })),
      decision,
      whyUnknown: status === 'unknown' ? sayWhyUnknown(safeguards, decision) : undefined,
    }
  })
}

/**
 * How each paragraph is shown, headings and subparts included: the worst of itself and the binding paragraphs below it.
 * Paragraphs with nothing binding in or below them are left out.
 */
export function shownStatus(postures: readonly RequirementPosture[]): ReadonlyMap<string, Status> {
  const parents = new Map(requirements().map(({ citation, parent }) => [citation, parent]))
  const below = new Map<string, Status[]>()
  for (const { citation, status } of postures) {
    for (let at: string | null | undefined = citation; at; at = parents.get(at)) {
      const list = below.get(at)
      if (list) list.push(status)
      else below.set(at, [status])
    }
  }
  return new Map([...below].map(([citation, all]) => [citation, worstStatus(all)]))
}

/** A paragraph as it is shown: its words, and how it stands with what is below it. */
export interface RequirementShown
  extends Pick<
    Requirement,
    'citation' | 'title' | 'statement' | 'kind' | 'required' | 'parent' | 'binding' | 'proposed' | 'amends'
  > {
  /** Null where nothing binding stands in or below it. */
  readonly status: Status | null
  readonly whyUnknown: string | undefined
  readonly safeguards: RequirementPosture['safeguards']
  readonly decision: Decision | undefined
}

interface Line {
  readonly citation: string
  readonly title: string
  readonly status: Status | null
}

/** Every paragraph of a profile, in the order of the law; of those only that stand as wanted. */
export async function listRequirements(
  context: Context,
  wanted: { readonly profile: Profile; readonly status?: readonly Status[] | undefined },
): Promise<{ readonly subparts: readonly Line[]; readonly items: readonly RequirementShown[] }> {
  const standing = await requirementStatus(context)
  const shown = shownStatus(standing)
  const byCitation = new Map(standing.map((one) => [one.citation, one]))
  const items = requirements([wanted.profile]).map((one) => showOf(one, shown, byCitation.get(one.citation)))
  return {
    subparts:
      wanted.profile === 'hipaa'
        ? Object.entries(subparts).map(([citation, title]) => ({
            citation,
            title,
            status: shown.get(citation) ?? null,
          }))
        : [],
    items: wanted.status ? items.filter(({ status }) => status !== null && wanted.status?.includes(status)) : items,
  }
}

export interface RequirementPage {
  readonly requirement: RequirementShown
  readonly children: readonly Line[]
  readonly safeguards: readonly MeetingSafeguard[]
  readonly decisions: readonly Decision[]
  readonly crosswalk: readonly (CrosswalkCode & { readonly framework: CrosswalkFramework; readonly title: string })[]
  readonly evidence: readonly SupportingEvidence[]
}

/** One paragraph, with all that its status rests on. */
export async function showRequirement(
  context: Context,
  input: { readonly citation: string },
): Promise<RequirementPage> {
  const requirement = findRequirement(input.citation)
  if (!requirement) throw refuse('unknown-paragraph')
  const { citation, profile } = requirement
  await judgeAsOf(context.db, context.now, context.today)
  const all = await listMeetingSafeguards(context.db)
  const standing = await postures(context, all)
  const shown = shownStatus(standing)
  const safeguards = all.filter(({ citations }) => citations.some((one) => spelled(one) === citation))
  const names = safeguards.map(({ name }) => name)
  const history = await listDecisionRows(context.db, { isStanding: false, citation, limit: mostDecisions })
  const codes = crosswalk(citation)
  return {
    requirement: showOf(
      requirement,
      shown,
      standing.find((one) => one.citation === citation),
    ),
    children: childrenOf(citation, [profile]).map((child) => ({
      citation: child.citation,
      title: child.title,
      status: shown.get(child.citation) ?? null,
    })),
    safeguards,
    decisions: history.map((row) => decisionOf(row, context.today)),
    crosswalk: (Object.keys(codes) as CrosswalkFramework[]).flatMap((framework) =>
      codes[framework].map((code) => ({ framework, title: crosswalkFrameworks[framework], ...code })),
    ),
    evidence: await listSupportingEvidence(context.db, { citation, safeguards: names }, evidenceShown),
  }
}

function showOf(
  { citation, title, statement, kind, required, parent, binding, proposed, amends }: Requirement,
  shown: ReadonlyMap<string, Status>,
  posture: RequirementPosture | undefined,
): RequirementShown {
  return {
    citation,
    title,
    statement,
    kind,
    required,
    parent,
    binding,
    proposed,
    amends,
    status: proposed ? null : (shown.get(citation) ?? null),
    whyUnknown: posture?.whyUnknown,
    safeguards: posture?.safeguards ?? [],
    decision: posture?.decision,
  }
}

function statusOf(safeguards: readonly MeetingSafeguard[], decision: Decision | undefined): Status {
  if (safeguards.length > 0) return worstStatus(safeguards.map(({ status }) => status))
  return decision?.state === 'in-force' && decision.decision !== 'implement' ? 'attested' : 'unknown'
}

function sayWhyUnknown(safeguards: readonly MeetingSafeguard[], decision: Decision | undefined): string {
  const [first] = safeguards.filter(({ status }) => status === 'unknown')
  if (first) return `${first.name}: ${first.whyUnknown ?? 'it has not been checked yet'}`
  if (decision?.decision === 'implement') return 'it was decided to implement it, and no safeguard measures that yet'
  if (decision) return `the decision on it was to be reviewed by ${sayDay(decision.reviewOn)}`
  return 'no safeguard measures it yet'
}

function decisionOf({ supersededAt, ...row }: DecisionRow, today: Day): Decision {
  const state = supersededAt !== null ? 'superseded' : row.reviewOn < today ? 'review-overdue' : 'in-force'
  return { ...row, state }
}

function spelled(citation: string): string {
  return findRequirement(citation)?.citation ?? citation
}
