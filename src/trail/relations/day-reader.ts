/** Days as other systems write them, as days of the organisation's zone. */
import { type Day, isDay } from '#platform/days.ts'

export interface DayReader {
  /** The day of an ISO date or time (FHIR): of a month or year alone, its first. Undefined for what is none. */
  iso(text: string): Day | undefined
  /** The day of an HL7 v2 time: `YYYYMMDD…`, as it was written there. */
  hl7(text: string): Day | undefined
  /** The day of an instant. */
  at(instantMs: number): Day
}

/** Remembers the zone's offset of each day, since asking for it costs more than all else. */
export function readDaysOf(zone: string): DayReader {
  const format =
    zone === 'UTC'
      ? undefined
      : new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const hours = new Map<number, Day>()
  function at(instantMs: number): Day {
    if (!format) return new Date(instantMs).toISOString().slice(0, 10)
    // Zones differ by quarters of an hour.
    const quarter = Math.floor(instantMs / 900_000)
    const known = hours.get(quarter)
    if (known) return known
    const day = format.format(instantMs)
    if (hours.size > 50_000) hours.clear()
    hours.set(quarter, day)
    return day
  }
  function iso(text: string): Day | undefined {
    const found = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/.exec(
      text,
    )
    if (!found) return undefined
    if (found[5] !== undefined) {
      const instant = Date.parse(text)
      return Number.isNaN(instant) || Math.abs(instant) > 4e13 ? undefined : at(instant)
    }
    return check(`${found[1]}-${found[2] ?? '01'}-${found[3] ?? '01'}`)
  }
  function hl7(text: string): Day | undefined {
    const found = /^(\d{4})(\d{2})?(\d{2})?/.exec(text)
    return found ? check(`${found[1]}-${found[2] ?? '01'}-${found[3] ?? '01'}`) : undefined
  }
  return { iso, hl7, at }
}

function check(text: string): Day | undefined {
  return isDay(text) && text > '1800' ? text : undefined
}
