import assert from 'node:assert/strict'
import test from 'node:test'
import { sayAge, sayDays, sayMoment } from './words.ts'

const now = new Date('2026-11-22T12:00:00Z')
const before = (milliseconds: number) => new Date(now.getTime() - milliseconds)
const hour = 3_600_000

test('an age is said in the largest unit that still tells something', () => {
  assert.equal(sayAge(before(20_000), now), 'just now')
  assert.equal(sayAge(before(60_000), now), '1 minute ago')
  assert.equal(sayAge(before(3 * hour), now), '3 hours ago')
  assert.equal(sayAge(before(47 * hour), now), '47 hours ago')
  assert.equal(sayAge(before(48 * hour), now), '2 days ago')
  assert.equal(sayAge(before(20 * 24 * hour), now), '20 days ago')
  assert.equal(sayAge(before(100 * 24 * hour), now), '3 months ago')
  assert.equal(sayAge(before(800 * 24 * hour), now), '2 years ago')
  assert.equal(sayAge(before(-3 * hour), now), 'in 3 hours')
})

test('days are counted by the calendar, over a month end and a change of the clock', () => {
  assert.equal(sayDays('2026-11-22', '2026-11-22'), 'today')
  assert.equal(sayDays('2026-11-23', '2026-11-22'), 'tomorrow')
  assert.equal(sayDays('2026-11-21', '2026-11-22'), 'yesterday')
  assert.equal(sayDays('2026-12-02', '2026-11-22'), 'in 10 days')
  assert.equal(sayDays('2026-10-23', '2026-11-22'), '30 days ago')
  assert.equal(sayDays('2026-11-24', '2026-11-22'), 'in 2 days')
})

test('a day that is far off is said in months and years', () => {
  assert.equal(sayDays('2027-01-21', '2026-11-22'), 'in 60 days')
  assert.equal(sayDays('2027-01-22', '2026-11-22'), 'in 2 months')
  assert.equal(sayDays('2025-11-22', '2026-11-22'), '11 months ago')
  assert.equal(sayDays('2024-11-21', '2026-11-22'), '2 years ago')
  assert.equal(sayDays('2020-01-31', '2026-11-22'), '6 years ago')
})

test('a moment is said in the zone of the organisation, with the zone', () => {
  assert.equal(sayMoment(new Date('2026-11-22T15:31:00Z'), 'America/Chicago'), '22 Nov 2026, 09:31 (America/Chicago)')
})
