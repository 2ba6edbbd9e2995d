/**
 * One sender's connection. Syslog has no acknowledgement, so TCP has to be it: the socket is read only as fast as messages
 * become durable, and our side is closed only when the sender has ended and all that came is durable. A sender who waits for the
 * close knows. Where that is not so (the listener stops, the stream is lost), the connection is reset: what was under way may
 * not have been read.
 */
import type { Socket } from 'node:net'
import { Framing } from './framing.ts'

export interface ReceivedMessage {
  /** Without its frame. */
  readonly bytes: Buffer
  readonly receivedAt: number
}

export interface ConnectionLimits {
  readonly maxMessageBytes: number
  /** Received and not yet durable: half of it is being made durable while the other half comes. */
  readonly maxWaitingBytes: number
  readonly maxBatchMessages: number
  /** How long half a message may wait for its rest. */
  readonly frameTimeoutMs: number
  readonly retryMs: number
}

/** What all connections of a listener share. */
export interface Shared {
  readonly limits: ConnectionLimits
  readonly now: () => number
  accept(messages: readonly ReceivedMessage[], source: string): Promise<void>
  reject(source: string, reason: string, raw: Buffer): void
  /** Counts bytes that came and (below nought) that became durable. */
  hold(bytes: number): void
  /** Whether all connections together hold as much as they may. */
  isFull(): boolean
  /** Counts what one connection has half: false where all together have too much of it. */
  holdHalf(bytes: number): boolean
  failed(source: string, error: unknown): void
}

/** What a source has sent, over all its connections. */
export interface Counts {
  messages: number
  bytes: number
  rejected: number
}

export class Connection {
  readonly source: string
  /** Resolves when the connection has ended, whichever way, and all that it brought is durable. */
  readonly done: Promise<void>
  readonly #socket: Socket
  readonly #transport: Socket
  readonly #shared: Shared
  readonly #counts: Counts
  readonly #framing: Framing
  #finish: () => void = () => {}
  #waiting: ReceivedMessage[] = []
  /** Of what waits for the batch that is being made durable. */
  #waitingBytes = 0
  #halfBytes = 0
  #frame = 0
  #frameSince = 0
  /** No more is read: it has ended, broken, or is being ended. */
  #isEnding = false
  /** The sender has ended, and all of it has been read. */
  #hasEnded = false
  #isRunning = false
  #isClosed = false
  #isClosing = false
  #isGivenUp = false

  /** `transport` is the socket of TCP: another one below TLS. */
  constructor(socket: Socket, transport: Socket, source: string, counts: Counts, shared: Shared) {
    this.source = source
    this.#socket = socket
    this.#transport = transport
    this.#shared = shared
    this.#counts = counts
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
    this.#framing = new Framing(
      {
        message: (bytes) => this.#take(bytes),
        reject: (reason, raw) => {
          counts.rejected += 1
          shared.reject(source, reason, raw)
        },
      },
      shared.limits.maxMessageBytes,
    )
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('end', () => {
      if (!this.#isEnding) {
        this.#hasEnded = true
        this.#framing.end()
      }
      this.#endReading()
    })
    // The close follows, and tells all that matters.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#isClosed = true
      if (!this.#isEnding) this.#framing.abandon('The connection broke in the middle of a message.')
      this.#endReading()
    })
  }

  /** Ends a connection whose message has been half there for too long; to be called now and then. */
  checkTime(): void {
    if (this.#isEnding || this.#frame === 0 || this.#socket.isPaused()) return
    if (performance.now() - this.#frameSince < this.#shared.limits.frameTimeoutMs) return
    if (this.#framing.flush()) {
      this.#frame = 0
      void this.#run()
      return
    }
    this.#framing.abandon('The rest of the message did not come in time.')
    this.#endReading()
  }

  /** Reads on after all connections together held too much. */
  resume(): void {
    if (this.#isEnding || !this.#socket.isPaused() || this.#shared.isFull()) return
    if (this.#waitingBytes >= this.#shared.limits.maxWaitingBytes / 2) return
    // While we did not read, the sender could not send.
    this.#frameSince = performance.now()
    this.#socket.resume()
  }

  /** Reads no more; what has come becomes durable, then the connection is reset. */
  end(): void {
    this.#endReading()
  }

  /** Ends at once, though something may not be durable: it is reported as failed. */
  giveUp(): void {
    this.#isGivenUp = true
    this.#reset()
    this.#endReading()
    this.#finish()
  }

  #read(chunk: Buffer): void {
    if (this.#isEnding) return
    this.#framing.push(chunk)
    const frame = this.#framing.openFrame
    if (frame !== this.#frame) {
      this.#frame = frame
      this.#frameSince = performance.now()
    }
    if (!this.#countHalf() || this.#framing.isLost) this.#endReading()
    else if (this.#waitingBytes >= this.#shared.limits.maxWaitingBytes / 2 || this.#shared.isFull())
      this.#socket.pause()
    void this.#run()
  }

  #countHalf(): boolean {
    const half = this.#framing.heldBytes
    const change = half - this.#halfBytes
    this.#halfBytes = half
    if (change === 0 || this.#shared.holdHalf(change)) return true
    this.#framing.abandon('Too many messages are half there at once.')
    return false
  }

  #take(bytes: Buffer): void {
    this.#waiting.push({ bytes, receivedAt: this.#shared.now() })
    this.#waitingBytes += bytes.length
    this.#counts.messages += 1
    this.#counts.bytes += bytes.length
    this.#shared.hold(bytes.length)
  }

  #endReading(): void {
    if (!this.#isEnding) {
      this.#isEnding = true
      this.#socket.pause()
      this.#shared.holdHalf(-this.#halfBytes)
      this.#halfBytes = 0
    }
    void this.#run()
  }

  #close(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    if (this.#isClosed) {
      this.#finish()
      return
    }
    this.#socket.once('close', () => this.#finish())
    if (this.#hasEnded) this.#socket.end(() => this.#socket.destroySoon())
    else this.#reset()
  }

  /** Only TCP itself can be reset: a TLS socket that is destroyed ends as if all were well. */
  #reset(): void {
    if (!this.#transport.destroyed) this.#transport.resetAndDestroy()
    this.#socket.destroy()
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch()
      const bytes = batch.reduce((total, message) => total + message.bytes.length, 0)
      this.#waitingBytes -= bytes
      this.resume()
      await this.#makeDurable(batch)
      this.#shared.hold(-bytes)
      this.resume()
    }
    this.#isRunning = false
    if (this.#isEnding) this.#close()
  }

  #takeBatch(): readonly ReceivedMessage[] {
    const { maxBatchMessages } = this.#shared.limits
    if (this.#waiting.length > maxBatchMessages) return this.#waiting.splice(0, maxBatchMessages)
    const batch = this.#waiting
    this.#waiting = []
    return batch
  }

  /** Tries until it succeeds: meanwhile nothing more is read, so that the sender keeps what it has. */
  async #makeDurable(batch: readonly ReceivedMessage[]): Promise<void> {
    while (!this.#isGivenUp) {
      try {
        await this.#shared.accept(batch, this.source)
        return
      } catch (error) {
        this.#shared.failed(this.source, error)
        if (!this.#isEnding) this.#socket.pause()
        if (!this.#isGivenUp) await new Promise((resolve) => setTimeout(resolve, this.#shared.limits.retryMs))
      }
    }
  }
}
