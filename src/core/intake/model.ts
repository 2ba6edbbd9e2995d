/**
 * The rules by which a row becomes a fact: what tells it from others, the folded keys by which it is matched, for how
 * long it speaks. Pure.
 */
import {
  classifyAccount,
  emailKey,
  looksLikeAdminAccount,
  nameKey,
  numberKey,
  usernameKey,
} from '#core/people/model.ts'
import { organisationKey, productKey } from '#core/systems/model.ts'
import { recogniseOperatingSystem } from '#core/systems/operating-system.ts'
import { type FactKind, type FactRow, factKinds } from './facts.ts'

/** Days for which what a source said speaks, counted from its collection (architecture.md, "Validity"). */
export const validDays = { file: 35, live: 1 } as const

/** Columns that intake adds to those of the catalogue, by kind: keys for matching, and what was recognised. */
export const derivedColumns = {
  person: ['numberKey', 'emailKey', 'usernameKey', 'nameKey', 'managerKey'],
  account: ['numberKey', 'emailKey', 'usernameKey', 'nameKey', 'ownerKey', 'loginClass', 'loginName'],
  mfa: ['numberKey', 'emailKey', 'usernameKey', 'nameKey'],
  device: ['nameKey', 'serialKey', 'osProduct', 'osCycle', 'osLabel'],
  component: ['hostKey', 'productKey'],
  system: ['vendorKey', 'ownerKey'],
  vendor: ['vendorKey'],
  backup: [],
  training: ['numberKey', 'emailKey', 'usernameKey', 'nameKey'],
  role: ['roleKey', 'numberKey', 'emailKey', 'nameKey'],
  exercise: [],
  assessment: [],
  approval: [],
  attestation: [],
} as const satisfies Readonly<Record<FactKind, readonly string[]>>

type Derived<K extends FactKind> = Readonly<Partial<Record<(typeof derivedColumns)[K][number], string | undefined>>>

const fold = (text: string | null | undefined) => text?.trim().toLowerCase().replace(/\s+/g, ' ') || undefined
const person = (row: {
  displayName?: string | null | undefined
  employeeNumber?: string | null | undefined
  email?: string | null | undefined
  username?: string | null | undefined
}) => ({
  // A user name with a long number in it may be the employee number under another heading; if not, it matches none.
  numberKey: row.employeeNumber
    ? numberKey(row.employeeNumber)
    : row.username && /^[a-z]{0,4}-?\d{3,}$/i.test(row.username)
      ? numberKey(row.username)
      : undefined,
  // Who signs in with an address says it by that.
  emailKey: row.email ? emailKey(row.email) : row.username?.includes('@') ? emailKey(row.username) : undefined,
  usernameKey: row.username ? usernameKey(row.username) : undefined,
  nameKey: row.displayName ? nameKey(row.displayName).full : undefined,
})

const derivers: { [K in FactKind]: (row: FactRow<K>) => Derived<K> } = {
  person: (row) => ({
    ...person({ ...row, displayName: row.displayName ?? joinName(row.givenName, row.familyName) }),
    managerKey: row.managerNumber
      ? numberKey(row.managerNumber)
      : row.managerEmail
        ? emailKey(row.managerEmail)
        : row.managerName
          ? nameKey(row.managerName).full
          : undefined,
  }),
  account: (row) => {
    const name = row.displayName ?? joinName(row.givenName, row.familyName)
    const login = classifyAccount({
      username: row.username ?? '',
      displayName: name ?? undefined,
      // "User" and "person" stand beside service accounts too (an object class, a default): the looks then decide.
      accountType: row.accountType === 'person' ? undefined : (row.accountType ?? undefined),
      description: row.description ?? undefined,
    })
    return {
      ...person({ ...row, displayName: name }),
      ownerKey: ownerKey(row.owner),
      loginClass: login,
      // The login of the person behind an administrator's second account: "adm-jdoe" is jdoe.
      loginName: login === 'admin' && row.username ? looksLikeAdminAccount(row.username) : undefined,
    }
  },
  mfa: (row) => person(row),
  device: (row) => {
    const os = recogniseOperatingSystem({
      osName: row.osName ?? undefined,
      osVersion: row.osVersion ?? undefined,
      osBuild: row.osBuild ?? undefined,
      deviceKind: row.deviceKind ?? undefined,
    })
    return {
      nameKey: fold(row.name)?.replace(/\..*$/, ''),
      serialKey: serialKey(row.serial),
      osProduct: os?.product,
      osCycle: os?.cycle,
      osLabel: os?.label ?? (row.osName ? [row.osName, row.osVersion].filter(Boolean).join(' ') : undefined),
    }
  },
  component: (row) => ({
    hostKey: fold(row.host)?.replace(/\..*$/, ''),
    productKey: row.name ? productKey(row.name) : undefined,
  }),
  system: (row) => ({
    vendorKey: row.vendor ? organisationKey(row.vendor) : undefined,
    ownerKey: ownerKey(row.owner),
  }),
  vendor: (row) => ({ vendorKey: row.name ? organisationKey(row.name) : undefined }),
  backup: () => ({}),
  training: (row) => person(row),
  role: (row) => ({
    ...person({ employeeNumber: row.employeeNumber, email: row.personEmail, displayName: row.personName }),
    roleKey: row.role ? responseRoleOf(row.role) : undefined,
  }),
  exercise: () => ({}),
  assessment: () => ({}),
  approval: () => ({}),
  attestation: () => ({}),
}

