/**
 * Correcting what could not be read. The rules:
 *  - The table has the columns of the file, and two of ours before them: the line, and what is wrong with it.
 *  - It is read as the file was: the same columns mean the same fields. So it has to come back with its heads as they are.
 *  - Its rows are added to what the source said. What is not in it stays, for it holds only what was wrong.
 *  - Only the newest run of a source is corrected: what an older one lacked, a newer one has said.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Call, Download, Recorded } from '#core/door.ts'
import { csvCell } from '#core/findings/model.ts'
import { takeIn } from '#core/intake/service.ts'
import { findRunToCorrect, listRejectedRows, type RunToCorrect } from '#core/intake/store.ts'
import { queueJob } from '#core/jobs/service.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { dayOf } from '#platform/days.ts'
import { refusals } from '#platform/refusal.ts'
import { writeSpooled } from '#platform/spool.ts'
import { findMappingOf } from '../deliveries/store.ts'
import { type FileMapping, SourceError } from '../file.ts'
import { detectDialect, type Row, readRows } from '../tabular/delimited.ts'
import { readTable } from '../tabular/table.ts'
import { decode, decodeHead, detectEncoding } from '../tabular/text.ts'
import type * as contract from './contract.ts'

const ourHeads = ['Line in the file', 'What is wrong'] as const
const longestTable = 64 * 1024 * 1024

const refuse = refusals('correction', {
  unknown: ['missing', 'There is no such run of a file.', 'show the source to see its runs'],
  'not-newest': ['conflict', 'A newer file of this source was brought since.', 'correct the rows of its newest run'],
  'no-rows': ['missing', 'No row of this run is kept.', 'correct them in the file itself, and bring it again'],
  'not-ours': [
    'invalid',
    'This is not the table of rejected rows: its first two columns are others.',
    'bring the table that was downloaded, with its heads as they are',
  ],
  'other-columns': [
    'invalid',
    'The table has other columns than the file had.',
    'bring the table that was downloaded, with its heads as they are',
  ],
  unreadable: ['invalid', 'The table cannot be read: {reason}', 'save it as CSV'],
  'too-large': ['large', 'The table is longer than the rejected rows of a file can be.', 'bring the whole file again'],
})

type Asked = InputOf<typeof contract.downloadRejected>

export async function downloadRejected({ db, services }: Call, { sourceId, runId }: Asked): Promise<Download> {
  const run = await findRunToCorrect(db, sourceId, runId)
  if (!run) throw refuse('unknown')
  const rows = (await listRejectedRows(db, runId)).filter(({ cells }) => cells !== null)
  if (rows.length === 0) throw refuse('no-rows')
  const heads = run.columns.map(({ header }) => header)
  function* lines(): Generator<string> {
    yield `\uFEFF${[...ourHeads, ...heads].map(csvCell).join(',')}\r\n`
    for (const { line, reason, cells } of rows) {
      yield `${[String(line), reason, ...(cells ?? [])].map(csvCell).join(',')}\r\n`
    }
  }
  const { path } = await writeSpooled(services.dataDirectory, (to) =>
    pipeline(Readable.from(lines()), createWriteStream(to, { flags: 'wx', mode: 0o600 })),
  )
  const stem = bareName(run.fileName).replace(/\.[^.]*$/, '')
  return { path, fileName: `${stem} to correct.csv`, contentType: 'text/csv; charset=utf-8' }
}

export async function bringCorrected(
  call: Call,
  { sourceId, runId }: Asked,
): Promise<Recorded & { readonly output: OutputOf<typeof contract.bringCorrected> }> {
  const { db, delivered, now, services } = call
  if (!delivered) throw new Error('an upload came without its bytes')
  if (delivered.bytes > longestTable) throw refuse('too-large')
  const run = await findRunToCorrect(db, sourceId, runId)
  if (!run) throw refuse('unknown')
  if (run.newestRunId !== runId) throw refuse('not-newest')
  const mapping = await mappingOf(call, run)
  const reading = await openCorrected(delivered.path, run, mapping, now)
  const origin = {
    name: run.fileName,
    source: run.source,
    channel: 'file' as const,
    digest: delivered.digest,
    // What is corrected speaks for the same moment, and no longer than the file did.
    modifiedAt: run.collectedAt,
    validDays: services.config.validDays,
  }
  const taken = await takeIn(call, origin, reading)
  if (taken.runId === null) throw new Error('a correction was taken in and has no run')
  await queueJob(call, { kind: 'checks.run', input: { reason: 'import' }, joins: true })
  const { rowsRead, added, changed, rejectCount: rejects } = taken
  return {
    output: { runId: taken.runId, rowsRead, added, changed, rejects },
    subjects: [`source-run:${taken.runId}`],
    payload: { source: run.source, corrects: runId, run: taken.runId, rowsRead, added, changed, rejects },
  }
}

/** Reads the table as the file was read. */
async function openCorrected(path: string, run: RunToCorrect, mapping: FileMapping, asOf: Date) {
  const bytes = createReadStream(path)
  try {
    const head = await readBeginning(path)
    const encoding = detectEncoding(head)
    if (encoding === undefined) throw refuse('unreadable', { reason: 'it is not text.' })
    const rows = readRows(decode(bytes, encoding), detectDialect(decodeHead(head, encoding)))
    const reading = await readTable(
      { rows: withoutOurs(rows, run), name: bareName(run.fileName), ragged: 'usual' },
      { mapping, asOf },
    )
    if (!reading || !('items' in reading)) {
      throw refuse('unreadable', {
        reason: reading && 'reason' in reading ? `${reading.reason}.` : 'it holds no rows.',
      })
    }
    const { product, collectedAt, ...rest } = reading
    return {
      ...rest,
      ...(run.product === null ? {} : { product: run.product }),
      basis: run.basis,
      complete: false,
    }
  } catch (error) {
    if (error instanceof SourceError) throw refuse('unreadable', { reason: `${error.message}.` }, { cause: error })
    throw error
  }
}

