/** Who is who across sources: people made from staff lists, and the accounts, trainings and roles that are theirs. */
import { type Db, sql, takeTurn } from '#platform/database.ts'

export interface PersonFactRow {
  readonly id: number
  readonly personId: number | null
  readonly numberKey: string | null
  readonly emailKey: string | null
  readonly usernameKey: string | null
  readonly nameKey: string | null
  readonly name: string | null
}

/** Every staff-list row with its keys, the ones already tied to a person first. */
export async function listPersonFacts(db: Db): Promise<readonly PersonFactRow[]> {
  await takeTurn(db)
  const { rows } = await sql<PersonFactRow>`
    select id, person_id as "personId", number_key as "numberKey", email_key as "emailKey", username_key as "usernameKey",
      name_key as "nameKey", coalesce(display_name, nullif(concat_ws(' ', given_name, family_name), '')) as name
    from person_fact order by person_id nulls last, id`.execute(db)
  return rows
}

/** Makes one person for each group of rows, and ties the rows to theirs. */
export async function insertPeople(db: Db, groups: readonly (readonly number[])[]): Promise<void> {
  if (groups.length === 0) return
  const { rows } = await sql<{ id: number }>`
    insert into person (created_at) select now() from generate_series(1, ${groups.length}::int) returning id`.execute(
    db,
  )
  const facts: number[] = []
  const people: number[] = []
  groups.forEach((group, index) => {
    for (const fact of group) {
      facts.push(fact)
      people.push(rows[index]?.id ?? 0)
    }
  })
  await tieFacts(db, facts, people)
}

export async function tieFacts(db: Db, facts: readonly number[], people: readonly number[]): Promise<void> {
  if (facts.length === 0) return
  await sql`
    update person_fact set person_id = tie.person_id
    from unnest(${[...facts]}::bigint[], ${[...people]}::bigint[]) tie (fact_id, person_id)
    where person_fact.id = tie.fact_id`.execute(db)
}

/**
 * Gathers what tells a person from others, each key once and only where it belongs to one person: employee number,
 * address, user name, the local part of the address, name.
 */
export async function collectPersonKeys(db: Db): Promise<void> {
  await sql`
    create temp table person_key on commit drop as
    select kind, key, min(person_id) as person_id from (
      select 'number' as kind, number_key as key, person_id from person_fact
      union select 'email', email_key, person_id from person_fact
      union select 'username', username_key, person_id from person_fact
      union select 'username', split_part(email_key, '@', 1), person_id from person_fact
      union select 'name', name_key, person_id from person_fact
    ) keys
    where key is not null and key <> '' and person_id is not null
    group by kind, key having count(distinct person_id) = 1`.execute(db)
  await sql`create index on pg_temp.person_key (key, kind)`.execute(db)
  await sql`analyze pg_temp.person_key`.execute(db)
}

/**
 * Proposes the owner of each account by the strong signs, in their order: number, address, user name. Accounts whose signs
 * name different people, and those with none, are left for `listUndecidedAccounts`.
 */
