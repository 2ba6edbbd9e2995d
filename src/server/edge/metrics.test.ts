import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from './listen.ts'
import { createMetrics, measureProcess, measureRequests } from './metrics.ts'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads the text format 0.0.4, and fails where a line is none of it. */
function parse(text: string): { types: Map<string, string>; samples: Sample[] } {
  const types = new Map<string, string>()
  const samples: Sample[] = []
  assert.ok(text.endsWith('\n'))
  for (const line of text.slice(0, -1).split('\n')) {
    const type = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram)$/.exec(line)
    if (type?.[1] && type[2]) {
      assert.ok(!types.has(type[1]), line)
      types.set(type[1], type[2])
      continue
    }
    if (/^# HELP [a-zA-Z_:][\w:]* (?:[^\\]|\\\\|\\n)+$/.test(line)) continue
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]\d+)?|[+-]Inf|NaN)$/.exec(line)
    assert.ok(sample, line)
    const labels: Record<string, string> = {}
    const rest = (sample[2] ?? '').replace(
      /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/g,
      (_, name, value) => {
        labels[name] = value.replace(/\\(.)/g, (_whole: string, escaped: string) => (escaped === 'n' ? '\n' : escaped))
        return ''
      },
    )
    assert.equal(rest, '', line)
    samples.push({ name: sample[1] ?? '', labels, value: Number((sample[3] ?? '').replace('Inf', 'Infinity')) })
  }
  return { types, samples }
}

const exchange: Exchange = {
  requestId: 'x',
  method: 'GET',
  endpoint: 'findings.list',
  principal: 'member',
  status: 200,
  tookMs: 30,
  bytesIn: 1,
  bytesOut: 1,
  isBrokenOff: false,
}

test('requests are counted by endpoint and class of status, and their times stand in cumulative buckets', () => {
  const metrics = createMetrics()
  const measure = measureRequests(metrics)
  for (const [status, tookMs] of [
    [200, 3],
    [201, 30],
    [404, 40],
    [500, 20_000],
  ] as const) {
    measure({ ...exchange, status, tookMs })
  }
  const { types, samples } = parse(metrics.write())
  assert.equal(types.get('vigil_requests_total'), 'counter')
  assert.equal(types.get('vigil_request_seconds'), 'histogram')
  const counted = samples.filter(({ name }) => name === 'vigil_requests_total')
  assert.deepEqual(
    counted.map(({ labels, value }) => [labels['status'], value]),
    [
      ['2xx', 2],
      ['4xx', 1],
      ['5xx', 1],
    ],
  )
  const buckets = samples.filter(({ name }) => name === 'vigil_request_seconds_bucket')
  assert.equal(buckets.at(-1)?.labels['le'], '+Inf')
  assert.equal(buckets.at(-1)?.value, 4)
  assert.equal(buckets.find(({ labels }) => labels['le'] === '0.05')?.value, 3)
  assert.deepEqual(
    buckets.map(({ value }) => value),
    buckets.map(({ value }) => value).toSorted((a, b) => a - b),
  )
  assert.equal(samples.find(({ name }) => name === 'vigil_request_seconds_count')?.value, 4)
  assert.ok(Math.abs((samples.find(({ name }) => name === 'vigil_request_seconds_sum')?.value ?? 0) - 20.073) < 1e-9)
})

test('labels and help are escaped, and a name that is none or is taken is a defect', () => {
  const metrics = createMetrics()
  metrics.counter('one_total', 'A help with \\ and \n in it.')({ state: 'a"b\\c\nd' })
  assert.equal(parse(metrics.write()).samples[0]?.labels['state'], 'a"b\\c\nd')
  assert.throws(() => metrics.counter('one_total', 'Again.'))
  assert.throws(() => metrics.counter('bad-name', 'Bad.'))
})

test('a metric does not grow without end: beyond a thousand series the rest is counted as other', () => {
  const metrics = createMetrics()
  const count = metrics.counter('many_total', 'Many.')
  const took = metrics.histogram('many_seconds', 'Many.', [1])
  for (let n = 0; n < 5_000; n += 1) {
    count({ endpoint: `e${n}` })
    took(2, { endpoint: `e${n}` })
  }
  const { samples } = parse(metrics.write())
  const others = samples.filter(({ labels }) => labels['endpoint'] === 'other')
  assert.equal(others.find(({ name }) => name === 'many_total')?.value, 4_000)
  assert.equal(others.find(({ name }) => name === 'many_seconds_count')?.value, 4_000)
  assert.equal(samples.filter(({ name }) => name === 'many_total').length, 1_001)
})

test('memory, delay of the event loop and the pool are read when asked', () => {
  const metrics = createMetrics()
  const measured = measureProcess(metrics, () => ({ totalCount: 5, idleCount: 3, waitingCount: 1 }))
  const { samples } = parse(metrics.write())
  measured.stop()
  const pool = samples.filter(({ name }) => name === 'vigil_database_connections')
  assert.deepEqual(
    pool.map(({ value }) => value),
    [2, 3, 1],
  )
  assert.ok((samples.find(({ labels }) => labels['kind'] === 'resident')?.value ?? 0) > 1e6)
  assert.equal(samples.filter(({ name }) => name === 'vigil_event_loop_delay_seconds').length, 3)
})
