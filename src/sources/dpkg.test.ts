import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { Item } from '#core/intake/facts.ts'
import { findProgram } from '../../test/support/servers.ts'
import { readOnly, textFile } from '../../test/support/text-file.ts'
import { dpkg } from './dpkg.ts'
import { localFile } from './format.ts'

const rows = (items: readonly Item[]) => items.flatMap((item) => (item.kind === 'component' ? [item.row] : []))

const status = `Package: openssl
Status: install ok installed
Maintainer: Debian OpenSSL Team <team@debian.example>
Architecture: amd64
Source: openssl-src (3.0.11-1)
Version: 3.0.11-1~deb12u2
Description: a toolkit
 Package: not a field
 .

Package: gone
Status: deinstall ok config-files
Version: 1

Package: libc6
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Version: 1:2.36-9

Package: odd
Version: 1

Package: half
Status: install ok installed
`

test('installed packages are read with their package URL, removed ones are not', async () => {
  for (const text of [status, status.replaceAll('\n', '\r\n')]) {
    const { reading, items } = await readOnly(dpkg, textFile('ws-014.status', text))
    assert.equal('basis' in reading && reading.basis, 'measured')
    assert.deepEqual(
      rows(items).map((row) => [row.host, row.name, row.version, row.purl]),
      [
        [
          'ws-014',
          'openssl',
          '3.0.11-1~deb12u2',
          'pkg:deb/debian/openssl@3.0.11-1~deb12u2?arch=amd64&source=openssl-src',
        ],
        ['ws-014', 'libc6', '1:2.36-9', 'pkg:deb/debian/libc6@1:2.36-9?arch=amd64'],
      ],
    )
    assert.deepEqual(
      items.filter((item) => item.kind === 'reject').map((item) => item.line),
      [21, 24],
    )
  }
})

test('the file of an Ubuntu machine gives package URLs of Ubuntu', async () => {
  const text = status.replaceAll('Debian OpenSSL Team <team@debian.example>', 'Ubuntu Developers <a@lists.ubuntu.com>')
  const only = `${text.split('\n\n')[0]}\n`
  const { items } = await readOnly(dpkg, textFile('ws-015.status', only))
  assert.match(rows(items)[0]?.purl ?? '', /^pkg:deb\/ubuntu\//)
})

test('a file that does not tell its machine asks for it, and vigil.yaml may tell', async () => {
  for (const name of ['status', 'dpkg-status', 'dpkg.status.txt', 'status.txt']) {
    const { reading } = await readOnly(dpkg, textFile(name, status))
    assert.ok('reason' in reading, name)
    assert.match(reading.reason, /vigil\.yaml/)
  }
  const { items } = await readOnly(dpkg, textFile('status', status), { mapping: { system: 'db-1' } })
  assert.equal(rows(items)[0]?.host, 'db-1')
  const named = await readOnly(dpkg, textFile('ws-014-dpkg-status.txt', status))
  assert.equal(rows(named.items)[0]?.host, 'ws-014')
})

test('on a Debian machine as many packages are read as dpkg itself counts', async (context) => {
  const query = await findProgram('dpkg-query')
  if (query === undefined) return context.skip('this machine has no dpkg')
  const format = '$' + '{db:Status-Status}\\n'
  const { stdout } = await promisify(execFile)(query, ['-W', '-f', format], { maxBuffer: 64 * 1024 * 1024 })
  const expected = stdout.split('\n').filter((line) => line === 'installed').length
  const { items } = await readOnly(dpkg, await localFile('/var/lib/dpkg/status'), { mapping: { system: 'here' } })
  assert.equal(rows(items).length, expected)
  assert.equal(items.length, expected)
})
