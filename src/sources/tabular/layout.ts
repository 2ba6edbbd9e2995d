/** Where the table is within a sheet of cells: title lines above it, repeated headers inside, totals and notes below. */
import type { FileMapping } from '../format.ts'
import { type DateOrder, parseDate } from './dates.ts'
import type { Row } from './delimited.ts'
import { isKnownHeader, mappedField } from './recognise.ts'

const searchedRows = 60
const searchedColumns = 300

/** Finds the header: the row among the first with the most headers known to anybody; undefined in an empty table. */
export function findHeader(rows: readonly Row[], mapping: FileMapping | undefined): number | undefined {
  let best: { at: number; known: number } | undefined
  let first: number | undefined
  const limit = Math.min(rows.length, searchedRows)
  for (let at = 0; at < limit; at += 1) {
    const cells = (rows[at]?.cells ?? [])
      .slice(0, searchedColumns)
      .map((cell) => cell.trim())
      .filter((cell) => cell !== '')
    if (cells.length < 2) continue
    first ??= at
    const distinct = new Set(cells)
    let known = 0
    for (const cell of distinct) {
      if (cell.length > 80) continue
      if (isKnownHeader(cell) || mappedField(mapping, cell) !== undefined) known += 1
    }
    if (known > (best?.known ?? 1)) best = { at, known }
  }
  return best?.at ?? first
}

const reportDate =
  /\b(?:generated|as of|as at|report(?:ed)? (?:date|run|generated|created)|date of report|exported|export date|run (?:date|on|time)|run|created|printed|extracted|snapshot|data as of|effective|date|pulled|prepared)\b(?:\s+(?:on|at|date|time))?\s*[:=-]?\s*(.+)$/i
const dateInText =
  /\d{4}-\d{2}-\d{2}(?:[T ]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:\s*[AP]M)?(?:Z|[+-]\d{2}:?\d{2})?)?|\d{1,4}[/.-](?:\d{1,2}|[A-Za-z]{3})[/.-]\d{2,4}(?:,?\s+\d{1,2}:\d{2}(?::\d{2})?(?:\s*[AP]M)?)?|\d{1,2}\s+[A-Za-z]{3,9}\.?,?\s+\d{4}(?:,?\s+\d{1,2}:\d{2}(?::\d{2})?(?:\s*[AP]M)?)?|[A-Za-z]{3,9}\.?\s+\d{1,2},?\s+\d{4}(?:,?(?:\s+at)?\s+\d{1,2}:\d{2}(?::\d{2})?(?:\s*[AP]M)?)?/i

/** When the content was collected, if the title lines say so. */
export function findCollectedAt(preamble: readonly Row[], order: DateOrder): Date | undefined {
  for (const row of preamble) {
    const text = row.cells
      .map((cell) => cell.trim())
      .filter((cell) => cell !== '')
      .join(' ')
    const found = reportDate.exec(text)
    const written = found ? dateInText.exec(found[1] ?? '') : null
    if (!written) continue
    const read = parseDate(written[0].replace(/,\s*(?=\d{1,2}:)/, ' '), order)
    if (read !== undefined && read !== 'none' && read !== 'never') return new Date(read.at)
  }
  return undefined
}

const total =
  /^\W*(?:(?:grand|sub|report|overall)[\s-]*)?totals?\b\W*(?:\d|$|[a-z ]{0,40}[:=]|(?:number|count|records|rows|users|employees|devices)\b)/i
