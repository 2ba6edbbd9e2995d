import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { limitRate, prefixOf } from './rate.ts'

const steps = fc.array(
  fc.record({ waitMs: fc.integer({ min: 0, max: 5_000 }), cost: fc.integer({ min: 1, max: 4 }) }),
  {
    maxLength: 60,
  },
)

test('within any span no key gets more than its burst and what flowed back in that span', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 4, max: 20 }), fc.integer({ min: 1, max: 10 }), (taken, burst, perSecond) => {
      let now = 0
      const limit = limitRate({ burst, perSecond, keys: 10, clock: () => now })
      const got: { at: number; cost: number }[] = []
      for (const { waitMs, cost } of taken) {
        now += waitMs
        if (limit.take('one', cost).allowed) got.push({ at: now, cost })
      }
      for (const [from, first] of got.entries()) {
        let sum = 0
        for (const { at, cost } of got.slice(from)) {
          sum += cost
          assert.ok(sum <= burst + ((at - first.at) / 1_000) * perSecond + 1e-6)
        }
      }
    }),
  )
})

test('who comes back after the seconds that were said is let in, and a second before the last of them is not', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 4, max: 20 }), fc.integer({ min: 1, max: 10 }), (taken, burst, perSecond) => {
      let now = 0
      const limit = limitRate({ burst, perSecond, keys: 10, clock: () => now })
      for (const { waitMs, cost } of taken) {
        now += waitMs
        const { allowed, retryAfterSeconds } = limit.take('one', cost)
        assert.equal(retryAfterSeconds === 0, allowed)
        if (allowed) continue
        assert.ok(Number.isInteger(retryAfterSeconds))
        if (retryAfterSeconds > 1) {
          now += (retryAfterSeconds - 1) * 1_000 - 1
          assert.equal(limit.take('one', cost).allowed, false)
          now += 1_001
        } else now += 1_000
        assert.equal(limit.take('one', cost).allowed, true)
      }
    }),
  )
})

test('keys do not touch one another, and no more are held than said, the longest unused going first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 200 }), (taken) => {
      const limit = limitRate({ burst: 1, perSecond: 0.001, keys: 5, clock: () => 0 })
      let recent: number[] = []
      for (const key of taken) {
        assert.equal(limit.take(String(key)).allowed, !recent.includes(key))
        recent = [...recent.filter((one) => one !== key), key].slice(-5)
        assert.ok(limit.size <= 5)
      }
    }),
  )
})

test('a clock that goes back gives nothing, and a cost beyond the bucket is never let in', () => {
  let now = 10_000
  const limit = limitRate({ burst: 2, perSecond: 1, keys: 5, clock: () => now })
  assert.equal(limit.take('a', 2).allowed, true)
  now = 0
  assert.equal(limit.take('a').allowed, false)
  now = 10_500
  assert.equal(limit.take('a').allowed, false)
  assert.deepEqual(limit.take('a', 3), { allowed: false, retryAfterSeconds: Number.POSITIVE_INFINITY })
})

test('the key of an address is all of IPv4, the first 64 bits of IPv6, and of IPv4 in IPv6 the former', () => {
  assert.equal(prefixOf('192.0.2.7'), '192.0.2.7')
  assert.equal(prefixOf('::ffff:192.0.2.7'), '192.0.2.7')
  assert.equal(prefixOf('2001:db8:1:2:3:4:5:6'), prefixOf('2001:db8:1:2::1'))
  assert.notEqual(prefixOf('2001:db8:1:2::1'), prefixOf('2001:db8:1:3::1'))
  assert.equal(prefixOf('fe80::1%eth0'), prefixOf('fe80::2'))
  assert.equal(prefixOf('words'), 'unknown')
})
