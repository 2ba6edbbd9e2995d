/**
 * The accesses on ClickHouse, for those who outgrow one machine: sharded by patient over several servers, each asked by itself,
 * so that nothing between them can leave one out without a word. Where one does not answer, or holds less than was taken by it,
 * there is no answer but a refusal.
 *
 * It speaks what servers since 18.16 understand: no bound parameters, no common table expressions. Rows of a batch that is handed
 * over again after a stop stand twice until the server merges them (`ReplacingMergeTree`), so every read takes each `seq` once.
 */
import { Readable } from 'node:stream'
import { type ClickHouseClient, createClient } from '@clickhouse/client'
import { codedFields } from '../model/access.ts'
import { refuseStore } from './refusals.ts'
import type { AccessColumns, AccessQuery, AccessStore, HourCount } from './store.ts'
import { dayMs, localSql, roughBounds } from './zone.ts'

export interface ClickHouseOptions {
  /** One address a shard, in an order that never changes: it says which patients are where. */
  readonly shards: readonly string[]
  /** Tells the organisations of one cluster apart, and one store from another: letters, digits and underscores. */
  readonly name: string
  readonly timeoutMs?: number | undefined
}

const columnNames = [
  'seq',
  'at',
  'patient',
  'usr',
  'behalf',
  'action',
  'outcome',
  'flags',
  'purpose',
  'object',
  'workstation',
  'application',
  'department',
  'source',
  'reason',
] as const

/** The column of each coded field. */
const columnOf: Readonly<Record<(typeof codedFields)[number], (typeof columnNames)[number]>> = {
  patient: 'patient',
  user: 'usr',
  onBehalfOf: 'behalf',
  purpose: 'purpose',
  object: 'object',
  workstation: 'workstation',
  application: 'application',
  department: 'department',
  reason: 'reason',
  source: 'source',
}

const pieceRows = 2_048
const answerMs = 30_000
/** Rows of one insert, as text: some 50 MB. */
const insertRows = 500_000

/** The shard of a patient: a fixed mix of the code, since codes count up in the order of their coming. */
export function shardOf(patient: number, shards: number): number {
  const mixed = Math.imul(patient ^ (patient >>> 16), 0x45d9f3b)
  return ((mixed ^ (mixed >>> 16)) >>> 0) % shards
}

/** Up to where a shard has everything, and how many rows that is. */
interface ShardState {
  readonly toSeq: number
  readonly taken: number
}

interface Shard {
  readonly client: ClickHouseClient
  readonly index: number
}

