/**
 * Saved views. The rules:
 *  - A view is its keeper's alone until an officer shares one of their own; to others a view that is not shared is as if it
 *    were not there.
 *  - It changes nothing of what somebody may see: it is words of an address, and the page that they lead to decides.
 *  - Its keeper changes it; an officer may take a shared one back or remove it, so that none outlives whoever shared it.
 */
import type { Happening } from '#core/ledger/service.ts'
import type { Context } from '#platform/context.ts'
import { refusals } from '#platform/refusal.ts'
import {
  countViews,
  deleteView,
  hasNamed,
  insertView,
  listViewRows,
  lockKeeper,
  lockView,
  updateView,
  type ViewRow,
} from './store.ts'

export type { ViewRow } from './store.ts'

/** How many views a member keeps at most. */
export const mostViews = 100

const refuse = refusals('view', {
  unknown: ['missing', 'There is no such view.', 'list the views to see which there are'],
  'no-member': ['forbidden', 'Only a member keeps views.', 'sign in as a member'],
  named: ['conflict', 'Another of your views has this name.', 'give it another name'],
  'too-many': ['conflict', `A member keeps at most ${mostViews} views.`, 'remove one that you do not need'],
  'of-another': ['forbidden', 'This view is somebody else’s.', 'save it under a name of your own'],
})

/** Who asks: a member, and whether they run the programme. */
export interface Asker {
  /** Undefined of programs and operators. */
  readonly memberId: number | undefined
  readonly isOfficer: boolean
}

type Recorded = Pick<Happening, 'subjects' | 'payload'>

export async function listViews(
  { db }: Context,
  { page, memberId }: { readonly page: string; readonly memberId: number | undefined },
): Promise<readonly ViewRow[]> {
  return listViewRows(db, page, memberId ?? 0)
}

export async function saveView(
  { db, now }: Context,
  input: {
    readonly memberId: number | undefined
    readonly page: string
    readonly name: string
    readonly query: string
  },
): Promise<Recorded & { readonly view: ViewRow }> {
  const { memberId } = input
  if (memberId === undefined) throw refuse('no-member')
  await lockKeeper(db, memberId)
  if ((await countViews(db, memberId)) >= mostViews) throw refuse('too-many')
  const wanted = { ...input, memberId }
  if (await hasNamed(db, wanted)) throw refuse('named')
  return record(await read(db, await insertView(db, wanted, now), memberId))
}

export async function changeView(
  { db }: Context,
  input: {
    readonly viewId: number
    readonly asker: Asker
    readonly name?: string | undefined
    readonly query?: string | undefined
  },
): Promise<Recorded & { readonly view: ViewRow }> {
  const view = await find(db, input)
  if (view.memberId !== input.asker.memberId) throw refuse('of-another')
  await lockKeeper(db, view.memberId)
  const changed = { ...view, name: input.name ?? view.name, query: input.query ?? view.query }
  if (await hasNamed(db, changed, view.id)) throw refuse('named')
  await updateView(db, changed)
  return record(changed)
}

/** Shows a view of one's own to everybody, or a shared one to its keeper alone. */
export async function shareView(
  { db }: Context,
  input: { readonly viewId: number; readonly asker: Asker; readonly isShared: boolean },
): Promise<Recorded & { readonly view: ViewRow }> {
  const view = await find(db, input)
  const changed = { ...view, isShared: input.isShared }
  await updateView(db, changed)
  return record(changed)
}

export async function removeView(
  { db }: Context,
  input: { readonly viewId: number; readonly asker: Asker },
): Promise<Recorded> {
  const view = await find(db, input)
  if (view.memberId !== input.asker.memberId && !input.asker.isOfficer) throw refuse('of-another')
  await deleteView(db, view.id)
  const { subjects, payload } = record(view)
  return { subjects, payload }
}

async function find(
  db: Context['db'],
  { viewId, asker }: { readonly viewId: number; readonly asker: Asker },
): Promise<ViewRow> {
  if (asker.memberId === undefined) throw refuse('no-member')
  return read(db, viewId, asker.memberId)
}

async function read(db: Context['db'], viewId: number, memberId: number): Promise<ViewRow> {
  const view = await lockView(db, viewId, memberId)
  if (!view) throw refuse('unknown')
  return view
}

function record(view: ViewRow): Recorded & { readonly view: ViewRow } {
  const { id, page, name, query, isShared } = view
  return { view, subjects: [`view:${id}`], payload: { view: id, page, name, query, isShared } }
}
