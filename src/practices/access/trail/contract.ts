/**
 * The access trail over the door. Whoever reads it says for what purpose, and that is on the ledger: so a question about a
 * patient or a person is a change, asked in a body; no identifier ever stands in an address. What was asked can be read on,
 * page by page, by who asked it, for half an hour.
 */
import { z } from 'zod'
import { day, endpoint, id, instant, line, nothing, officers, pageOf, paging, prose, role } from '#platform/contract.ts'
import { actions, outcomes } from '#trail/model/access.ts'

/** Who may read who opened whose record. */
export const trailReaders = ['privacy-officer', 'auditor'] as const
/** Who may see whether the trail is whole, without a patient in it. */
export const trailMonitors = [...officers, 'auditor'] as const

export const purposes = ['patient-request', 'complaint', 'case-review', 'audit', 'legal', 'monitoring'] as const
export type Purpose = (typeof purposes)[number]

/** What every reading takes. */
const purposeOfReading = {
  purpose: z.enum(purposes),
  /** In words: which request, whose complaint. It is sealed on the ledger. */
  why: line(500),
}

/** An identifier as a source names it, or a login. */
const identifier = line(300)

const period = {
  /** The first and the last day, both included, in the organisation's zone. */
  since: day.optional(),
  until: day.optional(),
}

export const reason = z.object({
  /** The template: `appointment`, `care-team`, `department`, `repeat` … */
  name: z.string(),
  says: z.string(),
})

export const access = z.object({
  seq: z.int(),
  at: instant,
  user: z.string(),
  /** The name of the person; their login where no list names them. */
  person: z.string(),
  patient: z.string(),
  onBehalfOf: z.string(),
  action: z.enum(actions),
  outcome: z.enum(outcomes),
  purpose: z.string(),
  object: z.string(),
  application: z.string(),
  workstation: z.string(),
  department: z.string(),
  /** Said by the user, as when the record was broken open. */
  reason: z.string(),
  isBreakGlass: z.boolean(),
  /** A search or report whose patients the source does not name. */
  isUnresolved: z.boolean(),
  source: z.string(),
  isExplained: z.boolean(),
  reasons: z.array(reason),
})

/** Accesses of one person to the patient, or of the person to one patient. */
const group = z.object({
  /** Login or patient, as the source names them. */
  key: z.string(),
  /** Of a login: the person. */
  name: z.string(),
  accesses: z.int(),
  unexplained: z.int(),
  firstAt: instant,
  lastAt: instant,
})

const question = z.object({
  /** By which the asker reads on, until then. */
  questionId: z.uuid(),
  readableUntil: instant,
  askedAt: instant,
  by: z.enum(['patient', 'person']),
  total: z.int(),
  explained: z.int(),
  unexplained: z.int(),
  firstAt: instant.nullable(),
  lastAt: instant.nullable(),
  /** The 200 with most that nothing explains, then with most accesses, and how many there are. */
  groups: z.array(group),
  groupCount: z.int(),
  /** An answer that could not be whole is a refusal instead. */
  proof: z.object({
    isComplete: z.literal(true),
    /** How many lines of the log the answer covers: all that anybody can read. */
    size: z.int(),
    /** The months, as `YYYY-MM`, in which what came in was destroyed when its time was over: no answer tells of it. */
    destroyedMonths: z.array(z.string()),
    /** Whether a file that proves it can be downloaded: for a patient, over all time. */
    hasFile: z.boolean(),
  }),
})

const answer = z.object({ question, accesses: pageOf(access) })

export const askPatient = endpoint({
  name: 'trail.ask-patient',
  method: 'POST',
  path: '/trail/ask/patient',
  effect: 'change',
  summary: 'Ask who opened a patient’s record, and why; the question is on the ledger with its purpose',
  roles: trailReaders,
  input: z.strictObject({ patient: identifier, ...period, ...purposeOfReading, limit: paging.limit.default(100) }),
  output: answer,
})

export const askPerson = endpoint({
  name: 'trail.ask-person',
  method: 'POST',
  path: '/trail/ask/person',
  effect: 'change',
  summary: 'Ask whose records a person opened, and why; the question is on the ledger with its purpose',
  roles: trailReaders,
  input: z.strictObject({ login: identifier, ...period, ...purposeOfReading, limit: paging.limit.default(100) }),
  output: answer,
})

