/**
 * Stories of the web app: the real server on a port and a database of its own, and Chromium, which does what a person
 * would. A story finds things by role and label. It fails on its own when the page reports an error or a breach of its
 * policy, when the server fails, or when anything asks another host. With `VIGIL_PICTURES=<folder>` pictures are kept.
 *
 *   const vigil = await openStories({ sample: 'clinic' })
 *   vigil.story('a finding is taken over', async ({ open, look }) => {
 *     const page = await open('/findings', { as: ['security-officer'] })
 *     await page.getByRole('link', { name: /left on/ }).first().click()
 *     await look(page, 'finding')
 *   })
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { AxeBuilder } from '@axe-core/playwright'
import { sql } from 'kysely'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { responseRoles } from '#core/intake/model.ts'
import { Ledger } from '#core/ledger/service.ts'
import { writeReference } from '#core/safeguards/store.ts'
import { hashToken, makeToken } from '#core/sign-in/model/tokens.ts'
import { operatingSystems } from '#core/systems/operating-systems.data.ts'
import { readConfig } from '#platform/config.ts'
import type { Role } from '#platform/contract.ts'
import { openDatabase } from '#platform/database.ts'
import { openKeyFile } from '#platform/keys.ts'
import { createLog } from '#platform/log.ts'
import { testServer } from '#platform/testing.ts'
import { practices } from '#practices/index.ts'
import { type SampleSize, writeSample } from '#sample/index.ts'
import { type Installation, judgeAll, resolve } from '#server/installation.ts'
import { type Server, serve } from '#server/serve.ts'
import { importInto } from '../../src/cli/assess.ts'
import { requireProgram } from './servers.ts'

const root = join(import.meta.dirname, '../..')

const sizes = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 375, height: 812 },
  /** The narrowest that a page must fit, which is also a wide one at 400 %. */
  small: { width: 320, height: 640 },
} as const
export type Size = keyof typeof sizes
export type Scheme = 'light' | 'dark'
/** All four in the long run and where pictures are kept; else both sizes and both schemes, each once. */
const isLong = Boolean(process.env['VIGIL_LONG'] || process.env['VIGIL_PICTURES'])
const appearances = (['desktop', 'phone'] as const)
  .flatMap((size) => (['light', 'dark'] as const).map((scheme) => ({ size, scheme })))
  .filter(({ size, scheme }) => isLong || (size === 'desktop') === (scheme === 'light'))

export interface StoriesOptions {
  /** Fills the first organisation with an invented one. */
  readonly sample?: SampleSize
  readonly organisation?: string
  readonly settings?: Readonly<Record<string, string>>
}

export interface OpenOptions {
  /** Signs a new member with these roles in, with a second factor; nobody when left out. */
  readonly as?: readonly Role[] | SignedIn
  readonly size?: Size
  readonly scheme?: Scheme
}

export interface SignedIn {
  readonly memberId: number
  readonly identityId: number
  readonly name: string
  readonly email: string
  /** What the cookie of the session holds. */
  readonly session: string
}

export interface MemberOptions {
  readonly name?: string
  readonly email?: string
  readonly organisationId?: number
  /** Whether they have a passkey (which nobody holds); they have when not said. */
  readonly hasFactor?: boolean
}

export interface Story {
  /** Opens a path (or a whole address of this Vigil) in a browser of its own: other cookies than all others. */
  open(path: string, options?: OpenOptions): Promise<Page>
  /**
   * Looks at a page at both sizes, light and dark (all four together in the long run): no rule of accessibility is broken and
   * nothing is wider than the window; keeps pictures under the name. The page comes back as it was.
   */
  look(page: Page, name: string): Promise<void>
}

export interface Stories {
  /** `http://localhost:<port>`: a name, because passkeys belong to names. */
  readonly origin: string
  /** As it was printed when the server started; undefined when somebody had signed in. */
  readonly setUpLink: string | undefined
  readonly installation: Installation
  readonly organisationId: number
  /** How far the server's clock is ahead of the machine's. */
  aheadMs: number
  newOrganisation(name: string): Promise<number>
  /** Makes a member who is signed in; `open(…, { as: member })` opens browsers for them. */
  member(roles: readonly Role[], options?: MemberOptions): Promise<SignedIn>
  /** Signs a member in once more, as if in another browser; `open(…, { as })` takes it. */
  anotherSession(member: SignedIn, browser: string): Promise<SignedIn>
  /** Lets it be so many minutes since a member signed in. */
  ageSession(member: SignedIn, minutes: number): Promise<void>
  /** Fails when a page is wider than its window. */
  checkWidth(page: Page): Promise<void>
  story(title: string, tell: (story: Story) => Promise<void>): void
}

