/**
 * Reports of accesses: on paper, as a table, or as the file that proves an answer whole. What is not the table of a
 * spreadsheet is bounded: a paper of a hundred thousand lines is read by nobody.
 */
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Call, Download, Recorded } from '#core/door.ts'
import { csvCell } from '#core/findings/model.ts'
import type { InputOf } from '#platform/contract.ts'
import { dayOf, sayDay } from '#platform/days.ts'
import { writeSpooled } from '#platform/spool.ts'
import type { ToldAccess } from '#trail/trail.ts'
import { type Question, readAccesses, readPeriod, recordReading } from '../asking.ts'
import type * as contract from '../contract.ts'
import { hasTrail, reachTrail } from '../reach.ts'
import { refuse } from '../refusals.ts'
import { findBounds } from '../store.ts'
import {
  Accounting,
  accessColumns,
  accessRow,
  accountingColumns,
  type Clock,
  type Column,
  clockOf,
  personColumns,
  personRow,
  type Row,
} from './lines.ts'
import { writePaper } from './paper.ts'

/** A thousand lines take a third of a second, for which nobody else is answered. */
const mostPaperLines = 2_000

const titles = {
  accounting: 'Accounting of accesses to a patient’s record',
  'access-report': 'Accesses to a patient’s record',
  'person-report': 'Records that a person opened',
} as const
const names = {
  accounting: 'accounting',
  'access-report': 'access-report',
  'person-report': 'person-report',
  proof: 'trail-proof',
} as const

type Asked = InputOf<typeof contract.report>
type Listed = Exclude<Asked['report'], 'proof'>

/** Writes the report that was asked for; that it was made is on the ledger, with its purpose. */
export async function writeReport(
  call: Call,
  asked: Asked,
): Promise<{ readonly file: Download; readonly recorded: Recorded }> {
  const { report, format, identifier } = asked
  if ((report === 'proof') !== (format === 'json')) throw refuse('report-format')
  const by = report === 'person-report' ? 'person' : 'patient'
  const question = { by, id: identifier, ...(await readPeriod(call, asked)) } as const
  const { path, written } = await writeSpooled(call.services.dataDirectory, (to) =>
    report === 'proof' ? writeProof(call, question, to) : writeListed(call, { ...asked, report }, question, to),
  )
  // Of whom stands in the file alone: names of files end up in lists of downloads.
  const fileName = `${names[report]}-${call.today}.${format}`
  return {
    file: { path, fileName, contentType: contentTypes[format] },
    recorded: recordReading(asked, question, { report, format, told: written }, [`trail-report:${report}`]),
  }
}

const contentTypes = {
  pdf: 'application/pdf',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
} as const

async function writeProof(call: Call, { id, since, until }: Question, to: string): Promise<number> {
  if (since !== undefined || until !== undefined || !(await hasTrail(call))) throw refuse('no-proof')
  const answer = await reachTrail(call).who({ by: 'patient', id })
  let told = 0
  for await (const _ of answer.accesses) told += 1
  const proof = await answer.proof(true)
  if (!proof) throw refuse('no-proof')
  await writeFile(to, `${JSON.stringify(proof)}\n`, { mode: 0o600 })
  return told
}

