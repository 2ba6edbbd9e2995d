/**
 * Access logs as delimited text of any layout. The head of the file decides once: encoding, delimiter, the row of headings, which
 * column holds what, and whether the day or the month comes first; the rest is read row by row, in place.
 */

import { describeLayout, type Found, findLayout, type Layout } from './csv-layout.ts'
import { RowReader } from './csv-reader.ts'
import { type Dialect, fieldText, RowScanner } from './csv-rows.ts'
import { decoderOf, detectDialect, detectEncoding, type Encoding, transcode } from './csv-text.ts'
import { decideOrder } from './csv-time.ts'
import type { AccessFormat, ReadOptions, Sink } from './format.ts'
import { maxMessageBytes } from './format.ts'
import { peek } from './lines.ts'

const headBytes = 1024 * 1024
/** Headings stand at most so far down, below titles and filters of a report. */
const headingRows = 40
const sampledRows = 20_000

interface Plan {
  readonly encoding: Encoding
  readonly mark: number
  readonly dialect: Dialect
  readonly headings: readonly string[]
  readonly found: Found
  /** How many rows stand before the headings, and the headings' place in the head. */
  readonly titleRows: number
}

function planOf(head: Buffer, columns: Readonly<Record<string, string>> | undefined): Plan | undefined {
  const { encoding, mark } = detectEncoding(head)
  const isWide = encoding.startsWith('utf-16')
  const text = isWide ? Buffer.from(new TextDecoder(encoding).decode(head.subarray(mark)), 'utf8') : head.subarray(mark)
  const dialect = detectDialect(text.toString('latin1', 0, 65_536))
  const decode = decoderOf(encoding)
  const scanner = new RowScanner(dialect)
  let best: Plan | undefined
  let from = 0
  for (let row = 0; row < headingRows && from < text.length; row += 1) {
    const next = scanner.scan(text, from, true)
    if (!scanner.isBroken && scanner.count > 1) {
      const headings: string[] = []
      for (let place = 0; place < scanner.count; place += 1) headings.push(fieldText(scanner, text, place, decode))
      const found = findLayout(headings, columns)
      const isBetter = found.isWhole && (best === undefined || found.count > best.found.count)
      // Rows of data hold no headings, but a free text may hold a word that is one.
      if (isBetter && headings.filter((heading) => heading !== '').length > 1) {
        best = { encoding, mark, dialect, headings, found, titleRows: row }
      }
    }
    from = next
  }
  return best
}

/** Which heading was found to hold which field of an access; empty where the headings are not recognised. */
export function describeMapping(head: Uint8Array, options: Pick<ReadOptions, 'columns'>): Record<string, string> {
  const plan = planOf(Buffer.from(head.buffer, head.byteOffset, head.byteLength), options.columns)
  return plan === undefined ? {} : describeLayout(plan.headings, plan.found.layout)
}

/** The published layout that the headings follow, if any. */
export function describePreset(head: Uint8Array): string | undefined {
  return planOf(Buffer.from(head.buffer, head.byteOffset, head.byteLength), undefined)?.found.layout.preset
}

async function readCsv(bytes: AsyncIterable<Uint8Array>, options: ReadOptions, sink: Sink): Promise<void> {
  const { head, all } = await peek(bytes, headBytes)
  if (head.length === 0) return
  const plan = planOf(head, options.columns)
  if (plan === undefined) {
    sink.reject(1, 'No row of headings was recognised: name the columns of the time, and of the user or the patient.')
    return
  }
  const order = decideOrder(sampleTimes(head, plan), options.zone)
  const reader = new RowReader({ ...plan, layout: plan.found.layout, order, options, sink })
  await readRows(transcode(all, plan.encoding, plan.mark), reader, sink)
}

function sampleTimes(head: Buffer, plan: Plan): string[] {
  const place = plan.found.layout.at
  const isWide = plan.encoding.startsWith('utf-16')
  const text = isWide
    ? Buffer.from(new TextDecoder(plan.encoding).decode(head.subarray(plan.mark)), 'utf8')
    : head.subarray(plan.mark)
  const scanner = new RowScanner(plan.dialect)
  const decode = decoderOf(plan.encoding)
  const times: string[] = []
  let from = 0
  for (let row = 0; row < sampledRows && from < text.length; row += 1) {
    from = scanner.scan(text, from, true)
    if (row <= plan.titleRows || scanner.isBroken || place === undefined) continue
    const time = fieldText(scanner, text, place, decode)
    if (!/^\s*\d{1,2}[-/.]/.test(time)) {
      if (row > plan.titleRows + 20 && times.length === 0) break
      continue
    }
    times.push(time)
  }
  return times
}

async function readRows(chunks: AsyncIterable<Buffer>, reader: RowReader, sink: Sink): Promise<void> {
  let held: Buffer[] = []
  let heldBytes = 0
  let sinceReady = 0
  for await (const chunk of chunks) {
    sinceReady += chunk.length
    held.push(chunk)
    heldBytes += chunk.length
    // A row longer than what is held is looked for again only once that has doubled.
    if (heldBytes < reader.wants) {
      held[held.length - 1] = Buffer.from(chunk)
      continue
    }
    const window = held.length === 1 ? chunk : Buffer.concat(held, heldBytes)
    const used = reader.read(window, false)
    const rest = window.subarray(used)
    if (rest.length > maxMessageBytes) {
      reader.skip()
      held = []
      heldBytes = 0
    } else {
      held = rest.length === 0 ? [] : [Buffer.from(rest)]
      heldBytes = rest.length
    }
    reader.wants = used === 0 ? heldBytes * 2 : 0
    if (sinceReady >= 1024 * 1024) {
      sinceReady = 0
      await sink.ready()
    }
  }
  reader.read(Buffer.concat(held, heldBytes), true)
  await sink.ready()
}

function guess(head: Buffer): 0 | 1 | 2 {
  const plan = planOf(head, undefined)
  if (plan === undefined) return 0
  const layout: Layout = plan.found.layout
  if (layout.preset !== undefined) return 2
  // Lists of appointments name a time, a person and a patient too; what was done is what makes it a log.
  const isOfBoth = layout.user !== undefined && layout.patient !== undefined
  if (isOfBoth && layout.action !== undefined) return 2
  return isOfBoth ? 1 : 0
}

export const csv: AccessFormat = {
  name: 'csv',
  recognise(head) {
    const buffer = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 65_536))
    const first = buffer.toString('latin1', 0, 64).replace(/^(?:\xef\xbb\xbf)?\s*/, '')
    if (first === '' || '{[<'.includes(first[0] ?? '')) return 0
    return guess(buffer)
  },
  read: readCsv,
}
