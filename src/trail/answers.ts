/** Who accessed a patient’s record, or whose records a person accessed: every access, with the reasons that explain it. */

import { refusals } from '#platform/refusal.ts'
import type { People } from './explain/people.ts'
import {
  allDays,
  type Days,
  type FoundReason,
  findReasonsOfPatient,
  findReasonsOfUsers,
  type PairRow,
  sayReason,
} from './explain/reasons.ts'
import { actions, flag, outcomes } from './model/access.ts'
import { cleanField, reduceIdentifier } from './model/identifier.ts'
import type { AccessColumns, AccessQuery, Code, Codes, QueryStore } from './store/store.ts'
import { localOf, type Zone } from './store/zone.ts'
import type { Reason, ToldAccess, WhoQuestion, WhoSummary } from './trail.ts'

interface Found {
  readonly total: number
  readonly accesses: AsyncIterable<ToldAccess>
  /** The identifiers that the patient is known by; the one asked for where nobody was ever named so. */
  readonly patients: readonly string[]
  /** Where in the log the accesses stand, in no order. */
  seqs(): readonly number[]
  summary(): WhoSummary
}

/** A place in what was read of the store: nothing is made of it yet, since most of a long answer is only counted. */
interface Row {
  readonly piece: AccessColumns
  readonly row: number
}

const mostGroups = 200
/** Accesses of one person that are answered for at once: an interface has as many in a day as people have in years. */
const mostOfPerson = 1_000_000

const refuse = refusals('trail-question', {
  'too-many': [
    'invalid',
    'These are {count} accesses by one person or program, and at most {most} are told at once.',
    'ask for fewer days',
  ],
})

/** What answers are made from. */
interface Sources {
  readonly store: QueryStore
  readonly codes: Codes
  readonly people: People
  readonly zone: Zone
}

export async function findAccesses({ store, codes, people, zone }: Sources, question: WhoQuestion): Promise<Found> {
  const code = findCode(codes, question)
  if (code === undefined) {
    return {
      total: 0,
      accesses: nothing(),
      patients: question.by === 'patient' ? [question.id] : [],
      seqs: () => [],
      summary: () => ({ explained: 0, firstAt: null, lastAt: null, groups: [], groupCount: 0 }),
    }
  }
  const workers = await people.workers()
  const all = question.by === 'user' ? workers.loginsOf(code) : (await people.subjects([code])).identifiersOf(code)
  const [since, until] = [question.since?.getTime() ?? -Infinity, question.until?.getTime() ?? Infinity]
  const days = daysOf(question, zone)
  if (question.by === 'user') await expectFew(store, all, days)
  // Of a patient all accesses are read, whatever the bounds: one of an earlier day may be the reason of a later one.
  const reading = readAll(store, { by: question.by, codes: all, ...(question.by === 'user' ? boundsOf(question) : {}) })
  const finding =
    question.by === 'user'
      ? findReasonsOfUsers(store.desk, people, all, days)
      : findReasonsOfPatient(
          store.desk,
          people,
          code,
          reading.then((read) => listPairs(read, zone)),
        )
  const [pieces, found] = await Promise.all([reading, finding])
  const asOf = question.asOf ?? Number.POSITIVE_INFINITY
  const isBounded = [asOf, -since, until].some((bound) => bound !== Number.POSITIVE_INFINITY)
  const texts = new Texts(codes)
  const said = new Map<readonly FoundReason[], readonly Reason[]>()
  const sayAll = (reasons: readonly FoundReason[]) => {
    const known = said.get(reasons)
    if (known) return known
    const words = reasons.map(({ code, day }) => sayReason(code, day))
    said.set(reasons, words)
    return words
  }

  /** The newest first. */
  function* rows(): Generator<Row> {
    for (const piece of pieces.toReversed()) {
      for (let row = piece.count - 1; row >= 0; row -= 1) {
        const at = piece.at[row] ?? 0
        if ((piece.seq[row] ?? 0) < asOf && at >= since && at < until) yield { piece, row }
      }
    }
  }

  const reasonsOf = ({ piece, row }: Row) =>
    found.of(piece.codes.user[row] ?? 0, piece.codes.patient[row] ?? 0, localOf(zone, piece.at[row] ?? 0).day)

  const beside = question.by === 'patient' ? 'user' : 'patient'
  const other = question.other === undefined ? undefined : (codes.find(beside, question.other) ?? -1)
  const isMeant = (one: Row) =>
    (other === undefined || one.piece.codes[beside][one.row] === other) &&
    !(question.unexplained && reasonsOf(one).length > 0)

  async function* accesses(): AsyncGenerator<ToldAccess> {
    let [skip, left] = [question.skip ?? 0, question.limit ?? Number.POSITIVE_INFINITY]
    for (const one of rows()) {
      if (left === 0) return
      if (!isMeant(one)) continue
      if (skip > 0) {
        skip -= 1
        continue
      }
      left -= 1
      yield tell(one)
    }
  }

  function tell(one: Row): ToldAccess {
    const { piece, row } = one
    const [usr, patient] = [piece.codes.user[row] ?? 0, piece.codes.patient[row] ?? 0]
    const flags = piece.flags[row] ?? 0
    const reasons = sayAll(reasonsOf(one))
    return {
      seq: piece.seq[row] ?? 0,
      at: new Date(piece.at[row] ?? 0),
      user: texts.of('user', usr),
      person: texts.of('name', workers.of(usr).name),
      patient: texts.of('patient', patient),
      onBehalfOf: texts.of('onBehalfOf', piece.codes.onBehalfOf[row] ?? 0),
      action: actions[piece.action[row] ?? 0] ?? 'other',
      outcome: outcomes[piece.outcome[row] ?? 2] ?? 'unknown',
      purpose: texts.of('purpose', piece.codes.purpose[row] ?? 0),
      object: texts.of('object', piece.codes.object[row] ?? 0),
      application: texts.of('application', piece.codes.application[row] ?? 0),
      workstation: texts.of('workstation', piece.codes.workstation[row] ?? 0),
      department: texts.of('department', piece.codes.department[row] ?? 0),
      reason: texts.of('reason', piece.codes.reason[row] ?? 0),
      breakGlass: (flags & flag.breakGlass) !== 0,
      unresolved: (flags & flag.unresolved) !== 0,
      source: texts.of('source', piece.codes.source[row] ?? 0),
      explained: reasons.length > 0,
      reasons,
    }
  }

  function summary(): WhoSummary {
    const groups = new Map<Code, { accesses: number; unexplained: number; firstAt: Date; lastAt: Date }>()
    let explained = 0
    let firstAt: Date | null = null
    let lastAt: Date | null = null
    for (const one of rows()) {
      const at = new Date(one.piece.at[one.row] ?? 0)
      const unexplained = reasonsOf(one).length > 0 ? 0 : 1
      explained += 1 - unexplained
      lastAt ??= at
      firstAt = at
      const key = one.piece.codes[beside][one.row] ?? 0
      const group = groups.get(key)
      if (group) {
        group.accesses += 1
        group.unexplained += unexplained
        group.firstAt = at
      } else groups.set(key, { accesses: 1, unexplained, firstAt: at, lastAt: at })
    }
    const most = [...groups]
      .map(([key, group]) => ({
        key: texts.of(beside, key),
        person: beside === 'user' ? texts.of('name', workers.of(key).name) : '',
        ...group,
      }))
      .sort(
        (one, another) =>
          another.unexplained - one.unexplained ||
          another.accesses - one.accesses ||
          one.key.localeCompare(another.key),
      )
    return { explained, firstAt, lastAt, groups: most.slice(0, mostGroups), groupCount: most.length }
  }

  return {
    total: isBounded ? countOf(rows()) : pieces.reduce((sum, { count }) => sum + count, 0),
    accesses: accesses(),
    patients: question.by === 'patient' ? all.map((one) => codes.textOf('patient', one)) : [],
    seqs: () => pieces.flatMap((piece) => [...piece.seq.subarray(0, piece.count)]),
    summary,
  }
}

