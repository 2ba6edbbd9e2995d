/**
 * Webhooks. The rules:
 *  - A webhook follows the ledger: it is told of each entry that is of its matter, in order, from the moment it was added.
 *    Nothing has to be announced, and nothing that happened can be left out.
 *  - At least once: a message is sent again, under the same id, until it is answered with success.
 *  - What it is told are the ledger's own words, which name nobody; the address is called only where that is allowed.
 */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Call, Recorded } from '#core/door.ts'
import { judgeAddress } from '#platform/address.ts'
import type { Context } from '#platform/context.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { open, seal } from '#platform/keys.ts'
import { pageFrom, placeId, readCursor } from '#platform/paging.ts'
import { refusals } from '#platform/refusal.ts'
import type * as contract from './contract.ts'
import { secretPrefix, signMessage } from './model.ts'
import { send } from './send.ts'
import {
  countWebhooks,
  deleteWebhook,
  findOrigin,
  findSize,
  hasWebhook,
  insertWebhook,
  isNameTaken,
  listAttemptRows,
  listLastAttempts,
  listWebhookRows,
  lockWebhook,
  setPaused,
  setResumed,
  setSecret,
  updateWebhook,
  type WebhookRow,
} from './store.ts'

const mostWebhooks = 20

const refuse = refusals('webhook', {
  unknown: ['missing', 'There is no such webhook.', 'list the webhooks to see those that there are'],
  'too-many': ['conflict', `No more than ${mostWebhooks} programs can be told.`, 'remove one that is not used'],
  'name-taken': ['conflict', 'Another webhook has this name already.', 'give it another name'],
  'url-invalid': [
    'invalid',
    'The address is not of the form https://host/path.',
    'leave out names and passwords; messages are signed instead',
  ],
  'not-safe': [
    'invalid',
    'The address does not begin with https.',
    'whoever listens on the way would learn what happens here',
  ],
  'not-reached': ['forbidden', 'Vigil does not connect to this address.', 'name a server on your network or beyond'],
  'no-slice': ['invalid', 'There is nothing called {slice} that it could be told of.'],
  'not-paused': ['conflict', 'This webhook is not paused.'],
  paused: ['conflict', 'This webhook is paused already.'],
})

type Listed = OutputOf<typeof contract.listWebhooks>['items'][number]

export async function listWebhooks({ db }: Context): Promise<readonly Listed[]> {
  const rows = await listWebhookRows(db)
  const size = await findSize(db)
  const last = new Map((await listLastAttempts(db)).map((attempt) => [attempt.webhookId, attempt]))
  return rows.map((row) => {
    const attempt = last.get(row.id)
    return {
      id: row.id,
      name: row.name,
      url: row.url,
      slices: [...row.slices],
      state: stateOf(row),
      whyPaused: row.whyPaused,
      failingSince: row.failingSince,
      dueAt: row.dueAt,
      behind: Math.max(0, size - row.nextSeq),
      last: attempt
        ? { at: attempt.at, status: attempt.status, problem: attempt.problem, tookMs: attempt.tookMs }
        : null,
      madeAt: row.madeAt,
    }
  })
}

function stateOf({ pausedAt, failingSince }: WebhookRow): Listed['state'] {
  if (pausedAt !== null) return 'paused'
  return failingSince === null ? 'works' : 'failing'
}

export async function addWebhook(
  call: Call,
  known: readonly string[],
  input: InputOf<typeof contract.addWebhook>,
): Promise<Recorded & { readonly output: OutputOf<typeof contract.addWebhook> }> {
  const { db, actor, now, services } = call
  checkUrl(input.url, services.config.allowLoopbackSources)
  checkSlices(known, input.slices)
  if ((await countWebhooks(db)) >= mostWebhooks) throw refuse('too-many')
  const nextSeq = await findSize(db)
  const id = await insertWebhook(db, { ...input, madeBy: actor, at: now, nextSeq })
  if (id === undefined) throw refuse('name-taken')
  const secret = await newSecret(call, id)
  const { name, url, slices } = input
  return { output: { id, secret }, subjects: [`webhook:${id}`], payload: { webhook: id, name, url, slices } }
}

export async function changeWebhook(
  call: Call,
  known: readonly string[],
  { webhookId, ...said }: InputOf<typeof contract.changeWebhook>,
): Promise<Recorded> {
  const row = await lockWebhook(call.db, webhookId)
  if (!row) throw refuse('unknown')
  const next = {
    name: said.name ?? row.name,
    url: said.url ?? row.url,
    slices: said.slices ?? row.slices,
  }
  checkUrl(next.url, call.services.config.allowLoopbackSources)
  checkSlices(known, next.slices)
  if (await isNameTaken(call.db, next.name, webhookId)) throw refuse('name-taken')
  await updateWebhook(call.db, webhookId, next)
  return record(webhookId, { ...next, slices: [...next.slices] })
}

