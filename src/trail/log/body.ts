/**
 * The body of a block before it is packed and sealed: how its lines and raw messages lie in it.
 *
 * Little-endian: numbers of receptions, lines and raw messages, lengths of all lines and of all raw messages, and a flag
 * byte, 4 bytes each; then receptions (count 4, time 8), lengths of the lines (2 or 4 bytes each), lengths of the raw
 * messages (likewise), which message each line was read from, the lines, the raw messages.
 */
import type { Block, Records } from './log.ts'

/** Lines that came in one call, with their place in the log and the hashes of their leaves. */
export interface Entry {
  readonly first: number
  readonly records: Records
  readonly receivedAt: number
  readonly leaves: Buffer
}

/** The lines `from` to `to - 1` of an entry. */
export interface Slice {
  readonly entry: Entry
  readonly from: number
  readonly to: number
}

const flag = { wideLines: 1, wideRaw: 2, steps: 4, places: 8 } as const
const fixedLength = 24
const receptionLength = 12

/** How many bytes of lines and raw messages are put into one block: enough to compress well, few enough to read for one line. */
const blockTarget = 1024 * 1024
// Lines of one message stay in one block, so that it is kept once, as long as the block does not grow beyond this. A block of a
// message that is large itself takes at least as much of lines, or it would be kept once for each of them.
const blockLimit = 4 * blockTarget

export function sizeOf(records: Records): number {
  return records.lines.length + records.raw.length + 8 * records.count
}

/** Cuts entries into blocks of about equal size, near `blockTarget`. */
export function cutIntoBlocks(entries: readonly Entry[]): Slice[][] {
  const total = entries.reduce((sum, { records }) => sum + sizeOf(records), 0)
  const target = total / Math.max(1, Math.round(total / blockTarget))
  const blocks: Slice[][] = []
  let block: Slice[] = []
  let filled = 0
  for (const entry of entries) {
    const { count, lineEnds, rawEnds, rawOf } = entry.records
    if (filled + sizeOf(entry.records) <= target) {
      block.push({ entry, from: 0, to: count })
      filled += sizeOf(entry.records)
      continue
    }
    let from = 0
    for (let line = 0; line < count; line += 1) {
      const message = rawOf[line] ?? 0
      const isSame = line > 0 && message === rawOf[line - 1]
      const own = (rawEnds[message] ?? 0) - (rawEnds[message - 1] ?? 0)
      if (filled >= target && (!isSame || filled >= Math.max(blockLimit, 2 * own))) {
        if (line > from) block.push({ entry, from, to: line })
        blocks.push(block)
        block = []
        filled = 0
        from = line
      }
      filled += (lineEnds[line] ?? 0) - (lineEnds[line - 1] ?? 0) + 8
      if (!isSame || line === from) filled += own
    }
    block.push({ entry, from, to: count })
  }
  if (block.length > 0) blocks.push(block)
  return blocks
}

/** Lays out a block; also gives the part of it that is the raw messages. */
export function writeBody(slices: readonly Slice[]): { readonly plain: Buffer; readonly raw: Buffer } {
  const count = slices.reduce((sum, { from, to }) => sum + to - from, 0)
  const lineLengths = new Uint32Array(count)
  const rawOf = new Uint32Array(count)
  const rawLengths: number[] = []
  const rawParts: Buffer[] = []
  const lineParts: Buffer[] = []
  const receptions: { count: number; receivedAt: number }[] = []
  let at = 0
  for (const { entry, from, to } of slices) {
    const { lines, lineEnds } = entry.records
    lineParts.push(lines.subarray(lineEnds[from - 1] ?? 0, lineEnds[to - 1] ?? 0))
    for (let i = from; i < to; i += 1) lineLengths[at + i - from] = (lineEnds[i] ?? 0) - (lineEnds[i - 1] ?? 0)
    takeMessages(entry.records, from, to, { rawOf: rawOf.subarray(at), rawLengths, rawParts })
    const last = receptions.at(-1)
    if (last?.receivedAt === entry.receivedAt) last.count += to - from
    else receptions.push({ count: to - from, receivedAt: entry.receivedAt })
    at += to - from
  }
  return layOut({ lineLengths, rawLengths, rawOf, lineParts, rawParts, receptions })
}

