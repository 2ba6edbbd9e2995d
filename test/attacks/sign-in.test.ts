/**
 * Attacks on sign-in, each by name. The first four are the holes that were measured in better-auth 1.7; the others are what
 * sign-ins of this kind have fallen to.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Watches } from '#core/jobs/watch.ts'
import { makeDeviceCookie } from '#core/sign-in/model/device-cookie.ts'
import { hashRecoveryCode } from '#core/sign-in/model/recovery-codes.ts'
import type { Role } from '#platform/contract.ts'
import { sql } from '#platform/database.ts'
import { type Client, openTestServer, publicUrl } from '../support/server.ts'
import {
  addPasskey,
  addTotp,
  codeOf,
  givePasskey,
  givePassword,
  good,
  goodPassword,
  invite,
  join,
  later,
  newAuthenticator,
  otherPassword,
  refusedBy,
  signIn,
  tokenOf,
} from '../support/sign-in.ts'

const server = await openTestServer()
const { database } = server.services

async function newClinic() {
  const organisationId = await server.newOrganisation()
  return { organisationId, admin: await server.member(organisationId, ['administrator']) }
}

const sessionCookie = '__Host-vigil'
const deviceCookie = '__Host-vigil-device'
const isIn = async (client: Client) => (await client.call('GET', '/organisation')).status === 200
const stageOf = async (client: Client) => good<{ stage: string }>(await client.call('GET', '/me')).stage

/** A browser that holds what another one holds. */
function copyOf(client: Client, names: readonly string[] = [sessionCookie]): Client {
  const copy = server.browser()
  for (const name of names) copy.cookies.set(name, client.cookies.get(name) ?? '')
  return copy
}

async function setRoles(memberId: number, admin: Client, roles: readonly Role[]): Promise<void> {
  good(await admin.call('PATCH', `/members/${memberId}`, { roles, untilOn: null }))
}

interface Entry {
  readonly actor: string
  readonly action: string
  readonly outcome: string
  readonly subjects: readonly string[]
}

function entriesOf(organisationId: number): Promise<readonly Entry[]> {
  return database.inOrganisation(organisationId, async (db) => {
    const { rows } = await sql<{ line: string }>`select line from ledger_entry order by seq`.execute(db)
    return rows.map(({ line }) => JSON.parse(line) as Entry)
  })
}

test('a code of an authenticator app is accepted once, and not a second time within its half minute', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  later(server)
  const code = codeOf(person.secret ?? '', server.now)
  const [first, second] = [server.browser(), server.browser()]
  for (const browser of [first, second]) good(await givePassword(browser, person.email))
  good(await first.call('POST', '/sign-in/second-factor', { code }))
  assert.equal(refusedBy(await second.call('POST', '/sign-in/second-factor', { code })), 'sign-in-wrong-code')
  assert.equal(await stageOf(second), 'second-factor')
})

test('a code given in four browsers at the same instant lets exactly one of them in', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  later(server)
  const code = codeOf(person.secret ?? '', server.now)
  const browsers = Array.from({ length: 4 }, () => copyOf(person.client, [deviceCookie]))
  for (const browser of browsers) good(await givePassword(browser, person.email))
  const answers = await Promise.all(browsers.map((one) => one.call('POST', '/sign-in/second-factor', { code })))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401])
})

test('the code that confirmed an authenticator app does not sign in as well', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const browser = server.browser()
  good(await givePassword(browser, person.email))
  const code = codeOf(person.secret ?? '', server.now)
  assert.equal(refusedBy(await browser.call('POST', '/sign-in/second-factor', { code })), 'sign-in-wrong-code')
})

test('a code that was used is not accepted again after the clock was set back', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  later(server)
  const used = server.now
  await signIn(server, person)
  server.now = new Date(used.getTime() - 30_000)
  const browser = server.browser()
  good(await givePassword(browser, person.email))
  for (const at of [server.now, used]) {
    const code = codeOf(person.secret ?? '', at)
    assert.equal(refusedBy(await browser.call('POST', '/sign-in/second-factor', { code })), 'sign-in-wrong-code')
  }
  later(server, 300)
})

test('no copy of a session answers for one that has ended, not even in the same second', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const copy = copyOf(person.client)
  assert.ok(await isIn(copy))
  good(await person.client.call('POST', '/sign-out'))
  assert.equal((await copy.call('GET', '/organisation')).status, 401)
  assert.equal((await copy.call('GET', '/me')).status, 401)
})

test('a passkey on a device that did not ask for finger, face or PIN signs nobody in', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const key = newAuthenticator()
  good(await addPasskey(person.client, key))
  const browser = server.browser()
  assert.equal(refusedBy(await givePasskey(browser, key, { verifiesPerson: false })), 'sign-in-wrong-passkey')
  assert.equal(refusedBy(await givePasskey(browser, key, { isPresent: false })), 'sign-in-wrong-passkey')
  good(await givePasskey(browser, key))
  assert.ok(await isIn(browser))
})

