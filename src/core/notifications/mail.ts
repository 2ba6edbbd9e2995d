/**
 * Mail. The rules:
 *  - A mail is a row that commits with what it is about, and is sent by a job afterwards, five times at most. It is noted as
 *    sent when the server has taken it: a crash in between sends it twice (with the same Message-ID) and never loses it.
 *  - Of a member's digest of a day, one mail at most is made.
 *  - A password is sealed for its organisation, and goes nowhere but to the server it was given for: where that changes, it
 *    has to be given again.
 *  - An organisation's server is connected to only where `platform/address.ts` lets it. The installation's is who runs
 *    Vigil's own choice.
 */
import type { Call, Recorded, Services } from '#core/door.ts'
import type { JobContext } from '#core/jobs/kinds.ts'
import { queueJob } from '#core/jobs/service.ts'
import { findTimeZone, type JsonObject } from '#core/jobs/store.ts'
import type { Json } from '#core/ledger/model/entry.ts'
import { findAddresses, judgeAddress, type Lookup } from '#platform/address.ts'
import type { Context } from '#platform/context.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import type { Db } from '#platform/database.ts'
import { dayOf, sayDay } from '#platform/days.ts'
import { open, seal } from '#platform/keys.ts'
import { MailError, type MailServer, sendMail } from '#platform/mail.ts'
import { pageFrom, readNumber } from '#platform/paging.ts'
import { Refusal, refusals } from '#platform/refusal.ts'
import type * as contract from './contract.ts'
import { digestDayOf, newsKinds, nextTryAt, usualChoice } from './model.ts'
import {
  type ClaimedMail,
  claimMail,
  deleteMailSettings,
  findMailSettings,
  findNextMail,
  findReceiver,
  insertMail,
  listAllReceivers,
  listMailRows,
  type MailSettings,
  noteTry,
  takeDigestDays,
  takeWaitingNews,
  upsertMailSettings,
} from './store.ts'
import { type MailWords, sayInvitation, sayNews, sayRecovery, sayTrial } from './words.ts'

/** The kind of job that sends what waits. */
export const sendJob = 'mail.send'

/** News older than this is not told by mail any more: it stands in the app. */
const mailedWithinMs = 7 * 86_400_000
/** For how long a try keeps others away: longer than one may take. */
const leaseMs = 120_000
const trialMs = 15_000

const refuse = refusals('mail', {
  'not-set-up': ['conflict', 'No mail server is set up.', 'set one up in Settings, Mail'],
  'host-invalid': ['invalid', 'The server is the name of a host, such as smtp.clinic.example.', 'leave out the port'],
  'password-missing': ['invalid', 'Who signs in with a name needs a password.', 'give both, or neither'],
  'password-again': [
    'invalid',
    'The server or the way to it changes, so the password has to be given again.',
    'a password goes only to the server that it was given for',
  ],
  plain: [
    'forbidden',
    'The mail was not sent: without encryption, Vigil sends mail only to a server on its own machine.',
    'choose TLS or STARTTLS',
  ],
  loopback: [
    'forbidden',
    'The mail was not sent: the server’s address is one of this machine.',
    'if it does run here, start Vigil with VIGIL_ALLOW_LOOPBACK_SOURCES=true',
  ],
  forbidden: [
    'forbidden',
    'The mail was not sent: the server’s address is none that Vigil connects to.',
    'name a mail server',
  ],
  'unknown-host': ['conflict', 'The mail was not sent: the name of the server is not known.', 'check the server'],
  'not-sent': ['conflict', 'The mail was not sent: {reason}', 'change the settings, and try again'],
  'no-reader': ['forbidden', 'A test mail goes to the administrator who asks for it.', 'sign in as one'],
})

