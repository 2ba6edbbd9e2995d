/** What is read of people for lists and pages; `person_entry` leads to the facts of those on the page. */
import { type Severity, severities } from '#core/safeguards/model.ts'
import { type Db, type Sql, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'
import type { EventKind, Standing } from './model.ts'

/** Works out anew what people are listed and searched by; writes only what has changed. */
export async function refreshEntries(db: Db): Promise<void> {
  await sql`
    delete from person_entry entry
    where not exists (select from person_fact where person_fact.person_id = entry.person_id)`.execute(db)
  await sql`
    insert into person_entry as entry (organisation_id, person_id, name, title, department, sort_name, words, account_ids,
      answers_for_ids, may_get_in)
    select organisation_id, person_id, name, title, department, sort_name, words, account_ids, answers_for_ids, may_get_in
    from person_entry_now
    on conflict (organisation_id, person_id) do update
    set (name, title, department, sort_name, words, account_ids, answers_for_ids, may_get_in) = (excluded.name,
      excluded.title, excluded.department, excluded.sort_name, excluded.words, excluded.account_ids,
      excluded.answers_for_ids, excluded.may_get_in)
    where (entry.name, entry.title, entry.department, entry.sort_name, entry.words, entry.account_ids,
        entry.answers_for_ids, entry.may_get_in)
      is distinct from (excluded.name, excluded.title, excluded.department, excluded.sort_name, excluded.words,
        excluded.account_ids, excluded.answers_for_ids, excluded.may_get_in)`.execute(db)
  await refreshConcerns(db)
  await sql`analyze person_entry`.execute(db)
}

/** Works out anew what is open about people; for whenever findings or the owners of accounts have moved. */
export async function refreshConcerns(db: Db): Promise<void> {
  await sql`
    update person_entry entry set worst_rank = told.worst_rank, findings = told.findings
    from person_concern_now told
    where told.organisation_id = entry.organisation_id and told.person_id = entry.person_id
      and (told.worst_rank, told.findings) is distinct from (entry.worst_rank, entry.findings)`.execute(db)
}

const standing = sql`case when has_left is null then 'unknown' when has_left then 'left' when is_pending then 'starting'
  when on_leave then 'leave' else 'here' end`

const standingsOfAll = sql`select person_id, ${standing} as standing from person_now`

/** Whether an account of theirs works, by a list that speaks: looked up only where one was said to. */
const getsIn = sql`entry.may_get_in and exists (
  select from unnest(entry.account_ids) owned (account_id)
  join account_fact fact on fact.account_id = owned.account_id and fact.enabled and fact.absent_from is null
  join source_now source on source.id = fact.source_id and source.is_current)`

export interface PeopleFilter {
  readonly words: string | undefined
  readonly standing: Standing | undefined
  readonly department: string | undefined
  readonly leftWithAccount: boolean
  readonly hasFindings: boolean
}

export interface PeoplePage {
  readonly sort: 'name' | 'findings'
  readonly isReversed: boolean
  readonly limit: number
  /** The place of the last one of the page before, by `placeOf`. */
  readonly after: readonly (string | number)[] | undefined
}

export interface PersonRow {
  readonly personId: number
  readonly name: string | null
  readonly title: string | null
  readonly department: string | null
  readonly sortName: string
  readonly standing: Standing
  readonly leftOn: Day | null
  readonly accounts: number
  readonly working: number | null
  readonly withFactor: number
  readonly withoutFactor: number
  readonly unknownFactor: number
  readonly factorBasis: 'measured' | 'stated' | null
  readonly trainingOverdue: number | null
  readonly findings: number
  /** The rank of the worst open finding, 0 the worst; 4 where there is none. */
  readonly worstRank: number
}

/** Where a person stands in an order, value by value. */
export function placeOf(row: PersonRow, sort: 'name' | 'findings'): readonly (string | number)[] {
  return sort === 'name' ? [row.sortName, row.personId] : [row.worstRank, -row.findings, row.sortName, row.personId]
}

export function severityOf(rank: number): Severity | null {
  return severities[rank] ?? null
}

function matching(filter: PeopleFilter): Sql[] {
  const conditions: Sql[] = []
  const { words, standing: wanted, department, leftWithAccount, hasFindings } = filter
  if (words !== undefined) conditions.push(sql`strpos(entry.words, fold_words(${words}::text)) > 0`)
  if (department !== undefined) conditions.push(sql`entry.department = ${department}::text`)
  if (wanted !== undefined) conditions.push(sql`stands.standing = ${wanted}::text`)
  if (leftWithAccount) conditions.push(sql`stands.standing = 'left' and ${getsIn}`)
  if (hasFindings) conditions.push(sql`entry.findings > 0`)
  return conditions
}

/**
 * One page of people. Only what is filtered or sorted by is worked out for all of them; the rest is looked up for those of
 * the page.
 */
export async function listPersonRows(db: Db, filter: PeopleFilter, page: PeoplePage): Promise<readonly PersonRow[]> {
  const byFindings = page.sort === 'findings'
  const needsStanding = filter.standing !== undefined || filter.leftWithAccount
  const keys = byFindings
    ? [sql`entry.worst_rank`, sql`-entry.findings`, sql`entry.sort_name`, sql`entry.person_id`]
    : [sql`entry.sort_name`, sql`entry.person_id`]
  const types = byFindings ? [sql`integer`, sql`integer`, sql`text`, sql`bigint`] : [sql`text`, sql`bigint`]
  const conditions = matching(filter)
  if (page.after) {
    const place = page.after.map((value, at) => sql`${value}::${types[at] ?? sql`text`}`)
    conditions.push(sql`(${sql.join(keys)}) ${page.isReversed ? sql`<` : sql`>`} (${sql.join(place)})`)
  }
  const direction = page.isReversed ? sql`desc` : sql`asc`
  const { rows } = await sql<PersonRow>`
    with page as materialized (
      select entry.*, row_number() over () as place
      from (
        select entry.person_id, entry.name, entry.title, entry.department, entry.sort_name, entry.account_ids,
          entry.worst_rank, entry.findings
        from person_entry entry
        ${needsStanding ? sql`join (${standingsOfAll}) stands on stands.person_id = entry.person_id` : sql``}
        ${conditions.length > 0 ? sql`where ${sql.join(conditions, sql` and `)}` : sql``}
        order by ${sql.join(keys.map((key) => sql`${key} ${direction}`))} limit ${page.limit}
      ) entry
    ), owned as materialized (
      select page.person_id, account_id from page cross join unnest(page.account_ids) account_id
    ), login as materialized (
      -- Of all accounts of the page at once, by the rules of the view account_now.
      select owned.account_id, min(owned.person_id) as person_id,
        bool_or(fact.enabled) filter (where source.is_current) as enabled,
        bool_and(fact.mfa_enrolled) filter (where source.is_current) as mfa_enrolled,
        min(source.basis) filter (where source.is_current) as basis
      from owned
      join account_fact fact on fact.account_id = owned.account_id and fact.absent_from is null
      join source_now source on source.id = fact.source_id
      group by owned.account_id
    ), factor as materialized (
      select owned.account_id, bool_and(fact.enrolled and not coalesce(fact.bypassed, false)) as enrolled,
        min(case when fact.system_id is null then 'stated'::basis else source.basis end) as basis
      from owned
      join account_mfa on account_mfa.account_id = owned.account_id
      join mfa_fact fact on fact.id = account_mfa.mfa_fact_id and fact.absent_from is null
      join source_now source on source.id = fact.source_id and source.is_current
      group by owned.account_id
    ), held as (
      select login.person_id, count(*) as accounts,
        case when count(login.enabled) > 0 then count(*) filter (where login.enabled) end as working,
        count(*) filter (where login.enabled and said.has_factor) as with_factor,
        count(*) filter (where login.enabled and not said.has_factor) as without_factor,
        count(*) filter (where login.enabled and said.has_factor is null) as unknown_factor,
        min(coalesce(factor.basis, login.basis)) filter (where login.enabled and said.has_factor) as factor_basis
      from login
      left join factor on factor.account_id = login.account_id
      cross join lateral (select case when factor.enrolled is null then login.mfa_enrolled
        else coalesce(login.mfa_enrolled, true) and factor.enrolled end as has_factor) said
      group by login.person_id
    )
    select page.person_id as "personId", page.name, page.title, page.department, page.sort_name as "sortName",
      now.standing, now.left_on as "leftOn", coalesce(held.accounts, 0) as accounts, held.working,
      coalesce(held.with_factor, 0) as "withFactor", coalesce(held.without_factor, 0) as "withoutFactor",
      coalesce(held.unknown_factor, 0) as "unknownFactor", held.factor_basis as "factorBasis", taught.overdue as "trainingOverdue", page.findings, page.worst_rank as "worstRank"
    from page
    cross join lateral (
      select ${standing} as standing, left_on from person_now where person_id = page.person_id offset 0
    ) now
    left join held on held.person_id = page.person_id
    cross join lateral (${overdueOf(sql`page.person_id`)}) taught
    order by page.place`.execute(db)
  return rows
}

/** A course is overdue while nothing tells that it was completed in the year before its last day, or since. */
function overdueOf(person: Sql): Sql {
  return sql`
    select case when count(*) filter (where is_current) > 0 then count(distinct coalesce(course, '')) filter (
      where is_current and not is_done and due_on < judged_on() and not exists (
        select from training_fact done
        where done.person_id = ${person} and done.course is not distinct from record.course and done.absent_from is null
          and done.completed_on > record.due_on - 365 and done.completed_on <= judged_on())) end as overdue
    from (
      select fact.course, fact.due_on, source.is_current,
        coalesce(fact.standing = 'completed', false) or coalesce(fact.completed_on <= judged_on(), false) as is_done
      from training_fact fact join source_now source on source.id = fact.source_id
      where fact.person_id = ${person} and fact.absent_from is null
    ) record`
}

export async function countStandings(
  db: Db,
): Promise<readonly { readonly standing: Standing; readonly people: number }[]> {
  const { rows } = await sql<{ standing: Standing; people: number }>`
    select standing, count(*) as people from (${standingsOfAll}) stands group by standing`.execute(db)
  return rows
}

export async function countLeftWithAccount(db: Db): Promise<number> {
  const { rows } = await sql<{ people: number }>`
    select count(*) as people from person_entry entry
    join (${standingsOfAll}) stands on stands.person_id = entry.person_id
    where stands.standing = 'left' and ${getsIn}`.execute(db)
  return rows[0]?.people ?? 0
}

export async function listDepartments(
  db: Db,
  limit: number,
): Promise<readonly { readonly name: string; readonly people: number }[]> {
  const { rows } = await sql<{ name: string; people: number }>`
    select department as name, count(*) as people from person_entry where department is not null
    group by department order by lower(department), department limit ${limit}`.execute(db)
  return rows
}

export interface PersonNow {
  readonly personId: number
  readonly name: string | null
  readonly title: string | null
  readonly department: string | null
  readonly employeeNumber: string | null
  readonly email: string | null
  readonly standing: Standing
  readonly isListed: boolean
  readonly wasSaidToHaveLeft: boolean
  readonly hiredOn: Day | null
  readonly leftOn: Day | null
  readonly accountIds: readonly number[]
  readonly answersForIds: readonly number[]
}

export async function findPersonNow(db: Db, personId: number): Promise<PersonNow | undefined> {
  const { rows } = await sql<PersonNow>`
    select now.person_id as "personId", coalesce(entry.name, now.name) as name, entry.title,
      coalesce(entry.department, now.department) as department, now.employee_number as "employeeNumber", now.email,
      ${standing} as standing, now.is_listed as "isListed", now.was_said_to_have_left as "wasSaidToHaveLeft",
      now.hired_on as "hiredOn", now.left_on as "leftOn", coalesce(entry.account_ids, '{}') as "accountIds",
      coalesce(entry.answers_for_ids, '{}') as "answersForIds"
    from person_now now left join person_entry entry on entry.person_id = now.person_id
    where now.person_id = ${personId}`.execute(db)
  return rows[0]
}

export interface SourceRow {
  readonly sourceId: number
  readonly source: string
  readonly basis: 'measured' | 'stated'
  readonly collectedAt: Date | null
  readonly isCurrent: boolean
}

const sourceColumns = sql`source.id as "sourceId", source.name as source, source.basis, source.collected_at as "collectedAt",
  source.is_current as "isCurrent"`

export interface EmploymentRow extends SourceRow {
  readonly absentFrom: Date | null
  readonly name: string | null
  readonly employeeNumber: string | null
  readonly email: string | null
  readonly username: string | null
  readonly title: string | null
  readonly department: string | null
  readonly workerType: string | null
  readonly standing: string | null
  readonly hiredOn: Day | null
  readonly leftOn: Day | null
  readonly manager: string | null
  readonly managerKey: string | null
  readonly nameKey: string | null
  readonly saysLeft: boolean | null
}

/** What each list says of a person, those that speak first. */
export async function listEmployment(db: Db, personId: number): Promise<readonly EmploymentRow[]> {
  const { rows } = await sql<EmploymentRow>`
    select ${sourceColumns}, fact.absent_from as "absentFrom",
      coalesce(fact.display_name, nullif(concat_ws(' ', fact.given_name, fact.family_name), '')) as name,
      fact.employee_number as "employeeNumber", fact.email, fact.username, fact.title, fact.department,
      fact.worker_type as "workerType", fact.standing, fact.hired_on as "hiredOn", fact.left_on as "leftOn",
      coalesce(fact.manager_name, fact.manager_email, fact.manager_number) as manager, fact.manager_key as "managerKey",
      fact.name_key as "nameKey", says_left(fact) as "saysLeft"
    from person_fact fact join source_now source on source.id = fact.source_id
    where fact.person_id = ${personId}
    order by source.is_current and fact.absent_from is null desc, fact.left_on desc nulls first, fact.id desc
    limit 50`.execute(db)
  return rows
}

/** Who a key of a list means, where it means one person only. */
export async function findByKey(
  db: Db,
  key: string,
): Promise<{ readonly personId: number; readonly name: string | null } | undefined> {
  const { rows } = await sql<{ personId: number; name: string | null }>`
    select entry.person_id as "personId", entry.name from person_entry entry
    where entry.person_id = (
      select min(person_id) from person_fact
      where ${key} in (number_key, email_key, name_key) and absent_from is null and person_id is not null
      having count(distinct person_id) = 1)`.execute(db)
  return rows[0]
}

export async function countNamesakes(db: Db, personId: number, nameKeys: readonly string[]): Promise<number> {
  const { rows } = await sql<{ people: number }>`
    select count(distinct person_id) as people from person_fact
    where name_key = any (${[...nameKeys]}::text[]) and person_id <> ${personId} and absent_from is null`.execute(db)
  return rows[0]?.people ?? 0
}

/** Open questions of which this person may be the answer. */
export async function countQuestions(db: Db, personId: number): Promise<number> {
  const { rows } = await sql<{ questions: number }>`
    select count(*) as questions from match_question
    where kind = 'account-owner' and answered_at is null and ${personId}::bigint = any (candidates)`.execute(db)
  return rows[0]?.questions ?? 0
}

export interface AccountRow {
  readonly accountId: number
  readonly systemId: number
  readonly system: string
  readonly username: string
  readonly link: 'employee-number' | 'email' | 'username' | 'name' | 'named' | 'confirmed' | null
  readonly isInQuestion: boolean
  readonly enabled: boolean | null
  readonly privileged: boolean | null
  readonly createdAt: Date | null
  readonly lastUsedAt: Date | null
  readonly neverUsed: boolean | null
  readonly passwordSetAt: Date | null
  readonly expiresOn: Day | null
  readonly secondFactor: boolean | null
  readonly secondFactorBasis: 'measured' | 'stated' | null
  readonly basis: 'measured' | 'stated' | null
}

/** Accounts with what is known of them now, those that work first. */
export async function listAccounts(db: Db, accountIds: readonly number[]): Promise<readonly AccountRow[]> {
  const { rows } = await sql<AccountRow>`
    select account.account_id as "accountId", account.system_id as "systemId", account.system_name as system,
      account.username, account.link, account.owner_in_question as "isInQuestion", account.enabled, account.privileged,
      account.created_at as "createdAt", account.last_used_at as "lastUsedAt", account.never_used as "neverUsed",
      account.password_set_at as "passwordSetAt", account.expires_on as "expiresOn",
      account.mfa_enrolled as "secondFactor",
      case when account.mfa_enrolled is not null then coalesce(account.mfa_basis, account.basis) end as "secondFactorBasis",
      account.basis
    from unnest(${[...accountIds]}::bigint[]) owned (account_id)
    cross join lateral (select * from account_now where account_id = owned.account_id offset 0) account
    order by account.enabled desc nulls last, account.system_name, account.username, account.account_id
    limit 200`.execute(db)
  return rows
}

/** The lists that name accounts. */
export async function listAccountSources(
  db: Db,
  accountIds: readonly number[],
): Promise<readonly (SourceRow & { readonly accountId: number })[]> {
  const { rows } = await sql<SourceRow & { readonly accountId: number }>`
    select distinct fact.account_id as "accountId", ${sourceColumns}
    from account_fact fact join source_now source on source.id = fact.source_id
    where fact.account_id = any (${[...accountIds]}::bigint[]) and fact.absent_from is null
    order by fact.account_id, source.collected_at desc`.execute(db)
  return rows
}

export interface DeviceRow {
  readonly deviceId: number
  readonly name: string
  readonly kind: string | null
  readonly operatingSystem: string | null
  readonly encrypted: boolean | null
  readonly malwareProtection: boolean | null
  readonly lastSeenAt: Date | null
  readonly isLost: boolean
  readonly basis: 'measured' | 'stated' | null
  readonly by: 'email' | 'username' | 'name'
}

/** Devices that an inventory assigns to somebody by one of these addresses, user names or names, written in any case. */
export async function listDevices(
  db: Db,
  keys: {
    readonly emails: readonly string[]
    readonly usernames: readonly string[]
    readonly names: readonly string[]
  },
): Promise<readonly DeviceRow[]> {
  const emails = sql`${[...keys.emails]}::text[]`
  const usernames = sql`${[...keys.usernames]}::text[]`
  const names = sql`${[...keys.names]}::text[]`
  // A user name may stand there with its domain before or behind it.
  const bare = sql`split_part(split_part(lower(fact.user_name), '\\', -1), '@', 1)`
  // Folding costs, and leaves plain letters as they are but for their case.
  const folded = sql`case when octet_length(fact.user_name) = length(fact.user_name) then lower(fact.user_name)
    else fold_words(fact.user_name) end`
  const { rows } = await sql<DeviceRow>`
    with assigned as materialized (
      select device_id, min(sign) as sign from (
        select fact.device_id,
          case when lower(fact.user_email) = any (${emails}) or lower(fact.user_name) = any (${emails}) then 1
               when ${bare} = any (${usernames}) then 2
               when ${folded} = any (${names}) then 3 end as sign
        from device_fact fact
        where fact.absent_from is null and fact.device_id is not null
          and (fact.user_name is not null or fact.user_email is not null)
      ) fact where sign is not null group by device_id limit 50
    )
    select device.device_id as "deviceId", device.name, device.device_kind as kind,
      device.os_label as "operatingSystem", device.encrypted, device.malware_protection as "malwareProtection",
      device.last_seen_at as "lastSeenAt", device.is_lost as "isLost", device.basis,
      (array['email', 'username', 'name'])[assigned.sign] as by
    from assigned
    cross join lateral (select * from device_now where device_id = assigned.device_id offset 0) device
    where not device.is_out_of_use
    order by device.name, device.device_id`.execute(db)
  return rows
}

export interface TrainingRow extends SourceRow {
  readonly course: string | null
  readonly dueOn: Day | null
  readonly completedOn: Day | null
  readonly isDone: boolean
}

/** Courses, what is not done first. */
export async function listTraining(db: Db, personId: number): Promise<readonly TrainingRow[]> {
  const { rows } = await sql<TrainingRow>`
    select ${sourceColumns}, fact.course, fact.due_on as "dueOn", fact.completed_on as "completedOn",
      coalesce(fact.standing = 'completed', false) or coalesce(fact.completed_on <= judged_on(), false) as "isDone"
    from training_fact fact join source_now source on source.id = fact.source_id
    where fact.person_id = ${personId} and fact.absent_from is null
    order by "isDone", case when fact.completed_on is null then fact.due_on end nulls last, fact.completed_on desc, fact.id
    limit 100`.execute(db)
  return rows
}

export interface RoleRow extends SourceRow {
  readonly role: string
  readonly confirmedOn: Day | null
}

export async function listRoles(db: Db, personId: number): Promise<readonly RoleRow[]> {
  const { rows } = await sql<RoleRow>`
    select ${sourceColumns}, fact.role, fact.confirmed_on as "confirmedOn"
    from role_fact fact join source_now source on source.id = fact.source_id
    where fact.person_id = ${personId} and fact.absent_from is null and fact.role is not null
    order by fact.role, fact.id limit 50`.execute(db)
  return rows
}

/** Findings that concern a person or their accounts, open or not, so that tasks and events about them are found. */
export async function listFindingIds(
  db: Db,
  personId: number,
  accountIds: readonly number[],
): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from finding where subject_kind = 'person' and subject_id = ${personId}
    union all
    select id from finding where subject_kind = 'account' and subject_id = any (${[...accountIds]}::bigint[])`.execute(
    db,
  )
  return rows.map(({ id }) => id)
}

export interface FindingEventRow {
  readonly kind: EventKind
  readonly at: Date
  readonly findingId: number
  readonly detail: string
}

export async function listFindingEvents(
  db: Db,
  findingIds: readonly number[],
  limit: number,
): Promise<readonly FindingEventRow[]> {
  const { rows } = await sql<FindingEventRow>`
    select case when event.kind = 'closed' then 'finding-closed' else 'finding-opened' end as kind, event.at,
      finding.id as "findingId", finding.detail
    from finding_event event join finding on finding.id = event.finding_id
    where event.finding_id = any (${[...findingIds]}::bigint[]) and event.kind in ('opened', 'closed', 'reopened')
    order by event.at desc, event.id desc limit ${limit}`.execute(db)
  return rows
}

export interface TaskRow {
  readonly id: number
  readonly title: string
  readonly dueOn: Day | null
  readonly assignee: string | null
}

/** Open tasks about any of these things, as `kind:id`. */
export async function listTasksAbout(db: Db, things: readonly string[]): Promise<readonly TaskRow[]> {
  const { rows } = await sql<TaskRow>`
    select task.id, task.title, task.due_on as "dueOn", identity.name as assignee
    from task
    left join member on 'member:' || member.id = task.assignee
    left join identity on identity.id = member.identity_id
    where task.about = any (${[...things]}::text[]) and task.done_at is null
    order by task.due_on nulls last, task.id limit 50`.execute(db)
  return rows
}
