/** Today: each role finds what needs them, does it or is led to it in one step, and sees nothing that is not theirs. */
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { openTask } from '#core/tasks/service.ts'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ sample: 'clinic' })
const { database } = vigil.installation
const today = new Date().toISOString().slice(0, 10)

function give(title: string, memberId: number | undefined, dueOn?: string): Promise<unknown> {
  const context = { actor: 'operator:story', now: new Date(), today }
  return database.inOrganisation(vigil.organisationId, (db) =>
    openTask({ ...context, db }, {
      kind: 'story',
      title,
      about: `story:${title}`,
      assignee: memberId && `member:${memberId}`,
      dueOn,
    } as Parameters<typeof openTask>[1]),
  )
}

const headline = (page: Page, says: string | RegExp) => page.getByText(says).first().waitFor()

vigil.story(
  'an officer sees what needs them and what would fail an audit, and is led to the first of it',
  async (story) => {
    const page = await story.open('/', { as: ['security-officer'] })
    await page.waitForURL('**/today')
    await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor()
    await headline(page, /things? needs? you today\./)
    await page.getByRole('heading', { level: 2, name: 'What would fail an audit now' }).waitFor()
    await page.getByRole('heading', { level: 2, name: 'Since yesterday' }).waitFor()
    await story.look(page, 'today-officer')
    const put = page.getByRole('list', { name: 'Failed' }).getByRole('link').first()
    await put.click()
    await page.waitForURL('**/findings?safeguard=*')
    await page.goBack()
    await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor()
    await page.getByRole('link', { name: /^Give (it|them) to somebody: .*critical/ }).click()
    await page.waitForURL('**/findings?severity=critical&owner=nobody')
    await page.getByRole('heading', { level: 1, name: 'Findings' }).waitFor()
  },
)

vigil.story('the first thing of Today is done by keyboard alone', async (story) => {
  const page = await story.open('/today', { as: ['privacy-officer'] })
  const first = page.getByRole('heading', { name: 'What needs you' })
  await first.waitFor()
  const link = page.locator('main').getByRole('link').first()
  const to = await link.getAttribute('href')
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab')
    if (
      await link.evaluate(
        (node) =>
          node === (node as unknown as { ownerDocument: { activeElement: unknown } }).ownerDocument.activeElement,
      )
    )
      break
  }
  await page.keyboard.press('Enter')
  await page.waitForURL(`**${to}`)
})

vigil.story('an administrator is told what keeps Vigil from seeing', async (story) => {
  await database.inOrganisation(vigil.organisationId, async (db) => {
    const now = new Date()
    await sql`insert into job (kind, state, asked_by, input, attempts, queued_at, started_at, finished_at) values
      ('directories.read', 'failed', 'job:times', '{"directoryId": 1}', 1, ${now}, ${now}, ${now})`.execute(db)
  })
  const page = await story.open('/', { as: ['administrator'] })
  await page.getByText('Vigil could not do a piece of its work: Read a directory.').waitFor()
  await story.look(page, 'today-administrator')
  await page.getByRole('link', { name: /^See what failed/ }).click()
  await page.waitForURL('**/sources/jobs?state=failed')
  const officer = await story.open('/today', { as: ['security-officer'] })
  await officer.getByRole('heading', { level: 2, name: 'What needs you' }).waitFor()
  assert.equal(await officer.getByText('Vigil could not do').count(), 0)
})

vigil.story('a manager sees their own people where something is open, and nobody else', async (story) => {
  // Somebody to whom others report, as the staff list of the sample says it.
  const boss = await database.inOrganisation(vigil.organisationId, async (db) => {
    const { rows } = await sql<{ email: string; name: string; personId: number }>`
      select boss.email, coalesce(boss.display_name, boss.given_name || ' ' || boss.family_name) as name,
        boss.person_id as "personId"
      from person_fact report join person_fact boss on boss.number_key = report.manager_key or boss.name_key = report.manager_key
      join finding on finding.closed_at is null and finding.subject_kind = 'person' and finding.subject_id = report.person_id
      where boss.email is not null and boss.person_id is not null and report.person_id <> boss.person_id
      group by 1, 2, 3 order by count(*) desc limit 1`.execute(db)
    return rows[0]
  })
  assert.ok(boss, 'the sample has nobody who leads people about whom something is open')
  const manager = await vigil.member(['manager'], { name: boss.name, email: boss.email })
  await database.inOrganisation(vigil.organisationId, (db) =>
    sql`update member set person_id = ${boss.personId} where id = ${manager.memberId}`.execute(db),
  )
  const page = await story.open('/', { as: manager })
  await page.getByRole('heading', { level: 2, name: 'Your people' }).waitFor()
  await page
    .getByRole('link', { name: /^See what is open: / })
    .first()
    .waitFor()
  await story.look(page, 'today-manager')
  assert.equal(await page.getByRole('heading', { name: 'What would fail an audit now' }).count(), 0)
  await page
    .getByRole('link', { name: /^See what is open: / })
    .first()
    .click()
  await page.waitForURL('**/findings?person=*')
})