test('the second factor is asked for after an invitation and after a recovery link, not only after a password', async () => {
  const { admin } = await newClinic()
  const { token } = await invite(admin, ['security-officer'])
  const joining = server.browser()
  const arrived = await joining.call('POST', '/join', { token, name: 'Robin', password: goodPassword })
  assert.equal(good<{ next: string }>(arrived).next, 'enrol')
  assert.equal(refusedBy(await joining.call('GET', '/organisation')), 'request-second-factor-needed')

  const person = await join(server, admin, ['security-officer'])
  const { link } = good<{ link: string }>(await admin.call('POST', `/members/${person.memberId}/recover`))
  const recovering = server.browser()
  const recovered = await recovering.call('POST', '/join', { token: tokenOf(link), password: otherPassword })
  assert.equal(good<{ next: string }>(recovered).next, 'enrol')
  assert.ok(!(await isIn(recovering)))
})

test('who is given more than a member of staff’s rights gives a second factor before the next request', async () => {
  const { admin } = await newClinic()
  const staff = await join(server, admin, ['staff'], { withoutFactor: true })
  assert.ok(await isIn(staff.client))
  await setRoles(staff.memberId, admin, ['privacy-officer'])
  assert.ok(!(await isIn(staff.client)))
  assert.equal(refusedBy(await staff.client.call('GET', '/me/sessions')), 'request-second-factor-needed')
  // Set up in the very session, it lets them go on.
  await addTotp(server, staff.client)
  assert.ok(await isIn(staff.client))
})

test('naming an organisation that one does not serve is no way around the second factor', async () => {
  const { admin } = await newClinic()
  const staff = await join(server, admin, ['staff'], { withoutFactor: true })
  await setRoles(staff.memberId, admin, ['administrator'])
  const headers = { 'vigil-organisation': '999999' }
  for (const [method, path] of [
    ['GET', '/me/sessions'],
    ['GET', '/me/passkeys'],
    ['POST', '/me/recovery-codes'],
  ] as const) {
    const answer = await staff.client.call(method, path, {}, { headers })
    assert.equal(refusedBy(answer), 'request-second-factor-needed', path)
  }
})

test('a set of breached passwords that cannot be read refuses nobody, and the common ones are refused all the same', async () => {
  const offline = await openTestServer({ VIGIL_BREACHED_PASSWORDS: '/nowhere/breached.txt' })
  const admin = await offline.member(await offline.newOrganisation(), ['administrator'])
  const { token } = await invite(admin, ['staff'])
  const browser = offline.browser()
  const common = await browser.call('POST', '/join', { token, name: 'Robin', password: 'password1234567' })
  assert.equal(common.status, 422)
  assert.match(refusedBy(common), /^password-/)
  good(await browser.call('POST', '/join', { token, name: 'Robin', password: goodPassword }))
})

test('whether somebody has a sign-in cannot be told from the answer to a wrong password', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const gone = await join(server, admin, ['manager'])
  good(await admin.call('POST', `/members/${gone.memberId}/disable`))
  const ask = async (email: string, password: string, address: string) => {
    const { status, body, headers } = await givePassword(server.browser(), email, password, address)
    return { status, body: { ...(body as object), instance: '' }, headers: [...headers] }
  }
  const known = await ask(person.email, otherPassword, '198.51.100.1')
  assert.equal(known.status, 401)
  assert.deepEqual(await ask('nobody@vigil.example', otherPassword, '198.51.100.1'), known)
  // The right password of somebody who is disabled answers as a wrong one.
  assert.deepEqual(await ask(gone.email, goodPassword, '198.51.100.1'), known)
  for (let tries = 0; tries < 5; tries += 1) {
    await ask(person.email, otherPassword, `198.51.100.${tries + 2}`)
    await ask('nobody@vigil.example', otherPassword, `198.51.100.${tries + 2}`)
  }
  const slowed = await ask(person.email, otherPassword, '198.51.100.9')
  assert.equal(slowed.status, 429)
  assert.deepEqual(await ask('nobody@vigil.example', otherPassword, '198.51.100.9'), slowed)
})

test('the same work is done for an address that nobody has as for one that somebody has', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const times: Record<string, number[]> = { known: [], unknown: [] }
  for (let round = 0; round < 5; round += 1) {
    for (const [name, email] of [
      ['known', person.email],
      ['unknown', `nobody${round}@vigil.example`],
    ] as const) {
      const before = process.cpuUsage()
      await givePassword(server.browser(), email, otherPassword, `198.51.100.${20 + round}`)
      const { user, system } = process.cpuUsage(before)
      times[name]?.push(user + system)
    }
  }
  const median = (name: string) => times[name]?.sort((a, b) => a - b)[2] ?? 0
  // A hash takes ten times what the rest takes: without it the one would be a small part of the other.
  assert.ok(median('unknown') > median('known') / 3, `${median('unknown')} and ${median('known')} µs`)
  assert.ok(median('known') > median('unknown') / 3, `${median('known')} and ${median('unknown')} µs`)
})

