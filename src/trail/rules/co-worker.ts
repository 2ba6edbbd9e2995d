import { pairColumns, type Rule } from './rule.ts'

export const coWorker: Rule = {
  name: 'co-worker',
  title: 'Colleague',
  text: 'Somebody opened, without any reason found, the record of a colleague: of the same department or their manager, or of elsewhere in the organisation.',
  why: 'Colleagues come right after family among those snooped on; high-risk rules of hospitals name them first (Hedda, Malin, Fabbri et al. 2018). 45 CFR 164.308(a)(1)(ii)(D).',
  about: 'pair',
  isStatistical: false,
  scope: ['pair', 'login', 'patient'],
  parameters: {},
  variants: [
    { code: 1, says: 'The patient is a colleague of the same department.', words: 'of a colleague of the same department', allowance: 0.25, weight: 14 },
    { code: 2, says: 'The patient is their manager, or one of those they manage.', words: 'of their manager or of somebody they manage', allowance: 0.2, weight: 14 },
    { code: 3, says: 'The patient works in another department of the organisation.', words: 'of a colleague of another department', allowance: 0.05, weight: 7 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    with colleague as (
      select p.patient, o.usr, o.person, o.department, o.manager
      from worker o join scope_patient p on p.patient = o.patient where o.patient <> 0
      union
      select p.patient, o.usr, o.person, o.department, o.manager
      from worker o join scope_patient p on p.same = o.patient where o.patient <> 0
      union
      select p.patient, o.usr, o.person, o.department, o.manager
      from worker o join scope_patient p on p.surname = o.surname and p.given = o.given and p.born_day = o.born_day
      where o.surname <> 0 and o.given <> 0)
    select ${pairColumns},
      min(case when o.manager = w.usr or w.manager = o.usr then 2
        when o.department = w.department and o.department <> 0 then 1 else 3 end) as what,
      min(o.usr) as other, 0 as figure
    from scope_day s join colleague o on o.patient = s.patient join worker w on w.usr = s.usr
    where o.person <> w.person and not w.is_shared
    group by all`,
}
