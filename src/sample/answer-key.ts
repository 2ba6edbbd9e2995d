/** What a sample holds, so that what Vigil finds in it can be compared with what is there. */
import type { Day } from '#platform/days.ts'

export type SampleSize = 'clinic' | 'hospital' | 'system'

export type SubjectKind = 'account' | 'person' | 'device' | 'system' | 'vendor' | 'software' | 'role' | 'organisation'

export interface Subject {
  readonly kind: SubjectKind
  /** `SYSTEM/USERNAME` for an account, the employee number as the staff list writes it (else the address) for a person, otherwise the name. */
  readonly key: string
}

export interface Expected {
  readonly safeguard: string
  readonly subject: Subject
  readonly why: string
}

export interface KeyedFile {
  readonly file: string
  readonly holds: string
  readonly product: string | undefined
  /** The system that every account of the file belongs to. */
  readonly system: string | undefined
}

export interface AnswerKey {
  readonly asOf: Day
  readonly seed: number
  readonly size: SampleSize
  /** Distinct people of the staff list, gone and to come included. */
  people: number
  /** Rows of account lists that are not rejects. */
  accounts: number
  readonly files: KeyedFile[]
  readonly findings: Expected[]
  readonly rejects: { file: string; line: number }[]
  readonly unrecognised: string[]
  /** Tempting, and right as they are. A large sample names only the first of each reason. */
  readonly mustNotFind: Expected[]
  readonly unknown: { safeguard: string; why: string }[]
}

/** Enough of each reason to test against, without a key that is longer than the files. */
const temptationsKept = 40

export interface KeyKeeper {
  readonly key: AnswerKey
  fault(safeguard: string, kind: SubjectKind, key: string, why: string): void
  temptation(safeguard: string, kind: SubjectKind, key: string, why: string): void
  unknown(safeguard: string, why: string): void
  reject(file: string, line: number): void
}

export function keepKey(asOf: Day, seed: number, size: SampleSize): KeyKeeper {
  const key: AnswerKey = {
    asOf,
    seed,
    size,
    people: 0,
    accounts: 0,
    files: [],
    findings: [],
    rejects: [],
    unrecognised: [],
    mustNotFind: [],
    unknown: [],
  }
  const kept = new Map<string, number>()
  return {
    key,
    fault: (safeguard, kind, subject, why) => key.findings.push({ safeguard, subject: { kind, key: subject }, why }),
    temptation: (safeguard, kind, subject, why) => {
      const reason = `${safeguard}/${why}`
      const count = kept.get(reason) ?? 0
      if (count >= temptationsKept) return
      kept.set(reason, count + 1)
      key.mustNotFind.push({ safeguard, subject: { kind, key: subject }, why })
    },
    unknown: (safeguard, why) => key.unknown.push({ safeguard, why }),
    reject: (file, line) => key.rejects.push({ file, line }),
  }
}

/** Writes the key one entry a line, so that it can be read and searched by line. */
export function* answerKeyText(key: AnswerKey): Generator<string> {
  const fields = Object.entries(key)
  yield '{\n'
  for (const [index, [name, value]] of fields.entries()) {
    const end = index === fields.length - 1 ? '\n' : ',\n'
    if (!Array.isArray(value) || value.length === 0) {
      yield `  ${JSON.stringify(name)}: ${JSON.stringify(value)}${end}`
      continue
    }
    yield `  ${JSON.stringify(name)}: [\n`
    for (const [at, entry] of value.entries()) {
      yield `    ${JSON.stringify(entry)}${at === value.length - 1 ? '\n' : ',\n'}`
    }
    yield `  ]${end}`
  }
  yield '}\n'
}
