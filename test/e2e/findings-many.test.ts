/** A hundred thousand findings: the list goes on as far as somebody scrolls, without a gap, and holds what is near. */
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { openStories } from '../support/browser.ts'

const vigil = await openStories()
const many = 100_000
const organisationId = vigil.organisationId

/** What of a window is used here; tests are typed without the DOM. */
interface Row {
  readonly at: number
  readonly name: string
  readonly top: number
  readonly bottom: number
}

/**
 * Waits until an expression holds in the page, and gives back what was seen in that same frame: a list that still scrolls
 * is another one in the next. It looks at each frame, for the policy of the page lets nothing be compiled.
 */
async function waitUntil(page: Page, holds: string, seen = 'null'): Promise<unknown> {
  const found = (await page.evaluate(`new Promise((done) => {
    const until = performance.now() + 15_000
    const look = () => {
      if (${holds}) done({ seen: ${seen} })
      else if (performance.now() > until) done(null)
      else requestAnimationFrame(look)
    }
    look()
  })`)) as { seen: unknown } | null
  assert.ok(found, `it never came to ${holds}`)
  return found.seen
}

/** The rows in the window, below the head of the table. */
const inWindow = `[...document.querySelectorAll('.table tbody tr[aria-rowindex]')].filter((row) => {
  const { top, bottom } = row.getBoundingClientRect()
  return bottom > document.querySelector('.table thead').getBoundingClientRect().bottom && top < innerHeight
})`

/**
 * Waits until the window is full of rows, the last of them beyond a given one, and checks that they are those that stand
 * there, without a gap.
 */
async function checkWindow(page: Page, expected: readonly string[], beyond = -1): Promise<readonly Row[]> {
  const rows = (await waitUntil(
    page,
    `((rows) => rows.length >= 8 && rows.every((row) => !('waits' in row.dataset))
      && Number(rows.at(-1).ariaRowIndex) - 2 > ${beyond})(${inWindow})`,
    `${inWindow}.map((row) => {
      const { top, bottom } = row.getBoundingClientRect()
      return { at: Number(row.ariaRowIndex) - 2, name: row.querySelector('.row-link')?.textContent ?? '', top, bottom }
    })`,
  )) as readonly Row[]
  for (const [step, { at, name, top }] of rows.entries()) {
    const above = rows[step - 1]
    if (above) {
      assert.equal(at, above.at + 1, 'a row is missing or stands twice')
      assert.ok(Math.abs(top - above.bottom) < 2, `there is a gap of ${top - above.bottom} pixels`)
    }
    assert.equal(name, expected[at], `row ${at}`)
  }
  return rows
}

vigil.story('a hundred thousand findings scroll far and fast without a gap', async ({ open }) => {
  const member = await vigil.member(['security-officer'])
  const { database } = vigil.installation
  await database.inOrganisation(organisationId, (db) =>
    sql`insert into finding (safeguard_id, subject_kind, subject_id, subject_key, subject_label, severity, detail, due_on, opened_at)
      select (select id from safeguard where name = 'access.accounts-have-owner'), 'account', n, 'a' || n, 'a' || n,
        (array['critical', 'high', 'medium', 'low'])[1 + n % 4]::severity, 'The account a' || n || ' belongs to nobody.',
        current_date + (n % 90)::int, now() - n * interval '1 minute'
      from generate_series(1, ${many}::int) n`.execute(db),
  )
  await database.asOwner((client) => client.query('analyze finding'))
  const { rows: sorted } = await database.inOrganisation(organisationId, (db) =>
    sql<{ detail: string }>`select detail from finding order by severity_rank, due_on, id`.execute(db),
  )
  const expected = sorted.map(({ detail }) => detail)
  const page = await open('/findings', { as: member })
  await page.getByText(/^100,000 are open: 25,000 critical/).waitFor()
  await checkWindow(page, expected)

  // The end of what is there comes nearer each time.
  let last = 0
  for (let press = 0; press < 15; press += 1) {
    const known = `Number(document.querySelector('.more .soft').textContent.replaceAll(/\\D/g, ''))`
    const before = await page.evaluate(known)
    await page.keyboard.press('End')
    await waitUntil(page, `${known} > ${before}`)
    last = (await checkWindow(page, expected)).at(-1)?.at ?? 0
  }
  assert.ok(last > 2_500, `the last row in sight is ${last}`)
  await page.mouse.move(600, 400)
  for (let turn = 0; turn < 20; turn += 1) await page.mouse.wheel(0, 2_400)
  // The wheel goes on.
  await checkWindow(page, expected, last)

  // What was let go comes back, in its place.
  for (const share of [0.5, 0.25, 0.9, 0.01]) {
    await page.evaluate(`window.scrollTo(0, document.documentElement.scrollHeight * ${share})`)
    await checkWindow(page, expected)
  }
  const drawn = await page.locator('.table tbody tr').count()
  assert.ok(drawn < 120, `${drawn} rows are drawn`)
  await page.evaluate('window.scrollTo(0, 0)')
  const top = await checkWindow(page, expected)
  assert.equal(top[0]?.at, 0)
})

vigil.story('of very many, the keys go from row to row, and the last one known is reached', async (story) => {
  const member = await vigil.member(['security-officer'])
  const page = await story.open('/findings', { as: member })
  const table = page.getByRole('table', { name: 'Findings' })
  await table.getByRole('link').first().focus()
  await page.keyboard.press('End')
  await waitUntil(page, 'Number(document.activeElement?.dataset.row) >= 199')
  await page.getByText('The first 400 are shown.').waitFor()
  await page.keyboard.press('j')
  await waitUntil(page, 'Number(document.activeElement?.dataset.row) >= 200')
  await page.keyboard.press('Home')
  await waitUntil(page, 'document.activeElement?.dataset.row === "0"')
  // The button stays, for who does not scroll.
  await page.getByText(/^The first [\d,]+ are shown\.$/).waitFor()
  await page.getByRole('button', { name: 'Show more' }).waitFor()
  await page.evaluate('window.scrollTo(0, 0)')
  await story.look(page, 'findings-many')
})

vigil.story('five hundred are chosen at once, and not one more', async ({ open }) => {
  const member = await vigil.member(['security-officer'], { name: 'Ada Okoye' })
  const page = await open('/findings?severity=low', { as: member })
  const table = page.getByRole('table', { name: 'Findings' })
  await table.getByRole('link').first().waitFor()
  for (const count of [400, 600]) {
    await page.keyboard.press('End')
    await page.getByText(`The first ${count} are shown.`).waitFor()
  }
  await table.getByRole('checkbox', { name: 'Choose the first 500' }).check()
  const bar = page.getByRole('region', { name: 'Chosen findings' })
  await bar.getByText('500 chosen').waitFor()
  await bar.getByRole('button', { name: 'Take over' }).click()
  await page.getByText('500 findings belong to Ada Okoye now.').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('500 findings are back with whose they were.').waitFor()
})
