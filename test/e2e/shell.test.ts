/** The frame around the pages: where one is, how one goes elsewhere and back, on paper, and when something fails. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { sql } from '#platform/database.ts'
import { practices } from '#practices/index.ts'
import { endpoints } from '#server/endpoints.ts'
import { openStories } from '../support/browser.ts'
import { requireProgram } from '../support/servers.ts'

const vigil = await openStories({ sample: 'clinic' })
const pdftotext = await requireProgram({ name: 'pdftotext', apt: ['poppler-utils'] })

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name })

vigil.story('a page names the window, takes the focus, and says where one is', async ({ open, look }) => {
  const page = await open('/posture', { as: ['security-officer'] })
  await heading(page, 'Posture').waitFor()
  assert.equal(await page.title(), 'Posture – Vigil')
  const pages = page.getByRole('navigation', { name: 'Pages' })
  await pages.getByRole('link', { name: 'Ledger' }).click()
  // The page that is left may take the focus late: it counts where it stands in the end.
  await page.waitForFunction(() => {
    const { activeElement } = (globalThis as unknown as BrowserWindow).document
    return activeElement?.tagName === 'H1' && activeElement.textContent === 'Ledger'
  })
  assert.equal(await page.title(), 'Ledger – Vigil')
  await pages.getByRole('button', { name: 'Practices' }).click()
  await pages.getByRole('link', { name: 'Continuity' }).click()
  await heading(page, 'Continuity').waitFor()
  const crumbs = page.getByRole('navigation', { name: 'Where you are' })
  assert.match((await crumbs.textContent()) ?? '', /Continuity$/)
  await look(page, 'shell-practice')
  await page.goto('/settings/sessions')
  await heading(page, 'My sessions').waitFor()
  await crumbs.getByRole('link', { name: 'Settings' }).click()
  await page.waitForURL('**/settings/sign-in')
})

vigil.story('the keys lead from page to page, and are letters where somebody types', async ({ open, look }) => {
  const page = await open('/posture', { as: ['security-officer'] })
  await heading(page, 'Posture').waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await look(page, 'shell-keys')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await page.keyboard.press('g')
  await page.keyboard.press('f')
  await heading(page, 'Findings').waitFor()
  const field = page.getByRole('searchbox').or(page.getByRole('textbox')).first()
  await field.focus()
  await page.keyboard.type('gp?/')
  assert.equal(await field.inputValue(), 'gp?/')
  assert.ok(page.url().includes('/findings'))
})

vigil.story('what stood in sight stands there again on the way back', async ({ open }) => {
  const page = await open('/posture', { as: ['security-officer'] })
  await heading(page, 'Posture').waitFor()
  await page.getByRole('heading', { name: 'Make it known' }).waitFor()
  await page.evaluate(() => (globalThis as unknown as BrowserWindow).scrollTo(0, 500))
  await page.waitForFunction(() => (globalThis as unknown as BrowserWindow).scrollY > 400)
  const stood = await page.evaluate(() => (globalThis as unknown as BrowserWindow).scrollY)
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Ledger' }).click()
  await heading(page, 'Ledger').waitFor()
  await page.waitForFunction(() => (globalThis as unknown as BrowserWindow).scrollY === 0)
  await page.goBack()
  await heading(page, 'Posture').waitFor()
  await page.waitForFunction(
    (wanted) => Math.abs((globalThis as unknown as BrowserWindow).scrollY - wanted) < 40,
    stood,
  )
})

vigil.story('what a page is made of is there before it is opened', async ({ open }) => {
  const page = await open('/posture', { as: ['security-officer'] })
  await heading(page, 'Posture').waitFor()
  const pages = page.getByRole('navigation', { name: 'Pages' })
  for (const word of ['Ledger', 'Requirements', 'Evidence']) {
    const link = pages.getByRole('link', { name: word })
    await link.hover()
    await page.waitForLoadState('networkidle')
    const fetched: string[] = []
    page.on('request', (request) => fetched.push(new URL(request.url()).pathname))
    await link.click()
    await heading(page, word).waitFor()
    assert.deepEqual(
      fetched.filter((path) => path.startsWith('/assets/')),
      [],
    )
  }
})

vigil.story('a member of staff sees their tasks alone, on a telephone without a bar', async ({ open, look }) => {
  const page = await open('/', { as: ['staff'] })
  await page.getByRole('heading', { level: 1 }).waitFor()
  const pages = page.getByRole('navigation', { name: 'Pages' })
  assert.equal(await pages.getByRole('link').count(), 1)
  await look(page, 'shell-staff')
  const phone = await open('/', { as: ['staff'], size: 'phone' })
  await phone.getByRole('heading', { level: 1 }).waitFor()
  assert.equal(await phone.getByRole('navigation', { name: 'Pages' }).filter({ visible: true }).count(), 0)
})

