/** Lists as delimited text (CSV, TSV and their cousins): exports of systems, and lists kept by people. */
import type { Reading, Unrecognised } from '#core/intake/facts.ts'
import { type FileFormat, type ReadOptions, readHead, SourceError, type SourceFile } from './format.ts'
import { detectDialect, readRows } from './tabular/delimited.ts'
import { readTable } from './tabular/table.ts'
import { decode, decodeHead, detectEncoding, explainContent } from './tabular/text.ts'

/** Reads a file of delimited text; what it is about is told by its columns. */
async function* readTabular(file: SourceFile, options: ReadOptions): AsyncGenerator<Reading | Unrecognised> {
  const head = await readHead(file)
  const refusal = explainContent(head)
  const encoding = detectEncoding(head)
  if (refusal !== undefined || encoding === undefined) {
    yield { format: 'unrecognised', reason: refusal ?? 'this is not text; export the list as CSV or .xlsx' }
    return
  }
  const dialect = detectDialect(decodeHead(head, encoding))
  const bytes = file.open()
  const rows = readRows(decode(bytes, encoding), dialect)
  try {
    const reading = await readTable({ rows, name: file.name, ragged: 'suspect' }, options)
    yield reading ?? { format: 'unrecognised', reason: 'the file holds no rows; export it again' }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    yield { format: 'unrecognised', reason: error.message }
  } finally {
    await rows.return(undefined)
    bytes.destroy()
  }
}

export const tabular: FileFormat = {
  name: 'tabular',
  title: 'a list as CSV or other delimited text',
  recognises: (head) => (explainContent(head) === undefined ? 0.1 : 0),
  read: readTabular,
}
