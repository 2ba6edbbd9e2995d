import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Principal } from '#core/door.ts'
import { writeReference } from '#core/safeguards/store.ts'
import { callOf, memberWith, openServices, operator, runBound } from '#core/testing.ts'
import { readConfig } from '#platform/config.ts'
import type { Role } from '#platform/contract.ts'
import { sql } from '#platform/database.ts'
import { dayOf } from '#platform/days.ts'
import { Refusal } from '#platform/refusal.ts'
import { openTestDatabase } from '#platform/testing.ts'
import { mailProgram, startListener, startMailServer } from '../../../test/support/mail-server.ts'
import { notifications } from './index.ts'
import { mailLink, makeMails, runSend } from './mail.ts'
import type { NewsKind } from './model.ts'
import { notifyMembers, notifyRoles } from './notify.ts'
import { tellOfOpened, tellWhatEnds } from './service.ts'

const directory = mkdtempSync(join(tmpdir(), 'vigil-notifications-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const { database, newOrganisation } = await openTestDatabase()
const publicUrl = new URL('https://vigil.example')
const settings = { VIGIL_DATA: directory, VIGIL_ALLOW_LOOPBACK_SOURCES: 'true' }
const services = await openServices(database, directory, { publicUrl, config: readConfig(settings, []) })
await database.asOwner((client) => writeReference(client, { safeguards: [], operatingSystems: [], responseRoles: [] }))

/** A Monday noon in UTC, which is the zone of these organisations. */
const noon = new Date('2026-11-02T12:00:00Z')
const later = (minutes: number, from = noon) => new Date(from.getTime() + minutes * 60_000)
const needsMail = { skip: mailProgram.skip, timeout: 60_000 }

let people = 0
async function join_(
  organisation: number,
  roles: readonly Role[],
  { name, disabled = false, until }: { name?: string; disabled?: boolean; until?: string } = {},
): Promise<{ readonly id: number; readonly email: string; readonly principal: Principal }> {
  people += 1
  const email = `member${people}@clinic.example`
  const id = await database.inOrganisation(organisation, async (db) => {
    const { rows } = await sql<{ id: number }>`
      with identity as (
        insert into identity (name, email, email_key, created_at)
        values (${name ?? `Member ${people}`}, ${email}, ${email}, ${noon}) returning id
      )
      insert into member (identity_id, roles, until_on, disabled_at, made_by, created_at)
      select id, ${[...roles]}::text[], ${until ?? null}, ${disabled ? noon : null}, 'test', ${noon} from identity
      returning id`.execute(db)
    return rows[0]?.id ?? 0
  })
  return { id, email, principal: memberWith(roles, id) }
}

function tell(organisation: number, memberIds: readonly number[], kind: NewsKind, now = noon, actor = 'job:test') {
  return database.inOrganisation(organisation, (db) =>
    notifyMembers({ db, actor, now, today: dayOf(now) }, [{ memberIds, kind, about: 'task:1', words: { title: 'A' } }]),
  )
}

const ask = async <T>(
  organisation: number,
  name: string,
  input: object,
  principal: Principal,
  now = noon,
): Promise<T> =>
  (
    await callOf(services, organisation, (call) => runBound(notifications, name, call, { ...input }), {
      principal,
      now,
    })
  ).output as T

interface Page {
  readonly items: readonly { readonly id: number; readonly kind: string; readonly readAt: string | null }[]
  readonly next: string | null
}

const list = (organisation: number, principal: Principal, input = {}) =>
  ask<Page>(organisation, 'notifications.list', input, principal)
const countOf = async (organisation: number, principal: Principal) =>
  (await ask<{ unread: number }>(organisation, 'notifications.count', {}, principal)).unread

function refusalOf(work: () => Promise<unknown>, code: string) {
  return assert.rejects(work, (error) => error instanceof Refusal && error.code === code)
}

const jobsOf = (organisation: number, kind: string) =>
  database.inOrganisation(organisation, async (db) => {
    const { rows } = await sql<{ dueAt: Date | null; input: object }>`
      select due_at as "dueAt", input from job where kind = ${kind} order by id`.execute(db)
    return rows
  })

// News ------------------------------------------------------------------------------------------------------------------

test('members are told, but not of what they do themselves, nor when they may not sign in or serve elsewhere', async () => {
  const [ours, theirs] = [await newOrganisation(), await newOrganisation()]
  const actor = await join_(ours, ['security-officer'])
  const told = await join_(ours, ['staff'])
  const disabled = await join_(ours, ['staff'], { disabled: true })
  const over = await join_(ours, ['auditor'], { until: '2026-11-01' })
  const last = await join_(ours, ['auditor'], { until: '2026-11-02' })
  const elsewhere = await join_(theirs, ['staff'])
  const all = [actor, told, disabled, over, last, elsewhere, told].map(({ id }) => id)
  await tell(ours, all, 'task-given', noon, `member:${actor.id}`)
  const counts = await Promise.all([actor, told, disabled, over, last].map(({ principal }) => countOf(ours, principal)))
  assert.deepEqual(counts, [0, 1, 0, 0, 1])
  assert.equal(await countOf(theirs, elsewhere.principal), 0)
})

test('a member reads their news page by page, and marks it as read', async () => {
  const organisation = await newOrganisation()
  const [reader, other] = [await join_(organisation, ['staff']), await join_(organisation, ['staff'])]
  for (let at = 0; at < 5; at += 1) await tell(organisation, [reader.id, other.id], 'mentioned', later(at))
  const first = await list(organisation, reader.principal, { limit: 3 })
  const second = await list(organisation, reader.principal, { limit: 3, after: first.next })
  const ids = [...first.items, ...second.items].map(({ id }) => id)
  assert.deepEqual(
    ids,
    [...ids].sort((a, b) => b - a),
  )
  assert.equal(new Set(ids).size, 5)
  assert.equal(second.next, null)
  const [newest, middle] = [first.items[0]?.id ?? 0, first.items[2]?.id ?? 0]
  await ask(organisation, 'notifications.read', { notificationId: newest }, reader.principal)
  assert.equal(await countOf(organisation, reader.principal), 4)
  const { read } = await ask<{ read: number }>(
    organisation,
    'notifications.read-all',
    { upTo: middle },
    reader.principal,
  )
  assert.equal(read, 3)
  const unread = await list(organisation, reader.principal, { unread: true })
  assert.deepEqual(
    unread.items.map(({ id }) => id),
    [first.items[1]?.id],
  )
  assert.equal(await countOf(organisation, other.principal), 5)
  const mark = () => ask(organisation, 'notifications.read', { notificationId: newest }, other.principal)
  await refusalOf(mark, 'notification-unknown')
  await refusalOf(() => list(organisation, operator), 'notification-not-a-member')
  await assert.rejects(list(organisation, reader.principal, { after: 'x' }))
})

test('what was read is told to no ledger', async () => {
  const organisation = await newOrganisation()
  const reader = await join_(organisation, ['staff'])
  await tell(organisation, [reader.id], 'mentioned')
  const [item] = (await list(organisation, reader.principal)).items
  const { recorded } = await callOf(
    services,
    organisation,
    (call) => runBound(notifications, 'notifications.read', call, { notificationId: item?.id }),
    { principal: reader.principal },
  )
  assert.equal(recorded, undefined)
})

test('a count stops where nobody needs it exactly', async () => {
  const organisation = await newOrganisation()
  const reader = await join_(organisation, ['staff'])
  const { id } = reader
  await database.inOrganisation(organisation, (db) =>
    notifyMembers(
      { db, actor: 'job:test', now: noon, today: '2026-11-02' },
      Array.from({ length: 120 }, (_, at) => ({
        memberIds: [id],
        kind: 'mentioned' as const,
        about: `finding:${at}`,
        words: {},
      })),
    ),
  )
  assert.equal(await countOf(organisation, reader.principal), 100)
})

test('findings that a judgement opens are one piece of news, for those who run the programme', async () => {
  const organisation = await newOrganisation()
  const officer = await join_(organisation, ['privacy-officer'])
  const auditor = await join_(organisation, ['auditor'])
  await database.inOrganisation(organisation, async (db) => {
    const context = { db, actor: 'job:checks.run', now: noon, today: '2026-11-02' }
    await tellOfOpened(context, 0)
    await tellOfOpened(context, 312)
  })
  const { items } = await ask<{ items: { words: object; kind: string; about: string }[] }>(
    organisation,
    'notifications.list',
    {},
    officer.principal,
  )
  assert.deepEqual(
    items.map(({ kind, about, words }) => ({ kind, about, words })),
    [{ kind: 'findings-opened', about: 'all:findings', words: { count: 312 } }],
  )
  assert.equal(await countOf(organisation, auditor.principal), 0)
})

test('what ends is told once, again when its day moves, and as one where it is much', async () => {
  const organisation = await newOrganisation()
  const officer = await join_(organisation, ['security-officer'])
  const staff = await join_(organisation, ['staff'])
  const run = (now: Date) =>
    database.inOrganisation(organisation, (db) => tellWhatEnds({ db, actor: 'job:test', now, today: dayOf(now) }))
  const keep = (title: string, until: string) =>
    database.inOrganisation(organisation, (db) =>
      sql`insert into evidence (title, file_name, bytes, digest, sealed_key, kept_by, kept_at, valid_until_on)
        values (${title}, 'a.txt', 1, '', '', 'test', ${noon}, ${until})`.execute(db),
    )
  await keep('Near', '2026-11-16')
  await keep('Far', '2026-11-17')
  await keep('Over', '2026-11-01')
  await database.inOrganisation(organisation, async (db) => {
    await sql`insert into task (kind, title, assignee, due_on, opened_at) values
      ('a', 'Late', ${`member:${staff.id}`}, '2026-11-01', ${noon}),
      ('b', 'Due today', ${`member:${staff.id}`}, '2026-11-02', ${noon}),
      ('c', 'Nobody’s', null, '2026-11-01', ${noon}), ('d', 'Somebody’s', 'Dana', '2026-11-01', ${noon})`.execute(db)
    await sql`insert into job (kind, state, asked_by, input, queued_at, finished_at, attempts)
      values ('sources.read', 'failed', 'test', '{}', ${noon}, ${noon}, 3)`.execute(db)
    await sql`insert into source (name, channel, format, kinds, basis, valid_for, collected_at, run_id)
      values ('staff.csv', 'file', 'people', '{person}', 'stated', '35 days', '2026-09-01', 1),
        ('new.csv', 'file', 'people', '{person}', 'stated', '35 days', '2026-11-01', 2),
        ('never.csv', 'file', 'people', '{person}', 'stated', '35 days', null, null)`.execute(db)
  })
  assert.deepEqual(await run(noon), { told: 4 })
  assert.deepEqual(await run(later(60)), { told: 0 })
  const kinds = async (principal: Principal) =>
    (await list(organisation, principal)).items.map(({ kind }) => kind).sort()
  assert.deepEqual(await kinds(officer.principal), ['evidence-ends', 'job-failed', 'source-silent'])
  assert.deepEqual(await kinds(staff.principal), ['task-overdue'])
  assert.deepEqual(await run(later(24 * 60)), { told: 2 })
  for (let at = 0; at < 6; at += 1) await keep(`Many ${at}`, '2026-11-10')
  await database.inOrganisation(organisation, (db) =>
    sql`update evidence set valid_until_on = '2026-11-12' where title = 'Near'`.execute(db),
  )
  assert.deepEqual(await run(later(25 * 60)), { told: 7 })
  const { items } = await ask<{ items: { about: string; words: object }[] }>(
    organisation,
    'notifications.list',
    { limit: 1 },
    officer.principal,
  )
  assert.deepEqual([items[0]?.about, items[0]?.words], ['all:evidence', { count: 7 }])
})

test('what is old is forgotten', async () => {
  const organisation = await newOrganisation()
  const reader = await join_(organisation, ['staff'])
  await tell(organisation, [reader.id], 'mentioned', new Date('2025-01-01T00:00:00Z'))
  await tell(organisation, [reader.id], 'mentioned', noon)
  await database.inOrganisation(organisation, (db) =>
    tellWhatEnds({ db, actor: 'job:test', now: noon, today: dayOf(noon) }),
  )
  assert.equal((await list(organisation, reader.principal)).items.length, 1)
})

// Choices ---------------------------------------------------------------------------------------------------------------

test('a member chooses among the kinds of their roles', async () => {
  const organisation = await newOrganisation()
  const [officer, staff] = [await join_(organisation, ['administrator']), await join_(organisation, ['staff'])]
  interface Choices {
    readonly digest: string
    readonly isUsual: boolean
    readonly kinds: readonly string[]
    readonly atOnce: readonly string[]
    readonly isMailSetUp: boolean
  }
  const show = (principal: Principal) => ask<Choices>(organisation, 'notifications.choices', {}, principal)
  const usual = await show(staff.principal)
  assert.deepEqual([usual.isUsual, usual.digest, usual.atOnce], [true, 'off', ['task-given', 'task-overdue']])
  assert.deepEqual(usual.kinds, ['task-given', 'task-overdue', 'mentioned', 'finding-given'])
  assert.equal(usual.isMailSetUp, false)
  assert.ok((await show(officer.principal)).kinds.includes('findings-opened'))
  const chosen = { digest: 'daily', hour: 18, atOnce: ['mentioned', 'mentioned'] }
  await ask(organisation, 'notifications.choose', chosen, staff.principal)
  const after_ = await show(staff.principal)
  assert.deepEqual([after_.isUsual, after_.digest, after_.atOnce], [false, 'daily', ['mentioned']])
  const beyond = { digest: 'daily', hour: 18, atOnce: ['findings-opened'] }
  await refusalOf(() => ask(organisation, 'notifications.choose', beyond, staff.principal), 'notification-not-yours')
  await ask(organisation, 'notifications.choose', beyond, officer.principal)
})

// Mail ------------------------------------------------------------------------------------------------------------------

const signIn = { username: 'vigil', password: 'correct horse' }

interface Ours {
  readonly organisation: number
  readonly administrator: Awaited<ReturnType<typeof join_>>
  readonly server: Awaited<ReturnType<typeof startMailServer>>
}

async function withMail(roles: readonly Role[] = ['administrator']): Promise<Ours> {
  const organisation = await newOrganisation('Meadow <Clinic>')
  const administrator = await join_(organisation, roles, { name: 'Zoë Ångström' })
  const server = await startMailServer({ security: 'starttls', signIn })
  await ask(organisation, 'mail.set', ownSettings(server), administrator.principal)
  return { organisation, administrator, server }
}

function ownSettings(server: { readonly port: number; readonly ca: string }) {
  const from = { fromAddress: 'vigil@clinic.example', ca: server.ca }
  return { host: 'localhost', port: server.port, security: 'starttls', ...signIn, ...from }
}

const makeAll = (organisation: number, now: Date) => callOf(services, organisation, (call) => makeMails(call), { now })

const stopped = new AbortController().signal
function sendAll(organisation: number, now: Date, options: Parameters<typeof runSend>[1] = {}, with_ = services) {
  const job = {
    organisationId: organisation,
    services: with_,
    now,
    signal: stopped,
    inOrganisation: <T>(work: (context: Parameters<Parameters<typeof callOf>[2]>[0]) => Promise<T>) =>
      callOf(with_, organisation, work, { now }),
  }
  return runSend(job as Parameters<typeof runSend>[0], options)
}

const mailsOf = (organisation: number) =>
  database.inOrganisation(organisation, async (db) => {
    const { rows } = await sql<{ state: string; attempts: number; failure: string | null; secret: Buffer | null }>`
      select state, attempts, failure, secret from mail order by id`.execute(db)
    return rows
  })

test('an administrator sets a server, tries it, and hears what is wrong in words', needsMail, async () => {
  const { organisation, administrator, server } = await withMail()
  const { principal } = administrator
  const shown = await ask<Record<string, unknown>>(organisation, 'mail.show', {}, principal)
  assert.equal(shown['hasPassword'], true)
  assert.doesNotMatch(JSON.stringify(shown), /correct horse/)
  const { sentTo } = await ask<{ sentTo: string }>(organisation, 'mail.test', {}, principal)
  assert.equal(sentTo, administrator.email)
  assert.equal(server.mails[0]?.parsed.subject, 'Mail from Vigil works')
  assert.equal(server.mails[0].username, 'vigil')
  const test_ = () => ask(organisation, 'mail.test', {}, principal)
  const says = (pattern: RegExp) => (error: unknown) => error instanceof Refusal && pattern.test(error.message)
  server.refuse('sign-in', 535, 'No such user')
  await assert.rejects(test_, says(/did not accept the user name and the password\. It answered: 535 No such user/))
  server.refuse('recipient', 550, `Unknown ${administrator.email}`)
  await assert.rejects(test_, (error: Error) => error.message.includes('550') && !error.message.includes('@'))
  const listener = await startListener('')
  await ask(organisation, 'mail.set', { ...ownSettings(server), port: listener.port }, principal)
  await assert.rejects(
    callOf(services, organisation, async (call) => (await import('./mail.ts')).testMail(call, {}, { timeoutMs: 500 }), {
      principal,
    }),
    says(/the server stopped answering/),
  )
  await refusalOf(() => ask(organisation, 'mail.test', {}, operator), 'mail-no-reader')
})

test('a password goes only to the server that it was given for', needsMail, async () => {
  const { organisation, administrator, server } = await withMail()
  const { principal } = administrator
  const { password: _, ...same } = ownSettings(server)
  const set = (input: object) => ask<{ hasPassword: boolean }>(organisation, 'mail.set', input, principal)
  assert.equal((await set({ ...same, fromAddress: 'other@clinic.example' })).hasPassword, true)
  for (const change of [{ host: '127.0.0.1' }, { port: 25 }, { security: 'tls' }, { ca: null }]) {
    await refusalOf(() => set({ ...same, ...change }), 'mail-password-again')
  }
  await refusalOf(() => set({ ...same, password: null }), 'mail-password-missing')
  await refusalOf(() => set({ ...same, username: null, password: 'x' }), 'mail-password-missing')
  for (const host of ['https://mail.example', 'mail.example:25', 'a b', '-a.example']) {
    await refusalOf(() => set({ ...ownSettings(server), host }), 'mail-host-invalid')
  }
  assert.equal((await set({ ...same, username: null })).hasPassword, false)
  const removed = await ask<{ way: string }>(organisation, 'mail.remove', {}, principal)
  assert.equal(removed.way, 'none')
  await refusalOf(() => ask(organisation, 'mail.test', {}, principal), 'mail-not-set-up')
})

test('a sealed password opens for its own organisation alone', needsMail, async () => {
  const [ours, theirs] = [await withMail(), await withMail()]
  await database.asOwner((client) =>
    client.query(
      `update mail_settings set password = (select password from mail_settings where organisation_id = $1)
       where organisation_id = $2`,
      [ours.organisation, theirs.organisation],
    ),
  )
  await assert.rejects(ask(theirs.organisation, 'mail.test', {}, theirs.administrator.principal), /sealed/)
})

test('mail goes to no address of this machine that its operator did not open, and plainly to this machine alone', async () => {
  const organisation = await newOrganisation()
  const { principal } = await join_(organisation, ['administrator'])
  const closed = { ...services, config: readConfig({ VIGIL_DATA: directory }, []) }
  const { testMail } = await import('./mail.ts')
  const trying = (with_: typeof services, address: string) =>
    callOf(
      with_,
      organisation,
      (call) => testMail(call, {}, { lookup: async () => [{ address, family: 4 }], timeoutMs: 300 }),
      { principal },
    )
  const set = { host: 'mail.clinic.example', port: 25, security: 'none', username: null, ca: null }
  await ask(organisation, 'mail.set', { ...set, fromAddress: 'vigil@clinic.example' }, principal)
  await refusalOf(() => trying(closed, '127.0.0.1'), 'mail-loopback')
  await refusalOf(() => trying(services, '169.254.169.254'), 'mail-forbidden')
  await refusalOf(() => trying(services, '10.0.0.5'), 'mail-plain')
  await refusalOf(
    () => callOf(services, organisation, (call) => testMail(call, {}, { lookup: async () => [] }), { principal }),
    'mail-unknown-host',
  )
})

test('an officer gets one digest a day, of what is new and not read', needsMail, async () => {
  const { organisation, administrator, server } = await withMail()
  const morning = new Date('2026-11-03T07:01:00Z')
  await tell(organisation, [administrator.id], 'findings-opened')
  await tell(organisation, [administrator.id], 'mentioned')
  await tell(organisation, [administrator.id], 'mentioned')
  const [newest] = (await list(organisation, administrator.principal)).items
  await ask(organisation, 'notifications.read', { notificationId: newest?.id }, administrator.principal)
  assert.deepEqual(await makeAll(organisation, new Date('2026-11-03T06:59:00Z')), { digests: 0, mails: 0 })
  // Two servers at once, and again an hour later.
  const both = await Promise.all([makeAll(organisation, morning), makeAll(organisation, morning)])
  assert.deepEqual(both.map(({ digests }) => digests).sort(), [0, 1])
  await tell(organisation, [administrator.id], 'mentioned', later(30, morning))
  assert.deepEqual(await makeAll(organisation, later(60, morning)), { digests: 0, mails: 0 })
  assert.deepEqual(await sendAll(organisation, later(61, morning)), { sent: 1, failed: 0, waiting: 0 })
  const [mail] = server.mails
  assert.equal(mail?.parsed.subject, '2 things are new in Vigil')
  assert.match(mail.parsed.text ?? '', /A finding opened\.\nhttps:\/\/vigil\.example\/findings/)
  assert.match(mail.parsed.text ?? '', /You were mentioned in a comment\./)
  assert.doesNotMatch(mail.raw, /Title/)
  assert.equal([mail.parsed.to].flat()[0]?.value[0]?.name, 'Zoë Ångström')
  assert.match(mail.raw, /^List-Unsubscribe: <https:\/\/vigil\.example\/settings\/notifications>/m)
  // The next day tells what came since.
  assert.deepEqual(await makeAll(organisation, later(24 * 60, morning)), { digests: 1, mails: 1 })
  // Nothing new is no mail.
  assert.deepEqual(await makeAll(organisation, later(48 * 60, morning)), { digests: 0, mails: 0 })
})

test('staff hear at once of a task, of several as one mail, and of nothing else', needsMail, async () => {
  const { organisation, server } = await withMail()
  const staff = await join_(organisation, ['staff'])
  await tell(organisation, [staff.id], 'mentioned')
  assert.deepEqual(await jobsOf(organisation, 'mail.tell'), [])
  await tell(organisation, [staff.id], 'task-given')
  await tell(organisation, [staff.id], 'task-given', later(0.5))
  assert.deepEqual(
    (await jobsOf(organisation, 'mail.tell')).map(({ dueAt }) => dueAt),
    [later(1)],
  )
  assert.deepEqual(await makeAll(organisation, later(1)), { digests: 0, mails: 1 })
  assert.equal((await jobsOf(organisation, 'mail.send')).length, 1)
  await sendAll(organisation, later(1))
  assert.equal(server.mails[0]?.parsed.subject, 'You were given 2 tasks')
  assert.deepEqual(await makeAll(organisation, later(2)), { digests: 0, mails: 0 })
})

test('nobody is queued for where no mail goes out, and nothing is lost by it', async () => {
  const organisation = await newOrganisation()
  const staff = await join_(organisation, ['staff'])
  await tell(organisation, [staff.id], 'task-given')
  assert.deepEqual(await jobsOf(organisation, 'mail.tell'), [])
  assert.deepEqual(await makeAll(organisation, later(60)), { digests: 0, mails: 0 })
  assert.deepEqual(await mailsOf(organisation), [])
})

test('the installation’s server serves who has none of their own', needsMail, async () => {
  const organisation = await newOrganisation()
  const administrator = await join_(organisation, ['administrator', 'staff'])
  const server = await startMailServer({ security: 'none' })
  const environment = {
    VIGIL_DATA: directory,
    VIGIL_SMTP_URL: `smtp://127.0.0.1:${server.port}`,
    VIGIL_MAIL_FROM: 'vigil@host.example',
  }
  const hosted = { ...services, config: readConfig(environment, []) }
  const inHosted = <T>(work: Parameters<typeof callOf<T>>[2], now = noon) =>
    callOf(hosted, organisation, work, { principal: administrator.principal, now })
  const { output } = await inHosted((call) => runBound(notifications, 'mail.show', call))
  assert.equal((output as { way: string }).way, 'installation')
  assert.doesNotMatch(JSON.stringify(output), /127\.0\.0\.1|host\.example/)
  await tell(organisation, [administrator.id], 'job-failed')
  const morning = new Date('2026-11-03T07:01:00Z')
  assert.equal((await inHosted((call) => makeMails(call), morning)).digests, 1)
  await sendAll(organisation, morning, {}, hosted)
  assert.equal(server.mails[0]?.parsed.from?.value[0]?.address, 'vigil@host.example')
  assert.equal(server.mails[0].parsed.subject, 'A job failed')
  await inHosted((call) => runBound(notifications, 'mail.test', call))
  assert.equal(server.mails.length, 2)
})

test('a mail that is refused for now goes out later, one that is refused for good does not', needsMail, async () => {
  const { organisation, administrator, server } = await withMail()
  const morning = new Date('2026-11-03T07:01:00Z')
  await tell(organisation, [administrator.id], 'job-failed')
  await makeAll(organisation, morning)
  server.refuse('recipient', 451, 'Greylisted')
  assert.deepEqual(await sendAll(organisation, morning), { sent: 0, failed: 0, waiting: 1 })
  const retry = (await jobsOf(organisation, 'mail.send')).at(-1)
  assert.deepEqual(retry?.input, { tries: 1 })
  assert.deepEqual(await sendAll(organisation, later(0.5, morning)), { sent: 0, failed: 0, waiting: 0 })
  assert.deepEqual(await sendAll(organisation, later(2, morning)), { sent: 1, failed: 0, waiting: 0 })

  await tell(organisation, [administrator.id], 'job-failed', later(60, morning))
  await makeAll(organisation, later(24 * 60, morning))
  server.refuse('recipient', 550, 'No such mailbox')
  assert.deepEqual(await sendAll(organisation, later(24 * 60, morning)), { sent: 0, failed: 1, waiting: 0 })
  const shown = await ask<{ items: { state: string; failure: string }[] }>(
    organisation,
    'mail.list',
    {},
    administrator.principal,
  )
  assert.deepEqual(
    shown.items.map(({ state, failure }) => [state, failure]),
    [
      ['failed', 'The server refused it.'],
      ['sent', null],
    ],
  )
})

test('a server that is down is asked once a round, and a mail is given up after five', needsMail, async () => {
  const { organisation, administrator, server } = await withMail()
  const others = [await join_(organisation, ['staff']), await join_(organisation, ['staff'])]
  await tell(
    organisation,
    others.map(({ id }) => id),
    'task-given',
  )
  await makeAll(organisation, noon)
  const silent = await startListener('')
  await ask(organisation, 'mail.set', { ...ownSettings(server), port: silent.port }, administrator.principal)
  const began = performance.now()
  assert.deepEqual(await sendAll(organisation, noon, { timeoutMs: 400 }), { sent: 0, failed: 0, waiting: 2 })
  assert.ok(performance.now() - began < 2_000, 'both waited for the server')
  const rounds = []
  for (const minutes of [10, 60, 180]) rounds.push(await sendAll(organisation, later(minutes), { timeoutMs: 200 }))
  assert.deepEqual(rounds.at(-1), { sent: 0, failed: 0, waiting: 2 })
  assert.deepEqual(await sendAll(organisation, later(600), { timeoutMs: 200 }), { sent: 0, failed: 2, waiting: 0 })
  assert.deepEqual(
    (await mailsOf(organisation)).map(({ state, attempts, failure }) => [state, attempts, failure]),
    [
      ['failed', 5, 'no-answer'],
      ['failed', 5, 'no-answer'],
    ],
  )
})

test('a crash between sending and noting sends twice, by the same Message-ID', needsMail, async () => {
  const { organisation, administrator, server } = await withMail()
  const morning = new Date('2026-11-03T07:01:00Z')
  await tell(organisation, [administrator.id], 'job-failed')
  await makeAll(organisation, morning)
  let calls = 0
  const dying = {
    organisationId: organisation,
    services,
    now: morning,
    signal: stopped,
    // Claim, settings, then the note: the process is gone before it.
    inOrganisation: (work: Parameters<typeof callOf>[2]) => {
      calls += 1
      return calls === 3 ? Promise.reject(new Error('killed')) : callOf(services, organisation, work, { now: morning })
    },
  }
  await assert.rejects(runSend(dying as unknown as Parameters<typeof runSend>[0]), /killed/)
  assert.equal(server.mails.length, 1)
  assert.deepEqual(await sendAll(organisation, later(1, morning)), { sent: 0, failed: 0, waiting: 0 })
  assert.deepEqual(await sendAll(organisation, later(3, morning)), { sent: 1, failed: 0, waiting: 0 })
  assert.equal(server.mails[0]?.parsed.messageId, server.mails[1]?.parsed.messageId)
})

test('a link is mailed sealed, and kept no longer than until it is sent', needsMail, async () => {
  const { organisation, administrator, server } = await withMail()
  const link = 'https://vigil.example/join#vigil_invite_secret'
  const invite = (email: string) =>
    database.inOrganisation(organisation, async (db) => {
      const { rows } = await sql<{ id: number }>`
        insert into invitation (kind, name, email, roles, token_hash, made_by, made_at, expires_at)
        values ('join', 'New "Colleague" <x>', ${email}, '{staff}', ${Buffer.from(email)}, 'test', ${noon},
          '2026-11-09T12:00:00Z') returning id`.execute(db)
      return rows[0]?.id ?? 0
    })
  const [first, second] = [await invite('new@clinic.example'), await invite('withdrawn@clinic.example')]
  for (const id of [first, second]) {
    const made = (call: Parameters<typeof mailLink>[0]) =>
      mailLink(call, { id, kind: 'join', link, email: 'new@clinic.example' })
    assert.equal(
      await callOf(services, organisation, made, { principal: administrator.principal }),
      'new@clinic.example',
    )
  }
  for (const { secret } of await mailsOf(organisation)) assert.doesNotMatch(String(secret), /vigil_invite/)
  await database.inOrganisation(organisation, (db) =>
    sql`update invitation set withdrawn_at = ${noon} where id = ${second}`.execute(db),
  )
  assert.deepEqual(await sendAll(organisation, noon), { sent: 1, failed: 1, waiting: 0 })
  assert.deepEqual(server.mails[0]?.to, ['new@clinic.example'])
  assert.equal(server.mails.length, 1)
  assert.match(server.mails[0].parsed.text ?? '', /\nhttps:\/\/vigil\.example\/join#vigil_invite_secret\n/)
  assert.match(server.mails[0].parsed.text ?? '', /until 9 November 2026/)
  assert.doesNotMatch(server.mails[0].raw, /List-Unsubscribe/)
  assert.deepEqual(
    (await mailsOf(organisation)).map(({ secret, failure }) => [secret, failure]),
    [
      [null, null],
      [null, 'no-reader'],
    ],
  )
})

test('who was disabled since is written to no more', needsMail, async () => {
  const { organisation, server } = await withMail()
  const staff = await join_(organisation, ['staff'])
  await tell(organisation, [staff.id], 'task-given')
  await makeAll(organisation, noon)
  await database.inOrganisation(organisation, (db) =>
    sql`update member set disabled_at = ${noon} where id = ${staff.id}`.execute(db),
  )
  assert.deepEqual(await sendAll(organisation, noon), { sent: 0, failed: 1, waiting: 0 })
  assert.deepEqual(server.mails, [])
})

test('everybody with a role is told, once', async () => {
  const organisation = await newOrganisation()
  const both = await join_(organisation, ['administrator', 'security-officer'])
  await database.inOrganisation(organisation, (db) =>
    notifyRoles(
      { db, actor: 'job:test', now: noon, today: '2026-11-02' },
      ['administrator', 'security-officer'],
      [{ kind: 'job-failed', about: 'job:1', words: {} }],
    ),
  )
  assert.equal(await countOf(organisation, both.principal), 1)
})
