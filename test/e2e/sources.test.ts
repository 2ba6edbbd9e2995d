/** Bringing files in the browser, from the drop to the findings; and what is known of the sources then. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Page } from 'playwright-core'
import { readConfig } from '#platform/config.ts'
import { answerKeyName, writeSample } from '#sample/index.ts'
import { assessFolder } from '../../src/cli/assess.ts'
import { openStories } from '../support/browser.ts'
import { administrator, slapdProgram, startSlapd, suffix } from '../support/slapd.ts'

const vigil = await openStories({ settings: { VIGIL_ALLOW_LOOPBACK_SOURCES: 'true' } })

const folder = mkdtempSync(join(tmpdir(), 'vigil-brought-'))
after(() => rmSync(folder, { recursive: true, force: true }))
await writeSample({ size: 'clinic', seed: 1, directory: folder, asOf: new Date().toISOString().slice(0, 10) })
rmSync(join(folder, answerKeyName), { force: true })

/** Chooses files or a folder, as somebody would who has only the keyboard. */
async function choose(page: Page, button: string, files: string | string[]) {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: button }).press('Enter'),
  ])
  await chooser.setFiles(files)
}

/** Drops files with the mouse on the place that says so. */
async function drop(page: Page, place: string, files: Readonly<Record<string, string>>) {
  const parts = Object.entries(files).map(
    ([name, text]) => `all.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}))`,
  )
  const dataTransfer = await page.evaluateHandle(
    `(() => { const all = new DataTransfer(); ${parts.join(';')}; return all })()`,
  )
  await page.getByText(place).dispatchEvent('drop', { dataTransfer })
}

/** A folder of its own with these files. */
function write(files: Readonly<Record<string, string>>): string[] {
  const place = mkdtempSync(join(tmpdir(), 'vigil-brought-'))
  after(() => rmSync(place, { recursive: true, force: true }))
  return Object.entries(files).map(([name, text]) => {
    const path = join(place, name)
    writeFileSync(path, text)
    return path
  })
}

async function allFindings(page: Page): Promise<string[]> {
  const found: string[] = []
  for (let after: string | null = ''; after !== null; ) {
    const query: string = after === '' ? '' : `&after=${encodeURIComponent(after)}`
    const answer = await page.request.get(`/api/findings?state=all&limit=200${query}`)
    const { items, next } = (await answer.json()) as {
      items: { safeguard: string; severity: string; state: string; subject: { kind: string; label: string } }[]
      next: string | null
    }
    found.push(
      ...items.map(({ safeguard, severity, subject }) => `${severity} ${safeguard} ${subject.kind} ${subject.label}`),
    )
    after = next
  }
  return found.sort()
}

vigil.story(
  'the clinic’s files, chosen in a browser, give the same findings as vigil assess',
  async ({ open, look }) => {
    const officer = await vigil.member(['security-officer'], { name: 'Dana Whitfield' })
    const page = await open('/sources', { as: officer })
    await look(page, 'sources-empty')
    await page.getByRole('link', { name: 'Bring files' }).click()
    await page.getByRole('heading', { level: 1, name: 'Bring files' }).waitFor()
    await look(page, 'bring-empty')

    await choose(page, 'Choose a folder', folder)
    await page.getByRole('button', { name: 'Take these in' }).and(page.locator(':enabled')).waitFor()
    await page.getByText('Security policy.pdf').waitFor()
    await page.getByText(/recognised, 3 are not/).waitFor()
    await look(page, 'bring-recognised')

    await page.getByRole('link', { name: 'Staff.csv' }).click()
    const panel = page.getByRole('dialog')
    await panel.getByRole('heading', { name: 'First rows' }).waitFor()
    await look(page, 'bring-file')
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'hidden' })

    // Leaving and coming back finds it as it was: by its address, and by the list of what was begun.
    const address = page.url()
    await page.goto('/sources/bring')
    await page
      .getByRole('link', { name: /files$/ })
      .first()
      .click()
    await page.getByRole('link', { name: 'Staff.csv' }).waitFor()
    assert.equal(page.url(), address)

    await page.getByRole('button', { name: 'Take these in' }).click()
    await page.getByRole('heading', { level: 1, name: 'Taken in' }).waitFor({ timeout: 60_000 })
    await page.getByText(/findings opened, 0 closed/).waitFor()
    await page.getByRole('list', { name: 'What came of each file' }).getByText('Staff.csv').waitFor()
    await look(page, 'bring-taken')

    const here = await allFindings(page)
    const data = mkdtempSync(join(tmpdir(), 'vigil-assess-here-'))
    const config = readConfig({ VIGIL_DATA: data, VIGIL_TIME_ZONE: 'America/Chicago' }, [])
    const { posture } = await assessFolder(config, folder, { now: new Date() })
    rmSync(data, { recursive: true, force: true })
    const there = posture.findings.map(
      ({ severity, safeguard, subject }) => `${severity} ${safeguard} ${subject.kind} ${subject.label}`,
    )
    assert.ok(there.length > 20)
    assert.deepEqual(here, there.sort())

    await page.getByRole('link', { name: 'Go to the findings' }).click()
    await page.waitForURL('**/findings')

    await page.goto('/sources')
    await page.getByRole('link', { name: 'Staff.csv' }).waitFor()
    await look(page, 'sources')
    await page.getByRole('link', { name: 'Staff.csv' }).click()
    await page.getByRole('heading', { level: 1, name: 'Staff.csv' }).waitFor()
    await page.getByRole('table', { name: 'Times it was brought' }).getByRole('link').first().click()
    await page
      .getByRole('dialog')
      .getByText(/could not be read/)
      .waitFor()
    await look(page, 'source-rejects')

    await page.goto('/sources/jobs')
    await page.getByText(/done: .* findings opened/).waitFor()
    await look(page, 'jobs')
    await page.getByRole('link', { name: 'Take files in' }).first().click()
    await page.getByRole('dialog').getByText('Findings opened', { exact: true }).waitFor()
    await look(page, 'job')
  },
)

