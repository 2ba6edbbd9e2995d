import { pairColumns, type Rule } from './rule.ts'

export const afterLeaving: Rule = {
  name: 'after-leaving',
  title: 'After leaving',
  text: 'A login was used after its owner had left, explained or not, with or without a patient.',
  why: '45 CFR 164.308(a)(3)(ii)(C): access ends when employment ends.',
  about: 'pair',
  isStatistical: false,
  scope: ['pair', 'login', 'patient'],
  parameters: {
    grace: { default: 1, min: 0, max: 30, means: 'Days after the last day of work that are not asked about: night shifts, zones.' },
    handover: { default: 0, min: 0, max: 60, means: 'Days after the last day of work on which what an earlier tie to the patient explains is not asked about, where notes and orders are finished then. 0: everything is asked about.' },
  }, // biome-ignore format: a table reads better in rows
  variants: [
    { code: 1, says: 'The login was used {n} days after its owner had left.', words: '{n} days after having left', allowance: undefined, weight: 22 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    select ${pairColumns}, 1 as what, 0 as other, s.day - w.left_day as figure
    from scope_pair s join worker w on w.usr = s.usr
    where w.left_day is not null and s.day > w.left_day + $grace and s.n > s.failed
      and (s.day > w.left_day + $handover or not exists (
        select 1 from scope_explained e
        where e.usr = s.usr and e.patient = s.patient and e.day = s.day and e.strength > 0))`,
}
