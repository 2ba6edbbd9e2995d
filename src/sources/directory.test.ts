import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FactRow } from '#core/intake/facts.ts'
import {
  accountOf,
  type DirectoryContext,
  type DirectoryEntry,
  directoryName,
  formatGuid,
  formatSid,
  isAccount,
  Memberships,
  nameOf,
  parseFiletime,
  parseGeneralizedTime,
} from './directory.ts'

const context: DirectoryContext = {
  system: 'Active Directory',
  askedForAll: false,
  tellsGroups: true,
  groups: new Memberships(),
  asOf: new Date('2026-05-01T00:00:00Z'),
}

function entry(
  values: Readonly<Record<string, string | Buffer | readonly string[]>>,
  dn = 'cn=x,dc=a',
): DirectoryEntry {
  const attributes = new Map<string, Buffer[]>()
  for (const [name, value] of Object.entries(values)) {
    const list = typeof value === 'string' || Buffer.isBuffer(value) ? [value] : value
    attributes.set(
      name.toLowerCase(),
      list.map((each) => Buffer.from(each)),
    )
  }
  return { dn, attributes }
}

function account(values: Parameters<typeof entry>[0], changes: Partial<DirectoryContext> = {}): FactRow<'account'> {
  return accountOf(entry({ objectClass: 'person', ...values }), { ...context, ...changes })
}

test('a FILETIME is an instant, and its words for never are none', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['132539328000000000', '2021-01-01T00:00:00.000Z'],
    ['116444736000000000', '1970-01-01T00:00:00.000Z'],
    ['0', undefined],
    ['9223372036854775807', undefined],
    ['-1', undefined],
    ['soon', undefined],
    ['1', undefined],
  ]
  for (const [value, expected] of cases) assert.equal(parseFiletime(value)?.toISOString(), expected, value)
})

test('a generalised time may have a fraction, an offset, or no minutes', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['20230105120000.0Z', '2023-01-05T12:00:00.000Z'],
    ['20230105120000Z', '2023-01-05T12:00:00.000Z'],
    ['20230105120000.123456Z', '2023-01-05T12:00:00.123Z'],
    ['20230105120000,5+0200', '2023-01-05T10:00:00.500Z'],
    ['20230105120000-05', '2023-01-05T17:00:00.000Z'],
    ['202301051200Z', '2023-01-05T12:00:00.000Z'],
    ['2023010512.5Z', '2023-01-05T12:30:00.000Z'],
    ['20231305120000Z', undefined],
    ['00000101000000Z', undefined],
    ['16010101000000.0Z', undefined],
    ['yesterday', undefined],
  ]
  for (const [value, expected] of cases) assert.equal(parseGeneralizedTime(value)?.toISOString(), expected, value)
})

test('identifiers are written as Windows writes them', () => {
  assert.equal(
    formatGuid(Buffer.from('33221100554477668899aabbccddeeff', 'hex')),
    '00112233-4455-6677-8899-aabbccddeeff',
  )
  assert.equal(formatGuid(Buffer.from('3322', 'hex')), undefined)
  assert.equal(formatSid(Buffer.from('01020000000000052000000020020000', 'hex')), 'S-1-5-32-544')
  assert.equal(formatSid(Buffer.from('0102', 'hex')), undefined)
  assert.equal(account({ objectSid: 'S-1-5-21-1-2-3-1104' }).externalId, 'S-1-5-21-1-2-3-1104')
})

test('Active Directory says of each account whether it is disabled, expires, or is a machine', () => {
  assert.equal(account({ userAccountControl: '512' }).enabled, true)
  assert.equal(account({ userAccountControl: '514' }).enabled, false)
  // Locked after failed passwords (0x10): the lock ends by itself, the account is not disabled.
  assert.equal(account({ userAccountControl: '528' }).enabled, true)
  assert.equal(account({ userAccountControl: '66048' }).passwordNeverExpires, true)
  assert.equal(account({ userAccountControl: '262656' }).mfaEnrolled, true)
  assert.equal(account({ userAccountControl: '512' }).mfaEnrolled, undefined)
  for (const control of ['4096', '8192', '2080'])
    assert.equal(account({ userAccountControl: control }).accountType, 'computer')
  assert.equal(account({ accountExpires: '132539328000000000' }).expiresOn, '2021-01-01')
  assert.equal(account({ accountExpires: '9223372036854775807' }).expiresOn, undefined)
})

test('an account is privileged by a group, by adminCount or by its primary group, and ordinary only when all is told', () => {
  const control = { userAccountControl: '512' }
  const admin = 'CN=Domain Admins,CN=Users,DC=clinic,DC=example'
  assert.equal(account({ ...control, memberOf: [admin] }).privileged, true)
  assert.equal(account({ ...control, memberOf: ['CN=Billing,DC=clinic,DC=example'], adminCount: '1' }).privileged, true)
  assert.equal(account({ ...control, primaryGroupID: '512' }).privileged, true)
  assert.equal(account(control).privileged, undefined)
  assert.equal(account(control, { askedForAll: true }).privileged, false)
  assert.equal(account({ ...control, instanceType: '4', objectGUID: Buffer.alloc(16) }).privileged, false)
  assert.equal(account({ uid: 'a' }, { askedForAll: true }).privileged, undefined)
})

