/**
 * The access trail as a whole: files of a large world taken in (parsed, repeats left out, durable, hashed, sealed, coded, stored and
 * summed up by day), beside DuckDB alone loading the same file; then a patient's accesses with their reasons and with their proof,
 * the rules over all, and the log verified and read into a new store. FHIR takes a tenth of the events, for its files are thirty
 * times as large. `node bench/trail.ts --events N`, or `VIGIL_BENCH_EVENTS=N npm run bench -- trail`; what is kept of a hundred
 * million events takes 10 GB, and the file 8.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { openKeyFile } from '#platform/keys.ts'
import { type OpenTrail, openTrail } from '#trail/engine.ts'
import { directorySize } from '#trail/intake/beside.ts'
import { type Bench, type Figure, formatTable, makeFolder, peakMegabytes, percentile, timed } from './measure.ts'
import { accessCsv, accessFhir, LargeWorld, patientOf } from './trail-world.ts'
import { appointmentCsv, careTeamCsv, patientCsv, staffCsv } from './trail-world-lists.ts'

const given = import.meta.main
  ? parseArgs({ options: { events: { type: 'string' } } }).values.events
  : process.env['VIGIL_BENCH_EVENTS']
const events = Number(given ?? 2_000_000)
const zone = 'America/Chicago'
const now = new Date('2026-11-20T12:00:00Z')
const lookups = 300
const firstLookups = 100
const piece = 1024 * 1024

export const trail: Bench = {
  title: `${events.toLocaleString('en')} accesses as CSV, and a tenth as many as FHIR, on ${zone} time`,
  async measure(folder) {
    const keys = await openKeyFile(folder)
    const open = (name: string) =>
      openTrail({ directory: join(folder, name), keys, organisationId: 1, zone, clock: () => now })
    const fhir = await measureFhir(folder, open)
    const world = new LargeWorld({ events })
    const path = join(folder, 'access-log.csv')
    await write(path, accessCsv(world))
    const raw = await loadRaw(folder, `select * from read_csv('${path}')`)
    const directory = join(folder, 'csv')
    let ours = await open('csv')
    const taken = await takeIn(ours, path)
    await rm(path)
    const peak = peakMegabytes()
    for (const list of [staffCsv, patientCsv, appointmentCsv, careTeamCsv]) {
      const { relations } = await ours.import(Readable.from(list(world)), { source: 'lists', format: 'relations' })
      if (relations === 0) throw new Error('A list of the world was not understood.')
    }
    // Manifests of most of it were made while it came in.
    const manifested = await timed(async () => (await ours.who({ by: 'patient', id: patientOf(0) })).proof())
    const compacted = await timed(() => ours.compact())
    const judged = await timed(() => ours.judge())
    const state = await ours.state()
    await ours.close()
    ours = await open('csv')
    const first = await lookUp(ours, world, firstLookups, 0, false)
    const warm = await lookUp(ours, world, lookups, 0, false)
    const proven = await lookUp(ours, world, lookups, 7, true)
    const sizes = {
      seen: await directorySize(join(directory, 'seen')),
      manifests: await directorySize(join(directory, 'manifests')),
    }
    const verified = await timed(() => ours.verify())
    if (!verified.result.isIntact) throw new Error(`The log is not intact: ${verified.result.problem}`)
    const rebuilt = await timed(() => ours.rebuild())
    await ours.close()
    const each = { unit: 'bytes' } as const
    const ms = { unit: 'ms' } as const
    const figures: Figure[] = [
      {
        what: 'CSV taken in',
        unit: 'events/s',
        value: events / taken.seconds,
        beside: { what: 'DuckDB: read_csv into a table', value: events / raw.seconds },
        goal: 500_000,
      },
      {
        what: 'processor time, CSV',
        unit: 'µs',
        value: taken.cpu / events,
        beside: { what: 'DuckDB', value: raw.cpu / events },
      },
      ...fhir,
      { what: 'memory at most, intake', unit: 'MB', value: peak, goal: 4_000 },
      { ...each, what: 'log, with raw messages', value: state.logBytes / events },
      { ...each, what: 'query store', value: state.storeBytes / events, goal: 16 },
      { ...each, what: 'what came already', value: sizes.seen / events },
      { ...each, what: 'manifests', value: sizes.manifests / events },
      { ...ms, what: 'patient, first touch p50', value: percentile(first, 0.5) },
      { ...ms, what: 'patient, first touch p99', value: percentile(first, 0.99), goal: 50 },
      { ...ms, what: 'patient with reasons p50', value: percentile(warm, 0.5), goal: 10 },
      { ...ms, what: 'patient with reasons p99', value: percentile(warm, 0.99) },
      { ...ms, what: 'patient, reasons and proof p50', value: percentile(proven, 0.5), goal: 10 },
      { ...ms, what: 'patient, reasons and proof p99', value: percentile(proven, 0.99), goal: 50 },
      { unit: 's', what: 'first proof after the intake', value: manifested.seconds },
      { unit: 's', what: 'store put in order', value: compacted.seconds },
      { unit: 's', what: 'rules over all', value: judged.seconds },
      { unit: 'rows/s', what: 'log verified', value: state.logSize / verified.seconds },
      { unit: 'rows/s', what: 'store made anew', value: state.logSize / rebuilt.seconds },
      { unit: 'MB', what: 'memory at most, all of it', value: peakMegabytes(), goal: 4_000 },
    ]
    return figures
  },
}

interface Spent {
  readonly seconds: number
  /** Microseconds of processor time, of all threads. */
  readonly cpu: number
}

