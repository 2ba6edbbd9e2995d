/**
 * Tells what a table is about: each kind of fact is scored by the headers that it knows and by whether the values
 * below them make sense; the product's own signature, the file's name and the title lines only tip the balance.
 */
import { type FactKind, factKinds } from '#core/intake/facts.ts'
import type { FileMapping } from '../format.ts'
import { parseDate } from './dates.ts'
import { findProducts, type Product } from './products.ts'
import { type ReadAs, recognition, type Synonym, synonymsOf } from './synonyms.ts'
import { understander } from './values.ts'
import { fold } from './words.ts'

const tableKinds = Object.keys(factKinds) as FactKind[]

/** A column that fills a field. */
export interface ColumnPlan {
  readonly index: number
  readonly header: string
  readonly field: string
  readonly readAs: ReadAs
}

export interface Recognised {
  readonly kind: FactKind
  /** In the order of preference where two columns fill one field. */
  readonly plan: readonly ColumnPlan[]
  readonly product: Product | undefined
  /** Columns that are a course each, with what each person did in the cells. */
  readonly courses?: readonly ColumnPlan[]
}

interface TableSample {
  readonly headers: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Title lines above the header. */
  readonly preamble: string
  /** The name of the file, or of the sheet and the file. */
  readonly name: string
}

const leadingWords = new Set([
  'user',
  'employee',
  'account',
  'device',
  'computer',
  'worker',
  'staff',
  'vendor',
  'system',
  'asset',
  'learner',
  'member',
  'hardware',
  'general',
  'the',
  'emp',
  'user’s',
  'personal',
  'person',
  'associate',
  'machine',
  'workforce',
  'application',
  'software',
  'backup',
  'managed',
  'properties',
  'security',
  'work',
  'hr',
  'is',
  'has',
  'current',
  // Fields that ServiceNow adds and those that a site has added there.
  'sys',
  'u',
])
const trailingWords = new Set([
  'utc',
  'gmt',
  'local',
  'value',
  'field',
  'text',
  'date',
  'yn',
  'y',
  'n',
  'name',
  'est',
  'pst',
  'cst',
  'et',
  'iso',
  'mmddyyyy',
  'formatted',
  'us',
  'time',
  'optional',
  'required',
  'on',
  'at',
  'dt',
  'dttm',
  'datetime',
  'timestamp',
  'flag',
])
/** What stands before the dot of somebody else's attribute: `Manager.DisplayName`. */
const otherPeople =
  /^(?:direct |line )?(?:manager|supervisor|sponsor|created ?by|updated ?by|modified ?by|parent|approver)s?$/i

/** Every folded form of a header under which it may be known, the closest first. */
function headerForms(header: string): string[] {
  const spoken = header.replace(/#/g, ' number ').replace(/%/g, ' percent ').replace(/&/g, ' ')
  const forms = [fold(spoken)]
  const plain = spoken.replace(/\[[^\]]*\]|\([^)]*\)|\{[^}]*\}|\*/g, ' ')
  forms.push(fold(plain))
  const path = /^(.+)[.:/\\]\s*([^.:/\\]+)$/.exec(plain)
  const tail = path && !otherPeople.test((path[1] ?? '').trim()) ? path[2] : undefined
  if (tail) forms.push(fold(tail))
  const words = plain
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .split(/[^\p{L}\p{N}’]+/u)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
  const folded = (list: readonly string[]) => fold(list.join(' '))
  if (words.length > 1) {
    const leads = leadingWords.has(words[0] ?? '')
    const trails = trailingWords.has(words.at(-1) ?? '')
    if (trails) forms.push(folded(words.slice(0, -1)))
    if (words.length > 2 && words.at(-1) === 'n' && words.at(-2) === 'y') forms.push(folded(words.slice(0, -2)))
    if (leads) forms.push(folded(words.slice(1)))
    if (words.length > 2 && trails && trailingWords.has(words.at(-2) ?? '')) forms.push(folded(words.slice(0, -2)))
    if (words.length > 2 && leads && trails) forms.push(folded(words.slice(1, -1)))
  }
  return [...new Set(forms)].filter((form) => form !== '')
}

function findSynonym(kind: FactKind, forms: readonly string[]): Synonym | undefined {
  const index = synonymsOf(kind)
  for (const [at, form] of forms.entries()) {
    const found = index.get(form)
    // A header that is known only after words were taken off it speaks more softly.
    if (found) return at < 3 ? found : { ...found, weight: found.weight * 0.6, rank: found.rank + 1000 }
  }
  return undefined
}

/** Whether any kind knows this header. */
export function isKnownHeader(header: string): boolean {
  const forms = headerForms(header)
  return tableKinds.some((kind) => forms.slice(0, 2).some((form) => synonymsOf(kind).has(form)))
}

