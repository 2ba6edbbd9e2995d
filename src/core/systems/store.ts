/** Systems, accounts, devices, vendors and products: which rows of which sources speak of the same one. */
import { type Db, type Sql, sql, takeTurn } from '#platform/database.ts'

export interface NameSeen {
  readonly name: string
  /** What the register says it is; null where only other sources name it. */
  readonly kind: string | null
}

/** Names of systems that no system has yet, those of the register first. */
export async function listNewSystemNames(db: Db): Promise<readonly NameSeen[]> {
  const { rows } = await sql<NameSeen>`
    select name, max(kind) as kind, min(rank) as rank from (
      select name, system_kind as kind, 0 as rank from system_fact
      union all select distinct system, null, 1 from account_fact where account_id is null
      union all select system, null, 2 from mfa_fact
      union all select system, null, 3 from backup_fact
    ) seen
    where name is not null and not exists (select from system_name known where known.name = seen.name)
    group by name order by min(rank), name`.execute(db)
  return rows
}

export interface KnownSystem {
  readonly id: number
  readonly name: string
  readonly key: string
  readonly kind: string | undefined
}

export async function listSystems(db: Db): Promise<readonly KnownSystem[]> {
  const { rows } = await sql<{ id: number; name: string; key: string; kind: string | null }>`
    select system.id, system.name, system.key, max(fact.system_kind) as kind
    from system left join system_fact fact on fact.system_id = system.id
    group by system.id order by system.id`.execute(db)
  return rows.map((row) => ({ ...row, kind: row.kind ?? undefined }))
}

