import { isReading, pairColumns, type Rule } from './rule.ts'

/** Unexplained alone is no story: hundred thousand a day are. It must be sharp in several ways at once (weigh.ts). */
export const unexplained: Rule = {
  name: 'unexplained',
  title: 'Unexplained and striking',
  text: 'Nothing explains the accesses of one person to one record, and they stand out in several ways at once: many, repeated, at odd hours, printed or exported.',
  why: 'Explanations clear over 94 % of accesses where relations are complete (Fabbri and LeFevre); of the rest only the sharpest can be looked at.',
  about: 'pair',
  isStatistical: true,
  scope: ['pair', 'patient'],
  parameters: {
    accesses: { default: 3, min: 1, max: 1000, means: 'At least so many accesses in all.' },
    days: { default: 3, min: 1, max: 60, means: 'On at least so many days.' },
  },
  variants: [
    { code: 1, says: 'Nothing explains {n} accesses to this record.', words: 'with nothing that explains it', allowance: 1, weight: 8 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    with striking as (
      select who, subject, sum(n) as total from scope_day
      group by who, subject
      having ${isReading('bit_or(actions)')} and bool_and(is_away) and sum(n) >= $accesses and count(distinct day) >= $days)
    select ${pairColumns}, 1 as what, 0 as other, t.total as figure
    from scope_day s join striking t on t.who = s.who and t.subject = s.subject left join worker w on w.usr = s.usr
    where not coalesce(w.is_shared, false)`,
}
