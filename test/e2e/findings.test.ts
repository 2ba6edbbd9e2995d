/** Findings, as they are found, taken over, spoken about and accepted for a while. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ sample: 'clinic' })

const tableOf = (page: Page) => page.getByRole('table', { name: 'Findings' })
const linksOf = (page: Page) => tableOf(page).getByRole('row').getByRole('link')

/** Findings of an organisation, every second of them critical, the others high. */
async function insertFindings(organisationId: number, count: number): Promise<void> {
  await vigil.installation.database.inOrganisation(organisationId, (db) =>
    sql`insert into finding (safeguard_id, subject_kind, subject_id, subject_key, subject_label, severity, detail, due_on, opened_at)
      select (select id from safeguard where name = 'access.accounts-have-owner'), 'account', n, 'a' || n, 'a' || n,
        (array['critical', 'high'])[1 + n % 2]::severity, 'The account a' || n || ' belongs to nobody.',
        current_date + n::int, now()
      from generate_series(1, ${count}::int) n`.execute(db),
  )
}

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
  await vigil.member(['privacy-officer'], { name: 'Tom Alvarez' })
  await vigil.member(['staff'], { name: 'Tomas Hale' })
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
  await panel.getByRole('option', { name: 'Tom Alvarez' }).waitFor()
  // Who may not see it cannot be given it, but by name.
  assert.deepEqual(await panel.getByRole('option').allInnerTexts(), ['Tom Alvarez', 'Tom (not a member)'])
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
  const boxes = tableOf(page).getByRole('checkbox', { name: /^Choose: / })
  await boxes.nth(0).check()
  await boxes.nth(2).click({ modifiers: ['Shift'] })
  const bar = page.getByRole('region', { name: 'Chosen findings' })
  await bar.getByText('3 chosen').waitFor()
  await story.look(page, 'chosen')
  await bar.getByRole('button', { name: 'Take over' }).click()
  await page.getByText('3 findings belong to Priya Raman now.').waitFor()
  await bar.waitFor({ state: 'detached' })
  const theirs = tableOf(page).getByRole('cell', { name: 'Priya Raman' })
  await theirs.nth(2).waitFor()
  assert.equal(await theirs.count(), 3)
})

vigil.story('a morning’s triage is done by the keyboard alone', async (story) => {
  const organisationId = await vigil.newOrganisation('Harbour Surgery')
  await insertFindings(organisationId, 12)
  const member = await vigil.member(['security-officer'], { organisationId, name: 'Ines Marchetti' })
  await vigil.member(['administrator'], { organisationId, name: 'Bea Lindqvist' })
  const page = await story.open('/findings', { as: member })
  const { keyboard } = page
  await linksOf(page).first().waitFor()
  await page.getByRole('combobox', { name: 'Severity' }).focus()
  await keyboard.press('Enter')
  await page.getByRole('option', { name: 'Critical' }).waitFor()
  for (let at = 0; at < 1; at += 1) await keyboard.press('ArrowDown')
  await keyboard.press('Enter')
  await page.waitForURL('**/findings?severity=critical')
  await page.getByText('6 are open, all of them critical.').waitFor()
  await linksOf(page).first().focus()
  await keyboard.press('x')
  await keyboard.press('j')
  await keyboard.press('j')
  await keyboard.press('Shift+X')
  const bar = page.getByRole('region', { name: 'Chosen findings' })
  await bar.getByText('3 chosen').waitFor()
  await bar.getByRole('button', { name: 'Give away' }).focus()
  await keyboard.press('Enter')
  const panel = page.getByRole('dialog', { name: 'Give 3 findings to somebody' })
  await panel.getByRole('combobox', { name: 'Who' }).waitFor()
  await story.look(page, 'give-many')
  await panel.getByRole('combobox', { name: 'Who' }).focus()
  await keyboard.type('lindq')
  await panel.getByRole('option', { name: 'Bea Lindqvist' }).waitFor()
  await keyboard.press('Enter')
  await keyboard.press('Tab')
  await keyboard.press('Enter')
  const told = page.getByRole('alert').filter({ hasText: '3 findings belong to Bea Lindqvist now.' })
  await told.waitFor()
  const theirs = tableOf(page).getByRole('cell', { name: 'Bea Lindqvist' })
  await theirs.nth(2).waitFor()
  await told.getByRole('button', { name: 'Undo' }).focus()
  await keyboard.press('Enter')
  await page.getByText('3 findings are back with whose they were.').waitFor()
  await theirs.first().waitFor({ state: 'detached' })
  await linksOf(page).nth(1).focus()
  await keyboard.press('o')
  const shown = page.getByRole('dialog')
  await shown.getByRole('heading', { name: 'What to do' }).waitFor()
  await shown.getByRole('button', { name: 'Accept for now' }).focus()
  await keyboard.press('Enter')
  await shown.getByRole('textbox', { name: 'Why it is accepted' }).focus()
  await keyboard.type('The vendor ends it in March.')
  await keyboard.press('Tab')
  await keyboard.type('Nobody but the front desk reaches it.')
  for (let at = 0; at < 10; at += 1) {
    await keyboard.press('Tab')
    if (await page.evaluate('document.activeElement.textContent === "Note the exception"')) break
  }
  await keyboard.press('Enter')
  await shown.getByText(/^Ines Marchetti accepts this until/).waitFor()
  await keyboard.press('Escape')
  await page.getByText('5 are open, all of them critical. One is excepted and stays failed.').waitFor()
})

