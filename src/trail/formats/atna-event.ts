/**
 * What an audit message of DICOM PS3.15 (A.5) or RFC 3881 tells: XML elements to accesses. The user is the human requestor; where
 * only systems take part (as in most IHE transactions) it is the system that asked, flagged as a machine.
 */
import { type Access, flag } from '../model/access.ts'
import { cleanField, reduceIdentifier } from '../model/identifier.ts'
import { checkClock, readIsoTime, zoneOf } from './clock.ts'
import { chooseAction, isActivity, isBreakGlass, outcomeOf, wide } from './event-codes.ts'
import { reduceAll } from './fhir-entities.ts'
import type { Extracted } from './fhir-event.ts'
import { patientsOfQuery, readQuery } from './fhir-query.ts'
import type { ReadOptions } from './format.ts'
import type { Element } from './xml-grammar.ts'

const machineRoles = new Set(['110150', '110151', '110152', '110153', '110154', '110155'])

const attribute = (element: Element | undefined, name: string) => element?.attributes[name] ?? ''
const isTrue = (text: string) => text === 'true' || text === '1'

/** DICOM writes `csd-code` and `originalText`, RFC 3881 `code` and `displayName`. */
const codeOf = (element: Element | undefined) => attribute(element, 'csd-code') || attribute(element, 'code')
const wordsOf = (element: Element | undefined) =>
  attribute(element, 'originalText') || attribute(element, 'displayName') || codeOf(element)

function childrenOf(element: Element, name: string): Element[] {
  return element.children.filter((child) => child.name === name)
}

const childOf = (element: Element, name: string) => element.children.find((child) => child.name === name)

export function readAuditMessage(root: Element, options: ReadOptions): Extracted {
  if (root.name !== 'AuditMessage') return { reason: 'It is not an audit message.' }
  const event = childOf(root, 'EventIdentification')
  if (event === undefined) return { reason: 'The message does not say what happened.' }
  const said = readIsoTime(attribute(event, 'EventDateTime').trim(), zoneOf(options.zone))
  if (said === undefined) return { reason: 'The event has no time that can be read.' }
  const clock = checkClock(said, options.receivedAt)

  const kind = childOf(event, 'EventID')
  const types = childrenOf(event, 'EventTypeCode')
  const codes = [...types.map(codeOf), codeOf(kind)]
  const action = chooseAction(codes, attribute(event, 'EventActionCode'))
  const isSign = action === 'sign-in' || action === 'sign-out'
  const who = whoOf(root)
  const about = aboutWhom(root)
  if (about.patients.length === 0 && !isSign && (isActivity(codes) || (who.user === '' && about.count === 0))) return []

  const purposes = childrenOf(event, 'PurposeOfUse')
  const purpose = purposes.map(codeOf).find(isBreakGlass) ?? codeOf(purposes[0])
  let flags = clock.flags | (who.isMachine ? flag.machine : 0)
  if (isBreakGlass(purpose) || codes.some(isBreakGlass)) flags |= flag.breakGlass
  if (about.patients.length === 0 && wide.has(action)) flags |= flag.unresolved
  const source = childOf(root, 'AuditSourceIdentification')
  const base: Access = {
    at: clock.at,
    patient: '',
    user: who.user,
    onBehalfOf: who.onBehalfOf,
    action,
    outcome: outcomeOf(attribute(event, 'EventOutcomeIndicator')),
    flags,
    purpose: cleanField(purpose.toUpperCase()),
    object: isSign ? '' : cleanField(about.object || wordsOf(types[0]) || wordsOf(kind)),
    workstation: who.workstation,
    // RFC 3881 and early DICOM differ in the case of this name.
    application: cleanField(attribute(source, 'AuditSourceID') || attribute(source, 'code')),
    department: cleanField(attribute(source, 'AuditEnterpriseSiteID')),
    reason: cleanField(who.reason || about.reason),
    event: '',
    sequence: '',
  }
  if (about.patients.length === 0) return [base]
  return about.patients.map((patient) => ({ ...base, patient }))
}

interface Who {
  readonly user: string
  readonly onBehalfOf: string
  readonly isMachine: boolean
  readonly workstation: string
  readonly reason: string
}

