/**
 * The ledger of an organisation: what was done and its record commit together. An entry holds ids and words; its payload
 * lies sealed beside it and can be shredded without breaking the log.
 */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { Context } from '#platform/context.ts'
import type { Db } from '#platform/database.ts'
import { createDataKey, type DataKey, type KeyFile, openDataKey } from '#platform/keys.ts'
import { pageFrom, readCursor } from '#platform/paging.ts'
import { refusals } from '#platform/refusal.ts'
import { parseCheckpoint, type Signer, signCheckpoint, vkeyOf } from '#platform/transparency/checkpoint.ts'
import { Frontier, inclusionRanges, type Range, verifyInclusion } from '#platform/transparency/merkle.ts'
import {
  fanOut,
  pendingSpans,
  rootOfSpans,
  type Span,
  type Subtree,
  Subtrees,
  spansOf,
} from '#platform/transparency/subtrees.ts'
import {
  canonicalJson,
  type Entry,
  type Json,
  makeEntry,
  newSalt,
  type Outcome,
  parseEntry,
  payloadDigest,
} from './model/entry.ts'
import { type ExportedEntry, exportLedger } from './model/export.ts'
import {
  type EntryFilter,
  findEntry,
  findLog,
  findNewestCheckpoint,
  insertCheckpoint,
  insertEntries,
  insertLog,
  insertSubtrees,
  type LogRow,
  listLines,
  lockLog,
  readCheckpoints,
  readEntries,
  readLeafHashes,
  readSpans,
  shredPayload,
} from './store.ts'

const refuse = refusals('ledger', {
  empty: [
    'missing',
    'There is no ledger yet: nothing has been done.',
    'run vigil import FOLDER, or vigil assess FOLDER --keep',
  ],
  'no-entry': ['missing', 'There is no such entry.', 'list the ledger to see their numbers'],
  'no-payload': ['missing', 'Entry {seq} has no payload to shred.'],
})

/** The name by which checkpoints are signed; the log itself is named by its origin. */
const signerName = 'vigil'
// An export repeats earlier checkpoints at least this many entries apart.
const checkpointSpacing = 1_000

export interface Happening {
  /** `slice.verb`, for example `intake.import`. */
  readonly action: string
  readonly outcome: Outcome
  /** Opaque ids and enum words, never names. */
  readonly subjects: readonly string[]
  /** What was said and done, in full. */
  readonly payload: Json
}

export interface EntriesWanted extends Partial<EntryFilter> {
  readonly limit: number
  /** The `next` of the page before. */
  readonly after?: string | undefined
}

export interface EntryShown {
  readonly entry: Entry
  readonly line: string
  /** Canonical JSON; null when it was shredded. */
  readonly payload: string | null
  /** Base64. */
  readonly salt: string | null
  readonly proof: {
    readonly leafHash: string
    readonly size: number
    readonly path: readonly string[]
    readonly checkpoint: string
  }
}

const place = z.tuple([z.int().nonnegative()])

/** Appends to ledgers with the keys of one installation; keeps opened payload keys for as long as the process lives. */
export class Ledger {
  readonly #keys: KeyFile
  readonly #signer: Signer
  readonly #payloadKeys = new Map<string, DataKey>()

  constructor(keys: KeyFile) {
    this.#keys = keys
    this.#signer = { name: signerName, ...keys.signingKey }
  }

