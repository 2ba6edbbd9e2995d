/** References between FHIR resources, and what is known of those that others refer to: names of places, roles, practitioners. */
import { type Json, list, maxReferenceLength, object, text } from '../formats/fhir-parts.ts'
import { cutField } from '../model/identifier.ts'

export interface Target {
  /** Empty where the reference does not say. */
  readonly type: string
  readonly id: string
}

export interface Role {
  readonly id: string
  readonly practitioner: string
  readonly department: string
  readonly role: string
  readonly from: string
  readonly to: string
}

/** At most so many of each kind are remembered, the newest; a reference to another is told by its identifier. */
const remembered = 200_000

export class Directory {
  readonly #targets = new Map<string, Target>()
  readonly #names = new Map<string, string>()
  readonly #roles = new Map<string, Role>()
  readonly #rolesOf = new Map<string, Map<string, Role>>()
  readonly #practitioners = new Map<string, Json>()

  /** `url` is the entry's `fullUrl` in a Bundle. */
  note(resource: Json, url: string): void {
    const type = text(resource['resourceType'])
    const id = text(resource['id'])
    if (url !== '' && id !== '') keep(this.#targets, url, { type, id })
    if (type === 'Organization' || type === 'Location' || type === 'HealthcareService') {
      const name = cutField(text(resource['name']))
      if (name !== '') keep(this.#names, `${type}/${id}`, name)
    }
    if (type === 'Practitioner') keep(this.#practitioners, id, resource)
  }

  /** Notes roles once the places that they name are known. */
  noteRole(resource: Json): Role | undefined {
    const practitioner = this.find(resource['practitioner'])?.id ?? ''
    const id = text(resource['id'])
    if (practitioner === '') return undefined
    const period = object(resource['period'])
    const role = {
      id,
      practitioner,
      department: cutField(this.nameFirst(resource['location']) || this.nameFirst(resource['organization'])),
      role: cutField(conceptText(resource['code']) || conceptText(resource['specialty'])),
      from: text(period?.['start']),
      to: text(period?.['end']),
    }
    keep(this.#roles, id, role)
    const roles = this.#rolesOf.get(practitioner) ?? new Map<string, Role>()
    keep(roles, id, role)
    keep(this.#rolesOf, practitioner, roles)
    return role
  }

  rolesOf(practitioner: string): readonly Role[] {
    return [...(this.#rolesOf.get(practitioner)?.values() ?? [])]
  }

  practitioner(id: string): Json | undefined {
    return this.#practitioners.get(id)
  }

  role(id: string): Role | undefined {
    return this.#roles.get(id)
  }

  /** What a Reference goes to: by its text, or by the identifier that it gives in its place. */
  find(reference: unknown): Target | undefined {
    const value = object(reference)
    const named = text(value?.['reference'])
    const known = this.#targets.get(named)
    if (known) return known
    const type = text(value?.['type'])
    if (named.length > maxReferenceLength) return undefined
    const urn = /^urn:(?:uuid|oid):(.+)$/.exec(named)
    if (urn) return { type, id: urn[1] ?? '' }
    const searched = /(?:^|\/)([A-Z][A-Za-z]+)\?(?:.*&)?identifier=(?:[^|&]*(?:\||%7C))?([^|&]+)/.exec(named)
    if (searched) return { type: searched[1] ?? '', id: decode(searched[2] ?? '') }
    const plain = /(?:^|\/)([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]*)?$/.exec(named)
    if (plain) return { type: plain[1] ?? '', id: plain[2] ?? '' }
    const identifier = text(object(value?.['identifier'])?.['value'])
    return identifier === '' ? undefined : { type, id: identifier }
  }

  /** The name of a place or organisation referred to: its own, else as the reference shows it, else its identifier. */
  name(reference: unknown): string {
    const target = this.find(reference)
    const own = target ? this.#names.get(`${target.type}/${target.id}`) : undefined
    return own ?? (text(object(reference)?.['display']) || target?.id) ?? ''
  }

  nameFirst(references: unknown): string {
    for (const reference of list(references)) {
      const name = this.name(reference)
      if (name !== '') return name
    }
    return ''
  }
}

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > remembered) {
    const oldest = map.keys().next()
    if (!oldest.done) map.delete(oldest.value)
  }
}

function decode(written: string): string {
  try {
    return decodeURIComponent(written)
  } catch {
    return written
  }
}

/** The words of a CodeableConcept, or of the first of a list that has any: text, else the display of a coding, else its code. */
export function conceptText(value: unknown): string {
  for (const item of list(value)) {
    const concept = object(item)
    const codings = list(concept?.['coding']).map(object)
    const shown = codings.map((coding) => text(coding?.['display'])).find((word) => word !== '')
    const code = codings.map((coding) => text(coding?.['code'])).find((word) => word !== '')
    const found = text(concept?.['text']) || shown || code
    if (found) return found
  }
  return ''
}
