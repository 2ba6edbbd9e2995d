/** Measuring: several runs, their median, and beside it the peer that does only the unavoidable part of the same work. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One line of the table. */
export interface Figure {
  readonly what: string
  /** The medians. */
  readonly value: number
  readonly unit:
    | 's'
    | 'ms'
    | 'µs'
    | 'bytes'
    | 'MB'
    | 'events/s'
    | 'entries/s'
    | 'rows/s'
    | 'requests/s'
    | 'kB'
    | 'points'
    | 'cases'
  /** The same work by the raw engine or a peer, measured in the same run and the same unit. */
  readonly beside?: { readonly what: string; readonly value: number }
  /** What it has to reach: at most for times and sizes, at least for rates. */
  readonly goal?: number
}

/** One measured path. */
export interface Bench {
  readonly title: string
  /** Measures in a folder of its own, which is removed afterwards; `runs` is how many times. */
  measure(folder: string, runs: number): Promise<readonly Figure[]>
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** What so great a part of the values stays below. */
export function percentile(values: readonly number[], part: number): number {
  if (part === 0.5) return medianOf(values)
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** Seconds that a piece of work takes, and what it gives. */
export async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const started = performance.now()
  const result = await work()
  return { seconds: (performance.now() - started) / 1_000, result }
}

/** Does a piece of work several times, one after the other. */
export async function repeated<T>(runs: number, work: (run: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = []
  for (let run = 0; run < runs; run += 1) results.push(await work(run))
  return results
}

/** A new temporary folder, through which the database's own user may pass. */
export function makeFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'vigil-bench-'))
  chmodSync(path, 0o711)
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Runs a Node.js process to its end, with no setting of whoever measures; gives what it printed. */
export async function runNode(words: readonly string[], settings: Readonly<Record<string, string>>): Promise<string> {
  const own = Object.entries(process.env).filter(([name]) => !/^(VIGIL_|DATABASE_URL$|NODE_OPTIONS$)/.test(name))
  const child: ChildProcess = spawn(process.execPath, [...words], {
    env: { ...Object.fromEntries(own), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: Buffer[] = []
  const complained: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => said.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => complained.push(chunk))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`node ${words.join(' ')} ended with ${code}: ${Buffer.concat(complained)}`)
  return Buffer.concat(said).toString()
}

/** The highest resident memory of this process, in megabytes. */
export function peakMegabytes(): number {
  let kilobytes = process.resourceUsage().maxRSS
  try {
    kilobytes = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? kilobytes)
  } catch {
    // Only Linux tells it there; what getrusage says may include the process that started this one.
  }
  return kilobytes / 1_024
}

/** Of which more is better. */
const isRate = (unit: Figure['unit']) => unit.endsWith('/s') || unit === 'points'

/** The table, one line a figure. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { what, value, unit, beside, goal } = figure
    const ratio = beside && (isRate(unit) ? beside.value / value : value / beside.value)
    const reached = goal !== undefined && (isRate(unit) ? value >= goal : value < goal)
    return [
      what,
      `${round(value)} ${unit}`,
      beside ? `${round(beside.value)} ${unit}  ${beside.what}` : '',
      ratio === undefined ? '' : `${round(ratio)}×`,
      goal === undefined
        ? ''
        : `${isRate(unit) ? '≥' : '<'} ${goal.toLocaleString('en')} ${unit}  ${reached ? 'reached' : 'MISSED'}`,
    ]
  })
  const heads = ['', 'median', 'beside it', 'costs', 'to reach']
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)))
  return [heads, ...rows]
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function round(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
