import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openGate } from './gate.ts'

function hold() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { promise, release: resolve }
}

test('so many run at once, so many wait in their order, and the next is refused', async () => {
  const pass = openGate({ atOnce: 2, waiting: 3, refuse: () => new Error('busy') })
  const gate = hold()
  const began: number[] = []
  let running = 0
  let most = 0
  const enter = (number: number) =>
    pass(async () => {
      began.push(number)
      running += 1
      most = Math.max(most, running)
      await gate.promise
      running -= 1
      return number
    })
  const inside = [0, 1, 2, 3, 4].map(enter)
  await assert.rejects(enter(5), /busy/)
  assert.deepEqual(began, [0, 1])
  gate.release()
  assert.deepEqual(await Promise.all(inside), [0, 1, 2, 3, 4])
  assert.deepEqual(began, [0, 1, 2, 3, 4])
  assert.equal(most, 2)
  assert.equal(await enter(6), 6)
})

test('work that fails gives its place back', async () => {
  const pass = openGate({ atOnce: 1, waiting: 1, refuse: () => new Error('busy') })
  const fail = () => pass(() => Promise.reject(new Error('broken')))
  const outcomes = await Promise.allSettled([fail(), fail()])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.equal(await pass(async () => 'fine'), 'fine')
})
