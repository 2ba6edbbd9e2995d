/**
 * What one entry of a directory says about one account, whether it came from a live server or from an LDIF file.
 *
 * Active Directory says for each account whether it is switched off (userAccountControl). Other directories say so only
 * when they do: a lock attribute that is set. Where an entry carries operational attributes (entryUUID,
 * createTimestamp …), they were asked for, and a lock attribute would stand beside them; its absence then means that
 * the account is open. Without operational attributes nothing is said, and `enabled` is null. A reader whom the
 * server's access rules keep from seeing lock attributes cannot be told from a server without locks: give the account
 * that Vigil binds with the right to read them.
 *
 * A lock after failed passwords ends by itself and so never makes an account `enabled: false`; nor does a nologin
 * shell, which bars a shell and not a bind: both make null of what would otherwise be true.
 */
import type { Day, FactRow } from '#core/intake/facts.ts'

/** One entry; attribute names are in lower case and without options, values are as the directory holds them. */
export interface DirectoryEntry {
  readonly dn: string
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>
}

/** What is known of the whole directory or export, before its entries are read. */
export interface DirectoryContext {
  readonly system: string
  /** True when every attribute that Vigil reads was asked for, so that a missing one is not set. */
  readonly askedForAll: boolean
  /** True when the source tells memberships, by `memberOf` or by entries of groups. */
  readonly tellsGroups: boolean
  readonly groups: Memberships
  /** Times that lie more than a day after this instant can only be errors and are left out. */
  readonly asOf: Date
}

/** Every attribute that is read from a directory; a live server is asked for these and no others. */
export const directoryAttributes: readonly string[] = [
  'objectClass',
  'uid',
  'cn',
  'sn',
  'givenName',
  'displayName',
  'gecos',
  'mail',
  'proxyAddresses',
  'employeeNumber',
  'employeeID',
  'department',
  'departmentNumber',
  'ou',
  'description',
  'manager',
  'managedBy',
  'owner',
  'memberOf',
  'loginShell',
  'shadowExpire',
  // operational
  'entryUUID',
  'nsUniqueId',
  'ipaUniqueID',
  'createTimestamp',
  'authTimestamp',
  'lastLoginTime',
  'pwdLastSuccess',
  'pwdChangedTime',
  'pwdAccountLockedTime',
  'nsAccountLock',
  'nsRole',
  'inetUserStatus',
  'krbPrincipalName',
  'krbPrincipalExpiration',
  'krbLastPwdChange',
  'krbLastSuccessfulAuth',
  // Active Directory
  'instanceType',
  'sAMAccountName',
  'userPrincipalName',
  'userAccountControl',
  'pwdLastSet',
  'lastLogon',
  'lastLogonTimestamp',
  'accountExpires',
  'whenCreated',
  'adminCount',
  'primaryGroupID',
  'objectGUID',
  'objectSid',
  'servicePrincipalName',
]

const accountDisabled = 0x2
const trustAccount = 0x800
const workstationAccount = 0x1000
const serverAccount = 0x2000
const passwordNeverExpires = 0x10000
const smartcardRequired = 0x40000

const neverFiletime = 0x7fffffffffffffffn
/** 1970-01-01 in FILETIME: 100-nanosecond steps since 1601-01-01. */
const filetimeOfEpoch = 116444736000000000n

/** Groups of which every member administers the directory or its servers, in lower case; Windows translates some. */
const adminGroups = new Set([
  'domain admins',
  'enterprise admins',
  'schema admins',
  'administrators',
  'account operators',
  'backup operators',
  'server operators',
  'print operators',
  'dnsadmins',
  'group policy creator owners',
  'key admins',
  'enterprise key admins',
  'domänen-admins',
  'organisations-admins',
  'schema-admins',
  'administratoren',
  'admins du domaine',
  'administrateurs',
  "administrateurs de l'entreprise",
  'admins. del dominio',
  'administradores',
  'directory administrators',
  'admins',
  'wheel',
  'sudo',
])
/** Domain Admins, Schema Admins and Enterprise Admins as relative identifiers. */
const adminGroupIds = new Set(['512', '518', '519'])

