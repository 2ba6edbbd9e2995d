/** The search, by keyboard and by touch, as each role has it. */
import assert from 'node:assert/strict'
import { sql } from '#platform/database.ts'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ sample: 'clinic' })

/** A person of the sample, of whom something is open. */
async function somebody(): Promise<{ readonly id: number; readonly name: string }> {
  return vigil.installation.database.inOrganisation(vigil.organisationId, async (db) => {
    const { rows } = await sql<{ id: number; name: string }>`
      select person_id as id, coalesce(display_name, given_name || ' ' || family_name) as name from person_fact
      where person_id is not null and coalesce(display_name, family_name) is not null order by person_id limit 1`.execute(
      db,
    )
    const [row] = rows
    assert.ok(row)
    return row
  })
}

vigil.story(
  'somebody is found by parts of their name, by keyboard alone, and no address holds it',
  async ({ open, look }) => {
    const { name } = await somebody()
    const page = await open('/posture', { as: ['security-officer'] })
    await page.getByRole('heading', { level: 1, name: 'Posture' }).waitFor()
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.keyboard.press('Control+k')
    const field = page.getByRole('combobox', { name: 'Search' })
    await field.waitFor()
    await look(page, 'search-empty')
    const [given = '', ...family] = name.split(/[ ,]+/)
    await page.keyboard.type(`${family.at(-1)} ${given.slice(0, 3)}`.toLowerCase())
    const person = page.getByRole('group', { name: 'People' }).getByRole('option').first()
    await person.waitFor()
    await page.getByRole('status').filter({ hasText: /match/ }).waitFor()
    await look(page, 'search-person')
    assert.ok((await person.textContent())?.includes(family.at(-1) ?? given))
    assert.ok(asked.some((url) => url.endsWith('/api/search')))
    assert.deepEqual(
      asked.filter((url) =>
        decodeURIComponent(url)
          .toLowerCase()
          .includes((family.at(-1) ?? '').toLowerCase()),
      ),
      [],
    )
    // The first is marked, and what is marked is told to who cannot see it.
    const marked = await field.getAttribute('aria-activedescendant')
    assert.equal(marked, await page.getByRole('option').first().getAttribute('id'))
    await page.keyboard.press('ArrowDown')
    await page
      .getByRole('option')
      .nth(1)
      .and(page.getByRole('option', { selected: true }))
      .waitFor()
    assert.notEqual(await field.getAttribute('aria-activedescendant'), marked)
    await page.keyboard.press('Escape')
    await field.waitFor({ state: 'hidden' })
  },
)

vigil.story('a finding and a paragraph of the law are opened from the search', async ({ open, look }) => {
  const page = await open('/posture', { as: ['security-officer'] })
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.keyboard.press('/')
  await page.getByRole('combobox', { name: 'Search' }).fill('encrypt')
  await page.getByRole('group', { name: 'Requirements' }).getByRole('option').first().waitFor()
  await look(page, 'search-encrypt')
  await page.getByRole('group', { name: 'Requirements' }).getByRole('option').first().click()
  await page.waitForURL('**/requirements?paragraph=*')
  await page.getByRole('dialog').getByRole('heading').first().waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByRole('combobox', { name: 'Search' }).fill('left')
  await page.getByRole('group', { name: 'Findings' }).getByRole('option').first().click()
  await page.waitForURL('**/findings?finding=*')
})

vigil.story(
  'commands and pages are found by their words, and the pages opened lately stand first',
  async ({ open }) => {
    const page = await open('/posture', { as: ['administrator'] })
    await page.getByRole('heading', { level: 1, name: 'Posture' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Search' }).waitFor()
    await page.keyboard.type('invite')
    await page.getByRole('option', { name: 'Invite a member', selected: true }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Invite somebody' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.getByRole('group', { name: 'Opened lately' }).getByRole('option', { name: 'Posture' }).waitFor()
    await page.keyboard.type('dark')
    await page.getByRole('option', { name: 'Use dark colours', selected: true }).waitFor()
    await page.keyboard.press('Enter')
    await page.locator(':root[data-mantine-color-scheme="dark"]').waitFor({ state: 'attached' })
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Search' }).waitFor()
    await page.keyboard.type('conti')
    await page.getByRole('option', { name: 'Continuity', selected: true }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/practices/continuity')
  },
)

vigil.story('what is typed before the search has come is not lost', async ({ open }) => {
  const page = await open('/posture', { as: ['security-officer'] })
  await page.getByRole('heading', { level: 1, name: 'Posture' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('/gf kx')
  await page.keyboard.press('Backspace')
  const field = page.getByRole('combobox', { name: 'Search' })
  await field.waitFor()
  await page.keyboard.type('?')
  assert.equal(await field.inputValue(), '/gf k?')
  assert.ok(page.url().endsWith('/posture'))
})

vigil.story('the checks are run from the search, and how far they are is seen', async ({ open }) => {
  const page = await open('/posture', { as: ['security-officer'] })
  await page.getByRole('heading', { level: 1, name: 'Posture' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('run the')
  await page.getByRole('option', { name: 'Run the checks', selected: true }).waitFor()
  await page.keyboard.press('Enter')
  await page.waitForURL('**/sources/jobs?job=*')
  await page.getByRole('dialog', { name: 'Check every safeguard' }).waitFor()
})

vigil.story('a member of staff finds their own tasks, and nobody', async ({ open, look }) => {
  const { name } = await somebody()
  const member = await vigil.member(['staff'], { name: 'Kim Vale' })
  await vigil.installation.database.inOrganisation(vigil.organisationId, (db) =>
    sql`insert into task (kind, title, assignee, opened_at)
      values ('review', 'Read the new password policy', ${`member:${member.memberId}`}, now()),
        ('review', 'Read the ward policy', 'member:999999', now())`.execute(db),
  )
  const page = await open('/', { as: member, size: 'phone' })
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.getByRole('button', { name: 'Search' }).click()
  const field = page.getByRole('combobox', { name: 'Search' })
  await field.fill('policy')
  await page.getByRole('option', { name: 'Read the new password policy' }).waitFor()
  assert.equal(await page.getByRole('option', { name: /policy/ }).count(), 1)
  await look(page, 'search-staff')
  await field.fill(name.slice(0, 5))
  await page.getByText('Nothing goes by that. Try fewer letters.').waitFor()
})
