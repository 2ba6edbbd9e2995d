/** The ledger: searched, each entry with its proof, and all of it to take away. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { payloadDigest } from '#core/ledger/model/entry.ts'
import { dayOf } from '#platform/days.ts'
import { verifyCheckpoint } from '#platform/transparency/checkpoint.ts'
import { leafHash, verifyInclusion } from '#platform/transparency/merkle.ts'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ sample: 'clinic' })

vigil.story('an auditor reads an entry, and the browser works its proof out anew', async ({ open, look }) => {
  const page = await open('/ledger', { as: ['auditor'] })
  await page.getByText(/entries, sealed/).waitFor()
  await look(page, 'ledger')
  await page.getByRole('combobox', { name: 'What' }).click()
  await page.getByRole('option', { name: 'Lists taken in or refused: anything' }).click()
  await page.waitForURL('**/ledger?action=intake.*')
  await page.getByRole('link', { name: 'A file was refused' }).first().click()
  const panel = page.getByRole('dialog')
  await panel.getByText(/^This entry is number [\d,]+ of [\d,]+, proved by \d hashes/).waitFor()
  await panel.getByText('Your browser has worked it out anew: the proof holds').waitFor()
  await look(page, 'ledger-entry')
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    panel.getByRole('button', { name: 'Download the proof' }).click(),
  ])
  const proof = readProof(readFileSync(await file.path(), 'utf8'))
  assert.ok(proof.holds, 'the downloaded proof does not hold')
  assert.equal(proof.action, 'intake.refuse')
  await panel.getByText('The values themselves').click()
  await panel.getByRole('textbox', { name: 'Checkpoint (root, signed)' }).waitFor()
  await look(page, 'ledger-values')
})

/** Checks a downloaded proof with nothing but the file and the ledger's key. */
function readProof(text: string): { holds: boolean; action: string } {
  const proof = JSON.parse(text)
  const bytes = (base64: string) => Buffer.from(base64, 'base64')
  const checkpoint = verifyCheckpoint(proof.checkpoint, vigil.installation.ledger.verifyingKey)
  const holds =
    proof.key === vigil.installation.ledger.verifyingKey &&
    checkpoint.ok &&
    checkpoint.value.size === proof.size &&
    verifyInclusion({
      leafHash: leafHash(Buffer.from(proof.entry)),
      index: proof.index,
      size: proof.size,
      root: checkpoint.value.root,
      proof: proof.path.map(bytes),
    }) &&
    payloadDigest(bytes(proof.salt), Buffer.from(proof.payload)) === JSON.parse(proof.entry).digest
  return { holds, action: JSON.parse(proof.entry).action }
}

vigil.story(
  'the ledger is searched by words of an action, by who did it and to what, and by day',
  async ({ open, look }) => {
    const page = await open('/ledger', { as: ['auditor'] })
    const what = page.getByRole('combobox', { name: 'What' })
    await what.fill('checked')
    await page.getByRole('option', { name: 'Safeguards were checked' }).click()
    await page.waitForURL('**/ledger?action=safeguards.judge')
    await page.getByRole('link', { name: 'Safeguards were checked' }).first().waitFor()
    assert.equal(await page.getByRole('link', { name: 'A list was taken in' }).count(), 0)
    await page.goto('/ledger')

    // From an entry to all that the same one did, and to all about the same thing.
    await page.getByRole('link', { name: 'A list was taken in' }).first().click()
    const panel = page.getByRole('dialog')
    await panel.getByRole('link', { name: 'All they did' }).click()
    await page.waitForURL(/actor=operator/)
    await page.getByRole('link', { name: 'A list was taken in' }).first().waitFor()
    await page.getByLabel('From').fill('2030-01-01')
    await page.getByText('Nothing like that was done').waitFor()
    await look(page, 'ledger-nothing')
    await page.goto('/ledger?subject=finding:999999')
    await page.getByText('Nothing like that was done').waitFor()
  },
)

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