const groupClasses = ['groupofnames', 'groupofuniquenames', 'posixgroup', 'group', 'groupofmembers', 'ipausergroup']
const accountClasses = [
  // Servers do not agree on whether an entry lists the classes that its own class comes from.
  'person',
  'organizationalperson',
  'inetorgperson',
  'user',
  'computer',
  'account',
  'posixaccount',
  'shadowaccount',
  'simplesecurityobject',
  'krbprincipalaux',
  'ipauser',
]

/** Gives the first value of an attribute as text; undefined when it is missing, empty or not UTF-8. */
function textOf(entry: DirectoryEntry, name: string): string | undefined {
  for (const value of entry.attributes.get(name) ?? []) {
    const text = decode(value)?.trim()
    if (text !== undefined && text !== '') return text
  }
  return undefined
}

/** Gives all values of an attribute that are text. */
function textsOf(entry: DirectoryEntry, name: string): string[] {
  return (entry.attributes.get(name) ?? []).map(decode).filter((text) => text !== undefined)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(value: Buffer): string | undefined {
  try {
    return utf8.decode(value)
  } catch {
    return undefined
  }
}

function classesOf(entry: DirectoryEntry): Set<string> {
  return new Set(textsOf(entry, 'objectclass').map((name) => name.toLowerCase()))
}

/** Tells an entry of a group, whose members are to be remembered. */
export function isGroup(entry: DirectoryEntry): boolean {
  const classes = classesOf(entry)
  return groupClasses.some((name) => classes.has(name))
}

/** Tells an entry that somebody or something can sign in with; contacts, groups and containers are none. */
export function isAccount(entry: DirectoryEntry): boolean {
  const classes = classesOf(entry)
  if (classes.has('contact') || groupClasses.some((name) => classes.has(name))) return false
  if (accountClasses.some((name) => classes.has(name))) return true
  // Exports of chosen attributes often leave the classes out.
  return classes.size === 0 && (entry.attributes.has('samaccountname') || entry.attributes.has('uid'))
}

/** Tells an entry that only Active Directory writes. */
export function isActiveDirectory(entry: DirectoryEntry): boolean {
  return (
    entry.attributes.has('useraccountcontrol') ||
    entry.attributes.has('samaccountname') ||
    (entry.attributes.has('objectguid') && entry.attributes.has('instancetype'))
  )
}

/**
 * Who is in which group, gathered from the entries of groups. It holds at most `limit` memberships and then says that
 * it is `full`: from there on nothing is said of groups.
 */
export class Memberships {
  readonly #groups = new Map<string, string[]>()
  readonly #limit: number
  #size = 0
  full = false

  constructor(limit = 2_000_000) {
    this.#limit = limit
  }

  add(entry: DirectoryEntry): void {
    if (this.full) return
    const group = textOf(entry, 'cn') ?? nameOf(entry.dn)
    for (const name of ['member', 'uniquemember']) {
      for (const dn of textsOf(entry, name)) this.#put(normalizeDn(dn), group)
    }
    for (const uid of textsOf(entry, 'memberuid')) this.#put(`uid:${uid.toLowerCase()}`, group)
  }

  of(entry: DirectoryEntry): string[] {
    const uid = textOf(entry, 'uid')
    const byName = uid === undefined ? [] : (this.#groups.get(`uid:${uid.toLowerCase()}`) ?? [])
    return [...(this.#groups.get(normalizeDn(entry.dn)) ?? []), ...byName]
  }

  #put(member: string, group: string): void {
    if (this.#size >= this.#limit) {
      this.full = true
      this.#groups.clear()
      return
    }
    this.#size += 1
    const groups = this.#groups.get(member)
    if (groups) groups.push(group)
    else this.#groups.set(member, [group])
  }
}

function normalizeDn(dn: string): string {
  return dn
    .toLowerCase()
    .replace(/\s*,\s*/g, ',')
    .replace(/\s*=\s*/g, '=')
    .trim()
}

/** Gives the value of a distinguished name's first part: `Reyes, Marisol` for `CN=Reyes\, Marisol,OU=…`. */
export function nameOf(dn: string): string {
  const first = /^[^=]*=((?:\\.|[^,+\\])*)/s.exec(dn)?.[1] ?? dn
  const bytes: Buffer[] = []
  for (const part of first.trim().match(/\\[0-9a-fA-F]{2}|\\.|[^\\]+|\\$/gs) ?? []) {
    if (/^\\[0-9a-fA-F]{2}$/.test(part)) bytes.push(Buffer.from(part.slice(1), 'hex'))
    else bytes.push(Buffer.from(part.startsWith('\\') ? part.slice(1) : part))
  }
  return Buffer.concat(bytes).toString('utf8')
}

/** Gives the directory's domain in DNS form: `clinic.example` for `…,dc=clinic,dc=example`; undefined without one. */
function domainOf(dn: string): string | undefined {
  const parts = [...dn.matchAll(/(?:^|,)\s*dc\s*=\s*((?:\\.|[^,\\])*)/gi)].map((match) => (match[1] ?? '').trim())
  return parts.length > 0 ? parts.join('.').toLowerCase() : undefined
}

/** Gives what a directory is called when nobody named it: the product, or the domain or last part of its naming context. */
export function directoryName(isActive: boolean, dn: string | undefined): string {
  if (isActive) return 'Active Directory'
  if (dn === undefined || dn.trim() === '') return 'directory'
  const domain = domainOf(dn)
  if (domain !== undefined) return `${domain} directory`
  const parts = dn.match(/(?:\\.|[^,\\])+/gs) ?? []
  return `${nameOf((parts.at(-1) ?? dn).trim())} directory`
}

/** Reads an attribute in FILETIME; 0 and the largest value mean never and give undefined, as does what is no number. */
export function parseFiletime(value: string | undefined): Date | undefined {
  if (value === undefined || !/^\d{1,19}$/.test(value)) return undefined
  const ticks = BigInt(value)
  if (ticks === 0n || ticks >= neverFiletime) return undefined
  const date = new Date(Number((ticks - filetimeOfEpoch) / 10_000n))
  return withinReason(date)
}

/** Reads a generalised time (RFC 4517 section 3.3.13): minutes and seconds may be missing, fractions and offsets present. */
export function parseGeneralizedTime(value: string | undefined): Date | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})(\d{2})(?:(\d{2})(\d{2})?)?(?:[.,](\d+))?(Z|[+-]\d{2}(?:\d{2})?)?$/.exec(
    value ?? '',
  )
  if (!match) return undefined
  const [, year, month, day, hour, minute, second, fraction, zone] = match
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day))
  const date = new Date(midnight)
  if (date.getUTCMonth() !== Number(month) - 1 || Number(hour) > 23) return undefined
  if (Number(minute ?? 0) > 59 || Number(second ?? 0) > 60) return undefined
  // A fraction is of the smallest unit written.
  const unit = second !== undefined ? 1_000 : minute !== undefined ? 60_000 : 3_600_000
  const within =
    (Number(hour) * 3_600 + Number(minute ?? 0) * 60 + Number(second ?? 0)) * 1_000 +
    Math.floor(Number(`0.${fraction ?? '0'}`) * unit)
  return withinReason(new Date(midnight + within - offsetMs(zone)))
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3) || '0')
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}