vigil.story(
  'a list that is dropped and not understood is corrected, and the preview comes anew',
  async ({ open, look }) => {
    const page = await open('/sources/bring', { as: ['administrator'] })
    const text = 'Kuerzel;Wer da ist;Seit;Haus\n1001;Ines Alvarez;2021-04-01;Ost\n1002;Arjun Rao;2019-09-15;West\n'
    await drop(page, 'Drop files or a folder here', { 'Liste.csv': text, 'holiday.jpg': '\u00ff\u00d8\u0000' })
    await page.getByRole('img', { name: 'Not recognised' }).first().waitFor()
    await page.getByRole('link', { name: 'Liste.csv' }).click()
    const panel = page.getByRole('dialog')
    await panel.getByLabel('What it is').selectOption({ label: 'a staff list' })
    await panel.getByLabel('Read Kuerzel as').selectOption({ label: 'employee number' })
    await panel.getByLabel('Read Wer da ist as').selectOption({ label: 'name' })
    await panel.getByLabel('Read Seit as').selectOption({ label: 'first day of work' })
    await panel.getByRole('button', { name: 'Read it this way' }).click()
    await panel.getByText('Recognised as').waitFor()
    await panel.getByText('1 not understood').waitFor()
    await look(page, 'bring-corrected')
    await page.keyboard.press('Escape')
    await page.getByText('4 columns, 1 not understood').waitFor()

    await page.getByRole('button', { name: 'Throw these away' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Throw them away' }).click()
    await page.getByRole('button', { name: 'Choose files' }).waitFor()
  },
)

vigil.story('a list that was made long ago has lapsed, and it is said what to bring', async ({ open, look }) => {
  const page = await open('/sources/bring', { as: ['privacy-officer'] })
  const text = 'Vendor,Service,Handles PHI,BAA status\nAcme Labs,Laboratory,yes,signed\n'
  await drop(page, 'Drop files or a folder here', { 'Vendors of long ago.csv': text })
  await page.getByRole('link', { name: 'Vendors of long ago.csv' }).click()
  const panel = page.getByRole('dialog')
  await panel.getByText('Say more about it').press('Enter')
  const longAgo = new Date(Date.now() - 120 * 86_400_000).toISOString().slice(0, 10)
  await panel.getByLabel('Collected on').fill(longAgo)
  await panel.getByRole('button', { name: 'Read it this way' }).click()
  await panel.getByRole('button', { name: 'Take back what was said' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Take these in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Taken in' }).waitFor({ timeout: 60_000 })
  await page.getByRole('link', { name: 'See what is known now' }).click()
  await page.getByRole('heading', { name: 'Lapsed' }).waitFor()
  await page.getByText('Bring a vendor list').waitFor()
  await look(page, 'sources-lapsed')
})

vigil.story('rows that could not be read are taken away, corrected and brought again', async ({ open, look }) => {
  const [path = ''] = write({
    'night-staff.csv': [
      'Employee ID,Name,Email,Department,Status,Hire Date',
      '2001,Ines Okafor,ines@night.example,Lab,Active,2024-03-01',
      '2002,Arjun Mehta,arjun@night.example,Ward,Active,31-Foo-2024',
    ].join('\r\n'),
  })
  const page = await open('/sources/bring', { as: ['security-officer'] })
  await choose(page, 'Choose files', path)
  await page.getByRole('button', { name: 'Take these in' }).and(page.locator(':enabled')).click()
  await page.getByRole('link', { name: '1 row could not be read' }).click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('heading', { name: 'Correct them' }).waitFor()
  await look(page, 'rejects')
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    panel.getByRole('button', { name: 'Take these rows away' }).click(),
  ])
  assert.equal(saved.suggestedFilename(), 'night-staff to correct.csv')
  const text = readFileSync(await saved.path(), 'utf8')
  const [corrected = ''] = write({ 'corrected.csv': text.replace('31-Foo-2024', '2024-01-31') })
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    panel.getByRole('button', { name: 'Bring the corrected rows' }).click(),
  ])
  await chooser.setFiles(corrected)
  await page.getByText('One row was taken in. What this changes is being checked.').waitFor()
  await panel.getByText('Every row was read.').waitFor()
})

