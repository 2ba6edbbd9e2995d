/** Files that support what is claimed: sealed, with their digest on the ledger. */
import { z } from 'zod'
import { day, endpoint, instant, line, officers, pageOf, paging, prose, readers } from '#platform/contract.ts'

const evidenceId = z.uuid()

const evidence = z.object({
  id: z.string(),
  title: z.string(),
  fileName: z.string(),
  bytes: z.int(),
  /** SHA-256 of the content, in hex. */
  digest: z.string(),
  keptBy: z.string(),
  keptAt: instant,
  /** The last day for which it speaks. */
  validUntilOn: day.nullable(),
  state: z.enum(['kept', 'lapsed', 'shredded']),
})

export const listEvidence = endpoint({
  name: 'evidence.list',
  method: 'GET',
  path: '/evidence',
  effect: 'read',
  summary: 'List the evidence that is kept, the newest first',
  roles: readers,
  input: z.strictObject(paging),
  output: pageOf(evidence),
})

export const showEvidence = endpoint({
  name: 'evidence.show',
  method: 'GET',
  path: '/evidence/{evidenceId}',
  effect: 'read',
  summary: 'Show what is known of a piece of evidence',
  roles: readers,
  input: z.strictObject({ evidenceId }),
  output: evidence,
})

export const keepEvidence = endpoint({
  name: 'evidence.keep',
  method: 'POST',
  path: '/evidence',
  effect: 'change',
  summary: 'Seal a file as evidence',
  roles: [...officers, 'api-client'],
  carriage: 'upload',
  input: z.strictObject({
    title: line(200),
    /** The name that it is given back under. */
    fileName: line(255),
    validUntilOn: day.optional(),
  }),
  output: evidence,
})

/** Opening is an act: who read which file, and when, goes on the ledger. So it is a change, of nothing but that. */
export const openEvidence = endpoint({
  name: 'evidence.open',
  method: 'POST',
  path: '/evidence/{evidenceId}/open',
  effect: 'change',
  summary: 'Open a piece of evidence; that it was opened goes on the ledger',
  roles: readers,
  scope: 'evidence:read',
  carriage: 'download',
  input: z.strictObject({ evidenceId }),
  output: z.unknown(),
})

export const shredEvidence = endpoint({
  name: 'evidence.shred',
  method: 'POST',
  path: '/evidence/{evidenceId}/shred',
  effect: 'change',
  summary: 'Destroy a piece of evidence for good',
  roles: [...officers, 'api-client'],
  input: z.strictObject({ evidenceId, reason: prose(4_000) }),
  output: z.object({}),
})