/** Pages after the first, of a question that the same person asked within the last half hour. */
export const readOn = endpoint({
  name: 'trail.read-on',
  method: 'GET',
  path: '/trail/questions/{questionId}/accesses',
  effect: 'read',
  summary: 'Read on in the answer to a question that you asked',
  roles: trailReaders,
  input: z.strictObject({
    questionId: z.uuid(),
    limit: paging.limit.default(200),
    after: z.string().max(300).optional(),
    /** The place at which the page begins, the first being 0; for lists of which any part is looked at. */
    from: z.int().nonnegative().optional(),
    /** Only those of one of the groups that the answer told, by its place among them. */
    group: z.int().nonnegative().max(199).optional(),
    /** Only accesses that nothing explains. */
    unexplained: z.boolean().optional(),
  }),
  output: pageOf(access),
})

/**
 * `accounting`: of a patient, 45 CFR 164.528 (date, who, what, purpose; repeats by the same person in one line).
 * `access-report`: of a patient, every access with its reasons. `person-report`: of a person, likewise.
 * `proof`: of a patient, the file by which an outsider checks that nothing was left out (JSON, over all time).
 */
export const reports = ['accounting', 'access-report', 'person-report', 'proof'] as const
export const reportFormats = ['pdf', 'csv', 'json'] as const

export const report = endpoint({
  name: 'trail.report',
  method: 'POST',
  path: '/trail/report',
  effect: 'change',
  summary: 'Download a report of accesses; that it was made is on the ledger with its purpose',
  roles: trailReaders,
  carriage: 'download',
  input: z.strictObject({
    report: z.enum(reports),
    /** `json` for the proof alone. */
    format: z.enum(reportFormats),
    /** The patient's identifier, or the person's login. */
    identifier,
    ...period,
    ...purposeOfReading,
  }),
  output: z.unknown(),
})

export const personDays = endpoint({
  name: 'trail.person-days',
  method: 'POST',
  path: '/trail/person-days',
  effect: 'change',
  summary: 'See a person’s accesses by day and hour, beside those of their peers',
  roles: trailReaders,
  input: z.strictObject({
    login: identifier,
    from: day,
    /** At most 92 days after the first. */
    to: day,
    ...purposeOfReading,
  }),
  output: z.object({
    /** Hours in which something was opened, 0 to 23 in the organisation's zone; what is missing is 0. */
    hours: z.array(z.object({ day, hour: z.int(), count: z.int() })),
    total: z.int(),
    /** By hour of the day: the median of people of the same role and department, a day on which they worked. */
    peers: z.array(z.object({ hour: z.int(), count: z.number() })),
    /** Of fewer than five peers nothing is said, nor how few they are: 0. */
    peerCount: z.int(),
  }),
})

/** What an intake answers. */
const taken = z.object({
  format: z.string(),
  accepted: z.int(),
  rejected: z.int(),
  duplicates: z.int(),
  relations: z.int(),
  bytes: z.int(),
  /** The first of what was rejected, at most 100: which record, counted from 1, and why, without what it said. */
  rejects: z.array(z.object({ where: z.int(), reason: z.string() })),
})

export const trailFormats = ['fhir', 'atna', 'csv', 'relations'] as const

const feed = {
  /** The name of the feed; what comes by one name is one source. */
  source: line(100),
  /** Found out from the bytes when not said. */
  format: z.enum(trailFormats).optional(),
  /** Of a CSV file whose headings are not known: field by heading. */
  columns: z.record(z.string().max(60), z.string().max(200)).optional(),
}

/** FHIR AuditEvent, Bundle, NDJSON or array; CSV; ATNA messages. Gzip is seen by its first bytes. Durable when it answers. */
export const push = endpoint({
  name: 'trail.push',
  method: 'POST',
  path: '/trail/events',
  effect: 'change',
  summary: 'Hand accesses in; what is answered as accepted is kept',
  roles: ['administrator', 'api-client'],
  carriage: 'upload',
  takesGzip: true,
  input: z.strictObject(feed),
  output: taken,
})

/** The file is taken in by a job `trail.import`, whose result is what `trail.push` answers. */
export const importFile = endpoint({
  name: 'trail.import',
  method: 'POST',
  path: '/trail/files',
  effect: 'change',
  summary: 'Bring a file of accesses, or of what explains them, in',
  roles: officers,
  carriage: 'upload',
  takesGzip: true,
  input: z.strictObject({ ...feed, fileName: line(255).optional() }),
  output: z.object({ jobId: id }),
})

/** What is wrong with a source. */
export const sourceTroubles = ['silent', 'gap', 'rejects', 'clock', 'drop'] as const
export type SourceTrouble = (typeof sourceTroubles)[number]

