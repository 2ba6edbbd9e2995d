import type { Rule } from './rule.ts'

/** `far` counts those changes of workstation within a minute, of all logins of a person, where the department changed too. */
export const twoPlaces: Rule = {
  name: 'two-places',
  title: 'In two places at once',
  text: 'One person was at work at two workstations of different departments at the same time, with one login or two.',
  why: 'Nobody is in two places: a password is known to another, or a session was left open (45 CFR 164.312(a)(2)(iii), 164.312(d)).',
  about: 'day',
  isStatistical: true,
  scope: ['login', 'pair'],
  parameters: {
    times: { default: 1, min: 1, max: 1000, means: 'At least so many such moments on one day.' },
  },
  variants: [
    { code: 1, says: 'They were at work in two departments within the same minute {n} times on one day.', words: 'in two departments at the same time', allowance: 0.5, weight: 8 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    with usual as (
      select coalesce(quantile_disc(far, 0.99), 0) as high from rule_person_day
    )
    select d.who, d.day, 1 as what, d.far::bigint as strength, d.far as figure, u.high as other, d.n as n, d.first_at, d.last_at
    from rule_person_day d join rule_person p on p.who = d.who cross join usual u
    where not p.is_shared and d.far >= $times and d.far > u.high`,
}
