/** For how long evidence speaks, and what it may support. Pure. */
import { addDays, type Day } from '#platform/days.ts'

/** Evidence ends soon when its last day is no further off than this many days: time enough to ask for the next one. */
export const endsSoonDays = 30

/** How the validity of evidence is asked for. */
export const validities = {
  valid: 'It speaks today.',
  ending: 'It speaks today, and ends soon.',
  over: 'Its last day has passed.',
  destroyed: 'It was shredded.',
} as const
export type Validity = keyof typeof validities

/** Whether evidence speaks today, and for how long. */
export function validityOf(
  { state, validUntilOn }: { readonly state: 'kept' | 'lapsed' | 'shredded'; readonly validUntilOn: Day | null },
  today: Day,
): Validity {
  if (state === 'shredded') return 'destroyed'
  if (validUntilOn === null) return 'valid'
  if (validUntilOn < today) return 'over'
  return validUntilOn <= addDays(today, endsSoonDays) ? 'ending' : 'valid'
}

/** The kinds of thing that evidence supports. */
export const supported = ['finding', 'safeguard', 'requirement', 'task', 'system', 'device', 'vendor'] as const
export type Supported = (typeof supported)[number]

/** A thing as `kind:id`, taken apart; undefined when evidence cannot support its kind. */
export function readAbout(about: string): { readonly kind: Supported; readonly id: string } | undefined {
  const [kind, id] = about.split(/:(.*)/s)
  const known = supported.find((one) => one === kind)
  return known && id ? { kind: known, id } : undefined
}
