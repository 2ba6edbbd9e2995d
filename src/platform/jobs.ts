/**
 * The queue under long work, over pg-boss, and the one connection by which a process listens and holds locks. The rules:
 *  - A message is sent and settled in the transaction of the caller, so that what it speaks of and the message commit
 *    together. A message is delivered at least once; who handles it must find out whether it still counts.
 *  - Of the messages of one group one is handed out at a time. Two servers that ask in the same moment can still be handed
 *    two: who must be alone also takes a lock.
 *  - A lock is the session's: it is gone with the process that took it, however that ended.
 *  - pg-boss keeps its tables in the schema `pgboss` and signs in as the application's role, never as the owner.
 */
import pg from 'pg'
import { fromKysely, PgBoss } from 'pg-boss'
import type { Database, Db } from './database.ts'
import type { Log } from './log.ts'

const schema = 'pgboss'
const queueName = 'vigil'
const connections = 3
// A worker that was not told of a message looks for one this often.
const pollSeconds = 5
// A message whose process died is given up by pg-boss after this time; whoever sent it finds that out sooner by the lock.
const heartbeatSeconds = 60
// The longest that pg-boss knows. What runs for longer goes on: only the message is given up.
const expireSeconds = 24 * 3_600
// Settled messages are deleted by their transactions; this is for those that nobody settled.
const keepSeconds = 3_600
// A worker holds a message for moments before its work is seen to be under way; after this it was lost in between.
const takenSeconds = 10

export interface Message {
  /** A UUID, made by the sender. */
  readonly id: string
  /** Ids and words: it lies in the schema of the queue, which knows no organisations. */
  readonly data: Readonly<Record<string, string | number | null>>
  /** Of the messages of one group one is handled at a time. */
  readonly group?: string | undefined
  readonly startAfter?: Date | undefined
}

