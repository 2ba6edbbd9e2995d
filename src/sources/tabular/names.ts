/** Names of people as a person would write them: "Reyes, Marisol" becomes "Marisol Reyes". */

export interface PersonName {
  readonly displayName: string
  readonly givenName: string | null
  readonly familyName: string | null
}

const generations = new Set(['jr', 'sr', 'ii', 'iii', 'iv'])
const credentials = new Set([
  'md', 'do', 'rn', 'lpn', 'lvn', 'np', 'pa', 'pac', 'phd', 'dds', 'dmd', 'pharmd', 'rph', 'cna', 'cma', 'rma', 'ma', 'lcsw', 'msw', 'crna', 'fnp', 'fnpc',
  'aprn', 'arnp', 'bsn', 'msn', 'dnp', 'rdn', 'rd', 'pt', 'dpt', 'ot', 'otr', 'otrl', 'slp', 'esq', 'mba', 'mph', 'mha', 'cpa', 'facp', 'facs', 'faap', 'psyd', 'dc',
  'dpm', 'od', 'rt', 'rrt', 'cnm', 'cpc', 'ba', 'bs', 'ms', 'lmft', 'lpc', 'bc', 'cissp', 'shrm', 'phr',
]) // biome-ignore format: a table reads better in rows
const particles = new Set([
  'van',
  'von',
  'der',
  'den',
  'de',
  'del',
  'della',
  'di',
  'da',
  'dos',
  'das',
  'du',
  'la',
  'le',
  'el',
  'al',
  'bin',
  'ibn',
  'ter',
  'ten',
  'st',
  'st.',
  'san',
  'mac',
  'zu',
  'af',
  'av',
])
const titles = new Set(['dr', 'mr', 'mrs', 'ms', 'miss', 'prof', 'rev', 'sr', 'sra'])

const bare = (word: string) => word.replaceAll('.', '').replaceAll('-', '').toLowerCase()
const isInitial = (word: string) => /^\p{L}\.?$/u.test(word)
const nameLike = /^[\p{L}\p{M}][\p{L}\p{M}.'’`\- ]*$/u

// Nearly every name in a list is one of these two; the rest takes the long way.
const plainPair = /^([A-Za-z'’]{2,}) ([A-Za-z'’]{2,}(?:-[A-Za-z'’]+)?)$/
const turnedPair = /^([A-Za-z'’-]{2,}), ([A-Za-z'’-]{2,})(?: ([A-Z]\.?))?$/

const isNoSuffix = (word: string) => {
  if (word.length > 6) return true
  const folded = bare(word)
  return !generations.has(folded) && !credentials.has(folded)
}

/** Takes a full name apart; what is not surely a part of it stays null, and text that is no name is kept as it is. */
export function readName(text: string): PersonName {
  const plain = plainPair.exec(text)
  if (plain && isNoSuffix(plain[2] ?? ''))
    return { displayName: text, givenName: plain[1] ?? null, familyName: plain[2] ?? null }
  const turned = turnedPair.exec(text)
  if (turned && isNoSuffix(turned[2] ?? '')) {
    const initial = turned[3] === undefined ? '' : ` ${turned[3]}`
    return {
      displayName: `${turned[2]}${initial} ${turned[1]}`,
      givenName: turned[2] ?? null,
      familyName: turned[1] ?? null,
    }
  }
  const whole = text.replace(/\s+/g, ' ').trim()
  const asWritten = { displayName: whole, givenName: null, familyName: null }
  if (!whole.includes(',')) return splitPlain(whole) ?? asWritten
  const parts = whole.split(',').map((part) => part.trim())
  const named = parts.filter((part) => part !== '')
  if (!named.every((part) => nameLike.test(part))) return asWritten
  // Letters after the name do not turn it round: "Marisol Reyes, MD".
  let suffix = ''
  while (named.length > 1) {
    const last = bare(named.at(-1) ?? '')
    const words = (named[0] ?? '').split(' ').length
    if (generations.has(last)) suffix = ` ${named.pop()}`
    else if (last.split(' ').every((word) => credentials.has(word)) && (named.length > 2 || words > 1)) named.pop()
    else break
  }
  if (named.length === 1) {
    const plain = splitPlain(named[0] ?? '')
    if (!plain) return { displayName: `${named[0]}${suffix}`, givenName: null, familyName: null }
    return { ...plain, displayName: `${plain.displayName}${suffix}` }
  }
  if (named.length !== 2) {
    // "Smith, Jr., John"
    if (named.length === 3 && generations.has(bare(named[1] ?? ''))) suffix = ` ${named.splice(1, 1)[0]}`
    else return asWritten
  }
  const family = (named[0] ?? '').split(' ')
  const given = (named[1] ?? '').split(' ')
  while (given.length > 1 && (generations.has(bare(given.at(-1) ?? '')) || isLetters(given.at(-1) ?? ''))) {
    const word = given.pop() ?? ''
    if (generations.has(bare(word))) suffix = ` ${word}`
  }
  if (family.length > 1 && generations.has(bare(family.at(-1) ?? ''))) suffix = ` ${family.pop()}`
  const familyName = family.join(' ')
  const displayName = `${given.join(' ')} ${familyName}${suffix}`
  const first = given.length > 1 && given.slice(1).every(isInitial) ? given.slice(0, 1) : given
  return { displayName, givenName: first.join(' '), familyName }
}

// Only in capitals, so that a given name such as "Do" is not taken for letters after a name.
const isLetters = (word: string) => credentials.has(bare(word)) && word === word.toUpperCase() && bare(word).length > 1

function splitPlain(whole: string): PersonName | undefined {
  if (!nameLike.test(whole)) return undefined
  let words = whole.split(' ')
  let suffix = ''
  while (words.length > 2 && titles.has(bare(words[0] ?? '')) && (words[0] ?? '').length > 1) words = words.slice(1)
  while (words.length > 2) {
    const last = words.at(-1) ?? ''
    if (generations.has(bare(last))) suffix = ` ${last}`
    else if (!isLetters(last)) break
    words = words.slice(0, -1)
  }
  const displayName = `${words.join(' ')}${suffix}`
  if (words.length < 2) return { displayName, givenName: null, familyName: null }
  const rest = words.slice(1)
  while (rest.length > 1 && isInitial(rest[0] ?? '')) rest.shift()
  const sure = rest.length === 1 || particles.has((rest[0] ?? '').toLowerCase())
  if (!sure) return { displayName, givenName: null, familyName: null }
  return { displayName, givenName: words[0] ?? null, familyName: rest.join(' ') }
}
