/** What the ledger says, in plain words. Pure. */
import { t } from '#ui/t.ts'
import { placeOf } from '../../evidence/screens/evidence-words.ts'

const said: Readonly<Record<string, string>> = {
  'intake.import': t('A list was taken in'),
  'intake.refuse': t('A file was refused'),
  'safeguards.judge': t('Safeguards were checked'),
  'backup.make': t('A backup was made'),
  'backup.restore': t('A backup was restored'),
  'ledger.shred': t('What an entry said was destroyed'),
  'ledger.export': t('The ledger was downloaded'),
  'attestations.attest': t('A statement was made'),
  'attestations.withdraw': t('A statement was withdrawn'),
  'deliveries.open': t('Bringing files was begun'),
  'deliveries.add': t('A file was brought'),
  'deliveries.map': t('It was said how a file is read'),
  'deliveries.remove': t('A file was taken out before it was read'),
  'deliveries.discard': t('Files were thrown away unread'),
  'deliveries.import': t('Files were handed in to be taken in'),
  'mappings.remove': t('How a file is read was forgotten'),
  'directories.connect': t('A directory was connected'),
  'directories.change': t('A directory’s connection was changed'),
  'directories.remove': t('A directory was disconnected'),
  'directories.read': t('A directory was to be read'),
  'directories.test': t('The connection to a directory was tried'),
  'evidence.keep': t('Evidence was kept'),
  'evidence.link': t('Evidence was linked to what it supports'),
  'evidence.unlink': t('A link of evidence was taken back'),
  'evidence.open': t('Evidence was opened'),
  'evidence.shred': t('Evidence was destroyed'),
  'findings.comment': t('A finding was commented on'),
  'findings.except': t('A finding was accepted for a while'),
  'findings.end-exception': t('An exception was ended'),
  'findings.own': t('A finding was given to somebody'),
  'findings.own-many': t('Findings were given to somebody'),
  'findings.export': t('Findings were downloaded'),
  'jobs.check': t('A check of every safeguard was asked for'),
  'jobs.retry': t('A failed job was tried again'),
  'questions.answer': t('A question was answered'),
  'requirements.decide': t('A decision was recorded'),
  'tasks.assign': t('A task was given to somebody'),
  'tasks.complete': t('A task was done'),
  'members.invite': t('Somebody was invited'),
  'members.recover': t('A way back in was given'),
  'members.change': t('Somebody’s roles were changed'),
  'members.disable': t('Somebody was shut out'),
  'members.enable': t('Somebody was let in again'),
  'members.end-sessions': t('Somebody’s sessions were ended'),
  'members.withdraw-invitation': t('An invitation was withdrawn'),
  'invitations.accept': t('An invitation was accepted'),
  'organisation.change': t('The organisation was changed'),
  'organisations.add': t('An organisation was added'),
  'tokens.create': t('A program was given a token'),
  'tokens.revoke': t('A program’s token was revoked'),
  'set-up.finish': t('The set-up was finished'),
  'sign-in.password': t('A sign-in with a password'),
  'sign-in.passkey': t('A sign-in with a passkey'),
  'sign-in.second-factor': t('A second factor was shown'),
  'sign-in.end': t('Somebody signed out'),
  'me.change-password': t('Somebody changed their password'),
  'me.add-passkey': t('Somebody added a passkey'),
  'me.remove-passkey': t('Somebody removed a passkey'),
  'me.confirm-totp': t('Somebody set up an authenticator'),
  'me.remove-totp': t('Somebody removed their authenticator'),
  'me.renew-recovery-codes': t('Somebody made new recovery codes'),
  'me.end-session': t('Somebody ended a session of theirs'),
  'me.end-other-sessions': t('Somebody ended their other sessions'),
  'sign-in.passkey-options': t('A sign-in with a passkey was begun'),
  'me.choose-organisation': t('Somebody went to another organisation of theirs'),
  'me.begin-totp': t('Somebody began to set up an authenticator'),
  'me.begin-passkey': t('Somebody began to add a passkey'),
  'start.answer': t('A question of the start was answered'),
  'findings.restore-owners': t('Findings went back to whose they were'),
  'findings.except-many': t('Findings were accepted for a while'),
  'views.save': t('A view was kept'),
  'views.change': t('A view was changed'),
  'views.share': t('Who sees a view was changed'),
  'views.remove': t('A view was removed'),
  'tasks.open': t('Somebody was asked to do something'),
  'tasks.reopen': t('A task was opened again'),
  'webhooks.add': t('A webhook was added'),
  'webhooks.change': t('A webhook was changed'),
  'webhooks.pause': t('A webhook was paused'),
  'webhooks.resume': t('A webhook was resumed'),
  'webhooks.renew-secret': t('A webhook was given a new secret'),
  'webhooks.remove': t('A webhook was removed'),
  'webhooks.try': t('A webhook was tried'),
  'calendar.make': t('An address for a calendar was made'),
  'calendar.end': t('An address for a calendar was ended'),
  'retention.set': t('How long something is kept was set'),
  'notifications.read': t('A notification was read'),
  'notifications.read-all': t('Notifications were read'),
  'notifications.choose': t('Somebody chose what they are told'),
  'mail.set': t('The mail server was set'),
  'mail.remove': t('The mail server was forgotten'),
  'mail.test': t('A mail was sent to try the server'),
  'corrections.bring': t('Rows that were rejected were corrected and brought again'),
  'trail.ask-patient': t('Who opened a patient’s record was asked'),
  'trail.ask-person': t('Whose records a person opened was asked'),
  'trail.report': t('A report of accesses was made'),
  'trail.person-days': t('A person’s days were looked at'),
  'trail.push': t('Accesses were handed in'),
  'trail.import': t('A file for the access trail was brought'),
  'trail.taken': t('A file was taken into the access trail'),
  'trail.source-set': t('A source of the access trail was described'),
  'trail.hold': t('A month of the access trail was held, or its hold lifted'),
  'trail.destroy-month': t('A month of the access trail was asked to be destroyed'),
  'trail.destroy-confirm': t('The destruction of a month of the access trail was confirmed'),
  'trail.destroyed': t('A month of the access trail was destroyed'),
  'trail.destroy-refuse': t('The destruction of a month was refused'),
  'trail.verify': t('A verification of the access trail was asked for'),
  'trail.verified': t('The access trail was verified'),
  'trail.settings-set': t('How the access trail is kept was set'),
  'trail.watch-add': t('Patients were put on the watch list'),
  'trail.watch-remove': t('A patient was taken off the watch list'),
  'cases.open': t('A case opened'),
  'cases.explain': t('A case was explained'),
  'cases.reopen': t('A case opened again'),
  'cases.read': t('The accesses of a case were read'),
  'cases.decide': t('A case was decided'),
  'cases.assign': t('A case was given to somebody'),
  'cases.comment': t('A case was commented on'),
  'cases.rule-set': t('What a rule for cases goes by was set'),
}

