/**
 * What a month knows that is still needed when the month is destroyed: the month in which a trail was begun tells who works here
 * and who the patients are, and nobody says so again. The rules:
 *  - What is known of the workforce is carried over.
 *  - What is known of a patient is carried over where the months that are kept have an access to their record, or a relation to
 *    them; of all others nothing remains.
 *  - A relation is carried over that may still explain something: of such a patient, not void, named by its group as that stands
 *    by now, and not over for long. What groups said is not: nothing follows from it any more.
 *  - What was said of somebody later is said again behind it, so that the last word stays the last.
 */
import { addDays, type Day } from '#platform/days.ts'
import type { Block, Month, TrailLog } from '../log/log.ts'
import { readAccess } from '../model/access.ts'
import {
  type Known,
  type Patient,
  type Relation,
  type RelationGroup,
  readKnown,
  type Worker,
} from '../model/relation.ts'

/** The templates look back over three months at most. */
const explainsForDays = 92

/** Reads what is to be said again before the month is destroyed, in the order in which it is to be said. */
export async function listCarried(log: TrailLog, { month, from, to }: Month): Promise<readonly Known[]> {
  const workers = new Map<string, Worker[]>()
  const patients = new Map<string, Patient[]>()
  const relations = new Ties()
  for await (const known of knownIn(log, from, to)) {
    if (known.record === 'relation') relations.put(known)
    else if (known.record === 'group') relations.group(known)
    else if (known.record === 'worker') add(workers, known.login, known)
    else if (known.record === 'patient') add(patients, known.patient, known)
  }
  const related = new Set(relations.all.map(({ patient }) => patient))
  const needed = new Set<string>()
  for await (const block of log.read(to)) {
    for (const line of linesOf(block, Math.max(to, block.first), block.first + block.count)) {
      const access = line.startsWith('A\t') ? readAccess(line) : undefined
      if (access) {
        if (patients.has(access.patient) || related.has(access.patient)) needed.add(access.patient)
        continue
      }
      const known = readKnown(line)
      if (known?.record === 'relation') {
        relations.delete(known.key)
        needed.add(known.patient)
      } else if (known?.record === 'group') relations.group(known)
      else if (known?.record === 'worker') workers.get(known.login)?.push(known)
      else if (known?.record === 'patient') {
        patients.get(known.patient)?.push(known)
        // Whom a later record names as the same person is needed with it.
        if (known.same) needed.add(known.same)
      }
    }
  }
  const open = relations.held.filter((one) => needed.has(one.patient) && mayExplain(one, `${month}-01`))
  for (const patient of needed) {
    for (const { same } of patients.get(patient) ?? []) if (same) needed.add(same)
  }
  return [
    ...[...workers.values()].flat(),
    ...[...patients].flatMap(([patient, said]) => (needed.has(patient) ? said : [])),
    ...open,
  ]
}

/** The relations that the month told, and what became of them since: the desk does the same with its rows (store/desk.ts). */
class Ties {
  readonly #ties = new Map<string, Relation>()
  readonly #keysOf = new Map<string, Set<string>>()
  /** Those that their group does not name. */
  readonly #gone = new Set<string>()

  put(relation: Relation): void {
    const { key, group } = relation
    this.delete(key)
    this.#ties.set(key, relation)
    if (group === undefined) return
    const keys = this.#keysOf.get(group)
    if (keys) keys.add(key)
    else this.#keysOf.set(group, new Set([key]))
  }

  delete(key: string): void {
    const group = this.#ties.get(key)?.group
    if (group !== undefined) this.#keysOf.get(group)?.delete(key)
    this.#ties.delete(key)
    this.#gone.delete(key)
  }

  group({ key: group, members, endsOn, isMore }: RelationGroup): void {
    const named = new Set(members)
    for (const key of this.#keysOf.get(group) ?? []) {
      const tie = this.#ties.get(key)
      if (!tie || tie.isVoid) continue
      if (named.has(key)) this.#gone.delete(key)
      else if (isMore || this.#gone.has(key)) continue
      else if (endsOn === undefined || endsOn < tie.from) this.#gone.add(key)
      else if (tie.to === null || tie.to > endsOn) this.#ties.set(key, { ...tie, to: endsOn })
    }
  }

  get all(): readonly Relation[] {
    return [...this.#ties.values()]
  }

  /** Those that explain something. */
  get held(): readonly Relation[] {
    return this.all.filter(({ key, isVoid }) => !isVoid && !this.#gone.has(key))
  }
}

function mayExplain({ to }: Relation, firstOfMonth: Day): boolean {
  return to === null || to >= addDays(firstOfMonth, 31 - explainsForDays)
}

function add<T>(all: Map<string, T[]>, key: string, one: T): void {
  const known = all.get(key)
  if (known) known.push(one)
  else all.set(key, [one])
}

async function* knownIn(log: TrailLog, from: number, to: number): AsyncGenerator<Known> {
  for await (const block of log.read(from, to)) {
    for (const line of linesOf(block, from, to)) {
      const known = readKnown(line)
      if (known) yield known
    }
  }
}

function* linesOf({ first, count, lines, lineEnds }: Block, from: number, to: number): Generator<string> {
  for (let index = Math.max(0, from - first); index < Math.min(count, to - first); index += 1) {
    yield lines.toString('utf8', lineEnds[index - 1] ?? 0, lineEnds[index])
  }
}
