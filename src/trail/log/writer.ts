/**
 * Writing: one step after the other, each made durable before its callers hear of it. A step is worked out from the plan
 * (what there is once all earlier steps are durable), so that one can be packed and sealed while another is written. When
 * a step fails, those worked out after it fail with it, and the plan goes back to what is durable.
 *
 * Small amounts go to the tail, as they came. Once there is enough for a block, or the month has turned, what stands in
 * the tail is written again as blocks, and the tail begins anew.
 */
import { cutIntoBlocks, type Entry, type Slice, sizeOf, writeBody } from './body.ts'
import { fileLimit } from './files.ts'
import { digestOf, headLength, kinds, monthOf, noDigest, packings, places, type RecordHead } from './record.ts'
import { digestOfRaw, type MonthKeys, pack, sealRecord } from './seal.ts'

export interface Plan {
  readonly size: number
  readonly receivedAt: number
  /** Of the last record in the files of blocks, and of the last block in them. */
  readonly digest: Buffer
  readonly blockDigest: Buffer
  /** The last file of blocks; number 0 is none. */
  readonly file: {
    readonly number: number
    readonly month: number
    readonly length: number
    readonly blocks: number
    readonly isFinished: boolean
  }
  /** Generation 0 is none. A stale tail holds only what stands in the blocks too. */
  readonly tail: {
    readonly generation: number
    readonly month: number
    readonly length: number
    readonly digest: Buffer
    readonly isStale: boolean
  }
  /** What stands in the tail only. */
  readonly pending: readonly Entry[]
}

export const emptyPlan: Plan = {
  size: 0,
  receivedAt: 0,
  digest: noDigest,
  blockDigest: noDigest,
  file: { number: 0, month: 0, length: 0, blocks: 0, isFinished: true },
  tail: { generation: 0, month: 0, length: 0, digest: noDigest, isStale: true },
  pending: [],
}

/** What is to be written, in this order. */
export type Write =
  | { readonly to: 'blocks'; readonly number: number; readonly at: number; readonly bytes: readonly Buffer[] }
  | { readonly to: 'tail'; readonly at: number; readonly bytes: readonly Buffer[] }
  | { readonly to: 'new-tail'; readonly bytes: readonly Buffer[] }

export interface PlacedBlock {
  readonly number: number
  readonly month: number
  readonly first: number
  readonly count: number
  readonly at: number
  readonly length: number
}

export interface Step {
  readonly before: Plan
  readonly after: Plan
  readonly writes: readonly Write[]
  readonly blocks: readonly PlacedBlock[]
  /** The hashes of the leaves that are new. */
  readonly leaves: readonly Buffer[]
}

/** How much may stand in the tail before it is written as a block. */
export const tailLimit = 1024 * 1024

/** Entries of one month that come after all in the plan. */
export async function planLines(keys: MonthKeys, before: Plan, entries: readonly Entry[]): Promise<Step> {
  const waiting = [...before.pending, ...entries].reduce((sum, { records }) => sum + sizeOf(records), 0)
  return waiting < tailLimit ? planTail(keys, before, entries) : planBlocks(keys, before, entries)
}

/** Writes what stands in the tail as blocks, and what comes after it. */
export async function planBlocks(keys: MonthKeys, before: Plan, entries: readonly Entry[]): Promise<Step> {
  const all = [...before.pending, ...entries]
  const receivedAt = all.at(-1)?.receivedAt ?? before.receivedAt
  const month = monthOf(receivedAt)
  const key = await keys.make(month)
  const bodies = await Promise.all(
    cutIntoBlocks(all).map(async (slices) => {
      const { plain, raw } = writeBody(slices)
      const packing = pack(plain, countOf(slices))
      const digest = digestOfRaw(raw)
      const packed = await packing
      return { slices, plainLength: plain.length, digest, ...packed }
    }),
  )
  const writes: Write[] = []
  const blocks: PlacedBlock[] = []
  let { file, digest, blockDigest } = before
  let bytes: Buffer[] = []
  let at = file.length
  const flush = () => {
    if (bytes.length > 0) writes.push({ to: 'blocks', number: file.number, at, bytes })
    bytes = []
    at = file.length
  }
  const put = (head: Buffer, body: Buffer, isBlock: boolean) => {
    bytes.push(head, body)
    digest = digestOf(head)
    file = { ...file, length: file.length + head.length + body.length, blocks: file.blocks + (isBlock ? 1 : 0) }
  }
  for (const { slices, plainLength, digest: rawDigest, packing, packed } of bodies) {
    const first = firstOf(slices)
    if (file.isFinished || file.month !== month || file.length >= fileLimit) {
      if (!file.isFinished) {
        const ending = { first, count: file.blocks, receivedFrom: before.receivedAt, receivedTo: before.receivedAt }
        const own = { kind: kinds.end, place: places.blocks, month: file.month, number: file.number, previous: digest }
        const end = sealRecord(await keys.of(file.month), { ...bare, ...ending, ...own }, nothing)
        put(end.headBytes, end.body, false)
        flush()
      }
      file = { number: file.number + 1, month, length: 0, blocks: 0, isFinished: false }
      at = 0
      const own = { kind: kinds.file, place: places.blocks, month, number: file.number, previous: digest, first }
      const begin = sealRecord(key, { ...bare, ...own, ...timesOf(slices) }, nothing)
      put(begin.headBytes, begin.body, false)
    }
    const own = { kind: kinds.block, packing, place: places.blocks, month, number: file.number, previous: digest }
    const count = countOf(slices)
    const head = { ...own, ...timesOf(slices), first, count, plainLength, digest: rawDigest }
    const { headBytes, body } = sealRecord(key, head, packed)
    blocks.push({ number: file.number, month, first, count, at: file.length, length: headLength + body.length })
    put(headBytes, body, true)
    blockDigest = digest
  }
  flush()
  const size = before.size + entries.reduce((sum, { records }) => sum + records.count, 0)
  const planned = { ...before, size, receivedAt, digest, blockDigest, file, pending: [] }
  const tail = { ...before.tail, isStale: true }
  const leaves = entries.map((entry) => entry.leaves)
  if (tail.generation === 0 || tail.month === month) {
    return { before, after: { ...planned, tail }, writes, blocks, leaves }
  }
  // So that nothing under the key of a month that has ended is left in the tail.
  const renewed = await renewTail(keys, { ...planned, tail }, month)
  writes.push({ to: 'new-tail', bytes: [renewed.bytes] })
  return { before, after: { ...planned, tail: renewed.tail }, writes, blocks, leaves }
}