/** Takes over the messages that these lines were read from, each once, and in one piece those that follow each other. */
function takeMessages(
  { raw, rawEnds, rawOf }: Records,
  from: number,
  to: number,
  into: { rawOf: Uint32Array; rawLengths: number[]; rawParts: Buffer[] },
): void {
  let [start, end] = [0, 0]
  const take = (message: number): number => {
    const begin = rawEnds[message - 1] ?? 0
    if (begin !== end) {
      if (end > start) into.rawParts.push(raw.subarray(start, end))
      start = begin
    }
    end = rawEnds[message] ?? 0
    return into.rawLengths.push(end - begin) - 1
  }
  // Only where lines go back to earlier messages is there anything to look up.
  const places = isAscending(rawOf, from, to) ? undefined : new Map<number, number>()
  let previous = -1
  let place = -1
  for (let i = from; i < to; i += 1) {
    const message = rawOf[i] ?? 0
    if (message !== previous) {
      place = places?.get(message) ?? take(message)
      places?.set(message, place)
      previous = message
    }
    into.rawOf[i - from] = place
  }
  if (end > start) into.rawParts.push(raw.subarray(start, end))
}

function isAscending(numbers: Uint32Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i += 1) if ((numbers[i] ?? 0) < (numbers[i - 1] ?? 0)) return false
  return true
}

interface Parts {
  readonly lineLengths: Uint32Array
  readonly rawLengths: readonly number[]
  readonly rawOf: Uint32Array
  readonly lineParts: readonly Buffer[]
  readonly rawParts: readonly Buffer[]
  readonly receptions: readonly { readonly count: number; readonly receivedAt: number }[]
}

function layOut(parts: Parts): { plain: Buffer; raw: Buffer } {
  const { lineLengths, rawOf, receptions } = parts
  const count = lineLengths.length
  const rawLengths = Uint32Array.from(parts.rawLengths)
  const linesLength = parts.lineParts.reduce((sum, part) => sum + part.length, 0)
  const rawLength = parts.rawParts.reduce((sum, part) => sum + part.length, 0)
  const mapping = mappingOf(rawOf, rawLengths.length)
  const flags = (isWide(lineLengths) ? flag.wideLines : 0) | (isWide(rawLengths) ? flag.wideRaw : 0) | mapping.flags
  const fixed = Buffer.alloc(fixedLength + receptionLength * receptions.length)
  for (const [i, value] of [receptions.length, count, rawLengths.length, linesLength, rawLength, flags].entries()) {
    fixed.writeUInt32LE(value, 4 * i)
  }
  for (const [i, reception] of receptions.entries()) {
    fixed.writeUInt32LE(reception.count, fixedLength + receptionLength * i)
    fixed.writeDoubleLE(reception.receivedAt, fixedLength + receptionLength * i + 4)
  }
  const lengths = [lengthBytes(lineLengths), lengthBytes(rawLengths), mapping.bytes]
  const plain = Buffer.concat([fixed, ...lengths, ...parts.lineParts, ...parts.rawParts])
  return { plain, raw: plain.subarray(plain.length - rawLength) }
}

/** Mostly line i is of message i, or lines of one message follow each other; only otherwise is each place written. */
function mappingOf(rawOf: Uint32Array, messages: number): { flags: number; bytes: Buffer } {
  let isIdentity = messages === rawOf.length
  let isStepwise = true
  const steps = Buffer.alloc(rawOf.length)
  let previous = -1
  for (let i = 0; i < rawOf.length; i += 1) {
    const message = rawOf[i] ?? 0
    const step = message - previous
    if (step !== 1) isIdentity = false
    if (step !== 0 && step !== 1) isStepwise = false
    steps[i] = step
    previous = message
  }
  if (isIdentity) return { flags: 0, bytes: Buffer.alloc(0) }
  if (isStepwise) return { flags: flag.steps, bytes: steps }
  return { flags: flag.places, bytes: bytesOf(rawOf) }
}

/** A block as it is handed out, without its salts; undefined when the bytes are not a body of so many lines. */
export function readBody(plain: Buffer, first: number, count: number): Omit<Block, 'salts'> | undefined {
  if (plain.length < fixedLength) return undefined
  const [receptions, lines, messages, linesLength, rawLength, flags] = [0, 1, 2, 3, 4, 5].map((i) =>
    plain.readUInt32LE(4 * i),
  ) as [number, number, number, number, number, number]
  const widths = [flags & flag.wideLines ? 4 : 2, flags & flag.wideRaw ? 4 : 2] as const
  const mapWidth = flags & flag.steps ? 1 : flags & flag.places ? 4 : 0
  const at = [fixedLength]
  for (const length of [receptions * receptionLength, lines * widths[0], messages * widths[1], lines * mapWidth]) {
    at.push((at.at(-1) ?? 0) + length)
  }
  const [, lineLengthsAt, rawLengthsAt, mapAt, linesAt] = at as [number, number, number, number, number]
  if (lines !== count || count === 0 || plain.length !== linesAt + linesLength + rawLength) return undefined
  const received = readReceptions(plain, receptions, count)
  const lineEnds = endsFrom(plain.subarray(lineLengthsAt, rawLengthsAt), widths[0])
  const rawEnds = endsFrom(plain.subarray(rawLengthsAt, mapAt), widths[1])
  const rawOf = readMapping(plain.subarray(mapAt, linesAt), flags, count, messages)
  if (!received || !rawOf || lineEnds.at(-1) !== linesLength || (rawEnds.at(-1) ?? 0) !== rawLength) return undefined
  return {
    first,
    count,
    receivedAt: received.at.at(-1) ?? 0,
    received,
    lines: plain.subarray(linesAt, linesAt + linesLength),
    lineEnds,
    raw: plain.subarray(linesAt + linesLength),
    rawEnds,
    rawOf,
  }
}

