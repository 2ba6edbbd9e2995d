/** Saved views: pages with their filters, kept under a name by a member, for themselves or for everybody. */
import { z } from 'zod'
import { endpoint, everyMember, id, line, nothing, officers } from '#platform/contract.ts'

/** The pages whose address says what they show. */
export const pages = ['findings', 'tasks', 'people', 'systems', 'devices', 'evidence', 'ledger'] as const

const page = z.enum(pages)
const name = line(60)

/** The words of an address, without the question mark: `severity=critical&owner=me`. */
const query = z
  .string()
  .max(1_000)
  .regex(/^[\w.:~%+=&*-]*$/, 'not the words of an address')

const view = z.object({
  id,
  page,
  name: z.string(),
  query: z.string(),
  isShared: z.boolean(),
  isMine: z.boolean(),
  /** Who keeps it. */
  by: z.string(),
})

export const listViews = endpoint({
  name: 'views.list',
  method: 'GET',
  path: '/views',
  effect: 'read',
  summary: 'List the views of a page that are yours or shared, by name',
  roles: everyMember,
  input: z.strictObject({ page }),
  output: z.object({ items: z.array(view) }),
})

export const saveView = endpoint({
  name: 'views.save',
  method: 'POST',
  path: '/views',
  effect: 'change',
  summary: 'Keep a view under a name, for yourself',
  roles: everyMember,
  input: z.strictObject({ page, name, query }),
  output: view,
})

export const changeView = endpoint({
  name: 'views.change',
  method: 'PATCH',
  path: '/views/{viewId}',
  effect: 'change',
  summary: 'Give a view of yours another name, or let it show something else',
  roles: everyMember,
  input: z.strictObject({ viewId: id, name: name.optional(), query: query.optional() }),
  output: view,
})

export const shareView = endpoint({
  name: 'views.share',
  method: 'PUT',
  path: '/views/{viewId}/sharing',
  effect: 'change',
  summary: 'Show a view of yours to everybody, or a shared one to its keeper alone',
  roles: officers,
  input: z.strictObject({ viewId: id, isShared: z.boolean() }),
  output: view,
})

export const removeView = endpoint({
  name: 'views.remove',
  method: 'DELETE',
  path: '/views/{viewId}',
  effect: 'change',
  summary: 'Remove a view of yours; officers remove shared ones too',
  roles: everyMember,
  input: z.strictObject({ viewId: id }),
  output: nothing,
})
