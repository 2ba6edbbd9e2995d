/**
 * A day of five people at a hospital: each signs in as they do, does what the day wants of them, signs out, and meets nothing
 * on the way that is not theirs. Counts what somebody has to press for each piece of work; none takes more than three
 * presses from the page that the day begins with, typed words and the choice of a person not counted.
 */
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { TOTP } from 'otpauth'
import type { Locator, Page } from 'playwright-core'
import { openStories, type Story } from '../support/browser.ts'

const vigil = await openStories({ sample: 'hospital', organisation: 'Riverside Hospital' })
const { database } = vigil.installation
const password = 'seven lanterns over quiet water'
const most = 3

interface Person {
  readonly name: string
  readonly email: string
  /** Of their app; undefined for who signs in by a password alone. */
  secret: string | undefined
}

const people = {
  administrator: { name: 'Rosa Delgado', email: 'rosa.delgado@riverside.example', secret: undefined },
  officer: { name: 'Ada Nwosu', email: 'ada.nwosu@riverside.example', secret: undefined },
  manager: { name: '', email: '', secret: undefined },
  staff: { name: 'Nia Okafor', email: 'nia.okafor@riverside.example', secret: undefined },
  auditor: { name: 'Ben Achterberg', email: 'ben@auditors.example', secret: undefined },
} satisfies Record<string, Person> as Record<'administrator' | 'officer' | 'manager' | 'staff' | 'auditor', Person>

/** Codes work once, so each is of a later time step. */
function nextCode({ secret }: Person): string {
  vigil.aheadMs += 30_000
  return TOTP.generate({ secret: new TOTP({ secret: secret ?? '' }).secret, timestamp: Date.now() + vigil.aheadMs })
}

async function setUpApp(page: Page, person: Person): Promise<void> {
  await page.getByRole('button', { name: 'Set up an app' }).click()
  person.secret = ((await page.getByLabel('Secret', { exact: true }).textContent()) ?? '').replaceAll(' ', '')
  await page.getByLabel('Code from the app').fill(nextCode(person))
  await page.getByRole('button', { name: 'Confirm' }).click()
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await page.waitForURL('**/today')
}

async function signIn(story: Story, person: Person, size: 'desktop' | 'phone' = 'desktop'): Promise<Page> {
  const page = await story.open('/', { size })
  await page.waitForURL('**/sign-in*')
  await page.getByLabel('E-mail address').fill(person.email)
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  if (person.secret !== undefined) {
    await page.getByLabel('Code from the app').fill(nextCode(person))
    await page.keyboard.press('Enter')
  }
  await page.waitForURL('**/today')
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor()
  return page
}

async function signOut(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: /: your menu$/ })
    .filter({ visible: true })
    .first()
    .click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.waitForURL('**/sign-in')
  await page.goBack().catch(() => undefined)
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
}

/** One piece of work: what is pressed for it is counted from Today on. */
async function work(page: Page, what: string, does: (press: (what: Locator) => Promise<void>) => Promise<void>) {
  await page.goto('/today')
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor()
  let presses = 0
  await does(async (locator) => {
    presses += 1
    await locator.click()
  })
  assert.ok(presses <= most, `${what} takes ${presses} presses`)
}

/** The places that the navigation offers, and that those which it does not offer are closed. */
async function seesOnly(page: Page, offered: readonly string[], closed: readonly string[]): Promise<void> {
  const navigation = page.getByRole('navigation', { name: 'Pages' }).filter({ visible: true }).first()
  await navigation.waitFor()
  const shown = (await navigation.getByRole('link').allInnerTexts()).map((text) => text.replace(/[\d\s]+$/, '').trim())
  assert.deepEqual(shown, offered)
  for (const path of closed) {
    const answer = await page.request.get(path, { headers: { 'sec-fetch-site': 'same-origin' } })
    assert.equal(answer.status(), 403, path)
  }
}