export const source = z.object({
  name: z.string(),
  title: z.string().nullable(),
  /** The system whose accesses it tells. */
  system: z.object({ id, name: z.string() }).nullable(),
  /** Who sees to it, in words. */
  responsible: z.string().nullable(),
  /** After how many minutes without anything it counts as silent: as somebody said; null leaves it to what is usual. */
  expectedEveryMinutes: z.int().nullable(),
  /** What holds: as said, or worked out from the last weeks; null while too little is known. */
  silentAfterMinutes: z.int().nullable(),
  accepted: z.int(),
  rejected: z.int(),
  duplicates: z.int(),
  firstAt: instant.nullable(),
  lastReceivedAt: instant.nullable(),
  /** The newest time that it spoke of. */
  lastAt: instant.nullable(),
  missing: z.int(),
  gaps: z.array(z.object({ from: z.string(), to: z.string(), at: instant })),
  /** `new` while too little is known to judge; `expected` was announced and never spoke. */
  state: z.enum(['well', 'troubled', 'new', 'expected', 'retired']),
  troubles: z.array(z.object({ kind: z.enum(sourceTroubles), says: z.string() })),
  retiredAt: instant.nullable(),
  /** When Vigil looked last. */
  seenAt: instant,
  /** Accepted on each of the last 28 days, the oldest first. */
  days: z.array(z.object({ day, accepted: z.int() })),
})

export const listSources = endpoint({
  name: 'trail.sources',
  method: 'GET',
  path: '/trail/sources',
  effect: 'read',
  summary: 'List the sources of the trail and how they are',
  roles: trailMonitors,
  input: z.strictObject({}),
  /** All of them: an organisation has some dozen. `uncovered`: systems with patient data that no source tells of. */
  output: z.object({
    items: z.array(source),
    uncovered: z.array(z.object({ id, name: z.string() })),
  }),
})

export const setSource = endpoint({
  name: 'trail.source-set',
  method: 'PUT',
  path: '/trail/sources',
  effect: 'change',
  summary: 'Say of a source what it is called, whose accesses it tells, how often it speaks, and whether it is retired',
  roles: ['privacy-officer', 'security-officer', 'administrator'],
  input: z.strictObject({
    name: line(100),
    title: line(200).nullable().optional(),
    systemId: id.nullable().optional(),
    responsible: line(200).nullable().optional(),
    /** 1 minute to 92 days. */
    expectedEveryMinutes: z.int().min(1).max(132_480).nullable().optional(),
    isRetired: z.boolean().optional(),
  }),
  output: source,
})

const destruction = z.object({
  id,
  month: z.string(),
  /** While it is to be decided; afterwards it stands on the ledger. */
  reason: z.string().nullable(),
  askedBy: z.string(),
  askedAt: instant,
  /** Confirmed, it is being done by a job `trail.destroy`; done, nobody can read the month any more. */
  state: z.enum(['asked', 'confirmed', 'done', 'refused']),
  decidedBy: z.string().nullable(),
  decidedAt: instant.nullable(),
  /** Of one that was confirmed and could not be done, and so is to be decided again: why, in plain words. */
  whyNotDone: z.string().nullable(),
  /** Whether who asks now may confirm it: another officer than who asked for it. */
  mayConfirm: z.boolean(),
})

const verification = z.object({
  at: instant,
  isIntact: z.boolean(),
  size: z.int(),
  /** The first bad place, in plain words. */
  problem: z.string().nullable(),
  tookMs: z.int(),
})

export const state = endpoint({
  name: 'trail.state',
  method: 'GET',
  path: '/trail/state',
  effect: 'read',
  summary: 'See how much the trail holds, by month, and when it was verified',
  roles: trailMonitors,
  input: z.strictObject({}),
  output: z.object({
    accesses: z.int(),
    patients: z.int(),
    users: z.int(),
    logSize: z.int(),
    logBytes: z.int(),
    storeBytes: z.int(),
    engine: z.string(),
    /** By which an outsider verifies proofs, in the form of signed-note; empty while there is no trail. */
    key: z.string(),
    months: z.array(
      z.object({
        month: z.string(),
        lines: z.int(),
        state: z.enum(['kept', 'held', 'destroyed']),
        /** Past the years for which it is kept, with its last day. */
        isPastRetention: z.boolean(),
        /** Past them, not held, and the oldest that is left. */
        mayBeDestroyed: z.boolean(),
      }),
    ),
    destructions: z.array(destruction),
    verified: verification.nullable(),
    /** Of a verification that is queued or runs. */
    verifyJobId: id.nullable(),
  }),
})

