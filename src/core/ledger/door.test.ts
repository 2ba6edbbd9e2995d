import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { callOf, fileOf, openServices, runBound } from '#core/testing.ts'
import { writeCursor } from '#platform/paging.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { parseVkey, verifyCheckpoint } from '#platform/transparency/checkpoint.ts'
import { leafHash, verifyInclusion } from '#platform/transparency/merkle.ts'
import { ledgerDoor } from './index.ts'
import { parseEntry, payloadDigest } from './model/entry.ts'

const directory = mkdtempSync(join(tmpdir(), 'vigil-ledger-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const { database, newOrganisation } = await openTestDatabase()
const services = await openServices(database, directory)
const ledger = ledgerDoor({ covers: () => false, readers: [] })

interface Wire {
  readonly seq: number
  readonly at: string
  readonly actor: string
  readonly action: string
  readonly outcome: 'done' | 'refused'
  readonly subjects: readonly string[]
}
type Page = { readonly items: readonly Wire[]; readonly next: string | null }
const ask = async <T>(organisation: number, name: string, input = {}): Promise<T> =>
  (await callOf(services, organisation, (call) => runBound(ledger, name, call, input))).output as T

const actions = ['findings.own', 'findings.own-many', 'findings2.own', 'intake.import'] as const
const subjectsOf = (at: number) => (at % 3 === 0 ? [`finding:${at % 5}`, 'odd:]",'.replaceAll('"', '')] : [])
const size = 23
const organisation = await newOrganisation()
for (let at = 0; at < size; at += 1) {
  await asTester(
    database,
    organisation,
    (context) =>
      services.ledger.append({ ...context, actor: `member:${at % 2}` }, [
        {
          action: actions[at % actions.length] ?? 'findings.own',
          outcome: at % 7 === 0 ? 'refused' : 'done',
          subjects: subjectsOf(at),
          payload: { said: `words of ${at}` },
        },
      ]),
    new Date(Date.UTC(2026, 9, 1 + at)),
  )
}

async function readAll(input: object): Promise<Wire[]> {
  const all: Wire[] = []
  let next: string | undefined
  do {
    const page: Page = await ask(organisation, 'ledger.list', { ...input, after: next })
    all.push(...page.items)
    next = page.next ?? undefined
  } while (next !== undefined)
  return all
}

test('pages of entries under any filter join to what the filter means', async () => {
  const whole = await readAll({ limit: 200 })
  assert.deepEqual(
    whole.map(({ seq }) => seq),
    Array.from({ length: size }, (_, at) => size - 1 - at),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.record(
        {
          limit: fc.integer({ min: 1, max: 9 }),
          action: fc.constantFrom('findings.', 'findings.own', 'intake.import', 'intake.'),
          actor: fc.constantFrom('member:0', 'member:1', 'member:'),
          outcome: fc.constantFrom('done', 'refused'),
          subject: fc.constantFrom('finding:0', 'finding:3', 'odd:],', 'finding:99'),
          from: fc.constantFrom('2026-10-05T00:00:00.000Z', '2026-10-05T00:00:00.001Z'),
          until: fc.constantFrom('2026-10-20T00:00:00.000Z', '2026-10-20T00:00:00.001Z'),
        },
        { requiredKeys: ['limit'] },
      ),
      async ({ limit, ...filter }) => {
        const { action, actor, outcome, subject, from, until } = filter
        const meant = whole.filter(
          (entry) =>
            (action === undefined ||
              (action.endsWith('.') ? entry.action.startsWith(action) : entry.action === action)) &&
            (actor === undefined || entry.actor === actor) &&
            (outcome === undefined || entry.outcome === outcome) &&
            (subject === undefined || entry.subjects.includes(subject)) &&
            (from === undefined || entry.at >= from) &&
            (until === undefined || entry.at < until),
        )
        assert.deepEqual(await readAll({ limit, ...filter }), meant)
      },
    ),
    { numRuns: 40 },
  )
})

test('an entry is shown with a payload and a proof that anybody can check', async () => {
  const { key } = await ask<{ key: string }>(organisation, 'ledger.key')
  const vkey = parseVkey(key)
  assert.ok(vkey.ok)
  for (const seq of [0, 1, 7, 16, 22]) {
    const shown = await ask<{
      line: string
      payload: string
      salt: string
      proof: { leafHash: string; size: number; path: string[]; checkpoint: string }
    }>(organisation, 'ledger.show', { seq })
    assert.equal(shown.payload, `{"said":"words of ${seq}"}`)
    const digest = payloadDigest(Buffer.from(shown.salt, 'base64'), Buffer.from(shown.payload))
    assert.equal(parseEntry(shown.line)?.digest, digest)
    const leaf = leafHash(Buffer.from(shown.line))
    assert.equal(leaf.toString('base64'), shown.proof.leafHash)
    const checkpoint = verifyCheckpoint(shown.proof.checkpoint, vkey.value)
    assert.ok(checkpoint.ok)
    assert.equal(checkpoint.value.size, size)
    const proof = shown.proof.path.map((step) => Buffer.from(step, 'base64'))
    const claim = { leafHash: leaf, index: seq, size, root: checkpoint.value.root, proof }
    assert.ok(verifyInclusion(claim))
    assert.ok(!verifyInclusion({ ...claim, leafHash: hash('sha256', 'another', 'buffer') }))
  }
  const { note } = await ask<{ note: string }>(organisation, 'ledger.checkpoint')
  assert.ok(verifyCheckpoint(note, vkey.value).ok)
})

test('a shredded payload is gone, and the entry still stands', async () => {
  await asTester(database, await newOrganisation(), async (context) => {
    await services.ledger.append(context, [{ action: 'a.b', outcome: 'done', subjects: [], payload: { name: 'x' } }])
    await services.ledger.shred(context, 0, 'it named a patient')
    const shown = await services.ledger.show(context, { seq: 0 })
    assert.equal(shown.payload, null)
    assert.equal(shown.salt, null)
    assert.equal(shown.proof.size, 2)
  })
})

test('another organisation reads nothing of it, and forged cursors are refused', async () => {
  const other = await newOrganisation()
  assert.deepEqual(await ask(other, 'ledger.list', { subject: 'finding:0' }), { items: [], next: null })
  await assert.rejects(ask(other, 'ledger.show', { seq: 0 }), { code: 'ledger-no-entry' })
  await assert.rejects(ask(organisation, 'ledger.show', { seq: size }), { code: 'ledger-no-entry' })
  await assert.rejects(ask(other, 'ledger.checkpoint'), { code: 'ledger-empty' })
  for (const after of ['x', writeCursor([]), writeCursor([-1]), writeCursor([1.5]), writeCursor(['1'])]) {
    await assert.rejects(ask(organisation, 'ledger.list', { after }), { code: 'page-unknown' })
  }
})

test('the export is a file for its reader alone', async () => {
  const answer = await callOf(services, organisation, (call) => runBound(ledger, 'ledger.export', call))
  const { path } = fileOf(answer)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const text = readFileSync(path, 'utf8')
  assert.match(text, /^vigil-ledger-export\/1\n/)
  assert.doesNotMatch(text, /words of/)
})
