import { type Bound, bindDownload, bindRead } from '#core/door.ts'
import { dayOf } from '#platform/days.ts'
import { writeSpooled } from '#platform/spool.ts'
import * as contract from './contract.ts'
import type { Entry } from './model/entry.ts'
import { mayReadSaid } from './withheld.ts'

export const ledger: readonly Bound[] = [
  bindRead(contract.listEntries, async (call, input) => {
    const { items, next } = await call.services.ledger.list(call, input)
    return { items: items.map(toWire), next }
  }),
  bindRead(contract.showEntry, async (call, input) => {
    const { entry, proof, ...shown } = await call.services.ledger.show(call, input)
    const isWithheld = shown.payload !== null && !mayReadSaid(call.principal, entry.action)
    const said = isWithheld ? { payload: null, salt: null } : {}
    return { ...shown, ...said, isWithheld, entry: toWire(entry), proof: { ...proof, path: [...proof.path] } }
  }),
  bindRead(contract.showCheckpoint, (call) => call.services.ledger.showCheckpoint(call)),
  bindRead(contract.showKey, async ({ services }) => ({ key: services.ledger.verifyingKey })),
  bindDownload(contract.exportLedger, async (call, { open }) => {
    const { path } = await writeSpooled(call.services.dataDirectory, (to) =>
      call.services.ledger.exportTo(call, to, { open: open && ((action) => mayReadSaid(call.principal, action)) }),
    )
    const file = { path, fileName: `ledger-${dayOf(call.now)}.vigil`, contentType: 'text/plain; charset=utf-8' }
    return { file, recorded: undefined }
  }),
]

function toWire({ seq, at, actor, action, outcome, subjects }: Entry) {
  return { seq, at: new Date(at), actor, action, outcome, subjects: [...subjects] }
}