vigil.story('a manager of whom nobody knows who they are is told what to do', async (story) => {
  const page = await story.open('/today', { as: ['manager'] })
  await page.getByText(/Vigil does not know which person on the staff list you are/).waitFor()
  await headline(page, 'Nothing needs you today.')
})

vigil.story('a nurse without a second factor does their two tasks on a phone, and takes one back', async (story) => {
  const nurse = await vigil.member(['staff'], { name: 'Nia Okafor', hasFactor: false })
  await give('Read the new rule on telephones at the bedside', nurse.memberId, '2020-01-31')
  await give('Watch the course on phishing', nurse.memberId)
  await give('What somebody else has to do', undefined)
  const page = await story.open('/', { as: nurse, size: 'phone' })
  await headline(page, 'Two things need you today.')
  await story.look(page, 'today-staff')
  assert.equal(await page.getByText('What somebody else has to do').count(), 0)
  assert.equal(await page.getByRole('heading', { name: 'What would fail an audit now' }).count(), 0)
  await page.getByRole('button', { name: 'Done: Watch the course on phishing' }).click()
  await headline(page, 'One thing needs you today.')
  await page.getByRole('button', { name: 'Undo' }).click()
  await headline(page, 'Two things need you today.')
  await page.getByRole('button', { name: 'Done: Watch the course on phishing' }).click()
  await headline(page, 'One thing needs you today.')
  await page.getByRole('button', { name: 'Done: Read the new rule on telephones at the bedside' }).click()
  await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor()
  await story.look(page, 'today-staff-none')
})

vigil.story('an auditor is told until when they may look, and how to verify what they see', async (story) => {
  const auditor = await vigil.member(['auditor'])
  await database.inOrganisation(vigil.organisationId, (db) =>
    sql`update member set until_on = '2098-03-01' where id = ${auditor.memberId}`.execute(db),
  )
  const page = await story.open('/', { as: auditor })
  await page.getByText('You may read everything but patients’ records, until 1 Mar 2098.').waitFor()
  await headline(page, 'Nothing needs you today.')
  await story.look(page, 'today-auditor')
  // There is nothing that they could put right.
  assert.equal(await page.getByRole('link', { name: /^(Put it right|Bring the file|State it)/ }).count(), 0)
  await page.getByRole('link', { name: /^Verify the ledger/ }).click()
  await page.getByRole('heading', { level: 1, name: 'Ledger' }).waitFor()
})

vigil.story('whoever holds several roles sees the sum of them', async (story) => {
  const member = await vigil.member(['administrator', 'auditor', 'manager', 'staff'])
  await give('Sign the plan', member.memberId, today)
  const page = await story.open('/today', { as: member })
  for (const name of ['Your audit', 'Your tasks', 'What needs you', 'Your people', 'What would fail an audit now']) {
    await page.getByRole('heading', { level: 2, name }).waitFor()
  }
  await vigil.checkWidth(page)
  await page.setViewportSize({ width: 320, height: 640 })
  await vigil.checkWidth(page)
})

vigil.story('where nothing was brought in yet, Today leads to the start', async (story) => {
  const organisationId = await vigil.newOrganisation('Harbor Family Practice')
  const officer = await vigil.member(['privacy-officer'], { organisationId })
  const page = await story.open('/', { as: officer })
  await page.getByRole('heading', { name: 'Four questions, three files, and you see how you stand' }).waitFor()
  await story.look(page, 'today-beginning')
  await page.getByRole('link', { name: 'Begin' }).click()
  await page.getByRole('heading', { level: 1, name: 'The first fifteen minutes' }).waitFor()
})
