/**
 * How the trail is spoken to from another process: HTTP over a unix socket that only its owner may open. One call is one
 * POST to `/<organisation>/<call>`; what it takes stands in the header `x-trail` as URL-encoded JSON, the body is a file for
 * `import`. The answer is lines of JSON, `{"so":…}` for progress and pieces, the last `{"done":…}` or `{"refused":…}`.
 */
import { join } from 'node:path'
import { z } from 'zod'

export const socketOf = (dataDirectory: string) => join(dataDirectory, 'trail', 'door.sock')

/** Instants go over the wire as text. */
const instant = z.iso.datetime().transform((text) => new Date(text))
const count = z.int().nonnegative()
const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/)

/** What each call takes. */
export const calls = {
  import: z.strictObject({
    source: z.string().min(1).max(200),
    format: z.enum(['fhir', 'atna', 'csv', 'relations']).optional(),
    columns: z.record(z.string(), z.string()).optional(),
  }),
  who: z.strictObject({
    by: z.enum(['patient', 'user']),
    id: z.string().max(500),
    since: instant.optional(),
    until: instant.optional(),
    limit: z.int().positive().optional(),
    asOf: count.optional(),
    skip: count.optional(),
    unexplained: z.boolean().optional(),
    other: z.string().max(500).optional(),
    isSummed: z.boolean().optional(),
    proof: z.enum(['bound', 'opened']).optional(),
  }),
  stories: z.strictObject({ since: count, limit: z.int().positive().max(1000) }),
  changed: z.strictObject({ since: count }),
  pattern: z.strictObject({ login: z.string().max(500), from: z.iso.date(), to: z.iso.date() }),
  feedback: z.strictObject({
    counts: z.array(z.strictObject({ rule: z.string(), decided: count, appropriate: count })),
  }),
  parameters: z.strictObject({ chosen: z.record(z.string(), z.record(z.string(), z.number())) }),
  expect: z.strictObject({
    statements: z.record(z.string(), z.strictObject({ expectEveryMs: z.number().positive().optional() })),
  }),
  judge: z.strictObject({}),
  sources: z.strictObject({}),
  state: z.strictObject({}),
  hold: z.strictObject({ month, isHeld: z.boolean() }),
  destroy: z.strictObject({ month }),
  compact: z.strictObject({}),
  rebuild: z.strictObject({}),
  verify: z.strictObject({}),
} as const

export type Call = keyof typeof calls
export type Asked<C extends Call> = z.infer<(typeof calls)[C]>
/** As it is written before it is read: instants may be dates. */
export type Asking<C extends Call> = z.input<(typeof calls)[C]>

/** Identifiers of patients stand in headers of this socket only; a header has room for them. */
export const maxHeaderBytes = 64 * 1024

const instantNames = new Set(['at', 'since', 'until', 'firstAt', 'lastAt', 'lastReceivedAt'])

/** Reads a line of an answer: what was a date is one again. */
export function readLine(line: string): unknown {
  return JSON.parse(line, (name, value: unknown) =>
    instantNames.has(name) && typeof value === 'string' ? new Date(value) : value,
  )
}
