/** Holds docs/formats.md to the readers: every example is read, every header known, no format left out. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type FactKind, factKinds } from '#core/intake/facts.ts'
import { allSafeguards } from '#practices/index.ts'
import { workbook } from '#sample/workbook.ts'
import { localFile, readFile, type SourceFile } from '#sources/file.ts'
import { recognition, synonymsOf } from '#sources/tabular/synonyms.ts'
import { fold } from '#sources/tabular/words.ts'
import { textFile } from '../support/text-file.ts'

// A formatter may pad the cells of tables.
const page = readFileSync('docs/formats.md', 'utf8').replace(/ +\|/g, ' |')
const asOf = new Date('2026-11-02T23:59:59Z')
const inventories = ['ldif', 'osquery', 'cyclonedx', 'spdx', 'dpkg']
const kinds = Object.keys(recognition) as FactKind[]

interface Example {
  readonly name: string
  readonly format: string
  readonly basis: string
  readonly counts: Readonly<Record<string, number>>
  readonly content: string
}

const sentence = /^`([^`\n]+)` is read as `([^`]+)`, (measured|stated): (.+)\.\n\n```\w+\n([\s\S]*?)^```$/gm
const examples = [...page.matchAll(sentence)].map(([, name = '', format = '', basis = '', said = '', content = '']) => {
  const counts = [...said.matchAll(/(\d+) rows? of `(\w+)`/g)].map(([, count, kind = '']) => [kind, Number(count)])
  return { name, format, basis, counts: Object.fromEntries(counts), content } satisfies Example
})

async function read(file: SourceFile) {
  const parts = []
  for await (const reading of readFile(file, { asOf })) {
    assert.ok('items' in reading, 'reason' in reading ? reading.reason : 'the file is not recognised')
    const counts: Record<string, number> = {}
    for await (const item of reading.items) {
      assert.notEqual(item.kind, 'reject', 'reason' in item ? `line ${item.line}: ${item.reason}` : '')
      counts[item.kind] = (counts[item.kind] ?? 0) + 1
    }
    const unknown = reading.columns.filter(({ field }) => field === undefined).map(({ header }) => header)
    parts.push({ format: reading.format, kinds: reading.kinds, basis: reading.basis, counts, unknown })
  }
  return parts
}

for (const { name, format, basis, counts, content } of examples) {
  test(`the example of ${format} in ${name} is read as the page says`, async () => {
    const [part, ...others] = await read(textFile(name, content))
    assert.ok(part)
    assert.deepEqual(others, [])
    assert.deepEqual({ format: part.format, basis: part.basis, counts: part.counts }, { format, basis, counts })
    assert.deepEqual(part.unknown, [])
  })
}

test('the examples of lists are read from the sheets of a workbook as well', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'vigil-formats-'))
  after(() => rmSync(directory, { recursive: true, force: true }))
  const lists = examples.filter(({ format }) => !inventories.includes(format))
  const sheets = lists.map(({ name, content }) => {
    const [header = [], ...rows] = content.trimEnd().split('\n').map(cellsOf)
    return { name: name.replace('.csv', ''), table: { header, rows: rows.map((cells) => ({ cells })) } }
  })
  const path = join(directory, 'Binder.xlsx')
  writeFileSync(
    path,
    workbook(sheets, () => undefined),
  )
  const parts = await read(await localFile(path))
  assert.deepEqual(
    parts.map(({ format, counts }) => ({ format, counts })),
    lists.map(({ format, counts }) => ({ format, counts })),
  )
})

test('every format that can be dropped has an example', () => {
  const shown = new Set(examples.map(({ format }) => format))
  const formats = [...kinds.map((kind) => recognition[kind].format), ...inventories]
  assert.deepEqual([...shown].sort(), formats.sort())
})

test('the example of attestations speaks of safeguards that people can speak for', () => {
  const attestable = new Set(allSafeguards.filter((one) => one.statement !== undefined).map(({ name }) => name))
  const [, ...rows] =
    examples
      .find(({ format }) => format === 'attestations')
      ?.content.trimEnd()
      .split('\n') ?? []
  assert.ok(rows.length > 0)
  for (const row of rows) assert.ok(attestable.has(cellsOf(row)[0] ?? ''), row)
})

for (const kind of kinds) {
  const { format } = recognition[kind]
  test(`the table of ${format} names its fields and headers that fill them`, () => {
    const section = page.split(`\n### ${format}\n`)[1]?.split('\n### ')[0] ?? ''
    const rows = [...section.matchAll(/^\| `(\w+)` \| [^|]* \| ([^|]+) \|$/gm)]
    const named = new Set(rows.map(([, field]) => field))
    const known = new Set([...synonymsOf(kind).values()].map(({ field }) => field))
    const wanted = Object.keys(factKinds[kind].columns).filter((field) => known.has(field))
    assert.deepEqual(
      wanted.filter((field) => !named.has(field)),
      [],
    )
    for (const [, field, headers = ''] of rows) {
      for (const header of headers.replaceAll(' (turned round)', '').split(', ')) {
        assert.equal(synonymsOf(kind).get(fold(header))?.field, field, `${header} fills ${field}`)
      }
    }
  })
}

/** The cells of one line of an example, in which a quoted cell holds commas and nothing else that is special. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
}