const reasons: Readonly<Record<MailError['fault'], string>> = {
  unreachable: 'nothing answers at that server and port.',
  'no-answer': 'the server stopped answering.',
  strange: 'what answers there does not speak as a mail server does; check the server and the port.',
  certificate: 'the server’s certificate does not prove that it is this server.',
  'no-encryption': 'the server does not offer the encryption that was chosen; check the port, or choose the other one.',
  'sign-in': 'the server did not accept the user name and the password.',
  'refused-now': 'the server refused it for now.',
  refused: 'the server refused it.',
}

function sayFault({ fault, answer }: MailError): string {
  return answer === undefined ? reasons[fault] : `${reasons[fault]} It answered: ${answer}`
}

// Settings --------------------------------------------------------------------------------------------------------------

/** Whether mail goes out for this organisation. */
export async function isMailSetUp({ db, services }: Pick<Call, 'db' | 'services'>): Promise<boolean> {
  return services.config.server.mail !== undefined || (await findMailSettings(db))?.way === 'own'
}

export async function showMail({ db, services }: Call): Promise<OutputOf<typeof contract.showMail>> {
  const own = await findMailSettings(db)
  const hasInstallation = services.config.server.mail !== undefined
  if (own?.way !== 'own') {
    const none = { host: null, port: null, security: null, username: null, ca: null, fromAddress: null }
    return { way: hasInstallation ? 'installation' : 'none', ...none, hasPassword: false, hasInstallation }
  }
  const { way, host, port, security, username, password, ca, fromAddress } = own
  return { way, host, port, security, username, hasPassword: password !== null, ca, fromAddress, hasInstallation }
}

type Changed = Recorded & { readonly output: OutputOf<typeof contract.setMail> }

export async function setMail(call: Call, { password, ...said }: InputOf<typeof contract.setMail>): Promise<Changed> {
  const { db, actor, now, services, organisationId } = call
  if (!isHost(said.host)) throw refuse('host-invalid')
  const before = await findMailSettings(db)
  const isElsewhere = (['host', 'port', 'security', 'ca'] as const).some((field) => said[field] !== before?.[field])
  const keeps = password === undefined && said.username !== null && before !== undefined && before.password !== null
  if (keeps && isElsewhere) throw refuse('password-again')
  const isGiven = typeof password === 'string'
  if ((said.username !== null) !== (isGiven || keeps)) throw refuse('password-missing')
  const sealed = isGiven ? await seal(services.keys, Buffer.from(password), passwordContext(organisationId)) : null
  await upsertMailSettings(db, {
    ...said,
    way: 'own',
    password: keeps ? (before?.password ?? null) : sealed,
    by: actor,
    at: now,
  })
  return record(call, { ...said, password: keeps ? 'kept' : isGiven ? 'set' : 'none' })
}

export async function removeMail(call: Call): Promise<Changed> {
  await deleteMailSettings(call.db)
  await followInstallation(call)
  return record(call, { removed: true })
}

async function record(call: Call, payload: Readonly<Record<string, Json>>): Promise<Changed> {
  return { output: await showMail(call), subjects: [`organisation:${call.organisationId}`], payload }
}

function isHost(text: string): boolean {
  const isLiteral = /^[0-9a-f:.]+$/i.test(text) && text.includes(':')
  return isLiteral || /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.?$/i.test(text)
}

const passwordContext = (organisationId: number) => `mail-password/${organisationId}`
const linkContext = (organisationId: number, invitationId: number) => `mail-link/${organisationId}/${invitationId}`

/** Notes whether the installation's server serves this organisation, for who tells of something and asks whether mail goes. */
async function followInstallation(context: Context & { readonly services: Services }): Promise<boolean> {
  const { db, now, services } = context
  const found = await findMailSettings(db)
  const isServed = services.config.server.mail !== undefined
  if (found?.way === 'own') return true
  if (found && !isServed) await deleteMailSettings(db)
  if (!found && isServed) {
    const none = { host: null, port: null, security: null, username: null, password: null, ca: null, fromAddress: null }
    await upsertMailSettings(db, { way: 'installation', ...none, by: 'job:mail.tell', at: now })
  }
  return isServed
}

