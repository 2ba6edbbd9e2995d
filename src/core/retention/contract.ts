/** For how long is kept what is no proof. */
import { z } from 'zod'
import { endpoint, officers } from '#platform/contract.ts'

export const kinds = ['jobs', 'notifications', 'rejects', 'webhook-attempts'] as const

const kept = z.object({
  kind: z.enum(kinds),
  days: z.int(),
  /** Between which numbers of days it can be set. */
  least: z.int(),
  most: z.int(),
  /** What holds where nobody decides. */
  usual: z.int(),
})

export const showRetention = endpoint({
  name: 'retention.show',
  method: 'GET',
  path: '/retention',
  effect: 'read',
  summary: 'Show for how long what proves nothing is kept',
  roles: [...officers, 'auditor'],
  input: z.strictObject({}),
  output: z.object({ kept: z.array(kept) }),
})

export const setRetention = endpoint({
  name: 'retention.set',
  method: 'PUT',
  path: '/retention/{kind}',
  effect: 'change',
  summary: 'Say for how many days something is kept',
  roles: ['administrator'],
  input: z.strictObject({ kind: z.enum(kinds), days: z.int().min(1).max(36_525) }),
  output: z.object({ kept: z.array(kept) }),
})
