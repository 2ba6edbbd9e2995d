/** The rows of news, of what members chose, of the server that mail goes out by, and of mails. */
import type { Role } from '#platform/contract.ts'
import { type Db, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'
import type { Choice, NewsCounts, NewsKind, Words } from './model.ts'

// Members ---------------------------------------------------------------------------------------------------------------

export interface Receiver {
  readonly memberId: number
  readonly roles: readonly string[]
  /** Null for who has not chosen. */
  readonly choice: Choice | null
}

const mayBeTold = (today: Day) => sql`
  member.disabled_at is null and identity.disabled_at is null
    and (member.until_on is null or member.until_on >= ${today}::date)`

const receiverColumns = sql`member.id as "memberId", member.roles,
  case when choice.member_id is not null then jsonb_build_object(
    'digest', choice.digest, 'hour', choice.hour, 'atOnce', to_jsonb(choice.at_once)) end as choice`

const receivers = sql`member
  join identity on identity.id = member.identity_id
  left join notification_choice choice on choice.member_id = member.id`

/** Those of these members who may sign in, with what they chose. */
export async function listReceivers(db: Db, today: Day, memberIds: readonly number[]): Promise<readonly Receiver[]> {
  const { rows } = await sql<Receiver>`
    select ${receiverColumns} from ${receivers}
    where member.id = any (${[...memberIds]}::bigint[]) and ${mayBeTold(today)}`.execute(db)
  return rows
}

/** Every member who may sign in, with what they chose. */
export async function listAllReceivers(db: Db, today: Day): Promise<readonly Receiver[]> {
  const { rows } = await sql<Receiver>`
    select ${receiverColumns} from ${receivers} where ${mayBeTold(today)} order by member.id`.execute(db)
  return rows
}

/** The members who may sign in and have one of these roles. */
export async function listMembersWithRoles(db: Db, today: Day, roles: readonly Role[]): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    select member.id from member join identity on identity.id = member.identity_id
    where member.roles && ${[...roles]}::text[] and ${mayBeTold(today)} order by member.id`.execute(db)
  return rows.map(({ id }) => id)
}

// News ------------------------------------------------------------------------------------------------------------------

export interface NewNews {
  readonly memberId: number
  readonly kind: NewsKind
  readonly about: string
  readonly words: Words
}

export async function insertNews(db: Db, news: readonly NewNews[], at: Date): Promise<void> {
  await sql`
    insert into notification (member_id, kind, about, words, made_at)
    select "memberId", kind, about, words, ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(news)}::jsonb) as (
      "memberId" bigint, kind text, about text, words jsonb)`.execute(db)
}

export interface NewsRow {
  readonly id: number
  readonly kind: NewsKind
  readonly about: string
  readonly words: Words
  readonly madeAt: Date
  readonly readAt: Date | null
}

/** What a member was told, the newest first. */
export async function listNewsRows(
  db: Db,
  memberId: number,
  page: { readonly isUnread: boolean; readonly before: number | undefined; readonly limit: number },
): Promise<readonly NewsRow[]> {
  const { rows } = await sql<NewsRow>`
    select id, kind, about, words, made_at as "madeAt", read_at as "readAt" from notification
    where member_id = ${memberId} and ${page.isUnread ? sql`read_at is null` : sql`true`}
      and ${page.before === undefined ? sql`true` : sql`id < ${page.before}`}
    order by id desc limit ${page.limit}`.execute(db)
  return rows
}

/** How many are not read; counted up to a number that nobody needs to know exactly. */
export async function countUnread(db: Db, memberId: number, most: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) from (
      select from notification where member_id = ${memberId} and read_at is null limit ${most}) unread`.execute(db)
  return rows[0]?.count ?? 0
}

/** Marks one piece of news as read; false where this member was never told it. */
export async function markRead(db: Db, memberId: number, id: number, at: Date): Promise<boolean> {
  const { rows } = await sql`
    update notification set read_at = coalesce(read_at, ${at}::timestamptz)
    where id = ${id} and member_id = ${memberId} returning id`.execute(db)
  return rows.length > 0
}

/** Marks all as read up to the newest that was seen: what came since stays unread. */
export async function hasNews(db: Db, memberId: number, id: number): Promise<boolean> {
  const { rows } = await sql`select from notification where id = ${id} and member_id = ${memberId}`.execute(db)
  return rows.length > 0
}

