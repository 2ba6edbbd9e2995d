/**
 * The accounts of one system: who has one, what has gone wrong with it, and what must be found about it. A verdict is
 * drawn from the values that are written, so that the key is right also for what came about by chance.
 */
import type { KeyKeeper, SampleSize } from './answer-key.ts'
import { dayMs } from './calendar.ts'
import { givenNames, loginLetters, plainLetters, strangerFamilyNames, variantOf } from './names.ts'
import { isGone, isInForce, type Logins, mailDomain, type Person } from './people.ts'
import { dealer, type Random } from './random.ts'
import { type AccountField, type AccountList, type SystemPlan, says } from './systems.ts'

export type AccountKind = 'person' | 'service' | 'shared' | 'vendor' | 'test' | 'stranger' | 'admin'

export interface Account {
  readonly kind: AccountKind
  readonly person: Person | undefined
  readonly username: string
  readonly given: string
  readonly family: string
  readonly display: string
  readonly email: string
  readonly number: string
  readonly owner: Person | undefined
  readonly enabled: boolean
  readonly createdOn: number
  readonly lastUsedAt: number | undefined
  readonly neverExpires: boolean
  /** Undefined when no source speaks of it. */
  readonly secondFactor: boolean | undefined
  readonly group: string
  readonly description: string
  readonly department: string
  readonly externalId: string
}

/** What happens by chance is drawn from here, for the sample as a whole. */
export interface Fortune {
  readonly kept: () => boolean
  readonly enabledAfterLeaving: () => boolean
  readonly usedAfterLeaving: () => boolean
  readonly dormant: () => boolean
  readonly neverUsed: () => boolean
  readonly neverExpires: () => boolean
  readonly lacksFactor: () => boolean
  readonly sharedLacksFactor: () => boolean
  readonly hasOwner: () => boolean
  readonly ownerGone: () => boolean
  readonly disabled: () => boolean
  readonly withoutNumber: () => boolean
}

const rates: Readonly<Record<keyof Fortune, Readonly<Record<SampleSize, number>>>> = {
  kept: { clinic: 1, hospital: 0.7, system: 0.7 },
  enabledAfterLeaving: { clinic: 0.4, hospital: 0.06, system: 0.025 },
  usedAfterLeaving: { clinic: 0.4, hospital: 0.04, system: 0.015 },
  dormant: { clinic: 0.09, hospital: 0.03, system: 0.025 },
  neverUsed: { clinic: 0.12, hospital: 0.01, system: 0.006 },
  neverExpires: { clinic: 0.25, hospital: 0.02, system: 0.012 },
  lacksFactor: { clinic: 0.15, hospital: 0.06, system: 0.04 },
  sharedLacksFactor: { clinic: 0.5, hospital: 0.3, system: 0.3 },
  hasOwner: { clinic: 0.6, hospital: 0.7, system: 0.75 },
  ownerGone: { clinic: 0.3, hospital: 0.12, system: 0.1 },
  disabled: { clinic: 0, hospital: 0.015, system: 0.015 },
  withoutNumber: { clinic: 0, hospital: 0.1, system: 0.08 },
}

export function drawFortune(size: SampleSize, seeded: Random): Fortune {
  const random = seeded.fork('fortune')
  const deal = (name: keyof Fortune) => dealer(rates[name][size], random.fork(name), size === 'clinic')
  return {
    kept: deal('kept'),
    enabledAfterLeaving: deal('enabledAfterLeaving'),
    usedAfterLeaving: deal('usedAfterLeaving'),
    dormant: deal('dormant'),
    neverUsed: deal('neverUsed'),
    neverExpires: deal('neverExpires'),
    lacksFactor: deal('lacksFactor'),
    sharedLacksFactor: deal('sharedLacksFactor'),
    hasOwner: deal('hasOwner'),
    ownerGone: deal('ownerGone'),
    disabled: deal('disabled'),
    withoutNumber: deal('withoutNumber'),
  }
}

