/** What screens say of findings. Pure. */
import type { WireOutputOf } from '#platform/contract.ts'
import { t } from '#ui/t.ts'
import type { listFindings, showFinding } from '../contract.ts'

export type FindingShown = WireOutputOf<typeof listFindings>['items'][number]
export type FindingEvent = WireOutputOf<typeof showFinding>['events'][number]

type BySeverity = Readonly<Record<FindingShown['severity'], number>>

const levels = ['critical', 'high', 'medium', 'low'] as const

export function sumOf(counts: BySeverity): number {
  return levels.reduce((sum, level) => sum + counts[level], 0)
}

/** "714 are open: 33 critical, 322 high, 359 medium. 2 are excepted and stay failed." */
export function sayCounts(counts: {
  readonly open: BySeverity
  readonly excepted: BySeverity
  readonly closed: BySeverity
}): string {
  const [open, excepted, closed] = [sumOf(counts.open), sumOf(counts.excepted), sumOf(counts.closed)]
  const said: string[] = []
  if (open > 0) said.push(sayOpen(counts.open, open))
  if (excepted > 0) {
    said.push(
      t('{count, plural, one {One is excepted and stays failed.} other {# are excepted and stay failed.}}', {
        count: excepted,
      }),
    )
  }
  if (closed > 0) said.push(t('{count, plural, one {One is closed.} other {# are closed.}}', { count: closed }))
  return said.length === 0 ? t('None.') : said.join(' ')
}

function sayOpen(open: BySeverity, count: number): string {
  const parts = levels.filter((level) => open[level] > 0)
  const [only] = parts
  if (parts.length === 1 && only !== undefined) {
    return t('{count, plural, one {One is open, {level}.} other {# are open, all of them {level}.}}', {
      count,
      level: sayLevel(only),
    })
  }
  const grades = parts.map((level) => t('{count, number} {level}', { count: open[level], level: sayLevel(level) }))
  return t('{count, number} are open: {grades}.', { count, grades: grades.join(', ') })
}

/** "critical": a severity within a sentence. */
function sayLevel(level: FindingShown['severity']): string {
  const words = { critical: t('critical'), high: t('high'), medium: t('medium'), low: t('low') }
  return words[level]
}

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

/** What happened, in words; `who` is the name of whoever did it. */
export function sayEvent({ kind, body }: Pick<FindingEvent, 'kind' | 'body'>, who: string): string {
  switch (kind) {
    case 'opened':
      return t('The check found it.')
    case 'closed':
      return t('The check passed: it is closed.')
    case 'reopened':
      return t('The check found it again.')
    case 'owned':
      if (body === null) return t('{who} gave it back: nobody owns it.', { who })
      return body === who ? t('{who} took it over.', { who }) : t('{who} gave it to {name}.', { who, name: body })
    case 'commented':
      return t('{who} wrote:', { who })
    case 'excepted':
      return t('{who} accepted it for a while.', { who })
    case 'exception-ended':
      return t('{who} ended the exception.', { who })
  }
}
