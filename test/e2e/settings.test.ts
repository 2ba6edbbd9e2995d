/** The settings, as members and administrators use them. */
import assert from 'node:assert/strict'
import { openStories } from '../support/browser.ts'

const vigil = await openStories()

vigil.story('a session that is ended in one browser is dead in the other at its next click', async ({ open, look }) => {
  const member = await vigil.member(['security-officer'], { name: 'Sam Ortiz', email: 'sam@clinic.example' })
  const elsewhere = await vigil.anotherSession(member, 'Safari on iOS')
  const here = await open('/settings/sessions', { as: member })
  const there = await open('/posture', { as: elsewhere })
  await there.getByRole('heading', { level: 1 }).waitFor()

  await here.getByRole('button', { name: /End Safari on iOS/ }).waitFor()
  await look(here, 'sessions')
  await here.getByRole('button', { name: /End Safari on iOS/ }).click()
  await here.getByRole('button', { name: 'End it' }).click()
  await here.getByText('You are signed in here, and nowhere else.').waitFor()
  await there.getByRole('link', { name: 'Settings' }).first().click()
  await there.waitForURL('**/sign-in?to=*')
})

vigil.story('all other sessions end at once', async ({ open }) => {
  const member = await vigil.member(['staff'], { name: 'Kim Vale' })
  await vigil.anotherSession(member, 'Edge on Windows')
  await vigil.anotherSession(member, 'Chrome on Android')
  const page = await open('/settings/sessions', { as: member })
  await page.getByText('in 2 other places').waitFor()
  await page.getByRole('button', { name: 'End all others' }).click()
  await page.getByRole('button', { name: 'End them' }).click()
  await page.getByText('2 sessions have ended.').waitFor()
  await page.getByText('You are signed in here, and nowhere else.').waitFor()
})

vigil.story(
  'somebody who signed in a while ago is told to sign in again before they change it',
  async ({ open, look }) => {
    const bare = await vigil.member(['staff'], { hasFactor: false })
    const page = await open('/settings/sign-in', { as: bare })
    await page.getByRole('button', { name: 'Set it up' }).waitFor()
    await look(page, 'my-sign-in-empty')
    const stale = await vigil.member(['security-officer'])
    await vigil.ageSession(stale, 20)
    const later = await open('/settings/sign-in', { as: stale })
    await later.getByText('To change anything here, sign in again.').waitFor()
    assert.equal(await later.getByRole('button', { name: 'Set it up' }).count(), 0)
    await look(later, 'my-sign-in-stale')
    await later.getByRole('button', { name: 'Sign in again' }).click()
    await later.waitForURL('**/sign-in?to=*')
  },
)

