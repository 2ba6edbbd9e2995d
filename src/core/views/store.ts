/** The rows of saved views. */
import { type Db, sql } from '#platform/database.ts'

export interface ViewRow {
  readonly id: number
  readonly memberId: number
  readonly by: string
  readonly page: string
  readonly name: string
  readonly query: string
  readonly isShared: boolean
}

const columns = sql`saved_view.id, saved_view.member_id as "memberId", identity.name as by, saved_view.page, saved_view.name,
  saved_view.query, saved_view.is_shared as "isShared"`
const kept = sql`saved_view join member on member.id = saved_view.member_id
  join identity on identity.id = member.identity_id`

/** The views of a page that a member keeps, and those that are shared. */
export async function listViewRows(db: Db, page: string, memberId: number): Promise<readonly ViewRow[]> {
  const { rows } = await sql<ViewRow>`
    select ${columns} from ${kept}
    where saved_view.page = ${page} and (saved_view.member_id = ${memberId} or saved_view.is_shared)
    order by lower(saved_view.name), saved_view.id`.execute(db)
  return rows
}

/** Reads and locks a view that a member may see. */
export async function lockView(db: Db, id: number, memberId: number): Promise<ViewRow | undefined> {
  const { rows } = await sql<ViewRow>`
    select ${columns} from ${kept}
    where saved_view.id = ${id} and (saved_view.member_id = ${memberId} or saved_view.is_shared)
    for update of saved_view`.execute(db)
  return rows[0]
}

/** Locks a member's row, so that no two of their requests name a view alike, or keep one too many. */
export async function lockKeeper(db: Db, memberId: number): Promise<void> {
  await sql`select from member where id = ${memberId} for no key update`.execute(db)
}

export async function countViews(db: Db, memberId: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from saved_view where member_id = ${memberId}`.execute(db)
  return rows[0]?.count ?? 0
}

/** Whether a member keeps another view of the page under this name, in any case of letters. */
export async function hasNamed(db: Db, view: Pick<ViewRow, 'memberId' | 'page' | 'name'>, not = 0): Promise<boolean> {
  const { rows } = await sql`
    select from saved_view where member_id = ${view.memberId} and page = ${view.page}
      and lower(name) = lower(${view.name}) and id <> ${not}`.execute(db)
  return rows.length > 0
}

export async function insertView(
  db: Db,
  view: Pick<ViewRow, 'memberId' | 'page' | 'name' | 'query'>,
  at: Date,
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into saved_view (member_id, page, name, query, made_at)
    values (${view.memberId}, ${view.page}, ${view.name}, ${view.query}, ${at}::timestamptz) returning id`.execute(db)
  const [row] = rows
  if (!row) throw new Error('a view was inserted and is not there')
  return row.id
}

export async function updateView(db: Db, { id, name, query, isShared }: ViewRow): Promise<void> {
  await sql`
    update saved_view set name = ${name}, query = ${query}, is_shared = ${isShared} where id = ${id}`.execute(db)
}

export async function deleteView(db: Db, id: number): Promise<void> {
  await sql`delete from saved_view where id = ${id}`.execute(db)
}