/** Directories write the years 1601 and 9999 for "never". */
function withinReason(date: Date): Date | undefined {
  const year = date.getUTCFullYear()
  return year > 1900 && year < 9000 ? date : undefined
}

/** Writes an objectGUID as Windows does: the first three groups are stored with their lowest byte first. */
export function formatGuid(bytes: Buffer): string | undefined {
  if (bytes.length !== 16) return undefined
  const hex = (from: number, to: number) => bytes.subarray(from, to).toString('hex')
  const swapped = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).reverse().toString('hex')
  return `${swapped(0, 4)}-${swapped(4, 6)}-${swapped(6, 8)}-${hex(8, 10)}-${hex(10, 16)}`
}

/** Writes an objectSid in its usual form, `S-1-5-21-…`. */
export function formatSid(bytes: Buffer): string | undefined {
  const count = bytes[1]
  if (bytes.length < 8 || count === undefined || bytes.length !== 8 + count * 4) return undefined
  const authority = bytes.readUIntBE(2, 6)
  const parts = Array.from({ length: count }, (_, index) => bytes.readUInt32LE(8 + index * 4))
  return ['S', bytes[0], authority, ...parts].join('-')
}

/** A value that tools decoded already (`S-1-5-…`, `a1b2…-…`) is kept as it is. */
function idOf(entry: DirectoryEntry, name: string, format: (bytes: Buffer) => string | undefined): string | undefined {
  const bytes = entry.attributes.get(name)?.[0]
  if (bytes === undefined) return undefined
  const formatted = format(bytes)
  if (formatted !== undefined) return formatted
  const text = decode(bytes)?.trim()
  return text !== undefined && /^(S-\d|\{?[0-9a-f]{8}-)[0-9a-f-]+\}?$/i.test(text)
    ? text.replace(/[{}]/g, '')
    : undefined
}