vigil.story('a file that cannot be brought is refused by itself, in words', async ({ open }) => {
  const page = await open('/sources/bring', { as: ['security-officer'] })
  const text = 'System name,Contains ePHI\nLab portal,yes\n'
  await choose(page, 'Choose files', write({ 'Systems of ours.csv': text, 'systems of ours.csv': text }))
  await page.getByText('The delivery has a file whose name differs only by capital letters.').waitFor()
  await page.getByRole('link', { name: 'Systems of ours.csv' }).waitFor()
  await page.getByRole('button', { name: 'Leave systems of ours.csv out' }).click()
  assert.equal(await page.getByRole('list', { name: 'On their way' }).count(), 0)
})

vigil.story('an auditor reads the sources and is offered nothing to change', async ({ open, look }) => {
  const page = await open('/sources', { as: ['auditor'], size: 'phone' })
  await page.getByRole('heading', { level: 1, name: 'Sources' }).waitFor()
  await page.getByRole('navigation', { name: 'Within Sources' }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'Bring files' }).count(), 0)
  await page.goto('/sources/bring')
  await page.getByText('Files are brought by others').waitFor()
  await page.goto('/sources/directories')
  await page.getByText('No directory is connected').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Connect a directory' }).count(), 0)
  await look(page, 'directories-auditor')
})

if (slapdProgram.skip === false) {
  vigil.story('a directory is connected, tested, read and disconnected', async ({ open, look }) => {
    const entry = `dn: uid=ialvarez,${suffix}\nobjectClass: inetOrgPerson\nuid: ialvarez\ncn: Ines Alvarez\nsn: Alvarez\n`
    await using slapd = await startSlapd({ ldif: entry })
    const page = await open('/sources/directories', { as: ['administrator'] })
    await page.getByRole('button', { name: 'Connect a directory' }).click()
    const panel = page.getByRole('dialog')
    await panel.getByRole('textbox', { name: 'Name' }).waitFor()
    await look(page, 'directory-connect')
    await panel.getByRole('textbox', { name: 'Name' }).fill('Our directory')
    await panel.getByRole('textbox', { name: 'Address' }).fill(slapd.url)
    await panel.getByRole('textbox', { name: 'Signs in as' }).fill(administrator.bindDn)
    await panel.getByLabel('Password').first().fill(administrator.password)
    await panel.getByRole('button', { name: 'Connect', exact: true }).click()
    await panel.getByText('every night at 2:10').waitFor()
    await panel.getByRole('button', { name: 'Test the connection' }).click()
    await panel.getByText(/^It works: .* shows its first/).waitFor()
    await panel.getByRole('button', { name: 'Read it now' }).click()
    await panel.getByText(/Read just now/).waitFor({ timeout: 60_000 })
    await look(page, 'directory')
    await panel.getByRole('button', { name: 'Disconnect it' }).click()
    const question = page.getByRole('dialog', { name: 'Disconnect this directory?' })
    await question.getByRole('button', { name: 'Disconnect it' }).click()
    await page.getByText('No directory is connected').waitFor()
  })
}
