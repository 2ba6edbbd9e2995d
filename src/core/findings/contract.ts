/** Findings over the door: everybody who runs or audits the programme sees all, a manager what concerns their people. */
import { z } from 'zod'
import { severities } from '#core/safeguards/model.ts'
import { day, endpoint, id, instant, line, officers, pageOf, paging, prose, readers } from '#platform/contract.ts'

const severity = z.enum(severities)
const practiceName = z.string().regex(/^[a-z][a-z-]{0,59}$/)
const safeguardName = z.string().regex(/^[a-z][a-z0-9.-]{0,99}$/)

/** Which findings are meant; nothing said is every open one, the excepted ones included. */
const filter = {
  severity: z.array(severity).min(1).max(severities.length).optional(),
  practice: practiceName.optional(),
  safeguard: safeguardName.optional(),
  /** A name, `nobody`, `member:<id>`, or `me`. */
  owner: line(200).optional(),
  state: z.enum(['open', 'excepted', 'not-closed', 'closed', 'all']).default('not-closed'),
  /** What concerns one person: themselves, or an account of theirs. */
  person: id.optional(),
  overdue: z.boolean().optional(),
  /** Opened (again) within so many days. */
  openedWithinDays: z.int().min(0).max(366).optional(),
  /** Due within so many days, overdue ones included. */
  dueWithinDays: z.int().min(0).max(366).optional(),
  /** Words of the subject or the detail. */
  q: line(100).optional(),
}

export const finding = z.object({
  id,
  safeguard: z.string(),
  /** The claim that does not hold. */
  title: z.string(),
  practice: z.string(),
  severity,
  state: z.enum(['open', 'excepted', 'closed']),
  subject: z.object({ kind: z.string(), key: z.string(), label: z.string() }),
  /** By which the safeguard knows it: `safeguards.subject`. */
  subjectId: id,
  citations: z.array(z.string()),
  detail: z.string(),
  openedAt: instant,
  reopenedAt: instant.nullable(),
  dueOn: day,
  isOverdue: z.boolean(),
  closedAt: instant.nullable(),
  owner: z.string().nullable(),
  /** Of an owner who is a member; a name alone may be anybody's. */
  ownerMemberId: id.nullable(),
  exceptedUntil: day.nullable(),
})

const bySeverity = z.object({ critical: z.int(), high: z.int(), medium: z.int(), low: z.int() })
const byState = { open: bySeverity, excepted: bySeverity, closed: bySeverity }

export const listFindings = endpoint({
  name: 'findings.list',
  method: 'GET',
  path: '/findings',
  effect: 'read',
  summary: 'List findings, the worst first',
  roles: [...readers, 'manager'],
  input: z.strictObject({
    ...filter,
    sort: z.enum(['worst', 'due', 'opened', 'safeguard']).default('worst'),
    /** When not said: the worst, the soonest due, the newest, or the first by name on top. */
    order: z.enum(['ascending', 'descending']).optional(),
    ...paging,
  }),
  output: pageOf(finding),
})

export const countFindings = endpoint({
  name: 'findings.count',
  method: 'GET',
  path: '/findings/count',
  effect: 'read',
  summary: 'Count findings by state, severity and practice',
  roles: [...readers, 'manager'],
  input: z.strictObject(filter),
  output: z.object({ ...byState, practices: z.array(z.object({ practice: z.string(), ...byState })) }),
})

export const showFinding = endpoint({
  name: 'findings.show',
  method: 'GET',
  path: '/findings/{findingId}',
  effect: 'read',
  summary: 'Show a finding with what to do about it and its history',
  roles: [...readers, 'manager'],
  input: z.strictObject({ findingId: id }),
  output: z.object({
    finding,
    /** What to do about it; null when this release no longer has its safeguard. */
    remedy: z.string().nullable(),
    /** The exception in force. */
    exception: z
      .object({
        id,
        reason: z.string(),
        compensatingControl: z.string(),
        approvedBy: z.string(),
        approvedAt: instant,
        expiresOn: day,
      })
      .nullable(),
    /** The newest thousand, in the order in which they happened. */
    events: z.array(
      z.object({
        kind: z.enum(['opened', 'closed', 'reopened', 'owned', 'commented', 'excepted', 'exception-ended']),
        body: z.string().nullable(),
        actor: z.string(),
        at: instant,
      }),
    ),
    /** Who is who in the history: those who did something, and those whom comments mention. */
    members: z.array(z.object({ id, name: z.string() })),
  }),
})

