import type { Rule } from './rule.ts'

/** Prints, exports and disclosures (bits 6, 7 and 11 of the actions) weigh double. */
export const bulk: Rule = {
  name: 'bulk',
  title: 'Many records at once',
  text: 'Somebody opened far more records that nothing explains, in an hour or a day, than they do on other days and than people of the same role and department do.',
  why: 'Theft of identities and copying of registers show as volume first (45 CFR 164.308(a)(1)(ii)(D); velocity rules are in every peer’s catalogue).',
  about: 'day',
  isStatistical: true,
  scope: ['pair', 'patient', 'login'],
  parameters: {
    records: { default: 25, min: 5, max: 10_000, means: 'At least so many unexplained records on one day.' },
    hourly: { default: 15, min: 3, max: 10_000, means: 'Or at least so many within one hour.' },
    times: { default: 4, min: 1.5, max: 100, means: 'At least so many times what is usual for the person, drawn towards their peers while little is known of them.' },
    beyond: { default: 1.25, min: 0, max: 100, means: 'More than so many times the most that another one of the same role and department opened on any day.' },
    around: { default: 28, min: 7, max: 180, means: 'Days before and after that say what is usual.' },
  }, // biome-ignore format: a table reads better in rows
  variants: [
    { code: 1, says: 'On one day they opened {n} records that nothing explains; about {other} are usual for them and their peers.', words: 'of {n} patients in one day', allowance: 1, weight: 12 },
    { code: 2, says: 'Within one hour they opened {n} records that nothing explains; about {other} a day are usual for them and their peers.', words: 'of {n} patients within one hour', allowance: 1, weight: 14 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    with counted as (
      select who, day, count(*) as records from rule_day group by all
    ), candidate as (
      -- Whoever has so many in an hour has as many in the day.
      select * from counted where records >= least($hourly, $records / 2)
    ), hourly as (
      select d.who, d.day, d.first_at // 3600000 as hour, count(*) as records,
        count(*) filter (where d.actions & ${(1 << 6) | (1 << 7) | (1 << 11)} > 0) as taken,
        sum(d.n) as n, min(d.first_at) as first_at, max(d.last_at) as last_at
      from rule_day d semi join candidate c on c.who = d.who and c.day = d.day group by all
    ), daily as (
      select who, day, sum(records) as records, sum(taken) as taken, max(records) as hourly, sum(n) as n,
        min(first_at) as first_at, max(last_at) as last_at
      from hourly group by all
    ), striking as (
      select * from daily where records + taken >= $records or hourly >= $hourly
    ), peer as (
      select p.role, p.department, sum(c.records) as records from (select who, sum(records) as records from counted group by who) c
      join rule_person p on p.who = c.who group by all
    ), peer_days as (
      select role, department, sum(days) as days, count(*) as people from rule_person group by all
    ), overall as (
      select (select count(*) from rule_day) / greatest(1, (select sum(days) from rule_person)) as mean
    ), own as (
      select c.who, c.day, sum(d.records) as records
      from striking c join counted d on d.who = c.who and d.day between c.day - $around and c.day + $around and d.day <> c.day
      group by all
    ), worked as (
      select c.who, c.day, count(*) as days
      from striking c join rule_person_day d
        on d.who = c.who and d.day between c.day - $around and c.day + $around and d.day <> c.day
      group by all
    ), like_it as (
      -- The most of another one of the same role and department: a review that comes each month is theirs by turns.
      select c.who, c.day, max(d.records) as most
      from striking c join rule_person p on p.who = c.who
      join rule_person q on q.role = p.role and q.department = p.department and q.who <> p.who
      join counted d on d.who = q.who
      where p.role <> 0 group by all
    ), judged as (
      select c.*, p.usr,
        (coalesce(o.records, 0) + 5 * case when q.people >= 5 then r.records / q.days else (select mean from overall) end)
          / (coalesce(k.days, 0) + 5) as usual
      from striking c join rule_person p on p.who = c.who
      left join own o on o.who = c.who and o.day = c.day
      left join worked k on k.who = c.who and k.day = c.day
      left join peer r on r.role = p.role and r.department = p.department
      left join peer_days q on q.role = p.role and q.department = p.department
      left join like_it m on m.who = c.who and m.day = c.day
      where not p.is_shared and c.records + c.taken > $beyond * coalesce(m.most, 0))
    select who, day, case when hourly >= $hourly and hourly >= $times * (usual + 1) then 2 else 1 end as what,
      floor(4 * (records + taken) / (usual + 1))::bigint as strength,
      case what when 2 then hourly else records end as figure, ceil(usual) as other, n, first_at, last_at
    from judged
    where (records + taken >= $records and records + taken >= $times * (usual + 1))
      or (hourly >= $hourly and hourly >= $times * (usual + 1))`,
}