export interface Organisation {
  readonly size: SampleSize
  readonly asOf: number
  readonly people: readonly Person[]
  readonly logins: Logins
  readonly fortune: Fortune
  /** The people of whose second factor the sign-in service reports, by index. */
  readonly registered: Set<number>
}

const services = [
  ['svc-backup', 'Backup service'],
  ['svc-sql', 'Database service'],
  ['svc-hl7', 'Interface engine'],
  ['svc-scan', 'Scan to folder'],
  ['svc-print', 'Print service'],
  ['svc-monitor', 'Monitoring service'],
  ['svc-dicom', 'Image router'],
  ['svc-report', 'Report scheduler'],
] as const
const places = [
  ['frontdesk', 'Front Desk'],
  ['nurse', 'Nurse Station'],
  ['triage', 'Triage'],
  ['labbench', 'Lab Bench'],
  ['pharmwindow', 'Pharmacy Window'],
  ['edtrack', 'ED Tracking Board'],
  ['orboard', 'OR Board'],
  ['regdesk', 'Registration Desk'],
] as const
const vendorNames = ['siemens', 'philips', 'stryker', 'baxter', 'ricoh', 'steris', 'hillrom', 'canon'] as const

/** Whoever this is has typed a spreadsheet formula where a name belongs. */
const formulaIndex = 1

