/** The first page and the page of a practice, as those who run and audit the programme use them. */
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ sample: 'clinic' })
await judgeForAYear()

/** As if Vigil had looked every week for ten months: at first nothing was known, then what failed was put right bit by bit. */
async function judgeForAYear(): Promise<void> {
  const { installation, organisationId } = vigil
  // Where there is no Chromium, nothing was opened.
  if (organisationId === 0) return
  const columns = sql`safeguard_id, checked_at, covers_from, covers_until, inputs, source_runs, proved, attested, failed,
    unknown, none_status, why_unknown`
  await installation.database.inOrganisation(organisationId, async (db) => {
    const { rows } = await sql<{ newest: number }>`select max(id) as newest from coverage`.execute(db)
    await sql`
      insert into coverage (${columns})
      select safeguard.id, week, week, week + interval '8 days', 'earlier', '{}', 4, (safeguard.id % 5 = 0)::int,
        (safeguard.id % 3 = 0 and week < now() - interval '1 week' * (safeguard.id % 40))::int,
        (safeguard.id % 4 = 1 and week < now() - interval '1 week' * (safeguard.id % 30))::int, 'unknown', 'an earlier reason'
      from safeguard, generate_series(now() - interval '300 days', now() - interval '2 days', interval '7 days') week
      order by week, safeguard.id`.execute(db)
    // The judgements of the sample are the newest.
    await sql`
      insert into coverage (${columns}) select ${columns} from coverage where id <= ${rows[0]?.newest ?? 0} order by id`.execute(
      db,
    )
  })
}

vigil.story('an officer sees how all eleven practices stand and is led to the gravest findings', async (story) => {
  const page = await story.open('/posture', { as: ['security-officer'] })
  const practices = page.getByRole('list', { name: 'Practices' })
  await practices.waitFor()
  assert.equal(await practices.getByRole('heading', { level: 2 }).count(), 11)
  await page
    .getByText(/^\d+ of \d+ safeguards fail/)
    .first()
    .waitFor()
  await story.look(page, 'posture')
  await page.getByRole('link', { name: /^See the .*critical finding/ }).click()
  await page.waitForURL('**/findings?severity=critical')
  await page.getByRole('table', { name: 'Findings' }).waitFor()
  assert.equal(await page.getByRole('cell', { name: /^(high|medium|low)$/ }).count(), 0)
})

vigil.story('what fails stands above what holds, by the keyboard alone', async ({ open }) => {
  const page = await open('/posture', { as: ['privacy-officer'] })
  const rows = page.getByRole('list', { name: 'Practices' }).getByRole('listitem')
  await rows.first().waitFor()
  const marks = await rows.locator('h2 .status-mark').allInnerTexts()
  const order = ['failed', 'unknown', 'attested', 'proved']
  const ranks = marks.map((mark) => order.indexOf(mark.trim()))
  assert.deepEqual(ranks, ranks.toSorted())
  const first = rows.first().getByRole('link').first()
  const title = (await first.textContent()) ?? ''
  await first.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: title }).waitFor()
  await page.goBack()
  await page.getByRole('heading', { level: 1, name: 'Posture' }).waitFor()
})

vigil.story('a practice says what it asks, why something is unknown, and what feeds it', async (story) => {
  const page = await story.open('/practices/access', { as: ['security-officer'] })
  await page.getByText('Give each person what their work needs').waitFor()
  await page.getByText('Nobody has attested to it.').first().waitFor()
  await page.getByRole('heading', { name: 'What feeds it' }).waitFor()
  await page.getByRole('table', { name: 'Open findings' }).waitFor()
  await story.look(page, 'practice')
  await page.getByRole('link', { name: /^See the findings of: People who have left/ }).click()
  await page.waitForURL('**/findings?safeguard=access.leavers-lose-access')
  await page.getByText('Of one safeguard only.').waitFor()
})

vigil.story('a practice that does not exist is said to be missing', async ({ open }) => {
  const page = await open('/practices/astrology', { as: ['security-officer'] })
  await page.getByText('There is no such practice.').waitFor()
})

vigil.story('a person speaks for a safeguard until a day, and takes it back', async (story) => {
  const member = await vigil.member(['privacy-officer'], { name: 'Dana Whitfield' })
  const page = await story.open('/practices/access', { as: member })
  const title = 'Access to patient data was reviewed within the last year'
  await page.getByRole('button', { name: `Attest to it: ${title}` }).click()
  const panel = page.getByRole('dialog')
  assert.equal(await panel.getByRole('combobox', { name: 'Who says so' }).inputValue(), 'Dana Whitfield')
  await story.look(page, 'attest')
  await panel.getByRole('combobox', { name: 'Who says so' }).fill('Marta Quill')
  await panel.getByRole('textbox', { name: 'What is stated' }).fill('')
  await panel.getByRole('button', { name: 'Note the statement' }).click()
  await panel.getByRole('alert').or(panel.locator('[aria-invalid="true"]')).first().waitFor()
  await panel
    .getByRole('textbox', { name: 'What is stated' })
    .fill('We compared every access with the work, ward by ward.')
  await panel.getByRole('button', { name: 'Note the statement' }).click()
  await page.getByText('A person says that it holds.').waitFor()

  await page.getByRole('button', { name: `See the statement: ${title}` }).click()
  await panel.getByText('We compared every access with the work').first().waitFor()
  await panel.getByText(/^Marta Quill/).waitFor()
  await panel.getByRole('button', { name: 'Take it back' }).click()
  await page
    .getByRole('dialog', { name: 'Take this statement back?' })
    .getByRole('button', { name: 'Take it back' })
    .click()
  await panel.getByText(/taken back/).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: `Attest to it: ${title}` }).waitFor()
})

