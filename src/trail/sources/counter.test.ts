import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Counter, type CounterLimits, counterLimits } from './counter.ts'

const limits: CounterLimits = { ...counterLimits, near: 400, windowEvents: 40 }
const later = counterLimits.windowMs
const runs = { numRuns: process.env['VIGIL_LONG'] ? 5_000 : 300 }

function count(numbers: readonly (number | string)[], given = limits): Counter {
  const counter = new Counter(undefined, given)
  for (const number of numbers) counter.note(String(number), 0)
  return counter
}

function listMissing(counter: Counter, now = later): number[] {
  const { gaps, missing } = counter.gaps(now)
  assert.ok(missing < 100_000, String(missing))
  const numbers = gaps.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, place) => from + place))
  assert.equal(missing, numbers.length)
  return numbers.sort((a, b) => a - b)
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, place) => from + place)

/** Numbers of one run as they arrive: some lost, some of those late, some moved by a few places, some told twice. */
const arrival = fc
  .record({
    start: fc.integer({ min: 0, max: 1_000_000 }),
    length: fc.integer({ min: 450, max: 700 }),
    lost: fc.array(fc.record({ at: fc.nat(699), length: fc.integer({ min: 1, max: 60 }) }), { maxLength: 6 }),
    late: fc.array(fc.nat(699), { maxLength: 20 }),
    moved: fc.array(fc.record({ at: fc.nat(699), by: fc.integer({ min: 1, max: 15 }) }), { maxLength: 30 }),
    twice: fc.array(fc.record({ at: fc.nat(699), by: fc.integer({ min: 0, max: 15 }) }), { maxLength: 20 }),
  })
  .map(({ start, length, lost, late, moved, twice }) => {
    const isLost = new Set(lost.flatMap(({ at, length: count }) => range(at, at + count - 1)))
    const came = range(0, length - 1).filter((place) => !isLost.has(place))
    const order = came.map((place, index) => ({ place, key: index }))
    for (const { at, by } of moved) {
      const entry = order[at]
      if (entry) entry.key += by + 0.5
    }
    order.sort((a, b) => a.key - b.key)
    const numbers = order.map(({ place }) => start + place)
    for (const { at, by } of twice) {
      const number = numbers[at]
      if (number !== undefined) numbers.splice(Math.min(numbers.length, at + by), 0, number)
    }
    const [first = 0] = numbers
    const lateOnes = [...new Set(late)]
      .filter((place) => isLost.has(place) && place < length)
      .map((place) => start + place)
      .filter((number) => number > first)
    return { numbers, late: lateOnes }
  })

/** What is missing: all between the first that came and the highest, except what came. */
function plain(numbers: readonly number[]): number[] {
  const seen = new Set(numbers)
  const [first = 0] = numbers
  return range(first, Math.max(...numbers)).filter((number) => !seen.has(number))
}

test('what is missing is what a plain list of numbers says, whatever comes late, twice or out of order', () => {
  fc.assert(
    fc.property(arrival, ({ numbers, late }) => {
      const all = [...numbers, ...late]
      assert.deepEqual(listMissing(count(all)), plain(all))
    }),
    runs,
  )
})

test('a source that starts again from small numbers, or whose counter comes round, begins a new run', () => {
  fc.assert(
    fc.property(arrival, fc.integer({ min: 450, max: 700 }), fc.nat(1), ({ numbers }, length, first) => {
      const again = range(first, first + length).filter((number) => number % 29 !== 28)
      const high = numbers.map((number) => number + 100_000)
      const expected = [...plain(high), ...plain(again)].sort((a, b) => a - b)
      assert.deepEqual(listMissing(count([...high, ...again])), expected)
    }),
    runs,
  )
  const whole = range(1, 5_000)
  assert.deepEqual(listMissing(count([...whole, ...range(1, 60), ...range(1_000, 1_100)])), range(61, 999))
})

test('two servers that count for themselves may share a feed, the one that is further on first', () => {
  const numbers = range(1, 500)
    .flatMap((number) => [7_000_000 + number, number])
    .filter((number) => number !== 250)
  assert.deepEqual(listMissing(count(numbers)), [250])
})

test('older events that are brought in beside the live ones are a run of their own', () => {
  const numbers = range(0, 800).flatMap((number) => [90_000 + number, 1_000 + number])
  assert.deepEqual(
    listMissing(count(numbers.filter((number) => number !== 1_400 && number !== 90_100))),
    [1_400, 90_100],
  )
})

test('a hole is a gap once the window has passed, by time or by number of events', () => {
  const counter = count([1, 2, 4], counterLimits)
  assert.deepEqual(listMissing(counter, counterLimits.windowMs - 1), [])
  assert.deepEqual(listMissing(counter, counterLimits.windowMs), [3])
  for (const number of range(5, 1_003)) counter.note(String(number), 0)
  assert.deepEqual(listMissing(counter, 0), [])
  counter.note('1004', 0)
  assert.deepEqual(listMissing(counter, 0), [3])
  counter.note('3', 0)
  assert.deepEqual(listMissing(counter, later), [])
})

test('identifiers, and numbers of which most are missing, are no count of events', () => {
  assert.deepEqual(listMissing(count(['a1', '', '-4', '1e5', '20261102120000001', '20261102120000999'])), [])
  for (const length of [1_000, 20_000]) {
    assert.deepEqual(listMissing(count(range(1, length).map((number) => number * 7 + (number % 3)))), [])
  }
})

test('numbers in no order at all, and gaps without end, are kept within bounds', () => {
  const shuffled = range(0, 99_999).map((number) => (number * 7_919) % 100_003)
  const before = process.memoryUsage().heapUsed
  const counter = count(shuffled, counterLimits)
  assert.ok(JSON.stringify(counter.content()).length < 1_000_000)
  assert.ok(process.memoryUsage().heapUsed - before < 100_000_000)
  assert.equal(counter.gaps(later).missing, 0)
  // Sessions of ten events each, in no order: as an export that is sorted by patient brings them.
  const sessions = count(
    shuffled.slice(0, 20_000).flatMap((number) => range(number * 10, number * 10 + 9)),
    counterLimits,
  )
  assert.equal(sessions.gaps(later).missing, 0)
  // What goes on from there in order is watched again.
  for (const number of [...range(100_003, 100_100), ...range(100_111, 100_200)]) counter.note(String(number), 0)
  assert.equal(counter.gaps(later).missing, 10)
  const lossy = count(
    range(1, 60_000).filter((number) => number % 10 !== 0),
    counterLimits,
  )
  assert.equal(lossy.gaps(later).gaps.length, 100)
})

test('what is written down and read again goes on as if nothing had happened', () => {
  fc.assert(
    fc.property(arrival, fc.nat(300), ({ numbers, late }, cut) => {
      const all = [...numbers, ...late]
      const first = count(all.slice(0, cut))
      const second = new Counter(JSON.parse(JSON.stringify(first.content())), limits)
      for (const number of all.slice(cut)) second.note(String(number), 0)
      assert.deepEqual(second.content(), count(all).content())
    }),
    runs,
  )
})
