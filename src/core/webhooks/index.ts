import { type Bound, bindChange, bindRead } from '#core/door.ts'
import * as contract from './contract.ts'
import * as service from './service.ts'

/** The webhooks' endpoints; `listSlices` gives the first words of all that the ledger may say was done. */
export function webhooksDoor(listSlices: () => readonly string[]): readonly Bound[] {
  return [
    bindRead(contract.listWebhooks, async (call) => ({
      items: [...(await service.listWebhooks(call))],
      slices: [...listSlices()],
    })),
    bindChange(contract.addWebhook, (call, input) => service.addWebhook(call, listSlices(), input)),
    bindChange(contract.changeWebhook, async (call, input) => ({
      ...(await service.changeWebhook(call, listSlices(), input)),
      output: {},
    })),
    bindChange(contract.pauseWebhook, async (call, { webhookId }) => ({
      ...(await service.pauseWebhook(call, webhookId)),
      output: {},
    })),
    bindChange(contract.resumeWebhook, async (call, input) => ({
      ...(await service.resumeWebhook(call, input)),
      output: {},
    })),
    bindChange(contract.renewSecret, (call, { webhookId }) => service.renewSecret(call, webhookId)),
    bindChange(contract.removeWebhook, async (call, { webhookId }) => ({
      ...(await service.removeWebhook(call, webhookId)),
      output: {},
    })),
    bindChange(contract.tryWebhook, (call, { webhookId }) => service.tryWebhook(call, webhookId)),
    bindRead(contract.listAttempts, (call, input) => service.listAttempts(call, input)),
  ]
}
