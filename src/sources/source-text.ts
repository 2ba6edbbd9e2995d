/** What the readers of text formats share: the file as UTF-8, and what its entry in vigil.yaml settles. */
import type { Basis } from '#core/intake/facts.ts'
import { type ReadOptions, SourceError, type SourceFile } from './format.ts'

/** Opens a text file as UTF-8 without its byte order mark; UTF-16, which Windows tools write, is converted. */
export async function* openUtf8(file: SourceFile): AsyncGenerator<Buffer> {
  const stream = file.open()
  let head: Buffer | undefined = Buffer.alloc(0)
  let convert: ((bytes: Buffer) => Buffer) | undefined
  try {
    for await (const chunk of stream) {
      let bytes: Buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      if (head) {
        bytes = Buffer.concat([head, bytes])
        if (bytes.length < 4) {
          head = bytes
          continue
        }
        head = undefined
        const encoding = utf16Of(bytes)
        if (encoding) convert = converter(encoding)
        else if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3)
      }
      yield convert ? convert(bytes) : bytes
    }
    if (head && head.length > 0) yield head
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) {
      throw new SourceError('file-unreadable', 'The file could not be read to its end.', undefined, { cause: error })
    }
    throw error
  } finally {
    stream.destroy()
  }
}

/** The start of a file as text, for recognising a format. */
export function headText(head: Uint8Array): string {
  const encoding = utf16Of(head)
  return new TextDecoder(encoding ?? 'utf-8').decode(head)
}

function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined
}

function converter(encoding: string): (bytes: Buffer) => Buffer {
  const decoder = new TextDecoder(encoding)
  return (bytes) => Buffer.from(decoder.decode(bytes, { stream: true }))
}

/** The basis that vigil.yaml gives a file, else the format's own. */
export function basisOf(options: ReadOptions, own: Basis): Basis {
  return options.mapping?.basis ?? own
}

/** When the file was collected: as vigil.yaml says, else as the file itself says, as a property to spread. */
export function collectedAtOf(options: ReadOptions, own: Date | undefined): { collectedAt?: Date } {
  const given = options.mapping?.collectedOn
  if (given !== undefined) return { collectedAt: new Date(`${given}T00:00:00Z`) }
  return own === undefined ? {} : { collectedAt: own }
}

/** Reads an instant in ISO 8601; undefined when it is none. */
export function parseInstant(value: unknown): Date | undefined {
  if (
    typeof value !== 'string' ||
    !/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i.test(value)
  )
    return undefined
  const isZoned = /(Z|[+-]\d\d:?\d\d)$/i.test(value) && value.length > 10
  const date = new Date(value.length === 10 || isZoned ? value.replace(',', '.') : `${value.replace(' ', 'T')}Z`)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** A file's name without its endings: `ws-014` for `ws-014.cdx.json`, `WS-014.clinic.example` for `WS-014.clinic.example.json`. */
export function stemOf(file: SourceFile, endings: readonly string[]): string {
  let stem = file.name
  for (;;) {
    const ending = endings.find((candidate) => stem.toLowerCase().endsWith(candidate) && stem.length > candidate.length)
    if (ending === undefined) return stem
    stem = stem.slice(0, -ending.length)
  }
}