vigil.story('on a telephone the bar holds the daily pages and the rest is one touch away', async ({ open, look }) => {
  const page = await open('/posture', { as: ['security-officer'], size: 'phone' })
  const bar = page.getByRole('navigation', { name: 'Pages' }).filter({ visible: true })
  await bar.getByRole('link', { name: 'More' }).click()
  await heading(page, 'More').waitFor()
  await look(page, 'shell-more')
  await page.getByRole('link', { name: 'Posture' }).click()
  await heading(page, 'Posture').waitFor()
})

vigil.story('without a connection it is said so, and again when it is back', async ({ open, look }) => {
  const page = await open('/posture', { as: ['security-officer'] })
  await heading(page, 'Posture').waitFor()
  // As the browser tells the page; to cut it off would make it complain itself.
  await page.evaluate(() => (globalThis as unknown as BrowserWindow).dispatchEvent(new Event('offline')))
  const note = page.getByText('There is no connection. What you see is from before; changes wait until it is back.')
  await note.waitFor()
  await page.evaluate(() => (globalThis as unknown as BrowserWindow).dispatchEvent(new Event('online')))
  await note.waitFor({ state: 'hidden' })
  await look(page, 'shell-posture')
})

vigil.story('every text of a page is in the catalogue', async ({ open }) => {
  const path = join(import.meta.dirname, '../../src/web/public/languages/en.json')
  const catalogue = new Set(Object.keys(JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, string>>))
  // What the server says is as it says it, also where the navigation has the same word.
  const saidByServer: ReadonlySet<string> = new Set([
    ...practices.map(({ title }) => title),
    ...endpoints.flatMap(({ endpoint: { name, summary } }) => [name.split('.')[0] ?? '', summary]),
  ])
  const page = await open('/posture', { as: ['security-officer'] })
  await page.evaluate(() => (globalThis as unknown as BrowserWindow).localStorage.setItem('vigil-language', 'en-XA'))
  for (const address of ['/posture', '/ledger', '/evidence', '/settings/api', '/more', '/nowhere']) {
    await page.goto(address)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('networkidle')
    // Texts between tags, and those that are said by attributes.
    const seen = await page.evaluate(() => {
      const { document } = globalThis as unknown as BrowserWindow
      const texts: string[] = []
      const walker = document.createTreeWalker(document.body, 4)
      while (walker.nextNode()) texts.push(walker.currentNode.textContent)
      for (const element of document.querySelectorAll('[aria-label], [placeholder], [title]')) {
        for (const name of ['aria-label', 'placeholder', 'title']) texts.push(element.getAttribute(name) ?? '')
      }
      return texts.map((text) => text.trim())
    })
    assert.ok(
      seen.some((text) => /[áéíöü]/.test(text)),
      `${address} is in no other language`,
    )
    const left = seen.filter((text) => catalogue.has(text) && !saidByServer.has(text) && /[aceinosuyAEIOSU]/.test(text))
    assert.deepEqual([...new Set(left)], [], `${address} says texts of the catalogue in English`)
  }
})

vigil.story('an address that leads nowhere says so within the frame, with a way on', async ({ open, look }) => {
  const page = await open('/nowhere/at/all', { as: ['security-officer'] })
  await heading(page, 'There is no such page').waitFor()
  await look(page, 'shell-missing')
  await page.getByRole('link', { name: 'Go to the start' }).click()
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').first().waitFor()
  await page.waitForURL((url) => url.pathname !== '/nowhere/at/all')
})

vigil.story('a page whose parts are gone says that Vigil is newer, and the frame stays', async ({ open, look }) => {
  const first = await open('/posture', { as: ['security-officer'] })
  await heading(first, 'Posture').waitFor()
  // A browser of its own, in which an error may be heard.
  const context = await first
    .context()
    .browser()
    ?.newContext({
      baseURL: vigil.origin,
      storageState: await first.context().storageState(),
      reducedMotion: 'reduce',
    })
  assert.ok(context)
  const page = await context.newPage()
  await page.goto('/posture')
  await heading(page, 'Posture').waitFor()
  await page.waitForLoadState('networkidle')
  // The page alone; what it shares with others has longer names.
  await page.route(/\/assets\/evidence-[\w-]{8}\.js$/, (route) => route.fulfill({ status: 404, body: '' }))
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Evidence' }).click()
  await heading(page, 'Vigil has been brought up to date').waitFor()
  await look(page, 'shell-newer')
  await page.getByRole('button', { name: 'Load it again' }).waitFor()
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Tasks' }).click()
  await heading(page, 'Tasks').waitFor()
  await context.close()
})