interface Planned {
  plan: ColumnPlan
  readonly rank: number
  readonly weight: number
}

interface Candidate extends Recognised {
  readonly score: number
  readonly missing: readonly string[][]
}

type Recognition =
  | { readonly found: Recognised }
  | { readonly foreign: string }
  | { readonly nearest: FactKind; readonly missing: readonly string[][] }

/** Tells the kind of a table; when none fits, which comes nearest and what it lacks. */
export function recognise(sample: TableSample, mapping: FileMapping | undefined): Recognition {
  const mapped = mappedKind(mapping)
  const foreign = mapped ? undefined : findForeign(sample.headers)
  if (foreign) return { foreign }
  const products = findProducts(sample.headers, sample.preamble)
  const forms = sample.headers.map(headerForms)
  const candidates = (mapped ? [mapped] : tableKinds).map((kind) => judge(kind, sample, forms, mapping, products))
  let best: Candidate | undefined
  for (const candidate of candidates) {
    if (candidate.missing.length === 0 && (!best || candidate.score > best.score)) best = candidate
  }
  // The more columns of a table nobody here knows, the surer the others must be: any report has a name and a date.
  const unknown = best ? sample.headers.filter((header) => header !== '').length - best.plan.length : 0
  const readsCourses = best?.kind === 'training' && best.plan.some((column) => column.field === 'course')
  if (
    best &&
    best.kind !== 'account' &&
    !best.product &&
    !readsCourses &&
    recognition.training.names.test(sample.name)
  ) {
    const matrix = mapped === undefined || mapped === 'training' ? findCourses(sample, forms, mapping) : undefined
    if (matrix) return { found: matrix }
  }
  if (best && (mapped || best.product || best.score >= 4.5 + Math.min(unknown * 0.25, 8))) return { found: best }
  const matrix = mapped === undefined || mapped === 'training' ? findCourses(sample, forms, mapping) : undefined
  if (matrix) return { found: matrix }
  const nearest = candidates.reduce((near, one) => (one.score > near.score ? one : near))
  return { nearest: nearest.kind, missing: nearest.missing }
}

const courseName =
  /train|course|hipaa|phi\b|privacy|security|aware|phish|cyber|complian|osha|blood|cpr|bls|acls|orient|harass|fraud|safety|infection|fire|emergency|ethic|module|in-?service|competenc|annual|password|fwa|hazard|abuse|conduct/i
const personFields = ['employeeNumber', 'email', 'username', 'displayName', 'givenName', 'familyName']

/** A matrix of people and courses: each column that nobody knows otherwise, over days or words of completion, is a course. */
function findCourses(
  sample: TableSample,
  forms: readonly (readonly string[])[],
  mapping: FileMapping | undefined,
): Recognised | undefined {
  const people = judge('training', sample, forms, mapping, [])
  const plan = people.plan.filter((column) => personFields.includes(column.field))
  if (plan.length === 0) return undefined
  const taken = new Set(plan.map((column) => column.index))
  const isDone = understander('word:trainingStanding')
  const isDay = understander('day')
  const courses: ColumnPlan[] = []
  let dated = 0
  let named = 0
  for (const [index, header] of sample.headers.entries()) {
    if (header === '' || taken.has(index) || mappedField(mapping, header) !== undefined) continue
    const inStaff = findSynonym('person', forms[index] ?? [])
    if (inStaff && !courseName.test(header)) continue
    const values = valuesOf(sample.rows, index)
    const fits = values.filter((value) => isDay?.(value) || isDone?.(value) || isTick(value))
    if (values.length === 0 ? !courseName.test(header) : fits.length / values.length < 0.7) continue
    if (values.some((value) => isDated(value))) dated += 1
    if (courseName.test(header)) named += 1
    courses.push({ index, header, field: 'completedOn', readAs: 'day' })
  }
  if (
    courses.length < 2 ||
    named * 2 < courses.length ||
    (dated === 0 && !recognition.training.names.test(sample.name))
  )
    return undefined
  return { kind: 'training', plan, product: undefined, courses }
}

const isTick = (value: string) => /^\s*(?:[x✓✔☑✅]|yes|y|no|n|n\/a)\s*$/iu.test(value)

const vulnerabilityHeader =
  /^(cves?|cveids?|cvss.*|qid|plugin(id|name|text|output)?|nvtname|nvtoid|vulnerabilit.*|vulnstatus|definition(cve|cvss|vpr).*|exploit.*|checkid|checktitle|findinguid|findingid|definitionid|severityrating)$/
