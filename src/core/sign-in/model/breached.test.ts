import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { openBreachedList } from './breached.ts'

const folder = mkdtempSync(join(tmpdir(), 'vigil-breached-'))
after(() => rmSync(folder, { recursive: true }))

const inputs = new URL('../../../../../shared/data/password/', import.meta.url)
const skip = existsSync(inputs) ? false : 'the lists of passwords are not on this machine (../shared/data/password)'

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase()
const linesOf = (passwords: readonly string[]) => passwords.map((password) => `${sha1(password)}:3`).sort()

let files = 0
function write(lines: readonly string[] | string, end = '\r\n'): string {
  const path = join(folder, `${files++}.txt`)
  writeFileSync(path, typeof lines === 'string' ? lines : lines.map((line) => line + end).join(''))
  return path
}

test('what stands in a file is found, and nothing else, whatever the file’s size and line ends', async () => {
  for (const [size, end] of [
    [1, '\n'],
    [2, '\r\n'],
    [180, '\n'],
    [400, '\r\n'],
    [20_000, '\n'],
    [20_001, '\r\n'],
    [20_002, '\n'],
    [20_003, '\r\n'],
  ] as const) {
    const passwords = Array.from({ length: size }, (_, index) => `password ${index} of ${size}`)
    const list = openBreachedList(write(linesOf(passwords), end))
    const every = Math.ceil(size / 500)
    for (let at = 0; at < size; at += every) assert.equal(await list.lookUp(passwords[at] ?? ''), 'breached')
    for (let index = 0; index < 100; index += 1) assert.equal(await list.lookUp(`other ${index}`), 'clean')
    assert.deepEqual(list.file, { state: 'ready' })
  }
})

test('a file whose last line has no end, and one in small letters, are searched', async () => {
  const lines = linesOf(['one', 'two', 'three'])
  for (const text of [lines.join('\n'), `${lines.join('\n').toLowerCase()}\n`]) {
    const list = openBreachedList(write(text))
    for (const password of ['one', 'two', 'three']) assert.equal(await list.lookUp(password), 'breached')
    assert.equal(await list.lookUp('four'), 'clean')
  }
})

test('a file of hashes that are not spread evenly is searched all the same', async () => {
  // All but one share their beginning, as in one range of the public list, and crowd at its end.
  const crowd = Array.from(
    { length: 20_000 },
    (_, index) => `5BAA6${'F'.repeat(27)}${index.toString(16).padStart(8, '0')}:2`,
  )
  const lines = [`${sha1('password')}:9`, ...crowd.map((line) => line.toUpperCase())].sort()
  const list = openBreachedList(write(lines))
  assert.equal(await list.lookUp('password'), 'breached')
  assert.equal(await list.lookUp('another'), 'clean')
  assert.deepEqual(list.file, { state: 'ready' })
})

test('what a search finds is what reading the whole file would', async () => {
  const password = fc.string({ maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(password, { minLength: 1, maxLength: 800 }), password, async (listed, asked) => {
      const list = openBreachedList(write(linesOf(listed)))
      assert.equal(await list.lookUp(asked), listed.includes(asked) ? 'breached' : 'clean')
    }),
    { numRuns: 60 },
  )
})

test('a count of nought is padding, not a breach', async () => {
  const list = openBreachedList(write([`${sha1('padding')}:0`, `${sha1('real')}:1`].sort()))
  assert.equal(await list.lookUp('padding'), 'clean')
  assert.equal(await list.lookUp('real'), 'breached')
})

test('the public sample of one range is searched, with its padding', { skip }, async () => {
  const range = readFileSync(new URL('hibp-range-5BAA6.txt', inputs), 'utf8').trim().split(/\r?\n/)
  const list = openBreachedList(write(range.map((line) => `5BAA6${line}`)))
  assert.deepEqual(await list.checkFile(), { state: 'ready' })
  const answer = range.some((line) => line.startsWith(`${sha1('password').slice(5)}:`)) ? 'breached' : 'clean'
  assert.equal(await list.lookUp('password'), answer)
  assert.equal(answer, 'breached')
})

test('without a file nothing is looked up, and nothing is wrong', async () => {
  const list = openBreachedList()
  assert.equal(await list.lookUp('password'), 'clean')
  assert.deepEqual(await list.checkFile(), { state: 'none' })
})