/** Yields the accounts of a system, in the order of its list. */
export function* drawAccounts(
  system: SystemPlan,
  list: AccountList,
  organisation: Organisation,
  seeded: Random,
): Generator<Account> {
  const { people, size, asOf, fortune, logins } = organisation
  const random = seeded.fork(system.name)
  const domain = mailDomain[size]
  // Names alone tell people apart only where they are written in full and borne once.
  const byNameAlone = list.number === 'none' && !list.hasEmail && list.login !== 'email'
  const stewards = people.filter(
    (person) => isInForce(person) && person.story === 'steady' && !person.namesake && person.email !== '',
  )
  const formerStewards = people.filter((person) => isGone(person) && !person.namesake && person.email !== '')

  for (const person of people) {
    if (!isCovered(person)) continue
    if (isGone(person) && !fortune.kept()) continue
    yield personAccount(person)
  }
  const plans = Object.entries(list.extras) as [Exclude<AccountKind, 'person'>, number][]
  for (const [kind, count] of plans) {
    if (kind === 'admin') {
      if (count === 0) continue
      // Of people who left, the second account is the one that is forgotten.
      const gone = people
        .filter((person) => person.story === 'left-recently')
        .slice(0, Math.max(1, Math.floor(count / 8)))
      const admins = [...stewards.filter((person) => !person.clinical).slice(0, count - gone.length), ...gone]
      for (const person of admins) yield adminAccount(person)
    } else {
      for (let each = 0; each < count; each++) yield extraAccount(kind, each)
    }
  }

  function isCovered(person: Person): boolean {
    const { coverage } = list
    const share = typeof coverage === 'number' ? coverage : person.clinical ? coverage.clinical : coverage.other
    const isDrawn = random.chance(share)
    if (person.index !== formulaIndex && !isDrawn) return false
    if (person.namesake && byNameAlone) return false
    return person.email !== '' || list.login !== 'email'
  }

  function at(day: number): number {
    return day * dayMs + random.int(13 * 3600, 20 * 3600) * 1000
  }

  function personAccount(person: Person): Account {
    const gone = isGone(person)
    const leftOn = person.leftOn ?? asOf
    const usedAfterLeaving = gone && fortune.usedAfterLeaving()
    // Nobody's second factor is judged by a sign-in account that is itself disabled.
    // An account of somebody who left long ago that is still enabled would also be dormant: it is one or the other.
    const isKnownBare = list.secondFactor === 'entra' && !person.secondFactor
    const enabled = gone ? fortune.enabledAfterLeaving() : isKnownBare || !fortune.disabled()
    const createdOn =
      person.story === 'pending'
        ? asOf - random.int(1, 6)
        : Math.max(person.hiredOn, asOf - 4000) + (person.story === 'new-fresh' ? 0 : random.int(0, 20))
    const stale = gone && enabled && person.story === 'left-long-ago'
    let lastUsedAt: number | undefined
    if (person.story === 'pending') lastUsedAt = undefined
    else if (stale) lastUsedAt = at(asOf - random.int(3, 60))
    else if (usedAfterLeaving) lastUsedAt = at(Math.min(asOf - 2, leftOn + random.int(3, 40)))
    else if (gone) lastUsedAt = at(leftOn - random.int(1, 8))
    else if (person.story === 'new-fresh') lastUsedAt = at(asOf - random.int(1, Math.max(1, asOf - person.hiredOn)))
    else if (person.story !== 'steady') lastUsedAt = at(asOf - random.int(2, 45))
    else if (enabled && list.words.never && says(list, 'created') && fortune.neverUsed()) lastUsedAt = undefined
    else if (enabled && fortune.dormant()) lastUsedAt = at(Math.max(createdOn + 1, asOf - random.int(101, 420)))
    else lastUsedAt = at(asOf - random.int(1, enabled ? 80 : 300))

    const hasNumber = list.number !== 'none' && (person.namesake || !fortune.withoutNumber())
    const email = list.login === 'email' || list.hasEmail ? person.email : ''
    const isCertain = hasNumber || email !== ''
    const name = isCertain ? variantOf(person, random) : { given: person.given, family: person.family }
    const username = list.login === 'email' ? person.email : person.logins[list.login]
    const isFormula =
      person.index === formulaIndex && (list.product === 'Microsoft Entra ID' || list.product === 'Tebra')
    return {
      kind: 'person',
      person,
      username,
      ...name,
      display: isFormula ? '=HYPERLINK("https://example.test/?q=1","Open")' : `${name.given} ${name.family}`,
      email,
      number: hasNumber ? writeNumber(person.number) : '',
      owner: undefined,
      enabled,
      createdOn,
      lastUsedAt,
      neverExpires: person.story === 'steady' && says(list, 'neverExpires') && fortune.neverExpires(),
      secondFactor: personFactor(person, enabled),
      group: person.title,
      description: '',
      department: person.department,
      externalId: identifier(),
    }
  }

  function personFactor(person: Person, enabled: boolean): boolean | undefined {
    switch (list.secondFactor) {
      case 'entra':
        organisation.registered.add(person.index)
        return person.secondFactor
      case 'sign-in':
        return organisation.registered.has(person.index) ? person.secondFactor : undefined
      case 'column':
      case 'duo':
        return !(isInForce(person) && enabled && fortune.lacksFactor())
      case 'none':
        return undefined
    }
  }

  function adminAccount(person: Person): Account {
    const gone = isGone(person)
    return {
      kind: 'admin',
      person,
      username: `adm-${person.logins.flast}`,
      given: person.given,
      family: person.family,
      display: `${person.given} ${person.family} (admin)`,
      email: '',
      number: writeNumber(person.number),
      owner: undefined,
      enabled: true,
      createdOn: Math.max(person.hiredOn, asOf - 3000) + 30,
      lastUsedAt: at(gone ? (person.leftOn ?? asOf) - random.int(1, 8) : asOf - random.int(1, 20)),
      neverExpires: false,
      secondFactor: undefined,
      group: 'Domain Admins',
      description: 'Administrator account',
      department: person.department,
      externalId: identifier(),
    }
  }

  function extraAccount(kind: Exclude<AccountKind, 'person' | 'admin'>, each: number): Account {
    const { username: base, display, given, family, description } = nameExtra(kind, each)
    const mayHaveOwner = list.owner !== 'none' && kind !== 'stranger'
    const owner =
      mayHaveOwner && fortune.hasOwner()
        ? random.pick(fortune.ownerGone() && formerStewards.length > 0 ? formerStewards : stewards)
        : undefined
    const email = list.login === 'email' ? `${base}@${domain}` : ''
    return {
      kind,
      person: undefined,
      username: list.login === 'email' ? email : base,
      given,
      family,
      display,
      email,
      number: '',
      owner,
      enabled: !(kind === 'test' && each % 2 === 1) && !(kind === 'vendor' && each % 4 === 3),
      createdOn: asOf - random.int(200, 2500),
      // A service that signs in once a year is right where the list says that it is a service.
      lastUsedAt: at(
        asOf - (kind === 'service' && says(list, 'kind') && each % 3 === 2 ? random.int(120, 300) : random.int(1, 25)),
      ),
      neverExpires: kind === 'service',
      secondFactor: extraFactor(kind),
      group: kind === 'service' ? 'Integration' : kind === 'shared' ? 'Workstation' : 'Standard',
      description,
      department: kind === 'stranger' ? 'Medicine' : '',
      externalId: identifier(),
    }
  }

  function extraFactor(kind: AccountKind): boolean | undefined {
    if (list.secondFactor === 'none' || list.secondFactor === 'sign-in') return undefined
    if (kind === 'service') return false
    return kind !== 'shared' || !fortune.sharedLacksFactor()
  }

  function nameExtra(kind: Exclude<AccountKind, 'person' | 'admin'>, each: number) {
    // What neither a column nor a description says, the name says.
    const isNamed = !says(list, 'kind') && !says(list, 'description')
    switch (kind) {
      case 'service': {
        const [login, title] = services[each % services.length] ?? services[0]
        const round = Math.floor(each / services.length)
        const username = round === 0 ? login : `${login}${round + 1}`
        return {
          username,
          display: `${title}${round === 0 ? '' : ` ${round + 1}`}`,
          given: title,
          family: 'Service',
          description: 'Service account',
        }
      }
      case 'shared': {
        const [login, title] = places[each % places.length] ?? places[0]
        const count = Math.floor(each / places.length) + 1
        const display = `${title} ${count}${isNamed ? ' (shared)' : ''}`
        return {
          username: `${login}${count}`,
          display,
          given: `${title} ${count}`,
          family: 'Shared',
          description: 'Shared workstation login',
        }
      }
      case 'vendor': {
        const vendor = vendorNames[each % vendorNames.length] ?? vendorNames[0]
        const count = Math.floor(each / vendorNames.length) + 1
        const title = vendor.charAt(0).toUpperCase() + vendor.slice(1)
        return {
          username: `vnd-${vendor}${count}`,
          display: `${title} Support ${count} (vendor)`,
          given: `${title} Support`,
          family: 'Vendor',
          description: 'Vendor remote support',
        }
      }
      case 'test':
        return {
          username: `test.user${each + 1}`,
          display: `Test User ${each + 1}`,
          given: 'Test',
          family: `User ${each + 1}`,
          description: 'Test account',
        }
      case 'stranger': {
        const given = random.pick(givenNames)
        const family = random.pick(strangerFamilyNames)
        const letters =
          list.login === 'lastf'
            ? loginLetters(family) + loginLetters(given).charAt(0)
            : list.login === 'flast'
              ? loginLetters(given).charAt(0) + loginLetters(family)
              : `${loginLetters(given)}.${loginLetters(family)}`
        return { username: logins.claim(letters), display: `${given} ${family}`, given, family, description: '' }
      }
    }
  }

  function writeNumber(number: string): string {
    if (list.number === 'bare') return number.replace(/^0+/, '')
    return list.number === 'padded' && /^\d+$/.test(number) ? number.padStart(8, '0') : number
  }

  function identifier(): string {
    const hex = (length: number) =>
      Array.from({ length: length / 4 }, () => random.int(0, 0xffff).toString(16).padStart(4, '0')).join('')
    return says(list, 'externalId') ? `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}` : ''
  }
}

