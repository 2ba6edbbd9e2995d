/** Says stories in plain words. No name of a patient stands in a narrative. */

import { sayDay } from '#platform/days.ts'
import { reasonsByCode, sayMissed } from '../explain/templates.ts'
import { type Story, type StoryKind, storyKinds, type Told } from '../model/story.ts'
import { duties } from '../relations/duties.ts'
import { dayText } from '../relations/rows.ts'
import type { Code, Codes, Desk } from '../store/store.ts'
import type { StoryFacts, ToldFact } from './facts.ts'
import { rules } from './rules.ts'

interface StoryRow {
  readonly told: string
  readonly version: number
  readonly kind: number
  readonly score: number
  readonly state: number
  readonly first_at: number
  readonly last_at: number
  readonly facts: string
}

const numbers = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
]

/** Words up to twelve, then digits. */
export function sayNumber(count: number): string {
  return numbers[count] ?? count.toLocaleString('en-US')
}

function sayTimes(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${sayNumber(count)} times`
}

const sayDays = (count: number) => (count === 1 ? 'one day' : `${sayNumber(count)} days`)

/** Puts figures into a sentence, and mends what they make of the words behind them. */
function fillWords(words: string, { figure, other }: ToldFact): string {
  return words
    .replaceAll('{n} days', sayDays(figure))
    .replaceAll('{n} times', sayTimes(figure))
    .replaceAll('{n} records', figure === 1 ? 'one record' : `${sayNumber(figure)} records`)
    .replaceAll('{n}', sayNumber(figure))
    .replaceAll('{other}', sayNumber(other))
}

function variantOf(fact: ToldFact) {
  const rule = rules.find((one) => one.name === storyKinds[fact.kind])
  return rule?.variants.find((variant) => variant.code === fact.what) ?? rule?.variants[0]
}

function sayTold(facts: StoryFacts): Told[] {
  const told = facts.told.map((fact) => ({
    kind: storyKinds[fact.kind] ?? 'unexplained',
    says: fillWords(variantOf(fact)?.says ?? '', fact),
  }))
  const kind: StoryKind = told[0]?.kind ?? 'unexplained'
  return [
    ...told,
    ...(facts.isBroken && !told.some((one) => one.kind === 'break-glass')
      ? [{ kind, says: 'The protection of the record was broken open.' }]
      : []),
    ...(facts.isTaken ? [{ kind, says: 'Something was printed, exported or disclosed.' }] : []),
    ...(facts.isOdd && !told.some((one) => one.kind === 'out-of-hours')
      ? [{ kind, says: 'It was at hours at which neither they nor their peers usually work.' }]
      : []),
  ]
}

const daysStories = new Set<StoryKind>(['bulk', 'out-of-hours', 'out-of-role', 'shared-account', 'two-places'])

function sayNarrative(kind: StoryKind, facts: StoryFacts): string {
  const [main] = facts.told
  if (!main) return ''
  const words = fillWords(variantOf(main)?.words ?? '', main)
  const [first, last] = [sayDay(dayText(facts.firstDay)), sayDay(dayText(facts.lastDay))]
  const when = first === last ? `on ${first}` : `between ${first} and ${last}`
  const how = `${sayTimes(facts.accesses)}${facts.days > 1 ? ` on ${sayDays(facts.days)}` : ''}`
  const beside = facts.told.slice(1).map((fact) => fillWords(variantOf(fact)?.words ?? '', fact))
  const more = beside.length > 0 ? ` Also told: ${beside.join('; ')}.` : ''
  if (kind === 'after-leaving') return `Used the login ${how}, ${words}, ${when}.${more}`
  if (kind === 'shared-account' || kind === 'two-places') {
    return `Was at work ${words}${facts.days > 1 ? ` on ${sayDays(facts.days)}` : ''}, ${when}.${more}`
  }
  if (kind === 'bulk')
    return `Opened the records ${words}, far more than usual and with nothing that explains them, ${when}.${more}`
  if (kind === 'browsing')
    return `Only read, a few at a time, the records ${words}, for whom nobody had anything to do then, ${when}.${more}`
  if (daysStories.has(kind)) {
    const records = facts.patientCount === 1 ? 'one record' : `${sayNumber(facts.patientCount)} records`
    return `Opened ${records} that nothing explains, ${words}, ${when}.${more}`
  }
  const record =
    facts.patientCount > 1
      ? `the records of ${sayNumber(facts.patientCount)} connected patients, among them one`
      : 'the record'
  const plain =
    words.startsWith('of ') || words.startsWith('that ') || words.startsWith('by ') || words.startsWith('again')
  const link =
    facts.patientCount > 1 || !/^(with|who) /.test(words) || words.startsWith('with nothing') ? ' ' : ' of a patient '
  const outside =
    kind === 'own-record' || words.startsWith('with nothing')
      ? ''
      : ', outside of any appointment, order or other reason found'
  return `Opened ${record}${plain ? ' ' : link}${words}, ${how}, ${when}${outside}.${more}`
}

/** The open and explained stories that changed after a version, the oldest change first. */
export async function listStories(desk: Desk, codes: Codes, sinceVersion: number, limit: number): Promise<Story[]> {
  const rows = await desk.ask<StoryRow>(
    `select told, version, kind, score, state, first_at, last_at, facts from story
    where version > $since::bigint order by version limit ${Math.max(0, Math.trunc(limit))}`,
    { since: sinceVersion },
  )
  const facts = rows.map((row) => JSON.parse(row.facts) as StoryFacts)
  const workers = await readWorkers(desk, [...new Set(facts.flatMap((one) => one.logins))])
  const patientNames = await readPatientNames(desk, [...new Set(facts.flatMap((one) => one.patients))])
  return rows.map((row) => tellStory(row, codes, workers, patientNames))
}

interface Named {
  readonly duty: number
  readonly name: Code
}

async function readWorkers(desk: Desk, logins: readonly Code[]): Promise<ReadonlyMap<Code, Named>> {
  if (logins.length === 0) return new Map()
  const rows = await desk.ask<Named & { usr: Code }>(
    'select usr, duty, name from worker where usr in (select unnest($logins::uinteger[]))',
    { logins },
  )
  return new Map(rows.map((row) => [row.usr, row]))
}

async function readPatientNames(desk: Desk, patients: readonly Code[]): Promise<ReadonlyMap<Code, Code>> {
  if (patients.length === 0) return new Map()
  const rows = await desk.ask<{ patient: Code; name: Code }>(
    'select patient, name from patient where patient in (select unnest($patients::uinteger[]))',
    { patients },
  )
  return new Map(rows.map((row) => [row.patient, row.name]))
}

function tellStory(
  row: StoryRow,
  codes: Codes,
  workers: ReadonlyMap<Code, Named>,
  patientNames: ReadonlyMap<Code, Code>,
): Story {
  const facts = JSON.parse(row.facts) as StoryFacts
  const kind = storyKinds[row.kind] ?? 'unexplained'
  const [firstAt, lastAt] = [new Date(row.first_at), new Date(row.last_at)]
  const logins = facts.logins.map((login) => codes.textOf('user', login))
  const duty = duties[workers.get(facts.logins[0] ?? 0)?.duty ?? 0] ?? 'none'
  return {
    id: row.told,
    version: row.version,
    kind,
    score: row.score,
    state: row.state === 0 ? 'open' : 'explained',
    explainedBy: row.state === 0 ? '' : sayExplained(facts),
    logins,
    person: nameOf(codes, workers.get(facts.logins[0] ?? 0)?.name) || (logins[0] ?? ''),
    department: codes.textOf('department', facts.department),
    role: codes.textOf('role', facts.role),
    patients: facts.patients.map((patient) => ({
      patient: codes.textOf('patient', patient),
      name: nameOf(codes, patientNames.get(patient)),
    })),
    patientCount: facts.patientCount,
    accesses: facts.accesses,
    days: facts.days,
    firstAt,
    lastAt,
    narrative: sayNarrative(kind, facts),
    told: sayTold(facts),
    missed: kind === 'own-record' || kind === 'after-leaving' ? [] : sayMissed(duty),
  }
}

/** As it was told, not folded; empty where nobody told it. */
function nameOf(codes: Codes, name: Code = 0): string {
  return name === 0 ? '' : codes.textOf('name', name)
}

function sayExplained({ explained, isJoined }: StoryFacts): string {
  if (isJoined) return 'It is part of another story of the same person now.'
  if (!explained) return 'It no longer stands out beside what else is known now.'
  const says = reasonsByCode.get(explained.reason)?.says ?? 'A reason was found on {day}'
  return `${says.replaceAll('{day}', sayDay(dayText(explained.day)))}.`
}
