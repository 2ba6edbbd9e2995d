/** Readers of single cells, made once for each column: null means that the cell says nothing, undefined that it does not fit. */
import { type DateOrder, parseDate } from './dates.ts'
import type { ReadAs } from './synonyms.ts'
import { type FlagVocabulary, flags, fold, unsaid, type VocabularyName, vocabularies } from './words.ts'

const memoLimit = 2000
const yesSigns = new Set(['✓', '✔', '✔️', '☑', '✅', '●', '√'])
const noSigns = new Set(['✗', '✘', '☐', '❌', '×', '✖', '○'])

/** Remembers what the values of a column mean, for as long as they repeat. */
export function memoised<T>(read: (cell: string) => T): (cell: string) => T {
  let known: Map<string, T> | undefined = new Map()
  let hits = 0
  return (cell) => {
    if (known === undefined) return read(cell)
    const found = known.get(cell)
    if (found !== undefined) {
      hits += 1
      return found
    }
    const value = read(cell)
    if (known.size < memoLimit) known.set(cell, value)
    // Where nearly every value is new, looking them up only costs.
    else if (hits < memoLimit) known = undefined
    return value
  }
}

/** Reads yes or no by one of the vocabularies; a word that is in none of them is not guessed at. */
export function flagReader(name: FlagVocabulary, inverted = false): (cell: string) => boolean | null {
  const words = flags[name]
  return memoised((cell) => {
    const text = cell.trim()
    const meaning = yesSigns.has(text) ? 'yes' : noSigns.has(text) ? 'no' : meaningOf(text, name, words)
    if (meaning === null) return null
    return (meaning === 'yes') !== inverted
  })
}

const percentage = /^(\d{1,3}(?:\.\d+)?)\s*%?$/

function meaningOf(text: string, name: FlagVocabulary, words: ReadonlyMap<string, string | null>): string | null {
  const folded = fold(text)
  const direct = words.get(folded)
  if (direct !== undefined) return direct
  if (unsaid.has(folded)) return null
  const percent = name === 'encrypted' ? percentage.exec(text) : null
  if (percent) return Number(percent[1]) >= 100 ? 'yes' : 'no'
  // "Yes - signed 2024", "No (retired)": the first word decides when it is a plain yes or no.
  const first =
    /^(yes|no|true|false|y|n|enabled|disabled|active|inactive|encrypted|enrolled|registered)\b\s*[-–—:;,(/]/i.exec(text)
  return first ? (words.get(fold(first[1] ?? '')) ?? null) : null
}

export function wordReader(name: VocabularyName): (cell: string) => string | null {
  const words = vocabularies[name]
  return memoised((cell) => {
    const direct = words.get(fold(cell))
    if (direct !== undefined) return direct
    const parted = /^\s*([\p{L} ]{2,}?)\s*(?:[-–—:;,(/]|\d)/u.exec(cell)
    return parted ? (words.get(fold(parted[1] ?? '')) ?? null) : null
  })
}

const emptyText = new Set([
  '',
  '-',
  '--',
  '---',
  '—',
  'n/a',
  'N/A',
  '#N/A',
  'null',
  'NULL',
  '(null)',
  '<null>',
  'undefined',
  '{}',
  '[]',
  '(blank)',
  '<not set>',
  '<Not Set>',
  'NaN',
  '(none)',
])
const heldText = /^="((?:[^"]|"")*)"$/

/** Text without the space around it; a spreadsheet's ="00123" is the text in it. */
export function readText(cell: string): string | null {
  let text = cell.trim()
  if (text.length <= 9 && emptyText.has(text)) return null
  if (text.charCodeAt(0) === 61 && text.charCodeAt(1) === 34) {
    const held = heldText.exec(text)
    if (held) text = (held[1] ?? '').replaceAll('""', '"').trim()
  }
  return text === '' ? null : text
}

const protectionWord = flagReader('protection')

/** Where a version or a product stands, the thing is there; a word for its absence says so. */
export function presenceReader(cell: string): boolean | null {
  const said = protectionWord(cell)
  if (said !== null) return said
  const text = cell.trim()
  // In a column that names the product, "none" is an answer.
  if (/^(none|nil|no av|nothing|not installed|missing)$/i.test(text)) return false
  return readText(cell) !== null && !unsaid.has(fold(text)) ? true : null
}

const spreadsheetNumber = /^\d+\.0+$/

/** Numbers of people and things: leading zeros stay, the ".0" that spreadsheets add goes. */
export function readCode(cell: string): string | null {
  const text = readText(cell)
  return text !== null && spreadsheetNumber.test(text) ? text.slice(0, text.indexOf('.')) : text
}

const address = /<([^<>\s]+@[^<>\s]+)>\s*$/

export function readEmail(cell: string): string | null {
  const text = readText(cell)
  if (text === null) return null
  if (text.endsWith('>')) return address.exec(text)?.[1] ?? text
  return /^(mailto|smtp):/i.test(text) ? text.slice(text.indexOf(':') + 1) : text
}

const amount =
  /^([-+]?\d[\d,]*(?:\.\d+)?|[-+]?\.\d+)\s*(%|pts?|points?|percent|people|persons?|staff|attendees|participants)?(?:\s*\/\s*\d+)?$/i

