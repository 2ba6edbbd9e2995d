import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type UnpackLimits, unpacked } from './unpacked.ts'

async function* inSteps(bytes: Buffer, step: number) {
  for (let from = 0; from < bytes.length; from += step) yield bytes.subarray(from, from + step)
}

async function readAll(stream: AsyncIterable<Uint8Array>, limits?: UnpackLimits): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of unpacked(stream, limits)) parts.push(part)
  return Buffer.concat(parts).toString()
}

const one = gzipSync('one line\n')
const two = gzipSync('another line\n')

for (const step of [1, 5, 10_000]) {
  test(`gzip is told by its first bytes and read to the end of its last part, in steps of ${step}`, async () => {
    const text = 'one line\nanother line\n'
    assert.equal(await readAll(inSteps(Buffer.concat([one, two]), step)), text)
    // Tapes are filled up with nought.
    assert.equal(await readAll(inSteps(Buffer.concat([one, two, Buffer.alloc(40)]), step)), text)
    assert.equal(await readAll(inSteps(Buffer.from(text), step)), text)
    assert.equal(await readAll(inSteps(Buffer.from(''), step)), '')
    assert.equal(await readAll(inSteps(Buffer.from('x'), step)), 'x')
  })

  test(`what is cut off, changed or followed by something else is refused, in steps of ${step}`, async () => {
    const both = Buffer.concat([one, two])
    const changed = Buffer.from(one)
    changed.writeUInt8(changed.readUInt8(14) ^ 0xff, 14)
    for (const bytes of [both.subarray(0, -1), both.subarray(0, one.length + 4), changed, one.subarray(0, 5)]) {
      await assert.rejects(readAll(inSteps(bytes, step)), { code: 'packed-broken' })
    }
    await assert.rejects(readAll(inSteps(Buffer.concat([one, Buffer.from('more')]), step)), { code: 'packed-broken' })
    await assert.rejects(readAll(inSteps(Buffer.concat([one, Buffer.from('\0\0more')]), step)), {
      code: 'packed-trailing',
    })
  })
}

test('a bomb is refused long before it is unpacked, and more than was asked for likewise', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
  let count = 0
  const reading = async () => {
    for await (const part of unpacked(inSteps(bomb, 1_000))) count += part.length
  }
  await assert.rejects(reading(), { code: 'packed-bomb' })
  assert.ok(count < 32 * 1024 * 1024, String(count))
  await assert.rejects(readAll(inSteps(bomb, 1_000), { maxBytes: 3_000_000 }), { code: 'packed-large' })
  await assert.rejects(readAll(inSteps(Buffer.alloc(10), 3), { maxBytes: 9 }), { code: 'packed-large' })
  assert.equal((await readAll(inSteps(Buffer.alloc(9), 3), { maxBytes: 9 })).length, 9)
})

test('an error of the stream itself passes through, and a reader who stops ends the stream', async () => {
  const broken = async function* () {
    yield one.subarray(0, 12)
    throw new Error('the line went dead')
  }
  await assert.rejects(readAll(broken()), /the line went dead/)
  let isEnded = false
  const endless = async function* () {
    try {
      for (;;) yield one
    } finally {
      isEnded = true
    }
  }
  for await (const part of unpacked(endless())) {
    assert.equal(Buffer.from(part).toString(), 'one line\n')
    break
  }
  assert.equal(isEnded, true)
})
