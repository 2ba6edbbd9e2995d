/**
 * Tells webhooks what they were not told of yet. It runs beside the jobs, in a process that keeps no page waiting; several
 * may run, for whoever tells a webhook has claimed it for a while. A courier that dies leaves a claim that lapses, and a
 * message that is then sent once more under its own id.
 */
import type { Services } from '#core/door.ts'
import { open } from '#platform/keys.ts'
import type { Log } from '#platform/log.ts'
import { givesUpAfterMs, isTold, messageOf, pauseAfter, signMessage } from './model.ts'
import { type SendOptions, send } from './send.ts'
import { secretContext } from './service.ts'
import {
  type ClaimedWebhook,
  claimWebhook,
  type Due,
  findOrigin,
  insertAttempt,
  listDue,
  listEntriesFrom,
  releaseWebhook,
  setFailed,
  setPaused,
  setTold,
} from './store.ts'

const lookEveryMs = 2_000
/** Longer than one round may take. */
const claimMs = 90_000
const roundMs = 45_000
const atOnce = 8
const entriesAtOnce = 200

type Sending = Pick<SendOptions, 'lookup' | 'ca'>

export interface Courier {
  stop(): Promise<void>
}

/** Begins to tell, every two seconds what there is. */
export function startCourier(services: Services, log: Log, clock: () => Date = () => new Date()): Courier {
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let round = Promise.resolve()
  const look = () => {
    round = tellDue(services, clock, { signal: abort.signal })
      .then(() => undefined)
      .catch((error: Error) => {
        if (!abort.signal.aborted) log.error('courier-defect', { name: error.name })
      })
      .finally(() => {
        if (!abort.signal.aborted) timer = setTimeout(look, lookEveryMs).unref()
      })
  }
  look()
  return {
    async stop() {
      abort.abort()
      clearTimeout(timer)
      await round
    },
  }
}

/** Tells all that is due now, once; gives how many messages were told. */
export async function tellDue(
  services: Services,
  clock: () => Date,
  options: Sending & { readonly signal?: AbortSignal | undefined } = {},
): Promise<number> {
  const due = await listDue(services.database, clock(), atOnce)
  const told = await Promise.all(due.map((one) => tellOne(services, one, clock, options)))
  return told.reduce((sum, count) => sum + count, 0)
}

async function tellOne(
  services: Services,
  { organisationId, webhookId }: Due,
  clock: () => Date,
  options: Sending & { readonly signal?: AbortSignal | undefined },
): Promise<number> {
  const { database, keys, config } = services
  const begun = clock()
  const claim = new Date(begun.getTime() + claimMs)
  const webhook = await database.inOrganisation(organisationId, (db) => claimWebhook(db, webhookId, begun, claim))
  if (!webhook) return 0
  const secret = await open(keys, webhook.secret, secretContext(organisationId, webhookId))
  const origin = await database.inOrganisation(organisationId, findOrigin)
  let place = webhook.nextSeq
  let told = 0
  while (!options.signal?.aborted && clock().getTime() - begun.getTime() < roundMs) {
    const entries = await database.inOrganisation(organisationId, (db) => listEntriesFrom(db, place, entriesAtOnce))
    if (entries.length === 0) break
    for (const { seq, line, action } of entries) {
      if (isTold(webhook.slices, action)) {
        if (options.signal?.aborted) break
        const message = messageOf(webhookId, origin, line)
        const at = clock()
        const started = performance.now()
        const sent = await send(new URL(webhook.url), signMessage(message, secret, at), message.body, {
          ...options,
          allowLoopback: config.allowLoopbackSources,
        })
        if (options.signal?.aborted && !sent.isTold) break
        const tookMs = Math.round(performance.now() - started)
        const { status, problem } = sent
        await database.inOrganisation(organisationId, async (db) => {
          await insertAttempt(db, webhookId, { seq, at, tookMs, status, problem })
          if (sent.isTold) await setTold(db, webhookId, claim, seq + 1)
          else if (sent.isGone) await setPaused(db, webhookId, at, 'gone')
          else await putOff(db, webhook, told === 0 ? webhook.attempts : 0, claim, at)
        })
        if (!sent.isTold) return told
        told += 1
      }
      place = seq + 1
    }
    // What is none of its matter is passed over too.
    await database.inOrganisation(organisationId, (db) => setTold(db, webhookId, claim, place))
  }
  await database.inOrganisation(organisationId, (db) => releaseWebhook(db, webhookId, claim))
  return told
}

async function putOff(
  db: Parameters<typeof setFailed>[0],
  webhook: ClaimedWebhook,
  failed: number,
  claim: Date,
  at: Date,
): Promise<void> {
  const since = failed === 0 ? at : (webhook.failingSince ?? at)
  if (at.getTime() - since.getTime() >= givesUpAfterMs) {
    await setPaused(db, webhook.id, at, 'failing')
    return
  }
  const attempts = failed + 1
  await setFailed(db, webhook.id, claim, { attempts, since, dueAt: new Date(at.getTime() + pauseAfter(attempts)) })
}
