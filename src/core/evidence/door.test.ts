import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { callOf, fileOf, openServices, runBound } from '#core/testing.ts'
import { sql } from '#platform/database.ts'
import { writeCursor } from '#platform/paging.ts'
import { openTestDatabase } from '#platform/testing.ts'
import { evidence } from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'vigil-evidence-door-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const { database, newOrganisation } = await openTestDatabase()
const services = await openServices(database, directory)

type Wire = { id: string; title: string; digest: string; state: string }
const run = (organisation: number, name: string, input = {}) =>
  callOf(services, organisation, (call) => runBound(evidence, name, call, input))

async function keep(organisation: number, title: string, content: string): Promise<Wire> {
  const path = join(directory, `delivered-${title}`)
  writeFileSync(path, content)
  const delivered = { path, bytes: content.length, digest: hash('sha256', content, 'buffer') }
  const input = { title, fileName: `${title}.txt` }
  const kept = await callOf(services, organisation, (call) => runBound(evidence, 'evidence.keep', call, input), {
    delivered,
  })
  const output = kept.output as Wire
  assert.deepEqual(kept.recorded?.subjects, [`evidence:${output.id}`])
  return output
}

test('a file is kept, listed, opened on the record and shredded', async () => {
  const organisation = await newOrganisation()
  const kept = await keep(organisation, 'policy', 'the words of the policy')
  assert.equal(kept.digest, hash('sha256', 'the words of the policy'))
  assert.deepEqual((await run(organisation, 'evidence.show', { evidenceId: kept.id })).output, { ...kept, about: [] })
  const opened = await run(organisation, 'evidence.open', { evidenceId: kept.id })
  const file = fileOf(opened)
  assert.equal(readFileSync(file.path, 'utf8'), 'the words of the policy')
  assert.equal(statSync(file.path).mode & 0o777, 0o600)
  assert.equal(file.contentType, 'application/octet-stream')
  assert.deepEqual(opened.recorded?.subjects, [`evidence:${kept.id}`])
  await run(organisation, 'evidence.shred', { evidenceId: kept.id, reason: 'it named patients' })
  await assert.rejects(run(organisation, 'evidence.open', { evidenceId: kept.id }), { code: 'evidence-shredded' })
  const shown = (await run(organisation, 'evidence.show', { evidenceId: kept.id })).output as Wire
  assert.equal(shown.state, 'shredded')
})

test('what cannot be opened leaves nothing in the spool', async () => {
  const organisation = await newOrganisation()
  const kept = await keep(organisation, 'damaged', 'something')
  rmSync(join(directory, 'evidence', `${kept.id}.sealed`))
  const spool = join(directory, 'spool')
  const before = existsSync(spool) ? readdirSync(spool).length : 0
  await assert.rejects(run(organisation, 'evidence.open', { evidenceId: kept.id }), { code: 'evidence-gone' })
  assert.equal(readdirSync(spool).length, before)
})

type Shown = Wire & { about: { about: string; title: string | null; linkedBy: string }[]; links: number }
const listed = async (organisation: number, input: object) =>
  ((await run(organisation, 'evidence.list', input)).output as { items: Shown[] }).items.map(({ title }) => title)

test('evidence is linked to what it supports, once, found by it, and the link is taken back', async () => {
  const [organisation, other] = [await newOrganisation(), await newOrganisation()]
  const kept = await keep(organisation, 'plan', 'the plan')
  await keep(organisation, 'other', 'something else')
  const evidenceId = kept.id
  const link = (about: string) => run(organisation, 'evidence.link', { evidenceId, about })
  const { recorded } = await link('requirement:45 CFR 164.308(a)(7)(i)')
  assert.deepEqual(recorded?.subjects, [`evidence:${evidenceId}`, 'requirement:164.308(a)(7)(i)'])
  await assert.rejects(link('requirement:164.308(a)(7)(i)'), { code: 'evidence-linked' })
  const systemOf = (organisation: number) =>
    services.database.inOrganisation(organisation, async (db) => {
      const { rows } = await sql<{ id: number }>`
        insert into system (key, name) values ('ehr', 'The EHR') returning id`.execute(db)
      return rows[0]?.id
    })
  const [mine, theirs] = [await systemOf(organisation), await systemOf(other)]
  await link(`system:${mine}`)
  for (const about of [`system:${theirs}`, 'system:0', 'system:x', 'requirement:164.999', 'finding:1', 'person:1']) {
    await assert.rejects(link(about), { code: 'evidence-no-such-thing' }, about)
  }
  await assert.rejects(run(other, 'evidence.link', { evidenceId, about: `system:${theirs}` }), {
    code: 'evidence-unknown',
  })

  const shown = (await run(organisation, 'evidence.show', { evidenceId })).output as Shown
  assert.deepEqual(
    shown.about.map(({ about, title, linkedBy }) => [about, title, linkedBy]),
    [
      ['requirement:164.308(a)(7)(i)', 'Contingency plan', 'operator:tester'],
      [`system:${mine}`, 'The EHR', 'operator:tester'],
    ],
  )
  assert.deepEqual(await listed(organisation, { about: 'requirement:§ 164.308(a)(7)(i)' }), ['plan'])
  assert.deepEqual(await listed(organisation, { about: 'requirement:164.308(a)(1)(i)' }), [])
  assert.deepEqual(await listed(other, { about: `system:${mine}` }), [])

  const unlink = () => run(organisation, 'evidence.unlink', { evidenceId, about: `system:${mine}` })
  await unlink()
  await assert.rejects(unlink(), { code: 'evidence-not-linked' })
  assert.deepEqual(await listed(organisation, { about: `system:${mine}` }), [])
  await run(organisation, 'evidence.shred', { evidenceId, reason: 'it named patients' })
  await assert.rejects(link(`system:${mine}`), { code: 'evidence-shredded' })
  // What was shredded no longer supports anything, and what it supported is still told.
  assert.equal(((await run(organisation, 'evidence.show', { evidenceId })).output as Shown).links, 1)
  await run(organisation, 'evidence.unlink', { evidenceId, about: 'requirement:164.308(a)(7)(i)' })
})

