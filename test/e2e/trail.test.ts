/** The access trail: asked for a purpose, its cases read and decided, its sources and its keeping seen. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { connectTrail } from '#trail/client.ts'
import { openTrail } from '#trail/engine.ts'
import { verifyProof } from '#trail/proof/verify.ts'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ sample: 'clinic' })
const { dataDirectory, organisationId } = vigil.installation
const trail = connectTrail(dataDirectory, organisationId)

const dayMs = 86_400_000
const startedAt = Date.now()
const dayAgo = (days: number) => new Date(startedAt - days * dayMs).toISOString().slice(0, 10)

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/** A nurse looks, again and again, at the record of somebody of her own house; a doctor at that of a patient of hers. */
const rows = [
  'ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME,WORKSTATION_ID,DEPARTMENT',
  ...[9, 8, 6, 5, 3].map((days) => `${dayAgo(days)} 21:1${days}:00,nweaver,P-4711,Chart Review,WS-7,Surgery`),
  ...[12, 11, 10].map((days) => `${dayAgo(days)} 10:00:00,dgrant,P-4711,Results Review,WS-2,Internal Medicine`),
  ...Array.from(
    { length: 40 },
    (_, i) => `${dayAgo(2 + (i % 20))} 11:00:00,dgrant,P-${5000 + (i % 30)},Chart Review,WS-2,Internal Medicine`,
  ),
  ...Array.from({ length: 3000 }, (_, i) => {
    const minute = String(Math.floor(i / 20) % 60).padStart(2, '0')
    return `${dayAgo(2 + (i % 20))} 1${4 + (i % 2)}:${minute}:00,dgrant,P-6000,Note ${i},WS-2,Internal Medicine`
  }),
  '',
].join('\n')
const worker = {
  person: '',
  manager: '',
  hiredOn: '2020-01-01',
  leftOn: null,
  bornOn: null,
  phone: '',
  patient: '',
  isShared: false,
}
const known = [
  {
    ...worker,
    record: 'worker',
    login: 'nweaver',
    name: 'Nora Weaver',
    department: 'Surgery',
    role: 'Nurse',
    street: '12 Mill Lane',
    place: '60614',
  },
  {
    ...worker,
    record: 'worker',
    login: 'dgrant',
    name: 'Dora Grant',
    department: 'Internal Medicine',
    role: 'Physician',
    street: '3 Oak Street',
    place: '60615',
  },
  {
    record: 'patient',
    patient: 'P-4711',
    name: 'Carl Weaver',
    bornOn: '1958-03-04',
    diedOn: null,
    street: '12 Mill Lane',
    place: '60614',
    phone: '',
    isWatched: false,
  },
  {
    record: 'relation',
    kind: 'appointment',
    key: 'a/1',
    patient: 'P-4711',
    user: 'dgrant',
    department: 'Internal Medicine',
    from: dayAgo(11),
    to: dayAgo(11),
    isVoid: false,
  },
  ...Array.from({ length: 31 }, (_, i) => ({
    record: 'relation',
    kind: 'care-team',
    key: `c/${i}`,
    patient: i === 30 ? 'P-6000' : `P-${5000 + i}`,
    user: 'dgrant',
    department: '',
    from: dayAgo(60),
    to: null,
    isVoid: false,
  })),
]
await trail.import(bytesOf(known.map((one) => JSON.stringify(one)).join('\n')), {
  source: 'Lists',
  format: 'relations',
})
await trail.import(bytesOf(rows), { source: 'Record system' })
await trail.judge()

async function choosePurpose(page: Page, purpose: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Purpose' }).click()
  await page.getByRole('option', { name: purpose }).click()
}

