/** A safeguard to its ground: how it stands and stood, what it rests on, its subjects one by one, and the query that judges. */
import { z } from 'zod'
import { day, endpoint, id, instant, line, pageOf, paging, readers } from '#platform/contract.ts'
import { severities, statuses } from './model.ts'

const status = z.enum(statuses)
const basis = z.enum(['measured', 'stated'])
const verdict = z.enum(['fail', 'unknown', 'pass'])
const byStatus = z.object({ proved: z.int(), attested: z.int(), failed: z.int(), unknown: z.int() })
const safeguardName = z.string().regex(/^[a-z][a-z0-9.-]{0,99}$/)

/** The number of an entry of the ledger; null where it does not say which one it was. */
const entry = z.int().nonnegative().nullable()

/** Why something is not known, and what would make it known; null when it is known. */
const unknown = z
  .object({
    /** A sentence, or the beginning of one. */
    why: z.string(),
    /** Files of which nothing current is kept: each would tell more. */
    files: z.array(z.string()),
    /** What a person would state; null where nobody's word enters into it. */
    statement: z.string().nullable(),
    /** It waits for a decision about the law, or for an answer to a question of identity. */
    waitsFor: z.enum(['decision', 'answer']).nullable(),
  })
  .nullable()

/** A run of a source that something rests on. */
const rest = z.object({
  sourceId: id,
  source: z.string(),
  channel: z.enum(['file', 'ldap']),
  format: z.string(),
  basis,
  runId: id,
  fileName: z.string().nullable(),
  collectedAt: instant.nullable(),
  collectedBy: z.string(),
  suppliedBy: z.string().nullable(),
  takenInAt: instant,
  /** SHA-256 of the raw input, in hex; null for a live source. */
  digest: z.string().nullable(),
  validUntil: instant.nullable(),
  isCurrent: z.boolean(),
  entry,
})

const safeguard = z.object({
  name: z.string(),
  title: z.string(),
  practice: z.object({ name: z.string(), title: z.string() }),
  status,
  severity: z.enum(severities),
  subject: z.string(),
  citations: z.array(z.string()),
  remedy: z.string(),
  subjects: byStatus,
  coversUntil: instant.nullable(),
  statement: z.string().nullable(),
})

const judgement = z
  .object({
    at: instant,
    /** What it rested on. */
    rests: z.array(rest),
    entry,
  })
  .nullable()

export const showSafeguard = endpoint({
  name: 'safeguards.show',
  method: 'GET',
  path: '/safeguards/{safeguard}',
  effect: 'read',
  summary:
    'Show a safeguard: how it stands, how it stood on each of the last 365 days, what it rests on, and its query',
  roles: readers,
  input: z.strictObject({ safeguard: safeguardName }),
  output: z.object({
    safeguard,
    unknown,
    /** The newest judgement; null when it was never judged. */
    judgement,
    year: z.object({
      from: day,
      until: day,
      /** When it was judged for the first time. */
      since: instant.nullable(),
      /** How many of the days count as what: failed when it failed at any time of a day, else as the day ended. */
      days: byStatus,
      spans: z.array(z.object({ status, from: instant, until: instant })),
    }),
    /** The query that judges it, as it is run. */
    query: z.string(),
    needs: z.array(z.string()),
    uses: z.array(z.string()),
  }),
})

const subject = z.object({
  id,
  label: z.string(),
  /** What it belongs to: the system of an account, the department of a person. */
  of: z.string().nullable(),
  /** Whose account it is. */
  person: z.string().nullable(),
  status,
  /** What was known of it before that lapsed. */
  was: status.nullable(),
  since: instant,
  findingId: id.nullable(),
  detail: z.string().nullable(),
})

export const listSubjects = endpoint({
  name: 'safeguards.subjects',
  method: 'GET',
  path: '/safeguards/{safeguard}/subjects',
  effect: 'read',
  summary: 'List what a safeguard judges one by one: what fails, then what is unknown, then what passes',
  roles: readers,
  input: z.strictObject({
    safeguard: safeguardName,
    verdict: verdict.optional(),
    /** Words of the name. */
    q: line(100).optional(),
    ...paging,
  }),
  output: pageOf(subject),
})

export const showSubject = endpoint({
  name: 'safeguards.subject',
  method: 'GET',
  path: '/safeguards/{safeguard}/subjects/{subjectId}',
  effect: 'read',
  summary: 'Show one subject of a safeguard: the facts that speak of it, its history, and where the ledger says so',
  roles: readers,
  input: z.strictObject({ safeguard: safeguardName, subjectId: id }),
  output: z.object({
    subject,
    unknown,
    finding: z.object({ id, detail: z.string(), owner: z.string().nullable() }).nullable(),
    facts: z.array(
      z.object({
        kind: z.string(),
        title: z.string(),
        sourceId: id,
        runId: id,
        line: z.int(),
        /** Since when the source has said so, and when it ceased to. */
        from: instant,
        until: instant.nullable(),
        says: z.array(
          z.object({
            field: z.string(),
            type: z.string(),
            value: z.union([z.string(), z.boolean(), z.number(), z.array(z.string())]),
          }),
        ),
      }),
    ),
    /** Where those facts came from: their own runs, which may be older than the newest of their source. */
    sources: z.array(rest),
    /** The verdicts, the newest first. */
    history: z.array(z.object({ status, from: instant, until: instant.nullable() })),
    judgement,
  }),
})
