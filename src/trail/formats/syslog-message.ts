/** One syslog message: RFC 5424 as it is written, and its forerunner RFC 3164 as it is found. */
import { readIsoTime, zoneOf } from './clock.ts'
import type { ReadOptions } from './format.ts'

export interface SyslogMessage {
  /** Undefined where the sender knows no time. */
  readonly at: number | undefined
  readonly host: string
  readonly app: string
  readonly messageId: string
  /** What follows the header, without the mark of UTF-8: a view. */
  readonly body: Buffer
}

type Read = SyslogMessage | { readonly reason: string }

const headerBytes = 4096
const notSyslog = { reason: 'It is not a syslog message.' }
const badData = { reason: 'The structured data of the syslog message is not in order.' }

export function readSyslogMessage(bytes: Uint8Array, options: Pick<ReadOptions, 'receivedAt' | 'zone'>): Read {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const head = buffer.toString('latin1', 0, headerBytes)
  const priority = /^<(\d{1,3})>/.exec(head)
  if (priority === null || Number(priority[1]) > 191) return notSyslog
  const start = priority[0].length
  const rest = head.slice(start)
  const header = /^1 (\S{1,48}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,64}) /.exec(rest)
  if (header === null) return readOld(buffer, head, start, options)
  const [whole, at = '', host = '', app = '', , messageId = ''] = header
  const data = start + whole.length
  const end = endOfData(buffer, data)
  if (end === -1) return badData
  return {
    at: at === '-' ? undefined : readIsoTime(at, zoneOf(options.zone)),
    host: unless(host),
    app: unless(app),
    messageId: unless(messageId),
    body: bodyAt(buffer, buffer[end] === 0x20 ? end + 1 : end),
  }
}

const unless = (field: string) => (field === '-' ? '' : field)

function bodyAt(buffer: Buffer, from: number): Buffer {
  const hasMark = buffer[from] === 0xef && buffer[from + 1] === 0xbb && buffer[from + 2] === 0xbf
  return buffer.subarray(hasMark ? from + 3 : from)
}

/** Where the structured data ends, or -1: `-`, or elements of `[id name="value"]` with `"`, `\` and `]` escaped. */
function endOfData(buffer: Buffer, from: number): number {
  if (buffer[from] === 0x2d) return isEnd(buffer, from + 1) ? from + 1 : -1
  let at = from
  while (buffer[at] === 0x5b) {
    at += 1
    let isQuoted = false
    for (; at < buffer.length; at += 1) {
      const byte = buffer[at]
      if (isQuoted && byte === 0x5c) at += 1
      else if (byte === 0x22) isQuoted = !isQuoted
      else if (!isQuoted && byte === 0x5d) break
    }
    if (at >= buffer.length) return -1
    at += 1
  }
  return at > from && isEnd(buffer, at) ? at : -1
}

const isEnd = (buffer: Buffer, at: number) => at === buffer.length || buffer[at] === 0x20

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const old =
  /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2})(?:\.\d+)? (?:(\S{1,255}) )?(?:([^\s:[\]<]{1,64})(?:\[[^\]]{0,64}\])?: ?)?/

/** Reads `<13>Nov 22 08:53:20 host app[7]: …`; what follows none of its customs is all body. */
function readOld(
  buffer: Buffer,
  head: string,
  start: number,
  options: Pick<ReadOptions, 'receivedAt' | 'zone'>,
): SyslogMessage {
  const found = old.exec(head.slice(start))
  if (found === null) return { at: undefined, host: '', app: '', messageId: '', body: bodyAt(buffer, start) }
  const [whole, month = '', day = '', hour = '', minute = '', second = '', host = '', app = ''] = found
  return {
    at: nearest(months.indexOf(month), [day, hour, minute, second].map(Number), options),
    host,
    app,
    messageId: '',
    body: bodyAt(buffer, start + whole.length),
  }
}

/** The year is not said: it is that which brings the time nearest to when it was received. */
function nearest(
  month: number,
  parts: readonly number[],
  options: Pick<ReadOptions, 'receivedAt' | 'zone'>,
): number | undefined {
  const [day = 0, hour = 0, minute = 0, second = 0] = parts
  if (month < 0 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined
  const year = new Date(options.receivedAt).getUTCFullYear()
  let best: number | undefined
  for (const one of [year - 1, year, year + 1]) {
    const at = zoneOf(options.zone).toUtc(Date.UTC(one, month, day, hour, minute, second))
    if (best === undefined || Math.abs(at - options.receivedAt) < Math.abs(best - options.receivedAt)) best = at
  }
  return best
}
