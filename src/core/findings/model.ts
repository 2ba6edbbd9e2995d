/** What a finding is, and findings as a table for a spreadsheet: RFC 4180, UTF-8 with a byte order mark, as Excel expects it. */
import { cite } from '#core/requirements/model.ts'
import type { FindingPosture } from '#core/safeguards/model.ts'
import { dayOf } from '#platform/days.ts'

export type FindingState = 'open' | 'excepted' | 'closed'

/** A finding as lists show it; the remedy is the safeguard's, in the code. */
export interface Finding extends Omit<FindingPosture, 'remedy'> {
  readonly state: FindingState
  /** By which its safeguard knows the subject. */
  readonly subjectId: number
  /** When it opened again last. */
  readonly reopenedAt: Date | undefined
  readonly closedAt: Date | undefined
  /** Of an owner who is a member; a name alone may be anybody's. */
  readonly ownerMemberId: number | undefined
}

type Cell = string | number | undefined

const columns: readonly (readonly [header: string, value: (finding: Finding, remedy: string | undefined) => Cell])[] = [
  ['Number', ({ id }) => id],
  ['Severity', ({ severity }) => severity],
  ['State', ({ state }) => state],
  ['Due on', ({ dueOn }) => dueOn],
  ['Owner', ({ owner }) => owner],
  ['Finding', ({ detail }) => detail],
  ['What to do', (_, remedy) => remedy],
  ['Subject', ({ subject }) => subject.label],
  ['Kind of subject', ({ subject }) => subject.kind],
  ['Practice', ({ practice }) => practice],
  ['Safeguard', ({ safeguard }) => safeguard],
  ['Paragraphs', ({ citations }) => citations.map(cite).join(', ')],
  ['Opened on', ({ openedAt }) => dayOf(openedAt)],
  ['Opened again on', ({ reopenedAt }) => reopenedAt && dayOf(reopenedAt)],
  ['Closed on', ({ closedAt }) => closedAt && dayOf(closedAt)],
  ['Excepted until', ({ exceptedUntil }) => exceptedUntil],
]

export const csvHead = `\uFEFF${columns.map(([header]) => header).join(',')}\r\n`

export function csvRow(finding: Finding, remedy: string | undefined): string {
  return `${columns.map(([, value]) => csvCell(value(finding, remedy))).join(',')}\r\n`
}

/** A cell as RFC 4180 quotes it, that no spreadsheet takes for a formula. */
export function csvCell(value: Cell): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
