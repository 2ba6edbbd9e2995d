/**
 * The trail of one organisation, opened: log, query store, sources and rules put together. One process has a directory open;
 * what it acknowledged is in the log, and everything else beside it is made from the log and goes on from where it was after
 * a stop.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { refusals } from '#platform/refusal.ts'
import { findAccesses } from './answers.ts'
import { type Derived, derive, isMarked, markForRemaking, removeDerived, type TrailOptions, unmark } from './derived.ts'
import { countBuffersWithHeap } from './heap.ts'
import { readApart } from './intake/apart.ts'
import { Batch } from './intake/batch.ts'
import { deriveSecrets, directorySize, type Secrets } from './intake/beside.ts'
import { listCarried } from './intake/carry.ts'
import { Touched } from './intake/follow.ts'
import { type Message, MessageReader } from './intake/reading.ts'
import { tellNothing } from './intake/told.ts'
import { takeLease } from './log/lease.ts'
import type { TrailLog } from './log/log.ts'
import { openTrailLog } from './log/trail-log.ts'
import type { Known } from './model/relation.ts'
import { checkTrail } from './proof/check.ts'
import { Gate } from './proof/gate.ts'
import { Manifests } from './proof/manifests.ts'
import { personPattern } from './rules/pattern.ts'
import { saveSourceBook } from './sources/file.ts'
import { localOf, openZone } from './store/zone.ts'
import type { Trail } from './trail.ts'

const refuseWhile = refusals('trail', {
  rebuilding: [
    'unavailable',
    'The trail is being made anew from its log, and answers again when that is done.',
    'ask again in some minutes; what comes in meanwhile is not lost',
  ],
  importing: [
    'busy',
    'A file is being taken in, and the trail cannot be made anew meanwhile.',
    'ask again when it is taken in',
  ],
})

const refuse = refusals('trail-month', {
  'not-oldest': [
    'conflict',
    'Only the oldest month that is kept can be destroyed.',
    'destroy the earlier ones first, or release their hold',
  ],
})

/** A trail that is open in this process. */
export interface OpenTrail extends Trail {
  /** What was to be made anew could not be: it answers nothing any more, and is to be closed and opened again. */
  readonly isBroken: boolean
  /** The zone in which days and hours are told. */
  readonly zone: string
  /** Tells days and hours in another zone from here on: what is made from the log is made anew for it, as by `rebuild`. */
  setZone(zone: string): Promise<void>
  /** Takes messages of a live feed; resolves when they are durable. */
  accept(messages: readonly Message[], source: string): Promise<void>
  /** Counts a message of a live feed that could not be read; the reason holds no value of it. */
  reject(source: string, reason: string): void
}

/** How often what is made from the log is made durable beside it; a stop costs reading the log since then. */
const saveEveryMs = 5_000
/** How long after it was opened a trail catches up on what was not judged before a stop. */
const catchUpAfterMs = 5_000
/** How long imports are waited for before all is made anew. */
const importPatienceMs = 5_000
/** Records that are said again at once when their month is destroyed. */
const carriedAtOnce = 8_192
/** Lines that no manifest covers yet, above which one is made without being asked for. */
const uncoveredAtMost = 500_000

export async function openTrail(options: TrailOptions): Promise<OpenTrail> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 })
  const lease = await takeLease(options.directory)
  countBuffersWithHeap()
  try {
    const trail = await Engine.open(options)
    return Object.assign(trail, {
      close: async () => {
        try {
          await trail.end()
        } finally {
          await lease.release()
        }
      },
    })
  } catch (error) {
    await lease.release()
    throw error
  }
}

class Engine implements OpenTrail {
  #isBroken = false
  #options: TrailOptions
  readonly #log: TrailLog
  readonly #secrets: Secrets
  readonly #manifests: Manifests
  #derived: Derived
  readonly #saving: NodeJS.Timeout
  readonly #catchingUp: NodeJS.Timeout
  #reader: MessageReader
  #imports = 0
  /** While what is made from the log is replaced: nothing comes in, and nobody is answered from the old one. */
  #renewing: Promise<void> | undefined
  /** How many are bringing something in. */
  readonly #inside = new Set<Promise<unknown>>()
  #upkeep: Promise<void> = Promise.resolve()
  readonly #keepingUp = new Set<string>()
  #isEnding = false
  #saved: Promise<void> = Promise.resolve()

