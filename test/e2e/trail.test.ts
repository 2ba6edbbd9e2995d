/** The access trail: asked for a purpose, its cases read and decided, its sources and its keeping seen. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connectTrail } from '#trail/client.ts'
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
  ...Array.from({ length: 30 }, (_, i) => ({
    record: 'relation',
    kind: 'care-team',
    key: `c/${i}`,
    patient: `P-${5000 + i}`,
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

vigil.story(
  'a privacy officer asks who opened a patient’s record, and takes the proof away',
  async ({ open, look }) => {
    const page = await open('/trail', { as: ['privacy-officer'] })
    await page.getByRole('textbox', { name: 'Patient' }).fill('P-4711')
    await page.getByRole('button', { name: 'Ask' }).click()
    await page.getByText('Say in a few words for what.').waitFor()
    await look(page, 'trail-ask')
    await page.getByRole('textbox', { name: 'In a few words' }).fill('Mr Weaver wrote to us')
    await page.getByRole('button', { name: 'Ask' }).click()
    await page.getByRole('heading', { name: 'Patient P-4711' }).waitFor()
    await page.getByText(/^Complete from/).waitFor()
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
    await page.getByRole('button', { name: 'Ask something else' }).click()
    await page.getByText('A person', { exact: true }).click()
    await page.getByRole('textbox', { name: 'Login' }).fill('dgrant')
    await page.getByRole('textbox', { name: 'In a few words' }).fill('Yearly sample')
    await page.getByRole('button', { name: 'Ask' }).click()
    await page.getByRole('heading', { name: 'Login dgrant' }).waitFor()
    await page.getByRole('button', { name: 'Show the last four weeks' }).click()
    await page.getByText(/by the hour of the day/).waitFor()
    await look(page, 'trail-person')
  },
)

vigil.story('a case is read, spoken about and decided', async ({ open, look }) => {
  const page = await open('/cases', { as: ['privacy-officer'] })
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
  await page.getByRole('button', { name: 'Violation' }).click()
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
