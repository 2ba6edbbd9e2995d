/**
 * AuditEvents in JSON as templates see them: their leaves are the strings that are values; numbers, names and signs are not.
 */
import type { Grammar, Leaf } from './templates.ts'

const quote = 0x22
const backslash = 0x5c
const deepest = 32

const isBlank = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** The members of a resource that no reader looks at: kept out of what is made of a slot. */
const unread = new Set(['text', 'contained', 'implicitRules', 'language'])
/** Of `meta`, its labels alone are looked at. */
const isUnread = (depth: number, parent: string, key: string) =>
  (depth === 0 && unread.has(key)) || (depth === 1 && parent === 'meta' && key !== 'security')

/** What depends on certain members alone is remembered by their values (see `fhir-event.ts`, which must agree). */
export const groups = { who: 1, kind: 2 } as const
const groupOf: Readonly<Record<string, number>> = {
  agent: groups.who,
  type: groups.kind,
  subtype: groups.kind,
  code: groups.kind,
  category: groups.kind,
  action: groups.kind,
  outcome: groups.kind,
  purposeOfEvent: groups.kind,
  authorization: groups.kind,
  meta: groups.kind,
  source: groups.kind,
}

class Walk {
  readonly #bytes: Buffer
  readonly leaves: Leaf[] = []
  at: number
  /** The member of the resource in which it is. */
  #member = ''

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  /** Walks over a value that is known to be valid; false where it holds what a template cannot. */
  value(value: unknown, target: Leaf['target'], key: string | number, depth: number): boolean {
    this.#blanks()
    const byte = this.#bytes[this.at]
    if (byte === quote) {
      const start = this.at + 1
      this.at = this.#endOfString(start) + 1
      const group = Object.hasOwn(groupOf, this.#member) ? (groupOf[this.#member] ?? 0) : 0
      this.leaves.push({ start, end: this.at - 1, target, key, group })
      return true
    }
    if (depth > deepest) return false
    if (Array.isArray(value)) return this.#list(value, target === undefined, depth)
    if (typeof value === 'object' && value !== null) {
      return this.#object(value as Record<string, unknown>, target === undefined && depth > 0, depth)
    }
    while (this.at < this.#bytes.length && !',]} \n\r\t'.includes(String.fromCharCode(this.#bytes[this.at] ?? 0))) {
      this.at += 1
    }
    return true
  }

  #list(value: unknown[], isOut: boolean, depth: number): boolean {
    this.at += 1
    for (let place = 0; place < value.length; place += 1) {
      if (!this.value(value[place], isOut ? undefined : value, place, depth + 1)) return false
      this.#blanks()
      this.at += 1
    }
    return value.length > 0 || this.#skipTo(0x5d)
  }

  #object(value: Record<string, unknown>, isOut: boolean, depth: number): boolean {
    this.at += 1
    const seen = new Set<string>()
    const size = Object.keys(value).length
    if (size === 0) return this.#skipTo(0x7d)
    for (;;) {
      this.#blanks()
      const start = this.at + 1
      const end = this.#endOfString(start)
      const key = this.#bytes.toString('utf8', start, end)
      // A name that comes twice, or is written with escapes, is for the parser.
      if (seen.has(key) || key === '__proto__' || key.includes('\\') || !Object.hasOwn(value, key)) return false
      seen.add(key)
      this.at = end + 1
      this.#blanks()
      this.at += 1
      if (depth === 0) this.#member = key
      const isLost = isOut || isUnread(depth, this.#member, key)
      if (!this.value(value[key], isLost ? undefined : value, key, depth + 1)) return false
      this.#blanks()
      const isLast = this.#bytes[this.at] === 0x7d
      this.at += 1
      if (isLast) return seen.size === size
    }
  }

  #skipTo(byte: number): boolean {
    this.#blanks()
    this.at += 1
    return this.#bytes[this.at - 1] === byte
  }

  #blanks(): void {
    while (isBlank(this.#bytes[this.at] ?? 0)) this.at += 1
  }

  #endOfString(from: number): number {
    let at = from
    while (at < this.#bytes.length && this.#bytes[at] !== quote) at += this.#bytes[at] === backslash ? 2 : 1
    return at
  }
}

export const jsonGrammar: Grammar = {
  leavesOf(buffer, start, end, value) {
    const walk = new Walk(buffer.subarray(0, end), start)
    return walk.value(value, undefined, '', 0) ? walk.leaves : undefined
  },
  endOf(buffer, start, end) {
    for (let at = start; at < end; at += 1) {
      const byte = buffer[at] as number
      if (byte === quote) return at
      if (byte < 0x20 || byte === backslash) return -1
    }
    return -1
  },
  decode: (buffer, start, end) => buffer.toString('utf8', start, end),
}
