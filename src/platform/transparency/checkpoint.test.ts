import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { test } from 'node:test'
import { LogCheckpoint, verifyCheckpoint as sigstoreCheckpoint } from '@sigstore/verify/dist/tlog/checkpoint.js'
import { verifyMerkleInclusion as sigstoreInclusion } from '@sigstore/verify/dist/tlog/merkle.js'
import fc from 'fast-check'
import {
  fingerprintOf,
  parseCheckpoint,
  parseVkey,
  type Signer,
  signCheckpoint,
  verifyCheckpoint,
  vkeyOf,
} from './checkpoint.ts'
import { inclusionProof, leafHash, rootOf } from './merkle.ts'

function signerOf(seed: number, name: string): Signer {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)])
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)
  return { name, publicKey, sign: (message) => sign(null, message, privateKey) }
}

const clinic = signerOf(1, 'vigil.clinic.example')
const clinicKey = vkeyOf(clinic.name, clinic.publicKey)
const origin = 'vigil.clinic.example/organisation'
const leaves = Array.from({ length: 7 }, (_, i) => Buffer.from(`leaf ${i}`))
const root = rootOf(leaves.map(leafHash))
const text = await signCheckpoint({ origin, size: 7, root }, clinic)

/** What sigstore wants to know: the log's key and name, and a proof. */
function forSigstore(checkpoint: string, index: number) {
  const key = parseVkey(clinicKey)
  assert.ok(key.ok)
  const authority = {
    logID: Buffer.concat([key.value.keyId, Buffer.alloc(28)]),
    publicKey: key.value.key,
    baseURL: clinic.name,
    validFor: { start: new Date(0), end: new Date(0) },
  }
  const entry = {
    canonicalizedBody: leaves[index] ?? Buffer.alloc(0),
    inclusionProof: {
      logIndex: String(index),
      rootHash: root,
      treeSize: '7',
      hashes: inclusionProof(index, 7, leaves.map(leafHash)),
      checkpoint: { envelope: checkpoint },
    },
  }
  type Entry = Parameters<typeof sigstoreCheckpoint>[0]
  return { entry: entry as unknown as Entry, authorities: [authority] }
}

test('a checkpoint is read as it was signed, and its lines are those of the format', () => {
  const lines = text.split('\n')
  assert.deepEqual(lines.slice(0, 4), [origin, '7', root.toString('base64'), ''])
  assert.match(lines[4] ?? '', /^— vigil\.clinic\.example [A-Za-z0-9+/]+=*$/)
  assert.equal(lines[5], '')
  const read = verifyCheckpoint(text, clinicKey)
  assert.ok(read.ok)
  assert.deepEqual([read.value.origin, read.value.size, read.value.root], [origin, 7, root])
})

test('sigstore verifies our checkpoint, and with it our proof of every entry', () => {
  for (let index = 0; index < 7; index += 1) {
    const { entry, authorities } = forSigstore(text, index)
    const checkpoint = sigstoreCheckpoint(entry, authorities)
    assert.ok(checkpoint instanceof LogCheckpoint)
    assert.equal(checkpoint.logSize, 7n)
    sigstoreInclusion(entry, checkpoint)
  }
})

test('sigstore refuses our checkpoint when another key signed it or a line was changed', async () => {
  const other = forSigstore(await signCheckpoint({ origin, size: 7, root }, signerOf(2, clinic.name)), 0)
  assert.throws(() => sigstoreCheckpoint(other.entry, other.authorities))
  const changed = forSigstore(text.replace('\n7\n', '\n8\n'), 0)
  assert.throws(() => sigstoreCheckpoint(changed.entry, changed.authorities))
})

test('a key is written as signed-note writes it, and read back', () => {
  // The example key of the Go checksum database, which uses the same format.
  const goSum = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8'
  const read = parseVkey(goSum)
  assert.ok(read.ok)
  assert.equal(vkeyOf(read.value.name, read.value.publicKey), goSum)
  assert.match(fingerprintOf(read.value.publicKey), /^SHA256:[A-Za-z0-9+/]{43}$/)
  for (const wrong of [
    '',
    'x',
    'a+b',
    goSum.replace('033d', '033e'),
    goSum.replace('An8', 'An9'),
    `${goSum}=`,
    ` ${goSum}`,
  ]) {
    assert.equal(parseVkey(wrong).ok, false, wrong)
  }
  assert.throws(() => vkeyOf('two words', clinic.publicKey), RangeError)
})

