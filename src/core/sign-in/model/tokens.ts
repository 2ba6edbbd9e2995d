/**
 * What stands for a person or a program between two requests: 256 random bits behind a prefix that scanners of source
 * code can know. Whoever holds the text holds what it opens, so it is shown or set once, and only its hash is kept; with
 * so many random bits no slow hash is needed.
 */
import { hash, randomBytes } from 'node:crypto'

export const tokenKinds = ['session', 'token', 'invite', 'setup', 'calendar'] as const
export type TokenKind = (typeof tokenKinds)[number]

export interface NewToken {
  /** For its holder; stored nowhere. */
  readonly text: string
  /** SHA-256 of the text: what is stored and looked up. */
  readonly hash: Buffer
}

/** The last character of 43 carries four bits, so only sixteen of the 64 may stand there: one token has one text. */
const form = /^vigil_(session|token|invite|setup|calendar)_[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

export function makeToken(kind: TokenKind): NewToken {
  const text = `vigil_${kind}_${randomBytes(32).toString('base64url')}`
  return { text, hash: digest(text) }
}

/**
 * The hash of a token by which it is looked up. Undefined where the text cannot be a token, or not one of the kind that
 * is wanted: then no database is asked.
 */
export function hashToken(text: string, kind?: TokenKind): Buffer | undefined {
  const found = form.exec(text)?.[1]
  if (found === undefined || (kind !== undefined && found !== kind)) return undefined
  return digest(text)
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