/** The matching keys of a row, and what its product and operating system were recognised as. */
export function derive<K extends FactKind>(kind: K, row: FactRow<K>): Derived<K> {
  return derivers[kind](row)
}

/** What tells a row of a source from its other rows; undefined when nothing does, so that it cannot be kept. */
export function factKey<K extends FactKind>(kind: K, row: FactRow<K>): string | undefined {
  const values = row as Readonly<Record<string, unknown>>
  const groups: readonly (readonly string[])[] = factKinds[kind].key
  for (const group of groups) {
    const [first] = group
    if (first === undefined || keyPart(values[first]) === '') continue
    return group.map((column) => `${keyPart(values[column])}`).join('|')
  }
  return undefined
}

function keyPart(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  return String(value).trim().toLowerCase()
}

/** Who answers for a thing, as a key among people's: an address, a number or user name, or a name. */
function ownerKey(owner: string | null | undefined): string | undefined {
  const text = owner?.trim()
  if (!text) return undefined
  if (text.includes('@')) return emailKey(text)
  if (/\d/.test(text) && !/\s/.test(text)) return numberKey(text)
  return nameKey(text).full
}

function joinName(given: string | null | undefined, family: string | null | undefined): string | undefined {
  return [given, family].filter(Boolean).join(' ') || undefined
}

// What makers leave in the field of the serial number when they do not fill it in.
const emptySerials =
  /^(0+|1234567890?|none|n\/?a|default string|to be filled.*|system serial number|not specified|unknown)$/i

function serialKey(serial: string | null | undefined): string | undefined {
  const text = serial?.trim()
  return text && !emptySerials.test(text) ? text.toUpperCase() : undefined
}

/** The response roles that a plan needs filled (45 CFR 164.308(a)(2), (a)(6); 164.530(a)(1)), by the words used for them. */
export const responseRoles = [
  {
    id: 1,
    key: 'incident-lead',
    title: 'incident lead',
    words: /incident|response (lead|manager|coordinator)|\birt\b|commander/,
  },
  { id: 2, key: 'privacy-officer', title: 'privacy officer', words: /privacy/ },
  {
    id: 3,
    key: 'security-officer',
    title: 'security officer',
    words: /security (officer|official|lead|manager)|ciso|information security/,
  },
  { id: 4, key: 'communications', title: 'communications', words: /communicat|media|public relations|press|spokes/ },
  { id: 5, key: 'it-lead', title: 'IT lead', words: /\bit\b|technical|technology|systems? (lead|admin)|forensic/ },
] as const

/** Which response role a list means by its own words; undefined when none of those that a plan needs. */
export function responseRoleOf(text: string): string | undefined {
  const folded = text.toLowerCase().replaceAll(/[-_]/g, ' ')
  return responseRoles.find((role) => role.key === text.toLowerCase() || role.words.test(folded))?.key
}

const datePatterns = [
  /[\s._-]*\(?(19|20)\d{2}[-_. ]?(0[1-9]|1[0-2])([-_. ]?(0[1-9]|[12]\d|3[01]))?([T _-]?\d{4,6})?\)?/g,
  /[\s._-]*(0?[1-9]|1[0-2])[-_.](0?[1-9]|[12]\d|3[01])[-_.](19|20)?\d{2}/g,
  /[\s._-]*(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-_. ]*(19|20)\d{2}/gi,
  /[\s._-]*\(\d+\)|[\s._-]+copy( \d+)?$/gi,
]

/**
 * The name under which next month's file is known to be the same source: its path without the date in it, and its sheet.
 * "HR/staff-2026-11-02.csv" is "HR/staff.csv".
 */
export function sourceName(path: string, part: string | undefined): string {
  const folded = path.replaceAll('\\', '/')
  const bare = folded.replace(/[^/]+$/, (name) => {
    const dot = name.lastIndexOf('.')
    const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
    const stripped = datePatterns.reduce((text, pattern) => text.replace(pattern, ''), stem)
    return `${stripped || stem}${ending}`
  })
  return part === undefined ? bare : `${bare} / ${part}`
}