export interface Outbound {
  readonly server: MailServer
  readonly from: string
}

/** The server that mail of the organisation goes out by, looked up and judged; refused where it must not be connected to. */
async function openOutbound(
  own: MailSettings | undefined,
  on: { readonly services: Services; readonly organisationId: number; readonly lookup?: Lookup | undefined },
): Promise<Outbound> {
  const { config, keys, publicUrl } = on.services
  const ourName = /^[\d.]+$|:/.test(publicUrl.hostname) ? `[${publicUrl.hostname}]` : publicUrl.hostname
  const installation = config.server.mail
  if (own?.way !== 'own') {
    if (!installation) throw refuse('not-set-up')
    const { host, port, security, username, password, from } = installation
    const signIn = username === undefined ? undefined : { username, password: password?.reveal() ?? '' }
    return { server: { host, addresses: [host], port, security, signIn, ourName }, from }
  }
  const { host, port, security, username, password, ca, fromAddress } = own
  if (host === null || port === null || security === null || fromAddress === null) throw refuse('not-set-up')
  const found = await findAddresses(host, { allowLoopback: config.allowLoopbackSources, lookup: on.lookup })
  if (found === 'unknown') throw refuse('unknown-host')
  if (typeof found === 'string') throw refuse(found)
  const addresses = found.map(({ address }) => address)
  if (security === 'none' && addresses.some((address) => judgeAddress(address) !== 'loopback')) throw refuse('plain')
  const signIn =
    username === null || password === null
      ? undefined
      : { username, password: (await open(keys, password, passwordContext(on.organisationId))).toString() }
  return {
    server: { host, addresses, port, security, signIn, ourName, ...(ca === null ? {} : { ca }) },
    from: fromAddress,
  }
}

/** Sends a mail to whoever asks, and says what the server answered. */
export async function testMail(
  call: Call,
  _: InputOf<typeof contract.testMail>,
  options: { readonly lookup?: Lookup; readonly timeoutMs?: number } = {},
): Promise<Recorded & { readonly output: OutputOf<typeof contract.testMail> }> {
  const { db, principal, services, organisationId, now } = call
  if (principal.kind !== 'member') throw refuse('no-reader')
  const reader = await findReceiver(db, principal.memberId)
  if (!reader) throw refuse('no-reader')
  const { server, from } = await openOutbound(await findMailSettings(db), { services, organisationId, ...options })
  const { name, email, organisation } = reader
  const { publicUrl } = services
  try {
    await sendMail(
      { ...server, timeoutMs: options.timeoutMs ?? trialMs },
      {
        from,
        to: { name, address: email },
        ...sayTrial({ name, organisation, publicUrl }),
        messageId: `<test.${organisationId}.${principal.memberId}.${now.getTime()}@${domainOf(from)}>`,
      },
    )
  } catch (error) {
    if (!(error instanceof MailError)) throw error
    throw refuse('not-sent', { reason: sayFault(error) }, { cause: error })
  }
  return {
    output: { sentTo: email },
    subjects: [`member:${principal.memberId}`],
    payload: { member: principal.memberId },
  }
}

export async function listMails(
  { db }: Context,
  { limit, after }: InputOf<typeof contract.listMails>,
): Promise<OutputOf<typeof contract.listMails>> {
  const rows = await listMailRows(db, { before: readNumber(after), limit: limit + 1 })
  const { items, next } = pageFrom(rows, limit, ({ id }) => [id])
  return { items: items.map((row) => ({ ...row, failure: sayFailure(row.failure) })), next }
}

/** The word that a failure is noted as, in words. */
function sayFailure(word: string | null): string | null {
  if (word === null) return null
  if (word === 'no-reader') return 'Nobody was left to read it.'
  const reason = (reasons as Readonly<Record<string, string>>)[word]
  if (reason !== undefined) return reason.replace(/^./, (letter) => letter.toUpperCase())
  return settingsReasons[word] ?? 'It could not be sent.'
}

