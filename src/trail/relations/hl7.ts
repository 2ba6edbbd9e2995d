/**
 * HL7 v2 messages as relations: files of one or many messages, batches, or what a listener wrote down. Only admissions (ADT) and
 * bookings (SIU) tell of the patient; the PID of other messages is often poorer and would overwrite what is known.
 */
import type { ReadOptions } from '../formats/format.ts'
import type { Known } from '../model/relation.ts'
import { type DayReader, readDaysOf } from './day-reader.ts'
import type { KnownFormat } from './format.ts'
import { listIdentifiers, readPid } from './hl7-patient.ts'
import { readGroup } from './hl7-relations.ts'
import { type Message, MessageSplitter, parseMessage } from './hl7-text.ts'

const pieceBytes = 1024 * 1024
const merges = new Set(['A18', 'A30', 'A34', 'A36', 'A39', 'A40', 'A46', 'A47'])
/** Unlinks patients that were taken for one. */
const parting = 'A37'

/** Reads one message; a text says why it tells of nobody where it should. */
export function readHl7Message(bytes: Buffer, days: DayReader, options: ReadOptions): Known[] | string {
  const message = parseMessage(bytes)
  const [header] = message ?? []
  if (!message || !header) return 'Its MSH segment declares no separators.'
  const type = header.get(9, 1).toUpperCase()
  const occurred = message.find((one) => one.name === 'EVN')
  const event = (header.get(9, 2) || (occurred?.get(1) ?? '')).toUpperCase()
  const toldOn = days.hl7(occurred?.get(2) ?? '') ?? days.hl7(header.get(7)) ?? days.at(options.receivedAt)
  const groups = splitGroups(message)
  if (groups.length === 0) return type === 'ACK' || type === 'MFN' ? [] : 'It names no patient.'
  const known: Known[] = []
  for (const { pid, group } of groups) {
    const [patient] = listIdentifiers(pid)
    if (patient === undefined) return 'Its patient has no identifier.'
    if (type === 'ADT' || type === 'SIU') {
      const merged = merges.has(event) ? group.find((one) => one.name === 'MRG') : undefined
      const told = readPid(pid, merged, days, options.receivedAt)
      for (const one of told) known.push(event === parting ? { ...one, same: one.same || one.patient } : one)
    }
    for (const one of readGroup(group, { patient, on: toldOn, days, type, event })) known.push(one)
  }
  return known
}

/** A message may be about several patients: each PID begins the part of one. What stands before the first belongs to it. */
function splitGroups(message: Message) {
  const groups: { pid: Message[number]; group: Message[number][] }[] = []
  const before: Message[number][] = []
  for (const segment of message) {
    if (segment.name === 'PID') groups.push({ pid: segment, group: [...before.splice(0), segment] })
    else (groups.at(-1)?.group ?? before).push(segment)
  }
  return groups
}

export const hl7: KnownFormat = {
  name: 'hl7',
  recognise(head) {
    const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 1024)).toString('latin1')
    // \v begins a message on the wire, and \s holds it.
    return /^(?:\xef\xbb\xbf)?\s*(?:MSH|FHS|BHS)[^\w\s][^\w\s]{2}/.test(start) ? 2 : 0
  },
  async read(bytes, options, sink) {
    const days = readDaysOf(options.zone)
    const splitter = new MessageSplitter({
      message(message, where) {
        const found = readHl7Message(message, days, options)
        if (typeof found === 'string') sink.reject(where, found)
        else sink.take(message, found)
      },
      reject: (where, reason) => sink.reject(where, reason),
    })
    for await (const chunk of bytes) {
      const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      for (let at = 0; at < buffer.length; at += pieceBytes) {
        splitter.write(buffer.subarray(at, at + pieceBytes))
        await sink.ready()
      }
    }
    splitter.end()
    await sink.ready()
  },
}
