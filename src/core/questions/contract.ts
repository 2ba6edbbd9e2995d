/** Questions of identity that Vigil does not guess at. */
import { z } from 'zod'
import { endpoint, id, instant, officers, pageOf, paging, readers } from '#platform/contract.ts'

const question = z.object({
  id,
  about: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('account-owner'),
      system: z.string(),
      username: z.string(),
      displayName: z.string().nullable(),
    }),
    z.object({ kind: z.literal('system-name'), name: z.string() }),
  ]),
  candidates: z.array(
    z.object({
      /** Of a person or a system, by what is asked. */
      id,
      name: z.string(),
      employeeNumber: z.string().nullable(),
      department: z.string().nullable(),
      title: z.string().nullable(),
    }),
  ),
  reason: z.string(),
  askedAt: instant,
  answer: z
    .object({
      /** Null for none of these. */
      candidateId: id.nullable(),
      by: z.string(),
      at: instant,
    })
    .nullable(),
})

export const listQuestions = endpoint({
  name: 'questions.list',
  method: 'GET',
  path: '/questions',
  effect: 'read',
  summary: 'List whose accounts and which systems Vigil does not guess at, in the order asked',
  roles: readers,
  input: z.strictObject({ state: z.enum(['open', 'answered', 'all']).default('open'), ...paging }),
  output: pageOf(question),
})

export const answerQuestion = endpoint({
  name: 'questions.answer',
  method: 'PUT',
  path: '/questions/{questionId}/answer',
  effect: 'change',
  summary: 'Answer a question: the answer wins over every sign',
  roles: [...officers, 'api-client'],
  input: z.strictObject({
    questionId: id,
    /** One of its candidates; null for none of these. */
    candidateId: id.nullable(),
  }),
  output: z.object({}),
})
