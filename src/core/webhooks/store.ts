/** The rows of webhooks and of how they went. */
import { type Database, type Db, sql } from '#platform/database.ts'

export type WhyPaused = 'by-hand' | 'gone' | 'failing'

export interface WebhookRow {
  readonly id: number
  readonly name: string
  readonly url: string
  readonly slices: readonly string[]
  readonly madeAt: Date
  readonly nextSeq: number
  readonly pausedAt: Date | null
  readonly whyPaused: WhyPaused | null
  readonly attempts: number
  readonly failingSince: Date | null
  readonly dueAt: Date
}

const columns = sql`id, name, url, slices, made_at as "madeAt", next_seq as "nextSeq", paused_at as "pausedAt",
  why_paused as "whyPaused", attempts, failing_since as "failingSince", due_at as "dueAt"`

export interface AttemptRow {
  readonly id: number
  readonly seq: number
  readonly at: Date
  readonly tookMs: number
  readonly status: number | null
  readonly problem: string | null
}

const attemptColumns = sql`id, seq, at, took_ms as "tookMs", status, problem`

export async function listWebhookRows(db: Db): Promise<readonly WebhookRow[]> {
  const { rows } = await sql<WebhookRow>`select ${columns} from webhook order by id`.execute(db)
  return rows
}

/** The last attempt at each webhook. */
export async function listLastAttempts(db: Db): Promise<readonly (AttemptRow & { readonly webhookId: number })[]> {
  const { rows } = await sql<AttemptRow & { webhookId: number }>`
    select webhook.id as "webhookId", last.* from webhook cross join lateral (
      select ${attemptColumns} from webhook_attempt where webhook_id = webhook.id order by id desc limit 1
    ) last`.execute(db)
  return rows
}

export async function listAttemptRows(
  db: Db,
  webhookId: number,
  page: { readonly below: number | undefined; readonly limit: number },
): Promise<readonly AttemptRow[]> {
  const { rows } = await sql<AttemptRow>`
    select ${attemptColumns} from webhook_attempt
    where webhook_id = ${webhookId} and id < coalesce(${page.below ?? null}::bigint, 9223372036854775807)
    order by id desc limit ${page.limit}`.execute(db)
  return rows
}

export async function lockWebhook(db: Db, id: number): Promise<(WebhookRow & { secret: Buffer }) | undefined> {
  const { rows } = await sql<WebhookRow & { secret: Buffer }>`
    select ${columns}, secret from webhook where id = ${id} for update`.execute(db)
  return rows[0]
}

export async function hasWebhook(db: Db, id: number): Promise<boolean> {
  const { rows } = await sql`select from webhook where id = ${id}`.execute(db)
  return rows.length > 0
}

export async function findSize(db: Db): Promise<number> {
  const { rows } = await sql<{ size: number }>`select size from ledger_log`.execute(db)
  return rows[0]?.size ?? 0
}

export async function insertWebhook(
  db: Db,
  webhook: {
    readonly name: string
    readonly url: string
    readonly slices: readonly string[]
    readonly madeBy: string
    readonly at: Date
    readonly nextSeq: number
  },
): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    insert into webhook (name, url, slices, secret, made_by, made_at, next_seq, due_at)
    values (${webhook.name}, ${webhook.url}, ${[...webhook.slices]}::text[], '', ${webhook.madeBy}, ${webhook.at},
      ${webhook.nextSeq}, ${webhook.at})
    on conflict do nothing returning id`.execute(db)
  return rows[0]?.id
}

export async function setSecret(db: Db, id: number, secret: Buffer): Promise<void> {
  await sql`update webhook set secret = ${secret} where id = ${id}`.execute(db)
}

export async function isNameTaken(db: Db, name: string, exceptId: number): Promise<boolean> {
  const { rows } = await sql`select from webhook where name = ${name} and id <> ${exceptId}`.execute(db)
  return rows.length > 0
}

export async function countWebhooks(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from webhook`.execute(db)
  return rows[0]?.count ?? 0
}

export async function updateWebhook(
  db: Db,
  id: number,
  said: { readonly name: string; readonly url: string; readonly slices: readonly string[] },
): Promise<void> {
  await sql`
    update webhook set name = ${said.name}, url = ${said.url}, slices = ${[...said.slices]}::text[]
    where id = ${id}`.execute(db)
}

