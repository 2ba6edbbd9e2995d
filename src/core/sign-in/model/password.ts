/**
 * Passwords by NIST SP 800-63B-4, 3.1.1.2: long, not known to others, and otherwise as people like. There are no rules of
 * composition and no periodic change; every character of Unicode and the space may stand in one, and nothing is cut off.
 *
 *  - Normalised by NFKC, counted in code points: at least 15 where the password stands alone, at least 8 beside a second
 *    factor, at most 256.
 *  - The whole is compared with the common passwords, whatever its case, marks and look-alike signs.
 *  - What remains beside words of the context, well-known words, repetition and runs must be enough (`guessable.ts`).
 *  - The whole is looked up in the file of breached passwords, where there is one.
 *
 * Stored is Argon2id. Only a few hashes are computed at once and a bounded number wait, so that a flood of sign-ins takes
 * neither the memory nor all the time of the machine.
 */
import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { refusals } from '#platform/refusal.ts'
import type { BreachedList } from './breached.ts'
import { fold } from './fold.ts'
import { openGate } from './gate.ts'
import { countMadeUp, readingsOf, wordsOf } from './guessable.ts'

/** In code points. */
export const passwordLengths = { alone: 15, besideSecondFactor: 8, most: 256 } as const

/** What must remain of a password, as `countMadeUp` counts. */
const leastMadeUp = { alone: 9, besideSecondFactor: 7 } as const

/** More code units than any password of 256 characters has before it is normalised. */
const longestTyped = 4_096

export type PasswordProblem = 'too-short' | 'too-long' | 'common' | 'context' | 'pattern' | 'breached'

const { alone, besideSecondFactor, most } = passwordLengths

export const refusePassword = refusals('password', {
  'too-short': [
    'invalid',
    'This password is too short.',
    `take at least ${alone} characters, or ${besideSecondFactor} where a second factor is asked for; several words are easy to remember`,
  ],
  'too-long': ['invalid', `A password has at most ${most} characters.`, 'take a shorter one'],
  common: [
    'invalid',
    'This password is one of the most used ones, or little more than one of them.',
    'take several words that have nothing to do with each other, or let a password manager make one',
  ],
  context: [
    'invalid',
    'This password is made of names that anybody can guess: the organisation, Vigil, or your own name or address.',
    'add words that have nothing to do with you or your work',
  ],
  pattern: [
    'invalid',
    'This password is mostly repetition, or a run along the keyboard.',
    'take several words that have nothing to do with each other, or let a password manager make one',
  ],
  breached: [
    'invalid',
    'This password is among those known from breaches of other services.',
    'take another one, and change it wherever else you use it',
  ],
  busy: ['busy', 'Too many people are signing in at this moment.', 'try again in a few seconds'],
})

export interface PasswordCircumstances {
  /** Names and addresses that say nothing new: the organisation, the product, the person, the e-mail address. */
  readonly context: readonly string[]
  /** Whether the password is all that is asked for. */
  readonly standsAlone: boolean
  readonly breached: BreachedList
}

/** The password as it is counted, compared and hashed: one form for all the ways of typing it. */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC')
}

/** Says what is wrong with a password that somebody wants to take; undefined for a good one. */
export async function checkPassword(
  password: string,
  { context, standsAlone, breached }: PasswordCircumstances,
): Promise<PasswordProblem | undefined> {
  if (password.length > longestTyped) return 'too-long'
  const normalised = normalisePassword(password)
  const length = [...normalised].length
  if (length > most) return 'too-long'
  if (length < (standsAlone ? alone : besideSecondFactor)) return 'too-short'

  const common = await breached.readCommon()
  const folded = fold(normalised)
  if (readingsOf(folded).some((reading) => common.has(reading) || common.has(reading.replace(/\s/g, '')))) {
    return 'common'
  }
  const least = standsAlone ? leastMadeUp.alone : leastMadeUp.besideSecondFactor
  // Each time more is known, so the answer names what the password fails by.
  if (countMadeUp(folded, {}) < least) return 'pattern'
  const contextWords = wordsOf(context)
  if (countMadeUp(folded, { context: contextWords }) < least) return 'context'
  if (countMadeUp(folded, { context: contextWords, common }) < least) return 'common'

  for (const text of new Set([normalised, password])) {
    if ((await breached.lookUp(text)) === 'breached') return 'breached'
  }
  return undefined
}

/** OWASP's first choice, in KiB, passes and lanes. What it makes begins with `current`. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const current = `$argon2id$v=19$m=${cost.memoryCost},t=${cost.timeCost},p=${cost.parallelism}$`

/** Somebody who does not exist has this hash: it costs the same work, and nobody knows a password that gives 32 zeros. */
const nobody = `${current}${unpadded(Buffer.alloc(16))}$${unpadded(Buffer.alloc(32))}`

/** Of the four threads that Node.js lends for such work one at least stays for files. What waits is done in some three seconds. */
const passGate = openGate({
  atOnce: Math.max(1, Math.min(3, availableParallelism())),
  waiting: 128,
  refuse: () => refusePassword('busy'),
})

/** The hash to store. Refused as busy where too many wait already. */
export function hashPassword(password: string): Promise<string> {
  return passGate(() => hash(normalisePassword(password), cost))
}

/**
 * Tells whether a password is the right one. For somebody who does not exist, or has no password, hand in undefined: the
 * answer is no, after the same work, so that its time tells nobody who exists.
 */
export function verifyPassword(stored: string | undefined, password: string): Promise<boolean> {
  // No password that was accepted is so long; the same work is done, but not for more bytes.
  const isTooLong = password.length > longestTyped
  const text = isTooLong ? '' : normalisePassword(password)
  return passGate(async () => (await verify(stored ?? nobody, text)) && stored !== undefined && !isTooLong)
}

/** Whether a stored hash was made with other parameters than today's: made anew at the next sign-in that succeeds. */
export function needsRehash(stored: string): boolean {
  return !stored.startsWith(current)
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
