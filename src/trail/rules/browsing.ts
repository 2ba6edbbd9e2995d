import { isReading, type Rule } from './rule.ts'

/** Days with many records are bulk reading (bulk.ts): of each day no more than a few count here. */
export const browsing: Rule = {
  name: 'browsing',
  title: 'Browsing',
  text: 'Over weeks somebody only read, one record or a few on many days, the records of people for whom nobody had anything to do at the time, far more than others of the same role and department.',
  why: 'Serial snooping makes up some 15 % of breaches that go unnoticed (Bluesight): each look by itself is like any other. 45 CFR 164.308(a)(1)(ii)(D).',
  about: 'day',
  isStatistical: true,
  scope: ['pair', 'patient', 'login'],
  parameters: {
    window: { default: 90, min: 14, max: 365, means: 'Days within which they are counted.' },
    days: { default: 8, min: 3, max: 300, means: 'On at least so many days within the window.' },
    daily: { default: 3, min: 1, max: 100, means: 'No more than so many records of one day are counted.' },
    beyond: { default: 1.25, min: 0, max: 100, means: 'On more than so many times as many days as any other one of the same role and department.' },
    bits: { default: 16, min: 4, max: 100, means: 'How unlikely so many are where their peers open as many as they do, in halvings.' },
  }, // biome-ignore format: a table reads better in rows
  variants: [
    { code: 1, says: 'Over {other} days they read {n} records, a few at a time, of people for whom nobody had anything to do then.', words: 'of {n} people over {other} days', allowance: 1, weight: 10 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    with daily as (
      select who, day, least($daily, count(distinct subject)) as records, sum(n) as n, min(first_at) as first_at,
        max(last_at) as last_at
      from rule_day where is_away and ${isReading('actions')} group by who, day
    ), counted as (
      select who, day, count(*) over recent as days, sum(records) over recent as records,
        day - min(day) over recent + 1 as span
      from daily window recent as (partition by who order by day range between $window - 1 preceding and current row)
    ), best as (
      -- The window with the most such days, of equals the earliest.
      select who, arg_max(day, (days, -day)) as day, max(days) as days, arg_max(records, (days, -day)) as records,
        arg_max(span, (days, -day)) as span
      from counted group by who
    ), known as (
      select b.*, p.role, p.department, p.is_shared from best b join rule_person p on p.who = b.who
    ), ranked as (
      select *, row_number() over (partition by role, department order by days desc, who) as rank from known
    ), top as (
      select role, department, max(days) filter (where rank = 1) as first, max(days) filter (where rank = 2) as second
      from ranked group by role, department
    ), striking as (
      select k.*, k.records * log2(1 + 1 / greatest(0.01, u.peers * least(1, $window / v.days))) as bits
      from ranked k join top t on t.role = k.role and t.department = k.department
      join rule_usual u on u.who = k.who and u.look = 3 cross join rule_volume v
      where not k.is_shared and k.days >= $days
        and (k.role = 0 or k.days > $beyond * coalesce(if(k.rank = 1, t.second, t.first), 0)))
    select s.who, d.day, 1 as what, floor(s.bits)::bigint as strength, s.records::bigint as figure, s.span as other, d.n,
      d.first_at, d.last_at
    from striking s join daily d on d.who = s.who and d.day between s.day - $window + 1 and s.day
    where s.bits >= $bits`,
}
