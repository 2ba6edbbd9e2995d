/**
 * The server under load: the pages that everybody opens, what the one door costs beside the bare framework, files handed in
 * beside `vigil import`, and memory. Load, server and database share the machine, so the figures are lower bounds.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { dayOf } from '#platform/days.ts'
import { type SampleSize, writeSample } from '#sample/index.ts'
import { load, loadWarm } from './load.ts'
import { type Bench, type Figure, medianOf, repeated, runNode, timed } from './measure.ts'
import {
  deliver,
  makeBenchToken,
  paths,
  type Running,
  residentMegabytes,
  startBareServer,
  startServer,
} from './server-under-test.ts'

const program = join(import.meta.dirname, '..', 'bin', 'vigil.js')
const isLong = process.env['VIGIL_LONG'] === '1'
const atOnce = 50
const loadSeconds = isLong ? 60 : 10
const memorySeconds = isLong ? 3_600 : 120

export const server: Bench = {
  title: 'the server on a hospital of 1,200 people, 50 requests at once; a process of its own',
  async measure(folder, runs) {
    return [...(await measureHospital(folder, runs)), ...(await measureDelivery(folder, runs))]
  },
}

async function measureHospital(folder: string, runs: number): Promise<readonly Figure[]> {
  const exports = await writeExports(folder, 'hospital')
  const directory = join(folder, 'hospital')
  await importByCommand(exports, directory)
  const token = await makeBenchToken(directory)
  const vigil = await startServer(directory)
  try {
    const bare = await startBareServer(directory)
    const rounds = await repeated(runs, async () => {
      const ask = (url: string) => loadWarm({ url, token, atOnce, seconds: loadSeconds })
      return {
        bare: await ask(`${bare.url}/organisation`),
        small: await ask(`${vigil.url}${paths.small}`),
        posture: await ask(`${vigil.url}${paths.posture}`),
        findings: await ask(`${vigil.url}${paths.findings}`),
      }
    }).finally(() => bare.stop())
    type Round = (typeof rounds)[number]
    const median = (pick: (round: Round) => number) => medianOf(rounds.map(pick))
    const bareRate = median((round) => round.bare.perSecond)
    const besideP99 = { what: 'a small read of the bare framework', value: median((round) => round.bare.p99) }
    const grown = await measureMemory(vigil, token)
    return [
      {
        what: 'Posture, p99',
        value: median((round) => round.posture.p99),
        unit: 'ms',
        beside: besideP99,
        goal: 100,
      },
      {
        what: 'Findings, p99',
        value: median((round) => round.findings.p99),
        unit: 'ms',
        beside: besideP99,
        goal: 100,
      },
      { what: 'Posture', value: median((round) => round.posture.perSecond), unit: 'requests/s' },
      { what: 'Findings', value: median((round) => round.findings.perSecond), unit: 'requests/s' },
      {
        what: 'small read with a token',
        value: median((round) => round.small.perSecond),
        unit: 'requests/s',
        beside: { what: 'Hono and pg, the same look-up and transaction', value: bareRate },
        goal: bareRate / 2,
      },
      ...grown,
    ]
  } finally {
    await vigil.stop()
  }
}

/** Memory may grow while code and caches become warm, not afterwards: the first quarter of the time is left out. */
async function measureMemory(vigil: Running, token: string): Promise<readonly Figure[]> {
  const samples: { at: number; megabytes: number }[] = []
  const started = performance.now()
  const sampling = setInterval(() => {
    const megabytes = residentMegabytes(vigil.pid)
    const at = (performance.now() - started) / 1_000
    if (megabytes !== undefined && at > memorySeconds / 4) samples.push({ at, megabytes })
  }, 1_000)
  try {
    await Promise.all(
      [paths.posture, paths.findings, paths.small].map((path) =>
        load({ url: `${vigil.url}${path}`, token, atOnce: 10, seconds: memorySeconds }),
      ),
    )
  } finally {
    clearInterval(sampling)
  }
  if (samples.length < 2) return []
  const minutes = memorySeconds / 60
  return [
    {
      what: `memory, growth over ${minutes} minutes of load`,
      // A line through all samples, over the time that they span: one collection of garbage sooner or later is no growth.
      value: slopeOf(samples) * ((memorySeconds * 3) / 4),
      unit: 'MB',
      goal: 20,
    },
    { what: '… at its end', value: samples.at(-1)?.megabytes ?? Number.NaN, unit: 'MB' },
  ]
}

/** Files handed in over HTTP, imported, matched and judged; beside the same by the command, on a database as new. */
async function measureDelivery(folder: string, runs: number): Promise<readonly Figure[]> {
  const exports = await writeExports(folder, 'system')
  const rounds = await repeated(runs, async (run) => {
    const byCommand = join(folder, `command-${run}`)
    await makeBenchToken(byCommand)
    const command = await timed(() => importByCommand(exports, byCommand))
    const byServer = join(folder, `server-${run}`)
    const token = await makeBenchToken(byServer)
    const vigil = await startServer(byServer)
    try {
      const delivered = await timed(() => deliver(vigil, token, exports))
      return { command: command.seconds, delivered: delivered.seconds }
    } finally {
      await vigil.stop()
    }
  })
  const command = medianOf(rounds.map((round) => round.command))
  return [
    {
      what: 'exports of a health system through the API',
      value: medianOf(rounds.map(({ delivered }) => delivered)),
      unit: 's',
      beside: { what: 'vigil import of the same', value: command },
      goal: command * 1.2,
    },
  ]
}

/** Exports as of today: what is too old to speak would make lists of nothing but unknowns. */
async function writeExports(folder: string, size: SampleSize): Promise<string> {
  const directory = join(folder, `exports-${size}`)
  await writeSample({ size, seed: 1, directory, asOf: dayOf(new Date()) })
  return directory
}

async function importByCommand(exports: string, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true })
  await runNode([program, 'import', exports, '--json'], { VIGIL_DATA: directory })
}

function slopeOf(samples: readonly { at: number; megabytes: number }[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const middle = { at: mean(samples.map(({ at }) => at)), megabytes: mean(samples.map(({ megabytes }) => megabytes)) }
  let above = 0
  let below = 0
  for (const { at, megabytes } of samples) {
    above += (at - middle.at) * (megabytes - middle.megabytes)
    below += (at - middle.at) ** 2
  }
  return above / below
}
