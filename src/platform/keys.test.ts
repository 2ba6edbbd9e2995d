import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough, Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import {
  createDataKey,
  dataKeyIdOf,
  KeyError,
  type KeyErrorCode,
  type KeyStore,
  keyOf,
  open,
  openChunks,
  openDataKey,
  openFile,
  openKeyFile,
  rewrap,
  rewrapFile,
  seal,
  sealChunks,
  sealFile,
} from './keys.ts'

const places: string[] = []
after(async () => {
  for (const place of places) await rm(place, { recursive: true, force: true })
})

async function newPlace(): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'vigil-keys-'))
  places.push(place)
  return place
}

const place = await newPlace()
const store = await openKeyFile(place)
const other = await openKeyFile(await newPlace())
const secret = Buffer.from('correct horse battery staple')
const context = 'credential/7b1e/12'

function refusedAs(...codes: KeyErrorCode[]) {
  return (error: unknown) => {
    assert.ok(error instanceof KeyError, String(error))
    assert.ok(codes.includes(error.code), error.code)
    assert.match(error.message, /^[A-Z].*[.]$|chmod/)
    assert.ok(!error.message.includes(secret.toString()))
    return true
  }
}

const damage = refusedAs('sealed-damaged', 'key-missing')

function* flipsOf(bytes: Buffer): Generator<Buffer> {
  for (let i = 0; i < bytes.length; i += 1) {
    const flipped = Buffer.from(bytes)
    flipped.writeUInt8(flipped.readUInt8(i) ^ (1 << (i % 8)), i)
    yield flipped
  }
}

const through = (chunks: AsyncIterable<Buffer>) => buffer(chunks)
const sealedBytes = (plaintext: Buffer, keys: KeyStore = store) => through(sealChunks(keys, [plaintext], context))
const openedBytes = (sealed: Buffer, as = context) => through(openChunks(store, [sealed], as))

test('a sealed value opens in its own context only', async () => {
  const sealed = await seal(store, secret, context)
  assert.ok(!sealed.includes(secret.subarray(0, 7)))
  assert.deepEqual(await open(store, sealed, context), secret)
  await assert.rejects(open(store, sealed, 'credential/7b1e/13'), refusedAs('sealed-damaged'))
  await assert.rejects(open(store, sealed, ''), refusedAs('sealed-damaged'))
  assert.notDeepEqual(await seal(store, secret, context), sealed)
})

test('values of every length and any context open again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), fc.string({ unit: 'binary' }), async (value, where) => {
      fc.pre(where.isWellFormed())
      assert.deepEqual(await open(store, await seal(store, value, where), where), Buffer.from(value))
    }),
  )
})

test('a sealed value with any byte changed, cut off or added is refused', async () => {
  const sealed = await seal(store, secret, context)
  for (const flipped of flipsOf(sealed)) await assert.rejects(open(store, flipped, context), damage)
  for (let length = 0; length < sealed.length; length += 1) {
    await assert.rejects(open(store, sealed.subarray(0, length), context), damage)
  }
  await assert.rejects(open(store, Buffer.concat([sealed, Buffer.alloc(1)]), context), damage)
})

test('the parts of two sealed values cannot be exchanged', async () => {
  const [one, two] = [await seal(store, secret, context), await seal(store, secret, context)]
  for (let at = 1; at < one.length; at += 1) {
    const mixed = Buffer.concat([one.subarray(0, at), two.subarray(at)])
    // Up to the wrapped key the two are the same, so there a whole value is put together again.
    if (mixed.equals(one) || mixed.equals(two)) continue
    await assert.rejects(open(store, mixed, context), damage)
  }
})

test('a value sealed with another store is refused by name', async () => {
  const sealed = await seal(other, secret, context)
  await assert.rejects(open(store, sealed, context), refusedAs('key-missing'))
  assert.deepEqual(keyOf(sealed), { store: other.id, version: 1 })
})

