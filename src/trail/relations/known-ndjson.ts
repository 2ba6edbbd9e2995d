/**
 * Vigil's own form: one JSON object a line, a record of model/relation.ts with its `record` first. What a record leaves out is
 * not known; a field that is not one of its own is refused, for it would be a misspelt one. So is `takesBack` of whoever may
 * not take anything back.
 */
import { z } from 'zod'
import { isDay } from '#platform/days.ts'
import type { ReadOptions } from '../formats/format.ts'
import { readLines } from '../formats/lines.ts'
import {
  type Known,
  patientWords,
  relationKinds,
  unknownPatient,
  unknownWorker,
  workerWords,
} from '../model/relation.ts'
import type { KnownFormat } from './format.ts'

const text = z
  .string()
  .max(500)
  .transform((value) => value.trim())
const name = text.refine((value) => value !== '', 'is empty')
const optionalText = text.default('')
const day = z.string().refine(isDay, 'is not a day that exists (YYYY-MM-DD)')
const optionalDay = day.nullable().default(null)

const relation = z.strictObject({
  record: z.literal('relation'),
  kind: z.enum(relationKinds),
  key: name,
  patient: name,
  user: optionalText,
  department: optionalText,
  from: day,
  to: optionalDay,
  isVoid: z.boolean().default(false),
})

const worker = z.strictObject({
  record: z.literal('worker'),
  login: name,
  person: optionalText,
  name: text.default(unknownWorker.name),
  department: optionalText,
  role: optionalText,
  manager: optionalText,
  hiredOn: optionalDay,
  leftOn: optionalDay,
  bornOn: optionalDay,
  street: optionalText,
  place: optionalText,
  phone: optionalText,
  patient: optionalText,
  isShared: z.boolean().default(false),
  takesBack: z.array(z.enum(workerWords)).min(1).optional(),
})

const patient = z.strictObject({
  record: z.literal('patient'),
  patient: name,
  name: text.default(unknownPatient.name),
  bornOn: optionalDay,
  diedOn: optionalDay,
  street: optionalText,
  place: optionalText,
  phone: optionalText,
  isWatched: z.boolean().default(false),
  same: optionalText,
  takesBack: z.array(z.enum(patientWords)).min(1).optional(),
})

const known = z.discriminatedUnion('record', [relation, worker, patient])

const notOfSuch = 'It has a field that such a record does not have.'

/** Checks a record; the reason names the field, never what was in it. */
export function checkKnown(value: unknown, { takesBack }: Pick<ReadOptions, 'takesBack'> = {}): Known | string {
  const result = known.safeParse(value)
  if (!result.success) {
    const issue = result.error.issues[0]
    const field = issue?.path.join('.') || (issue?.code === 'unrecognized_keys' ? 'a field' : 'record')
    if (issue?.code === 'unrecognized_keys') return notOfSuch
    if (issue?.code === 'custom') return `Its ${field} ${issue.message}.`
    return `Its ${field} is missing or not of the right kind.`
  }
  const record = result.data
  if ('takesBack' in record && record.record !== takesBack) return notOfSuch
  if (record.record === 'relation') {
    if (record.user === '' && record.department === '') return 'It names neither a user nor a department.'
    if (record.to !== null && record.to < record.from) return 'It ends before it begins.'
  }
  if (record.record === 'worker') return { ...record, person: record.person || record.login }
  return record
}

export const knownNdjson: KnownFormat = {
  name: 'known-ndjson',
  recognise(head) {
    const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 65_536)).toString('utf8')
    const line = start.replace(/^\uFEFF?\s*/, '').split('\n', 1)[0] ?? ''
    return /^\{.*"record"\s*:\s*"(relation|worker|patient)"/.test(line) ? 2 : 0
  },
  read(bytes, options, sink) {
    return readLines(bytes, {
      line: (buffer, start, end, where) => {
        const written = buffer
          .toString('utf8', start, end)
          .replace(/^\uFEFF/, '')
          .trim()
        if (written === '') return
        const record = readLine(written, options)
        if (typeof record === 'string') sink.reject(where, record)
        else sink.take(buffer.subarray(start, end), [record])
      },
      tooLong: (where) => sink.reject(where, 'The line is too long.'),
      ready: () => sink.ready(),
    })
  },
}

function readLine(written: string, options: ReadOptions): Known | string {
  let value: unknown
  try {
    value = JSON.parse(written)
  } catch {
    return 'The line is not JSON.'
  }
  return checkKnown(value, options)
}