function whoOf(root: Element): Who {
  let chosen: Element | undefined
  let isMachine = false
  let rank = 0
  let machineAddress = ''
  let delegator = ''
  for (const participant of root.children) {
    if (participant.name !== 'ActiveParticipant') continue
    const roles = childrenOf(participant, 'RoleIDCode').map(codeOf)
    const machine = roles.some((role) => machineRoles.has(role))
    const isRequestor = isTrue(attribute(participant, 'UserIsRequestor'))
    if (!isRequestor && roles.some((role) => role === 'DELEGATOR' || role === 'GRANTOR')) {
      delegator = nameOf(participant)
      continue
    }
    const isSource = roles.includes('110153') || roles.includes('110150')
    const address = addressOf(participant)
    if (machine && isSource && machineAddress === '') machineAddress = address
    // Of those who asked, a person before a system; whom it went to did not do it, though only they have a name.
    const value =
      (isRequestor ? 8 : 0) + (machine ? 0 : 4) + (nameOf(participant) === '' ? 0 : 2) + (isSource ? 1 : 0) + 1
    if (value > rank) {
      chosen = participant
      isMachine = machine
      rank = value
    }
  }
  if (chosen === undefined) return { user: '', onBehalfOf: '', isMachine: false, workstation: '', reason: '' }
  return {
    user: nameOf(chosen),
    onBehalfOf: delegator,
    isMachine,
    workstation: addressOf(chosen) || machineAddress,
    reason: attribute(childOf(chosen, 'PurposeOfUse'), 'originalText'),
  }
}

/** The alternative of a system is the number of its process: no name at all. */
function nameOf(participant: Element): string {
  const user = attribute(participant, 'UserID')
  const alternative = attribute(participant, 'AlternativeUserID')
  const isProcess = childrenOf(participant, 'RoleIDCode').some((role) => machineRoles.has(codeOf(role)))
  const named = user === '' ? (isProcess ? '' : alternative) || attribute(participant, 'UserName') : user
  // IHE's assertion of a user: alias<user@issuer>.
  const asserted = /^([^<]*)<([^@>]+)@[^>]*>$/.exec(named)
  return reduceIdentifier(asserted === null ? named : asserted[1] || asserted[2] || named)
}

/** A network address of type 5 is a URI, one of 3 a telephone. */
function addressOf(participant: Element): string {
  const address = attribute(participant, 'NetworkAccessPointID')
  const isUri = attribute(participant, 'NetworkAccessPointTypeCode') === '5' || address.includes('://')
  return isUri ? '' : cleanField(address)
}

interface About {
  readonly patients: readonly string[]
  readonly object: string
  readonly reason: string
  readonly count: number
}

function aboutWhom(root: Element): About {
  const patients = new Set<string>()
  let object = ''
  let reason = ''
  let count = 0
  const queries: string[] = []
  for (const part of root.children) {
    if (part.name !== 'ParticipantObjectIdentification') continue
    count += 1
    const role = attribute(part, 'ParticipantObjectTypeCodeRole')
    const isPerson = attribute(part, 'ParticipantObjectTypeCode') === '1'
    if (isPerson && (role === '1' || role === '')) {
      for (const name of reduceAll(attribute(part, 'ParticipantObjectID'))) if (name !== '') patients.add(name)
    } else if (role === '24') {
      queries.push(childOf(part, 'ParticipantObjectQuery')?.text ?? '')
    } else if (object === '') object = wordsOf(childOf(part, 'ParticipantObjectIDTypeCode'))
    if (reason === '') reason = reasonOf(part)
  }
  if (patients.size === 0) {
    for (const query of queries) for (const name of patientsOfQuery(readQuery(query))) patients.add(name)
  }
  return { patients: [...patients], object, reason, count }
}

function reasonOf(part: Element): string {
  for (const detail of part.children) {
    if (detail.name !== 'ParticipantObjectDetail' || !/reason|justif/i.test(attribute(detail, 'type'))) continue
    return Buffer.from(attribute(detail, 'value'), 'base64').toString('utf8')
  }
  return ''
}
