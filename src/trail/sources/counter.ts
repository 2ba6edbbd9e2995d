/**
 * What is missing in a source's own count of its events.
 *
 * Numbers that follow each other form a run. A number above the run's end leaves a hole, which is filled by what arrives late;
 * a hole becomes a gap once `windowMs` or `windowEvents` have passed since it was seen. A number that fits nowhere begins a
 * run of its own: the source was restarted, its counter has come round, or older events are brought in. Several runs are
 * followed at once, so that one feed may carry the counters of several servers. What came before the first number of a run is
 * not known and never a gap. Numbers that leave out more than they hold are no count of events, and nothing is missing in them;
 * nor is anything below the end of what came in no order (an export sorted by patient).
 */

export interface CounterLimits {
  readonly windowMs: number
  readonly windowEvents: number
  /** Numbers this close to a run's end are taken as belonging to it. */
  readonly near: number
  /** A leap further than this is a new run and no gap. */
  readonly largestGap: number
  /** Holes that are remembered in one run, and runs that are followed. */
  readonly holes: number
  readonly runs: number
}

export const counterLimits: CounterLimits = {
  windowMs: 5 * 60_000,
  windowEvents: 1_000,
  near: 1_000,
  largestGap: 10_000_000,
  holes: 1_000,
  runs: 4,
}

export interface Gap {
  readonly from: number
  readonly to: number
  /** When the source was first seen to have left it out. */
  readonly at: number
}

interface Hole extends Gap {
  /** How many numbers had come by then. */
  readonly received: number
}

interface Run {
  start: number
  next: number
  count: number
  startedAt: number
  /** By number, never touching each other. */
  holes: Hole[]
  /** Holes that stay open and are no longer remembered one by one. */
  evicted: number
  /** Numbers that went back behind the end. */
  back: number
  /** Below it the numbers came in no order. */
  orderedFrom: number
}

export interface CounterContent {
  readonly received: number
  readonly lost: number
  readonly closed: readonly Gap[]
  readonly runs: readonly Readonly<Run>[]
}

const dayMs = 24 * 60 * 60_000
const keptGaps = 100
/** A number of more digits is an identifier and no count. */
const isCount = /^\d{1,15}$/
/** Numbers that are seen again in their order, this many, tell of a restart; fewer may be told twice. */
const strays = 3

export class Counter {
  readonly #limits: CounterLimits
  /** The one that was spoken of last is the first. */
  readonly #runs: Run[] = []
  #received = 0
  /** Missing for good: in holes that are no longer remembered. */
  #lost = 0
  #closed: Gap[] = []
  #stray = { next: -1, count: 0 }

  constructor(content?: CounterContent, limits: CounterLimits = counterLimits) {
    this.#limits = limits
    if (content === undefined) return
    this.#received = content.received
    this.#lost = content.lost
    this.#closed = [...content.closed]
    this.#runs = content.runs.map((run) => ({ ...run, holes: [...run.holes] }))
  }

