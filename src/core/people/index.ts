import { type Bound, bindRead } from '#core/door.ts'
import { listMyPeople } from './contract.ts'
import * as service from './service.ts'

export const people: readonly Bound[] = [
  bindRead(listMyPeople, async (call, { limit, after }) => {
    const { principal } = call
    // Whoever is no member is nobody's manager.
    if (principal.kind !== 'member') return { items: [], next: null, whyNobody: 'no-person' as const }
    const { items, next, whyNobody } = await service.listMyPeople(call, { memberId: principal.memberId, limit, after })
    return { items: [...items], next, whyNobody: whyNobody ?? null }
  }),
]
