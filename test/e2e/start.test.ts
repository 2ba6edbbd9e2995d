/** The guided start: four answers, three files, and how the organisation stands. */
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { openStories } from '../support/browser.ts'

const vigil = await openStories()

const staffList = `Employee Number,Name,Work Email,Status,Hire Date,Termination Date
1001,Dana Reyes,dana@harbor.example,Active,2015-09-14,
1002,Arjun Patel,arjun@harbor.example,Terminated,2021-02-08,2025-12-10
`

vigil.story('an officer answers four questions, and brings the first of three files', async (story) => {
  const page = await story.open('/start', { as: ['privacy-officer'] })
  await page.getByRole('heading', { level: 1, name: 'The first fifteen minutes' }).waitFor()
  await page.getByText('4 questions are left.').waitFor()
  await story.look(page, 'start-questions')
  for (const name of ['10 to 50', 'athenahealth', 'Microsoft 365', 'A company that we pay for it']) {
    await page.getByRole('radio', { name }).click()
  }
  await page.getByRole('button', { name: 'Show the three files' }).click()
  await page.getByRole('heading', { level: 2, name: 'A staff list, with those who have left' }).waitFor()
  await page.getByRole('heading', { level: 3, name: 'athenahealth' }).waitFor()
  await page.getByRole('heading', { level: 3, name: 'Your IT company' }).waitFor()
  assert.equal(await page.getByRole('list', { name: 'The three files' }).locator('> li').count(), 3)
  await story.look(page, 'start-files')
  await page.getByRole('link', { name: 'Bring these files' }).click()
  await page.waitForURL('**/sources/bring')
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles({
      name: 'staff.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(staffList),
    })
  await page.getByRole('button', { name: 'Take these in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Taken in' }).waitFor({ timeout: 60_000 })
  // Back at the start, the first has arrived; the questions are not asked again.
  await page.goto('/start')
  await page.getByText('One of the three files has arrived.').waitFor()
  await page.getByText(/^Arrived: staff/).waitFor()
  await story.look(page, 'start-one-arrived')
})

vigil.story('the answers can be changed, by keyboard too, and the files change with them', async (story) => {
  const page = await story.open('/start', { as: ['administrator'] })
  await page.getByRole('button', { name: 'Change the answers' }).click()
  const it = page.getByRole('radiogroup', { name: 'Who looks after the computers?' })
  await it.getByRole('radio', { name: 'A company that we pay for it' }).focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Space')
  await page.getByRole('radio', { name: 'Nowhere in common' }).focus()
  await page.keyboard.press('Space')
  await it.getByRole('radio', { name: 'Nobody in particular' }).focus()
  await page.keyboard.press('Space')
  await page.getByRole('button', { name: 'Show the three files' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 2, name: 'A list of your vendors' }).waitFor()
})

vigil.story('when all three have arrived, the next step is to see how the organisation stands', async (story) => {
  await vigil.installation.database.inOrganisation(vigil.organisationId, (db) =>
    sql`insert into source (name, channel, format, kinds, basis, valid_for, collected_at, complete, run_id) values
      ('EHR users', 'file', 'accounts', '{account}', 'stated', '90 days', now(), true, 999),
      ('Vendors', 'file', 'vendors', '{vendor}', 'stated', '90 days', now(), true, 999)`.execute(db),
  )
  const page = await story.open('/start', { as: ['security-officer'] })
  await page.getByText('All three have arrived. Vigil has looked at them.').waitFor()
  await story.look(page, 'start-all-arrived')
  await page.getByRole('link', { name: 'See how you stand' }).click()
  await page.getByRole('heading', { level: 1, name: 'Posture' }).waitFor()
})

vigil.story('whoever does not run the programme is told who begins', async (story) => {
  const page = await story.open('/start', { as: ['auditor'] })
  await page.getByText('An officer or an administrator answers the questions and brings the first files.').waitFor()
})
