/** What a member was told of, and when they want to be told by mail. Nobody sees what another was told. */
import type { Call, Recorded } from '#core/door.ts'
import { readRetention } from '#core/retention/service.ts'
import type { Context } from '#platform/context.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { addDays } from '#platform/days.ts'
import { pageFrom, readNumber } from '#platform/paging.ts'
import { refusals } from '#platform/refusal.ts'
import type * as contract from './contract.ts'
import { isMailSetUp } from './mail.ts'
import { isOfficer, kindsForAll, type NewsKind, newsKinds, usualChoice } from './model.ts'
import { notifyMembers, notifyRoles } from './notify.ts'
import {
  countUnread,
  deleteOldNews,
  findReceiver,
  hasNews,
  listNewsRows,
  markAllRead,
  markRead,
  type NoticedKind,
  takeNoticed,
  upsertChoice,
} from './store.ts'

/** More than this nobody needs to know exactly. */
const mostCounted = 100
/** How long before its end evidence, an exception or an attestation is news. */
const noticeDays = 14
/** More of a kind at once are told as one. */
const mostApart = 5
const dayMs = 86_400_000

const refuse = refusals('notification', {
  unknown: ['missing', 'There is no such notification.', 'list what you were told of'],
  'not-a-member': ['forbidden', 'Only a member is told of anything.', 'sign in as one'],
  'not-yours': [
    'invalid',
    'Somebody with your roles is not told of this kind.',
    'choose among the kinds that are listed',
  ],
})

function memberOf({ principal }: Call): number {
  if (principal.kind !== 'member') throw refuse('not-a-member')
  return principal.memberId
}

export async function listNotifications(
  call: Call,
  { unread, limit, after }: InputOf<typeof contract.listNotifications>,
): Promise<OutputOf<typeof contract.listNotifications>> {
  const rows = await listNewsRows(call.db, memberOf(call), {
    isUnread: unread,
    before: readNumber(after),
    limit: limit + 1,
  })
  const { items, next } = pageFrom(rows, limit, ({ id }) => [id])
  return { items: items.map((row) => ({ ...row, words: { ...row.words } })), next }
}

export async function countNotifications(call: Call): Promise<OutputOf<typeof contract.countNotifications>> {
  return { unread: await countUnread(call.db, memberOf(call), mostCounted) }
}

export async function readNotification(
  call: Call,
  { notificationId }: InputOf<typeof contract.readNotification>,
): Promise<Record<string, never>> {
  if (!(await markRead(call.db, memberOf(call), notificationId, call.now))) throw refuse('unknown')
  return {}
}

export async function readAllNotifications(
  call: Call,
  { upTo }: InputOf<typeof contract.readAllNotifications>,
): Promise<OutputOf<typeof contract.readAllNotifications>> {
  if (!(await hasNews(call.db, memberOf(call), upTo))) throw refuse('unknown')
  return { read: await markAllRead(call.db, memberOf(call), upTo, call.now) }
}

export async function showChoices(call: Call): Promise<OutputOf<typeof contract.showChoices>> {
  const receiver = await findReceiver(call.db, memberOf(call))
  if (!receiver) throw refuse('not-a-member')
  const { digest, hour, atOnce } = receiver.choice ?? usualChoice(receiver.roles)
  const kinds = kindsFor(receiver.roles)
  return {
    digest,
    hour,
    // What their former roles were told of at once is not offered any more.
    atOnce: atOnce.filter((kind) => kinds.includes(kind)),
    isUsual: receiver.choice === null,
    kinds: [...kinds],
    email: receiver.email,
    isMailSetUp: await isMailSetUp(call),
  }
}

export async function choose(
  call: Call,
  { digest, hour, atOnce }: InputOf<typeof contract.choose>,
): Promise<Recorded & { readonly output: OutputOf<typeof contract.choose> }> {
  const memberId = memberOf(call)
  const { kinds } = await showChoices(call)
  if (atOnce.some((kind) => !kinds.includes(kind))) throw refuse('not-yours')
  const choice = { digest, hour, atOnce: kinds.filter((kind) => atOnce.includes(kind)) }
  await upsertChoice(call.db, memberId, choice, call.now)
  return {
    output: await showChoices(call),
    subjects: [`member:${memberId}`],
    payload: { member: memberId, ...choice },
  }
}

function kindsFor(roles: readonly string[]): readonly NewsKind[] {
  return isOfficer(roles) ? newsKinds : kindsForAll
}

const noticed: readonly NoticedKind[] = [
  'task-overdue',
  'source-silent',
  'job-failed',
  'evidence-ends',
  'exception-ends',
  'attestation-ends',
]

const listOf: Readonly<Record<Exclude<NoticedKind, 'task-overdue'>, string>> = {
  'source-silent': 'all:sources',
  'job-failed': 'all:jobs',
  'evidence-ends': 'all:evidence',
  'exception-ends': 'all:findings',
  'attestation-ends': 'all:posture',
}

/**
 * Tells of what became news by the passing of time: once a day. Each thing is told once, or once more where its day was
 * moved; many of a kind are told as one.
 */
export async function tellWhatEnds(context: Context): Promise<{ readonly told: number }> {
  const { db, now, today } = context
  let told = 0
  for (const kind of noticed) {
    const found = await takeNoticed(db, kind, { today, horizon: addDays(today, noticeDays), now })
    told += found.length
    if (kind === 'task-overdue') {
      await notifyMembers(
        context,
        found.flatMap(({ memberId, about, name, since }) =>
          memberId === null ? [] : [{ memberIds: [memberId], kind, about, words: { title: name, day: since } }],
        ),
      )
      continue
    }
    const news =
      found.length > mostApart
        ? [{ kind, about: listOf[kind], words: { count: found.length } }]
        : found.map(({ about, name, since }) => ({ kind, about, words: { name, day: dayIn(since) } }))
    await notifyRoles(context, ['privacy-officer', 'security-officer', 'administrator'], news)
  }
  const { notifications: keptDays } = await readRetention(context)
  await deleteOldNews(db, new Date(now.getTime() - keptDays * dayMs))
  return { told }
}

/** Where a day ends what is named, it stands last. */
function dayIn(since: string): string {
  return /\d{4}-\d{2}-\d{2}$/.exec(since)?.[0] ?? ''
}

/** Tells those who run the programme how many findings a judgement opened: one piece of news for all of them. */
export async function tellOfOpened(context: Context, opened: number): Promise<void> {
  if (opened < 1) return
  await notifyRoles(
    context,
    ['privacy-officer', 'security-officer', 'administrator'],
    [{ kind: 'findings-opened', about: 'all:findings', words: { count: opened } }],
  )
}