const patientHeader =
  /^(mrn|medicalrecord(number|no)|patient(s?name|id|mrn|number|lastname|firstname|dob|firstnamelastname)|diagnos(is|es)(codes?)?|icd10?(codes?)?|encounterid|chiefcomplaint)$/

// Reports that name devices and people too, but are of other things.
function findForeign(headers: readonly string[]): string | undefined {
  const folded = headers.map(fold)
  if (folded.some((header) => patientHeader.test(header)))
    return 'the columns are those of a list of patients, which does not belong here; remove the file'
  if (folded.filter((header) => vulnerabilityHeader.test(header)).length >= 2)
    return 'this is a report of vulnerabilities or findings, not a list of devices or software; it is not read here'
  return undefined
}

/** The kind whose format vigil.yaml names. */
function mappedKind(mapping: FileMapping | undefined): FactKind | undefined {
  const wanted = mapping?.format
  return wanted === undefined
    ? undefined
    : tableKinds.find((kind) => recognition[kind].format === wanted || kind === wanted)
}

function judge(
  kind: FactKind,
  sample: TableSample,
  forms: readonly (readonly string[])[],
  mapping: FileMapping | undefined,
  products: readonly Product[],
): Candidate {
  const product = products.find((one) => one.kinds.includes(kind))
  const planned: Planned[] = []
  for (const [index, header] of sample.headers.entries()) {
    const explicit = mappedField(mapping, header)
    if (explicit === 'ignore') continue
    if (explicit !== undefined) {
      if (Object.hasOwn(factKinds[kind].columns, explicit))
        planned.push({
          plan: { index, header, field: explicit, readAs: readAsOf(kind, explicit) },
          rank: -1,
          weight: 10,
        })
      continue
    }
    const meant = product?.means?.[fold(header)]
    const synonym: Synonym | undefined = meant
      ? { field: meant[0], readAs: meant[1], weight: 2, rank: 900 }
      : findSynonym(kind, forms[index] ?? [])
    if (!synonym || product?.ignores?.includes(fold(header))) continue
    const values = valuesOf(sample.rows, index)
    const { field, readAs } = retarget(kind, synonym, values)
    const share = understoodShare(readAs, values)
    // A header over values that make no sense for it is another column that shares the name; but a date column by
    // its name stays one, so that its bad dates are rejected and not passed over.
    const dated = readAs === 'day' || readAs === 'instant'
    const surelyDated = dated && synonym.weight > 3
    if (values.length > 0 && (surelyDated ? share === 0 && values.length > 3 : share < (dated ? 0.3 : 0.15))) continue
    const empty = values.length === 0 && sample.rows.length > 0
    planned.push({
      plan: { index, header, field, readAs },
      rank: synonym.rank + (empty ? 5000 : 0),
      weight: synonym.weight * (empty ? 0.5 : Math.max(share, 0.2)),
    })
  }
  tellLoginFromName(planned, sample.rows)
  planned.sort((a, b) => a.rank - b.rank)
  const filled = new Map<string, number>()
  for (const { plan, weight } of planned) {
    const before = filled.get(plan.field)
    filled.set(plan.field, before === undefined ? weight : before + weight * 0.1)
  }
  let score = 0
  for (const weight of filled.values()) score += weight
  const definition = recognition[kind]
  if (definition.names.test(sample.name)) score += 1.5
  if (definition.names.test(sample.preamble)) score += 1.5
  if (product) score += 4
  const { signs } = definition
  if (signs && !product && !signs.test(sample.name) && !sample.headers.some((header) => signs.test(header))) score -= 8
  if (kind === 'account' && namesComputers(planned, sample.rows)) score -= 20
  const missing = definition.needs
    .filter((group) => !group.some((field) => filled.has(field)))
    .map((group) => [...group])
  return { kind, plan: planned.map((one) => one.plan), product, score, missing }
}

// "User ID" beside "User Name": one is the login, and the other, when it reads like one, the person's name.
function tellLoginFromName(planned: Planned[], rows: readonly (readonly string[])[]): void {
  const logins = planned.filter((one) => one.plan.field === 'username' && one.rank >= 0)
  if (logins.length < 2) return
  for (const login of logins) {
    const values = valuesOf(rows, login.plan.index)
    if (values.length > 0 && values.filter(isPersonName).length / values.length >= 0.3)
      login.plan = { ...login.plan, field: 'displayName', readAs: 'name' }
  }
}

// In Active Directory a login that ends in a dollar sign is a computer's.
function namesComputers(planned: readonly Planned[], rows: readonly (readonly string[])[]): boolean {
  const login = planned.find((one) => one.plan.field === 'username')
  const values = login ? valuesOf(rows, login.plan.index) : []
  return values.length > 0 && values.filter((value) => value.trim().endsWith('$')).length > values.length / 2
}

