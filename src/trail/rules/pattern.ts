/** When a person works, beside their peers: for the heat-map of their days. */

import { dayNumber, dayText } from '../relations/rows.ts'
import type { Codes, Desk } from '../store/store.ts'
import type { Pattern } from '../trail.ts'

const personSql = `select usr from worker where person <> 0 and person in (select person from worker where usr = $usr::uinteger)
  union select $usr::uinteger`

/**
 * How many accesses in each hour of each day, from and to included, and the median of an hour among people of the same role
 * and department. `pair_day` knows in which hours something was done, not how often: what was done on a day with a record is
 * shared among them equally. A login that nobody knows has an empty pattern.
 */
export async function personPattern(
  desk: Desk,
  codes: Codes,
  login: string,
  from: string,
  to: string,
): Promise<Pattern> {
  const usr = codes.find('user', login)
  if (usr === undefined || usr === 0) return { hours: [], peers: [], peerCount: 0 }
  const bounds = { from_day: dayNumber(from), to_day: dayNumber(to) }
  const hours = await desk.ask<{ day: number; hour: number; accesses: number }>(
    `with own as (${personSql})
    select p.day, h.hour::integer as hour, round(sum(p.n / greatest(1, bit_count(p.hours))))::integer as accesses
    from pair_day p semi join own o on o.usr = p.usr join range(0, 24) h (hour) on p.hours >> h.hour::uinteger & 1 = 1
    where p.day between $from_day::integer and $to_day::integer
    group by p.day, h.hour order by p.day, h.hour`,
    { usr, ...bounds },
  )
  const peers = await desk.ask<{ hour: number; accesses: number; people: number }>(
    `with own as (${personSql}),
    place as (select role, department from worker where usr = $usr::uinteger),
    peer as (
      select w.usr, if(w.person = 0, w.usr::bigint, w.person::bigint + 4294967296) as who from worker w, place o
      where w.role = o.role and w.department = o.department and not w.is_shared and w.usr not in (select usr from own)
    ), hourly as (
      select e.who, h.hour, sum(p.n / greatest(1, bit_count(p.hours))) as accesses
      from pair_day p join peer e on e.usr = p.usr join range(0, 24) h (hour) on p.hours >> h.hour::uinteger & 1 = 1
      where p.day between $from_day::integer and $to_day::integer
      group by e.who, h.hour
    ), worked as (
      select e.who, count(distinct p.day) as days from pair_day p join peer e on e.usr = p.usr
      where p.day between $from_day::integer and $to_day::integer group by e.who
    )
    select h.hour::integer as hour, round(coalesce(median(coalesce(y.accesses, 0) / w.days), 0), 2) as accesses,
      count(w.who)::integer as people
    from range(0, 24) h (hour) cross join worked w left join hourly y on y.who = w.who and y.hour = h.hour
    group by h.hour order by h.hour`,
    { usr, ...bounds },
  )
  return {
    hours: hours.map(({ day, hour, accesses }) => ({ day: dayText(day), hour, accesses })),
    peers: peers.map(({ hour, accesses }) => ({ hour, accesses })),
    peerCount: peers[0]?.people ?? 0,
  }
}
