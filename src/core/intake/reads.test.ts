import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { callOf, openServices, runBound } from '#core/testing.ts'
import { Refusal } from '#platform/refusal.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import type { Item, Reading } from './facts.ts'
import { intake } from './index.ts'
import { recordRefusedFile, takeIn } from './service.ts'

const { database, newOrganisation } = await openTestDatabase()
const folder = mkdtempSync(join(tmpdir(), 'vigil-intake-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const services = await openServices(database, folder)
const now = new Date('2026-11-02T12:00:00Z')

interface Page<T> {
  readonly items: T[]
  readonly next: string | null
}
interface Source {
  readonly id: number
  readonly name: string
  readonly isCurrent: boolean
  readonly validUntil: string
  readonly runId: number
  readonly added: number
  readonly rejects: number
}

const call = async <T>(organisation: number, name: string, input = {}, at = now): Promise<T> =>
  (await callOf(services, organisation, (made) => runBound(intake, name, made, input), { now: at })).output as T

async function pages<T>(organisation: number, name: string, input: Readonly<Record<string, unknown>>): Promise<T[]> {
  const all: T[] = []
  let next: string | null = null
  do {
    const page: Page<T> = await call(organisation, name, { ...input, ...(next === null ? {} : { after: next }) })
    assert.ok(page.items.length <= Number(input['limit']))
    all.push(...page.items)
    next = page.next
  } while (next !== null)
  return all
}

/** Takes a list of people in, with as many rejects as asked for on each of these lines. */
async function take(
  organisation: number,
  name: string,
  {
    rejects = [],
    modifiedAt = now,
    people = ['Ann Archer'],
  }: { rejects?: number[]; modifiedAt?: Date; people?: string[] } = {},
) {
  const items = async function* (): AsyncGenerator<Item> {
    let line = 1
    for (const displayName of people) {
      line += 1
      yield { kind: 'person', line, row: { employeeNumber: String(line), displayName } }
    }
    for (const [at, of] of rejects.entries()) yield { kind: 'reject', line: of, reason: `reason ${at}` }
  }
  const reading: Reading = {
    format: 'staff-list',
    kinds: ['person'],
    basis: 'stated',
    complete: true,
    columns: [
      { header: 'Number', field: 'employeeNumber' },
      { header: 'Shoe size', field: undefined },
    ],
    items: items(),
  }
  const digest = createHash('sha256').update(JSON.stringify({ name, rejects, people })).digest()
  await asTester(
    database,
    organisation,
    (context) => takeIn(context, { name, channel: 'file', digest, modifiedAt }, reading),
    now,
  )
}

const refusedWith = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code

test('sources are listed by name, each with its newest run and for how long it speaks', async () => {
  const clinic = await newOrganisation()
  await take(clinic, 'b.csv', { people: ['Ann Archer', 'Bob Baker'], rejects: [7, 8] })
  await take(clinic, 'a.csv', { modifiedAt: new Date('2026-09-01T00:00:00Z') })
  const { items } = await call<Page<Source>>(clinic, 'sources.list')
  assert.deepEqual(
    items.map(({ name, isCurrent, added, rejects }) => ({ name, isCurrent, added, rejects })),
    [
      { name: 'a.csv', isCurrent: false, added: 1, rejects: 0 },
      { name: 'b.csv', isCurrent: true, added: 2, rejects: 2 },
    ],
  )
  assert.equal(items[1]?.validUntil, '2026-12-07T12:00:00.000Z')
  const lapsed = await call<Page<Source>>(clinic, 'sources.list', { standing: 'lapsed', kind: 'person' })
  assert.deepEqual(
    lapsed.items.map(({ name }) => name),
    ['a.csv'],
  )
  assert.deepEqual((await call<Page<Source>>(clinic, 'sources.list', { kind: 'device' })).items, [])
  const later = await call<Page<Source>>(clinic, 'sources.list', {}, new Date('2026-12-07T12:00:00Z'))
  assert.ok(later.items.every(({ isCurrent }) => !isCurrent))
})

test('pages of sources, runs and rejects neither repeat nor leave out, also where several rejects are of one line', async () => {
  const clinic = await newOrganisation()
  for (const name of ['d.csv', 'b.csv', 'a.csv', 'c.csv']) await take(clinic, name)
  const listed = await pages<Source>(clinic, 'sources.list', { limit: 1 })
  assert.deepEqual(
    listed.map(({ name }) => name),
    ['a.csv', 'b.csv', 'c.csv', 'd.csv'],
  )
  const rejects = [3, 3, 3, 3, 3, 4, 5, 5]
  await take(clinic, 'e.csv', { rejects })
  const source = (await call<Page<Source>>(clinic, 'sources.list')).items.find(({ name }) => name === 'e.csv')
  for (const limit of [1, 2, 3, 8, 9]) {
    const seen = await pages<{ line: number; reason: string }>(clinic, 'sources.rejects', {
      sourceId: source?.id,
      runId: source?.runId,
      limit,
    })
    assert.deepEqual(
      seen,
      rejects.map((line, at) => ({ line, reason: `reason ${at}` })),
      `pages of ${limit}`,
    )
  }
  await take(clinic, 'e.csv', { rejects: [2] })
  await take(clinic, 'e.csv', { rejects: [] })
  const first = await call<{ runs: Page<{ id: number; rejects: number }> }>(clinic, 'sources.show', {
    sourceId: source?.id,
    limit: 2,
  })
  assert.deepEqual(
    first.runs.items.map((run) => run.rejects),
    [0, 1],
  )
  const second = await call<{ runs: Page<{ rejects: number }> }>(clinic, 'sources.show', {
    sourceId: source?.id,
    limit: 2,
    after: first.runs.next,
  })
  assert.deepEqual([second.runs.items.map((run) => run.rejects), second.runs.next], [[8], null])
})

test('how the columns of the newest run were understood is told', async () => {
  const clinic = await newOrganisation()
  await take(clinic, 'a.csv')
  const [source] = (await call<Page<Source>>(clinic, 'sources.list')).items
  const told = await call<{ columns: unknown[] }>(clinic, 'sources.columns', { sourceId: source?.id })
  assert.deepEqual(told.columns, [
    { header: 'Number', field: 'employeeNumber' },
    { header: 'Shoe size', field: null },
  ])
})

test('what could not be taken in as any source is listed with the reason', async () => {
  const clinic = await newOrganisation()
  await asTester(database, clinic, (context) =>
    recordRefusedFile(context, { name: 'scan.pdf', digest: undefined }, { state: 'unrecognised', reason: 'a PDF' }),
  )
  const { items } = await call<Page<{ fileName: string; state: string; reason: string }>>(clinic, 'sources.refused')
  assert.deepEqual(
    items.map(({ fileName, state, reason }) => [fileName, state, reason]),
    [['scan.pdf', 'unrecognised', 'a PDF']],
  )
})

test('an organisation reads nothing of another’s sources, by list or by number', async () => {
  const [ours, theirs] = [await newOrganisation(), await newOrganisation()]
  await take(ours, 'a.csv')
  await take(theirs, 'a.csv', { rejects: [3] })
  const [own] = (await call<Page<Source>>(ours, 'sources.list')).items
  const [foreign] = (await call<Page<Source>>(theirs, 'sources.list')).items
  const sourceId = foreign?.id
  await assert.rejects(call(ours, 'sources.show', { sourceId }), refusedWith('source-unknown'))
  await assert.rejects(call(ours, 'sources.columns', { sourceId }), refusedWith('source-unknown'))
  for (const through of [sourceId, own?.id]) {
    await assert.rejects(
      call(ours, 'sources.rejects', { sourceId: through, runId: foreign?.runId }),
      refusedWith('source-unknown-run'),
    )
  }
})

test('injection: what is handed in as a place or a kind is read as that, or refused', async () => {
  const clinic = await newOrganisation()
  await take(clinic, "'; drop table source; --.csv")
  for (const after of ["'", '1 or 1=1', 'WyInIG9yIDE9MSJd', '[1]', '']) {
    await assert.rejects(call(clinic, 'sources.list', { after }), refusedWith('page-unknown'), after)
  }
  await assert.rejects(call(clinic, 'sources.list', { kind: "person'" }), { name: 'ZodError' })
  assert.equal((await call<Page<Source>>(clinic, 'sources.list')).items.length, 1)
})
