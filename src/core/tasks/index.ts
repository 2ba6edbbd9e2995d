import { type Bound, bindChange, bindRead } from '#core/door.ts'
import type { OutputOf } from '#platform/contract.ts'
import * as contract from './contract.ts'
import * as service from './service.ts'

export const tasks: readonly Bound[] = [
  bindRead(contract.listMyTasks, async (call, input) => {
    const assignee = service.assigneeOf(call.principal)
    if (assignee === undefined) return { items: [], next: null }
    return toPage(await service.pageTasks(call, { ...input, assignee }))
  }),
  bindRead(contract.listTasks, async (call, { assignee, ...input }) =>
    toPage(await service.pageTasks(call, { ...input, assignee: assignee === 'nobody' ? null : assignee })),
  ),
  bindRead(contract.showTask, async (call, { taskId }) =>
    toWire(await service.showTask(call, { taskId, whose: service.whoseTasksSeen(call.principal) })),
  ),
  bindChange(contract.openTask, async (call, input) => {
    const { task, ...recorded } = await service.askForTask(call, input)
    return { ...recorded, output: toWire(task) }
  }),
  bindChange(contract.assignTask, async (call, { taskId, memberId }) => {
    const { task, ...recorded } = await service.assignTask(call, { taskId, memberId: memberId ?? undefined })
    return { ...recorded, output: toWire(task) }
  }),
  bindChange(contract.completeTask, async (call, { taskId }) => {
    const recorded = await service.completeTask(call, { taskId, whose: service.whoseTasks(call.principal) })
    return { ...recorded, output: {} }
  }),
  bindChange(contract.reopenTask, async (call, { taskId }) => {
    const { task, ...recorded } = await service.reopenTask(call, { taskId, whose: service.whoseTasks(call.principal) })
    return { ...recorded, output: toWire(task) }
  }),
]

function toPage({ items, next }: { readonly items: readonly service.Task[]; readonly next: string | null }) {
  return { items: items.map(toWire), next }
}

/** A task as it goes over the door. */
export function toWire({ about, assignee, dueOn, done, ...rest }: service.Task): OutputOf<typeof contract.assignTask> {
  return { ...rest, about: about ?? null, assignee: assignee ?? null, dueOn: dueOn ?? null, done: done ?? null }
}
