import { momentsSql, type Rule } from './rule.ts'

/** Of all logins of a person. Where a workstation stands is known by who sits at it: the source often names the home department. */
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
    people: { default: 3, min: 1, max: 100, means: 'Workstations that fewer people than this ever used are somebody’s own and go about with them.' },
  }, // biome-ignore format: a table reads better in rows
  variants: [
    { code: 1, says: 'They were at work in two departments at the same time, {n} times on one day.', words: 'in two departments at the same time', allowance: 1, weight: 8 },
  ], // biome-ignore format: a table reads better in rows
  sql: `${momentsSql}, far as (
      -- In a department that is not their own somebody only read.
      select m.who, m.day, sum(m.times) as times from moment m join rule_person p on p.who = m.who
      where m.one <> m.other and m.one <> 0 and m.other <> 0
        and ((m.is_reading_one and m.one <> p.department) or (m.is_reading_other and m.other <> p.department))
      group by all)
    select d.who, d.day, 1 as what, f.times::bigint as strength, f.times as figure, 0 as other, d.n as n, d.first_at, d.last_at
    from far f join rule_person_day d on d.who = f.who and d.day = f.day join rule_person p on p.who = f.who
    where not p.is_shared and f.times >= $times`,
}