export async function pauseWebhook({ db, now }: Context, webhookId: number): Promise<Recorded> {
  const row = await lockWebhook(db, webhookId)
  if (!row) throw refuse('unknown')
  if (row.pausedAt !== null) throw refuse('paused')
  await setPaused(db, webhookId, now, 'by-hand')
  return record(webhookId, {})
}

export async function resumeWebhook(
  { db, now }: Context,
  { webhookId, from }: InputOf<typeof contract.resumeWebhook>,
): Promise<Recorded> {
  const row = await lockWebhook(db, webhookId)
  if (!row) throw refuse('unknown')
  if (row.pausedAt === null && row.failingSince === null) throw refuse('not-paused')
  await setResumed(db, webhookId, now, from === 'now' ? await findSize(db) : row.nextSeq)
  return record(webhookId, { from })
}

export async function renewSecret(
  call: Call,
  webhookId: number,
): Promise<Recorded & { readonly output: { readonly secret: string } }> {
  if (!(await lockWebhook(call.db, webhookId))) throw refuse('unknown')
  return { output: { secret: await newSecret(call, webhookId) }, ...record(webhookId, {}) }
}

export async function removeWebhook({ db }: Context, webhookId: number): Promise<Recorded> {
  if (!(await deleteWebhook(db, webhookId))) throw refuse('unknown')
  return record(webhookId, {})
}

/** Sends a message that is about nothing, so that whoever set the receiver up sees it arrive. */
export async function tryWebhook(
  call: Call,
  webhookId: number,
): Promise<Recorded & { readonly output: OutputOf<typeof contract.tryWebhook> }> {
  const { db, now, services, organisationId } = call
  const row = await lockWebhook(db, webhookId)
  if (!row) throw refuse('unknown')
  const secret = await open(services.keys, row.secret, secretContext(organisationId, webhookId))
  const begun = performance.now()
  const body = JSON.stringify({
    type: 'webhooks.try',
    timestamp: now.toISOString(),
    data: { ledger: await findOrigin(db), entry: null },
  })
  const message = { id: `msg_${webhookId}_try_${now.getTime()}`, body }
  const sent = await send(new URL(row.url), signMessage(message, secret, now), body, {
    allowLoopback: services.config.allowLoopbackSources,
  })
  const tookMs = Math.round(performance.now() - begun)
  const { isTold, status, problem } = sent
  return { output: { isTold, status, problem, tookMs }, ...record(webhookId, { isTold, status }) }
}

export async function listAttempts(
  { db }: Context,
  { webhookId, limit, after }: InputOf<typeof contract.listAttempts>,
): Promise<OutputOf<typeof contract.listAttempts>> {
  if (!(await hasWebhook(db, webhookId))) throw refuse('unknown')
  const [below] = after === undefined ? [] : readCursor(z.tuple([placeId]), after)
  const rows = await listAttemptRows(db, webhookId, { below, limit: limit + 1 })
  const page = pageFrom(rows, limit, ({ id }) => [id])
  return { items: [...page.items], next: page.next }
}

/** With what its secret is sealed, so that it opens for this webhook alone. */
export function secretContext(organisationId: number, webhookId: number): string {
  return `webhook ${organisationId}/${webhookId}`
}

async function newSecret({ db, services, organisationId }: Call, webhookId: number): Promise<string> {
  const secret = randomBytes(32)
  await setSecret(db, webhookId, await seal(services.keys, secret, secretContext(organisationId, webhookId)))
  return `${secretPrefix}${secret.toString('base64')}`
}

function checkUrl(text: string, allowLoopback: boolean): void {
  if (!URL.canParse(text)) throw refuse('url-invalid')
  const url = new URL(text)
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.hash !== '') {
    throw refuse('url-invalid')
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isAddress = /^[\d.]+$|:/.test(host)
  const fault = isAddress ? judgeAddress(host) : host === 'localhost' ? 'loopback' : undefined
  if (fault === 'forbidden' || (fault === 'loopback' && !allowLoopback)) throw refuse('not-reached')
  // On the machine itself nobody is on the way.
  if (url.protocol === 'http:' && !(allowLoopback && fault === 'loopback')) throw refuse('not-safe')
}

function checkSlices(known: readonly string[], slices: readonly string[]): void {
  const slice = slices.find((one) => !known.includes(one))
  if (slice !== undefined) throw refuse('no-slice', { slice })
}

function record(webhookId: number, payload: Readonly<Record<string, string | number | boolean | null | string[]>>) {
  return { subjects: [`webhook:${webhookId}`], payload: { webhook: webhookId, ...payload } }
}