test('guessing at a password is slowed down, and does not lock the person out of the browser they use', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  let refused = 0
  for (let tries = 0; tries < 12; tries += 1) {
    const { status } = await givePassword(
      server.browser(),
      person.email,
      `${otherPassword}${tries}`,
      `203.0.113.${tries}`,
    )
    if (status === 429) refused += 1
  }
  assert.equal(refused, 7)
  // From a browser that nobody knows, the right password waits as well.
  assert.equal(refusedBy(await givePassword(server.browser(), person.email)), 'sign-in-waiting')
  const own = copyOf(person.client, [deviceCookie])
  good(await givePassword(own, person.email))
})

test('of sixty guesses sent at once no more than five are judged', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, at) =>
      givePassword(server.browser(), person.email, `${otherPassword}${at}`, `203.0.113.${at + 20}`),
    ),
  )
  assert.equal(answers.filter(({ status }) => status === 401).length, 5)
  assert.equal(answers.filter(({ status }) => status === 429).length, 55)
})

test('guessing at the second factor is slowed down, whichever session it is given in', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const browsers = Array.from({ length: 8 }, () => server.browser())
  for (const browser of browsers) good(await givePassword(browser, person.email))
  const codes = []
  for (const browser of browsers)
    codes.push(refusedBy(await browser.call('POST', '/sign-in/second-factor', { code: '000000' })))
  assert.deepEqual(codes, [...Array(5).fill('sign-in-wrong-code'), ...Array(3).fill('sign-in-waiting')])
})

test('one password tried at many addresses from one network is slowed down for that network alone', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const statuses: number[] = []
  for (let tries = 0; tries < 56; tries += 1) {
    const email = `spray${tries}@vigil.example`
    statuses.push(
      (await givePassword(server.browser(), email, otherPassword, `2001:db8:1:2::${(tries + 1).toString(16)}`)).status,
    )
  }
  assert.equal(statuses.indexOf(429), 50)
  // The other addresses of the same /64 wait too; another network and a known browser do not.
  const inside = '2001:db8:1:2:ffff::1'
  assert.equal((await givePassword(server.browser(), person.email, goodPassword, inside)).status, 429)
  good(await givePassword(copyOf(person.client, [deviceCookie]), person.email, goodPassword, inside))
  good(await givePassword(server.browser(), person.email, goodPassword, '2001:db8:1:3::1'))
})

test('neither a forged mark of a browser nor that of another person makes a fresh count', async () => {
  const { admin } = await newClinic()
  const [victim, attacker] = [await join(server, admin, ['manager']), await join(server, admin, ['manager'])]
  const marks = [
    attacker.client.cookies.get(deviceCookie) ?? '',
    makeDeviceCookie(Buffer.alloc(32, 7), victim.identityId, '2026-11-02'),
    makeDeviceCookie(server.services.digestKey, victim.identityId, '2024-01-01'),
    (victim.client.cookies.get(deviceCookie) ?? '').replace(/^1\.\d+/, `1.${attacker.identityId}`),
    '1.1.2026-11-02..',
  ]
  const statuses: number[] = []
  for (let tries = 0; tries < 10; tries += 1) {
    const browser = server.browser()
    browser.cookies.set(deviceCookie, marks[tries % marks.length] ?? '')
    statuses.push((await givePassword(browser, victim.email, otherPassword, `203.0.113.${tries + 100}`)).status)
  }
  assert.deepEqual(statuses, [...Array(5).fill(401), ...Array(5).fill(429)])
})

test('signing in to one’s own account again and again does not wipe out the tries at another', async () => {
  const { admin } = await newClinic()
  const [victim, attacker] = [await join(server, admin, ['manager']), await join(server, admin, ['manager'])]
  const address = '203.0.113.200'
  const statuses: number[] = []
  for (let tries = 0; tries < 8; tries += 1) {
    good(await givePassword(server.browser(), attacker.email, goodPassword, address))
    statuses.push((await givePassword(server.browser(), victim.email, otherPassword, address)).status)
  }
  assert.deepEqual(statuses, [...Array(5).fill(401), ...Array(3).fill(429)])
})

test('nobody waits for years because the clock was wrong for a while', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const right = server.now
  server.now = new Date(right.getTime() + 365 * 86_400_000)
  for (let tries = 0; tries < 9; tries += 1)
    await givePassword(server.browser(), person.email, otherPassword, '203.0.113.210')
  server.now = right
  good(await givePassword(server.browser(), person.email, goodPassword, '203.0.113.210'))
})