const program = await requireProgram({ name: 'chromium', apt: ['chromium'] })
let launched: Promise<Browser> | undefined

/** Starts a Vigil for the stories of one file, ended after the last. Where there is no Chromium, stories are skipped. */
export async function openStories(options: StoriesOptions = {}): Promise<Stories> {
  const { installation, server, clock } = program.skip === false ? await startVigil(options) : absent
  const origin = server.publicUrl.origin
  const { database } = installation
  let people = 0
  const stories: Stories = {
    origin,
    setUpLink: server.setUpLink,
    installation,
    organisationId: installation.organisationId,
    get aheadMs() {
      return clock.aheadMs
    },
    set aheadMs(ms) {
      clock.aheadMs = ms
    },
    newOrganisation: (name) => insertOrganisation(installation, name),
    async member(roles, given = {}) {
      people += 1
      const { name = `Member ${people}`, email = `member${people}@clinic.example` } = given
      const now = new Date()
      const ids = await database.inOrganisation(given.organisationId ?? installation.organisationId, async (db) => {
        const identity = await sql<{ id: number }>`
          insert into identity (name, email, email_key, created_at) values (${name}, ${email}, ${email}, ${now})
          returning id`.execute(db)
        const identityId = identity.rows[0]?.id ?? 0
        if (given.hasFactor ?? true) {
          await sql`
            insert into identity_passkey (identity_id, credential_id, public_key, counter, transports, aaguid, backed_up,
              name, created_at)
            values (${identityId}, ${`story-${identityId}`}, '', 0, '{}', '', true, 'Work laptop', ${now})`.execute(db)
        }
        const member = await sql<{ id: number }>`
          insert into member (identity_id, roles, made_by, created_at)
          values (${identityId}, ${[...roles]}::text[], 'test', ${now}) returning id`.execute(db)
        return { identityId, memberId: member.rows[0]?.id ?? 0 }
      })
      return { ...ids, name, email, session: await insertSession(installation, ids.identityId, 'Firefox on Linux') }
    },
    async anotherSession(member, browser) {
      return { ...member, session: await insertSession(installation, member.identityId, browser) }
    },
    async ageSession({ session }, minutes) {
      const age = `${minutes} minutes`
      await database.asOwner((client) =>
        client.query(
          `update session set created_at = created_at - $2::interval, proved_at = proved_at - $2::interval
           where token_hash = $1`,
          [hashToken(session, 'session'), age],
        ),
      )
    },
    async checkWidth(page) {
      await settle(page)
      assert.deepEqual(await checkWidth(page), [])
    },
    story(title, tell) {
      test(title, { skip: program.skip, timeout: 120_000 }, async () => {
        const watched = watchPages(origin)
        try {
          await tell({
            async open(path, { as, size = 'desktop', scheme = 'light' } = {}) {
              const member = as === undefined || 'session' in as ? as : await stories.member(as)
              const browser = await launch()
              const context = await browser.newContext({
                baseURL: origin,
                viewport: sizes[size],
                colorScheme: scheme,
                reducedMotion: 'reduce',
                locale: 'en-GB',
                permissions: ['clipboard-read', 'clipboard-write'],
              })
              context.setDefaultTimeout(15_000)
              watched.add(context)
              if (member) {
                const cookie = { name: 'vigil', value: member.session, url: origin, sameSite: 'Strict' as const }
                await context.addCookies([{ ...cookie, httpOnly: true }])
              }
              const page = await context.newPage()
              await page.goto(path)
              return page
            },
            look,
          })
        } catch (error) {
          await watched.picture(title)
          watched.report(error)
          throw error
        } finally {
          await watched.close()
        }
        watched.report()
      })
    },
  }
  return stories
}

