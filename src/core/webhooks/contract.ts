/** Webhooks: programs elsewhere that are told what happens, signed, in the ledger's own words. */
import { z } from 'zod'
import { endpoint, id, instant, line, nothing, pageOf, paging } from '#platform/contract.ts'

const slice = z.string().regex(/^[a-z][a-z-]{0,39}$/)
const slices = z.array(slice).max(40)
const url = z.string().trim().min(1).max(2_000)

const webhook = z.object({
  id,
  name: z.string(),
  url: z.string(),
  /** The first words of the actions that it is told of; none for all. */
  slices: z.array(z.string()),
  state: z.enum(['works', 'failing', 'paused']),
  /** Why it is paused: by somebody, because it answered "gone", or because it failed for three days. */
  whyPaused: z.enum(['by-hand', 'gone', 'failing']).nullable(),
  failingSince: instant.nullable(),
  /** When it is tried again. */
  dueAt: instant,
  /** Entries of the ledger that it was not told of yet, whatever they are about. */
  behind: z.int(),
  last: z
    .object({ at: instant, status: z.int().nullable(), problem: z.string().nullable(), tookMs: z.int() })
    .nullable(),
  madeAt: instant,
})

const administrators = ['administrator'] as const

export const listWebhooks = endpoint({
  name: 'webhooks.list',
  method: 'GET',
  path: '/webhooks',
  effect: 'read',
  summary: 'List the webhooks and how they fare',
  roles: [...administrators, 'security-officer', 'privacy-officer', 'auditor'],
  input: z.strictObject({}),
  output: z.object({ items: z.array(webhook), slices: z.array(z.string()) }),
})

export const addWebhook = endpoint({
  name: 'webhooks.add',
  method: 'POST',
  path: '/webhooks',
  effect: 'change',
  summary: 'Have a program told what happens from now on',
  roles: administrators,
  input: z.strictObject({ name: line(100), url, slices: slices.default([]) }),
  /** What it verifies messages by, shown only now. */
  output: z.object({ id, secret: z.string() }),
})

export const changeWebhook = endpoint({
  name: 'webhooks.change',
  method: 'PATCH',
  path: '/webhooks/{webhookId}',
  effect: 'change',
  summary: 'Change what a webhook is called, where it leads or what it is told',
  roles: administrators,
  input: z.strictObject({ webhookId: id, name: line(100).optional(), url: url.optional(), slices: slices.optional() }),
  output: nothing,
})

export const pauseWebhook = endpoint({
  name: 'webhooks.pause',
  method: 'POST',
  path: '/webhooks/{webhookId}/pause',
  effect: 'change',
  summary: 'Tell a webhook nothing until it is resumed',
  roles: administrators,
  input: z.strictObject({ webhookId: id }),
  output: nothing,
})

export const resumeWebhook = endpoint({
  name: 'webhooks.resume',
  method: 'POST',
  path: '/webhooks/{webhookId}/resume',
  effect: 'change',
  summary: 'Tell a webhook again, from where it stood or from now on',
  roles: administrators,
  input: z.strictObject({ webhookId: id, from: z.enum(['where-it-stood', 'now']).default('where-it-stood') }),
  output: nothing,
})

export const renewSecret = endpoint({
  name: 'webhooks.renew-secret',
  method: 'POST',
  path: '/webhooks/{webhookId}/secret',
  effect: 'change',
  summary: 'Sign messages with a new secret from now on',
  roles: administrators,
  input: z.strictObject({ webhookId: id }),
  output: z.object({ secret: z.string() }),
})

export const removeWebhook = endpoint({
  name: 'webhooks.remove',
  method: 'DELETE',
  path: '/webhooks/{webhookId}',
  effect: 'change',
  summary: 'Remove a webhook',
  roles: administrators,
  input: z.strictObject({ webhookId: id }),
  output: nothing,
})

export const tryWebhook = endpoint({
  name: 'webhooks.try',
  method: 'POST',
  path: '/webhooks/{webhookId}/try',
  effect: 'change',
  summary: 'Send a webhook a message that says nothing happened',
  roles: administrators,
  input: z.strictObject({ webhookId: id }),
  output: z.object({
    isTold: z.boolean(),
    status: z.int().nullable(),
    problem: z.string().nullable(),
    tookMs: z.int(),
  }),
})

export const listAttempts = endpoint({
  name: 'webhooks.attempts',
  method: 'GET',
  path: '/webhooks/{webhookId}/attempts',
  effect: 'read',
  summary: 'List how messages to a webhook went, the last first',
  roles: [...administrators, 'security-officer', 'privacy-officer', 'auditor'],
  input: z.strictObject({ webhookId: id, ...paging }),
  output: pageOf(
    z.object({
      id,
      seq: z.int(),
      at: instant,
      tookMs: z.int(),
      status: z.int().nullable(),
      problem: z.string().nullable(),
    }),
  ),
})
