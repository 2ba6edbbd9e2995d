import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FactRow, Item } from '#core/intake/facts.ts'
import { readOnly, textFile } from '../../test/support/text-file.ts'
import { SourceError } from './format.ts'
import { osquery } from './osquery.ts'

const software = (items: readonly Item[]) => items.flatMap((item) => (item.kind === 'component' ? [item.row] : []))
const devices = (items: readonly Item[]) => items.flatMap((item) => (item.kind === 'device' ? [item.row] : []))

const snapshot = (host: string, unixTime: number, name: string, rows: readonly object[]) =>
  JSON.stringify({ snapshot: rows, action: 'snapshot', name, hostIdentifier: host, calendarTime: 'x', unixTime })
const change = (host: string, unixTime: number, action: string, columns: object) =>
  JSON.stringify({ name: 'pack/inventory/software', hostIdentifier: host, unixTime, action, columns })

const program = (name: string, version: string) => ({
  name,
  version,
  publisher: 'Example',
  install_location: '',
  install_date: '20260105',
})

const log = [
  snapshot('4C4C-1', 1777000000, 'system', [
    {
      hostname: 'ws-014',
      uuid: '4C4C-1',
      hardware_serial: 'SN14',
      hardware_vendor: 'Dell Inc.',
      hardware_model: 'Latitude 5440',
      cpu_brand: 'x',
    },
  ]),
  snapshot('4C4C-1', 1777000000, 'os', [
    {
      name: 'Microsoft Windows 11 Pro',
      version: '10.0.22631',
      major: '10',
      minor: '0',
      build: '22631',
      platform: 'windows',
    },
  ]),
  snapshot('4C4C-1', 1777000001, 'disks', [
    { drive_letter: 'C:', protection_status: '1', conversion_status: '1', encryption_method: 'XTS_AES_128' },
    { drive_letter: 'D:', protection_status: '0', conversion_status: '0', encryption_method: 'None' },
  ]),
  snapshot('4C4C-1', 1777000002, 'av', [
    { type: 'Antivirus', name: 'Windows Defender', state: 'On', signatures_up_to_date: '1' },
    { type: 'Firewall', name: 'Windows Firewall', state: 'Off', signatures_up_to_date: '1' },
  ]),
  change('4C4C-1', 1777000003, 'added', program('Old', '1')),
  change('4C4C-1', 1777000004, 'added', program('New', '1')),
  'not json',
  change('4C4C-1', 1777000005, 'removed', program('Old', '1')),
  JSON.stringify({
    name: 'whatever',
    hostIdentifier: '4C4C-1',
    unixTime: 1777000006,
    action: 'added',
    columns: { path: 'x' },
  }),
].join('\n')

test('a results log gives one device for each host and the software that is still there', async () => {
  const file = textFile('osqueryd.results.log', log)
  assert.ok(Number(osquery.recognises(Buffer.from(log), file)) > 0.9)
  const { reading, items } = await readOnly(osquery, file)
  assert.ok('items' in reading)
  assert.equal(reading.complete, false)
  assert.equal(reading.basis, 'measured')
  assert.equal(reading.collectedAt?.getTime(), 1777000006000)
  assert.deepEqual(
    software(items).map((row) => [row.host, row.name, row.installedOn]),
    [['ws-014', 'New', '2026-01-05']],
  )
  const expected: FactRow<'device'> = {
    name: 'ws-014',
    serial: 'SN14',
    deviceKind: 'laptop',
    manufacturer: 'Dell Inc.',
    model: 'Latitude 5440',
    osName: 'Microsoft Windows 11 Pro',
    osVersion: '10.0.22631',
    osBuild: '22631',
    encrypted: false,
    encryptionMethod: 'XTS_AES_128',
    malwareProtection: true,
    userName: undefined,
    lastSeenAt: new Date(1777000002000),
  }
  assert.deepEqual(devices(items), [expected])
  assert.deepEqual(
    items.filter((item) => item.kind === 'reject').map((item) => item.line),
    [7],
  )
})

test('of two snapshots of one query the later counts', async () => {
  const text = [
    snapshot('a', 1777000000, 'programs', [program('Old', '1'), program('Kept', '1')]),
    snapshot('b', 1777000000, 'programs', [program('Old', '1')]),
    snapshot('a', 1777100000, 'programs', [program('Kept', '1')]),
  ].join('\n')
  const { items } = await readOnly(osquery, textFile('a.log', text))
  assert.deepEqual(
    software(items)
      .map((row) => `${row.host} ${row.name}`)
      .sort(),
    ['a Kept', 'b Old'],
  )
})

test('the answer to a query of one table is of the machine whose name the file bears', async () => {
  const rows = [
    {
      name: 'openssl',
      version: '3.0.11-1',
      source: '',
      size: '1',
      arch: 'amd64',
      revision: '1',
      status: 'install ok installed',
    },
  ]
  const gone = [{ ...rows[0], name: 'gone', status: 'deinstall ok config-files' }]
  for (const name of ['ws-014.json', 'ws-014-deb_packages.json']) {
    const text = JSON.stringify([...rows, ...gone], undefined, 2)
    assert.ok(osquery.recognises(Buffer.from(text), textFile(name, text)))
    const { reading, items } = await readOnly(osquery, textFile(name, text))
    assert.equal('complete' in reading && reading.complete, true)
    assert.deepEqual(
      software(items).map((row) => [row.host, row.name, row.version, row.purl]),
      [['ws-014', 'openssl', '3.0.11-1', undefined]],
    )
  }
})

