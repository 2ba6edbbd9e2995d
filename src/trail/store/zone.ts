/** What the clock on the wall shows at an instant. Rules speak of local days and hours; instants are kept in UTC. */

export const dayMs = 86_400_000
/** Outside of these years no clock is believed, and the offset is that of the nearest of them. */
const earliest = Date.UTC(1970, 0, 1)
const latest = Date.UTC(2100, 0, 1)

export interface Zone {
  readonly name: string
  /** Milliseconds to add to an instant for the local time. */
  offsetAt(at: number): number
  /** The offsets that hold in a stretch of time, each up to (and without) an instant; the last one to the end of time. */
  offsetsBetween(from: number, to: number): readonly Offset[]
}

interface Offset {
  readonly until: number
  readonly offset: number
}

/** The offsets of a day in UTC: before and after the instant at which the clock changes, mostly the same. */
interface OffsetDay {
  readonly before: number
  readonly changeAt: number
  readonly after: number
}

/**
 * Asking the calendar takes microseconds, so it is asked once for each end of a day in UTC: where both ends agree, so does
 * all between. On the days when the clock changes, the instant of the change is found by halving.
 */
export function openZone(name: string): Zone {
  const ask = offsetReader(name)
  const days = new Map<number, OffsetDay>()
  const dayOf = (day: number) => {
    const known = days.get(day)
    if (known) return known
    const found = look(ask, day * dayMs, days.get(day - 1))
    days.set(day, found)
    return found
  }
  // Accesses mostly come in the order of time.
  let last = Number.NaN
  let offsets: OffsetDay = { before: 0, changeAt: 0, after: 0 }
  return {
    name,
    offsetAt(at) {
      const day = Math.floor(believed(at) / dayMs)
      if (day !== last) {
        offsets = dayOf(day)
        last = day
      }
      return at < offsets.changeAt ? offsets.before : offsets.after
    },
    offsetsBetween(from, to) {
      const found: { until: number; offset: number }[] = []
      const add = (until: number, offset: number) => {
        const newest = found.at(-1)
        if (newest?.offset === offset) newest.until = until
        else found.push({ until, offset })
      }
      for (let day = Math.floor(believed(from) / dayMs); day * dayMs <= believed(to); day += 1) {
        const { before, changeAt, after } = dayOf(day)
        add(changeAt, before)
        add((day + 1) * dayMs, after)
      }
      const last = found.at(-1)
      if (last) last.until = Number.POSITIVE_INFINITY
      return found
    },
  }
}

const believed = (at: number) => Math.max(earliest, Math.min(latest, at))

function look(ask: (at: number) => number, start: number, eve: OffsetDay | undefined): OffsetDay {
  const before = eve?.after ?? ask(start)
  const after = ask(start + dayMs)
  if (before === after) return { before, changeAt: start + dayMs, after }
  let [low, high] = [start, start + dayMs]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (ask(middle) === before) low = middle
    else high = middle
  }
  return { before, changeAt: high, after }
}

function offsetReader(name: string): (at: number) => number {
  if (name === 'UTC') return () => 0
  const calendar = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return (at) => {
    const parts = new Map(calendar.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
    const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
    return local - Math.floor(at / 1_000) * 1_000
  }
}

/** The local day, counted from 1970-01-01, and the local hour. */
export function localOf(zone: Zone, at: number): { day: number; hour: number } {
  const local = at + zone.offsetAt(at)
  const day = Math.floor(local / dayMs)
  return { day, hour: Math.floor((local - day * dayMs) / 3_600_000) }
}

/** Instants between which all of these local days lie, whatever the zone. */
export const roughBounds = (fromDay: number, toDay: number) => ({
  since: (fromDay - 1) * dayMs,
  until: (toDay + 2) * dayMs,
})

/** An expression of SQL: the local time, in milliseconds, of an instant that lies in the UTC days from one to another. */
export function localSql(zone: Zone, at: string, from: number, to: number): string {
  const offsets = zone.offsetsBetween(from, to)
  const whens = offsets.slice(0, -1).map(({ until, offset }) => `when ${at} < ${until} then ${offset}`)
  const last = offsets.at(-1)?.offset ?? 0
  return whens.length === 0 ? `${at} + ${last}` : `${at} + case ${whens.join(' ')} else ${last} end`
}

/** How instants are said in a zone: "2026-11-02 15:00:00". */
export function localTimeOf(name: string): (at: Date) => string {
  const zone = openZone(name)
  return (at) => new Date(at.getTime() + zone.offsetAt(at.getTime())).toISOString().slice(0, 19).replace('T', ' ')
}
