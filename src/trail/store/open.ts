/** Opens the query store that a trail is configured for, with its dictionary. */
import { join } from 'node:path'
import { openClickHouseAccesses } from './clickhouse.ts'
import { type CodesOptions, openCodes } from './codes.ts'
import { openDesk } from './desk.ts'
import { openEmbeddedStore } from './embedded.ts'
import type { AccessStore, CodesFile, Desk, QueryStore } from './store.ts'

export interface StoreOptions {
  /** How much memory the embedded engine may use, such as `2GB`. */
  readonly memoryLimit?: string | undefined
  /** Addresses of ClickHouse servers, one a shard, that keep the accesses. */
  readonly clickhouse?: readonly string[] | undefined
}

export async function openStore(
  directory: string,
  options: CodesOptions & StoreOptions & { readonly zone: string },
): Promise<{ readonly store: QueryStore; readonly codes: CodesFile }> {
  const codes = await openCodes(directory, options)
  const { memoryLimit, zone, clickhouse } = options
  const embedded = { zone, codes, ...(memoryLimit ? { memoryLimit } : {}) }
  try {
    if (!clickhouse) return { codes, store: await openEmbeddedStore(directory, embedded) }
    const desk = await openDesk(join(directory, 'desk.duckdb'), embedded)
    try {
      const accesses = await openClickHouseAccesses({ shards: clickhouse, name: `o${options.organisation}` })
      // What was made with another dictionary names other texts by the same codes.
      if ((await desk.appliedTo()) === 0) await accesses.forget(Number.MAX_SAFE_INTEGER)
      return { codes, store: compose(accesses, desk, codes) }
    } catch (error) {
      await desk.close()
      throw error
    }
  } catch (error) {
    await codes.close()
    throw error
  }
}

/** Rows of the desk after which its pairs are summed up. */
const deskRows = 1_000_000

/** Accesses on servers and a desk here: each is brought up from where it is. */
function compose(accesses: AccessStore, desk: Desk, codes: CodesFile): QueryStore {
  let rows = 0
  return {
    accesses,
    desk,
    appliedTo: async () => Math.min(await accesses.appliedTo(), await desk.appliedTo()),
    async apply(columns, known, toSeq) {
      // First: after a stop the same texts must have the codes by which a server already names them.
      await codes.save(toSeq)
      await accesses.apply(columns, toSeq)
      await desk.apply(columns, known, toSeq)
      rows += columns.count
    },
    shouldCompact: () => rows > deskRows,
    async compact() {
      rows = 0
      await accesses.compact()
      await desk.compact()
    },
    async forget() {
      throw new Error('A store on servers is made anew from the log instead.')
    },
    async close() {
      await accesses.close()
      await desk.close()
    },
  }
}
