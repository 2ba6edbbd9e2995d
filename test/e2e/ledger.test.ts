/** The ledger with its proofs, and evidence: kept, opened, destroyed, each of which the ledger tells. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dayOf } from '#platform/days.ts'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ sample: 'clinic' })

vigil.story('an auditor reads an entry, and the browser works its proof out anew', async ({ open, look }) => {
  const page = await open('/ledger', { as: ['auditor'] })
  await page.getByText(/entries, sealed/).waitFor()
  await look(page, 'ledger')
  await page.getByRole('combobox', { name: 'What' }).click()
  await page.getByRole('option', { name: 'Lists taken in or refused' }).click()
  await page.waitForURL('**/ledger?action=intake.*')
  await page.getByRole('link', { name: 'A file was refused' }).first().click()
  const panel = page.getByRole('dialog')
  await panel.getByText(/^This entry is number \d+ of \d+, proved by \d hashes/).waitFor()
  await panel.getByText('Your browser has worked it out anew: the proof holds').waitFor()
  await look(page, 'ledger-entry')
  await panel.getByText('The values themselves').click()
  await panel.getByRole('textbox', { name: 'Checkpoint (root, signed)' }).waitFor()
  await look(page, 'ledger-values')
})

vigil.story('a proof that does not hold is said to be broken', async ({ open }) => {
  const page = await open('/sign-in', { as: ['auditor'] })
  await page.route('**/api/ledger/entries/3', async (route) => {
    const answer = await route.fetch()
    const body = await answer.text()
    await route.fulfill({ response: answer, body: body.replaceAll('operator:', 'Operator:') })
  })
  await page.goto('/ledger?entry=3')
  await page.getByRole('alert').getByText('The proof does not hold.').waitFor()
  await page.unrouteAll({ behavior: 'ignoreErrors' })
})

vigil.story('the ledger is taken away with all that verifies it', async ({ open, look }) => {
  const page = await open('/ledger', { as: ['privacy-officer'] })
  await page.getByRole('button', { name: 'Take it away' }).click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('textbox', { name: 'Verifying key' }).waitFor()
  await look(page, 'ledger-take-away')
  const [whole] = await Promise.all([
    page.waitForEvent('download'),
    panel.getByRole('button', { name: 'Download the ledger' }).click(),
  ])
  assert.match(readFileSync(await whole.path(), 'utf8'), /^vigil-ledger-export\/1\n/)
  const [checkpoint] = await Promise.all([
    page.waitForEvent('download'),
    panel.getByRole('button', { name: 'Download the checkpoint' }).click(),
  ])
  assert.match(readFileSync(await checkpoint.path(), 'utf8'), /^vigil\/ledger\/.*\n\d+\n/)
})

vigil.story('ten thousand entries are read without drawing them all', async ({ open }) => {
  const { database, ledger } = vigil.installation
  const organisationId = await vigil.newOrganisation('Large')
  const officer = await vigil.member(['security-officer'], { organisationId })
  const now = new Date()
  await database.inOrganisation(organisationId, (db) =>
    ledger.append(
      { db, actor: 'job:test', now, today: dayOf(now) },
      Array.from({ length: 10_000 }, (_, at) => ({
        action: 'findings.comment',
        outcome: 'done' as const,
        subjects: [`finding:${at + 1}`],
        payload: { at },
      })),
    ),
  )
  const page = await open('/ledger', { as: officer })
  await page.getByText('10,000 entries, sealed', { exact: false }).waitFor()
  for (let shown = 200; shown < 1_000; shown += 200) {
    await page.getByText(`The first ${shown} are shown.`).waitFor()
    await page.getByRole('button', { name: 'Show more' }).click()
  }
  await page.getByText('The first 1,000 are shown.').waitFor()
  const rows = page.getByRole('table', { name: 'Entries' }).getByRole('link')
  assert.ok((await rows.count()) < 120, `${await rows.count()} rows are drawn`)
  // Where the list was read to, the last rows are drawn: one of them takes the keys.
  await rows.last().focus()
  await page.keyboard.press('Home')
  await page.locator('[data-row="0"]:focus').waitFor()
  await page.keyboard.press('End')
  await page.locator('[data-row="999"]:focus').waitFor()
})

vigil.story('evidence is kept, opened and destroyed, and the ledger tells each', async ({ open, look }) => {
  const page = await open('/evidence', { as: ['security-officer'] })
  await page.getByText('No evidence is kept yet').waitFor()
  await look(page, 'evidence-empty')
  await page.getByRole('button', { name: 'Keep a file' }).click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('button', { name: 'Keep it' }).click()
  await panel.getByText('Choose the file to keep.').waitFor()
  await panel.locator('input[type=file]').setInputFiles({
    name: 'contingency plan.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('What we do when the lights go out.\n'),
  })
  await panel.getByRole('textbox', { name: 'Title' }).fill('Contingency plan, signed this year')
  await panel.getByLabel('Valid until').fill('2030-01-31')
  await look(page, 'evidence-keep')
  await panel.getByRole('button', { name: 'Keep it' }).click()
  await page.getByRole('link', { name: 'Contingency plan, signed this year' }).click()
  await panel.getByRole('button', { name: 'Open the file' }).waitFor()
  await look(page, 'evidence')
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    panel.getByRole('button', { name: 'Open the file' }).click(),
  ])
  assert.equal(file.suggestedFilename(), 'contingency plan.txt')
  assert.equal(readFileSync(await file.path(), 'utf8'), 'What we do when the lights go out.\n')

  await panel.getByRole('button', { name: 'Destroy it' }).click()
  await panel.getByRole('textbox', { name: 'Why' }).fill('It was the wrong version.')
  await look(page, 'evidence-shred')
  await panel.getByRole('button', { name: 'Destroy it for good' }).click()
  await panel.getByText('It was destroyed and cannot be opened by anybody.', { exact: false }).waitFor()

  await page.goto('/ledger?action=evidence.')
  for (const words of ['Evidence was kept', 'Evidence was opened', 'Evidence was destroyed']) {
    await page.getByRole('link', { name: words }).waitFor()
  }
})

vigil.story('an auditor opens evidence, and can neither keep nor destroy it', async ({ open }) => {
  const page = await open('/evidence', { as: ['auditor'] })
  await page.getByRole('link', { name: 'Contingency plan, signed this year' }).click()
  await page.getByRole('dialog').getByText('destroyed', { exact: true }).waitFor()
  assert.equal(await page.getByRole('button', { name: /Keep a file|Destroy it/ }).count(), 0)
})
