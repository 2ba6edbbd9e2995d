/**
 * An access whose texts need nothing done to them: they are kept as the bytes that stand in the input. Most accesses of a table
 * are, and no text is then made of any of their fields.
 */
import { type Access, codedFields } from './access.ts'

export interface PlainAccess extends Pick<Access, 'at' | 'action' | 'outcome' | 'flags' | 'purpose'> {
  readonly bytes: Buffer
  /** The whole message. */
  readonly from: number
  readonly to: number
  /** Of each of `codedFields` where it begins and ends; those of `purpose` and `source` are not read. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** The source’s own identifier of the event. */
  readonly eventFrom: number
  readonly eventTo: number
}

/** The place of a field in `starts` and `ends`. */
export const plainPlaces = {
  patient: codedFields.indexOf('patient'),
  user: codedFields.indexOf('user'),
  onBehalfOf: codedFields.indexOf('onBehalfOf'),
  object: codedFields.indexOf('object'),
  workstation: codedFields.indexOf('workstation'),
  application: codedFields.indexOf('application'),
  department: codedFields.indexOf('department'),
  reason: codedFields.indexOf('reason'),
} as const
export type PlainField = keyof typeof plainPlaces

/** Bytes that are kept as they stand, as identifiers and as any other text: see `reduceIdentifier` and `cleanField`. */
const inIdentifiers = new Uint8Array(256)
for (const one of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-@')
  inIdentifiers[one.charCodeAt(0)] = 1
const inTexts = new Uint8Array(256).fill(1, 0x20, 0x7f)
inTexts[0x5c] = 0

const longestIdentifier = 200
const blank = 0x20
const equals = 0x3d

/** Whether it is an identifier that is not reduced, and none of the words that stand for nobody. */
export function isPlainIdentifier(bytes: Buffer, from: number, to: number): boolean {
  if (to - from > longestIdentifier) return false
  for (let at = from; at < to; at += 1) if (inIdentifiers[bytes[at] as number] !== 1) return false
  return to === from || !mayBeNobody(bytes, from, to)
}

/** Zeros, dashes, or a short word that begins with an n (null, nil, none). */
function mayBeNobody(bytes: Buffer, from: number, to: number): boolean {
  const first = bytes[from] as number
  if (first === 0x6e || first === 0x4e) return to - from <= 4
  if (first !== 0x30 && first !== 0x2d) return false
  for (let at = from + 1; at < to; at += 1) if (bytes[at] !== first) return false
  return true
}

/** Whether it is a text that is kept as it stands, in the line of the log too; a formula of a spreadsheet is none. */
export function isPlainText(bytes: Buffer, from: number, to: number): boolean {
  if (to === from) return true
  for (let at = from; at < to; at += 1) if (inTexts[bytes[at] as number] !== 1) return false
  return bytes[from] !== blank && bytes[from] !== equals && bytes[to - 1] !== blank
}
