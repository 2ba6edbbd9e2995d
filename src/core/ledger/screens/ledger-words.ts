/** What the ledger says, in plain words. Pure. */

const said: Readonly<Record<string, string>> = {
  'intake.import': 'A list was taken in',
  'intake.refuse': 'A file was refused',
  'safeguards.judge': 'Safeguards were checked',
  'backup.make': 'A backup was made',
  'backup.restore': 'A backup was restored',
  'ledger.shred': 'What an entry said was destroyed',
  'ledger.export': 'The ledger was downloaded',
  'attestations.attest': 'A statement was made',
  'attestations.withdraw': 'A statement was withdrawn',
  'deliveries.open': 'Bringing files was begun',
  'deliveries.add': 'A file was brought',
  'deliveries.map': 'It was said how a file is read',
  'deliveries.remove': 'A file was taken out before it was read',
  'deliveries.discard': 'Files were thrown away unread',
  'deliveries.import': 'Files were handed in to be taken in',
  'mappings.remove': 'How a file is read was forgotten',
  'directories.connect': 'A directory was connected',
  'directories.change': 'A directory’s connection was changed',
  'directories.remove': 'A directory was disconnected',
  'directories.read': 'A directory was to be read',
  'directories.test': 'The connection to a directory was tried',
  'evidence.keep': 'Evidence was kept',
  'evidence.open': 'Evidence was opened',
  'evidence.shred': 'Evidence was destroyed',
  'findings.comment': 'A finding was commented on',
  'findings.except': 'A finding was accepted for a while',
  'findings.end-exception': 'An exception was ended',
  'findings.own': 'A finding was given to somebody',
  'findings.own-many': 'Findings were given to somebody',
  'findings.export': 'Findings were downloaded',
  'jobs.retry': 'A failed job was tried again',
  'questions.answer': 'A question was answered',
  'requirements.decide': 'A decision was recorded',
  'tasks.assign': 'A task was given to somebody',
  'tasks.complete': 'A task was done',
  'members.invite': 'Somebody was invited',
  'members.recover': 'A way back in was given',
  'members.change': 'Somebody’s roles were changed',
  'members.disable': 'Somebody was shut out',
  'members.enable': 'Somebody was let in again',
  'members.end-sessions': 'Somebody’s sessions were ended',
  'members.withdraw-invitation': 'An invitation was withdrawn',
  'invitations.accept': 'An invitation was accepted',
  'organisation.change': 'The organisation was changed',
  'organisations.add': 'An organisation was added',
  'tokens.create': 'A program was given a token',
  'tokens.revoke': 'A program’s token was revoked',
  'set-up.finish': 'The set-up was finished',
  'sign-in.password': 'A sign-in with a password',
  'sign-in.passkey': 'A sign-in with a passkey',
  'sign-in.second-factor': 'A second factor was shown',
  'sign-in.end': 'Somebody signed out',
  'me.change-password': 'Somebody changed their password',
  'me.add-passkey': 'Somebody added a passkey',
  'me.remove-passkey': 'Somebody removed a passkey',
  'me.confirm-totp': 'Somebody set up an authenticator',
  'me.remove-totp': 'Somebody removed their authenticator',
  'me.renew-recovery-codes': 'Somebody made new recovery codes',
  'me.end-session': 'Somebody ended a session of theirs',
  'me.end-other-sessions': 'Somebody ended their other sessions',
}

/** "A list was taken in" of `intake.import`; one without words is shown by its name. */
export function sayAction(action: string): string {
  return said[action] ?? action
}

const sliceWords: Readonly<Record<string, string>> = {
  'intake.': 'Lists taken in or refused',
  'deliveries.': 'Files brought',
  'directories.': 'Directories',
  'safeguards.': 'Checks',
  'findings.': 'Findings',
  'tasks.': 'Tasks',
  'questions.': 'Questions',
  'attestations.': 'Statements',
  'requirements.': 'Decisions',
  'evidence.': 'Evidence',
  'sign-in.': 'Sign-ins',
  'me.': 'Own sign-in and sessions',
  'members.': 'Members',
  'tokens.': 'Programs',
  'organisation.': 'The organisation',
  'ledger.': 'The ledger',
  'jobs.': 'Jobs',
  'backup.': 'Backups',
}

/** What can be asked for: all of a slice, in words. */
export const actionChoices = Object.entries(sliceWords).map(([value, label]) => ({ value, label }))

const subjectWords: Readonly<Record<string, string>> = { member: 'member', requirement: '45 CFR', token: 'program' }

/** "finding 12" of `finding:12`. */
export function saySubject(subject: string): string {
  const [kind = '', rest] = subject.split(/:(.*)/s)
  return rest === undefined ? subject : `${subjectWords[kind] ?? kind} ${rest}`
}

const labels: Readonly<Record<string, string>> = {
  sha256: 'SHA-256',
  rowsRead: 'Rows read',
  rejects: 'Rows that could not be read',
  added: 'New',
  changed: 'Changed',
  ended: 'Gone',
  collectedAt: 'Collected',
  asOf: 'Judged as of',
  opened: 'Findings opened',
  closed: 'Findings closed',
  checked: 'Safeguards checked',
  dueOn: 'Due on',
  why: 'Why',
}

/** "Rows read" of `rowsRead`. */
export function sayLabel(key: string): string {
  const words = key.replaceAll(/(\p{Lu})/gu, (letter) => ` ${letter.toLowerCase()}`)
  return labels[key] ?? words.charAt(0).toUpperCase() + words.slice(1)
}

/** The values of a payload, opened: a label and a text each; what is empty is left out, what lies deeper stays JSON. */
export function openPayload(payload: string): readonly (readonly [label: string, text: string])[] {
  const value: unknown = JSON.parse(payload)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [['Said', String(value)]]
  return Object.entries(value)
    .filter(([, part]) => part !== null)
    .map(([key, part]) => [sayLabel(key), sayValue(part)] as const)
}

function sayValue(value: unknown): string {
  if (value === true) return 'yes'
  if (value === false) return 'no'
  if (typeof value === 'number') return value.toLocaleString('en-GB')
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join(', ') || 'none'
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