  private constructor(options: TrailOptions, log: TrailLog, secrets: Secrets, manifests: Manifests, derived: Derived) {
    this.#options = options
    this.#log = log
    this.#secrets = secrets
    this.#manifests = manifests
    this.#derived = derived
    this.#reader = new MessageReader(options.zone, secrets.seen)
    this.#saving = setInterval(() => void this.#save().catch(() => undefined), saveEveryMs)
    this.#saving.unref()
    this.#catchingUp = setTimeout(() => this.cameIn(), catchUpAfterMs)
    this.#catchingUp.unref()
  }

  static async open(options: TrailOptions): Promise<Engine> {
    const { directory, keys, organisationId, clock, witness } = options
    const secrets = await deriveSecrets(keys, organisationId)
    const ungated = await openTrailLog(join(directory, 'log'), {
      keys,
      origin: `vigil/trail/${organisationId}/${secrets.origin}`,
      ...(witness ? { witness } : {}),
    })
    const gate = new Gate(ungated.append.bind(ungated))
    const log = withAppend(ungated, gate.append)
    let engine: Engine | undefined
    let derived: Derived | undefined
    try {
      // A month was destroyed, and what was made from it may still be there.
      const isDue = await isMarked(directory)
      if (isDue) await removeDerived(directory)
      derived = await derive(options, log, secrets, () => engine?.cameIn())
      // Lines of manifests are lines of the log like others: whoever follows it must not wait for them.
      const append: TrailLog['append'] = async (records, receivedAt) => {
        const { first } = await ungated.append(records, receivedAt)
        engine?.skip(first, records.count)
        return { first }
      }
      const now = () => clock().getTime()
      const manifests = await Manifests.open(join(directory, 'manifests'), withAppend(ungated, append), {
        secret: secrets.manifests,
        now,
        hold: (work) => gate.hold(work),
      })
      engine = new Engine(options, log, secrets, manifests, derived)
      await derived.judge.prepare(now())
      if (isDue) {
        await manifests.rebuild()
        await unmark(directory)
      }
      return engine
    } catch (error) {
      derived?.follower.stop()
      await Promise.allSettled([derived?.store.close(), derived?.codes.close()])
      await log.close()
      throw error
    }
  }

  import(...given: Parameters<Trail['import']>) {
    return this.#bringIn(() => this.#import(...given))
  }

