/**
 * An access: one person's doing to one patient's record, as a source told it. It is the unit of everything in the trail: a
 * leaf of the log, a row of the query store, a line of a report. An event that names several patients is that many accesses;
 * one that names none (a sign-in, a search whose results are not known) is one access without a patient.
 *
 * The canonical text of an access is one line: `A`, then the fields of `fieldOrder`, parted by tabs; backslash, tab, newline,
 * return and NUL inside a field are written `\\`, `\t`, `\n`, `\r`, `\0`. It is what the log hashes, so its form never changes:
 * a field is only ever added at the end.
 */

/** What was done. The place in this list is its code and its bit in masks: only ever add at the end. */
export const actions = [
  'other',
  'read',
  'create',
  'update',
  'delete',
  'query',
  'print',
  'export',
  'execute',
  'sign-in',
  'sign-out',
  'disclose',
] as const
export type Action = (typeof actions)[number]

export const outcomes = ['success', 'failure', 'unknown'] as const
export type Outcome = (typeof outcomes)[number]

/** Bits of `flags`. */
export const flag = {
  /** The protection of the record was broken open ("break-glass"). */
  breakGlass: 1,
  /** A search or report whose patients the source does not name: who was seen is not known. */
  unresolved: 2,
  /** The source's clock cannot be right: `at` is when it was received, and the raw message holds what was said. */
  clock: 4,
  /** Done by a program or device, with nobody behind it. */
  machine: 8,
} as const

export interface Access {
  /** Milliseconds since 1970, UTC. */
  readonly at: number
  /** As the source names them, trimmed, without the kind of identifier; empty where the event names none. */
  readonly patient: string
  /** The login or other name by which the source knows who did it; empty where unknown. */
  readonly user: string
  /** For whom it was done, where the user acted on somebody's behalf. */
  readonly onBehalfOf: string
  readonly action: Action
  readonly outcome: Outcome
  readonly flags: number
  /** Purpose of use, by its code (`TREAT`, `HPAYMT`, `BTG` …), upper case. */
  readonly purpose: string
  /** Kind of what was opened (`Patient`, `DiagnosticReport`, `Chart Review` …). */
  readonly object: string
  readonly workstation: string
  readonly application: string
  /** Where in the organisation it was done from, as the source says. */
  readonly department: string
  /** Said by the user: why the record was broken open, or the like. */
  readonly reason: string
  /** The source's own identifier of the event. */
  readonly event: string
  /** The source's own count of events, as decimal digits; empty where it has none. */
  readonly sequence: string
}

export const fieldOrder = [
  'at',
  'patient',
  'user',
  'onBehalfOf',
  'action',
  'outcome',
  'flags',
  'purpose',
  'object',
  'workstation',
  'application',
  'department',
  'reason',
  'event',
  'sequence',
  'source',
] as const

/** The fields that the query store keeps as integer codes, each with a dictionary of its own. Code 0 is the empty text. */
export const codedFields = [
  'patient',
  'user',
  'onBehalfOf',
  'purpose',
  'object',
  'workstation',
  'application',
  'department',
  'reason',
  'source',
] as const
export type CodedField = (typeof codedFields)[number]

/** No field is longer than this many characters; parsers cut and keep the whole in the raw message. */
export const maxFieldLength = 500

export const noAccess: Access = {
  at: 0,
  patient: '',
  user: '',
  onBehalfOf: '',
  action: 'other',
  outcome: 'unknown',
  flags: 0,
  purpose: '',
  object: '',
  workstation: '',
  application: '',
  department: '',
  reason: '',
  event: '',
  sequence: '',
}

const unsafe = /[\\\t\n\r\0]/
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0' }
const unescapes: Readonly<Record<string, string>> = { '\\': '\\', t: '\t', n: '\n', r: '\r', '0': '\0' }

export function escapeField(text: string): string {
  return unsafe.test(text) ? text.replace(/[\\\t\n\r\0]/g, (found) => escapes[found] ?? found) : text
}

export function unescapeField(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/g, (all, letter: string) => unescapes[letter] ?? all) : text
}

/** Writes the canonical line, without a newline. `source` is the name of the feed that it came by. */
export function writeAccess(access: Access, source: string): string {
  return `A\t${access.at}\t${escapeField(access.patient)}\t${escapeField(access.user)}\t${escapeField(access.onBehalfOf)}\t${
    access.action
  }\t${access.outcome}\t${access.flags}\t${escapeField(access.purpose)}\t${escapeField(access.object)}\t${escapeField(
    access.workstation,
  )}\t${escapeField(access.application)}\t${escapeField(access.department)}\t${escapeField(access.reason)}\t${escapeField(
    access.event,
  )}\t${escapeField(access.sequence)}\t${escapeField(source)}`
}

/** Reads a canonical line back; undefined for any that `writeAccess` would not have written. */
export function readAccess(line: string): (Access & { readonly source: string }) | undefined {
  const fields = line.split('\t')
  if (fields[0] !== 'A' || fields.length < fieldOrder.length + 1) return undefined
  const at = Number(fields[1])
  const flags = Number(fields[7])
  const action = fields[5] as Action
  const outcome = fields[6] as Outcome
  if (!Number.isSafeInteger(at) || !Number.isSafeInteger(flags)) return undefined
  if (!actions.includes(action) || !outcomes.includes(outcome)) return undefined
  const text = (place: number) => unescapeField(fields[place] ?? '')
  return {
    at,
    patient: text(2),
    user: text(3),
    onBehalfOf: text(4),
    action,
    outcome,
    flags,
    purpose: text(8),
    object: text(9),
    workstation: text(10),
    application: text(11),
    department: text(12),
    reason: text(13),
    event: text(14),
    sequence: text(15),
    source: text(16),
  }
}
