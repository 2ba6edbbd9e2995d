import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { clearSpool, readJson, spool } from './body.ts'

const root = mkdtempSync(join(tmpdir(), 'vigil-spool-'))
after(() => rmSync(root, { recursive: true, force: true }))

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>
const post = (body: Body | null, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  new Request('http://localhost/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit)
const read = (body: Body | null, headers?: Record<string, string>) => readJson(post(body, headers))

/** A body that comes in pieces, and then ends, fails, or stays open. */
function pieces(count: number, size: number, then: 'end' | 'fail' | 'hang' = 'end') {
  let left = count
  let isCancelled = false
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left > 0) controller.enqueue(new Uint8Array(size).fill(left % 251))
      else if (then === 'fail') controller.error(new Error('reset'))
      else if (then === 'end') controller.close()
      left -= 1
      return left < -1 ? new Promise<void>(() => {}) : undefined
    },
    cancel: () => {
      isCancelled = true
    },
  })
  return { stream, isCancelled: () => isCancelled }
}

test('any JSON value is read as it was written, whether its length was said or not', async () => {
  const jsonValue = fc.jsonValue({ maxDepth: 8 }).filter((value) => {
    const text = JSON.stringify(value)
    return !/"(?:__proto__|constructor|prototype)":|\\u0000|\\ud/.test(text)
  })
  await fc.assert(
    fc.asyncProperty(jsonValue, async (value) => {
      const text = JSON.stringify(value)
      const expected: unknown = JSON.parse(text)
      assert.deepEqual(await read(text), expected)
      const length = String(Buffer.byteLength(text))
      assert.deepEqual(
        await read(text, { 'content-type': 'Application/JSON; charset="UTF-8"', 'content-length': length }),
        expected,
      )
    }),
    { numRuns: 200 },
  )
})

test('a text is taken exactly when JSON.parse takes it, but for what is refused besides', async () => {
  const token = fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"b"', '1', 'null', ' ', '"', '\\', '"\\""')
  await fc.assert(
    fc.asyncProperty(fc.array(token, { minLength: 1, maxLength: 12 }), async (tokens) => {
      const text = tokens.join('')
      let isJson = true
      try {
        JSON.parse(text)
      } catch {
        isJson = false
      }
      const taken = await read(text).then(
        () => true,
        (cause: Error) => (cause.message.includes('twice') ? undefined : false),
      )
      if (taken !== undefined) assert.equal(taken, isJson, text)
    }),
    { numRuns: 2_000 },
  )
})

const bad: Readonly<Record<string, [Body, RegExp]>> = {
  'a key twice': ['{"a":1,"a":2}', /twice/],
  'a key twice, once in escapes': ['{"a":1,"\\u0061":2}', /twice/],
  'a key twice, deep inside': ['[[{"b":[{"a":1, "a" :2}]}]]', /twice/],
  'a key __proto__': ['{"__proto__":{"isAdmin":true}}', /not allowed/],
  '__proto__ in escapes': ['{"\\u005f_proto__":1}', /not allowed/],
  'a key constructor': ['{"a":{"constructor":{"prototype":1}}}', /not allowed/],
  'depth 65': ['['.repeat(65) + ']'.repeat(65), /deeper/],
  'depth of half a million': [`${'{"a":'.repeat(100_000)}`, /deeper/],
  'a string without an end': ['{"a', /well-formed/],
  'a comment': ['{} // x', /well-formed/],
  'a trailing comma': ['[1,]', /well-formed/],
  NaN: ['NaN', /well-formed/],
  'a byte order mark': ['\ufeff{}', /well-formed/],
  'a NUL in an escape': ['["a\\u0000"]', /no character/],
  'half a character in an escape': ['{"\\ud800":1}', /no character/],
  'invalid UTF-8': [new Uint8Array([0x22, 0xc3, 0x28, 0x22]), /UTF-8/],
  'UTF-16': [Uint8Array.from(Buffer.from('{}', 'utf16le')), /well-formed/],
}
for (const [name, [body, words]] of Object.entries(bad)) {
  test(`bad JSON: ${name} is refused, and quoted nowhere`, async () => {
    await assert.rejects(read(body), { code: 'request-bad-json', kind: 'invalid', message: words })
  })
}

test('the same key in two objects, and the words constructor and __proto__ as values, are no reason to refuse', async () => {
  assert.deepEqual(await read('[{"a":"__proto__"},{"a":"constructor"},"a","a"]'), [
    { a: '__proto__' },
    { a: 'constructor' },
    'a',
    'a',
  ])
  assert.ok(await read('['.repeat(64) + ']'.repeat(64)))
})

test('a type other than JSON in UTF-8, or compressed, is refused by 415; no body by its own code', async () => {
  for (const type of [
    'text/plain',
    'application/json; charset=utf-16',
    'application/json;x',
    'application/jsonx',
    '',
  ]) {
    await assert.rejects(read('{}', { 'content-type': type }), { code: 'request-unsupported-type' }, type)
  }
  await assert.rejects(read('{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' }), {
    kind: 'unsupported',
  })
  await assert.rejects(readJson(new Request('http://localhost/', { method: 'POST' })), { code: 'request-not-json' })
  await assert.rejects(read(''), { code: 'request-not-json' })
})

