/** The paragraphs that bind the organisation, how each stands, and what was decided on the addressable ones. */
import { z } from 'zod'
import { statuses } from '#core/safeguards/model.ts'
import { day, endpoint, id, instant, line, officers, pageOf, paging, prose, readers } from '#platform/contract.ts'
import { profiles } from './model.ts'

const status = z.enum(statuses)
const citation = z.string().regex(/^[\w. ()§-]{1,100}$/)
const decisions = ['implement', 'alternative', 'not-reasonable'] as const

const decision = z.object({
  id,
  citation: z.string(),
  decision: z.enum(decisions),
  why: z.string(),
  approvedBy: z.string(),
  decidedOn: day,
  reviewOn: day,
  recordedBy: z.string(),
  recordedAt: instant,
  state: z.enum(['in-force', 'review-overdue', 'superseded']),
})

const requirement = z.object({
  citation: z.string(),
  title: z.string(),
  /** What it asks, in plain words. */
  statement: z.string(),
  kind: z.enum(['section', 'standard', 'implementation', 'implementation-heading', 'provision']),
  required: z.enum(['required', 'addressable']).nullable(),
  /** The paragraph, or the subpart, under which it stands. */
  parent: z.string().nullable(),
  /** Whether it asks for something to be done; the others explain. */
  binding: z.boolean(),
  /** Only proposed: it obliges nobody, and has no status. */
  proposed: z.boolean(),
  /** The paragraphs in force that a proposed one would change. */
  amends: z.array(z.string()),
  /** The worst of itself and of what stands below it; null where nothing binding does. */
  status: status.nullable(),
  whyUnknown: z.string().nullable(),
  safeguards: z.array(z.object({ name: z.string(), status })),
  /** The decision that stands on it. */
  decision: decision.nullable(),
})

export const listRequirements = endpoint({
  name: 'requirements.list',
  method: 'GET',
  path: '/requirements',
  effect: 'read',
  summary: 'List what the law asks and how each paragraph stands, in the order of the law',
  roles: readers,
  input: z.strictObject({
    profile: z.enum(Object.keys(profiles) as [keyof typeof profiles, ...(keyof typeof profiles)[]]).default('hipaa'),
    status: z.array(status).min(1).max(statuses.length).optional(),
  }),
  output: z.object({
    /** The parts of the law under which its sections stand. */
    subparts: z.array(z.object({ citation: z.string(), title: z.string(), status: status.nullable() })),
    /** All of them: there are some hundred. */
    items: z.array(requirement),
  }),
})

export const showRequirement = endpoint({
  name: 'requirements.show',
  method: 'GET',
  path: '/requirements/{citation}',
  effect: 'read',
  summary: 'Show a paragraph, what stands below it, and what its status rests on',
  roles: readers,
  input: z.strictObject({ citation }),
  output: z.object({
    requirement,
    children: z.array(z.object({ citation: z.string(), title: z.string(), status: status.nullable() })),
    safeguards: z.array(
      z.object({
        name: z.string(),
        title: z.string(),
        practice: z.string(),
        status,
        whyUnknown: z.string().nullable(),
      }),
    ),
    /** Every decision on it, the newest first. */
    decisions: z.array(decision),
    /** The measures of other frameworks that serve it. */
    crosswalk: z.array(
      z.object({
        framework: z.string(),
        title: z.string(),
        code: z.string(),
        name: z.string(),
        basis: z.enum(['derived', 'judged']),
      }),
    ),
    /** The files that support it: linked to it or to its safeguards, or behind what people attested; the newest hundred. */
    evidence: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        /** What it was said to support, as `kind:id`. */
        about: z.string(),
        keptAt: instant,
        validUntilOn: day.nullable(),
        /** Linked itself; otherwise it stands behind a statement that somebody made. */
        isLinked: z.boolean(),
      }),
    ),
  }),
})

export const decide = endpoint({
  name: 'requirements.decide',
  method: 'POST',
  path: '/requirements/{citation}/decisions',
  effect: 'change',
  summary: 'Record what the organisation decided on an addressable specification',
  roles: [...officers, 'api-client'],
  input: z.strictObject({
    citation,
    decision: z.enum(decisions),
    why: prose(8_000),
    /** The person who approved it, by name. */
    approvedBy: line(200),
    /** Today when not said. */
    decidedOn: day.optional(),
    reviewOn: day,
  }),
  output: z.object({ decisionId: id }),
})

export const listDecisions = endpoint({
  name: 'requirements.decisions',
  method: 'GET',
  path: '/decisions',
  effect: 'read',
  summary: 'List the decisions on addressable specifications that stand, or all there were',
  roles: readers,
  input: z.strictObject({ history: z.boolean().default(false), ...paging }),
  output: pageOf(decision),
})
