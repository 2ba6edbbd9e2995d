import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#platform/database.ts'
import { type Client, openTestServer } from '../../../test/support/server.ts'
import {
  addTotp,
  codeOf,
  givePassword,
  good,
  goodPassword,
  invite,
  join,
  later,
  otherPassword,
  refusedBy,
  tokenOf,
} from '../../../test/support/sign-in.ts'

const server = await openTestServer()
const { database } = server.services

async function newClinic() {
  const organisationId = await server.newOrganisation()
  return { organisationId, admin: await server.member(organisationId, ['administrator']) }
}

interface Listed {
  readonly id: number
  readonly email: string
  readonly roles: readonly string[]
  readonly state: string
  readonly hasSecondFactor: boolean
}
const listed = async (client: Client) => good<{ items: Listed[] }>(await client.call('GET', '/members')).items

test('an invitation shows what it is for, works once, and makes a member of the roles that it names', async () => {
  const { admin } = await newClinic()
  const { token, email } = await invite(admin, ['manager', 'staff'], { name: 'Robin Ward' })
  const browser = server.browser()
  assert.deepEqual(good(await browser.call('POST', '/join/look', { token })), {
    kind: 'join',
    organisation: 'Test organisation',
    name: 'Robin Ward',
    email,
    roles: ['manager', 'staff'],
    isKnown: false,
  })
  assert.equal(refusedBy(await browser.call('POST', '/join', { token })), 'invitation-no-name')
  const asked = { token, name: 'Robin Ward', password: goodPassword }
  const answers = await Promise.all([browser, server.browser()].map((one) => one.call('POST', '/join', asked)))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 403])
  assert.equal(refusedBy(await server.browser().call('POST', '/join/look', { token })), 'invitation-over')
  const member = (await listed(admin)).find((one) => one.email === email)
  assert.deepEqual([member?.roles, member?.state, member?.hasSecondFactor], [['manager', 'staff'], 'active', false])
  assert.equal(good<{ items: unknown[] }>(await admin.call('GET', '/members/invitations')).items.length, 0)
})

test('an invitation that was withdrawn or has run out lets nobody in', async () => {
  const { admin } = await newClinic()
  const withdrawn = await invite(admin, ['staff'])
  good(await admin.call('DELETE', `/members/invitations/${withdrawn.invitationId}`))
  const again = await admin.call('DELETE', `/members/invitations/${withdrawn.invitationId}`)
  assert.equal(refusedBy(again), 'member-unknown-invitation')
  const late = await invite(admin, ['staff'])
  const asked = { name: 'Robin', password: goodPassword }
  const browser = server.browser()
  assert.equal(refusedBy(await browser.call('POST', '/join', { ...asked, token: withdrawn.token })), 'invitation-over')
  later(server, 7 * 24 * 60 * 60)
  assert.equal(refusedBy(await browser.call('POST', '/join', { ...asked, token: late.token })), 'invitation-over')
})

test('somebody who serves another organisation joins signed in, with the sign-in that they have', async () => {
  const [first, second] = [await newClinic(), await newClinic()]
  const person = await join(server, first.admin, ['manager'])
  const { token } = await invite(second.admin, ['privacy-officer'], { email: person.email })
  const look = good<{ isKnown: boolean }>(await server.browser().call('POST', '/join/look', { token }))
  assert.equal(look.isKnown, true)
  assert.equal(
    refusedBy(await server.browser().call('POST', '/join', { token, name: 'Robin', password: otherPassword })),
    'invitation-sign-in-first',
  )
  assert.deepEqual(good(await person.client.call('POST', '/join', { token })), { next: 'done', means: [] })
  const { organisations } = good<{ organisations: { id: number; roles: string[] }[] }>(
    await person.client.call('GET', '/me'),
  )
  assert.deepEqual(
    organisations.map(({ id, roles }) => [id, roles]),
    [
      [first.organisationId, ['manager']],
      [second.organisationId, ['privacy-officer']],
    ],
  )
  assert.equal(refusedBy(await person.client.call('POST', '/join', { token })), 'invitation-over')
})