export async function insertSystem(db: Db, system: { key: string; name: string }): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into system (key, name) values (${system.key}, ${system.name})
    on conflict (organisation_id, key) do update set key = excluded.key returning id`.execute(db)
  return rows[0]?.id ?? 0
}

export async function nameSystem(db: Db, name: string, systemId: number, doubtful: boolean): Promise<void> {
  await sql`
    insert into system_name (name, system_id, doubtful) values (${name}, ${systemId}, ${doubtful})
    on conflict do nothing`.execute(db)
}

/** Asks whether a name means one of several systems. */
export async function askSystemName(
  db: Db,
  name: string,
  candidates: readonly number[],
  reason: string,
): Promise<void> {
  await sql`
    insert into match_question (kind, system_name, candidates, reason)
    values ('system-name', ${name}, ${[...candidates]}::bigint[], ${reason})
    on conflict (organisation_id, system_name) where kind = 'system-name' do nothing`.execute(db)
}

/**
 * Gives a name to the system that a member said it means. Rows that were tied by what it was taken for before are tied anew;
 * the accounts that they made there have no facts any more, and so are nowhere shown.
 */
export async function applySystemAnswers(db: Db): Promise<void> {
  await takeTurn(db)
  await sql`
    with moved as (
      update system_name set system_id = question.answer, doubtful = false from match_question question
      where question.kind = 'system-name' and question.system_name = system_name.name and question.answer is not null
        and system_name.system_id <> question.answer
      returning system_name.name
    )
    update account_fact set account_id = null from moved where account_fact.system = moved.name`.execute(db)
}

/** Ties rows to the systems that they name, and makes the accounts. */
export async function tieSystems(db: Db): Promise<void> {
  // Freshly copied rows have no statistics yet, and without them a join of some hundred thousand accounts is planned for one.
  await sql`analyze account_fact (account_id, system, source_id), mfa_fact, person_fact, component_fact, device_fact, system_name`.execute(
    db,
  )
  await sql`
    update system_fact set system_id = known.system_id from system_name known
    where known.name = system_fact.name and system_fact.system_id is distinct from known.system_id`.execute(db)
  await sql`
    update mfa_fact set system_id = known.system_id from system_name known
    where known.name = mfa_fact.system and mfa_fact.system_id is distinct from known.system_id`.execute(db)
  await sql`
    update backup_fact set system_id = known.system_id from system_name known
    where known.name = backup_fact.system and backup_fact.system_id is distinct from known.system_id`.execute(db)
  // Accounts of systems that were new when their list was read (`tieStagedAccounts` did the others).
  await insertAccounts(db, sql`(select * from account_fact where account_id is null)`)
  await sql`analyze account`.execute(db)
  await sql`
    update account_fact fact set account_id = account.id
    from system_name known, account
    where fact.account_id is null and known.name = fact.system and account.system_id = known.system_id
      and account.key = ${accountKey}`.execute(db)
  await sql`
    with granted as (
      select fact.account_id, fact.source_id, trim(both from name) as name, min(fact.present_from) as present_from
      from account_fact fact cross join unnest(fact.groups) name
      where fact.absent_from is null and fact.account_id is not null and trim(both from name) <> ''
      group by 1, 2, 3
    ), added as (
      insert into entitlement (account_id, source_id, name, present_from) select * from granted
      on conflict (account_id, source_id, name) do update set absent_from = null
      where entitlement.absent_from is not null
    )
    update entitlement set absent_from = now()
    where absent_from is null and not exists (
      select from granted where (granted.account_id, granted.source_id, granted.name)
        = (entitlement.account_id, entitlement.source_id, entitlement.name))`.execute(db)
}

/**
 * Makes the accounts that staged rows speak of, and gives the rows with their account: a row of some forty columns is then
 * written once. `stage` is the temporary table.
 */
export async function tieStagedAccounts(db: Db, stage: string): Promise<Sql> {
  const table = sql.raw(stage)
  await sql`analyze ${table} (system, username_key)`.execute(db)
  await insertAccounts(db, table)
  return sql`(
    select fact.*, account.id as account_id from ${table} fact
    left join system_name known on known.name = fact.system
    left join account on account.system_id = known.system_id and account.key = ${accountKey})`
}

async function insertAccounts(db: Db, table: Sql): Promise<void> {
  await sql`
    insert into account (system_id, key, username)
    select known.system_id, ${accountKey}, ${accountName}
    from ${table} fact join system_name known on known.name = fact.system
    on conflict (system_id, key) do nothing`.execute(db)
}

/** Systems that a staged list names and nobody has named before. */
export async function listStagedSystemNames(db: Db, stage: string): Promise<readonly NameSeen[]> {
  const { rows } = await sql<NameSeen>`
    select distinct stage.system as name, null as kind from ${sql.raw(stage)} stage
    where stage.system is not null and not exists (select from system_name known where known.name = stage.system)
    order by 1`.execute(db)
  return rows
}

// The whole user name, its domain included: jsmith of two domains are two people. Matching uses the bare name.
const accountKey = sql.raw(
  `coalesce(lower(trim(fact.username)), fact.external_id, fact.email_key, lower(fact.display_name))`,
)
const accountName = sql.raw(`coalesce(fact.username, fact.email, fact.display_name, fact.external_id)`)

/** Ties device rows by serial number, else by name where one of the two says no serial; makes those not yet known. */
export async function tieDevices(db: Db): Promise<void> {
  const bySerial = sql`
    update device_fact fact set device_id = other.device_id
    from (select serial_key, min(device_id) as device_id from device_fact
          where serial_key is not null and device_id is not null group by serial_key) other
    where fact.device_id is null and fact.serial_key = other.serial_key`
  const byName = sql`
    update device_fact fact set device_id = other.device_id
    from (select name_key, min(device_id) as device_id, bool_or(serial_key is not null) as has_serial from device_fact
          where name_key is not null and device_id is not null
          group by name_key having count(distinct device_id) = 1) other
    where fact.device_id is null and fact.name_key = other.name_key
      and (fact.serial_key is null or not other.has_serial)`
  const make = (which: 'with a serial' | 'any') => sql`
    with fresh as (
      select distinct on (key) key, name from (
        select id, coalesce('serial ' || serial_key, 'name ' || name_key, 'tag ' || asset_tag, key) as key,
          coalesce(name, serial, asset_tag, key) as name
        from device_fact where device_id is null and (${which} = 'any' or serial_key is not null)
      ) rows order by key, id
    ), made as (
      insert into device (key, name) select key, name from fresh
      on conflict (organisation_id, key) do update set name = device.name returning id, key
    )
    update device_fact fact set device_id = made.id from made
    where fact.device_id is null
      and coalesce('serial ' || fact.serial_key, 'name ' || fact.name_key, 'tag ' || fact.asset_tag, fact.key) = made.key`
  await bySerial.execute(db)
  await byName.execute(db)
  await make('with a serial').execute(db)
  await byName.execute(db)
  await make('any').execute(db)
}

export async function tieVendors(db: Db): Promise<void> {
  await sql`
    with made as (
      insert into vendor (key, name)
      select distinct on (vendor_key) vendor_key, name from vendor_fact
      where vendor_id is null and vendor_key is not null order by vendor_key, id
      on conflict (organisation_id, key) do update set name = vendor.name returning id, key
    )
    update vendor_fact set vendor_id = made.id from made
    where vendor_fact.vendor_id is null and vendor_fact.vendor_key = made.key`.execute(db)
}

/** Makes a product of each application seen; packages of an operating system and libraries are parts, not products. */
export async function tieProducts(db: Db): Promise<void> {
  await sql`
    update component_fact set device_id = device.device_id
    from (select name_key, min(device_id) as device_id from device_fact
          where name_key is not null and device_id is not null group by name_key having count(distinct device_id) = 1) device
    where component_fact.device_id is null and component_fact.host_key = device.name_key`.execute(db)
  await sql`
    with made as (
      insert into product (key, name)
      select distinct on (product_key) product_key, name from component_fact
      where product_id is null and product_key is not null and ${isApplication} order by product_key, id
      on conflict (organisation_id, key) do update set name = product.name returning id, key
    )
    update component_fact set product_id = made.id from made
    where component_fact.product_id is null and component_fact.product_key = made.key and ${isApplication}`.execute(db)
}

const isApplication = sql.raw(
  `coalesce(component_type, 'application') = 'application'
   and coalesce(purl, '') !~ '^pkg:(deb|rpm|apk|alpm|npm|maven|pypi|golang|gem|cargo|nuget|composer|oci|conan)/'`,
)

export async function listProducts(db: Db): Promise<readonly { id: number; name: string }[]> {
  const { rows } = await sql<{ id: number; name: string }>`select id, name from product order by id`.execute(db)
  return rows
}

export async function listApprovals(db: Db): Promise<readonly { id: number; product: string }[]> {
  const { rows } = await sql<{ id: number; product: string }>`
    select id, product from approval_fact where absent_from is null and product is not null order by id`.execute(db)
  return rows
}

export async function replaceProductApprovals(
  db: Db,
  pairs: readonly { productId: number; approvalId: number }[],
): Promise<void> {
  await sql`delete from product_approval`.execute(db)
  await sql`
    insert into product_approval (product_id, approval_fact_id)
    select * from unnest(${pairs.map(({ productId }) => productId)}::bigint[],
      ${pairs.map(({ approvalId }) => approvalId)}::bigint[])`.execute(db)
}
