import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeSetUpLink } from '#server/set-up.ts'
import { type Client, openTestServer, publicUrl } from '../../../test/support/server.ts'
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
} from '../../../test/support/sign-in.ts'

const server = await openTestServer()
const { database } = server.services

const organisationId = await server.newOrganisation()
const newAdmin = () => server.member(organisationId, ['administrator'])

interface Me {
  readonly stage: string
  readonly organisation: { readonly id: number; readonly roles: readonly string[] } | null
  readonly organisations: readonly { readonly id: number }[]
  readonly hasTotp: boolean
  readonly passkeys: number
  readonly recoveryCodesLeft: number
  readonly mustHaveSecondFactor: boolean
}
const meOf = async (client: Client) => good<Me>(await client.call('GET', '/me'))

test('the link that finishes the set-up works once, runs out after a day, and is replaced at the next start', async () => {
  const fresh = await openTestServer()
  const newLink = async () => {
    const link = await makeSetUpLink(fresh.services.database, publicUrl, fresh.now)
    return link === undefined ? undefined : tokenOf(link)
  }
  const first = await newLink()
  assert.ok(first)
  const second = await newLink()
  const browser = fresh.browser()
  const look = (token: string | undefined) => browser.call('POST', '/set-up/look', { token })
  assert.equal(refusedBy(await look(first)), 'set-up-over')
  assert.deepEqual(good(await look(second)), { organisation: null, timeZone: 'UTC' })

  later(fresh, 24 * 60 * 60)
  assert.equal(refusedBy(await look(second)), 'set-up-over')
  const token = await newLink()
  const asked = {
    token,
    organisation: 'Riverside Clinic',
    timeZone: 'America/Chicago',
    name: 'Ada Founder',
    email: 'ada@riverside.example',
    password: goodPassword,
  }
  assert.equal(
    refusedBy(await browser.call('POST', '/set-up', { ...asked, timeZone: 'Nowhere/Here' })),
    'set-up-no-zone',
  )
  assert.equal(
    refusedBy(await browser.call('POST', '/set-up', { ...asked, password: 'riverside clinic' })),
    'password-context',
  )
  const answers = await Promise.all([fresh.browser(), browser].map((one) => one.call('POST', '/set-up', asked)))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 403])
  assert.equal(refusedBy(await look(token)), 'set-up-over')
  assert.equal(await newLink(), undefined, 'once somebody has signed in there is no link')

  const founder = fresh.browser()
  assert.equal(good<{ next: string }>(await givePassword(founder, asked.email)).next, 'enrol')
  await addTotp(fresh, founder)
  const me = await meOf(founder)
  assert.deepEqual(me.organisation?.roles, ['administrator', 'security-officer', 'privacy-officer'])
})

test('a password that will not do is refused with what is wrong and what to do, in words', async () => {
  const { token, email } = await invite(await newAdmin(), ['manager'], { name: 'Marisol Reyes' })
  const browser = server.browser()
  for (const [password, code] of [
    ['kettle', 'password-too-short'],
    ['fourteen chars', 'password-too-short'],
    ['x'.repeat(300), 'password-too-long'],
    ['aaaaaaaaaaaaaaaaaaaaaa', 'password-pattern'],
    ['qwertyuiopasdfghjkl', 'password-pattern'],
    [`marisol reyes ${email}`, 'password-context'],
  ] as const) {
    const answer = await browser.call('POST', '/join', { token, name: 'Marisol Reyes', password })
    assert.equal(refusedBy(answer), code)
    const { title, hint } = answer.body as { title: string; hint: string }
    assert.match(title, /password .*\.$/)
    assert.ok(!`${title} ${hint}`.includes(password))
  }
  // Nothing of it used the link up; any character of any writing may stand in a password.
  good(
    await browser.call('POST', '/join', { token, name: 'Marisol Reyes', password: 'Größe 東京 und eine Laterne 🏮' }),
  )
})