test('nobody is invited who is a member already, disabled or not', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['staff'], { withoutFactor: true })
  const asked = { name: 'Robin', email: person.email.toUpperCase(), roles: ['administrator'] }
  assert.equal(refusedBy(await admin.call('POST', '/members/invitations', asked)), 'member-there')
  good(await admin.call('POST', `/members/${person.memberId}/disable`))
  assert.equal(refusedBy(await admin.call('POST', '/members/invitations', asked)), 'member-there')
})

test('a recovery link takes a lost sign-in back: with a new password, a new factor, and nothing of the old', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  const newLink = async () =>
    tokenOf(good<{ link: string }>(await admin.call('POST', `/members/${person.memberId}/recover`)).link)
  const former = await newLink()
  const token = await newLink()
  const browser = server.browser()
  assert.equal(refusedBy(await browser.call('POST', '/join/look', { token: former })), 'invitation-over')
  assert.equal(good<{ kind: string }>(await browser.call('POST', '/join/look', { token })).kind, 'recover')
  assert.equal(refusedBy(await browser.call('POST', '/join', { token })), 'invitation-no-password')
  good(await browser.call('POST', '/join', { token, password: otherPassword }))
  assert.equal((await person.client.call('GET', '/me')).status, 401)
  assert.equal(refusedBy(await givePassword(server.browser(), person.email)), 'sign-in-wrong')
  await addTotp(server, browser)
  assert.equal(good<{ memberId: number }>(await browser.call('GET', '/me')).memberId, person.memberId)
  assert.equal(
    refusedBy(await server.browser().call('POST', '/join', { token, password: goodPassword })),
    'invitation-over',
  )
  assert.equal(refusedBy(await admin.call('POST', `/members/${admin.memberId}/recover`)), 'member-yourself')
})

test('who serves several organisations is helped by whoever runs Vigil, not by one of their administrators', async () => {
  const [first, second] = [await newClinic(), await newClinic()]
  const person = await join(server, first.admin, ['manager'])
  const recover = () => first.admin.call('POST', `/members/${person.memberId}/recover`)
  const token = tokenOf(good<{ link: string }>(await recover()).link)
  const { token: joining } = await invite(second.admin, ['manager'], { email: person.email })
  good(await person.client.call('POST', '/join', { token: joining }))
  assert.equal(refusedBy(await recover()), 'member-serves-others')
  const asked = { token, password: otherPassword }
  assert.equal(refusedBy(await server.browser().call('POST', '/join', asked)), 'invitation-over')
  // The same link, had it been made on the machine itself.
  await database.inOrganisation(first.organisationId, (db) =>
    sql`update invitation set made_by = 'operator:root' where kind = 'recover'`.execute(db),
  )
  assert.equal(good<{ next: string }>(await server.browser().call('POST', '/join', asked)).next, 'enrol')
})

test('what a member may do changes with the next request', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['administrator'])
  good(await person.client.call('GET', '/members'))
  good(await admin.call('PATCH', `/members/${person.memberId}`, { roles: ['manager'], untilOn: null }))
  assert.equal(refusedBy(await person.client.call('GET', '/members')), 'request-not-allowed')
  for (const roles of [[], ['api-client'], ['staff', 'staff'], ['root']]) {
    const answer = await admin.call('PATCH', `/members/${person.memberId}`, { roles, untilOn: null })
    assert.equal(refusedBy(answer), 'request-invalid')
  }
})

test('a disabled member is refused at once, and comes in again when enabled, with the factors that they had', async () => {
  const { admin } = await newClinic()
  const person = await join(server, admin, ['manager'])
  assert.deepEqual(good(await admin.call('POST', `/members/${person.memberId}/disable`)), {
    endedSessions: 1,
    endedTokens: 0,
  })
  assert.equal((await person.client.call('GET', '/me')).status, 401)
  assert.equal(refusedBy(await admin.call('POST', `/members/${person.memberId}/disable`)), 'member-disabled')
  assert.equal(refusedBy(await admin.call('POST', `/members/${person.memberId}/recover`)), 'member-disabled')
  good(await admin.call('POST', `/members/${person.memberId}/enable`))
  assert.equal(refusedBy(await admin.call('POST', `/members/${person.memberId}/enable`)), 'member-enabled')
  assert.equal((await person.client.call('GET', '/me')).status, 401, 'the session that was ended stays ended')
  const browser = server.browser()
  assert.equal(good<{ next: string }>(await givePassword(browser, person.email)).next, 'second-factor')
  later(server)
  good(await browser.call('POST', '/sign-in/second-factor', { code: codeOf(person.secret ?? '', server.now) }))
})

