/** How people get in, as they do it: in Chromium, by what is written on the page. */
import assert from 'node:assert/strict'
import { TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ organisation: 'The organisation' })
let password = 'seven lanterns over quiet water'
const marisol = { name: 'Marisol Reyes', email: 'marisol.reyes@lakeview.example' }

/** The secret of Marisol's app and her recovery codes, as the set-up showed them. */
let secret = ''
let codes: readonly string[] = []

/** Codes work once, so each story takes the server to a later time step before it asks for the next. */
function nextCode(of = secret): string {
  vigil.aheadMs += 30_000
  return TOTP.generate({ secret: secretOf(of), timestamp: Date.now() + vigil.aheadMs })
}

function secretOf(text: string) {
  const made = new TOTP({ secret: text.replaceAll(' ', '') })
  return made.secret
}

async function readCodes(page: Page): Promise<readonly string[]> {
  const list = page.getByRole('list', { name: 'Recovery codes' })
  await list.waitFor()
  return list.getByRole('listitem').allInnerTexts()
}

async function givePassword(page: Page, email: string, typed = password): Promise<void> {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByRole('textbox', { name: 'Password' }).fill(typed)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

vigil.story('a new Vigil is set up by its link, with an authenticator app', async ({ open, look }) => {
  const page = await open(vigil.setUpLink ?? '')
  await page.getByRole('heading', { name: 'Set up Vigil' }).waitFor()
  await page.waitForURL(`${vigil.origin}/set-up`)

  const goOn = page.getByRole('button', { name: 'Go on' })
  await goOn.click()
  await page.getByText('Give the name of your organisation.').waitFor()
  const organisation = page.getByLabel('Organisation')
  assert.equal(
    await organisation.evaluate((field) => field.matches(':focus')),
    true,
    'the focus is not on the first error',
  )
  await look(page, 'set-up-errors')

  await organisation.fill('Lakeview Family Clinic')
  await page.getByLabel('Your name').fill(marisol.name)
  await page.getByLabel('Your e-mail address').fill(marisol.email)
  await page.getByRole('textbox', { name: 'Password' }).fill('lakeview lakeview')
  await goOn.click()
  await page.getByText(/made of names that anybody can guess/).waitFor()
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await look(page, 'set-up')
  await goOn.click()

  await page.getByRole('heading', { name: 'Protect your sign-in' }).waitFor()
  await look(page, 'set-up-factor')
  await page.getByRole('button', { name: 'Set up an app' }).click()
  await page.getByRole('img', { name: /QR code/ }).waitFor()
  secret = (await page.getByLabel('Secret', { exact: true }).textContent()) ?? ''
  await look(page, 'set-up-app')
  await page.getByLabel('Code from the app').fill('000000')
  await page.getByRole('button', { name: 'Confirm' }).click()
  await page.getByText(/does not work, or was used already/).waitFor()
  await page.getByLabel('Code from the app').fill(nextCode())
  await page.getByRole('button', { name: 'Confirm' }).click()

  codes = await readCodes(page)
  assert.equal(codes.length, 10)
  await page.getByRole('button', { name: 'Copy', exact: true }).click()
  await page.getByText('Copied. Paste them').waitFor()
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download' }).click()
  assert.equal((await saved).suggestedFilename(), 'vigil-recovery-codes.txt')
  await look(page, 'recovery-codes')
  await page.emulateMedia({ media: 'print' })
  assert.equal(await page.getByText(codes[9] ?? '').isVisible(), true)
  assert.equal(await page.getByRole('button', { name: 'Print' }).isVisible(), false)
  assert.equal(await page.getByRole('heading', { name: 'Keep your recovery codes' }).isVisible(), false)
  await page.emulateMedia({ media: 'screen' })
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await page.waitForURL('**/today')
  await page.getByText('Lakeview Family Clinic').first().waitFor()
})

vigil.story('the set-up link works once', async ({ open, look }) => {
  const page = await open(vigil.setUpLink ?? '')
  await page.getByText('This set-up link does not work, or was used already.').waitFor()
  await look(page, 'set-up-over')
  const bare = await open('/set-up')
  await bare.getByRole('heading', { name: 'Open the set-up link' }).waitFor()
  await look(bare, 'set-up-without-link')
})

vigil.story('somebody signs in by password and code, and gets to the page that they opened', async ({ open, look }) => {
  const page = await open('/settings/sessions')
  await page.waitForURL('**/sign-in?to=*')
  await look(page, 'sign-in')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText('Give your e-mail address.').waitFor()

  await givePassword(page, marisol.email, 'not the password at all')
  await page.getByText('The e-mail address and the password do not fit together.').waitFor()
  await look(page, 'sign-in-wrong')

  await givePassword(page, marisol.email)
  await page.getByRole('heading', { name: 'One more step' }).waitFor()
  const code = page.getByLabel('Code from the app')
  assert.equal(await code.getAttribute('autocomplete'), 'one-time-code')
  await look(page, 'second-factor')
  const right = nextCode()
  await code.fill('123456')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText(/does not work, or was used already/).waitFor()
  await code.fill(right)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/settings/sessions')
  await page.getByRole('heading', { name: 'My sessions' }).waitFor()
})

vigil.story('the keyboard alone is enough to sign in', async ({ open }) => {
  const page = await open('/sign-in')
  const isAt = (name: string) => page.getByLabel(name, { exact: true }).and(page.locator(':focus')).waitFor()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.keyboard.press('Tab')
  await isAt('E-mail address')
  await page.keyboard.type(marisol.email)
  await page.keyboard.press('Tab')
  await isAt('Password')
  await page.keyboard.type(password)
  await page.keyboard.press('Tab')
  await isAt('Show the password')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await isAt('Code from the app')
  await page.keyboard.type(nextCode())
  await page.keyboard.press('Enter')
  await page.waitForURL('**/today')
})

vigil.story('who has lost the app signs in by a recovery code, once', async ({ open, look }) => {
  const [first = ''] = codes
  for (const isFirst of [true, false]) {
    const page = await open('/sign-in')
    await givePassword(page, marisol.email)
    await page.getByRole('button', { name: 'Use a recovery code' }).click()
    await page.getByRole('heading', { name: 'Give a recovery code' }).waitFor()
    if (isFirst) await look(page, 'second-factor-recovery')
    await page.getByLabel('Recovery code').fill(first.toLowerCase())
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    if (isFirst) await page.waitForURL('**/today')
    else await page.getByText(/does not work, or was used already/).waitFor()
  }
})

vigil.story('a passkey is added, and is all that it takes to sign in', async ({ open, look }) => {
  const page = await open('/sign-in')
  await addAuthenticator(page)
  await givePassword(page, marisol.email)
  await page.getByLabel('Code from the app').fill(nextCode())
  await page.keyboard.press('Enter')
  await page.waitForURL('**/today')

  await page.goto('/settings/sign-in')
  await page.getByRole('button', { name: 'Add one' }).click()
  await page.getByLabel('Name of the passkey').fill('The laptop at the front desk')
  await page.getByRole('button', { name: 'Make the passkey' }).click()
  await page.getByText('The laptop at the front desk').waitFor()
  await page
    .getByRole('button', { name: 'Your menu' })
    .or(page.getByRole('button', { name: /your menu/ }))
    .first()
    .click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.waitForURL('**/sign-in')

  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL('**/today')
  await page.goto('/settings/sign-in')
  await page.getByText('on one device only').waitFor()
  await look(page, 'my-sign-in')
})

vigil.story(
  'somebody changes all that they sign in with, but never removes the last factor',
  async ({ open, look }) => {
    const page = await open('/sign-in?to=%2Fsettings%2Fsign-in')
    await givePassword(page, marisol.email)
    await page.getByLabel('Code from the app').fill(nextCode())
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Change it' }).waitFor()
    const elsewhere = await open('/sign-in')
    await givePassword(elsewhere, marisol.email)
    await elsewhere.getByLabel('Code from the app').fill(nextCode())
    await elsewhere.keyboard.press('Enter')
    await elsewhere.waitForURL('**/today')

    await page.getByRole('button', { name: 'Change it' }).click()
    await page.getByRole('textbox', { name: 'Current password' }).fill('not the password at all')
    await page.getByRole('textbox', { name: 'New password' }).fill('eight lanterns over quiet water')
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.getByText(/do not fit together/).waitFor()
    await page.getByRole('textbox', { name: 'Current password' }).fill(password)
    await page.getByRole('textbox', { name: 'New password' }).fill('short')
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.getByText(/This password is too short/).waitFor()
    await look(page, 'my-sign-in-password')
    password = 'eight lanterns over quiet water'
    await page.getByRole('textbox', { name: 'New password' }).fill(password)
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.getByText('Your password is changed').waitFor()
    await elsewhere.getByRole('link', { name: 'Settings' }).first().click()
    await elsewhere.waitForURL('**/sign-in?to=*')

    await page.getByRole('button', { name: 'Make new ones' }).click()
    await page.getByRole('button', { name: 'Make new codes' }).click()
    const fresh = await readCodes(page)
    assert.equal(new Set([...fresh, ...codes]).size, 20)
    await look(page, 'my-sign-in-codes')
    await page.getByRole('button', { name: 'I have kept them' }).click()
    await page.getByText('10 are left.').waitFor()

    await page.getByRole('button', { name: 'Remove The laptop at the front desk' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click()
    await page.getByText('There is none yet.').waitFor()
    await page.getByRole('button', { name: 'Remove it' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click()
    await page.getByText('This is your last second factor, and you need one.').waitFor()
  },
)

vigil.story('an invited person joins in another browser, sets up a passkey, and gets in', async ({ open, look }) => {
  const admin = await open('/settings/members?invite=new', { as: ['administrator'] })
  await admin.getByLabel('Name', { exact: true }).fill('Tobias Okonkwo-Lindqvist')
  await admin.getByLabel('E-mail address').fill('tobias@lakeview.example')
  await admin.getByLabel('Security officer').check()
  await admin.getByRole('button', { name: 'Make the link' }).click()
  const link = await admin.getByRole('textbox', { name: 'Link for Tobias Okonkwo-Lindqvist' }).inputValue()

  const page = await open(link)
  await addAuthenticator(page)
  await page.getByRole('heading', { name: 'Join Lakeview Family Clinic' }).waitFor()
  assert.equal(new URL(page.url()).hash, '')
  await look(page, 'join')
  await page.getByRole('textbox', { name: 'Password' }).fill('four herons and a bicycle')
  await page.getByRole('button', { name: 'Join', exact: true }).click()
  await page.getByRole('button', { name: 'Make a passkey' }).click()
  await look(page, 'join-passkey')
  await page.getByRole('button', { name: 'Make the passkey' }).click()
  assert.equal((await readCodes(page)).length, 10)
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await page.waitForURL('**/today')

  const again = await open(link)
  await again.getByText('This link does not work any more.').waitFor()
  await look(again, 'join-over')
})

vigil.story('a member of staff joins by a password alone', async ({ open }) => {
  const admin = await open('/settings/members?invite=new', { as: ['administrator'] })
  await admin.getByLabel('Name', { exact: true }).fill('Ida Brandt')
  await admin.getByLabel('E-mail address').fill('ida@lakeview.example')
  await admin.getByLabel('Staff', { exact: true }).check()
  await admin.getByRole('button', { name: 'Make the link' }).click()
  const page = await open(await admin.getByRole('textbox', { name: 'Link for Ida Brandt' }).inputValue())
  await page.getByRole('textbox', { name: 'Password' }).fill('nine plum trees in the rain')
  await page.getByRole('button', { name: 'Join', exact: true }).click()
  await page.waitForURL('**/today')
})

vigil.story('who signs in already joins another organisation signed in', async ({ open, look }) => {
  const organisationId = await vigil.newOrganisation('Northside Dental')
  const keeper = await vigil.member(['administrator'], { organisationId, name: 'Nora North' })
  const admin = await open('/settings/members?invite=new', { as: keeper })
  await admin.getByLabel('Name', { exact: true }).fill('Marisol Reyes')
  await admin.getByLabel('E-mail address').fill(marisol.email)
  await admin.getByLabel('Auditor').check()
  await admin.getByRole('button', { name: 'Make the link' }).click()
  await admin.getByText('An auditor reads for a limited time: give the last day.').waitFor()
  await admin.getByLabel('Last day').fill(new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10))
  await admin.getByRole('button', { name: 'Make the link' }).click()
  const link = await admin.getByRole('textbox', { name: 'Link for Marisol Reyes' }).inputValue()

  const page = await open(link)
  await page.getByRole('button', { name: 'Sign in to join' }).waitFor()
  await look(page, 'join-known')
  await page.getByRole('button', { name: 'Sign in to join' }).click()
  await givePassword(page, marisol.email)
  await page.getByLabel('Code from the app').fill(nextCode())
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Join as Marisol Reyes' }).click()
  await page.waitForURL('**/today')
  await page
    .getByRole('button', { name: /Choose another/ })
    .first()
    .click()
  await page.getByRole('menuitem', { name: 'Northside Dental' }).waitFor()
})

vigil.story('who has lost everything sets their sign-in up anew by a link', async ({ open, look }) => {
  const admin = await open('/settings/members', { as: ['administrator'] })
  await admin.getByRole('link', { name: 'Tobias Okonkwo-Lindqvist' }).click()
  await admin.getByRole('button', { name: 'Give a recovery link' }).click()
  await admin.getByRole('button', { name: 'Make the link' }).click()
  const page = await open(await admin.getByRole('textbox', { name: 'Link for Tobias Okonkwo-Lindqvist' }).inputValue())
  await page.getByRole('heading', { name: 'Set your sign-in up anew' }).waitFor()
  await look(page, 'recover')
  await page.getByRole('textbox', { name: 'New password' }).fill('eleven gulls above the pier')
  await page.getByRole('button', { name: 'Set it up anew' }).click()
  await page.getByRole('button', { name: 'Set up an app' }).click()
  const fresh = (await page.getByLabel('Secret', { exact: true }).textContent()) ?? ''
  await page.getByLabel('Code from the app').fill(nextCode(fresh))
  await page.getByRole('button', { name: 'Confirm' }).click()
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await page.waitForURL('**/today')
})

vigil.story('attack: an address that leads elsewhere is not followed after the sign-in', async ({ open }) => {
  const page = await open('/sign-in?to=%2F%2Fevil.example')
  await givePassword(page, marisol.email)
  await page.getByLabel('Code from the app').fill(nextCode())
  await page.keyboard.press('Enter')
  await page.waitForURL(`${vigil.origin}/today`)
})

/** A device that makes passkeys and always finds its person; it belongs to the page. */
async function addAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}
