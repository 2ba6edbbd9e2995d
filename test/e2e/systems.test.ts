/** Systems and devices: what runs, who can get in, what is known of it and what is not. */
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ sample: 'clinic' })

const tableOf = (page: Page, name: string) => page.getByRole('table', { name })
const linksOf = (page: Page, name: string) => tableOf(page, name).getByRole('row').getByRole('link')

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

/** Narrows a list, and waits until its rows are those that were asked for: until then the earlier ones stay, marked as old. */
async function narrowed(page: Page, query: string, choosing: () => Promise<void>): Promise<void> {
  const answered = page.waitForResponse((response) => response.url().includes(query))
  await choosing()
  await page.waitForURL(`**/*${query}*`)
  await answered
  await page.locator('.loaded[aria-busy="true"]').waitFor({ state: 'detached' })
}

vigil.story('an officer sees who can get into a system without a second factor', async (story) => {
  const page = await story.open('/systems', { as: ['security-officer'] })
  await tableOf(page, 'Systems').waitFor()
  await page.getByText(/systems are in use/).waitFor()
  await story.look(page, 'systems')
  await choose(page, 'Patient data', 'Holds it')
  await page.waitForURL('**/systems?data=yes')
  await linksOf(page, 'Systems').filter({ hasText: 'eClinicalWorks' }).click()
  await page.getByText(/It holds patient data\. .*accounts? can get in/).waitFor()
  await page.getByRole('heading', { name: 'Backup' }).waitFor()
  await story.look(page, 'system')
  await page
    .getByRole('navigation', { name: 'About this system' })
    .getByRole('link', { name: 'Who can get in' })
    .click()
  await tableOf(page, 'Accounts').waitFor()
  await story.look(page, 'system-accounts')
  await narrowed(page, 'group=no-second-factor', () => choose(page, 'Which', 'Without a second factor'))
  const accounts = tableOf(page, 'Accounts')
  await accounts.locator('tbody tr').nth(2).waitFor({ state: 'detached' })
  assert.match((await accounts.getByRole('link').first().getAttribute('href')) ?? '', /^\/people\/\d+$/)
  await page.goBack()
  await page.getByRole('heading', { name: 'Backup' }).waitFor()
})

vigil.story(
  'an auditor follows a system to its sources, and what is not known is offered to be made known',
  async (story) => {
    const page = await story.open('/systems', { as: ['auditor'] })
    await linksOf(page, 'Systems').first().click()
    await page.getByRole('link', { name: 'What sources say' }).click()
    await page.getByText('kept by people').first().waitFor()
    await page
      .getByText(/^collected /)
      .first()
      .waitFor()
    await story.look(page, 'system-sources')
    await page.getByRole('link', { name: 'What runs there' }).click()
    await page.getByRole('heading', { name: 'What runs there is not known' }).waitFor()
    await page.getByRole('link', { name: 'Make it known' }).waitFor()
  },
)

vigil.story('an administrator finds the devices to look at, and unfolds one by the keyboard', async (story) => {
  const page = await story.open('/systems', { as: ['administrator'] })
  await page.getByRole('navigation', { name: 'Within Systems' }).getByRole('link', { name: 'Devices' }).click()
  await tableOf(page, 'Devices').waitFor()
  await page.getByText(/devices are in use\./).waitFor()
  await story.look(page, 'devices')
  await narrowed(page, 'group=not-encrypted', () => choose(page, 'What to look at', 'Not encrypted'))
  await tableOf(page, 'Devices').getByRole('cell', { name: 'no', exact: true }).first().waitFor()
  const first = linksOf(page, 'Devices').first()
  const name = (await first.textContent())?.trim() ?? ''
  await first.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name, level: 1 }).waitFor()
  await page.getByText(/It is not encrypted\./).waitFor()
  await page.getByRole('heading', { name: 'What is open' }).waitFor()
  await story.look(page, 'device')
  await page.getByRole('link', { name: 'What happened' }).click()
  await page
    .getByText(/^A finding opened: /)
    .first()
    .waitFor()
  await story.look(page, 'device-history')
})

