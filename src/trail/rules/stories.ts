/**
 * Works stories out and keeps them. A story is a function of what is on the desk, so a live run over what is touched and a
 * nightly run over all end with the same open stories. One that was open and no longer stands out stays as explained.
 */
import type { Desk } from '../store/store.ts'
import { type DayRow, type Feedback, joinStories, type KeptStory, type Person, type StoryFacts } from './facts.ts'
import { gatherAll, gatherTouched, type Touched } from './gather.ts'
import type { StoryIds } from './ids.ts'
import { type ChosenParameters, type Parameter, type ParameterValues, resolveParameters } from './rule.ts'
import { rules } from './rules.ts'
import { weighDays, weighHits } from './weigh.ts'

export type { Feedback } from './facts.ts'
export type { Touched } from './gather.ts'
export { prepareRules } from './tables.ts'
export { listStories } from './tell.ts'

export interface RunOptions {
  /** Everything, or what was touched since the last run. */
  readonly scope: 'all' | Touched
  /** Days since 1970-01-01 in the organisation's zone. */
  readonly today: number
  readonly ids: StoryIds
  readonly parameters?: ChosenParameters | undefined
  readonly feedback?: readonly Feedback[] | undefined
}

/** Parameters of no single rule. */
export const budgetParameters: Readonly<Record<string, Parameter>> = {
  perDay: { default: 20, min: 1, max: 1000, means: 'Statistical stories a day, for every two million accesses a day.' },
  atLeast: { default: 3, min: 1, max: 100, means: 'Statistical stories a day at the smallest site.' },
}

export function resolveAll(chosen: ChosenParameters = {}): ParameterValues {
  return Object.fromEntries([
    ...rules.map((rule) => [rule.name, resolveParameters(rule.parameters, chosen[rule.name])]),
    ['budget', resolveParameters(budgetParameters, chosen['budget'])],
  ])
}

interface StoredStory {
  readonly id: string
  readonly told: string
  readonly kind: number
  readonly score: number
  readonly state: number
  readonly first_at: number
  readonly last_at: number
  readonly facts: string
}

export async function runRules(desk: Desk, options: RunOptions): Promise<{ readonly changed: number }> {
  const parameters = resolveAll(options.parameters)
  if (options.scope === 'all') await gatherAll(desk, options.today, parameters)
  else await gatherTouched(desk, options.scope, options.today, parameters)
  const hits = await weighHits(desk, parameters)
  const days = await weighDays(desk, parameters)
  const [volume] = await desk.ask<{ scale: number }>('select scale from rule_volume')
  const stories = joinStories(
    hits,
    days,
    await readDays(desk, days),
    await readPeople(desk, new Set([...hits, ...days].map((one) => one.who))),
    volume ?? { scale: 1 },
    parameters,
    options.ids,
    options.feedback ?? [],
  )
  return {
    changed: await keepStories(
      desk,
      options.ids,
      stories,
      options.scope === 'all' ? 'explained_pair' : 'explained_live',
    ),
  }
}

async function readDays(desk: Desk, days: readonly { who: number; day: number }[]): Promise<DayRow[]> {
  if (days.length === 0) return []
  return desk.ask<DayRow>(
    `select distinct d.who, d.day, d.usr, d.subject
    from rule_day d semi join (select unnest($who::bigint[]) as who, unnest($day::integer[]) as day) t
      on t.who = d.who and t.day = d.day order by all`,
    { who: days.map((day) => day.who), day: days.map((day) => day.day) },
  )
}

async function readPeople(desk: Desk, people: ReadonlySet<number>): Promise<Person[]> {
  if (people.size === 0) return []
  const given = { people: [...people] }
  const rows = await desk.ask<Omit<Person, 'logins'>>(
    'select who, usr, role, department from rule_person where who in (select unnest($people::bigint[]))',
    given,
  )
  const known = Map.groupBy(
    await desk.ask<{ who: number; usr: number }>(
      'select who, usr from rule_worker where who in (select unnest($people::bigint[]))',
      given,
    ),
    ({ who }) => who,
  )
  return rows.map((row) => ({ ...row, logins: known.get(row.who)?.map(({ usr }) => usr) ?? [row.usr] }))
}

/** Writes what differs from what is kept, each with a version of its own. */
async function keepStories(
  desk: Desk,
  ids: StoryIds,
  stories: readonly KeptStory[],
  explained: string,
): Promise<number> {
  const rows = await desk.ask<StoredStory>(`select ${storyColumns.join(', ')} from story`)
  const kept = new Map(rows.map((story) => [story.told, story]))
  const { told, covered } = ids.assign(
    stories,
    rows.map((story) => ({ ...story, isOpen: story.state === 0 })),
  )
  const toldOf = (id: string) => told.get(id) ?? id
  await ids.keep(stories.flatMap(({ id, keys }) => keys.map((key) => [key, toldOf(id)] as const)))
  const changed: StoredStory[] = []
  for (const { id, kind, score, firstAt, lastAt, facts } of stories) {
    const times = { first_at: firstAt, last_at: lastAt }
    const row = { id, told: toldOf(id), kind, score, state: 0, ...times, facts: JSON.stringify(facts) }
    const before = kept.get(row.told)
    if (!before || storyColumns.some((column) => before[column] !== row[column])) changed.push(row)
  }
  const found = new Set(told.values())
  for (const story of rows.filter((one) => one.state === 0 && !found.has(one.told))) {
    const facts = JSON.parse(story.facts) as StoryFacts
    const end = covered.has(story.told) ? { isJoined: true } : { explained: await findReason(desk, facts, explained) }
    changed.push({ ...story, state: 1, facts: JSON.stringify({ ...facts, ...end }) })
  }
  if (changed.length === 0) return 0
  const [state] = await desk.ask<{ version: number }>('select version from rule_state')
  const version = state?.version ?? 0
  const columns = <Name extends keyof StoredStory>(name: Name) => changed.map((story) => story[name])
  await desk.change([
    {
      sql: 'delete from story where told in (select unnest($ids::varchar[]))',
      parameters: { ids: columns('told') },
    },
    {
      sql: `insert into story
        select unnest($id::varchar[]), unnest($version::bigint[]), unnest($kind::utinyint[]), unnest($score::utinyint[]),
          unnest($state::utinyint[]), unnest($first_at::bigint[]), unnest($last_at::bigint[]), unnest($facts::varchar[]),
          unnest($told::varchar[])`,
      parameters: {
        version: changed.map((_, place) => version + 1 + place),
        ...Object.fromEntries(storyColumns.map((name) => [name, columns(name)])),
      },
    },
    { sql: `update rule_state set version = ${version + changed.length}` },
  ])
  return changed.length
}

const storyColumns = ['id', 'told', 'kind', 'score', 'state', 'first_at', 'last_at', 'facts'] as const

/** What explains an access of a story now; undefined where nothing does and it only stands out no longer. */
async function findReason(desk: Desk, facts: StoryFacts, explained: string): Promise<StoryFacts['explained']> {
  if (facts.patients.length === 0) return undefined
  const [found] = await desk.ask<{ reason: number; day: number }>(
    `select e.reason, coalesce(r.from_day, e.day) as day from ${explained} e left join relation r on r.key = e.relation and r.key <> 0
    where e.who = $who::bigint and e.subject in (select unnest($patients::uinteger[])) and e.strength > 0
    order by e.strength desc, e.day, e.reason limit 1`,
    { who: facts.who, patients: facts.patients },
  )
  return found
}
