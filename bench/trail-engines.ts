/**
 * The query store of the access trail against the engine alone: the same rows through the driver's appender, one statement
 * that sorts them, the same question asked of the sorted table, and the collapse in SQL. `VIGIL_BENCH_ROWS=100000000` for the
 * size of a year at a large hospital. docs/decisions/0021 has the engines that were weighed.
 */
import { join } from 'node:path'
import { DuckFile } from '#trail/store/duckdb.ts'
import type { Column } from '#trail/store/duckdb-values.ts'
import { openEmbeddedStore } from '#trail/store/embedded.ts'
import { accessTables } from '#trail/store/schema.ts'
import type { AccessColumns, QueryStore } from '#trail/store/store.ts'
import { type Bench, type Figure, medianOf, peakMegabytes, repeated, timed } from './measure.ts'

const rows = Number(process.env['VIGIL_BENCH_ROWS'] ?? 10_000_000)
const batch = 65_536
const lookups = 300
const memoryLimit = '2GB'
const zone = 'Europe/Zurich'
const noKnown = { relation: [], worker: [], patient: [] }

export const trailEngines: Bench = {
  title: `${rows.toLocaleString('en')} accesses taken in ${batch.toLocaleString('en')} at a time, put in order, and asked for`,
  async measure(folder, runs) {
    const rounds = await repeated(Math.min(runs, rows > 20_000_000 ? 1 : runs), async (run) => {
      const ours = await measureStore(join(folder, `store-${run}`))
      const raw = await measureRaw(join(folder, `raw-${run}.duckdb`))
      return { ours, raw }
    })
    const pick = (of: (round: (typeof rounds)[number]) => number) => medianOf(rounds.map(of))
    const rates = { unit: 'rows/s' } as const
    const times = { unit: 'ms' } as const
    const figures: Figure[] = [
      {
        ...rates,
        what: 'take in, both tables',
        value: pick(({ ours }) => rows / ours.load),
        beside: { what: "the driver's appender, accesses alone", value: pick(({ raw }) => rows / raw.load) },
        goal: 500_000,
      },
      {
        ...rates,
        what: 'put in order, both tables',
        value: pick(({ ours }) => rows / ours.compact),
        beside: {
          what: 'sort and collapse, one statement each',
          value: pick(({ raw }) => rows / (raw.sort + raw.collapse)),
        },
      },
      {
        ...times,
        what: 'all of a patient, p50',
        value: pick(({ ours }) => ours.patient.p50),
        beside: { what: 'the same statement', value: pick(({ raw }) => raw.patient.p50) },
        goal: 5,
      },
      {
        ...times,
        what: 'all of a patient, p99',
        value: pick(({ ours }) => ours.patient.p99),
        beside: { what: 'the same statement', value: pick(({ raw }) => raw.patient.p99) },
      },
      { ...times, what: 'all of a person, p50', value: pick(({ ours }) => ours.user.p50) },
      { ...times, what: 'all of a person, p99', value: pick(({ ours }) => ours.user.p99) },
      { unit: 'MB', what: 'on the disk', value: pick(({ ours }) => ours.megabytes) },
      { unit: 'MB', what: 'memory at most', value: peakMegabytes() },
    ]
    return figures
  },
}

async function measureStore(directory: string) {
  const store = await openEmbeddedStore(directory, { zone, memoryLimit })
  try {
    const load = await timed(async () => {
      for (const accesses of generate()) await store.apply(accesses, noKnown, seqAfter(accesses))
    })
    const compact = await timed(() => store.compact())
    const bytes = (await store.accesses.counts()).bytes ?? Number.NaN
    return {
      load: load.seconds,
      compact: compact.seconds,
      megabytes: bytes / 1e6,
      patient: await quantiles((at) => readWhole(store, 'patient', patientAt(at))),
      user: await quantiles((at) => readWhole(store, 'user', userAt(at)), 20),
    }
  } finally {
    await store.close()
  }
}

