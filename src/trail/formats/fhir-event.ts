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
import { readIsoTime, zoneOf } from './clock.ts'
import {
  codesOf,
  isHuman,
  isTrue,
  type Json,
  list,
  nameReference,
  object,
  referencedType,
  text,
  wordsOf,
} from './fhir-parts.ts'
import { patientsOfQuery, readQuery } from './fhir-query.ts'
import { clockSlackMs, earliestMs, type ReadOptions } from './format.ts'

export type Extracted = readonly Access[] | { readonly reason: string }

const activities = new Set(['110100', '110101', '110108', '110113', '110128', '110129', '110130', '110131', '110137'])
const breakGlass = /^(?:BTG|110127|110138|BREAK[-_ ]?(?:THE[-_ ]?)?GLASS|EMERGENCY[-_ ]?(?:OVERRIDE|ACCESS))$/i
const actionOfLetter: Readonly<Record<string, Action>> = {
  C: 'create',
  R: 'read',
  U: 'update',
  D: 'delete',
  E: 'execute',
}
const actionOfCode: Readonly<Record<string, Action>> = {
  '110122': 'sign-in',
  '110123': 'sign-out',
  login: 'sign-in',
  logout: 'sign-out',
  disclosure: 'disclose',
  disclose: 'disclose',
  '110106': 'export',
  export: 'export',
  '110107': 'create',
  '110105': 'delete',
  '110112': 'query',
  read: 'read',
  vread: 'read',
  history: 'read',
  'history-instance': 'read',
  'history-type': 'read',
  'history-system': 'read',
  search: 'query',
  'search-type': 'query',
  'search-system': 'query',
  'search-compartment': 'query',
  create: 'create',
  update: 'update',
  patch: 'update',
  delete: 'delete',
  'delete-conditional-single': 'delete',
  'delete-conditional-multiple': 'delete',
  'delete-history': 'delete',
  print: 'print',
}
/** Which of several that a message names is the one: what left the house matters more than how it was asked for. */
const ranks: readonly Action[] = ['sign-in', 'sign-out', 'disclose', 'print', 'export', 'query']
/** What may show patients without naming them. */
const wide = new Set<Action>(['query', 'export', 'print', 'disclose'])

export function chooseAction(codes: readonly string[], letter: string): Action {
  let chosen: Action | undefined
  for (const code of codes) {
    const action = actionOfCode[code] ?? actionOfCode[code.toLowerCase()]
    if (action === undefined) continue
    const isStronger = chosen === undefined || (rankOf(action) < rankOf(chosen) && ranks.includes(action))
    if (isStronger) chosen = action
  }
  return chosen ?? actionOfLetter[letter.toUpperCase()] ?? 'other'
}

function rankOf(action: Action): number {
  const rank = ranks.indexOf(action)
  return rank === -1 ? ranks.length : rank
}

export const isBreakGlass = (code: string) => breakGlass.test(code)

/** Tells whether an event of these codes is of a system, not of a record. */
export const isActivity = (codes: readonly string[]) => codes.some((code) => activities.has(code))

const successes = new Set(['0', 'success', 'information', 'warning'])
const failures = new Set(['4', '8', '12', 'error', 'fatal', 'failure'])

export function outcomeOf(code: string): Outcome {
  if (successes.has(code)) return 'success'
  return failures.has(code) ? 'failure' : 'unknown'
}

/** Where the source's clock cannot be right, the time is that of the receipt, and the flag says so. */
export function checkClock(at: number, receivedAt: number): { readonly at: number; readonly flags: number } {
  const isRight = at <= receivedAt + clockSlackMs && at >= earliestMs
  return isRight ? { at, flags: 0 } : { at: receivedAt, flags: flag.clock }
}