/** The attack on the wish to be always right: a list that fails must not keep people out (better-auth answers 500). */
test('a breached check that cannot be made never fails closed: missing, empty, cut off, unsorted, of another kind', async () => {
  const good = linesOf(Array.from({ length: 2_000 }, (_, index) => `password ${index}`))
  const cut = write(good)
  truncateSync(cut, 41)
  const cases: readonly (readonly [file: string, reason: string])[] = [
    [join(folder, 'nowhere.txt'), 'missing'],
    [join(cut, 'below-a-file.txt'), 'missing'],
    [folder, 'unreadable'],
    ['/dev/zero', 'unreadable'],
    ['a\0b', 'unreadable'],
    [write(''), 'damaged'],
    [write('\n\n\n'), 'damaged'],
    [cut, 'damaged'],
    [write([...good].reverse()), 'damaged'],
    [write(randomBytes(50_000).toString('latin1')), 'damaged'],
    [write(good.map((line) => line.slice(8))), 'damaged'],
    [write(`\ufeff${good.join('\n')}`), 'damaged'],
    [write(`<html>${'not found '.repeat(5_000)}</html>`), 'damaged'],
  ]
  for (const [file, reason] of cases) {
    const list = openBreachedList(file)
    assert.equal(await list.lookUp('password 7'), 'not-checked', reason)
    assert.deepEqual(list.file, { state: 'not-checked', reason })
    assert.deepEqual(await list.checkFile(), { state: 'not-checked', reason })
    assert.ok((await list.readCommon()).has('password'))
  }
})

test('a file damaged in its middle is noticed where it is read', async () => {
  const lines = linesOf(Array.from({ length: 5_000 }, (_, index) => `password ${index}`))
  for (const damage of ['\0'.repeat(44), 'x'.repeat(44), `${'0'.repeat(40)}:7\r\n`]) {
    const text = lines.map((line) => `${line}\r\n`)
    for (let at = 100; at < 4_900; at += 1) text[at] = damage
    const list = openBreachedList(write(text.join('')))
    assert.deepEqual(await list.checkFile(), { state: 'ready' })
    const target = (lines[2_500] ?? '').slice(0, 40)
    const index = Array.from({ length: 5_000 }, (_, number) => number).find((n) => sha1(`password ${n}`) === target)
    assert.equal(await list.lookUp(`password ${index}`), 'not-checked', JSON.stringify(damage))
    assert.deepEqual(list.file, { state: 'not-checked', reason: 'damaged' })
  }
})

test('a file that is put in place or mended later is picked up by itself', async () => {
  const path = join(folder, 'later.txt')
  const list = openBreachedList(path)
  assert.equal(await list.lookUp('secret'), 'not-checked')
  writeFileSync(path, linesOf(['secret']).join('\n'))
  assert.equal(await list.lookUp('secret'), 'breached')
  assert.deepEqual(list.file, { state: 'ready' })
})

test('a file that answers too slowly is not waited for, and not asked again until it has answered', async () => {
  let isPatient = false
  const patience = async () => {
    if (isPatient) await Promise.withResolvers<void>().promise
  }
  const list = openBreachedList(write(linesOf(['secret'])), { patience })
  assert.equal(await list.lookUp('secret'), 'not-checked')
  assert.deepEqual(list.file, { state: 'not-checked', reason: 'too-slow' })
  isPatient = true
  assert.equal(await list.lookUp('secret'), 'not-checked')
  let answer = await list.lookUp('secret')
  for (let turn = 0; answer === 'not-checked' && turn < 10_000; turn += 1) {
    await setImmediate()
    answer = await list.lookUp('secret')
  }
  assert.equal(answer, 'breached')
  assert.deepEqual(list.file, { state: 'ready' })
})

test('the common passwords that others list are ours too', { skip }, async () => {
  const common = await openBreachedList().readCommon()
  const listed = readFileSync(new URL('common-passwords-top10000.txt', inputs), 'utf8').split(/\r?\n/).filter(Boolean)
  const long = listed.filter((password) => password.length >= 8)
  const known = long.filter((password) => common.has(password.toLowerCase()))
  assert.ok(long.length > 1_000)
  assert.ok(known.length / long.length > 0.95, `${known.length} of ${long.length}`)
})
