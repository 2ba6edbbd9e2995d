import { pairColumns, type Rule } from './rule.ts'

/** Duties (relations/duties.ts) 1 to 4 are billing, registration, records and laboratory with pathology: they work on after death. */
export const deceased: Rule = {
  name: 'deceased',
  title: 'Deceased patient',
  text: 'Somebody opened, without any reason found, the record of a person who had died more than some weeks before, and does not work in billing, registration, medical records or the laboratory.',
  why: 'The record of a deceased person is protected for 50 years after death (45 CFR 160.103, 164.502(f)); care has ended, so few have a reason.',
  about: 'pair',
  isStatistical: false,
  scope: ['pair', 'patient', 'login'],
  parameters: {
    days: {
      default: 45,
      min: 0,
      max: 365,
      means: 'Days after death from which on an access is asked about; deaths are reviewed monthly.',
    },
    recent: { default: 365, min: 1, max: 3650, means: 'Deaths of so many days before are still talked of.' },
  },
  variants: [
    { code: 1, says: 'The patient had died {n} days before the first of these accesses.', words: 'of a person who had died {n} days before', allowance: 0.25, weight: 7 },
    { code: 2, says: 'The patient had died {n} days before the first of these accesses.', words: 'of a person who had died {n} days before', allowance: 0.05, weight: 6 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    select ${pairColumns}, if(s.day - p.died_day <= $recent, 1, 2) as what, 0 as other, s.day - p.died_day as figure
    from scope_day s join scope_patient p on p.patient = s.patient left join worker w on w.usr = s.usr
    where p.died_day is not null and s.day > p.died_day + $days
      and coalesce(w.duty, 0) not in (1, 2, 3, 4) and not coalesce(w.is_shared, false)`,
}
