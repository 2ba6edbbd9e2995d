/**
 * Lists as delimited text: patients, staff, and what ties one to the other (appointments, encounters, admissions, orders, care teams,
 * referrals, notes, bills). The headings tell which it is. An access log has headings of its own and is left to its reader.
 *
 * A row names one person. So several rows of one file with the same number name them all, and what an earlier file tied by
 * that number alone is over. Of a number that a file does not have it says nothing.
 */
import { type Dialect, fieldText, RowScanner } from '../formats/csv-rows.ts'
import { decoderOf, detectDialect, detectEncoding, type Encoding, transcode } from '../formats/csv-text.ts'
import { decideOrder } from '../formats/csv-time.ts'
import { maxMessageBytes } from '../formats/format.ts'
import { peek } from '../formats/lines.ts'
import { findListLayout, type ListField, type ListLayout } from './csv-fields.ts'
import { FileGroups } from './csv-groups.ts'
import { type RowContext, readListRow } from './csv-records.ts'
import { readDaysOf } from './day-reader.ts'
import type { KnownFormat, KnownSink } from './format.ts'

const headBytes = 256 * 1024
/** Headings stand at most so far down, below titles and filters of a report. */
const headingRows = 20
const dayFields: readonly ListField[] = ['from', 'to', 'bornOn', 'diedOn', 'hiredOn', 'leftOn']

interface Plan {
  readonly encoding: Encoding
  readonly mark: number
  readonly dialect: Dialect
  readonly layout: ListLayout
  readonly titleRows: number
  /** Days of the first rows, to tell which of day and month comes first. */
  readonly written: readonly string[]
}

function planOf(head: Buffer, columns: Readonly<Record<string, string>> | undefined): Plan | undefined {
  const { encoding, mark } = detectEncoding(head)
  const isWide = encoding.startsWith('utf-16')
  const text = isWide ? Buffer.from(new TextDecoder(encoding).decode(head.subarray(mark)), 'utf8') : head.subarray(mark)
  const dialect = detectDialect(text.toString('latin1', 0, 65_536))
  const decode = decoderOf(encoding)
  const scanner = new RowScanner(dialect)
  let layout: ListLayout | undefined
  let titleRows = 0
  const written: string[] = []
  for (let from = 0, row = 0; from < text.length; row += 1) {
    const next = scanner.scan(text, from, true)
    if (!layout && row >= headingRows) break
    if (!scanner.isBroken && layout) {
      for (const field of dayFields) {
        const place = layout.places[field]
        if (place !== undefined) written.push(fieldText(scanner, text, place, decode))
      }
    } else if (!scanner.isBroken && scanner.count > 1) {
      const headings = Array.from({ length: scanner.count }, (_, place) => fieldText(scanner, text, place, decode))
      layout = findListLayout(headings, columns)
      titleRows = row
    }
    from = next
  }
  return layout && { encoding, mark, dialect, layout, titleRows, written }
}

export const csvLists: KnownFormat = {
  name: 'csv',
  recognise(head) {
    const buffer = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 65_536))
    const first = buffer.toString('latin1', 0, 64).replace(/^(?:\xef\xbb\xbf)?\s*/, '')
    if (first === '' || '{[<'.includes(first[0] ?? '') || /^(?:MSH|FHS|BHS)\W/.test(first)) return 0
    const plan = planOf(buffer, undefined)
    return plan === undefined ? 0 : plan.layout.isSure ? 2 : 1
  },
  async read(bytes, options, sink) {
    const { head, all } = await peek(bytes, headBytes)
    if (head.length === 0) return
    const plan = planOf(head, options.columns)
    if (!plan) {
      sink.reject(1, 'No row of headings was recognised: name the columns of the patient, the person and the day.')
      return
    }
    const context: RowContext = {
      layout: plan.layout,
      order: decideOrder(plan.written, options.zone),
      zone: options.zone,
      days: readDaysOf(options.zone),
      receivedAt: options.receivedAt,
    }
    await readRows(transcode(all, plan.encoding, plan.mark), plan, context, sink)
  },
}

async function readRows(
  chunks: AsyncIterable<Buffer>,
  plan: Plan,
  context: RowContext,
  sink: KnownSink,
): Promise<void> {
  const scanner = new RowScanner(plan.dialect)
  const decode = decoderOf(plan.encoding)
  const groups = new FileGroups(sink)
  let row = 0
  /** Reads the rows that end in the buffer, and gives where the rest begins. */
  const readWhole = (buffer: Buffer, isEnd: boolean): number => {
    let from = 0
    while (from < buffer.length) {
      const next = scanner.scan(buffer, from, isEnd)
      if (next < 0) return from
      row += 1
      const raw = buffer.subarray(from, scanner.rowEnd)
      from = next
      if (row - 1 <= plan.titleRows || raw.length === 0) continue
      if (scanner.isBroken) {
        sink.reject(row, 'Its quotes are not in order.')
        continue
      }
      const cell = (field: ListField) => {
        const place = plan.layout.places[field]
        return place === undefined ? '' : fieldText(scanner, buffer, place, decode)
      }
      if (isBlank(raw, plan.dialect)) continue
      const found = readListRow(cell, context)
      if (typeof found === 'string') sink.reject(row, found)
      else {
        sink.take(raw, found)
        groups.add(found)
      }
    }
    return from
  }
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    rest = Buffer.from(buffer.subarray(readWhole(buffer, false)))
    if (rest.length > maxMessageBytes) {
      sink.reject(row + 1, 'The row is longer than 16 MiB.')
      rest = Buffer.alloc(0)
    }
    await sink.ready()
    await groups.tellWhenMany()
  }
  readWhole(rest, true)
  await groups.end()
  await sink.ready()
}

const isBlank = (raw: Buffer, { delimiter }: Dialect) =>
  raw.every((byte) => byte === delimiter || byte === 0x20 || byte === 0x0d)