test('somebody sets up an authenticator app, and signs in by password and code', async () => {
  const { token, email } = await invite(await newAdmin(), ['manager'])
  const browser = server.browser()
  assert.deepEqual(good(await browser.call('POST', '/join', { token, name: 'Robin', password: goodPassword })), {
    next: 'enrol',
    means: [],
  })
  assert.equal((await meOf(browser)).stage, 'enrol')
  assert.equal(refusedBy(await browser.call('POST', '/me/totp/confirm', { code: '123456' })), 'sign-in-not-begun')
  const { uri, secret } = good<{ uri: string; secret: string }>(await browser.call('POST', '/me/totp'))
  assert.ok(uri.startsWith('otpauth://totp/Vigil') && uri.includes(secret))
  const wrong = codeOf(secret, new Date(server.now.getTime() + 600_000))
  assert.equal(refusedBy(await browser.call('POST', '/me/totp/confirm', { code: wrong })), 'sign-in-wrong-code')
  const confirmed = await browser.call('POST', '/me/totp/confirm', { code: codeOf(secret, server.now) })
  assert.equal(good<{ recoveryCodes: string[] }>(confirmed).recoveryCodes.length, 10)
  assert.equal((await meOf(browser)).stage, 'full')
  assert.equal(refusedBy(await browser.call('POST', '/me/totp')), 'sign-in-totp-there')

  later(server)
  const next = server.browser()
  assert.deepEqual(good(await givePassword(next, ` ${email.toUpperCase()} `)), {
    next: 'second-factor',
    means: ['totp', 'recovery-code'],
  })
  assert.equal((await meOf(next)).organisations.length, 0, 'who is arriving is told of no organisation')
  const code = codeOf(secret, server.now)
  const spaced = `${code.slice(0, 3)} ${code.slice(3)}`
  assert.equal(good<{ next: string }>(await next.call('POST', '/sign-in/second-factor', { code: spaced })).next, 'done')
  assert.equal((await meOf(next)).organisation?.id, organisationId)
})

test('somebody sets up a passkey instead, and signs in by it alone or beside the password', async () => {
  const { token, email } = await invite(await newAdmin(), ['security-officer'])
  const browser = server.browser()
  good(await browser.call('POST', '/join', { token, name: 'Robin', password: goodPassword }))
  const key = newAuthenticator()
  const added = good<{ recoveryCodes: string[] }>(await addPasskey(browser, key))
  assert.equal(added.recoveryCodes.length, 10)
  assert.equal((await meOf(browser)).stage, 'full')
  assert.equal(good<{ recoveryCodes: null }>(await addPasskey(browser, newAuthenticator(true))).recoveryCodes, null)

  const alone = server.browser()
  assert.deepEqual(good(await givePasskey(alone, key)), { next: 'done', means: [] })
  assert.equal((await meOf(alone)).passkeys, 2)
  const beside = server.browser()
  assert.deepEqual(good(await givePassword(beside, email)), {
    next: 'second-factor',
    means: ['passkey', 'recovery-code'],
  })
  assert.equal(good<{ next: string }>(await givePasskey(beside, key)).next, 'done')
  const { passkeys } = good<{ passkeys: { id: number; usedAt: string | null; isBackedUp: boolean }[] }>(
    await alone.call('GET', '/me/passkeys'),
  )
  assert.deepEqual(
    passkeys.map(({ usedAt, isBackedUp }) => [usedAt !== null, isBackedUp]),
    [
      [true, false],
      [false, true],
    ],
  )
  good(await alone.call('DELETE', `/me/passkeys/${passkeys[0]?.id}`))
  assert.equal(refusedBy(await givePasskey(server.browser(), key)), 'sign-in-wrong-passkey')
})

