/** Files that support what is claimed: sealed, with their digest on the ledger. */
import { z } from 'zod'
import { day, endpoint, instant, line, officers, pageOf, paging, prose, readers } from '#platform/contract.ts'
import { type Validity, validities } from './model.ts'

const evidenceId = z.uuid()

/** What evidence supports, written `kind:id`: `finding:12`, `safeguard:access.left`, `requirement:164.308(a)(3)(ii)(C)`. */
const about = z.string().regex(/^[a-z]{1,20}:[\w.() §-]{1,120}$/)

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
  /** How many things it was said to support. */
  links: z.int().nonnegative(),
})

const linked = evidence.extend({
  /** What it supports, in the order in which that was said. */
  about: z.array(
    z.object({
      about: z.string(),
      /** What the thing is called; null where it is no more. */
      title: z.string().nullable(),
      linkedBy: z.string(),
      linkedAt: instant,
    }),
  ),
})

export const listEvidence = endpoint({
  name: 'evidence.list',
  method: 'GET',
  path: '/evidence',
  effect: 'read',
  summary: 'List the evidence that is kept, the newest first',
  roles: readers,
  input: z.strictObject({
    /** Only what supports this, as `kind:id`. */
    about: about.optional(),
    /** Words of its title or of its file's name. */
    text: line(200).optional(),
    validity: z.enum(Object.keys(validities) as [Validity, ...Validity[]]).optional(),
    ...paging,
  }),
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
  output: linked,
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
    /** What it supports at once. */
    about: about.optional(),
  }),
  output: evidence,
})

export const linkEvidence = endpoint({
  name: 'evidence.link',
  method: 'POST',
  path: '/evidence/{evidenceId}/links',
  effect: 'change',
  summary: 'Say what a piece of evidence supports',
  roles: [...officers, 'api-client'],
  input: z.strictObject({ evidenceId, about }),
  output: z.object({}),
})

export const unlinkEvidence = endpoint({
  name: 'evidence.unlink',
  method: 'DELETE',
  path: '/evidence/{evidenceId}/links/{about}',
  effect: 'change',
  summary: 'Take back that a piece of evidence supports something',
  roles: [...officers, 'api-client'],
  input: z.strictObject({ evidenceId, about }),
  output: z.object({}),
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