  async #import(...[bytes, options, progress]: Parameters<Trail['import']>) {
    const { intake, follower, book } = this.#derived
    const receivedAt = this.#now()
    this.#imports += 1
    follower.isGathering = true
    try {
      const result = await readApart(
        {
          commit: (batch) => intake.commit(batch, this.#now()),
          ready: () => follower.ready(),
          rejected: (source, reason) => book.rejected(source, 1, reason, receivedAt),
        },
        bytes,
        options,
        { receivedAt, zone: this.#options.zone, seed: this.#secrets.seen },
        progress,
      )
      // No further than what was there by now: live feeds may bring more without end.
      await follower.reach(this.#log.size)
      return result
    } finally {
      this.#imports -= 1
      follower.isGathering = this.#imports > 0
      this.cameIn()
    }
  }

  accept(messages: readonly Message[], source: string): Promise<void> {
    return this.#bringIn(() => this.#accept(messages, source))
  }

  async #accept(messages: readonly Message[], source: string): Promise<void> {
    const { intake, follower, book } = this.#derived
    await follower.ready()
    const { batch, rejects } = this.#reader.gather(messages, source)
    for (const { reason, receivedAt } of rejects) book.rejected(source, 1, reason, receivedAt)
    await intake.commit(batch, messages[0]?.receivedAt ?? this.#now())
  }

  reject(source: string, reason: string): void {
    this.#derived.book.rejected(source, 1, reason, this.#now())
  }

  who(question: Parameters<Trail['who']>[0]) {
    return this.#ask((current) => this.#who(current, question))
  }

  async #who(current: Derived, question: Parameters<Trail['who']>[0]) {
    const { follower, store, codes, people } = current
    await follower.reach(this.#log.size)
    const size = follower.appliedTo
    const destroyed = this.#log.months().filter(({ state }) => state === 'destroyed')
    const lost = destroyed.reduce((sum, { from, to }) => sum + to - from, 0)
    const found = await findAccesses({ store, codes, people, zone: openZone(this.#options.zone) }, question)
    const isWhole = question.since === undefined && question.until === undefined
    return {
      complete: true as const,
      size,
      readable: size - lost,
      destroyedMonths: destroyed.map(({ month }) => month),
      total: found.total,
      ...(question.isSummed ? { summary: found.summary() } : {}),
      accesses: this.#tellAll(current, found.accesses),
      proof: async (isOpened = false) => {
        if (question.by !== 'patient' || !isWhole) return undefined
        const find = isOpened ? (upTo: number) => this.#findAccessesTo(question.id, upTo) : undefined
        return this.#ask(() => this.#manifests.prove(found.patients, find))
      },
    }
  }

  /** Where a patient's accesses stand that a proof opens: it reaches as far as the log does now, which is further than the answer. */
  async #findAccessesTo(patient: string, upTo: number) {
    const { follower, store, codes, people } = this.#current()
    await follower.reach(upTo)
    const zone = openZone(this.#options.zone)
    const { patients, seqs } = await findAccesses({ store, codes, people, zone }, { by: 'patient', id: patient })
    return { patients, seqs: seqs().filter((seq) => seq < upTo) }
  }

  pattern(login: string, from: string, to: string) {
    return this.#ask(async ({ follower, store, codes }) => {
      await follower.reach(this.#log.size)
      return personPattern({ store, codes, zone: openZone(this.#options.zone) }, login, from, to)
    })
  }

  stories = (since: number, limit: number) => this.#ask(({ judge }) => judge.stories(since, limit))
  changed = (since: number, signal: AbortSignal) => this.#ask(({ judge }) => judge.changed(since, signal))

  async setFeedback(counts: Parameters<Trail['setFeedback']>[0]) {
    this.#derived.judge.feedback = counts
  }

  async setParameters(chosen: Parameters<Trail['setParameters']>[0]) {
    if (this.#derived.judge.tune(chosen)) this.cameIn()
  }

  judge() {
    return this.#ask(async ({ follower, judge }) => {
      await follower.reach(this.#log.size)
      return judge.runAll(this.#today())
    })
  }

  async expect(statements: Parameters<Trail['expect']>[0]) {
    this.#derived.book.state(statements)
  }

  sources = () => Promise.resolve(this.#derived.book.list(this.#options.clock()))

  state() {
    return this.#ask((current) => this.#state(current))
  }

  async #state({ store, codes }: Derived) {
    const { accesses, bytes } = await store.accesses.counts()
    const { directory } = this.#options
    return {
      accesses,
      patients: codes.count('patient'),
      users: codes.count('user'),
      logSize: this.#log.size,
      logBytes: await directorySize(join(directory, 'log')),
      storeBytes: bytes ?? (await directorySize(join(directory, 'store'))),
      engine: this.#options.store?.clickhouse ? 'ClickHouse' : 'DuckDB',
      key: this.#log.vkey,
      months: this.#log.months().map(({ month, from, to, state }) => ({ month, lines: to - from, state })),
    }
  }

  hold = (month: string, isHeld: boolean) => this.#log.hold(month, isHeld)

  async destroy(month: string) {
    const kept = this.#log.months().filter(({ state }) => state !== 'destroyed')
    if (kept[0]?.month !== month) throw refuse('not-oldest')
    // What was made from it goes too, with every text that nothing else names: also where this process ends in between.
    await this.#makeAnew(undefined, async () => {
      const { directory, clock } = this.#options
      const found = this.#log.months().find((one) => one.month === month)
      const isOver = month < clock().toISOString().slice(0, 7)
      // What the log refuses is refused before anything is said again.
      if (found?.state !== 'kept' || !isOver) return this.#log.destroy(month)
      await this.#carryOver(await listCarried(this.#log, found))
      await markForRemaking(directory)
      await this.#log.destroy(month).catch(async (error: unknown) => {
        if (this.#log.months().some((one) => one.month === month && one.state !== 'destroyed')) await unmark(directory)
        throw error
      })
    })
  }

  /** Says again what would be lost with the month that told it. */
  async #carryOver(known: readonly Known[]): Promise<void> {
    const { intake, follower } = this.#derived
    for (let at = 0; at < known.length; at += carriedAtOnce) {
      const batch = new Batch('', this.#secrets.seen)
      for (const one of known.slice(at, at + carriedAtOnce)) batch.takeKnown(Buffer.from(JSON.stringify(one)), [one])
      const gathered = batch.done()
      const receivedAt = this.#now()
      // Past what leaves repeats out: most of it was said in these words before.
      const { first } = await this.#log.append(gathered.records, receivedAt)
      await intake.remember(gathered)
      follower.take({ source: '', first, told: gathered.told, receivedAt, accepted: { accepted: 0, duplicates: 0 } })
    }
  }

  compact() {
    return this.#bringIn(async () => {
      const { follower, store } = this.#derived
      await follower.settle()
      await store.compact()
      await this.#manifests.consolidate()
    })
  }

  rebuild(progress?: (done: number, total: number) => void) {
    return this.#makeAnew(progress)
  }

  /** While it is made anew it is not broken: whoever closed and opened it then would take it from under the work. */
  get isBroken(): boolean {
    return this.#isBroken && this.#renewing === undefined
  }

  get zone(): string {
    return this.#options.zone
  }

  setZone(zone: string) {
    return this.#makeAnew(undefined, async () => {
      this.#options = { ...this.#options, zone }
      this.#reader = new MessageReader(zone, this.#secrets.seen)
    })
  }

  /** `before` is done while nothing comes in, before anything is taken away; what it refuses leaves all as it was. */
  async #makeAnew(progress?: (done: number, total: number) => void, before?: () => Promise<void>) {
    // An import of hours would keep everybody waiting as long: what is asked, and what comes in.
    const deadline = performance.now() + importPatienceMs
    while (this.#renewing || this.#imports > 0) {
      if (this.#imports > 0 && performance.now() >= deadline) throw refuseWhile('importing')
      const over = this.#renewing ?? Promise.allSettled(this.#inside)
      await Promise.race([over, wait(deadline - performance.now(), undefined, { ref: false })])
    }
    const renewed = this.#renew(progress, before)
    const over = renewed.then(
      () => undefined,
      () => undefined,
    )
    this.#renewing = over
    try {
      await renewed
    } finally {
      this.#renewing = undefined
    }
    await this.#derived.judge.runAll(this.#today())
    await this.#save()
  }

  async #renew(progress?: (done: number, total: number) => void, before?: () => Promise<void>): Promise<void> {
    await Promise.allSettled(this.#inside)
    await this.#upkeep
    await this.#saved.catch(() => undefined)
    const { follower, intake, store, codes, judge } = this.#derived
    await intake.settle()
    await before?.()
    // What cannot be applied is in the log all the same.
    await follower.settle().catch(() => undefined)
    follower.stop()
    await judge.stop()
    this.#isBroken = true
    await store.close()
    await codes.close()
    await removeDerived(this.#options.directory)
    // Nor may the line of a manifest come into the log between what is read of it and what follows it.
    this.#derived = await this.#manifests.alone(() =>
      derive(this.#options, this.#log, this.#secrets, () => this.cameIn(), progress),
    )
    this.#derived.judge.feedback = judge.feedback
    this.#derived.judge.tune(judge.parameters)
    await this.#derived.judge.prepare(this.#now())
    await this.#derived.store.compact()
    await this.#manifests.rebuild()
    await unmark(this.#options.directory)
    this.#isBroken = false
  }

  /** What questions are answered from. */
  #current(): Derived {
    if (this.#renewing || this.isBroken) throw refuseWhile('rebuilding')
    return this.#derived
  }

  /** Answers a question; where what it is answered from is taken away under it, it is refused like those that come later. */
  async #ask<T>(work: (current: Derived) => Promise<T>): Promise<T> {
    const current = this.#current()
    try {
      return await work(current)
    } catch (error) {
      throw this.#isCurrent(current) ? error : refuseWhile('rebuilding', {}, { cause: error })
    }
  }

  async *#tellAll<T>(current: Derived, told: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* told
    } catch (error) {
      throw this.#isCurrent(current) ? error : refuseWhile('rebuilding', {}, { cause: error })
    }
  }