async function measureRaw(path: string) {
  const duck = await DuckFile.open(path, { memoryLimit })
  try {
    for (const table of accessTables) await duck.aside((session) => session.run(table))
    const load = await timed(async () => {
      for (const accesses of generate()) {
        await duck.write((session) => session.append('access_recent', accesses.count, columnsOf(accesses)))
      }
    })
    const run = (sql: string) => timed(() => duck.aside((session) => session.run(sql)))
    const sort = await run('create table raw as select * from access_recent order by patient, "at", seq')
    const collapse = await run(
      `create table raw_pair as select usr, patient, "at" // 86400000 as day, workstation, count(*) as n, min("at") as first,
         max("at") as last from access_recent group by all`,
    )
    const sql = 'select * from raw where patient = $code::uinteger order by "at", seq'
    const patient = await quantiles(async (at) => {
      for await (const chunk of duck.stream(sql, { code: patientAt(at) })) chunk.getColumnVector(0)
    })
    return { load: load.seconds, sort: sort.seconds, collapse: collapse.seconds, patient }
  } finally {
    await duck.close()
  }
}

async function readWhole(store: QueryStore, by: 'patient' | 'user', code: number): Promise<void> {
  for await (const { codes } of store.accesses.read({ by, codes: [code] })) {
    if (codes[by][0] !== code) throw new Error('this is not what was asked for')
  }
}

/** Milliseconds, after a tenth that warm up. */
async function quantiles(ask: (at: number) => Promise<void>, count = lookups): Promise<{ p50: number; p99: number }> {
  const times: number[] = []
  for (let at = -count / 10; at < count; at += 1) {
    const { seconds } = await timed(() => ask(at))
    if (at >= 0) times.push(seconds * 1_000)
  }
  times.sort((one, other) => one - other)
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}

const seqAfter = (accesses: AccessColumns) => (accesses.seq[accesses.count - 1] ?? -1) + 1

const users = rows > 20_000_000 ? 30_000 : 15_000
const patients = Math.ceil(rows / 50)

/** Sessions of about seven accesses to one patient's record, few people and patients having most of them, in half a year. */
function* generate(): Generator<AccessColumns> {
  const random = randomFrom(1)
  const start = Date.UTC(2026, 0, 1)
  const gap = (182 * 86_400_000) / rows
  let session = { patient: 1, user: 1, left: 0, workstation: 1 }
  for (let first = 0; first < rows; first += batch) {
    const columns = emptyColumns(Math.min(batch, rows - first))
    for (let row = 0; row < columns.count; row += 1) {
      if (session.left === 0) {
        const user = 1 + Math.floor(users * random() ** 1.6)
        const patient = 1 + Math.floor(patients * random() ** 2.2)
        session = { user, patient, left: 1 + Math.floor(random() * 14), workstation: 1 + (user % 4_000) }
      }
      session.left -= 1
      columns.seq[row] = first + row
      columns.at[row] = Math.floor(start + (first + row) * gap + random() * 60_000)
      columns.action[row] = random() < 0.9 ? 1 : 3
      const { codes } = columns
      codes.patient[row] = session.patient
      codes.user[row] = session.user
      codes.workstation[row] = session.workstation
      codes.department[row] = 1 + (session.user % 200)
      codes.purpose[row] = 1
      codes.object[row] = 1 + Math.floor(random() * 40)
      codes.application[row] = 1 + (session.user % 3)
      codes.source[row] = 1
    }
    yield columns
  }
}

function emptyColumns(count: number): AccessColumns {
  const codes = () => new Uint32Array(count)
  return {
    count,
    seq: new Float64Array(count),
    at: new Float64Array(count),
    action: new Uint8Array(count),
    outcome: new Uint8Array(count),
    flags: new Uint8Array(count),
    codes: {
      patient: codes(),
      user: codes(),
      onBehalfOf: codes(),
      purpose: codes(),
      object: codes(),
      workstation: codes(),
      application: codes(),
      department: codes(),
      reason: codes(),
      source: codes(),
    },
  }
}

/** In the order of the table's columns. */
function columnsOf({ seq, at, action, outcome, flags, codes }: AccessColumns): readonly Column[] {
  const { patient, user, onBehalfOf, purpose, object, workstation, application, department, source, reason } = codes
  const code = (column: Uint32Array) => ['uint32', column] as const
  return [
    ['uint64', seq],
    ['int64', at],
    ...[patient, user, onBehalfOf].map(code),
    ...[action, outcome, flags].map((column) => ['uint8', column] as const),
    ...[purpose, object, workstation, application, department, source, reason].map(code),
  ]
}

/** Patients as they are asked for: those with more accesses more often. */
const patientAt = (at: number) => 1 + Math.floor(patients * 0.8 * ((Math.abs(at) * 0.618) % 1) ** 2.2)
const userAt = (at: number) => 1 + Math.floor(users * 0.8 * ((Math.abs(at) * 0.618) % 1) ** 1.6)

/** Mulberry32: the same numbers in every run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