export async function proposeOwners(db: Db): Promise<void> {
  await sql`
    create temp table login on commit drop as
    select account_id, max(number_key) as number_key, max(email_key) as email_key, max(username_key) as username_key,
      max(name_key) as name_key, max(display_name) as display_name, max(login_class) as login_class,
      max(login_name) as login_name, max(owner_key) as owner_key,
      bool_or(account_type in ('service', 'shared', 'test', 'computer')) as is_said_impersonal
    from account_fact where absent_from is null and account_id is not null
    group by account_id`.execute(db)
  await sql`create index on pg_temp.login (account_id)`.execute(db)
  await sql`analyze pg_temp.login`.execute(db)
  // An account that only looks like a service's ("carter", "jenkins") is a person's when it bears the name of somebody on the
  // list, or when its number or address is theirs and its user name agrees. A service account may carry the address of who
  // answers for it; its name then does not agree.
  await sql`
    with theirs as (
      select login.account_id from pg_temp.login
      where login.login_class in ('service', 'shared', 'test', 'computer') and login.is_said_impersonal is not true
        and login.username_key !~ '^(svc|service|sa|test|zz)[-_.]'
        and (exists (select from person_fact where person_fact.name_key = login.name_key)
          or exists (
            select from pg_temp.person_key sign
            join pg_temp.person_key named on named.person_id = sign.person_id
              and named.kind = 'username' and named.key = login.username_key
            where (sign.kind, sign.key) in (('number', login.number_key), ('email', login.email_key))))
    ), told as (
      update account_fact set login_class = 'person' from theirs where account_fact.account_id = theirs.account_id
    )
    update pg_temp.login set login_class = 'person' from theirs where login.account_id = theirs.account_id`.execute(db)
  const isImpersonal = sql`coalesce(login.login_class in ('service', 'shared', 'test', 'computer'), false)`
  await sql`
    create temp table proposal on commit drop as
    select account_id, conflict, by_username, coalesce(own, answers) as person_id,
      case when own is not null then sign when answers is not null then 'named' end as link
    from (
      select login.account_id, owner.person_id as answers,
        case when ${isImpersonal} or number.person_id <> email.person_id then null
             else coalesce(number.person_id, email.person_id, case when agrees.name then by_name.person_id end) end as own,
        case when not ${isImpersonal} and number.person_id is null and email.person_id is null
             then by_name.person_id end as by_username,
        case when number.person_id is not null then 'employee-number' when email.person_id is not null then 'email'
             else 'username' end as sign,
        case when not ${isImpersonal} and number.person_id <> email.person_id
             then array[number.person_id, email.person_id] end as conflict
      from pg_temp.login
      left join pg_temp.person_key number on number.kind = 'number' and number.key = login.number_key
      left join pg_temp.person_key email on email.kind = 'email' and email.key = login.email_key
      left join pg_temp.person_key username on username.kind = 'username' and username.key = login.username_key
      left join pg_temp.person_key admin on admin.kind = 'username' and admin.key = login.login_name
      cross join lateral (select coalesce(username.person_id, admin.person_id) as person_id) by_name
      -- A user name alone is one sign; the name beside it must not be somebody else's. Others are compared one by one.
      cross join lateral (
        select login.name_key is null or admin.person_id is not null or exists (
          select from person_fact where person_fact.person_id = by_name.person_id and person_fact.name_key = login.name_key
        ) as name
      ) agrees
      left join (
        select key, min(person_id) as person_id from pg_temp.person_key group by key having count(distinct person_id) = 1
      ) owner on owner.key = login.owner_key
    ) signs`.execute(db)
  await sql`create unique index on pg_temp.proposal (account_id)`.execute(db)
  await sql`analyze pg_temp.proposal`.execute(db)
}

export interface UndecidedAccount {
  readonly accountId: number
  readonly username: string
  readonly loginClass: string | null
  readonly loginName: string | null
  readonly displayName: string | null
  readonly nameKey: string | null
  readonly numberKey: string | null
  readonly emailKey: string | null
  /** The person whose user name this is, by the staff list or in another system. */
  readonly elsewhere: number | null
  /** The people that its number and its address name, when they differ. */
  readonly conflict: readonly number[] | null
}

/** Accounts of people for which the strong signs gave no owner, with what else is known of them. */
export async function listUndecidedAccounts(db: Db): Promise<readonly UndecidedAccount[]> {
  const { rows } = await sql<UndecidedAccount>`
    with undecided as materialized (
      select login.*, proposal.conflict, proposal.by_username from pg_temp.proposal join pg_temp.login using (account_id)
      where (proposal.person_id is null or proposal.link = 'named')
        and coalesce(login.login_class, 'person') not in ('service', 'shared', 'test', 'computer')
        and not exists (
          select from match_question answered
          where answered.account_id = login.account_id and answered.answered_at is not null)
    ), elsewhere as materialized (
      select login.username_key, min(proposal.person_id) as person_id
      from pg_temp.login join pg_temp.proposal using (account_id)
      where proposal.link in ('employee-number', 'email')
        and login.username_key in (select coalesce(login_name, username_key) from undecided)
      group by login.username_key having count(distinct proposal.person_id) = 1
    )
    select undecided.account_id as "accountId", coalesce(undecided.username_key, '') as username,
      undecided.login_class as "loginClass", undecided.login_name as "loginName", undecided.display_name as "displayName",
      undecided.name_key as "nameKey", undecided.number_key as "numberKey", undecided.email_key as "emailKey",
      coalesce(undecided.by_username, elsewhere.person_id) as elsewhere, undecided.conflict
    from undecided
    left join elsewhere on elsewhere.username_key = coalesce(undecided.login_name, undecided.username_key)
    order by undecided.account_id`.execute(db)
  return rows
}

export interface PersonName {
  readonly personId: number
  readonly name: string
  readonly nameKey: string
  readonly numberKey: string | null
}

