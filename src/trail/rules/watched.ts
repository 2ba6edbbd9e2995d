import { pairColumns, type Rule } from './rule.ts'

export const watched: Rule = {
  name: 'watched',
  title: 'Watched record',
  text: 'Somebody opened, without any reason found, a record that is on the organisation’s list of watched records: a person of public life, a case in the news, a victim of violence.',
  why: 'Records of people in the news are opened by dozens of curious staff (the sanctions of UCLA in 2011, and Yakima Valley Memorial in 2023, were of that kind). 45 CFR 164.308(a)(1)(ii)(D).',
  about: 'pair',
  isStatistical: false,
  scope: ['pair', 'patient'],
  parameters: {},
  variants: [
    { code: 1, says: 'The record is on the list of watched records.', words: 'that is on the list of watched records', allowance: 0.6, weight: 14 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    select ${pairColumns}, 1 as what, 0 as other, 0 as figure
    from scope_day s join scope_patient p on p.patient = s.patient left join worker w on w.usr = s.usr
    where p.is_watched and not coalesce(w.is_shared, false)`,
}
