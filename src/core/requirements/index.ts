import { type Bound, bindChange, bindRead } from '#core/door.ts'
import type { OutputOf } from '#platform/contract.ts'
import * as contract from './contract.ts'
import * as service from './service.ts'

export const requirements: readonly Bound[] = [
  bindRead(contract.listRequirements, async (call, input) => {
    const { subparts, items } = await service.listRequirements(call, input)
    return { subparts: [...subparts], items: items.map(toWire) }
  }),
  bindRead(contract.showRequirement, async (call, { citation }) => {
    const shown = await service.showRequirement(call, { citation })
    return {
      requirement: toWire(shown.requirement),
      children: [...shown.children],
      safeguards: shown.safeguards.map(({ name, title, practice, status, whyUnknown }) => {
        return { name, title, practice, status, whyUnknown }
      }),
      decisions: [...shown.decisions],
      crosswalk: [...shown.crosswalk],
      evidence: [...shown.evidence],
    }
  }),
  bindChange(contract.decide, async (call, { decidedOn = call.today, ...input }) => {
    const { decisionId, ...recorded } = await service.decideAddressable(call, { decidedOn, ...input })
    return { ...recorded, output: { decisionId } }
  }),
  bindRead(contract.listDecisions, async (call, input) => {
    const { items, next } = await service.pageDecisions(call, input)
    return { items: [...items], next }
  }),
]

function toWire(shown: service.RequirementShown): OutputOf<typeof contract.listRequirements>['items'][number] {
  const { amends, safeguards, decision, whyUnknown, ...rest } = shown
  return {
    ...rest,
    amends: [...amends],
    safeguards: safeguards.map(({ name, status }) => ({ name, status })),
    decision: decision ?? null,
    whyUnknown: whyUnknown ?? null,
  }
}
