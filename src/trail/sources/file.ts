/** The file in which the book of sources is kept, beside the log: replaced as a whole, or made anew when it cannot be read. */
import { open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { type BookContent, SourceBook, type SourceBookOptions } from './book.ts'

const fileName = 'sources.json'

const count = z.number().int().nonnegative()
const instant = z.number().int()
const gap = z.object({ from: count, to: count, at: instant })
const span = z.object({
  since: instant,
  accepted: count,
  rejected: count,
  rejectedAt: instant.nullable(),
  aheadMs: z.number(),
  clockWrong: count,
  clockWrongAt: instant.nullable(),
})
const run = z.object({
  start: count,
  next: count,
  count,
  startedAt: instant,
  holes: z.array(gap.extend({ received: count })),
  evicted: count,
  back: count,
  orderedFrom: count,
})
const source = z.object({
  source: z.string(),
  accepted: count,
  rejected: count,
  duplicates: count,
  newestAt: instant.nullable(),
  rejects: z.record(z.string(), count),
  span,
  spanBefore: span.nullable(),
  counter: z.object({ received: count, lost: count, closed: z.array(gap), runs: z.array(run) }),
  rhythm: z.object({
    firstAt: instant.nullable(),
    lastAt: instant.nullable(),
    silence: z.string(),
    volume: z.string(),
  }),
})
const book = z.object({ version: z.literal(1), logSize: count, sources: z.array(source) })

/**
 * Opens the book of a trail's directory. Where the file is missing, broken or covers more than the log holds, the book is
 * empty and its `logSize` nought: the log from there on is to be noted.
 */
export async function openSourceBook(
  directory: string,
  logSize: number,
  options: SourceBookOptions = {},
): Promise<SourceBook> {
  const content = await readBook(join(directory, fileName))
  return new SourceBook(options, content && content.logSize <= logSize ? content : undefined)
}

/** Keeps the book: after a stop at any instant there is the old file or the new one. */
export async function saveSourceBook(book: SourceBook, directory: string): Promise<void> {
  const path = join(directory, fileName)
  const draft = `${path}.draft`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(JSON.stringify(book.content()))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  const entry = await open(dirname(path), 'r')
  try {
    await entry.sync()
  } finally {
    await entry.close()
  }
}

async function readBook(path: string): Promise<BookContent | undefined> {
  try {
    const parsed = book.safeParse(JSON.parse(await readFile(path, 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