test('a session that was planted in a browser never comes to mean who signs in there', async () => {
  const { admin } = await newClinic()
  const [victim, attacker] = [await join(server, admin, ['manager']), await join(server, admin, ['manager'])]
  const planted = server.browser()
  good(await givePassword(planted, attacker.email))
  const copy = copyOf(planted)
  // The victim's browser holds the planted session and signs in.
  good(await givePassword(planted, victim.email))
  later(server)
  const code = codeOf(victim.secret ?? '', server.now)
  good(await planted.call('POST', '/sign-in/second-factor', { code }))
  assert.ok(await isIn(planted))
  assert.equal((await copy.call('GET', '/me')).status, 401)

  const invented = server.browser()
  const text = `vigil_session_${'A'.repeat(43)}`
  invented.cookies.set(sessionCookie, text)
  good(await givePassword(invented, victim.email))
  assert.notEqual(invented.cookies.get(sessionCookie), text)
})

test('the token of a session changes at each step of a sign-in, and the former one is dead', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const browser = server.browser()
  good(await givePassword(browser, person.email))
  const arriving = copyOf(browser)
  later(server)
  good(await browser.call('POST', '/sign-in/second-factor', { code: codeOf(person.secret ?? '', server.now) }))
  const full = copyOf(browser)
  assert.equal((await arriving.call('GET', '/me')).status, 401)
  good(await givePassword(browser, person.email))
  assert.equal((await full.call('GET', '/me')).status, 401)

  const staff = await join(server, admin, ['staff'], { withoutFactor: true })
  const before = copyOf(staff.client)
  await addTotp(server, staff.client)
  assert.equal((await before.call('GET', '/me')).status, 401)
  assert.ok(await isIn(staff.client))
})

test('a session without the second factor is worth nothing once one is set up elsewhere', async () => {
  const { admin } = await newClinic()
  const staff = await join(server, admin, ['staff'], { withoutFactor: true })
  const thief = server.browser()
  good(await givePassword(thief, staff.email))
  assert.ok(await isIn(thief))
  await addTotp(server, staff.client)
  assert.equal((await thief.call('DELETE', '/me/totp')).status, 401)
  assert.equal((await thief.call('POST', '/me/recovery-codes')).status, 401)
})

test('who holds the password alone sets no second factor up where there is one', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const thief = server.browser()
  good(await givePassword(thief, person.email))
  for (const path of ['/me/totp', '/me/passkeys/options']) {
    assert.equal(refusedBy(await thief.call('POST', path)), 'sign-in-factor-first', path)
  }
  const { client, secret = '' } = person
  const begun = good<{ options: never }>(await client.call('POST', '/me/passkeys/options'))
  const response = newAuthenticator().register(begun.options)
  assert.equal(refusedBy(await thief.call('POST', '/me/passkeys', { name: 'Mine', response })), 'sign-in-factor-first')
  assert.equal(
    refusedBy(await thief.call('POST', '/me/totp/confirm', { code: codeOf(secret, server.now) })),
    'sign-in-factor-first',
  )
  for (const [method, path] of [
    ['POST', '/me/recovery-codes'],
    ['DELETE', '/me/totp'],
    ['PUT', '/me/password'],
  ] as const) {
    const answer = await thief.call(method, path, { ...(method === 'PUT' ? { password: otherPassword } : {}) })
    assert.equal(refusedBy(answer), 'request-second-factor-needed', path)
  }
})

test('recovery codes are no way to have a second factor made of the password alone', async () => {
  const { admin } = await newClinic()
  const staff = await join(server, admin, ['staff'], { withoutFactor: true })
  assert.equal(refusedBy(await staff.client.call('POST', '/me/recovery-codes')), 'sign-in-no-factor')
  // Codes left over from a factor that was removed end with it.
  const { recoveryCodes } = await addTotp(server, staff.client)
  good(await staff.client.call('DELETE', '/me/totp'))
  await setRoles(staff.memberId, admin, ['manager'])
  const thief = server.browser()
  assert.equal(good<{ next: string }>(await givePassword(thief, staff.email)).next, 'enrol')
  const [code = ''] = recoveryCodes
  assert.equal(refusedBy(await thief.call('POST', '/sign-in/second-factor', { code })), 'sign-in-wrong-code')
  // Nor would they count if some were there after all.
  const hash = hashRecoveryCode(code, staff.identityId)
  await database.outside((db) =>
    sql`insert into identity_recovery_code (identity_id, hash) values (${staff.identityId}, ${hash})`.execute(db),
  )
  assert.equal(refusedBy(await thief.call('POST', '/sign-in/second-factor', { code })), 'sign-in-wrong-code')
})

test('the last second factor stays with who must have one, also when two are removed at once', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  assert.equal(refusedBy(await person.client.call('DELETE', '/me/totp')), 'sign-in-last-factor')
  good(await addPasskey(person.client, newAuthenticator()))
  const { passkeys } = good<{ passkeys: { id: number }[] }>(await person.client.call('GET', '/me/passkeys'))
  const answers = await Promise.all([
    person.client.call('DELETE', '/me/totp'),
    person.client.call('DELETE', `/me/passkeys/${passkeys[0]?.id}`),
  ])
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409])
})

