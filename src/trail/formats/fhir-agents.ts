/** Who did what an AuditEvent tells, and for whom, from where and why. */
import { cleanField, reduceIdentifier } from '../model/identifier.ts'
import { choosePurpose, isBreakGlass } from './event-codes.ts'
import { codesOf, isHuman, isTrue, type Json, list, nameReference, object, text, wordsOf } from './fhir-parts.ts'

export interface Who {
  readonly user: string
  readonly onBehalfOf: string
  readonly isMachine: boolean
  readonly workstation: string
  readonly application: string
  readonly department: string
  readonly purpose: string
  readonly isBreakGlass: boolean
  readonly reason: string
}

const delegators = new Set(['DELEGATOR', 'GRANTOR', 'RESPRSN'])
/** Who acts for whom in national records: assistants and technical users for a professional, representatives for the patient. */
const deputies = new Map([
  ['ASS', 'HCP'],
  ['TCU', 'HCP'],
  ['REP', 'PAT'],
])

export function whoOf(event: Json): Who {
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
      isBreakGlass: false,
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
    department: cleanField(nameReference(chosen['location'], 'display')),
    purpose: choosePurpose(purposes),
    isBreakGlass: purposes.some(isBreakGlass),
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
    const principal = deputies.get(code)
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
