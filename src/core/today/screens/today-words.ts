/** What Today says. Pure. */
import type { WireOutputOf } from '#platform/contract.ts'
import { t } from '#ui/t.ts'
import { sayShortDay } from '#ui/words.ts'
import type { showToday } from '../contract.ts'

export type Today = WireOutputOf<typeof showToday>
export type Programme = NonNullable<Today['programme']>
export type Need = Today['needs'][number]
export type Gap = Programme['audit']['failed']['first'][number]
export type Ending = Programme['due']['ends']['first'][number]

/** How things stand, in one or two sentences. */
export function sayHeadline({ count, programme }: Pick<Today, 'count' | 'programme'>): string {
  const needs = t(
    '{count, plural, =0 {Nothing needs you today.} =1 {One thing needs you today.} =2 {Two things need you today.} =3 {Three things need you today.} =4 {Four things need you today.} =5 {Five things need you today.} =6 {Six things need you today.} other {# things need you today.}}',
    { count },
  )
  const next = programme?.next
  if (count > 0 || !next) return needs
  return t('{needs} The next thing is due on {day}.', { needs, day: sayDay(next.on) })
}

export function sayDay(day: string): string {
  return sayShortDay(new Date(`${day}T00:00:00Z`))
}

/** A need in a sentence, and the one thing to do about it. */
export function sayNeed(
  need: Need,
  sayJob: (kind: string) => string,
): { readonly says: string; readonly does: string; readonly to: string } {
  switch (need.kind) {
    case 'begin':
      return { says: t('Nothing was brought in yet.'), does: t('Begin'), to: '/start' }
    case 'findings-overdue':
      return {
        says: t('{count, plural, =1 {One finding is overdue.} other {# findings are overdue.}}', need),
        does: t('{count, plural, =1 {See it} other {See them}}', need),
        to: '/findings?due=overdue',
      }
    case 'findings-ownerless':
      return {
        says: t(
          '{count, plural, =1 {One critical finding is nobody’s.} other {# critical findings are nobody’s.}}',
          need,
        ),
        does: t('{count, plural, =1 {Give it to somebody} other {Give them to somebody}}', need),
        to: '/findings?severity=critical&owner=nobody',
      }
    case 'findings-due':
      return {
        says: t(
          '{count, plural, =1 {One finding is due within seven days.} other {# findings are due within seven days.}}',
          need,
        ),
        does: t('{count, plural, =1 {See it} other {See them}}', need),
        to: '/findings?due=7',
      }
    case 'cases':
      return {
        says: t(
          '{count, plural, =1 {One case of the access trail waits for a decision.} other {# cases of the access trail wait for a decision.}} {overdue, plural, =0 {{due, plural, =0 {} =1 {One is due within seven days.} other {# are due within seven days.}}} =1 {One is overdue.} other {# are overdue.}}',
          need,
        ),
        does: t('{count, plural, =1 {Look at it} other {Look at them}}', need),
        to: '/cases',
      }
    case 'tasks-ownerless':
      return {
        says: t('{count, plural, =1 {One task is nobody’s.} other {# tasks are nobody’s.}}', need),
        does: t('{count, plural, =1 {Give it to somebody} other {Give them to somebody}}', need),
        to: '/tasks?whose=all&who=nobody',
      }
    case 'people':
      return {
        says: t(
          '{count, plural, =1 {Something is open about one of your people.} other {Something is open about # of your people.}}',
          need,
        ),
        does: t('See your people'),
        to: '/people',
      }
    case 'jobs-failed':
      return {
        says:
          need.count === 1
            ? t('Vigil could not do a piece of its work: {work}.', { work: sayJob(need.job) })
            : t('Vigil could not do {count, number} pieces of its work.', need),
        does: t('See what failed'),
        to: '/sources/jobs?state=failed',
      }
    case 'sources-late':
      return {
        says:
          need.count === 1
            ? t('{name} has lapsed: what it said speaks no more.', { name: need.first.name })
            : t('{count, number} sources have lapsed: what they said speaks no more.', { count: need.count }),
        does: need.first.isLive ? t('Read it again') : t('Bring newer files'),
        to: need.first.isLive ? '/sources/directories' : '/sources/bring',
      }
    case 'files-refused':
      return {
        says:
          need.count === 1 && need.name !== null
            ? t('{name} could not be taken in.', { name: need.name })
            : t('{count, plural, =1 {One file could not be taken in.} other {# files could not be taken in.}}', need),
        does: t('See why'),
        to: '/sources',
      }
    case 'questions':
      return {
        says: t(
          '{count, plural, =1 {Vigil asks one question rather than guess who is who.} other {Vigil asks # questions rather than guess who is who.}}',
          need,
        ),
        does: t('{count, plural, =1 {Answer it} other {Answer them}}', need),
        to: '/questions',
      }
  }
}

/** What to do about a safeguard that would fail an audit. */
export function sayStep({ status, name, practice, makeKnown }: Gap): { readonly does: string; readonly to: string } {
  if (status === 'failed') return { does: t('Put it right'), to: `/findings?safeguard=${name}` }
  if (makeKnown?.by === 'file') return { does: t('Bring the file'), to: '/sources/bring' }
  if (makeKnown?.by === 'statement') return { does: t('State it'), to: `/practices/${practice}?attest=${name}` }
  return { does: t('See why'), to: `/practices/${practice}` }
}

/** Why it is on the list: how much of it has failed, or what would make it known. */
export function sayGap({ status, failed, of, makeKnown, whyUnknown }: Gap): string {
  if (status === 'failed') {
    return of > 1 ? t('{failed, number} of {of, number} fail.', { failed, of }) : t('It fails.')
  }
  if (makeKnown?.by === 'file') return t('To know it, bring {file}.', { file: makeKnown.file })
  if (makeKnown?.by === 'statement') return t('Nobody has stated it.')
  return whyUnknown === null ? t('It is not known.') : t('Unknown: {why}.', { why: whyUnknown.replace(/\.$/, '') })
}

/** What ends, and where to see to it. */
export function sayEnding({ kind, about, title }: Ending): {
  readonly says: string
  readonly does: string
  readonly to: string
} {
  const id = about.slice(about.indexOf(':') + 1)
  switch (kind) {
    case 'exception':
      return { says: t('An exception ends: {title}', { title }), does: t('Look again'), to: `/findings?finding=${id}` }
    case 'attestation':
      return { says: t('A statement ends: {title}', { title }), does: t('State it anew'), to: `/practices/${id}` }
    case 'evidence':
      return { says: t('Evidence ends: {title}', { title }), does: t('Bring newer evidence'), to: '/evidence' }
    case 'decision':
      return {
        says: t('A decision is to be looked at again: 45 CFR {title}', { title }),
        does: t('Look again'),
        to: `/requirements?paragraph=${encodeURIComponent(id)}`,
      }
  }
}
