/**
 * Cases of the access trail over the door: stories that nothing explained, and what people decided about them. A case names
 * nobody's record until it is read (`cases.read`), and that is on the ledger; its list and its page hold no patient.
 */
import { z } from 'zod'
import { day, endpoint, id, instant, line, pageOf, paging, prose } from '#platform/contract.ts'
import { storyKinds } from '#trail/model/story.ts'
import { access } from '../trail/contract.ts'

const reviewers = ['privacy-officer'] as const
const readers = ['privacy-officer', 'auditor'] as const

/**
 * `open`: not decided. `talk`: somebody has to be spoken with first. `appropriate` and `violation` are decisions;
 * `explained` is what the trail took back by itself, as when an appointment came in late.
 */
export const caseStates = ['open', 'talk', 'appropriate', 'violation', 'explained'] as const
export type CaseState = (typeof caseStates)[number]

export const decisions = ['appropriate', 'talk', 'violation'] as const
export type Decision = (typeof decisions)[number]

const kind = z.enum(storyKinds)
const state = z.enum(caseStates)
/** The story's: 32 hexadecimal digits. */
const caseId = z.string().regex(/^[0-9a-f]{32}$/)

export const accessCase = z.object({
  id: caseId,
  /** Counts up whenever the story changes; a decision says which one it was made on. */
  version: z.int(),
  kind,
  /** 0 to 100: what is looked at first. */
  score: z.int(),
  state,
  /** One to three sentences, without names of patients. */
  narrative: z.string(),
  person: z.object({
    /** Of the staff list, where one of the logins is an account of theirs. */
    id: id.nullable(),
    name: z.string(),
    department: z.string(),
    role: z.string(),
  }),
  logins: z.array(z.string()),
  patientCount: z.int(),
  accesses: z.int(),
  days: z.int(),
  firstAt: instant,
  lastAt: instant,
  openedAt: instant,
  /** The last day by which it is decided. */
  dueOn: day,
  isOverdue: z.boolean(),
  /** When a person first looked at it; null while nobody has. */
  seenAt: instant.nullable(),
  decidedAt: instant.nullable(),
  decidedBy: z.string().nullable(),
  owner: z.object({ memberId: id, name: z.string() }).nullable(),
  /** Other cases of the same person: how many there are, and how many were violations. */
  others: z.object({ count: z.int(), violations: z.int() }),
})

const filter = {
  /** `undecided`: open or waiting for a talk. */
  state: z.enum([...caseStates, 'undecided', 'all']).default('undecided'),
  kind: z.array(kind).min(1).max(storyKinds.length).optional(),
  /** `nobody`, `me` or `member:<id>`. */
  owner: line(60).optional(),
  /** Of the person's name, login or department. */
  q: line(100).optional(),
  /** All cases of one person: the `id` of any of them. */
  sameAs: caseId.optional(),
  overdue: z.boolean().optional(),
}

export const listCases = endpoint({
  name: 'cases.list',
  method: 'GET',
  path: '/cases',
  effect: 'read',
  summary: 'List cases of the access trail, those to look at first on top',
  roles: readers,
  input: z.strictObject({ ...filter, sort: z.enum(['score', 'opened', 'due', 'last']).default('score'), ...paging }),
  output: pageOf(accessCase),
})

const event = z.object({
  kind: z.enum([
    'opened',
    'grew',
    'seen',
    'read',
    'assigned',
    'commented',
    'decided',
    'reopened',
    'explained',
    'incident-asked',
  ]),
  /** The comment, the reason of a decision, what explains it; of `assigned`, to whom (`member:<id>`), null for nobody. */
  body: z.string().nullable(),
  /** Of a decision. */
  decision: z.enum(decisions).nullable(),
  actor: z.string(),
  at: instant,
})

export const showCase = endpoint({
  name: 'cases.show',
  method: 'GET',
  path: '/cases/{caseId}',
  effect: 'read',
  summary: 'Show a case with what was told, what was looked for, and its history; without the patients',
  roles: readers,
  input: z.strictObject({ caseId }),
  output: z.object({
    case: accessCase,
    /** Whether it is of accesses of whoever asks: then somebody else decides. */
    isOwn: z.boolean(),
    /** Each sentence that makes it a case, by the rule that says it. */
    told: z.array(z.object({ kind, says: z.string() })),
    /** The reasons that were looked for and not found. */
    missed: z.array(z.string()),
    /** What came later and explains it; null while nothing does. */
    explainedBy: z.string().nullable(),
    /** The decision that holds, in the words of who made it. */
    decision: z.object({ decision: z.enum(decisions), reason: z.string() }).nullable(),
    /** The task by which an incident is asked for; null where none is. */
    incidentTaskId: id.nullable(),
    /** The newest thousand, in the order in which they happened. */
    events: z.array(event),
    /** Who is who in the history. */
    members: z.array(z.object({ id, name: z.string() })),
    /** Other cases of the same person, the newest first, at most 20. */
    others: z.array(z.object({ id: caseId, kind, state, score: z.int(), lastAt: instant })),
  }),
})