test('recovery codes are shown once, work once each as they are typed, and end when new ones are made', async () => {
  const person = await join(server, await newAdmin(), ['manager'])
  const [first = '', second = '', third = ''] = person.recoveryCodes
  const give = async (code: string) => {
    const browser = server.browser()
    good(await givePassword(browser, person.email))
    return browser.call('POST', '/sign-in/second-factor', { code })
  }
  assert.equal(good<{ next: string }>(await give(first)).next, 'done')
  assert.equal(refusedBy(await give(first)), 'sign-in-wrong-code')
  assert.equal(good<{ next: string }>(await give(second.toLowerCase().replaceAll('-', ' '))).next, 'done')
  assert.equal((await meOf(person.client)).recoveryCodesLeft, 8)
  const renewed = good<{ recoveryCodes: string[] }>(await person.client.call('POST', '/me/recovery-codes'))
  assert.equal(renewed.recoveryCodes.length, 10)
  assert.equal(refusedBy(await give(third)), 'sign-in-wrong-code')
  const [fourth = ''] = renewed.recoveryCodes
  const atOnce = await Promise.all([give(fourth), give(fourth)])
  assert.deepEqual(atOnce.map(({ status }) => status).sort(), [200, 401])
  // No read gives them again.
  const shown = JSON.stringify([await meOf(person.client), (await person.client.call('GET', '/me/passkeys')).body])
  for (const code of [...person.recoveryCodes, ...renewed.recoveryCodes]) assert.ok(!shown.includes(code))
})

test('a member of staff may do without a second factor, set one up, and take it away again', async () => {
  const person = await join(server, await newAdmin(), ['staff'], { withoutFactor: true })
  const browser = server.browser()
  assert.deepEqual(good(await givePassword(browser, person.email)), { next: 'done', means: [] })
  assert.equal((await meOf(browser)).mustHaveSecondFactor, false)
  const { secret } = await addTotp(server, browser)
  assert.equal((await person.client.call('GET', '/me')).status, 401, 'who came by the password alone comes again')
  later(server)
  const next = server.browser()
  assert.equal(good<{ next: string }>(await givePassword(next, person.email)).next, 'second-factor')
  good(await next.call('POST', '/sign-in/second-factor', { code: codeOf(secret, server.now) }))
  good(await next.call('DELETE', '/me/totp'))
  assert.equal(good<{ next: string }>(await givePassword(server.browser(), person.email)).next, 'done')
})

test('a short password beside a second factor is not enough without it', async () => {
  const person = await join(server, await newAdmin(), ['staff'])
  const asked = { current: goodPassword, password: 'kettle north' }
  good(await person.client.call('PUT', '/me/password', asked))
  assert.equal(refusedBy(await person.client.call('DELETE', '/me/totp')), 'sign-in-last-factor')
})

test('everybody sees where they are signed in, and ends one session or all others at once', async () => {
  const person = await join(server, await newAdmin(), ['manager'])
  const [second, third] = [await signIn(server, person), await signIn(server, person)]
  const listed = async () =>
    good<{ sessions: { id: number; browser: string; address: string; isThis: boolean; means: string[] }[] }>(
      await person.client.call('GET', '/me/sessions'),
    ).sessions
  const sessions = await listed()
  assert.equal(sessions.length, 3)
  assert.equal(sessions.filter(({ isThis }) => isThis).length, 1)
  assert.deepEqual([...new Set(sessions.map(({ browser }) => browser))], ['Firefox on Linux'])
  const [newest] = sessions
  good(await person.client.call('DELETE', `/me/sessions/${newest?.id}`))
  assert.equal((await third.call('GET', '/me')).status, 401)
  assert.equal((await second.call('GET', '/me')).status, 200)
  assert.equal(refusedBy(await person.client.call('DELETE', `/me/sessions/${newest?.id}`)), 'sign-in-unknown-session')
  assert.deepEqual(good(await person.client.call('POST', '/me/sessions/end-others')), { ended: 1 })
  assert.equal((await second.call('GET', '/me')).status, 401)
  assert.equal((await listed()).length, 1)

  const other = await join(server, await newAdmin(), ['manager'])
  const [theirs] = good<{ sessions: { id: number }[] }>(await other.client.call('GET', '/me/sessions')).sessions
  assert.equal(refusedBy(await person.client.call('DELETE', `/me/sessions/${theirs?.id}`)), 'sign-in-unknown-session')
  assert.equal((await other.client.call('GET', '/me')).status, 200)

  good(await person.client.call('POST', '/sign-out'))
  assert.equal(person.client.cookies.has('__Host-vigil'), false)
})