const settingsReasons: Readonly<Record<string, string>> = {
  'mail-not-set-up': 'No mail server is set up.',
  'mail-plain': 'Without encryption, Vigil sends mail only to a server on its own machine.',
  'mail-loopback': 'The server’s address is one of this machine.',
  'mail-forbidden': 'The server’s address is none that Vigil connects to.',
  'mail-unknown-host': 'The name of the server is not known.',
}

// Making mails ----------------------------------------------------------------------------------------------------------

/** Makes a mail of a link that lets somebody in; null where no mail goes out. */
export async function mailLink(
  call: Call,
  invitation: { readonly id: number; readonly kind: 'join' | 'recover'; readonly link: string; readonly email: string },
): Promise<string | null> {
  const { db, now, services, organisationId } = call
  if (!(await isMailSetUp(call))) return null
  await insertMail(
    db,
    {
      purpose: invitation.kind,
      memberId: null,
      invitationId: invitation.id,
      words: {},
      secret: await seal(services.keys, Buffer.from(invitation.link), linkContext(organisationId, invitation.id)),
    },
    now,
  )
  await queueJob(call, { kind: sendJob, joins: true })
  return invitation.email
}

/** Makes the digests that are due, and the mails of what does not wait for them. */
export async function makeMails(
  context: Context & { readonly services: Services },
): Promise<{ readonly digests: number; readonly mails: number }> {
  const { db, now, today } = context
  // Where no mail goes out, days stay open: nothing is taken for told that was not.
  if (!(await followInstallation(context))) return { digests: 0, mails: 0 }
  const timeZone = await findTimeZone(db)
  const receivers = (await listAllReceivers(db, today)).map(({ memberId, roles, choice }) => {
    const chosen = choice ?? usualChoice(roles)
    return { memberId, atOnce: chosen.atOnce, day: digestDayOf(chosen, now, timeZone) }
  })
  const since = new Date(now.getTime() - mailedWithinMs)
  const due = await takeDigestDays(
    db,
    receivers.flatMap(({ memberId, day }) => (day === undefined ? [] : [{ memberId, day }])),
    now,
  )
  const wanted = receivers.flatMap(({ memberId, atOnce }) => {
    const kinds = due.has(memberId) ? newsKinds : atOnce
    return kinds.length === 0 ? [] : [{ memberId, kinds }]
  })
  const taken = await takeWaitingNews(db, wanted, { since, now })
  let made = 0
  for (const [memberId, words] of taken) {
    const purpose = due.has(memberId) ? ('digest' as const) : ('news' as const)
    await insertMail(db, { purpose, memberId, invitationId: null, words, secret: null }, now)
    if (purpose === 'digest') made += 1
  }
  if (taken.size > 0) await queueJob(context, { kind: sendJob, joins: true })
  return { digests: made, mails: taken.size }
}

/** What the job that makes mails does. */
export async function runTell(job: JobContext): Promise<JsonObject> {
  return job.inOrganisation(async (context) => ({ ...(await makeMails({ ...context, services: job.services })) }))
}

// Sending them ----------------------------------------------------------------------------------------------------------

/** What one mail fails by, all others would fail by too. */
const isOfServer = (fault: string) => !['refused', 'refused-now'].includes(fault)

