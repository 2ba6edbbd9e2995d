/** Rows that could not be read: taken away as a table, corrected, and brought again. */
import { z } from 'zod'
import { endpoint, id, officers } from '#platform/contract.ts'

// Rows of a file go only to those who may import.
const importers = [...officers, 'api-client'] as const

export const downloadRejected = endpoint({
  name: 'corrections.download',
  method: 'GET',
  path: '/sources/{sourceId}/runs/{runId}/rejects/table',
  effect: 'read',
  summary: 'Download the rows of a run that could not be read as a table, each with its line and the reason',
  roles: importers,
  carriage: 'download',
  input: z.strictObject({ sourceId: id, runId: id }),
  output: z.unknown(),
})

export const bringCorrected = endpoint({
  name: 'corrections.bring',
  method: 'PUT',
  path: '/sources/{sourceId}/runs/{runId}/corrections',
  effect: 'change',
  summary: 'Bring that table again with its rows corrected; they are added to what the source said',
  roles: importers,
  carriage: 'upload',
  input: z.strictObject({ sourceId: id, runId: id }),
  output: z.object({
    runId: id,
    rowsRead: z.int(),
    added: z.int(),
    changed: z.int(),
    /** How many of them still cannot be read: the new run has them. */
    rejects: z.int(),
  }),
})
