/** What a reader of relations, staff and patients hands on, whatever the format. Its access twin is formats/format.ts. */
import type { ReadOptions } from '../formats/format.ts'
import type { Known } from '../model/relation.ts'

/** Takes what a reader found, in the order in which it stands in the input. */
export interface KnownSink {
  /**
   * One message and what it tells of, which may be nothing. `raw` is a view that is copied here; it is empty for what follows
   * from several messages together, which were taken before.
   */
  take(raw: Uint8Array, known: readonly Known[]): void
  /** A message that could not be read. `where` counts lines or messages from 1; the reason is without any value of it. */
  reject(where: number, reason: string): void
  /** To be awaited at least every 4 MiB: the receiver may be slower than the reader. */
  ready(): Promise<void>
}

export interface KnownFormat {
  readonly name: 'known-ndjson' | 'fhir' | 'hl7' | 'csv'
  /** How sure it is from the first bytes that this is its format: 0 no, 1 perhaps, 2 surely. */
  recognise(head: Uint8Array): 0 | 1 | 2
  /** Reads a stream of any length; bad messages are rejected one by one. Never throws for content. */
  read(bytes: AsyncIterable<Uint8Array>, options: ReadOptions, sink: KnownSink): Promise<void>
}
