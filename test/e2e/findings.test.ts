/** Findings, as they are found, taken over, spoken about and accepted for a while. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ sample: 'clinic' })

const tableOf = (page: Page) => page.getByRole('table', { name: 'Findings' })
const linksOf = (page: Page) => tableOf(page).getByRole('row').getByRole('link')

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

vigil.story('findings are narrowed and sorted, and the address says how', async (story) => {
  const page = await story.open('/findings', { as: ['security-officer'] })
  await tableOf(page).waitFor()
  await story.look(page, 'findings')
  await choose(page, 'Severity', 'High')
  await page.waitForURL('**/findings?severity=high')
  await page.getByText(/all of them high\./).waitFor()
  await page.getByRole('button', { name: 'Due' }).click()
  await page.waitForURL(/sort=due/)
  const days = await tableOf(page)
    .locator('td time')
    .evaluateAll((all) => all.map((one) => one.getAttribute('datetime')))
  assert.deepEqual(days, days.toSorted())
  await page.reload()
  await page.getByText(/all of them high\./).waitFor()
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.getByText(/\d critical/).waitFor()
})

vigil.story('what is searched for may name a person, so it never stands in the address', async ({ open }) => {
  const page = await open('/findings', { as: ['security-officer'] })
  const detail = await linksOf(page)
    .filter({ hasText: / left on / })
    .first()
    .textContent()
  const name = detail?.split(' left on ')[0] ?? ''
  assert.ok(name.length > 3)
  await page.getByRole('searchbox', { name: 'Search' }).fill(name)
  await page.waitForFunction(
    ([wanted]) => {
      const { document } = globalThis as unknown as {
        document: { querySelectorAll(s: string): Iterable<{ textContent: string }> }
      }
      const rows = [...document.querySelectorAll('.table .row-link')]
      return rows.length > 0 && rows.every(({ textContent }) => textContent.includes(wanted ?? ''))
    },
    [name],
  )
  assert.equal(new URL(page.url()).search, '')
  await page.getByRole('searchbox', { name: 'Search' }).fill('a word that stands nowhere')
  await page.getByRole('heading', { name: 'No finding is like that' }).waitFor()
})

vigil.story('a finding unfolds by the keyboard, and the focus comes back', async (story) => {
  const page = await story.open('/findings', { as: ['security-officer'] })
  await linksOf(page).first().focus()
  await page.keyboard.press('j')
  const second = (await linksOf(page).nth(1).textContent()) ?? ''
  await page.keyboard.press('Enter')
  const panel = page.getByRole('dialog', { name: second })
  await panel.getByRole('heading', { name: 'What to do' }).waitFor()
  await panel.getByText(/^45 CFR /).waitFor()
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'detached' })
  await page.waitForFunction('document.activeElement?.dataset.row === "1"')
  await page.keyboard.press('Enter')
  await panel.getByRole('heading', { name: 'What to do' }).waitFor()
  await story.look(page, 'finding')
})

vigil.story('an officer takes a finding over, comments on it and gives it away', async ({ open }) => {
  const member = await vigil.member(['security-officer'], { name: 'Dana Whitfield' })
  await vigil.member(['manager'], { name: 'Tom Alvarez' })
  const page = await open('/findings', { as: member })
  await linksOf(page).first().click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('button', { name: 'Take over' }).click()
  await panel.getByText('Dana Whitfield took it over.').waitFor()
  await panel.getByRole('textbox', { name: 'Comment' }).fill('The vendor looks at it on Tuesday.')
  await panel.getByRole('button', { name: 'Add the comment' }).click()
  await panel.getByText('Dana Whitfield wrote:').waitFor()
  await panel.getByText('The vendor looks at it on Tuesday.').waitFor()
  await panel.getByRole('button', { name: 'Give away' }).click()
  await panel.getByRole('combobox', { name: 'Who' }).fill('Tom')
  await panel.getByRole('option', { name: 'Tom Alvarez' }).click()
  await panel.getByRole('button', { name: 'Give it to them' }).click()
  await panel.getByText('Dana Whitfield gave it to Tom Alvarez.').waitFor()
  await page.keyboard.press('Escape')
  await tableOf(page).getByRole('cell', { name: 'Tom Alvarez' }).waitFor()
})

vigil.story('an exception asks for all that it takes, and the finding stays failed', async (story) => {
  const page = await story.open('/findings?severity=high', { as: ['security-officer'] })
  await linksOf(page).first().click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('button', { name: 'Accept for now' }).click()
  await panel.getByText(/It stays failed, here and in every report/).waitFor()
  await panel.getByRole('button', { name: 'Note the exception' }).click()
  await panel.locator('[aria-invalid="true"]').first().waitFor()
  await story.look(page, 'except')
  await panel
    .getByRole('textbox', { name: 'Why it is accepted' })
    .fill('The device drives the scanner and cannot be changed.')
  await panel.getByRole('textbox', { name: 'What is done in its place' }).fill('It stands in a network of its own.')
  await panel.getByRole('textbox', { name: 'Who accepts it' }).fill('Dr Ines Okafor')
  await panel.getByRole('button', { name: 'Note the exception' }).click()
  await panel.getByText(/^failed, excepted until/).waitFor()
  await panel.getByText(/Dr Ines Okafor accepts this until/).waitFor()
  await story.look(page, 'excepted')
  await panel.getByRole('button', { name: 'End the exception' }).click()
  await page.getByRole('button', { name: 'End it' }).click()
  await panel.getByText('failed', { exact: true }).waitFor()
  await panel.getByRole('button', { name: 'Accept for now' }).waitFor()
})

