import { isReading, pairColumns, type Rule } from './rule.ts'

/** One pair of person and record; a household of several records is joined in weigh.ts. */
export const slowSeries: Rule = {
  name: 'slow-series',
  title: 'Slow series',
  text: 'One person returned again and again to one record, on few occasions each, over weeks, and never for any reason found.',
  why: 'Serial snooping makes up some 15 % of breaches that go unnoticed (Bluesight), and most who were caught once do it again within a year (Protenus, second quarter of 2018).',
  about: 'pair',
  isStatistical: true,
  scope: ['pair', 'patient', 'login'],
  parameters: {
    window: { default: 90, min: 14, max: 365, means: 'Days within which the returns are counted.' },
    days: { default: 4, min: 3, max: 60, means: 'On at least so many different days.' },
    span: { default: 10, min: 0, max: 90, means: 'Days between the first and the last at least.' },
  },
  variants: [
    { code: 1, says: 'They returned on {n} days, and none of them is explained.', words: 'again and again over weeks', allowance: 0.5, weight: 6 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    with counted as (
      select *, count(*) over recent as returns, day - min(day) over recent as span
      from (select who, subject, day, min(usr) as usr from scope_day group by who, subject, day)
      window recent as (partition by who, subject order by day range between $window - 1 preceding and current row)
    ), series as (
      select who, subject, max(returns) as returns from counted
      where returns >= $days and span >= $span
      group by who, subject
    ), worked as (
      -- Whoever wrote into the record at any time cares for the patient, recorded or not.
      select distinct who, subject from scope_day where not (${isReading('actions')}))
    select ${pairColumns}, 1 as what, 0 as other, c.returns as figure
    from scope_day s join series c on c.who = s.who and c.subject = s.subject
    anti join worked k on k.who = s.who and k.subject = s.subject left join worker w on w.usr = s.usr
    where not coalesce(w.is_shared, false)
      and not exists (
        select 1 from scope_explained e where e.who = s.who and e.subject = s.subject and e.strength > 0)`,
}
