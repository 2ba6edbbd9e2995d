import type { Rule } from './rule.ts'

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
    peers: { default: 8, min: 3, max: 1000, means: 'Fewer people of the role or department than this say nothing of it.' },
    share: { default: 0.03, min: 0, max: 0.5, means: 'The part of them who ever did the same, up to which it counts as unlike the role.' },
    ownDays: { default: 2, min: 1, max: 60, means: 'Who did the same on more days than this does it by habit: floats, people with two jobs.' },
  }, // biome-ignore format: a table reads better in rows
  variants: [
    { code: 1, says: 'They opened {n} records for a kind of document that hardly anybody of the same role opens.', words: 'for documents that their role hardly ever opens', allowance: 0.4, weight: 4 },
    { code: 2, says: 'They opened {n} records from a department where hardly anybody of theirs works.', words: 'while in a department where hardly anybody of theirs works', allowance: 0.4, weight: 4 },
    { code: 3, says: 'They printed, exported or deleted from {n} records, which hardly anybody of the same role does.', words: 'printing or exporting, which their role hardly ever does', allowance: 0.4, weight: 6 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    with used as (
      select u.kind, u.code, u.who, u.days, case u.kind when 2 then p.department else p.role end as peers
      from rule_use u join rule_person p on p.who = u.who
    ), people as (
      select 1 as kind, role as peers, count(*) as people from rule_person where role <> 0 group by all
      union all select 2, department, count(*) from rule_person where department <> 0 group by all
      union all select 3, role, count(*) from rule_person where role <> 0 group by all
    ), rare as (
      select u.kind, u.peers, u.code from used u join people e on e.kind = u.kind and e.peers = u.peers
      where e.people >= $peers
      group by u.kind, u.peers, u.code, e.people having count(*) <= greatest(1, $share * e.people)
    ), odd as (
      select u.who, u.kind, u.code from used u join rare r on r.kind = u.kind and r.peers = u.peers and r.code = u.code
      where u.days <= $ownDays
    ), seen as (
      select d.*, o.kind from rule_day d join odd o on o.who = d.who and o.kind = 1 and o.code = d.object
      union all
      select d.*, o.kind from rule_day d join odd o on o.who = d.who and o.kind = 2 and o.code = d.department
      union all
      select d.*, o.kind from rule_day d join odd o on o.who = d.who and o.kind = 3 and d.actions & o.code > 0)
    select s.who, s.day, max(s.kind) as what, count(*)::bigint as strength, count(*) as figure, 0 as other, sum(s.n) as n,
      min(s.first_at) as first_at, max(s.last_at) as last_at
    from seen s join rule_person p on p.who = s.who where not p.is_shared
    group by s.who, s.day`,
}