export interface Queue {
  /** Sends in the caller's transaction. */
  send(db: Db, messages: readonly Message[]): Promise<void>
  /** Removes a message in the caller's transaction, also one that is being handled: it has had its effect, or lost its sense. */
  settle(db: Db, id: string): Promise<void>
  /** Which of these messages will still be handed to somebody, or were a moment ago. */
  listLive(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Begins to hand out messages, to so many handlers at once. */
  work(handlers: number, handle: (message: Pick<Message, 'id' | 'data'>) => Promise<void>): Promise<void>
  /** Looks for messages now: called when one was sent, or when a group came free. */
  wake(): void
  /** Hands out no more; handlers that run are not waited for. */
  rest(): Promise<void>
  stop(): Promise<void>
}

/** Opens the queue: makes its schema where there is none, one process at a time. */
export async function openQueue(database: Database, log: Log): Promise<Queue> {
  const boss = new PgBoss({
    ...connectionOf(database, 'vigil queue'),
    schema,
    createSchema: false,
    max: connections,
    // Times are kept in tables of ours, which say whose they are.
    schedule: false,
    useListenNotify: false,
    monitorIntervalSeconds: 60,
  })
  // Said by its class alone: pg-boss puts statements into its messages.
  boss.on('error', (error) => log.warn('queue-trouble', { reason: error.name }))
  boss.on('warning', () => log.warn('queue-warning'))
  await database.asOwner(async (client) => {
    // Held until the connection ends: a second process waits here, then finds everything made.
    await client.query('select pg_advisory_lock(7420, 3)')
    const role = pg.escapeIdentifier(String(database.appConnection().user))
    await client.query(`create schema if not exists ${schema}`)
    await client.query(`grant usage, create on schema ${schema} to ${role}`)
    await boss.start()
    await boss.createQueue(queueName, {
      retryLimit: 0,
      heartbeatSeconds,
      expireInSeconds: expireSeconds,
      deleteAfterSeconds: keepSeconds,
    })
  })
  const workers: { id: string; isBusy: boolean }[] = []
  // One at a time: who finds a message wakes the next. Several at once would be handed two messages of one group.
  const wake = () => {
    const idle = workers.find(({ isBusy }) => !isBusy)
    if (idle) boss.notifyWorker(idle.id)
  }
  return {
    async send(db, messages) {
      if (messages.length === 0) return
      await boss.insert(
        queueName,
        messages.map(({ id, data, group, startAfter }) => ({
          id,
          data,
          ...(group === undefined ? {} : { group: { id: group } }),
          ...(startAfter === undefined ? {} : { startAfter }),
        })),
        { db: fromKysely(db) },
      )
    },
    async settle(db, id) {
      await boss.deleteJob(queueName, id, { db: fromKysely(db) })
    },
    async listLive(ids) {
      const { rows } = await boss.getDb().executeSql(
        `select id::text as id from ${schema}.job
         where name = $1 and id = any($2::uuid[])
           and (state < 'active' or state = 'active' and started_on > now() - $3 * interval '1 second')`,
        [queueName, ids, takenSeconds],
      )
      return new Set((rows as { id: string }[]).map(({ id }) => id))
    },
    async work(handlers, handle) {
      // One by one, since only the first of several that are made together can be woken.
      for (let index = 0; index < handlers; index++) {
        const worker = { id: '', isBusy: false }
        worker.id = await boss.work<Message['data']>(
          queueName,
          { pollingIntervalSeconds: pollSeconds, groupConcurrency: 1 },
          async (messages) => {
            worker.isBusy = true
            wake()
            try {
              for (const { id, data } of messages) await handle({ id, data })
            } finally {
              worker.isBusy = false
              boss.notifyWorker(worker.id)
            }
          },
        )
        workers.push(worker)
      }
    },
    wake,
    async rest() {
      await boss.offWork(queueName, { wait: false })
    },
    async stop() {
      await boss.stop({ graceful: false })
    },
  }
}

// Knows no database: it only reckons.
const planner = new PgBoss({ db: { executeSql: async () => ({ rows: [] }) } })

/**
 * The first time after an instant at which a schedule is due: cron in five fields, in a time zone. Throws where the text is
 * none, or names no time.
 */
export function nextTime(cron: string, zone: string, after: Date): Date {
  if (cron.trim().split(/\s+/).length !== 5) throw new Error('a schedule has five fields')
  const [next] = planner.previewSchedule(cron, { tz: zone, from: after, count: 1 })
  if (!next) throw new Error('a schedule names a time')
  return next
}

export interface Lock {
  /** False once the connection broke under it: somebody else may have the lock. */
  isHeld(): boolean
  release(): Promise<void>
}

export interface Session {
  /**
   * Takes a lock that nobody else in this database has; undefined when somebody has it, or when there is no connection.
   */
  lock(name: string): Promise<Lock | undefined>
  close(): Promise<void>
}

export interface Listening {
  readonly channel: string
  readonly onNotice: (payload: string) => void
  /** The connection broke, and with it went every lock. */
  readonly onLost: () => void
  /** Listens again; what was said in between was missed. */
  readonly onBack: () => void
}

const heartbeatMs = 15_000
const answerMs = 10_000
const longestPauseMs = 5_000

/** Opens the connection of a process that listens on a channel and holds locks. It connects again by itself. */
export async function openSession(database: Database, listening: Listening): Promise<Session> {
  const held = new Set<string>()
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  let tries = 0
  let asking: Promise<unknown> = Promise.resolve()

  /** One question at a time: the driver wants it so. */
  function ask<T extends pg.QueryResultRow>(
    whom: pg.Client,
    text: string,
    values: string[],
  ): Promise<pg.QueryResult<T>> {
    const answer = asking.then(() => whom.query<T>(text, values))
    asking = answer.catch(() => undefined)
    return answer
  }

  async function connect(): Promise<void> {
    const next = new pg.Client({
      ...connectionOf(database, 'vigil session'),
      keepAlive: true,
      connectionTimeoutMillis: answerMs,
      query_timeout: answerMs,
      // The server, too, must notice when this machine is gone, or its locks stay.
      options: '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3',
    })
    next.on('error', () => lose(next))
    next.on('end', () => lose(next))
    next.on('notification', ({ payload }) => listening.onNotice(payload ?? ''))
    try {
      await next.connect()
      await next.query(`listen ${pg.escapeIdentifier(listening.channel)}`)
    } catch (error) {
      next.removeAllListeners()
      next.on('error', () => undefined)
      await next.end().catch(() => undefined)
      throw error
    }
    if (isClosed) return void (await next.end())
    client = next
    tries = 0
    beat(next)
  }

  function beat(of: pg.Client): void {
    timer = setTimeout(() => {
      ask(of, 'select 1', []).then(
        () => of === client && beat(of),
        () => lose(of),
      )
    }, heartbeatMs).unref()
  }

  function lose(whose: pg.Client): void {
    if (isClosed || whose !== client) return
    client = undefined
    clearTimeout(timer)
    // A connection that no longer answers would hold its locks for as long as the server believes in it.
    ;(whose as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
    held.clear()
    listening.onLost()
    again()
  }

  function again(): void {
    if (isClosed) return
    timer = setTimeout(
      () => {
        connect().then(
          () => isClosed || listening.onBack(),
          () => again(),
        )
      },
      Math.min(longestPauseMs, 100 * 2 ** Math.min(tries++, 10)),
    )
  }

  await connect()
  return {
    async lock(name) {
      const asked = client
      // The database would give the same connection the same lock twice.
      if (!asked || held.has(name)) return undefined
      held.add(name)
      let isReleased = false
      try {
        const { rows } = await ask<{ taken: boolean }>(
          asked,
          'select pg_try_advisory_lock(hashtextextended($1, 7422)) as taken',
          [name],
        )
        if (asked !== client) return undefined
        if (rows[0]?.taken !== true) {
          held.delete(name)
          return undefined
        }
      } catch {
        lose(asked)
        return undefined
      }
      return {
        isHeld: () => asked === client,
        async release() {
          // A lock that went with its connection may be somebody else's by now; one released twice, too.
          if (asked !== client || isReleased) return
          isReleased = true
          try {
            await ask(asked, 'select pg_advisory_unlock(hashtextextended($1, 7422))', [name])
            if (asked === client) held.delete(name)
          } catch {
            lose(asked)
          }
        },
      }
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await client?.end().catch(() => undefined)
      client = undefined
    },
  }
}

function connectionOf(database: Database, name: string) {
  const { host, port, user, password, database: of, ssl } = database.appConnection()
  return {
    application_name: name,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(typeof password === 'string' ? { password } : {}),
    ...(of === undefined ? {} : { database: of }),
    ...(ssl ? { ssl } : {}),
  }
}