vigil.story('several are accepted on the same grounds, and those that are already are told apart', async (story) => {
  const organisationId = await vigil.newOrganisation('Quarry Clinic')
  await insertFindings(organisationId, 4)
  const page = await story.open('/findings', { as: await vigil.member(['privacy-officer'], { organisationId }) })
  await tableOf(page).getByRole('checkbox', { name: 'Choose all 4' }).check()
  const bar = page.getByRole('region', { name: 'Chosen findings' })
  await bar.getByRole('button', { name: 'Accept for now' }).click()
  const panel = page.getByRole('dialog', { name: 'Accept 4 findings for now' })
  await panel.getByText(/All 4 stay failed, here and in every report/).waitFor()
  await panel.getByRole('textbox', { name: 'Why it is accepted' }).fill('They go with the old system in June.')
  await panel.getByRole('textbox', { name: 'What is done in its place' }).fill('The old system is read only.')
  await story.look(page, 'except-many')
  // Meanwhile somebody else accepted one of them.
  await vigil.installation.database.inOrganisation(organisationId, (db) =>
    sql`insert into finding_exception (finding_id, reason, compensating_control, approved_by, approved_at, expires_on)
      select min(id), 'r', 'c', 'Somebody', now(), current_date + 5 from finding`.execute(db),
  )
  await panel.getByRole('button', { name: 'Note 4 exceptions' }).click()
  await page.getByText('3 are excepted and stay failed. One was excepted already.').waitFor()
  await page.getByText('4 are excepted and stay failed.', { exact: true }).waitFor()
})

