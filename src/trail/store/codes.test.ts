import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { type KeyStore, openKeyFile } from '#platform/keys.ts'
import { Refusal } from '#platform/refusal.ts'
import { noKnown, toColumns } from '../../../test/support/accesses.ts'
import { openCodes } from './codes.ts'
import { openEmbeddedStore } from './embedded.ts'
import type { CodesFile, Dictionary } from './store.ts'

async function withFolder(work: (folder: string, keys: KeyStore) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-codes-'))
  try {
    await work(folder, await openKeyFile(folder))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const open = (folder: string, keys: KeyStore) => openCodes(folder, { keys, organisation: 'one' })
const file = (folder: string) => join(folder, 'codes.sealed')
const isDamage = (error: unknown) => error instanceof Refusal && error.code === 'trail-store-codes-damaged'

const dictionaries = ['patient', 'user', 'key', 'word'] as const satisfies readonly Dictionary[]
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 500 }),
  fc.constantFrom('', '0', '__proto__', 'Müller', "O'Brien", '\0', '\t', '病人', '👩‍⚕️', 'x'.repeat(5_000)),
)
const asked = fc.array(fc.tuple(fc.constantFrom(...dictionaries), text), { maxLength: 60 })

test('a text keeps its code, whatever it is, over saves and openings; nothing unknown has one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(asked, { maxLength: 4 }), asked, (rounds, unknown) =>
      withFolder(async (folder, keys) => {
        const plain = new Map(dictionaries.map((name) => [name, new Map([['', 0]])]))
        let at = 0
        for (const round of rounds) {
          const codes = await open(folder, keys)
          for (const [name, word] of round) {
            const known = plain.get(name) ?? new Map()
            if (!known.has(word)) known.set(word, known.size)
            assert.equal(codes.codeOf(name, word), known.get(word))
          }
          at += round.length
          await codes.save(at)
          await codes.save(at)
          await codes.close()
        }
        const codes = await open(folder, keys)
        for (const [name, known] of plain) {
          assert.equal(codes.count(name), known.size - 1)
          for (const [word, code] of known) {
            assert.equal(codes.textOf(name, code), word)
            assert.equal(codes.find(name, word), code)
          }
        }
        for (const [name, word] of unknown) assert.equal(codes.find(name, word), plain.get(name)?.get(word))
        assert.equal(
          codes.texts,
          [...plain.values()].reduce((sum, known) => sum + known.size - 1, 0),
        )
        await codes.close()
      }),
    ),
    { numRuns: process.env['VIGIL_LONG'] ? 300 : 25 },
  )
})

test('half a surrogate is the same text as what it is written as, so that a replay finds the same code', () =>
  withFolder(async (folder, keys) => {
    const codes = await open(folder, keys)
    const code = codes.codeOf('user', 'a\ud800')
    assert.equal(codes.codeOf('user', Buffer.from('a\ud800').toString()), code)
    await codes.close()
  }))

test('many texts are more than one chunk, and all come back', () =>
  withFolder(async (folder, keys) => {
    const first = await open(folder, keys)
    const count = 200_000
    for (let at = 0; at < count; at += 1) first.codeOf('patient', `MRN-${at * 7}-with-some-length-to-it`)
    await first.save(9)
    await first.close()
    const codes = await open(folder, keys)
    assert.equal(codes.count('patient'), count)
    assert.equal(codes.savedTo, 9)
    assert.equal(codes.textOf('patient', count), `MRN-${(count - 1) * 7}-with-some-length-to-it`)
    assert.throws(() => codes.textOf('patient', count + 1), RangeError)
    await codes.close()
  }))

/** A file of several chunks, and how long it was after each. */
async function fill(folder: string, keys: KeyStore): Promise<readonly number[]> {
  const codes = await open(folder, keys)
  const ends = [(await stat(file(folder))).size]
  for (let round = 1; round <= 4; round += 1) {
    for (let at = 0; at < 5; at += 1) codes.codeOf('patient', `SECRET-${round}-${at}`)
    await codes.save(round * 10)
    ends.push((await stat(file(folder))).size)
  }
  await codes.close()
  return ends
}

