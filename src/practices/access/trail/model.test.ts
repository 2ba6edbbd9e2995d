import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addDays } from '#platform/days.ts'
import type { SourceState } from '#trail/trail.ts'
import { firstKeptMonth, isPastRetention, judgeSource, type SourceSaid, saySpan, whyNotDestroyed } from './model.ts'

const now = new Date('2026-11-02T12:00:00Z')
const clock = { now, today: '2026-11-02' }
const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000)

const heard: SourceState = {
  source: 'EHR',
  accepted: 10_000,
  rejected: 0,
  duplicates: 0,
  firstAt: ago(60 * 24),
  lastReceivedAt: ago(0.1),
  lastAt: ago(0.1),
  gaps: [],
  missing: 0,
  usualSilenceMs: 3_600_000,
}
const said: SourceSaid = { expectedMinutes: null, announcedAt: ago(48) }
const kindsOf = (state: SourceState, of = said, days: Parameters<typeof judgeSource>[2] = []) =>
  judgeSource(of, state, days, clock).troubles.map(({ kind }) => kind)

test('a source that speaks as it usually does is well', () => {
  assert.deepEqual(judgeSource(said, heard, [], clock), { state: 'well', troubles: [], silentAfterMinutes: 60 })
})

test('silence is judged by what somebody said, before what is usual', () => {
  const quiet = { ...heard, lastReceivedAt: ago(2) }
  assert.deepEqual(kindsOf(quiet), ['silent'])
  assert.deepEqual(kindsOf(quiet, { ...said, expectedMinutes: 240 }), [])
  assert.deepEqual(kindsOf({ ...heard, lastReceivedAt: ago(0.5) }, { ...said, expectedMinutes: 10 }), ['silent'])
})

test('a source that was announced and never spoke is in trouble once it is late, and expected until then', () => {
  assert.equal(judgeSource(said, undefined, [], clock).state, 'expected')
  assert.equal(judgeSource({ ...said, expectedMinutes: 60 * 72 }, undefined, [], clock).state, 'expected')
  const late = judgeSource({ ...said, expectedMinutes: 60 }, undefined, [], clock)
  assert.equal(late.state, 'troubled')
  assert.match(late.troubles[0]?.says ?? '', /announced 2 days ago and has never spoken/)
})

test('more than one record in a hundred of a week that cannot be read is trouble', () => {
  const days = (rejected: number) => [
    { day: addDays(clock.today, -3), accepted: 990, rejected },
    { day: addDays(clock.today, -30), accepted: 10, rejected: 500 },
  ]
  assert.deepEqual(kindsOf(heard, said, days(9)), [])
  assert.deepEqual(kindsOf(heard, said, days(11)), ['rejects'])
})

test('a new source is neither well nor in trouble while too little is known of it', () => {
  const fresh = { ...heard, firstAt: ago(24), usualSilenceMs: null }
  assert.equal(judgeSource(said, fresh, [], clock).state, 'new')
  assert.equal(judgeSource({ ...said, expectedMinutes: 60 }, fresh, [], clock).state, 'well')
})

test('a month is destroyed only past its years, when it is not held, and after those before it', () => {
  assert.equal(firstKeptMonth('2026-11-02', 6), '2020-11')
  assert.equal(isPastRetention('2020-10', '2026-11-02', 6), true)
  assert.equal(isPastRetention('2020-11', '2026-11-30', 6), false)
  const why = (month: string, state: 'kept' | 'held' | 'destroyed') =>
    whyNotDestroyed([{ month, state }], month, '2026-11-02', 6)
  assert.equal(why('2020-10', 'kept'), undefined)
  assert.equal(why('2020-10', 'held'), 'held')
  assert.equal(why('2020-10', 'destroyed'), 'destroyed')
  assert.equal(why('2020-11', 'kept'), 'too-young')
  assert.equal(whyNotDestroyed([], '2020-10', '2026-11-02', 6), 'unknown-month')
  const after = (state: 'kept' | 'held' | 'destroyed') =>
    whyNotDestroyed(
      [
        { month: '2020-08', state },
        { month: '2020-10', state: 'kept' },
      ],
      '2020-10',
      '2026-11-02',
      6,
    )
  assert.deepEqual([after('kept'), after('held'), after('destroyed')], ['not-oldest', 'not-oldest', undefined])
})

test('no access of the last six years is ever past its retention', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6 * 365 }), fc.integer({ min: 6, max: 30 }), (days, years) => {
      assert.equal(isPastRetention(addDays('2026-11-02', -days).slice(0, 7), '2026-11-02', years), false)
    }),
  )
})

test('spans are said in the unit that fits', () => {
  assert.deepEqual([60_000, 5_400_000, 10_800_000, 259_200_000].map(saySpan), [
    'one minute',
    '90 minutes',
    '3 hours',
    '3 days',
  ])
})