function integerOf(entry: DirectoryEntry, name: string): number | undefined {
  const text = textOf(entry, name)
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
}

function dayOf(date: Date | undefined): Day | undefined {
  return date?.toISOString().slice(0, 10)
}

function latest(...dates: readonly (Date | undefined)[]): Date | undefined {
  return dates.reduce(
    (last, date) => (date !== undefined && (last === undefined || date > last) ? date : last),
    undefined,
  )
}

const dayMs = 86_400_000

/** Clocks differ, so a day's grace is given. */
function past(date: Date | undefined, asOf: Date): Date | undefined {
  return date !== undefined && date.getTime() <= asOf.getTime() + dayMs ? date : undefined
}

/** What the parts of an account's reading share. */
interface Subject {
  readonly entry: DirectoryEntry
  readonly classes: ReadonlySet<string>
  readonly control: number | undefined
  readonly sid: string | undefined
  /** True when a missing attribute means that it is not set. */
  readonly full: boolean
}

/** Tells what one entry of an account says. */
export function accountOf(entry: DirectoryEntry, context: DirectoryContext): FactRow<'account'> {
  const control = integerOf(entry, 'useraccountcontrol')
  // Active Directory gives every entry an instanceType, and a list of chosen attributes hardly ever names it.
  const full = context.askedForAll || (entry.attributes.has('instancetype') && entry.attributes.has('objectguid'))
  const sid = idOf(entry, 'objectsid', formatSid)
  const subject: Subject = { entry, classes: classesOf(entry), control, sid, full }
  const accountType = typeOf(subject)
  const lastUsedAt = past(lastUseOf(entry), context.asOf)
  const groups = groupsOf(entry, context)
  return {
    system: context.system,
    username: usernameOf(entry),
    externalId:
      idOf(entry, 'objectguid', formatGuid) ??
      sid ??
      textOf(entry, 'entryuuid') ??
      textOf(entry, 'nsuniqueid') ??
      textOf(entry, 'ipauniqueid') ??
      entry.dn,
    displayName: textOf(entry, 'displayname') ?? textOf(entry, 'cn') ?? textOf(entry, 'gecos')?.split(',')[0],
    givenName: textOf(entry, 'givenname'),
    familyName: textOf(entry, 'sn'),
    email: textOf(entry, 'mail') ?? primaryAddress(entry),
    employeeNumber: textOf(entry, 'employeenumber') ?? textOf(entry, 'employeeid'),
    owner: ownerOf(entry, accountType),
    enabled: enabledOf(subject),
    accountType,
    privileged: privilegedOf(subject, groups),
    createdAt: past(
      parseGeneralizedTime(textOf(entry, 'whencreated') ?? textOf(entry, 'createtimestamp')),
      context.asOf,
    ),
    lastUsedAt,
    neverUsed: neverUsedOf(subject, lastUsedAt),
    passwordSetAt: past(
      parseFiletime(textOf(entry, 'pwdlastset')) ??
        parseGeneralizedTime(textOf(entry, 'pwdchangedtime') ?? textOf(entry, 'krblastpwdchange')),
      context.asOf,
    ),
    passwordNeverExpires: control === undefined ? undefined : (control & passwordNeverExpires) !== 0,
    expiresOn: expiryOf(entry),
    mfaEnrolled: control !== undefined && (control & smartcardRequired) !== 0 ? true : undefined,
    mfaMethods: control !== undefined && (control & smartcardRequired) !== 0 ? 'smart card' : undefined,
    groups,
    department: textOf(entry, 'department') ?? textOf(entry, 'ou') ?? textOf(entry, 'departmentnumber'),
    description: textOf(entry, 'description'),
  }
}