vigil.story('a page is printed whole, without what only a screen needs', async ({ open }) => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-print-'))
  try {
    const page = await open('/posture', { as: ['security-officer'], scheme: 'dark' })
    await heading(page, 'Posture').waitFor()
    await page.getByText('Patching').filter({ visible: true }).first().waitFor()
    const posture = await print(page, join(folder, 'posture.pdf'))
    assert.match(posture, /Lakeview Family Clinic/)
    assert.match(posture, /Posture, printed from Vigil on \d+ \w+ \d{4}, \d\d:\d\d/)
    for (const practice of ['Assessments', 'Patching', 'Technologies']) assert.ok(posture.includes(practice), practice)
    assert.match(posture, /\b(failed|unknown|proved|attested)\b/)
    for (const word of ['Search', 'Ctrl', 'http', 'Skip to']) assert.ok(!posture.includes(word), word)

    await page.goto('/practices/access')
    await heading(page, 'Access').waitFor()
    await page.getByRole('table').or(page.getByRole('list')).first().waitFor()
    await page.waitForLoadState('networkidle')
    const access = await print(page, join(folder, 'access.pdf'))
    assert.match(access, /Access, printed from Vigil on/)
    assert.ok(!access.includes('Ledger'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

vigil.story('of a long list all that was loaded is printed, and that there is more', async ({ open }) => {
  const { installation, organisationId } = vigil
  await installation.database.inOrganisation(organisationId, (db) =>
    sql`insert into finding (safeguard_id, subject_kind, subject_id, subject_key, subject_label, severity, detail, due_on, opened_at)
      select (select id from safeguard where name = 'access.accounts-have-owner'), 'account', n, 'long' || n, 'long' || n,
        'critical', 'The account long' || n || ' belongs to nobody.', '2020-01-01', now()
      from generate_series(900001, 900450) n`.execute(db),
  )
  const page = await open('/findings', { as: ['security-officer'] })
  const rows = page.getByRole('table').locator('tr[aria-rowindex]')
  await rows.first().waitFor()
  const drawn = await rows.count()
  assert.ok(drawn < 150, `${drawn} rows are drawn`)
  await page.emulateMedia({ media: 'print' })
  await rows.nth(199).waitFor()
  await page.getByText(/^These are the \d+ rows that were loaded\. The list goes on\.$/).waitFor()
  await page.emulateMedia({ media: 'screen' })
  await page.waitForFunction(
    () => [...(globalThis as unknown as BrowserWindow).document.querySelectorAll('tr[aria-rowindex]')].length < 150,
  )
  // What the browser itself says when it prints.
  await page.evaluate(() => (globalThis as unknown as BrowserWindow).dispatchEvent(new Event('beforeprint')))
  await rows.nth(199).waitFor()
  await page.evaluate(() => (globalThis as unknown as BrowserWindow).dispatchEvent(new Event('afterprint')))
  await rows.nth(199).waitFor({ state: 'detached' })
})

/** The little of a window that is used here; tests are typed without the DOM. */
interface BrowserWindow {
  readonly scrollY: number
  scrollTo(x: number, y: number): void
  dispatchEvent(event: Event): void
  readonly localStorage: { setItem(name: string, value: string): void }
  readonly document: {
    readonly body: unknown
    readonly activeElement: { readonly tagName: string; readonly textContent: string } | null
    createTreeWalker(
      root: unknown,
      shown: number,
    ): { nextNode(): unknown; readonly currentNode: { readonly textContent: string } }
    querySelectorAll(selector: string): Iterable<{ getAttribute(name: string): string | null }>
  }
}

async function print(page: Page, path: string): Promise<string> {
  writeFileSync(path, await page.pdf({ format: 'A4', preferCSSPageSize: true }))
  const kept = process.env['VIGIL_PICTURES']
  if (kept) writeFileSync(join(kept, path.split('/').at(-1) ?? ''), await page.pdf({ format: 'A4' }))
  if (pdftotext.skip !== false) return ''
  const { stdout } = await promisify(execFile)(pdftotext.path, ['-layout', path, '-'])
  return stdout
}