test('what changes how somebody signs in is refused a quarter of an hour after the last proof', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  good(await addPasskey(person.client, newAuthenticator()))
  later(server, 16 * 60)
  for (const [method, path, body] of [
    ['PUT', '/me/password', { current: goodPassword, password: otherPassword }],
    ['POST', '/me/recovery-codes', {}],
    ['POST', '/me/passkeys/options', {}],
    ['DELETE', '/me/totp', {}],
  ] as const) {
    assert.equal(refusedBy(await person.client.call(method, path, body)), 'sign-in-stale', path)
  }
  const code = codeOf(person.secret ?? '', server.now)
  good(await person.client.call('POST', '/sign-in/second-factor', { code }))
  good(await person.client.call('POST', '/me/recovery-codes'))
  // A proof that seems to lie ahead is no proof.
  server.now = new Date(server.now.getTime() - 30 * 60_000)
  assert.equal(refusedBy(await person.client.call('POST', '/me/recovery-codes')), 'sign-in-stale')
  later(server, 30 * 60)
})

test('an assertion of a passkey is good once, and its challenge is spent also where it is refused', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const key = newAuthenticator(true)
  good(await addPasskey(person.client, key))
  const browser = server.browser()
  const ask = async () => good<{ options: never }>(await browser.call('POST', '/sign-in/passkey/options')).options
  const response = key.authenticate(await ask())
  good(await browser.call('POST', '/sign-in/passkey', { response }))
  const thief = server.browser()
  assert.equal(refusedBy(await thief.call('POST', '/sign-in/passkey', { response })), 'sign-in-wrong-passkey')

  const options = await ask()
  const spoilt = key.authenticate(options, { verifiesPerson: false })
  assert.equal(refusedBy(await thief.call('POST', '/sign-in/passkey', { response: spoilt })), 'sign-in-wrong-passkey')
  const mended = key.authenticate(options)
  assert.equal(refusedBy(await thief.call('POST', '/sign-in/passkey', { response: mended })), 'sign-in-wrong-passkey')

  const old = await ask()
  later(server, 5 * 60 + 1)
  const late = await thief.call('POST', '/sign-in/passkey', { response: key.authenticate(old) })
  assert.equal(refusedBy(late), 'sign-in-wrong-passkey')
})

test('one assertion sent eight times at the same instant signs in once', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const key = newAuthenticator(true)
  good(await addPasskey(person.client, key))
  const { options } = good<{ options: never }>(await server.browser().call('POST', '/sign-in/passkey/options'))
  const response = key.authenticate(options)
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => server.browser().call('POST', '/sign-in/passkey', { response })),
  )
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(401)])
})

test('an assertion made on another page, for another site or inside another site’s frame is refused', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const key = newAuthenticator(true)
  good(await addPasskey(person.client, key))
  for (const conduct of [
    { clientData: { origin: 'https://vigil.example.evil.example' } },
    { clientData: { origin: `${publicUrl.origin}:8443` } },
    { clientData: { origin: 'http://vigil.example' } },
    { clientData: { crossOrigin: true } },
    { clientData: { topOrigin: 'https://evil.example' } },
    { clientData: { type: 'webauthn.create' } },
    { clientData: { challenge: 'AAAA' } },
    { clientData: { challenge: 'before\0after' } },
    { clientData: { challenge: '\ud800' } },
    { clientData: { challenge: ['AAAA'] } },
    { host: 'evil.example' },
    { userHandle: null },
    { userHandle: Buffer.alloc(32).toString('base64url') },
  ]) {
    const answer = await givePasskey(server.browser(), key, conduct)
    assert.equal(refusedBy(answer), 'sign-in-wrong-passkey', JSON.stringify(conduct))
  }
})

test('a challenge of adding a passkey signs nobody in, and one of signing in adds none', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const key = newAuthenticator(true)
  good(await addPasskey(person.client, key))
  const adding = good<{ options: { challenge: string } }>(await person.client.call('POST', '/me/passkeys/options'))
  const response = key.authenticate(adding.options)
  assert.equal(
    refusedBy(await server.browser().call('POST', '/sign-in/passkey', { response })),
    'sign-in-wrong-passkey',
  )
  const signingIn = good<{ options: { challenge: string } }>(
    await person.client.call('POST', '/sign-in/passkey/options'),
  )
  const made = newAuthenticator().register({
    ...signingIn.options,
    rp: { id: publicUrl.hostname },
    user: { id: 'AAAA' },
  })
  assert.equal(
    refusedBy(await person.client.call('POST', '/me/passkeys', { name: 'Key', response: made })),
    'passkey-not-added',
  )
})

