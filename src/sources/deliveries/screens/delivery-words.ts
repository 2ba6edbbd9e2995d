/** What screens say of files that are brought. Pure. */
import { asSentence, joinWords, sayChanges, sayFormat, sayWhat } from '#core/intake/screens/source-words.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { t } from '#ui/t.ts'
import type { look, show } from '../contract.ts'

export type DeliveryShown = WireOutputOf<typeof show>['delivery']
export type FileShown = WireOutputOf<typeof show>['files']['items'][number]
export type FileLooked = WireOutputOf<typeof look>
export type PartLooked = FileLooked['preview']['parts'][number]
export type Outcome = NonNullable<FileShown['outcome']>[number]
type Part = FileShown['summary']['parts'][number]

/** What a file was recognised as, in one sentence. */
export function sayFile({ summary: { state, parts, hasMore } }: FileShown): string {
  if (state === 'settings') return t('It says how the other files are read.')
  if (state === 'ignored') return t('Left out, as you said.')
  if (state === 'too-long') return t('It is too long to be shown before it is taken in; all of it is read then.')
  const [first] = parts
  if (state === 'unrecognised') return asSentence(first?.reason ?? t('it is none of the lists that Vigil reads'))
  const known = parts.filter(({ format }) => format !== 'unrecognised')
  if (parts.length === 1 && known[0]) return asSentence(sayWhat(known[0]))
  const count = known.length
  const sheets = hasMore
    ? t('{count, plural, one {# sheet} other {# sheets}} or more', { count })
    : t('{count, plural, one {# sheet} other {# sheets}}', { count })
  const formats = joinWords([...new Set(known.map(({ format }) => sayFormat(format)))])
  const rest = parts.length - known.length
  const said = t('{sheets}: {formats}.', { sheets, formats })
  if (rest === 0) return said
  return `${said} ${t('{rest, plural, one {# sheet is} other {# sheets are}} not recognised.', { rest })}`
}

/** Columns that nobody understood; those that a person said to leave out are understood. */
export function lostColumns(part: Pick<Part, 'columns' | 'format'>): number {
  return part.columns.filter(({ field, isSaid, header }) => field === null && !isSaid && header !== '').length
}

/** "12 columns, 2 not understood". */
export function sayColumns({ summary: { parts } }: FileShown): string | undefined {
  const columns = parts.reduce((sum, part) => sum + part.columns.length, 0)
  if (columns === 0) return undefined
  const lost = parts.reduce((sum, part) => sum + lostColumns(part), 0)
  return lost > 0
    ? t('{columns, plural, one {# column} other {# columns}}, {lost} not understood', { columns, lost })
    : t('{columns, plural, one {# column} other {# columns}}, all understood', { columns })
}

/** Whether somebody should look at it before it is taken in. */
export function needsCare({ summary: { state } }: FileShown): boolean {
  return state === 'unrecognised'
}

/** "5 files: 4 are recognised, 1 is not." */
export function sayDelivery(files: readonly FileShown[]): string {
  const not = files.filter(needsCare).length
  const others = files.length - not
  if (not === 0)
    return t('{count, plural, one {# file is} other {# files are}} recognised. Look at them, then take them in.', {
      count: files.length,
    })
  if (others === 0) return t('{not, plural, one {# file is} other {# files are}} not recognised.', { not })
  return t(
    '{others, plural, one {# file is} other {# files are}} recognised, {not, plural, one {# is} other {# are}} not. Nothing is taken from a file that is not.',
    { others, not },
  )
}

/** What became of a part of a file, in one sentence. */
export function sayOutcome(outcome: Outcome): string {
  if (outcome.state === 'unchanged') return t('It is the same file as before; nothing changed.')
  if (outcome.state === 'superseded') return asSentence(outcome.reason ?? t('something newer is known already'))
  if (outcome.state !== 'done') return asSentence(outcome.reason ?? t('it was refused'))
  return t('{rows, plural, one {# row} other {# rows}} read: {changes}.', {
    rows: outcome.rowsRead,
    changes: sayChanges(outcome),
  })
}

/** "2.4 MB". */
export function saySize(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

export interface Brought {
  readonly name: string
  readonly file: File
}

/**
 * The files that somebody dropped or chose, by their paths. A folder in which all of them lie is no part of the name, so
 * that next month's folder of another name brings the same sources.
 */
export function nameFiles(files: readonly { readonly file: File; readonly path: string }[]): readonly Brought[] {
  const paths = files.map(({ path }) => path.replaceAll('\\', '/').replace(/^(\.?\/)+/, ''))
  const [top] = paths[0]?.split('/') ?? []
  const isShared = top !== undefined && paths.every((path) => path.startsWith(`${top}/`))
  return files.map(({ file }, at) => ({ file, name: (paths[at] ?? file.name).slice(isShared ? top.length + 1 : 0) }))
}
