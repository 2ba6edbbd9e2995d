/** Account lists and multi-factor reports as files: tables in the words of each product, or LDIF. */
import { type Account, accountCell, commonName, distinguishedName, domainParts } from './accounts.ts'
import { dayMs, toDay, writeDay, writeFileTime, writeGeneralizedTime, writeInstant } from './calendar.ts'
import type { AccountList } from './systems.ts'
import type { Table, TableRow } from './table.ts'

/** The list as a table, with two rows that must be refused where the list is meant to have them. */
export function accountTable(list: AccountList, accounts: Iterable<Account>, domain: string): Table {
  const { dates } = list.dialect
  const write = {
    instant: (at: number) => writeInstant(at, list.words.instants, dates),
    day: (day: number) => writeDay(day, dates),
  }
  function* rows(): Generator<TableRow> {
    let count = 0
    for (const account of accounts) {
      yield { cells: list.columns.map(([, field]) => accountCell(field, account, list, write, domain)) }
      count++
      if (list.badRows && count === 5) yield badRow({ username: '', lastUsed: '' })
      if (list.badRows && count === 8) yield badRow({ username: 'zzold01', lastUsed: '13/45/2025' })
    }
  }
  function badRow({ username, lastUsed }: { username: string; lastUsed: string }): TableRow {
    const cells = list.columns.map(([, field]) => {
      if (field === 'username') return username
      if (field === 'lastUsed') return lastUsed
      return field === 'status' ? list.words.off : field === 'groups' ? 'Standard' : ''
    })
    return { reject: true, cells }
  }
  return { preamble: list.preamble, header: list.columns.map(([header]) => header), rows: rows() }
}

const wide = 76

/** One attribute: in Base64 where it is not plain text, folded where it is long (RFC 2849). */
function attribute(name: string, value: string): string {
  const isSafe = /^[\x21-\x39\x3b\x3d-\x7e][\x20-\x7e]*$/.test(value) && !value.endsWith(' ')
  const line = isSafe ? `${name}: ${value}` : `${name}:: ${Buffer.from(value).toString('base64')}`
  if (line.length <= wide) return `${line}\n`
  let text = `${line.slice(0, wide)}\n`
  for (let from = wide; from < line.length; from += wide - 1) text += ` ${line.slice(from, from + wide - 1)}\n`
  return text
}

const disabledBit = 0x2
const normalAccount = 0x200
const neverExpiresBit = 0x10000

/** An export of Active Directory by `ldifde`, in the attributes that it gives for a user. */
export function* accountLdif(accounts: Iterable<Account>, domain: string): Generator<string> {
  yield '# Exported from Active Directory\nversion: 1\n\n'
  for (const ou of ['Staff', 'Service Accounts']) {
    const dn = `OU=${ou},${domainParts(domain)}`
    yield `${attribute('dn', dn)}changetype: add\nobjectClass: top\nobjectClass: organizationalUnit\nou: ${ou}\n\n`
  }
  for (const account of accounts) {
    const control = normalAccount + (account.enabled ? 0 : disabledBit) + (account.neverExpires ? neverExpiresBit : 0)
    const pairs: readonly (readonly [string, string])[] = [
      ['dn', distinguishedName(account, domain)],
      ['changetype', 'add'],
      ['objectClass', 'top'],
      ['objectClass', 'person'],
      ['objectClass', 'organizationalPerson'],
      ['objectClass', 'user'],
      ['cn', commonName(account)],
      ['sn', account.family],
      ['givenName', account.given],
      ['displayName', account.display],
      ['sAMAccountName', account.username],
      ['userPrincipalName', `${account.username}@${domain}`],
      ['mail', account.email],
      ['employeeID', account.number],
      ['department', account.department],
      ['description', account.description],
      [
        'managedBy',
        account.owner ? `CN=${account.owner.given} ${account.owner.family},OU=Staff,${domainParts(domain)}` : '',
      ],
      ['userAccountControl', String(control)],
      ['whenCreated', writeGeneralizedTime(account.createdOn * dayMs + 15 * 3_600_000)],
      ['pwdLastSet', writeFileTime((account.createdOn + 2) * dayMs + 16 * 3_600_000)],
      ['lastLogonTimestamp', account.lastUsedAt === undefined ? '' : writeFileTime(account.lastUsedAt)],
      ['memberOf', `CN=${account.group},OU=Groups,${domainParts(domain)}`],
    ]
    let entry = ''
    for (const [name, value] of pairs) if (value !== '') entry += attribute(name, value)
    yield `${entry}\n`
  }
}

/** One line of a report on second factors. */
export interface Registration {
  readonly username: string
  readonly display: string
  readonly isEnrolled: boolean
  readonly isGuest: boolean
  readonly email: string
}

export function registrationOf(account: Account): Registration | undefined {
  if (account.secondFactor === undefined) return undefined
  return {
    username: account.username,
    display: account.display,
    isEnrolled: account.secondFactor,
    isGuest: account.kind === 'vendor',
    email: account.email,
  }
}

/** Microsoft Entra's user registration details. */
export function entraTable(registrations: readonly Registration[], asOf: number): Table {
  function* rows(): Generator<TableRow> {
    for (const { username, display, isEnrolled, isGuest } of registrations) {
      const flag = isEnrolled ? 'True' : 'False'
      const methods = isEnrolled ? 'microsoftAuthenticatorPush,softwareOneTimePasscode' : ''
      const cells = [
        username,
        display,
        isGuest ? 'guest' : 'member',
        'False',
        flag,
        'True',
        flag,
        'False',
        methods,
        isEnrolled ? 'microsoftAuthenticatorPush' : 'none',
        `${toDay(asOf)}T05:00:00Z`,
      ]
      yield { cells }
    }
  }
  return {
    header: [
      'userPrincipalName',
      'userDisplayName',
      'userType',
      'isAdmin',
      'isMfaRegistered',
      'isSsprEnabled',
      'isMfaCapable',
      'isPasswordlessCapable',
      'methodsRegistered',
      'defaultMfaMethod',
      'lastUpdatedDateTime',
    ],
    rows: rows(),
  }
}

/** Duo's user list, of one protected application. */
export function duoTable(application: string, registrations: readonly Registration[]): Table {
  function* rows(): Generator<TableRow> {
    for (const { username, display, email, isEnrolled } of registrations) {
      const flag = isEnrolled ? 'True' : 'False'
      yield { cells: [application, username, display, email, 'Active', flag, isEnrolled ? 1 : 0] }
    }
  }
  return { header: ['application', 'username', 'realname', 'email', 'status', 'is_enrolled', 'phones'], rows: rows() }
}