async function spend(work: () => Promise<unknown>): Promise<Spent> {
  const before = process.cpuUsage()
  const { seconds } = await timed(work)
  const { user, system } = process.cpuUsage(before)
  return { seconds, cpu: user + system }
}

async function measureFhir(folder: string, open: (name: string) => Promise<OpenTrail>): Promise<Figure[]> {
  const count = Math.round(events / 10)
  const path = join(folder, 'access-log.ndjson')
  await write(path, accessFhir(new LargeWorld({ events: count })))
  const { size } = await stat(path)
  const raw = await loadRaw(folder, `select * from read_json('${path}', format = 'newline_delimited')`)
  const ours = await open('fhir')
  const taken = await takeIn(ours, path)
  await rm(path)
  const { logBytes } = await ours.state()
  await ours.close()
  return [
    {
      what: `FHIR taken in, ${Math.round(size / count).toLocaleString('en')} bytes each`,
      unit: 'events/s',
      value: count / taken.seconds,
      beside: { what: 'DuckDB: read_json into a table', value: count / raw.seconds },
      goal: 150_000,
    },
    {
      what: 'processor time, FHIR',
      unit: 'µs',
      value: taken.cpu / count,
      beside: { what: 'DuckDB', value: raw.cpu / count },
    },
    { what: 'log of FHIR, with raw messages', unit: 'bytes', value: logBytes / count, goal: 80 },
  ]
}

async function takeIn(ours: OpenTrail, path: string): Promise<Spent> {
  let failure = ''
  const spent = await spend(async () => {
    const { rejected, duplicates } = await ours.import(createReadStream(path, { highWaterMark: piece }), {
      source: 'EHR',
    })
    if (rejected + duplicates > 0) failure = `${rejected} were rejected and ${duplicates} were repeats.`
  })
  if (failure !== '') throw new Error(failure)
  return spent
}

/** The engine alone: the same file into a table of a file of its own. */
async function loadRaw(folder: string, select: string): Promise<Spent> {
  const path = join(folder, 'raw.duckdb')
  const instance = await DuckDBInstance.create(path, { memory_limit: '2GB', threads: '2' })
  const connection = await instance.connect()
  const spent = await spend(async () => {
    await connection.run(`create table raw as ${select}`)
    await connection.run('checkpoint')
  })
  connection.closeSync()
  instance.closeSync()
  await rm(path)
  return spent
}

/** Milliseconds of each lookup. Patients who come often are asked for often. */
async function lookUp(
  ours: OpenTrail,
  world: LargeWorld,
  count: number,
  seed: number,
  isProven: boolean,
): Promise<number[]> {
  const took: number[] = []
  for (let at = 0; at < count; at += 1) {
    const chance = ((at + 1) * 0.618_033_988_7 + seed * 0.1) % 1 || 0.5
    const id = patientOf(world.drawPatient(() => chance))
    const started = performance.now()
    const answer = await ours.who({ by: 'patient', id })
    for await (const { reasons } of answer.accesses) if (!reasons) throw new Error('An access has no reasons.')
    if (isProven && !(await answer.proof())) throw new Error('There is no proof.')
    took.push(performance.now() - started)
  }
  return took
}

function write(path: string, content: Iterable<Buffer>): Promise<void> {
  return pipeline(Readable.from(content, { objectMode: true, highWaterMark: 2 }), createWriteStream(path))
}

if (import.meta.main) {
  if (!Number.isSafeInteger(events) || events < 1_000) {
    process.stderr.write('bench: node bench/trail.ts [--events N], at least a thousand\n')
    process.exit(2)
  }
  process.stdout.write(`trail: ${trail.title}\n`)
  const folder = makeFolder()
  try {
    process.stdout.write(`${formatTable(await trail.measure(folder.path, 1))}\n`)
  } finally {
    folder.remove()
  }
}
