import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerHealth, watchReadiness } from './health.ts'

test('the process lives', async () => {
  assert.deepEqual(await answerHealth().json(), { status: 'alive' })
})

test('ready is when every probe is well; one that fails, throws or is late makes it 503 and says no more than its name', async () => {
  let isMigrated = false
  const ready = watchReadiness(
    [
      { name: 'database', isWell: async () => true },
      { name: 'migrations', isWell: () => isMigrated },
    ],
    50,
  )
  assert.equal((await ready()).status, 503)
  isMigrated = true
  const well = await ready()
  assert.equal(well.status, 200)
  assert.deepEqual(await well.json(), { status: 'ready', checks: { database: true, migrations: true } })
  const throwing = watchReadiness([
    {
      name: 'database',
      isWell: () => {
        throw new Error('password authentication failed for user "vigil"')
      },
    },
  ])
  assert.equal(await (await throwing()).text(), '{"status":"not-ready","checks":{"database":false}}')
})

test('a probe that hangs is late within its time, and is not started again while it is out', async () => {
  let started = 0
  const hang = Promise.withResolvers<boolean>()
  const ready = watchReadiness(
    [
      {
        name: 'database',
        isWell: () => {
          started += 1
          return hang.promise
        },
      },
    ],
    20,
  )
  const answers = await Promise.all([ready(), ready(), ready()])
  assert.deepEqual(
    answers.map(({ status }) => status),
    [503, 503, 503],
  )
  assert.equal(started, 1)
  hang.resolve(true)
  await hang.promise
  assert.equal((await ready()).status, 200)
})
