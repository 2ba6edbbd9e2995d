/** Findings put together by safeguard, as people work them off; ten thousand of one kind are one matter, not ten thousand. */
import {
  type FindingPosture,
  type Posture,
  type Severity,
  type SubjectKind,
  severities,
} from '#core/safeguards/model.ts'
import type { Day } from '#platform/days.ts'
import { countFindings } from './words.ts'

export interface FindingGroup {
  readonly safeguard: string
  readonly title: string
  readonly practice: string
  readonly severity: Severity
  readonly subject: SubjectKind
  readonly citations: readonly string[]
  readonly remedy: string
  readonly total: number
  /** How many of them are excepted: accepted for a time, and failed all the same. */
  readonly excepted: number
  readonly overdue: number
  /** The first day on which one that is not excepted is due; undefined when all are. */
  readonly firstDueOn: Day | undefined
  readonly exceptedUntil: Day | undefined
  readonly owners: ReadonlySet<string>
  readonly ownerless: number
  readonly examples: readonly FindingPosture[]
}

type Growing = { -readonly [Key in keyof FindingGroup]: FindingGroup[Key] } & {
  owners: Set<string>
  examples: FindingPosture[]
  exceptedExamples: FindingPosture[]
}

/** The groups, the most severe and then the first due first; each keeps at most `mostExamples` findings. */
export function groupFindings(posture: Posture, mostExamples: number): readonly FindingGroup[] {
  const groups = new Map<string, Growing>()
  for (const finding of posture.findings) {
    let group = groups.get(finding.safeguard)
    if (group === undefined) {
      group = {
        safeguard: finding.safeguard,
        title: finding.title,
        practice: finding.practice,
        severity: finding.severity,
        subject: finding.subject.kind,
        citations: finding.citations,
        remedy: finding.remedy,
        total: 0,
        excepted: 0,
        overdue: 0,
        firstDueOn: undefined,
        exceptedUntil: undefined,
        owners: new Set(),
        ownerless: 0,
        examples: [],
        exceptedExamples: [],
      }
      groups.set(finding.safeguard, group)
    }
    addFinding(group, finding, posture.asOf, mostExamples)
  }
  if (isPartial(posture)) {
    // The list was cut before it came here: the safeguard's own count of failures is nearer to the truth.
    for (const { name, subjects } of posture.practices.flatMap(({ safeguards }) => safeguards)) {
      const group = groups.get(name)
      if (group !== undefined) group.total = Math.max(group.total, subjects.failed)
    }
  }
  return [...groups.values()]
    .map(({ exceptedExamples, ...group }) => ({
      ...group,
      examples: [...group.examples, ...exceptedExamples].slice(0, mostExamples),
    }))
    .sort(
      (one, other) =>
        rank(one.severity) - rank(other.severity) ||
        compare(one.firstDueOn ?? '9999', other.firstDueOn ?? '9999') ||
        compare(one.safeguard, other.safeguard),
    )
}

function addFinding(group: Growing, finding: FindingPosture, asOf: Day, mostExamples: number): void {
  group.total += 1
  if (rank(finding.severity) < rank(group.severity)) group.severity = finding.severity
  if (finding.owner === undefined) group.ownerless += 1
  else group.owners.add(finding.owner)
  const isExcepted = finding.exceptedUntil !== undefined
  const examples = isExcepted ? group.exceptedExamples : group.examples
  if (examples.length < mostExamples) examples.push(finding)
  if (isExcepted) {
    group.excepted += 1
    group.exceptedUntil = earlier(group.exceptedUntil, finding.exceptedUntil)
    return
  }
  if (finding.dueOn < asOf) group.overdue += 1
  group.firstDueOn = earlier(group.firstDueOn, finding.dueOn)
}

/** Whether the posture carries fewer findings than are open. */
export function isPartial(posture: Posture): boolean {
  return posture.findings.length < countFindings(posture)
}

export type SeverityCounts = Record<Severity, number>

export function countByPractice(posture: Posture): ReadonlyMap<string, Readonly<SeverityCounts>> {
  const counts = new Map<string, SeverityCounts>()
  for (const { practice, severity } of posture.findings) {
    const row = counts.get(practice) ?? noFindings()
    row[severity] += 1
    counts.set(practice, row)
  }
  return counts
}

export function noFindings(): SeverityCounts {
  return { critical: 0, high: 0, medium: 0, low: 0 }
}

function rank(severity: Severity): number {
  return severities.indexOf(severity)
}

function earlier(one: Day | undefined, other: Day | undefined): Day | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one < other ? one : other
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