export const listReaders = endpoint({
  name: 'findings.readers',
  method: 'GET',
  path: '/findings/readers',
  effect: 'read',
  summary: 'List the members who may see a finding, by name: who can own it, and be mentioned',
  roles: [...readers, 'manager'],
  /** Without a finding, those who may see every one. */
  input: z.strictObject({ findingId: id.optional() }),
  /** The first thousand. */
  output: z.object({ items: z.array(z.object({ id, name: z.string(), isMe: z.boolean() })) }),
})

const changers = [...officers, 'api-client'] as const
const manyIds = z.array(id).min(1).max(500)

/** One of the two: a member, or anybody by name; the name null gives it back to nobody. */
const newOwner = { owner: line(200).nullable().optional(), memberId: id.optional() }

const ownership = z.object({ findingId: id, owner: z.string().nullable(), memberId: id.nullable() })

export const ownFinding = endpoint({
  name: 'findings.own',
  method: 'PUT',
  path: '/findings/{findingId}/owner',
  effect: 'change',
  summary: 'Give a finding to somebody, or back to nobody',
  roles: changers,
  input: z.strictObject({ findingId: id, ...newOwner }),
  /** Whose it was before, for `findings.restore-owners`. */
  output: z.object({ finding, before: ownership }),
})

export const ownFindings = endpoint({
  name: 'findings.own-many',
  method: 'POST',
  path: '/findings/own',
  effect: 'change',
  summary: 'Give several findings to somebody, or back to nobody',
  roles: changers,
  input: z.strictObject({ findingIds: manyIds, ...newOwner }),
  /** How many were not theirs before, and whose those were, for `findings.restore-owners`. */
  output: z.object({ changed: z.int(), before: z.array(ownership) }),
})

export const restoreOwners = endpoint({
  name: 'findings.restore-owners',
  method: 'POST',
  path: '/findings/owners/restore',
  effect: 'change',
  summary: 'Take back that findings were given to somebody: each goes to whose it was',
  roles: changers,
  input: z.strictObject({
    before: z
      .array(z.strictObject({ findingId: id, owner: line(200).nullable(), memberId: id.nullable() }))
      .min(1)
      .max(500),
    /** To whom they were given: what belongs to somebody else by now is left alone. */
    given: z.strictObject({ owner: line(200).nullable().optional(), memberId: id.optional() }),
  }),
  output: z.object({ restored: z.int(), left: z.int() }),
})

export const commentOnFinding = endpoint({
  name: 'findings.comment',
  method: 'POST',
  path: '/findings/{findingId}/comments',
  effect: 'change',
  summary: 'Write a comment into the history of a finding; `@[member:<id>]` tells that member of it',
  roles: [...changers, 'manager'],
  input: z.strictObject({ findingId: id, comment: prose(4_000) }),
  output: z.object({ finding }),
})

const exception = {
  reason: prose(4_000),
  compensatingControl: prose(4_000),
  /** The person who accepted it, by name. */
  approvedBy: line(200),
  /** Its last day, at most 366 days away. */
  expiresOn: day,
}

export const exceptFinding = endpoint({
  name: 'findings.except',
  method: 'POST',
  path: '/findings/{findingId}/exception',
  effect: 'change',
  summary: 'Accept a failure until a day; it stays failed',
  roles: changers,
  input: z.strictObject({ findingId: id, ...exception }),
  output: z.object({ exceptionId: id, finding }),
})

export const exceptFindings = endpoint({
  name: 'findings.except-many',
  method: 'POST',
  path: '/findings/except',
  effect: 'change',
  summary: 'Accept several failures until a day, each by an exception of its own; they stay failed',
  roles: changers,
  input: z.strictObject({ findingIds: manyIds, ...exception }),
  output: z.object({
    excepted: z.int(),
    /** Those that were left as they are: already excepted, or closed. */
    left: z.array(z.object({ findingId: id, why: z.enum(['excepted', 'closed']) })),
  }),
})

export const endException = endpoint({
  name: 'findings.end-exception',
  method: 'DELETE',
  path: '/findings/{findingId}/exception',
  effect: 'change',
  summary: 'End an exception before its last day',
  roles: changers,
  input: z.strictObject({ findingId: id, reason: prose(4_000).optional() }),
  output: z.object({ finding }),
})

export const exportFindings = endpoint({
  name: 'findings.export',
  method: 'GET',
  path: '/findings/export',
  effect: 'read',
  summary: 'Download findings as a table for a spreadsheet',
  roles: readers,
  carriage: 'download',
  input: z.strictObject(filter),
  output: z.unknown(),
})