/** The rows without our two cells, and without the apostrophes that keep a spreadsheet from computing. */
async function* withoutOurs(rows: AsyncIterable<Row[]>, run: RunToCorrect): AsyncGenerator<Row[], undefined> {
  let isFirst = true
  for await (const batch of rows) {
    const bare = batch.map(({ line, cells }) => ({
      line,
      cells: cells.slice(ourHeads.length).map((cell) => cell.replace(/^'(?=[=+\-@\t\r])/, '')),
    }))
    if (isFirst) {
      const heads = batch[0]?.cells.map((cell) => cell.trim()) ?? []
      if (ourHeads.some((head, at) => heads[at] !== head)) throw refuse('not-ours')
      const others = bare[0]?.cells.map(fold) ?? []
      if (run.columns.some(({ header }, at) => others[at] !== fold(header))) throw refuse('other-columns')
      isFirst = false
    }
    yield bare
  }
  return undefined
}

const fold = (head: string) => head.replace(/\s+/g, ' ').trim()

/** What a person said of the file, and how its columns were read. */
async function mappingOf({ db }: Call, run: RunToCorrect): Promise<FileMapping> {
  const said = (await findMappingOf(db, run.source.replace(/ \/ [^/]*$/, ''))) as FileMapping | null
  const columns: Record<string, string> = {}
  for (const { header, field } of run.columns) if (field) columns[header] = field
  const system = said?.system === undefined ? {} : { system: said.system }
  return { ...system, format: run.format, complete: false, collectedOn: dayOf(run.collectedAt), columns }
}

function bareName(fileName: string): string {
  return fileName.split(/[\\/]/).at(-1) ?? fileName
}

async function readBeginning(path: string): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of createReadStream(path, { end: 65_535 })) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