test('one data key seals many values, each bound to its own context', async () => {
  const { dataKey, wrapped } = await createDataKey(store, 'ledger/7b1e')
  const sealed = Array.from({ length: 50 }, (_, i) => dataKey.seal(Buffer.from(`payload ${i}`), `entry/${i}`))
  const again = await openDataKey(store, wrapped, 'ledger/7b1e')
  assert.equal(again.id, dataKey.id)
  for (const [i, value] of sealed.entries()) {
    assert.equal(again.open(value, `entry/${i}`).toString(), `payload ${i}`)
    assert.equal(dataKeyIdOf(value), dataKey.id)
    assert.throws(() => again.open(value, `entry/${i + 1}`), refusedAs('sealed-damaged'))
  }
  assert.equal(new Set(sealed.map((value) => value.toString('hex', 17, 29))).size, 50)
  await assert.rejects(openDataKey(store, wrapped, 'ledger/other'), refusedAs('sealed-damaged'))
  for (const flipped of flipsOf(wrapped)) await assert.rejects(openDataKey(store, flipped, 'ledger/7b1e'), damage)
  await assert.rejects(openDataKey(store, Buffer.concat([wrapped, wrapped]), 'ledger/7b1e'), damage)
  const [first] = sealed
  assert.ok(first)
  for (const flipped of flipsOf(first)) assert.throws(() => again.open(flipped, 'entry/0'), damage)
  for (let length = 0; length < first.length; length += 1) {
    assert.throws(() => again.open(first.subarray(0, length), 'entry/0'), damage)
  }
})

test('a value says when another data key sealed it, and a destroyed data key opens nothing', async () => {
  const { dataKey } = await createDataKey(store, context)
  const { dataKey: second } = await createDataKey(store, context)
  const sealed = dataKey.seal(secret, context)
  assert.throws(() => second.open(sealed, context), refusedAs('key-missing'))
  dataKey.destroy()
  assert.throws(() => dataKey.open(sealed, context), refusedAs('data-key-destroyed'))
  assert.throws(() => dataKey.seal(secret, context), refusedAs('data-key-destroyed'))
})

test('nothing that is sealed in one way passes for something sealed in another', async () => {
  const { dataKey, wrapped } = await createDataKey(store, context)
  const value = await seal(store, secret, context)
  await assert.rejects(openDataKey(store, value, context), damage)
  await assert.rejects(open(store, wrapped, context), damage)
  await assert.rejects(open(store, dataKey.seal(secret, context), context), damage)
  await assert.rejects(openedBytes(value), damage)
  assert.throws(() => dataKeyIdOf(value), damage)
  const relabelled = Buffer.from(value)
  relabelled.writeUInt8(2, 0)
  await assert.rejects(openDataKey(store, relabelled, context), damage)
})

test('files of every length around the chunks are sealed and opened, however they arrive', async () => {
  for (const length of [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000]) {
    const plaintext = Buffer.alloc(length, 'abcdefg')
    const sealed = new PassThrough()
    const [bytes] = await Promise.all([buffer(sealed), sealFile(store, Readable.from([plaintext]), sealed, context)])
    const pieces = Array.from({ length: Math.ceil(bytes.length / 1009) }, (_, i) =>
      bytes.subarray(i * 1009, (i + 1) * 1009),
    )
    const opened = new PassThrough()
    const [result] = await Promise.all([buffer(opened), openFile(store, Readable.from(pieces), opened, context)])
    assert.ok(result.equals(plaintext), `${length} bytes`)
  }
})

test('a sealed file with any byte changed or its end cut off at any place is refused', async () => {
  const sealed = await sealedBytes(Buffer.alloc(40, 7))
  for (const flipped of flipsOf(sealed)) await assert.rejects(openedBytes(flipped), damage)
  for (let length = 0; length < sealed.length; length += 1) {
    await assert.rejects(openedBytes(sealed.subarray(0, length)), damage)
  }
  await assert.rejects(openedBytes(Buffer.concat([sealed, Buffer.alloc(1)])), damage)
  await assert.rejects(openedBytes(Buffer.concat([sealed, sealed])), damage)
  await assert.rejects(openedBytes(sealed, 'another place'), refusedAs('sealed-damaged'))
})

test('chunks of a sealed file cannot be cut off, dropped, repeated, moved or taken from another file', async () => {
  const plaintext = Buffer.alloc(4 * 65_536, 'same content in each chunk, 64 B')
  const split = (sealed: Buffer) => {
    const chunks: Buffer[] = []
    for (let end = sealed.length; chunks.length < 4; end -= 65_552) chunks.unshift(sealed.subarray(end - 65_552, end))
    return [sealed.subarray(0, sealed.length - 4 * 65_552), ...chunks]
  }
  const parts = split(await sealedBytes(plaintext))
  const foreign = split(await sealedBytes(plaintext))
  const [header, one, two, three, four] = parts
  assert.ok(header && one && two && three && four)
  assert.ok((await openedBytes(Buffer.concat(parts))).equals(plaintext))
  const others = [
    [header],
    [header, one],
    [header, one, two],
    [header, one, two, three],
    [header, one, two, three, four.subarray(0, -1)],
    [header, two, three, four],
    [header, one, three, four],
    [header, one, one, two, three, four],
    [header, two, one, three, four],
    [header, one, two, three, four, four],
    [header, one, two, three, four, Buffer.alloc(16)],
    [header, one, foreign[2] ?? one, three, four],
    [foreign[0] ?? one, one, two, three, four],
  ]
  for (const [i, wrong] of others.entries())
    await assert.rejects(openedBytes(Buffer.concat(wrong)), damage, `case ${i}`)
})

