/** What a reader of access logs hands on, whatever the format. */
import type { Access } from '../model/access.ts'
import type { PlainAccess } from '../model/plain.ts'

/** Takes what a reader found, in the order in which it stands in the input. */
export interface Sink {
  /**
   * One message and the accesses that it tells of (none where it concerns nobody's record and no sign-in). `raw` is a view
   * that is copied here, so the reader may go on using its buffer.
   */
  take(raw: Uint8Array, accesses: readonly Access[]): void
  /** A message that is one access, whose fields are kept as they stand in it. Its bytes are copied likewise. */
  takePlain?(access: PlainAccess): void
  /**
   * A message that could not be read: the rest is not lost. `where` counts lines or messages from 1; the reason is a plain
   * sentence without any value of the message.
   */
  reject(where: number, reason: string): void
  /** To be awaited now and then, at least every 4 MiB: the receiver may be slower than the reader. */
  ready(): Promise<void>
}

export interface ReadOptions {
  /** For what has no clock of its own, and to tell a clock that cannot be right: milliseconds since 1970. */
  readonly receivedAt: number
  /** The zone of times that name none. */
  readonly zone: string
  /** Which column holds what, where the layout is not recognised (CSV): field of an access -> heading. */
  readonly columns?: Readonly<Record<string, string>> | undefined
  /** Of what records the source may take something back (own-feeds.ts): of none but for Vigil's own feeds. */
  readonly takesBack?: 'relation' | 'worker' | 'patient' | undefined
}

export interface AccessFormat {
  readonly name: 'fhir' | 'atna' | 'csv'
  /** How sure it is from the first bytes of a file that this is its format: 0 no, 1 perhaps, 2 surely. */
  recognise(head: Uint8Array): 0 | 1 | 2
  /** Reads a stream of any length with constant memory. Bad messages are rejected one by one; never throws for content. */
  read(bytes: AsyncIterable<Uint8Array>, options: ReadOptions, sink: Sink): Promise<void>
}

/** A source whose clock runs ahead by more than this is not believed; nor one that says a year before `earliest`. */
export const clockSlackMs = 24 * 60 * 60_000
export const earliestMs = Date.UTC(1990, 0, 1)
/** One message is at most this long. */
export const maxMessageBytes = 16 * 1024 * 1024
