import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { FactRow, Item, Reading } from '#core/intake/facts.ts'
import { administrator, type Slapd, slapdProgram, startSlapd, suffix } from '../../test/support/slapd.ts'
import { SourceError } from './format.ts'
import { type LdapOptions, readLdap } from './ldap.ts'

const guid = Buffer.from('33221100554477668899aabbccddeeff', 'hex')
const sid = Buffer.from('010500000000000515000000010000000200000003000000f4010000', 'hex')

const clinic = `dn: ou=people,${suffix}
objectClass: organizationalUnit
ou: people

dn: cn=Marisol Reyes,ou=people,${suffix}
objectClass: user
cn: Marisol Reyes
sn: Reyes
givenName: Marisol
mail: mreyes@clinic.example
sAMAccountName: mreyes
employeeID: 1001
userAccountControl: 512
pwdLastSet: 133500000000000000
lastLogonTimestamp: 133590000000000000
accountExpires: 9223372036854775807
whenCreated: 20230105120000.0Z
adminCount: 1
memberOf: cn=Domain Admins,ou=people,${suffix}
objectGUID:: ${guid.toString('base64')}
objectSid:: ${sid.toString('base64')}

dn: cn=Dana Left,ou=people,${suffix}
objectClass: user
cn: Dana Left
sn: Left
sAMAccountName: dleft
userAccountControl: 66050

dn: uid=okoye,ou=people,${suffix}
objectClass: inetOrgPerson
uid: okoye
cn: Ada Okoye
sn: Okoye

dn: cn=ws-014,ou=people,${suffix}
objectClass: computer
cn: ws-014
sn: ws-014
sAMAccountName: ws-014$
userAccountControl: 4096

dn: cn=billing,ou=people,${suffix}
objectClass: groupOfNames
cn: billing
member: uid=okoye, ou=people, ${suffix}
`

function manyPeople(count: number): string {
  const entries = Array.from(
    { length: count },
    (_, index) => `dn: uid=p${index},${suffix}\nobjectClass: inetOrgPerson\nuid: p${index}\ncn: P ${index}\nsn: P\n`,
  )
  return entries.join('\n')
}

async function read(
  options: LdapOptions,
): Promise<{ reading: Reading; items: Item[]; accounts: FactRow<'account'>[] }> {
  for await (const reading of readLdap({ timeoutMs: 10_000, ...options })) {
    const items: Item[] = []
    for await (const item of reading.items) items.push(item)
    return { reading, items, accounts: items.flatMap((item) => (item.kind === 'account' ? [item.row] : [])) }
  }
  throw new Error('nothing was read')
}

