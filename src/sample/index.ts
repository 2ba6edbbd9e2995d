/** Made-up organisations to try Vigil on: the exports that a real site would have, with known faults in them. */
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Day, isDay } from '#platform/days.ts'
import { refusals } from '#platform/refusal.ts'
import { answerKeyText, type SampleSize } from './answer-key.ts'
import { type PlannedFile, planSample } from './plan.ts'

export type { AnswerKey, SampleSize } from './answer-key.ts'

export const sampleSizes: readonly SampleSize[] = ['clinic', 'hospital', 'system']

/** Lies beside the exports, and is not one of them. */
export const answerKeyName = 'answer-key.json'

const refuse = refusals('sample', {
  'not-empty': ['conflict', 'The directory for the sample is not empty.', 'Name a new or an empty directory.'],
  'no-directory': [
    'invalid',
    'The directory for the sample cannot be made or written.',
    'Name a place where you may write.',
  ],
  'day-unknown': ['invalid', 'The day of the sample is not a day of the calendar.', 'Write it as YYYY-MM-DD.'],
})

export interface SampleRequest {
  readonly size: SampleSize
  readonly seed: number
  readonly directory: string
  /** The day on which the exports were made. */
  readonly asOf?: Day
  /** Writes the accesses to patients' records too (`ehr/`), and the key of what is wrong in them (`trail-key.json`). */
  readonly trail?: boolean | undefined
  /** Told the name of each file once it is written. */
  readonly onProgress?: (file: string) => void
}

export interface SampleWritten {
  /** Names in the order of writing, the answer key left out. */
  readonly files: readonly string[]
  readonly people: number
  readonly accounts: number
  /** The path of the answer key. */
  readonly answerKey: string
}

/**
 * Writes a sample into a new or empty directory, and beside its files the answer key. The same size, seed and day give
 * the same bytes. Refuses `sample-not-empty`, `sample-no-directory`, `sample-day-unknown`.
 */
export async function writeSample(request: SampleRequest): Promise<SampleWritten> {
  const { size, seed, directory, asOf = '2026-11-02', trail, onProgress } = request
  if (!isDay(asOf)) throw refuse('day-unknown')
  await prepare(directory)
  // Exports are made at night; Vigil takes a file's own time where its content names none.
  const collectedAt = new Date(`${asOf}T06:00:00Z`)
  const { keeper, files } = planSample({ size, seed, asOf, trail })
  const written: string[] = []
  for (const file of files) {
    if (file.name.includes('/')) await mkdir(dirname(join(directory, file.name)), { recursive: true })
    await write(join(directory, file.name), file, collectedAt)
    written.push(file.name)
    onProgress?.(file.name)
  }
  const answerKey = join(directory, answerKeyName)
  await write(answerKey, { encoding: 'utf8', content: answerKeyText(keeper.key) }, collectedAt)
  return { files: written, people: keeper.key.people, accounts: keeper.key.accounts, answerKey }
}

async function prepare(directory: string): Promise<void> {
  let found: string[]
  try {
    await mkdir(directory, { recursive: true })
    found = await readdir(directory)
  } catch (cause) {
    throw refuse('no-directory', {}, { cause })
  }
  if (found.length > 0) throw refuse('not-empty')
}

async function write(path: string, file: Pick<PlannedFile, 'content' | 'encoding'>, modifiedAt: Date): Promise<void> {
  await pipeline(Readable.from(encode(file), { objectMode: true, highWaterMark: 2 }), createWriteStream(path))
  await utimes(path, modifiedAt, modifiedAt)
}

const chunkLength = 64 * 1024

/** Gathers lines into larger pieces, as a write for each line would take most of the time. */
function* encode({ content, encoding }: Pick<PlannedFile, 'content' | 'encoding'>): Generator<Buffer> {
  const charset = encoding === 'utf16le' ? 'utf16le' : 'utf8'
  let text = encoding === 'utf8' ? '' : '\ufeff'
  for (const piece of content) {
    if (typeof piece === 'string') {
      text += piece
      if (text.length < chunkLength) continue
    }
    if (text !== '') yield Buffer.from(text, charset)
    text = ''
    if (typeof piece !== 'string') yield Buffer.from(piece)
  }
  if (text !== '') yield Buffer.from(text, charset)
}