export function accountKey(system: SystemPlan, account: Account): string {
  return `${system.name}/${account.username}`
}

/** Judges an account by what its list says, and writes what must be found, and what must not, into the key. */
export function judgeAccount(
  system: SystemPlan,
  list: AccountList,
  account: Account,
  asOf: number,
  keeper: KeyKeeper,
): void {
  const key = accountKey(system, account)
  const { person, enabled, kind } = account
  const fault = (safeguard: string, why: string) => keeper.fault(safeguard, 'account', key, why)
  const temptation = (safeguard: string, why: string) => keeper.temptation(safeguard, 'account', key, why)
  const lastUsedOn =
    account.lastUsedAt !== undefined && says(list, 'lastUsed') ? Math.floor(account.lastUsedAt / dayMs) : undefined
  keeper.key.accounts++

  if (person && isGone(person) && person.leftOn !== undefined) {
    if (enabled)
      fault('access.leavers-lose-access', `enabled, but its owner's last day was ${asOf - person.leftOn} days ago`)
    else temptation('access.leavers-lose-access', 'the account of a leaver is disabled')
    if (lastUsedOn !== undefined && lastUsedOn > person.leftOn) {
      fault('access.not-used-after-leaving', `last used ${lastUsedOn - person.leftOn} days after its owner's last day`)
    }
  } else if (person && enabled) {
    if (person.story === 'leave') temptation('access.leavers-lose-access', 'the owner is on leave of absence')
    if (person.story === 'notice') temptation('access.leavers-lose-access', "the owner's last day is still to come")
    if (person.story === 'last-day') temptation('access.leavers-lose-access', "the owner's last day is today")
    if (person.story === 'rehired') temptation('access.leavers-lose-access', 'the owner left once and was hired again')
    if (person.story === 'pending')
      temptation('access.accounts-have-owner', 'the owner starts soon and is on the staff list')
    if (person.namesake) temptation('access.leavers-lose-access', 'somebody else has the same name')
  }

  if (!person && enabled) {
    if (!account.owner) fault('access.accounts-have-owner', 'belongs to nobody on the staff list and names no owner')
    else if (isGone(account.owner)) fault('access.accounts-have-owner', 'the owner that it names has left')
    else temptation('access.accounts-have-owner', `a ${kind} account with a named owner in force`)
  }

  if (kind === 'person' && enabled && says(list, 'lastUsed')) {
    const isNever = lastUsedOn === undefined && list.words.never !== undefined
    if (lastUsedOn !== undefined && asOf - lastUsedOn > 90) {
      fault('access.no-dormant-accounts', `not used for ${asOf - lastUsedOn} days`)
    } else if (isNever && says(list, 'created') && asOf - account.createdOn > 90) {
      fault('access.no-dormant-accounts', `never used and created ${asOf - account.createdOn} days ago`)
    } else if (isNever) {
      temptation('access.no-dormant-accounts', 'never used, but new')
    }
  }
  if (kind === 'service' && enabled && lastUsedOn !== undefined && asOf - lastUsedOn > 90) {
    temptation('access.no-dormant-accounts', 'a service account, not a person')
  }

  if (kind === 'shared' && enabled) {
    if (system.ephi) fault('authentication.no-shared-accounts', 'shared by several people, on a system with ePHI')
    else temptation('authentication.no-shared-accounts', 'the system holds no ePHI')
  }

  if (enabled && account.secondFactor === false) {
    if (kind === 'service') temptation('authentication.mfa-on-ephi-accounts', 'a service account')
    else if (system.ephi) fault('authentication.mfa-on-ephi-accounts', 'no second factor, on a system with ePHI')
    else temptation('authentication.mfa-on-ephi-accounts', 'the system holds no ePHI')
  }

  if (says(list, 'neverExpires') && account.neverExpires && enabled) {
    if (kind === 'person') fault('authentication.no-never-expiring-accounts', 'its password never expires')
    else if (kind === 'service') temptation('authentication.no-never-expiring-accounts', 'a service account')
  }
}

