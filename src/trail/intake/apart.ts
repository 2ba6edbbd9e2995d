/**
 * Reading a large file in a thread of its own: what is parsed there comes here as columns, ready for the log. A small one is read
 * here, for a thread takes longer to start.
 */
import { Worker } from 'node:worker_threads'
import { Refusal } from '#platform/refusal.ts'
import type { ImportOptions, ImportProgress, ImportResult } from '../trail.ts'
import { received, spareOf } from './batch.ts'
import { atTimes, type Reading, readInto, type Taking } from './reading.ts'
import type { FromReader, ToReader } from './reading-thread.ts'

/** Files below this are read in this thread. */
const smallBytes = 2 * 1024 * 1024
/** Pieces of at least this length are handed over: smaller ones may be of memory that many share. */
const handedOver = 64 * 1024
/** Pieces of the file that may lie with the reader unread. */
const piecesAhead = 4

/** Reads a file or stream of any size; see `readInto`. */
export async function readApart(
  taking: Taking,
  bytes: AsyncIterable<Uint8Array>,
  options: ImportOptions,
  reading: Reading,
  progress?: (so: ImportProgress) => void,
): Promise<ImportResult> {
  const input = bytes[Symbol.asyncIterator]()
  const head: Uint8Array[] = []
  let isEnded = false
  try {
    for (let length = 0; length < smallBytes && !isEnded; ) {
      const { value, done } = await input.next()
      if (done) isEnded = true
      else {
        head.push(value)
        length += value.length
      }
    }
    async function* whole() {
      yield* head.splice(0)
      for (let next = await input.next(); !next.done; next = await input.next()) yield next.value
    }
    if (isEnded) return await readInto(taking, only(head), options, reading, progress)
    return await new Thread(taking, options, reading, progress).read(whole())
  } finally {
    await input.return?.()
  }
}

/** What may be handed over rather than copied: memory of which nothing else is a part. Whoever gave the piece is done with it. */
function ownMemory({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && byteLength >= handedOver && byteLength === buffer.byteLength ? [buffer] : []
}

async function* only(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

class Thread {
  readonly #taking: Taking
  readonly #options: ImportOptions
  readonly #worker: Worker
  readonly #progress: ((so: ImportProgress) => void) | undefined
  readonly #tell: ((so: ImportProgress) => void) | undefined
  readonly #sums = { bytes: 0, accepted: 0 }
  /** What failed here; the reader is only told that something has. */
  #failure: { readonly error: unknown } | undefined
  #wanted = piecesAhead
  #more: (() => void) | undefined
  #isOver = false

  constructor(
    taking: Taking,
    options: ImportOptions,
    reading: Reading,
    progress: ((so: ImportProgress) => void) | undefined,
  ) {
    this.#taking = taking
    this.#options = options
    this.#progress = progress
    this.#tell = progress && atTimes(progress)
    this.#worker = new Worker(new URL('./reading-thread.ts', import.meta.url), { workerData: { options, reading } })
  }

  async read(bytes: AsyncIterable<Uint8Array>): Promise<ImportResult> {
    const feeding = this.#feed(bytes)
    try {
      const result = await this.#result()
      this.#progress?.(this.#sums)
      return result
    } catch (error) {
      throw this.#failure ? this.#failure.error : error
    } finally {
      this.#isOver = true
      this.#more?.()
      await this.#worker.terminate()
      await feeding
    }
  }

  #result(): Promise<ImportResult> {
    return new Promise((resolve, reject) => {
      this.#worker.on('message', (message: FromReader) => {
        if ('result' in message) resolve(message.result)
        else if ('refused' in message) {
          const { kind, code, sentence, hint } = message.refused
          reject(new Refusal(kind, code, sentence, hint))
        } else if ('more' in message) {
          this.#wanted += 1
          this.#more?.()
        } else if ('rejected' in message) {
          for (const reason of message.rejected) this.#taking.rejected(this.#options.source, reason)
        } else void this.#commit(message)
      })
      this.#worker.once('error', reject)
      this.#worker.once('exit', () => reject(new Error('The thread that reads ended before its work did.')))
    })
  }

  async #commit({ batch, number }: Extract<FromReader, { batch: unknown }>): Promise<void> {
    try {
      const gathered = received(batch)
      const accepted = await this.#taking.commit(gathered)
      this.#sums.accepted += accepted.accepted
      await this.#taking.ready()
      const spare = spareOf(gathered)
      this.#post({ number, accepted, spare }, spare)
    } catch (error) {
      this.#fail(error)
    }
  }

  async #feed(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const piece of bytes) {
        while (this.#wanted <= 0 && !this.#isOver) {
          await new Promise<void>((resolve) => {
            this.#more = resolve
          })
        }
        if (this.#isOver) return
        this.#wanted -= 1
        this.#sums.bytes += piece.length
        this.#tell?.(this.#sums)
        this.#post({ bytes: piece }, ownMemory(piece))
      }
      this.#post({ end: true })
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#post({ failed: true })
  }

  #post(message: ToReader, memory: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, memory)
  }
}
