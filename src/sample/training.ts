/** Who has done which course: the records of a learning system. */
import type { KeyKeeper, SampleSize } from './answer-key.ts'
import { isGone, isInForce, type Person } from './people.ts'
import { dealer, type Random } from './random.ts'
import type { Cell, Table, TableRow } from './table.ts'

const yearly = 'HIPAA Privacy and Security - Annual'
const awareness = 'Security Awareness'
const others = ['Hand Hygiene', 'Fire Safety', 'Bloodborne Pathogens'] as const

interface Completion {
  readonly person: Person
  readonly course: string
  readonly assignedOn: number
  readonly completedOn: number | undefined
  readonly standing: 'Completed' | 'Not Started' | 'In Progress' | 'Failed'
}

/** Yields the records of everybody, and writes into the key who is late. */
function* drawTraining(
  size: SampleSize,
  asOf: number,
  people: readonly Person[],
  seeded: Random,
  keeper: KeyKeeper,
): Generator<Completion> {
  const random = seeded.fork('training')
  const eager = size === 'clinic'
  const isOverdue = dealer(eager ? 0.25 : 0.045, random, eager)
  const hasNever = dealer(eager ? 0.15 : 0.01, random, eager)
  for (const person of people) {
    const person0 = { person }
    const done = (course: string, completedOn: number): Completion => ({
      ...person0,
      course,
      assignedOn: Math.max(person.hiredOn, completedOn - 20),
      completedOn,
      standing: 'Completed',
    })
    const fault = (safeguard: string, why: string) =>
      keeper.fault(safeguard, 'person', person.number || person.email, why)
    const temptation = (safeguard: string, why: string) =>
      keeper.temptation(safeguard, 'person', person.number || person.email, why)
    if (person.story === 'pending') continue
    if (isGone(person)) {
      yield done(yearly, (person.leftOn ?? asOf) - random.int(20, 250))
      temptation('training.completed-yearly', 'has left')
      continue
    }
    if (person.story === 'new-fresh') {
      temptation('training.completed-yearly', 'hired less than 30 days ago')
      temptation('training.new-hires-within-30-days', 'hired less than 30 days ago')
      continue
    }
    if (random.chance(0.5))
      yield done(random.pick(others), asOf - random.int(5, Math.min(200, asOf - person.hiredOn - 1)))
    if (person.story === 'new-on-time') {
      yield done(yearly, person.hiredOn + random.int(1, 25))
      continue
    }
    if (person.story === 'new-late') {
      const isMissing = random.chance(0.3)
      if (isMissing) {
        yield {
          ...person0,
          course: yearly,
          assignedOn: person.hiredOn,
          completedOn: undefined,
          standing: 'In Progress',
        }
        fault('training.completed-yearly', 'has never completed security training')
      } else {
        yield done(yearly, person.hiredOn + random.int(38, 60))
      }
      fault(
        'training.new-hires-within-30-days',
        isMissing
          ? 'has not completed security training since being hired'
          : 'completed it more than 30 days after being hired',
      )
      continue
    }
    const isLateable = person.story === 'steady' && isInForce(person)
    if (isLateable && hasNever()) {
      yield { ...person0, course: yearly, assignedOn: asOf - 60, completedOn: undefined, standing: 'Not Started' }
      fault('training.completed-yearly', 'has never completed security training')
      continue
    }
    if (isLateable && isOverdue()) {
      const ago = random.int(380, Math.min(700, asOf - person.hiredOn - 5))
      yield done(yearly, asOf - ago)
      if (random.chance(0.4))
        yield {
          ...person0,
          course: awareness,
          assignedOn: asOf - 90,
          completedOn: undefined,
          standing: random.chance(0.5) ? 'Failed' : 'In Progress',
        }
      fault('training.completed-yearly', `last completed security training ${ago} days ago`)
      continue
    }
    const latest = asOf - random.int(8, 345)
    yield done(random.chance(0.7) ? yearly : awareness, latest)
    if (random.chance(0.6) && latest - 360 > person.hiredOn) yield done(yearly, latest - random.int(340, 360))
    if (person.story === 'leave') temptation('training.completed-yearly', 'on leave, and trained within the year')
  }
}

const learner: Readonly<Record<SampleSize, (person: Person) => Cell[]>> = {
  clinic: (person) => [`${person.family}, ${person.given}`, person.email],
  hospital: (person) => [person.number.replace(/^0+/, ''), `${person.given} ${person.family}`, person.email],
  system: (person) => [person.number, person.given, person.family],
}

const learnerHeader: Readonly<Record<SampleSize, readonly string[]>> = {
  clinic: ['Learner', 'Email'],
  hospital: ['Employee ID', 'Learner Name', 'Email'],
  system: ['User ID', 'User First Name', 'User Last Name'],
}

export function trainingTable(
  size: SampleSize,
  asOf: number,
  people: readonly Person[],
  seeded: Random,
  keeper: KeyKeeper,
): Table {
  const random = seeded.fork('training scores')
  function* rows(): Generator<TableRow> {
    let count = 0
    for (const { person, course, assignedOn, completedOn, standing } of drawTraining(
      size,
      asOf,
      people,
      seeded,
      keeper,
    )) {
      const score =
        standing === 'Completed' ? random.int(80, 100) : standing === 'Failed' ? random.int(30, 60) : undefined
      yield {
        cells: [
          ...learner[size](person),
          course,
          standing,
          { day: assignedOn },
          { day: assignedOn + 30 },
          completedOn === undefined ? undefined : { day: completedOn },
          score,
        ],
      }
      count++
      if (count === 7)
        yield {
          reject: true,
          cells: [...learnerHeader[size].map(() => ''), yearly, 'Completed', '', '', '2026-02-30', 90],
        }
    }
  }
  return {
    header: [...learnerHeader[size], 'Course', 'Status', 'Assigned', 'Due Date', 'Completion Date', 'Score'],
    rows: rows(),
  }
}
