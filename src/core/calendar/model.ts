/**
 * A calendar of what is due (RFC 5545). A calendar is often kept by somebody else's server, so it says how much is due and
 * where to look, and names nobody and nothing: no task's title, no finding's subject.
 */
import ical, { ICalEventTransparency } from 'ical-generator'
import type { Day } from '#platform/days.ts'

export const dueKinds = ['tasks', 'findings', 'exceptions', 'attestations', 'evidence'] as const
export type DueKind = (typeof dueKinds)[number]

/** How many things of a kind are due on a day. */
export interface Due {
  readonly kind: DueKind
  readonly on: Day
  readonly count: number
  /** Of findings: how many of them are critical. */
  readonly critical: number
}

const pages: Readonly<Record<DueKind, string>> = {
  tasks: '/tasks',
  findings: '/findings?sort=due',
  exceptions: '/findings?state=excepted',
  attestations: '/posture',
  evidence: '/evidence',
}

export function writeCalendar(
  dues: readonly Due[],
  { organisation, origin, now }: { readonly organisation: string; readonly origin: string; readonly now: Date },
): string {
  const calendar = ical({
    name: `Vigil: ${organisation}`,
    prodId: { company: 'Vigil', product: 'Vigil', language: 'EN' },
    // What a calendar that asks is advised to wait.
    ttl: 6 * 60 * 60,
  })
  for (const due of dues) {
    calendar.createEvent({
      id: `${due.kind}-${due.on}@${new URL(origin).hostname}`,
      start: new Date(`${due.on}T00:00:00Z`),
      allDay: true,
      stamp: now,
      summary: `${sayDue(due)} (Vigil)`,
      url: `${origin}${pages[due.kind]}`,
      // Nobody is busy because something is due.
      transparency: ICalEventTransparency.TRANSPARENT,
    })
  }
  return calendar.toString()
}

/** "12 findings are due, 3 of them critical". */
export function sayDue({ kind, count, critical }: Due): string {
  const isOne = count === 1
  const said: Readonly<Record<DueKind, string>> = {
    tasks: isOne ? 'A task is due' : `${count} tasks are due`,
    findings: isOne ? 'A finding is due' : `${count} findings are due`,
    exceptions: isOne ? 'An exception ends' : `${count} exceptions end`,
    attestations: isOne ? 'A statement ends' : `${count} statements end`,
    evidence: isOne ? 'A piece of evidence ends' : `${count} pieces of evidence end`,
  }
  if (critical === 0) return said[kind]
  if (isOne) return `${said[kind]}, a critical one`
  return `${said[kind]}, ${critical === count ? 'all' : critical} of them critical`
}
