/** The rows of cases, of what happened to them, and of how far the trail's stories were followed. */
import { type Db, type Sql, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'
import type { StoryKind } from '#trail/model/story.ts'
import type { CaseState, Decision } from './contract.ts'

export interface CaseRow {
  readonly id: string
  readonly version: number
  readonly digest: Buffer
  readonly kind: StoryKind
  readonly score: number
  readonly state: CaseState
  readonly storyState: 'open' | 'explained'
  readonly sealed: Buffer
  readonly personId: number | null
  readonly personName: string
  readonly department: string
  readonly role: string
  readonly logins: readonly string[]
  readonly personKey: string
  readonly patientCount: number
  readonly accesses: number
  readonly days: number
  readonly firstAt: Date
  readonly lastAt: Date
  readonly openedAt: Date
  readonly reviewBy: Day
  readonly dueOn: Day
  readonly seenAt: Date | null
  readonly decision: Decision | null
  readonly decidedAt: Date | null
  readonly decidedBy: string | null
  readonly decidedAccesses: number | null
  readonly decidedPatients: number | null
  readonly decidedScore: number | null
  readonly ownerMemberId: number | null
  readonly incidentTaskId: number | null
}

/** A case as lists show it: with its owner's name, and how many others there are of the person. */
export interface ListedCase extends CaseRow {
  readonly ownerName: string | null
  readonly otherCount: number
  readonly otherViolations: number
}

const columns = sql`
  one.id, one.version, one.digest, one.kind, one.score, one.state, one.story_state as "storyState", one.sealed,
  one.person_id as "personId", one.person_name as "personName", one.department, one.role, one.logins,
  one.person_key as "personKey", one.patient_count as "patientCount", one.accesses, one.days, one.first_at as "firstAt",
  one.last_at as "lastAt", one.opened_at as "openedAt", one.review_by as "reviewBy", one.due_on as "dueOn",
  one.seen_at as "seenAt", one.decision, one.decided_at as "decidedAt", one.decided_by as "decidedBy",
  one.decided_accesses as "decidedAccesses", one.decided_patients as "decidedPatients",
  one.decided_score as "decidedScore", one.owner_member_id as "ownerMemberId", one.incident_task_id as "incidentTaskId"`

/** Of the person of a case: the ids of all their cases, itself among them. */
const ofSamePerson = (caseId: Sql) => sql`(
  select kin.id from access_case named join access_case kin on kin.person_key = named.person_key where named.id = ${caseId}
  union
  select shared.case_id from access_case_login own join access_case_login shared on shared.login = own.login
  where own.case_id = ${caseId})`

const listedColumns = sql`
  ${columns},
  (select identity.name from member join identity on identity.id = member.identity_id
   where member.id = one.owner_member_id) as "ownerName",
  (select count(*) - 1 from ${ofSamePerson(sql`one.id`)} kin) as "otherCount",
  (select count(*) from access_case other where other.id in ${ofSamePerson(sql`one.id`)}
   and other.id <> one.id and other.state = 'violation') as "otherViolations"`

// Lists -----------------------------------------------------------------------------------------------------------------

export type CaseSort = 'score' | 'opened' | 'due' | 'last'

export interface CaseFilter {
  readonly state: CaseState | 'undecided' | 'all'
  readonly kind: readonly StoryKind[] | undefined
  /** Null for nobody's. */
  readonly owner: number | null | undefined
  readonly words: string | undefined
  readonly sameAs: string | undefined
  readonly isOverdue: boolean | undefined
  readonly today: Day
}

/** The place of a case in a list, for its cursor. */
export function placeOf(row: ListedCase, sort: CaseSort): readonly (string | number)[] {
  switch (sort) {
    case 'score':
      return [row.score, row.id]
    case 'opened':
      return [row.openedAt.toISOString(), row.id]
    case 'due':
      return [row.dueOn, row.id]
    case 'last':
      return [row.lastAt.toISOString(), row.id]
  }
}

const sorts: Readonly<Record<CaseSort, { readonly by: Sql; readonly type: Sql; readonly isUp: boolean }>> = {
  score: { by: sql`one.score`, type: sql`integer`, isUp: false },
  opened: { by: sql`one.opened_at`, type: sql`timestamptz`, isUp: false },
  due: { by: sql`one.due_on`, type: sql`date`, isUp: true },
  last: { by: sql`one.last_at`, type: sql`timestamptz`, isUp: false },
}

function conditionsOf(filter: CaseFilter): Sql {
  const { state, kind, owner, words, sameAs, isOverdue, today } = filter
  const undecided = sql`one.state in ('open', 'talk')`
  const parts: Sql[] = [
    state === 'all' ? sql`true` : state === 'undecided' ? undecided : sql`one.state = ${state}`,
    ...(kind === undefined ? [] : [sql`one.kind = any (${[...kind]}::text[])`]),
    ...(owner === undefined
      ? []
      : owner === null
        ? [sql`one.owner_member_id is null`]
        : [sql`one.owner_member_id = ${owner}`]),
    ...(words === undefined ? [] : [sql`strpos(one.words_folded, folded(${words}::text)) > 0`]),
    ...(sameAs === undefined ? [] : [sql`one.id in ${ofSamePerson(sql`${sameAs}`)}`]),
    ...(isOverdue === undefined
      ? []
      : isOverdue
        ? [sql`${undecided} and one.due_on < ${today}::date`]
        : [sql`not (${undecided} and one.due_on < ${today}::date)`]),
  ]
  return sql.join(parts, sql` and `)
}

/** One page; of what stands alike, the id decides. */
export async function listCaseRows(
  db: Db,
  filter: CaseFilter,
  page: {
    readonly sort: CaseSort
    readonly after: readonly [string | number, string] | undefined
    readonly limit: number
  },
): Promise<readonly ListedCase[]> {
  const { by, type, isUp } = sorts[page.sort]
  const way = isUp ? sql`asc` : sql`desc`
  const beyond = isUp ? sql`>` : sql`<`
  const place =
    page.after === undefined
      ? sql`true`
      : sql`(${by} ${beyond} ${page.after[0]}::${type} or (${by} = ${page.after[0]}::${type} and one.id > ${page.after[1]}))`
  const { rows } = await sql<ListedCase>`
    select ${listedColumns} from access_case one where ${conditionsOf(filter)} and ${place}
    order by ${by} ${way}, one.id limit ${page.limit}`.execute(db)
  return rows
}

export async function findCase(db: Db, id: string): Promise<ListedCase | undefined> {
  const { rows } = await sql<ListedCase>`select ${listedColumns} from access_case one where one.id = ${id}`.execute(db)
  return rows[0]
}

/** Other cases of the same person, the newest first. */
export async function listOthers(
  db: Db,
  { id }: Pick<CaseRow, 'id'>,
): Promise<readonly Pick<CaseRow, 'id' | 'kind' | 'state' | 'score' | 'lastAt'>[]> {
  const { rows } = await sql<Pick<CaseRow, 'id' | 'kind' | 'state' | 'score' | 'lastAt'>>`
    select id, kind, state, score, last_at as "lastAt" from access_case
    where id in ${ofSamePerson(sql`${id}`)} and id <> ${id} order by last_at desc, id limit 20`.execute(db)
  return rows
}

export interface CaseCounts {
  readonly open: number
  readonly talk: number
  readonly overdue: number
  readonly unseen: number
  readonly fresh: number
}

export async function countCases(db: Db, today: Day, freshSince: Date): Promise<CaseCounts> {
  const { rows } = await sql<CaseCounts>`
    select count(*) filter (where state = 'open') as open, count(*) filter (where state = 'talk') as talk,
      count(*) filter (where due_on < ${today}::date) as overdue, count(*) filter (where seen_at is null) as unseen,
      count(*) filter (where opened_at > ${freshSince}::timestamptz) as fresh
    from access_case where state in ('open', 'talk')`.execute(db)
  return rows[0] ?? { open: 0, talk: 0, overdue: 0, unseen: 0, fresh: 0 }
}

export interface WaitingCases {
  readonly waiting: number
  readonly overdue: number
  /** Not overdue, and due until the day asked for. */
  readonly due: number
}

export async function countWaiting(db: Db, today: Day, until: Day): Promise<WaitingCases> {
  const { rows } = await sql<WaitingCases>`
    select count(*) as waiting, count(*) filter (where due_on < ${today}::date) as overdue,
      count(*) filter (where due_on between ${today}::date and ${until}::date) as due
    from access_case where state in ('open', 'talk')`.execute(db)
  return rows[0] ?? { waiting: 0, overdue: 0, due: 0 }
}

export async function countKinds(db: Db): Promise<readonly { readonly kind: StoryKind; readonly count: number }[]> {
  const { rows } = await sql<{ kind: StoryKind; count: number }>`
    select kind, count(*) as count from access_case where state in ('open', 'talk')
    group by kind order by count(*) desc, kind`.execute(db)
  return rows
}

export interface KindHistory {
  readonly kind: StoryKind
  readonly cases: number
  readonly undecided: number
  readonly appropriate: number
  readonly violation: number
  readonly explained: number
}

/** What became of the cases of each kind. */
export async function listHistories(db: Db): Promise<readonly KindHistory[]> {
  const { rows } = await sql<KindHistory>`
    select kind, count(*) as cases, count(*) filter (where state in ('open', 'talk')) as undecided,
      count(*) filter (where state = 'appropriate') as appropriate,
      count(*) filter (where state = 'violation') as violation, count(*) filter (where state = 'explained') as explained
    from access_case group by kind`.execute(db)
  return rows
}

// One case --------------------------------------------------------------------------------------------------------------

/** Reads and locks cases, so that a story and a person do not move one at once. */
export async function lockCases(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, CaseRow>> {
  const { rows } = await sql<CaseRow>`
    select ${columns} from access_case one where one.id = any (${[...ids]}::text[]) order by one.id for update`.execute(
    db,
  )
  return new Map(rows.map((row) => [row.id, row]))
}

/** What a story says of its case; a case that is new opens. */
export type StoryOf = Omit<
  CaseRow,
  | 'state'
  | 'openedAt'
  | 'reviewBy'
  | 'dueOn'
  | 'seenAt'
  | 'decision'
  | 'decidedAt'
  | 'decidedBy'
  | 'decidedAccesses'
  | 'decidedPatients'
  | 'decidedScore'
  | 'ownerMemberId'
  | 'incidentTaskId'
>

export interface Opening {
  readonly openedAt: Date
  readonly reviewBy: Day
  readonly dueOn: Day
}

export async function insertCase(db: Db, story: StoryOf, { openedAt, reviewBy, dueOn }: Opening): Promise<void> {
  await sql`
    insert into access_case (id, version, digest, kind, score, state, story_state, sealed, person_id, person_name,
      department, role, logins, person_key, words, patient_count, accesses, days, first_at, last_at, opened_at, review_by,
      due_on)
    values (${story.id}, ${story.version}, ${story.digest}, ${story.kind}, ${story.score}, 'open', ${story.storyState},
      ${story.sealed}, ${story.personId}, ${story.personName}, ${story.department}, ${story.role},
      ${[...story.logins]}::text[], ${story.personKey}, ${wordsOf(story)}, ${story.patientCount}, ${story.accesses},
      ${story.days}, ${story.firstAt}::timestamptz, ${story.lastAt}::timestamptz, ${openedAt}::timestamptz,
      ${reviewBy}::date, ${dueOn}::date)`.execute(db)
  await keepLogins(db, story)
}

export async function updateStory(db: Db, story: StoryOf): Promise<void> {
  await sql`
    update access_case set version = ${story.version}, digest = ${story.digest}, kind = ${story.kind},
      score = ${story.score}, story_state = ${story.storyState}, sealed = ${story.sealed}, person_id = ${story.personId},
      person_name = ${story.personName}, department = ${story.department}, role = ${story.role},
      logins = ${[...story.logins]}::text[], person_key = ${story.personKey}, words = ${wordsOf(story)},
      patient_count = ${story.patientCount}, accesses = ${story.accesses}, days = ${story.days},
      first_at = ${story.firstAt}::timestamptz, last_at = ${story.lastAt}::timestamptz
    where id = ${story.id}`.execute(db)
  await keepLogins(db, story)
}

async function keepLogins(db: Db, { id, logins }: StoryOf): Promise<void> {
  await sql`
    with said as (select distinct lower(login) as login from unnest(${[...logins]}::text[]) login),
    gone as (delete from access_case_login where case_id = ${id} and login not in (select login from said))
    insert into access_case_login (case_id, login) select ${id}, login from said on conflict do nothing`.execute(db)
}

const wordsOf = ({ personName, logins, department }: StoryOf) => [personName, ...logins, department].join(' ')

/** The version alone: the story was handed over again and says the same. */
export async function setVersion(db: Db, id: string, version: number): Promise<void> {
  await sql`update access_case set version = ${version} where id = ${id}`.execute(db)
}

export async function setOpen(db: Db, id: string, { openedAt, reviewBy, dueOn }: Opening): Promise<void> {
  await sql`
    update access_case set state = 'open', opened_at = ${openedAt}::timestamptz, review_by = ${reviewBy}::date,
      due_on = ${dueOn}::date, seen_at = null, decision = null, decided_at = null, decided_by = null,
      decided_accesses = null, decided_patients = null, decided_score = null
    where id = ${id}`.execute(db)
}

export async function setExplained(db: Db, id: string): Promise<void> {
  await sql`update access_case set state = 'explained' where id = ${id}`.execute(db)
}

export async function setDecided(
  db: Db,
  row: CaseRow,
  decided: { readonly decision: Decision; readonly by: string; readonly at: Date },
): Promise<void> {
  await sql`
    update access_case set state = ${decided.decision}, decision = ${decided.decision},
      decided_at = ${decided.at}::timestamptz, decided_by = ${decided.by}, decided_accesses = ${row.accesses},
      decided_patients = ${row.patientCount}, decided_score = ${row.score},
      seen_at = coalesce(seen_at, ${decided.at}::timestamptz)
    where id = ${row.id}`.execute(db)
}

export async function setSeen(db: Db, id: string, at: Date): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    update access_case set seen_at = ${at}::timestamptz
    where id = ${id} and seen_at is null and state in ('open', 'talk') returning id`.execute(db)
  return rows.length > 0
}

export async function setOwner(db: Db, id: string, memberId: number | null): Promise<void> {
  await sql`update access_case set owner_member_id = ${memberId} where id = ${id}`.execute(db)
}

export async function setIncidentTask(db: Db, id: string, taskId: number): Promise<void> {
  await sql`update access_case set incident_task_id = ${taskId} where id = ${id}`.execute(db)
}

export interface EventRow {
  readonly kind: string
  readonly decision: Decision | null
  readonly sealed: Buffer | null
  readonly actor: string
  readonly at: Date
}

export async function insertEvent(db: Db, caseId: string, row: EventRow): Promise<void> {
  await sql`
    insert into access_case_event (case_id, kind, decision, sealed, actor, at)
    values (${caseId}, ${row.kind}, ${row.decision}, ${row.sealed}, ${row.actor}, ${row.at}::timestamptz)`.execute(db)
}

/** The newest thousand, in the order in which they happened. */
export async function listEvents(db: Db, caseId: string): Promise<readonly EventRow[]> {
  const { rows } = await sql<EventRow>`
    select kind, decision, sealed, actor, at from (
      select id, kind, decision, sealed, actor, at from access_case_event where case_id = ${caseId}
      order by id desc limit 1000) newest
    order by id`.execute(db)
  return rows
}

// People ----------------------------------------------------------------------------------------------------------------

/** The one person of the staff list to whom accounts of these names belong; nobody where several do. */
export async function findPersonOf(db: Db, logins: readonly string[]): Promise<number | null> {
  const { rows } = await sql<{ personId: number }>`
    select distinct person_id as "personId" from account
    where key = any (select lower(login) from unnest(${[...logins]}::text[]) login) and person_id is not null
      and link is distinct from 'named' limit 2`.execute(db)
  return rows.length === 1 ? (rows[0]?.personId ?? null) : null
}

/**
 * Ties cases to the people whose accounts the logins are found to be since: a case whose story does not change any more is
 * told of nothing that a list says later.
 */
export async function tieCases(db: Db): Promise<void> {
  // A follower locks cases by the batch: never two such at once.
  await lockVersion(db)
  await sql`
    update access_case one set person_id = found.person_id, person_key = 'person:' || found.person_id
    from (
      select said.case_id, min(account.person_id) as person_id
      from access_case_login said join account on account.key = said.login
      where account.person_id is not null and account.link is distinct from 'named'
      group by said.case_id having count(distinct account.person_id) = 1
    ) found
    where one.id = found.case_id and one.person_id is distinct from found.person_id`.execute(db)
}

/** Who a member is, and whether lists say that a case is of theirs: of the same person, or by a login that is their account's. */
export interface Suspect {
  readonly name: string
  readonly email: string
  readonly isTheirs: boolean
}

export async function findSuspect(
  db: Db,
  memberId: number,
  { personId, logins }: { readonly personId: number | null; readonly logins: readonly string[] },
): Promise<Suspect | undefined> {
  const said = sql`any (${[...logins]}::text[])`
  const { rows } = await sql<Suspect>`
    select identity.name, identity.email, identity.email_key = ${said} or coalesce(member.person_id = ${personId}, false)
      or exists (select from person_fact where person_id = member.person_id and username_key = ${said})
      or exists (
        select from account
        where key = ${said} and case when person_id is not null
          then person_id = member.person_id and link is distinct from 'named'
          else exists (
            select from account_fact
            where account_id = account.id and absent_from is null and email_key = identity.email_key) end) as "isTheirs"
    from member join identity on identity.id = member.identity_id where member.id = ${memberId}`.execute(db)
  return rows[0]
}

export interface Reviewer {
  readonly id: number
  readonly name: string
}

const mayReview = (today: Day) => sql`
  'privacy-officer' = any (member.roles) and member.disabled_at is null and identity.disabled_at is null
    and (member.until_on is null or member.until_on >= ${today}::date)`

export async function listReviewers(db: Db, today: Day): Promise<readonly Reviewer[]> {
  const { rows } = await sql<Reviewer>`
    select member.id, identity.name from member join identity on identity.id = member.identity_id
    where ${mayReview(today)} order by lower(identity.name), member.id limit 1000`.execute(db)
  return rows
}

export async function isReviewer(db: Db, today: Day, memberId: number): Promise<boolean> {
  const { rows } = await sql`
    select from member join identity on identity.id = member.identity_id
    where member.id = ${memberId} and ${mayReview(today)}`.execute(db)
  return rows.length > 0
}

export async function listNames(db: Db, memberIds: readonly number[]): Promise<readonly Reviewer[]> {
  const { rows } = await sql<Reviewer>`
    select member.id, identity.name from member join identity on identity.id = member.identity_id
    where member.id = any (${[...memberIds]}::bigint[]) order by member.id`.execute(db)
  return rows
}

// Following -------------------------------------------------------------------------------------------------------------

export async function findVersion(db: Db): Promise<number> {
  const { rows } = await sql<{ version: number }>`select version from access_case_cursor`.execute(db)
  return rows[0]?.version ?? 0
}

/** Locks how far the stories were followed, so that of two followers the second sees what the first has taken. */
export async function lockVersion(db: Db): Promise<number> {
  await sql`select pg_advisory_xact_lock(7423, current_organisation()::integer)`.execute(db)
  return findVersion(db)
}

export async function setFollowed(db: Db, version: number): Promise<void> {
  await sql`
    insert into access_case_cursor (version) values (${version})
    on conflict (organisation_id) do update set version = excluded.version`.execute(db)
}
