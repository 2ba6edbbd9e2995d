import type { Rule } from './rule.ts'

/** `switches` counts how often a login went from one workstation to another within a minute, or while the first was still in use. */
export const sharedAccount: Rule = {
  name: 'shared-account',
  title: 'Shared account',
  text: 'One login was used at several workstations in turn, to and fro within moments, far more often than a person who walks between them does.',
  why: '45 CFR 164.312(a)(2)(i) asks for a unique user identification: a shared login makes every other finding worthless.',
  about: 'day',
  isStatistical: true,
  scope: ['login', 'pair'],
  parameters: {
    switches: {
      default: 6,
      min: 2,
      max: 1000,
      means: 'At least so many changes of workstation within a minute on one day.',
    },
    times: { default: 3, min: 1, max: 100, means: 'At least so many times what only one day in a hundred has.' },
  },
  variants: [
    { code: 1, says: 'The login changed between workstations within a minute {n} times on one day; one day in a hundred has {other}.', words: 'at several workstations in turn', allowance: 0.5, weight: 8 },
  ], // biome-ignore format: a table reads better in rows
  sql: `
    with usual as (
      select coalesce(quantile_disc(switches, 0.99), 0) as high from rule_person_day
    )
    select d.who, d.day, 1 as what, d.switches::bigint as strength, d.switches as figure, u.high as other, d.n as n,
      d.first_at, d.last_at
    from rule_person_day d join rule_person p on p.who = d.who cross join usual u
    where not p.is_shared and d.switches >= $switches and d.switches >= $times * u.high and d.switches > 2 * d.far`,
}
