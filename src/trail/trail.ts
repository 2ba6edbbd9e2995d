/** The access trail of one organisation, as everything outside of it sees it. */
import type { Action, Outcome } from './model/access.ts'
import type { Story } from './model/story.ts'
import type { TrailProof } from './proof/verify.ts'

export interface ImportOptions {
  /** The name of the feed; files of one feed share it. */
  readonly source: string
  readonly format?: 'fhir' | 'atna' | 'csv' | 'relations' | undefined
  readonly columns?: Readonly<Record<string, string>> | undefined
}

export interface ImportResult {
  readonly format: string
  readonly accepted: number
  readonly rejected: number
  readonly duplicates: number
  readonly relations: number
  readonly bytes: number
  /** The first of what was rejected, at most 100. */
  readonly rejects: readonly { readonly where: number; readonly reason: string }[]
}

export interface ImportProgress {
  readonly bytes: number
  readonly accepted: number
}

export interface WhoQuestion {
  readonly by: 'patient' | 'user'
  /** As the source names them. */
  readonly id: string
  readonly since?: Date | undefined
  readonly until?: Date | undefined
  /** At most so many accesses, the newest first; all of them without it. */
  readonly limit?: number | undefined
  /** As it was answered when the log had this size: what came later is left out, so that places in the answer stay. */
  readonly asOf?: number | undefined
  /** So many of the newest are left out. */
  readonly skip?: number | undefined
  /** Only accesses that nothing explains. */
  readonly unexplained?: boolean | undefined
  /** Of a patient, only accesses by this login; of a login, only those to this patient. */
  readonly other?: string | undefined
  /** Whether the answer is to be summed up. */
  readonly isSummed?: boolean | undefined
}

export interface Reason {
  /** The template (`appointment`, `care-team`, `department`, `repeat` …). */
  readonly name: string
  readonly says: string
}

export interface ToldAccess {
  readonly seq: number
  readonly at: Date
  readonly user: string
  readonly person: string
  readonly patient: string
  readonly onBehalfOf: string
  readonly action: Action
  readonly outcome: Outcome
  readonly purpose: string
  readonly object: string
  readonly application: string
  readonly workstation: string
  readonly department: string
  readonly reason: string
  readonly breakGlass: boolean
  readonly unresolved: boolean
  readonly source: string
  readonly explained: boolean
  readonly reasons: readonly Reason[]
}

/** All of an answer in figures, whatever `skip`, `limit`, `other` and `unexplained` leave of it. */
export interface WhoSummary {
  readonly explained: number
  readonly firstAt: Date | null
  readonly lastAt: Date | null
  /** By whom, or whose: the 200 with most that nothing explains, then with most of all, and how many there are. */
  readonly groups: readonly {
    /** The login or the patient. */
    readonly key: string
    /** Of a login: the name of the person, where it is known. */
    readonly person: string
    readonly accesses: number
    readonly unexplained: number
    readonly firstAt: Date
    readonly lastAt: Date
  }[]
  readonly groupCount: number
}

export interface WhoAnswer {
  /** Always true: an answer that cannot be whole is a refusal. */
  readonly complete: true
  /** The size of the log that the answer covers, as `asOf` takes it. */
  readonly size: number
  /** How many lines of it can be read, and the months, as `YYYY-MM`, that cannot: they were destroyed. */
  readonly readable: number
  readonly destroyedMonths: readonly string[]
  /** How many accesses there are, whatever `skip`, `limit`, `other` and `unexplained` leave of them. */
  readonly total: number
  /** Where it was asked for. */
  readonly summary?: WhoSummary | undefined
  readonly accesses: AsyncIterable<ToldAccess>
  /**
   * The proof that nothing was left out; only for a patient, without bounds of time. Opened, it carries the accesses themselves,
   * word for word, and takes longer.
   */
  proof(isOpened?: boolean): Promise<TrailProof | undefined>
}

