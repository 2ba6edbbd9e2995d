/** People: whoever left and still gets in is found and followed to the finding; managers see those who report to them. */
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ sample: 'clinic' })
const { database } = vigil.installation

const tableOf = (page: Page) => page.getByRole('table', { name: 'People' })
const linksOf = (page: Page) => tableOf(page).getByRole('link')

async function choose(page: Page, label: string, option: string | RegExp) {
  await page.getByRole('combobox', { name: label }).click()
  await page.getByRole('option', { name: option }).click()
}

vigil.story('an officer finds who left and still gets in, and follows it to the finding', async (story) => {
  const page = await story.open('/people', { as: ['security-officer'] })
  await page.getByText(/\d+ people work here\..* still gets? in\./).waitFor()
  await tableOf(page).waitFor()
  await story.look(page, 'people')
  await page.getByRole('link', { name: 'See who left and still gets in' }).click()
  await page.waitForURL('**/people?only=left-with-account')
  await tableOf(page).getByRole('cell', { name: 'left, still gets in' }).first().waitFor()
  await tableOf(page).getByRole('cell', { name: 'here', exact: true }).first().waitFor({ state: 'detached' })
  const name = (await linksOf(page).first().textContent()) ?? ''
  await linksOf(page).first().click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
  assert.ok(!decodeURIComponent(page.url()).includes(name.split(' ')[0] ?? ''), 'the address names nobody')
  await page
    .getByText(/ left on .* still works?\b/)
    .first()
    .waitFor()
  await page.getByText('still works', { exact: true }).first().waitFor()
  await story.look(page, 'person-left')
  await page
    .getByRole('link', { name: /^critical.* still works/ })
    .first()
    .click()
  await page.getByRole('dialog').getByRole('heading', { name: 'What to do' }).waitFor()
  await page.goBack()
  await page.getByRole('heading', { level: 1, name }).waitFor()
  await page.getByRole('link', { name: /^Work on/ }).click()
  await page.waitForURL('**/findings?person=*')
})

vigil.story('a search is not written into the address, what is chosen is', async ({ open }) => {
  const page = await open('/people', { as: ['privacy-officer'] })
  await tableOf(page).waitFor()
  const name = (await linksOf(page).nth(3).textContent()) ?? ''
  await page.getByRole('searchbox', { name: 'Search' }).fill(name.toUpperCase())
  await page.waitForFunction((words) => document.querySelector('.table .row-link')?.textContent === words, name)
  assert.equal(new URL(page.url()).search, '')
  await page.getByRole('button', { name: 'Show all' }).click()
  await choose(page, 'Show', 'With open findings')
  await page.waitForURL('**/people?only=with-findings')
  await page.getByRole('button', { name: 'Open findings' }).click()
  await page.waitForURL('**sort=findings*')
  await tableOf(page)
    .getByRole('cell', { name: /critical/ })
    .first()
    .waitFor()
  await page.getByRole('searchbox', { name: 'Search' }).fill('nobody is called so')
  await page.getByRole('heading', { name: 'Nobody is like that' }).waitFor()
})

vigil.story('a manager comes from their people to the page of one, and to nobody else’s', async (story) => {
  const member = await vigil.member(['manager'], { name: 'Tom Alvarez' })
  const stranger = await database.inOrganisation(vigil.organisationId, async (db) => {
    await sql`update member set person_id = (
        select chief.person_id from person_fact report join person_fact chief on chief.number_key = report.manager_key
        join finding on finding.subject_kind = 'person' and finding.subject_id = report.person_id
        where finding.closed_at is null and report.absent_from is null limit 1)
      where id = ${member.memberId}`.execute(db)
    const { rows } = await sql<{ id: number }>`
      select person_id as id from person_fact where person_id = (select person_id from member where id = ${member.memberId})
    `.execute(db)
    return rows[0]?.id
  })
  const page = await story.open('/people', { as: member })
  await page.getByText(/report(s)? to you\./).waitFor()
  await story.look(page, 'people-mine')
  const name = (await linksOf(page).first().textContent()) ?? ''
  await linksOf(page).first().click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
  await page.getByRole('heading', { name: 'Employment' }).waitFor()
  await story.look(page, 'person-manager')
  // No list of sources or questions is theirs to open.
  assert.equal(await page.getByRole('main').locator('a[href^="/sources"], a[href^="/questions"]').count(), 0)
  await page.goto(`/people/${stranger}`)
  await page.getByText('There is no such person.').waitFor()
})

