/**
 * Codes on paper, for who has lost the second factor: ten of 80 random bits, each good once. They are typed by hand, so
 * the letters are those of Crockford's alphabet, which has no I, L, O and U, and what is typed for them is understood.
 * Stored is the hash over the code and the identity: equal codes of two people would not look equal, and a row moved to
 * another identity opens nothing.
 */
import { hash, randomBytes } from 'node:crypto'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const codesAtOnce = 10
const codeLength = 16
/** A code with all its hyphens and some stray spaces; anything longer is none, and is not looked at. */
const longestTyped = 64

/** Makes a fresh set of codes, to be shown once. They replace every earlier set. */
export function makeRecoveryCodes(): readonly string[] {
  return Array.from({ length: codesAtOnce }, () => {
    // 256 is a multiple of 32, so every character is as likely as any other.
    const letters = Array.from(randomBytes(codeLength), (byte) => alphabet.charAt(byte % alphabet.length)).join('')
    return sayRecoveryCode(letters)
  })
}

/** A code as it was meant: without hyphens and spaces, in capitals, 0 for O and 1 for I and L. Undefined for no code. */
export function normaliseRecoveryCode(typed: string): string | undefined {
  if (typed.length > longestTyped) return undefined
  const code = typed
    .normalize('NFKC')
    .replace(/[\s\p{Pd}]/gu, '')
    .toUpperCase()
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
  return /^[0-9A-HJKMNP-TV-Z]{16}$/.test(code) ? code : undefined
}

/** What is stored of a code, and looked up by; undefined where what was typed cannot be a code. */
export function hashRecoveryCode(typed: string, identityId: number): Buffer | undefined {
  const code = normaliseRecoveryCode(typed)
  return code === undefined ? undefined : hash('sha256', `vigil recovery code\0${identityId}\0${code}`, 'buffer')
}

function sayRecoveryCode(letters: string): string {
  return letters.replace(/(.{4})(?=.)/g, '$1-')
}
