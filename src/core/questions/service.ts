/**
 * Questions of identity that Vigil does not guess at: a member answers, and the answer wins over every sign from the next
 * resolution on, which the caller runs. An answer can be given again where it was wrong.
 */
import type { Happening } from '#core/ledger/service.ts'
import type { Context } from '#platform/context.ts'
import { refusals } from '#platform/refusal.ts'
import {
  listPeople,
  listQuestionRows,
  listSystemsNamed,
  lockQuestion,
  type NamedCandidate,
  type QuestionRow,
  setAnswer,
} from './store.ts'

const longestPage = 1_000

const refuse = refusals('question', {
  unknown: ['missing', 'There is no such question.', 'list the questions to see their numbers'],
  'not-a-candidate': [
    'invalid',
    'That is none of those that the question asks about.',
    'answer with one of its candidates, or that it is none of them',
  ],
  'page-too-long': ['invalid', `A page holds 1 to ${longestPage} questions.`],
})

export interface Candidate {
  /** Of a person or a system, by the question's kind. */
  readonly id: number
  readonly name: string
  readonly employeeNumber: string | undefined
  readonly department: string | undefined
  readonly title: string | undefined
}

export interface Question {
  readonly id: number
  /** What is asked about: whose the account is, or which system the name means. */
  readonly about:
    | {
        readonly kind: 'account-owner'
        readonly system: string
        readonly username: string
        readonly displayName: string | undefined
      }
    | { readonly kind: 'system-name'; readonly name: string }
  readonly candidates: readonly Candidate[]
  readonly reason: string
  readonly askedAt: Date
  /** `candidateId` is undefined for "none of these". */
  readonly answer: { readonly candidateId: number | undefined; readonly by: string; readonly at: Date } | undefined
}

/** Lists questions in the order asked; open ones unless told otherwise. The next page begins `after` the last one's id. */
export async function listQuestions(
  { db }: Context,
  wanted: {
    readonly state?: 'open' | 'answered' | 'all' | undefined
    readonly limit?: number | undefined
    readonly after?: number | undefined
  } = {},
): Promise<readonly Question[]> {
  const { state = 'open', limit = longestPage, after = 0 } = wanted
  if (!Number.isInteger(limit) || limit < 1 || limit > longestPage) throw refuse('page-too-long')
  const rows = await listQuestionRows(db, {
    isAnswered: state === 'all' ? undefined : state === 'answered',
    limit,
    after,
  })
  const idsOf = (kind: QuestionRow['kind']) => [
    ...new Set(rows.filter((row) => row.kind === kind).flatMap(({ candidates }) => candidates)),
  ]
  const known = {
    'account-owner': byId(await listPeople(db, idsOf('account-owner'))),
    'system-name': byId(await listSystemsNamed(db, idsOf('system-name'))),
  }
  return rows.map((row) => questionOf(row, known[row.kind]))
}

/**
 * Answers a question with one of its candidates (a person, or for a system's name a system), or with undefined: none of
 * these. Resolve people again afterwards.
 */
export async function answerQuestion(
  { db, actor, now }: Context,
  input: { readonly questionId: number; readonly candidateId: number | undefined },
): Promise<Pick<Happening, 'subjects' | 'payload'>> {
  const question = await lockQuestion(db, input.questionId)
  if (!question) throw refuse('unknown')
  const { candidateId } = input
  if (candidateId !== undefined && !question.candidates.includes(candidateId)) throw refuse('not-a-candidate')
  await setAnswer(db, question.id, { candidate: candidateId, by: actor, at: now })
  return {
    subjects: [`question:${question.id}`],
    payload: {
      question: question.id,
      kind: question.kind,
      system: question.system ?? undefined,
      username: question.username ?? undefined,
      systemName: question.systemName ?? undefined,
      candidates: question.candidates,
      answer: candidateId ?? null,
      before: question.answeredAt === null ? undefined : question.answer,
    },
  }
}

function byId(candidates: readonly NamedCandidate[]): ReadonlyMap<number, NamedCandidate> {
  return new Map(candidates.map((candidate) => [candidate.id, candidate]))
}

function questionOf(row: QuestionRow, known: ReadonlyMap<number, NamedCandidate>): Question {
  return {
    id: row.id,
    about:
      row.kind === 'account-owner'
        ? {
            kind: row.kind,
            system: row.system ?? 'unknown',
            username: row.username ?? 'unknown',
            displayName: row.displayName ?? undefined,
          }
        : { kind: row.kind, name: row.systemName ?? 'unknown' },
    candidates: row.candidates.map((id): Candidate => {
      const candidate = known.get(id)
      return {
        id,
        name: candidate?.name ?? 'no longer known',
        employeeNumber: candidate?.employeeNumber ?? undefined,
        department: candidate?.department ?? undefined,
        title: candidate?.title ?? undefined,
      }
    }),
    reason: row.reason,
    askedAt: row.askedAt,
    answer:
      row.answeredAt === null
        ? undefined
        : { candidateId: row.answer ?? undefined, by: row.answeredBy ?? 'unknown', at: row.answeredAt },
  }
}
