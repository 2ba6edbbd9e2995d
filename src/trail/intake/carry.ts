/**
 * What a month knows that is still needed when the month is destroyed: the month in which a trail was begun tells who works here
 * and who the patients are, and nobody says so again. The rules:
 *  - What is known of the workforce is carried over.
 *  - What is known of a patient is carried over where the months that are kept have an access to their record, or a relation to
 *    them; of all others nothing remains.
 *  - A relation is carried over that may still explain something: of such a patient, not void, and not over for long.
 *  - What was said of somebody later is said again behind it, so that the last word stays the last.
 */
import { addDays, type Day } from '#platform/days.ts'
import type { Block, Month, TrailLog } from '../log/log.ts'
import { readAccess } from '../model/access.ts'
import { type Known, type Patient, type Relation, readKnown, type Worker } from '../model/relation.ts'

/** The templates look back over three months at most. */
const explainsForDays = 92

/** Reads what is to be said again before the month is destroyed, in the order in which it is to be said. */
export async function listCarried(log: TrailLog, { month, from, to }: Month): Promise<readonly Known[]> {
  const workers = new Map<string, Worker[]>()
  const patients = new Map<string, Patient[]>()
  const relations = new Map<string, Relation>()
  for await (const known of knownIn(log, from, to)) {
    if (known.record === 'relation') relations.set(known.key, known)
    else if (known.record === 'worker') add(workers, known.login, known)
    else add(patients, known.patient, known)
  }
  const related = new Set([...relations.values()].map(({ patient }) => patient))
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
      } else if (known?.record === 'worker') workers.get(known.login)?.push(known)
      else if (known?.record === 'patient') {
        patients.get(known.patient)?.push(known)
        // Whom a later record names as the same person is needed with it.
        if (known.same) needed.add(known.same)
      }
    }
  }
  const open = [...relations.values()].filter(
    (one) => needed.has(one.patient) && !one.isVoid && mayExplain(one, `${month}-01`),
  )
  for (const patient of needed) {
    for (const { same } of patients.get(patient) ?? []) if (same) needed.add(same)
  }
  return [
    ...[...workers.values()].flat(),
    ...[...patients].flatMap(([patient, said]) => (needed.has(patient) ? said : [])),
    ...open,
  ]
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