test('nobody adds a passkey that belongs to somebody else, nor with the challenge of somebody else', async () => {
  const { admin } = await newClinic()
  const [victim, attacker] = [await join(server, admin, ['manager']), await join(server, admin, ['manager'])]
  const begun = good<{ options: never }>(await victim.client.call('POST', '/me/passkeys/options'))
  const theirs = newAuthenticator(true)
  const response = theirs.register(begun.options)
  assert.equal(
    refusedBy(await attacker.client.call('POST', '/me/passkeys', { name: 'Key', response })),
    'passkey-not-added',
  )
  good(await victim.client.call('POST', '/me/passkeys', { name: 'Key', response }))
  const own = newAuthenticator(true)
  good(await addPasskey(attacker.client, own))
  // The attacker's key signs, and says that it is the victim's.
  const { options } = good<{ options: never }>(await server.browser().call('POST', '/sign-in/passkey/options'))
  const signed = own.authenticate(options)
  const [id = ''] = theirs.credentialIds
  const claimed = { ...signed, id, rawId: id }
  assert.equal(
    refusedBy(await server.browser().call('POST', '/sign-in/passkey', { response: claimed })),
    'sign-in-wrong-passkey',
  )
  assert.equal((await attacker.client.call('DELETE', `/me/passkeys/${1}`)).status, 404)
})

test('a copied key is refused, and every organisation that its owner serves has it on the ledger', async () => {
  const { organisationId, admin } = await newClinic()
  const elsewhere = await newClinic()
  const person = await join(server, admin, ['manager'])
  const key = newAuthenticator()
  good(await addPasskey(person.client, key))
  const { token } = await invite(elsewhere.admin, ['manager'], { email: person.email })
  good(await person.client.call('POST', '/join', { token }))
  good(await givePasskey(server.browser(), key))
  assert.equal(refusedBy(await givePasskey(server.browser(), key, { counter: 1 })), 'sign-in-wrong-passkey')
  const { passkeys } = good<{ passkeys: { id: number }[] }>(await person.client.call('GET', '/me/passkeys'))
  for (const id of [organisationId, elsewhere.organisationId]) {
    const last = (await entriesOf(id)).at(-1)
    assert.deepEqual(
      { actor: last?.actor, action: last?.action, outcome: last?.outcome, subjects: last?.subjects },
      {
        actor: 'nobody',
        action: 'sign-in.passkey',
        outcome: 'refused',
        subjects: [`passkey:${passkeys[0]?.id}`, `identity:${person.identityId}`],
      },
    )
  }
  // What only claims to be the key tells nothing to anybody.
  const size = (await entriesOf(organisationId)).length
  const forger = newAuthenticator()
  const begun = good<{ options: { challenge: string } }>(
    await server.browser().call('POST', '/sign-in/passkey/options'),
  )
  forger.register({ ...begun.options, rp: { id: publicUrl.hostname }, user: { id: 'AAAA' } })
  const [id = ''] = key.credentialIds
  const response = { ...forger.authenticate(begun.options, { counter: 0 }), id, rawId: id }
  assert.equal((await server.browser().call('POST', '/sign-in/passkey', { response })).status, 401)
  assert.equal((await entriesOf(organisationId)).length, size)
})

test('a flood of passkeys that fail slows nobody else down', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const key = newAuthenticator()
  good(await addPasskey(person.client, key))
  for (let tries = 0; tries < 30; tries += 1) {
    assert.equal((await givePasskey(server.browser(), key, { host: 'evil.example' })).status, 401)
  }
  good(await givePasskey(server.browser(), key))
})

test('an invitation to somebody’s address is no way into the sign-in that they have', async () => {
  const { admin } = await newClinic()
  const victim = await join(server, admin, ['administrator'])
  const elsewhere = await newClinic()
  const { token } = await invite(elsewhere.admin, ['administrator'], { email: victim.email.toUpperCase() })
  const thief = server.browser()
  const asked = { token, name: 'Robin', password: otherPassword }
  assert.equal(refusedBy(await thief.call('POST', '/join', asked)), 'invitation-sign-in-first')
  // Nor signed in as somebody else, nor with the password alone.
  assert.equal(refusedBy(await elsewhere.admin.call('POST', '/join', asked)), 'invitation-sign-in-first')
  good(await givePassword(thief, victim.email))
  assert.equal(refusedBy(await thief.call('POST', '/join', asked)), 'invitation-sign-in-first')
  assert.equal(refusedBy(await givePassword(server.browser(), victim.email, otherPassword)), 'sign-in-wrong')
})