test('a changed password ends the other sessions, and the former one lets nobody in', async () => {
  const person = await join(server, await newAdmin(), ['manager'])
  const elsewhere = await signIn(server, person)
  const change = (current: string | undefined, password: string) =>
    person.client.call('PUT', '/me/password', { ...(current === undefined ? {} : { current }), password })
  assert.equal(refusedBy(await change(otherPassword, otherPassword)), 'sign-in-wrong')
  assert.equal(refusedBy(await change(undefined, otherPassword)), 'sign-in-wrong')
  assert.equal(refusedBy(await change(goodPassword, 'password1234567')), 'password-common')
  good(await change(goodPassword, otherPassword))
  assert.equal((await elsewhere.call('GET', '/me')).status, 401)
  assert.equal((await person.client.call('GET', '/me')).status, 200)
  assert.equal(refusedBy(await givePassword(server.browser(), person.email)), 'sign-in-wrong')
  good(await givePassword(server.browser(), person.email, otherPassword))
})

test('who serves several organisations chooses one, or names it in the request', async () => {
  const person = await join(server, await newAdmin(), ['manager'])
  const second = await server.newOrganisation('Second')
  const { token } = await invite(await server.member(second, ['administrator']), ['auditor'], {
    email: person.email,
    untilOn: '2027-06-30',
  })
  good(await person.client.call('POST', '/join', { token }))
  assert.deepEqual((await meOf(person.client)).organisation?.id, organisationId)
  good(await person.client.call('PUT', '/me/organisation', { organisationId: second }))
  assert.deepEqual((await meOf(person.client)).organisation?.id, second)
  const headers = { 'vigil-organisation': String(organisationId) }
  const named = await person.client.call('GET', '/organisation', undefined, { headers })
  assert.equal(good<{ id: number }>(named).id, organisationId)
  const foreign = await server.newOrganisation('Foreign')
  const refused = await person.client.call('PUT', '/me/organisation', { organisationId: foreign })
  assert.equal(refusedBy(refused), 'sign-in-not-served')
})

test('what somebody does to their own sign-in is on the ledger of every organisation that they serve', async () => {
  const admin = await server.member(await server.newOrganisation(), ['administrator', 'security-officer'])
  const person = await join(server, admin, ['manager'])
  good(await person.client.call('POST', '/me/recovery-codes'))
  await signIn(server, person)
  const { items } = good<{ items: { action: string; actor: string }[] }>(await admin.call('GET', '/ledger?limit=100'))
  const own = items.filter(({ actor }) => actor === `member:${person.memberId}`).map(({ action }) => action)
  for (const action of ['invitations.accept', 'me.confirm-totp', 'me.renew-recovery-codes', 'sign-in.password']) {
    assert.ok(own.includes(action), `${action} among ${own.join(', ')}`)
  }
})

test('secrets are stored as hashes or sealed: no column holds what lets anybody in', async () => {
  const admin = await newAdmin()
  const person = await join(server, admin, ['manager'])
  const { token } = await invite(admin, ['staff'])
  const dump = await database.asOwner(async (client) => {
    const { rows } = await client.query<{ text: string }>(
      `select row_to_json(x)::text as text from (select * from identity) x
       union all select row_to_json(x)::text from (select * from session) x
       union all select row_to_json(x)::text from (select * from invitation) x
       union all select row_to_json(x)::text from (select * from identity_recovery_code) x`,
    )
    return rows.map(({ text }) => text).join('\n')
  })
  const hex = (text: string) => Buffer.from(text).toString('hex')
  for (const secret of [
    goodPassword,
    person.secret ?? '',
    person.client.cookies.get('__Host-vigil') ?? '',
    token,
    ...person.recoveryCodes,
  ]) {
    assert.ok(!dump.includes(secret) && !dump.includes(hex(secret)))
  }
})
