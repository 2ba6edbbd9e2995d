/**
 * Files brought in through the door: dropped in a browser or sent by a program, looked at, corrected, then imported as one
 * folder would be. Rows of a file go only to those who may import; an auditor sees how files were understood.
 */
import { z } from 'zod'
import { type FactKind, factKinds } from '#core/intake/facts.ts'
import { fileMapping } from '#platform/config.ts'
import { day, endpoint, id, instant, nothing, officers, pageOf, paging, readers } from '#platform/contract.ts'
import { recognition } from '../tabular/synonyms.ts'

/** The lists that a file can be said to be, by the name of the format: plain, for pages. */
export const tables = Object.fromEntries(
  Object.entries(recognition).map(([name, { format, title }]) => [
    format,
    { kind: name as FactKind, title, fields: Object.keys(factKinds[name as FactKind].columns) },
  ]),
) as Readonly<Record<string, { readonly kind: FactKind; readonly title: string; readonly fields: readonly string[] }>>

const importers = [...officers, 'api-client'] as const

const kind = z.enum(Object.keys(factKinds) as [FactKind, ...FactKind[]])

const part = z.object({
  /** Sheet of a workbook. */
  part: z.string().nullable(),
  /** The name under which next month's file is known to be the same source. */
  source: z.string(),
  /** `unrecognised` for one that is none of ours. */
  format: z.string(),
  kinds: z.array(kind),
  basis: z.enum(['measured', 'stated']).nullable(),
  product: z.string().nullable(),
  collectedAt: instant.nullable(),
  isComplete: z.boolean().nullable(),
  columns: z.array(
    z.object({
      header: z.string(),
      field: z.string().nullable(),
      /** Whether a person said so. */
      isSaid: z.boolean(),
    }),
  ),
  /** Why it is not recognised, and what to do. */
  reason: z.string().nullable(),
})

const row = z.object({
  line: z.int(),
  /** As the source wrote it; null where it is not written in cells. */
  cells: z.array(z.string()).nullable(),
  /** What it says, by field; null for a row that cannot be read. */
  understood: z.record(z.string(), z.string()).nullable(),
  reason: z.string().nullable(),
})

/** `too-long`: only the import can tell; `settings`: it says how the other files are read. */
const state = z.enum(['recognised', 'unrecognised', 'too-long', 'ignored', 'settings'])

/** How a file is understood, without its rows. */
export const summary = z.object({ state, parts: z.array(part), hasMore: z.boolean() })

/** How a file is understood, with its first rows. */
export const preview = z.object({ state, parts: z.array(part.extend({ rows: z.array(row) })), hasMore: z.boolean() })

export const outcomeState = z.enum(['done', 'unchanged', 'superseded', 'unrecognised', 'refused'])

const outcome = z.object({
  part: z.string().nullable(),
  state: outcomeState,
  source: z.string().nullable(),
  sourceId: id.nullable(),
  reason: z.string().nullable(),
  rowsRead: z.int(),
  added: z.int(),
  changed: z.int(),
  ended: z.int(),
  rejects: z.int(),
})

const deliveryId = z.uuid()
const fileId = z.uuid()

export const file = z.object({
  id: fileId,
  name: z.string(),
  bytes: z.int(),
  /** SHA-256, in hex. */
  digest: z.string(),
  modifiedAt: instant,
  summary,
  /** What a person said of it, now or of last month's. */
  mapping: fileMapping.nullable(),
  /** What became of its parts; null before it was imported. */
  outcome: z.array(outcome).nullable(),
})

const shown = file.extend({ preview })

export const delivery = z.object({
  id: deliveryId,
  state: z.enum(['open', 'importing', 'done', 'discarded']),
  madeBy: z.string(),
  madeAt: instant,
  finishedAt: instant.nullable(),
  collectedOn: day.nullable(),
  jobId: id.nullable(),
  files: z.int(),
  bytes: z.int(),
})

