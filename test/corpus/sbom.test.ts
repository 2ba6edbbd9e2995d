/**
 * Software inventories that tools and projects published, each file with what is true of it: the number of components
 * that it lists (counted apart from this program), or why it is not read.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { cyclonedx } from '#sources/cyclonedx.ts'
import { localFile, readHead } from '#sources/format.ts'
import { spdx } from '#sources/spdx.ts'
import { readOnly } from '../support/text-file.ts'

const corpus = join(import.meta.dirname, '../../../shared/data')
const folders = [
  'vulnerability/sbom',
  'vulnerability/spdx',
  'vulnerability/cyclonedx',
  'vulnerability/trivy-fixtures',
  'scans/cyclonedx',
  'scans/spdx',
]

type Outcome = readonly [format: 'cyclonedx' | 'spdx', components: number] | 'refused' | 'other'

const expected: Readonly<Record<string, Outcome>> = {
  'vulnerability/sbom/alpine-zlib-16.cdx.json': ['cyclonedx', 1],
  'vulnerability/sbom/alpine.cdx.xml': 'refused',
  'vulnerability/sbom/bad-purls.cdx.xml': 'refused',
  'vulnerability/sbom/only-unimportant.spdx.json': ['spdx', 1],
  'vulnerability/sbom/osv-scanner.toml': 'other', //
  'vulnerability/sbom/postgres-stretch.cdx.xml': 'refused',
  'vulnerability/sbom/with-duplicates.cdx.xml': 'refused',
  'vulnerability/spdx/appbomination.spdx.json': ['spdx', 7],
  'vulnerability/spdx/appbomination.spdx3.json': ['spdx', 7],
  'vulnerability/spdx/example1.spdx': 'refused',
  'vulnerability/spdx/example2-bin.spdx': 'refused',
  'vulnerability/spdx/example2-src.spdx': 'refused',
  'vulnerability/spdx/example3-bin.spdx': 'refused',
  'vulnerability/spdx/example3-src.spdx': 'refused',
  'vulnerability/spdx/example4-bin.spdx': 'refused',
  'vulnerability/spdx/example4-src.spdx': 'refused',
  'vulnerability/spdx/example5-bin.spdx': 'refused',
  'vulnerability/spdx/example5-src.spdx': 'refused',
  'vulnerability/spdx/example6-bin.spdx': 'refused',
  'vulnerability/spdx/example6-lib.spdx': 'refused',
  'vulnerability/spdx/example6-src.spdx': 'refused',
  'vulnerability/spdx/example7-bin.spdx.json': ['spdx', 1],
  'vulnerability/spdx/example7-go-module.spdx.json': ['spdx', 1],
  'vulnerability/spdx/example7-golang.spdx.json': ['spdx', 2],
  'vulnerability/spdx/example7-third-party-modules.spdx.json': ['spdx', 3],
  'vulnerability/spdx/examplemaven-0.0.1-enriched.spdx.json': ['spdx', 6],
  'vulnerability/spdx/examplemaven-0.0.1.spdx.json': ['spdx', 6],
  'vulnerability/spdx/hello-dist.spdx.json': ['spdx', 1],
  'vulnerability/spdx/hello-dist.spdx.json.sha256': 'other', //
  'vulnerability/spdx/hello-source.spdx.json': ['spdx', 1],
  'vulnerability/spdx/hello-src.spdx.json': ['spdx', 1],
  'vulnerability/spdx/hello-src.spdx.json.sha256': 'other', //
  'vulnerability/spdx/sbom.spdx.json': ['spdx', 4],
  'vulnerability/cyclonedx/SBOM/cern-lhc-vdm-editor-e564943/bom.json': ['cyclonedx', 43],
  'vulnerability/cyclonedx/SBOM/laravel-7.12.0/bom.1.4.json': ['cyclonedx', 62],
  'vulnerability/cyclonedx/SBOM/laravel-7.12.0/bom.1.4.xml': 'refused',
  'vulnerability/cyclonedx/VEX/bom.json': ['cyclonedx', 3],
  'vulnerability/cyclonedx/VEX/vex.json': 'refused',
  'vulnerability/trivy-fixtures/db/almalinux.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/alpine.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/amazon.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/cocoapods.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/composer.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/conan.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/cpe.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/data-source.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/debian.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/erlang.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/go.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/java.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/k8s.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/mariner.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/nodejs.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/nuget.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/opensuse.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/oracle.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/photon.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/pub.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/python.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/redhat.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/rockylinux.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/ruby.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/rust.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/suse.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/swift.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/ubuntu.yaml': 'other', //
  'vulnerability/trivy-fixtures/db/vulnerability.yaml': 'other', //
  'vulnerability/trivy-fixtures/expected/alpine-310.json.golden': 'other', //
  'vulnerability/trivy-fixtures/expected/alpine-310.sarif.golden': 'other', //
  'vulnerability/trivy-fixtures/expected/centos-7.json.golden': 'other', //
  'vulnerability/trivy-fixtures/expected/conda-cyclonedx.json.golden': ['cyclonedx', 2],
  'vulnerability/trivy-fixtures/expected/conda-environment-cyclonedx.json.golden': ['cyclonedx', 2],
  'vulnerability/trivy-fixtures/expected/conda-spdx.json.golden': ['spdx', 3],
  'vulnerability/trivy-fixtures/expected/gomod.json.golden': 'other', //
  'vulnerability/trivy-fixtures/expected/license-cyclonedx.json.golden': 'other', //
  'vulnerability/trivy-fixtures/expected/npm-cyclonedx.json.golden': ['cyclonedx', 13],
  'vulnerability/trivy-fixtures/expected/npm.json.golden': 'other', //
  'vulnerability/trivy-fixtures/expected/pip.json.golden': 'other', //
  'vulnerability/trivy-fixtures/repo/gomod/go.mod': 'other', //
  'vulnerability/trivy-fixtures/repo/gomod/submod/go.mod': 'other', //
  'vulnerability/trivy-fixtures/repo/gomod/submod2/go.mod': 'other', //
  'vulnerability/trivy-fixtures/repo/npm/package-lock.json': 'other', //
  'vulnerability/trivy-fixtures/repo/pip/requirements.txt': 'other', //
  'vulnerability/trivy-fixtures/sbom/centos-7-cyclonedx.json': ['cyclonedx', 3],
  'vulnerability/trivy-fixtures/sbom/centos-7-spdx.json': ['spdx', 4],
  'vulnerability/trivy-fixtures/sbom/centos-7-spdx.txt': 'refused',
  'vulnerability/trivy-fixtures/sbom/fluentd-multiple-lockfiles-cyclonedx.json': ['cyclonedx', 4],
  'vulnerability/trivy-fixtures/sbom/license-cyclonedx.json': ['cyclonedx', 4],
  'vulnerability/trivy-fixtures/sbom/minikube-kbom.json': ['cyclonedx', 18],
  'scans/cyclonedx/issue_8022.json': ['cyclonedx', 1],
  'scans/cyclonedx/log4j.json': ['cyclonedx', 1],
  'scans/cyclonedx/log4j.xml': 'refused',
  'scans/cyclonedx/nested-component-log4j.json': ['cyclonedx', 2],
  'scans/spdx/spdx_3_unsupported.json': ['spdx', 1],
  'scans/spdx/spdx_many_vuln.json': ['spdx', 4],
  'scans/spdx/spdx_no_vuln.json': ['spdx', 3],
  'scans/spdx/spdx_one_vuln.json': ['spdx', 3],
  'scans/spdx/spdx_one_vuln.spdx': 'refused',
}

async function outcomeOf(path: string): Promise<{ outcome: Outcome; hosts: Set<string>; hasRejects: boolean }> {
  const file = await localFile(path)
  const head = await readHead(file)
  const sure = (format: typeof spdx) => Number(format.recognises(head, file))
  const [format] = [cyclonedx, spdx].filter((each) => sure(each) > 0).sort((one, other) => sure(other) - sure(one))
  if (!format) return { outcome: 'other', hosts: new Set(), hasRejects: false }
  const { reading, items } = await readOnly(format, file)
  if (!('items' in reading)) return { outcome: 'refused', hosts: new Set(), hasRejects: false }
  const rows = items.flatMap((item) => (item.kind === 'component' ? [item.row] : []))
  const hosts = new Set(rows.map((row) => row.host ?? ''))
  const name = reading.format === 'spdx' ? 'spdx' : 'cyclonedx'
  return { outcome: [name, rows.length], hosts, hasRejects: items.length !== rows.length }
}

test('every published inventory is read in full, or refused for a known reason', {
  skip: existsSync(corpus) ? false : 'the corpus (../shared/data) is not on this machine',
}, async () => {
  const found: Record<string, Outcome> = {}
  for (const folder of folders) {
    const entries = await readdir(join(corpus, folder), { recursive: true, withFileTypes: true })
    for (const entry of entries) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      const { outcome, hosts, hasRejects } = await outcomeOf(path)
      found[relative(corpus, path)] = outcome
      assert.ok(hosts.size <= 1 && !hosts.has(''), `${path} has no host`)
      assert.equal(hasRejects, false, `${path} has rejects`)
    }
  }
  assert.deepEqual(found, expected)
})