test('a file is linked as it is kept, or not kept at all', async () => {
  const organisation = await newOrganisation()
  const path = join(directory, 'delivered')
  writeFileSync(path, 'x')
  const delivered = { path, bytes: 1, digest: hash('sha256', 'x', 'buffer') }
  const keepFor = (about: string) =>
    callOf(
      services,
      organisation,
      (call) => runBound(evidence, 'evidence.keep', call, { title: 'x', fileName: 'x.txt', about }),
      { delivered },
    )
  const { recorded, output } = await keepFor('requirement:164.316(a)')
  assert.equal((output as Shown).links, 1)
  assert.deepEqual(recorded?.subjects, [`evidence:${(output as Wire).id}`, 'requirement:164.316(a)'])
  await assert.rejects(keepFor('finding:12'), { code: 'evidence-no-such-thing' })
  assert.deepEqual(await listed(organisation, {}), ['x'])
})

test('evidence is found by words and by for how long it speaks', async () => {
  const organisation = await newOrganisation()
  const keepUntil = async (title: string, validUntilOn: string | undefined, now?: Date) => {
    const path = join(directory, `delivered-${title}`)
    writeFileSync(path, 'x')
    const input = { title, fileName: `${title}.PDF`, validUntilOn }
    const delivered = { path, bytes: 1, digest: hash('sha256', 'x', 'buffer') }
    const kept = await callOf(services, organisation, (call) => runBound(evidence, 'evidence.keep', call, input), {
      delivered,
      ...(now ? { now } : {}),
    })
    return (kept.output as Wire).id
  }
  await keepUntil('over', '2026-11-01', new Date('2026-10-01T12:00:00Z'))
  await keepUntil('last day', '2026-11-02')
  await keepUntil('soon', '2026-12-02')
  await keepUntil('later', '2026-12-03')
  await keepUntil('endless', undefined)
  const evidenceId = await keepUntil('gone 100%', undefined)
  await run(organisation, 'evidence.shred', { evidenceId, reason: 'by mistake' })
  for (const [input, expected] of [
    [{ validity: 'valid' }, ['endless', 'later', 'soon', 'last day']],
    [{ validity: 'ending' }, ['soon', 'last day']],
    [{ validity: 'over' }, ['over']],
    [{ validity: 'destroyed' }, ['gone 100%']],
    [{ text: 'LA' }, ['later', 'last day']],
    [{ text: 'over.pdf' }, ['over']],
    [{ text: '%' }, ['gone 100%']],
    [{ text: 'on', validity: 'ending' }, ['soon']],
  ] as const) {
    assert.deepEqual(await listed(organisation, input), expected, JSON.stringify(input))
  }
})

test('a name that leads elsewhere is refused', async () => {
  const organisation = await newOrganisation()
  const path = join(directory, 'delivered')
  writeFileSync(path, 'x')
  const delivered = { path, bytes: 1, digest: hash('sha256', 'x', 'buffer') }
  for (const fileName of ['../x', 'a/b', 'a\\b', '..', 'a\u0000b']) {
    await assert.rejects(
      callOf(services, organisation, (call) => runBound(evidence, 'evidence.keep', call, { title: 'x', fileName }), {
        delivered,
      }),
      fileName,
    )
  }
})

test('pages join, another organisation sees none of it, and a forged cursor is refused', async () => {
  const [organisation, other] = [await newOrganisation(), await newOrganisation()]
  const kept: string[] = []
  for (const title of ['a', 'b', 'c', 'd', 'e']) kept.push((await keep(organisation, title, title)).id)
  type Page = { items: Wire[]; next: string | null }
  for (const limit of [1, 2, 5]) {
    const joined: string[] = []
    let next: string | undefined
    do {
      const page = (await run(organisation, 'evidence.list', { limit, after: next })).output as Page
      joined.push(...page.items.map(({ id }) => id))
      next = page.next ?? undefined
    } while (next !== undefined)
    assert.deepEqual(joined, kept.toReversed())
  }
  assert.deepEqual((await run(other, 'evidence.list')).output, { items: [], next: null })
  for (const name of ['evidence.show', 'evidence.open']) {
    await assert.rejects(run(other, name, { evidenceId: kept[0] }), { code: 'evidence-unknown' })
  }
  for (const after of ['x', writeCursor(['x']), writeCursor([1])]) {
    await assert.rejects(run(organisation, 'evidence.list', { after }), { code: 'page-unknown' })
  }
})