export async function openClickHouseAccesses({
  shards,
  name,
  timeoutMs = answerMs,
}: ClickHouseOptions): Promise<AccessStore> {
  const table = `vigil_access_${name}`
  const stateTable = `vigil_state_${name}`
  const opened: Shard[] = shards.map((url, index) => ({
    index,
    client: createClient({ url, request_timeout: timeoutMs, keep_alive: { enabled: true }, log: { level: 127 } }),
  }))

  async function run(shard: Shard, query: string): Promise<void> {
    await guard(() => shard.client.command({ query }))
  }
  /** The numbers of one row. */
  async function ask(shard: Shard, query: string): Promise<readonly number[]> {
    return guard(async () => {
      const answer = await shard.client.query({ query, format: 'TabSeparated' })
      return readNumbers((await answer.text()).trim())
    })
  }

  async function askRows(shard: Shard, query: string): Promise<readonly (readonly number[])[]> {
    return guard(async () => {
      const answer = await shard.client.query({ query, format: 'TabSeparated' })
      const lines = (await answer.text()).split('\n')
      return lines.filter((line) => line !== '').map((line) => readNumbers(line, 3))
    })
  }

  async function prepare(): Promise<void> {
    for (const shard of opened) {
      await run(
        shard,
        `create table if not exists ${table} (seq UInt64, at Int64, patient UInt32, usr UInt32, behalf UInt32, action UInt8,
          outcome UInt8, flags UInt8, purpose UInt32, object UInt32, workstation UInt32, application UInt32, department UInt32,
          source UInt32, reason UInt32) engine = ReplacingMergeTree() partition by intDiv(seq, 1000000000)
          order by (patient, at, seq)`,
      )
      await run(
        shard,
        `create table if not exists ${stateTable} (shard UInt32, shards UInt32, to_seq UInt64, taken UInt64)
          engine = ReplacingMergeTree(to_seq) order by (shard, shards)`,
      )
      const [others = 0] = await ask(
        shard,
        `select count() from ${stateTable} where shard != ${shard.index} or shards != ${opened.length}`,
      )
      if (others > 0) throw refuseStore('foreign-shard')
    }
  }

  /** What each shard said last: nobody else writes, so it never says less. */
  const last: (ShardState | undefined)[] = opened.map(() => undefined)

  /** How a shard is. One that was put back from an old copy, or lost a part, must not answer as if it had all, nor go on. */
  async function stateOf(shard: Shard): Promise<ShardState> {
    const before = last[shard.index]
    const [toSeq = 0, taken = 0, rows = 0] = await ask(
      shard,
      `select max(to_seq), argMax(taken, to_seq), (select count() from ${table}) from ${stateTable} where shard = ${shard.index}`,
    )
    const isBack = before && (toSeq < before.toSeq || (toSeq === before.toSeq && taken !== before.taken))
    if (isBack || rows < taken) throw refuseStore('shard-short')
    note(shard, { toSeq, taken })
    return { toSeq, taken }
  }

  function note(shard: Shard, state: ShardState): void {
    // Of two that were asked at once the earlier answer may come later.
    if (state.toSeq >= (last[shard.index]?.toSeq ?? 0)) last[shard.index] = state
  }

  /** Whether a shard has each row once that it says it has; a batch that was cut short may have left some twice, or too many. */
  async function isWhole(shard: Shard, { toSeq, taken }: ShardState): Promise<boolean> {
    const [rows = 0] = await ask(shard, `select countIf(seq < ${toSeq}) from ${table}`)
    if (rows <= taken) return rows === taken
    const [different = 0] = await ask(shard, `select uniqExact(seq) from ${table} where seq < ${toSeq}`)
    return different === taken
  }

  async function take(shard: Shard, accesses: AccessColumns, rows: readonly number[], toSeq: number): Promise<void> {
    const { toSeq: before, taken } = await stateOf(shard)
    if (before >= toSeq) return
    // What a stop left of this batch is handed over again, whole: a row that stands twice is read once.
    const own = rows.filter((row) => (accesses.seq[row] ?? 0) >= before)
    for (let from = 0; from < own.length; from += insertRows) {
      const values = Readable.from(writeRows(accesses, own.slice(from, from + insertRows)), { objectMode: false })
      await guard(() => shard.client.insert({ table, columns: [...columnNames], values, format: 'TabSeparated' }))
    }
    await run(
      shard,
      `insert into ${stateTable} (shard, shards, to_seq, taken) values (${shard.index}, ${opened.length}, ${toSeq}, ${taken + own.length})`,
    )
    note(shard, { toSeq, taken: taken + own.length })
  }

  await guard(prepare).catch(async (error: unknown) => {
    await closeAll()
    throw error
  })
  /** Whether all rows of a shard were counted since it was opened. */
  const isChecked = opened.map(() => false)

  async function check(shard: Shard): Promise<void> {
    const state = await stateOf(shard)
    if (isChecked[shard.index]) return
    if (!(await isWhole(shard, state))) throw refuseStore('shard-short')
    isChecked[shard.index] = true
  }

  async function closeAll(): Promise<void> {
    for (const { client } of opened) await client.close().catch(() => undefined)
  }

  async function* readShard(shard: Shard, query: AccessQuery): AsyncGenerator<readonly number[]> {
    await check(shard)
    const answer = await guard(() =>
      shard.client.query({
        query: `select ${columnNames.join(', ')} from ${table} where ${whereOf(query)}
          order by at, seq limit 1 by seq`,
        format: 'TabSeparated',
      }),
    )
    try {
      for await (const rows of answer.stream()) for (const { text } of rows) yield readNumbers(text, columnNames.length)
    } catch (error) {
      throw refuseStore('incomplete', {}, { cause: error })
    }
  }

  return {
    appliedTo: async () => Math.min(...(await Promise.all(opened.map(async (shard) => (await stateOf(shard)).toSeq)))),
    async apply(accesses, toSeq) {
      const rowsOf: number[][] = opened.map(() => [])
      for (let row = 0; row < accesses.count; row += 1) {
        rowsOf[shardOf(accesses.codes.patient[row] ?? 0, opened.length)]?.push(row)
      }
      // All shards, also those for which nothing came: each says by itself up to where it has everything.
      await Promise.all(opened.map((shard) => take(shard, accesses, rowsOf[shard.index] ?? [], toSeq)))
    },
    async *read(query) {
      if (query.codes.length === 0) return
      const concerned =
        query.by === 'patient' ? new Set(query.codes.map((code) => shardOf(code, opened.length))) : undefined
      const streams = opened
        .filter(({ index }) => concerned === undefined || concerned.has(index))
        .map((shard) => readShard(shard, query))
      yield* gather(merge(streams))
    },
    async hours({ users, fromDay, toDay, by }, zone) {
      if (users.length === 0) return []
      const { since, until } = roughBounds(fromDay, toDay)
      const local = localSql(zone, 'at', since, until)
      const counts = new Map<string, HourCount>()
      const shardHours = async (shard: Shard) => {
        await check(shard)
        return askRows(
          shard,
          `select ${by === 'day' ? 'day' : 'usr'}, hour, uniqExact(seq) from (
            select seq, usr, toInt32(floor(local / ${dayMs})) as day,
              toInt32(floor((local - floor(local / ${dayMs}) * ${dayMs}) / 3600000)) as hour
            from (select seq, usr, ${local} as local from ${table} where ${whereOf({ by: 'user', codes: users, since, until })}))
          where day >= ${fromDay} and day <= ${toDay} group by ${by === 'day' ? 'day' : 'usr'}, hour`,
        )
      }
      for (const rows of await Promise.all(opened.map(shardHours))) {
        for (const [of = 0, hour = 0, accesses = 0] of rows) {
          const key = `${of}/${hour}`
          counts.set(key, { of, hour, accesses: accesses + (counts.get(key)?.accesses ?? 0) })
        }
      }
      return [...counts.values()]
    },
    async compact() {
      // The server merges by itself.
    },
    async forget(beforeSeq) {
      for (const shard of opened) {
        await run(shard, `drop table ${table}`)
        await run(shard, `drop table ${stateTable}`)
        isChecked[shard.index] = false
        last[shard.index] = undefined
      }
      if (beforeSeq < Number.MAX_SAFE_INTEGER) throw refuseStore('incomplete')
      await prepare()
    },
    async counts() {
      const counted = await Promise.all(
        opened.map(async (shard) => {
          const { taken: accesses } = await stateOf(shard)
          const [bytes = 0] = await ask(
            shard,
            `select sum(bytes) from system.parts where active and table = '${table}' and database = currentDatabase()`,
          )
          return { accesses, bytes }
        }),
      )
      return {
        accesses: counted.reduce((sum, { accesses }) => sum + accesses, 0),
        bytes: counted.reduce((sum, { bytes }) => sum + bytes, 0),
      }
    },
    close: closeAll,
  }
}