const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/)

export const hold = endpoint({
  name: 'trail.hold',
  method: 'POST',
  path: '/trail/months/{month}/hold',
  effect: 'change',
  summary: 'Put a month under legal hold, or lift it',
  roles: ['privacy-officer'],
  input: z.strictObject({ month, isHeld: z.boolean(), reason: prose(1_000) }),
  output: nothing,
})

export const destroyMonth = endpoint({
  name: 'trail.destroy-month',
  method: 'POST',
  path: '/trail/months/{month}/destroy',
  effect: 'change',
  summary: 'Ask for a month past its retention to be destroyed; another officer confirms it',
  roles: officers,
  input: z.strictObject({ month, reason: prose(1_000) }),
  output: z.object({ destructionId: id }),
})

export const confirmDestruction = endpoint({
  name: 'trail.destroy-confirm',
  method: 'POST',
  path: '/trail/destructions/{destructionId}/confirm',
  effect: 'change',
  summary: 'Confirm that a month is destroyed, as another officer than who asked; it cannot be taken back',
  roles: officers,
  input: z.strictObject({
    destructionId: id,
    /** Typed again, so that nobody confirms another than they mean. */
    month,
  }),
  output: nothing,
})

export const refuseDestruction = endpoint({
  name: 'trail.destroy-refuse',
  method: 'POST',
  path: '/trail/destructions/{destructionId}/refuse',
  effect: 'change',
  summary: 'Refuse that a month is destroyed, or take back that you asked for it',
  roles: officers,
  input: z.strictObject({ destructionId: id, reason: prose(1_000) }),
  output: nothing,
})

export const verify = endpoint({
  name: 'trail.verify',
  method: 'POST',
  path: '/trail/verify',
  effect: 'change',
  summary: 'Verify the whole trail, behind the scenes',
  roles: trailMonitors,
  input: z.strictObject({}),
  output: z.object({ jobId: id }),
})

const settings = z.object({
  /** Years for which accesses are kept: 6 at least (45 CFR 164.316(b)(2)(i)). */
  retentionYears: z.int().min(6).max(100),
  /** Within so many days a new case is looked at. */
  reviewWithinDays: z.int().min(1).max(90),
  /** Within so many days it is decided. */
  decideWithinDays: z.int().min(1).max(180),
  /** Who is told of new cases. */
  tell: z.array(role).max(7),
})

export const showSettings = endpoint({
  name: 'trail.settings',
  method: 'GET',
  path: '/trail/settings',
  effect: 'read',
  summary: 'See for how long the trail is kept, and within what time cases are looked at and decided',
  roles: trailMonitors,
  input: z.strictObject({}),
  output: settings,
})

export const setSettings = endpoint({
  name: 'trail.settings-set',
  method: 'PUT',
  path: '/trail/settings',
  effect: 'change',
  summary: 'Set for how long the trail is kept, and within what time cases are looked at and decided',
  roles: ['privacy-officer'],
  input: z.strictObject(settings.shape),
  output: settings,
})

const watched = z.object({
  id,
  patient: z.string(),
  /** Why, in words. */
  note: z.string().nullable(),
  addedBy: z.string(),
  addedAt: instant,
})

export const listWatched = endpoint({
  name: 'trail.watch-list',
  method: 'GET',
  path: '/trail/watched',
  effect: 'read',
  summary: 'List the patients whose records are watched, the newest first',
  roles: ['privacy-officer'],
  input: z.strictObject(paging),
  output: pageOf(watched),
})

export const watch = endpoint({
  name: 'trail.watch-add',
  method: 'POST',
  path: '/trail/watched',
  effect: 'change',
  summary: 'Watch patients’ records: an access to one that nothing explains weighs far more than to others',
  roles: ['privacy-officer'],
  input: z.strictObject({ patients: z.array(identifier).min(1).max(500), note: line(300).optional() }),
  /** Those that were watched already are left as they are. */
  output: z.object({ added: z.int() }),
})

export const unwatch = endpoint({
  name: 'trail.watch-remove',
  method: 'DELETE',
  path: '/trail/watched/{watchedId}',
  effect: 'change',
  summary: 'Watch a patient’s record no more',
  roles: ['privacy-officer'],
  input: z.strictObject({ watchedId: id }),
  output: nothing,
})
