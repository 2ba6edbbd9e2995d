/** Tasks: everybody sees their own, those who run or audit the programme all of them. */
import { z } from 'zod'
import { day, endpoint, everyMember, id, instant, line, officers, pageOf, paging, readers } from '#platform/contract.ts'

const state = z.enum(['open', 'done', 'all']).default('open')

export const task = z.object({
  id,
  kind: z.string(),
  title: z.string(),
  /** What it is about, as `kind:id`. */
  about: z.string().nullable(),
  /** Whose it is, as `member:<id>`. */
  assignee: z.string().nullable(),
  dueOn: day.nullable(),
  isOverdue: z.boolean(),
  openedAt: instant,
  done: z.object({ at: instant, by: z.string() }).nullable(),
})

export const listMyTasks = endpoint({
  name: 'tasks.mine',
  method: 'GET',
  path: '/tasks/mine',
  effect: 'read',
  summary: 'List your own tasks, those due first on top',
  roles: everyMember,
  input: z.strictObject({ state, ...paging }),
  output: pageOf(task),
})

export const listTasks = endpoint({
  name: 'tasks.list',
  method: 'GET',
  path: '/tasks',
  effect: 'read',
  summary: 'List everybody’s tasks, those due first on top',
  roles: readers,
  input: z.strictObject({
    state,
    kind: line(100).optional(),
    /** `member:<id>`, or `nobody`. */
    assignee: line(100).optional(),
    ...paging,
  }),
  output: pageOf(task),
})

export const showTask = endpoint({
  name: 'tasks.show',
  method: 'GET',
  path: '/tasks/{taskId}',
  effect: 'read',
  summary: 'See one task: one of your own, or any for those who run or audit the programme',
  roles: everyMember,
  input: z.strictObject({ taskId: id }),
  output: task,
})

export const openTask = endpoint({
  name: 'tasks.open',
  method: 'POST',
  path: '/tasks',
  effect: 'change',
  summary: 'Ask somebody to do something by a day',
  roles: [...officers, 'api-client'],
  input: z.strictObject({
    title: line(200),
    /** Who does it; nobody yet when not said. */
    memberId: id.optional(),
    /** Today or later. */
    dueOn: day.optional(),
  }),
  output: task,
})

export const assignTask = endpoint({
  name: 'tasks.assign',
  method: 'PUT',
  path: '/tasks/{taskId}/assignee',
  effect: 'change',
  summary: 'Give a task to a member, or back to nobody',
  roles: [...officers, 'api-client'],
  input: z.strictObject({ taskId: id, memberId: id.nullable() }),
  output: task,
})

export const completeTask = endpoint({
  name: 'tasks.complete',
  method: 'POST',
  path: '/tasks/{taskId}/complete',
  effect: 'change',
  summary: 'Say that a task is done',
  roles: [...officers, 'manager', 'staff', 'api-client'],
  input: z.strictObject({ taskId: id }),
  output: z.object({}),
})

export const reopenTask = endpoint({
  name: 'tasks.reopen',
  method: 'POST',
  path: '/tasks/{taskId}/reopen',
  effect: 'change',
  summary: 'Take back that a task is done, within fifteen minutes',
  roles: [...officers, 'manager', 'staff', 'api-client'],
  input: z.strictObject({ taskId: id }),
  output: task,
})
