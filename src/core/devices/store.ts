/**
 * Devices by name. Which ones stand on a page is decided over plain rows of facts; what is known of them is then worked out
 * for that page alone, by the view that checks read.
 */
import { type Db, type Sql, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'
import { silentAfterDays } from './model.ts'

export interface DeviceRow {
  readonly id: number
  readonly name: string
  readonly sortName: string
  readonly kind: string | null
  readonly manufacturer: string | null
  readonly model: string | null
  readonly operatingSystem: string | null
  readonly worstEnd: Day | null
  readonly lastUpdateOn: Day | null
  readonly encrypted: boolean | null
  readonly protected: boolean | null
  readonly managed: boolean | null
  readonly lastSeenAt: Date | null
  /** When the newest inventory that says so was collected. */
  readonly seenAsOf: Date | null
  readonly ephi: boolean | null
  readonly isOutOfUse: boolean
  readonly isLost: boolean
  readonly basis: 'measured' | 'stated' | null
  readonly userName: string | null
  readonly userEmail: string | null
  readonly serial: string | null
  readonly findings: number
}

export type DeviceGroup = 'unsupported' | 'not-encrypted' | 'not-seen' | 'with-findings'

export interface DeviceFilter {
  readonly words?: string | undefined
  readonly kind?: string | undefined
  readonly group?: DeviceGroup | undefined
}

/** The kinds that are judged by it, as the checks judge them; a device without a kind is taken for a workstation. */
const judged = {
  encrypted: sql`coalesce(kind, 'workstation') in ('workstation', 'laptop', 'tablet', 'phone', 'server', 'virtual')`,
  seen: sql`coalesce(kind, 'workstation') not in ('medical', 'network', 'printer') and managed is not false`,
}

/** What stands against each device: one source that denies it is enough, as in the view. */
const told = sql`
  select fact.device_id, max(fact.device_kind) as kind, bool_or(current.id is not null) as is_current,
    coalesce(bool_and(fact.standing in ('retired', 'stock'))
      filter (where current.id is not null and fact.standing is not null), false) as is_out_of_use,
    bool_or(fact.managed) filter (where current.id is not null) as managed,
    coalesce(bool_or(release.end_of_support_on < judged_on()) filter (where current.id is not null), false)
      as is_unsupported,
    coalesce(bool_or(not fact.encrypted) filter (where current.id is not null), false) as is_open,
    coalesce(max(fact.last_seen_at) filter (where current.id is not null)
      < max(current.collected_at) filter (where fact.last_seen_at is not null)
        - make_interval(days => ${sql.lit(silentAfterDays)}), false) as is_silent
  from device_fact fact
  left join current on current.id = fact.source_id
  left join os_release release on release.product = fact.os_product and release.cycle = fact.os_cycle
  where fact.absent_from is null and fact.device_id is not null
  group by fact.device_id`

const against = {
  unsupported: sql`not is_out_of_use and is_unsupported`,
  'not-encrypted': sql`not is_out_of_use and is_open and ${judged.encrypted}`,
  'not-seen': sql`not is_out_of_use and is_silent and ${judged.seen}`,
} as const

const groups: Readonly<Record<DeviceGroup, Sql>> = {
  unsupported: sql`device.id in (select device_id from (${told}) told where ${against.unsupported})`,
  'not-encrypted': sql`device.id in (select device_id from (${told}) told where ${against['not-encrypted']})`,
  'not-seen': sql`device.id in (select device_id from (${told}) told where ${against['not-seen']})`,
  'with-findings': sql`device.id in (
    select subject_id from finding where finding.subject_kind = 'device' and finding.closed_at is null)`,
}

function matching({ words, kind, group }: DeviceFilter): Sql[] {
  const conditions: Sql[] = []
  // The greatest of what lists say, as in the view.
  if (kind !== undefined)
    conditions.push(sql`device.id in (
      select fact.device_id from device_fact fact where fact.absent_from is null and fact.device_id is not null
      group by fact.device_id having max(fact.device_kind) = ${kind})`)
  if (group !== undefined) conditions.push(groups[group])
  if (words !== undefined)
    conditions.push(sql`device.id in (
      select fact.device_id from device_fact fact where fact.absent_from is null
        and strpos(lower(concat_ws(' ', fact.name, fact.serial, fact.user_name, fact.user_email)), lower(${words}::text)) > 0)`)
  return conditions
}

export async function listDeviceRows(
  db: Db,
  filter: DeviceFilter,
  page: { readonly limit: number; readonly after: readonly [name: string, id: number] | undefined },
): Promise<readonly DeviceRow[]> {
  const conditions = [
    sql`exists (select from device_fact fact where fact.device_id = device.id and fact.absent_from is null)`,
    ...matching(filter),
  ]
  if (page.after)
    conditions.push(sql`(device.sort_name, device.id) > (${page.after[0]}::text, ${page.after[1]}::bigint)`)
  return selectDevices(
    db,
    sql`select device.id, device.name, device.sort_name from device where ${sql.join(conditions, sql` and `)}
      order by device.sort_name, device.id limit ${page.limit}`,
  )
}

/** One device, also when no list names it any more. */
export async function findDeviceRow(db: Db, id: number): Promise<DeviceRow | undefined> {
  return (
    await selectDevices(db, sql`select device.id, device.name, device.sort_name from device where device.id = ${id}`)
  )[0]
}

async function selectDevices(db: Db, page: Sql): Promise<readonly DeviceRow[]> {
  const { rows } = await sql<DeviceRow>`
    with current as materialized (select id, collected_at from source_now where is_current), page as materialized (${page})
    select page.id, page.name, page.sort_name as "sortName", told.device_kind as kind, told.manufacturer, told.model,
      told.os_label as "operatingSystem", beside.worst_end as "worstEnd", told.last_update_on as "lastUpdateOn",
      told.encrypted, told.malware_protection as protected, told.managed, told.last_seen_at as "lastSeenAt",
      told.seen_as_of as "seenAsOf", told.ephi,
      coalesce(told.is_out_of_use, false) as "isOutOfUse", coalesce(told.is_lost, false) as "isLost", told.basis,
      beside.user_name as "userName", beside.user_email as "userEmail", beside.serial, found.findings
    from page
    left join lateral (select * from device_now where device_id = page.id limit 1) told on true
    cross join lateral (
      select min(release.end_of_support_on) as worst_end,
        (array_agg(fact.user_name order by current.collected_at desc) filter (where fact.user_name is not null))[1]
          as user_name,
        (array_agg(fact.user_email order by current.collected_at desc) filter (where fact.user_email is not null))[1]
          as user_email,
        (array_agg(fact.serial order by current.collected_at desc) filter (where fact.serial is not null))[1] as serial
      from device_fact fact
      join current on current.id = fact.source_id
      left join os_release release on release.product = fact.os_product and release.cycle = fact.os_cycle
      where fact.device_id = page.id and fact.absent_from is null
    ) beside
    cross join lateral (
      select count(*) as findings from finding
      where finding.subject_kind = 'device' and finding.subject_id = page.id and finding.closed_at is null
    ) found
    order by page.sort_name, page.id`.execute(db)
  return rows
}

export interface DeviceCounts {
  readonly all: number
  readonly outOfUse: number
  readonly medical: number
  readonly unsupported: number
  readonly notEncrypted: number
  readonly notSeen: number
  readonly lapsed: number
}

export async function countDeviceRows(db: Db): Promise<DeviceCounts> {
  const { rows } = await sql<DeviceCounts>`
    with current as materialized (select id, collected_at from source_now where is_current), told as (${told})
    select count(*) as all, count(*) filter (where is_out_of_use) as "outOfUse",
      count(*) filter (where not is_out_of_use and kind = 'medical') as medical,
      count(*) filter (where ${against.unsupported}) as unsupported,
      count(*) filter (where ${against['not-encrypted']}) as "notEncrypted",
      count(*) filter (where ${against['not-seen']}) as "notSeen",
      count(*) filter (where not is_current) as lapsed
    from told`.execute(db)
  return rows[0] ?? { all: 0, outOfUse: 0, medical: 0, unsupported: 0, notEncrypted: 0, notSeen: 0, lapsed: 0 }
}

/** What an inventory writes of a user, in the keys that lists of people are compared by. */
export interface UserKeys {
  readonly email: string | undefined
  readonly username: string | undefined
  readonly name: string | undefined
}

export interface UserFound {
  readonly kind: 'email' | 'username' | 'name'
  readonly key: string
  readonly people: readonly number[]
}

/** Which people each address, user name or name may mean. */
export async function listUsersFound(db: Db, users: readonly UserKeys[]): Promise<readonly UserFound[]> {
  const keysOf = (kind: keyof UserKeys) => sql`${users.flatMap((user) => user[kind] ?? [])}::text[]`
  const { rows } = await sql<UserFound>`
    select kind, key, array_agg(distinct person_id) as people from (
      select 'email' as kind, email_key as key, person_id from person_fact where email_key = any (${keysOf('email')})
      union all
      select 'username', username_key, person_id from person_fact where username_key = any (${keysOf('username')})
      union all
      select 'username', account.key, account.person_id from system
      join account on account.system_id = system.id and account.key = any (${keysOf('username')})
      where account.link is distinct from 'named'
      union all
      select 'name', name_key, person_id from person_fact where name_key = any (${keysOf('name')})
    ) found where person_id is not null group by kind, key`.execute(db)
  return rows
}

export type DeviceEventKind =
  | 'listed'
  | 'not-listed'
  | 'software-seen'
  | 'software-gone'
  | 'finding-opened'
  | 'finding-closed'
  | 'finding-reopened'
  | 'finding-excepted'

export interface DeviceEvent {
  readonly at: Date
  readonly kind: DeviceEventKind
  readonly what: string
  readonly findingId: number | null
  readonly count: number | null
}

/** What happened to a device: when sources named it, what software came and went, and its findings. The newest first. */
export async function listDeviceEvents(db: Db, deviceId: number, limit: number): Promise<readonly DeviceEvent[]> {
  const { rows } = await sql<DeviceEvent>`
    with software as materialized (
      select source_id, present_from, absent_from from component_fact where device_id = ${deviceId} and absent_from is null
      union all
      select source_id, present_from, absent_from from component_fact
      where device_id = ${deviceId} and absent_from is not null
    )
    select happened.at, happened.kind, coalesce(happened.what, source.name, '') as what,
      happened.finding_id as "findingId", happened.count
    from (
      select present_from as at, 'listed' as kind, null as what, null::bigint as finding_id, null::bigint as count, source_id
      from device_fact where device_id = ${deviceId}
      union all
      select absent_from, 'not-listed', null, null, null, source_id
      from device_fact where device_id = ${deviceId} and absent_from is not null
      union all
      select present_from, 'software-seen', null, null, count(*), source_id from software group by present_from, source_id
      union all
      select absent_from, 'software-gone', null, null, count(*), source_id
      from software where absent_from is not null group by absent_from, source_id
      union all
      select event.at, 'finding-' || event.kind, finding.detail, finding.id, null, null
      from finding join finding_event event on event.finding_id = finding.id
      where finding.subject_kind = 'device' and finding.subject_id = ${deviceId}
        and event.kind in ('opened', 'closed', 'reopened', 'excepted')
    ) happened
    left join source on source.id = happened.source_id
    order by happened.at desc, happened.kind, what limit ${limit}`.execute(db)
  return rows
}
