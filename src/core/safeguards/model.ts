/** What a safeguard is, and how verdicts become a status. Pure; a safeguard holds its check as SQL but never runs it. */
import type { FactKind } from '#core/intake/facts.ts'
import type { Sql } from '#platform/database.ts'

/** The four values, worst first: nobody sets them, `unknown` is never a pass. */
export const statuses = ['failed', 'unknown', 'attested', 'proved'] as const
export type Status = (typeof statuses)[number]

export const severities = ['critical', 'high', 'medium', 'low'] as const
export type Severity = (typeof severities)[number]

/** What a safeguard judges one by one. */
export type SubjectKind =
  | 'account'
  | 'person'
  | 'device'
  | 'system'
  | 'vendor'
  | 'software'
  | 'role'
  | 'requirement'
  | 'organisation'

export interface Safeguard {
  /** `practice.claim`, for example `access.leavers-lose-access`. */
  readonly name: string
  /** The claim as a sentence that is true when it is met. */
  readonly title: string
  /** Paragraphs of 45 CFR 164 that it meets, in whole or in part. */
  readonly meets: readonly string[]
  readonly severity: Severity
  readonly subject: SubjectKind
  /** Kinds of fact without which nothing can be judged; when a source of one lapses, the coverage ends. */
  readonly needs: readonly FactKind[]
  /** Kinds of fact that are taken into account where there are any. */
  readonly uses: readonly FactKind[]
  /** The kind whose sources name the subjects: when those are current and complete, "none" is an answer. */
  readonly namedBy: FactKind | undefined
  /** A query for one boolean: whether "none" may be an answer at all (whether the list could have named one). */
  readonly noneOnlyIf: Sql | undefined
  /** For how many hours a verdict counts at most, however long its sources do: of what is watched from day to day. */
  readonly holdsHours: number | undefined
  /** What to do about a failure, as one sentence to the person who owns it. */
  readonly remedy: string
  /** For an attestation: what the person is asked to state. */
  readonly statement: string | undefined
  /**
   * A statement that judges all subjects at once: one row a subject with `subject` (bigint), `key` and `label` (text),
   * `verdict`, `basis` (of a pass) and `detail` (a plain sentence). It may read the `…_now` views and the fact tables.
   */
  readonly check: Sql
}

interface MachineCheck {
  readonly name: string
  readonly title: string
  readonly meets: readonly string[]
  readonly severity: Severity
  readonly subject: SubjectKind
  readonly needs: readonly FactKind[]
  readonly uses?: readonly FactKind[]
  readonly namedBy?: FactKind
  readonly noneOnlyIf?: Sql
  readonly holdsHours?: number
  readonly remedy: string
  readonly check: Sql
}

/** A safeguard that a query over facts judges. */
export function safeguard(definition: MachineCheck): Safeguard {
  return {
    uses: [],
    namedBy: undefined,
    noneOnlyIf: undefined,
    holdsHours: undefined,
    statement: undefined,
    ...definition,
  }
}

interface Attested {
  readonly name: string
  readonly title: string
  readonly meets: readonly string[]
  readonly severity: Severity
  readonly remedy: string
  /** What the person states. */
  readonly statement: string
  readonly check: Sql
}

/** A safeguard that only a person can speak for. */
export function attestedSafeguard(definition: Attested): Safeguard {
  return {
    subject: 'organisation',
    needs: [],
    uses: ['attestation'],
    namedBy: undefined,
    noneOnlyIf: undefined,
    holdsHours: undefined,
    ...definition,
  }
}

export interface Practice {
  readonly name: string
  readonly title: string
  /** What the practice asks of the organisation, in one sentence. */
  readonly asks: string
  readonly safeguards: readonly Safeguard[]
}

/** What a person is asked to state of a safeguard; undefined where nobody's word enters into its check. */
export function statementOf(safeguard: Safeguard): string | undefined {
  const isAttestable = [...safeguard.needs, ...safeguard.uses].includes('attestation')
  return isAttestable ? (safeguard.statement ?? `${safeguard.title}.`) : undefined
}

/** The worst of several statuses; of none, unknown. */
export function worstStatus(all: readonly Status[]): Status {
  return statuses.find((status) => all.includes(status)) ?? 'unknown'
}

/** The counts of a check's subjects. */
export interface SubjectCounts {
  readonly proved: number
  readonly attested: number
  readonly failed: number
  readonly unknown: number
}

/** How one safeguard stands, as everything that shows it reads it. */
export interface SafeguardPosture {
  readonly name: string
  readonly title: string
  readonly status: Status
  readonly severity: Severity
  readonly subject: SubjectKind
  readonly citations: readonly string[]
  readonly subjects: SubjectCounts
  /** Why it is unknown, or partly so; undefined when nothing is. */
  readonly whyUnknown: string | undefined
  /** Until when this holds; undefined when it was never checked. */
  readonly coversUntil: Date | undefined
}

export interface PracticePosture {
  readonly name: string
  readonly title: string
  readonly asks: string
  readonly status: Status
  readonly safeguards: readonly SafeguardPosture[]
}

/** An open finding, as lists and reports show it. */
export interface FindingPosture {
  readonly id: number
  readonly safeguard: string
  readonly title: string
  readonly practice: string
  readonly severity: Severity
  readonly subject: { readonly kind: SubjectKind; readonly key: string; readonly label: string }
  readonly citations: readonly string[]
  readonly detail: string
  readonly remedy: string
  readonly openedAt: Date
  readonly dueOn: string
  readonly owner: string | undefined
  /** Until when it is excepted; an exception never changes the status. */
  readonly exceptedUntil: string | undefined
}

/** A source as a report names it: where facts came from and until when they speak. */
export interface SourcePosture {
  readonly name: string
  readonly format: string
  readonly basis: 'measured' | 'stated'
  readonly collectedAt: Date
  readonly validUntil: Date
  readonly isCurrent: boolean
}

/** Where the organisation stands, as of a day. */
export interface Posture {
  readonly organisation: string
  readonly asOf: string
  readonly practices: readonly PracticePosture[]
  /** The worst first. */
  readonly findings: readonly FindingPosture[]
  readonly findingCounts: Readonly<Record<Severity, number>>
  readonly sources: readonly SourcePosture[]
  /** What would make unknown things known: a file to supply, and the safeguards that wait for it. */
  readonly wanted: readonly { readonly file: string; readonly safeguards: readonly string[] }[]
  readonly openQuestions: number
}