async function startVigil(options: StoriesOptions) {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'vigil-story-'))
  const address = await testServer()
  const database = await openDatabase({ ...address, database: `story_${Date.now().toString(36)}_${process.pid}` })
  let server: Server | undefined
  after(async () => {
    await (await launched)?.close()
    await server?.stop()
    await database.close()
    rmSync(dataDirectory, { recursive: true, force: true })
  })
  await database.asOwner((client) =>
    writeReference(client, {
      safeguards: practices.flatMap((practice) =>
        practice.safeguards.map((safeguard) => ({ ...safeguard, practice: practice.name })),
      ),
      operatingSystems,
      responseRoles,
    }),
  )
  const given = { VIGIL_DATA: dataDirectory, VIGIL_HOST: 'localhost', VIGIL_PORT: '0', VIGIL_RATE_LIMIT: '0' }
  const config = readConfig({ ...given, ...options.settings }, [])
  const keys = await openKeyFile(dataDirectory)
  const clock = { aheadMs: 0 }
  const opened = { database, keys, ledger: new Ledger(keys), actor: 'operator:story', dataDirectory, config }
  const organisationId = await insertOrganisation(opened, options.organisation ?? 'Lakeview Family Clinic')
  const installation: Installation = { ...opened, organisationId, close: () => database.close() }
  if (options.sample) await fill(installation, options.sample)
  server = await whileBuilt(() =>
    serve(installation, {
      log: createLog('error', (line) => process.stderr.write(line)),
      webFolder: process.env['VIGIL_WEB'] ?? join(root, 'dist/web'),
      version: '0.0.0-story',
      worker: 'inside',
      clock: () => new Date(Date.now() + clock.aheadMs),
    }),
  )
  return { installation, server, clock }
}

/** Stands for the Vigil that skipped stories never ask. */
const absent = {
  installation: { organisationId: 0 } as Installation,
  server: { publicUrl: new URL('http://localhost'), setUpLink: undefined } as Server,
  clock: { aheadMs: 0 },
}

async function insertOrganisation({ database }: Pick<Installation, 'database'>, name: string): Promise<number> {
  const { rows } = await database.asOwner((client) =>
    client.query<{ id: number }>(
      `insert into organisation (name, time_zone) values ($1, 'America/Chicago') returning id`,
      [name],
    ),
  )
  return Number(rows[0]?.id)
}

/** Makes a session that two factors were given for, and gives what its cookie holds. */
async function insertSession({ database }: Installation, identityId: number, browser: string): Promise<string> {
  const { text, hash } = makeToken('session')
  const now = new Date()
  await database.outside((db) =>
    sql`insert into session (identity_id, token_hash, is_arriving, means, proved_at, browser, address, created_at,
        seen_at, expires_at)
      values (${identityId}, ${hash}, false, '{password,totp}', ${now}, ${browser}, '192.0.2.1', ${now}, ${now},
        ${new Date(now.getTime() + 12 * 3_600_000)})`.execute(db),
  )
  return text
}

