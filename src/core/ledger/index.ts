import { type Bound, bindDownload, bindRead, type Principal } from '#core/door.ts'
import type { Role } from '#platform/contract.ts'
import { dayOf } from '#platform/days.ts'
import { writeSpooled } from '#platform/spool.ts'
import * as contract from './contract.ts'
import type { Entry } from './model/entry.ts'

/** What was said with some entries, which not everybody reads who reads the ledger. The entry itself is there for all. */
export interface Withheld {
  covers(action: string): boolean
  readonly readers: readonly Role[]
}

export function ledgerDoor(withheld: Withheld): readonly Bound[] {
  const mayReadSaid = (principal: Principal, action: string) =>
    !withheld.covers(action) ||
    principal.kind === 'operator' ||
    (principal.kind === 'member' && principal.roles.some((role) => withheld.readers.includes(role)))

  return [
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
}

function toWire({ seq, at, actor, action, outcome, subjects }: Entry) {
  return { seq, at: new Date(at), actor, action, outcome, subjects: [...subjects] }
}
