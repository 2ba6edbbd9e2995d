import { type Bound, bindChange, bindRead, type Call } from '#core/door.ts'
import { type OutputOf, officers, type Role } from '#platform/contract.ts'
import * as contract from './contract.ts'
import * as service from './service.ts'

const runsProgramme: readonly Role[] = officers

export const views: readonly Bound[] = [
  bindRead(contract.listViews, async (call, { page }) => {
    const found = await service.listViews(call, { page, memberId: askerOf(call).memberId })
    return { items: found.map((view) => toWire(view, call)) }
  }),
  bindChange(contract.saveView, async (call, input) => {
    const { view, ...recorded } = await service.saveView(call, { ...input, memberId: askerOf(call).memberId })
    return { ...recorded, output: toWire(view, call) }
  }),
  bindChange(contract.changeView, async (call, input) => {
    const { view, ...recorded } = await service.changeView(call, { ...input, asker: askerOf(call) })
    return { ...recorded, output: toWire(view, call) }
  }),
  bindChange(contract.shareView, async (call, input) => {
    const { view, ...recorded } = await service.shareView(call, { ...input, asker: askerOf(call) })
    return { ...recorded, output: toWire(view, call) }
  }),
  bindChange(contract.removeView, async (call, { viewId }) => {
    return { ...(await service.removeView(call, { viewId, asker: askerOf(call) })), output: {} }
  }),
]

function askerOf({ principal }: Call): service.Asker {
  if (principal.kind !== 'member') return { memberId: undefined, isOfficer: false }
  const { memberId, roles } = principal
  return { memberId, isOfficer: roles.some((role) => runsProgramme.includes(role)) }
}

function toWire(view: service.ViewRow, call: Call): OutputOf<typeof contract.saveView> {
  const { memberId, page, ...rest } = view
  const known = contract.pages.find((one) => one === page)
  if (known === undefined) throw new Error('a view is of a page that there is not')
  return { ...rest, page: known, isMine: memberId === askerOf(call).memberId }
}
