/** What the access trail says, in plain words. Pure. */
import type { WireOutputOf } from '#platform/contract.ts'
import { t } from '#ui/t.ts'
import type { askPatient, listSources, Purpose, SourceTrouble } from '../contract.ts'

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

/** "Opened, Chart Review". */
export function sayDeed({ action, object, outcome, isBreakGlass, isUnresolved }: AccessShown): string {
  return [
    actionWords[action],
    ...(object === '' ? [] : [object]),
    ...(outcome === 'failure' ? [t('failed')] : []),
    ...(isBreakGlass ? [t('protection broken open')] : []),
    ...(isUnresolved ? [t('whose record is not known')] : []),
  ].join(', ')
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
    new: t('New: too little is known to judge it'),
    expected: t('Announced, and has not spoken yet'),
    retired: t('Retired'),
  }[state]
}

/** "19 Nov 2026, 21:13", in the organisation's zone, which the page names once. */
export function sayWhen(at: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(new Date(at))
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