function usernameOf(entry: DirectoryEntry): string | undefined {
  const named = textOf(entry, 'samaccountname') ?? textOf(entry, 'uid') ?? textOf(entry, 'userprincipalname')
  if (named !== undefined) return named
  const principal = textOf(entry, 'krbprincipalname')
  if (principal !== undefined) return principal.split('@')[0]
  return /^\s*(cn|uid)\s*=/i.test(entry.dn) ? nameOf(entry.dn) : undefined
}

/** Exchange marks the address that mail is sent from by capitals. */
function primaryAddress(entry: DirectoryEntry): string | undefined {
  const address = textsOf(entry, 'proxyaddresses').find((value) => value.startsWith('SMTP:'))
  return address?.slice('SMTP:'.length)
}

function ownerOf(entry: DirectoryEntry, accountType: string | undefined): string | undefined {
  const responsible = textOf(entry, 'managedby') ?? textOf(entry, 'owner')
  // The manager of a person is not who answers for that person's account.
  const owner = responsible ?? (accountType === 'service' ? textOf(entry, 'manager') : undefined)
  if (owner === undefined) return undefined
  return /^[a-z0-9.-]+\s*=/i.test(owner) ? nameOf(owner) : owner
}

function typeOf({ entry, classes, control, sid }: Subject): string | undefined {
  // Managed service accounts derive from computers, so they come first.
  if (classes.has('msds-groupmanagedserviceaccount') || classes.has('msds-managedserviceaccount')) return 'service'
  if (classes.has('msds-delegatedmanagedserviceaccount')) return 'service'
  if (classes.has('computer')) return 'computer'
  if (control !== undefined && (control & (workstationAccount | serverAccount | trustAccount)) !== 0) return 'computer'
  const wellKnown = /^S-1-5-21-.*-(\d+)$/.exec(sid ?? '')?.[1]
  if (wellKnown === '500') return 'admin'
  if (wellKnown === '501') return 'guest'
  if (wellKnown === '502') return 'service'
  const isSomebody =
    entry.attributes.has('employeenumber') ||
    entry.attributes.has('employeeid') ||
    (entry.attributes.has('givenname') && entry.attributes.has('sn'))
  // A service runs under an account that has a principal name; a person's own account may have got one as well.
  if (entry.attributes.has('serviceprincipalname') && !isSomebody) return 'service'
  const isPerson = ['person', 'organizationalperson', 'inetorgperson', 'posixaccount', 'user'].some((name) =>
    classes.has(name),
  )
  return classes.has('simplesecurityobject') && !isPerson ? 'service' : undefined
}