export const open = endpoint({
  name: 'deliveries.open',
  method: 'POST',
  path: '/deliveries',
  effect: 'change',
  summary: 'Begin a delivery of files',
  roles: importers,
  input: z.strictObject({
    /** When the files were made, where they do not say it themselves. */
    collectedOn: day.nullable().default(null),
  }),
  output: delivery,
})

export const list = endpoint({
  name: 'deliveries.list',
  method: 'GET',
  path: '/deliveries',
  effect: 'read',
  summary: 'List deliveries, the newest first',
  roles: readers,
  input: z.strictObject(paging),
  output: pageOf(delivery),
})

export const show = endpoint({
  name: 'deliveries.show',
  method: 'GET',
  path: '/deliveries/{deliveryId}',
  effect: 'read',
  summary: 'Show a delivery with its files, how they are understood and what became of them',
  roles: readers,
  input: z.strictObject({ deliveryId, ...paging }),
  output: z.object({ delivery, files: pageOf(file) }),
})

export const add = endpoint({
  name: 'deliveries.add',
  method: 'PUT',
  path: '/deliveries/{deliveryId}/files',
  effect: 'change',
  summary: 'Add a file, or put another in its place; its name is its path within the delivery',
  roles: importers,
  carriage: 'upload',
  input: z.strictObject({
    deliveryId,
    // The length that is allowed is said by a refusal in words.
    name: z.string().min(1).max(20_000),
    modifiedAt: instant.optional(),
  }),
  output: shown,
})

export const look = endpoint({
  name: 'deliveries.preview',
  method: 'GET',
  path: '/deliveries/{deliveryId}/files/{fileId}/preview',
  effect: 'read',
  summary: 'See how a file is understood, with its first rows',
  roles: importers,
  input: z.strictObject({ deliveryId, fileId }),
  output: shown,
})

export const map = endpoint({
  name: 'deliveries.map',
  method: 'PUT',
  path: '/deliveries/{deliveryId}/files/{fileId}/mapping',
  effect: 'change',
  summary: 'Say how a file is to be understood; null takes it back',
  roles: importers,
  input: z.strictObject({
    deliveryId,
    fileId,
    mapping: fileMapping.nullable(),
    /** Keeps it for next month's file of the same name. */
    keep: z.boolean().default(true),
  }),
  output: shown,
})

export const remove = endpoint({
  name: 'deliveries.remove',
  method: 'DELETE',
  path: '/deliveries/{deliveryId}/files/{fileId}',
  effect: 'change',
  summary: 'Take a file out of a delivery',
  roles: importers,
  input: z.strictObject({ deliveryId, fileId }),
  output: nothing,
})

export const discard = endpoint({
  name: 'deliveries.discard',
  method: 'POST',
  path: '/deliveries/{deliveryId}/discard',
  effect: 'change',
  summary: 'Throw a delivery away without importing it',
  roles: importers,
  input: z.strictObject({ deliveryId }),
  output: nothing,
})

export const importDelivery = endpoint({
  name: 'deliveries.import',
  method: 'POST',
  path: '/deliveries/{deliveryId}/import',
  effect: 'change',
  summary: 'Take the files of a delivery in',
  roles: importers,
  input: z.strictObject({ deliveryId }),
  output: z.object({ jobId: id }),
})

export const listMappings = endpoint({
  name: 'mappings.list',
  method: 'GET',
  path: '/mappings',
  effect: 'read',
  summary: 'List what was said of files and is kept for the next of the same name',
  roles: readers,
  input: z.strictObject(paging),
  output: pageOf(
    z.object({
      id,
      /** The file's path without its date. */
      source: z.string(),
      mapping: fileMapping,
      saidBy: z.string(),
      saidAt: instant,
    }),
  ),
})

export const removeMapping = endpoint({
  name: 'mappings.remove',
  method: 'DELETE',
  path: '/mappings/{mappingId}',
  effect: 'change',
  summary: 'Forget what was said of a file; what is imported stays',
  roles: importers,
  input: z.strictObject({ mappingId: id }),
  output: nothing,
})
