/** A story as it is kept on the desk: codes and numbers, no words. */
import { storyKinds } from '../model/story.ts'
import type { StoryIds } from './ids.ts'
import type { ParameterValues, Rule } from './rule.ts'
import { rules } from './rules.ts'
import type { Weighed, WeighedDay } from './weigh.ts'

export interface ToldFact {
  /** The place in `storyKinds`, and the rule's variant. */
  readonly kind: number
  readonly what: number
  readonly figure: number
  readonly other: number
}

export interface StoryFacts {
  readonly who: number
  readonly logins: readonly number[]
  readonly role: number
  readonly department: number
  readonly patients: readonly number[]
  readonly patientCount: number
  readonly accesses: number
  readonly days: number
  /** In the organisation's zone. */
  readonly firstDay: number
  readonly lastDay: number
  readonly told: readonly ToldFact[]
  readonly isOdd: boolean
  readonly isTaken: boolean
  readonly isBroken: boolean
  /** Of what came later and explains it: the template's code and the day of the relation. */
  readonly explained?: { readonly reason: number; readonly day: number } | undefined
  /** Whether it is told as part of another story now. */
  readonly isJoined?: boolean
}

export interface KeptStory {
  readonly id: string
  /** Of its parts, the first first (ids.ts). */
  readonly keys: readonly string[]
  readonly kind: number
  readonly score: number
  readonly firstAt: number
  readonly lastAt: number
  readonly facts: StoryFacts
}

interface Draft extends KeptStory {
  readonly isStatistical: boolean
  readonly dayList: readonly number[]
  readonly subjects: readonly number[]
}

/** What people decided of a rule's stories. */
export interface Feedback {
  readonly rule: string
  readonly decided: number
  readonly appropriate: number
}

export interface Person {
  readonly who: number
  readonly usr: number
  readonly role: number
  readonly department: number
  /** All of theirs, as far as it is known whose they are. */
  readonly logins: readonly number[]
}

/** An unexplained day of a person with a record, of a day that a rule about days named. */
export interface DayRow {
  readonly who: number
  readonly day: number
  readonly usr: number
  readonly subject: number
}

const mostPatients = 50
const takenBits = (1 << 6) | (1 << 7) | (1 << 11)
const ruleOf = new Map<number, Rule>(rules.map((rule) => [storyKinds.indexOf(rule.name), rule]))
const orderOf = new Map(rules.map((rule, place) => [storyKinds.indexOf(rule.name), place]))

const variantOf = (kind: number, what: number) =>
  ruleOf.get(kind)?.variants.find((variant) => variant.code === what) ?? ruleOf.get(kind)?.variants[0]
const weightOf = (fact: { readonly kind: number; readonly what: number }) =>
  variantOf(fact.kind, fact.what)?.weight ?? 0
const isStatistical = (kind: number) => ruleOf.get(kind)?.isStatistical ?? false

/** The graver first; of equals, the order of the list of rules. */
const byWeight = (one: ToldFact, other: ToldFact) =>
  weightOf(other) - weightOf(one) || (orderOf.get(one.kind) ?? 0) - (orderOf.get(other.kind) ?? 0)

/**
 * How much a rule's false alarms lower its scores: up to 30 points, the nearer to it the more were decided and the greater the
 * part of them that was appropriate. More found appropriate never raises a score.
 */
export function feedbackPenalty(feedback: readonly Feedback[], rule: string): number {
  const counts = feedback.filter((one) => one.rule === rule)
  const decided = Math.max(0, ...counts.map((one) => one.decided))
  const appropriate = Math.min(decided, Math.max(0, ...counts.map((one) => one.appropriate)))
  return Math.round((30 * appropriate) / (decided + 5))
}

const between = (low: number, value: number, high: number) => Math.min(high, Math.max(low, Math.round(value)))

/** What is the same in every run and on every machine that read the same log: parts by when they began, then by their keys. */
function sortKeys(parts: readonly { readonly key: string; readonly since: number }[]): string[] {
  const since = new Map<string, number>()
  for (const part of parts) since.set(part.key, Math.min(part.since, since.get(part.key) ?? Number.POSITIVE_INFINITY))
  return [...since.entries()]
    .sort(([key, one], [other, two]) => one - two || (key < other ? -1 : 1))
    .map(([key]) => key)
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return [...groups.values()]
}

const sorted = (numbers: Iterable<number>) => [...new Set(numbers)].sort((one, other) => one - other)

const unexplainedKind = storyKinds.indexOf('unexplained')
const afterLeavingKind = storyKinds.indexOf('after-leaving')

