/** Taking in the exports of a health system: 20,000 people, 300,000 accounts, and matching who is who. */
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parse } from 'csv-parse'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { type Bench, medianOf, peakMegabytes, repeated, runNode, timed } from './measure.ts'
import { factTables, importAll, openBenchInstallation, resolveAll, writeSystem } from './system.ts'

interface Round {
  readonly rows: number
  readonly read: number
  readonly resolved: number
  readonly peak: number
  readonly again: number
  readonly copied: number
}

export const importSystem: Bench = {
  title: 'import of the exports of a health system, with matching; a process of its own',
  async measure(folder, runs) {
    const exports = join(folder, 'exports')
    await writeSystem(exports)
    const rounds = await repeated(runs, async (run) => {
      const round: Round = JSON.parse(await runNode([import.meta.filename, exports, join(folder, `data-${run}`)], {}))
      return { ...round, parsed: (await timed(() => parseAlone(exports))).seconds }
    })
    const median = (pick: (round: (typeof rounds)[number]) => number) => medianOf(rounds.map(pick))
    const whole = median((round) => round.read + round.resolved)
    const copied = { what: 'COPY of the same facts into plain tables', value: median((round) => round.copied) }
    return [
      { what: 'import and matching', value: whole, unit: 's', beside: copied, goal: 30 },
      { what: '… of it, reading files into facts', value: median((round) => round.read), unit: 's', beside: copied },
      {
        what: '… the same, beside the parser',
        value: median((round) => round.read),
        unit: 's',
        beside: { what: 'csv-parse alone over the CSV files', value: median((round) => round.parsed) },
      },
      { what: '… of it, matching', value: median((round) => round.resolved), unit: 's' },
      { what: 'rows', value: median((round) => round.rows / (round.read + round.resolved)), unit: 'rows/s' },
      { what: 'the same files again', value: median((round) => round.again), unit: 's' },
      { what: 'memory at its height', value: median((round) => round.peak), unit: 'MB', goal: 500 },
    ]
  },
}

/** The parser that Vigil stands on, doing nothing with what it reads. */
async function parseAlone(exports: string): Promise<void> {
  for (const name of await readdir(exports)) {
    if (!/\.csv$/i.test(name)) continue
    const parser = parse({ relax_column_count: true, relax_quotes: true, bom: true })
    parser.resume()
    await pipeline(createReadStream(join(exports, name)), parser)
  }
}

/** Copies what the fact tables hold into tables without keys, and gives the seconds that this takes. */
async function copyPlain(client: pg.Client): Promise<number> {
  let seconds = 0
  for (const table of factTables) {
    await client.query(`create table plain_${table} as select * from ${table} with no data`)
    const chunks: Buffer[] = []
    const text = client.query(copyTo(`copy (select * from ${table}) to stdout`))
    for await (const chunk of text.pipe(new PassThrough())) chunks.push(chunk)
    const copied = await timed(() =>
      pipeline(Readable.from(chunks), client.query(copyFrom(`copy plain_${table} from stdin`))),
    )
    seconds += copied.seconds
    await client.query(`drop table plain_${table}`)
  }
  return seconds
}

/** One round, in a process of its own, whose memory is that of an import and nothing else. */
async function runRound(exports: string, directory: string): Promise<Round> {
  const installation = await openBenchInstallation(directory)
  try {
    const read = await timed(() => importAll(installation, exports))
    const resolved = await timed(() => resolveAll(installation))
    const peak = peakMegabytes()
    const again = await timed(() => importAll(installation, exports))
    const copied = await installation.database.asOwner(copyPlain)
    return {
      rows: read.result,
      read: read.seconds,
      resolved: resolved.seconds,
      peak,
      again: again.seconds,
      copied,
    }
  } finally {
    await installation.close()
  }
}

if (import.meta.main) {
  const [exports = '', directory = ''] = process.argv.slice(2)
  process.stdout.write(JSON.stringify(await runRound(exports, directory)))
}
