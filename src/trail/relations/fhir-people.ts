/**
 * Patients and practitioners of FHIR. A patient has one record for each identifier that accesses may name them by: the resource's
 * id is the principal, the others (record numbers, not social security or passport numbers) are the `same`. A practitioner has one
 * for each login: the id, the NPI and other identifiers, all of the same `person`.
 */
import type { Day } from '#platform/days.ts'
import { isTrue, type Json, list, object, text } from '../formats/fhir-parts.ts'
import { type Patient, unknownPatient, unknownWorker, type Worker } from '../model/relation.ts'
import { joinName } from '../model/words.ts'
import type { DayReader } from './day-reader.ts'
import type { Directory, Role } from './fhir-references.ts'

const npiSystem = 'http://hl7.org/fhir/sid/us-npi'
/** Kinds of identifier (HL7 table 0203) that no system of records goes by. */
export const foreignIdentifiers = new Set([
  'SS', 'SB', 'DL', 'PPN', 'TAX', 'NIIP', 'BC', 'BCT', 'DR', 'CZ', 'AN', 'VN', 'AC', 'BA', 'BC', 'MC', 'MA', 'CC', 'PNT', 'DEA', 'MD', 'LN', 'SL', 'UPIN', 'TN',
]) // biome-ignore format: a table reads better in rows
const foreignSystems = /ssn|passport|driver|licen[cs]e|tax|2\.16\.840\.1\.113883\.4\.(1|3\.)/i

export function readPatient(resource: Json, days: DayReader, receivedAt: number): Patient[] {
  const names = identifiersOf(resource)
  const [principal] = names
  if (principal === undefined) return []
  const isDead = isTrue(resource['deceasedBoolean'])
  const diedOn = days.iso(text(resource['deceasedDateTime'])) ?? (isDead ? days.at(receivedAt) : null)
  const known = {
    ...unknownPatient,
    ...contactsOf(resource, ['home', 'temp', 'mobile', '']),
    record: 'patient' as const,
    bornOn: wholeDay(text(resource['birthDate'])),
    diedOn,
    isWatched: list(object(resource['meta'])?.['security']).some((label) =>
      isWatchLabel(text(object(label)?.['code'])),
    ),
  }
  return names.map((name) =>
    name === principal ? { ...known, patient: name } : { ...known, patient: name, same: principal },
  )
}

/** Labels of security (ActCode) for those whose records draw looks: celebrities, and VIPs. */
const isWatchLabel = (code: string) => code === 'CEL' || code === 'VIP'

export function readPractitioner(resource: Json, directory: Directory, days: DayReader): Worker[] {
  const logins = identifiersOf(resource)
  const [id] = logins
  if (id === undefined) return []
  const npi = list(resource['identifier'])
    .map(object)
    .find((one) => text(one?.['system']) === npiSystem)
  const roles = directory.rolesOf(id)
  const role = roles.find((one) => one.to === '') ?? roles.at(-1)
  const hasLeft = roles.length > 0 && roles.every((one) => one.to !== '')
  const left = roles.map((one) => days.iso(one.to)).reduce(later, undefined)
  const known = {
    ...unknownWorker,
    ...contactsOf(resource, homes),
    record: 'worker' as const,
    person: text(npi?.['value']) || id,
    department: role?.department ?? '',
    role: role?.role ?? '',
    bornOn: wholeDay(text(resource['birthDate'])),
    hiredOn: roles.map((one) => days.iso(one.from)).reduce(earlier, undefined) ?? null,
    leftOn: hasLeft ? (left ?? null) : null,
  }
  return [...logins, ...roles.map((one) => one.id)].map((login) => ({ ...known, login }))
}

/** Of a role whose practitioner was not told of: all that is known of them. */
export function readRole(role: Role, days: DayReader): Worker[] {
  const known = {
    ...unknownWorker,
    record: 'worker' as const,
    person: role.practitioner,
    department: role.department,
    role: role.role,
    hiredOn: days.iso(role.from) ?? null,
    leftOn: days.iso(role.to) ?? null,
  }
  return [role.practitioner, role.id].filter((login) => login !== '').map((login) => ({ ...known, login }))
}

const later = (one: Day | undefined, other: Day | undefined) => (one && (!other || one > other) ? one : other)
const earlier = (one: Day | undefined, other: Day | undefined) => (one && (!other || one < other) ? one : other)

const wholeDay = (written: string) =>
  /^\d{4}-\d{2}-\d{2}$/.test(written) && !Number.isNaN(Date.parse(written)) ? written : null

/** The id first, then what else it goes by, each once. */
function identifiersOf(resource: Json): string[] {
  const others = list(resource['identifier']).map(object).filter(isOwn)
  const values = [text(resource['id']), ...others.map((one) => text(one?.['value']).trim())]
  return [...new Set(values)].filter((value) => value !== '')
}

function isOwn(identifier: Json | undefined): boolean {
  if (!identifier || text(identifier['use']) === 'old') return false
  const codes = list(object(identifier['type'])?.['coding']).map((coding) => text(object(coding)?.['code']))
  return !codes.some((code) => foreignIdentifiers.has(code)) && !foreignSystems.test(text(identifier['system']))
}

/** Where a practitioner is reached is their place of work unless it says home: nobody's neighbours. */
const homes = ['home', 'mobile']

function contactsOf(resource: Json, uses: readonly string[]) {
  const names = list(resource['name']).map(object)
  const current = names.filter((one) => text(one?.['use']) !== 'old')
  const name = current.find((one) => text(one?.['use']) === 'official') ?? current[0] ?? names[0]
  const address = firstUse(resource['address'], uses)
  const phones = list(resource['telecom']).filter((one) => ['phone', 'sms', ''].includes(text(object(one)?.['system'])))
  const family = text(name?.['family']) || list(name?.['family']).map(text).join(' ')
  const joined = joinName(family, text(list(name?.['given'])[0]))
  return {
    name: joined || text(name?.['text']),
    street: list(address?.['line']).map(text).join(' ').trim(),
    place: text(address?.['postalCode']) || text(address?.['city']),
    phone: text(firstUse(phones, uses)?.['value']),
  }
}

/** Of several the one whose use stands first in the list; '' is none said. */
function firstUse(values: unknown, uses: readonly string[]): Json | undefined {
  const items = list(values).map(object)
  for (const use of uses) {
    const found = items.find((one) => one && text(one['use']) === use)
    if (found) return found
  }
  return undefined
}
