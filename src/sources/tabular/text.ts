/**
 * Bytes to text. Exports come as UTF-8 (with or without a byte-order mark), as UTF-16 from older Windows tools, or in
 * the Windows code page of the machine; everything after this point sees UTF-8 without marks and without NULs.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

/** Tells the encoding of a text by its first bytes; undefined when they are not text. */
export function detectEncoding(head: Uint8Array): Encoding | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return head[2] === 0 && head[3] === 0 ? undefined : 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  if (hasMark(head)) return isText(head) ? 'utf-8' : undefined
  const wide = detectWide(head)
  if (wide) return wide
  if (!isText(head)) return undefined
  return isUtf8(head.subarray(0, head.length - unfinishedTail(head))) ? 'utf-8' : 'windows-1252'
}

const hasMark = (bytes: Uint8Array) => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

// Latin text in UTF-16 has a zero in nearly every second byte.
function detectWide(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const pairs = head.length >> 1
  if (pairs < 4) return undefined
  let even = 0
  let odd = 0
  for (let at = 0; at + 1 < head.length; at += 2) {
    if (head[at] === 0) even += 1
    if (head[at + 1] === 0) odd += 1
  }
  if (odd > pairs * 0.6 && even < pairs * 0.05) return 'utf-16le'
  if (even > pairs * 0.6 && odd < pairs * 0.05) return 'utf-16be'
  return undefined
}

// A few NULs are padding of a text; many, or other control characters, are not a text at all.
function isText(head: Uint8Array): boolean {
  let nulls = 0
  let controls = 0
  for (const byte of head) {
    if (byte === 0) nulls += 1
    else if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 26 && byte !== 27)
      controls += 1
  }
  return nulls <= head.length * 0.1 && controls <= head.length * 0.01
}

/** How many bytes at the end begin a UTF-8 character without ending it. */
function unfinishedTail(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return length > back ? back : 0
    }
  }
  return 0
}

/** The beginning of a text as a string. */
export function decodeHead(head: Uint8Array, encoding: Encoding): string {
  return iconv.decode(Buffer.from(head.buffer, head.byteOffset, head.length), encoding).replaceAll('\0', '')
}

/** Re-encodes a stream of bytes as UTF-8. */
export async function* decode(bytes: AsyncIterable<Buffer | string>, encoding: Encoding): AsyncGenerator<Buffer> {
  const recode = encoding === 'utf-8' ? new Utf8Checker() : new Recoder(encoding)
  for await (const chunk of bytes) {
    const decoded = withoutNulls(recode.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk))
    if (decoded.length > 0) yield decoded
  }
  const rest = withoutNulls(recode.end())
  if (rest.length > 0) yield rest
}

const withoutNulls = (bytes: Buffer) => (bytes.includes(0) ? bytes.filter((byte) => byte !== 0) : bytes) as Buffer

class Recoder {
  readonly #decoder

  constructor(encoding: Encoding) {
    this.#decoder = iconv.getDecoder(encoding)
  }

  write(bytes: Buffer): Buffer {
    return Buffer.from(this.#decoder.write(bytes))
  }

  end(): Buffer {
    return Buffer.from(this.#decoder.end() ?? '')
  }
}

/**
 * Passes UTF-8 through. A file that was plain ASCII up to a byte that is not UTF-8 is in the Windows code page after
 * all, which only the first accented name far down can show.
 */
class Utf8Checker {
  #carry: Buffer = Buffer.alloc(0)
  #started = false
  #sawWideCharacter = false
  #fallback: Recoder | undefined

  write(chunk: Buffer): Buffer {
    if (this.#fallback) return this.#fallback.write(chunk)
    let bytes = this.#carry.length > 0 ? Buffer.concat([this.#carry, chunk]) : chunk
    this.#carry = Buffer.alloc(0)
    if (!this.#started) {
      if (bytes.length < 3) {
        this.#carry = bytes
        return Buffer.alloc(0)
      }
      this.#started = true
      if (hasMark(bytes)) {
        bytes = bytes.subarray(3)
        this.#sawWideCharacter = true
      }
    }
    if (isAscii(bytes)) return bytes
    const tail = unfinishedTail(bytes)
    const whole = bytes.subarray(0, bytes.length - tail)
    if (isUtf8(whole)) {
      this.#sawWideCharacter ||= !isAscii(whole)
      this.#carry = bytes.subarray(bytes.length - tail)
      return whole
    }
    if (this.#sawWideCharacter) return bytes
    this.#fallback = new Recoder('windows-1252')
    return this.#fallback.write(bytes)
  }

  end(): Buffer {
    const rest = this.#carry
    this.#carry = Buffer.alloc(0)
    if (this.#fallback) return this.#fallback.end()
    return hasMark(rest) && !this.#started
      ? rest.subarray(3)
      : isUtf8(rest)
        ? rest
        : new Recoder('windows-1252').write(rest)
  }
}

/** Says in plain words why content is not a table of text, and what to do; undefined when it may be one. */
export function explainContent(head: Uint8Array): string | undefined {
  const starts = (...bytes: number[]) => bytes.every((byte, at) => head[at] === byte)
  if (head.length === 0) return 'the file is empty; export it again'
  if (starts(0x50, 0x4b, 0x03, 0x04) || starts(0x50, 0x4b, 0x05, 0x06))
    return 'this is a ZIP archive; unpack it and drop the files that are in it'
  if (starts(0xd0, 0xcf, 0x11, 0xe0))
    return 'this is a workbook in the old .xls format or one locked with a password; save it as .xlsx or CSV without a password'
  if (
    starts(0x1f, 0x8b) ||
    starts(0x42, 0x5a, 0x68) ||
    starts(0xfd, 0x37, 0x7a) ||
    starts(0x37, 0x7a, 0xbc, 0xaf) ||
    starts(0x28, 0xb5, 0x2f, 0xfd)
  )
    return 'this file is compressed; unpack it and drop what is in it'
  if (starts(0x25, 0x50, 0x44, 0x46)) return 'this is a PDF; export the same list as CSV or .xlsx'
  if (detectEncoding(head) === undefined) return 'this is not text; export the list as CSV or .xlsx'
  const text = decodeHead(head.subarray(0, 4096), detectEncoding(head) ?? 'utf-8')
    .replace(/^\uFEFF/, '')
    .trimStart()
  if (text === '' && head.length < 4096) return 'the file is empty; export it again'
  if (/^<(!doctype html|html|head|body|table|script|meta)\b/i.test(text))
    return 'this is a web page, often a sign-in page saved in place of the export; export the list as CSV or .xlsx'
  if (/^<(\?xml|!--|[a-z][\w:.-]*[\s>/])/i.test(text))
    return 'this is XML that is not one of the formats read here; export the list as CSV or .xlsx'
  if (/^(\{\s*["}]|\[\s*(["{[\]]|-?\d|true|false|null))/.test(text) && !/^\["?[^"\]]*"?\]\s*[,;\t|]/.test(text))
    return 'this is JSON that is not one of the formats read here; export the list as CSV or .xlsx'
  if (/^(%!PS|\{\\rtf)/.test(text)) return 'this is a formatted document; export the list as CSV or .xlsx'
  return undefined
}