vigil.story(
  'a privacy officer asks who opened a patient’s record, and takes the proof away',
  async ({ open, look }) => {
    const page = await open('/trail', { as: ['privacy-officer'] })
    await page.getByRole('textbox', { name: 'Patient' }).fill('P-4711')
    await page.getByRole('button', { name: 'Ask' }).click()
    await page.getByText('Choose for what purpose.').waitFor()
    await page.getByText('Say in a few words for what.').waitFor()
    await look(page, 'trail-ask')
    await choosePurpose(page, 'A patient asks')
    await page.getByRole('textbox', { name: 'In a few words' }).fill('Mr Weaver wrote to us')
    await page.getByRole('button', { name: 'Ask' }).click()
    await page.getByRole('heading', { name: 'Patient P-4711' }).waitFor()
    await page.getByText(/^The whole trail has answered/).waitFor()
    assert.ok(!page.url().includes('4711'), 'the patient stands in the address')
    await page.getByText('Nora Weaver').first().waitFor()
    await page
      .getByText(/Appointment with this person on/)
      .first()
      .waitFor()
    await page.getByText('No reason is known').first().waitFor()
    await look(page, 'trail-answer')
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download the proof' }).click(),
    ])
    const checked = verifyProof(JSON.parse(readFileSync(await file.path(), 'utf8')), (await trail.state()).key)
    assert.deepEqual([checked.isValid, checked.isValid && checked.accesses], [true, 8])
    const [pdf] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Accounting (PDF)' }).click(),
    ])
    assert.equal(
      readFileSync(await pdf.path())
        .subarray(0, 5)
        .toString(),
      '%PDF-',
    )
    // By keyboard: those that nothing explains, then one of them, and back to where one was.
    await page.getByRole('radio', { name: 'All 8' }).focus()
    await page.keyboard.press('ArrowRight')
    const list = page.getByRole('table', { name: 'Accesses' })
    await page.getByText(/Appointment with this person on/).waitFor({ state: 'detached' })
    await list.getByRole('link').nth(4).waitFor()
    assert.equal(await list.getByRole('link').count(), 5)
    await page.keyboard.press('Tab')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('Record system', { exact: true }).waitFor()
    await look(page, 'trail-access')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page
      .getByRole('table', { name: 'People who opened the record' })
      .getByRole('link', { name: /Dora Grant/ })
      .click()
    await page.getByText('For every one of them a reason is known.').waitFor()
    await page.getByRole('button', { name: 'By everybody again' }).click()
    await page.getByRole('heading', { name: 'Every access', exact: true }).waitFor()
    assert.ok(!page.url().includes('4711'), 'the patient stands in the address')
    await page.getByRole('button', { name: 'Ask something else' }).click()
    await page.getByText('A person', { exact: true }).click()
    await page.getByRole('textbox', { name: 'Login' }).fill('dgrant')
    await choosePurpose(page, 'An audit')
    await page.getByRole('textbox', { name: 'In a few words' }).fill('Yearly sample')
    await page.getByRole('button', { name: 'Ask' }).click()
    await page.getByRole('heading', { name: 'Login dgrant' }).waitFor()
    await page.getByRole('button', { name: 'Show the last four weeks' }).click()
    await page.getByText(/by the hour of the day/).waitFor()
    await look(page, 'trail-person')
  },
)

vigil.story(
  'of a long answer the first accesses stand at once, and any other where one scrolls to',
  async ({ open }) => {
    const page = await open('/trail', { as: ['auditor'] })
    await page.getByRole('textbox', { name: 'Patient' }).fill('P-6000')
    await choosePurpose(page, 'An audit')
    await page.getByRole('textbox', { name: 'In a few words' }).fill('Yearly sample')
    await page.getByRole('button', { name: 'Ask' }).click()
    const list = page.getByRole('table', { name: 'Accesses' })
    await list.getByText('Note 2380').waitFor()
    assert.equal(await list.getAttribute('aria-rowcount'), '3001')
    await page.keyboard.press('End')
    await list.locator('[aria-rowindex="3001"]').getByRole('link').waitFor()
    assert.ok((await list.getByRole('row').count()) < 100, 'rows out of sight are drawn')
    await page.goBack()
    await page.getByRole('textbox', { name: 'Patient' }).waitFor()
    assert.equal(await page.getByRole('textbox', { name: 'Patient' }).inputValue(), '')
  },
)

vigil.story('a new organisation is led to bring its first access log', async ({ open, look }) => {
  const organisationId = await vigil.newOrganisation('Harbor Family Practice')
  const officer = await vigil.member(['privacy-officer', 'administrator'], { organisationId })
  const page = await open('/trail', { as: officer })
  await page.getByRole('textbox', { name: 'Patient' }).fill('P-4711')
  await choosePurpose(page, 'A complaint')
  await page.getByRole('textbox', { name: 'In a few words' }).fill('A telephone call')
  await page.getByRole('button', { name: 'Ask' }).click()
  await page.getByRole('heading', { name: 'Nothing tells of accesses yet' }).waitFor()
  await look(page, 'trail-nothing')
  await page.goto('/trail/keeping')
  await page.getByRole('heading', { name: 'Nothing has come in yet' }).waitFor()
  await page.getByRole('link', { name: 'Bring an access log' }).click()
  await page.getByRole('heading', { name: 'Bring an access log' }).waitFor()
  await page.goto('/cases')
  await page.getByRole('heading', { name: 'No case waits' }).waitFor()
})

