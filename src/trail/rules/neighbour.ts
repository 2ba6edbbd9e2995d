import { pairColumns, type Rule } from './rule.ts'

export const neighbour: Rule = {
  name: 'neighbour',
  title: 'Neighbour',
  text: 'Somebody opened, without any reason found, the record of a person who lives in the same building or a few houses further in the same street.',
  why: 'Curiosity about people one knows is the most frequent motive of snooping; neighbours are the third group after family and colleagues. 45 CFR 164.308(a)(1)(ii)(D).',
  about: 'pair',
  isStatistical: false,
  scope: ['pair', 'login', 'patient'],
  parameters: {
    houses: { default: 10, min: 0, max: 100, means: 'How far house numbers may be apart.' },
    crowd: { default: 40, min: 2, max: 1000, means: 'A building with more patients than this is a tower or a home: living there says little.' },
  }, // biome-ignore format: a table reads better in rows
  variants: [
    { code: 1, says: 'The patient lives in the same building.', words: 'who lives in the same building', allowance: 0.5, weight: 10 },
    { code: 2, says: 'The patient lives next door: the house numbers are {n} apart.', words: 'who lives next door', allowance: 0.5, weight: 9 },
    { code: 3, says: 'The patient lives in the same street, {n} house numbers further.', words: 'who lives in the same street', allowance: 0.3, weight: 6 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    select ${pairColumns},
      case when p.street = w.street then 1
        when abs(p.house_number::integer - w.house_number::integer) <= 4 then 2 else 3 end as what,
      w.street as other, abs(p.house_number::integer - w.house_number::integer) as figure
    from scope_day s join worker w on w.usr = s.usr join scope_patient p on p.patient = s.patient
    where p.road = w.road and p.road <> 0 and p.place = w.place and not w.is_shared
      and p.house_number <> 0 and w.house_number <> 0
      and abs(p.house_number::integer - w.house_number::integer) <= $houses
      and p.house <> w.house and (p.surname <> w.surname or p.surname = 0) and (p.phone <> w.phone or p.phone = 0)
      and not (w.patient <> 0 and (w.patient = p.patient or w.patient = p.same))`,
}
