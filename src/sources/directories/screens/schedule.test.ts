import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sayCron } from './schedule.ts'

test('the times of a directory are said in words, and shown as written where there are none', () => {
  const said = [null, '10 2 * * *', '5 * * * *', '30 4 * * *', '0 22 * * 0', '0 22 * * 7', '30 4 * * 1-5'].map(sayCron)
  assert.deepEqual(said, [
    'only when asked',
    'every night at 2:10',
    'every hour, 5 minutes past',
    'every day at 4:30',
    'every Sunday at 22:00',
    'every Sunday at 22:00',
    'at 30 4 * * 1-5',
  ])
})