async function writeListed(
  call: Call,
  asked: Asked & { readonly report: Listed },
  question: Question,
  to: string,
): Promise<number> {
  const { name, timeZone } = await findBounds(call.db, undefined, undefined)
  const clock = clockOf(timeZone)
  const { readable, destroyedMonths, accesses } = await readAccesses(call, question)
  const counted = countAll(accesses)
  const rows = rowsOf(asked.report, counted.accesses, clock)
  const columns = columnsOf[asked.report]
  if (asked.format === 'csv') {
    await pipeline(Readable.from(linesOf(columns, rows)), createWriteStream(to, { mode: 0o600 }))
    return counted.total()
  }
  const kept: Row[] = []
  let lines = 0
  // Read to the end, so that the refusal can say how long it would be.
  for await (const row of rows) {
    lines += 1
    if (lines <= mostPaperLines) kept.push(row)
  }
  if (lines > mostPaperLines) throw refuse('report-too-long', { lines })
  const { since, until, purpose, why } = asked
  await writePaper(
    {
      title: titles[asked.report],
      organisation: name,
      about: `${question.by === 'patient' ? 'Patient' : 'Login'} ${question.id}`,
      facts: [
        ['Period', sayPeriod(since, until)],
        ['Accesses', `${counted.total()}, of which ${counted.explained()} are explained`],
        ['Purpose', `${purposeWords[purpose]}: ${why}`],
        ['Made', `${clock.minute(call.now)} (${timeZone}) by ${call.actor}`],
        ['Log', `${readable} entries, all of which this answer covers`],
        ...sayDestroyed(destroyedMonths),
      ],
      notes: asked.report === 'accounting' ? [accountingNote] : [],
      columns,
      rows: kept,
      madeAt: call.now,
      madeOn: sayDay(dayOf(call.now, timeZone)),
    },
    to,
  )
  return counted.total()
}

const accountingNote =
  '45 CFR 164.528 asks for disclosures other than for treatment, payment and health care operations. This list is longer: it ' +
  'has every access that the trail knows of. Repeats by one person for one purpose are one line.'

const purposeWords: Readonly<Record<contract.Purpose, string>> = {
  'patient-request': 'The patient’s request',
  complaint: 'A complaint',
  'case-review': 'The review of a case',
  audit: 'An audit',
  legal: 'A legal matter',
  monitoring: 'Monitoring',
}

function sayPeriod(since: string | undefined, until: string | undefined): string {
  if (since === undefined && until === undefined) return 'all that the trail holds'
  const from = since === undefined ? 'the beginning' : sayDay(since)
  return `from ${from} to ${until === undefined ? 'now' : sayDay(until)}`
}

const sayMonth = (month: string) => sayDay(`${month}-01`).replace(/^1 /, '')

/** Months are destroyed in their order: the first and the last name them all. */
function sayDestroyed(months: readonly string[]): readonly (readonly [name: string, value: string])[] {
  const [first, last] = [months[0], months.at(-1)]
  if (first === undefined || last === undefined) return []
  const span = first === last ? `during ${sayMonth(first)}` : `from ${sayMonth(first)} to ${sayMonth(last)}`
  return [['Destroyed', `what came in ${span}, when its time was over; no answer covers it`]]
}

const columnsOf: Readonly<Record<Listed, readonly Column[]>> = {
  accounting: accountingColumns,
  'access-report': accessColumns,
  'person-report': personColumns,
}

async function* rowsOf(report: Listed, accesses: AsyncIterable<ToldAccess>, clock: Clock): AsyncGenerator<Row> {
  if (report === 'accounting') {
    const accounting = new Accounting()
    for await (const access of accesses) accounting.add(access)
    yield* accounting.rows(clock)
    return
  }
  const rowOf = report === 'access-report' ? accessRow : personRow
  for await (const access of accesses) yield rowOf(access, clock)
}

/** RFC 4180, UTF-8 with a byte order mark, as spreadsheets expect it; no cell is taken for a formula. */
async function* linesOf(columns: readonly Column[], rows: AsyncIterable<Row>): AsyncGenerator<string> {
  let piece = `\uFEFF${columns.map(({ title }) => title).join(',')}\r\n`
  for await (const row of rows) {
    piece += `${row.map((cell) => csvCell(cell)).join(',')}\r\n`
    if (piece.length < 65_536) continue
    yield piece
    piece = ''
  }
  yield piece
}

function countAll(accesses: AsyncIterable<ToldAccess>) {
  let [total, explained] = [0, 0]
  async function* counting(): AsyncGenerator<ToldAccess> {
    for await (const access of accesses) {
      total += 1
      if (access.explained) explained += 1
      yield access
    }
  }
  return { accesses: counting(), total: () => total, explained: () => explained }
}
