import { momentsSql, type Rule } from './rule.ts'

/** At once: accesses at both run into each other, with one patient here and another there. Walking over and back is slower. */
export const sharedAccount: Rule = {
  name: 'shared-account',
  title: 'Shared account',
  text: 'One login was used at several workstations in turn, to and fro within moments, far more often than a person who walks between them does.',
  why: '45 CFR 164.312(a)(2)(i) asks for a unique user identification: a shared login makes every other finding worthless.',
  about: 'day',
  isStatistical: true,
  scope: ['login', 'pair'],
  parameters: {
    times: { default: 4, min: 2, max: 1000, means: 'At least so many such moments within the window.' },
    days: { default: 3, min: 1, max: 60, means: 'On at least so many days within the window.' },
    window: { default: 28, min: 1, max: 90, means: 'Days within which they are counted.' },
    people: { default: 3, min: 1, max: 100, means: 'Workstations that fewer people than this ever used are somebody’s own and go about with them.' },
  }, // biome-ignore format: a table reads better in rows
  variants: [
    { code: 1, says: 'The login was in use at two workstations at the same time, {n} times within four weeks.', words: 'at two workstations at the same time', allowance: 1, weight: 8 },
  ], // biome-ignore format: a table reads better in rows
  sql: `${momentsSql}, daily as (
      select who, day, sum(times) as times from moment where one = other group by all
    ), counted as (
      select who, day, sum(times) over recent as times, count(*) over recent as days from daily
      window recent as (partition by who order by day range between $window - 1 preceding and current row))
    select d.who, d.day, 1 as what, c.times::bigint as strength, c.times as figure, 0 as other, d.n as n, d.first_at, d.last_at
    from counted c join rule_person_day d on d.who = c.who and d.day = c.day join rule_person p on p.who = c.who
    where not p.is_shared and c.times >= $times and c.days >= $days`,
}