test('there is always an administrator: nobody removes themselves, and the last two do not remove each other', async () => {
  const { admin } = await newClinic()
  const other = await join(server, admin, ['administrator'])
  const demote = (by: Client, memberId: number) =>
    by.call('PATCH', `/members/${memberId}`, { roles: ['staff'], untilOn: null })
  assert.equal(refusedBy(await demote(admin, admin.memberId)), 'member-yourself')
  assert.equal(refusedBy(await admin.call('POST', `/members/${admin.memberId}/disable`)), 'member-yourself')
  const answers = await Promise.all([
    demote(admin, other.memberId),
    other.client.call('POST', `/members/${admin.memberId}/disable`),
  ])
  assert.equal(answers.filter(({ status }) => status === 200).length, 1, JSON.stringify(answers))
  const acting = (await listed(answers[0].status === 200 ? admin : other.client)).filter(
    ({ roles, state }) => roles.includes('administrator') && state === 'active',
  )
  assert.equal(acting.length, 1)
})

test('the last administrator is given no last day', async () => {
  const { admin } = await newClinic()
  const asked = { roles: ['administrator'], untilOn: '2026-12-31' }
  assert.equal(refusedBy(await admin.call('PATCH', `/members/${admin.memberId}`, asked)), 'member-last-administrator')
})

test('an auditor reads for a limited time, and after the last day not any more', async () => {
  const { organisationId, admin } = await newClinic()
  const ask = (untilOn?: string) =>
    admin.call('POST', '/members/invitations', {
      name: 'Audit',
      email: 'audit@vigil.example',
      roles: ['auditor'],
      ...(untilOn === undefined ? {} : { untilOn }),
    })
  assert.equal(refusedBy(await ask()), 'member-no-end')
  assert.equal(refusedBy(await ask('2026-01-01')), 'member-end-past')
  assert.equal(refusedBy(await ask('2028-06-01')), 'member-end-late')
  const auditor = await join(server, admin, ['auditor'], { untilOn: '2027-06-30' })
  good(await auditor.client.call('GET', '/members'))
  // The day after: judged by the database's own clock, in the zone of the organisation.
  await database.inOrganisation(organisationId, (db) =>
    sql`update member set until_on = current_date - 2 where id = ${auditor.memberId}`.execute(db),
  )
  assert.equal(refusedBy(await auditor.client.call('GET', '/members')), 'request-no-organisation')
  assert.equal(refusedBy(await givePassword(server.browser(), auditor.email)), 'sign-in-wrong')
})

test('an officer signs a member out everywhere', async () => {
  const { organisationId, admin } = await newClinic()
  const officer = await server.member(organisationId, ['security-officer'])
  const person = await join(server, admin, ['manager'])
  assert.deepEqual(good(await officer.call('POST', `/members/${person.memberId}/end-sessions`)), { ended: 1 })
  assert.equal((await person.client.call('GET', '/me')).status, 401)
})

test('a member of another organisation is none here, by whatever way their number is used', async () => {
  const [here, there] = [await newClinic(), await newClinic()]
  const person = await join(server, there.admin, ['manager'])
  const { invitationId } = await invite(there.admin, ['staff'])
  for (const path of ['disable', 'enable', 'recover', 'end-sessions']) {
    assert.equal(refusedBy(await here.admin.call('POST', `/members/${person.memberId}/${path}`)), 'member-unknown')
  }
  const change = { roles: ['staff'], untilOn: null }
  assert.equal(refusedBy(await here.admin.call('PATCH', `/members/${person.memberId}`, change)), 'member-unknown')
  assert.equal(
    refusedBy(await here.admin.call('DELETE', `/members/invitations/${invitationId}`)),
    'member-unknown-invitation',
  )
})