test('who took somebody’s address before them is shut out when the sign-in is set up anew', async () => {
  const hijackers = await newClinic()
  const hijacker = await join(server, hijackers.admin, ['manager'], { email: 'surgeon@vigil.example' })
  const key = newAuthenticator()
  good(await addPasskey(hijacker.client, key))
  const { link } = good<{ link: string }>(await hijackers.admin.call('POST', `/members/${hijacker.memberId}/recover`))
  const rightful = server.browser()
  good(await rightful.call('POST', '/join', { token: tokenOf(link), password: otherPassword }))
  assert.equal((await hijacker.client.call('GET', '/me')).status, 401)
  assert.equal(refusedBy(await givePassword(server.browser(), hijacker.email)), 'sign-in-wrong')
  assert.equal(refusedBy(await givePasskey(server.browser(), key)), 'sign-in-wrong-passkey')
  const code = codeOf(hijacker.secret ?? '', server.now)
  assert.equal(refusedBy(await rightful.call('POST', '/sign-in/second-factor', { code })), 'sign-in-wrong-code')
  const [paper] = hijacker.recoveryCodes
  assert.equal(refusedBy(await rightful.call('POST', '/sign-in/second-factor', { code: paper })), 'sign-in-wrong-code')
})

test('an administrator does not renew the sign-in of somebody who serves others, not even by a link made before', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const { link } = good<{ link: string }>(await admin.call('POST', `/members/${person.memberId}/recover`))
  const elsewhere = await newClinic()
  const { token } = await invite(elsewhere.admin, ['administrator'], { email: person.email })
  good(await person.client.call('POST', '/join', { token }))
  assert.equal(refusedBy(await admin.call('POST', `/members/${person.memberId}/recover`)), 'member-serves-others')
  const taken = await server.browser().call('POST', '/join', { token: tokenOf(link), password: otherPassword })
  assert.equal(refusedBy(taken), 'invitation-over')
  assert.ok(await isIn(person.client))
})

test('a disabled person is refused by every way in', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['administrator'])
  const key = newAuthenticator()
  good(await addPasskey(person.client, key))
  const arriving = server.browser()
  good(await givePassword(arriving, person.email))
  const made = await person.client.call('POST', '/tokens', {
    name: 'Script',
    scopes: ['findings:read'],
    expiresOn: '2026-12-31',
  })
  const { token } = good<{ token: string }>(made)
  const program = server.browser()
  const headers = { authorization: `Bearer ${token}` }
  good(await program.call('GET', '/findings', undefined, { headers }))
  const { link } = good<{ link: string }>(await admin.call('POST', `/members/${person.memberId}/recover`))

  good(await admin.call('POST', `/members/${person.memberId}/disable`))

  later(server)
  const code = codeOf(person.secret ?? '', server.now)
  const [paper] = person.recoveryCodes
  assert.equal((await person.client.call('GET', '/organisation')).status, 401)
  assert.equal((await arriving.call('POST', '/sign-in/second-factor', { code })).status, 401)
  assert.equal((await arriving.call('POST', '/sign-in/second-factor', { code: paper })).status, 401)
  assert.equal(refusedBy(await givePassword(server.browser(), person.email)), 'sign-in-wrong')
  assert.equal(refusedBy(await givePasskey(server.browser(), key)), 'sign-in-wrong-passkey')
  assert.equal((await program.call('GET', '/findings', undefined, { headers })).status, 401)
  const recovered = await server.browser().call('POST', '/join', { token: tokenOf(link), password: otherPassword })
  assert.equal(refusedBy(recovered), 'invitation-over')
  const again = { name: 'Robin', email: person.email, roles: ['staff'] }
  assert.equal(refusedBy(await admin.call('POST', '/members/invitations', again)), 'member-there')
})

test('an invitation that was made before somebody was disabled does not let them in again', async () => {
  const { organisationId, admin } = await newClinic()
  const elsewhere = await newClinic()
  const person = await join(server, elsewhere.admin, ['manager'])
  const [first, second] = [
    await invite(admin, ['administrator'], { email: person.email }),
    await invite(admin, ['administrator'], { email: person.email }),
  ]
  good(await person.client.call('POST', '/join', { token: first.token }))
  const { items } = good<{ items: { id: number; email: string }[] }>(await admin.call('GET', '/members'))
  const memberId = items.find(({ email }) => email === person.email)?.id
  good(await admin.call('POST', `/members/${memberId}/disable`))
  assert.equal(
    refusedBy(await person.client.call('POST', '/join', { token: second.token })),
    'invitation-member-already',
  )
  const headers = { 'vigil-organisation': String(organisationId) }
  assert.equal((await person.client.call('GET', '/organisation', undefined, { headers })).status, 403)
  // Where they are not disabled they go on.
  assert.ok(await isIn(person.client))
})

test('the last administrator does not lose their roles by accepting an invitation of their own', async () => {
  const { admin } = await newClinic()
  const elsewhere = await newClinic()
  const person = await join(server, elsewhere.admin, ['manager'])
  const strong = await invite(admin, ['administrator'], { email: person.email })
  const weak = await invite(admin, ['staff'], { email: person.email })
  good(await person.client.call('POST', '/join', { token: strong.token }))
  assert.equal(refusedBy(await person.client.call('POST', '/join', { token: weak.token })), 'invitation-member-already')
  const { items } = good<{ items: { email: string; roles: string[] }[] }>(await admin.call('GET', '/members'))
  assert.deepEqual(items.find(({ email }) => email === person.email)?.roles, ['administrator'])
})

