/**
 * What a FHIR AuditEvent tells (STU3, R4, R5 and R6, and the profiles of IHE BALP): values of any JSON, however wrong their
 * types, to accesses.
 *
 * - Time: when it occurred, else when it was recorded.
 * - User: the human requestor's identifier, else altId, reference, name, display; with no human, the program, flagged.
 * - Patients: entities in the role of patient, of type person or patient, or that are a Patient; R5's `patient`; else those that
 *   a query asks for. Each is an access of its own.
 * - Break-glass is the purpose BTG ("break the glass") and its like in codes and labels, and DICOM's emergency override. ETREAT
 *   is not: it is the everyday purpose of an emergency department.
 * - Programs that start, stop or configure themselves are nobody's access, unless a patient is named.
 */
import { type Access, type Action, flag, type Outcome } from '../model/access.ts'
import { cleanField, reduceIdentifier } from '../model/identifier.ts'
import { checkClock, readIsoTime, type Zone, zoneOf } from './clock.ts'
import { chooseAction, choosePurpose, isActivity, isBreakGlass, outcomeOf, wide } from './event-codes.ts'
import { type Who, whoOf } from './fhir-agents.ts'
import { aboutWhom } from './fhir-entities.ts'
import { codesOf, type Json, list, nameReference, object, text, wordsOf } from './fhir-parts.ts'
import type { ReadOptions } from './format.ts'

export type Extracted = readonly Access[] | { readonly reason: string }

/** What an event says of who did it and of its kind: each depends on some of its members only, so that it may be remembered. */
export interface Parts {
  who(event: Json): Who
  kind(event: Json): Kind
}

export const parts: Parts = { who: whoOf, kind: kindOf }

export interface Kind {
  readonly action: Action
  readonly isActivity: boolean
  readonly outcome: Outcome
  readonly purpose: string
  readonly isBreakGlass: boolean
  readonly application: string
  readonly site: string
  readonly reason: string
}

function kindOf(event: Json): Kind {
  const codes: string[] = []
  codesOf(event['subtype'], codes)
  codesOf(event['code'], codes)
  codesOf(event['type'], codes)
  codesOf(event['category'], codes)
  const purposes: string[] = []
  codesOf(event['purposeOfEvent'], purposes)
  codesOf(event['authorization'], purposes)
  const labels: string[] = []
  codesOf(object(event['meta'])?.['security'], labels)
  const source = object(event['source'])
  return {
    action: chooseAction(codes, text(event['action'])),
    isActivity: isActivity(codes),
    outcome: outcomeOf(outcomeCode(event['outcome'])),
    purpose: choosePurpose(purposes),
    isBreakGlass: [codes, purposes, labels].some((all) => all.some(isBreakGlass)),
    application: applicationOf(source),
    site: siteOf(source?.['site']),
    reason: wordsOf(event['purposeOfEvent']) || wordsOf(event['authorization']),
  }
}

/** Reads one event; `from` may remember what came before. */
export function readAuditEvent(value: unknown, options: ReadOptions, from: Parts = parts): Extracted {
  const event = object(value)
  if (event === undefined) return { reason: 'It is not a FHIR resource.' }
  if (event['resourceType'] !== 'AuditEvent')
    return { reason: 'It is a FHIR resource of another kind than AuditEvent.' }
  const said = timeOf(event, zoneOf(options.zone))
  if (said === undefined) return { reason: 'The event has no time that can be read.' }
  const clock = checkClock(said, options.receivedAt)

  const kind = from.kind(event)
  const who = from.who(event)
  const entities = list(event['entity'])
  const about = aboutWhom(event, entities)
  const action = about.isDisclosure ? 'disclose' : kind.action
  const isSign = action === 'sign-in' || action === 'sign-out'
  const isOfNobody = about.patients.length === 0 && !isSign
  if (isOfNobody && kind.isActivity && !isRead(action)) return []
  if (isOfNobody && who.user === '' && entities.length === 0) return []

  let flags = clock.flags | (who.isMachine ? flag.machine : 0)
  if (kind.isBreakGlass || who.isBreakGlass || about.isBreakGlass) flags |= flag.breakGlass
  if (about.patients.length === 0 && wide.has(action)) flags |= flag.unresolved
  const isBroken = isBreakGlass(kind.purpose)
  const base: Access = {
    at: clock.at,
    patient: about.patients[0] ?? '',
    user: who.user,
    onBehalfOf: who.onBehalfOf,
    action,
    outcome: kind.outcome,
    flags,
    purpose: (isBroken ? kind.purpose : who.purpose) || kind.purpose,
    object: isSign ? '' : about.object,
    workstation: who.workstation,
    application: kind.application || who.application,
    department: who.department || kind.site,
    reason: cleanField(who.reason || kind.reason || about.reason),
    event: cleanField(text(event['id'])),
    sequence: '',
  }
  if (about.patients.length <= 1) return [base]
  return about.patients.map((patient) => ({ ...base, patient }))
}

const isRead = (action: Action) => action !== 'execute' && action !== 'other'

function timeOf(event: Json, zone: Zone): number | undefined {
  const period = object(event['occurredPeriod']) ?? object(event['period'])
  const occurred = text(event['occurredDateTime']) || text(period?.['start']) || text(period?.['end'])
  const recorded = text(event['recorded'])
  // A day alone is no time; the record of the event is nearer to it.
  const first = occurred.includes('T') ? readIsoTime(occurred, zone) : undefined
  return first ?? readIsoTime(recorded, zone) ?? readIsoTime(occurred, zone)
}

function outcomeCode(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  const code = object(value)?.['code']
  return text(code) || text(object(code)?.['code']) || text(object(list(object(value)?.['coding'])[0])?.['code'])
}

function applicationOf(source: Json | undefined): string {
  const observer = source?.['observer'] ?? source?.['identifier']
  const named = nameReference(observer, 'display') || text(object(observer)?.['value'])
  return reduceIdentifier(named)
}

const siteOf = (site: unknown) => cleanField(text(site) || nameReference(site, 'display'))