vigil.story('the first administrator sets Vigil up and invites the four others', async ({ open }) => {
  const page = await open(vigil.setUpLink ?? '')
  await page.getByLabel('Organisation').fill('Riverside Hospital')
  await page.getByLabel('Your name').fill(people.administrator.name)
  await page.getByLabel('Your e-mail address').fill(people.administrator.email)
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await page.getByRole('button', { name: 'Go on' }).click()
  await setUpApp(page, people.administrator)

  const leader = await database.inOrganisation(vigil.organisationId, async (db) => {
    const { rows } = await sql<{ name: string; email: string }>`
      select coalesce(boss.display_name, boss.given_name || ' ' || boss.family_name) as name, boss.email
      from person_fact report
      join person_fact boss on boss.number_key = report.manager_key or boss.name_key = report.manager_key
      join finding on finding.closed_at is null and finding.subject_kind = 'person' and finding.subject_id = report.person_id
      where boss.email is not null and boss.person_id is not null and report.person_id <> boss.person_id
      group by 1, 2 order by count(*) desc, 2 limit 1`.execute(db)
    return rows[0]
  })
  assert.ok(leader)
  Object.assign(people.manager, leader)
  const invited = [
    ['officer', 'Security officer'],
    ['manager', 'Manager'],
    ['staff', 'Staff'],
    ['auditor', 'Auditor'],
  ] as const
  for (const [who, role] of invited) {
    const person = people[who]
    await page.goto('/settings/members?invite=new')
    await page.getByLabel('Name', { exact: true }).fill(person.name)
    await page.getByLabel('E-mail address').fill(person.email)
    await page.getByLabel(role, { exact: true }).check()
    if (who === 'auditor') {
      await page.getByLabel('Last day').fill(new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10))
    }
    await page.getByRole('button', { name: 'Make the link' }).click()
    const link = await page.getByRole('textbox', { name: `Link for ${person.name}` }).inputValue()
    const theirs = await open(link)
    await theirs.getByRole('textbox', { name: 'Password' }).fill(password)
    await theirs.getByRole('button', { name: 'Join', exact: true }).click()
    // Staff sign in by a long password alone.
    if (who === 'staff') await theirs.waitForURL('**/today')
    else await setUpApp(theirs, person)
    await theirs.close()
  }
  await page.goto('/today')
  await signOut(page)
})

