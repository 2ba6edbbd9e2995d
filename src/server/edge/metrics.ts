/**
 * Counters, gauges and histograms in Prometheus' text exposition, format 0.0.4. A label holds an endpoint's name or a word
 * of a short list, never an id or an address; a metric that would hold more than `widest` series counts the rest under
 * `other`, so that no stranger can fill the memory.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Exchange } from './listen.ts'

export const contentType = 'text/plain; version=0.0.4; charset=utf-8'

type Kind = 'counter' | 'gauge' | 'histogram'
type Labels = Readonly<Record<string, string>>

const widest = 1_000
const secondsOf = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export interface Metrics {
  /** Declares a counter; the function adds to it. */
  counter(name: string, help: string): (labels?: Labels, by?: number) => void
  /** Declares a gauge read when asked: one value a set of labels. */
  gauge(name: string, help: string, read: () => Iterable<readonly [Labels, number]>): void
  /** Declares a histogram; the function adds one observation. */
  histogram(name: string, help: string, bounds?: readonly number[]): (value: number, labels?: Labels) => void
  /** The exposition. */
  write(): string
}

export function createMetrics(): Metrics {
  const families = new Map<string, () => string>()
  const declare = (name: string, help: string, kind: Kind, lines: () => Iterable<string>) => {
    if (!/^[a-z_][a-z0-9_]*$/.test(name) || families.has(name)) throw new Error(`metric ${name} cannot be declared`)
    const head = `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${kind}\n`
    families.set(name, () => head + [...lines()].map((line) => `${line}\n`).join(''))
  }
  return {
    counter(name, help) {
      const values = new Map<string, number>()
      declare(name, help, 'counter', () => values.entries().map(([labels, value]) => `${name}${labels} ${value}`))
      return (labels = {}, by = 1) => {
        const key = keyOf(values, labels)
        values.set(key, (values.get(key) ?? 0) + by)
      }
    },
    gauge(name, help, read) {
      declare(name, help, 'gauge', function* () {
        for (const [labels, value] of read()) yield `${name}${write(labels)} ${say(value)}`
      })
    },
    histogram(name, help, bounds = secondsOf) {
      const series = new Map<string, { labels: Labels; counts: number[]; sum: number }>()
      declare(name, help, 'histogram', function* () {
        for (const { labels, counts, sum } of series.values()) {
          let total = 0
          for (const [index, bound] of [...bounds, Number.POSITIVE_INFINITY].entries()) {
            total += counts[index] ?? 0
            yield `${name}_bucket${write({ ...labels, le: say(bound) })} ${total}`
          }
          yield `${name}_sum${write(labels)} ${sum}`
          yield `${name}_count${write(labels)} ${total}`
        }
      })
      return (value, labels = {}) => {
        const key = keyOf(series, labels)
        const known = key === write(labels) ? labels : other(labels)
        const one = series.get(key) ?? { labels: known, counts: new Array(bounds.length + 1).fill(0), sum: 0 }
        series.set(key, one)
        const at = bounds.findIndex((bound) => value <= bound)
        const index = at === -1 ? bounds.length : at
        one.counts[index] = (one.counts[index] ?? 0) + 1
        one.sum += value
      }
    },
    write: () => [...families.values()].map((lines) => lines()).join(''),
  }
}

function keyOf(known: ReadonlyMap<string, unknown>, labels: Labels): string {
  const key = write(labels)
  return known.has(key) || known.size < widest ? key : write(other(labels))
}

function other(labels: Labels): Labels {
  return Object.fromEntries(Object.keys(labels).map((name) => [name, 'other']))
}

function write(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function say(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}

/** Counts requests by endpoint, method and class of status, and how long they took. */
export function measureRequests(metrics: Metrics): (exchange: Exchange) => void {
  const count = metrics.counter('vigil_requests_total', 'Requests answered.')
  const took = metrics.histogram(
    'vigil_request_seconds',
    'Seconds from the first header to the last byte of the answer.',
  )
  return ({ endpoint, status, tookMs }) => {
    count({ endpoint, status: `${Math.floor(status / 100)}xx` })
    took(tookMs / 1_000, { endpoint })
  }
}

/** What the process and its database pool are at. `pool` is pg's own counts. */
export function measureProcess(
  metrics: Metrics,
  pool?: () => { readonly totalCount: number; readonly idleCount: number; readonly waitingCount: number },
): { stop(): void } {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  metrics.gauge('vigil_memory_bytes', 'Memory of the process.', () => {
    const { rss, heapUsed, external } = process.memoryUsage()
    return [
      [{ kind: 'resident' }, rss],
      [{ kind: 'heap' }, heapUsed],
      [{ kind: 'external' }, external],
    ]
  })
  metrics.gauge('vigil_event_loop_delay_seconds', 'Delay of the event loop since it was last read.', () => {
    const seconds = [delay.percentile(50), delay.percentile(99), delay.max].map((nanoseconds) => nanoseconds / 1e9)
    const [median = 0, late = 0, latest = 0] = delay.count === 0 ? [] : seconds
    delay.reset()
    return [
      [{ quantile: '0.5' }, median],
      [{ quantile: '0.99' }, late],
      [{ quantile: '1' }, latest],
    ]
  })
  metrics.gauge('vigil_uptime_seconds', 'Seconds since the process started.', () => [[{}, process.uptime()]])
  if (pool) {
    metrics.gauge('vigil_database_connections', 'Connections of the pool, and those who wait for one.', () => {
      const { totalCount, idleCount, waitingCount } = pool()
      return [
        [{ state: 'busy' }, totalCount - idleCount],
        [{ state: 'idle' }, idleCount],
        [{ state: 'waiting' }, waitingCount],
      ]
    })
  }
  return { stop: () => delay.disable() }
}
