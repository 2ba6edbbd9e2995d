/** Evidence: kept, linked, found, opened, destroyed, each of which the ledger tells; and an auditor who follows it. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ sample: 'clinic' })
const fileInput = 'input[type=file][aria-label="File"]'
const plan = 'What we do when the lights go out.\n'
const longName = `Minutes of the joint safety committee of ${'Lakeview and neighbouring practices, '.repeat(4)}signed`

async function keep(page: Page, file: { name: string; text: string }, title: string, until?: string): Promise<void> {
  const panel = page.getByRole('dialog')
  await panel
    .locator(fileInput)
    .setInputFiles({ name: file.name, mimeType: 'text/plain', buffer: Buffer.from(file.text) })
  await panel.getByRole('textbox', { name: 'Title' }).fill(title)
  if (until !== undefined) await panel.getByLabel('Valid until').fill(until)
  await panel.getByRole('button', { name: 'Keep it' }).click()
}

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

vigil.story(
  'an officer keeps a file, links it to a requirement, opens it, and the ledger tells each',
  async ({ open, look }) => {
    const page = await open('/evidence', { as: ['security-officer'] })
    await page.getByText('No evidence is kept yet').waitFor()
    await look(page, 'evidence-empty')
    await page.getByRole('button', { name: 'Keep a file' }).click()
    const panel = page.getByRole('dialog')
    await panel.getByText('leave the names of patients out of it', { exact: false }).waitFor()
    await panel.getByRole('button', { name: 'Keep it' }).click()
    await panel.getByText('Choose the file to keep.').waitFor()
    await look(page, 'evidence-keep-nothing')
    await panel.locator(fileInput).setInputFiles({
      name: 'contingency plan.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from(plan),
    })
    await panel.getByRole('textbox', { name: 'Title' }).fill('Contingency plan, signed this year')
    await panel.getByLabel('Valid until').fill(inDays(10))
    await look(page, 'evidence-keep')
    await panel.getByRole('button', { name: 'Keep it' }).click()

    // It is shown at once, and asks what it supports.
    await panel.getByText('Nothing yet. Linked to a requirement', { exact: false }).waitFor()
    await panel.getByRole('button', { name: 'Link it to a requirement' }).click()
    await panel.getByRole('combobox', { name: 'What it supports' }).fill('164.308(a)(7)(i)')
    await page
      .getByRole('option', { name: /^Contingency plan/ })
      .first()
      .click()
    await panel.getByRole('button', { name: 'Link it', exact: true }).click()
    await panel.getByRole('link', { name: 'Contingency plan', exact: true }).waitFor()
    await panel.getByText('ends soon').waitFor()
    await look(page, 'evidence-linked')
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      panel.getByRole('button', { name: 'Open the file' }).click(),
    ])
    assert.equal(file.suggestedFilename(), 'contingency plan.txt')
    assert.equal(readFileSync(await file.path(), 'utf8'), plan)
    assert.equal(await panel.getByRole('textbox', { name: 'Digest (SHA-256)' }).inputValue(), hash('sha256', plan))
    await panel.getByRole('link', { name: 'All that was done with it' }).click()
    for (const words of ['Evidence was kept', 'Evidence was linked', 'Evidence was opened']) {
      await page.getByRole('link', { name: words }).waitFor()
    }
  },
)

vigil.story('evidence is found by its words and by for how long it speaks', async ({ open, look }) => {
  const page = await open('/evidence?keep=file', { as: ['privacy-officer'] })
  await keep(page, { name: 'minutes.txt', text: 'Agreed.\n' }, longName.slice(0, 200), inDays(300))
  await page.getByRole('dialog').getByRole('button', { name: 'Open the file' }).waitFor()
  await look(page, 'evidence-long')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await look(page, 'evidence')
  await page.getByRole('button', { name: 'Keep a file' }).click()
  await keep(page, { name: 'drill.txt', text: 'It burnt.\n' }, 'Fire drill of last year', inDays(20))
  await page.getByRole('dialog').getByText('ends soon').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: /ends? soon\.$/ }).click()
  await page.waitForURL('**/evidence?validity=ending')
  await page.getByRole('link', { name: 'Fire drill of last year' }).waitFor()
  assert.equal(await page.getByRole('link', { name: /^Minutes/ }).count(), 0)
  await page.goto('/evidence')
  await page.getByRole('searchbox', { name: 'Search' }).fill('JOINT safety')
  await page.getByRole('link', { name: /^Minutes/ }).waitFor()
  await page.getByRole('searchbox', { name: 'Search' }).fill('nobody wrote this')
  await page.getByText('No evidence is like that').waitFor()
})

