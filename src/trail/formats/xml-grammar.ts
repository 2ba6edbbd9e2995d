/**
 * XML as audit messages use it: elements and attributes in document order, without a DTD. Nothing outside of the message is ever
 * looked at, and of entities there are the five that XML has by itself.
 */
import { isUtf8 } from 'node:buffer'
import { SaxesParser } from 'saxes'
import type { Grammar, Leaf } from './templates.ts'

export interface Element {
  /** Without its prefix. */
  readonly name: string
  readonly attributes: Record<string, string>
  readonly children: Element[]
  text: string
}

export interface Xml {
  readonly root: Element
  /** All elements in the order in which they begin. */
  readonly elements: readonly Element[]
}

export const deepestXml = 1000

const badXml = { reason: 'It is not valid XML.' }
const hasDtd = { reason: 'It has a document type definition, which is refused.' }
const notUtf8 = { reason: 'It is not valid UTF-8.' }
const tooDeep = { reason: 'It is nested too deeply.' }
class Stop extends Error {
  readonly answer: { readonly reason: string }
  constructor(answer: { readonly reason: string }) {
    super(answer.reason)
    this.answer = answer
  }
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1)

/** A part of a text keeps the whole of it in memory: an identifier that is remembered would keep its message. */
const own = (text: string) => (text.length < 13 ? text : Buffer.from(text).toString())

export function parseXml(bytes: Buffer): Xml | { readonly reason: string } {
  const text = decodeXml(bytes)
  if (text === undefined) return notUtf8
  const parser = new SaxesParser()
  const elements: Element[] = []
  const open: Element[] = []
  let root: Element | undefined
  parser.on('doctype', () => {
    throw new Stop(hasDtd)
  })
  parser.on('error', () => {
    throw new Stop(badXml)
  })
  parser.on('opentag', (tag) => {
    const attributes: Record<string, string> = Object.create(null)
    for (const [name, value] of Object.entries(tag.attributes)) attributes[name] = own(value as string)
    const element: Element = { name: localName(tag.name), attributes, children: [], text: '' }
    elements.push(element)
    open.at(-1)?.children.push(element)
    root ??= element
    open.push(element)
    if (open.length > deepestXml) throw new Stop(tooDeep)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  const note = (found: string) => {
    const element = open.at(-1)
    if (element !== undefined) element.text += own(found)
  }
  parser.on('text', note)
  parser.on('cdata', note)
  try {
    parser.write(text).close()
  } catch (error) {
    // Whatever the parser makes of it, the message is what is wrong; anything but its own words stays a defect.
    if (error instanceof Stop) return error.answer
    throw error
  }
  return root === undefined ? badXml : { root, elements }
}

function decodeXml(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2)
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]{0,80}encoding=["']([\w.-]{1,20})["']/.exec(
    bytes.toString('latin1', 0, 120),
  )
  if (declared !== null && /^(?:iso-8859-1|latin1|windows-1252)$/i.test(declared[1] ?? '')) {
    return new TextDecoder('windows-1252').decode(bytes)
  }
  return isUtf8(bytes) ? bytes.toString('utf8').replace(/^\ufeff/, '') : undefined
}

const quote = 0x22
const lessThan = 0x3c
const isBlank = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
const isSimple = (byte: number) =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  byte === 0x2d ||
  byte === 0x2e ||
  byte === 0x5f ||
  byte === 0x3a

/** The leaves of XML are the values of attributes in double quotes, and texts without any element beside them. */
function leavesOf(bytes: Buffer, start: number, end: number, value: unknown): readonly Leaf[] | undefined {
  const { elements } = value as Xml
  const leaves: Leaf[] = []
  let next = 0
  let at = start
  while (at < end) {
    at = bytes.indexOf(lessThan, at)
    if (at === -1 || at >= end) break
    const mark = bytes[at + 1]
    if (mark === 0x3f) {
      at = bytes.indexOf('?>', at)
      if (at === -1) return undefined
      continue
    }
    if (mark === 0x2f) {
      at += 1
      continue
    }
    // Comments and CDATA are for the parser.
    if (mark === 0x21) return undefined
    at += 1
    while (isSimple(bytes[at] ?? 0)) at += 1
    const element = elements[next]
    if (element === undefined) return undefined
    next += 1
    for (;;) {
      while (isBlank(bytes[at] ?? 0)) at += 1
      const nameStart = at
      while (isSimple(bytes[at] ?? 0)) at += 1
      if (at === nameStart) break
      const name = bytes.toString('latin1', nameStart, at)
      if (bytes[at] !== 0x3d || bytes[at + 1] !== quote) return undefined
      const close = bytes.indexOf(quote, at + 2)
      if (close === -1 || element.attributes[name] === undefined) return undefined
      leaves.push({ start: at + 2, end: close, target: element.attributes, key: name })
      at = close + 1
    }
    if (bytes[at] === 0x3e) {
      const close = bytes.indexOf(lessThan, at)
      const isText = close > at + 1 && bytes[close + 1] === 0x2f && element.children.length === 0
      if (isText) {
        leaves.push({ start: at + 1, end: close, target: element as unknown as Record<string, unknown>, key: 'text' })
      }
    }
  }
  return next === elements.length ? leaves : undefined
}

const ampersand = 0x26
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/**
 * An attribute ends at its quote, a text at the next tag; blanks that are folded, what is not ASCII, and entities by number need
 * the parser.
 */
function endOf(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number
    if (byte === quote || byte === lessThan) return at
    if (byte < 0x20 || byte > 0x7e || byte === 0x3e) return -1
    if (byte !== ampersand) continue
    const close = bytes.indexOf(0x3b, at)
    if (close === -1 || close > at + 5 || close >= end) return -1
    if (!Object.hasOwn(entities, bytes.toString('latin1', at + 1, close))) return -1
    at = close
  }
  return -1
}

function decode(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('latin1', start, end)
  return text.includes('&') ? text.replace(/&(\w+);/g, (all, name: string) => entities[name] ?? all) : text
}

export const xmlGrammar: Grammar = {
  leavesOf,
  endOf,
  decode,
}
