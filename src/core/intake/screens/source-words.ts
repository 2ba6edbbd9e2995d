/** What screens say of sources, lists and what they tell. Pure. */
import type { WireOutputOf } from '#platform/contract.ts'
import { tables } from '#sources/deliveries/contract.ts'
import { kindWords, type list, type show } from '../contract.ts'

export type SourceShown = WireOutputOf<typeof list>['items'][number]
export type RunShown = WireOutputOf<typeof show>['runs']['items'][number]
export type Kind = SourceShown['kinds'][number]

const otherFormats: Readonly<Record<string, string>> = {
  ldif: 'an export of a directory (LDIF)',
  ldap: 'a directory, read live',
  cyclonedx: 'a software inventory (CycloneDX)',
  spdx: 'a software inventory (SPDX)',
  dpkg: 'the installed packages of a Linux machine',
  osquery: 'results of osquery',
}

/** "a staff list". */
export function sayFormat(format: string): string {
  return tables[format]?.title ?? otherFormats[format] ?? 'a list'
}

/** "a staff list from BambooHR". */
export function sayWhat({ format, product }: { readonly format: string; readonly product: string | null }): string {
  const what = sayFormat(format)
  // "results of osquery" say it already.
  return product === null || what.includes(product) ? what : `${what} from ${product}`
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
    .join(', or ')
}

/** The kinds of which no source tells, with what would; a statement of a person is brought to its safeguard instead. */
export function kindsNotTold(sources: readonly SourceShown[]): readonly Kind[] {
  const told = new Set(sources.flatMap(({ kinds }) => kinds))
  return (Object.keys(kindWords) as Kind[]).filter((kind) => kind !== 'attestation' && !told.has(kind))
}

const basisWords = { measured: 'read from a system', stated: 'kept by people' } as const

export function sayBasis(basis: keyof typeof basisWords): string {
  return basisWords[basis]
}

const runWords: Readonly<Record<RunShown['state'], string>> = {
  done: 'taken in',
  unchanged: 'the same as before',
  superseded: 'older than what is known',
  refused: 'refused',
  unrecognised: 'not recognised',
}

export function sayRun(state: RunShown['state']): string {
  return runWords[state]
}

/** "3 new, 1 changed, 2 gone": what a run changed. */
export function sayChanges({ added, changed, ended }: { added: number; changed: number; ended: number }): string {
  const parts = [
    added > 0 ? `${added.toLocaleString('en-GB')} new` : '',
    changed > 0 ? `${changed.toLocaleString('en-GB')} changed` : '',
    ended > 0 ? `${ended.toLocaleString('en-GB')} gone` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? 'nothing new' : parts.join(', ')
}

/** "1 row", "12 rows". */
export function sayCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`
}

export function joinWords(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`
}

/** A reason as a sentence: "This is a PDF; export the same list as CSV or .xlsx." */
export function asSentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.?!]$/.test(begun) ? begun : `${begun}.`
}