/** "A list was taken in" of `intake.import`; one without words is shown by its name. */
export function sayAction(action: string): string {
  return said[action] ?? action
}

const sliceWords: Readonly<Record<string, string>> = {
  'intake.': t('Lists taken in or refused'),
  'deliveries.': t('Files brought'),
  'directories.': t('Directories'),
  'safeguards.': t('Checks'),
  'findings.': t('Findings'),
  'tasks.': t('Tasks'),
  'questions.': t('Questions'),
  'attestations.': t('Statements'),
  'requirements.': t('Decisions'),
  'evidence.': t('Evidence'),
  'sign-in.': t('Sign-ins'),
  'me.': t('Own sign-in and sessions'),
  'members.': t('Members'),
  'tokens.': t('Programs'),
  'organisation.': t('The organisation'),
  'ledger.': t('The ledger'),
  'jobs.': t('Jobs'),
  'views.': t('Views'),
  'webhooks.': t('Webhooks'),
  'notifications.': t('Notifications'),
  'mail.': t('Mail'),
  'calendar.': t('Calendars'),
  'retention.': t('Retention'),
  'corrections.': t('Corrections'),
  'trail.': t('The access trail'),
  'cases.': t('Cases'),
  'backup.': t('Backups'),
}

/** What can be asked for: all of a slice, or one action, in words. */
export const actionChoices = Object.entries(sliceWords).map(([slice, label]) => ({
  group: label,
  items: [
    { value: slice, label: t('{slice}: anything', { slice: label }) },
    ...Object.entries(said)
      .filter(([action]) => action.startsWith(slice))
      .map(([value, words]) => ({ value, label: words })),
  ],
}))

