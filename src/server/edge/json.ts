/**
 * JSON as a stranger may have written it. `JSON.parse` takes the last of two equal keys, any depth, and a key `__proto__`;
 * each of these is where two readers of one text come to differ, or where code that copies objects is led astray. So the
 * text is walked first, in one pass and without recursion.
 */

export const deepest = 64

const forbidden = new Set(['__proto__', 'constructor', 'prototype'])

/** Reads the text; throws a `SyntaxError` whose message says in words what is wrong, and quotes nothing of the text. */
export function parseStrictly(text: string): unknown {
  checkShape(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new SyntaxError('it is not well-formed')
  }
  // Only an escape can bring in what is no text: no database column holds a NUL, and no encoding half a character.
  if (/\\u(?:0000|d[89a-f])/i.test(text)) checkTexts(value)
  return value
}

const quote = 34
const backslash = 92

/** The set of keys of each object that is open, undefined for an array. */
function checkShape(text: string): void {
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      const end = endOfString(text, at)
      const keys = open.at(-1)
      if (keys && isColonAfter(text, end)) checkKey(keys, text.slice(at, end + 1))
      at = end
    } else if (code === 123 || code === 91) {
      if (open.length === deepest) throw new SyntaxError(`it is nested deeper than ${deepest} levels`)
      open.push(code === 123 ? new Set() : undefined)
    } else if (code === 125 || code === 93) open.pop()
  }
}

function checkKey(keys: Set<string>, literal: string): void {
  let key = literal
  if (literal.includes('\\')) {
    try {
      key = JSON.stringify(JSON.parse(literal))
    } catch {
      throw new SyntaxError('it is not well-formed')
    }
  }
  if (keys.has(key)) throw new SyntaxError('a key stands twice in one object')
  if (forbidden.has(key.slice(1, -1))) throw new SyntaxError('a key has a name that is not allowed')
  keys.add(key)
}

/** Where the closing quote of the string is that begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes += 1
    if (slashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  throw new SyntaxError('it is not well-formed')
}

function isColonAfter(text: string, end: number): boolean {
  for (let at = end + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code !== 32 && code !== 9 && code !== 10 && code !== 13) return code === 58
  }
  return false
}

function checkTexts(root: unknown): void {
  const waiting = [root]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value === 'string') {
      if (!value.isWellFormed() || value.includes('\0')) throw new SyntaxError('a text holds what is no character')
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) waiting.push(key, inner)
    }
  }
}
