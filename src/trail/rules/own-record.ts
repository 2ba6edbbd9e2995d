import { pairColumns, type Rule } from './rule.ts'

/** What explains an access is asked here too: a site that wants to hear of every one sets `explained` to 2. */
export const ownRecord: Rule = {
  name: 'own-record',
  title: 'Own record',
  text: 'Somebody opened, through their login at work, the record that is their own.',
  why: 'A workforce member sees their own record as any patient does, through the request of 45 CFR 164.524; access by the job is limited to the minimum necessary of 164.502(b) and 164.514(d)(2).',
  about: 'pair',
  isStatistical: false,
  scope: ['pair', 'login', 'patient'],
  parameters: {
    explained: { default: 2, min: 0, max: 2, means: '0: only what nothing explains; 1: also where their department or duty had to do with the patient; 2: every access.' },
  }, // biome-ignore format: a table reads better in rows
  variants: [
    { code: 1, says: 'The record is their own, by the patient identifier known of them.', words: 'that is their own', allowance: undefined, weight: 20 },
    { code: 2, says: 'The record is of somebody with the same name and birth day.', words: 'of somebody with their own name and birth day', allowance: undefined, weight: 16 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    with own as (
      select usr, patient, 1 as what from worker where patient <> 0 and not is_shared
      union
      select w.usr, p.patient, 1 from worker w join scope_patient p on p.same = w.patient
      where w.patient <> 0 and not w.is_shared
      union
      select w.usr, p.patient, 2 from worker w
      join scope_patient p on p.surname = w.surname and p.given = w.given and p.born_day = w.born_day
      where w.surname <> 0 and w.given <> 0 and not w.is_shared)
    select ${pairColumns}, min(o.what) as what, 0 as other, 0 as figure
    from scope_pair s join own o on o.usr = s.usr and o.patient = s.patient
    join scope_explained e on e.usr = s.usr and e.patient = s.patient and e.day = s.day and e.strength <= $explained
    where s.n > s.failed
    group by all`,
}
