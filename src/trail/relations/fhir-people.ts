/**
 * Patients and practitioners of FHIR. A patient has one record for each identifier that accesses may name them by: the resource's
 * id is the principal, the others (record numbers, not social security or passport numbers) are the `same`. A practitioner has one
 * for each login: the id, the NPI and other identifiers, all of the same `person`.
 */
import type { Day } from '#platform/days.ts'
import { isTrue, type Json, list, object, text } from '../formats/fhir-parts.ts'
import { cutField } from '../model/identifier.ts'
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

/** What the roles of a practitioner say of them. */
interface Post {
  readonly department: string
  readonly role: string
  readonly hiredOn: Day | null
  readonly leftOn: Day | null
}

interface Practitioner {
  readonly post: Post
  /** All but the login, which are the practitioner's own and those of the roles. */
  readonly worker: Omit<Worker, 'login'>
  readonly logins: readonly string[]
  readonly roles: readonly string[]
}

/**
 * The practitioners of a stretch, of which all roles have been noted before the first is read. All logins of a practitioner say the
 * same, and so does each of their roles: the first resource about them tells of all, any other of what it brings itself.
 */
export class Practitioners {
  readonly #directory: Directory
  readonly #days: DayReader
  readonly #known = new Map<string, Practitioner>()

  constructor(directory: Directory, days: DayReader) {
    this.#directory = directory
    this.#days = days
  }

  read(resource: Json): Worker[] {
    const logins = identifiersOf(resource)
    const [id] = logins
    if (id === undefined) return []
    const isFirst = !this.#known.has(id)
    // Where several are of one id, the roles go by the last.
    const { worker, roles, post } = this.#know(id, this.#directory.practitioner(id) ?? resource)
    const own = workerOf(resource, id, post)
    const ofRoles = isFirst ? roles.map((login) => ({ ...worker, login })) : []
    return [...logins.map((login) => ({ ...own, login })), ...ofRoles]
  }

  readRole(role: Role): Worker[] {
    const id = role.practitioner
    const resource = this.#directory.practitioner(id)
    if (!resource) return readRole(role, this.#days)
    const isFirst = !this.#known.has(id)
    const { worker, logins, roles } = this.#know(id, resource)
    return (isFirst ? [...logins, ...roles] : [role.id || id]).map((login) => ({ ...worker, login }))
  }

  #know(id: string, resource: Json): Practitioner {
    const known = this.#known.get(id)
    if (known) return known
    const roles = this.#directory.rolesOf(id)
    const post = postOf(roles, this.#days)
    const practitioner = {
      post,
      worker: workerOf(resource, id, post),
      logins: identifiersOf(resource),
      roles: roles.map((role) => role.id).filter((login) => login !== ''),
    }
    this.#known.set(id, practitioner)
    return practitioner
  }
}

function postOf(roles: readonly Role[], days: DayReader): Post {
  const role = roles.find((one) => one.to === '') ?? roles.at(-1)
  const hasLeft = roles.length > 0 && roles.every((one) => one.to !== '')
  const left = roles.map((one) => days.iso(one.to)).reduce(later, undefined)
  return {
    department: role?.department ?? '',
    role: role?.role ?? '',
    hiredOn: roles.map((one) => days.iso(one.from)).reduce(earlier, undefined) ?? null,
    leftOn: hasLeft ? (left ?? null) : null,
  }
}

/** All of the worker but the login. */
function workerOf(resource: Json, id: string, post: Post): Omit<Worker, 'login'> {
  const npi = list(resource['identifier'])
    .map(object)
    .find((one) => text(one?.['system']) === npiSystem)
  return {
    ...unknownWorker,
    ...contactsOf(resource, homes),
    record: 'worker' as const,
    person: cutField(text(npi?.['value']) || id),
    ...post,
    bornOn: wholeDay(text(resource['birthDate'])),
  }
}

/** Of a role whose practitioner was not told of: all that is known of them. */
function readRole(role: Role, days: DayReader): Worker[] {
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
  return [...new Set(values.map(cutField))].filter((value) => value !== '')
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
    name: cutField(joined || text(name?.['text'])),
    street: cutField(list(address?.['line']).map(text).join(' ').trim()),
    place: cutField(text(address?.['postalCode']) || text(address?.['city'])),
    phone: cutField(text(firstUse(phones, uses)?.['value'])),
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
