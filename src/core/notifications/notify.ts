/**
 * Telling members of something, for whoever has something to tell. It commits with the change that it is about. Nobody is
 * told of what they do themselves, and nobody who may not sign in is told of anything.
 */
import { queueJob } from '#core/jobs/service.ts'
import type { Context } from '#platform/context.ts'
import type { Role } from '#platform/contract.ts'
import { type NewsKind, usualChoice, type Words } from './model.ts'
import { hasMailSettings, insertNews, listMembersWithRoles, listReceivers } from './store.ts'

export type { NewsKind } from './model.ts'

/** The kind of job that makes mails of news that does not wait for the digest, and of digests that are due. */
export const tellJob = 'mail.tell'
/** What comes within this time is one mail: giving somebody five findings is. */
const gatheredMs = 60_000

export interface News {
  readonly memberIds: readonly number[]
  readonly kind: NewsKind
  /** The thing it leads to, as `kind:id`. */
  readonly about: string
  /** What its sentence is made of, in the app alone: a mail says no more than the kind. */
  readonly words: Words
}

/** Tells members of something; those who act, who are disabled, whose time is over or who serve elsewhere are left out. */
export async function notifyMembers(context: Context, news: readonly News[]): Promise<void> {
  const { db, actor, now, today } = context
  const wanted = new Set(news.flatMap(({ memberIds }) => memberIds))
  for (const id of wanted) if (actor === `member:${id}`) wanted.delete(id)
  if (wanted.size === 0) return
  const receivers = new Map(
    (await listReceivers(db, today, [...wanted])).map((receiver) => [receiver.memberId, receiver]),
  )
  const rows = news.flatMap(({ memberIds, kind, about, words }) =>
    [...new Set(memberIds)].flatMap((memberId) => (receivers.has(memberId) ? [{ memberId, kind, about, words }] : [])),
  )
  if (rows.length === 0) return
  await insertNews(db, rows, now)
  const isUrgent = rows.some(({ memberId, kind }) => {
    const receiver = receivers.get(memberId)
    return receiver !== undefined && (receiver.choice ?? usualChoice(receiver.roles)).atOnce.includes(kind)
  })
  if (isUrgent && (await hasMailSettings(db))) {
    await queueJob(context, { kind: tellJob, joins: true, dueAt: new Date(now.getTime() + gatheredMs) })
  }
}

/** Tells everybody with one of these roles. */
export async function notifyRoles(
  context: Context,
  roles: readonly Role[],
  news: readonly Omit<News, 'memberIds'>[],
): Promise<void> {
  if (news.length === 0) return
  const memberIds = await listMembersWithRoles(context.db, context.today, roles)
  await notifyMembers(
    context,
    news.map((one) => ({ ...one, memberIds })),
  )
}
