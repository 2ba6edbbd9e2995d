/** Whom and what an AuditEvent is about: its entities, and the searches among them. */
import { cleanField, reduceIdentifier } from '../model/identifier.ts'
import { isBreakGlass } from './event-codes.ts'
import { codesOf, type Json, list, nameReference, object, referencedType, text, wordsOf } from './fhir-parts.ts'
import { patientsOfQuery, readQuery } from './fhir-query.ts'

export interface About {
  readonly patients: readonly string[]
  readonly object: string
  readonly reason: string
  readonly isDisclosure: boolean
  readonly isBreakGlass: boolean
}

const resourceTypes = /resource-types$/

export function aboutWhom(event: Json, entities: readonly unknown[]): About {
  const patients: string[] = []
  const queries: string[] = []
  let kind = ''
  let reason = ''
  let isDisclosure = false
  const labels: string[] = []
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
    codesOf(entity['securityLabel'], labels)
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
    isBreakGlass: labels.some(isBreakGlass),
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
