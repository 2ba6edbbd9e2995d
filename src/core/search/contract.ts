/**
 * Finding a thing by some of its words. What is typed is often somebody's name, so it travels in the body: an address may be
 * written down by whatever stands between.
 */
import { z } from 'zod'
import { severities } from '#core/safeguards/model.ts'
import { day, endpoint, everyMember, id, line } from '#platform/contract.ts'

/** At most five of each kind, the best match first; a kind that somebody may not see stays empty. */
export const find = endpoint({
  name: 'search.find',
  method: 'POST',
  path: '/search',
  effect: 'read',
  summary: 'Find people, systems, devices, findings, requirements and tasks by some of their words',
  roles: [...everyMember, 'api-client'],
  input: z.strictObject({ words: line(100) }),
  output: z.object({
    people: z.array(
      z.object({ id, name: z.string(), title: z.string().nullable(), department: z.string().nullable() }),
    ),
    systems: z.array(z.object({ id, name: z.string() })),
    devices: z.array(z.object({ id, name: z.string() })),
    /** Open ones. */
    findings: z.array(z.object({ id, subject: z.string(), title: z.string(), severity: z.enum(severities) })),
    requirements: z.array(z.object({ citation: z.string(), title: z.string() })),
    /** Open ones. */
    tasks: z.array(z.object({ id, title: z.string(), dueOn: day.nullable() })),
  }),
})
