/**
 * What is known of every source, kept up as its messages come. It can be made anew by noting the lines of the log again;
 * only the counts of rejected and repeated messages are then lost.
 */
import type { SourceState } from '../trail.ts'
import { Counter, type CounterContent, type CounterLimits, counterLimits } from './counter.ts'
import { Rhythm, type RhythmContent } from './rhythm.ts'

/** One access that was taken in. Times are milliseconds since 1970. */
export interface Noted {
  readonly source: string
  readonly at: number
  /** The source's own count, or the empty text. */
  readonly sequence: string
  readonly receivedAt: number
  /** The source's time was not believed (`flag.clock`). */
  readonly isClockWrong?: boolean | undefined
}

/** What an organisation states about a source. */
export interface SourceStatement {
  /** It says something at least this often, day and night: nothing is learnt about its silence. */
  readonly expectEveryMs?: number | undefined
}

export interface SourceBookOptions {
  readonly statements?: Readonly<Record<string, SourceStatement>> | undefined
  readonly counter?: CounterLimits | undefined
}

/** Messages of late: the current span and the one before it, so that the last 1,000 or so are always in sight. */
interface Span {
  since: number
  accepted: number
  rejected: number
  /** The first reject of the span. */
  rejectedAt: number | null
  /** How far its time ran ahead of ours at most. */
  aheadMs: number
  clockWrong: number
  clockWrongAt: number | null
}

interface SourceContent {
  readonly source: string
  readonly accepted: number
  readonly rejected: number
  readonly duplicates: number
  readonly newestAt: number | null
  readonly rejects: Readonly<Record<string, number>>
  readonly span: Span
  readonly spanBefore: Span | null
  readonly counter: CounterContent
  readonly rhythm: RhythmContent
}

/** The form in which a book is kept. */
export interface BookContent {
  readonly version: 1
  /** How much of the log it covers. */
  readonly logSize: number
  readonly sources: readonly SourceContent[]
}

interface Source {
  accepted: number
  rejected: number
  duplicates: number
  newestAt: number | null
  readonly rejects: Map<string, number>
  span: Span
  spanBefore: Span | null
  readonly counter: Counter
  readonly rhythm: Rhythm
}

const spanMessages = 500
const spanMs = 12 * 60 * 60_000
/** Kinds of rejects that are counted by their reason. */
const keptReasons = 50

export class SourceBook {
  readonly #sources = new Map<string, Source>()
  readonly #limits: CounterLimits
  #statements: Readonly<Record<string, SourceStatement>>
  /** How many lines of the log were noted: what follows them is to be noted again after a stop. */
  logSize = 0
  #last: { readonly name: string; readonly source: Source } | undefined

