/**
 * Finding by words, within what somebody may see: who runs or audits the programme finds everything, a manager their people
 * and what is open about them, everybody else their own tasks.
 */
import type { Principal } from '#core/door.ts'
import { findPeopleSeen } from '#core/people/service.ts'
import { requirements } from '#core/requirements/model.ts'
import { assigneeOf } from '#core/tasks/service.ts'
import type { Context } from '#platform/context.ts'
import { fold, rankOf, wordsOf } from './model.ts'
import {
  type FoundFinding,
  type FoundPerson,
  type FoundTask,
  type FoundThing,
  findDevices,
  findOpenFindings,
  findOpenTasks,
  findPeople,
  findSystems,
} from './store.ts'

const mostOfAKind = 5

export interface FoundRequirement {
  readonly citation: string
  readonly title: string
}

export interface Found {
  readonly people: readonly FoundPerson[]
  readonly systems: readonly FoundThing[]
  readonly devices: readonly FoundThing[]
  readonly findings: readonly FoundFinding[]
  readonly requirements: readonly FoundRequirement[]
  readonly tasks: readonly FoundTask[]
}

const nothing: Found = { people: [], systems: [], devices: [], findings: [], requirements: [], tasks: [] }

/** Finds at most five of each kind, the best match first. */
export async function findByWords(context: Context, principal: Principal, typed: string): Promise<Found> {
  const { db } = context
  const words = wordsOf(typed)
  if (words.length === 0) return nothing
  const among = await findPeopleSeen(context, principal)
  const seesAll = among === undefined
  const seesSome = seesAll || among.length > 0
  return {
    people: seesSome ? await findPeople(db, words, mostOfAKind, among) : [],
    systems: seesAll ? await findSystems(db, words, mostOfAKind) : [],
    devices: seesAll ? await findDevices(db, words, mostOfAKind) : [],
    findings: seesSome ? await findOpenFindings(db, words, mostOfAKind, among) : [],
    requirements: seesAll ? findRequirements(words) : [],
    tasks: await findOpenTasks(db, words, mostOfAKind, seesAll ? undefined : (assigneeOf(principal) ?? '')),
  }
}

/** The law as it is in force, folded once. */
const paragraphs = requirements().map(({ citation, title, statement }) => ({
  citation,
  title,
  heading: fold(`${citation} ${title}`),
  name: fold(title),
  statement: fold(statement),
}))

/** By citation or title; what only its statement says comes last. */
function findRequirements(words: readonly string[]): readonly FoundRequirement[] {
  const found = paragraphs.flatMap(({ citation, title, heading, name, statement }) => {
    const rank =
      rankOf(name, words) ?? rankOf(heading, words) ?? (rankOf(statement, words) === undefined ? undefined : 3)
    return rank === undefined ? [] : [{ citation, title, rank }]
  })
  return found
    .sort((a, b) => a.rank - b.rank)
    .slice(0, mostOfAKind)
    .map(({ citation, title }) => ({ citation, title }))
}
