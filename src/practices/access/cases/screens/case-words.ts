/** What cases of the access trail say, in plain words. Pure. */
import type { WireOutputOf } from '#platform/contract.ts'
import { t } from '#ui/t.ts'
import type { CaseState, Decision, listCases } from '../contract.ts'

export type CaseShown = WireOutputOf<typeof listCases>['items'][number]

export const kindWords: Readonly<Record<CaseShown['kind'], string>> = {
  'own-record': t('Own record'),
  family: t('Family'),
  'co-worker': t('Colleague'),
  neighbour: t('Neighbour'),
  watched: t('Watched record'),
  deceased: t('Deceased patient'),
  'after-leaving': t('After leaving'),
  'break-glass': t('Protection broken open'),
  bulk: t('Many records'),
  'slow-series': t('Again and again'),
  browsing: t('Browsing'),
  'out-of-role': t('Outside of the role'),
  'out-of-hours': t('Outside of the hours'),
  'shared-account': t('Shared account'),
  'two-places': t('Two places at once'),
  unexplained: t('No reason known'),
}

export const stateWords: Readonly<Record<CaseState, string>> = {
  open: t('Open'),
  talk: t('Somebody is spoken with'),
  appropriate: t('Appropriate'),
  violation: t('Violation'),
  explained: t('Explained since'),
}

export const decisionWords: Readonly<Record<Decision, string>> = {
  appropriate: t('Appropriate'),
  talk: t('Speak with them first'),
  violation: t('Violation'),
}

/** The status mark of a state: what is not decided is not known, whatever it looks like. */
export const stateMarks = {
  open: 'unknown',
  talk: 'unknown',
  appropriate: 'attested',
  violation: 'failed',
  explained: 'proved',
} as const

/** "Anna Hansen"; the login where no list names them. */
export function sayName({ person, logins }: Pick<CaseShown, 'person' | 'logins'>): string {
  return person.name || logins.join(', ') || t('somebody unknown')
}

/** "Anna Hansen, Cardiology". */
export function sayPerson(one: Pick<CaseShown, 'person' | 'logins'>): string {
  const { person } = one
  const name = sayName(one)
  return person.department ? t('{name}, {department}', { name, department: person.department }) : name
}

/** "11 accesses to 2 patients on 9 days". */
export function sayExtent({ accesses, patientCount, days }: CaseShown): string {
  return t(
    '{accesses, plural, one {one access} other {# accesses}} to {patients, plural, =0 {no known patient} one {one patient} other {# patients}} on {days, plural, one {one day} other {# days}}',
    { accesses, patients: patientCount, days },
  )
}

/** "11 accesses, 2 patients, 9 days": the same, for a table. */
export function sayShortExtent({ accesses, patientCount, days }: CaseShown): string {
  return t(
    '{accesses, plural, one {one access} other {# accesses}}, {patients, plural, =0 {no known patient} one {one patient} other {# patients}}, {days, plural, one {one day} other {# days}}',
    { accesses, patients: patientCount, days },
  )
}
