import { type Bound, bindChange, bindRead, type Call } from '#core/door.ts'
import type { Endpoint, InputOf, OutputOf } from '#platform/contract.ts'
import * as contract from './contract.ts'
import * as mail from './mail.ts'
import * as service from './service.ts'

export const notifications: readonly Bound[] = [
  bindRead(contract.listNotifications, service.listNotifications),
  bindRead(contract.countNotifications, service.countNotifications),
  bindPrivate(contract.readNotification, service.readNotification),
  bindPrivate(contract.readAllNotifications, service.readAllNotifications),
  bindRead(contract.showChoices, service.showChoices),
  bindChange(contract.choose, service.choose),
  bindRead(contract.showMail, mail.showMail),
  bindChange(contract.setMail, mail.setMail),
  bindChange(contract.removeMail, mail.removeMail),
  bindChange(contract.testMail, mail.testMail),
  bindRead(contract.listMails, mail.listMails),
]

/** Binds a change that is nobody's business but the member's own: what somebody has read is not told to the ledger. */
function bindPrivate<E extends Endpoint>(
  endpoint: E,
  change: (call: Call, input: InputOf<E>) => Promise<OutputOf<E>>,
): Bound {
  return { endpoint, run: async (call, input) => ({ output: await change(call, input), recorded: undefined }) }
}
