/**
 * What a rule is. Each stands in a file of its own: what it looks for, why, its parameters, and one SQL text that finds it.
 *
 * The SQL texts read tables that `gather.ts` sets out, so that one text serves a live run over what is touched and a nightly
 * run over all:
 *
 * | table | what is in it |
 * | --- | --- |
 * | `scope_pair` | what one login did to one record on one day (columns of `pair_day`), of the pairs in scope |
 * | `scope_day` | those days that nothing explains (columns of `rule_day`), of the pairs in scope |
 * | `scope_explained` | `explained_pair` (explain/README.md) of the pairs in scope |
 * | `scope_patient` | the rows of `patient` in scope |
 * | `rule_day`, `rule_person_day`, `rule_person`, `rule_use` | the same over everybody, for rules that compare people |
 *
 * A rule about a pair gives the rows of `pairColumns`, one for each day that belongs to it. A rule about a person's day gives
 * the rows of `dayColumns` and reads nothing of the scope. `$name` in a text stands for the rule's parameter of that name.
 */
import type { StoryKind } from '../model/story.ts'

export interface Parameter {
  readonly default: number
  readonly min: number
  readonly max: number
  readonly means: string
}

export interface Variant {
  /** What stands in the column `what`; of several the lowest is told. */
  readonly code: number
  /** One plain sentence; `{n}` is the figure, in words up to twelve, `{other}` a second one. */
  readonly says: string
  /** The same within a narrative: "with the same surname and house". */
  readonly words: string
  /**
   * How many stories of this variant a day chance alone may bring about, at two million accesses a day, before more than a
   * single look is asked for. Undefined: every one is a story, however many there are.
   */
  readonly allowance: number | undefined
  /** Added to the score: how grave this variant is beside others. */
  readonly weight: number
}

export interface Rule {
  readonly name: StoryKind
  readonly title: string
  /** What it looks for, in plain words. */
  readonly text: string
  /** The law or the published finding that it rests on. */
  readonly why: string
  /** Of one person and one record, or of one person's day. */
  readonly about: 'pair' | 'day'
  /** Statistical rules share the daily budget; the others never wait. */
  readonly isStatistical: boolean
  /** What must be told to work it out anew: touched pairs, touched patients, or the touched logins' days. */
  readonly scope: readonly ('pair' | 'patient' | 'login')[]
  readonly parameters: Readonly<Record<string, Parameter>>
  readonly variants: readonly Variant[]
  readonly sql: string
}

/** The first columns of a rule about a pair; behind them stand `what`, `other` and `figure`. */
export const pairColumns = 's.usr, s.patient, s.day, s.n, s.first_at, s.last_at, s.hours, s.actions, s.flags'

/** Reading, searching, printing, exporting and handing out (bits of the actions): who did nothing else wrote nothing of any work. */
const readingBits = (1 << 1) | (1 << 5) | (1 << 6) | (1 << 7) | (1 << 11)
export const isReading = (actions: string) => `${actions} & ~${readingBits} = 0`

/** How a rule's text begins that reads `moment`: when a person was at two workstations at once, and where these stand. */
export const momentsSql = `
    with sat as (
      select u.code, u.who, u.days, p.department from rule_use u join rule_person p on p.who = u.who where u.kind = 4
    ), place as (
      -- Where a workstation stands: in the department of those who sit at it. Of one that few use nothing is said: it goes about with its owner.
      select code, arg_max(department, days) as department from (
        select code, department, sum(days) as days, count(*) as people from sat group by code, department)
      group by code having sum(people) >= $people and max(days) >= 0.5 * sum(days)
    ), moment as (
      select v.who, v.day, v.times, a.department as one, b.department as other, v.is_reading_one, v.is_reading_other
      from rule_overlap v join place a on a.code = v.one join place b on b.code = v.other)`

/** All values by rule and name, within their bounds. */
export type ParameterValues = Readonly<Record<string, Readonly<Record<string, number>>>>

/** What an organisation changed; anything out of bounds is brought back to the nearest bound. */
export type ChosenParameters = Readonly<Record<string, Readonly<Record<string, number | undefined>> | undefined>>

export function resolveParameters(
  parameters: Readonly<Record<string, Parameter>>,
  chosen: Readonly<Record<string, number | undefined>> = {},
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { default: usual, min, max }]) => {
      const value = chosen[name]
      return [name, value === undefined || !Number.isFinite(value) ? usual : Math.min(max, Math.max(min, value))]
    }),
  )
}

/** Puts numbers in the place of `$name`. A name that nobody gave is a defect. */
export function fillSql(sql: string, values: Readonly<Record<string, number>>): string {
  return sql.replace(/\$([a-zA-Z]+)/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`A rule's text names a parameter that it does not have: ${name}.`)
    return String(value)
  })
}
