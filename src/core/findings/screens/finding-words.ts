/** What screens say of findings. Pure. */
import type { WireOutputOf } from '#platform/contract.ts'
import { sayNumber } from '#ui/words.ts'
import type { listFindings, showFinding } from '../contract.ts'

export type FindingShown = WireOutputOf<typeof listFindings>['items'][number]
export type FindingEvent = WireOutputOf<typeof showFinding>['events'][number]

type BySeverity = Readonly<Record<FindingShown['severity'], number>>

const levels = ['critical', 'high', 'medium', 'low'] as const

export function sumOf(counts: BySeverity): number {
  return levels.reduce((sum, level) => sum + counts[level], 0)
}

/** "714 are open: 33 critical, 322 high, 359 medium. 2 are excepted; they stay failed." */
export function sayCounts(counts: {
  readonly open: BySeverity
  readonly excepted: BySeverity
  readonly closed: BySeverity
}): string {
  const [open, excepted, closed] = [sumOf(counts.open), sumOf(counts.excepted), sumOf(counts.closed)]
  const said: string[] = []
  const parts = levels.filter((level) => counts.open[level] > 0)
  if (open > 0) {
    const grades = parts.map((level) => `${sayNumber(counts.open[level])} ${level}`).join(', ')
    said.push(
      parts.length === 1
        ? `${are(open)} open, ${open === 1 ? parts[0] : `all of them ${parts[0]}`}.`
        : `${are(open)} open: ${grades}.`,
    )
  }
  if (excepted > 0) said.push(`${are(excepted)} excepted and ${excepted === 1 ? 'stays' : 'stay'} failed.`)
  if (closed > 0) said.push(`${are(closed)} closed.`)
  return said.length === 0 ? 'None.' : said.join(' ')
}

const are = (count: number) => (count === 1 ? 'One is' : `${sayNumber(count)} are`)

/** "Access": the practice as its name in the navigation says it. */
export function titleOf(practice: string): string {
  return practice.charAt(0).toUpperCase() + practice.slice(1)
}

export const practiceNames = [
  'assessments',
  'training',
  'authentication',
  'encryption',
  'patching',
  'access',
  'continuity',
  'vendors',
  'incidents',
  'compliance',
  'technologies',
] as const

const happened: Readonly<Record<FindingEvent['kind'], string>> = {
  opened: 'The check found it',
  closed: 'The check passed: it is closed',
  reopened: 'The check found it again',
  owned: '',
  commented: '',
  excepted: 'accepted it for a while',
  'exception-ended': 'ended the exception',
}

/** What happened, in words; `who` is the name of whoever did it. */
export function sayEvent({ kind, body }: Pick<FindingEvent, 'kind' | 'body'>, who: string): string {
  if (kind === 'opened' || kind === 'closed' || kind === 'reopened') return `${happened[kind]}.`
  if (kind === 'owned') {
    if (body === null) return `${who} gave it back: nobody owns it.`
    return body === who ? `${who} took it over.` : `${who} gave it to ${body}.`
  }
  return kind === 'commented' ? `${who} wrote:` : `${who} ${happened[kind]}.`
}