export function readNumber(cell: string): number | null {
  const found = amount.exec(cell.trim())
  if (!found) return null
  const value = Number((found[1] ?? '').replaceAll(',', ''))
  return Number.isFinite(value) ? value : null
}

const span = /^[<≤~]?\s*(\d+(?:[.,]\d+)?)\s*([a-z]*)\.?$/i
const hoursOf: Readonly<Record<string, number>> = {
  h: 1, hr: 1, hrs: 1, hour: 1, hours: 1, m: 1 / 60, min: 1 / 60, mins: 1 / 60, minute: 1 / 60, minutes: 1 / 60,
  d: 24, day: 24, days: 24, w: 168, wk: 168, wks: 168, week: 168, weeks: 168, s: 1 / 3600, sec: 1 / 3600, secs: 1 / 3600, second: 1 / 3600, seconds: 1 / 3600,
} // biome-ignore format: a table reads better in rows
const spanWords: Readonly<Record<string, number>> = {
  hourly: 1,
  daily: 24,
  weekly: 168,
  none: 0,
  zero: 0,
  immediate: 0,
  'real-time': 0,
}

/** Reads a duration in hours; a bare number is in the unit of the header. */
export function durationReader(hoursPerUnit: number): (cell: string) => number | null {
  return (cell) => {
    const text = cell.trim().replace(/^(rpo|rto)\s*[:=]?\s*/i, '')
    const found = span.exec(text)
    if (!found) {
      const clock = /^(\d{1,3}):(\d{2})(?::(\d{2}))?$/.exec(text)
      if (clock) return Number(clock[1]) + Number(clock[2]) / 60 + Number(clock[3] ?? 0) / 3600
      const named = spanWords[text.toLowerCase()]
      return named === undefined || named === 0 ? null : named
    }
    const unit = (found[2] ?? '').toLowerCase()
    const factor = unit === '' ? hoursPerUnit : hoursOf[unit]
    if (factor === undefined) return null
    return Math.round(Number((found[1] ?? '').replace(',', '.')) * factor * 10_000) / 10_000
  }
}

const commonName = /^CN=((?:\\.|[^,\\])+)/i

/** Splits groups and roles; of a distinguished name the common name is kept. */
export function readList(cell: string): readonly string[] | null {
  const text = readText(cell)
  if (text === null) return null
  const distinguished = /^(CN|OU)=/i.test(text)
  const separator = text.includes(';')
    ? ';'
    : text.includes('|')
      ? '|'
      : text.includes('\n')
        ? '\n'
        : distinguished
          ? undefined
          : ','
  const inner = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  const parts = separator === undefined ? inner.split(/,(?=CN=)/i) : inner.split(separator)
  const groups: string[] = []
  for (const part of parts) {
    const trimmed = part.trim().replace(/^["']|["']$/g, '')
    const common = distinguished ? commonName.exec(trimmed) : null
    const group = common ? (common[1] ?? '').replace(/\\(.)/g, '$1') : trimmed
    if (group !== '' && !groups.includes(group)) groups.push(group)
  }
  return groups.length > 0 ? groups : null
}

/** Reads a day; undefined when the cell is no date. */
export function dayReader(order: DateOrder): (cell: string) => string | null | undefined {
  return memoised((cell) => {
    const read = parseDate(cell.trim(), order)
    if (read === undefined) return undefined
    return read === 'none' || read === 'never' ? null : read.day
  })
}

export function instantReader(order: DateOrder): (cell: string) => Date | null | 'never' | undefined {
  return memoised((cell) => {
    const read = parseDate(cell.trim(), order)
    if (read === undefined || read === 'never') return read
    return read === 'none' ? null : new Date(read.at)
  })
}

/** The bits of Active Directory's userAccountControl that speak of the account itself. */
export function readAccountControl(cell: string): { enabled: boolean; passwordNeverExpires: boolean } | null {
  const text = cell.trim()
  const value = /^0x[0-9a-f]+$/i.test(text) || /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) return null
  return { enabled: (value & 0x2) === 0, passwordNeverExpires: (value & 0x10000) !== 0 }
}

const dateShaped = /\d[/.-]\d{1,2}[/.-]\d/

/** Whether a reader makes sense of a value, for judging a column by a sample. */
export function understander(readAs: ReadAs): ((cell: string) => boolean) | undefined {
  const [sort, name] = readAs.split(':')
  if (sort === 'flag' || sort === 'not') {
    const read = flagReader(name as FlagVocabulary)
    return (cell) => read(cell) !== null || unsaid.has(fold(cell))
  }
  if (sort === 'word') {
    const read = wordReader(name as VocabularyName)
    return (cell) => read(cell) !== null
  }
  switch (readAs) {
    case 'day':
    case 'instant':
      return (cell) =>
        dateShaped.test(cell) ||
        parseDate(cell.trim(), 'mdy') !== undefined ||
        parseDate(cell.trim(), 'dmy') !== undefined
    case 'number':
      return (cell) => readNumber(cell) !== null
    case 'account-control':
      return (cell) => readAccountControl(cell) !== null
    case 'email':
      return (cell) => cell.includes('@')
    default:
      return undefined
  }
}
