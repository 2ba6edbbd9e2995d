/**
 * The log of record, as the rest of the trail sees it: an append-only sequence of canonical lines, each with the raw message
 * that it was read from, encrypted, hashed into an RFC 6962 tree and signed. What a line says is no concern of the log's.
 */

/** Lines in the order in which they arrived, by columns. */
export interface Records {
  readonly count: number
  /** The canonical lines, one after the other without anything between; line i ends before `lineEnds[i]`. */
  readonly lines: Buffer
  readonly lineEnds: Uint32Array
  /** The raw messages likewise, and of each line which message it was read from (several lines may share one). */
  readonly raw: Buffer
  readonly rawEnds: Uint32Array
  readonly rawOf: Uint32Array
}

/** What is read back: a whole block. */
export interface Block extends Records {
  /** The place of its first line in the log. */
  readonly first: number
  /** When the last of it was received: milliseconds since 1970. */
  readonly receivedAt: number
  /** When each part of it was received: lines before `ends[i]`, and not of the part before, at `at[i]`. */
  readonly received: { readonly ends: Uint32Array; readonly at: Float64Array }
  /** 16 bytes a line. */
  readonly salts: Buffer
}

/** A month whose blocks share a key, by the time at which they were received (UTC). */
export interface Month {
  readonly month: string
  readonly from: number
  readonly to: number
  readonly state: 'kept' | 'held' | 'destroyed'
}

export interface TrailLog {
  /** How many lines are durable. */
  readonly size: number
  /** The key that verifies its checkpoints, in the form of signed-note. */
  readonly vkey: string
  /** Resolves when the lines are on the disk; calls that come close together share one write. */
  append(records: Records, receivedAt: number): Promise<{ readonly first: number }>
  /** Blocks that hold any of [from, to), whole, in order. A destroyed month is left out. */
  read(from: number, to?: number): AsyncIterable<Block>
  /** 32 bytes a line of [from, to): also of destroyed months, whose hashes are kept. */
  leafHashes(from: number, to: number): Promise<Buffer>
  /** The signed checkpoint of the whole log as it is now (C2SP tlog-checkpoint). */
  checkpoint(): Promise<string>
  /** The hashes that prove a line to belong to the log of the given size (RFC 6962). */
  inclusion(index: number, size: number): Promise<readonly Buffer[]>
  consistency(oldSize: number, newSize: number): Promise<readonly Buffer[]>
  months(): readonly Month[]
  hold(month: string, isHeld: boolean): Promise<void>
  /** Destroys the key of a month that has ended and is not held: its lines can never be read again, by anyone. */
  destroy(month: string): Promise<void>
  close(): Promise<void>
}
