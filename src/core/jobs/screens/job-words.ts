/** What screens say of jobs. Pure. */
import type { WireOutputOf } from '#platform/contract.ts'
import { t } from '#ui/t.ts'
import type { showJob } from '../contract.ts'

export type JobShown = WireOutputOf<typeof showJob>

const kindWords: Readonly<Record<string, string>> = {
  'deliveries.import': t('Take files in'),
  'directories.read': t('Read a directory'),
  'checks.run': t('Check every safeguard'),
  'reminders.run': t('Remind of lists that lapse'),
  'housekeeping.run': t('Clear up'),
}

export function sayKind(kind: string): string {
  return kindWords[kind] ?? kind
}

export const jobKindNames = Object.keys(kindWords)

const stateWords: Readonly<Record<JobShown['state'], string>> = {
  queued: t('waits'),
  running: t('runs'),
  done: t('done'),
  failed: t('failed'),
}

export function sayState(state: JobShown['state']): string {
  return stateWords[state]
}

const phases: Readonly<Record<string, string>> = {
  reading: t('reading'),
  matching: t('matching people, accounts and devices'),
  checking: t('checking safeguards'),
}

/** "reading, 3 of 12": how far a job is. */
export function sayProgress({ state, progress }: JobShown): string {
  if (state !== 'running') return sayState(state)
  if (progress === null) return 'begins'
  const { phase, done, total } = progress
  const word = phases[phase] ?? phase
  if (total !== null) return t('{word}, {done, number} of {total, number}', { word, done, total })
  return done > 0 ? t('{word}, {done, number} so far', { word, done }) : word
}

/** "12 findings opened, 3 closed", of a job that judged; undefined of others. */
export function sayJudged(result: JobShown['result']): string | undefined {
  const opened = result?.['opened']
  const closed = result?.['closed']
  if (typeof opened !== 'number' || typeof closed !== 'number') return undefined
  if (opened === 0 && closed === 0) return t('No finding was opened or closed')
  return t('{opened, plural, =0 {No findings} one {# finding} other {# findings}} opened, {closed, number} closed', {
    opened,
    closed,
  })
}

const resultWords: Readonly<Record<string, string>> = {
  files: t('Files'),
  parts: t('Lists in them'),
  rowsRead: t('Rows read'),
  added: t('New'),
  changed: t('Changed'),
  ended: t('Gone'),
  rejects: t('Rows that could not be read'),
  opened: t('Findings opened'),
  closed: t('Findings closed'),
  checked: t('Safeguards checked'),
  discardedDeliveries: t('Deliveries cleared away'),
}

/** What a job says at its end, in words where there are some. */
export function resultLines(result: JobShown['result']): readonly (readonly [label: string, value: string])[] {
  return Object.entries(result ?? {}).flatMap(([name, value]) => {
    if (typeof value !== 'number' && typeof value !== 'string') return []
    return [[resultWords[name] ?? name, typeof value === 'number' ? value.toLocaleString('en-GB') : value] as const]
  })
}