vigil.story('a month past its time is destroyed by two officers, and every answer says so', async ({ open, look }) => {
  const ward = await vigil.newOrganisation('Elm Street Clinic')
  for (const now of [new Date('2015-01-20T12:00:00Z'), new Date()]) {
    const old = await openTrail({
      directory: join(dataDirectory, 'trail', String(ward)),
      keys: vigil.installation.keys,
      organisationId: ward,
      zone: 'America/Chicago',
      clock: () => now,
    })
    const day = now.toISOString().slice(0, 10)
    await old.import(bytesOf(`${rows.slice(0, rows.indexOf('\n'))}\n${day} 08:00:00,ahansen,P-1,Chart,WS-1,ICU\n`), {
      source: 'Record system',
    })
    await old.close()
  }
  const asker = await vigil.member(['security-officer'], { organisationId: ward, name: 'Ines Roth' })
  const page = await open('/trail/keeping', { as: asker })
  await page.getByRole('link', { name: 'January 2015' }).click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('textbox', { name: 'Why' }).fill('Its six years are over.')
  await panel.getByRole('button', { name: 'Ask for it' }).click()
  await page.getByText('You ask that January 2015 be destroyed: Its six years are over.').waitFor()
  await page.getByRole('button', { name: 'Take it back' }).click()
  await page.getByRole('textbox', { name: 'Why' }).waitFor()
  await look(page, 'trail-month-asked')
  await page.getByRole('button', { name: 'Cancel' }).click()

  const reader = await vigil.member(['auditor'], { organisationId: ward })
  const read = await open('/trail/keeping', { as: reader })
  await read.getByText('Ines Roth asks that January 2015 be destroyed').waitFor()
  assert.equal(await read.getByRole('button', { name: /Take it back|Refuse|Destroy/ }).count(), 0)

  const officer = await vigil.member(['privacy-officer'], { organisationId: ward })
  const other = await open('/trail/keeping', { as: officer })
  await other.getByRole('button', { name: 'Refuse' }).waitFor()
  await look(other, 'trail-month-to-confirm')
  await other.getByRole('button', { name: 'Destroy January 2015' }).click()
  await other.getByRole('button', { name: 'Destroy it' }).click()
  await other.getByText('Destroyed: nobody can read it again').waitFor()
  await other.goto('/trail')
  await other.getByRole('textbox', { name: 'Patient' }).fill('P-1')
  await choosePurpose(other, 'An audit')
  await other.getByRole('textbox', { name: 'In a few words' }).fill('The yearly look')
  await other.getByRole('button', { name: 'Ask' }).click()
  await other.getByText('What came in during January 2015 was destroyed when its time was over').waitFor()
  await other.getByText('Complete for what is kept').waitFor()
  await look(other, 'trail-answer-destroyed')
})

vigil.story('who a case is about finds no decision there, and a colleague takes it over', async ({ open, look }) => {
  const nora = await vigil.member(['privacy-officer', 'administrator'], { name: 'Nora Weaver' })
  const toCase = async (page: Page) => {
    await page
      .getByRole('link', { name: /Nora Weaver/ })
      .first()
      .click()
    await page.getByRole('heading', { name: /Family: Nora Weaver/ }).waitFor()
  }
  const own = await open('/cases', { as: nora })
  await toCase(own)
  await own.getByText('This case is about your own accesses').waitFor()
  assert.equal(await own.getByRole('button', { name: 'Decide' }).count(), 0)
  await look(own, 'case-own')
  const page = await open('/cases', { as: await vigil.member(['privacy-officer'], { name: 'Vera Lund' }) })
  await toCase(page)
  const owner = page.getByRole('combobox', { name: 'Owner' })
  await owner.click()
  await page.getByRole('option', { name: 'Nora Weaver' }).click()
  await page.getByText('A case is not given to the person it is about.').waitFor()
  await owner.click()
  await page.getByRole('option', { name: 'Vera Lund (me)' }).click()
  await page.getByText('Taken over by Vera Lund').waitFor()
  await owner.click()
  await page.getByRole('option', { name: 'Vera Lund (me)' }).click()
  await page.getByText('Given back to nobody by Vera Lund').waitFor()
  await look(page, 'case-given')
})

