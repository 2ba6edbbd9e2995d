/**
 * The pages that somebody opened last, in this tab alone: their titles may be names, so they are kept nowhere, and are
 * forgotten with the person.
 */
export interface Visit {
  readonly to: string
  readonly title: string
}

const most = 6

let whose = ''
let visits: readonly Visit[] = []

/** Notes a page; `who` is the person in their organisation. */
export function noteVisit(who: string, visit: Visit): void {
  if (who !== whose) visits = []
  whose = who
  visits = [visit, ...visits.filter(({ to }) => to !== visit.to)].slice(0, most + 1)
}

/** The pages before this one, the latest first. */
export function recentVisits(here: string): readonly Visit[] {
  return visits.filter(({ to }) => to !== here).slice(0, most)
}
