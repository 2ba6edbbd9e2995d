/** Who works here, as the trail is told: one row a login. */
import { type Db, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'
import type { WorkerWord } from '#trail/model/relation.ts'

export interface WorkerRow {
  readonly login: string
  readonly personId: number | null
  readonly name: string | null
  readonly department: string | null
  readonly role: string | null
  /** A login of theirs. */
  readonly manager: string | null
  readonly hiredOn: Day | null
  readonly leftOn: Day | null
  readonly isShared: boolean
}

export async function listWorkers(db: Db): Promise<readonly WorkerRow[]> {
  const { rows } = await sql<WorkerRow>`
    with login as (
      select distinct on (account.id) account.id, account.username, account.key, account.person_id, account.link,
        coalesce(kind.is_ehr, false) as is_ehr, coalesce(told.is_shared, false) as is_shared
      from account
      left join lateral (
        select bool_or(fact.system_kind = 'ehr') as is_ehr from system_fact fact
        where fact.system_id = account.system_id and fact.absent_from is null) kind on true
      left join lateral (
        select bool_or(fact.login_class in ('shared', 'service')) as is_shared from account_fact fact
        where fact.account_id = account.id and fact.absent_from is null) told on true
    ), chosen as (
      -- By the systems that go first: those of the EHR where it has the login, all others where not.
      select key, min(username) as username, bool_or(is_shared) as is_shared,
        case when count(distinct person_id) filter (where link is distinct from 'named') = 1
          then min(person_id) filter (where link is distinct from 'named') end as person_id,
        count(distinct person_id) filter (where link is distinct from 'named') > 1 as is_several
      from (select login.*, bool_or(is_ehr) over (partition by key) as has_ehr from login) login
      where is_ehr or not has_ehr
      group by key
    ), boss_key as (
      select key, min(person_id) as person_id from (
        select number_key as key, person_id from person_fact where absent_from is null
        union select email_key, person_id from person_fact where absent_from is null
        union select name_key, person_id from person_fact where absent_from is null) keys
      where key is not null and person_id is not null group by key having count(distinct person_id) = 1
    ), boss_login as (
      select person_id, min(username) as username from chosen where person_id is not null group by person_id
    )
    select chosen.username as login, chosen.person_id as "personId", fact.name, fact.department, fact.title as role,
      boss_login.username as manager, fact.hired_on as "hiredOn", fact.left_on as "leftOn",
      chosen.is_shared or chosen.is_several as "isShared"
    from chosen
    left join lateral (
      select coalesce(display_name, nullif(concat_ws(' ', given_name, family_name), '')) as name, department, title,
        manager_key, hired_on, left_on
      from person_fact where person_fact.person_id = chosen.person_id
      order by absent_from is not null, left_on nulls first, hired_on desc nulls last limit 1) fact on true
    left join boss_key on boss_key.key = fact.manager_key
    left join boss_login on boss_login.person_id = boss_key.person_id
    order by chosen.key`.execute(db)
  return rows
}

interface Told {
  readonly login: string
  /** Of what was told of it last. */
  readonly digest: Buffer
  /** Which of its fields said something. */
  readonly said: readonly WorkerWord[]
}

export async function listTold(db: Db): Promise<readonly Told[]> {
  const { rows } = await sql<Told>`select login, digest, said from trail_worker_told`.execute(db)
  return rows
}

export async function setTold(db: Db, told: readonly Told[]): Promise<void> {
  await sql`
    insert into trail_worker_told (login, digest, said)
    select login, digest, string_to_array(said, ' ')
    from unnest(${told.map(({ login }) => login)}::text[], ${told.map(({ digest }) => digest)}::bytea[],
      ${told.map(({ said }) => said.join(' '))}::text[]) told (login, digest, said)
    on conflict (organisation_id, login) do update set digest = excluded.digest, said = excluded.said`.execute(db)
}