export async function markAllRead(db: Db, memberId: number, upTo: number, at: Date): Promise<number> {
  const { numAffectedRows } = await sql`
    update notification set read_at = ${at}::timestamptz
    where member_id = ${memberId} and read_at is null and id <= ${upTo}`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

/** Forgets what was told before an instant, and what keeps it from being told twice. */
export async function deleteOldNews(db: Db, before: Date): Promise<void> {
  await sql`delete from notification where made_at < ${before}::timestamptz`.execute(db)
  await sql`delete from notification_told where told_at < ${before}::timestamptz`.execute(db)
  await sql`delete from notification_digest where made_at < ${before}::timestamptz`.execute(db)
  await sql`delete from mail where made_at < ${before}::timestamptz and state <> 'waiting'`.execute(db)
}

// What is news by itself ------------------------------------------------------------------------------------------------

export interface Noticed {
  readonly about: string
  /** What it was news since: a day, or the number of a run. */
  readonly since: string
  /** What it is called, in the app alone. */
  readonly name: string
  /** Whom it concerns, where that is not everybody who runs the programme. */
  readonly memberId: number | null
}

interface When {
  readonly today: Day
  /** The last day that is near. */
  readonly horizon: Day
  readonly now: Date
}

const noticing = ({ today, horizon, now }: When) => ({
  'task-overdue': sql`
    select 'task:' || id as about, due_on::text as since, title as name,
      substring(assignee from '^member:([0-9]{1,18})$')::bigint as "memberId"
    from task where done_at is null and due_on < ${today}::date and assignee ~ '^member:[0-9]{1,18}$'`,
  // What was read longest ago is what its knowledge hangs on; a source that never spoke has nothing to fall silent with.
  'source-silent': sql`
    select 'source:' || id as about, run_id::text as since, name, null::bigint as "memberId"
    from source where run_id is not null and collected_at + valid_for <= ${now}::timestamptz`,
  'job-failed': sql`
    select 'job:' || id as about, attempts::text as since, kind as name, null::bigint as "memberId"
    from job where state = 'failed' and finished_at > ${now}::timestamptz - interval '7 days'`,
  'evidence-ends': sql`
    select 'evidence:' || id as about, valid_until_on::text as since, title as name, null::bigint as "memberId"
    from evidence where valid_until_on between ${today}::date and ${horizon}::date`,
  'exception-ends': sql`
    select 'finding:' || exception.finding_id as about, exception.id || ' ' || exception.expires_on as since,
      finding.subject_label as name, null::bigint as "memberId"
    from finding_exception exception join finding on finding.id = exception.finding_id
    where exception.ended_at is null and finding.closed_at is null
      and exception.expires_on between ${today}::date and ${horizon}::date`,
  'attestation-ends': sql`
    select 'attestation:' || attestation.id as about, attestation.valid_until_on::text as since, safeguard.title as name,
      null::bigint as "memberId"
    from attestation join safeguard on safeguard.id = attestation.safeguard_id
    where attestation.withdrawn_at is null
      and attestation.valid_until_on between ${today}::date and ${horizon}::date`,
})

export type NoticedKind = keyof ReturnType<typeof noticing>

/** What has become news of a kind since it was last looked; each thing is given once. */
export async function takeNoticed(db: Db, kind: NoticedKind, when: When): Promise<readonly Noticed[]> {
  const { rows } = await sql<Noticed>`
    with found as (${noticing(when)[kind]}),
    told as (
      insert into notification_told (kind, about, since, told_at)
      select ${kind}, about, since, ${when.now}::timestamptz from found
      on conflict do nothing returning about, since
    )
    select found.about, found.since, found.name, found."memberId"
    from told join found on found.about = told.about and found.since = told.since
    order by found.since, found.about`.execute(db)
  return rows
}

// Choices ---------------------------------------------------------------------------------------------------------------

export interface Reader extends Receiver {
  readonly name: string
  readonly email: string
  readonly organisation: string
}

export async function findReceiver(db: Db, memberId: number): Promise<Reader | undefined> {
  const { rows } = await sql<Reader>`
    select ${receiverColumns}, identity.name, identity.email, organisation.name as organisation
    from ${receivers} join organisation on organisation.id = member.organisation_id
    where member.id = ${memberId}`.execute(db)
  return rows[0]
}

export async function upsertChoice(db: Db, memberId: number, choice: Choice, at: Date): Promise<void> {
  await sql`
    insert into notification_choice (member_id, digest, hour, at_once, chosen_at)
    values (${memberId}, ${choice.digest}, ${choice.hour}, ${[...choice.atOnce]}::text[], ${at}::timestamptz)
    on conflict (organisation_id, member_id) do update set digest = excluded.digest, hour = excluded.hour,
      at_once = excluded.at_once, chosen_at = excluded.chosen_at`.execute(db)
}

// The server that mail goes out by --------------------------------------------------------------------------------------

export interface MailSettings {
  readonly way: 'own' | 'installation'
  readonly host: string | null
  readonly port: number | null
  readonly security: 'tls' | 'starttls' | 'none' | null
  readonly username: string | null
  readonly password: Buffer | null
  readonly ca: string | null
  readonly fromAddress: string | null
  readonly changedAt: Date
}

export async function findMailSettings(db: Db): Promise<MailSettings | undefined> {
  const { rows } = await sql<MailSettings>`
    select way, host, port, security, username, password, ca, from_address as "fromAddress", changed_at as "changedAt"
    from mail_settings`.execute(db)
  return rows[0]
}

/** Whether mail goes out at all. */
export async function hasMailSettings(db: Db): Promise<boolean> {
  const { rows } = await sql`select from mail_settings`.execute(db)
  return rows.length > 0
}

export async function upsertMailSettings(
  db: Db,
  set: Omit<MailSettings, 'changedAt'> & { readonly by: string; readonly at: Date },
): Promise<void> {
  await sql`
    insert into mail_settings (way, host, port, security, username, password, ca, from_address, changed_by, changed_at)
    values (${set.way}, ${set.host}, ${set.port}, ${set.security}, ${set.username}, ${set.password}, ${set.ca},
      ${set.fromAddress}, ${set.by}, ${set.at}::timestamptz)
    on conflict (organisation_id) do update set way = excluded.way, host = excluded.host, port = excluded.port,
      security = excluded.security, username = excluded.username, password = excluded.password, ca = excluded.ca,
      from_address = excluded.from_address, changed_by = excluded.changed_by, changed_at = excluded.changed_at`.execute(
    db,
  )
}

export async function deleteMailSettings(db: Db): Promise<boolean> {
  const { rows } = await sql`delete from mail_settings returning way`.execute(db)
  return rows.length > 0
}

// Making mails ----------------------------------------------------------------------------------------------------------

/** Of these members, those whose digest of their day nobody has made yet. From here on it is made. */
export async function takeDigestDays(
  db: Db,
  days: readonly { readonly memberId: number; readonly day: Day }[],
  at: Date,
): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ memberId: number }>`
    insert into notification_digest (member_id, digest_on, made_at)
    select member_id, digest_on, ${at}::timestamptz
    from unnest(${days.map(({ memberId }) => memberId)}::bigint[], ${days.map(({ day }) => day)}::date[])
      as due (member_id, digest_on)
    on conflict do nothing returning member_id as "memberId"`.execute(db)
  return new Set(rows.map(({ memberId }) => memberId))
}