export function readAuditEvent(value: unknown, options: ReadOptions): Extracted {
  const event = object(value)
  if (event === undefined) return { reason: 'It is not a FHIR resource.' }
  if (event['resourceType'] !== 'AuditEvent')
    return { reason: 'It is a FHIR resource of another kind than AuditEvent.' }
  const said = timeOf(event, options)
  if (said === undefined) return { reason: 'The event has no time that can be read.' }
  const clock = checkClock(said, options.receivedAt)

  const codes: string[] = []
  codesOf(event['subtype'], codes)
  codesOf(event['code'], codes)
  codesOf(event['type'], codes)
  codesOf(event['category'], codes)
  const entities = list(event['entity'])
  let action = chooseAction(codes, text(event['action']))

  const who = whoOf(event)
  const about = aboutWhom(event, entities)
  if (about.isDisclosure && action !== 'disclose') action = 'disclose'
  const isSign = action === 'sign-in' || action === 'sign-out'
  if (about.patients.length === 0 && !isSign && (isActivity(codes) || who.user === '')) {
    if (isActivity(codes) && !isRead(action)) return []
    if (who.user === '' && entities.length === 0) return []
  }

  let purpose = who.purpose
  const labels: string[] = []
  for (const key of ['purposeOfEvent', 'authorization']) codesOf(event[key], labels)
  if (purpose === '' || labels.some(isBreakGlass)) purpose = choosePurpose(labels) || purpose
  const hints = [...codes, ...labels, ...who.purposes]
  codesOf(object(event['meta'])?.['security'], hints)
  for (const entity of entities) codesOf(object(entity)?.['securityLabel'], hints)

  let flags = clock.flags | (who.isMachine ? flag.machine : 0)
  if (hints.some(isBreakGlass)) flags |= flag.breakGlass
  if (about.patients.length === 0 && wide.has(action)) flags |= flag.unresolved

  const source = object(event['source'])
  const base: Access = {
    at: clock.at,
    patient: '',
    user: who.user,
    onBehalfOf: who.onBehalfOf,
    action,
    outcome: outcomeOf(outcomeCode(event['outcome'])),
    flags,
    purpose,
    object: isSign ? '' : about.object,
    workstation: who.workstation,
    application: applicationOf(source) || who.application,
    department: who.department || siteOf(source?.['site']),
    reason: cleanField(
      who.reason || wordsOf(event['purposeOfEvent']) || wordsOf(event['authorization']) || about.reason,
    ),
    event: cleanField(text(event['id'])),
    sequence: '',
  }
  if (about.patients.length === 0) return [base]
  const accesses: Access[] = []
  for (const patient of about.patients)
    accesses.push(accesses.length === 0 ? { ...base, patient } : { ...base, patient })
  return accesses
}

const isRead = (action: Action) => action !== 'execute' && action !== 'other'