/** The field that vigil.yaml gives to a header: by the header as written, else by its folded form. */
export function mappedField(mapping: FileMapping | undefined, header: string): string | undefined {
  const columns = mapping?.columns
  if (!columns) return undefined
  if (Object.hasOwn(columns, header)) return columns[header]
  const folded = fold(header)
  for (const [name, field] of Object.entries(columns)) if (fold(name) === folded) return field
  return undefined
}

const readAsType = {
  text: 'text',
  boolean: 'flag:yesNo',
  day: 'day',
  instant: 'instant',
  number: 'number',
  texts: 'list',
} as const

/** How a field is read when vigil.yaml names it: as its synonyms do, else by the type of the field. */
function readAsOf(kind: FactKind, field: string): ReadAs {
  const line = recognition[kind].lines.find(([name]) => name === field)
  if (line) return line[2]
  const columns: Readonly<Record<string, keyof typeof readAsType>> = factKinds[kind].columns
  return readAsType[columns[field] ?? 'text']
}

function valuesOf(rows: readonly (readonly string[])[], index: number): string[] {
  const values: string[] = []
  for (const row of rows) {
    const value = row[index]
    if (value !== undefined && value.trim() !== '') values.push(value)
    if (values.length >= 300) break
  }
  return values
}

function understoodShare(readAs: ReadAs, values: readonly string[]): number {
  const understands = understander(readAs)
  if (!understands || values.length === 0) return 1
  let count = 0
  for (const value of values) if (understands(value)) count += 1
  return count / values.length
}

/** Where a header may stand over dates as well as over words: what it then fills. */
const overDates: Readonly<Record<string, readonly [string, ReadAs]>> = {
  'vendor.agreement': ['agreementSignedOn', 'day'],
  'approval.decision': ['decidedOn', 'day'],
  'training.standing': ['completedOn', 'day'],
  'backup.restorePassed': ['restoreTestedOn', 'day'],
}
const overWords: Readonly<Record<string, readonly [string, ReadAs]>> = {
  'vendor.agreementSignedOn': ['agreement', 'word:agreement'],
  'training.completedOn': ['standing', 'word:trainingStanding'],
  'approval.decidedOn': ['decision', 'word:decision'],
  'person.leftOn': ['standing', 'word:personGone'],
}
/** Where a header may stand over the name of a method as well as over a plain yes or no. */
const overFlags: Readonly<Record<string, string>> = { 'account.mfaMethods': 'mfaEnrolled', 'mfa.methods': 'enrolled' }
const isDated = (value: string) => /\d/.test(value) && typeof parseDate(value.trim(), 'mdy') === 'object'

const people: readonly FactKind[] = ['person', 'account', 'mfa', 'training']

const isPersonName = (value: string) => /\p{L}[,\s]+\p{L}/u.test(value) && !/[@\d]/.test(value)

// A column that is only called "Employee" or "User" says by its values whether it holds a number, an address or a name.
function retarget(kind: FactKind, synonym: Synonym, values: readonly string[]): { field: string; readAs: ReadAs } {
  if (values.length === 0) return synonym
  const share = (test: (value: string) => boolean) => values.filter(test).length / values.length
  const dated = synonym.readAs === 'day' || synonym.readAs === 'instant'
  const other = (dated ? overWords : overDates)[`${kind}.${synonym.field}`]
  if (other && (dated ? share((value) => /\d/.test(value)) === 0 : share(isDated) > 0.6))
    return { field: other[0], readAs: other[1] }
  const flagged = overFlags[`${kind}.${synonym.field}`]
  if (flagged && understoodShare('flag:mfa', values) > 0.8) return { field: flagged, readAs: 'flag:mfa' }
  if (kind === 'account' && synonym.field === 'mfaEnrolled' && understoodShare('flag:mfa', values) < 0.15)
    return { field: 'mfaMethods', readAs: 'text' }
  if (synonym.readAs === 'word:personGone' && share(isDated) > 0.6) return { field: 'leftOn', readAs: 'day' }
  if (!people.includes(kind)) return synonym
  if (synonym.field === 'employeeNumber' && share(isPersonName) > 0.6) return { field: 'displayName', readAs: 'name' }
  if (synonym.field === 'displayName') {
    if (share((value) => /^\d[\d-]*$/.test(value.trim())) > 0.8) return { field: 'employeeNumber', readAs: 'code' }
    if (share((value) => /^\S+@\S+$/.test(value.trim())) > 0.8)
      return kind === 'account' || kind === 'mfa'
        ? { field: 'username', readAs: 'text' }
        : { field: 'email', readAs: 'email' }
  }
  if (synonym.field === 'username' && share(isPersonName) > 0.8) return { field: 'displayName', readAs: 'name' }
  return synonym
}
