/** The query store in one DuckDB file: accesses and desk are always at the same place of the log. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckAccesses } from './access-store.ts'
import { DuckDesk } from './desk.ts'
import { DuckFile, type DuckOptions } from './duckdb.ts'
import { accessTables, deskTables, stateTables } from './schema.ts'
import { firstNew, openState, readState, writeState } from './state.ts'
import type { CodesFile, QueryStore } from './store.ts'
import { openZone } from './zone.ts'

export const storeFileName = 'store.duckdb'

export interface EmbeddedOptions extends DuckOptions {
  /** The organisation's zone, in which days and hours are told. */
  readonly zone?: string | undefined
  /** The dictionary whose codes come: it is saved before rows that use them. */
  readonly codes?: CodesFile | undefined
}

/** Opens or makes `store.duckdb` in a directory. Throws `trail-store-…` refusals, whose remedy is a rebuild. */
export async function openEmbeddedStore(directory: string, options: EmbeddedOptions = {}): Promise<QueryStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const duck = await DuckFile.open(join(directory, storeFileName), options)
  try {
    await openState(duck, [...accessTables, ...deskTables, ...stateTables], options)
    const zone = openZone(options.zone ?? 'UTC')
    return compose(duck, await DuckAccesses.open(duck), await DuckDesk.open(duck, zone), options.codes)
  } catch (error) {
    await duck.close()
    throw error
  }
}

function compose(duck: DuckFile, accesses: DuckAccesses, desk: DuckDesk, codes: CodesFile | undefined): QueryStore {
  const appliedTo = () => readState(duck)
  const apply: QueryStore['apply'] = async (columns, known, toSeq) => {
    await codes?.save(toSeq)
    await duck.write(async (session) => {
      const from = await firstNew(session, columns, toSeq)
      if (from === undefined) return
      await accesses.take(session, columns, from)
      await desk.take(session, columns, known, from)
      await writeState(session, toSeq, codes)
    })
  }
  const compact = () =>
    duck.rework(async () => {
      await accesses.compact()
      await desk.compact()
    })
  const forget = (beforeSeq: number) =>
    duck.rework(async () => {
      await duck.write(async (session) => {
        await accesses.remove(session, beforeSeq)
        await desk.remake(session)
      })
      await accesses.compact({ all: true })
    })
  const together = () => {
    throw new Error('Accesses and desk of one file are taken in together: use apply of the store.')
  }
  return {
    accesses: {
      appliedTo,
      apply: async () => together(),
      read: (query) => accesses.read(query),
      hours: (query, zone) => accesses.hours(query, zone),
      compact,
      forget,
      counts: () => accesses.counts(),
      close: () => duck.close(),
    },
    desk: {
      appliedTo,
      apply: async () => together(),
      ask: (sql, parameters) => desk.ask(sql, parameters),
      change: (statements) => desk.change(statements),
      compact,
      close: () => duck.close(),
    },
    appliedTo,
    apply,
    shouldCompact: () => accesses.shouldCompact() || desk.shouldCompact(),
    compact,
    forget,
    close: () => duck.close(),
  }
}