test('a token does what its scopes say, as itself, until its last day', async () => {
  const { admin } = await newClinic()
  const make = (scopes: readonly string[], expiresOn: string) =>
    admin.call('POST', '/tokens', { name: 'Script', scopes, expiresOn })
  assert.equal(refusedBy(await make(['everything:change'], '2027-01-01')), 'token-unknown-scope')
  assert.equal(refusedBy(await make(['findings:read'], '2026-01-01')), 'token-ends-past')
  assert.equal(refusedBy(await make(['findings:read'], '2029-01-01')), 'token-ends-late')
  const { scopes } = good<{ scopes: { name: string; endpoints: string[] }[] }>(
    await admin.call('GET', '/tokens/scopes'),
  )
  assert.ok(scopes.find(({ name }) => name === 'findings:read')?.endpoints.includes('findings.list'))
  const today = server.now.toISOString().slice(0, 10)
  const tomorrow = new Date(server.now.getTime() + 86_400_000).toISOString().slice(0, 10)
  assert.equal(refusedBy(await make(['findings:read'], today)), 'token-ends-past')
  const { token, tokenId } = good<{ token: string; tokenId: number }>(await make(['findings:read'], tomorrow))
  const ask = (method: string, path: string, body?: unknown) =>
    server.browser().call(method, path, body, { headers: { authorization: `Bearer ${token}` } })
  good(await ask('GET', '/findings'))
  assert.equal(refusedBy(await ask('GET', '/posture')), 'request-no-scope')
  assert.equal(refusedBy(await ask('GET', '/members')), 'request-not-allowed')
  assert.equal(refusedBy(await ask('GET', '/me')), 'request-needs-person')
  assert.equal(
    refusedBy(await ask('POST', '/tokens', { name: 'More', scopes: ['findings:read'], expiresOn: tomorrow })),
    'request-not-allowed',
  )
  const shown = good<{ items: { id: number; state: string }[] }>(await admin.call('GET', '/tokens'))
  assert.deepEqual(
    shown.items.map(({ id, state }) => [id, state]),
    [[tokenId, 'works']],
  )
  // It is shown once: no list and no page gives it again, nor its hash.
  for (const path of ['/tokens', '/tokens/scopes', '/members', '/members/invitations']) {
    assert.ok(!JSON.stringify((await admin.call('GET', path)).body).includes(token.slice(-20)), path)
  }
  later(server, 2 * 24 * 60 * 60)
  assert.equal((await ask('GET', '/findings')).status, 401)
})

test('a token that is revoked, or whose maker is disabled, works no more from the next request on', async () => {
  const { admin } = await newClinic()
  const maker = await join(server, admin, ['administrator'])
  const make = async () =>
    good<{ token: string; tokenId: number }>(
      await maker.client.call('POST', '/tokens', {
        name: 'Script',
        scopes: ['findings:read'],
        expiresOn: new Date(server.now.getTime() + 30 * 86_400_000).toISOString().slice(0, 10),
      }),
    )
  const ask = (token: string) =>
    server.browser().call('GET', '/findings', undefined, { headers: { authorization: `Bearer ${token}` } })
  const [first, second] = [await make(), await make()]
  good(await ask(first.token))
  good(await admin.call('DELETE', `/tokens/${first.tokenId}`))
  assert.equal((await ask(first.token)).status, 401)
  assert.equal(refusedBy(await admin.call('DELETE', `/tokens/${first.tokenId}`)), 'token-unknown')
  good(await ask(second.token))
  const disabled = await admin.call('POST', `/members/${maker.memberId}/disable`)
  assert.equal(good<{ endedTokens: number }>(disabled).endedTokens, 1)
  assert.equal((await ask(second.token)).status, 401)
  good(await admin.call('POST', `/members/${maker.memberId}/enable`))
  assert.equal((await ask(second.token)).status, 401, 'it does not come back with its maker')
})