async function planTail(keys: MonthKeys, before: Plan, entries: readonly Entry[]): Promise<Step> {
  const slices = entries.map((entry) => ({ entry, from: 0, to: entry.records.count }))
  const { plain, raw } = writeBody(slices)
  const { packing, packed } = await pack(plain, countOf(slices))
  const block = { packing, plainLength: plain.length, digest: digestOfRaw(raw) }
  const { write, tail } = await addToTail(keys, before, slices, block, packed)
  const size = before.size + countOf(slices)
  const receivedAt = entries.at(-1)?.receivedAt ?? before.receivedAt
  const pending = [...before.pending, ...entries]
  const leaves = entries.map((entry) => entry.leaves)
  return { before, after: { ...before, size, receivedAt, pending, tail }, writes: [write], blocks: [], leaves }
}

async function addToTail(
  keys: MonthKeys,
  before: Plan,
  slices: readonly Slice[],
  block: Pick<RecordHead, 'packing' | 'plainLength' | 'digest'>,
  packed: Buffer,
): Promise<{ write: Write; tail: Plan['tail'] }> {
  const month = monthOf(timesOf(slices).receivedTo)
  const key = await keys.make(month)
  const isNew = before.tail.isStale || before.tail.month !== month
  const renewed = isNew ? await renewTail(keys, before, month) : undefined
  const { tail } = renewed ?? before
  const own = { kind: kinds.block, place: places.tail, month, number: tail.generation, previous: tail.digest }
  const head = { ...own, ...block, ...timesOf(slices), first: firstOf(slices), count: countOf(slices) }
  const { headBytes, body } = sealRecord(key, head, packed)
  const length = tail.length + headBytes.length + body.length
  const grown = { ...tail, length, digest: digestOf(headBytes), isStale: false }
  const write: Write = renewed
    ? { to: 'new-tail', bytes: [renewed.bytes, headBytes, body] }
    : { to: 'tail', at: before.tail.length, bytes: [headBytes, body] }
  return { write, tail: grown }
}

/** Begins the tail anew, with what is there in the blocks behind it. */
export async function renewTail(
  keys: MonthKeys,
  before: Plan,
  month: number,
): Promise<{ bytes: Buffer; tail: Plan['tail'] }> {
  const generation = before.tail.generation + 1
  const own = { kind: kinds.file, place: places.tail, month, number: generation, previous: before.blockDigest }
  const times = { receivedFrom: before.receivedAt, receivedTo: before.receivedAt }
  const { headBytes } = sealRecord(await keys.make(month), { ...bare, ...own, ...times, first: before.size }, nothing)
  const tail = { generation, month, length: headBytes.length, digest: digestOf(headBytes), isStale: false }
  return { bytes: headBytes, tail }
}

/** The record that a log ends with when it is closed. */
export async function planClose(keys: MonthKeys, before: Plan, headVersion: number, root: Buffer): Promise<Step> {
  const month = monthOf(before.receivedAt)
  const isNew = before.tail.isStale || before.tail.month !== month
  const renewed = isNew ? await renewTail(keys, before, month) : undefined
  const { tail } = renewed ?? before
  const own = { kind: kinds.close, place: places.tail, month, number: tail.generation, previous: tail.digest }
  const times = { receivedFrom: before.receivedAt, receivedTo: before.receivedAt }
  const head = { ...bare, ...own, ...times, first: before.size, plainLength: headVersion, digest: root }
  const { headBytes } = sealRecord(await keys.of(month), head, nothing)
  const grown = { ...tail, length: tail.length + headBytes.length, digest: digestOf(headBytes) }
  const write: Write = renewed
    ? { to: 'new-tail', bytes: [renewed.bytes, headBytes] }
    : { to: 'tail', at: tail.length, bytes: [headBytes] }
  return { before, after: { ...before, tail: grown }, writes: [write], blocks: [], leaves: [] }
}

const nothing = Buffer.alloc(0)
const bare = { packing: packings.stored, count: 0, plainLength: 0, digest: noDigest } as const

function firstOf(slices: readonly Slice[]): number {
  const [slice] = slices
  return slice ? slice.entry.first + slice.from : 0
}

function countOf(slices: readonly Slice[]): number {
  return slices.reduce((sum, { from, to }) => sum + to - from, 0)
}

function timesOf(slices: readonly Slice[]): { receivedFrom: number; receivedTo: number } {
  return { receivedFrom: slices[0]?.entry.receivedAt ?? 0, receivedTo: slices.at(-1)?.entry.receivedAt ?? 0 }
}
