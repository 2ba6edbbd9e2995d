/**
 * An entry of the ledger: one line of JSON with a fixed order of keys and no spaces. The UTF-8 bytes of that line are
 * the leaf of the tree, so there is exactly one way to write an entry.
 *
 * An entry names its actor, action and subjects by opaque ids and words in printable ASCII. What was said and sent is
 * its payload: canonical JSON that lies sealed elsewhere and of which the entry holds only a salted digest, so that it
 * can be shredded without breaking the log.
 */
import { hash } from 'node:crypto'
import { takeRandom } from '#platform/keys.ts'
import { leafHash } from '#platform/transparency/merkle.ts'

export const outcomes = ['done', 'refused'] as const
export type Outcome = (typeof outcomes)[number]

export interface Entry {
  /** The position in the log, from 0. */
  readonly seq: number
  /** An instant with milliseconds, as `Date.toISOString` writes it. */
  readonly at: string
  /** Such as `operator:root` or `person:<id>`. */
  readonly actor: string
  /** The name of an endpoint or action, such as `intake.import`. */
  readonly action: string
  readonly outcome: Outcome
  readonly subjects: readonly string[]
  /** What `payloadDigest` gives. */
  readonly digest: string
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

export const saltLength = 16
/** A word of an entry: 1 to 200 printable ASCII characters without space, quotation mark and backslash. */
export const maxWordLength = 200
export const maxEntryLength = 65_536

const word = `[!#-\\[\\]-~]{1,${maxWordLength}}`
const base64OfHash = '[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]='
const linePattern = new RegExp(
  [
    '^\\{"seq":(0|[1-9]\\d{0,15})',
    '"at":"(\\d{4}-\\d\\d-\\d\\d)(T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d\\.\\d{3}Z)"',
    `"actor":"(${word})"`,
    '"action":"([A-Za-z0-9.-]{1,200})"',
    '"outcome":"(done|refused)"',
    `"subjects":\\[((?:"${word}"(?:,"${word}")*)?)\\]`,
    `"digest":"(${base64OfHash})"\\}$`,
  ].join(','),
)

/**
 * Writes an entry and hashes it as a leaf. Throws a RangeError when a part is not fit for the log, such as a subject
 * with a space in it: that is a defect of the caller, since names of people and patients belong in the payload.
 */
export function makeEntry(input: Omit<Entry, 'at'> & { readonly at: Date }): { line: string; leafHash: Buffer } {
  const { seq, actor, action, outcome, subjects, digest } = input
  const line = writeEntry({ seq, at: input.at.toISOString(), actor, action, outcome, subjects, digest })
  const flaw = entryFlaw(line)
  if (flaw) throw new RangeError(flaw)
  return { line, leafHash: leafHash(Buffer.from(line, 'latin1')) }
}

/** Reads one line; undefined when it is not exactly what `makeEntry` writes. */
export function parseEntry(line: string): Entry | undefined {
  const outline = readOutline(line)
  if (!outline) return undefined
  const { at, actor, action, outcome, subjects } = JSON.parse(line) as Entry
  return { seq: outline.seq, at, actor, action, outcome, subjects, digest: outline.digest }
}

/** Judges a whole line and reads from it only what a verifier needs: it reads millions of them. */
export function readOutline(line: string): { seq: number; digest: string } | undefined {
  if (line.length > maxEntryLength) return undefined
  const match = linePattern.exec(line)
  if (!match) return undefined
  const seq = Number(match[1])
  const digest = match[8]
  if (!Number.isSafeInteger(seq) || digest === undefined || !isDay(match[2] ?? '')) return undefined
  return { seq, digest }
}

/** SHA-256 of salt and payload, in base64. The salt has 16 random bytes, so that nobody can guess a short payload. */
export function payloadDigest(salt: Uint8Array, payload: Uint8Array): string {
  if (salt.length !== saltLength) throw new RangeError(`The salt of a payload has ${saltLength} bytes.`)
  return hash('sha256', Buffer.concat([salt, payload]), 'base64')
}

export function newSalt(): Buffer {
  return takeRandom(saltLength)
}

/**
 * Writes a value as one line of JSON with sorted keys and no spaces, as RFC 8785 does. Members that are undefined are
 * left out; throws a TypeError for what JSON cannot hold.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('JSON has no such number.')
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') {
    return JSON.stringify(value)
  }
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || ![Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    throw new TypeError('Only plain objects, lists, texts, numbers, booleans and null are JSON.')
  }
  const members: string[] = []
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`)
  }
  return `{${members.join(',')}}`
}

function writeEntry({ seq, at, actor, action, outcome, subjects, digest }: Entry): string {
  return JSON.stringify({ seq, at, actor, action, outcome, subjects, digest })
}

function entryFlaw(line: string): string | undefined {
  if (line.length > maxEntryLength) return `A ledger entry has at most ${maxEntryLength} characters.`
  if (!readOutline(line)) return 'A ledger entry holds only ids and words in printable ASCII without spaces.'
  return undefined
}

let lastGoodDay = ''

// Neighbouring entries share their day, so a calendar is asked once for thousands of them.
function isDay(day: string): boolean {
  if (day === lastGoodDay) return true
  const instant = new Date(`${day}T00:00:00.000Z`)
  if (Number.isNaN(instant.getTime()) || instant.toISOString().slice(0, 10) !== day) return false
  lastGoodDay = day
  return true
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
