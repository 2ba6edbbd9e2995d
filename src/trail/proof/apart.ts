/**
 * Checking a log in threads of their own: each hashes one piece at a time and makes the manifests in it anew, so that all
 * processors work at once; what they tell is taken in the order of the log. A small log is checked in this thread, for others take
 * longer to start.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Hashes, Piece } from '../log/piece.ts'
import { Damage } from '../log/refusals.ts'
import type { Hashing } from '../log/verify-pieces.ts'
import type { FromChecker, ToChecker } from './checking-thread.ts'
import { Cuts } from './cuts.ts'
import type { Range } from './manifest.ts'
import { type Findings, PieceCheck } from './piece-check.ts'

/** Each holds 40 bytes for each access in its piece. */
const threadsAtMost = 4
/** Logs of fewer lines are checked in this thread. */
const smallLines = 200_000

export interface Checking {
  /** Under which patients stand in manifests. */
  readonly secret: Uint8Array
  /** Lines that the log has, about. */
  readonly lines: number
  /** Manifests that should be in the log; what else there is of them is found, but not always made in the same reading. */
  readonly known: readonly Range[]
  /** Told of each piece whose blocks are all sound. */
  readonly tell: (findings: Findings) => void
}

export interface Apart {
  /** Logs of so many lines are checked in threads of their own. */
  readonly from?: number
  readonly threads?: number
  /** Lines of a piece at least. */
  readonly fewest?: number
  /** The program of a thread. */
  readonly program?: URL
}

export function checkHashing(checking: Checking, apart: Apart = {}): Hashing {
  if (checking.lines >= (apart.from ?? smallLines)) return new Threads(checking, apart)
  const cuts = new Cuts(checking.known, checking.lines, 1)
  const check = new PieceCheck(checking.secret)
  return {
    ahead: 0,
    endOf: (from) => cuts.endOf(from),
    hash: (piece) => check.check(piece, cuts.within(piece), checking.tell),
    stop: () => Promise.resolve(),
  }
}

/** A piece that is to be checked, and what was told of it so far. */
interface Job {
  readonly message: ToChecker
  readonly told: FromChecker[]
  wake: () => void
}

class Threads implements Hashing {
  /** With the one that is awaited one more than there are threads, so that none of them waits for its next. */
  readonly ahead: number
  readonly #threads: number
  readonly #checking: Checking
  readonly #program: URL
  readonly #cuts: Cuts
  readonly #workers = new Map<Worker, Job | undefined>()
  readonly #waiting: Job[] = []
  #failure: { readonly error: unknown } | undefined
  #isStopped = false

  constructor(
    checking: Checking,
    { threads = Math.min(availableParallelism(), threadsAtMost), fewest, program }: Apart,
  ) {
    this.ahead = threads
    this.#threads = threads
    this.#checking = checking
    this.#program = program ?? new URL('./checking-thread.ts', import.meta.url)
    this.#cuts = new Cuts(checking.known, checking.lines, threads, fewest)
  }

  endOf(from: number): number {
    return this.#cuts.endOf(from)
  }

  hash(piece: Piece): AsyncIterable<readonly Hashes[]> {
    const job: Job = { message: { piece, known: this.#cuts.within(piece) }, told: [], wake: () => undefined }
    this.#waiting.push(job)
    if (this.#workers.size < this.#threads) this.#start()
    this.#hand()
    return this.#hashesOf(job)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all([...this.#workers.keys()].map((worker) => worker.terminate()))
  }

  async *#hashesOf(job: Job): AsyncGenerator<readonly Hashes[]> {
    for (;;) {
      const told = job.told.shift()
      if (told) {
        if ('damaged' in told) throw new Damage(told.damaged)
        if ('findings' in told) return this.#checking.tell(told.findings)
        yield told.hashes
        continue
      }
      // What no thread has told is not known: it must not pass.
      if (this.#failure) throw this.#failure.error
      await new Promise<void>((resolve) => {
        job.wake = resolve
      })
    }
  }

  #start(): void {
    const worker = new Worker(this.#program, { workerData: { secret: new Uint8Array(this.#checking.secret) } })
    this.#workers.set(worker, undefined)
    worker.on('message', (message: FromChecker) => {
      const job = this.#workers.get(worker)
      if (!('hashes' in message)) this.#workers.set(worker, undefined)
      job?.told.push(message)
      job?.wake()
      this.#hand()
    })
    worker.on('error', (error) => this.#fail(error))
    worker.on('messageerror', (error) => this.#fail(error))
    worker.on('exit', () => this.#fail(new Error('A thread that verifies ended before its work did.')))
  }

  /** Gives what waits to threads that have nothing to do. */
  #hand(): void {
    for (const [worker, busy] of this.#workers) {
      const job = busy ? undefined : this.#waiting.shift()
      if (!job) continue
      this.#workers.set(worker, job)
      worker.postMessage(job.message)
    }
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return
    this.#failure ??= { error }
    for (const job of [...this.#workers.values(), ...this.#waiting]) job?.wake()
  }
}
