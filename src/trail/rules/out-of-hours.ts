import { isReading, type Rule } from './rule.ts'

/** `rule_person.rare_hours` has a bit for each local hour in which neither the person nor their peers are usually at work. */
export const outOfHours: Rule = {
  name: 'out-of-hours',
  title: 'Out of hours',
  text: 'Somebody opened records that nothing explains at hours at which neither they nor people of the same role and department usually work.',
  why: 'Access outside of the working pattern is a sign in every insider study; it says something only beside the person’s own pattern, since hospitals work at night (CERT insider data; 45 CFR 164.308(a)(1)(ii)(D)).',
  about: 'day',
  isStatistical: true,
  scope: ['pair', 'patient', 'login'],
  parameters: {
    records: { default: 3, min: 1, max: 1000, means: 'At least so many such records within the window.' },
    days: { default: 2, min: 1, max: 60, means: 'On at least so many days within the window.' },
    accesses: { default: 3, min: 1, max: 1000, means: 'At least so many such accesses within the window.' },
    window: { default: 28, min: 1, max: 90, means: 'Days within which they are counted.' },
  }, // biome-ignore format: a table reads better in rows
  variants: [
    { code: 1, says: 'They opened {n} unexplained records within four weeks at hours at which neither they nor their peers usually work.', words: 'at hours at which neither they nor their peers usually work', allowance: 0.5, weight: 4 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    with daily as (
      select d.who, d.day, count(*) as records, sum(d.n) as n, min(d.first_at) as first_at, max(d.last_at) as last_at
      from rule_day d join rule_person p on p.who = d.who
      where d.hours & ~p.rare_hours = 0 and d.hours <> 0 and d.is_away and ${isReading('d.actions')} and not p.is_shared
      group by d.who, d.day
    ), counted as (
      select who, day, sum(records) over recent as records, count(*) over recent as days, sum(n) over recent as n,
        min(first_at) over recent as first_at, last_at
      from daily window recent as (partition by who order by day range between $window - 1 preceding and current row))
    select who, day, 1 as what, records::bigint as strength, records::bigint as figure, 0 as other, n, first_at, last_at
    from counted where records >= $records and days >= $days and n >= $accesses`,
}
