/** For how long a sign-in holds, and who needs two factors. Pure. */
import type { Role } from '#platform/contract.ts'

/** A session that is not used ends after an hour, any session after half a day (NIST SP 800-63B-4, 2.2.3: 1 h, 24 h). */
export const sessionIdleMs = 60 * 60_000
export const sessionLifeMs = 12 * 60 * 60_000
/** With the first factor alone there is time to give the second, or to set one up. */
export const arrivalLifeMs = 20 * 60_000
/** What changes how somebody signs in asks for a factor given within this time. */
export const freshMs = 15 * 60_000
export const challengeLifeMs = 5 * 60_000
export const invitationLifeMs = 7 * 24 * 60 * 60_000
export const setUpLifeMs = 24 * 60 * 60_000

/** The means that are a second factor beside a password, or two factors in one. */
export const secondFactors: ReadonlySet<string> = new Set(['totp', 'recovery-code', 'passkey'])

/** Whoever sees more than their own tasks gives two factors. */
export function needsSecondFactor(roles: readonly Role[]): boolean {
  return roles.some((role) => role !== 'staff')
}

/** How an e-mail address is compared. */
export function emailKey(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase()
}

const browsers: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrom(e|ium)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const systems: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

/** A browser in the words that its owner would use: "Firefox on Linux". */
export function sayBrowser(userAgent: string): string {
  const find = (list: typeof browsers) => list.find(([pattern]) => pattern.test(userAgent))?.[1]
  const browser = find(browsers)
  const system = find(systems)
  if (!browser) return userAgent === '' ? 'A program' : 'Another program'
  return system ? `${browser} on ${system}` : browser
}

/**
 * How long to wait before the next try after so many failures in a row: none up to five, then twice as long each time, up
 * to a quarter of an hour. It never locks anybody out for good.
 */
export function waitAfter(failures: number): number {
  return failures < 5 ? 0 : Math.min(1_000 * 2 ** (failures - 5), 15 * 60_000)
}
/** Failures are forgotten after this long without another one. */
export const failureWindowMs = 60 * 60_000
