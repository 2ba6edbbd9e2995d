/**
 * The web app as a browser has it, on the hospital sample: the marks that Lighthouse gives, when a page can be used, how
 * long it takes from page to page, and how much script the start needs. The browser reaches this machine alone.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type BrowserContext, chromium } from 'playwright-core'
import { dayOf } from '#platform/days.ts'
import { writeSample } from '#sample/index.ts'
import { findProgram } from '../test/support/servers.ts'
import { type Bench, type Figure, medianOf, repeated, runNode } from './measure.ts'
import { makeSession, startServer } from './server-under-test.ts'

const root = join(import.meta.dirname, '..')
const port = 9_333
const pages = { Today: '/today', Posture: '/posture', Findings: '/findings' } as const
const marks = {
  performance: 'performance',
  accessibility: 'accessibility',
  'best-practices': 'best practices',
} as const

/** The little of Lighthouse that is used here: its own types would lend the whole program those of a browser. */
interface Lighthouse {
  default(url: string, flags: object, config: unknown): Promise<{ readonly lhr: Result } | undefined>
  readonly desktopConfig: unknown
}
interface Result {
  readonly runtimeError?: { readonly message: string }
  readonly finalDisplayedUrl: string
  readonly categories: Readonly<Record<string, { readonly score: number | null }>>
  readonly audits: Readonly<Record<string, Audit>>
}
interface Audit {
  readonly id: string
  readonly title: string
  readonly score: number | null
  readonly scoreDisplayMode: string
  readonly numericValue?: number
}
const lighthouseName: string = 'lighthouse'

export const web: Bench = {
  title: 'the web app on a hospital of 1,200 people, in Chromium on a desktop',
  async measure(folder, runs) {
    const executablePath = (await findProgram('chromium')) ?? (await findProgram('chromium-browser'))
    if (executablePath === undefined) throw new Error('chromium is not installed here: apt-get install chromium')
    await runNode([join(root, 'tools/build-web.ts')], {})
    const exports = join(folder, 'exports')
    const directory = join(folder, 'hospital')
    mkdirSync(directory, { recursive: true })
    await writeSample({ size: 'hospital', seed: 1, directory: exports, asOf: dayOf(new Date()) })
    await runNode([join(root, 'bin/vigil.js'), 'import', exports, '--json'], { VIGIL_DATA: directory })
    const session = await makeSession(directory, 'security-officer')
    const vigil = await startServer(directory)
    const context = await chromium.launchPersistentContext(join(folder, 'browser'), {
      executablePath,
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        // Nothing is asked of anybody else, whatever a page or the browser itself would like to know.
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
        `--remote-debugging-port=${port}`,
      ],
    })
    try {
      await context.addCookies([{ name: 'vigil', value: session, url: vigil.url, httpOnly: true, sameSite: 'Strict' }])
      const figures: Figure[] = [{ what: 'script to start', value: startKilobytes(), unit: 'kB', goal: 250 }]
      for (const [name, path] of Object.entries(pages)) {
        figures.push(...(await measurePage(name, `${vigil.url}${path}`, runs)))
      }
      return [...figures, ...(await measureChanges(context, vigil.url))]
    } finally {
      await context.close()
      await vigil.stop()
    }
  },
}

/** What the page itself names, as it goes over the wire. */
function startKilobytes(): number {
  const built = join(root, 'dist/web')
  const page = readFileSync(join(built, 'index.html'), 'utf8')
  const names = [...page.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map(([, name = '']) => name)
  return names.reduce((sum, name) => sum + gzipSync(readFileSync(join(built, name))).length, 0) / 1_000
}

async function measurePage(name: string, url: string, runs: number): Promise<readonly Figure[]> {
  const { default: lighthouse, desktopConfig } = (await import(lighthouseName)) as Lighthouse
  const flags = {
    port,
    logLevel: 'error',
    onlyCategories: Object.keys(marks),
    // The session stands in the browser's cookies; Lighthouse would take them away first.
    disableStorageReset: true,
    // The machine as it is, on a line as it is.
    throttlingMethod: 'provided',
  }
  const rounds = await repeated(runs, async () => {
    const result = (await lighthouse(url, flags, desktopConfig))?.lhr
    if (!result || result.runtimeError) throw new Error(`Lighthouse: ${result?.runtimeError?.message ?? 'no result'}`)
    if (!new URL(result.finalDisplayedUrl).pathname.startsWith(new URL(url).pathname)) {
      throw new Error(`${url} led to ${result.finalDisplayedUrl}`)
    }
    for (const { id, score, scoreDisplayMode, title } of Object.values(result.audits)) {
      if (score !== null && score < 0.9 && scoreDisplayMode === 'binary') {
        process.stderr.write(`${name}: ${id}: ${title}\n`)
      }
    }
    return result
  })
  const median = (pick: (round: (typeof rounds)[number]) => number) => medianOf(rounds.map(pick))
  return [
    ...Object.entries(marks).map(
      ([id, word]): Figure => ({
        what: `${name}, ${word}`,
        value: median(({ categories }) => Math.round((categories[id]?.score ?? 0) * 100)),
        unit: 'points',
        goal: 95,
      }),
    ),
    {
      what: `${name}, can be used`,
      value: median(({ audits }) => audits['interactive']?.numericValue ?? Number.NaN),
      unit: 'ms',
      goal: 1_500,
    },
  ]
}

/** From page to page by the navigation, as a pointer does it: it lies on a link before it presses. */
async function measureChanges(context: BrowserContext, url: string): Promise<readonly Figure[]> {
  const page = await context.newPage()
  await page.goto(`${url}/today`)
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor()
  await page.waitForLoadState('networkidle')
  const took: number[] = []
  for (const word of ['Posture', 'Findings', 'People', 'Requirements', 'Ledger', 'Evidence', 'Today', 'Tasks']) {
    const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: word })
    await link.hover()
    await page.waitForLoadState('networkidle')
    // From the press that the browser saw to the picture with the new heading; what drives the browser takes time of its own.
    await page.evaluate(watchChange, word)
    await link.click()
    took.push(await page.evaluate(() => (globalThis as unknown as Watching).changed))
  }
  return [
    { what: 'from page to page', value: medianOf(took), unit: 'ms', goal: 150 },
    { what: 'from page to page, the slowest', value: Math.max(...took), unit: 'ms' },
  ]
}

/** The little of a window that is used here: benches are typed without the DOM. */
interface Watching {
  changed: Promise<number>
  document: { querySelector(selector: string): { readonly textContent: string } | null }
  addEventListener(name: string, listen: (event: { readonly timeStamp: number }) => void, options: object): void
  requestAnimationFrame(done: () => void): void
}

/** Runs in the page: waits for a click, then for the heading. */
function watchChange(word: string): void {
  const page = globalThis as unknown as Watching
  page.changed = new Promise((resolve) => {
    const began = (event: { readonly timeStamp: number }) => {
      const look = () => {
        if (page.document.querySelector('h1')?.textContent !== word) page.requestAnimationFrame(look)
        else page.requestAnimationFrame(() => resolve(performance.now() - event.timeStamp))
      }
      look()
    }
    page.addEventListener('click', began, { capture: true, once: true })
  })
}