vigil.story('an auditor reads a page and is offered no change', async ({ open }) => {
  const page = await open('/people?standing=here', { as: ['auditor'] })
  await linksOf(page).first().click()
  await page.getByRole('heading', { name: 'Employment' }).waitFor()
  assert.equal(await page.getByRole('main').getByRole('button').count(), 0)
  assert.equal(await page.getByRole('link', { name: 'Bring a staff list' }).count(), 0)
})

vigil.story('members of staff see no People', async ({ open }) => {
  const page = await open('/', { as: ['staff'] })
  await page.getByRole('heading', { level: 1 }).waitFor()
  assert.equal(await page.getByRole('navigation').getByRole('link', { name: 'People' }).count(), 0)
})

vigil.story('on a telephone the filters are folded away and a person is two lines', async ({ open }) => {
  const page = await open('/people', { as: ['administrator'], size: 'small' })
  const list = page.getByRole('list', { name: 'People' })
  await list.waitFor()
  assert.equal(await page.getByRole('combobox', { name: 'Standing' }).count(), 0)
  await page.getByRole('button', { name: 'Filter' }).click()
  await choose(page, 'Standing', /^left/)
  await page.getByRole('button', { name: 'Filter (1)' }).waitFor()
  await list.getByRole('link').first().click()
  await page.getByRole('heading', { name: 'What happened' }).waitFor()
  await vigil.checkWidth(page)
})

vigil.story('by the keyboard alone somebody is found and opened', async ({ open }) => {
  const page = await open('/people', { as: ['security-officer'] })
  await tableOf(page).waitFor()
  await linksOf(page).first().focus()
  await page.keyboard.press('ArrowDown')
  const name = await page.evaluate(() => document.activeElement?.textContent ?? '')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name }).waitFor()
})

vigil.story('long names and words break where they must', async (story) => {
  const long = 'Wilhelmina-Theodora Featherstonehaugh-Cholmondeley-Warner van der Oudewater-Prinsenbeek III'
  const personId = await database.inOrganisation(vigil.organisationId, async (db) => {
    const { rows } = await sql<{ id: number }>`
      select id from person where id in (select person_id from person_entry where cardinality(account_ids) > 2) limit 1
    `.execute(db)
    const id = rows[0]?.id
    await sql`update person_fact set display_name = ${long}, title = ${'Pneumonoultramicroscopicsilicovolcanoconiosis specialist'},
      email = ${`${'wilhelmina.'.repeat(9)}f@clinic.example`} where person_id = ${id}`.execute(db)
    await sql`update person_entry set name = ${long}, sort_name = '', department = ${'Department of Otorhinolaryngological Rehabilitation and Paediatric Outreach'}
      where person_id = ${id}`.execute(db)
    return id
  })
  const page = await story.open('/people', { as: ['auditor'] })
  await page.getByRole('link', { name: long }).waitFor()
  await story.look(page, 'people-long')
  await page.goto(`/people/${personId}`)
  await page.getByRole('heading', { level: 1, name: long }).waitFor()
  await story.look(page, 'person-long')
})

vigil.story('where no list of people is, the page leads to the guided start', async (story) => {
  const organisationId = await vigil.newOrganisation('Elm Street Dental')
  const member = await vigil.member(['administrator'], { organisationId })
  const page = await story.open('/people', { as: member })
  const start = page.getByRole('link', { name: 'Bring the first lists' })
  assert.equal(await start.getAttribute('href'), '/start')
  await story.look(page, 'people-none')
})

vigil.story('what a lapsed list said is not known, and the page says what would tell', async (story) => {
  await database.inOrganisation(vigil.organisationId, (db) =>
    sql`update source set collected_at = collected_at - interval '200 days'`.execute(db),
  )
  const page = await story.open('/people?standing=unknown', { as: ['security-officer'] })
  await tableOf(page).getByRole('cell', { name: 'not known' }).first().waitFor()
  await linksOf(page).first().click()
  await page.getByText('Not known: whether this person still works here').waitFor()
  await story.look(page, 'person-lapsed')
  await page.getByRole('link', { name: 'Bring a staff list' }).click()
  await page.waitForURL('**/sources/bring')
})
