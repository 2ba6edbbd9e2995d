/** Where facts come from: the sources, their runs, what could not be read, and how columns were understood. */
import { z } from 'zod'
import { endpoint, id, instant, pageOf, paging, readers } from '#platform/contract.ts'
import { type FactKind, factKinds } from './facts.ts'

const kind = z.enum(Object.keys(factKinds) as [FactKind, ...FactKind[]])

/** The kinds of fact in words, and what a person would bring for each: plain, for pages. */
export const kindWords = Object.fromEntries(
  Object.entries(factKinds).map(([name, { title, suppliedBy }]) => [name, { title, suppliedBy }]),
) as Readonly<Record<FactKind, { readonly title: string; readonly suppliedBy: string }>>

const counts = {
  rowsRead: z.int(),
  added: z.int(),
  changed: z.int(),
  ended: z.int(),
  /** All of them, also those of which line and reason are not kept. */
  rejects: z.int(),
}

export const source = z.object({
  id,
  name: z.string(),
  channel: z.enum(['file', 'ldap']),
  format: z.string(),
  kinds: z.array(kind),
  basis: z.enum(['measured', 'stated']),
  product: z.string().nullable(),
  collectedAt: instant.nullable(),
  validUntil: instant.nullable(),
  /** Whether what it says still speaks. */
  isCurrent: z.boolean(),
  isComplete: z.boolean().nullable(),
  /** The run that it was last taken in by; null while none was. */
  runId: id.nullable(),
  ...counts,
})

export const run = z.object({
  id,
  fileName: z.string().nullable(),
  finishedAt: instant,
  state: z.enum(['done', 'unchanged', 'superseded', 'refused', 'unrecognised']),
  reason: z.string().nullable(),
  collectedAt: instant.nullable(),
  collectedBy: z.string(),
  /** SHA-256 of the raw input, in hex; null for a live source. */
  digest: z.string().nullable(),
  isComplete: z.boolean().nullable(),
  ...counts,
})

export const list = endpoint({
  name: 'sources.list',
  method: 'GET',
  path: '/sources',
  effect: 'read',
  summary: 'List the sources of facts by name, each with its newest run',
  roles: readers,
  input: z.strictObject({
    ...paging,
    kind: kind.optional(),
    standing: z.enum(['current', 'lapsed']).optional(),
  }),
  output: pageOf(source),
})

export const listRefused = endpoint({
  name: 'sources.refused',
  method: 'GET',
  path: '/sources/refused',
  effect: 'read',
  summary: 'List the files and directories that could not be taken in, the newest first',
  roles: readers,
  input: z.strictObject(paging),
  output: pageOf(run),
})

export const show = endpoint({
  name: 'sources.show',
  method: 'GET',
  path: '/sources/{sourceId}',
  effect: 'read',
  summary: 'Show a source with its runs, the newest first',
  roles: readers,
  input: z.strictObject({ sourceId: id, ...paging }),
  output: z.object({ source, runs: pageOf(run) }),
})

export const listRejects = endpoint({
  name: 'sources.rejects',
  method: 'GET',
  path: '/sources/{sourceId}/runs/{runId}/rejects',
  effect: 'read',
  summary: 'List the rows of a run that could not be read, by line, with the reason',
  roles: readers,
  input: z.strictObject({ sourceId: id, runId: id, ...paging }),
  output: pageOf(z.object({ line: z.int(), reason: z.string() })),
})

export const listColumns = endpoint({
  name: 'sources.columns',
  method: 'GET',
  path: '/sources/{sourceId}/columns',
  effect: 'read',
  summary: 'Show how the columns of the newest run were understood',
  roles: readers,
  input: z.strictObject({ sourceId: id }),
  output: z.object({
    runId: id.nullable(),
    columns: z.array(z.object({ header: z.string(), field: z.string().nullable() })),
  }),
})
