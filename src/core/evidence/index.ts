import { z } from 'zod'
import { type Bound, bindChange, bindDownload, bindRead, type Call } from '#core/door.ts'
import type { OutputOf } from '#platform/contract.ts'
import { pageFrom, readCursor } from '#platform/paging.ts'
import { writeSpooled } from '#platform/spool.ts'
import * as contract from './contract.ts'
import * as service from './service.ts'

const place = z.tuple([z.uuid()])

export const evidence: readonly Bound[] = [
  bindRead(contract.listEvidence, async (call, { limit, after, ...wanted }) => {
    const from = after === undefined ? undefined : readCursor(place, after)[0]
    const found = await service.listEvidence(call, { ...wanted, limit: limit + 1, after: from })
    const { items, next } = pageFrom(found, limit, ({ id }) => [id])
    return { items: items.map(toWire), next }
  }),
  bindRead(contract.showEvidence, async (call, input) => {
    const shown = await service.showEvidence(call, input)
    const about = await service.listSupported(call, input)
    return {
      ...toWire({ ...shown, links: about.length }),
      about: about.map(({ title, ...link }) => ({ ...link, title: title ?? null })),
    }
  }),
  bindChange(contract.keepEvidence, async (call, input) => {
    if (!call.delivered) throw new Error('an upload came without its bytes')
    const content = call.delivered.path
    const { evidence: kept, ...recorded } = await service.keepEvidence(call, storeOf(call), { ...input, content })
    return { ...recorded, output: toWire({ ...kept, links: input.about === undefined ? 0 : 1 }) }
  }),
  bindChange(contract.linkEvidence, async (call, input) => ({
    ...(await service.linkEvidence(call, input)),
    output: {},
  })),
  bindChange(contract.unlinkEvidence, async (call, input) => ({
    ...(await service.unlinkEvidence(call, input)),
    output: {},
  })),
  bindDownload(contract.openEvidence, async (call, input) => {
    const { path, written } = await writeSpooled(call.services.dataDirectory, (to) =>
      service.openEvidence(call, storeOf(call), { ...input, to }),
    )
    const { evidence: opened, ...recorded } = written
    // Whatever it is, it is handed over as bytes: nothing that was kept runs in the page of Vigil.
    return { file: { path, fileName: opened.fileName, contentType: 'application/octet-stream' }, recorded }
  }),
  bindChange(contract.shredEvidence, async (call, input) => {
    const recorded = await service.shredEvidence(call, input)
    const { organisationId, services } = call
    // Only then: a rollback would bring the key back, but not the file.
    call.afterwards(async () => {
      await services.database.inOrganisation(organisationId, (db) =>
        service.removeShredded({ ...call, db }, storeOf(call)),
      )
    })
    return { ...recorded, output: {} }
  }),
]

function storeOf({ services }: Call): service.EvidenceStore {
  return { keys: services.keys, directory: services.dataDirectory }
}

function toWire({
  validUntilOn,
  ...rest
}: service.Evidence & { readonly links: number }): OutputOf<typeof contract.keepEvidence> {
  return { ...rest, validUntilOn: validUntilOn ?? null }
}