vigil.story('a case is read, spoken about and decided', async ({ open, look }) => {
  const page = await open('/today', { as: ['privacy-officer'] })
  await page.getByRole('link', { name: 'Look at it: One case of the access trail waits for a decision.' }).click()
  await page.getByRole('heading', { level: 1, name: 'Cases' }).waitFor()
  const link = page.getByRole('link', { name: /Nora Weaver/ })
  await link.first().waitFor()
  await look(page, 'cases')
  await link.first().click()
  await page.getByRole('heading', { name: /Family: Nora Weaver/ }).waitFor()
  await page.getByRole('heading', { name: 'Looked for, and not found' }).waitFor()
  await page.getByRole('button', { name: 'Read them' }).click()
  await page
    .getByText(/Carl Weaver/)
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Show four weeks' }).click()
  await page.getByText(/by the hour of the day/).waitFor()
  await look(page, 'case')
  await page.getByRole('button', { name: 'Decide' }).click()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'It was a violation' }).click()
  await page.getByText('Say why, so that it can be followed later.').waitFor()
  await page.getByRole('textbox', { name: 'Why' }).fill('She said herself that she was curious.')
  await page.getByRole('button', { name: 'It was a violation' }).click()
  await page.getByText('Violation: She said herself that she was curious.').waitFor()
  await look(page, 'case-decided')
  await page.goto('/cases')
  await page.getByText('No case waits.').first().waitFor()
  await page.goto('/cases/rules')
  await page.getByRole('link', { name: 'Family and household' }).click()
  await page.getByRole('dialog').getByText('Violations').waitFor()
  await look(page, 'case-rules')
})

vigil.story('a privacy officer changes what a rule goes by, and an auditor sees who did', async ({ open, look }) => {
  const officer = await vigil.member(['privacy-officer'], { name: 'Petra Lind' })
  const page = await open('/cases/rules?rule=bulk', { as: officer })
  const panel = page.getByRole('dialog')
  await panel.getByRole('button', { name: 'Change the figures' }).click()
  const records = panel.getByRole('textbox', { name: 'At least so many unexplained records on one day.' })
  await records.fill('4')
  await panel.getByRole('button', { name: 'Save' }).click()
  await panel.getByText('Give a number from 5 to 10,000.').waitFor()
  await look(page, 'case-rule-form')
  await records.fill('40')
  await panel.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The figures are changed. Cases are worked out anew.').waitFor()
  await panel.getByText(/usually 25; changed by Petra Lind/).waitFor()
  await look(page, 'case-rule-changed')

  const reader = await vigil.member(['auditor'])
  const read = await open('/cases/rules?rule=bulk', { as: reader })
  await read.getByText(/usually 25; changed by Petra Lind/).waitFor()
  assert.equal(await read.getByRole('button', { name: /^Change the|^Back to the/ }).count(), 0)

  await panel.getByRole('button', { name: 'Back to the usual values' }).click()
  await page.getByText('The usual values hold again. Cases are worked out anew.').waitFor()
  await panel.getByText(/usually 25/).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await panel.getByText(/usually 25; changed by Petra Lind/).waitFor()
})

vigil.story('an administrator sees whether the trail is whole, and not who is in it', async ({ open, look }) => {
  const page = await open('/trail', { as: ['administrator'] })
  await page.getByText('Who opened whose record is for the privacy officer to ask').waitFor()
  await look(page, 'trail-not-mine')
  await page.getByRole('link', { name: 'See whether the sources are well' }).click()
  await page.getByRole('heading', { name: 'Sources of the trail' }).waitFor()
  await page.getByRole('link', { name: 'Record system' }).waitFor()
  await look(page, 'trail-sources')
  await page.getByRole('link', { name: 'Record system' }).click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('textbox', { name: 'Who sees to it' }).fill('IT')
  await panel.getByRole('button', { name: 'Keep' }).click()
  await page.getByText('Kept.').waitFor()
  await look(page, 'trail-source')
  await page.goto('/trail/keeping')
  await page.getByText(/to \d+ patients/).waitFor()
  await page.getByRole('button', { name: 'Verify all of it now' }).click()
  await page.getByText('Intact').waitFor({ timeout: 60_000 })
  await look(page, 'trail-keeping')
  await page.goto('/trail/bring')
  await page.getByRole('heading', { name: 'Bring an access log' }).waitFor()
  await page.locator('input[type=file]').setInputFiles({
    name: 'more.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME\n${dayAgo(1)} 12:00:00,dgrant,P-5001,Chart Review\n`),
  })
  await page.getByRole('textbox', { name: 'From' }).fill('Record system')
  await page.getByRole('button', { name: 'Bring it' }).click()
  await page.getByText('more.csv: 1 taken in, 0 came twice, 0 rejected.').waitFor({ timeout: 30_000 })
  await look(page, 'trail-bring')
})