/** Whoever asks may write an identifier as a source does: it is looked for as it stands, then as intake keeps it. */
export function findCode(codes: Codes, { by, id }: Pick<WhoQuestion, 'by' | 'id'>): Code | undefined {
  return codes.find(by, id) ?? codes.find(by, cleanField(id)) ?? codes.find(by, reduceIdentifier(id))
}

/** The days that a question asks for, and the ones beside them. */
function daysOf({ since, until }: WhoQuestion, zone: Zone): Days {
  return {
    from: since ? localOf(zone, since.getTime()).day - 1 : allDays.from,
    to: until ? localOf(zone, until.getTime()).day + 1 : allDays.to,
  }
}

async function expectFew(store: QueryStore, logins: readonly Code[], { from, to }: Days): Promise<void> {
  const [found] = await store.desk.ask<{ count: number | null }>(
    `select sum(n)::double as count from pair_day
      where usr in (select unnest($logins::uinteger[])) and day between $from::integer and $to::integer`,
    { logins: [...logins], from, to },
  )
  const count = found?.count ?? 0
  if (count > mostOfPerson) {
    throw refuse('too-many', { count: count.toLocaleString('en'), most: mostOfPerson.toLocaleString('en') })
  }
}

async function* nothing(): AsyncGenerator<ToldAccess> {
  // Nobody was ever named so.
}

function boundsOf({ since, until }: WhoQuestion): Pick<AccessQuery, 'since' | 'until'> {
  return { ...(since ? { since: since.getTime() } : {}), ...(until ? { until: until.getTime() } : {}) }
}

/** Who touched which identifier on which day, and from which department, as the desk sums it up. */
function listPairs(pieces: readonly AccessColumns[], zone: Zone): PairRow[] {
  const pairs = new Map<string, { usr: Code; patient: Code; day: number; department: Code }>()
  for (const { count, at, codes } of pieces) {
    for (let row = 0; row < count; row += 1) {
      const [usr, patient, department] = [codes.user[row] ?? 0, codes.patient[row] ?? 0, codes.department[row] ?? 0]
      if (usr === 0 || patient === 0) continue
      const { day } = localOf(zone, at[row] ?? 0)
      const key = `${usr}/${patient}/${day}`
      const known = pairs.get(key)
      if (!known) pairs.set(key, { usr, patient, day, department })
      else if (department > known.department) known.department = department
    }
  }
  return [...pairs.values()]
}

function countOf(rows: Iterable<unknown>): number {
  let count = 0
  for (const _ of rows) count += 1
  return count
}

async function readAll(store: QueryStore, query: AccessQuery): Promise<readonly AccessColumns[]> {
  const pieces: AccessColumns[] = []
  for await (const piece of store.accesses.read(query)) pieces.push(piece)
  return pieces
}

/** Texts of codes, each looked up once an answer. */
class Texts {
  readonly #codes: Codes
  readonly #known = new Map<string, string>()

  constructor(codes: Codes) {
    this.#codes = codes
  }

  of(dictionary: Parameters<Codes['textOf']>[0], code: Code): string {
    if (code === 0) return ''
    const key = `${dictionary} ${code}`
    let text = this.#known.get(key)
    if (text === undefined) {
      text = this.#codes.textOf(dictionary, code)
      this.#known.set(key, text)
    }
    return text
  }
}