vigil.story('a view is saved, shared, and found by another', async (story) => {
  const organisationId = await vigil.newOrganisation('Mill Lane Practice')
  await insertFindings(organisationId, 8)
  const officer = await vigil.member(['security-officer'], { organisationId, name: 'Ola Brandt' })
  const page = await story.open('/findings', { as: officer })
  const views = page.getByRole('button', { name: /^View/ })
  await views.click()
  await story.look(page, 'views')
  await page.getByRole('menuitem', { name: 'Nobody’s' }).click()
  await page.waitForURL('**/findings?owner=nobody')
  await choose(page, 'Severity', 'Critical')
  await views.click()
  await page.getByRole('menuitem', { name: 'Save what is shown as a view' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Critical and nobody’s')
  await page.getByRole('button', { name: 'Save the view' }).click()
  await page.getByRole('button', { name: 'View: Critical and nobody’s' }).waitFor()
  const auditor = await vigil.member(['auditor'], { organisationId })
  const others = await story.open('/findings', { as: auditor })
  await others.getByRole('button', { name: 'Views' }).click()
  await others.getByRole('menuitem', { name: 'Overdue' }).waitFor()
  assert.equal(await others.getByRole('menuitem', { name: 'Critical and nobody’s' }).count(), 0)
  await views.click()
  await page.getByRole('menuitem', { name: 'Rename, share or remove' }).click()
  await page.getByRole('button', { name: 'Share Critical and nobody’s' }).click()
  await page.getByText('shared with everybody').waitFor()
  await story.look(page, 'views-arranged')
  await others.reload()
  await others.getByRole('button', { name: 'Views' }).click()
  await others.getByRole('menuitem', { name: 'Critical and nobody’s' }).click()
  await others.waitForURL(/owner=nobody/)
  await others.getByText(/all of them critical\./).waitFor()
})

vigil.story('a comment mentions a colleague, who is told; what looks like HTML is a text', async (story) => {
  const organisationId = await vigil.newOrganisation('Elm Street Dental')
  await insertFindings(organisationId, 3)
  const officer = await vigil.member(['security-officer'], { organisationId, name: 'Noor Haddad' })
  const other = await vigil.member(['auditor'], { organisationId, name: 'Sten Okonkwo' })
  await vigil.member(['staff'], { organisationId, name: 'Stella Reed' })
  const page = await story.open('/findings', { as: officer })
  await linksOf(page).first().click()
  const panel = page.getByRole('dialog')
  const box = panel.getByLabel('Comment')
  await box.pressSequentially('<img src=x onerror=alert(1)> ask @st')
  await panel.getByRole('option', { name: 'Sten Okonkwo' }).waitFor()
  assert.equal(await panel.getByRole('option').count(), 1)
  await story.look(page, 'mention')
  await box.press('Enter')
  await box.pressSequentially('about it')
  assert.equal(await box.inputValue(), '<img src=x onerror=alert(1)> ask @Sten Okonkwo about it')
  await panel.getByRole('button', { name: 'Add the comment' }).click()
  await panel.getByText('<img src=x onerror=alert(1)> ask @Sten Okonkwo about it').waitFor()
  await story.look(page, 'mentioned')
  const { rows } = await vigil.installation.database.inOrganisation(organisationId, (db) =>
    sql<{ member: number; kind: string }>`select member_id as member, kind from notification`.execute(db),
  )
  assert.deepEqual(rows, [{ member: other.memberId, kind: 'mentioned' }])
})

vigil.story('a file is attached to a finding, and is evidence', async (story) => {
  const organisationId = await vigil.newOrganisation('Park Road Clinic')
  await insertFindings(organisationId, 1)
  const page = await story.open('/findings', { as: await vigil.member(['administrator'], { organisationId }) })
  await linksOf(page).first().click()
  const panel = page.getByRole('dialog')
  const asked = page.waitForEvent('filechooser')
  await panel.getByRole('button', { name: 'Attach a file' }).click()
  await (await asked).setFiles({ name: 'mail of the vendor.txt', mimeType: 'text/plain', buffer: Buffer.from('Soon.') })
  const files = panel.getByRole('region', { name: 'Files' })
  await files.getByRole('link', { name: 'mail of the vendor.txt' }).waitFor()
  const begun = page.waitForEvent('download')
  await files.getByRole('button', { name: 'Save mail of the vendor.txt' }).click()
  assert.equal(readFileSync(await (await begun).path(), 'utf8'), 'Soon.')
  await story.look(page, 'attached')
})

vigil.story('where there is nothing, the page says what that means and what to do', async (story) => {
  const organisationId = await vigil.newOrganisation('A new practice')
  const as = await vigil.member(['administrator'], { organisationId })
  const page = await story.open('/findings', { as })
  await page.getByRole('heading', { name: 'Vigil has nothing to check yet' }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'Bring the first files' }).getAttribute('href'), '/start')
  await story.look(page, 'findings-none')
  await page.goto('/findings?severity=low')
  await page.getByRole('heading', { name: 'No finding is like that' }).waitFor()
  await story.look(page, 'findings-no-match')
})

vigil.story('long names and long words stay within the page', async (story) => {
  const organisationId = await vigil.newOrganisation('A practice of long names')
  await insertFindings(organisationId, 3)
  const long = 'Maximiliana-Alexandrina von Hohenlohe-Waldenburg-Schillingsfürst-Bartenstein'
  await vigil.installation.database.inOrganisation(organisationId, (db) =>
    sql`update finding set owner = ${long}, subject_label = ${`x${'-workstation'.repeat(20)}`},
      detail = ${`The account ${'averyverylongusername'.repeat(8)}@clinic.example belongs to nobody.`}`.execute(db),
  )
  const page = await story.open('/findings', {
    as: await vigil.member(['privacy-officer'], { organisationId, name: long }),
  })
  await linksOf(page).first().waitFor()
  await story.look(page, 'findings-long')
  await linksOf(page).first().click()
  await page.getByRole('dialog').getByRole('heading', { name: 'History' }).waitFor()
  await story.look(page, 'finding-long')
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
  const person = /\d+$/.exec((await concerned.getByRole('link').getAttribute('href')) ?? '')?.[0]
  await page.goto(`/findings?person=${person}`)
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
  await list.getByRole('checkbox').first().check()
  await page.getByRole('region', { name: 'Chosen findings' }).getByText('1 chosen').waitFor()
})