vigil.story('a file is dropped onto a requirement, linked, and the link is taken back', async ({ open, look }) => {
  const page = await open('/requirements?paragraph=164.308(a)(5)(i)', { as: ['security-officer'] })
  const panel = page.getByRole('dialog')
  await panel.getByText('No file is kept for it yet.').waitFor()
  await panel.getByRole('button', { name: 'Add a file' }).click()
  // As a browser hands over what is dropped.
  const dropped = await page.evaluateHandle(() => {
    const data = new DataTransfer()
    data.items.add(new File(['Everybody was taught.'], 'lessons.txt', { type: 'text/plain' }))
    return data
  })
  await panel.locator('.evidence-drop').dispatchEvent('drop', { dataTransfer: dropped })
  await panel.getByText('lessons.txt').waitFor()
  await panel.getByRole('textbox', { name: 'Title' }).fill('Who was taught in spring')
  await look(page, 'requirement-add-file')
  await panel.getByRole('button', { name: 'Keep it' }).click()
  await panel.getByRole('link', { name: 'Who was taught in spring' }).waitFor()

  await panel.getByRole('button', { name: 'Link a kept file' }).click()
  await panel.getByRole('combobox', { name: 'A kept file' }).fill('contingency')
  await page.getByRole('option', { name: 'Contingency plan, signed this year' }).click()
  await panel.getByRole('button', { name: 'Link it' }).click()
  await panel.getByRole('link', { name: 'Contingency plan, signed this year' }).waitFor()
  await look(page, 'requirement-evidence')
  await panel.getByRole('button', { name: 'Contingency plan, signed this year supports this no longer' }).click()
  await panel.getByRole('link', { name: 'Contingency plan, signed this year' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await panel.getByRole('link', { name: 'Contingency plan, signed this year' }).waitFor()
})

vigil.story(
  'an auditor samples a requirement, opens its evidence, proves an entry and takes the checkpoint',
  async ({ open, look }) => {
    const page = await open('/requirements', { as: ['auditor'], size: 'phone' })
    await page.getByRole('searchbox', { name: 'Find' }).fill('164.308(a)(7)(i)')
    await page.getByRole('link', { name: 'Contingency plan', exact: true }).click()
    const panel = page.getByRole('dialog')
    assert.equal(
      await panel.getByRole('link', { name: /Read the law/ }).getAttribute('href'),
      'https://www.ecfr.gov/current/title-45/section-164.308#p-164.308(a)(7)(i)',
    )
    assert.equal(await panel.getByRole('button', { name: /Add a file|Link a kept file/ }).count(), 0)
    await panel.getByRole('link', { name: 'Contingency plan, signed this year' }).click()
    await page.waitForURL('**/evidence?evidence=*')
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      panel.getByRole('button', { name: 'Open the file' }).click(),
    ])
    assert.equal(readFileSync(await file.path(), 'utf8'), plan)
    assert.equal(await panel.getByRole('button', { name: /Destroy it|no longer|Link it/ }).count(), 0)
    await look(page, 'evidence-auditor')
    await panel.getByRole('link', { name: 'All that was done with it' }).click()
    await page.getByRole('link', { name: 'Evidence was kept' }).click()
    await panel.getByText('Your browser has worked it out anew: the proof holds').waitFor()
    await panel.getByRole('link', { name: 'a piece of evidence' }).waitFor()
    const [checkpoint] = await Promise.all([
      page.waitForEvent('download'),
      panel.getByRole('button', { name: 'Download the checkpoint' }).click(),
    ])
    assert.match(readFileSync(await checkpoint.path(), 'utf8'), /^vigil\/ledger\/.*\n\d+\n/)
  },
)

vigil.story('evidence is destroyed for good, and nobody is offered to open it', async ({ open, look }) => {
  const page = await open('/evidence', { as: ['administrator'] })
  await page.getByRole('link', { name: 'Who was taught in spring' }).click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('button', { name: 'Destroy it' }).click()
  await panel.getByRole('textbox', { name: 'Why' }).fill('It was the wrong version.')
  await look(page, 'evidence-shred')
  await panel.getByRole('button', { name: 'Destroy it for good' }).click()
  await panel.getByText('It was destroyed and cannot be opened by anybody.', { exact: false }).waitFor()
  assert.equal(await panel.getByRole('button', { name: /Open the file|Link it/ }).count(), 0)
  await look(page, 'evidence-destroyed')
  await page.goto('/ledger?action=evidence.shred')
  await page.getByRole('link', { name: 'Evidence was destroyed' }).waitFor()
})

vigil.story('an auditor can neither keep nor destroy evidence', async ({ open }) => {
  const page = await open('/evidence?validity=destroyed', { as: ['auditor'] })
  await page.getByRole('link', { name: 'Who was taught in spring' }).click()
  await page.getByRole('dialog').getByText('destroyed', { exact: true }).waitFor()
  assert.equal(await page.getByRole('button', { name: /Keep a file|Destroy it/ }).count(), 0)
})