async function refusal(options: LdapOptions): Promise<string> {
  const error: unknown = await read(options).then(
    () => assert.fail('the directory was read'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof SourceError, String(error))
  assert.ok(!error.message.includes(administrator.password), 'the password is in the message')
  assert.match(error.message, /^[A-Z].*\.$/)
  return error.code
}

describe('reading a directory', { skip: slapdProgram.skip }, () => {
  let server: Slapd
  const access = () => ({ url: server.url, ...administrator })
  before(async () => {
    server = await startSlapd({ ldif: clinic })
  })
  after(() => server.stop())

  test('every account is read, with what the directory says of it', async () => {
    const { reading, accounts } = await read(access())
    assert.equal(reading.complete, true)
    assert.equal(reading.product, 'OpenLDAP')
    assert.equal(reading.basis, 'measured')
    assert.deepEqual(accounts.map((row) => row.username).sort(), ['admin', 'dleft', 'mreyes', 'okoye', 'ws-014$'])
    const marisol = accounts.find((row) => row.username === 'mreyes')
    assert.ok(marisol)
    assert.equal(marisol.system, 'clinic.example directory')
    assert.equal(marisol.externalId, '00112233-4455-6677-8899-aabbccddeeff')
    assert.equal(marisol.employeeNumber, '1001')
    assert.equal(marisol.enabled, true)
    assert.equal(marisol.privileged, true)
    assert.equal(marisol.accountType, 'admin')
    assert.equal(marisol.expiresOn, undefined)
    assert.equal(marisol.passwordSetAt?.toISOString(), '2024-01-17T21:20:00.000Z')
    assert.equal(marisol.createdAt?.toISOString(), '2023-01-05T12:00:00.000Z')
    assert.deepEqual(marisol.groups, ['Domain Admins'])
  })

  test('a disabled account is seen as disabled, and a computer is no person', async () => {
    const { accounts } = await read(access())
    const left = accounts.find((row) => row.username === 'dleft')
    assert.equal(left?.enabled, false)
    assert.equal(left?.passwordNeverExpires, true)
    assert.equal(accounts.find((row) => row.username === 'ws-014$')?.accountType, 'computer')
  })

  test('an account without locks is open, and its groups come from the entries of the groups', async () => {
    const { accounts } = await read(access())
    const ada = accounts.find((row) => row.username === 'okoye')
    assert.equal(ada?.enabled, true)
    assert.deepEqual(ada?.groups, ['billing'])
  })

  test('a reading is not called complete before its items have been read', async () => {
    for await (const reading of readLdap(access())) {
      assert.equal(reading.complete, false)
      for await (const _ of reading.items);
      assert.equal(reading.complete, true)
    }
  })

  test('a reading of some entries is not called complete', async () => {
    const { reading, accounts } = await read({ ...access(), filter: '(uid=okoye)' })
    assert.deepEqual(
      accounts.map((row) => row.username),
      ['okoye'],
    )
    assert.equal(reading.complete, false)
  })

  test('StartTLS with the authority of the organisation is accepted, and without it refused', async (context) => {
    if (server.ca === undefined) return context.skip('openssl is not installed here')
    const { accounts } = await read({ ...access(), startTls: true, ca: server.ca })
    assert.equal(accounts.length, 5)
    assert.equal(await refusal({ ...access(), startTls: true }), 'ldap-certificate-unknown')
    assert.equal((await read({ ...access(), url: server.secureUrl, ca: server.ca })).accounts.length, 5)
    assert.equal(await refusal({ ...access(), url: server.secureUrl }), 'ldap-certificate-unknown')
    assert.equal(await refusal({ ...access(), url: server.secureUrl, ca: 'no certificate' }), 'ldap-ca-invalid')
  })

  test('a wrong password, base, name or filter is refused in words', async () => {
    assert.equal(await refusal({ ...access(), password: 'wrong' }), 'ldap-sign-in-refused')
    assert.equal(await refusal({ ...access(), baseDn: 'ou=nowhere,dc=clinic,dc=example' }), 'ldap-base-missing')
    assert.equal(await refusal({ ...access(), baseDn: 'not a name' }), 'ldap-dn-invalid')
    assert.equal(await refusal({ ...access(), bindDn: 'not a name' }), 'ldap-dn-invalid')
    assert.equal(await refusal({ ...access(), filter: '(uid=' }), 'ldap-filter-invalid')
    assert.equal(await refusal({ ...access(), url: `ldaps://127.0.0.1:${server.port}` }), 'ldap-tls-failed')
  })
})

test('an account that an administrator has locked is disabled, one locked for a while may be open again', {
  skip: slapdProgram.skip,
}, async () => {
  const locked = (uid: string, since: string) =>
    `dn: uid=${uid},${suffix}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: P\nsn: P\npwdAccountLockedTime: ${since}\n`
  const ldif = [locked('left', '000001010000Z'), locked('typo', '20260101080000Z'), manyPeople(1)].join('\n')
  await using server = await startSlapd({ ldif })
  const { accounts } = await read({ url: server.url, ...administrator })
  const states = Object.fromEntries(accounts.map((row) => [row.username, row.enabled]))
  assert.deepEqual(states, { admin: true, left: false, typo: undefined, p0: true })
})

test('a directory that shows no entry is not taken for an empty one', { skip: slapdProgram.skip }, async () => {
  await using server = await startSlapd({ ldif: clinic })
  const { reading, items } = await read({ url: server.url, ...administrator, filter: '(uid=nobody)' })
  assert.equal(reading.complete, false)
  assert.match(items.flatMap((item) => (item.kind === 'reject' ? [item.reason] : [])).join(), /read access/)
})

test('2,500 entries come in pages, none missing and none twice', { skip: slapdProgram.skip }, async () => {
  await using server = await startSlapd({ ldif: manyPeople(2500) })
  const { reading, accounts } = await read({ url: server.url, ...administrator, pageSize: 100 })
  assert.equal(new Set(accounts.map((row) => row.username)).size, 2501)
  assert.equal(accounts.length, 2501)
  assert.equal(reading.complete, true)
})

test('a size limit keeps what was read and says that the rest is missing', { skip: slapdProgram.skip }, async () => {
  await using server = await startSlapd({ ldif: manyPeople(400), config: ['sizelimit 130'] })
  const { reading, items, accounts } = await read({ url: server.url, ...administrator, pageSize: 100 })
  assert.equal(reading.complete, false)
  assert.ok(accounts.length >= 100 && accounts.length <= 130, `${accounts.length} accounts`)
  assert.match(items.flatMap((item) => (item.kind === 'reject' ? [item.reason] : [])).join(), /size limit/)
})

test('a referral is not followed, and the reading says so', { skip: slapdProgram.skip }, async () => {
  const referral = `dn: ou=elsewhere,${suffix}
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://192.0.2.1/ou=elsewhere,${suffix}

`
  await using server = await startSlapd({ ldif: referral + manyPeople(3) })
  const { reading, items, accounts } = await read({ url: server.url, ...administrator })
  assert.equal(accounts.length, 4)
  assert.equal(reading.complete, false)
  assert.match(items.flatMap((item) => (item.kind === 'reject' ? [item.reason] : [])).join(), /another server/)
})

test('a server that shows nothing to strangers asks to sign in', { skip: slapdProgram.skip }, async () => {
  await using server = await startSlapd({ ldif: clinic, isAnonymousRefused: true })
  assert.equal(await refusal({ url: server.url }), 'ldap-anonymous-refused')
})

test('a server that dies in the middle is an error, not the end of the list', { skip: slapdProgram.skip }, async () => {
  await using server = await startSlapd({ ldif: manyPeople(400) })
  let count = 0
  await assert.rejects(
    async () => {
      for await (const reading of readLdap({ url: server.url, ...administrator, pageSize: 50 })) {
        for await (const _ of reading.items) {
          count += 1
          if (count === 60) await server.kill()
        }
      }
    },
    (error) => error instanceof SourceError && /ldap-connection-(lost|refused)/.test(error.code),
  )
  assert.ok(count >= 60)
})

test('a server that accepts and then says nothing is given up in time', async () => {
  const silent = createServer((socket) => socket.resume().on('error', () => socket.destroy())).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = silent.address()
  assert.ok(address !== null && typeof address === 'object')
  const url = `ldap://127.0.0.1:${address.port}`
  assert.equal(await refusal({ url, timeoutMs: 100 }), 'ldap-timeout')
  assert.equal(await refusal({ url, startTls: true, timeoutMs: 100 }), 'ldap-timeout')
  assert.equal(await refusal({ url: `ldaps://127.0.0.1:${address.port}`, timeoutMs: 100 }), 'ldap-timeout')
  silent.close()
  await once(silent, 'close')
  assert.equal(await refusal({ url }), 'ldap-connection-refused')
})

test('a password is not sent unencrypted to another machine', async () => {
  const far = { url: 'ldap://directory.clinic.example', ...administrator }
  assert.equal(await refusal(far), 'ldap-plain-refused')
  assert.equal(await refusal({ ...far, url: 'https://directory.clinic.example' }), 'ldap-url-invalid')
  assert.equal(await refusal({ ...far, url: 'ldap://a:b@directory.clinic.example' }), 'ldap-url-invalid')
  assert.equal(
    await refusal({ ...far, url: 'ldaps://directory.clinic.example', password: '' }),
    'ldap-password-missing',
  )
})
