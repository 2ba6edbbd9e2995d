import { type Bound, bindRead } from '#core/door.ts'
import type { Practice } from '#core/safeguards/model.ts'
import * as contract from './contract.ts'
import * as record from './record/service.ts'
import * as service from './service.ts'

/** The door of people; what to do about a finding stands with its safeguard. */
export function peopleDoor(practices: readonly Practice[]): readonly Bound[] {
  const remedies = new Map(practices.flatMap(({ safeguards }) => safeguards).map(({ name, remedy }) => [name, remedy]))
  const remedyOf = (safeguard: string) => remedies.get(safeguard)
  return [
    bindRead(contract.listPeople, (call, input) => record.listPeople(call, input)),
    bindRead(contract.summarisePeople, (call) => record.summarisePeople(call)),
    bindRead(contract.listMyPeople, async (call, { limit, after }) => {
      const { principal } = call
      // Whoever is no member is nobody's manager.
      if (principal.kind !== 'member') return { items: [], next: null, whyNobody: 'no-person' as const }
      const { items, next, whyNobody } = await service.listMyPeople(call, {
        memberId: principal.memberId,
        limit,
        after,
      })
      return { items: [...items], next, whyNobody: whyNobody ?? null }
    }),
    bindRead(contract.showPerson, (call, { personId }) =>
      record.showPerson(call, { personId, principal: call.principal, remedyOf }),
    ),
  ]
}
