/** Today: what needs whoever asks, by their roles. One read, since everybody opens it each morning. */
import { z } from 'zod'
import { finding } from '#core/findings/contract.ts'
import { severities, statuses } from '#core/safeguards/model.ts'
import { task } from '#core/tasks/contract.ts'
import { day, endpoint, everyMember, id, instant } from '#platform/contract.ts'

const status = z.enum(statuses)

/** How many there are, and the first few of them. */
const firstOf = <T extends z.ZodType>(item: T) => z.object({ count: z.int(), first: z.array(item) })

/** One thing that somebody has to see to, as the page says it and leads to it. */
const need = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('begin') }),
  z.object({ kind: z.literal('findings-overdue'), count: z.int() }),
  z.object({ kind: z.literal('findings-ownerless'), count: z.int() }),
  z.object({ kind: z.literal('findings-due'), count: z.int() }),
  /** Cases of the access trail that wait for a decision: how many are overdue, and how many are due within seven days. */
  z.object({ kind: z.literal('cases'), count: z.int(), overdue: z.int(), due: z.int() }),
  z.object({ kind: z.literal('tasks-ownerless'), count: z.int() }),
  z.object({ kind: z.literal('people'), count: z.int() }),
  z.object({ kind: z.literal('jobs-failed'), count: z.int(), job: z.string(), at: instant }),
  z.object({
    kind: z.literal('sources-late'),
    count: z.int(),
    first: z.object({ sourceId: id, name: z.string(), isLive: z.boolean(), since: instant }),
  }),
  z.object({ kind: z.literal('files-refused'), count: z.int(), name: z.string().nullable() }),
  z.object({ kind: z.literal('questions'), count: z.int() }),
])

/** A safeguard as it stands, with the paragraph of the law that asks for it first. */
const safeguard = z.object({
  name: z.string(),
  practice: z.string(),
  title: z.string(),
  severity: z.enum(severities),
  status,
  failed: z.int(),
  of: z.int(),
  citation: z.string(),
  /** A paragraph may leave it to the organisation how to do it; not whether to decide. */
  required: z.enum(['required', 'addressable']),
  whyUnknown: z.string().nullable(),
  /** What would make it known: a file to bring, a person's word, or no more than another check. */
  makeKnown: z
    .discriminatedUnion('by', [
      z.object({ by: z.literal('file'), file: z.string() }),
      z.object({ by: z.literal('statement') }),
      z.object({ by: z.literal('check') }),
    ])
    .nullable(),
})

/** What ends on a day: `about` is the thing's `kind:id`. */
const ending = z.object({
  kind: z.enum(['exception', 'attestation', 'evidence', 'decision']),
  about: z.string(),
  title: z.string(),
  on: day,
})

export const showToday = endpoint({
  name: 'today.show',
  method: 'GET',
  path: '/today',
  effect: 'read',
  summary: 'Show what needs you today, what has changed since yesterday and what comes',
  roles: everyMember,
  input: z.strictObject({}),
  output: z.object({
    asOf: day,
    /** How many things need whoever asks: their tasks, and what stands in `needs`. */
    count: z.int(),
    /** What is theirs to do, those due first on top. */
    tasks: firstOf(task).extend({ overdue: z.int() }),
    /** What else needs them, the most pressing first. */
    needs: z.array(need),
    /** Those who report to them and about whom something is open; null for who is no manager. */
    people: firstOf(z.object({ personId: id, name: z.string().nullable(), findings: z.int() }))
      .extend({
        all: z.int(),
        /** Whether only the first thousand were looked at. */
        isCut: z.boolean(),
        whyNobody: z.enum(['no-person', 'no-reports']).nullable(),
      })
      .nullable(),
    /** How the programme stands; null for who does not read it. */
    programme: z
      .object({
        /** Whether anything was brought in yet. */
        hasSources: z.boolean(),
        changed: z.object({
          since: instant,
          opened: firstOf(finding),
          closed: firstOf(finding),
          sources: firstOf(z.object({ sourceId: id, name: z.string(), what: z.enum(['read', 'lapsed']), at: instant })),
          safeguards: firstOf(
            z.object({ name: z.string(), practice: z.string(), title: z.string(), before: status, status }),
          ),
        }),
        due: z.object({
          /** Due within seven days or overdue, and not excepted. */
          findings: firstOf(finding).extend({ overdue: z.int() }),
          /** Everybody's tasks that are due within seven days or overdue. */
          tasks: z.object({ count: z.int(), overdue: z.int() }),
          /** What ends within thirty days. */
          ends: firstOf(ending),
        }),
        /** What the law asks for and has failed or is not known, the worst first. */
        audit: z.object({ failed: firstOf(safeguard), unknown: firstOf(safeguard) }),
        /** What is due next of all, for when nothing needs anybody; null when nothing is foreseen. */
        next: z
          .object({ kind: z.enum(['finding', ...ending.shape.kind.options]), title: z.string(), on: day })
          .nullable(),
      })
      .nullable(),
    /** For who audits: until when they may, and what the ledger holds; null for others. */
    audit: z
      .object({
        untilOn: day.nullable(),
        ledger: z.object({ entries: z.int(), signedSize: z.int(), signedAt: instant.nullable() }),
      })
      .nullable(),
  }),
})