const typeWords: Readonly<Record<AccountKind, string>> = {
  person: 'User',
  service: 'Service',
  shared: 'Shared',
  vendor: 'External',
  test: 'Test',
  stranger: 'User',
  admin: 'Admin',
}

const orgUnits: Readonly<Record<AccountKind, string>> = {
  person: 'Staff',
  service: 'Service Accounts',
  shared: 'Shared Accounts',
  vendor: 'Vendors',
  test: 'Test Accounts',
  stranger: 'Staff',
  admin: 'Administrators',
}

/** Two people of one name cannot stand in one place of a directory: there the user name is added. */
export function commonName({ kind, person, display, username }: Account): string {
  if (!person || kind !== 'person') return display
  return `${person.given} ${person.family}${person.namesake ? ` ${username}` : ''}`
}

export function distinguishedName(account: Account, domain: string): string {
  return `CN=${commonName(account)},OU=${orgUnits[account.kind]},${domainParts(domain)}`
}

export function domainParts(domain: string): string {
  return domain
    .split('.')
    .map((part) => `DC=${part}`)
    .join(',')
}

/** How a list writes each of its fields; instants and words are the list's own. */
export function accountCell(
  field: AccountField,
  account: Account,
  list: AccountList,
  write: { instant(at: number): string; day(day: number): string },
  domain: string,
): string {
  const { words } = list
  const yesNo = (value: boolean | undefined) => (value === undefined ? '' : value ? words.yes : words.no)
  const isPerson = account.kind === 'person' || account.kind === 'stranger' || account.kind === 'admin'
  switch (field) {
    case 'username':
      return account.username
    case 'upn':
      return account.username.includes('@') ? account.username : `${account.username}@${domain}`
    case 'display':
      return account.display
    case 'lastFirst':
      return isPerson ? `${account.family}, ${account.given}` : account.display
    case 'capitals':
      return isPerson
        ? plainLetters(`${account.family}, ${account.given}`).toUpperCase()
        : account.display.toUpperCase()
    case 'given':
      return account.given
    case 'family':
      return account.family
    case 'email':
      return account.email
    case 'number':
      return account.number
    case 'status':
      return account.enabled ? words.on : words.off
    case 'created':
      return words.instants === 'day-only'
        ? write.day(account.createdOn)
        : write.instant(account.createdOn * dayMs + 15 * 3_600_000)
    case 'lastUsed':
      return account.lastUsedAt === undefined ? (words.never ?? '') : write.instant(account.lastUsedAt)
    case 'secondFactor':
      return yesNo(account.secondFactor)
    case 'kind':
      return typeWords[account.kind]
    case 'owner':
      return account.owner ? writeOwner(account.owner, list.owner) : ''
    case 'department':
      return account.department
    case 'groups':
      return account.group
    case 'description':
      return account.description
    case 'neverExpires':
      return yesNo(account.neverExpires)
    case 'distinguishedName':
      return distinguishedName(account, domain)
    case 'externalId':
      return account.externalId
    case 'objectClass':
      return 'user'
    case 'passwordSet':
      return write.instant((account.createdOn + 2) * dayMs + 16 * 3_600_000)
    case 'orgUnit':
      return account.kind === 'person' ? '/Staff' : `/${orgUnits[account.kind]}`
  }
}

function writeOwner(owner: Person, form: AccountList['owner']): string {
  switch (form) {
    case 'name':
      return `${owner.given} ${owner.family}`
    case 'number':
      return owner.number
    case 'email':
      return owner.email
    case 'none':
      return ''
  }
}
