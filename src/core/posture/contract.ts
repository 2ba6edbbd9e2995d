/** Where the organisation stands, and one practice of it. */
import { z } from 'zod'
import { finding } from '#core/findings/contract.ts'
import { severities, statuses } from '#core/safeguards/model.ts'
import { day, endpoint, instant, readers } from '#platform/contract.ts'

const status = z.enum(statuses)
const practiceName = /^[a-z][a-z-]{0,59}$/
const severity = z.enum(severities)

/** How many of something have each of the four values. */
const byStatus = z.object({ proved: z.int(), attested: z.int(), failed: z.int(), unknown: z.int() })

const source = z.object({
  name: z.string(),
  format: z.string(),
  basis: z.enum(['measured', 'stated']),
  collectedAt: instant,
  validUntil: instant,
  isCurrent: z.boolean(),
})

const moved = z.object({ count: z.int(), first: z.array(finding) })

export const showPosture = endpoint({
  name: 'posture.show',
  method: 'GET',
  path: '/posture',
  effect: 'read',
  summary: 'Show where the organisation stands in every practice, and what the last seven days changed',
  roles: readers,
  input: z.strictObject({}),
  output: z.object({
    organisation: z.string(),
    asOf: day,
    practices: z.array(
      z.object({
        name: z.string(),
        title: z.string(),
        asks: z.string(),
        status,
        /** How many of its safeguards have each status. */
        safeguards: byStatus,
        openFindings: z.int(),
        worstFinding: finding.nullable(),
      }),
    ),
    /** Open findings, the excepted ones included. */
    findingCounts: z.object({ critical: z.int(), high: z.int(), medium: z.int(), low: z.int() }),
    changes: z.object({
      since: instant,
      /** Opened (again) since then and open, the worst five first. */
      opened: moved,
      /** Closed since then, the last five first. */
      closed: moved,
    }),
    sources: z.array(source),
    /** What would make unknown things known: a file to supply or a person's statement, and the safeguards that wait for it. */
    wanted: z.array(z.object({ by: z.enum(['file', 'statement']), file: z.string(), safeguards: z.array(z.string()) })),
    openQuestions: z.int(),
  }),
})

export const showTrend = endpoint({
  name: 'posture.trend',
  method: 'GET',
  path: '/posture/trend',
  effect: 'read',
  summary: 'Show how many safeguards of each practice had each status at the end of each of the last 52 weeks, and now',
  roles: readers,
  input: z.strictObject({ practice: z.string().regex(practiceName).optional() }),
  output: z.object({
    /** When anything was judged for the first time; before it all was unknown. */
    since: instant.nullable(),
    /** The days of the organisation at whose end is counted; the last one is today, as of now. */
    days: z.array(day),
    practices: z.array(
      z.object({
        name: z.string(),
        /** Of each status, how many safeguards had it, day by day. */
        safeguards: z.object({
          proved: z.array(z.int()),
          attested: z.array(z.int()),
          failed: z.array(z.int()),
          unknown: z.array(z.int()),
        }),
      }),
    ),
  }),
})

export const showPractice = endpoint({
  name: 'practices.show',
  method: 'GET',
  path: '/practices/{practice}',
  effect: 'read',
  summary: 'Show a practice: its safeguards as they stand, and what feeds them',
  roles: readers,
  input: z.strictObject({ practice: z.string().regex(practiceName) }),
  output: z.object({
    name: z.string(),
    title: z.string(),
    asks: z.string(),
    status,
    safeguards: z.array(
      z.object({
        name: z.string(),
        title: z.string(),
        status,
        severity,
        subject: z.string(),
        citations: z.array(z.string()),
        subjects: byStatus,
        whyUnknown: z.string().nullable(),
        /** Files that would tell more of it: kinds that it rests on and of which nothing current is kept. */
        wanted: z.array(z.string()),
        coversUntil: instant.nullable(),
        remedy: z.string(),
        /** What a person would state of it; null where nobody's word enters into it. */
        statement: z.string().nullable(),
      }),
    ),
    feeds: z.array(
      z.object({
        kind: z.string(),
        title: z.string(),
        /** Without it nothing can be judged; else it is taken into account where there is any. */
        isNeeded: z.boolean(),
        suppliedBy: z.string(),
        sources: z.array(source),
      }),
    ),
  }),
})
