import { pairColumns, type Rule } from './rule.ts'

export const breakGlass: Rule = {
  name: 'break-glass',
  title: 'Break-glass without follow-up',
  text: 'The protection of a record was broken open, and nothing ties the person or their department to the patient on that day, shortly before or after.',
  why: '45 CFR 164.312(a)(2)(ii) asks for emergency access; an emergency leaves an encounter, an order or a note behind.',
  about: 'pair',
  isStatistical: false,
  scope: ['pair', 'patient'],
  parameters: {
    days: { default: 7, min: 0, max: 60, means: 'Days before and after within which any explained access of the person to the patient settles it.' },
    wait: { default: 0, min: 0, max: 30, means: 'Days to wait for what is written later before it is told; a reason that comes later takes it back in any case.' },
  }, // biome-ignore format: a table reads better in rows
  variants: [
    { code: 1, says: 'The protection of the record was broken open, and no care followed.', words: 'by breaking its protection open, without any care that followed', allowance: 1, weight: 12 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    select ${pairColumns}, 1 as what, 0 as other, 0 as figure
    from scope_day s left join worker w on w.usr = s.usr
    where s.flags & 1 = 1 and s.day <= $today - $wait and not coalesce(w.is_shared, false)
      and not exists (
        select 1 from scope_explained e
        where e.who = s.who and e.subject = s.subject and e.strength > 0 and e.day between s.day - $days and s.day + $days)`,
}