export async function listPersonNames(db: Db): Promise<readonly PersonName[]> {
  const { rows } = await sql<PersonName>`
    select distinct person_id as "personId",
      coalesce(display_name, concat_ws(' ', given_name, family_name)) as name, name_key as "nameKey",
      number_key as "numberKey"
    from person_fact where person_id is not null and name_key is not null
    order by person_id`.execute(db)
  return rows
}

export interface Decision {
  readonly accountId: number
  readonly personId: number
  readonly link: 'username' | 'name'
}

/** Writes what was decided; an answer that a member gave wins over every sign. */
export async function writeOwners(db: Db, decisions: readonly Decision[]): Promise<void> {
  await sql`
    update pg_temp.proposal set person_id = decision.person_id, link = decision.link
    from unnest(${decisions.map(({ accountId }) => accountId)}::bigint[],
      ${decisions.map(({ personId }) => personId)}::bigint[],
      ${decisions.map(({ link }) => link)}::text[]) decision (account_id, person_id, link)
    where proposal.account_id = decision.account_id`.execute(db)
  await sql`
    update pg_temp.proposal set person_id = question.answer,
      link = case when question.answer is not null then 'confirmed' end
    from match_question question
    where question.account_id = proposal.account_id and question.answered_at is not null`.execute(db)
  await sql`
    update account set person_id = proposal.person_id, link = proposal.link
    from pg_temp.proposal
    where account.id = proposal.account_id
      and (account.person_id, account.link) is distinct from (proposal.person_id, proposal.link)`.execute(db)
}

export interface Question {
  readonly accountId: number
  readonly candidates: readonly number[]
  readonly reason: string
}

/** Puts the open questions to what is asked now; answered ones stay. */
export async function replaceQuestions(db: Db, questions: readonly Question[]): Promise<void> {
  const ids = questions.map(({ accountId }) => accountId)
  await sql`
    delete from match_question
    where kind = 'account-owner' and answered_at is null and not (account_id = any (${ids}::bigint[]))`.execute(db)
  await sql`
    insert into match_question (kind, account_id, candidates, reason)
    select 'account-owner', ask.account_id, string_to_array(ask.candidates, ',')::bigint[], ask.reason
    from unnest(${ids}::bigint[], ${questions.map(({ candidates }) => candidates.join(','))}::text[],
      ${questions.map(({ reason }) => reason)}::text[]) ask (account_id, candidates, reason)
    on conflict (organisation_id, account_id) where kind = 'account-owner'
    do update set candidates = excluded.candidates, reason = excluded.reason`.execute(db)
}

/** Ties training records and response roles to people: by number, address, user name, then a name that only one has. */
export async function tieRecords(db: Db): Promise<void> {
  for (const [table, keys] of [
    ['training_fact', ['number', 'email', 'username', 'name']],
    ['role_fact', ['number', 'email', 'name']],
  ] as const) {
    const joins = keys.map(
      (kind) => sql`left join pg_temp.person_key ${sql.ref(kind)}
        on ${sql.ref(kind)}.kind = ${kind} and ${sql.ref(kind)}.key = fact.${sql.ref(`${kind}_key`)}`,
    )
    // A name alone is no sign against another number.
    const people = keys.map((kind) =>
      kind === 'name'
        ? sql`case when fact.number_key is null or not exists (
            select from person_fact
            where person_fact.person_id = ${sql.ref(kind)}.person_id and person_fact.number_key is not null
          ) then ${sql.ref(kind)}.person_id end`
        : sql`${sql.ref(kind)}.person_id`,
    )
    await sql`
      update ${sql.table(table)} set person_id = tie.person_id
      from (
        select fact.id, coalesce(${sql.join(people)}) as person_id from ${sql.table(table)} fact ${sql.join(joins, sql` `)}
      ) tie
      where ${sql.table(table)}.id = tie.id and ${sql.table(table)}.person_id is distinct from tie.person_id`.execute(
      db,
    )
  }
}

/** Ties each second-factor registration to the accounts that it speaks of. */
export async function tieRegistrations(db: Db): Promise<void> {
  await sql`delete from account_mfa`.execute(db)
  // A report that names no system speaks of every sign-in with that name or address.
  const meant = sql`fact.absent_from is null and (fact.system_id is null or fact.system_id = account.system_id)`
  await sql`
    insert into account_mfa (account_id, mfa_fact_id)
    select account.id, fact.id
    from mfa_fact fact
    join pg_temp.login on login.username_key = fact.username_key
    join account on account.id = login.account_id
    where ${meant}
    union
    select account.id, fact.id
    from mfa_fact fact
    join pg_temp.login on login.email_key = fact.email_key
    join account on account.id = login.account_id
    where ${meant}
    union
    select account.id, fact.id
    from mfa_fact fact
    join pg_temp.person_key person on person.kind = 'number' and person.key = fact.number_key
    join account on account.person_id = person.person_id and account.link <> 'named'
    where fact.absent_from is null and fact.system_id = account.system_id
    union
    select account.id, fact.id
    from mfa_fact fact
    join pg_temp.person_key person on person.kind = 'name' and person.key = fact.name_key
    join account on account.person_id = person.person_id and account.link <> 'named'
    where fact.absent_from is null and fact.system_id = account.system_id
      and fact.username_key is null and fact.email_key is null and fact.number_key is null`.execute(db)
}

