/** What leaves Vigil by itself: messages to programs, a calendar; and for how long things stay. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ settings: { VIGIL_ALLOW_LOOPBACK_SOURCES: 'true' } })

const told: string[] = []
const program = createServer((request, response) => {
  told.push(String(request.headers['webhook-id']))
  request.resume().on('end', () => response.writeHead(204).end())
}).listen(0, '127.0.0.1')
await once(program, 'listening')
after(() => program.close())
const address = `http://127.0.0.1:${(program.address() as AddressInfo).port}/vigil`

vigil.story('an administrator has a program told, sees it arrive, and ends it', async (story) => {
  const page = await story.open('/settings/webhooks', { as: ['administrator'] })
  await page.getByRole('heading', { name: 'No program is told' }).waitFor()
  await story.look(page, 'webhooks-none')
  await page.getByRole('button', { name: 'Add a webhook' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Service desk')
  await page.getByRole('textbox', { name: 'Address' }).fill('http://desk.example/vigil')
  await page.getByRole('button', { name: 'Add it' }).click()
  await page.getByText('The address does not begin with https.').waitFor()
  await page.getByRole('textbox', { name: 'Address' }).fill(address)
  await page.getByRole('button', { name: 'Add it' }).click()
  await page.getByRole('textbox', { name: 'Secret' }).waitFor()
  assert.match(await page.getByRole('textbox', { name: 'Secret' }).inputValue(), /^whsec_/)
  await page.getByRole('button', { name: 'I have kept it' }).click()
  await page.getByRole('link', { name: 'Service desk' }).click()
  await page.getByRole('button', { name: 'Send a message to try' }).click()
  await page.getByText(/It answered 204 within/).waitFor()
  assert.equal(
    told.some((id) => /_try_/.test(id)),
    true,
  )
  await story.look(page, 'webhooks-panel')
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('button', { name: 'Resume from now on' }).waitFor()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByRole('button', { name: 'Remove it' }).click()
  await page.getByRole('heading', { name: 'No program is told' }).waitFor()
})

vigil.story('a nurse’s calendar reads what is due', async (story) => {
  const page = await story.open('/settings/calendar', { as: ['staff'], size: 'phone' })
  await page.getByRole('button', { name: 'Make an address' }).click()
  const url = await page.getByRole('textbox', { name: 'Address of your calendar' }).inputValue()
  await story.look(page, 'calendar')
  const read = await fetch(url)
  assert.match(await read.text(), /^BEGIN:VCALENDAR/)
  await page.reload()
  await page.getByRole('button', { name: 'End it' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click()
  await page.getByRole('button', { name: 'Make an address' }).waitFor()
  assert.equal((await fetch(url)).status, 404)
})

vigil.story('an administrator says for how long jobs are shown; an auditor reads it', async (story) => {
  const page = await story.open('/settings/retention', { as: ['administrator'] })
  await page.getByRole('button', { name: 'Change: Jobs' }).click()
  await page.getByRole('textbox', { name: 'Days: Jobs' }).fill('2')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('This is kept for at least 7 days.').waitFor()
  await page.getByRole('textbox', { name: 'Days: Jobs' }).fill('365')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('365 days').waitFor()
  await story.look(page, 'retention')
  const read = await story.open('/settings/retention', { as: ['auditor'] })
  await read.getByText('365 days').waitFor()
  assert.equal(await read.getByRole('button', { name: /^Change: / }).count(), 0)
})