function timeOf(event: Json, options: ReadOptions): number | undefined {
  const zone = zoneOf(options.zone)
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

function choosePurpose(codes: readonly string[]): string {
  return cleanField((codes.find(isBreakGlass) ?? codes[0] ?? '').toUpperCase())
}

interface Who {
  readonly user: string
  readonly onBehalfOf: string
  readonly isMachine: boolean
  readonly workstation: string
  readonly application: string
  readonly department: string
  readonly purpose: string
  readonly purposes: readonly string[]
  readonly reason: string
}

const delegators = new Set(['DELEGATOR', 'GRANTOR', 'RESPRSN'])
/** Who acts for whom in the Swiss and other national records: assistants and technical users for a professional, representatives
 * for the patient. */
const deputies: Readonly<Record<string, string>> = { ASS: 'HCP', TCU: 'HCP', REP: 'PAT' }

function whoOf(event: Json): Who {
  const agents = list(event['agent'])
  let chosen: Json | undefined
  let isChosenHuman = false
  let rank = 0
  const chosenCodes: string[] = []
  let machineAddress = ''
  let application = ''
  let delegator: Json | undefined
  const roles: { readonly agent: Json; readonly codes: readonly string[] }[] = []
  for (const item of agents) {
    const agent = object(item)
    if (agent === undefined) continue
    const codes: string[] = []
    codesOf(agent['type'], codes)
    codesOf(agent['role'], codes)
    roles.push({ agent, codes })
    const isRequestor = isTrue(agent['requestor'])
    const human = isHuman(agent, codes, isRequestor)
    if (!isRequestor && codes.some((code) => delegators.has(code))) {
      delegator = agent
      continue
    }
    const isClient = codes.includes('110150') || codes.includes('110153')
    const value = (human ? 4 : 0) + (isRequestor ? 2 : 0) + (isClient ? 1 : 0) + 1
    if (!human) {
      const address = addressOf(agent)
      if (address !== '' && machineAddress === '') machineAddress = address
      if (isClient && application === '') application = nameAgent(agent)
    }
    if (value > rank) {
      chosen = agent
      isChosenHuman = human
      rank = value
      chosenCodes.length = 0
      chosenCodes.push(...codes)
    }
  }
  if (chosen === undefined) {
    return {
      user: '',
      onBehalfOf: '',
      isMachine: false,
      workstation: '',
      application: '',
      department: '',
      purpose: '',
      purposes: [],
      reason: '',
    }
  }
  const purposes: string[] = []
  codesOf(chosen['purposeOfUse'], purposes)
  codesOf(chosen['authorization'], purposes)
  return {
    user: nameAgent(chosen),
    onBehalfOf: behalfOf(chosen, chosenCodes, delegator, roles),
    isMachine: !isChosenHuman,
    workstation: addressOf(chosen) || machineAddress,
    application,
    department: nameReference(chosen['location'], 'display'),
    purpose: choosePurpose(purposes),
    purposes,
    reason: wordsOf(chosen['purposeOfUse']) || wordsOf(chosen['authorization']),
  }
}

function behalfOf(
  agent: Json,
  codes: readonly string[],
  delegator: Json | undefined,
  roles: readonly { readonly agent: Json; readonly codes: readonly string[] }[],
): string {
  for (const item of list(agent['extension'])) {
    const extension = object(item)
    if (extension === undefined || !/on-?behalf-?of$/i.test(text(extension['url']))) continue
    const named =
      nameReference(extension['valueReference'], 'identifier') ||
      text(object(extension['valueIdentifier'])?.['value']) ||
      text(extension['valueString'])
    if (named !== '') return reduceIdentifier(named)
  }
  if (delegator !== undefined) return nameAgent(delegator)
  for (const code of codes) {
    const principal = deputies[code]
    const found = principal === undefined ? undefined : roles.find((role) => role.codes.includes(principal))
    if (found !== undefined && found.agent !== agent) return nameAgent(found.agent)
  }
  return ''
}

/** The login by which the organisation would know this agent, or the nearest to it. */
function nameAgent(agent: Json): string {
  const who = object(agent['who']) ?? object(agent['reference'])
  const found =
    text(object(who?.['identifier'])?.['value']) ||
    text(object(agent['userId'])?.['value']) ||
    text(agent['altId']) ||
    text(who?.['reference']) ||
    text(agent['name']) ||
    text(who?.['display'])
  return reduceIdentifier(found)
}

function addressOf(agent: Json): string {
  const network = object(agent['network'])
  // A type of 5 is a URI: the address of a service, not of a place where somebody sits.
  const address =
    network !== undefined && text(network['type']) !== '5' ? text(network['address']) : text(agent['networkString'])
  const found = address || nameReference(agent['networkReference'], 'display')
  return found.includes('://') ? '' : cleanField(found)
}

function applicationOf(source: Json | undefined): string {
  const observer = source?.['observer'] ?? source?.['identifier']
  const named = nameReference(observer, 'display') || text(object(observer)?.['value'])
  return reduceIdentifier(named)
}

const siteOf = (site: unknown) => cleanField(text(site) || nameReference(site, 'display'))

interface About {
  readonly patients: readonly string[]
  readonly object: string
  readonly reason: string
  readonly isDisclosure: boolean
}

const resourceTypes = /resource-types$/

function aboutWhom(event: Json, entities: readonly unknown[]): About {
  const patients: string[] = []
  const queries: string[] = []
  let kind = ''
  let reason = ''
  let isDisclosure = false
  const add = (name: string) => {
    // A search of a thousand patients names each once; only short lists are worth looking through one by one.
    if (name !== '' && (patients.length > 8 || !patients.includes(name))) patients.push(name)
  }
  for (const item of entities) {
    const entity = object(item)
    if (entity === undefined) continue
    const what = object(entity['what']) ?? object(entity['reference'])
    const type = referencedType(what)
    if (isPatientEntity(entity, type)) {
      for (const name of namesOfPatient(what ?? object(entity['identifier']), entity)) add(name)
    } else if (kind === '') {
      const coding = object(entity['type'])
      kind =
        type !== 'Bundle' && type !== ''
          ? type
          : resourceTypes.test(text(coding?.['system']))
            ? text(coding?.['code'])
            : ''
    }
    if (typeof entity['query'] === 'string') queries.push(entity['query'])
    if (reason === '') reason = reasonOf(entity)
    if (text(object(entity['lifecycle'])?.['code']) === '11') isDisclosure = true
  }
  add(namePatient(event['patient']))
  for (const raw of queries) {
    const query = readQuery(raw)
    if (patients.length === 0) for (const name of patientsOfQuery(query)) add(name)
    if (kind === '') kind = query.object
  }
  if (kind === '' && patients.length > 0) kind = 'Patient'
  return {
    patients: patients.length > 8 ? [...new Set(patients)] : patients,
    object: cleanField(kind),
    reason,
    isDisclosure,
  }
}

function isPatientEntity(entity: Json, type: string): boolean {
  if (type !== '') return type === 'Patient'
  const role: string[] = []
  codesOf(entity['role'], role)
  if (role.includes('1') || role.includes('Patient')) return true
  const coding = object(entity['type'])
  const code = text(coding?.['code'])
  return code === 'Patient' || (code === '1' && role.length === 0 && !resourceTypes.test(text(coding?.['system'])))
}

function namesOfPatient(what: Json | undefined, entity: Json): readonly string[] {
  const found =
    text(what?.['reference']) ||
    text(object(what?.['identifier'])?.['value']) ||
    text(what?.['value']) ||
    text(object(entity['identifier'])?.['value'])
  return reduceAll(found)
}

/** HL7 repeats a field with `~`: other names of the same patient, by each of which the access must be found. */
export function reduceAll(text: string): readonly string[] {
  if (!text.includes('^') || !text.includes('~')) return [reduceIdentifier(text)]
  return text.split('~').map(reduceIdentifier)
}

const namePatient = (value: unknown) => reduceIdentifier(nameReference(value, 'reference'))

const reasons = /reason|justif|comment|explanation/i

function reasonOf(entity: Json): string {
  for (const item of list(entity['detail'])) {
    const detail = object(item)
    const type = detail?.['type']
    const kind = text(type) || wordsOf(type)
    if (detail !== undefined && reasons.test(kind)) return text(detail['valueString']) || text(detail['value'])
  }
  return ''
}
