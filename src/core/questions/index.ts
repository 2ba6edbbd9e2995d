import { type Bound, bindChange, bindRead } from '#core/door.ts'
import { queueJob } from '#core/jobs/service.ts'
import type { OutputOf } from '#platform/contract.ts'
import { pageFrom, readNumber } from '#platform/paging.ts'
import * as contract from './contract.ts'
import * as service from './service.ts'

export const questions: readonly Bound[] = [
  bindRead(contract.listQuestions, async (call, { state, limit, after }) => {
    const found = await service.listQuestions(call, { state, limit: limit + 1, after: readNumber(after) })
    const { items, next } = pageFrom(found, limit, ({ id }) => [id])
    return { items: items.map(toWire), next }
  }),
  bindChange(contract.answerQuestion, async (call, { questionId, candidateId }) => {
    const recorded = await service.answerQuestion(call, { questionId, candidateId: candidateId ?? undefined })
    await queueJob(call, { kind: 'checks.run', input: { reason: 'asked' }, joins: true })
    return { ...recorded, output: {} }
  }),
]

function toWire(question: service.Question): OutputOf<typeof contract.listQuestions>['items'][number] {
  const { about, candidates, answer, ...rest } = question
  return {
    ...rest,
    about: about.kind === 'account-owner' ? { ...about, displayName: about.displayName ?? null } : about,
    candidates: candidates.map(({ id, name, employeeNumber, department, title }) => ({
      id,
      name,
      employeeNumber: employeeNumber ?? null,
      department: department ?? null,
      title: title ?? null,
    })),
    answer: answer ? { ...answer, candidateId: answer.candidateId ?? null } : null,
  }
}
