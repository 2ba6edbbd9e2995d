import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { callOf, fileOf, openServices, runBound } from '#core/testing.ts'
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
  assert.deepEqual((await run(organisation, 'evidence.show', { evidenceId: kept.id })).output, kept)
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
