/** What a member was told of, by which way they want to be told, and the server that mail goes out by. */
import { z } from 'zod'
import { endpoint, everyMember, id, instant, line, nothing, pageOf, paging, prose } from '#platform/contract.ts'
import { digests, newsKinds } from './model.ts'

const keepers = ['administrator'] as const
const newsKind = z.enum(newsKinds)

const notification = z.object({
  id,
  kind: newsKind,
  /** What it leads to, as `kind:id`. */
  about: z.string(),
  /** What its sentence is made of. */
  words: z.record(z.string(), z.union([z.string(), z.number()])),
  madeAt: instant,
  readAt: instant.nullable(),
})

export const listNotifications = endpoint({
  name: 'notifications.list',
  method: 'GET',
  path: '/notifications',
  effect: 'read',
  summary: 'List what you were told of, the newest first',
  roles: everyMember,
  input: z.strictObject({ unread: z.boolean().default(false), ...paging }),
  output: pageOf(notification),
})

/** Asked by every open tab each minute: it says one number. */
export const countNotifications = endpoint({
  name: 'notifications.count',
  method: 'GET',
  path: '/notifications/count',
  effect: 'read',
  summary: 'Count what you were told of and have not read, up to 100',
  roles: everyMember,
  input: z.strictObject({}),
  output: z.object({ unread: z.int() }),
})

export const readNotification = endpoint({
  name: 'notifications.read',
  method: 'POST',
  path: '/notifications/{notificationId}/read',
  effect: 'change',
  summary: 'Mark a notification as read',
  roles: everyMember,
  input: z.strictObject({ notificationId: id }),
  output: nothing,
})

export const readAllNotifications = endpoint({
  name: 'notifications.read-all',
  method: 'POST',
  path: '/notifications/read-all',
  effect: 'change',
  summary: 'Mark all notifications as read, up to the newest that you saw',
  roles: everyMember,
  input: z.strictObject({ upTo: id }),
  output: z.object({ read: z.int() }),
})

const choice = {
  digest: z.enum(digests),
  /** In the organisation's zone. */
  hour: z.int().min(0).max(23),
  /** Of which kinds a mail tells without waiting for the digest. */
  atOnce: z.array(newsKind).max(newsKinds.length),
}

const choices = z.object({
  ...choice,
  /** Whether nothing was chosen yet, so that this is what their roles suggest. */
  isUsual: z.boolean(),
  /** What may concern somebody of their roles. */
  kinds: z.array(newsKind),
  email: z.string(),
  /** Whether this organisation sends mail at all. */
  isMailSetUp: z.boolean(),
})

export const showChoices = endpoint({
  name: 'notifications.choices',
  method: 'GET',
  path: '/notifications/choices',
  effect: 'read',
  summary: 'See when you are told by mail, and of what',
  roles: everyMember,
  input: z.strictObject({}),
  output: choices,
})

export const choose = endpoint({
  name: 'notifications.choose',
  method: 'PUT',
  path: '/notifications/choices',
  effect: 'change',
  summary: 'Choose when you are told by mail, and of what',
  roles: everyMember,
  input: z.strictObject(choice),
  output: choices,
})

const mailSettings = z.object({
  /** By whom mail goes out: a server of the organisation's own, the installation's, or nobody. */
  way: z.enum(['own', 'installation', 'none']),
  host: z.string().nullable(),
  port: z.int().nullable(),
  security: z.enum(['tls', 'starttls', 'none']).nullable(),
  username: z.string().nullable(),
  hasPassword: z.boolean(),
  ca: z.string().nullable(),
  fromAddress: z.string().nullable(),
  /** Whether the installation has a server that serves who has none of their own. */
  hasInstallation: z.boolean(),
})

export const showMail = endpoint({
  name: 'mail.show',
  method: 'GET',
  path: '/mail',
  effect: 'read',
  summary: 'See by which server mail goes out',
  roles: keepers,
  input: z.strictObject({}),
  output: mailSettings,
})

export const setMail = endpoint({
  name: 'mail.set',
  method: 'PUT',
  path: '/mail',
  effect: 'change',
  summary: 'Set the server that mail goes out by',
  roles: keepers,
  input: z.strictObject({
    host: line(253),
    port: z.int().min(1).max(65_535),
    security: z.enum(['tls', 'starttls', 'none']),
    username: line(254).nullable(),
    /** Left out, the one that was given before stays. */
    password: line(1_000).nullable().optional(),
    ca: prose(100_000).nullable(),
    fromAddress: z.email().max(254),
  }),
  output: mailSettings,
})

export const removeMail = endpoint({
  name: 'mail.remove',
  method: 'DELETE',
  path: '/mail',
  effect: 'change',
  summary: 'Forget the server that mail goes out by',
  roles: keepers,
  input: z.strictObject({}),
  output: mailSettings,
})

export const testMail = endpoint({
  name: 'mail.test',
  method: 'POST',
  path: '/mail/test',
  effect: 'change',
  summary: 'Send a mail to yourself, to see whether it works',
  roles: keepers,
  input: z.strictObject({}),
  output: z.object({ sentTo: z.string() }),
})

export const listMails = endpoint({
  name: 'mail.list',
  method: 'GET',
  path: '/mail/sent',
  effect: 'read',
  summary: 'List the mails that were made, the newest first, with what became of them',
  roles: keepers,
  input: z.strictObject({ ...paging }),
  output: pageOf(
    z.object({
      id,
      purpose: z.enum(['digest', 'news', 'join', 'recover']),
      memberId: id.nullable(),
      invitationId: id.nullable(),
      state: z.enum(['waiting', 'sent', 'failed']),
      attempts: z.int(),
      /** Why the last try failed, in words. */
      failure: z.string().nullable(),
      madeAt: instant,
      endedAt: instant.nullable(),
    }),
  ),
})
