/** The law as a tree, one paragraph with what meets it, and a decision on an addressable one. */
import assert from 'node:assert/strict'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ sample: 'clinic' })

vigil.story('an officer finds a paragraph, sees what meets it, and records a decision', async ({ open, look }) => {
  const page = await open('/requirements', { as: ['security-officer'] })
  await page.getByText(/paragraphs that bind you/).waitFor()
  await look(page, 'requirements')

  // By keyboard alone: the words, the list that unfolds, the panel.
  await page.getByRole('textbox', { name: 'Find' }).fill('164.310(a)(2)(iii)')
  const link = page.getByRole('link', { name: 'Access control and validation procedures' })
  await link.waitFor()
  assert.equal(await page.getByRole('list', { name: 'Technical safeguards' }).count(), 0)
  await look(page, 'requirements-found')
  await link.press('Enter')
  const panel = page.getByRole('dialog')
  await panel.getByText('Why it is unknown').waitFor()
  await panel.getByText('Addressable: you decide how, and write down why.').waitFor()
  await look(page, 'requirement')

  await panel.getByRole('button', { name: 'Record a decision' }).click()
  await panel.getByRole('radio', { name: 'It is not reasonable and appropriate here' }).check()
  await panel.getByRole('button', { name: 'Record the decision' }).click()
  await panel.getByRole('textbox', { name: 'Why' }).and(page.locator('[aria-invalid=true]')).waitFor()
  await panel.getByRole('textbox', { name: 'Why' }).fill('Visitors are met at the one door and never alone.')
  await panel.getByRole('textbox', { name: 'Approved by' }).fill('Denise Vasquez')
  await look(page, 'requirement-decide')
  await panel.getByRole('button', { name: 'Record the decision' }).click()
  await panel.getByText('Visitors are met at the one door and never alone.').waitFor()
  await panel.getByText('attested').first().waitFor()

  await panel.getByRole('button', { name: 'Decide anew' }).click()
  await panel.getByRole('radio', { name: 'We implement it' }).check()
  await panel.getByRole('textbox', { name: 'Why' }).fill('The new building has locks that keep a log.')
  await panel.getByRole('textbox', { name: 'Approved by' }).fill('Denise Vasquez')
  await panel.getByRole('button', { name: 'Record the decision' }).click()
  await panel.getByText('One before').click()
  await panel.getByText('Visitors are met at the one door and never alone.').waitFor()
  await look(page, 'requirement-decided')
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'hidden' })
})

vigil.story('an auditor filters by how it stands, reads, and is offered no decision', async ({ open, look }) => {
  const page = await open('/requirements?status=failed', { as: ['auditor'], size: 'phone' })
  await page.getByRole('list', { name: 'Technical safeguards' }).waitFor()
  await look(page, 'requirements-failed')
  await page.getByRole('link', { name: 'Encryption and decryption' }).click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('link', { name: 'Every computer, tablet and phone in use is encrypted' }).waitFor()
  assert.equal(await panel.getByRole('button', { name: 'Record a decision' }).count(), 0)
  await panel.getByText('What else this serves').click()
  await panel.getByText('NIST Cybersecurity Framework 2.0').waitFor()
  await look(page, 'requirement-failed')
})

vigil.story('the proposal of 2025 is shown only when asked for, and is said to be no law', async ({ open, look }) => {
  const page = await open('/requirements', { as: ['privacy-officer'] })
  await page.getByText(/paragraphs that bind you/).waitFor()
  assert.equal(await page.getByText('Proposed, not law.').count(), 0)
  await page.getByRole('switch', { name: 'The 2025 proposal (not law)' }).press('Space')
  await page.getByText('Proposed, not law.').waitFor()
  await page.getByRole('link', { name: 'Encryption at rest and in transit (proposed)' }).click()
  await page.getByRole('dialog').getByText('It obliges nobody.').waitFor()
  await look(page, 'requirement-proposed')
})
