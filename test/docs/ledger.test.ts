/** Holds docs/ledger.md to what it promises: the commands for other tools really check an export. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeEntry, parseEntry, payloadDigest } from '#core/ledger/model/entry.ts'
import { exportLedger } from '#core/ledger/model/export.ts'
import { leafHash, rootOf } from '#platform/transparency/merkle.ts'
import { requireProgram } from '../support/servers.ts'

const page = readFileSync('docs/ledger.md', 'utf8')
const openssl = await requireProgram({ name: 'openssl', apt: ['openssl'] })
const hasOpenssl = /^OpenSSL 3/.test(spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout ?? '')

test('an export is checked by a shell and OpenSSL, as the page shows', {
  skip: openssl.skip || (hasOpenssl ? false : 'there is no OpenSSL 3 on this machine'),
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'vigil-ledger-page-'))
  after(() => rmSync(directory, { recursive: true, force: true }))
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const signer = {
    name: 'vigil',
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32),
    sign: (message: Uint8Array) => sign(null, message, privateKey),
  }
  const lines = [0, 1, 2].map((seq) => {
    const digest = payloadDigest(Buffer.alloc(16, seq), Buffer.from('{}'))
    return makeEntry({
      seq,
      at: new Date(0),
      actor: 'operator:x',
      action: 'a.b',
      outcome: 'done',
      subjects: [],
      digest,
    })
  })
  const chunks: Buffer[] = []
  for await (const chunk of exportLedger({
    origin: 'vigil/ledger/page',
    signer,
    head: { size: lines.length, root: rootOf(lines.map((entry) => entry.leafHash)) },
    entries: [lines.map(({ line }) => ({ line, payload: { state: 'sealed' } as const }))],
  }))
    chunks.push(chunk)
  writeFileSync(join(directory, 'ledger.txt'), Buffer.concat(chunks))

  const [, commands = ''] = /```sh\n(sed -n 's\/\^head[\s\S]*?)```/.exec(page) ?? []
  const said = execFileSync('bash', ['-euc', commands], { cwd: directory, encoding: 'utf8' })
  const [verified, computed, given] = said.split('\n')
  assert.equal(verified, 'Signature Verified Successfully')
  assert.equal(computed, lines[0]?.leafHash.toString('base64'))
  assert.equal(given, computed)
})

test('the entry that the page shows is one', () => {
  const [, line = ''] = /```text\n(\{"seq":.*)\n```/.exec(page) ?? []
  assert.equal(parseEntry(line)?.seq, 7)
  assert.equal(leafHash(Buffer.from(line)).length, 32)
})