vigil.story('several findings are taken over at once', async (story) => {
  const member = await vigil.member(['administrator'], { name: 'Priya Raman' })
  const page = await story.open('/findings?severity=medium', { as: member })
  await linksOf(page).first().waitFor()
  for (const at of [0, 1, 2]) await page.getByRole('checkbox').nth(at).check()
  const bar = page.getByRole('region', { name: 'Chosen findings' })
  await bar.getByText('3 chosen').waitFor()
  await story.look(page, 'chosen')
  await bar.getByRole('button', { name: 'Take over' }).click()
  await page.getByText('3 findings belong to Priya Raman now.').waitFor()
  await bar.waitFor({ state: 'detached' })
  assert.equal(await tableOf(page).getByRole('cell', { name: 'Priya Raman' }).count(), 3)
})

vigil.story('the findings shown are saved as a table', async ({ open }) => {
  const page = await open('/findings?severity=critical', { as: ['auditor'] })
  const begun = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save as a table' }).click()
  const download = await begun
  assert.match(download.suggestedFilename(), /^findings-\d{4}-\d\d-\d\d\.csv$/)
  const [head, ...rows] = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\r\n')
  assert.match(head ?? '', /^\uFEFFNumber,Severity/)
  assert.ok(rows.length > 0)
  assert.ok(rows.every((row) => /^\d+,critical,/.test(row)))
})

vigil.story('an auditor reads a finding and is offered no change', async ({ open }) => {
  const page = await open('/findings', { as: ['auditor'] })
  await linksOf(page).first().click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('heading', { name: 'History' }).waitFor()
  assert.deepEqual(await panel.getByRole('button').allInnerTexts(), [''])
  assert.equal(await panel.getByRole('textbox').count(), 0)
  assert.equal(await page.getByRole('checkbox').count(), 0)
})

vigil.story('a manager sees their own people, and what is open about one of them', async (story) => {
  const member = await vigil.member(['manager'], { name: 'Tom Alvarez' })
  await vigil.installation.database.inOrganisation(vigil.organisationId, (db) =>
    sql`update member set person_id = (
        select chief.person_id from person_fact report join person_fact chief on chief.number_key = report.manager_key
        join finding on finding.subject_kind = 'person' and finding.subject_id = report.person_id
        where finding.closed_at is null and report.absent_from is null limit 1)
      where id = ${member.memberId}`.execute(db),
  )
  const page = await story.open('/people', { as: member })
  const people = page.getByRole('table', { name: 'People' })
  await people.waitFor()
  await story.look(page, 'people')
  const concerned = people
    .getByRole('row')
    .filter({ has: page.getByRole('cell', { name: /^[1-9]\d*$/ }) })
    .first()
  const count = Number(await concerned.getByRole('cell').last().textContent())
  await concerned.getByRole('link').click()
  await page.waitForURL('**/findings?person=*')
  await page.getByText('About one person only.').waitFor()
  await tableOf(page).waitFor()
  assert.equal(await linksOf(page).count(), count)
  assert.equal(await page.getByRole('checkbox').count(), 0)
})

vigil.story('a manager whom the staff list does not know is told what to do', async (story) => {
  const page = await story.open('/people', { as: ['manager'] })
  await page.getByRole('heading', { name: /does not know which person/ }).waitFor()
  await story.look(page, 'people-nobody')
})

vigil.story('on a telephone the filters are folded away and a finding is a page', async ({ open }) => {
  const page = await open('/findings', { as: ['security-officer'], size: 'phone' })
  const list = page.getByRole('list', { name: 'Findings' })
  await list.waitFor()
  assert.equal(await page.getByRole('combobox', { name: 'Severity' }).count(), 0)
  await page.getByRole('button', { name: 'Filter' }).click()
  await choose(page, 'Severity', 'High')
  await page.getByRole('button', { name: 'Filter (1)' }).click()
  await list.getByRole('link').first().click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('button', { name: 'Back' }).click()
  await list.waitFor()
})

vigil.story('of very many findings only those in sight are drawn', async ({ open }) => {
  const organisationId = await vigil.newOrganisation('A system of many houses')
  const member = await vigil.member(['security-officer'], { organisationId })
  await vigil.installation.database.inOrganisation(organisationId, (db) =>
    sql`insert into finding (safeguard_id, subject_kind, subject_id, subject_key, subject_label, severity, detail, due_on, opened_at)
      select (select id from safeguard where name = 'access.accounts-have-owner'), 'account', n, 'a' || n, 'a' || n, 'high',
        'The account a' || n || ' belongs to nobody.', current_date + 30, now()
      from generate_series(1, 10000) n`.execute(db),
  )
  const page = await open('/findings', { as: member })
  await page.getByText('10,000 are open, all of them high.').waitFor()
  for (let shown = 100; shown < 600; shown += 100) {
    await page.getByText(`The first ${shown} are shown.`).waitFor()
    await page.getByRole('button', { name: 'Show more' }).click()
  }
  await page.getByText('The first 600 are shown.').waitFor()
  const drawn = await linksOf(page).count()
  assert.ok(drawn < 120, `${drawn} rows are drawn`)
  await linksOf(page).last().focus()
  await page.keyboard.press('End')
  await page.waitForFunction('document.activeElement?.dataset.row === "599"')
})