/** Whether anything was taken in since identities were last resolved, or answered and not yet acted upon. */
export async function needsResolution(db: Db): Promise<boolean> {
  await takeTurn(db)
  const { rows } = await sql<{ needed: boolean }>`
    select coalesce((select max(run_id) from source), 0)
      > coalesce((select run_id from resolution), -1)
      or exists (
        select from match_question question
        join account on account.id = question.account_id and account.person_id is distinct from question.answer
        where question.answered_at is not null and exists (
          select from account_fact fact where fact.account_id = account.id and fact.absent_from is null))
      or exists (
        select from match_question question
        join system_name on system_name.name = question.system_name and system_name.system_id <> question.answer) as needed
    `.execute(db)
  return rows[0]?.needed ?? true
}

export async function markResolved(db: Db): Promise<void> {
  await sql`
    insert into resolution (run_id) select coalesce(max(run_id), 0) from source
    on conflict (organisation_id) do update set run_id = excluded.run_id`.execute(db)
}

/** The person that a member of Vigil is. */
export async function findPersonOfMember(db: Db, memberId: number): Promise<number | undefined> {
  const { rows } = await sql<{ personId: number | null }>`
    select person_id as "personId" from member where id = ${memberId}`.execute(db)
  return rows[0]?.personId ?? undefined
}

/**
 * The people who report to a person, by the rows of staff lists that stand: those whose manager's number or address is the
 * person's, or whose manager's name is, where nobody else has that name.
 */
export async function listReports(db: Db, personId: number): Promise<readonly number[]> {
  const { rows } = await sql<{ personId: number }>`
    with own as materialized (
      select number_key, email_key, name_key from person_fact where person_id = ${personId} and absent_from is null
    ), keys as materialized (
      select number_key as key from own union select email_key from own
      union select name_key from own where not exists (
        select from person_fact other
        where other.name_key = own.name_key and other.person_id <> ${personId} and other.absent_from is null)
    )
    select distinct person_id as "personId" from person_fact
    where manager_key in (select key from keys where key <> '') and absent_from is null
      and person_id is not null and person_id <> ${personId}
    order by person_id`.execute(db)
  return rows.map(({ personId }) => personId)
}

export interface ReportRow {
  readonly personId: number
  readonly name: string | null
  readonly title: string | null
  readonly department: string | null
  readonly findings: number
}

/** People by name, with how many open findings concern each: themselves, or an account of theirs. */
export async function listReportRows(
  db: Db,
  people: readonly number[],
  page: { readonly after: { readonly name: string; readonly id: number } | undefined; readonly limit: number },
): Promise<readonly ReportRow[]> {
  const ids = sql`${[...people]}::bigint[]`
  const after = page.after ? sql`(coalesce(name, ''), person_id) > (${page.after.name}, ${page.after.id})` : sql`true`
  const { rows } = await sql<ReportRow>`
    with said as (
      select distinct on (person_id) person_id,
        coalesce(display_name, nullif(concat_ws(' ', given_name, family_name), ''), email, username, employee_number) as name,
        title, department
      from person_fact where person_id = any (${ids})
      order by person_id, absent_from desc nulls first, left_on desc nulls first, id desc
    ), page as (
      select * from said where ${after} order by coalesce(name, ''), person_id limit ${page.limit}
    ), concerned as (
      select page.person_id, finding.id from page
      join finding on finding.subject_kind = 'person' and finding.subject_id = page.person_id and finding.closed_at is null
      union all
      select page.person_id, finding.id from page
      join person_entry entry on entry.person_id = page.person_id
      cross join unnest(entry.account_ids) owned (account_id)
      join finding on finding.subject_kind = 'account' and finding.subject_id = owned.account_id
        and finding.closed_at is null
    )
    select person_id as "personId", name, title, department,
      (select count(*) from concerned where concerned.person_id = page.person_id) as findings
    from page order by coalesce(name, ''), person_id`.execute(db)
  return rows
}