function draftOfPair(
  hits: readonly Weighed[],
  persons: ReadonlyMap<number, Person>,
  ids: StoryIds,
  feedback: readonly Feedback[],
) {
  const first = hits[0] as Weighed
  // That nothing explains it goes without saying beside anything else.
  const isAlone = hits.every((hit) => hit.kind === unexplainedKind)
  const told = groupBy(
    hits.filter((hit) => isAlone || hit.kind !== unexplainedKind),
    (hit) => String(hit.kind),
  )
    .map((same) => {
      const best = same.reduce((one, other) => (other.what < one.what ? other : one))
      const isMost = ['slow-series', 'unexplained'].includes(ruleOf.get(best.kind)?.name ?? '')
      const figures = same.filter((hit) => hit.what === best.what).map((hit) => hit.figure)
      return {
        kind: best.kind,
        what: best.what,
        figure: isMost ? Math.max(...figures) : Math.min(...figures),
        other: 0,
      }
    })
    .sort(byWeight)
  const main = told[0] as ToldFact
  const pairs = groupBy(hits, (hit) => `${hit.usr}:${hit.patient}`)
  const accesses = pairs.reduce((sum, same) => sum + Math.max(...same.map((hit) => hit.n)), 0)
  const subjects = sorted(hits.map((hit) => hit.subject))
  const dayList = sorted(hits.flatMap((hit) => hit.days))
  const person = persons.get(first.who)
  const isAlways = variantOf(main.kind, main.what)?.allowance === undefined
  const strength = isAlways ? 75 + weightOf(main) : 50 + weightOf(main) + Math.min(25, -1.5 * first.bits)
  const name = ruleOf.get(main.kind)?.name ?? ''
  const keys = sortKeys(
    hits.map((hit) => ({
      key: hit.kind === afterLeavingKind ? ids.keyOf('left', hit.usr) : ids.keyOf('record', hit.usr, hit.patient),
      since: hit.first_at,
    })),
  )
  return {
    id: keys[0] as string,
    keys,
    kind: main.kind,
    score: between(1, between(0, strength, 98) - feedbackPenalty(feedback, name), 100),
    firstAt: Math.min(...hits.map((hit) => hit.first_at)),
    lastAt: Math.max(...hits.map((hit) => hit.last_at)),
    isStatistical: told.every((fact) => isStatistical(fact.kind)),
    dayList,
    subjects,
    facts: {
      who: first.who,
      logins: sorted(hits.map((hit) => hit.usr)),
      role: person?.role ?? 0,
      department: person?.department ?? 0,
      patients: subjects.filter((subject) => subject !== 0).slice(0, mostPatients),
      patientCount: subjects.filter((subject) => subject !== 0).length,
      accesses,
      days: dayList.length,
      firstDay: dayList[0] ?? 0,
      lastDay: dayList.at(-1) ?? 0,
      told,
      isOdd: hits.some((hit) => hit.is_odd),
      isTaken: hits.some((hit) => (hit.actions & takenBits) > 0),
      isBroken: hits.some((hit) => (hit.flags & 1) > 0),
    },
  } satisfies Draft
}

function draftOfDays(
  days: readonly WeighedDay[],
  rows: readonly DayRow[],
  persons: ReadonlyMap<number, Person>,
  ids: StoryIds,
  feedback: readonly Feedback[],
): Draft {
  const first = days[0] as WeighedDay
  const told = groupBy(days, (day) => String(day.kind))
    .map((same) => {
      const best = same.reduce((one, other) => (other.strength > one.strength ? other : one))
      return { kind: best.kind, what: best.what, figure: best.figure, other: best.other, part: best.part }
    })
    .sort((one, other) => byWeight(one, other))
  const main = told[0] as ToldFact & { part: number }
  const dayList = sorted(days.map((day) => day.day))
  const concerned = rows.filter((row) => dayList.includes(row.day))
  const subjects = sorted(concerned.map((row) => row.subject))
  const person = persons.get(first.who)
  const strength =
    Math.max(...told.map((fact) => 35 + weightOf(fact) + Math.min(25, -4 * Math.log2(fact.part)))) +
    3 * (told.length - 1)
  const name = ruleOf.get(main.kind)?.name ?? ''
  const keys = sortKeys([
    ...concerned.map(({ usr, day }) => ({ key: ids.keyOf('days', usr), since: day })),
    // Which login it was is not known of every such day: it may have been any of theirs.
    ...(person?.logins ?? [first.who]).map((usr) => ({ key: ids.keyOf('days', usr), since: Number.MAX_SAFE_INTEGER })),
  ])
  return {
    id: keys[0] as string,
    keys,
    kind: main.kind,
    score: between(1, between(0, strength, 90) - feedbackPenalty(feedback, name), 100),
    firstAt: Math.min(...days.map((day) => day.first_at)),
    lastAt: Math.max(...days.map((day) => day.last_at)),
    isStatistical: true,
    dayList,
    subjects,
    facts: {
      who: first.who,
      logins: sorted([...concerned.map((row) => row.usr), ...(concerned.length === 0 && person ? [person.usr] : [])]),
      role: person?.role ?? 0,
      department: person?.department ?? 0,
      patients: subjects.slice(0, mostPatients),
      patientCount: subjects.length,
      accesses: groupBy(days, (day) => String(day.day)).reduce(
        (sum, same) => sum + Math.max(...same.map((day) => day.n)),
        0,
      ),
      days: dayList.length,
      firstDay: dayList[0] ?? 0,
      lastDay: dayList.at(-1) ?? 0,
      told: told.map(({ kind, what, figure, other }) => ({ kind, what, figure, other })),
      isOdd: false,
      isTaken: false,
      isBroken: false,
    },
  }
}

