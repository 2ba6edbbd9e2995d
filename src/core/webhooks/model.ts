/**
 * A message to a webhook, by the Standard Webhooks specification (standardwebhooks.com): an id that stays the same however
 * often it is sent, the moment of sending, and an HMAC-SHA256 over both and the body. What it says is an entry of the
 * ledger, which names things by opaque numbers, so no name and no patient ever leaves this way; whoever is told may ask for
 * more over the interface, and prove the entry against a checkpoint.
 */
import { createHmac } from 'node:crypto'

export const secretPrefix = 'whsec_'

export interface Message {
  readonly id: string
  readonly body: string
}

/** The message about one entry; `line` is the entry as it stands in the ledger. */
export function messageOf(webhookId: number, origin: string, line: string): Message {
  const entry = JSON.parse(line) as { readonly seq: number; readonly at: string; readonly action: string }
  return {
    id: `msg_${webhookId}_${entry.seq}`,
    body: JSON.stringify({ type: entry.action, timestamp: entry.at, data: { ledger: origin, entry } }),
  }
}

/** The headers by which a receiver knows a message to be ours; `secret` is the raw key. */
export function signMessage({ id, body }: Message, secret: Uint8Array, at: Date): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at.getTime() / 1_000))
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}

/** Whether an action is one that the webhook is told of. What it does itself to webhooks is among them. */
export function isTold(slices: readonly string[], action: string): boolean {
  return slices.length === 0 || slices.includes(action.split('.')[0] ?? '')
}

const pausesSeconds = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400]
/** Somebody has to look at what has failed for so long. */
export const givesUpAfterMs = 3 * 24 * 60 * 60_000

/** How long to wait after so many attempts at one message have failed. */
export function pauseAfter(attempts: number): number {
  return (pausesSeconds[Math.min(attempts, pausesSeconds.length) - 1] ?? 5) * 1_000
}
