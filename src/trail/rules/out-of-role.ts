import { isReading, type Rule } from './rule.ts'

/** `rule_use`: on how many days somebody worked on a kind of object (1), from a department (2), or took records out (3). */
export const outOfRole: Rule = {
  name: 'out-of-role',
  title: 'Out of role',
  text: 'Somebody opened records that nothing explains in a way that hardly anybody of the same role does: another kind of document, from a department where nobody of theirs works, printing or exporting where others do not.',
  why: 'Access is limited to what the role needs (45 CFR 164.514(d)(2), 164.308(a)(4)(ii)(C)).',
  about: 'day',
  isStatistical: true,
  scope: ['pair', 'patient', 'login'],
  parameters: {
    peers: { default: 5, min: 3, max: 1000, means: 'Fewer people of the role or department than this say nothing of it.' },
    share: { default: 0.04, min: 0, max: 0.5, means: 'The part of their days on which they did the same, up to which it counts as unlike the role.' },
    ownShare: { default: 0.15, min: 0, max: 1, means: 'Who did the same on a greater part of their days does it by habit: floats, people with two jobs.' },
    records: { default: 2, min: 1, max: 1000, means: 'At least so many such records within the window.' },
    accesses: { default: 3, min: 1, max: 1000, means: 'At least so many accesses to each of them: a glance is a mistake as often.' },
    window: { default: 28, min: 1, max: 90, means: 'Days within which they are counted.' },
  }, // biome-ignore format: a table reads better in rows
  variants: [
    { code: 1, says: 'They opened {n} records for a kind of document that hardly anybody of the same role opens.', words: 'for documents that their role hardly ever opens', allowance: 0.15, weight: 4 },
    { code: 2, says: 'They opened {n} records from a department where hardly anybody of theirs works.', words: 'while in a department where hardly anybody of theirs works', allowance: 0.15, weight: 4 },
    { code: 3, says: 'They printed, exported or deleted from {n} records, which hardly anybody of the same role does.', words: 'printing or exporting, which their role hardly ever does', allowance: 0.15, weight: 6 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    with used as (
      select u.kind, u.code, u.who, u.days, p.days as worked, case u.kind when 2 then p.department else p.role end as peers
      from rule_use u join rule_person p on p.who = u.who where u.kind < 4
    ), people as (
      select 1 as kind, role as peers, count(*) as people, sum(days) as days from rule_person where role <> 0 group by all
      union all select 2, department, count(*), sum(days) from rule_person where department <> 0 group by all
      union all select 3, role, count(*), sum(days) from rule_person where role <> 0 group by all
    ), rare as (
      select u.kind, u.peers, u.code, -log2(sum(u.days) / e.days) as bits
      from used u join people e on e.kind = u.kind and e.peers = u.peers
      where e.people >= $peers
      group by u.kind, u.peers, u.code, e.days having sum(u.days) <= $share * e.days
    ), odd as (
      select u.who, u.kind, u.code, r.bits from used u join rare r on r.kind = u.kind and r.peers = u.peers and r.code = u.code
      where u.days <= greatest(2, $ownShare * u.worked)
    ), reading as (
      select * from rule_day where is_away and ${isReading('actions')} and n >= $accesses
    ), seen as (
      select d.*, o.kind, o.bits from reading d join odd o on o.who = d.who and o.kind = 1 and o.code = d.object
      union all
      select d.*, o.kind, o.bits from reading d join odd o on o.who = d.who and o.kind = 2 and o.code = d.department
      union all
      select d.*, o.kind, o.bits from reading d join odd o on o.who = d.who and o.kind = 3 and d.actions & o.code > 0
    ), daily as (
      select s.who, s.day, max(s.kind) as what, count(distinct s.subject) as records, sum(s.bits) as bits, sum(s.n) as n,
        min(s.first_at) as first_at, max(s.last_at) as last_at
      from seen s join rule_person p on p.who = s.who where not p.is_shared group by s.who, s.day
    ), counted as (
      select who, day, max(what) over recent as what, sum(records) over recent as records, sum(bits) over recent as bits,
        sum(n) over recent as n, min(first_at) over recent as first_at, last_at
      from daily window recent as (partition by who order by day range between $window - 1 preceding and current row))
    select who, day, what, floor(bits)::bigint as strength, records::bigint as figure, 0 as other, n, first_at, last_at
    from counted where records >= $records`,
}