/** Whatever goes wrong on the way to a server is an answer that cannot be given. */
async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if ((error as { readonly name?: string }).name === 'Refusal') throw error
    // A server that answers with an error of its own is there, but cannot do what was asked.
    const isThere = (error as { readonly type?: string }).type !== undefined
    throw refuseStore(isThere ? 'incomplete' : 'shard-away', {}, { cause: error })
  }
}

/** A row of tab-separated numbers; whatever else comes (an error in the middle of an answer) is none. */
function readNumbers(text: string, count?: number): readonly number[] {
  const numbers = text.split('\t').map(Number)
  if (!numbers.every(Number.isSafeInteger) || (count !== undefined && numbers.length !== count)) {
    throw refuseStore('incomplete')
  }
  return numbers
}

/** Codes and times are numbers of ours, so they may stand in the text: old servers take no parameters. */
function whereOf({ by, codes, since, until }: AccessQuery): string {
  const list = codes.map((code) => Number(code)).join(', ')
  return [
    `${by === 'patient' ? 'patient' : 'usr'} in (${list})`,
    ...(since === undefined ? [] : [`at >= ${Math.trunc(since)}`]),
    ...(until === undefined ? [] : [`at < ${Math.trunc(until)}`]),
  ].join(' and ')
}

/** Rows as tab-separated text, in pieces. */
function* writeRows(accesses: AccessColumns, rows: readonly number[]): Generator<Buffer> {
  let text = ''
  for (const row of rows) {
    text += `${rowOf(accesses, row).join('\t')}\n`
    if (text.length < 1 << 18) continue
    yield Buffer.from(text)
    text = ''
  }
  if (text !== '') yield Buffer.from(text)
}

