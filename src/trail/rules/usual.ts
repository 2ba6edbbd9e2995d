/**
 * How many records without a reason a person may be expected to open: as many as they opened otherwise, drawn towards what is
 * usual for their peers. Most people open one in a month and a few, whose work no list tells of, hundreds: the same record
 * opened by one of the first is far more of a sign.
 *
 * The expectation is the mean of a Gamma–Poisson mixture with the weight of one observation for the peers (those of the same role
 * and department, drawn with the weight of three people towards all of the role, and these towards everybody). One who opened
 * hundreds does not make it usual for their peers: nobody counts for more than twice what four of five of them stay below, and two.
 */
import { isReading } from './rule.ts'

/** How a pair looks: 0 anyhow, 2 where somebody only read, 3 where moreover nothing is known of any care of the patient at that time. */
export const looks = [0, 2, 3] as const

/** The look of a pair as deep as it goes. */
export const lookSql = (actions: string, isAway: string) => `if(${isReading(actions)}, if(${isAway}, 3, 2), 0)`

const counted = `[count(*), count(*) filter (look >= 2), count(*) filter (look = 3)]`
const drawn = 3

/** The mean of the others of a group, drawn towards something wider. */
const others = (value: string, window: string, wider: string) =>
  `(sum(${value}) over ${window} - ${value} + ${drawn} * ${wider}) / (count(*) over ${window} - 1 + ${drawn})`

const cap = (part: number, window: string) => `least(own, 2 + 2 * quantile_disc(own, ${part}) over ${window})`

/** `rule_usual`: of each person and look, how many pairs were theirs, how many their peers have, and how many people have in the mean. */
export const usualTable = `create or replace table rule_usual as
  with pair as (
    select who, subject, ${lookSql('bit_or(actions)', 'bool_and(is_away)')} as look from rule_day group by who, subject
  ), own as (select who, ${counted} as pairs from pair group by who
  ), each as (
    select p.who, p.role, p.department, unnest([${looks.join(', ')}]) as look, unnest(coalesce(o.pairs, [0, 0, 0])) as own
    from rule_person p left join own o on o.who = p.who
  ), capped as (
    select *, ${cap(0.8, 'team')} as in_team, ${cap(0.8, 'role')} as in_role, ${cap(0.9, 'everybody')} as in_all
    from each
    window team as (partition by look, role, department), role as (partition by look, role), everybody as (partition by look)
  ), wide as (
    select *, ${others('in_role', '(partition by look, role)', 'avg(in_all) over (partition by look)')} as of_role from capped)
  select who, look, own, ${others('in_team', '(partition by look, role, department)', 'of_role')} as peers,
    avg(own) over (partition by look) as mean
  from wide`
