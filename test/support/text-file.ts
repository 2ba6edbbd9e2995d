/** A file of a test that lies in memory, given out in small chunks so that every boundary is met. */
import { Readable } from 'node:stream'
import type { Item, Reading, Unrecognised } from '#core/intake/facts.ts'
import type { FileFormat, ReadOptions, SourceFile } from '#sources/format.ts'

export function textFile(name: string, content: string | Buffer, chunkSize = 7): SourceFile {
  const bytes = Buffer.from(content)
  return {
    path: `/dropped/${name}`,
    name,
    size: bytes.length,
    modifiedAt: new Date('2026-05-01T08:00:00Z'),
    open: () => Readable.from(chunksOf(bytes, chunkSize)),
  }
}

function* chunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Reads the one part of a file that holds one, with all its items. */
export async function readOnly(
  format: FileFormat,
  file: SourceFile,
  options: Partial<ReadOptions> = {},
): Promise<{ reading: Reading | Unrecognised; items: Item[] }> {
  const all = { asOf: new Date('2026-05-02T00:00:00Z'), ...options }
  for await (const reading of format.read(file, all)) {
    const items: Item[] = []
    if ('items' in reading) for await (const item of reading.items) items.push(item)
    return { reading, items }
  }
  throw new Error('the file has no part')
}