function enabledOf({ entry, control }: Subject): boolean | undefined {
  if (control !== undefined) return (control & accountDisabled) === 0
  const lock = textOf(entry, 'nsaccountlock')?.toLowerCase()
  if (lock === 'true') return false
  const status = textOf(entry, 'inetuserstatus')?.toLowerCase()
  if (status === 'inactive' || status === 'deleted') return false
  if (textsOf(entry, 'nsrole').some((role) => /^cn=ns(managed)?disabledrole/i.test(role))) return false
  const lockedAt = textOf(entry, 'pwdaccountlockedtime')
  // The year 0 means locked until an administrator opens it (draft-behera-ldap-password-policy section 5.3.3).
  if (lockedAt !== undefined) return lockedAt.startsWith('000001010000') ? false : undefined
  if (textsOf(entry, 'userpassword').some((value) => /^(\{crypt\})?(!|\*LK\*|\*$)/i.test(value))) return false
  if (/\/(nologin|false)$/.test(textOf(entry, 'loginshell') ?? '')) return undefined
  if (lock === 'false' || status === 'active') return true
  if (entry.attributes.has('samaccountname') || entry.attributes.has('objectguid')) return undefined
  const tellsOperational = ['entryuuid', 'createtimestamp', 'nsuniqueid', 'entrycsn'].some((name) =>
    entry.attributes.has(name),
  )
  return tellsOperational ? true : undefined
}

function groupsOf(entry: DirectoryEntry, context: DirectoryContext): string[] | undefined {
  if (!context.tellsGroups || context.groups.full) {
    return entry.attributes.has('memberof') ? textsOf(entry, 'memberof').map(nameOf) : undefined
  }
  return [...new Set([...textsOf(entry, 'memberof').map(nameOf), ...context.groups.of(entry)])].sort()
}

function privilegedOf({ entry, control, sid, full }: Subject, groups: string[] | undefined): boolean | undefined {
  if (groups?.some((group) => adminGroups.has(group.toLowerCase()))) return true
  // adminCount marks who is, or was, in a protected group, also by way of another group.
  if (textOf(entry, 'admincount') === '1') return true
  if (adminGroupIds.has(textOf(entry, 'primarygroupid') ?? '')) return true
  if (sid?.startsWith('S-1-5-21-') && sid.endsWith('-500')) return true
  if (control === undefined) return undefined
  return full || entry.attributes.has('admincount') ? false : undefined
}

function lastUseOf(entry: DirectoryEntry): Date | undefined {
  return latest(
    parseFiletime(textOf(entry, 'lastlogontimestamp')),
    parseFiletime(textOf(entry, 'lastlogon')),
    ...['authtimestamp', 'lastlogintime', 'pwdlastsuccess', 'krblastsuccessfulauth'].map((name) =>
      parseGeneralizedTime(textOf(entry, name)),
    ),
  )
}

/** Active Directory alone tells it: the replicated time of the last sign-in is written at the first one. */
function neverUsedOf({ entry, control, full }: Subject, lastUsedAt: Date | undefined): boolean | undefined {
  if (lastUsedAt !== undefined) return false
  if (control === undefined) return undefined
  const replicated = textOf(entry, 'lastlogontimestamp')
  return replicated === '0' || (replicated === undefined && full) ? true : undefined
}

function expiryOf(entry: DirectoryEntry): Day | undefined {
  const instant =
    parseFiletime(textOf(entry, 'accountexpires')) ?? parseGeneralizedTime(textOf(entry, 'krbprincipalexpiration'))
  if (instant !== undefined) return dayOf(instant)
  const days = integerOf(entry, 'shadowexpire')
  return days !== undefined && days >= 0 && days < 1_000_000 ? dayOf(new Date(days * dayMs)) : undefined
}
