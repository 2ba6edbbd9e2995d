/** What news says in the app, and where it leads: the sentences are made here, of its kind and its words. */
import type { WireOutputOf } from '#platform/contract.ts'
import { sayDay } from '#platform/days.ts'
import { t } from '#ui/t.ts'
import type { listNotifications } from '../contract.ts'
import type { NewsKind } from '../model.ts'

export type NewsItem = WireOutputOf<typeof listNotifications>['items'][number]

/** A headline, and what it is about where that has a name. */
export function sayNews({ kind, words }: Pick<NewsItem, 'kind' | 'words'>): {
  readonly title: string
  readonly detail: string | undefined
} {
  const count = typeof words['count'] === 'number' ? words['count'] : 1
  const named = [words['title'], words['finding'], words['name']].find(
    (word) => typeof word === 'string' && word !== '',
  )
  const title = titles[kind]({ count, day: dayOf(words['day']) })
  return { title, detail: count === 1 && named !== undefined ? String(named) : undefined }
}

interface Said {
  readonly count: number
  /** As it is said; undefined where none is known. */
  readonly day: string | undefined
}

const titles: Readonly<Record<NewsKind, (of: Said) => string>> = {
  'task-given': ({ count }) =>
    t('{count, plural, one {You were given a task} other {You were given # tasks}}', { count }),
  'task-overdue': ({ count, day }) =>
    day === undefined || count > 1
      ? t('{count, plural, one {A task of yours is overdue} other {# tasks of yours are overdue}}', { count })
      : t('A task of yours was due on {day}', { day }),
  mentioned: ({ count }) =>
    t('{count, plural, one {You were mentioned in a comment} other {You were mentioned in # comments}}', { count }),
  'finding-given': ({ count }) =>
    t('{count, plural, one {You were given a finding} other {You were given # findings}}', { count }),
  'findings-opened': ({ count }) => t('{count, plural, one {A finding opened} other {# findings opened}}', { count }),
  'cases-opened': ({ count }) =>
    t('{count, plural, one {A case of the access trail opened} other {# cases of the access trail opened}}', { count }),
  'rule-set': ({ count }) =>
    t(
      '{count, plural, one {The figures of a rule of the access trail were changed} other {The figures of rules of the access trail were changed # times}}',
      { count },
    ),
  'source-silent': ({ count }) =>
    t('{count, plural, one {What a source said has lapsed} other {What # sources said has lapsed}}', { count }),
  'job-failed': ({ count }) => t('{count, plural, one {A job failed} other {# jobs failed}}', { count }),
  'evidence-ends': ({ count, day }) =>
    day === undefined || count > 1
      ? t('{count, plural, one {Evidence reaches} other {# pieces of evidence reach}} the last day within 14 days', {
          count,
        })
      : t('Evidence is valid until {day}', { day }),
  'exception-ends': ({ count, day }) =>
    day === undefined || count > 1
      ? t('{count, plural, one {An exception ends} other {# exceptions end}} within 14 days', { count })
      : t('An exception ends on {day}', { day }),
  'attestation-ends': ({ count, day }) =>
    day === undefined || count > 1
      ? t('{count, plural, one {An attestation ends} other {# attestations end}} within 14 days', { count })
      : t('An attestation ends on {day}', { day }),
  'invitation-used': ({ count }) =>
    t('{count, plural, one {Somebody whom you invited has joined} other {# people whom you invited have joined}}', {
      count,
    }),
}

function dayOf(word: string | number | undefined): string | undefined {
  return typeof word === 'string' && word !== '' ? sayDay(word) : undefined
}

/** What a kind is called where it is chosen. */
export const kindWords: Readonly<Record<NewsKind, string>> = {
  'task-given': t('You are given a task'),
  'task-overdue': t('A task of yours is overdue'),
  mentioned: t('You are mentioned in a comment'),
  'finding-given': t('You are given a finding'),
  'findings-opened': t('Findings opened'),
  'cases-opened': t('Cases of the access trail opened'),
  'rule-set': t('The figures of a rule of the access trail are changed'),
  'source-silent': t('A source has lapsed'),
  'job-failed': t('A job failed'),
  'evidence-ends': t('Evidence ends soon'),
  'exception-ends': t('An exception ends soon'),
  'attestation-ends': t('An attestation ends soon'),
  'invitation-used': t('Somebody whom you invited has joined'),
}

/** The page on which the thing stands that the news is about. */
export function addressOf(about: string): string {
  const at = about.indexOf(':')
  const [kind, id] = [about.slice(0, at), encodeURIComponent(about.slice(at + 1))]
  return places[kind]?.(id) ?? '/notifications'
}

const lists: Readonly<Record<string, string>> = {
  sources: '/sources',
  jobs: '/sources/jobs',
  evidence: '/evidence',
  findings: '/findings?sort=-opened',
  posture: '/posture',
  cases: '/cases',
}

const places: Readonly<Record<string, (id: string) => string>> = {
  task: () => '/tasks',
  finding: (id) => `/findings?finding=${id}`,
  source: (id) => `/sources/${id}`,
  job: (id) => `/sources/jobs?job=${id}`,
  evidence: (id) => `/evidence?evidence=${id}`,
  attestation: () => '/posture',
  case: (id) => `/cases/${id}`,
  rule: (id) => `/cases/rules?rule=${id}`,
  member: (id) => `/settings/members?member=${id}`,
  all: (list) => lists[list] ?? '/notifications',
}