test('a body beyond the limit is refused by what it says of itself, and where it says nothing while it comes', async () => {
  const headers = { 'content-type': 'application/json' }
  await assert.rejects(read('{}', { ...headers, 'content-length': '2000000' }), {
    code: 'request-too-large',
    kind: 'large',
  })
  const endless = pieces(1_000_000, 65_536)
  await assert.rejects(readJson(post(endless.stream), { limit: 100_000 }), { code: 'request-too-large' })
})

test('a body that stops coming is given up, and one whose sender goes is no defect', async () => {
  await assert.rejects(readJson(post(pieces(1, 10, 'hang').stream), { withinMs: 30 }), {
    code: 'request-stalled',
    kind: 'slow',
  })
  await assert.rejects(readJson(post(pieces(1, 10, 'fail').stream)), { code: 'request-broken-off' })
})

const directory = join(root, 'spool')

test('an upload lies in a file that only its owner may read, whole, with its digest', async () => {
  const { stream } = pieces(80, 70_001)
  const { path, bytes, digest } = await spool(post(stream, {}), { directory, limit: 1e9 })
  const content = readFileSync(path)
  assert.equal(bytes, 80 * 70_001)
  assert.equal(content.length, bytes)
  assert.deepEqual(digest, createHash('sha256').update(content).digest())
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(statSync(directory).mode & 0o777, 0o700)
  rmSync(path)
})

test('an upload is not held in memory while it comes', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const chunks: WeakRef<Uint8Array>[] = []
  let alive = 0
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (chunks.length === 500) {
        await setImmediate()
        collect()
        alive = chunks.filter((chunk) => chunk.deref() !== undefined).length
        controller.close()
        return
      }
      const chunk = new Uint8Array(65_536)
      chunks.push(new WeakRef(chunk))
      controller.enqueue(chunk)
      await setImmediate()
    },
  })
  const { path, bytes } = await spool(post(stream, {}), { directory, limit: 1e9 })
  assert.equal(bytes, 500 * 65_536)
  // Two batches of 16: the one that is gathered and the one that is written.
  assert.ok(alive <= 40, `${alive} of 500 chunks are held`)
  rmSync(path)
})

test('an empty upload is an empty file', async () => {
  const { path, bytes } = await spool(post(null, {}), { directory, limit: 10 })
  assert.equal(bytes, 0)
  rmSync(path)
})

test('an upload beyond the limit, stalled, broken off or compressed is refused, and leaves no file', async () => {
  const large = pieces(1_000_000, 65_536)
  await assert.rejects(spool(post(large.stream, {}), { directory, limit: 10_000_000 }), { code: 'request-too-large' })
  assert.ok(large.isCancelled())
  await assert.rejects(spool(post('x', { 'content-length': '99' }), { directory, limit: 98 }), {
    code: 'request-too-large',
  })
  await assert.rejects(spool(post(pieces(40, 65_536, 'hang').stream, {}), { directory, limit: 1e9, idleMs: 30 }), {
    code: 'request-stalled',
  })
  await assert.rejects(spool(post(pieces(40, 65_536, 'fail').stream, {}), { directory, limit: 1e9 }), {
    code: 'request-broken-off',
  })
  await assert.rejects(spool(post('x', { 'content-encoding': 'gzip' }), { directory, limit: 10 }), {
    kind: 'unsupported',
  })
  await assert.rejects(spool(post('x', { 'content-encoding': 'br' }), { directory, limit: 10, takesGzip: true }), {
    kind: 'unsupported',
  })
  assert.deepEqual(readdirSync(directory), [])
  const packed = await spool(post('x', { 'content-encoding': 'gzip' }), { directory, limit: 10, takesGzip: true })
  assert.equal(readFileSync(packed.path, 'utf8'), 'x')
  rmSync(packed.path)
})

test('a full disk refuses the upload in words and leaves no file', () => {
  const script = `
    import { spool } from ${JSON.stringify(join(import.meta.dirname, 'body.ts'))}
    const chunk = new Uint8Array(1 << 20)
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(chunk) })
    const request = new Request('http://localhost/', { method: 'POST', body, duplex: 'half' })
    await spool(request, { directory: ${JSON.stringify(directory)}, limit: 1e9 }).catch(({ code }) => process.stdout.write(code))
  `
  // A limit on the size of files is met as a full disk is: a write that fails half way.
  const limited = ['-c', 'ulimit -f 5000; exec "$0" "$@"', process.execPath, '--input-type=module', '-e', script]
  const { stdout, stderr } = spawnSync('bash', limited, { encoding: 'utf8' })
  assert.equal(stdout, 'request-no-room', stderr)
  assert.deepEqual(readdirSync(directory), [])
})

test('what a killed process left in the spool is removed, and what is young or not of the spool stays', async () => {
  for (const name of ['upload-old', 'upload-young', 'other']) writeFileSync(join(directory, name), 'x')
  const now = new Date('2026-11-02T12:00:00Z')
  for (const name of ['upload-old', 'other']) utimesSync(join(directory, name), 0, 0)
  utimesSync(join(directory, 'upload-young'), now, now)
  assert.equal(await clearSpool(directory, 3_600_000, now), 1)
  assert.deepEqual(readdirSync(directory), ['other', 'upload-young'])
  assert.equal(await clearSpool(join(root, 'nowhere'), 0, now), 0)
})