/**
 * Takes the news of which a mail is to tell: of each member these kinds, not read and not told of by a mail before. Nobody
 * else takes the same.
 */
export async function takeWaitingNews(
  db: Db,
  wanted: readonly { readonly memberId: number; readonly kinds: readonly NewsKind[] }[],
  when: { readonly since: Date; readonly now: Date },
): Promise<ReadonlyMap<number, NewsCounts>> {
  const pairs = wanted.flatMap(({ memberId, kinds }) => kinds.map((kind) => ({ memberId, kind })))
  const { rows } = await sql<{ memberId: number; kind: NewsKind; count: number }>`
    with taken as (
      update notification set mailed_at = ${when.now}::timestamptz
      from unnest(${pairs.map(({ memberId }) => memberId)}::bigint[], ${pairs.map(({ kind }) => kind)}::text[])
        as wanted (member_id, kind)
      where notification.member_id = wanted.member_id and notification.kind = wanted.kind
        and notification.mailed_at is null and notification.read_at is null
        and notification.made_at > ${when.since}::timestamptz
      returning notification.member_id, notification.kind, notification.words
    )
    select member_id as "memberId", kind,
      -- One piece of news may speak of several things.
      sum(case when jsonb_typeof(words -> 'count') = 'number' then (words ->> 'count')::numeric else 1 end) as count
    from taken group by member_id, kind order by member_id, kind`.execute(db)
  const all = new Map<number, NewsCounts>()
  for (const { memberId, kind, count } of rows) all.set(memberId, { ...all.get(memberId), [kind]: count })
  return all
}

export interface NewMail {
  readonly purpose: 'digest' | 'news' | 'join' | 'recover'
  readonly memberId: number | null
  readonly invitationId: number | null
  readonly words: NewsCounts
  readonly secret: Buffer | null
}

