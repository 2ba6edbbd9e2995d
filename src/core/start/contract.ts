/** The guided start: four questions, and the three files worth bringing first. */
import { z } from 'zod'
import { endpoint, instant, officers } from '#platform/contract.ts'
import { directories, ehrs, its, sizes } from './model.ts'

const answers = {
  size: z.enum(sizes),
  ehr: z.enum(ehrs),
  directory: z.enum(directories),
  it: z.enum(its),
}

/** A way to a file: where it is found, step by step. */
const way = z.object({ place: z.string(), steps: z.array(z.string()) })

const output = z.object({
  /** What was answered before; null when nothing was. */
  answers: z.object(answers).nullable(),
  /** The three, in the order in which to bring them; none before the questions are answered. */
  files: z.array(
    z.object({
      /** The kind of fact that it brings. */
      kind: z.string(),
      title: z.string(),
      /** What Vigil tells by it. */
      tells: z.string(),
      way,
      /** Another that brings the same, where there is one. */
      otherWay: way.nullable(),
      /** What should stand in it. */
      columns: z.array(z.string()),
      /** The newest source that speaks of it now; null while none does. */
      arrived: z.object({ name: z.string(), collectedAt: instant }).nullable(),
    }),
  ),
})

export const showStart = endpoint({
  name: 'start.show',
  method: 'GET',
  path: '/start',
  effect: 'read',
  summary: 'Show the three files worth bringing first, and which of them have arrived',
  roles: officers,
  input: z.strictObject({}),
  output,
})

export const answerStart = endpoint({
  name: 'start.answer',
  method: 'PUT',
  path: '/start',
  effect: 'change',
  summary: 'Answer what the first files depend on',
  roles: officers,
  input: z.strictObject(answers),
  output,
})