export async function setPaused(db: Db, id: number, at: Date, why: WhyPaused): Promise<void> {
  await sql`update webhook set paused_at = ${at}, why_paused = ${why}, claimed_until = null where id = ${id}`.execute(
    db,
  )
}

export async function setResumed(db: Db, id: number, at: Date, nextSeq: number): Promise<void> {
  await sql`
    update webhook set paused_at = null, why_paused = null, attempts = 0, failing_since = null, due_at = ${at},
      next_seq = ${nextSeq}, claimed_until = null
    where id = ${id}`.execute(db)
}

export async function deleteWebhook(db: Db, id: number): Promise<boolean> {
  const { numAffectedRows } = await sql`delete from webhook where id = ${id}`.execute(db)
  return (numAffectedRows ?? 0n) > 0n
}

export interface Due {
  readonly organisationId: number
  readonly webhookId: number
}

/** Those of all organisations that have something to be told now. */
export function listDue(database: Database, at: Date, most: number): Promise<readonly Due[]> {
  return database.ask<Due>(
    'due-webhooks',
    'select organisation_id as "organisationId", webhook_id as "webhookId" from due_webhooks($1, $2)',
    [at, most],
  )
}

export interface ClaimedWebhook {
  readonly id: number
  readonly url: string
  readonly secret: Buffer
  readonly slices: readonly string[]
  readonly nextSeq: number
  readonly attempts: number
  readonly failingSince: Date | null
}

/** Takes a webhook for a while, so that no other server tells it the same; undefined when another has it, or it is paused. */
export async function claimWebhook(db: Db, id: number, at: Date, until: Date): Promise<ClaimedWebhook | undefined> {
  const { rows } = await sql<ClaimedWebhook>`
    update webhook set claimed_until = ${until}
    where id = ${id} and paused_at is null and due_at <= ${at} and (claimed_until is null or claimed_until <= ${at})
    returning id, url, secret, slices, next_seq as "nextSeq", attempts, failing_since as "failingSince"`.execute(db)
  return rows[0]
}

export interface ToTell {
  readonly seq: number
  readonly line: string
}

/** Entries from a place on, some at a time, those of the slices wanted; and up to where was looked. */
export async function listEntriesFrom(
  db: Db,
  from: number,
  most: number,
): Promise<readonly (ToTell & { readonly action: string })[]> {
  const { rows } = await sql<ToTell & { action: string }>`
    select seq, line, action from ledger_entry where seq >= ${from} order by seq limit ${most}`.execute(db)
  return rows
}

export async function findOrigin(db: Db): Promise<string> {
  const { rows } = await sql<{ origin: string }>`select origin from ledger_log`.execute(db)
  return rows[0]?.origin ?? ''
}

/** Notes that all entries below a place are told, or are none of its matter; while the claim holds. */
export async function setTold(db: Db, id: number, claim: Date, nextSeq: number): Promise<void> {
  await sql`
    update webhook set next_seq = ${nextSeq}, attempts = 0, failing_since = null
    where id = ${id} and claimed_until = ${claim}`.execute(db)
}

export async function setFailed(
  db: Db,
  id: number,
  claim: Date,
  failed: { readonly attempts: number; readonly since: Date; readonly dueAt: Date },
): Promise<void> {
  await sql`
    update webhook set attempts = ${failed.attempts}, failing_since = ${failed.since}, due_at = ${failed.dueAt},
      claimed_until = null
    where id = ${id} and claimed_until = ${claim}`.execute(db)
}

export async function releaseWebhook(db: Db, id: number, claim: Date): Promise<void> {
  await sql`update webhook set claimed_until = null where id = ${id} and claimed_until = ${claim}`.execute(db)
}

export async function insertAttempt(db: Db, webhookId: number, attempt: Omit<AttemptRow, 'id'>): Promise<void> {
  await sql`
    insert into webhook_attempt (webhook_id, seq, at, took_ms, status, problem)
    values (${webhookId}, ${attempt.seq}, ${attempt.at}, ${attempt.tookMs}, ${attempt.status}::integer,
      ${attempt.problem}::text)`.execute(db)
}

export async function deleteOldAttempts(db: Db, before: Date): Promise<void> {
  await sql`delete from webhook_attempt where at < ${before}`.execute(db)
}
