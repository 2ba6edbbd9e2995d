/** What screens say of jobs. Pure. */
import type { WireOutputOf } from '#platform/contract.ts'
import type { showJob } from '../contract.ts'

export type JobShown = WireOutputOf<typeof showJob>

const kindWords: Readonly<Record<string, string>> = {
  'deliveries.import': 'Take files in',
  'directories.read': 'Read a directory',
  'checks.run': 'Check every safeguard',
  'reminders.run': 'Remind of lists that lapse',
  'housekeeping.run': 'Clear up',
}

export function sayKind(kind: string): string {
  return kindWords[kind] ?? kind
}

export const jobKindNames = Object.keys(kindWords)

const stateWords: Readonly<Record<JobShown['state'], string>> = {
  queued: 'waits',
  running: 'runs',
  done: 'done',
  failed: 'failed',
}

export function sayState(state: JobShown['state']): string {
  return stateWords[state]
}

const phases: Readonly<Record<string, string>> = {
  reading: 'reading',
  matching: 'matching people, accounts and devices',
  checking: 'checking safeguards',
}

/** "reading, 3 of 12": how far a job is. */
export function sayProgress({ state, progress }: JobShown): string {
  if (state !== 'running') return sayState(state)
  if (progress === null) return 'begins'
  const { phase, done, total } = progress
  const word = phases[phase] ?? phase
  if (total !== null) return `${word}, ${done.toLocaleString('en-GB')} of ${total.toLocaleString('en-GB')}`
  return done > 0 ? `${word}, ${done.toLocaleString('en-GB')} so far` : word
}

/** "12 findings opened, 3 closed", of a job that judged; undefined of others. */
export function sayJudged(result: JobShown['result']): string | undefined {
  const opened = result?.['opened']
  const closed = result?.['closed']
  if (typeof opened !== 'number' || typeof closed !== 'number') return undefined
  if (opened === 0 && closed === 0) return 'No finding was opened or closed'
  const findings =
    opened === 1 ? '1 finding opened' : `${opened === 0 ? 'No' : opened.toLocaleString('en-GB')} findings opened`
  return `${findings}, ${closed.toLocaleString('en-GB')} closed`
}

const resultWords: Readonly<Record<string, string>> = {
  files: 'Files',
  parts: 'Lists in them',
  rowsRead: 'Rows read',
  added: 'New',
  changed: 'Changed',
  ended: 'Gone',
  rejects: 'Rows that could not be read',
  opened: 'Findings opened',
  closed: 'Findings closed',
  checked: 'Safeguards checked',
  discardedDeliveries: 'Deliveries cleared away',
}

/** What a job says at its end, in words where there are some. */
export function resultLines(result: JobShown['result']): readonly (readonly [label: string, value: string])[] {
  return Object.entries(result ?? {}).flatMap(([name, value]) => {
    if (typeof value !== 'number' && typeof value !== 'string') return []
    return [[resultWords[name] ?? name, typeof value === 'number' ? value.toLocaleString('en-GB') : value] as const]
  })
}