const subjectWords: Readonly<Record<string, string>> = {
  case: t('case'),
  rule: t('rule'),
  purpose: t('purpose'),
  'trail-question': t('question'),
  'trail-report': t('report'),
  'trail-source': t('source of the trail'),
  'trail-month': t('month'),
  'trail-destruction': t('destruction'),
  'trail-watched': t('watched patient'),
  member: t('member'),
  requirement: '45 CFR',
  token: t('program'),
  finding: t('finding'),
  task: t('task'),
  evidence: t('evidence'),
  decision: t('decision'),
  attestation: t('statement'),
  safeguard: t('safeguard'),
  system: t('system'),
  source: t('source'),
  'source-run': t('run'),
  job: t('job'),
  session: t('session'),
  organisation: t('organisation'),
  webhook: t('webhook'),
  directory: t('directory'),
  delivery: t('delivery'),
  question: t('question'),
  view: t('view'),
}

/** "finding 12" of `finding:12`. */
export function saySubject(subject: string): string {
  const [kind = '', rest] = subject.split(/:(.*)/s)
  if (rest === undefined) return subject
  // Its number is long, and says nothing to anybody.
  if (kind === 'evidence') return t('a piece of evidence')
  return t('{kind} {id}', { kind: subjectWords[kind] ?? kind, id: rest })
}

/** Where what an entry is about is shown; undefined where it has no page. */
export function placeOfSubject(subject: string): string | undefined {
  const [kind = '', rest] = subject.split(/:(.*)/s)
  if (kind === 'evidence' && rest) return `/evidence?evidence=${encodeURIComponent(rest)}`
  return placeOf(subject)
}

/** Whether a text can be asked for as what an entry is about, or as who did it. */
export function isWord(text: string | undefined): text is string {
  return text !== undefined && /^[!#-[\]-~]{1,200}$/.test(text)
}

const labels: Readonly<Record<string, string>> = {
  sha256: t('SHA-256'),
  rowsRead: t('Rows read'),
  rejects: t('Rows that could not be read'),
  added: t('New'),
  changed: t('Changed'),
  ended: t('Gone'),
  collectedAt: t('Collected'),
  asOf: t('Judged as of'),
  opened: t('Findings opened'),
  closed: t('Findings closed'),
  checked: t('Safeguards checked'),
  evidence: t('Evidence'),
  about: t('What it is about'),
  dueOn: t('Due on'),
  why: t('Why'),
}

/** "Rows read" of `rowsRead`. */
export function sayLabel(key: string): string {
  const words = key.replaceAll(/(\p{Lu})/gu, (letter) => ` ${letter.toLowerCase()}`)
  return labels[key] ?? words.charAt(0).toUpperCase() + words.slice(1)
}

/** The values of a payload, opened: a label and a text each; what is empty is left out, what lies deeper stays JSON. */
export function openPayload(payload: string): readonly (readonly [label: string, text: string])[] {
  const value: unknown = JSON.parse(payload)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[t('Said'), String(value)]]
  return Object.entries(value)
    .filter(([, part]) => part !== null)
    .map(([key, part]) => [sayLabel(key), sayValue(part)] as const)
}

function sayValue(value: unknown): string {
  if (value === true) return t('yes')
  if (value === false) return t('no')
  if (typeof value === 'number') return value.toLocaleString('en-GB')
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join(', ') || t('none')
  return JSON.stringify(value)
}

/** The instant at which a day begins in a zone, as a text in UTC. */
export function startOfDay(day: string, timeZone: string): string {
  const asUtc = Date.parse(`${day}T00:00:00Z`)
  // Twice, since the first guess may lie on the other side of a change of the clocks.
  const once = asUtc - offsetOf(asUtc, timeZone)
  return new Date(asUtc - offsetOf(once, timeZone)).toISOString()
}

function offsetOf(at: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const local = `${part['year']}-${part['month']}-${part['day']}T${part['hour']}:${part['minute']}:${part['second']}Z`
  return Date.parse(local) - Math.floor(at / 1_000) * 1_000
}

/** The day after, `YYYY-MM-DD`. */
export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
}
