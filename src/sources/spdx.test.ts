import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Item } from '#core/intake/facts.ts'
import { readOnly, textFile } from '../../test/support/text-file.ts'
import { SourceError } from './format.ts'
import { spdx } from './spdx.ts'

const rows = (items: readonly Item[]) => items.flatMap((item) => (item.kind === 'component' ? [item.row] : []))

const document = {
  SPDXID: 'SPDXRef-DOCUMENT',
  packages: [
    {
      name: 'bash',
      versionInfo: '5.2',
      supplier: 'Organization: Debian (team@debian.example)',
      externalRefs: [
        { referenceType: 'cpe23Type', referenceLocator: 'cpe:2.3:a:gnu:bash' },
        { referenceType: 'purl', referenceLocator: 'not a purl' },
        { referenceType: 'purl', referenceLocator: 'pkg:deb/debian/bash@5.2' },
      ],
    },
    { name: 'app', versionInfo: 'NOASSERTION', supplier: 'Person: A B', primaryPackagePurpose: 'OPERATING-SYSTEM' },
    { versionInfo: '1' },
  ],
  files: [{ name: 'not read' }],
  spdxVersion: 'SPDX-2.3',
  name: 'ws-014',
  creationInfo: { created: '2026-04-30T10:00:00Z' },
}

test('every package is read, under the name of the document, wherever that stands in it', async () => {
  const { reading, items } = await readOnly(spdx, textFile('x.spdx.json', JSON.stringify(document)))
  assert.ok('items' in reading)
  assert.equal(reading.collectedAt?.toISOString(), '2026-04-30T10:00:00.000Z')
  const [bash, app] = rows(items)
  assert.deepEqual(
    [bash?.host, bash?.purl, bash?.version, bash?.publisher, bash?.componentType],
    ['ws-014', 'pkg:deb/debian/bash@5.2', '5.2', 'Debian', 'package'],
  )
  assert.deepEqual(
    [app?.name, app?.version, app?.publisher, app?.componentType, app?.purl],
    ['app', undefined, undefined, 'operating-system', undefined],
  )
  assert.equal(items.filter((item) => item.kind === 'reject').length, 1)
})

test('the packages of SPDX 3 are read from its graph', async () => {
  const text = JSON.stringify({
    '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
    '@graph': [
      { type: 'CreationInfo', specVersion: '3.0.1', created: '2026-04-30T10:00:00Z' },
      {
        type: 'software_Package',
        name: 'junit',
        software_packageVersion: '4.12',
        software_packageUrl: 'pkg:maven/junit/junit@4.12',
      },
      { type: 'Relationship', name: 'not read' },
      { type: 'SpdxDocument', name: 'ws-014' },
    ],
  })
  const { items } = await readOnly(spdx, textFile('x.json', text))
  assert.deepEqual(
    rows(items).map((row) => [row.host, row.purl]),
    [['ws-014', 'pkg:maven/junit/junit@4.12']],
  )
})

test('the tag-value form, RDF and other versions are refused with what to do', async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n', /tag-value.*export it as JSON/],
    ['<rdf:RDF xmlns:spdx="http://spdx.org/rdf/terms#"></rdf:RDF>', /export it as JSON/],
    ['{"spdxVersion":"SPDX-2.1","packages":[]}', /2\.1/],
  ]
  for (const [text, reason] of cases) {
    const file = textFile('a', text)
    assert.ok(spdx.recognises(Buffer.from(text), file), text)
    const { reading } = await readOnly(spdx, file)
    assert.ok('reason' in reading)
    assert.match(reading.reason, reason)
  }
})

test('no JSON whatever makes it crash', async () => {
  const key = fc.constantFrom(
    ...[
      'spdxVersion',
      'name',
      'packages',
      'externalRefs',
      'referenceType',
      '@graph',
      'type',
      'creationInfo',
      'created',
      'supplier',
    ],
  )
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom('x', '', 1, null, true, 'pkg:npm/a@1', 'software_Package', 'purl'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 5 }),
    ),
  }))
  await fc.assert(
    fc.asyncProperty(fc.dictionary(key, value, { maxKeys: 6 }), async (content) => {
      const text = `{"spdxVersion":"SPDX-2.3",${JSON.stringify(content).slice(1)}`.replace(',}', '}')
      try {
        const { items } = await readOnly(spdx, textFile('a.json', text))
        for (const item of items) assert.ok(item.line >= 1)
      } catch (error) {
        assert.ok(error instanceof SourceError, String(error))
      }
    }),
  )
})