/** The case is the purpose: no other is asked for, and the reading is on the ledger. */
export const readCase = endpoint({
  name: 'cases.read',
  method: 'POST',
  path: '/cases/{caseId}/read',
  effect: 'change',
  summary: 'Read the patients and the accesses of a case; that it was read is on the ledger',
  roles: readers,
  input: z.strictObject({ caseId }),
  output: z.object({
    /** At most 50, and how many there are. */
    patients: z.array(z.object({ patient: z.string(), name: z.string() })),
    patientCount: z.int(),
    /** In the order in which they happened, at most 1,000; those around them by the same person to the same patients included. */
    accesses: z.array(access),
    /** Whether there are more than are shown. */
    hasMore: z.boolean(),
  }),
})

export const decideCase = endpoint({
  name: 'cases.decide',
  method: 'POST',
  path: '/cases/{caseId}/decide',
  effect: 'change',
  summary: 'Decide on a case: appropriate, somebody to be spoken with, or a violation',
  roles: reviewers,
  input: z.strictObject({
    caseId,
    /** The one that was looked at: refused when the story has changed since. */
    version: z.int(),
    decision: z.enum(decisions),
    reason: prose(4_000),
  }),
  output: z.object({
    case: accessCase,
    /** Of a violation: the task by which an incident is asked for. */
    incidentTaskId: id.nullable(),
  }),
})

export const reopenCase = endpoint({
  name: 'cases.reopen',
  method: 'POST',
  path: '/cases/{caseId}/reopen',
  effect: 'change',
  summary: 'Open a case again that was decided or explained',
  roles: reviewers,
  input: z.strictObject({ caseId, reason: prose(4_000) }),
  output: z.object({ case: accessCase }),
})

export const assignCase = endpoint({
  name: 'cases.assign',
  method: 'PUT',
  path: '/cases/{caseId}/owner',
  effect: 'change',
  summary: 'Give a case to a privacy officer, or back to nobody',
  roles: reviewers,
  input: z.strictObject({ caseId, memberId: id.nullable() }),
  output: z.object({ case: accessCase }),
})

export const commentOnCase = endpoint({
  name: 'cases.comment',
  method: 'POST',
  path: '/cases/{caseId}/comments',
  effect: 'change',
  summary: 'Write a comment into the history of a case',
  roles: reviewers,
  input: z.strictObject({ caseId, comment: prose(4_000) }),
  output: z.object({ case: accessCase }),
})

export const listReviewers = endpoint({
  name: 'cases.reviewers',
  method: 'GET',
  path: '/case-reviewers',
  effect: 'read',
  summary: 'List the privacy officers, by name: who can own a case',
  roles: readers,
  input: z.strictObject({}),
  /** The first thousand. */
  output: z.object({ items: z.array(z.object({ id, name: z.string(), isMe: z.boolean() })) }),
})

/** What became of the cases of a rule. */
const history = z.object({
  cases: z.int(),
  undecided: z.int(),
  appropriate: z.int(),
  violation: z.int(),
  explained: z.int(),
  /** Of those that people decided, the share that was a violation; null while there are fewer than five. */
  precision: z.number().nullable(),
})

const rule = z.object({
  kind,
  title: z.string(),
  /** What it looks for, in plain words, and the law or finding that it rests on. */
  text: z.string(),
  why: z.string(),
  /** What it goes by. */
  parameters: z.array(
    z.object({
      name: z.string(),
      /** The organisation's: as somebody set it, else the usual. */
      value: z.number(),
      usual: z.number(),
      min: z.number(),
      max: z.number(),
      isWhole: z.boolean(),
      means: z.string(),
      /** Who set it; null where nobody did, or it is back to the usual. */
      changedBy: z.string().nullable(),
      changedAt: instant.nullable(),
    }),
  ),
  history,
})

export const listRules = endpoint({
  name: 'cases.rules',
  method: 'GET',
  path: '/case-rules',
  effect: 'read',
  summary: 'List the rules that make cases, with their figures and what became of their cases',
  roles: [...readers, 'security-officer'],
  input: z.strictObject({}),
  output: z.object({ items: z.array(rule) }),
})

export const setRule = endpoint({
  name: 'cases.rule-set',
  method: 'PUT',
  path: '/case-rules/{kind}',
  effect: 'change',
  summary: 'Set what a rule goes by; cases are worked out anew with it',
  roles: reviewers,
  input: z.strictObject({
    kind,
    /** By name; null for the usual value. Those left out stay as they are. */
    parameters: z
      .record(z.string().max(60), z.number().nullable())
      .refine((given) => Object.keys(given).length <= 50, 'more than any rule has'),
  }),
  output: rule,
})

export const countCases = endpoint({
  name: 'cases.counts',
  method: 'GET',
  path: '/case-counts',
  effect: 'read',
  summary: 'Count cases that wait for somebody',
  roles: readers,
  input: z.strictObject({}),
  output: z.object({
    open: z.int(),
    talk: z.int(),
    overdue: z.int(),
    /** Nobody has looked at them. */
    unseen: z.int(),
    /** Opened within the last day. */
    fresh: z.int(),
    kinds: z.array(z.object({ kind, count: z.int() })),
  }),
})
