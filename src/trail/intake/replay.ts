/** Brings what is made from the log up to where the log is: after a stop from where each part was, after a loss from the start. */
import type { Block, TrailLog } from '../log/log.ts'
import { type Access, readAccess } from '../model/access.ts'
import { fitAccess, fitKnown } from '../model/fit.ts'
import { type Known, readKnown } from '../model/relation.ts'
import type { SourceBook } from '../sources/book.ts'
import { Batch, type Gathered } from './batch.ts'
import type { Follower } from './follow.ts'
import type { Intake } from './intake.ts'
import type { Seen } from './seen.ts'
import { isClockWrong, Telling, type Told, tellNothing } from './told.ts'

interface Parts {
  readonly seen: Seen
  /** Of the hashes by which messages are known again. */
  readonly seed: Uint8Array
  readonly intake: Intake
  readonly follower: Follower
  readonly book: SourceBook
}

interface Line {
  readonly access: Access | undefined
  readonly known: Known | undefined
  readonly source: string
}

export async function replay(
  log: TrailLog,
  { seen, seed, intake, follower, book }: Parts,
  progress?: (done: number, total: number) => void,
): Promise<void> {
  const [appliedTo, seenTo, notedTo] = [follower.appliedTo, seen.upTo, book.logSize]
  const { size } = log
  follower.isGathering = true
  let next = appliedTo
  /** Months that are destroyed are left out of what is read: they say nothing any more. */
  const pass = async (to: number, receivedAt: number) => {
    if (to <= next) return
    await follower.ready()
    const [first, told] = [next, tellNothing(to - next)]
    follower.take({ source: '', first, told, receivedAt, accepted: { accepted: 0, duplicates: 0 } })
    next = to
  }
  for await (const block of log.read(Math.min(appliedTo, seenTo, notedTo), size)) {
    const end = block.first + block.count
    const lines = readLines(block)
    if (end > seenTo) for (const batch of regather(block, lines, seed)) await intake.remember(batch)
    if (notedTo < appliedTo) {
      noteLines(book, block, lines, notedTo, appliedTo)
      book.logSize = Math.min(end, appliedTo)
    }
    if (end > appliedTo) {
      await pass(block.first, block.receivedAt)
      await follower.ready()
      const from = Math.max(0, appliedTo - block.first)
      follower.take({
        source: lines[from]?.source ?? '',
        first: block.first + from,
        told: tell(lines.slice(from)),
        receivedAt: block.receivedAt,
        accepted: { accepted: 0, duplicates: 0 },
      })
      next = end
    }
    progress?.(end, size)
  }
  await pass(size, 0)
  await follower.settle()
  follower.isGathering = false
}

function readLines(block: Block): readonly Line[] {
  const lines: Line[] = []
  for (let index = 0; index < block.count; index += 1) {
    const text = block.lines.toString('utf8', block.lineEnds[index - 1] ?? 0, block.lineEnds[index])
    const access = text.startsWith('A\t') ? readAccess(text) : undefined
    const known = access ? undefined : readKnown(text)
    const source = access ? access.source : text.startsWith('N\t') ? text.slice(2) : ''
    // A line that is longer than any that is written now is cut as it would be.
    lines.push({ access: access && fitAccess(access), known: known && fitKnown(known), source })
  }
  return lines
}

function tell(lines: readonly Line[]): Told {
  const telling = new Telling(lines.length)
  for (const [place, { access, known, source }] of lines.entries()) {
    if (access) telling.addAccess(place, access, source)
    else if (known) telling.addKnown(place, known)
  }
  return telling.done(lines.length)
}

/** The messages of a block as they came, so that they are known again. */
function* regather(block: Block, lines: readonly Line[], seed: Uint8Array): Generator<Gathered> {
  let batch: Batch | undefined
  for (let first = 0; first < block.count; ) {
    const message = block.rawOf[first]
    let end = first + 1
    while (end < block.count && block.rawOf[end] === message) end += 1
    const raw = block.raw.subarray(block.rawEnds[(message ?? 0) - 1] ?? 0, block.rawEnds[message ?? 0])
    const own = lines.slice(first, end)
    const source = own[0]?.source ?? ''
    if (batch?.source !== source) {
      if (batch) yield batch.done()
      batch = new Batch(source, seed)
    }
    const accesses = own.flatMap(({ access }) => access ?? [])
    const known = own.flatMap((line) => line.known ?? [])
    if (known.length > 0) batch.takeKnown(raw, known)
    else if (raw.length > 0 || accesses.length > 0) batch.takeAccesses(raw, accesses)
    first = end
  }
  if (batch) yield batch.done()
}

function noteLines(book: SourceBook, block: Block, lines: readonly Line[], from: number, to: number): void {
  for (const [index, { access, source }] of lines.entries()) {
    const seq = block.first + index
    if (seq < from || seq >= to || !access) continue
    book.noteOne(source, access.at, access.sequence, block.receivedAt, isClockWrong(access.flags))
  }
}
