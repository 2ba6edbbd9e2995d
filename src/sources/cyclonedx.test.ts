import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Item } from '#core/intake/facts.ts'
import { readOnly, textFile } from '../../test/support/text-file.ts'
import { cyclonedx } from './cyclonedx.ts'
import { SourceError } from './format.ts'

const rows = (items: readonly Item[]) => items.flatMap((item) => (item.kind === 'component' ? [item.row] : []))

const inventory = {
  components: [
    { type: 'operating-system', name: 'debian', version: '12' },
    {
      type: 'library',
      group: 'org.example',
      name: 'outer',
      version: '1.0',
      purl: 'pkg:maven/org.example/outer@1.0',
      components: [
        { type: 'library', name: 'inner', version: '2', components: [{ type: 'library', name: 'innermost' }] },
      ],
    },
    { type: 'library', name: 'openssl', version: '3.0.11-1', purl: 'pkg:deb/debian/openssl@3.0.11-1?arch=amd64' },
    { type: 'library', name: 'broken', version: '1', purl: 'pkg:not a purl' },
    { type: 'file', name: '/etc/passwd' },
    { type: 'library', version: '1' },
  ],
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  metadata: { component: { name: 'ws-014', type: 'device' }, timestamp: '2026-04-30T10:00:00+02:00' },
}

test('every component is read, nested ones too, under the name of what the inventory describes', async () => {
  const { reading, items } = await readOnly(cyclonedx, textFile('x.cdx.json', JSON.stringify(inventory)))
  assert.ok('items' in reading)
  assert.equal(reading.collectedAt?.toISOString(), '2026-04-30T08:00:00.000Z')
  assert.equal(reading.complete, true)
  const found = rows(items)
  assert.deepEqual(found.map((row) => row.name).sort(), [
    'broken',
    'debian',
    'inner',
    'innermost',
    'openssl',
    'org.example/outer',
  ])
  assert.ok(found.every((row) => row.host === 'ws-014'))
  const openssl = found.find((row) => row.name === 'openssl')
  assert.equal(openssl?.purl, 'pkg:deb/debian/openssl@3.0.11-1?arch=amd64')
  assert.equal(openssl?.componentType, 'package')
})

test('a component with a broken package URL stays, one without any name is rejected', async () => {
  const { items } = await readOnly(cyclonedx, textFile('x.json', JSON.stringify(inventory, undefined, 1)))
  const broken = rows(items).find((row) => row.name === 'broken')
  assert.equal(broken?.purl, undefined)
  assert.equal(broken?.version, '1')
  const rejects = items.filter((item) => item.kind === 'reject')
  assert.equal(rejects.length, 1)
  assert.ok((rejects[0]?.line ?? 0) > 1)
})

test('the host is what vigil.yaml says, else what is described, else the name of the file', async () => {
  const { metadata: _, ...rest } = inventory
  const text = JSON.stringify(rest)
  assert.equal(rows((await readOnly(cyclonedx, textFile('ws-014.cdx.json', text))).items)[0]?.host, 'ws-014')
  const root = JSON.stringify({ ...rest, metadata: { component: { type: 'file', name: '/' } } })
  assert.equal(rows((await readOnly(cyclonedx, textFile('ws-014.json', root))).items)[0]?.host, 'ws-014')
  const given = await readOnly(cyclonedx, textFile('a.json', JSON.stringify(inventory)), { mapping: { system: 'lab' } })
  assert.equal(rows(given.items)[0]?.host, 'lab')
})

test('XML, other versions and lists of vulnerabilities alone are refused with what to do', async () => {
  const xml = '<?xml version="1.0"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.4" version="1"><components/></bom>'
  assert.ok(cyclonedx.recognises(Buffer.from(xml), textFile('a.xml', xml)))
  const cases: readonly (readonly [string, RegExp])[] = [
    [xml, /export it as JSON/],
    ['{"bomFormat":"CycloneDX","specVersion":"2.0","components":[]}', /version 1\.2 to 1\.7/],
    ['{"bomFormat":"CycloneDX","specVersion":"1.4","vulnerabilities":[{}]}', /no software/],
  ]
  for (const [text, reason] of cases) {
    const { reading } = await readOnly(cyclonedx, textFile('a', text))
    assert.ok(reading.format === 'unrecognised' && 'reason' in reading)
    assert.match(reading.reason, reason)
  }
})

test('an inventory that was cut off is an error with its line', async () => {
  const text = JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', components: [{ name: 'a' }] }).slice(0, -3)
  await assert.rejects(readOnly(cyclonedx, textFile('a.json', text)), { code: 'json-truncated' })
})

test('no JSON whatever makes it crash', async () => {
  const key = fc.constantFrom(
    ...[
      'bomFormat',
      'specVersion',
      'metadata',
      'component',
      'components',
      'name',
      'purl',
      'type',
      'supplier',
      'timestamp',
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
      const text = `{"bomFormat":"CycloneDX","specVersion":"1.5",${JSON.stringify(content).slice(1)}`.replace(',}', '}')
      try {
        const { items } = await readOnly(cyclonedx, textFile('a.json', text))
        for (const item of items) assert.ok(item.line >= 1)
      } catch (error) {
        assert.ok(error instanceof SourceError, String(error))
      }
    }),
  )
})
