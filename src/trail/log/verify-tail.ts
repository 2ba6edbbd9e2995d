/** Checks the tail of a log, and hands its blocks on to be hashed. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { looksTorn, type Placed, placeOf, tailName } from './files.ts'
import { readHeadFile } from './head.ts'
import { digestOf, endOf, headLength, kinds, places, readHead } from './record.ts'
import { Damage } from './refusals.ts'
import type { BlockWalk } from './verify-blocks.ts'
import { missing, opens, sealedBlock, type VerifiedParts } from './verify-parts.ts'

/** Says whether the tail follows the blocks: it does not when blocks were written meanwhile. */
export async function readTail(parts: VerifiedParts, blocks: Pick<BlockWalk, 'end' | 'blockDigest'>): Promise<boolean> {
  const { directory, head, keys, pieces } = parts
  const path = join(directory, tailName)
  const bytes = await readFile(path).catch(missing)
  if (!bytes) {
    if (head.tail.generation > 0) throw new Damage(`${tailName} is missing.`)
    return true
  }
  const begin = recordIn(bytes, 0)
  if (begin?.head.kind !== kinds.file || begin.head.place !== places.tail) {
    throw new Damage(`${placeOf(tailName, 0)} is damaged.`)
  }
  const { number, month, first } = begin.head
  if (first > blocks.end && first >= head.signed.size) return false
  if (first > blocks.end) throw new Damage(`${tailName} begins at line ${first}, but the blocks end at ${blocks.end}.`)
  if (first === blocks.end && !begin.head.previous.equals(blocks.blockDigest)) {
    throw new Damage(`${tailName} follows other blocks than those that are there.`)
  }
  let { digest, length: at } = begin
  let end = first
  await expectSealed(parts, begin, bytes, placeOf(tailName, 0))
  while (at < bytes.length) {
    const record = recordIn(bytes, at)
    if (!record || at + record.length > bytes.length) {
      const isBegun = record !== undefined || bytes.length - at < headLength || looksTorn(bytes.subarray(at), at)
      if (isBegun && Math.max(end, blocks.end) >= head.signed.size) break
      throw new Damage(`${placeOf(tailName, at)} is damaged.`)
    }
    const body = bytes.subarray(at + headLength, at + record.length)
    if (endOf(record.head) > head.signed.size && looksTorn(body, at + headLength)) {
      if (!(await opens(keys, record, body))) break
    }
    const where = placeOf(tailName, at, record.head)
    const isInPlace = record.head.number === number && record.head.month === month && record.head.place === places.tail
    const isNext = record.head.first === end && record.head.previous.equals(digest)
    const isKnown = record.head.kind === kinds.block || record.head.kind === kinds.close
    if (!isInPlace || !isNext || !isKnown) throw new Damage(`${where} is out of order.`)
    if (record.head.kind === kinds.close) await expectClosed(parts, record, bytes, where)
    else {
      const from = bytes.subarray(at, at + record.length)
      const key = await keys.of(month)
      // Lines that stand in the blocks by now are not taken twice, but whether they are sound is looked at here too.
      await pieces.add(sealedBlock(record, { name: tailName, from, key }), endOf(record.head))
    }
    end = endOf(record.head)
    digest = record.digest
    at += record.length
  }
  const { generation, length } = head.tail
  if (number < generation || (number === generation && at < length)) {
    throw new Damage(`${tailName} was cut off at byte ${at} or put back to an older copy.`)
  }
  return true
}

async function expectClosed(parts: VerifiedParts, record: Placed, bytes: Buffer, where: string): Promise<void> {
  await expectSealed(parts, record, bytes, where)
  const { plainLength: version } = record.head
  const head = await readHeadFile(parts.directory, parts.keyFile, parts.origin)
  if (!head || head.version < version) throw new Damage('head was put back to an older copy.')
}

async function expectSealed({ keys }: VerifiedParts, record: Placed, bytes: Buffer, where: string): Promise<void> {
  const body = bytes.subarray(record.at + headLength, record.at + record.length)
  if (!(await opens(keys, record, body))) throw new Damage(`${where} is not as it was sealed.`)
}

function recordIn(bytes: Buffer, at: number): Placed | undefined {
  const headBytes = bytes.subarray(at, at + headLength)
  const head = headBytes.length === headLength ? readHead(headBytes) : undefined
  return head && { head, headBytes, digest: digestOf(headBytes), at, length: headLength + head.bodyLength }
}
