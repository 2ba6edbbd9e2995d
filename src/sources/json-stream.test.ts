import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { textFile } from '../../test/support/text-file.ts'
import { SourceError } from './format.ts'
import { type Emitted, readJson, type Shape } from './json-stream.ts'
import { openUtf8 } from './source-text.ts'

async function emit(text: string | Buffer, shape: Shape, chunkSize = 3): Promise<Emitted[]> {
  const found: Emitted[] = []
  for await (const each of readJson(openUtf8(textFile('a.json', text, chunkSize)), shape)) found.push(each)
  return found
}

const whole: Shape = { emit: 'all', isWhole: true }

test('a document that is kept whole is what JSON.parse makes of it, however its bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), fc.integer({ min: 1, max: 9 }), fc.constantFrom(0, 2), async (text, size, indent) => {
      const written = JSON.stringify(JSON.parse(text), undefined, indent)
      const [first, ...rest] = await emit(written, { items: { emit: 'item', isWhole: true }, ...whole }, size)
      assert.deepEqual(rest, [])
      assert.equal(JSON.stringify(first?.value), JSON.stringify(JSON.parse(written)))
    }),
  )
})

test('text of any script and with any escape is read as it was written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 5 }), async (text, size) => {
      const found = await emit(
        JSON.stringify({ skipped: text, kept: text }),
        { members: { kept: { emit: 'kept' } } },
        size,
      )
      assert.deepEqual(
        found.map((each) => each.value),
        [JSON.parse(JSON.stringify(text))],
      )
    }),
  )
})

test('only what the shape chooses is given out, with the line it begins on', async () => {
  const text = '{"a": [1, {"b": "no"}],\n "list": [\n  {"name": "x", "more": {"name": "y"}},\n  {"name": "z"}\n]}'
  const found = await emit(text, { members: { list: { items: { emit: 'item', members: { name: 'keep' } } } } })
  assert.deepEqual(found, [
    { name: 'item', line: 3, value: { name: 'x' } },
    { name: 'item', line: 4, value: { name: 'z' } },
  ])
})

test('what is cut off or no JSON is refused in words with its line', async () => {
  for (const text of ['{"a": [1, 2', '{"a": "b', '', '[', '{"a"']) {
    await assert.rejects(
      emit(text, whole),
      (error) => error instanceof SourceError && error.code === 'json-truncated',
      text,
    )
  }
  for (const text of [
    '{"a" 1}',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    '[1}',
    '[1] [2]',
    '[nul]',
    '["\\x"]',
    "['a']",
    '{"a":1]',
    ',',
  ]) {
    await assert.rejects(
      emit(text, whole),
      (error) => error instanceof SourceError && error.code === 'json-malformed',
      text,
    )
  }
  await assert.rejects(emit('['.repeat(600), whole), { code: 'json-too-deep' })
  await assert.rejects(emit(`["${'x'.repeat(5_000_000)}"]`, whole, 65536), { code: 'json-value-too-large' })
})

test('a long document is read with little memory', async () => {
  const item = `{"name": "component", "text": "${'x'.repeat(200)}"},`
  async function* document(): AsyncGenerator<Buffer> {
    yield Buffer.from('{"list": [')
    const chunk = Buffer.from(item.repeat(256))
    for (let index = 0; index < 1000; index += 1) yield chunk
    yield Buffer.from('{"name": "last"}], "skipped": [')
    for (let index = 0; index < 200; index += 1) yield chunk
    yield Buffer.from('0]}')
  }
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  const before = process.memoryUsage().heapUsed
  let count = 0
  let most = 0
  for await (const _ of readJson(document(), {
    members: { list: { items: { emit: 'item', members: { name: 'keep' } } } },
  })) {
    count += 1
    if (count % 50_000 !== 0) continue
    collect()
    most = Math.max(most, process.memoryUsage().heapUsed - before)
  }
  assert.equal(count, 256_001)
  assert.ok(most < 20 * 1024 * 1024, `${most} bytes`)
})

test('UTF-16, which Windows tools write, is read like UTF-8', async () => {
  const text = '{"kept": "Übung"}'
  for (const bytes of [
    Buffer.from(`\ufeff${text}`, 'utf16le'),
    Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
    Buffer.from(`\ufeff${text}`),
  ]) {
    assert.equal((await emit(bytes, { members: { kept: { emit: 'kept' } } }))[0]?.value, 'Übung')
  }
})