test('a stream that stands open is cut when its reader is disabled, though they serve another organisation too', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { organisationId, admin } = await newClinic()
  const elsewhere = await newClinic()
  const person = await join(server, elsewhere.admin, ['administrator'])
  const { token } = await invite(admin, ['administrator'], { email: person.email })
  good(await person.client.call('POST', '/join', { token }))
  good(await person.client.call('PUT', '/me/organisation', { organisationId }))
  const jobId = await database.inOrganisation(organisationId, async (db) => {
    const { rows } = await sql<{ id: number }>`
      insert into job (kind, asked_by, input, queued_at) values ('test.wait', 'job:test', '{}', ${server.now})
      returning id`.execute(db)
    return rows[0]?.id
  })
  Object.assign(server.services, { jobs: new Watches(database) })
  const cut = Promise.withResolvers<void>()
  const request = new Request(new URL(`/api/jobs/${jobId}/events`, publicUrl), {
    headers: {
      cookie: `${sessionCookie}=${person.client.cookies.get(sessionCookie)}`,
      'sec-fetch-site': 'same-origin',
    },
  })
  const answer = await server.fetch(request, {
    address: '192.0.2.1',
    isSecure: true,
    requestId: '00000000-0000-4000-8000-000000000000',
    tell: () => undefined,
    cut: () => cut.resolve(),
  })
  assert.equal(answer.status, 200)
  const reader = answer.body?.getReader()
  const { items } = good<{ items: { id: number; email: string }[] }>(await admin.call('GET', '/members'))
  const memberId = items.find(({ email }) => email === person.email)?.id
  good(await admin.call('POST', `/members/${memberId}/disable`))
  t.mock.timers.tick(5_000)
  await cut.promise
  await reader?.cancel()
  assert.ok(await isIn(person.client), 'the other organisation still lets them in')
})

test('a token of a program is no session, and a session is no token', async () => {
  const { organisationId, admin } = await newClinic()
  const made = await admin.call('POST', '/tokens', {
    name: 'Script',
    scopes: ['findings:read'],
    expiresOn: '2026-12-31',
  })
  const { token } = good<{ token: string }>(made)
  const browser = server.browser()
  browser.cookies.set(sessionCookie, token)
  assert.equal((await browser.call('GET', '/findings')).status, 401)
  const session = admin.cookies.get(sessionCookie) ?? ''
  const headers = { authorization: `Bearer ${session}` }
  assert.equal((await server.browser().call('GET', '/organisation', undefined, { headers })).status, 401)
  // A token that does not work is not made good by a session beside it.
  const wrong = { authorization: `Bearer vigil_token_${'A'.repeat(43)}` }
  assert.equal((await admin.call('GET', '/organisation', undefined, { headers: wrong })).status, 401)
  const other = { authorization: `Bearer ${token}`, 'vigil-organisation': String(organisationId + 1) }
  assert.equal((await server.browser().call('GET', '/findings', undefined, { headers: other })).status, 401)
})

test('of two cookies of one name neither counts', async () => {
  const { admin } = await newClinic()
  const cookie = `${sessionCookie}=${admin.cookies.get(sessionCookie)}`
  const headers = (text: string) => ({ headers: { cookie: text } })
  good(await server.browser().call('GET', '/organisation', undefined, headers(cookie)))
  for (const text of [
    `${cookie}; ${cookie}`,
    `${cookie}; ${sessionCookie}=planted`,
    `${sessionCookie}=planted; ${cookie}`,
    // Without the prefix anybody on a sibling host may have set it.
    cookie.replace('__Host-', ''),
  ]) {
    assert.equal((await server.browser().call('GET', '/organisation', undefined, headers(text))).status, 401, text)
  }
})

test('a session ends an hour after its last use, and half a day after it began however much it is used', async () => {
  const { admin } = await newClinic()
  const [idle, busy] = [await join(server, admin, ['manager']), await join(server, admin, ['manager'])]
  const began = server.now.getTime()
  for (let minutes = 30; minutes < 12 * 60; minutes += 30) {
    server.now = new Date(began + minutes * 60_000)
    if (minutes === 90) assert.ok(!(await isIn(idle.client)))
    assert.ok(await isIn(busy.client), `after ${minutes} minutes`)
    if (minutes % 120 === 0) {
      // A factor given again proves who is there; it does not make the session longer.
      const code = codeOf(busy.secret ?? '', server.now)
      good(await busy.client.call('POST', '/sign-in/second-factor', { code }))
    }
  }
  server.now = new Date(began + 12 * 60 * 60_000 + 1_000)
  assert.ok(!(await isIn(busy.client)))
})

test('a session of the time to come, which a clock set back left behind, is none', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  server.now = new Date(server.now.getTime() - 2 * 60 * 60_000)
  assert.ok(!(await isIn(person.client)))
  later(server, 2 * 60 * 60)
})