  constructor(options: SourceBookOptions = {}, content?: BookContent) {
    this.#statements = options.statements ?? {}
    this.#limits = options.counter ?? counterLimits
    this.logSize = content?.logSize ?? 0
    for (const each of content?.sources ?? []) {
      this.#sources.set(each.source, {
        accepted: each.accepted,
        rejected: each.rejected,
        duplicates: each.duplicates,
        newestAt: each.newestAt,
        rejects: new Map(Object.entries(each.rejects)),
        span: { ...each.span },
        spanBefore: each.spanBefore && { ...each.spanBefore },
        counter: new Counter(each.counter, this.#limits),
        rhythm: new Rhythm(each.rhythm),
      })
    }
  }

  /** Notes accesses that are durable, in the order in which they arrived. */
  note(batch: readonly Noted[]): void {
    for (const { source, at, sequence, receivedAt, isClockWrong } of batch) {
      this.noteOne(source, at, sequence, receivedAt, isClockWrong ?? false)
    }
  }

  /** Notes one access: without an object of it, for intake has millions. */
  noteOne(name: string, at: number, sequence: string, receivedAt: number, isClockWrong: boolean): void {
    const source = this.#source(name, receivedAt)
    source.accepted += 1
    source.rhythm.note(receivedAt, 1)
    if (source.newestAt === null || at > source.newestAt) source.newestAt = at
    if (sequence !== '') source.counter.note(sequence, receivedAt)
    const span = openSpan(source, receivedAt)
    span.accepted += 1
    if (at - receivedAt > span.aheadMs) span.aheadMs = at - receivedAt
    if (isClockWrong) {
      span.clockWrong += 1
      span.clockWrongAt ??= receivedAt
    }
  }

  /** Counts messages that could not be read. The reason names no value of the message. */
  rejected(name: string, count: number, reason: string, receivedAt: number): void {
    const source = this.#source(name, receivedAt)
    source.rejected += count
    source.rhythm.note(receivedAt, 0)
    const span = openSpan(source, receivedAt)
    span.rejected += count
    span.rejectedAt ??= receivedAt
    if (!source.rejects.has(reason) && source.rejects.size >= keptReasons) return
    source.rejects.set(reason, (source.rejects.get(reason) ?? 0) + count)
  }

  /** Counts messages that had come before: a sign of life, and nothing new. */
  duplicate(name: string, count: number, receivedAt: number): void {
    const source = this.#source(name, receivedAt)
    source.duplicates += count
    source.rhythm.note(receivedAt, 0)
  }

  /** Notes that something came which tells of no access: a heartbeat. */
  heard(name: string, receivedAt: number): void {
    this.#source(name, receivedAt).rhythm.note(receivedAt, 0)
  }

  /** Takes over what the organisation now states of its sources. */
  state(statements: Readonly<Record<string, SourceStatement>>): void {
    this.#statements = statements
  }

  /** Why messages of a source were rejected, with how often, the most frequent first. */
  rejects(name: string): readonly { readonly reason: string; readonly count: number }[] {
    const reasons = [...(this.#sources.get(name)?.rejects ?? [])].map(([reason, count]) => ({ reason, count }))
    return reasons.sort((a, b) => b.count - a.count)
  }

  /** All sources by name, as they are seen at this moment. */
  list(now: Date): readonly SourceState[] {
    const sources = [...this.#sources].sort(([a], [b]) => (a < b ? -1 : 1))
    return sources.map(([name, source]) => this.#tell(name, source, now.getTime()))
  }

  content(): BookContent {
    const sources = [...this.#sources].map(([name, source]) => ({
      source: name,
      accepted: source.accepted,
      rejected: source.rejected,
      duplicates: source.duplicates,
      newestAt: source.newestAt,
      rejects: Object.fromEntries(source.rejects),
      span: source.span,
      spanBefore: source.spanBefore,
      counter: source.counter.content(),
      rhythm: source.rhythm.content(),
    }))
    return { version: 1, logSize: this.logSize, sources }
  }

  #tell(name: string, source: Source, now: number): SourceState {
    const { gaps, missing } = source.counter.gaps(now)
    const spans = source.spanBefore ? [source.spanBefore, source.span] : [source.span]
    const sum = (value: (span: Span) => number) => spans.reduce((total, span) => total + value(span), 0)
    const first = (value: (span: Span) => number | null) => toDate(spans.map(value).find((at) => at !== null) ?? null)
    return {
      source: name,
      accepted: source.accepted,
      rejected: source.rejected,
      duplicates: source.duplicates,
      firstAt: toDate(source.rhythm.firstAt),
      lastReceivedAt: toDate(source.rhythm.lastAt),
      lastAt: toDate(source.newestAt),
      gaps: gaps.map(({ from, to, at }) => ({ from: String(from), to: String(to), at: new Date(at) })),
      missing,
      usualSilenceMs: this.#statements[name]?.expectEveryMs ?? source.rhythm.usualSilenceMs(now),
      recent: {
        accepted: sum((span) => span.accepted),
        rejected: sum((span) => span.rejected),
        rejectedAt: first((span) => span.rejectedAt),
        aheadMs: Math.max(...spans.map((span) => span.aheadMs)),
        clockWrong: sum((span) => span.clockWrong),
        clockWrongAt: first((span) => span.clockWrongAt),
      },
      volume: source.rhythm.volume(now),
    }
  }

  #source(name: string, receivedAt: number): Source {
    if (this.#last?.name === name) return this.#last.source
    let source = this.#sources.get(name)
    if (source === undefined) {
      source = {
        accepted: 0,
        rejected: 0,
        duplicates: 0,
        newestAt: null,
        rejects: new Map(),
        span: newSpan(receivedAt),
        spanBefore: null,
        counter: new Counter(undefined, this.#limits),
        rhythm: new Rhythm(),
      }
      this.#sources.set(name, source)
    }
    this.#last = { name, source }
    return source
  }
}

function openSpan(source: Source, at: number): Span {
  const { span } = source
  if (span.accepted + span.rejected < spanMessages && at - span.since < spanMs) return span
  source.spanBefore = span
  source.span = newSpan(at)
  return source.span
}

function newSpan(since: number): Span {
  return { since, accepted: 0, rejected: 0, rejectedAt: null, aheadMs: 0, clockWrong: 0, clockWrongAt: null }
}

function toDate(at: number | null): Date | null {
  return at === null ? null : new Date(at)
}