vigil.story('where nothing is kept yet, the page says which three files to bring first', async (story) => {
  const organisationId = await vigil.newOrganisation('Harbour Dental')
  const member = await vigil.member(['administrator'], { organisationId })
  const page = await story.open('/posture', { as: member })
  await page.getByRole('heading', { name: 'Bring in the first files' }).waitFor()
  await page.getByText('A list of accounts').waitFor()
  await page.getByText('A staff list').waitFor()
  await story.look(page, 'posture-empty')
  await page.getByRole('link', { name: 'Start with four questions' }).click()
  await page.waitForURL('**/start')
})

vigil.story('an officer goes from the total to the fact and its ledger entry, by the keyboard alone', async (story) => {
  const page = await story.open('/posture', { as: ['security-officer'] })
  const follow = async (name: RegExp | string) => {
    const link = page.getByRole('link', { name }).first()
    await link.focus()
    await page.keyboard.press('Enter')
  }
  await page.getByRole('list', { name: 'Practices' }).waitFor()
  await follow(/^Access$/)
  // With the mark of its standing before it, once that is known.
  await page.getByRole('heading', { level: 1, name: /Access$/ }).waitFor()
  await page.getByRole('img', { name: /^A year ago/ }).waitFor()
  await follow('People who have left have no enabled account')
  await page.getByRole('heading', { level: 1, name: 'People who have left have no enabled account' }).waitFor()
  await page
    .getByText(/^No: it held on/)
    .first()
    .waitFor()
  await story.look(page, 'safeguard')
  const row = page.getByRole('table', { name: 'What it judges' }).getByRole('link').first()
  await row.focus()
  await page.keyboard.press('Enter')
  const panel = page.getByRole('dialog')
  await panel.getByRole('heading', { name: 'What speaks of it' }).waitFor()
  await panel
    .getByText(/^Accounts, line \d+/)
    .first()
    .waitFor()
  await panel.getByText(/left on .* still works/).waitFor()
  await story.look(page, 'subject')
  await panel.getByText('Show the query').focus()
  await page.keyboard.press('Enter')
  await panel.getByText(/^select account\.account_id as subject/).waitFor()
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'detached' })
  await row.focus()
  await page.keyboard.press('Enter')
  await panel.getByRole('link', { name: 'Its entry on the ledger' }).first().focus()
  await page.keyboard.press('Enter')
  await page.waitForURL('**/ledger?entry=*')
  await page.getByRole('dialog').getByText('A list was taken in').first().waitFor()
})

vigil.story('a subject is found by name, and what is unknown of it says what would tell', async (story) => {
  const page = await story.open('/practices/access/no-dormant-accounts?verdict=unknown', { as: ['administrator'] })
  const table = page.getByRole('table', { name: 'What it judges' })
  await table.waitFor()
  await table.getByRole('link').first().click()
  const panel = page.getByRole('dialog')
  await panel
    .getByText(/^Unknown/)
    .first()
    .waitFor()
  await panel.getByRole('link', { name: /^(Bring in a file|Answer)/ }).waitFor()
  await story.look(page, 'subject-unknown')
  await page.keyboard.press('Escape')
  await page.getByRole('textbox', { name: 'Name' }).fill('nobody-of-this-name')
  await page.getByText('Nothing of that kind').waitFor()
  assert.doesNotMatch(page.url(), /nobody-of-this-name/)
})

vigil.story('an auditor follows a verdict to its ground and is offered no change', async ({ open }) => {
  const page = await open('/practices/access/leavers-lose-access', { as: ['auditor'] })
  await page.getByRole('link', { name: 'The check on the ledger' }).first().waitFor()
  await page.getByRole('table', { name: 'What it judges' }).getByRole('link').first().click()
  await page
    .getByRole('dialog')
    .getByText(/^Accounts, line \d+/)
    .first()
    .waitFor()
  assert.equal(await page.getByRole('button', { name: /Attest/ }).count(), 0)
})

vigil.story('an auditor reads all of it and is offered no change', async ({ open }) => {
  const page = await open('/practices/access', { as: ['auditor'] })
  await page.getByText('Nobody has attested to it.').first().waitFor()
  assert.equal(await page.getByRole('button', { name: /Attest/ }).count(), 0)
})

vigil.story('a member of staff who opens the posture is told that it is not theirs', async ({ open }) => {
  const page = await open('/posture', { as: ['staff'] })
  await page.getByText('Your roles do not allow this.').waitFor()
  assert.equal(await page.getByRole('list', { name: 'Practices' }).count(), 0)
})