vigil.story('an administrator renames the organisation', async ({ open, look }) => {
  const page = await open('/settings/organisation', { as: ['administrator'] })
  const name = page.getByRole('textbox', { name: 'Name' })
  await name.fill('')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Give the name of your organisation.').waitFor()
  await look(page, 'organisation')
  await name.fill('Lakeview Family and Community Clinic of the Upper Valley')
  await page.getByRole('combobox', { name: 'Time zone' }).fill('Denver')
  await page.getByRole('option', { name: 'America/Denver' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The organisation is changed.').waitFor()
  await page.getByText('Lakeview Family and Community').first().waitFor()
})

vigil.story('an administrator invites, changes roles, withdraws, and turns somebody away', async ({ open, look }) => {
  await vigil.member(['security-officer', 'privacy-officer'], { name: 'Ada Nwosu', email: 'ada.nwosu@clinic.example' })
  const leaver = await vigil.member(['staff', 'manager'], {
    hasFactor: false,
    name: 'Maximiliane von Hohenberg-Österreicher-Sandoval',
    email: 'maximiliane.von.hohenberg-oesterreicher-sandoval@lakeview-clinic.example',
  })
  const admin = await vigil.member(['administrator'], { name: 'Marisol Reyes', email: 'marisol@clinic.example' })
  const theirs = await open('/tasks', { as: leaver })
  await theirs.getByRole('heading', { level: 1 }).waitFor()
  const page = await open('/settings/members', { as: admin })
  await page.getByRole('button', { name: 'Invite somebody' }).click()
  await page.getByRole('button', { name: 'Make the link' }).click()
  await page.getByText('Give their name.').waitFor()
  await look(page, 'members-invite')
  await page.getByLabel('Name', { exact: true }).fill('Ben Achterberg')
  await page.getByLabel('E-mail address').fill('ben@clinic.example')
  await page.getByLabel('Privacy officer').check()
  await page.getByRole('button', { name: 'Make the link' }).click()
  const link = await page.getByRole('textbox', { name: 'Link for Ben Achterberg' }).inputValue()
  assert.match(link, /\/join#vigil_invite_/)
  await look(page, 'members-link')
  await page.getByRole('button', { name: 'I have handed it over' }).click()
  await page.getByRole('button', { name: 'Withdraw the link for Ben Achterberg' }).waitFor()
  await look(page, 'members')
  await page.getByRole('button', { name: 'Withdraw the link for Ben Achterberg' }).click()
  await page.getByRole('button', { name: 'Withdraw it' }).click()
  await page.getByRole('heading', { name: 'Links that wait' }).waitFor({ state: 'detached' })

  await page.getByRole('link', { name: leaver.name }).click()
  await page.getByRole('button', { name: 'Change the roles' }).waitFor()
  await look(page, 'member')
  await page.getByRole('button', { name: 'Change the roles' }).click()
  await page.getByLabel('Manager').uncheck()
  await look(page, 'member-roles')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The roles are changed.').waitFor()
  await page.getByRole('button', { name: 'Disable' }).click()
  await look(page, 'member-disable')
  await page.getByRole('dialog').getByRole('button', { name: 'Disable', exact: true }).last().click()
  await page.getByText(/is disabled. Ended: 1 session, 0 tokens/).waitFor()
  await theirs.getByRole('link', { name: 'Settings' }).first().click()
  await theirs.waitForURL('**/sign-in?to=*')
})

vigil.story('a token is made, works within its scopes, and is dead once it is revoked', async ({ open, look }) => {
  const page = await open('/settings/tokens', { as: ['administrator'] })
  await page.getByRole('heading', { name: 'No program has a token' }).waitFor()
  await look(page, 'tokens-empty')
  await page.getByRole('button', { name: 'Make a token' }).click()
  await page.getByRole('checkbox', { name: 'Read findings' }).waitFor()
  await page.getByRole('button', { name: 'Make the token' }).click()
  await page.getByText('Choose at least one.').waitFor()
  await look(page, 'token-new')
  await page.getByLabel('Name', { exact: true }).fill('Nightly export to the data warehouse')
  await page.getByRole('checkbox', { name: 'Read findings' }).check()
  await page.getByRole('button', { name: 'Make the token' }).click()
  const token = await page.getByRole('textbox', { name: 'Token' }).inputValue()
  const command = (await page.getByText('curl -H').textContent()) ?? ''
  await look(page, 'token-once')
  const ask = (path: string) =>
    fetch(`${vigil.origin}/api${path}`, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status)
  assert.equal(await ask('/findings'), 200)
  assert.equal(await ask('/posture'), 403)
  assert.match(command, /\/api\/findings$/)
  await page.getByRole('button', { name: 'I have kept it' }).click()
  await page.getByRole('link', { name: 'Nightly export to the data warehouse' }).waitFor()
  await look(page, 'tokens')
  await page.getByRole('link', { name: 'Nightly export to the data warehouse' }).click()
  await page.getByRole('button', { name: 'Revoke' }).waitFor()
  await look(page, 'token')
  await page.getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('button', { name: 'Revoke it' }).click()
  await page.getByText('The token is revoked.').waitFor()
  assert.equal(await ask('/findings'), 401)
})

vigil.story(
  'the places of the settings stand in three groups, beside the page or as a page',
  async ({ open, look }) => {
    const admin = await vigil.member(['administrator'])
    const page = await open('/settings', { as: admin })
    await page.getByRole('heading', { level: 1, name: 'My sign-in' }).waitFor()
    const places = page.getByRole('navigation', { name: 'Settings' })
    assert.deepEqual(await places.getByRole('list', { name: 'Programs' }).getByRole('link').allTextContents(), [
      'API tokens',
      'Webhooks',
      'API',
    ])
    await places.getByRole('list', { name: 'You' }).getByRole('link', { name: 'Calendar' }).click()
    await page.getByRole('heading', { level: 1, name: 'Calendar' }).waitFor()
    assert.equal(await places.getByRole('link', { name: 'Calendar' }).getAttribute('aria-current'), 'page')
    const phone = await open('/settings', { as: admin, size: 'phone' })
    await phone.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
    assert.equal(await phone.getByRole('main').getByRole('link').count(), 11)
    await look(phone, 'settings')
    await phone.getByRole('main').getByRole('link', { name: 'Members' }).click()
    await phone.getByRole('heading', { level: 1, name: 'Members' }).waitFor()
    await phone.getByRole('main').getByRole('link', { name: 'Settings' }).click()
    await phone.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
    const staff = await open('/settings', { as: ['staff'], size: 'small' })
    await staff.getByRole('heading', { level: 2, name: 'You' }).waitFor()
    assert.equal(await staff.getByRole('heading', { level: 2 }).count(), 1)
    await vigil.checkWidth(staff)
  },
)

vigil.story('the pages of settings fit a window of 320 pixels', async ({ open }) => {
  const member = await vigil.member(['administrator'])
  const pages = ['sign-in', 'sessions', 'organisation', 'members', 'members?invite=new', 'tokens', 'tokens?new=token']
  for (const path of pages) {
    const page = await open(`/settings/${path}`, { as: member, size: 'small' })
    await page.getByRole('heading', { level: 1 }).waitFor()
    await vigil.checkWidth(page)
    await page.close()
  }
  for (const path of ['/sign-in', '/set-up']) await vigil.checkWidth(await open(path, { size: 'small' }))
})