function rowOf(accesses: AccessColumns, row: number): number[] {
  const { codes } = accesses
  return [
    accesses.seq[row] ?? 0,
    accesses.at[row] ?? 0,
    codes.patient[row] ?? 0,
    codes.user[row] ?? 0,
    codes.onBehalfOf[row] ?? 0,
    accesses.action[row] ?? 0,
    accesses.outcome[row] ?? 0,
    accesses.flags[row] ?? 0,
    codes.purpose[row] ?? 0,
    codes.object[row] ?? 0,
    codes.workstation[row] ?? 0,
    codes.application[row] ?? 0,
    codes.department[row] ?? 0,
    codes.source[row] ?? 0,
    codes.reason[row] ?? 0,
  ]
}

/** One order from several streams that each are in it. */
async function* merge(streams: readonly AsyncGenerator<readonly number[]>[]): AsyncGenerator<readonly number[]> {
  const heads: { stream: AsyncGenerator<readonly number[]>; row: readonly number[] }[] = []
  const next = async (stream: AsyncGenerator<readonly number[]>) => {
    const { value, done } = await stream.next()
    if (!done) heads.push({ stream, row: value })
  }
  try {
    for (const stream of streams) await next(stream)
    while (heads.length > 0) {
      let least = 0
      for (let place = 1; place < heads.length; place += 1)
        if (isBefore(heads[place]?.row, heads[least]?.row)) least = place
      const [head] = heads.splice(least, 1)
      if (!head) return
      yield head.row
      await next(head.stream)
    }
  } finally {
    for (const stream of streams) await stream.return(undefined)
  }
}

function isBefore(one: readonly number[] = [], other: readonly number[] = []): boolean {
  const [seq = 0, at = 0] = one
  const [otherSeq = 0, otherAt = 0] = other
  return at === otherAt ? seq < otherSeq : at < otherAt
}

async function* gather(rows: AsyncIterable<readonly number[]>): AsyncGenerator<AccessColumns> {
  let piece: (readonly number[])[] = []
  for await (const row of rows) {
    if (piece.push(row) < pieceRows) continue
    yield toColumns(piece)
    piece = []
  }
  if (piece.length > 0) yield toColumns(piece)
}

function toColumns(rows: readonly (readonly number[])[]): AccessColumns {
  const column = (name: (typeof columnNames)[number]) => {
    const place = columnNames.indexOf(name)
    return rows.map((row) => row[place] ?? 0)
  }
  const codes = Object.fromEntries(codedFields.map((field) => [field, Uint32Array.from(column(columnOf[field]))]))
  return {
    count: rows.length,
    seq: Float64Array.from(column('seq')),
    at: Float64Array.from(column('at')),
    action: Uint8Array.from(column('action')),
    outcome: Uint8Array.from(column('outcome')),
    flags: Uint8Array.from(column('flags')),
    codes: codes as AccessColumns['codes'],
  }
}
