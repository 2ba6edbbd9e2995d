/**
 * The second factor by an authenticator app: six digits from a shared secret and the time (RFC 6238, SHA-1, 30 s), as
 * every app knows them. The rules:
 *  - A code works once. What was accepted is a time step; it is stored, and no step up to it is accepted again.
 *  - One step early or late is accepted, because clocks and fingers are.
 * Who stores the step does so by compare-and-set, so that two requests with one code do not both pass.
 */
import { timingSafeEqual } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'

const algorithm = 'SHA1'
const digits = 6
const period = 30
/** 160 bits, the length of the hash, as RFC 4226 recommends. */
const secretBytes = 20
const product = 'Vigil'

/** Makes a secret, in base32 as a person may have to type it. It is stored sealed. */
export function makeTotpSecret(): string {
  return new Secret({ size: secretBytes }).base32
}

/** The address behind the square code that an authenticator app reads. */
export function totpUri(secret: string, { organisation, email }: { organisation: string; email: string }): string {
  // A colon ends the issuer in the label, so it has none.
  const name = organisation.replace(/[:\s]+/g, ' ').trim()
  const issuer = name === '' ? product : `${product} (${name})`
  return new TOTP({ issuer, label: email, secret: Secret.fromBase32(secret), algorithm, digits, period }).toString()
}

/** The code as digits alone: spaces inside are how apps show it. Undefined for anything else, full-width digits included. */
export function normaliseTotpCode(typed: string): string | undefined {
  if (typed.length > 20) return undefined
  const code = typed.replace(/\s/g, '')
  return /^[0-9]{6}$/.test(code) ? code : undefined
}

/**
 * The time step of a code that is right and was not used; undefined otherwise. `lastStep` is the step accepted last, or
 * undefined before the first. All steps are computed whatever the answer, so that timing tells nothing.
 */
export function findStep(secret: string, typed: string, now: Date, lastStep: number | undefined): number | undefined {
  const code = normaliseTotpCode(typed)
  if (code === undefined) return undefined
  const key = Secret.fromBase32(secret)
  const current = stepOf(now)
  let found: number | undefined
  for (const step of [current - 1, current, current + 1]) {
    if (step < 0) continue
    const right = TOTP.generate({ secret: key, algorithm, digits, period, timestamp: step * period * 1_000 })
    const isRight = timingSafeEqual(Buffer.from(right), Buffer.from(code))
    if (isRight && (lastStep === undefined || step > lastStep)) found = step
  }
  return found
}

/** The time step that an instant falls in. */
export function stepOf(now: Date): number {
  return Math.floor(now.getTime() / 1_000 / period)
}