test('a stream that fails while it is sealed leaves no file that opens', async () => {
  async function* failing() {
    yield Buffer.alloc(100_000)
    throw new Error('the disk is gone')
  }
  const written: Buffer[] = []
  const consume = async () => {
    for await (const chunk of sealChunks(store, failing(), context)) written.push(chunk)
  }
  await assert.rejects(consume(), /the disk is gone/)
  await assert.rejects(openedBytes(Buffer.concat(written)), damage)
})

test('a source is closed when the place it is sealed to fails', async () => {
  const source = Readable.from([Buffer.alloc(100_000), Buffer.alloc(100_000)])
  const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('the disk is full')) })
  await assert.rejects(sealFile(store, source, full, context), /the disk is full/)
  assert.ok(source.destroyed)
})

test('rotation adds a key, and rewrapping moves to it without touching the data', async () => {
  const directory = await newPlace()
  const keys = await openKeyFile(directory)
  const sealed = await seal(keys, secret, context)
  const file = await sealedBytes(secret, keys)
  const { dataKey, wrapped } = await createDataKey(keys, context)
  const byDataKey = dataKey.seal(secret, context)
  const elsewhere = await openKeyFile(directory)

  assert.equal(await keys.rotate(), 2)
  assert.deepEqual([keys.currentVersion, keys.versions], [2, [1, 2]])
  assert.deepEqual(await open(keys, sealed, context), secret)

  await assert.rejects(rewrap(keys, sealed, 'another place'), refusedAs('sealed-damaged'))
  const moved = await rewrap(keys, sealed, context)
  assert.deepEqual([keyOf(sealed).version, keyOf(moved).version], [1, 2])
  const dataPart = 12 + secret.length + 16
  assert.deepEqual(moved.subarray(-dataPart), sealed.subarray(-dataPart))
  assert.deepEqual(await rewrap(keys, moved, context), moved)
  const movedKey = await rewrap(keys, wrapped, context)
  assert.equal(keyOf(movedKey).version, 2)
  const target = new PassThrough()
  const [movedFile] = await Promise.all([buffer(target), rewrapFile(keys, [file], target, context)])

  await assert.rejects(keys.discard(2), RangeError)
  await keys.discard(1)
  await assert.rejects(open(keys, sealed, context), refusedAs('key-missing'))
  assert.deepEqual(await open(keys, moved, context), secret)
  assert.deepEqual((await openDataKey(keys, movedKey, context)).open(byDataKey, context), secret)
  assert.deepEqual(await through(openChunks(keys, [movedFile], context)), secret)
  // A process that opened the file before the rotation learns of the new key when it meets it.
  assert.deepEqual(await open(elsewhere, moved, context), secret)
})

test('a value moves from one key store to another', async () => {
  const sealed = await seal(store, secret, context)
  const moved = await rewrap(store, sealed, context, other)
  assert.equal(keyOf(moved).store, other.id)
  assert.deepEqual(await open(other, moved, context), secret)
})

test('the key file is made once, for its owner only, and opened again with the same keys', async () => {
  const directory = await newPlace()
  const [one, two] = await Promise.all([openKeyFile(directory), openKeyFile(directory)])
  assert.equal(one.id, two.id)
  const sealed = await seal(one, secret, context)
  const again = await openKeyFile(directory, { create: false })
  assert.deepEqual(await open(again, sealed, context), secret)
  assert.deepEqual(again.signingKey.publicKey, one.signingKey.publicKey)
  assert.equal((await stat(join(directory, 'keys/vigil.key'))).mode & 0o777, 0o600)
  assert.equal((await stat(join(directory, 'keys'))).mode & 0o777, 0o700)
  assert.deepEqual(await readdir(join(directory, 'keys')), ['vigil.key'])
})

test('a missing key file is not replaced by a new one when there should be one', async () => {
  await assert.rejects(openKeyFile(await newPlace(), { create: false }), refusedAs('key-file-missing'))
})

test('a key file or its directory open to others is refused, with the command that closes it', async () => {
  const directory = await newPlace()
  await openKeyFile(directory)
  const path = join(directory, 'keys/vigil.key')
  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o644]) {
    await chmod(path, mode)
    await assert.rejects(openKeyFile(directory), (error) => {
      assert.ok(error instanceof KeyError && error.code === 'key-file-open-to-others')
      assert.ok(error.message.endsWith(`chmod 600 '${path}'`), error.message)
      return true
    })
  }
  await chmod(path, 0o600)
  await chmod(join(directory, 'keys'), 0o750)
  await assert.rejects(openKeyFile(directory), refusedAs('key-directory-open-to-others'))
  await chmod(join(directory, 'keys'), 0o700)
  await openKeyFile(directory)
})