export interface SourceState {
  readonly source: string
  readonly accepted: number
  readonly rejected: number
  readonly duplicates: number
  readonly firstAt: Date | null
  /** When something last came, and the newest time that it spoke of. */
  readonly lastReceivedAt: Date | null
  readonly lastAt: Date | null
  /** Missing in the source's own count of events; at most the 100 last, and how many events are missing in all. */
  readonly gaps: readonly { readonly from: string; readonly to: string; readonly at: Date }[]
  readonly missing: number
  /** How long it is usually silent at most, worked out from the last weeks; null while too little is known. */
  readonly usualSilenceMs: number | null
  /** The last thousand messages or so, of a day at most: what was rejected, how far its clock runs ahead, times not believed. */
  readonly recent?: {
    readonly accepted: number
    readonly rejected: number
    readonly rejectedAt: Date | null
    readonly aheadMs: number
    readonly clockWrong: number
    readonly clockWrongAt: Date | null
  }
  /** Accesses of the last day beside the least that is usual at this time of the week; null while too little is known. */
  readonly volume?: { readonly last: number; readonly usual: number } | null
}

export interface TrailState {
  readonly accesses: number
  readonly patients: number
  readonly users: number
  readonly logSize: number
  readonly logBytes: number
  readonly storeBytes: number
  readonly engine: string
  /** The key that verifies the trail's checkpoints, in the form of signed-note. */
  readonly key: string
  readonly months: readonly {
    readonly month: string
    readonly lines: number
    readonly state: 'kept' | 'held' | 'destroyed'
  }[]
}

export interface VerifyResult {
  readonly isIntact: boolean
  readonly size: number
  /** The first bad place, in plain words; undefined when all is well. */
  readonly problem: string | undefined
}

/** A person's days beside those of their peers: how many accesses there were in each hour, local time. */
export interface Pattern {
  readonly hours: readonly { readonly day: string; readonly hour: number; readonly accesses: number }[]
  /** By hour of the day: the median of people of the same role and department, a day on which they worked. */
  readonly peers: readonly { readonly hour: number; readonly accesses: number }[]
  /** Of fewer than five peers nothing is said, nor how few they are: 0. */
  readonly peerCount: number
}

/** What people decided of the stories that a rule named. */
export interface Feedback {
  readonly rule: string
  readonly decided: number
  readonly appropriate: number
}

/** By rule and by name (rules/rule.ts); what is left out has its usual value. */
export type RuleParameters = Readonly<Record<string, Readonly<Record<string, number>>>>

export interface Trail {
  /** The pieces are given away: their memory may be gone once the next one is asked for. */
  import(
    bytes: AsyncIterable<Uint8Array>,
    options: ImportOptions,
    progress?: (so: ImportProgress) => void,
  ): Promise<ImportResult>
  who(question: WhoQuestion): Promise<WhoAnswer>
  /** Stories that changed after this version, the oldest change first, at most `limit`. */
  stories(sinceVersion: number, limit: number): Promise<readonly Story[]>
  /** Resolves with the newest version of stories once it is above the one given, or when the signal fires. */
  changed(sinceVersion: number, signal: AbortSignal): Promise<number>
  /** From and to are days, both included. */
  pattern(login: string, from: string, to: string): Promise<Pattern>
  setFeedback(counts: readonly Feedback[]): Promise<void>
  /** What the organisation changed of the rules' parameters; where it differs from before, all stories are worked out anew, soon. */
  setParameters(chosen: RuleParameters): Promise<void>
  /** Works out all stories over everything (nightly). */
  judge(): Promise<{ readonly stories: number; readonly tookMs: number }>
  sources(): Promise<readonly SourceState[]>
  /** What the organisation states of its sources: how often each says something at least. */
  expect(statements: Readonly<Record<string, { readonly expectEveryMs?: number | undefined }>>): Promise<void>
  state(): Promise<TrailState>
  hold(month: string, isHeld: boolean): Promise<void>
  destroy(month: string): Promise<void>
  compact(): Promise<void>
  /** Makes the query store anew from the log. */
  rebuild(progress?: (done: number, total: number) => void): Promise<void>
  verify(progress?: (done: number, total: number) => void): Promise<VerifyResult>
  close(): Promise<void>
}
