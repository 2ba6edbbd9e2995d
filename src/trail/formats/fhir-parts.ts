/** The parts of which FHIR is made, taken from JSON whose types may all be wrong. */
export type Json = Readonly<Record<string, unknown>>

export function object(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

/** An array as it is, nothing as none, and a single value as the only one of a list. */
export function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return value === undefined || value === null ? none : [value]
}
const none: readonly unknown[] = []

export function text(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : ''
}

export const isTrue = (value: unknown) => value === true || value === 'true'

/** Adds the codes of a code, a Coding, a CodeableConcept, or of a list of any of them. */
export function codesOf(value: unknown, into: string[], depth = 0): void {
  if (value === undefined || value === null || depth > 3) return
  if (typeof value === 'string') {
    if (value !== '') into.push(value)
    return
  }
  if (Array.isArray(value)) {
    for (const item of value) codesOf(item, into, depth + 1)
    return
  }
  const concept = object(value)
  if (concept === undefined) return
  if (typeof concept['code'] === 'string') into.push(concept['code'])
  if (concept['coding'] !== undefined) codesOf(concept['coding'], into, depth + 1)
}

/** The free text of a CodeableConcept or of the first of a list that has one. */
export function wordsOf(value: unknown): string {
  for (const item of list(value)) {
    const found = text(object(item)?.['text'])
    if (found !== '') return found
  }
  return ''
}

/** The name of what a Reference is about: what is preferred first, else whatever there is. */
export function nameReference(value: unknown, prefer: 'display' | 'reference' | 'identifier'): string {
  const reference = object(value)
  if (reference === undefined) return ''
  const display = text(reference['display'])
  const identifier = text(object(reference['identifier'])?.['value'])
  const named = text(reference['reference'])
  if (prefer === 'display') return display || identifier || named
  return prefer === 'reference' ? named || identifier || display : identifier || named || display
}

/** No reference is longer: the patterns that take one apart are not tried on what is none, for which they could take hours. */
export const maxReferenceLength = 500
const typed = /(?:^|\/)([A-Z][A-Za-z]+)(?:\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[^/]*)?|\?.*)$/

/** Those to which most references go, so that few need a pattern. */
const types = new Map(
  [
    'Patient',
    'Practitioner',
    'Device',
    'Encounter',
    'Observation',
    'DiagnosticReport',
    'DocumentReference',
    'List',
  ].map((type) => [type, type]),
)

/** The type of resource to which a Reference goes, or an empty text. */
export function referencedType(reference: Json | undefined): string {
  if (reference === undefined) return ''
  const named = reference['reference']
  if (typeof named === 'string' && named.length <= maxReferenceLength) {
    const slash = named.indexOf('/')
    if (slash === -1 && !named.includes('?')) return text(reference['type'])
    const quick = types.get(slash === -1 ? '' : named.slice(0, slash))
    if (quick !== undefined && named.indexOf('/', slash + 1) === -1 && !named.includes('?', slash)) return quick
    const type = typed.exec(named)?.[1]
    if (type !== undefined) return type
  }
  return text(reference['type'])
}

/** Codes of those who are programs, devices or media (DICOM, and FHIR's extra security roles). */
const machines = new Set(['110150', '110151', '110152', '110153', '110154', '110155'])
const programs = new Set(['authserver', 'datacollector', 'dataprocessor', 'ASSIGNED-DEVICE', 'DEV'])
const humans = new Set([
  'humanuser',
  'UserOauthAgent',
  'UserSamlAgent',
  'IRCP',
  'AUT',
  'INF',
  'AGNT',
  'PROV',
  'PAT',
  'HCP',
  'ASS',
  'REP',
])
const personTypes = new Set(['Practitioner', 'PractitionerRole', 'Patient', 'RelatedPerson', 'Person'])

/** Tells whether an agent is a person: by its roles, else by what it refers to, else by having asked. */
export function isHuman(agent: Json, codes: readonly string[], isRequestor: boolean): boolean {
  const type = referencedType(object(agent['who']) ?? object(agent['reference']))
  if (type === 'Device') return false
  if (codes.some((code) => humans.has(code))) return true
  if (codes.some((code) => programs.has(code))) return false
  // Older senders give the person who asked the role of the source; a program has no name of its own there.
  if (codes.some((code) => machines.has(code)))
    return isRequestor && (personTypes.has(type) || text(agent['name']) !== '')
  return isRequestor || personTypes.has(type)
}