test('tables side by side in one object are of one machine, named by its system_info', async () => {
  const text = JSON.stringify({
    queries: {
      rpms: [
        {
          name: 'bash',
          version: '5.2',
          release: '1.el9',
          epoch: '0',
          arch: 'x86_64',
          sha1: 'x',
          install_time: '1700000000',
        },
      ],
      system_info: [
        {
          hostname: 'db-1',
          hardware_serial: 'Default string',
          hardware_model: 'VMware7,1',
          hardware_vendor: 'VMware, Inc.',
        },
      ],
      os_version: [{ name: 'Red Hat Enterprise Linux', version: '9.4', major: '9', minor: '4', platform: 'rhel' }],
      disk_encryption: [
        { name: '/dev/sda1', uuid: '', encrypted: '0', type: '' },
        { name: '/dev/dm-0', uuid: '', encrypted: '1', type: 'aes' },
      ],
    },
  })
  const { items } = await readOnly(osquery, textFile('export.json', text))
  const [bash] = software(items)
  assert.deepEqual(
    [bash?.host, bash?.purl, bash?.installedOn],
    ['db-1', 'pkg:rpm/redhat/bash@5.2-1.el9?arch=x86_64', '2023-11-14'],
  )
  const [device] = devices(items)
  assert.deepEqual(
    [device?.name, device?.serial, device?.deviceKind, device?.encrypted],
    ['db-1', undefined, 'virtual', undefined],
  )
})

test('a report of Fleet names the host of each row', async () => {
  const text = JSON.stringify({
    query_id: 31,
    results: [
      { host_id: 1, host_name: 'ws-1', last_fetched: '2026-04-01T00:00:00Z', columns: { ...program('App', '1') } },
      { host_id: 2, host_name: 'ws-2', last_fetched: '2026-04-02T00:00:00Z', columns: { ...program('App', '1') } },
    ],
  })
  assert.ok(osquery.recognises(Buffer.from(text), textFile('a.json', text)))
  const { reading, items } = await readOnly(osquery, textFile('a.json', text))
  assert.deepEqual(
    software(items).map((row) => row.host),
    ['ws-1', 'ws-2'],
  )
  assert.equal('collectedAt' in reading && reading.collectedAt?.toISOString(), '2026-04-02T00:00:00.000Z')
})

test('FileVault and applications of a Mac are understood', async () => {
  const text = JSON.stringify({
    disk_encryption: [
      {
        name: '/dev/disk1s1',
        encrypted: '1',
        type: 'APFS Encryption',
        filevault_status: 'on',
        encryption_status: 'encrypted',
      },
      { name: '/dev/disk1s4', encrypted: '0', type: '', filevault_status: '', encryption_status: 'not encrypted' },
    ],
    apps: [{ name: 'Safari.app', bundle_identifier: 'com.apple.Safari', bundle_short_version: '18.1' }],
    chrome_extensions: [{ name: 'Blocker', version: '1', identifier: 'abc', browser_type: 'chrome' }],
  })
  const { items } = await readOnly(osquery, textFile('mac-1.json', text))
  assert.deepEqual(
    devices(items).map((row) => [row.name, row.encrypted]),
    [['mac-1', true]],
  )
  assert.deepEqual(
    software(items).map((row) => [row.name, row.version, row.componentType]),
    [
      ['Safari', '18.1', 'application'],
      ['Blocker', '1', 'browser-extension'],
    ],
  )
})

test('a table that is not read is refused, and other JSON is not taken for osquery', async () => {
  const text = '[{"uid":"0","gid":"0","username":"root","directory":"/root","shell":"/bin/sh"}]'
  const { reading } = await readOnly(osquery, textFile('a.json', text))
  assert.ok('reason' in reading)
  assert.match(reading.reason, /table that is not read/)
  for (const other of [
    '[]',
    '{}',
    '[{"name":"x","email":"y"}]',
    '{"bomFormat":"CycloneDX","components":[{"name":"a","version":"1","publisher":"b"}]}',
    'a,b',
  ]) {
    assert.equal(Number(osquery.recognises(Buffer.from(other), textFile('a.json', other))), 0, other)
  }
})

test('no JSON whatever makes it crash', async () => {
  const key = fc.constantFrom(
    ...[
      'hostIdentifier',
      'columns',
      'snapshot',
      'name',
      'version',
      'release',
      'arch',
      'hostname',
      'hardware_serial',
      'queries',
      'results',
      'unixTime',
      'publisher',
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
      const text = `{${JSON.stringify(content).slice(1)}`.replace(',}', '}')
      try {
        const { items } = await readOnly(osquery, textFile('a.json', text))
        for (const item of items) assert.ok(item.line >= 1)
      } catch (error) {
        assert.ok(error instanceof SourceError, String(error))
      }
    }),
  )
})
