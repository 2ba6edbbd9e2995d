import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import { type Listening, type Message, nextTime, openQueue, openSession } from './jobs.ts'
import { createLog } from './log.ts'
import { openTestDatabase } from './testing.ts'

const { database } = await openTestDatabase()
const silent = createLog('silent', () => undefined)

async function open(listening: Partial<Listening> = {}) {
  const session = await openSession(database, {
    channel: 'test',
    onNotice: () => undefined,
    onLost: () => undefined,
    onBack: () => undefined,
    ...listening,
  })
  after(() => session.close())
  return session
}

test('the times of a schedule are those of its zone, through the changes of its clocks', () => {
  const cases: readonly [cron: string, zone: string, after: string, next: string][] = [
    ['30 3 * * *', 'UTC', '2026-11-02T03:30:00Z', '2026-11-03T03:30:00.000Z'],
    ['30 3 * * *', 'America/New_York', '2026-10-31T12:00:00Z', '2026-11-01T08:30:00.000Z'],
    ['30 3 * * *', 'America/New_York', '2026-10-30T12:00:00Z', '2026-10-31T07:30:00.000Z'],
    // 02:30 does not exist on this night: the clocks go from 2 to 3.
    ['30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', '2026-03-08T07:30:00.000Z'],
    ['0 9 1 * 1', 'Pacific/Auckland', '2026-11-02T12:00:00Z', '2026-11-08T20:00:00.000Z'],
  ]
  for (const [cron, zone, from, next] of cases) {
    assert.equal(nextTime(cron, zone, new Date(from)).toISOString(), next, `${cron} ${zone}`)
  }
  for (const wrong of ['', '@daily', '* * * *', '* * * * * *', 'a b c d e', '0 0 31 2 *']) {
    assert.throws(() => nextTime(wrong, 'UTC', new Date(0)), wrong)
  }
})

test('a lock is had by one, also within a process, until it is released', async () => {
  const [one, two] = [await open(), await open()]
  const lock = await one.lock('door')
  assert.ok(lock)
  assert.ok(lock.isHeld())
  assert.equal(await one.lock('door'), undefined)
  assert.equal(await two.lock('door'), undefined)
  assert.ok(await two.lock('window'))
  await lock.release()
  assert.ok(await two.lock('door'))
  // Released twice is released once: it is another's by now.
  await lock.release()
  assert.equal(await one.lock('door'), undefined)
})

test('of many who want a lock in the same moment one gets it', async () => {
  const sessions = [await open(), await open(), await open()]
  const taken = await Promise.all(sessions.flatMap((session) => [session.lock('rush'), session.lock('rush')]))
  assert.equal(taken.filter((lock) => lock !== undefined).length, 1)
})

test('a connection that breaks takes its locks along, says so, and hears again', async () => {
  const [lost, back] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const heard = Promise.withResolvers<string>()
  const one = await open({
    channel: 'breaking',
    onLost: lost.resolve,
    onBack: back.resolve,
    onNotice: (payload) => heard.resolve(payload),
  })
  const two = await open()
  const lock = await one.lock('bridge')
  assert.ok(lock)
  await database.asOwner((client) =>
    client.query(
      `select pg_terminate_backend(pid) from pg_locks join pg_stat_activity using (pid)
       where locktype = 'advisory' and granted and application_name = 'vigil session' and query like '%pg_try_advisory%'
         and ((classid::bigint << 32) | objid::bigint) = hashtextextended('bridge', 7422)`,
    ),
  )
  await lost.promise
  assert.equal(lock.isHeld(), false)
  assert.ok(await two.lock('bridge'))
  await back.promise
  // What the broken connection held is not one's own any more.
  await lock.release()
  assert.equal(await one.lock('bridge'), undefined)
  await database.asOwner((client) => client.query(`notify breaking, 'again'`))
  assert.equal(await heard.promise, 'again')
})

test('a message is handed out once its transaction has committed, and never when that was undone', async () => {
  const queue = await openQueue(database, silent)
  after(() => queue.stop())
  const message = (word: string): Message => ({ id: randomUUID(), data: { word } })
  const [undone, settled, last] = [message('undone'), message('settled'), message('last')]
  await assert.rejects(
    database.outside(async (db) => {
      await queue.send(db, [undone])
      throw new Error('undone')
    }),
    /undone/,
  )
  await database.outside((db) => queue.send(db, [settled]))
  assert.deepEqual(await queue.listLive([undone.id, settled.id]), new Set([settled.id]))
  await database.outside(async (db) => {
    await queue.settle(db, settled.id)
    await queue.send(db, [last])
  })
  const words: unknown[] = []
  const done = Promise.withResolvers<void>()
  await queue.work(2, async ({ data }) => {
    words.push(data['word'])
    if (data['word'] === 'last') done.resolve()
  })
  queue.wake()
  await done.promise
  assert.deepEqual(words, ['last'])
})

test('the queue is the application’s: its tables are not the owner’s, and a second server opens it in the same moment', async () => {
  const queues = await Promise.all([openQueue(database, silent), openQueue(database, silent)])
  for (const queue of queues) await queue.stop()
  const owners = await database.asOwner(async (client) => {
    const { rows } = await client.query<{ owner: string }>(
      `select distinct tableowner as owner from pg_tables where schemaname = 'pgboss'`,
    )
    return rows.map(({ owner }) => owner)
  })
  assert.deepEqual(owners, [database.appConnection().user])
})
