/** FHIR AuditEvents: lines of JSON (NDJSON), single resources, arrays and Bundles of any size. */
import type { Who } from './fhir-agents.ts'
import { type Kind, type Parts, parts, readAuditEvent } from './fhir-event.ts'
import type { AccessFormat, ReadOptions, Sink } from './format.ts'
import { DocumentSplitter } from './json-documents.ts'
import { groups, jsonGrammar } from './json-grammar.ts'
import { peek, readLines } from './lines.ts'
import { Templates } from './templates.ts'

const headBytes = 256 * 1024
const notJson = 'It is not valid JSON.'

/** Reads messages one by one, whether they come from a file or from a request. */
export class AuditEventReader {
  readonly #options: ReadOptions
  readonly #sink: Sink
  readonly #templates = new Templates(jsonGrammar)
  /** Of a message that a template fits, what its like said before is known. */
  readonly #known: Parts = {
    who: (event) => this.#templates.remember<Who>(groups.who, () => parts.who(event)),
    kind: (event) => this.#templates.remember<Kind>(groups.kind, () => parts.kind(event)),
  }

  constructor(options: ReadOptions, sink: Sink) {
    this.#options = options
    this.#sink = sink
  }

  /** Reads what stands between two places of a buffer: one resource, or an array or a Bundle of them. */
  read(buffer: Buffer, start: number, end: number, where: number): void {
    const quick = this.#templates.parse(buffer, start, end)
    if (quick !== undefined) {
      this.#take(buffer.subarray(start, end), quick, where, this.#known)
      return
    }
    const text = buffer.toString('utf8', start, end)
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      this.#sink.reject(where, notJson)
      return
    }
    if (isMany(value)) {
      this.#readMany(buffer.subarray(start, end), where)
      return
    }
    this.#templates.learn(buffer, start, end, value)
    this.#take(buffer.subarray(start, end), value, where)
  }

  #readMany(bytes: Buffer, where: number): void {
    const splitter = new DocumentSplitter({
      message: (message) => this.#readOne(message, where),
      reject: (_, reason) => this.#sink.reject(where, reason),
    })
    splitter.write(bytes)
    splitter.end()
  }

  /** A Bundle in a Bundle is not looked into: nobody sends accesses so, and a thousand of them would be a trap. */
  #readOne(bytes: Buffer, where: number): void {
    let value: unknown
    try {
      value = JSON.parse(bytes.toString('utf8'))
    } catch {
      this.#sink.reject(where, notJson)
      return
    }
    this.#take(bytes, value, where)
  }

  #take(raw: Buffer, value: unknown, where: number, from?: Parts): void {
    const found = readAuditEvent(value, this.#options, from)
    if ('reason' in found) this.#sink.reject(where, found.reason)
    else this.#sink.take(raw, found)
  }
}

function isMany(value: unknown): boolean {
  if (Array.isArray(value)) return true
  return typeof value === 'object' && value !== null && 'entry' in value && Array.isArray(value.entry)
}

const isBlank = (byte: number) => byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a

async function readFhir(bytes: AsyncIterable<Uint8Array>, options: ReadOptions, sink: Sink): Promise<void> {
  const { head, all } = await peek(bytes, headBytes)
  const reader = new AuditEventReader(options, sink)
  if (isOfLines(head)) {
    await readLines(all, {
      line: (buffer, start, end, number) => {
        let from = start
        if (number === 1 && hasMark(buffer, start)) from += 3
        while (from < end && isBlank(buffer[from] ?? 0)) from += 1
        if (from < end) reader.read(buffer, from, end, number)
      },
      tooLong: (number) => sink.reject(number, 'The message is longer than 16 MiB.'),
      ready: () => sink.ready(),
    })
    return
  }
  const splitter = new DocumentSplitter({
    message: (message, number) => reader.read(message, 0, message.length, number),
    reject: (number, reason) => sink.reject(number, reason),
  })
  let isFirst = true
  let sinceReady = 0
  for await (const chunk of all) {
    let buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (isFirst && hasMark(buffer, 0)) buffer = buffer.subarray(3)
    isFirst = false
    for (let at = 0; at < buffer.length; at += 1024 * 1024) {
      const part = buffer.subarray(at, at + 1024 * 1024)
      splitter.write(part)
      sinceReady += part.length
      if (sinceReady < 1024 * 1024) continue
      sinceReady = 0
      await sink.ready()
    }
  }
  splitter.end()
  await sink.ready()
}

const hasMark = (buffer: Buffer, at: number) =>
  buffer[at] === 0xef && buffer[at + 1] === 0xbb && buffer[at + 2] === 0xbf

/** Tells whether each line is a message of its own; a broken first line does not hide it. */
function isOfLines(head: Buffer): boolean {
  const text = head.toString('utf8').replace(/^\ufeff/, '')
  const lines = text.split('\n', 40)
  let checked = 0
  for (const line of lines) {
    const trimmed = line.trim()
    if (trimmed === '') continue
    if (checked === 0 && trimmed.startsWith('[')) return false
    checked += 1
    if (trimmed.length <= 2 || !/^\{.*\}$/.test(trimmed)) continue
    // A line of a resource over many lines begins with blanks, or is not JSON by itself.
    if (line.startsWith(' ') || line.startsWith('\t')) return false
    try {
      return !isMany(JSON.parse(trimmed))
    } catch {
      // The next line may be whole.
    }
  }
  return false
}

export const fhir: AccessFormat = {
  name: 'fhir',
  recognise(head) {
    const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, headBytes)).toString('latin1')
    if (!/^(?:\xef\xbb\xbf)?\s*[[{]/.test(text)) return 0
    if (/"resourceType"\s*:\s*"AuditEvent"/.test(text)) return 2
    if (!/"resourceType"\s*:\s*"Bundle"/.test(text)) return 0
    return /"resourceType"\s*:\s*"(?!Bundle")/.test(text) ? 0 : 1
  },
  read: readFhir,
}
