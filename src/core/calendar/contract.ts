/** What is due, in a person's own calendar: an address that their calendar reads, and nobody else should know. */
import { z } from 'zod'
import { endpoint, everyMember, instant, nothing } from '#platform/contract.ts'

export const showFeed = endpoint({
  name: 'calendar.show',
  method: 'GET',
  path: '/calendar',
  effect: 'read',
  summary: 'Show whether your calendar reads what is due',
  roles: everyMember,
  input: z.strictObject({}),
  output: z.object({ feed: z.object({ madeAt: instant, readAt: instant.nullable() }).nullable() }),
})

export const makeFeed = endpoint({
  name: 'calendar.make',
  method: 'PUT',
  path: '/calendar',
  effect: 'change',
  summary: 'Make an address that your calendar reads; one made before ends',
  roles: everyMember,
  input: z.strictObject({}),
  /** Shown only now. */
  output: z.object({ url: z.string() }),
})

export const endFeed = endpoint({
  name: 'calendar.end',
  method: 'DELETE',
  path: '/calendar',
  effect: 'change',
  summary: 'End the address that your calendar reads',
  roles: everyMember,
  input: z.strictObject({}),
  output: nothing,
})

export const readFeed = endpoint({
  name: 'calendar.read',
  method: 'GET',
  path: '/calendar/{token}',
  effect: 'read',
  summary: 'Read a calendar of what is due, as iCalendar; its address is the secret',
  roles: 'nobody',
  carriage: 'download',
  // Calendars of some makers only read addresses that end so.
  input: z.strictObject({ token: z.string().min(1).max(200) }),
  output: z.unknown(),
})
