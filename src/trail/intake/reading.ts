/** Reading a file or stream of any format into the trail: unpacked, recognised, in batches, at the pace of the log. */
import { refusals } from '#platform/refusal.ts'
import { AtnaReader } from '../formats/atna.ts'
import type { AccessFormat, ReadOptions } from '../formats/format.ts'
import { accessFormats } from '../formats/index.ts'
import { readSyslogMessage } from '../formats/syslog-message.ts'
import { unpacked } from '../live/unpacked.ts'
import type { Access } from '../model/access.ts'
import type { PlainAccess } from '../model/plain.ts'
import type { Known } from '../model/relation.ts'
import { takenBackBy } from '../own-feeds.ts'
import type { KnownFormat } from '../relations/format.ts'
import { knownFormats } from '../relations/index.ts'
import type { ImportOptions, ImportProgress, ImportResult } from '../trail.ts'
import { Batch, type Gathered } from './batch.ts'
import type { Accepted } from './intake.ts'

const refuse = refusals('trail-import', {
  unrecognised: [
    'unsupported',
    'This is no access log and no list of relations that Vigil can read.',
    'FHIR AuditEvents (JSON, NDJSON, Bundle), ATNA messages (XML) and tables (CSV) are read; say the format if you know it',
  ],
  empty: ['invalid', 'The file is empty.', 'export it again'],
})

/** Messages and bytes of one batch, and batches that may be on their way to the disk at once. */
const batchMessages = 8_192
const batchBytes = 2 * 1024 * 1024
const batchesOnTheWay = 4
/** A line of an access, about. */
const lineBytes = 200
const headBytes = 64 * 1024
const rejectsTold = 100

/** What reading hands on to. */
export interface Taking {
  commit(batch: Gathered): Promise<Accepted>
  /** Resolves when what answers has caught up far enough. */
  ready(): Promise<void>
  rejected(source: string, reason: string): void
  /** Memory of batches that are durable, if it gives any back. */
  spare?(): readonly ArrayBuffer[] | undefined
}

export interface Reading extends Pick<ReadOptions, 'receivedAt' | 'zone'> {
  /** Of the hashes by which messages are known again. */
  readonly seed: Uint8Array
}

export async function readInto(
  taking: Taking,
  bytes: AsyncIterable<Uint8Array>,
  options: ImportOptions,
  { seed, ...reading }: Reading,
  progress?: (so: ImportProgress) => void,
): Promise<ImportResult> {
  const sums = { accepted: 0, duplicates: 0, rejected: 0, relations: 0, bytes: 0 }
  const rejects: { where: number; reason: string }[] = []
  const tell = progress && atTimes(progress)
  async function* counted(source: AsyncIterable<Uint8Array>) {
    for await (const piece of source) {
      sums.bytes += piece.length
      tell?.(sums)
      yield piece
    }
  }
  const { head, whole } = await peek(unpacked(counted(bytes)))
  if (head.length === 0) throw refuse('empty')
  const format = recognise(head, options.format)
  let batch = new Batch(options.source, seed)
  const onTheWay = new Set<Promise<void>>()
  let failure: unknown
  function send(): void {
    const sent = taking.commit(batch.done()).then(
      ({ accepted, duplicates }) => {
        sums.accepted += accepted
        sums.duplicates += duplicates
        onTheWay.delete(done)
      },
      (error: unknown) => {
        failure ??= error
        onTheWay.delete(done)
      },
    )
    const done: Promise<void> = sent
    onTheWay.add(done)
    batch = new Batch(options.source, seed, batch.sizes, taking.spare?.())
  }
  const sink = {
    take(raw: Uint8Array, found: readonly (Access | Known)[]) {
      if (isKnown(format)) {
        batch.takeKnown(raw, found as readonly Known[])
        sums.relations += (found as readonly Known[]).filter(({ record }) => record !== 'group').length
      } else batch.takeAccesses(raw, found as readonly Access[])
      if (batch.messages >= batchMessages || batch.bytes >= batchBytes) send()
    },
    takePlain(access: PlainAccess) {
      batch.takePlain(access)
      if (batch.messages >= batchMessages || batch.bytes >= batchBytes) send()
    },
    reject(where: number, reason: string) {
      sums.rejected += 1
      if (rejects.length < rejectsTold) rejects.push({ where, reason })
      // Lists are no sources of accesses, of which it is watched whether they are complete.
      if (!isKnown(format)) taking.rejected(options.source, reason)
    },
    async ready() {
      while (onTheWay.size >= batchesOnTheWay) await Promise.race(onTheWay)
      if (failure !== undefined) throw failure
      await taking.ready()
    },
  }
  const wanted = { ...reading, columns: options.columns, takesBack: takenBackBy(options.source) }
  await format.format.read(whole, wanted, sink)
  if (batch.messages > 0) send()
  await Promise.all(onTheWay)
  if (failure !== undefined) throw failure
  progress?.({ bytes: sums.bytes, accepted: sums.accepted })
  return { format: format.name, ...sums, rejects }
}