test('a service account is told by its class, or by a principal name where nobody is named', () => {
  assert.equal(account({ objectClass: ['computer', 'msDS-GroupManagedServiceAccount'] }).accountType, 'service')
  assert.equal(account({ servicePrincipalName: 'MSSQLSvc/db1', userAccountControl: '512' }).accountType, 'service')
  const person = { servicePrincipalName: 'HTTP/x', givenName: 'A', sn: 'B', userAccountControl: '512' }
  assert.equal(account(person).accountType, undefined)
  assert.equal(account({ objectClass: ['account', 'simpleSecurityObject'] }).accountType, 'service')
  const owned = account({ objectClass: 'msDS-ManagedServiceAccount', managedBy: 'CN=Reyes\\, Marisol,DC=clinic' })
  assert.equal(owned.owner, 'Reyes, Marisol')
  assert.equal(account({ manager: 'CN=Boss,DC=clinic' }).owner, undefined)
})

test('whether an account was ever used is told by Active Directory only', () => {
  const all = { askedForAll: true }
  assert.equal(account({ userAccountControl: '512' }, all).neverUsed, true)
  assert.equal(account({ userAccountControl: '512', lastLogon: '132539328000000000' }, all).neverUsed, false)
  assert.equal(account({ userAccountControl: '512', lastLogon: '0' }).neverUsed, undefined)
  assert.equal(account({ userAccountControl: '512', lastLogonTimestamp: '0' }).neverUsed, true)
  assert.equal(account({ uid: 'a' }, all).neverUsed, undefined)
})

test('the later of two sign-ins counts, and one in the future is left out', () => {
  const used = { lastLogon: '132539328000000000', lastLogonTimestamp: '132000000000000000' }
  assert.equal(account(used).lastUsedAt?.toISOString(), '2021-01-01T00:00:00.000Z')
  assert.equal(account({ authTimestamp: '20270101000000Z' }).lastUsedAt, undefined)
})

test('a directory without locks says nothing unless operational attributes were exported', () => {
  const seen = { entryUUID: '8b3e' }
  const cases: readonly (readonly [Record<string, string>, boolean | undefined])[] = [
    [{}, undefined],
    [seen, true],
    [{ ...seen, pwdAccountLockedTime: '000001010000Z' }, false],
    [{ ...seen, pwdAccountLockedTime: '20260101000000Z' }, undefined],
    [{ ...seen, nsAccountLock: 'TRUE' }, false],
    [{ nsAccountLock: 'false' }, true],
    [{ inetUserStatus: 'Inactive' }, false],
    [{ inetUserStatus: 'active' }, true],
    [{ nsRole: 'cn=nsManagedDisabledRole,dc=clinic' }, false],
    [{ ...seen, loginShell: '/usr/sbin/nologin' }, undefined],
    [{ ...seen, userPassword: '{CRYPT}!$6$x' }, false],
    [{ ...seen, userPassword: '{SSHA}abc' }, true],
    [{ sAMAccountName: 'a', ...seen }, undefined],
  ]
  for (const [values, expected] of cases)
    assert.equal(account({ uid: 'a', ...values }).enabled, expected, JSON.stringify(values))
})

test('members of groups are found however their names are spaced, by name or by user name', () => {
  const groups = new Memberships()
  groups.add(entry({ cn: 'billing', member: ['UID=Okoye, OU=People,DC=clinic'] }))
  groups.add(entry({ cn: 'imaging', memberUid: ['okoye', 'other'] }))
  const row = accountOf(entry({ uid: 'okoye' }, 'uid=okoye,ou=people, dc=clinic'), { ...context, groups })
  assert.deepEqual(row.groups, ['billing', 'imaging'])
})

test('with more memberships than fit, nothing is said of groups', () => {
  const groups = new Memberships(1)
  groups.add(entry({ cn: 'a', memberUid: ['x', 'y'] }))
  assert.equal(account({ uid: 'x' }, { groups }).groups, undefined)
})

test('groups and contacts are no accounts, chosen attributes without a class may be', () => {
  assert.equal(isAccount(entry({ objectClass: ['person', 'contact'] })), false)
  assert.equal(isAccount(entry({ objectClass: 'groupOfNames' })), false)
  assert.equal(isAccount(entry({ objectClass: 'organizationalUnit' })), false)
  assert.equal(isAccount(entry({ objectClass: 'inetOrgPerson' })), true)
  assert.equal(isAccount(entry({ sAMAccountName: 'a' })), true)
})

test('a distinguished name gives the name of what it stands for, and of the directory', () => {
  assert.equal(nameOf('CN=Reyes\\, Marisol,OU=x'), 'Reyes, Marisol')
  assert.equal(nameOf('cn=J\\C3\\BCrgen,ou=x'), 'Jürgen')
  assert.equal(nameOf('nothing'), 'nothing')
  assert.equal(directoryName(false, 'ou=people,dc=Clinic,dc=example'), 'clinic.example directory')
  assert.equal(directoryName(false, 'ou=people,o=Clinic'), 'Clinic directory')
  assert.equal(directoryName(false, undefined), 'directory')
  assert.equal(directoryName(true, 'dc=clinic'), 'Active Directory')
})
