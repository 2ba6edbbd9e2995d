/** Words of papers: text from outside made safe, numbers and days as they are said. Pure. */

/**
 * Text from outside as one line of at most `most` characters. Control and direction characters go: they could make a
 * name read as something else.
 */
export function plain(text: string, most = 240): string {
  // Cut first, so that a megabyte in one cell is not walked through for a line.
  const line = text
    .slice(0, most * 4)
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .trim()
  const letters = [...line]
  return letters.length <= most
    ? line
    : `${letters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`
}

/** Text from outside as a sentence: a capital first and a full stop last. */
export function sentence(text: string, most = 320): string {
  const line = plain(text, most)
  if (line === '') return ''
  const begun = line.charAt(0).toUpperCase() + line.slice(1)
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`
}

const grouped = new Intl.NumberFormat('en-GB')

export function sayNumber(count: number): string {
  return grouped.format(count)
}

/** "1 finding", "1,204 findings". */
export function sayCount(count: number, one: string, many = `${one}s`): string {
  return `${sayNumber(count)} ${count === 1 ? one : many}`
}

const shortDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })

/** "28 Aug 2026", for columns. */
export function sayInstant(instant: Date): string {
  return Number.isNaN(instant.getTime()) ? 'unknown' : shortDay.format(instant)
}