  /** The public key with which anybody verifies this installation's exports, as C2SP writes it. */
  get verifyingKey(): string {
    return vkeyOf(signerName, this.#signer.publicKey)
  }

  /** Appends in the transaction of what happened, and signs a checkpoint of the log as it then stands. */
  async append({ db, actor, now }: Context, happenings: readonly Happening[]): Promise<void> {
    if (happenings.length === 0) return
    const log = await this.#lockOrMake(db)
    const key = await this.#payloadKey(log)
    const frontier = log.frontier.length === 0 ? Frontier.empty() : Frontier.fromBuffer(log.frontier)
    const entries = happenings.map((happening, index) => {
      const seq = log.size + index
      const salt = newSalt()
      const payload = Buffer.from(canonicalJson(happening.payload))
      const { line, leafHash } = makeEntry({
        seq,
        at: now,
        actor: fitWord(actor),
        action: happening.action,
        outcome: happening.outcome,
        subjects: happening.subjects.map(fitWord),
        digest: payloadDigest(salt, payload),
      })
      frontier.append(leafHash)
      return { seq, line, leafHash, salt, payload: key.seal(payload, payloadContext(log.origin, seq)) }
    })
    await insertEntries(db, entries, frontier.toBuffer(), frontier.size)
    await growSubtrees(db, log.size, entries)
    const note = await signCheckpoint({ origin: log.origin, size: frontier.size, root: frontier.root() }, this.#signer)
    await insertCheckpoint(db, { size: frontier.size, note, signedAt: now })
  }

  /**
   * Writes the export of the whole log to a file, which appears only when it is complete. Payloads stay sealed unless
   * `open` says so, of all or of those of an action: an auditor verifies either, but reads only opened ones.
   */
  async exportTo(
    { db }: Context,
    file: string,
    options: { open: boolean | ((action: string) => boolean) },
  ): Promise<{ entries: number; origin: string }> {
    const log = await findLog(db)
    if (!log) throw refuse('empty')
    const key = await this.#payloadKey(log)
    const frontier = Frontier.fromBuffer(log.frontier)
    const partial = `${file}.part`
    try {
      await pipeline(
        exportLedger({
          origin: log.origin,
          signer: this.#signer,
          head: { size: log.size, root: frontier.root() },
          entries: exported(db, log, key, options.open),
          checkpoints: readCheckpoints(db, log.size, checkpointSpacing),
        }),
        createWriteStream(partial, { mode: 0o600 }),
      )
      await rename(partial, file)
    } catch (error) {
      await rm(partial, { force: true })
      throw error
    }
    return { entries: log.size, origin: log.origin }
  }

  /** One page of entries, the newest first. */
  async list({ db }: Context, wanted: EntriesWanted): Promise<{ items: readonly Entry[]; next: string | null }> {
    const { limit, after, action, actor, outcome, subject, from, until } = wanted
    const below = after === undefined ? undefined : readCursor(place, after)[0]
    const filter = { action, actor, outcome, subject, from, until }
    const lines = await listLines(db, filter, { below, limit: limit + 1 })
    return pageFrom(lines.map(readLine), limit, ({ seq }) => [seq])
  }

  /** One entry with its payload opened, and the proof that the newest checkpoint speaks for it. */
  async show({ db }: Context, { seq }: { readonly seq: number }): Promise<EntryShown> {
    const log = await findLog(db)
    const found = await findEntry(db, seq)
    const newest = await findNewestCheckpoint(db)
    if (!log || !found || !newest) throw refuse('no-entry')
    const { line, salt, payload, leafHash } = found
    const key = await this.#payloadKey(log)
    const path = await proveEntry(db, { seq, leafHash, size: newest.size, note: newest.note })
    return {
      entry: readLine(line),
      line,
      payload: payload === null ? null : key.open(payload, payloadContext(log.origin, seq)).toString(),
      salt: salt === null ? null : salt.toString('base64'),
      proof: {
        leafHash: leafHash.toString('base64'),
        size: newest.size,
        path: path.map((hash) => hash.toString('base64')),
        checkpoint: newest.note,
      },
    }
  }

  async showCheckpoint({ db }: Context): Promise<{ origin: string; size: number; note: string }> {
    const log = await findLog(db)
    const newest = await findNewestCheckpoint(db)
    if (!log || !newest) throw refuse('empty')
    return { origin: log.origin, ...newest }
  }

  /** Destroys the payload of an entry for good, and says so on the ledger. */
  async shred(context: Context, seq: number, reason: string): Promise<void> {
    if (!(await shredPayload(context.db, seq))) throw refuse('no-payload', { seq })
    await this.append(context, [
      { action: 'ledger.shred', outcome: 'done', subjects: [`entry:${seq}`], payload: { reason } },
    ])
  }

  async #lockOrMake(db: Db): Promise<LogRow> {
    const found = await lockLog(db)
    if (found) return found
    const origin = `vigil/ledger/${randomUUID()}`
    const { wrapped } = await createDataKey(this.#keys, payloadKeyContext(origin))
    await insertLog(db, { origin, payloadKey: wrapped.toString('base64') })
    const made = await lockLog(db)
    if (!made) throw new Error('a ledger was made and is not there')
    return made
  }

  async #payloadKey(log: LogRow): Promise<DataKey> {
    const known = this.#payloadKeys.get(log.origin)
    if (known) return known
    const key = await openDataKey(this.#keys, Buffer.from(log.payloadKey, 'base64'), payloadKeyContext(log.origin))
    this.#payloadKeys.set(log.origin, key)
    return key
  }
}

async function* exported(
  db: Db,
  log: LogRow,
  key: DataKey,
  open: boolean | ((action: string) => boolean),
): AsyncGenerator<readonly ExportedEntry[]> {
  const isOpen = (line: string) => (typeof open === 'boolean' ? open : open(readLine(line).action))
  for await (const batch of readEntries(db, 0, log.size)) {
    yield batch.map(({ seq, line, salt, payload }): ExportedEntry => {
      if (salt === null || payload === null) return { line, payload: { state: 'shredded' } }
      if (!isOpen(line)) return { line, payload: { state: 'sealed' } }
      return { line, payload: { state: 'open', salt, json: key.open(payload, payloadContext(log.origin, seq)) } }
    })
  }
}

/** Keeps the roots of the subtrees that these entries have made whole: one for 256 entries, so mostly none. */
async function growSubtrees(db: Db, size: number, added: readonly { readonly leafHash: Buffer }[]): Promise<void> {
  if (Math.floor(size / fanOut) === Math.floor((size + added.length) / fanOut)) return
  const read = await readSpans(db, pendingSpans(size))
  const byLevel = new Map([...read].map(([{ level }, hashes]) => [level, hashes]))
  const subtrees = Subtrees.after(size, ({ level }) => byLevel.get(level) ?? [])
  const made: Subtree[] = []
  for (const { leafHash } of added) made.push(...subtrees.append(leafHash))
  await insertSubtrees(db, made)
}

/**
 * The audit path of an entry, from the hashes that are kept of subtrees. What is kept may have been damaged: the path is held
 * against the checkpoint, and worked out from all leaves where it does not lead there. (Where that does not either, the
 * entries themselves were changed, and whoever verifies the proof finds it out.)
 */
async function proveEntry(
  db: Db,
  { seq, leafHash, size, note }: { seq: number; leafHash: Buffer; size: number; note: string },
): Promise<readonly Buffer[]> {
  const ranges = inclusionRanges(seq, size)
  const spans = ranges.map(spansOf)
  const read = await readSpans(db, spans.flat())
  const path = spans.map((own) => rootOfSpans(own, (span: Span) => read.get(span) ?? []))
  const checkpoint = parseCheckpoint(note)
  const leads =
    checkpoint.ok && verifyInclusion({ leafHash, index: seq, size, root: checkpoint.value.root, proof: path })
  if (leads) return path
  const anew: Buffer[] = []
  for (const range of ranges) anew.push(await rootOfRange(db, range))
  return anew
}

async function rootOfRange(db: Db, range: Range): Promise<Buffer> {
  const frontier = Frontier.empty()
  for await (const leaves of readLeafHashes(db, range.from, range.to)) for (const leaf of leaves) frontier.append(leaf)
  return frontier.root()
}

function readLine(line: string): Entry {
  const entry = parseEntry(line)
  if (!entry) throw new Error('a line of the ledger is not what was appended')
  return entry
}

const payloadKeyContext = (origin: string) => `ledger payloads of ${origin}`
const payloadContext = (origin: string, seq: number) => `ledger payload ${seq} of ${origin}`

/** An entry's words are printable ASCII without spaces; whatever else an operating system's user name holds is encoded. */
function fitWord(text: string): string {
  const fitted = text.replace(/[^!#-[\]-~]/g, (character) => encodeURIComponent(character).replaceAll("'", '%27'))
  return fitted.slice(0, 200)
}
