/** What screens say of sources, lists and what they tell. Pure. */
import type { WireOutputOf } from '#platform/contract.ts'
import { tables } from '#sources/deliveries/contract.ts'
import { t } from '#ui/t.ts'
import { kindWords, type list, type show } from '../contract.ts'

export type SourceShown = WireOutputOf<typeof list>['items'][number]
export type RunShown = WireOutputOf<typeof show>['runs']['items'][number]
export type Kind = SourceShown['kinds'][number]

const otherFormats: Readonly<Record<string, string>> = {
  ldif: t('an export of a directory (LDIF)'),
  ldap: t('a directory, read live'),
  cyclonedx: t('a software inventory (CycloneDX)'),
  spdx: t('a software inventory (SPDX)'),
  dpkg: t('the installed packages of a Linux machine'),
  osquery: t('results of osquery'),
}

/** "a staff list". */
export function sayFormat(format: string): string {
  return tables[format]?.title ?? otherFormats[format] ?? t('a list')
}

/** "a staff list from BambooHR". */
export function sayWhat({ format, product }: { readonly format: string; readonly product: string | null }): string {
  const what = sayFormat(format)
  // "results of osquery" say it already.
  return product === null || what.includes(product) ? what : t('{what} from {product}', { what, product })
}

/** "people, accounts and devices". */
export function sayKinds(kinds: readonly Kind[]): string {
  return joinWords(kinds.map((kind) => kindWords[kind].title))
}

/** What would tell this again: "a staff list (the export of …)". */
export function sayToBring(kinds: readonly Kind[]): string {
  return kinds
    .slice(0, 2)
    .map((kind) => kindWords[kind].suppliedBy)
    .reduce((said, one) => t('{said}, or {one}', { said, one }))
}

/** The kinds of which no source tells, with what would; a statement of a person is brought to its safeguard instead. */
export function kindsNotTold(sources: readonly SourceShown[]): readonly Kind[] {
  const told = new Set(sources.flatMap(({ kinds }) => kinds))
  return (Object.keys(kindWords) as Kind[]).filter((kind) => kind !== 'attestation' && !told.has(kind))
}

const basisWords = { measured: t('read from a system'), stated: t('kept by people') } as const

export function sayBasis(basis: keyof typeof basisWords): string {
  return basisWords[basis]
}

const runWords: Readonly<Record<RunShown['state'], string>> = {
  done: t('taken in'),
  unchanged: t('the same as before'),
  superseded: t('older than what is known'),
  refused: t('refused'),
  unrecognised: t('not recognised'),
}

export function sayRun(state: RunShown['state']): string {
  return runWords[state]
}

/** "3 new, 1 changed, 2 gone": what a run changed. */
export function sayChanges({ added, changed, ended }: { added: number; changed: number; ended: number }): string {
  const parts = [
    added > 0 ? t('{added, number} new', { added }) : '',
    changed > 0 ? t('{changed, number} changed', { changed }) : '',
    ended > 0 ? t('{ended, number} gone', { ended }) : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? t('nothing new') : parts.join(', ')
}

/** "1 reject", "12 rejects". */
export function sayRejects(count: number): string {
  return t('{count, plural, one {# reject} other {# rejects}}', { count })
}

/** "12 rows could not be read". */
export function sayNotRead(count: number): string {
  return t('{count, plural, one {# row} other {# rows}} could not be read', { count })
}

export function joinWords(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : t('{words} and {last}', { words: words.slice(0, -1).join(', '), last })
}

/** A reason as a sentence: "This is a PDF; export the same list as CSV or .xlsx." */
export function asSentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.?!]$/.test(begun) ? begun : `${begun}.`
}
