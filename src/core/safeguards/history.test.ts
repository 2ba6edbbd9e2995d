import assert from 'node:assert/strict'
import test from 'node:test'
import { countDays, spansOf } from './history.ts'
import type { Status } from './model.ts'

const at = (hour: number) => new Date(Date.UTC(2026, 10, 1, hour))
const judged = (from: number, until: number, status: Status) => {
  return { coversFrom: at(from), coversUntil: at(until), status }
}
const window = { from: at(0), until: at(72) }
const said = (spans: ReturnType<typeof spansOf>) =>
  spans.map(({ status, from, until }) => [status, (+from - +at(0)) / 3_600_000, (+until - +at(0)) / 3_600_000])

test('what was never judged, or has lapsed, is unknown for as long', () => {
  assert.deepEqual(said(spansOf([], window)), [['unknown', 0, 72]])
  assert.deepEqual(said(spansOf([judged(10, 20, 'proved')], window)), [
    ['unknown', 0, 10],
    ['proved', 10, 20],
    ['unknown', 20, 72],
  ])
})

test('the newest judgement speaks from its own moment on, and equal ones are one span', () => {
  const spans = spansOf([judged(-5, 30, 'failed'), judged(10, 40, 'failed'), judged(20, 90, 'proved')], window)
  assert.deepEqual(said(spans), [
    ['failed', 0, 20],
    ['proved', 20, 72],
  ])
})

test('a judgement that was made later as of an earlier moment takes the place of what was said of that time', () => {
  const spans = spansOf([judged(0, 60, 'proved'), judged(30, 60, 'attested'), judged(12, 24, 'failed')], window)
  assert.deepEqual(said(spans), [
    ['proved', 0, 12],
    ['failed', 12, 24],
    ['unknown', 24, 72],
  ])
})

test('a day counts as failed when it failed at any time, else as it stood when it ended', () => {
  const edges = [at(0), at(24), at(48), at(72)]
  const spans = spansOf([judged(6, 26, 'proved'), judged(30, 31, 'failed'), judged(31, 80, 'attested')], window)
  assert.deepEqual(countDays(spans, edges), { proved: 1, failed: 1, attested: 1, unknown: 0 })
  assert.deepEqual(countDays(spansOf([], window), edges), { proved: 0, failed: 0, attested: 0, unknown: 3 })
  // The last day has only begun.
  const now = [at(0), at(24), at(25)]
  assert.deepEqual(countDays(spansOf([judged(1, 90, 'proved')], { from: at(0), until: at(25) }), now), {
    proved: 2,
    failed: 0,
    attested: 0,
    unknown: 0,
  })
})