async function fill(installation: Installation, size: SampleSize): Promise<void> {
  const now = new Date()
  const directory = mkdtempSync(join(tmpdir(), 'vigil-story-sample-'))
  try {
    await writeSample({ size, seed: 1, directory, asOf: now.toISOString().slice(0, 10) })
    await importInto(installation, directory, { now })
    await resolve(installation, now)
    await judgeAll(installation, now)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Builds the web app where it is old, and keeps it as it is while the server reads it: test files run side by side. */
async function whileBuilt<T>(read: () => Promise<T>): Promise<T> {
  const lock = join(tmpdir(), `vigil-web-${hash('sha256', root).slice(0, 16)}.lock`)
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch {
      if (isLeft(lock)) rmSync(lock, { force: true })
      else await pause(100)
    }
  }
  try {
    const build = spawn(process.execPath, [join(root, 'tools/build-web.ts')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    build.stderr.on('data', (part) => {
      said += part
    })
    const [code] = await once(build, 'close')
    if (code !== 0) throw new Error(`The web app cannot be built: ${said}`)
    return await read()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** Whether the lock is of a process that has ended. */
function isLeft(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, 'utf8'))
    if (pid > 0) process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

function launch(): Promise<Browser> {
  launched ??= chromium.launch({
    executablePath: program.path ?? '',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
  return launched
}

/** Listens to what goes wrong in the browsers of one story without anybody seeing it. */
function watchPages(origin: string) {
  const contexts: BrowserContext[] = []
  const faults: string[] = []
  return {
    add(context: BrowserContext) {
      contexts.push(context)
      context.on('console', (message) => {
        // A refusal is an answer; browsers call it a failure. What the server itself calls one is caught below.
        const isRefusal = /^Failed to load resource: .* status of 4\d\d/.test(message.text())
        if (message.type() === 'error' && !isRefusal) faults.push(`the page said: ${message.text()}`)
      })
      context.on('weberror', (error) => faults.push(`the page threw: ${error.error().stack ?? error.error().message}`))
      context.on('request', (request) => {
        const url = new URL(request.url())
        const isOurs = url.origin === origin || ['data:', 'blob:', 'about:'].includes(url.protocol)
        if (!isOurs) faults.push(`the page asked ${url.origin}`)
      })
      context.on('response', (response) => {
        if (response.status() >= 500) {
          faults.push(
            `${response.request().method()} ${new URL(response.url()).pathname} answered ${response.status()}`,
          )
        }
      })
    },
    async picture(title: string) {
      const folder = process.env['VIGIL_PICTURES']
      if (!folder) return
      const pages = contexts.flatMap((context) => context.pages())
      for (const [at, page] of pages.entries()) {
        await keep(page, folder, `failed-${title.replace(/\W+/g, '-').slice(0, 60)}-${at}`).catch(() => undefined)
      }
    },
    async close() {
      for (const context of contexts) await context.close()
    },
    /** Fails for the faults; with an error that ended the story, says them beside it. */
    report(error?: unknown) {
      if (faults.length === 0) return
      if (error === undefined) assert.fail(`Behind the story's back:\n  ${faults.join('\n  ')}`)
      process.stderr.write(`Behind the story's back:\n  ${faults.join('\n  ')}\n`)
    },
  }
}

async function look(page: Page, name: string): Promise<void> {
  const size = page.viewportSize()
  const wrong: string[] = []
  for (const { size, scheme } of appearances) {
    await page.setViewportSize(sizes[size])
    await page.emulateMedia({ colorScheme: scheme })
    await page.locator(`:root[data-mantine-color-scheme="${scheme}"]`).waitFor({ state: 'attached' })
    await settle(page)
    const folder = process.env['VIGIL_PICTURES']
    if (folder) await keep(page, folder, `${name}-${size}-${scheme}`)
    const found = [...(await checkWidth(page)), ...(await checkAccess(page, scheme))]
    wrong.push(...found.map((words) => `${name}, ${size}, ${scheme}: ${words}`))
  }
  await page.emulateMedia({ colorScheme: 'light' })
  if (size) await page.setViewportSize(size)
  assert.equal(wrong.length, 0, `\n${wrong.join('\n')}`)
}

/** Waits until nothing is being fetched or drawn in steps. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle')
  await page.evaluate(async () => {
    const { document, requestAnimationFrame } = globalThis as unknown as BrowserWindow
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished))
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  })
}

/** The little of a window that is used here; tests are typed without the DOM. */
interface BrowserWindow {
  readonly document: {
    getAnimations(): readonly { readonly finished: Promise<unknown> }[]
    readonly documentElement: { readonly scrollWidth: number; readonly clientWidth: number }
  }
  requestAnimationFrame(done: (at: unknown) => void): void
}

async function checkWidth(page: Page): Promise<string[]> {
  const { wide, seen } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = (globalThis as unknown as BrowserWindow).document.documentElement
    return { wide: scrollWidth, seen: clientWidth }
  })
  return wide > seen ? [`the page is ${wide} pixels wide in a window of ${seen}`] : []
}

async function checkAccess(page: Page, scheme: Scheme): Promise<string[]> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  // The header of an open dialog is counted among those of the page, which nobody can reach behind it.
  const hasDialog = (await page.getByRole('dialog').count()) > 0
  const left = hasDialog ? ['landmark-no-duplicate-banner', 'landmark-unique'] : []
  const axe = new AxeBuilder({ page }).setLegacyMode(true)
  // In the dark, only the colours are others.
  const asked = scheme === 'dark' && isLong ? axe.withRules('color-contrast') : axe.withTags(tags).disableRules(left)
  const { violations } = await asked.analyze()
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => {
      const why = failureSummary?.replace(/\s+/g, ' ') ?? ''
      return `${help} (${id}) at ${target.join(' ')}: ${why}`
    }),
  )
}

async function keep(page: Page, folder: string, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}