  content(): CounterContent {
    const runs = this.#runs.map((run) => ({ ...run, holes: [...run.holes] }))
    return { received: this.#received, lost: this.#lost, closed: this.#closed, runs }
  }

  note(sequence: string, at: number): void {
    if (!isCount.test(sequence)) return
    const number = Number(sequence)
    const run = this.#runs[0]
    if (run !== undefined && number === run.next) {
      run.next += 1
      run.count += 1
      this.#received += 1
    } else if (run === undefined || number !== run.next - 1) this.#place(number, at)
  }

  /** What is missing for certain, the oldest first: at most the last 100, and how many numbers in all. */
  gaps(now: number): { readonly gaps: readonly Gap[]; readonly missing: number } {
    const gaps = [...this.#closed]
    let missing = this.#lost
    for (const run of this.#runs) {
      if (this.#isSparse(run)) continue
      for (const hole of run.holes) {
        if (hole.from < run.orderedFrom || this.#isOpen(hole, now)) continue
        gaps.push({ from: hole.from, to: hole.to, at: hole.at })
        missing += hole.to - hole.from + 1
      }
    }
    return { gaps: gaps.sort((a, b) => a.at - b.at || a.from - b.from).slice(-keptGaps), missing }
  }

  #isOpen(hole: Hole, now: number): boolean {
    return now - hole.at < this.#limits.windowMs && this.#received - hole.received < this.#limits.windowEvents
  }

  #isSparse(run: Run): boolean {
    return run.count >= 100 && (run.holes.length + run.evicted) * 2 > run.count
  }

  #place(number: number, at: number): void {
    const run = this.#findNear(number)
    if (run !== undefined) {
      if (number >= run.next) this.#extend(run, number, at)
      else this.#fill(run, number, at)
      return
    }
    // The first ones may arrive out of their order as well.
    const { near, largestGap } = this.#limits
    if (this.#runs.some((each) => isWithin(each.start - number, near) && this.#isYoung(each, at))) return
    if (this.#runs.some((each) => this.#fill(each, number, at))) return
    const below = this.#runs.filter((each) => isWithin(number - each.next, largestGap))
    const nearest = below.reduce<Run | undefined>((a, b) => (a === undefined || b.next > a.next ? b : a), undefined)
    const known = this.#runs.filter(({ start, next }) => number >= start && number < next)
    if (known.some(({ orderedFrom }) => number < orderedFrom)) return
    if (known.length === 0) {
      if (nearest !== undefined) this.#extend(nearest, number, at)
      else this.#begin(number, at)
    } else if (below[0] !== undefined && below[0] === this.#runs[0]) {
      // An older run has had this number, but the one that is spoken of now has yet to come to it.
      this.#extend(below[0], number, at)
    } else if (number <= near || this.#isRestart(number)) this.#begin(number, at)
  }

  /** The run whose end is next to the number, ahead of it or behind. */
  #findNear(number: number): Run | undefined {
    let found: Run | undefined
    let distance = this.#limits.near + 1
    for (const run of this.#runs) {
      const off = Math.abs(number - run.next)
      if (number < run.start || off >= distance) continue
      found = run
      distance = off
    }
    return found
  }

  #isYoung(run: Run, at: number): boolean {
    return run.count <= this.#limits.windowEvents && at - run.startedAt <= this.#limits.windowMs
  }

  /** Whether numbers that were seen before come again, one after the other. */
  #isRestart(number: number): boolean {
    if (number === this.#stray.next - 1) return false
    this.#stray = { next: number + 1, count: number === this.#stray.next ? this.#stray.count + 1 : 1 }
    return this.#stray.count >= strays
  }

  #begin(number: number, at: number): void {
    this.#runs.unshift({
      start: number,
      next: number + 1,
      count: 1,
      startedAt: at,
      holes: [],
      evicted: 0,
      back: 0,
      orderedFrom: 0,
    })
    this.#received += 1
    this.#stray = { next: -1, count: 0 }
    const dropped = this.#runs.length > this.#limits.runs ? this.#runs.pop() : undefined
    if (dropped === undefined || this.#isSparse(dropped)) return
    if ([dropped, ...this.#runs].some(({ orderedFrom }) => orderedFrom > 0)) return
    for (const { from, to, at: seenAt } of dropped.holes) {
      this.#lost += to - from + 1
      this.#closed.push({ from, to, at: seenAt })
    }
    this.#closed = this.#closed.sort((a, b) => a.at - b.at).slice(-keptGaps)
  }

  #extend(run: Run, number: number, at: number): void {
    if (number > run.next) run.holes.push({ from: run.next, to: number - 1, at, received: this.#received + 1 })
    run.next = number + 1
    this.#counted(run)
    if (run.holes.length > this.#limits.holes) this.#evict(run, at)
  }

  #fill(run: Run, number: number, at: number): boolean {
    const place = findHole(run.holes, number)
    const hole = run.holes[place]
    if (hole === undefined) return false
    const rest: Hole[] = []
    if (hole.from < number) rest.push({ ...hole, to: number - 1 })
    // One that is being filled from its beginning is still to be waited for.
    if (number < hole.to) {
      const since = number === hole.from ? { at, received: this.#received } : {}
      rest.push({ ...hole, ...since, from: number + 1 })
    }
    run.holes.splice(place, 1, ...rest)
    run.back += 1
    this.#counted(run)
    if (run.holes.length > this.#limits.holes) this.#evict(run, at)
    return true
  }

  #counted(run: Run): void {
    run.count += 1
    this.#received += 1
    if (this.#runs[0] === run) return
    this.#runs.splice(this.#runs.indexOf(run), 1)
    this.#runs.unshift(run)
  }

  /**
   * Too many holes to remember: an old one is missing for good. Where all are young and numbers go back, they come in no order,
   * and nothing up to here is called a gap; where they go on and on, most of them are not events of this source.
   */
  #evict(run: Run, at: number): void {
    const oldest = run.holes[0]
    if (oldest !== undefined && at - oldest.at > dayMs) {
      this.#lost += oldest.to - oldest.from + 1
      run.holes.shift()
      run.evicted += 1
      return
    }
    const bySize = run.holes.toSorted((a, b) => b.to - b.from - (a.to - a.from))
    const kept = new Set(bySize.slice(0, bySize.length >> 1))
    run.evicted += run.holes.length - kept.size
    run.holes = run.holes.filter((hole) => kept.has(hole))
    if (run.back * 10 <= run.count) return
    run.orderedFrom = run.next
    run.evicted = 0
    run.count = 0
    run.back = 0
  }
}

function isWithin(distance: number, most: number): boolean {
  return distance >= 0 && distance <= most
}

/** The place of the hole that holds the number, or -1. */
function findHole(holes: readonly Hole[], number: number): number {
  let low = 0
  let high = holes.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const hole = holes[middle]
    if (hole === undefined) return -1
    if (number < hole.from) high = middle - 1
    else if (number > hole.to) low = middle + 1
    else return middle
  }
  return -1
}
