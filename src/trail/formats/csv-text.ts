/** How a delimited file is written: its encoding, what parts its fields, and what ends its rows. */
import type { Decode, Dialect } from './csv-rows.ts'

export type Encoding = 'utf-8' | 'windows-1252' | 'utf-16le' | 'utf-16be'

/** How many bytes of a mark stand before the text. */
export function detectEncoding(head: Buffer): { readonly encoding: Encoding; readonly mark: number } {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', mark: 3 }
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', mark: 2 }
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', mark: 2 }
  const sample = head.subarray(0, 4096)
  let even = 0
  let odd = 0
  for (let at = 0; at < sample.length; at += 1) {
    if (sample[at] === 0) {
      if (at % 2 === 0) even += 1
      else odd += 1
    }
  }
  // Text of our letters has a NUL in every second byte.
  if (odd > sample.length / 5 && even === 0) return { encoding: 'utf-16le', mark: 0 }
  if (even > sample.length / 5 && odd === 0) return { encoding: 'utf-16be', mark: 0 }
  return { encoding: isUtf8(head) ? 'utf-8' : 'windows-1252', mark: 0 }
}

function isUtf8(head: Buffer): boolean {
  // The head may end within a character.
  for (let cut = 0; cut < 4; cut += 1) {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(head.subarray(0, head.length - cut))
      return true
    } catch {
      // Perhaps one byte less.
    }
  }
  return false
}

const latin = new TextDecoder('windows-1252')

export function decoderOf(encoding: Encoding): Decode {
  if (encoding !== 'windows-1252') return decodeUtf8
  return (bytes, start, end) => latin.decode(bytes.subarray(start, end))
}

function decodeUtf8(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end)
}

/** Turns UTF-16 into UTF-8, so that the rest sees bytes; anything else passes as it is, without its mark. */
export async function* transcode(
  all: AsyncIterable<Uint8Array>,
  encoding: Encoding,
  mark: number,
): AsyncGenerator<Buffer> {
  const isWide = encoding === 'utf-16le' || encoding === 'utf-16be'
  const decoder = isWide ? new TextDecoder(encoding) : undefined
  let left = mark
  for await (const chunk of all) {
    const skipped = Math.min(left, chunk.byteLength)
    left -= skipped
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset + skipped, chunk.byteLength - skipped)
    yield decoder === undefined ? buffer : Buffer.from(decoder.decode(buffer, { stream: true }), 'utf8')
  }
  const rest = decoder?.decode()
  if (rest !== undefined && rest !== '') yield Buffer.from(rest, 'utf8')
}

const candidates = [0x2c, 0x3b, 0x09, 0x7c]

/** Finds what parts the fields: what the most lines have the same number of, and more than once. */
export function detectDialect(head: string): Dialect {
  const separator = /^sep=(.)\r?\n/i.exec(head)?.[1]
  const ending = head.includes('\n') ? 0x0a : head.includes('\r') ? 0x0d : 0x0a
  if (separator !== undefined) return { delimiter: separator.charCodeAt(0), ending }
  const lines = head.split(ending === 0x0a ? '\n' : '\r').slice(0, 60)
  let best = 0x2c
  let bestScore = 0
  for (const candidate of candidates) {
    const counts = new Map<number, number>()
    for (const line of lines) {
      const count = countOutsideQuotes(line, candidate)
      if (count > 0) counts.set(count, (counts.get(count) ?? 0) + 1)
    }
    let score = 0
    for (const [count, times] of counts) score = Math.max(score, times * 8 + Math.min(count, 7))
    if (score > bestScore) {
      best = candidate
      bestScore = score
    }
  }
  return { delimiter: best, ending }
}

function countOutsideQuotes(line: string, code: number): number {
  let count = 0
  let isQuoted = false
  for (let at = 0; at < line.length; at += 1) {
    const one = line.charCodeAt(at)
    if (one === 0x22) isQuoted = !isQuoted
    else if (one === code && !isQuoted) count += 1
  }
  return count
}
