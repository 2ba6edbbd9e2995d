/**
 * How a safeguard stood over time, from its judgements. Pure. The rules:
 *  - At any moment the newest judgement from before it speaks, until it lapses; before the first, and where none speaks, it
 *    is unknown.
 *  - A day counts as failed when it failed at any time of it, else as it stood when the day ended.
 */
import type { Status } from './model.ts'

export interface Judgement {
  readonly coversFrom: Date
  readonly coversUntil: Date
  readonly status: Status
}

export interface Span {
  readonly status: Status
  readonly from: Date
  readonly until: Date
}

/** The spans of a window without gaps, in order, from judgements in the order in which they were made. */
export function spansOf(
  judgements: readonly Judgement[],
  window: { readonly from: Date; readonly until: Date },
): readonly Span[] {
  const spoken: Span[] = []
  for (const { coversFrom, coversUntil, status } of judgements) {
    // What was judged later speaks from its own moment on, whatever was said of that time before.
    for (let last = spoken.at(-1); last && last.until > coversFrom; last = spoken.at(-1)) {
      spoken.pop()
      if (last.from < coversFrom) spoken.push({ ...last, until: coversFrom })
    }
    spoken.push({ status, from: coversFrom, until: coversUntil })
  }
  const spans: Span[] = []
  const add = (status: Status, from: Date, until: Date) => {
    if (from >= until) return
    const last = spans.at(-1)
    if (last?.status === status) spans[spans.length - 1] = { ...last, until }
    else spans.push({ status, from, until })
  }
  let reached = window.from
  for (const { status, from, until } of spoken) {
    const begins = new Date(Math.max(Number(from), Number(reached)))
    const ends = new Date(Math.min(Number(until), Number(window.until)))
    if (begins >= ends) continue
    add('unknown', reached, begins)
    add(status, begins, ends)
    reached = ends
  }
  add('unknown', reached, window.until)
  return spans
}

export type DayCounts = Readonly<Record<Status, number>>

/** How many days count as what; the days are given by the moments at which they begin, and the end of the last. */
export function countDays(spans: readonly Span[], edges: readonly Date[]): DayCounts {
  const counts = { failed: 0, unknown: 0, attested: 0, proved: 0 }
  let at = 0
  for (const [day, begins] of edges.slice(0, -1).entries()) {
    const ends = edges[day + 1]
    if (ends === undefined) break
    while (at < spans.length && (spans[at]?.until ?? ends) <= begins) at += 1
    let status: Status = 'unknown'
    let hasFailed = false
    for (let next = at; next < spans.length; next += 1) {
      const span = spans[next]
      if (!span || span.from >= ends) break
      status = span.status
      hasFailed ||= status === 'failed'
    }
    counts[hasFailed ? 'failed' : status] += 1
  }
  return counts
}
