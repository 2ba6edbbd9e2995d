import { type Bound, bindChange, bindRead } from '#core/door.ts'
import { queueJob } from '#core/jobs/service.ts'
import { readStatuses } from '#core/posture/service.ts'
import { type Practice, statementOf } from '#core/safeguards/model.ts'
import { pageFrom, readNumber } from '#platform/paging.ts'
import * as contract from './contract.ts'
import * as service from './service.ts'

/** The door of attestations; for which safeguards a person's word counts is known above. */
export function attestationsDoor(practices: readonly Practice[]): readonly Bound[] {
  return [
    bindRead(contract.listAttestations, async (call, { safeguard, limit, after }) => {
      const wanted = { safeguard, limit: limit + 1, after: readNumber(after) }
      const { items, next } = pageFrom(await service.listAttestations(call, wanted), limit, ({ id }) => [id])
      return {
        items: items.map(({ population, sample, evidenceId, ...rest }) => ({
          ...rest,
          population: population ?? null,
          sample: sample ?? null,
          evidenceId: evidenceId ?? null,
        })),
        next,
      }
    }),
    bindRead(contract.listAttestable, async (call) => {
      const statuses = await readStatuses(call)
      const items = practices.flatMap((practice) =>
        practice.safeguards.flatMap((safeguard) => {
          const statement = statementOf(safeguard)
          const { name, title } = safeguard
          const status = statuses.get(name) ?? 'unknown'
          return statement === undefined ? [] : [{ safeguard: name, practice: practice.name, title, statement, status }]
        }),
      )
      return { items }
    }),
    bindChange(contract.attest, async (call, { author, statedOn = call.today, ...said }) => {
      const by = author ?? (await service.nameAuthor(call, call.principal))
      const { attestationId, validUntilOn, ...recorded } = await service.attest(call, { ...said, statedOn, author: by })
      await queueJob(call, { kind: 'checks.run', input: { reason: 'asked' }, joins: true })
      return { ...recorded, output: { attestationId, validUntilOn } }
    }),
    bindChange(contract.withdraw, async (call, input) => {
      const recorded = await service.withdrawAttestation(call, input)
      await queueJob(call, { kind: 'checks.run', input: { reason: 'asked' }, joins: true })
      return { ...recorded, output: {} }
    }),
  ]
}