test('no text lies open on the disk', () =>
  withFolder(async (folder, keys) => {
    await fill(folder, keys)
    assert.equal((await readFile(file(folder))).includes('SECRET'), false)
    assert.equal((await stat(file(folder))).mode & 0o077, 0)
  }))

test('a changed byte, a chunk that is dropped, moved or repeated, and another organisation are found', () =>
  withFolder(async (folder, keys) => {
    const ends = await fill(folder, keys)
    const good = await readFile(file(folder))
    const [header = 0, first = 0, second = 0] = ends
    const chunk = (at: number) => good.subarray(ends[at], ends[at + 1])
    const bad: Buffer[] = [
      Buffer.concat([good.subarray(0, header), chunk(1), chunk(2), chunk(3)]),
      Buffer.concat([good.subarray(0, header), chunk(1), chunk(0), chunk(2), chunk(3)]),
      Buffer.concat([good, chunk(3)]),
      good.subarray(1),
    ]
    for (let at = 0; at < second; at += process.env['VIGIL_LONG'] ? 1 : 9) {
      const flipped = Buffer.from(good)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
      bad.push(flipped)
    }
    for (const bytes of bad) {
      await writeFile(file(folder), bytes)
      // A length that now goes beyond the end looks as if the writing had been cut off: then texts are missing, and the
      // store, which knows how many it needs, refuses.
      const codes: CodesFile | undefined = await open(folder, keys).catch((error) => {
        assert.ok(isDamage(error), String(error))
        return undefined
      })
      if (codes) assert.ok(codes.texts < 20)
      await codes?.close()
    }
    await writeFile(file(folder), good)
    await assert.rejects(openCodes(folder, { keys, organisation: 'another' }), isDamage)
    assert.ok(first > header)
  }))

test('a writing that was cut off anywhere is as if it had not begun, and is written over', () =>
  withFolder(async (folder, keys) => {
    const ends = await fill(folder, keys)
    const [third = 0, last = 0] = ends.slice(-2)
    for (let end = third; end < last; end += 17) {
      await truncate(file(folder), end)
      const codes = await open(folder, keys)
      assert.equal(codes.texts, 15)
      assert.equal(codes.savedTo, 30)
      for (let at = 0; at < 5; at += 1) assert.equal(codes.codeOf('patient', `SECRET-4-${at}`), 16 + at)
      await codes.save(40)
      await codes.close()
      assert.equal((await stat(file(folder))).size, last)
    }
  }))

test('a store does not open with a dictionary that was lost, cut or changed for another one', () =>
  withFolder(async (folder, keys) => {
    const codes = await open(folder, keys)
    const store = await openEmbeddedStore(folder, { codes })
    const ends = [(await stat(file(folder))).size]
    for (let round = 1; round <= 2; round += 1) {
      codes.codeOf('patient', `p${round}`)
      await store.apply(toColumns([]), noKnown, round)
      ends.push((await stat(file(folder))).size)
    }
    await store.close()
    await codes.close()
    const reopen = async () => {
      const again = await open(folder, keys)
      try {
        await (await openEmbeddedStore(folder, { codes: again })).close()
      } finally {
        await again.close()
      }
    }
    await reopen()
    const good = await readFile(file(folder))
    const refuses = (code: string) =>
      assert.rejects(
        reopen(),
        (error) => error instanceof Refusal && error.code === code && /rebuild/.test(error.hint ?? ''),
      )
    await truncate(file(folder), ends[1])
    await refuses('trail-store-behind')
    await rm(file(folder))
    await refuses('trail-store-behind')
    await rm(file(folder))
    const other = await open(folder, keys)
    for (const name of ['a', 'b', 'c']) other.codeOf('patient', name)
    await other.save(3)
    await other.close()
    await refuses('trail-store-foreign')
    await writeFile(file(folder), good)
    await reopen()
  }))
