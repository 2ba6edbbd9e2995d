/**
 * What pages of systems and devices read. The views of migrations/0001-core.sql judge every row of an organisation; a page asks
 * them for its own rows one by one (`limit 1` keeps each a query of its own), so that its cost does not grow with the whole.
 */
import { factKinds } from '#core/intake/facts.ts'
import type { Severity } from '#core/safeguards/model.ts'
import { type Db, type Sql, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'

type Basis = 'measured' | 'stated'

export interface SystemRow {
  readonly id: number
  readonly name: string
  readonly sortName: string
  readonly kind: string | null
  readonly isRegistered: boolean
  readonly basis: Basis | null
  readonly isOutOfUse: boolean
  readonly ephi: boolean | null
  readonly vendor: string | null
  readonly vendorKey: string | null
  readonly vendorAgreement: string | null
  readonly vendorExpiresOn: Day | null
  readonly owner: string | null
  readonly criticality: string | null
  readonly rpoHours: number | null
  readonly rtoHours: number | null
  readonly mfaRequired: boolean | null
  readonly encryptedAtRest: boolean | null
  readonly encryptedInTransit: boolean | null
  readonly auditLogging: boolean | null
  readonly accounts: number
  readonly enabled: number
  readonly enabledNotKnown: number
  readonly withoutSecondFactor: number
  readonly secondFactorNotKnown: number
  readonly lastBackupAt: Date | null
  readonly restoreTestedOn: Day | null
  readonly restorePassed: boolean | null
  readonly isBackupCurrent: boolean | null
  readonly findings: number
}

export interface SystemFilter {
  readonly words?: string | undefined
  readonly patientData?: 'yes' | 'no' | 'not-known' | undefined
  readonly isRegistered?: boolean | undefined
  readonly hasFindings?: boolean | undefined
}

/** Where something stands in an order by name. */
export type NamePlace = readonly [name: string, id: number]

/** A name that was taken for another system's leaves its own behind, which nothing names any more. */
const isNamed = sql`exists (select from system_name known where known.system_id = system.id)`

const openAbout = (kind: 'system' | 'device', id: Sql): Sql => sql`
  select count(*) as findings from finding
  where finding.subject_kind = ${sql.lit(kind)} and finding.subject_id = ${id} and finding.closed_at is null`

/**
 * The accounts of these systems that are told of alike, by what the lists that are current say of them, as the view
 * account_now joins it: one that says enabled is enough, and a second factor is there when nothing that speaks of it denies it.
 */
const loginsNow = (systemIds: Sql): Sql => sql`
  select kept.system_id, kept.accounts, kept.is_owned, kept.leaver_ids, told.enabled, told.privileged,
    case when factor.registered is null then told.second_factor
      else coalesce(told.second_factor, true) and factor.registered end as has_factor
  from system_login kept
  cross join lateral (
    select count(*) as lists, bool_or(said.enabled) as enabled, bool_or(said.privileged) as privileged,
      bool_and(said.second_factor) as second_factor
    from unnest(kept.source_ids, kept.enabled, kept.privileged, kept.second_factor)
      said (source_id, enabled, privileged, second_factor)
    where said.source_id = any (array(select id from source_now where is_current))
  ) told
  cross join lateral (
    select bool_and(said.registered) as registered
    from unnest(kept.register_ids, kept.registered) said (source_id, registered)
    where said.source_id = any (array(select id from source_now where is_current))
  ) factor
  where kept.system_id in (${systemIds}) and told.lists > 0`

/** Works out anew how many accounts of each system are told of alike. */
export async function refreshLogins(db: Db): Promise<void> {
  await sql`delete from system_login`.execute(db)
  const columns = sql`organisation_id, system_id, source_ids, enabled, privileged, second_factor, register_ids, registered,
    is_owned, accounts, leaver_ids`
  await sql`insert into system_login (${columns}) select ${columns} from system_login_now`.execute(db)
  await sql`analyze system_login`.execute(db)
}

export async function listSystemRows(
  db: Db,
  filter: SystemFilter,
  page: { readonly limit: number; readonly after: NamePlace | undefined },
): Promise<readonly SystemRow[]> {
  const { words, patientData, isRegistered, hasFindings } = filter
  const conditions = [isNamed]
  if (page.after)
    conditions.push(sql`(system.sort_name, system.id) > (${page.after[0]}::text, ${page.after[1]}::bigint)`)
  if (words !== undefined)
    conditions.push(sql`exists (select from system_name known where known.system_id = system.id
      and strpos(lower(known.name), lower(${words}::text)) > 0)`)
  if (patientData === 'not-known') conditions.push(sql`told.ephi is null`)
  else if (patientData !== undefined) conditions.push(sql`told.ephi = ${patientData === 'yes'}`)
  if (isRegistered !== undefined) conditions.push(sql`told.is_registered = ${isRegistered}`)
  if (hasFindings !== undefined) conditions.push(sql`(found.findings > 0) = ${hasFindings}`)
  return selectSystems(db, sql.join(conditions, sql` and `), page.limit)
}

export async function findSystemRow(db: Db, id: number): Promise<SystemRow | undefined> {
  return (await selectSystems(db, sql`system.id = ${id} and ${isNamed}`, 1))[0]
}

async function selectSystems(db: Db, where: Sql, limit: number): Promise<readonly SystemRow[]> {
  const { rows } = await sql<SystemRow>`
    with page as materialized (
      select told.*, system.sort_name, found.findings
      from system
      cross join lateral (select * from system_now where system_id = system.id limit 1) told
      cross join lateral (${openAbout('system', sql`system.id`)}) found
      where ${where}
      order by system.sort_name, system.id limit ${limit}
    ), login as materialized (${loginsNow(sql`select system_id from page`)}
    ), counted as (
      select system_id, sum(accounts) as accounts, sum(accounts) filter (where enabled) as enabled,
        sum(accounts) filter (where enabled is null) as enabled_not_known,
        sum(accounts) filter (where enabled and not has_factor) as without_second_factor,
        sum(accounts) filter (where enabled and has_factor is null) as second_factor_not_known
      from login group by system_id
    )
    select page.system_id as id, page.name, page.sort_name as "sortName", page.system_kind as kind, page.is_registered as "isRegistered", page.basis,
      page.is_out_of_use as "isOutOfUse", page.ephi, page.vendor, page.vendor_key as "vendorKey",
      vendor.agreement as "vendorAgreement", vendor.agreement_expires_on as "vendorExpiresOn", page.owner,
      page.criticality, page.rpo_hours as "rpoHours", page.rto_hours as "rtoHours", page.mfa_required as "mfaRequired",
      page.encrypted_at_rest as "encryptedAtRest", page.encrypted_in_transit as "encryptedInTransit",
      page.audit_logging as "auditLogging", coalesce(counted.accounts, 0) as accounts,
      coalesce(counted.enabled, 0) as enabled, coalesce(counted.enabled_not_known, 0) as "enabledNotKnown",
      coalesce(counted.without_second_factor, 0) as "withoutSecondFactor",
      coalesce(counted.second_factor_not_known, 0) as "secondFactorNotKnown",
      backup.last_success_at as "lastBackupAt", backup.restore_tested_on as "restoreTestedOn",
      backup.restore_passed as "restorePassed", backup.is_current as "isBackupCurrent", page.findings
    from page
    left join counted on counted.system_id = page.system_id
    left join lateral (
      select vendor_now.agreement, vendor_now.agreement_expires_on from vendor
      cross join lateral (select * from vendor_now where vendor_id = vendor.id limit 1) vendor_now
      where vendor.key = page.vendor_key
    ) vendor on true
    cross join lateral (
      select max(fact.last_success_at) filter (where source.is_current) as last_success_at,
        max(fact.restore_tested_on) filter (where source.is_current) as restore_tested_on,
        (array_agg(fact.restore_passed order by fact.restore_tested_on desc)
          filter (where source.is_current and fact.restore_tested_on is not null))[1] as restore_passed,
        bool_or(source.is_current) as is_current
      from backup_fact fact join source_now source on source.id = fact.source_id
      where fact.system_id = page.system_id and fact.absent_from is null
    ) backup
    order by page.sort_name, page.system_id`.execute(db)
  return rows
}

export interface SystemCounts {
  readonly all: number
  readonly withPatientData: number
  readonly patientDataNotKnown: number
  readonly onlySeen: number
  readonly withFindings: number
}

export async function countSystemRows(db: Db): Promise<SystemCounts> {
  const { rows } = await sql<SystemCounts>`
    select count(*) as all, count(*) filter (where told.ephi) as "withPatientData",
      count(*) filter (where told.ephi is null) as "patientDataNotKnown",
      count(*) filter (where not told.is_registered) as "onlySeen",
      count(*) filter (where exists (
        select from finding where finding.subject_kind = 'system' and finding.subject_id = told.system_id
          and finding.closed_at is null)) as "withFindings"
    from system_now told
    where exists (select from system_name known where known.system_id = told.system_id) and not told.is_out_of_use`.execute(
    db,
  )
  return rows[0] ?? { all: 0, withPatientData: 0, patientDataNotKnown: 0, onlySeen: 0, withFindings: 0 }
}

// ---- what sources say of one thing

export interface ToldRow {
  readonly sourceId: number
  readonly source: string
  readonly basis: Basis
  readonly collectedAt: Date
  readonly validUntil: Date
  readonly isCurrent: boolean
  readonly line: number
  readonly says: Readonly<Record<string, ToldValue>>
}

type ToldValue = string | number | boolean | Date | null

/** Every row that a source still holds about a thing, the newest first. */
export async function listToldRows(
  db: Db,
  kind: 'system' | 'device' | 'vendor',
  id: number,
): Promise<readonly ToldRow[]> {
  const names = Object.keys(factKinds[kind].columns)
  const columns = sql.join(names.map((name) => sql`fact.${sql.id(columnOf(name))} as ${sql.id(name)}`))
  const { rows } = await sql<Omit<ToldRow, 'says'> & Readonly<Record<string, ToldValue>>>`
    select source.id as "sourceId", source.name as source, source.basis, source.collected_at as "collectedAt",
      source.valid_until as "validUntil", source.is_current as "isCurrent", fact.line, ${columns}
    from ${sql.id(`${kind}_fact`)} fact join source_now source on source.id = fact.source_id
    where fact.${sql.id(`${kind}_id`)} = ${id} and fact.absent_from is null
    order by source.is_current desc, source.collected_at desc, fact.id limit 50`.execute(db)
  return rows.map((row) => {
    const { sourceId, source, basis, collectedAt, validUntil, isCurrent, line } = row
    const says = Object.fromEntries(names.map((name) => [name, row[name] ?? null]))
    return { sourceId, source, basis, collectedAt, validUntil, isCurrent, line, says }
  })
}

const columnOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

export interface FindingBrief {
  readonly id: number
  readonly severity: Severity
  readonly title: string
  readonly detail: string
  readonly dueOn: Day
}

/** The open findings about a thing, the worst first. */
export async function listFindingsAbout(
  db: Db,
  kind: 'system' | 'device',
  id: number,
  limit: number,
): Promise<readonly FindingBrief[]> {
  const { rows } = await sql<FindingBrief>`
    select finding.id, finding.severity, safeguard.title, finding.detail, finding.due_on as "dueOn"
    from finding join safeguard on safeguard.id = finding.safeguard_id
    where finding.subject_kind = ${kind} and finding.subject_id = ${id} and finding.closed_at is null
    order by finding.severity_rank, finding.due_on, finding.id limit ${limit}`.execute(db)
  return rows
}

// ---- one system

export async function listNames(
  db: Db,
  systemId: number,
): Promise<readonly { readonly name: string; readonly isDoubtful: boolean }[]> {
  const { rows } = await sql<{ name: string; isDoubtful: boolean }>`
    select name, doubtful as "isDoubtful" from system_name where system_id = ${systemId} order by name limit 100`.execute(
    db,
  )
  return rows
}

/** Where a system is and how people sign in to it: each from the newest current list that says. */
export async function findSystemPlace(
  db: Db,
  systemId: number,
): Promise<{ readonly hosting: string | null; readonly signInBy: string | null }> {
  const { rows } = await sql<{ hosting: string | null; signInBy: string | null }>`
    select
      (array_agg(fact.hosting order by source.collected_at desc) filter (where fact.hosting is not null))[1] as hosting,
      (array_agg(fact.sign_in_by order by source.collected_at desc) filter (where fact.sign_in_by is not null))[1]
        as "signInBy"
    from system_fact fact join source_now source on source.id = fact.source_id and source.is_current
    where fact.system_id = ${systemId} and fact.absent_from is null`.execute(db)
  return rows[0] ?? { hosting: null, signInBy: null }
}

export interface BackupRow {
  readonly job: string | null
  readonly result: string | null
  readonly lastRunAt: Date | null
  readonly lastSuccessAt: Date | null
  readonly restoreTestedOn: Day | null
  readonly restorePassed: boolean | null
  readonly encrypted: boolean | null
  readonly offsite: boolean | null
  readonly immutable: boolean | null
  readonly source: string
  readonly basis: Basis
  readonly collectedAt: Date
  readonly isCurrent: boolean
}

/** The newest word on each job that backs a system up. */
export async function listBackupRows(db: Db, systemId: number): Promise<readonly BackupRow[]> {
  const { rows } = await sql<BackupRow>`
    select distinct on (fact.job) fact.job, fact.result, fact.last_run_at as "lastRunAt",
      fact.last_success_at as "lastSuccessAt", fact.restore_tested_on as "restoreTestedOn",
      fact.restore_passed as "restorePassed", fact.encrypted, fact.offsite, fact.immutable, source.name as source,
      source.basis, source.collected_at as "collectedAt", source.is_current as "isCurrent"
    from backup_fact fact join source_now source on source.id = fact.source_id
    where fact.system_id = ${systemId} and fact.absent_from is null
    order by fact.job, source.is_current desc, coalesce(fact.last_run_at, fact.last_success_at) desc nulls last, fact.id desc
    limit 50`.execute(db)
  return rows
}

export interface VendorRow {
  readonly id: number
  readonly name: string
  readonly basis: Basis | null
  readonly agreement: string | null
  readonly agreementSignedOn: Day | null
  readonly agreementExpiresOn: Day | null
  readonly assessedOn: Day | null
}

/** The vendor by the key of its name, where a list of vendors names it. */
export async function findVendorRow(db: Db, key: string): Promise<VendorRow | undefined> {
  const { rows } = await sql<VendorRow>`
    select vendor.id, vendor.name, told.basis, told.agreement, told.agreement_signed_on as "agreementSignedOn",
      told.agreement_expires_on as "agreementExpiresOn", told.assessed_on as "assessedOn"
    from vendor cross join lateral (select * from vendor_now where vendor_id = vendor.id limit 1) told
    where vendor.key = ${key}`.execute(db)
  return rows[0]
}

export async function listDevicesNamed(
  db: Db,
  keys: readonly string[],
  limit: number,
): Promise<readonly { readonly id: number; readonly name: string }[]> {
  const { rows } = await sql<{ id: number; name: string }>`
    select distinct device.id, device.name from device_fact fact join device on device.id = fact.device_id
    where fact.name_key = any (${[...keys]}::text[]) and fact.absent_from is null
    order by device.name, device.id limit ${limit}`.execute(db)
  return rows
}

// ---- who can get in

/** The groups of accounts that somebody should look at. */
export type Group = 'left' | 'privileged' | 'nobodys' | 'no-second-factor'

/** The people of whom any row of a list says that they have left: more than those who have. */
const maybeLeft = sql`
  select person_id from person_fact one where one.absent_from is null and says_left(one)`

/**
 * Which accounts a group may have, cheaply and with some too many: `groupCondition` decides by what all sources together say.
 */
const candidates: Readonly<Record<Group, Sql>> = {
  left: sql`account.person_id in (${maybeLeft}) and account.link is distinct from 'named'`,
  privileged: sql`account.id in (
    select fact.account_id from account_fact fact where fact.privileged and fact.absent_from is null)`,
  nobodys: sql`account.person_id is null`,
  'no-second-factor': sql`(account.id in (
      select fact.account_id from account_fact fact where not fact.mfa_enrolled and fact.absent_from is null)
    or account.id in (select account_mfa.account_id from account_mfa
      join mfa_fact fact on fact.id = account_mfa.mfa_fact_id
      where (not fact.enrolled or fact.bypassed) and fact.absent_from is null))`,
}

const groupConditions: Readonly<Record<Group, Sql>> = {
  left: sql`owner.has_left`,
  privileged: sql`told.privileged`,
  nobodys: sql`true`,
  'no-second-factor': sql`told.mfa_enrolled = false`,
}

export interface AccountRow {
  readonly id: number
  readonly key: string
  readonly username: string
  readonly displayName: string | null
  readonly personId: number | null
  /** By which sign it was tied to the person; 'named' where they only answer for it. */
  readonly link: string | null
  readonly personName: string | null
  readonly hasLeft: boolean | null
  readonly leftOn: Day | null
  readonly isInQuestion: boolean
  readonly loginClass: string | null
  readonly basis: Basis | null
  readonly enabled: boolean | null
  readonly privileged: boolean | null
  readonly lastUsedAt: Date | null
  readonly neverUsed: boolean | null
  readonly secondFactor: boolean | null
}

/** Accounts of a system in the order of their keys; `after` is the key of the last one of the page before. */
export async function listAccountRows(
  db: Db,
  systemId: number,
  filter: { readonly group?: Group | undefined; readonly words?: string | undefined },
  page: { readonly limit: number; readonly after: string | undefined },
): Promise<readonly AccountRow[]> {
  const { group, words } = filter
  const conditions = [sql`account.system_id = ${systemId}`]
  if (page.after !== undefined) conditions.push(sql`account.key > ${page.after}`)
  if (group !== undefined) conditions.push(sql`${candidates[group]} and ${groupConditions[group]}`)
  // Decided over plain rows, so that only what is shown is worked out.
  if (words !== undefined)
    conditions.push(sql`(strpos(lower(account.username), lower(${words}::text)) > 0
      or account.id in (select fact.account_id from account_fact fact where fact.absent_from is null
        and strpos(lower(fact.display_name), lower(${words}::text)) > 0))`)
  const { rows } = await sql<AccountRow>`
    select account.id, account.key, account.username, told.display_name as "displayName",
      account.person_id as "personId", account.link, owner.name as "personName", owner.has_left as "hasLeft", owner.left_on as "leftOn",
      told.owner_in_question as "isInQuestion", told.login_class as "loginClass", told.basis, told.enabled,
      told.privileged, told.last_used_at as "lastUsedAt", told.never_used as "neverUsed",
      told.mfa_enrolled as "secondFactor"
    from account
    cross join lateral (select * from account_now where account_id = account.id limit 1) told
    left join lateral (select * from person_now where person_id = account.person_id limit 1) owner on true
    where ${sql.join(conditions, sql` and `)}
    order by account.key limit ${page.limit}`.execute(db)
  return rows
}

export interface GroupCounts {
  /** Null when no current staff list tells who has left. */
  readonly left: number | null
  /** Null when no current list tells of any of them. */
  readonly privileged: number | null
  readonly nobodys: number
}

/** The enabled accounts of each group, in a system. */
export async function countAccountGroups(db: Db, systemId: number): Promise<GroupCounts | undefined> {
  const { rows } = await sql<GroupCounts>`
    with login as materialized (${loginsNow(sql`${systemId}::bigint`)}
    ), gone as materialized (
      select person_id from person_now
      where has_left and person_id = any (array(select unnest(leaver_ids) from login where enabled))
    )
    select
      case when exists (select from source_now where is_current and 'person' = any (kinds)) then (
        select count(*) from login cross join unnest(leaver_ids) leaver (person_id) join gone using (person_id)
        where enabled) end as left,
      case when count(privileged) > 0 then coalesce(sum(accounts) filter (where privileged), 0) end as privileged,
      coalesce(sum(accounts) filter (where not is_owned), 0) as nobodys
    from login where enabled`.execute(db)
  return rows[0]
}

// ---- software

export interface PieceRow {
  readonly id: number
  readonly name: string
  readonly sortName: string
  readonly version: string | null
  readonly publisher: string | null
  readonly type: string | null
  readonly installedOn: Day | null
  readonly productId: number | null
  readonly source: string
  readonly basis: Basis
  readonly collectedAt: Date
  readonly isCurrent: boolean
  readonly isApproved: boolean
  readonly isRefused: boolean
  readonly hasExpired: boolean
  readonly someLapsed: boolean
  readonly isListComplete: boolean
}

/** Where software is looked for: on a device, or where inventories name a host that is no device. */
export type Place = { readonly deviceId: number } | { readonly hosts: readonly string[] }

const at = (place: Place): Sql =>
  'deviceId' in place
    ? sql`fact.device_id = ${place.deviceId}`
    : sql`fact.host_key = any (${[...place.hosts]}::text[]) and fact.device_id is null`

export async function listPieceRows(
  db: Db,
  place: Place,
  filter: { readonly words?: string | undefined },
  page: { readonly limit: number; readonly after: NamePlace | undefined },
): Promise<readonly PieceRow[]> {
  const conditions = [at(place), sql`fact.absent_from is null and fact.name is not null`]
  if (page.after) conditions.push(sql`(lower(fact.name), fact.id) > (${page.after[0]}::text, ${page.after[1]}::bigint)`)
  if (filter.words !== undefined)
    conditions.push(
      sql`strpos(lower(fact.name || ' ' || coalesce(fact.publisher, '')), lower(${filter.words}::text)) > 0`,
    )
  const { rows } = await sql<PieceRow>`
    with page as materialized (
      select fact.*, lower(fact.name) as sort_name from component_fact fact where ${sql.join(conditions, sql` and `)}
      order by lower(fact.name), fact.id limit ${page.limit}
    )
    select page.id, page.name, page.sort_name as "sortName", page.version, page.publisher, page.component_type as type,
      page.installed_on as "installedOn", page.product_id as "productId", source.name as source, source.basis,
      source.collected_at as "collectedAt", source.is_current as "isCurrent",
      coalesce(decided.is_approved, false) as "isApproved", coalesce(decided.is_refused, false) as "isRefused",
      coalesce(decided.has_expired, false) as "hasExpired", coalesce(decided.some_lapsed, false) as "someLapsed",
      (select coalesce(bool_and(complete), false) from source_now where is_current and 'approval' = any (kinds))
        as "isListComplete"
    from page
    join source_now source on source.id = page.source_id
    -- As the check technologies.software-approved decides.
    left join lateral (
      select bool_or(not list.is_current) as some_lapsed,
        bool_or(told.is_granted and not told.has_expired) filter (where list.is_current) as is_approved,
        bool_or(not told.is_granted) filter (where list.is_current) as is_refused,
        bool_or(told.is_granted and told.has_expired) filter (where list.is_current) as has_expired
      from product_approval covered
      join approval_fact approval on approval.id = covered.approval_fact_id and approval.absent_from is null
      join source_now list on list.id = approval.source_id
      cross join lateral (select coalesce(approval.decision, 'approved') in ('approved', 'trial', 'limited') as is_granted,
        coalesce(approval.expires_on < judged_on(), false) as has_expired) told
      where covered.product_id = page.product_id
    ) decided on page.product_id is not null
    order by page.sort_name, page.id`.execute(db)
  return rows
}

/** How much software is known somewhere, and whether a current inventory tells of it (null: none ever did). */
export async function countPieces(
  db: Db,
  place: Place,
): Promise<{ readonly pieces: number; readonly isCurrent: boolean | null }> {
  const { rows } = await sql<{ pieces: number; isCurrent: boolean | null }>`
    select coalesce(sum(found.pieces), 0) as pieces, bool_or(source.is_current) as "isCurrent"
    from (select fact.source_id, count(*) as pieces from component_fact fact
          where ${at(place)} and fact.absent_from is null group by fact.source_id) found
    join source_now source on source.id = found.source_id`.execute(db)
  return rows[0] ?? { pieces: 0, isCurrent: null }
}
