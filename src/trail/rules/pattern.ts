/** When a person works, beside their peers: for the heat-map of their days. Every access is counted in its own hour. */
import { findCode } from '../answers.ts'
import { dayNumber, dayText } from '../relations/rows.ts'
import type { Code, Codes, Desk, HourCount, QueryStore } from '../store/store.ts'
import type { Zone } from '../store/zone.ts'
import type { Pattern } from '../trail.ts'

/** Of fewer peers nothing is said: the median of a few tells of each of them. */
const leastPeers = 5

/** What patterns are made from. */
interface Sources {
  readonly store: Pick<QueryStore, 'accesses' | 'desk'>
  readonly codes: Codes
  readonly zone: Zone
}

/**
 * How many accesses in each hour of each day, from and to included, and the median of an hour among people of the same role
 * and department, a day on which they worked. A login that nobody knows has an empty pattern.
 */
export async function personPattern(
  { store, codes, zone }: Sources,
  login: string,
  from: string,
  to: string,
): Promise<Pattern> {
  const usr = findCode(codes, { by: 'user', id: login })
  if (usr === undefined || usr === 0) return { hours: [], peers: [], peerCount: 0 }
  const days = { fromDay: dayNumber(from), toDay: dayNumber(to) }
  const users = await listOwn(store.desk, usr)
  const peers = await listPeers(store.desk, usr, days)
  const own = await store.accesses.hours({ users, ...days, by: 'day' }, zone)
  return {
    hours: own
      .map(({ of, hour, accesses }) => ({ day: dayText(of), hour, accesses }))
      .sort((one, other) => (one.day < other.day ? -1 : one.day > other.day ? 1 : one.hour - other.hour)),
    ...(peers.length < leastPeers
      ? { peers: [], peerCount: 0 }
      : {
          peers: medianDay(
            peers,
            await store.accesses.hours({ users: peers.flatMap((peer) => peer.users), ...days, by: 'user' }, zone),
          ),
          peerCount: peers.length,
        }),
  }
}

interface Peer {
  readonly users: readonly Code[]
  /** Days on which they opened anything. */
  readonly days: number
}

const ownSql = `select usr from worker where person <> 0 and person in (select person from worker where usr = $usr::uinteger)
  union select $usr::uinteger`

async function listOwn(desk: Desk, usr: Code): Promise<readonly Code[]> {
  return (await desk.ask<{ usr: Code }>(ownSql, { usr })).map((row) => row.usr)
}

/** People of the same role and department who worked in these days. */
async function listPeers(
  desk: Desk,
  usr: Code,
  { fromDay, toDay }: { readonly fromDay: number; readonly toDay: number },
): Promise<readonly Peer[]> {
  const rows = await desk.ask<{ who: number; usr: Code; days: number }>(
    `with own as (${ownSql}),
    place as (select role, department from worker where usr = $usr::uinteger),
    peer as (
      select w.usr, if(w.person = 0, w.usr::bigint, w.person::bigint + 4294967296) as who from worker w, place o
      where w.role = o.role and w.department = o.department and (o.role <> 0 or o.department <> 0) and not w.is_shared and w.usr not in (select usr from own)
    ), worked as (
      select e.who, count(distinct p.day)::integer as days from pair_day p join peer e on e.usr = p.usr
      where p.day between $from::integer and $to::integer group by e.who
    )
    select e.who, e.usr, w.days from peer e join worked w on w.who = e.who`,
    { usr, from: fromDay, to: toDay },
  )
  return [...Map.groupBy(rows, ({ who }) => who).values()].map((own) => ({
    users: own.map((row) => row.usr),
    days: own[0]?.days ?? 1,
  }))
}

/** The median of each hour among peers, to two places. */
function medianDay(peers: readonly Peer[], counts: readonly HourCount[]): Pattern['peers'] {
  const hourly = new Map(counts.map(({ of, hour, accesses }) => [`${of}/${hour}`, accesses]))
  return Array.from({ length: 24 }, (_, hour) => {
    const accesses = peers.map(
      ({ users, days }) => users.reduce((sum, usr) => sum + (hourly.get(`${usr}/${hour}`) ?? 0), 0) / days,
    )
    return { hour, accesses: Math.round(medianOf(accesses) * 100) / 100 }
  })
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2
}