function readReceptions(plain: Buffer, receptions: number, count: number): Block['received'] | undefined {
  const ends = new Uint32Array(receptions)
  const at = new Float64Array(receptions)
  let end = 0
  for (let i = 0; i < receptions; i += 1) {
    ends[i] = end += plain.readUInt32LE(fixedLength + receptionLength * i)
    at[i] = plain.readDoubleLE(fixedLength + receptionLength * i + 4)
  }
  return end === count ? { ends, at } : undefined
}

function readMapping(bytes: Buffer, flags: number, count: number, messages: number): Uint32Array | undefined {
  const rawOf = new Uint32Array(count)
  const places = flags & flag.places ? numbersOf(bytes, 4) : undefined
  let message = -1
  for (let i = 0; i < count; i += 1) {
    if (places) message = places[i] ?? 0
    else message += flags & flag.steps ? (bytes[i] ?? 0) : 1
    if (message < 0 || message >= messages) return undefined
    rawOf[i] = message
  }
  return rawOf
}

function endsFrom(bytes: Buffer, width: 2 | 4): Uint32Array {
  const lengths = numbersOf(bytes, width)
  const ends = new Uint32Array(lengths.length)
  let end = 0
  for (let i = 0; i < ends.length; i += 1) ends[i] = end += lengths[i] ?? 0
  return ends
}

function lengthBytes(lengths: Uint32Array): Buffer {
  return bytesOf(isWide(lengths) ? lengths : Uint16Array.from(lengths))
}

function isWide(lengths: Uint32Array): boolean {
  for (let i = 0; i < lengths.length; i += 1) if ((lengths[i] ?? 0) > 0xffff) return true
  return false
}

// In the processor's own order of bytes, which is little-endian wherever Node runs but on IBM's mainframes.
function bytesOf(numbers: Uint16Array | Uint32Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}

function numbersOf(bytes: Buffer, width: 2 | 4): Uint16Array | Uint32Array {
  // Copied, since it may lie at an odd place.
  const own = new Uint8Array(bytes)
  return width === 2 ? new Uint16Array(own.buffer) : new Uint32Array(own.buffer)
}

/** The lines `from` to `to - 1` as records of their own, with copies of what they need and no more. */
export function sliceOf(records: Records, from: number, to: number): Records {
  const start = records.lineEnds[from - 1] ?? 0
  const rawOf = new Uint32Array(to - from)
  const rawLengths: number[] = []
  const rawParts: Buffer[] = []
  takeMessages(records, from, to, { rawOf, rawLengths, rawParts })
  let end = 0
  return {
    count: to - from,
    lines: Buffer.from(records.lines.subarray(start, records.lineEnds[to - 1])),
    lineEnds: records.lineEnds.slice(from, to).map((each) => each - start),
    raw: Buffer.concat(rawParts),
    rawEnds: Uint32Array.from(rawLengths, (length) => (end += length)),
    rawOf,
  }
}

const maxLineBytes = 16 * 1024 * 1024

/** Whether a line or its message is longer than a block should ever be. */
export function hasLongLine({ lines, lineEnds, raw, rawEnds }: Records): boolean {
  return (lines.length > maxLineBytes && isAnyLong(lineEnds)) || (raw.length > maxLineBytes && isAnyLong(rawEnds))
}

function isAnyLong(ends: Uint32Array): boolean {
  return ends.some((end, i) => end - (ends[i - 1] ?? 0) > maxLineBytes)
}

/** Throws a RangeError for records whose parts do not fit together. */
export function expectSound({ count, lines, lineEnds, raw, rawEnds, rawOf }: Records): void {
  const isSound =
    lineEnds.length === count &&
    rawOf.length === count &&
    (lineEnds.at(-1) ?? 0) === lines.length &&
    (rawEnds.at(-1) ?? 0) === raw.length &&
    isAscending(lineEnds, 0, count) &&
    isAscending(rawEnds, 0, rawEnds.length) &&
    isBelow(rawOf, rawEnds.length)
  if (!isSound) throw new RangeError('These records do not fit together.')
}

function isBelow(numbers: Uint32Array, limit: number): boolean {
  for (let i = 0; i < numbers.length; i += 1) if ((numbers[i] ?? 0) >= limit) return false
  return true
}
