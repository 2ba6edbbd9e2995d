/** What people state about safeguards, by name, on a day, for a period. */
import { z } from 'zod'
import { statuses } from '#core/safeguards/model.ts'
import { day, endpoint, id, instant, line, officers, pageOf, paging, prose, readers } from '#platform/contract.ts'

const safeguardName = z.string().regex(/^[a-z][a-z0-9.-]{0,99}$/)
const evidenceId = z.uuid()

const attestation = z.object({
  id,
  safeguard: z.string(),
  /** The safeguard's claim. */
  title: z.string(),
  statement: z.string(),
  author: z.string(),
  statedOn: day,
  validUntilOn: day,
  population: z.string().nullable(),
  sample: z.string().nullable(),
  evidenceId: z.string().nullable(),
  recordedBy: z.string(),
  recordedAt: instant,
  state: z.enum(['holds', 'lapsed', 'withdrawn']),
})

export const listAttestations = endpoint({
  name: 'attestations.list',
  method: 'GET',
  path: '/attestations',
  effect: 'read',
  summary: 'List what was attested, the newest first',
  roles: readers,
  input: z.strictObject({ safeguard: safeguardName.optional(), ...paging }),
  output: pageOf(attestation),
})

export const listAttestable = endpoint({
  name: 'attestations.attestable',
  method: 'GET',
  path: '/attestable',
  effect: 'read',
  summary: 'List the safeguards that people can speak for',
  roles: readers,
  input: z.strictObject({}),
  output: z.object({
    /** All of them: there are some dozen. */
    items: z.array(
      z.object({
        safeguard: z.string(),
        practice: z.string(),
        title: z.string(),
        /** What the person is asked to state. */
        statement: z.string(),
        status: z.enum(statuses),
      }),
    ),
  }),
})

export const attest = endpoint({
  name: 'attestations.attest',
  method: 'POST',
  path: '/attestations',
  effect: 'change',
  summary: 'Record what a person states about a safeguard',
  roles: [...officers, 'api-client'],
  input: z.strictObject({
    safeguard: safeguardName,
    /** In the person's words; the safeguard's claim when not said. */
    statement: prose(4_000).optional(),
    /** The person, by name; whoever is signed in when not said. */
    author: line(200).optional(),
    /** Today when not said. */
    statedOn: day.optional(),
    /** The last day of its period; a year after it was stated when not said. */
    validUntilOn: day.optional(),
    population: line(400).optional(),
    sample: line(400).optional(),
    evidenceId: evidenceId.optional(),
  }),
  output: z.object({ attestationId: id, validUntilOn: day }),
})

export const withdraw = endpoint({
  name: 'attestations.withdraw',
  method: 'POST',
  path: '/attestations/{attestationId}/withdraw',
  effect: 'change',
  summary: 'Take a statement back: from now on it speaks for nothing',
  roles: [...officers, 'api-client'],
  input: z.strictObject({ attestationId: id, reason: prose(4_000).optional() }),
  output: z.object({}),
})
