import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { placeFrom, stretch, toColumns } from '../../../test/support/accesses.ts'
import { collapseAccesses } from './collapse.ts'
import { localOf, openZone } from './zone.ts'

const zones = [
  'UTC',
  'Europe/Zurich',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'America/Sao_Paulo',
  'Africa/Casablanca',
]
const instant = fc.integer({ min: Date.UTC(1971, 0, 1), max: Date.UTC(2099, 11, 31) })

test('the local day and hour are those of the calendar, in any zone at any instant', () => {
  for (const name of zones) {
    const zone = openZone(name)
    const calendar = new Intl.DateTimeFormat('en-CA', {
      timeZone: name,
      dateStyle: 'short',
      timeStyle: 'medium',
      hourCycle: 'h23',
    })
    fc.assert(
      fc.property(instant, (at) => {
        const { day, hour } = localOf(zone, at)
        const [date, time] = calendar.format(at).split(', ')
        assert.equal(new Date(day * 86_400_000).toISOString().slice(0, 10), date)
        assert.equal(String(hour).padStart(2, '0'), time?.slice(0, 2))
      }),
      { numRuns: process.env['VIGIL_LONG'] ? 5_000 : 150 },
    )
  }
})

test('offsets of a stretch are those of its instants, to the millisecond at which the clock changes', () => {
  for (const name of zones) {
    const zone = openZone(name)
    fc.assert(
      fc.property(
        instant,
        fc.nat({ max: 800 * 86_400_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (from, length, part) => {
          const offsets = zone.offsetsBetween(from, from + length)
          const changes = offsets.flatMap(({ until }) => [until - 1, until])
          for (const at of [from, from + length, from + Math.floor(length * part), ...changes]) {
            if (at < from || at > from + length) continue
            assert.equal(offsets.find(({ until }) => at < until)?.offset, zone.offsetAt(at))
          }
          assert.ok(offsets.length < 15)
        },
      ),
      { numRuns: 20 },
    )
  }
})

const hoursOf = (zone: string, instants: readonly string[]) => {
  const [shape] = fc.sample(
    stretch().filter(({ length }) => length > 0),
    { numRuns: 1, seed: 2 },
  )
  const [access] = shape ?? []
  assert.ok(access)
  const rows = instants.map((text, seq) => ({ ...access, seq, at: Date.parse(text) }))
  const pairs = collapseAccesses(toColumns(rows), openZone(zone))
  return Array.from({ length: pairs.count }, (_, at) => {
    const bits = (pairs.hours[at] ?? 0).toString(2).split('').reverse()
    return {
      day: new Date((pairs.day[at] ?? 0) * 86_400_000).toISOString().slice(0, 10),
      hours: bits.flatMap((bit, hour) => (bit === '1' ? [hour] : [])),
      n: pairs.n[at],
    }
  })
}

test('a day has no hour that the clock skips, and one that it repeats is one hour', () => {
  const spring = ['2026-03-28T22:59:59.999Z', '2026-03-28T23:00Z', '2026-03-29T00:59:59.999Z', '2026-03-29T01:00Z']
  assert.deepEqual(hoursOf('Europe/Zurich', spring), [
    { day: '2026-03-28', hours: [23], n: 1 },
    { day: '2026-03-29', hours: [0, 1, 3], n: 3 },
  ])
  const autumn = [
    '2026-10-24T22:00Z',
    '2026-10-25T00:30Z',
    '2026-10-25T01:30Z',
    '2026-10-25T22:59:59.999Z',
    '2026-10-25T23:00Z',
  ]
  assert.deepEqual(hoursOf('Europe/Zurich', autumn), [
    { day: '2026-10-25', hours: [0, 2, 23], n: 4 },
    { day: '2026-10-26', hours: [0], n: 1 },
  ])
})

test('a clock that says the end of time or its beginning costs no more than another', () => {
  const zone = openZone('Europe/Zurich')
  for (const at of [-8.64e15, 8.64e15, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, -1, 0]) {
    const { day, hour } = localOf(zone, at)
    assert.ok(Number.isInteger(day) && hour >= 0 && hour < 24)
  }
  assert.ok(zone.offsetsBetween(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER).length < 1_000)
})

test('collapsing adds up to what was there, however it is cut into stretches', () => {
  const zone = openZone('Europe/Zurich')
  fc.assert(
    fc.property(stretch(), fc.nat({ max: 40 }), (accesses, cut) => {
      const rows = placeFrom(0, 1, accesses)
      const pairs = collapseAccesses(toColumns(rows), zone, cut)
      const left = rows.slice(cut)
      assert.equal(
        pairs.n.slice(0, pairs.count).reduce((sum, n) => sum + n, 0),
        left.length,
      )
      const keys = left.map(({ at, codes }) =>
        [codes.user, codes.patient, localOf(zone, at).day, codes.workstation].join(),
      )
      assert.equal(pairs.count, new Set(keys).size)
      for (let row = 0; row < pairs.count; row += 1) {
        const key = [pairs.usr[row], pairs.patient[row], pairs.day[row], pairs.workstation[row]].join()
        const ours = left.filter((_, at) => keys[at] === key)
        const max = (values: readonly number[]) => Math.max(...values)
        assert.deepEqual(
          [
            pairs.n[row],
            pairs.failed[row],
            pairs.firstAt[row],
            pairs.lastAt[row],
            pairs.actions[row],
            pairs.flags[row],
          ],
          [
            ours.length,
            ours.filter(({ outcome }) => outcome === 1).length,
            -max(ours.map(({ at }) => -at)),
            max(ours.map(({ at }) => at)),
            ours.reduce((bits, { action }) => bits | (1 << action), 0),
            ours.reduce((bits, { flags }) => bits | flags, 0),
          ],
        )
        assert.equal(pairs.object[row], max(ours.map(({ codes }) => codes.object)))
        assert.equal(pairs.department[row], max(ours.map(({ codes }) => codes.department)))
      }
    }),
  )
})