  #isCurrent = (derived: Derived) => this.#renewing === undefined && derived === this.#derived && !this.#isBroken

  /** Whoever brings something in waits while all is made anew. */
  async #bringIn<T>(work: () => Promise<T>): Promise<T> {
    while (this.#renewing) await this.#renewing
    if (this.isBroken) throw refuseWhile('rebuilding')
    const done = work()
    this.#inside.add(done)
    try {
      return await done
    } finally {
      this.#inside.delete(done)
    }
  }

  async verify(progress?: (done: number, total: number) => void) {
    const { directory, keys } = this.#options
    // What is there now: lines that come while it reads are verified the next time.
    const atLeast = await this.#log.checkpoint()
    return checkTrail(this.#log, join(directory, 'log'), {
      keys,
      atLeast,
      secret: this.#secrets.manifests,
      known: this.#manifests.ranges,
      progress,
    })
  }

  close(): Promise<void> {
    return this.end()
  }

  async end(): Promise<void> {
    clearInterval(this.#saving)
    clearTimeout(this.#catchingUp)
    this.#isEnding = true
    while (this.#renewing) await this.#renewing
    this.#manifests.stop()
    const { intake, follower, store, codes, judge } = this.#derived
    await intake.settle()
    // What has failed is closed all the same, and everything after it; what could not be saved is made from the log again.
    await follower.settle().catch(() => undefined)
    follower.stop()
    await judge.stop()
    if (follower.touched.isEmpty) await judge.close(follower.appliedTo).catch(() => undefined)
    await this.#upkeep.catch(() => undefined)
    await this.#save().catch(() => undefined)
    await this.#manifests.close()
    const closed = await Promise.allSettled([store.close(), codes.close()])
    await this.#log.close()
    for (const one of closed) if (one.status === 'rejected') throw one.reason
  }

  /** Something was taken into the store: it is judged soon, and put in order when much has come. */
  cameIn(): void {
    const { follower, store, judge } = this.#derived
    // An import is judged at its end: what it touches is much, and would be judged again and again.
    if (this.#imports > 0 || this.#renewing) return
    if (!follower.touched.isEmpty || judge.isBehind) {
      judge.soon(this.#today(), () => {
        const { touched } = follower
        follower.touched = new Touched()
        return touched
      })
    }
    if (store.shouldCompact()) this.#keepUp('compaction', () => store.compact())
    // So that whoever asks for a proof does not wait until all that came is in a manifest.
    if (this.#log.size - this.#manifests.coversTo >= uncoveredAtMost)
      this.#keepUp('sealing', () => this.#manifests.seal())
  }

  /** Each of its kind once, however often it is asked for until it is done. */
  #keepUp(kind: string, work: () => Promise<void>): void {
    if (this.#keepingUp.has(kind)) return
    this.#keepingUp.add(kind)
    this.#upkeep = this.#upkeep
      .then(() => (this.#isEnding ? undefined : work()))
      .catch(() => undefined)
      .finally(() => this.#keepingUp.delete(kind))
  }

  /** Lines of the log that say nothing of accesses or relations. */
  skip(first: number, count: number): void {
    const accepted = { accepted: 0, duplicates: 0 }
    this.#derived.follower.take({ source: '', first, told: tellNothing(count), receivedAt: this.#now(), accepted })
  }

  /** One at a time: a busy machine takes longer for it than the time between two. */
  async #save(): Promise<void> {
    // What is being replaced is saved no more.
    if (this.#renewing) return
    const { seen, book, follower } = this.#derived
    const save = async () => {
      await seen.save(follower.appliedTo)
      await saveSourceBook(book, this.#options.directory)
    }
    this.#saved = this.#saved.then(save, save)
    await this.#saved
  }

  #now = () => this.#options.clock().getTime()
  #today = () => localOf(openZone(this.#options.zone), this.#now()).day
}

/** The log with another way to append: its private parts stay its own. */
function withAppend(log: TrailLog, append: TrailLog['append']): TrailLog {
  return {
    get size() {
      return log.size
    },
    get vkey() {
      return log.vkey
    },
    append,
    read: (from, to) => log.read(from, to),
    leafHashes: (from, to) => log.leafHashes(from, to),
    checkpoint: () => log.checkpoint(),
    inclusion: (index, size) => log.inclusion(index, size),
    consistency: (oldSize, newSize) => log.consistency(oldSize, newSize),
    months: () => log.months(),
    hold: (month, isHeld) => log.hold(month, isHeld),
    destroy: (month) => log.destroy(month),
    close: () => log.close(),
  }
}
