import { pairColumns, type Rule } from './rule.ts'

/** A surname that many have says nothing by itself: how many share it is weighed in weigh.ts. */
export const family: Rule = {
  name: 'family',
  title: 'Family and household',
  text: 'Somebody opened, without any reason found, the record of a person of their own household or family: same surname and house or street, same phone, same house under another surname; weaker, the same surname in the same place.',
  why: 'Three of four insider snooping cases concern family (Protenus Breach Barometer, first quarter of 2018: 77.1 %). 45 CFR 164.308(a)(1)(ii)(D) asks for review of access.',
  about: 'pair',
  isStatistical: false,
  scope: ['pair', 'login', 'patient'],
  parameters: {
    crowd: { default: 8, min: 2, max: 50, means: 'A house or phone that more patients than this share is no household (a nursing home, a switchboard).' },
    rareSurname: { default: 0.005, min: 0, max: 0.05, means: 'A surname borne by more than this part of all patients counts only together with house, street or phone.' },
  }, // biome-ignore format: a table reads better in rows
  variants: [
    { code: 1, says: 'The patient has the same surname and house.', words: 'with the same surname and house', allowance: 4, weight: 18 },
    { code: 2, says: 'The patient has the same surname and phone.', words: 'with the same surname and phone', allowance: 4, weight: 18 },
    { code: 3, says: 'The patient has the same phone.', words: 'with the same phone', allowance: 2, weight: 14 },
    { code: 4, says: 'The patient lives in the same house under another surname.', words: 'of the same household', allowance: 1, weight: 13 },
    { code: 5, says: 'The patient has the same surname and street.', words: 'with the same surname and street', allowance: 1, weight: 15 },
    { code: 6, says: 'The patient has the same surname, which is rare, and lives in the same place.', words: 'with the same rare surname in the same place', allowance: 0.3, weight: 7 },
    { code: 7, says: 'The patient has the same surname, which is rare.', words: 'with the same rare surname', allowance: 0.2, weight: 4 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    select ${pairColumns},
      case
        when p.surname = w.surname and p.house = w.house and p.house <> 0 and p.place = w.place then 1
        when p.surname = w.surname and p.street = w.street and p.street <> 0 and p.place = w.place and p.house_number <> 0 then 1
        when p.surname = w.surname and p.surname <> 0 and p.phone = w.phone and p.phone <> 0 then 2
        when p.phone = w.phone and p.phone <> 0 then 3
        when p.house = w.house and p.house <> 0 and p.house_number <> 0 and p.place = w.place then 4
        when p.surname = w.surname and p.road = w.road and p.road <> 0 and p.place = w.place then 5
        when p.surname = w.surname and p.place = w.place and p.place <> 0 then 6
        else 7
      end as what,
      case what when 2 then w.phone when 3 then w.phone when 1 then w.street when 4 then w.house else w.surname end as other,
      0 as figure
    from scope_day s join worker w on w.usr = s.usr join scope_patient p on p.patient = s.patient
    where not w.is_shared
      and ((p.surname = w.surname and p.surname <> 0)
        or (p.phone = w.phone and p.phone <> 0)
        or (p.house = w.house and p.house <> 0 and p.house_number <> 0 and p.place = w.place))
      and not (p.surname = w.surname and p.given = w.given and p.born_day is not distinct from w.born_day)
      and not (w.patient <> 0 and (w.patient = p.patient or w.patient = p.same))`,
}
