/** The ledger, to read and to take away: what was done, by whom, and the proof that nothing of it was changed. */
import { z } from 'zod'
import { endpoint, instant, officers, pageOf, paging } from '#platform/contract.ts'

const witnesses = [...officers, 'auditor'] as const
/** A word of an entry: printable ASCII without space, quotation mark and backslash. */
const word = z.string().regex(/^[!#-[\]-~]{1,200}$/)
const outcome = z.enum(['done', 'refused'])

const entry = z.object({
  /** Its place in the log, from 0. */
  seq: z.int().nonnegative(),
  at: instant,
  /** `member:<id>`, `token:<id>`, `operator:<os user>`, `job:<name>`. */
  actor: z.string(),
  action: z.string(),
  outcome,
  /** What it was about, as `kind:id`. */
  subjects: z.array(z.string()),
})

export const listEntries = endpoint({
  name: 'ledger.list',
  method: 'GET',
  path: '/ledger',
  effect: 'read',
  summary: 'List what was done, the newest first',
  roles: witnesses,
  input: z.strictObject({
    /** An action (`findings.own`), or with a full stop at its end all of a slice (`findings.`). */
    action: z
      .string()
      .regex(/^[A-Za-z0-9.-]{1,200}$/)
      .optional(),
    actor: word.optional(),
    outcome: outcome.optional(),
    subject: word.optional(),
    from: instant.optional(),
    /** Up to, but not at, this instant. */
    until: instant.optional(),
    ...paging,
  }),
  output: pageOf(entry),
})

export const showEntry = endpoint({
  name: 'ledger.show',
  method: 'GET',
  path: '/ledger/entries/{seq}',
  effect: 'read',
  summary: 'Show an entry with what was said, and the proof that it stands in the log',
  roles: witnesses,
  input: z.strictObject({ seq: z.int().nonnegative() }),
  output: z.object({
    entry,
    /** The leaf itself, byte for byte. */
    line: z.string(),
    /** What was said and done, in full, as one line of JSON; null when it was shredded or is withheld. */
    payload: z.string().nullable(),
    /** It is there, for others to read: it says who asked about which patient. */
    isWithheld: z.boolean(),
    /** In base64: SHA-256 of it and the payload is the digest in the line. */
    salt: z.string().nullable(),
    proof: z.object({
      /** SHA-256 of a zero byte and the line, in base64. */
      leafHash: z.string(),
      /** The size of the log for which the proof speaks: the checkpoint's. */
      size: z.int().nonnegative(),
      /** The audit path of RFC 9162, the lowest first, each in base64. */
      path: z.array(z.string()),
      /** The newest signed checkpoint. */
      checkpoint: z.string(),
    }),
  }),
})

export const showCheckpoint = endpoint({
  name: 'ledger.checkpoint',
  method: 'GET',
  path: '/ledger/checkpoint',
  effect: 'read',
  summary: 'Show the newest signed checkpoint: keep it, and a shortened log is found out',
  roles: witnesses,
  input: z.strictObject({}),
  output: z.object({ origin: z.string(), size: z.int().nonnegative(), note: z.string() }),
})

export const showKey = endpoint({
  name: 'ledger.key',
  method: 'GET',
  path: '/ledger/key',
  effect: 'read',
  summary: 'Show the key with which anybody verifies this ledger',
  roles: witnesses,
  input: z.strictObject({}),
  output: z.object({ key: z.string() }),
})

export const exportLedger = endpoint({
  name: 'ledger.export',
  method: 'GET',
  path: '/ledger/export',
  effect: 'read',
  summary: 'Download the ledger as a file that anybody can verify without Vigil’s help',
  roles: witnesses,
  carriage: 'download',
  input: z.strictObject({
    /** Also open the payloads that you may read: what was said and done, with names. Without it they stay sealed. */
    open: z.boolean().default(false),
  }),
  output: z.unknown(),
})