export async function insertMail(db: Db, mail: NewMail, at: Date): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into mail (purpose, member_id, invitation_id, words, secret, next_at, made_at)
    values (${mail.purpose}, ${mail.memberId}, ${mail.invitationId}, ${JSON.stringify(mail.words)}::jsonb, ${mail.secret},
      ${at}::timestamptz, ${at}::timestamptz)
    returning id`.execute(db)
  return rows[0]?.id ?? 0
}

// Sending them ----------------------------------------------------------------------------------------------------------

export interface ClaimedMail {
  readonly id: number
  readonly purpose: NewMail['purpose']
  readonly words: NewsCounts
  readonly secret: Buffer | null
  readonly attempts: number
  readonly organisation: string
  readonly madeAt: Date
  readonly memberId: number | null
  readonly invitationId: number | null
  /** Null where nobody is left to read it: who was disabled, or whose invitation was used or withdrawn. */
  readonly name: string | null
  readonly email: string | null
  /** Of the link that it brings. */
  readonly expiresAt: Date | null
}

/**
 * Takes the next mail that is due, for one try: until `leaseUntil` nobody else tries it. A process that dies before it
 * noted what became of it leaves it to be tried again then.
 */
export async function claimMail(
  db: Db,
  when: { readonly now: Date; readonly today: Day; readonly leaseUntil: Date },
): Promise<ClaimedMail | undefined> {
  const { rows } = await sql<ClaimedMail>`
    with next as (
      select id from mail where state = 'waiting' and next_at <= ${when.now}::timestamptz
      order by next_at, id limit 1 for update skip locked
    ), claimed as (
      update mail set attempts = attempts + 1, next_at = ${when.leaseUntil}::timestamptz
      from next where mail.id = next.id returning mail.*
    )
    select claimed.id, claimed.purpose, claimed.words, claimed.secret, claimed.attempts, claimed.made_at as "madeAt",
      claimed.member_id as "memberId", claimed.invitation_id as "invitationId", organisation.name as organisation,
      invitation.expires_at as "expiresAt", coalesce(invitation.name, reader.name) as name, coalesce(invitation.email, reader.email) as email
    from claimed
    join organisation on organisation.id = claimed.organisation_id
    left join invitation on invitation.id = claimed.invitation_id and invitation.used_at is null
      and invitation.withdrawn_at is null and invitation.expires_at > ${when.now}::timestamptz
    left join lateral (
      select identity.name, identity.email from member join identity on identity.id = member.identity_id
      where member.id = claimed.member_id and claimed.invitation_id is null and ${mayBeTold(when.today)}
    ) reader on true`.execute(db)
  return rows[0]
}

/** Notes what became of a try; a mail that has ended keeps no secret. */
export async function noteTry(
  db: Db,
  id: number,
  tried: {
    readonly state: 'waiting' | 'sent' | 'failed'
    readonly failure: string | null
    readonly nextAt: Date
    readonly now: Date
  },
): Promise<void> {
  const isOver = tried.state !== 'waiting'
  await sql`
    update mail set state = ${tried.state}, failure = ${tried.failure}, next_at = ${tried.nextAt}::timestamptz,
      ended_at = ${isOver ? tried.now : null}::timestamptz,
      secret = ${isOver ? sql`null` : sql`secret`}
    where id = ${id} and state = 'waiting'`.execute(db)
}

export interface WaitingMail {
  readonly nextAt: Date
  readonly attempts: number
}

/** When the next mail is due, and how often it was tried. */
export async function findNextMail(db: Db): Promise<WaitingMail | undefined> {
  const { rows } = await sql<WaitingMail>`
    select next_at as "nextAt", attempts from mail where state = 'waiting' order by next_at, id limit 1`.execute(db)
  return rows[0]
}

export interface MailRow {
  readonly id: number
  readonly purpose: NewMail['purpose']
  readonly memberId: number | null
  readonly invitationId: number | null
  readonly state: 'waiting' | 'sent' | 'failed'
  readonly attempts: number
  readonly failure: string | null
  readonly madeAt: Date
  readonly endedAt: Date | null
}

/** Mails, the newest first. */
export async function listMailRows(
  db: Db,
  page: { readonly before: number | undefined; readonly limit: number },
): Promise<readonly MailRow[]> {
  const { rows } = await sql<MailRow>`
    select id, purpose, member_id as "memberId", invitation_id as "invitationId", state, attempts, failure,
      made_at as "madeAt", ended_at as "endedAt"
    from mail where ${page.before === undefined ? sql`true` : sql`id < ${page.before}`}
    order by id desc limit ${page.limit}`.execute(db)
  return rows
}