test('a key file with any byte changed or its end cut off is refused, and the reason quotes nothing of it', async () => {
  const directory = await newPlace()
  await openKeyFile(directory)
  const path = join(directory, 'keys/vigil.key')
  const whole = await readFile(path)
  const refused = async (bytes: Buffer) => {
    await writeFile(path, bytes)
    await assert.rejects(openKeyFile(directory), (error) => {
      assert.ok(error instanceof KeyError && error.code === 'key-file-damaged')
      assert.equal(error.cause, undefined)
      return true
    })
  }
  for (const flipped of flipsOf(whole)) await refused(flipped)
  for (let length = 0; length < whole.length; length += 1) await refused(whole.subarray(0, length))
  await writeFile(path, whole)
  await openKeyFile(directory)
})

test('what a stopped writer left behind is ignored, and removed once it is old', async () => {
  const directory = await newPlace()
  const before = await openKeyFile(directory)
  const keys = join(directory, 'keys')
  const [old, fresh] = [join(keys, '.vigil.key.0123456789abcdef'), join(keys, '.vigil.key.fedcba9876543210')]
  for (const draft of [old, fresh]) await writeFile(draft, '{"half": ', { mode: 0o600 })
  await utimes(old, new Date(0), new Date(0))
  const opened = await openKeyFile(directory)
  assert.equal(opened.id, before.id)
  assert.deepEqual((await readdir(keys)).sort(), ['.vigil.key.fedcba9876543210', 'vigil.key'])
})

test('a rotation that cannot be written leaves the keys as they were', async () => {
  const directory = await newPlace()
  const keys = await openKeyFile(directory)
  const sealed = await seal(keys, secret, context)
  const path = join(directory, 'keys/vigil.key')
  const whole = await readFile(path)
  await writeFile(path, 'damaged')
  await assert.rejects(keys.rotate(), refusedAs('key-file-damaged'))
  assert.equal(keys.currentVersion, 1)
  assert.deepEqual(await open(keys, sealed, context), secret)
  await rm(path)
  await assert.rejects(keys.rotate(), refusedAs('key-file-missing'))
  await writeFile(path, whole, { mode: 0o600 })
  assert.equal(await keys.rotate(), 2)
  assert.deepEqual(await readdir(join(directory, 'keys')), ['vigil.key'])
})

test('a process killed while it rotates leaves a whole key file with every key it told of', async () => {
  const directory = await newPlace()
  const sealed = await seal(await openKeyFile(directory), secret, context)
  const script = `
    const { openKeyFile } = await import(${JSON.stringify(new URL('./keys.ts', import.meta.url).href)})
    const keys = await openKeyFile(${JSON.stringify(directory)}, { create: false })
    for (;;) process.stdout.write(String(await keys.rotate()) + '\\n')`
  for (const rotations of [1, 4, 9]) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'close')
    let told = 0
    let count = 0
    for await (const line of createInterface({ input: child.stdout })) {
      told = Number(line)
      count += 1
      if (count === rotations) child.kill('SIGKILL')
    }
    await ended
    const keys = await openKeyFile(directory, { create: false })
    assert.ok(told > rotations && keys.currentVersion >= told)
    assert.deepEqual(await open(keys, sealed, context), secret)
  }
})

test('printing a key store or a data key shows no key', async () => {
  const file = JSON.parse(await readFile(join(place, 'keys/vigil.key'), 'utf8'))
  const { dataKey } = await createDataKey(store, context)
  const printed = [store, dataKey]
    .map((each) => inspect(each, { depth: 9, showHidden: true }) + JSON.stringify(each))
    .join()
  for (const key of [file.keys['1'], file.signingSeed]) {
    const bytes = Buffer.from(key, 'base64')
    assert.equal(bytes.length, 32)
    for (const form of [key, bytes.toString('hex'), bytes.toString('hex').match(/../g)?.slice(0, 6).join(' ') ?? '']) {
      assert.ok(!printed.includes(form))
    }
  }
})

test('the signing key of the file signs as Ed25519 does', async () => {
  const { publicKey, sign } = store.signingKey
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') },
    format: 'jwk',
  })
  assert.ok(verify(null, secret, key, await sign(secret)))
  assert.ok(!verify(null, Buffer.from('other'), key, await sign(secret)))
})
