/** Every file format that can be dropped, and the reading of a file by the one that recognises its content. */
import type { Reading, Unrecognised } from '#core/intake/facts.ts'
import { cyclonedx } from './cyclonedx.ts'
import { dpkg } from './dpkg.ts'
import { type FileFormat, type ReadOptions, readHead, type SourceFile } from './format.ts'
import { ldif } from './ldif.ts'
import { osquery } from './osquery.ts'
import { spdx } from './spdx.ts'
import { explainContent } from './tabular/text.ts'
import { tabular } from './tabular.ts'
import { xlsx } from './xlsx.ts'

export {
  type FileMapping,
  localFile,
  type ReadOptions,
  SourceError,
  type SourceFile,
  tooLongToShow,
  type WrittenTable,
} from './format.ts'

/** The formats, in the order that decides between those that are equally sure; any text may be a table, so that is last. */
const fileFormats: readonly FileFormat[] = [xlsx, ldif, cyclonedx, spdx, osquery, dpkg, tabular]

/** Reads a file by the format that recognises its content; one that nobody recognises yields the reason. */
export async function* readFile(file: SourceFile, options: ReadOptions): AsyncGenerator<Reading | Unrecognised> {
  if (options.mapping?.ignore) return
  let head: Uint8Array
  try {
    head = await readHead(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    yield { format: 'unrecognised', reason: `the file cannot be opened${code}; check that it is there and may be read` }
    return
  }
  let best: { format: FileFormat; certainty: number } | undefined
  for (const format of fileFormats) {
    if (format.name === options.mapping?.format) {
      yield* format.read(file, options)
      return
    }
    const certainty = Number(format.recognises(head, file))
    if (certainty > (best?.certainty ?? 0)) best = { format, certainty }
  }
  if (best) yield* best.format.read(file, options)
  else yield { format: 'unrecognised', reason: explainContent(head) ?? 'no format read here recognises this content' }
}
