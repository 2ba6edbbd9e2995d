/** Load from a process of its own: autocannon, so that measuring does not share an event loop with what is measured. */
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { runNode } from './measure.ts'

const generator = fileURLToPath(import.meta.resolve('autocannon'))

const reported = z.object({
  requests: z.object({ average: z.number(), total: z.number() }),
  latency: z.object({ p50: z.number(), p99: z.number() }),
  errors: z.number(),
  timeouts: z.number(),
  non2xx: z.number(),
  statusCodeStats: z.record(z.string(), z.unknown()).default({}),
})

export interface Load {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p99: number
}

export interface LoadWanted {
  readonly url: string
  readonly token: string
  readonly atOnce: number
  readonly seconds: number
}

/** Asks for one address again and again. A single answer that is not 2xx ends the measurement: it would measure refusals. */
export async function load({ url, token, atOnce, seconds }: LoadWanted): Promise<Load> {
  const said = await runNode(
    [
      generator,
      '--json',
      '--no-progress',
      '--connections',
      String(atOnce),
      '--duration',
      String(seconds),
      '--headers',
      `authorization=Bearer ${token}`,
      url,
    ],
    {},
  )
  const { requests, latency, errors, timeouts, non2xx, statusCodeStats } = reported.parse(JSON.parse(said))
  if (requests.total === 0 || errors + timeouts + non2xx > 0) {
    const statuses = Object.keys(statusCodeStats).join(', ')
    throw new Error(
      `${new URL(url).pathname}: ${requests.total} answers (${statuses}), ${non2xx} of them refusals, ${errors} errors, ${timeouts} timeouts`,
    )
  }
  return { perSecond: requests.average, p99: latency.p99 }
}

/** The same, after a few seconds in which the code becomes warm. */
export async function loadWarm(wanted: LoadWanted): Promise<Load> {
  await load({ ...wanted, seconds: 3 })
  return load(wanted)
}
