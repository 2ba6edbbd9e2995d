/** How people stand, where lists disagree about one, and what happened to them, in order. Pure. */
import type { Day } from '#platform/days.ts'

/** `unknown`: what lists said has lapsed, or none names them any more. */
export const standings = ['here', 'leave', 'starting', 'left', 'unknown'] as const
export type Standing = (typeof standings)[number]

export const eventKinds = [
  'hired',
  'left',
  'account-created',
  'password-set',
  'account-used',
  'training-done',
  'finding-opened',
  'finding-closed',
] as const
export type EventKind = (typeof eventKinds)[number]

/** One thing that happened: at an instant where it is known, else on a day. */
export interface Happened {
  readonly kind: EventKind
  readonly on: Day | null
  readonly at: Date | null
  readonly what: string | null
  readonly findingId: number | null
}

/** What one row of a list says. */
export interface Said {
  readonly isSpeaking: boolean
  readonly standing: string | null
  readonly saysLeft: boolean | null
  readonly department: string | null
  readonly title: string | null
  readonly hiredOn: Day | null
  readonly leftOn: Day | null
}

const compared = ['standing', 'department', 'title', 'hiredOn', 'leftOn'] as const
export type Compared = (typeof compared)[number]

/** Of what the rows that speak say different things; a row that says nothing of it disagrees with nobody. */
export function findDisagreements(rows: readonly Said[]): readonly Compared[] {
  const speaking = rows.filter(({ isSpeaking }) => isSpeaking)
  return compared.filter((what) => {
    const said = speaking
      .map((row) => (what === 'standing' ? row.saysLeft : row[what]))
      .filter((value) => value !== null)
      .map((value) => String(value).trim().toLowerCase())
    return new Set(said).size > 1
  })
}

/** Puts what happened in order, the newest first; each once, however many lists tell it. */
export function orderTimeline(events: readonly Happened[], most: number): readonly Happened[] {
  const when = ({ on, at }: Happened) => at?.toISOString() ?? `${on}T12:00:00.000Z`
  const once = new Map(events.map((event) => [`${event.kind} ${when(event)} ${event.what} ${event.findingId}`, event]))
  return [...once.values()].toSorted((one, other) => (when(one) < when(other) ? 1 : -1)).slice(0, most)
}

export function happenedAt(
  kind: EventKind,
  at: Date | null,
  what: string | null,
  findingId: number | null = null,
): readonly Happened[] {
  return at === null ? [] : [{ kind, on: null, at, what, findingId }]
}

export function happenedOn(kind: EventKind, on: Day | null, what: string | null = null): readonly Happened[] {
  return on === null ? [] : [{ kind, on, at: null, what, findingId: null }]
}

/** How one course stands. A record that has lapsed tells no more than that it was once so. */
export function judgeCourse(
  row: { readonly isCurrent: boolean; readonly isDone: boolean; readonly dueOn: Day | null },
  today: Day,
): 'done' | 'overdue' | 'open' | 'unknown' {
  if (row.isDone) return 'done'
  if (!row.isCurrent) return 'unknown'
  if (row.dueOn === null) return 'open'
  return row.dueOn < today ? 'overdue' : 'open'
}
