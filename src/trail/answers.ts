/** Who accessed a patient’s record, or whose records a person accessed: every access, with the reasons that explain it. */

import { findLogins, findSubjects } from './explain/identity.ts'
import { findReasons, sayReason } from './explain/reasons.ts'
import { actions, flag, outcomes } from './model/access.ts'
import { cleanField, reduceIdentifier } from './model/identifier.ts'
import type { AccessColumns, Code, Codes, Desk, QueryStore } from './store/store.ts'
import { localOf, type Zone } from './store/zone.ts'
import type { ToldAccess, WhoQuestion } from './trail.ts'

interface Found {
  readonly total: number
  readonly accesses: AsyncIterable<ToldAccess>
  /** The identifiers that the patient is known by; the one asked for where nobody was ever named so. */
  readonly patients: readonly string[]
  /** Where in the log the accesses stand, in no order. */
  readonly seqs: readonly number[]
}

export async function findAccesses(
  { store, codes, zone }: { readonly store: QueryStore; readonly codes: Codes; readonly zone: Zone },
  question: WhoQuestion,
): Promise<Found> {
  const code = findCode(codes, question)
  if (code === undefined) {
    return { total: 0, accesses: nothing(), patients: question.by === 'patient' ? [question.id] : [], seqs: [] }
  }
  const all = await listCodes(store.desk, question.by, code)
  const pieces: AccessColumns[] = []
  const query = {
    by: question.by,
    codes: all,
    ...(question.since ? { since: question.since.getTime() } : {}),
    ...(question.until ? { until: question.until.getTime() } : {}),
  }
  let total = 0
  for await (const piece of store.accesses.read(query)) {
    pieces.push(piece)
    total += piece.count
  }
  const found = await findReasons(store.desk, question.by === 'patient' ? { patients: all } : { users: all })
  const names = await readNames(store.desk, codes)
  const seqs = pieces.flatMap((piece) => [...piece.seq.subarray(0, piece.count)])
  const texts = new Texts(codes)

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
        const reasons = found.of(usr, patient, day).map(({ code, day: of }) => sayReason(code, of))
        yield {
          seq: piece.seq[row] ?? 0,
          at: new Date(at),
          user: texts.of('user', usr),
          person: names.get(usr) ?? '',
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

/** The identifiers of one patient, or the logins of one person, from any one of them. */
async function listCodes(desk: Desk, by: 'patient' | 'user', code: Code): Promise<readonly Code[]> {
  if (by === 'user') return (await findLogins(desk, new Set([code]))).loginsOf(code)
  return (await findSubjects(desk, new Set([code]))).identifiersOf(code)
}

async function readNames(desk: Desk, codes: Codes): Promise<ReadonlyMap<number, string>> {
  const rows = await desk.ask<{ usr: number; name: number }>('select usr, name from worker where name <> 0')
  return new Map(rows.map(({ usr, name }) => [Number(usr), codes.textOf('name', Number(name))]))
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
