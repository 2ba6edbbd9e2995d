/** Real tables that are not lists of ours: none of them may be taken for one. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { basename } from 'node:path'
import { test } from 'node:test'
import type { Item, Reading, Unrecognised } from '#core/intake/facts.ts'
import { localFile, readFile } from '../../src/sources/file.ts'

const data = new URL('../../../shared/data/', import.meta.url)
const skip = existsSync(data) ? false : 'the folder of real inputs (../shared/data) is absent'

async function readAll(path: string): Promise<{ format: string; reason: string }[]> {
  const results = []
  for await (const found of readFile(await localFile(path), { asOf: new Date('2026-11-21') })) {
    if (found.format === 'unrecognised') {
      results.push({ format: found.format, reason: (found as Unrecognised).reason })
      continue
    }
    let count = 0
    for await (const _ of (found as Reading).items as AsyncIterable<Item>) count += 1
    results.push({ format: found.format, reason: `${count} items` })
  }
  return results
}

test('no table of breaches, scans or findings is taken for a list of staff, accounts or devices', {
  skip,
}, async () => {
  let files = 0
  for await (const name of glob('**/*.{csv,tsv}', { cwd: data })) {
    files += 1
    const found = await readAll(new URL(name, data).pathname)
    assert.deepEqual(
      found.map((one) => one.format),
      ['unrecognised'],
      `${basename(name)}: ${found[0]?.reason}`,
    )
    assert.ok((found[0]?.reason.length ?? 0) > 20)
  }
  assert.ok(files >= 20)
})

test('a report of vulnerabilities is named as what it is', { skip }, async () => {
  const [found] = await readAll(new URL('scans/qualys_vmdr/many_vulns_cve.csv', data).pathname)
  assert.match(found?.reason ?? '', /report of vulnerabilities/)
})
