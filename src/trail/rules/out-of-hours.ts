import type { Rule } from './rule.ts'

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
    records: { default: 1, min: 1, max: 1000, means: 'At least so many such records on one day.' },
    accesses: { default: 3, min: 1, max: 1000, means: 'At least so many such accesses on one day.' },
  },
  variants: [
    { code: 1, says: 'They opened {n} unexplained records on one day at hours at which neither they nor their peers usually work.', words: 'at hours at which neither they nor their peers usually work', allowance: 0.4, weight: 4 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    select d.who, d.day, 1 as what, count(*)::bigint as strength, count(*) as figure, 0 as other, sum(d.n) as n,
      min(d.first_at) as first_at, max(d.last_at) as last_at
    from rule_day d join rule_person p on p.who = d.who
    where d.hours & ~p.rare_hours = 0 and d.hours <> 0 and not p.is_shared
    group by d.who, d.day
    having count(*) >= $records and sum(d.n) >= $accesses`,
}