test('no byte of a checkpoint can be changed, added or cut off', () => {
  const bytes = Buffer.from(text)
  for (let i = 0; i < bytes.length; i += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8(flipped.readUInt8(i) ^ (1 << bit), i)
      assert.equal(verifyCheckpoint(flipped.toString(), clinicKey).ok, false, `bit ${bit} of byte ${i}`)
    }
    assert.equal(verifyCheckpoint(bytes.subarray(0, i).toString(), clinicKey).ok, false, `cut at ${i}`)
  }
  for (const more of ['\n', ' ', 'x', '\r\n', '— a b\n'])
    assert.equal(verifyCheckpoint(text + more, clinicKey).ok, false)
  assert.equal(verifyCheckpoint(text.replaceAll('\n', '\r\n'), clinicKey).ok, false)
})

test('a checkpoint is one text: other ways of writing the same are refused', () => {
  const signature = text.split('\n\n')[1] ?? ''
  const write = (...lines: string[]) => parseCheckpoint(`${lines.join('\n')}\n\n${signature}`).ok
  const rootText = root.toString('base64')
  assert.ok(write(origin, '7', rootText))
  assert.ok(write(origin, '0', rootText, 'more'))
  for (const size of ['07', '+7', '7.0', ' 7', '7 ', '', '-0', '7e0', '0x7', '9007199254740993', '٧']) {
    assert.equal(write(origin, size, rootText), false, size)
  }
  assert.equal(write('', '7', rootText), false)
  assert.equal(write(origin, '7'), false)
  assert.equal(write(origin, '7', rootText.slice(0, -1)), false)
  assert.equal(
    write(origin, '7', `${rootText.slice(0, -2)}${rootText.endsWith('A=') ? 'B' : 'A'}=`.replace(/^./, '-')),
    false,
  )
  assert.equal(write(origin, '7', Buffer.alloc(31).toString('base64')), false)
  assert.equal(write(origin, '7', rootText, 'tab\there'), false)
})

test('further lines are signed, and a further signature is not judged', async () => {
  const extended = await signCheckpoint({ origin, size: 7, root, extensions: ['one', 'two words'] }, clinic)
  const read = verifyCheckpoint(extended, clinicKey)
  assert.deepEqual(read.ok && read.value.extensions, ['one', 'two words'])
  assert.equal(verifyCheckpoint(extended.replace('\none\n', '\n'), clinicKey).ok, false)

  const witness = signerOf(3, 'witness.example')
  const witnessed = text + (await signCheckpoint({ origin, size: 7, root }, witness)).split('\n\n')[1]
  assert.ok(verifyCheckpoint(witnessed, clinicKey).ok)
  assert.ok(verifyCheckpoint(witnessed, vkeyOf(witness.name, witness.publicKey)).ok)
  assert.equal(verifyCheckpoint(text + text.split('\n\n')[1], clinicKey).ok, false)
})

test('a key does not count under another name, nor another key under the same', () => {
  assert.equal(verifyCheckpoint(text, vkeyOf('vigil.other.example', clinic.publicKey)).ok, false)
  assert.equal(verifyCheckpoint(text, vkeyOf(clinic.name, signerOf(2, 'x').publicKey)).ok, false)
  assert.equal(verifyCheckpoint(text, 'not a key').ok, false)
})

test('what could not be read back is not signed', async () => {
  for (const wrong of [
    { origin: '', size: 1, root },
    { origin: 'a\nb', size: 1, root },
    { origin: `a\n1\n${root.toString('base64')}\nx`, size: 1, root },
    { origin, size: 1.5, root },
    { origin, size: -1, root },
    { origin, size: 1, root: root.subarray(1) },
    { origin, size: 1, root, extensions: [''] },
    { origin, size: 1, root, extensions: ['a\nb'] },
  ]) {
    await assert.rejects(signCheckpoint(wrong, clinic), RangeError)
  }
})

test('whatever text is given, reading it ends in an answer', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (noise) => {
      assert.equal(typeof parseCheckpoint(noise).ok, 'boolean')
      assert.equal(verifyCheckpoint(`${noise}\n\n${noise}\n`, clinicKey).ok, false)
      assert.equal(parseVkey(noise).ok, false)
    }),
  )
})
