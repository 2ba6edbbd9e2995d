/** Who accessed a patient’s record, or whose records a person accessed: every access, with the reasons that explain it. */

import type { People } from './explain/people.ts'
import { type FoundReason, findReasons, sayReason } from './explain/reasons.ts'
import { actions, flag, outcomes } from './model/access.ts'
import { cleanField, reduceIdentifier } from './model/identifier.ts'
import type { AccessColumns, AccessQuery, Code, Codes, QueryStore } from './store/store.ts'
import { localOf, type Zone } from './store/zone.ts'
import type { Reason, ToldAccess, WhoQuestion } from './trail.ts'

interface Found {
  readonly total: number
  readonly accesses: AsyncIterable<ToldAccess>
  /** The identifiers that the patient is known by; the one asked for where nobody was ever named so. */
  readonly patients: readonly string[]
  /** Where in the log the accesses stand, in no order. */
  readonly seqs: readonly number[]
}

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
    return { total: 0, accesses: nothing(), patients: question.by === 'patient' ? [question.id] : [], seqs: [] }
  }
  const workers = await people.workers()
  const all = question.by === 'user' ? workers.loginsOf(code) : (await people.subjects([code])).identifiersOf(code)
  const query = {
    by: question.by,
    codes: all,
    ...(question.since ? { since: question.since.getTime() } : {}),
    ...(question.until ? { until: question.until.getTime() } : {}),
  }
  const [pieces, found] = await Promise.all([
    readAll(store, query),
    findReasons(store.desk, people, question.by === 'patient' ? { patients: all } : { users: all }),
  ])
  const total = pieces.reduce((sum, { count }) => sum + count, 0)
  const seqs = pieces.flatMap((piece) => [...piece.seq.subarray(0, piece.count)])
  const texts = new Texts(codes)
  const said = new Map<readonly FoundReason[], readonly Reason[]>()
  const sayAll = (reasons: readonly FoundReason[]) => {
    const known = said.get(reasons)
    if (known) return known
    const words = reasons.map(({ code, day }) => sayReason(code, day))
    said.set(reasons, words)
    return words
  }

  async function* accesses(): AsyncGenerator<ToldAccess> {
    let left = question.limit ?? Number.POSITIVE_INFINITY
    for (const piece of pieces.toReversed()) {
      for (let row = piece.count - 1; row >= 0; row -= 1) {
        if (left === 0) return
        left -= 1
        const at = piece.at[row] ?? 0
        const { day } = localOf(zone, at)
        const [usr, patient] = [piece.codes.user[row] ?? 0, piece.codes.patient[row] ?? 0]
        const flags = piece.flags[row] ?? 0
        const reasons = sayAll(found.of(usr, patient, day))
        yield {
          seq: piece.seq[row] ?? 0,
          at: new Date(at),
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
    }
  }

  return {
    total,
    accesses: accesses(),
    patients: question.by === 'patient' ? all.map((one) => codes.textOf('patient', one)) : [],
    seqs,
  }
}

/** Whoever asks may write an identifier as a source does: it is looked for as it stands, then as intake keeps it. */
function findCode(codes: Codes, { by, id }: WhoQuestion): Code | undefined {
  return codes.find(by, id) ?? codes.find(by, cleanField(id)) ?? codes.find(by, reduceIdentifier(id))
}

async function* nothing(): AsyncGenerator<ToldAccess> {
  // Nobody was ever named so.
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
