/** What a DuckDB file of the query store says of itself: how far it is, and whether it may be used with what it is opened with. */
import type { DuckFile, Session } from './duckdb.ts'
import { refuseStore } from './refusals.ts'
import { draftTables, storeVersion } from './schema.ts'
import type { AccessColumns, CodesFile } from './store.ts'

export interface StateOptions {
  readonly zone?: string | undefined
  readonly codes?: CodesFile | undefined
}

/** Makes the tables where there are none, and refuses a file that does not fit. */
export async function openState(duck: DuckFile, tables: readonly string[], options: StateOptions): Promise<void> {
  const { zone = 'UTC', codes } = options
  const found = await duck.all<{ n: number }>("select count(*) as n from duckdb_tables() where table_name = 'form'")
  const isNew = found[0]?.n === 0
  if (!isNew) await checkForm(duck, zone, codes)
  await duck.write(async (session) => {
    for (const table of draftTables) await session.run(`drop table if exists ${table}`)
    for (const table of tables) await session.run(table)
    if (!isNew) return
    await session.run('insert into applied values (0, 0)')
    await session.run('insert into compacted values (0, 0, 0)')
    await session.run('insert into form values ($version, $zone, $codes)', {
      version: storeVersion,
      zone,
      codes: codes?.id ?? '',
    })
  })
}

async function checkForm(duck: DuckFile, zone: string, codes: CodesFile | undefined): Promise<void> {
  const forms = await duck.all<{ version: number; zone: string; codes: string }>('select * from form')
  const [form] = forms
  if (!form || forms.length > 1) throw refuseStore('damaged')
  if (form.version !== storeVersion) throw refuseStore('older')
  if (form.zone !== zone) throw refuseStore('zone')
  const [applied] = await duck.all<{ texts: number }>('select texts from applied')
  if (!applied) throw refuseStore('damaged')
  if (!codes) return
  if (codes.texts < applied.texts) throw refuseStore('behind')
  if (form.codes !== codes.id) throw refuseStore('foreign')
}

export async function readState(duck: DuckFile): Promise<number> {
  const [row] = await duck.all<{ to_seq: number }>('select to_seq from applied')
  if (!row) throw refuseStore('damaged')
  return row.to_seq
}

/**
 * The place in the stretch from which its accesses are new; undefined where all of the stretch was taken in before, so that
 * one handed over again after a crash is not taken twice.
 */
export async function firstNew(session: Session, accesses: AccessColumns, toSeq: number): Promise<number | undefined> {
  const last = accesses.seq[accesses.count - 1]
  if (last !== undefined && last >= toSeq)
    throw new RangeError('The accesses go beyond the stretch that they stand for.')
  const [applied] = await session.numbers('select to_seq from applied')
  if (applied === undefined) throw refuseStore('damaged')
  if (toSeq <= applied) return undefined
  let from = 0
  while (from < accesses.count && (accesses.seq[from] ?? 0) < applied) from += 1
  return from
}

export async function writeState(session: Session, toSeq: number, codes: CodesFile | undefined): Promise<void> {
  const texts = codes?.texts ?? 0
  await session.run('update applied set to_seq = $to, texts = greatest(texts, $texts)', { to: toSeq, texts })
}
