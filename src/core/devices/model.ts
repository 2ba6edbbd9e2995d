/** What is wrong with a device, as the checks of encryption and patching judge it. Pure. */
import { addDays, type Day } from '#platform/days.ts'

/** Where the maker names no end of support, an update this recent shows that the version still gets them. */
const updatedWithinDays = 180

export interface Support {
  /** The first day on which an operating system of it got no updates any more, by any current inventory. */
  readonly worstEnd: Day | null
  readonly lastUpdateOn: Day | null
}

/** As the check of supported operating systems judges it; undefined when it is not known. */
export function isSupported({ worstEnd, lastUpdateOn }: Support, today: Day): boolean | undefined {
  if (worstEnd !== null) return worstEnd >= today
  return lastUpdateOn !== null && lastUpdateOn >= addDays(today, -updatedWithinDays) ? true : undefined
}

/** Of people who may be meant by what an inventory writes: the one, where there is no other. */
export function onlyOne(candidates: readonly number[]): number | undefined {
  const [only, ...others] = new Set(candidates)
  return others.length === 0 ? only : undefined
}

/** Days before the newest inventory after which a device that did not report counts as not seen. */
export const silentAfterDays = 30

export const faults = ['unsupported', 'not-encrypted', 'not-protected', 'not-seen'] as const
export type Fault = (typeof faults)[number]

const encrypting = ['workstation', 'laptop', 'tablet', 'phone', 'server', 'virtual']
const protecting = ['workstation', 'laptop', 'server', 'virtual']
const silent = ['medical', 'network', 'printer']

export interface Kept extends Support {
  readonly kind: string | null
  readonly isOutOfUse: boolean
  readonly encrypted: boolean | null
  readonly protected: boolean | null
  readonly managed: boolean | null
  readonly lastSeenAt: Date | null
  readonly seenAsOf: Date | null
}

/** What is wrong with a device that is in use. What is not known is not wrong; nor is what its kind is not judged by. */
export function faultsOf(device: Kept, today: Day): readonly Fault[] {
  if (device.isOutOfUse) return []
  const { kind, managed, lastSeenAt, seenAsOf } = device
  const found: Fault[] = []
  if (isSupported(device, today) === false) found.push('unsupported')
  if (device.encrypted === false && encrypting.includes(kind ?? 'workstation')) found.push('not-encrypted')
  if (device.protected === false && protecting.includes(kind ?? 'workstation')) found.push('not-protected')
  const isJudged = managed !== false && !silent.includes(kind ?? 'workstation')
  if (isJudged && lastSeenAt !== null && seenAsOf !== null) {
    if (lastSeenAt.getTime() < seenAsOf.getTime() - silentAfterDays * 86_400_000) found.push('not-seen')
  }
  return found
}