/** Rules that only say how accesses were made: beside a story of the same accesses they are part of it. */
const asides = new Set(['out-of-hours', 'out-of-role'])

/**
 * Makes stories of hits. Hits of one person and one household are one story; days of one person are another, unless a story
 * of a record covers them. The budget keeps the strongest of the statistical ones, by the day of the last access.
 */
export function joinStories(
  hits: readonly Weighed[],
  days: readonly WeighedDay[],
  rows: readonly DayRow[],
  people: readonly Person[],
  volume: { readonly scale: number },
  parameters: ParameterValues,
  ids: StoryIds,
  feedback: readonly Feedback[],
): KeptStory[] {
  const persons = new Map(people.map((person) => [person.who, person]))
  const drafts: Draft[] = groupBy(hits, (hit) => `${hit.who}:${hit.household}`).map((group) =>
    draftOfPair(group, persons, ids, feedback),
  )
  const ofPerson = new Map(
    groupBy(drafts, (draft) => String(draft.facts.who)).map((own) => [own[0]?.facts.who ?? 0, own]),
  )
  const absorbed = new Map<Draft, ToldFact[]>()
  const left: WeighedDay[] = []
  for (const day of days) {
    const covering = (ofPerson.get(day.who) ?? []).filter((draft) => draft.dayList.includes(day.day))
    const covered = covering.reduce((sum, draft) => sum + draft.subjects.length, 0)
    const into = covering[0]
    if (into && asides.has(ruleOf.get(day.kind)?.name ?? '') && day.figure <= covered + 1) {
      absorbed.set(into, [...(absorbed.get(into) ?? []), day])
    } else left.push(day)
  }
  const rowsOf = new Map(groupBy(rows, (row) => String(row.who)).map((own) => [own[0]?.who ?? 0, own]))
  const all = [
    ...drafts.map((draft) => ({
      ...draft,
      facts: { ...draft.facts, told: addTold(draft.facts.told, absorbed.get(draft)) },
    })),
    ...groupBy(left, (day) => String(day.who)).map((group) =>
      draftOfDays(group, rowsOf.get(group[0]?.who ?? 0) ?? [], persons, ids, feedback),
    ),
  ]
  const { perDay = 20, atLeast = 3 } = parameters['budget'] ?? {}
  const most = Math.max(atLeast, Math.ceil(perDay * volume.scale))
  const waiting = groupBy(
    all.filter((draft) => draft.isStatistical),
    (draft) => String(draft.dayList.at(-1)),
  ).flatMap((group) => group.sort((one, other) => other.score - one.score || (one.id < other.id ? -1 : 1)).slice(most))
  const isWaiting = new Set(waiting)
  return all
    .filter((draft) => !isWaiting.has(draft))
    .map(({ isStatistical: _, dayList: __, subjects: ___, ...story }) => story)
}

function addTold(told: readonly ToldFact[], more: readonly ToldFact[] = []): readonly ToldFact[] {
  const kinds = new Set(told.map((fact) => fact.kind))
  const added = groupBy(more, (fact) => String(fact.kind))
    .map((same) => same.reduce((one, other) => (other.figure > one.figure ? other : one)))
    .filter((fact) => !kinds.has(fact.kind))
    .map(({ kind, what, figure, other }) => ({ kind, what, figure, other }))
  return [...told, ...added].sort(byWeight)
}