const closing =
  /^\W*(?:end of (?:report|file|list|data|export)|\*+\s*end|confidential\b|proprietary\b|page \d+(?: of \d+)?|(?:\d[\d,]*) (?:rows?|records?|items?|results?|users?|employees?|devices?|entries)\b|\(?\d+ rows? affected|(?:record|row|item|user|employee) count\b|count\s*[:=]|number of (?:records|rows|users|employees|items)|(?:report )?(?:generated|printed|exported|created|run) (?:on|by|at|date)\b|report (?:generated|run|date|id|created|total)\b|this report\b|copyright\b|©|for internal use|internal use only|do not distribute|contains (?:confidential|phi|ephi)|notes?:|disclaimer|filters?:|filtered by|applied filters|source:|legend\b|n\s*=\s*\d+|\* )/i

/** Whether a row below the table's first one is a total, a note or a line drawn, and not a thing of its own. */
export function isFooter(cells: readonly string[]): boolean {
  let first: string | undefined
  let filled = 0
  let drawn = 0
  for (const cell of cells) {
    const text = cell.trim()
    if (text === '') continue
    filled += 1
    first ??= text
    if (/^[-=_*~]{2,}$/.test(text)) drawn += 1
  }
  if (first === undefined) return true
  if (drawn === filled) return true
  if (/^\W*(?:(?:grand|sub|report|overall)[\s-]*)?totals?\b\W*$/i.test(first)) return true
  return filled <= 2 && (total.test(first) || closing.test(first))
}

/** What a list is called, whatever is in it. */
const listWord =
  /^(?:users?|userlist|accounts?|logins?|employees?|staff|export(?:ed|s)?|lists?|listing|reports?|download(?:ed)?|sheet|table|extract|dump|roster|inventory|audit|review|csv|xlsx|mfa|2fa|details?|detailed|summary|members?)$/i
/** What is said of a list beside its name; alone it may be part of a name, as in "Active Directory" or "New Relic". */
const qualifier =
  /^(?:access|service|svc|shared|privileged|admins?|generic|master|full|guests?|all|active|inactive|disabled|enabled|current|status|data|with|and|the|of|from|for|copy|final|new|latest|last|version|v\d+|as|q[1-4]|fy\d*|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|monthly|quarterly|weekly|daily|annual|\d+)$/i
const period =
  /^(?:q[1-4]|fy\d*|v\d+|copy|final|latest|\d+|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|(?:jan|febr)uary|march|april|june|july|august|(?:septem|octo|novem|decem)ber)$/i
const pluralList = /^(?:users|accounts|logins|userlist|employees|exports?|lists?)$/i

// "exportUsers" is two words, "ServiceNow" and "NextGen" are names; of "EpicUsers" the name is the beginning.
function splitJoined(word: string): string[] {
  const parts = word.replace(/(\p{Ll}|\p{Lu}(?=\p{Lu}\p{Ll}))(\p{Lu})/gu, '$1 $2').split(' ')
  if (parts.length === 1 || parts.every((part) => listWord.test(part))) return parts
  let end = parts.length
  while (end > 1 && pluralList.test(parts[end - 1] ?? '')) end -= 1
  return end === parts.length ? [word] : [parts.slice(0, end).join(''), ...parts.slice(end)]
}

/** The system that a list of accounts is of, by what the file or sheet is called; undefined when it says nothing. */
export function systemFromName(name: string): string | undefined {
  const stem = name.replace(/(?:\.(?:csv|tsv|txt|xlsx|xlsm|tab|dat|psv))+$/i, '')
  const words = stem
    .replace(/_+/g, ' ')
    .replace(
      /\b\d{4}[-. ]?\d{1,2}(?:[-. ]?\d{1,2})?(?:[T -]?\d{4,6})?\b|\b\d{1,2}[-. ]\d{1,2}[-. ]\d{2,4}\b|\b\d{4,}\b|\(\d+\)/g,
      ' ',
    )
    .replace(/[^\p{L}\p{N}&+.]+/gu, ' ')
    .split(' ')
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .flatMap(splitJoined)
  const kept = trimWords(trimWords(words).reverse()).reverse()
  if (kept.length > 1 && /^access$/i.test(kept.at(-1) ?? '')) kept.pop()
  const text = kept
    .filter((word) => !listWord.test(word))
    .join(' ')
    .replace(/^[\s.]+|[\s.]+$/g, '')
  if (text === '' || /^[\d ]+$/.test(text) || /^[a-z]$/i.test(text)) return undefined
  return aliases.find(([pattern]) => pattern.test(text))?.[1] ?? text
}

/** Takes the words that only say that this is a list, and when of, off the beginning. */
function trimWords(words: readonly string[]): string[] {
  let at = 0
  let named = false
  while (at < words.length) {
    const word = words[at] ?? ''
    if (listWord.test(word)) named = true
    // A number before the list's own word belongs to the name: "Solventum 360 users".
    else if (!qualifier.test(word) || (named && /^\d+$/.test(word))) break
    at += 1
  }
  if (at === words.length) return []
  if (named) return words.slice(at)
  let begin = 0
  while (begin < at && period.test(words[begin] ?? '')) begin += 1
  return words.slice(begin)
}

const aliases: readonly (readonly [RegExp, string])[] = [
  [/^(?:ad|active directory|aduc)$/i, 'Active Directory'],
  [
    /^(?:entra(?: id)?|microsoft entra(?: id)?|azure(?: ad)?|aad|[mo] ?365|office ?365|microsoft 365)$/i,
    'Microsoft Entra ID',
  ],
  [/^(?:google(?: workspace)?|g ?suite|gws)$/i, 'Google Workspace'],
]

const dateInName = /(?<!\d)(20\d{2})[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)/

/** The day in a file's name, when it is written year first. */
export function dateFromName(name: string): Date | undefined {
  const found = dateInName.exec(name)
  if (!found) return undefined
  const read = parseDate(`${found[1]}-${found[2]}-${found[3]}`, 'mdy')
  return read === undefined || read === 'none' || read === 'never' ? undefined : new Date(read.at)
}