/** What the job that sends mails does: all that are due, one after the other. */
export async function runSend(
  job: Pick<JobContext, 'organisationId' | 'services' | 'now' | 'signal' | 'inOrganisation'>,
  options: { readonly lookup?: Lookup; readonly timeoutMs?: number } = {},
): Promise<JsonObject> {
  const begun = performance.now()
  const clock = () => new Date(job.now.getTime() + Math.round(performance.now() - begun))
  const counts = { sent: 0, failed: 0, waiting: 0 }
  let outbound: Outbound | undefined
  let isDown: string | undefined
  while (!job.signal.aborted) {
    const mail = await job.inOrganisation(({ db, today }) =>
      claimMail(db, { now: job.now, today, leaseUntil: leaseOf() }),
    )
    if (!mail) break
    let failure: string | undefined = isDown
    if (mail.email === null || mail.name === null) failure = 'no-reader'
    else if (failure === undefined) {
      try {
        outbound ??= await openOutbound(await job.inOrganisation(({ db }) => findMailSettings(db)), {
          ...job,
          ...options,
        })
        await send(job, outbound, { ...mail, name: mail.name, email: mail.email }, options.timeoutMs)
      } catch (error) {
        failure = wordOf(error)
        if (isOfServer(failure)) isDown = failure
      }
    }
    counts[await noteFailure(job.inOrganisation, mail, failure, clock())] += 1
  }
  await job.inOrganisation(queueNext)
  return counts

  function leaseOf() {
    return new Date(clock().getTime() + leaseMs)
  }
}

function wordOf(error: unknown): string {
  if (error instanceof MailError) return error.fault
  // What the settings forbid may be mended while the mail waits.
  if (error instanceof Refusal) return error.code
  throw error
}

async function noteFailure(
  inOrganisation: JobContext['inOrganisation'],
  { id, attempts }: ClaimedMail,
  failure: string | undefined,
  now: Date,
): Promise<'sent' | 'failed' | 'waiting'> {
  const isFinal = failure === 'refused' || failure === 'no-reader'
  const nextAt = failure === undefined || isFinal ? undefined : nextTryAt(attempts, now)
  const state = failure === undefined ? 'sent' : nextAt === undefined ? 'failed' : 'waiting'
  await inOrganisation(({ db }) => noteTry(db, id, { state, failure: failure ?? null, nextAt: nextAt ?? now, now }))
  return state
}

/** Mails that wait for their next try have a job that comes then; one for each length of the pause. */
async function queueNext(context: Context): Promise<void> {
  const next = await findNextMail(context.db)
  if (next) await queueJob(context, { kind: sendJob, input: { tries: next.attempts }, dueAt: next.nextAt, joins: true })
}

async function send(
  job: Pick<JobContext, 'organisationId' | 'services' | 'inOrganisation'>,
  { server, from }: Outbound,
  mail: ClaimedMail & { readonly name: string; readonly email: string },
  timeoutMs: number | undefined,
): Promise<void> {
  const { publicUrl } = job.services
  const said = await sayMail(job, mail)
  const comesByItself = mail.purpose === 'digest' || mail.purpose === 'news'
  await sendMail(timeoutMs === undefined ? server : { ...server, timeoutMs }, {
    from,
    to: { name: mail.name, address: mail.email },
    ...said,
    messageId: `<mail.${job.organisationId}.${mail.id}.${mail.madeAt.getTime()}@${domainOf(from)}>`,
    ...(comesByItself ? { unsubscribe: new URL('/settings/notifications', publicUrl).href } : {}),
  })
}

async function sayMail(
  job: Pick<JobContext, 'organisationId' | 'services' | 'inOrganisation'>,
  mail: ClaimedMail & { readonly name: string },
): Promise<MailWords> {
  const { keys, publicUrl } = job.services
  const to = { name: mail.name, organisation: mail.organisation, publicUrl }
  if (mail.invitationId === null || mail.secret === null) return sayNews(to, mail.words, mail.purpose === 'digest')
  const link = (await open(keys, mail.secret, linkContext(job.organisationId, mail.invitationId))).toString()
  const timeZone = await job.inOrganisation(({ db }: { readonly db: Db }) => findTimeZone(db))
  const expiresOn = sayDay(dayOf(mail.expiresAt ?? mail.madeAt, timeZone))
  return mail.purpose === 'recover' ? sayRecovery(to, link, expiresOn) : sayInvitation(to, link, expiresOn)
}

function domainOf(address: string): string {
  return address.split('@')[1] ?? 'vigil.invalid'
}