vigil.story('software on a device is searched for', async (story) => {
  const page = await story.open('/devices', { as: ['security-officer'] })
  await tableOf(page, 'Devices').waitFor()
  const { database, organisationId } = vigil.installation
  const id = await database.inOrganisation(organisationId, async (db) => {
    const { rows } = await sql<{ id: number }>`
      select device_id as id from component_fact where device_id is not null
      group by device_id order by count(*) desc limit 1`.execute(db)
    return rows[0]?.id
  })
  await page.goto(`${vigil.origin}/devices/${id}?part=software`)
  await tableOf(page, 'Software').waitFor()
  await story.look(page, 'device-software')
  await page.getByRole('searchbox', { name: 'Search' }).fill('nothing is called that')
  await page.getByRole('heading', { name: 'No software is like that' }).waitFor()
  // What is searched for may name a person.
  assert.equal(new URL(page.url()).search, '?part=software')
})

vigil.story('a clinic that brought nothing is told where to begin', async (story) => {
  const member = await vigil.member(['privacy-officer'], { organisationId: await vigil.newOrganisation('New Clinic') })
  const page = await story.open('/systems', { as: member })
  await page.getByRole('heading', { name: 'No system is known yet' }).waitFor()
  await story.look(page, 'systems-empty')
  assert.equal(await page.getByRole('link', { name: 'Choose what to bring first' }).getAttribute('href'), '/start')
  await page.goto(`${vigil.origin}/devices`)
  await page.getByRole('heading', { name: 'No device is known yet' }).waitFor()
  await story.look(page, 'devices-empty')
})

vigil.story('long names and lapsed lists fit, and say that they are too old', async (story) => {
  const organisationId = await vigil.newOrganisation('Long Names Clinic')
  const member = await vigil.member(['security-officer'], { organisationId })
  const long =
    'The Integrated Clinical Documentation and Medication Administration System of Upper Lakeview (production)'
  const id = await vigil.installation.database.inOrganisation(organisationId, async (db) => {
    const source = await sql<{ id: number }>`
      insert into source (name, channel, format, kinds, basis, valid_for, collected_at, complete, run_id)
      values (${`${long}.csv`}, 'file', 'test', '{system,device}', 'stated', '35 days', now() - interval '90 days', true, 1)
      returning id`.execute(db)
    const system = await sql<{ id: number }>`
      insert into system (key, name) values ('long', ${long}) returning id`.execute(db)
    const [sourceId, systemId] = [source.rows[0]?.id, system.rows[0]?.id]
    await sql`insert into system_name (name, system_id) values (${long}, ${systemId})`.execute(db)
    await sql`
      insert into system_fact (source_id, key, line, run_id, present_from, system_id, name, ephi, owner)
      values (${sourceId}, 'long', 2, 1, now(), ${systemId}, ${long}, true, ${`Dr ${'Wilhelmina '.repeat(6)}`})`.execute(
      db,
    )
    const device = await sql<{ id: number }>`
      insert into device (key, name) values ('long', ${`${'WORKSTATION-'.repeat(8)}01`}) returning id`.execute(db)
    await sql`
      insert into device_fact (source_id, key, line, run_id, present_from, device_id, name, os_label)
      values (${sourceId}, 'long', 3, 1, now(), ${device.rows[0]?.id}, 'long', ${long})`.execute(db)
    return systemId
  })
  const page = await story.open('/systems', { as: member })
  await linksOf(page, 'Systems').first().waitFor()
  await story.look(page, 'systems-long')
  await page.goto(`${vigil.origin}/systems/${id}`)
  await page.getByText('The list that names it is too old to speak.').waitFor()
  await page.getByText('Whether it holds patient data is not known.', { exact: false }).waitFor()
  await story.look(page, 'system-lapsed')
  await page.goto(`${vigil.origin}/systems/${id}?part=sources`)
  await page.getByText('It counts for nothing until a newer one is brought.').waitFor()
  await story.look(page, 'system-lapsed-sources')
  await page.goto(`${vigil.origin}/devices`)
  await linksOf(page, 'Devices').first().click()
  await page.getByRole('link', { name: 'Bring a device inventory' }).waitFor()
  await story.look(page, 'device-lapsed')
})

vigil.story('managers and staff are not offered systems, nor shown them', async ({ open }) => {
  for (const roles of [['manager'], ['staff']] as const) {
    const page = await open('/systems', { as: roles })
    await page.getByRole('alert').waitFor()
    assert.equal(
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Systems' }).count(),
      0,
    )
  }
})
