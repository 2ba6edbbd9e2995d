/**
 * What is known lapses with its sources. A week before, and as long as it has, there is a task to bring a new export; it is
 * done by itself when one has come.
 */
import { completeTask, listTasks, openTask } from '#core/tasks/service.ts'
import type { Context } from '#platform/context.ts'
import { addDays, dayOf } from '#platform/days.ts'
import { listSourceRows } from './store.ts'

const kind = 'sources.renew'
const noticeDays = 7
const atOnce = 1_000

export async function remindOfSources(context: Context): Promise<{ opened: number; done: number }> {
  const { db, now, today } = context
  const horizon = addDays(today, noticeDays)
  const due = new Set<string>()
  let opened = 0
  for (let after: number | undefined; ; ) {
    const rows = await listSourceRows(db, now, { kind: undefined, isCurrent: undefined, after, limit: atOnce })
    for (const source of rows) {
      // A live source is read by itself; what it needs is mended where it fails.
      if (source.channel !== 'file' || source.validUntil === null) continue
      const lapsesOn = dayOf(source.validUntil)
      if (lapsesOn > horizon) continue
      const about = `source:${source.id}`
      due.add(about)
      const task = await openTask(context, {
        kind,
        title: `Bring a new export of ${source.name}`,
        about,
        dueOn: lapsesOn,
      })
      if (task.isNew) opened += 1
    }
    after = rows.at(-1)?.id
    if (rows.length < atOnce) break
  }
  let done = 0
  for (const task of await listTasks(context, { kind, state: 'open' })) {
    if (task.about === undefined || due.has(task.about)) continue
    await completeTask(context, { taskId: task.id })
    done += 1
  }
  return { opened, done }
}
