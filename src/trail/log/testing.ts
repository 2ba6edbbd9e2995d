/** For the tests of the log: made-up lines, and directories that are gone afterwards. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { TestContext } from 'node:test'
import { type KeyFile, openKeyFile } from '#platform/keys.ts'
import type { Records, TrailLog } from './log.ts'

export const origin = 'vigil.test/trail'

export async function makeDirectory(t: TestContext): Promise<{ directory: string; keys: KeyFile }> {
  const home = await mkdtemp(join(tmpdir(), 'vigil-log-'))
  t.after(() => rm(home, { recursive: true, force: true }))
  return { directory: join(home, 'log'), keys: await openKeyFile(home) }
}

export function recordsOf(
  lines: readonly Uint8Array[],
  messages: readonly Uint8Array[],
  rawOf: readonly number[],
): Records {
  return {
    count: lines.length,
    lines: Buffer.concat(lines),
    lineEnds: endsOf(lines),
    raw: Buffer.concat(messages),
    rawEnds: endsOf(messages),
    rawOf: Uint32Array.from(rawOf),
  }
}

function endsOf(parts: readonly Uint8Array[]): Uint32Array {
  let end = 0
  return Uint32Array.from(parts, ({ length }) => (end += length))
}

/** Each line `<tag> <i>` and some more, with a message of its own. */
export function madeUp(tag: string, count: number, lineLength = 0): Records {
  const places = Array.from({ length: count }, (_, i) => i)
  const lines = places.map((i) =>
    Buffer.from(`${tag} ${i} user${(i * 7919) % 997} `.padEnd(lineLength, `ward-${i % 9} `)),
  )
  return recordsOf(
    lines,
    places.map((i) => Buffer.from(`raw of ${tag} ${i}`)),
    places,
  )
}

export interface Read {
  readonly line: string
  readonly raw: string
  readonly receivedAt: number
}

export function linesOf(records: Records): { line: string; raw: string }[] {
  const textsOf = (bytes: Buffer, ends: Uint32Array) =>
    Array.from(ends, (end, i) => bytes.toString('latin1', ends[i - 1] ?? 0, end))
  const messages = textsOf(records.raw, records.rawEnds)
  return textsOf(records.lines, records.lineEnds).map((line, i) => ({
    line,
    raw: messages[records.rawOf[i] ?? 0] ?? '',
  }))
}

export async function readAll(log: TrailLog, from = 0, to?: number): Promise<Read[]> {
  const all: Read[] = []
  for await (const block of log.read(from, to)) {
    const lines = linesOf(block)
    let start = 0
    for (const [i, end] of block.received.ends.entries()) {
      const receivedAt = block.received.at[i] ?? 0
      all.push(...lines.slice(start, end).map((each) => ({ ...each, receivedAt })))
      start = end
    }
  }
  return all
}

export type Files = ReadonlyMap<string, Buffer>

/** Everything that lies in a directory, by its path within. */
export async function readFiles(directory: string): Promise<Files> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))
  return new Map(
    await Promise.all(paths.map(async (path) => [relative(directory, path), await readFile(path)] as const)),
  )
}

export async function writeFiles(directory: string, files: Files): Promise<void> {
  await rm(directory, { recursive: true, force: true })
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(directory, name)), { recursive: true, mode: 0o700 })
    await writeFile(join(directory, name), bytes)
  }
}