vigil.story('the officer gives out what is nobody’s, follows a leaver, and looks somebody up', async (story) => {
  const page = await signIn(story, people.officer)
  await page.getByText(/things? needs? you today\./).waitFor()
  await story.look(page, 'day-officer-today')

  await work(page, 'taking over a critical finding that is nobody’s', async (press) => {
    await press(page.getByRole('link', { name: /^Give (it|them) to somebody: .*critical/ }))
    await press(page.getByRole('table', { name: 'Findings' }).getByRole('link').first())
    await press(page.getByRole('dialog').getByRole('button', { name: 'Take over' }))
    await page.getByRole('dialog').getByText(`${people.officer.name} took it over.`).waitFor()
  })
  await work(page, 'finding out why a safeguard would fail an audit', async (press) => {
    await press(page.getByRole('list', { name: 'Failed' }).getByRole('link').first())
    await page.getByRole('heading', { level: 1, name: 'Findings' }).waitFor()
    await press(page.getByRole('table', { name: 'Findings' }).getByRole('link').first())
    await page.getByRole('dialog').getByRole('heading', { name: 'What to do' }).waitFor()
  })
  await work(page, 'looking somebody up', async () => {
    await page.keyboard.press('Control+k')
    const field = page.getByRole('combobox', { name: 'Search' })
    await field.waitFor()
    await field.fill(people.manager.name)
    await page
      .getByRole('option', { name: new RegExp(people.manager.name) })
      .first()
      .waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/people/*')
    await page.getByRole('heading', { level: 1, name: people.manager.name }).waitFor()
  })
  await seesOnly(
    page,
    [
      'Today',
      'Posture',
      'Findings',
      'Tasks',
      'People',
      'Systems',
      'Access trail',
      'Requirements',
      'Ledger',
      'Evidence',
      'Sources',
      'Settings',
    ],
    ['/api/mail', '/api/people/mine'],
  )
  await signOut(page)
})

vigil.story(
  'the administrator sees what keeps Vigil from seeing, and asks somebody for a piece of work',
  async (story) => {
    const page = await signIn(story, people.administrator)
    await work(page, 'asking a nurse for something', async (press) => {
      await press(page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Tasks' }))
      await press(page.getByRole('button', { name: 'Ask somebody' }))
      const panel = page.getByRole('dialog')
      await panel
        .getByRole('textbox', { name: 'What is to be done' })
        .fill('Read the new rule on telephones at the bedside')
      await panel.getByRole('combobox', { name: 'Who' }).click()
      await page.getByRole('option', { name: people.staff.name }).click()
      await press(panel.getByRole('button', { name: 'Ask' }))
      await panel.waitFor({ state: 'detached' })
    })
    await work(page, 'seeing how a source stands', async (press) => {
      await press(page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Sources' }))
      await press(page.getByRole('table', { name: 'Sources that speak now' }).getByRole('link').first())
      await page.getByRole('heading', { name: 'Each time it was brought' }).waitFor()
    })
    await signOut(page)
  },
)

vigil.story('a member of staff does their task on a phone, without a second factor', async (story) => {
  const page = await signIn(story, people.staff, 'phone')
  await page.getByText('One thing needs you today.').waitFor()
  await story.look(page, 'day-staff-today')
  await page.getByRole('button', { name: 'Done: Read the new rule on telephones at the bedside' }).click()
  await page.getByText('Nothing needs you today.').waitFor()
  // With one place there is nothing to go to, so a telephone has no bar.
  await page.setViewportSize({ width: 1280, height: 800 })
  await seesOnly(
    page,
    ['Today'],
    ['/api/findings', '/api/posture', '/api/people', '/api/systems', '/api/tasks', '/api/ledger', '/api/sources'],
  )
  await signOut(page)
})

vigil.story('a manager sees their own people and nobody else', async (story) => {
  const page = await signIn(story, people.manager)
  await page.getByRole('heading', { level: 2, name: 'Your people' }).waitFor()
  await story.look(page, 'day-manager-today')
  await work(page, 'seeing what is open about somebody', async (press) => {
    await press(page.getByRole('link', { name: /^See what is open: / }).first())
    await page.getByRole('table', { name: 'Findings' }).waitFor()
  })
  await work(page, 'opening the page of one of theirs', async (press) => {
    await press(page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'People' }))
    await press(page.getByRole('table', { name: 'People' }).getByRole('link').first())
    await page.getByRole('heading', { name: 'Employment' }).waitFor()
  })
  await seesOnly(
    page,
    ['Today', 'Findings', 'Tasks', 'People', 'Settings'],
    ['/api/posture', '/api/people', '/api/systems', '/api/tasks', '/api/evidence', '/api/sources', '/api/requirements'],
  )
  await signOut(page)
})

vigil.story('the auditor follows a paragraph to its ground, proves an entry, and can change nothing', async (story) => {
  const page = await signIn(story, people.auditor)
  await story.look(page, 'day-auditor-today')
  await work(page, 'proving an entry of the ledger', async (press) => {
    await press(page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Ledger' }))
    await press(page.getByRole('table').getByRole('link').first())
    await page.getByRole('dialog').getByText('Your browser has worked it out anew: the proof holds').waitFor()
  })
  await work(page, 'seeing what meets a paragraph', async (press) => {
    await press(
      page
        .getByRole('link', { name: 'See all requirements' })
        .or(page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Requirements' }))
        .first(),
    )
    await page.getByRole('searchbox', { name: 'Find' }).fill('164.312(d)')
    await press(page.getByRole('link', { name: 'Person or entity authentication' }))
    await page
      .getByRole('dialog')
      .getByText(/^45 CFR/)
      .first()
      .waitFor()
  })
  await page.goto('/findings')
  await page.getByRole('table', { name: 'Findings' }).getByRole('link').first().click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('heading', { name: 'What to do' }).waitFor()
  for (const name of ['Take over', 'Give away', 'Accept for now', 'Add the comment']) {
    assert.equal(await panel.getByRole('button', { name }).count(), 0, name)
  }
  await seesOnly(
    page,
    [
      'Today',
      'Posture',
      'Findings',
      'Tasks',
      'People',
      'Systems',
      'Access trail',
      'Requirements',
      'Ledger',
      'Evidence',
      'Sources',
      'Settings',
    ],
    ['/api/mail', '/api/people/mine'],
  )
  await page.keyboard.press('Escape')
  await signOut(page)
})

vigil.story('every page fits a window of 320 pixels, which is also a wide one at 400 %', async ({ open }) => {
  const everything = await vigil.member(['administrator', 'security-officer', 'privacy-officer', 'manager'])
  const first = await database.inOrganisation(vigil.organisationId, async (db) => {
    const { rows } = await sql<{ person: number; system: number; device: number; source: number; finding: number }>`
      select (select min(person_id) from person_fact) as person, (select min(id) from system) as system,
        (select min(id) from device) as device, (select min(id) from source) as source,
        (select min(id) from finding) as finding`.execute(db)
    return rows[0]
  })
  assert.ok(first)
  const paths = [
    '/today',
    '/start',
    '/posture',
    '/practices/access',
    '/practices/access/leavers-lose-access',
    '/findings',
    `/findings?finding=${first.finding}`,
    '/tasks?whose=all',
    '/people',
    `/people/${first.person}`,
    '/systems',
    `/systems/${first.system}`,
    '/devices',
    `/devices/${first.device}`,
    '/questions',
    '/requirements',
    '/ledger',
    '/evidence',
    '/sources',
    `/sources/${first.source}`,
    '/sources/bring',
    '/sources/directories',
    '/sources/jobs',
    '/notifications',
    '/settings',
    '/settings/mail',
    '/settings/webhooks',
    '/settings/retention',
    '/settings/members',
  ]
  const page = await open('/today', { as: everything, size: 'small' })
  for (const path of paths) {
    await page.goto(path)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    await assert.doesNotReject(vigil.checkWidth(page), path)
  }
})