const progressMs = 100

/** Tells of progress now and then. */
export function atTimes(progress: (so: ImportProgress) => void): (so: ImportProgress) => void {
  let toldAt = 0
  return ({ bytes, accepted }) => {
    const now = performance.now()
    if (now - toldAt <= progressMs) return
    toldAt = now
    progress({ bytes, accepted })
  }
}

/** Reads messages of live feeds; what those of one source have in common is read but once. */
export class MessageReader {
  readonly #zone: string
  readonly #seed: Uint8Array
  readonly #readers = new Map<string, AtnaReader>()

  constructor(zone: string, seed: Uint8Array) {
    this.#zone = zone
    this.#seed = seed
  }

  /** Messages as a batch; those that cannot be read are told apart. */
  gather(
    messages: readonly Message[],
    source: string,
  ): { readonly batch: Gathered; readonly rejects: readonly Rejected[] } {
    const raw = messages.reduce((sum, { bytes }) => sum + bytes.length, 0)
    const batch = new Batch(source, this.#seed, { lines: messages.length * lineBytes, raw, count: messages.length })
    const rejects: Rejected[] = []
    let reader = this.#readers.get(source)
    if (!reader) {
      reader = new AtnaReader()
      this.#readers.set(source, reader)
    }
    for (const { bytes, receivedAt } of messages) {
      const options = { receivedAt, zone: this.#zone }
      const framed = readSyslogMessage(bytes, options)
      const read = 'reason' in framed ? framed : reader.read(framed.body, options)
      if ('reason' in read) rejects.push({ reason: read.reason, receivedAt })
      else batch.takeAccesses(bytes, read)
    }
    return { batch: batch.done(), rejects }
  }
}

export interface Message {
  readonly bytes: Uint8Array
  readonly receivedAt: number
}

interface Rejected {
  readonly reason: string
  readonly receivedAt: number
}

type Recognised =
  | { readonly kind: 'access'; readonly name: string; readonly format: AccessFormat }
  | { readonly kind: 'known'; readonly name: string; readonly format: KnownFormat }

const isKnown = (recognised: Recognised) => recognised.kind === 'known'

/** The format that is surest of it; access logs before relations where both are as sure. */
function recognise(head: Uint8Array, wanted: ImportOptions['format']): Recognised {
  const accesses: Recognised[] = accessFormats
    .filter(({ name }) => wanted === undefined || name === wanted)
    .map((format) => ({ kind: 'access', name: format.name, format }))
  const known: Recognised[] = knownFormats
    .filter(() => wanted === undefined || wanted === 'relations')
    .map((format) => ({ kind: 'known', name: 'relations', format }))
  const sure = [...accesses, ...known]
    .map((one) => ({ one, how: one.format.recognise(head) }))
    .filter(({ how }) => how > 0)
    .sort((a, b) => b.how - a.how)
  // A format that was said is believed, even where the beginning does not look like it.
  const found = sure[0]?.one ?? (wanted !== undefined && wanted !== 'relations' ? accesses[0] : undefined)
  if (!found) throw refuse('unrecognised')
  return found
}

/** The first bytes of a stream, and the stream whole. */
async function peek(bytes: AsyncIterable<Uint8Array>): Promise<{ head: Uint8Array; whole: AsyncIterable<Uint8Array> }> {
  const reader = bytes[Symbol.asyncIterator]()
  const pieces: Uint8Array[] = []
  let length = 0
  while (length < headBytes) {
    const { value, done } = await reader.next()
    if (done) break
    pieces.push(value)
    length += value.length
  }
  async function* whole() {
    yield* pieces
    for (let next = await reader.next(); !next.done; next = await reader.next()) yield next.value
  }
  return { head: Buffer.concat(pieces), whole: whole() }
}
