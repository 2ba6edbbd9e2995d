/**
 * What every file format is given and what it yields. Formats import from here; `file.ts` is the list of them and
 * hands everything on, so that a consumer needs that file alone.
 */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import type { Basis, Day, Reading, Unrecognised } from '#core/intake/facts.ts'

/** A file to be read; `open` starts at the first byte each time. */
export interface SourceFile {
  readonly path: string
  readonly name: string
  readonly size: number
  readonly modifiedAt: Date
  open(): Readable
}

/** One file's own entry of vigil.yaml `files:`; keys are file names or globs. */
export interface FileMapping {
  readonly format?: string
  /** The only sheet of a workbook to read. */
  readonly sheet?: string
  readonly system?: string
  readonly basis?: Basis
  readonly collectedOn?: Day
  readonly complete?: boolean
  /** Header to field of facts.ts, or to 'ignore'. */
  readonly columns?: Readonly<Record<string, string>>
  readonly ignore?: boolean
}

export interface ReadOptions {
  /** What vigil.yaml says about this file; it wins over everything recognised. */
  readonly mapping?: FileMapping
  /** Values that lie after this instant, and can only be in the past, are refused. */
  readonly asOf: Date
  /** Is shown the beginning of each table as it was written, whether or not it is recognised then: for previews. */
  readonly onTable?: (table: WrittenTable) => void
  /** Once it is aborted, a workbook is read no further, and says `tooLongToShow`: for previews. */
  readonly signal?: AbortSignal
}

/** Why the beginning of a file is not shown, though it may be one of ours. */
export const tooLongToShow = 'the file is too long to be shown before it is imported; import it to read all of it'

/** The beginning of a table as its source wrote it. */
export interface WrittenTable {
  /** Sheet of a workbook. */
  readonly part: string | undefined
  readonly headers: readonly string[]
  /** The first rows below the header; `line` counts as in items. */
  readonly rows: readonly { readonly line: number; readonly cells: readonly string[] }[]
}

export interface FileFormat {
  readonly name: string
  readonly title: string
  /** How sure the format is, from 0 (not mine) to 1, judged by the first 64 KiB. */
  recognises(head: Uint8Array, file: SourceFile): boolean | number
  read(file: SourceFile, options: ReadOptions): AsyncGenerator<Reading | Unrecognised>
}

/** A source that cannot be read (any further): `code` for programs, the message a plain sentence without personal content. */
export class SourceError extends Error {
  readonly code: string
  readonly line: number | undefined

  constructor(code: string, message: string, line?: number, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SourceError'
    this.code = code
    this.line = line
  }
}

/** A file on this machine as a source. */
export async function localFile(path: string): Promise<SourceFile> {
  const found = await stat(path)
  return {
    path,
    name: basename(path),
    size: found.size,
    modifiedAt: found.mtime,
    open: () => createReadStream(path, { highWaterMark: 256 * 1024 }),
  }
}

/** The first bytes of a file, at most `limit`. */
export async function readHead(file: SourceFile, limit = 64 * 1024): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let length = 0
  const stream = file.open()
  try {
    for await (const chunk of stream) {
      const bytes: Buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      chunks.push(bytes)
      length += bytes.length
      if (length >= limit) break
    }
  } finally {
    stream.destroy()
  }
  return Buffer.concat(chunks).subarray(0, limit)
}
