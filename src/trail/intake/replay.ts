/** Brings what is made from the log up to where the log is: after a stop from where each part was, after a loss from the start. */
import type { Block, TrailLog } from '../log/log.ts'
import { flag, readAccess } from '../model/access.ts'
import { readKnown } from '../model/relation.ts'
import type { Noted, SourceBook } from '../sources/book.ts'
import { Batch, type Said } from './batch.ts'
import type { Follower } from './follow.ts'
import type { Intake } from './intake.ts'
import type { Seen } from './seen.ts'

interface Parts {
  readonly seen: Seen
  readonly intake: Intake
  readonly follower: Follower
  readonly book: SourceBook
}

interface Line {
  readonly said: Said
  readonly source: string
}

export async function replay(
  log: TrailLog,
  { seen, intake, follower, book }: Parts,
  progress?: (done: number, total: number) => void,
): Promise<void> {
  const [appliedTo, seenTo, notedTo] = [follower.appliedTo, seen.upTo, book.logSize]
  const { size } = log
  for await (const block of log.read(Math.min(appliedTo, seenTo, notedTo), size)) {
    const end = block.first + block.count
    const lines = readLines(block)
    if (end > seenTo) for (const batch of regather(block, lines)) await intake.remember(batch)
    if (notedTo < appliedTo) {
      book.note(listNoted(block, lines, notedTo, appliedTo))
      book.logSize = Math.min(end, appliedTo)
    }
    if (end > appliedTo) {
      await follower.ready()
      const from = Math.max(0, appliedTo - block.first)
      follower.take({
        source: lines[from]?.source ?? '',
        first: block.first + from,
        said: lines.slice(from).map(({ said }) => said),
        receivedAt: block.receivedAt,
        accepted: { accepted: 0, duplicates: 0 },
      })
    }
    progress?.(end, size)
  }
  await follower.settle()
}

function readLines(block: Block): readonly Line[] {
  const lines: Line[] = []
  for (let index = 0; index < block.count; index += 1) {
    const text = block.lines.toString('utf8', block.lineEnds[index - 1] ?? 0, block.lineEnds[index])
    if (text.startsWith('A\t')) {
      const access = readAccess(text)
      lines.push({ said: access ? { access } : undefined, source: access?.source ?? '' })
    } else {
      const known = readKnown(text)
      lines.push({ said: known ? { known } : undefined, source: text.startsWith('N\t') ? text.slice(2) : '' })
    }
  }
  return lines
}

/** The messages of a block as they came, so that they are known again. */
function* regather(block: Block, lines: readonly Line[]): Generator<Batch> {
  let batch: Batch | undefined
  for (let first = 0; first < block.count; ) {
    const message = block.rawOf[first]
    let end = first + 1
    while (end < block.count && block.rawOf[end] === message) end += 1
    const raw = block.raw.subarray(block.rawEnds[(message ?? 0) - 1] ?? 0, block.rawEnds[message ?? 0])
    const own = lines.slice(first, end)
    const source = own[0]?.source ?? ''
    if (batch?.source !== source) {
      if (batch) yield batch
      batch = new Batch(source)
    }
    const accesses = own.flatMap(({ said }) => (said && 'access' in said ? [said.access] : []))
    const known = own.flatMap(({ said }) => (said && 'known' in said ? [said.known] : []))
    if (known.length > 0) batch.takeKnown(raw, known)
    else if (raw.length > 0 || accesses.length > 0) batch.takeAccesses(raw, accesses)
    first = end
  }
  if (batch) yield batch
}

function listNoted(block: Block, lines: readonly Line[], from: number, to: number): Noted[] {
  return lines.flatMap(({ said, source }, index) => {
    const seq = block.first + index
    if (seq < from || seq >= to || !said || !('access' in said)) return []
    const { at, sequence, flags } = said.access
    return [{ source, at, sequence, receivedAt: block.receivedAt, isClockWrong: (flags & flag.clock) !== 0 }]
  })
}
