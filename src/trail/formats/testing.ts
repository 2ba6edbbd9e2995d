/** What the tests of readers share: a sink that gathers, and inputs in chunks of any size. */
import assert from 'node:assert/strict'
import { type Access, noAccess } from '../model/access.ts'
import { type PlainAccess, type PlainField, plainPlaces } from '../model/plain.ts'
import type { AccessFormat, ReadOptions, Sink } from './format.ts'

export const receivedAt = Date.UTC(2026, 10, 22, 12)
export const options: ReadOptions = { receivedAt, zone: 'UTC' }

export interface Gathered {
  readonly accesses: Access[]
  readonly raws: string[]
  readonly rejects: string[]
}

export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    // A reader may not keep what it was handed: the giver uses its buffer again.
    const chunk = Uint8Array.from(bytes.subarray(at, at + size))
    yield chunk
    chunk.fill(0x7e)
  }
}

interface How extends Partial<ReadOptions> {
  readonly chunk?: number
}

/** Reads it with and without what a reader does for plain rows, which must come to the same. */
export async function gather(format: AccessFormat, input: string | Uint8Array, how: How = {}): Promise<Gathered> {
  const found = await gatherOnce(format, input, how, (into) => ({
    takePlain: (access) => {
      into.raws.push(access.bytes.toString('utf8', access.from, access.to))
      into.accesses.push(ofPlain(access))
    },
  }))
  assert.deepEqual(found, await gatherOnce(format, input, how, () => ({})))
  return found
}

async function gatherOnce(
  format: AccessFormat,
  input: string | Uint8Array,
  how: How,
  more: (into: Gathered) => Partial<Sink>,
): Promise<Gathered> {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input
  const found: Gathered = { accesses: [], raws: [], rejects: [] }
  await format.read(
    inChunks(bytes, how.chunk ?? 65_536),
    { ...options, ...how },
    {
      take: (raw, accesses) => {
        found.raws.push(Buffer.from(raw).toString())
        found.accesses.push(...accesses)
      },
      reject: (where, reason) => found.rejects.push(`${where}: ${reason}`),
      ready: async () => {},
      ...more(found),
    },
  )
  return found
}

function ofPlain({
  at,
  action,
  outcome,
  flags,
  purpose,
  bytes,
  starts,
  ends,
  eventFrom,
  eventTo,
}: PlainAccess): Access {
  const fields = Object.fromEntries(
    Object.entries(plainPlaces).map(([field, place]) => [field, bytes.toString('utf8', starts[place], ends[place])]),
  ) as Record<PlainField, string>
  return {
    ...noAccess,
    at,
    action,
    outcome,
    flags,
    purpose,
    ...fields,
    event: bytes.toString('utf8', eventFrom, eventTo),
  }
}

/** The fields of an access that say something, so that tables of expectations stay short. */
export function brief(access: Access | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(access ?? {}).filter(([, value]) => value !== '' && value !== 0))
}
