/** What the access trail says, in plain words. Pure. */
import type { WireOutputOf } from '#platform/contract.ts'
import { t } from '#ui/t.ts'
import type { askPatient, listSources, Purpose, SourceTrouble } from '../contract.ts'

/** Of what was asked. */
export type By = 'patient' | 'person'
export type AccessShown = WireOutputOf<typeof askPatient>['accesses']['items'][number]
export type QuestionShown = WireOutputOf<typeof askPatient>['question']
export type SourceShown = WireOutputOf<typeof listSources>['items'][number]

export const purposeWords: Readonly<Record<Purpose, string>> = {
  'patient-request': t('A patient asks'),
  complaint: t('A complaint'),
  'case-review': t('Review of a case'),
  audit: t('An audit'),
  legal: t('A legal matter'),
  monitoring: t('Monitoring'),
}

export const purposeChoices = Object.entries(purposeWords).map(([value, label]) => ({ value, label }))

const actionWords: Readonly<Record<AccessShown['action'], string>> = {
  other: t('Did something'),
  read: t('Opened'),
  create: t('Made'),
  update: t('Changed'),
  delete: t('Deleted'),
  query: t('Searched'),
  print: t('Printed'),
  export: t('Exported'),
  execute: t('Ran'),
  'sign-in': t('Signed in'),
  'sign-out': t('Signed out'),
  disclose: t('Disclosed'),
}

/** "Opened, Chart Review"; of a deed of its own kind, what the source calls it. */
export function sayDeed({ action, object, outcome, isBreakGlass, isUnresolved }: AccessShown): string {
  return [
    ...(action === 'other' && object !== '' ? [] : [actionWords[action]]),
    ...(object === '' ? [] : [object]),
    ...(outcome === 'failure' ? [t('failed')] : []),
    ...(isBreakGlass ? [t('protection broken open')] : []),
    ...(isUnresolved ? [t('whose record is not known')] : []),
  ].join(', ')
}

/** The patient as the source names them. */
export function sayPatient({ patient }: { readonly patient: string }): string {
  return patient || t('nobody’s record')
}

/** Of a group of an answer: the person, or the patient as the source names them. */
export function sayGroup({ key, name }: QuestionShown['groups'][number]): string {
  return name || key || t('nobody’s record')
}

/** Where it was done from: the department and the workstation, as far as they are known. */
export function sayWhere({ department, workstation, application }: AccessShown): string {
  return [department, workstation, application].filter((word) => word !== '').join(', ')
}

/** Why, or that nothing says why. */
export function sayWhy({ isExplained, reasons, reason }: AccessShown): string {
  const said = reason === '' ? [] : [t('Said: {reason}', { reason })]
  const why = isExplained ? reasons.map(({ says }) => says) : [t('No reason is known')]
  return [...why, ...said].join('. ')
}

export const troubleWords: Readonly<Record<SourceTrouble, string>> = {
  silent: t('Silent'),
  gap: t('Messages missing'),
  rejects: t('Messages rejected'),
  clock: t('Clock wrong'),
  drop: t('Less than usual'),
}

export function saySourceState({ state, troubles }: SourceShown): string {
  if (state === 'troubled') return troubles.map(({ kind }) => troubleWords[kind]).join(', ')
  return {
    well: t('Well'),
    new: t('New'),
    expected: t('Not heard of yet'),
    retired: t('Retired'),
  }[state]
}

/** "19 Nov 2026, 21:13", in the organisation's zone, which the page names once. */
export function sayWhen(at: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(new Date(at))
}

/** "November 2026". */
export function sayMonthName(month: string): string {
  return new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${month}-01T00:00:00Z`),
  )
}

/** "Thu 19 Nov": a day of the last weeks, of which the weekday says more than the year. */
export function sayWeekday(day: string): string {
  const date = new Date(`${day}T00:00:00Z`)
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(date)
  return `${part({ weekday: 'short' })} ${part({ day: 'numeric', month: 'short' })}`
}

/** "3 hours", "2 days": a length of time in minutes. */
export function sayMinutes(minutes: number): string {
  if (minutes < 120) return t('{minutes, plural, one {one minute} other {# minutes}}', { minutes })
  const hours = Math.round(minutes / 60)
  if (hours < 48) return t('{hours, plural, one {one hour} other {# hours}}', { hours })
  return t('{days, plural, one {one day} other {# days}}', { days: Math.round(hours / 24) })
}

export function sayBytes(bytes: number): string {
  const units = [t('bytes'), t('kB'), t('MB'), t('GB'), t('TB')]
  let [value, unit] = [bytes, 0]
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000
  return t('{value, number, ::.#} {unit}', { value, unit: units[unit] ?? '' })
}
