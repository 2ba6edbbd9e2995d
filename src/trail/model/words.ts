/**
 * How names, streets, places and phones are folded before they are coded, so that what two systems wrote of the same thing
 * has the same code. The empty text stands for what is not known, and must never be taken for a match.
 *
 * - A name is read in either order. Titles, generations and letters after it fall away, marks and hyphens too, and both ways of
 *   writing an umlaut become one: "Müller-Lüdenscheidt, Dr. Eva", "Eva MUELLER-LUEDENSCHEIDT". Of given names the first counts.
 * - A street has three keys: `house` (number, street and unit: who shares it with the same place lives together), `street`
 *   (number and street: the same building) and `road` (the street alone; with `number`, who lives next door).
 * - A place is its postcode of five digits, or else the city.
 * - A phone is its last ten digits.
 */

const letters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
}

/** Lower case, without marks; ä, ae and a (and so on) are one. Anything but letters and digits becomes a single blank. */
export function foldWords(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (found) => letters[found] ?? found)
    .replace(/\p{M}|['’`´]/gu, '')
    .replace(/([aou])e/g, '$1')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

const titles = new Set([
  'dr',
  'mr',
  'mrs',
  'ms',
  'miss',
  'mx',
  'prof',
  'professor',
  'rev',
  'sir',
  'sra',
  'herr',
  'frau',
])
const generations = new Set(['jr', 'sr', 'ii', 'iii', 'iv', 'junior', 'senior'])
const lettersAfter = new Set([
  'md', 'do', 'rn', 'lpn', 'lvn', 'np', 'pa', 'pac', 'phd', 'dds', 'dmd', 'pharmd', 'rph', 'cna', 'cma', 'rma', 'ma', 'lcsw', 'msw', 'crna', 'fnp', 'aprn',
  'arnp', 'bsn', 'msn', 'dnp', 'rdn', 'rd', 'dpt', 'ot', 'otr', 'slp', 'esq', 'mba', 'mph', 'mha', 'facp', 'facs', 'faap', 'psyd', 'dpm', 'rrt', 'cnm', 'bc',
]) // biome-ignore format: a table reads better in rows
const particles = new Set([
  'van', 'von', 'der', 'den', 'de', 'del', 'della', 'di', 'da', 'dos', 'das', 'du', 'la', 'le', 'el', 'al', 'bin', 'ibn', 'ter', 'ten', 'st', 'zu', 'zum', 'zur',
]) // biome-ignore format: a table reads better in rows
const nobody = new Set([
  '',
  'unknown',
  'unk',
  'na',
  'none',
  'null',
  'anonymous',
  'xxx',
  'tbd',
  'not available',
  'not known',
])

export interface FoldedName {
  readonly surname: string
  readonly given: string
}

const noName: FoldedName = { surname: '', given: '' }

/** Reads a name in either order; a single word is a surname. */
export function foldName(text: string): FoldedName {
  const parts = text.split(',').map((part, place) => splitName(part, place === 0 ? 1 : 0))
  const first = parts[0] ?? []
  // Letters after a name do not turn it round: "Marisol Reyes, MD" has nothing left behind the comma.
  const rest = parts.slice(1).flat()
  if (rest.length > 0) return check(first.join(''), rest[0] ?? '')
  if (first.length <= 1) return check(first[0] ?? '', '')
  let start = first.length - 1
  while (start > 1 && particles.has(first[start - 1] ?? '')) start -= 1
  return check(first.slice(start).join(''), first[0] ?? '')
}

/** Of a name whose parts are known apart, as FHIR and HL7 v2 have them. */
export function joinName(family: string, given: string): string {
  const [one, other] = [family.trim().replaceAll(',', ' '), given.trim().replaceAll(',', ' ')]
  return other === '' ? one : one === '' ? other : `${one}, ${other}`
}

function check(surname: string, given: string): FoldedName {
  return nobody.has(surname) ? noName : { surname, given: nobody.has(given) ? '' : given }
}

/** The words of one part of a name, without titles and what comes after a name, but at least so many. */
function splitName(part: string, least: number): string[] {
  const written = part.trim().split(/\s+/)
  const words = written.map((word) => foldWords(word.replaceAll('.', '')).replaceAll(' ', '')).filter((word) => word)
  while (words.length > Math.max(least, 1) && titles.has(words[0] ?? '')) words.shift()
  while (words.length > least && isAfterName(words, least)) words.pop()
  return words
}

// "Ma", "Do" and "Pa" are surnames too: behind a single word of a whole name they are taken for one.
function isAfterName(words: readonly string[], least: number): boolean {
  const last = words.at(-1) ?? ''
  if (generations.has(last)) return true
  return lettersAfter.has(last) && (last.length > 2 || last === 'rn' || last === 'md' || words.length !== least + 1)
}

const streetWords: Readonly<Record<string, string>> = {
  street: 'st', str: 'st', avenu: 'av', ave: 'av', avn: 'av', road: 'rd', drive: 'dr', drv: 'dr', lane: 'ln', boulevard: 'blvd', boul: 'blvd', court: 'ct', crt: 'ct',
  place: 'pl', terrace: 'ter', terr: 'ter', highway: 'hwy', parkway: 'pkwy', pky: 'pkwy', circle: 'cir', square: 'sq', trail: 'trl', crossing: 'xing', point: 'pt',
  heights: 'hts', mount: 'mt', mountain: 'mtn', saint: 'st', fort: 'ft', route: 'rt', rte: 'rt', alley: 'aly', plaza: 'plz', ridge: 'rdg', valley: 'vly',
  north: 'n', south: 's', east: 'e', west: 'w', northeast: 'ne', northwest: 'nw', southeast: 'se', southwest: 'sw', strasse: 'st', gasse: 'g',
  first: '1st', second: '2nd', third: '3rd', fourth: '4th', fifth: '5th', sixth: '6th', seventh: '7th', eighth: '8th', ninth: '9th', tenth: '10th',
} // biome-ignore format: a table reads better in rows
const unitWords = new Set([
  'apt', 'apartment', 'appt', 'unit', 'ste', 'suite', 'rm', 'room', 'fl', 'floor', 'flat', 'lot', 'trlr', 'trailer', 'bldg', 'building', 'no', 'top', 'wohnung',
]) // biome-ignore format: a table reads better in rows
const nowhere =
  /^(unknown|unk|na|n a|none|null|homeless|no fixed (address|abode)|general delivery|same|tbd|undomiciled|x+)$/

export interface FoldedStreet {
  readonly house: string
  readonly street: string
  readonly road: string
  /** The house number; 0 where there is none. */
  readonly number: number
}

const noStreet: FoldedStreet = { house: '', street: '', road: '', number: 0 }

/** Reads the first lines of an address, whichever order number and street have. */
export function foldStreet(text: string): FoldedStreet {
  const folded = foldWords(text.replaceAll('#', ' apt ').replace(/\bp\.?\s*o\.?\s*box\b/gi, 'pobox'))
  if (folded === '' || nowhere.test(folded)) return noStreet
  const road: string[] = []
  const unit: string[] = []
  let number = ''
  const words = folded.split(' ')
  for (let place = 0; place < words.length; place += 1) {
    const word = (words[place] ?? '').replace(/(?<=\p{L}{3})(strasse|str)$/u, 'st')
    if (place > 0 && unitWords.has(word)) {
      // "Apt # 4" says it twice; "Ste A" and "Apt 4 B" are one word or two.
      while (unitWords.has(words[place + 1] ?? '')) place += 1
      const length = /^[a-z0-9]$/.test(words[place + 2] ?? '') ? 2 : 1
      unit.push(...words.slice(place + 1, place + 1 + length))
      place += length
    } else if (
      number === '' &&
      /^\d+\p{L}?$/u.test(word) &&
      (place === 0 || (road.length > 0 && isLastOfRoad(words, place)))
    ) {
      number = word
    } else {
      road.push(streetWords[word] ?? word)
    }
  }
  const name = road.join(' ')
  if (name === '') return noStreet
  const street = number === '' ? name : `${number} ${name}`
  return {
    house: unit.length === 0 ? street : `${street} / ${unit.join('')}`,
    street,
    road: name,
    number: Number.parseInt(number, 10) || 0,
  }
}

// "Hauptstraße 12": behind the street, with nothing but a unit after it. "Highway 12 North" is a name.
function isLastOfRoad(words: readonly string[], place: number): boolean {
  const before = words[place - 1] ?? ''
  if (/^(hwy|highway|rt|rte|route|rd|county|pobox|box|interstate)$/.test(before))
    return before === 'pobox' || before === 'box'
  return place === words.length - 1 || unitWords.has(words[place + 1] ?? '')
}

export function foldPlace(text: string): string {
  const postcode = [...text.matchAll(/(?<!\d)(\d{5})(?:-?\d{4})?(?!\d)/g)].at(-1)?.[1]
  if (postcode !== undefined) return postcode === '00000' || postcode === '99999' ? '' : postcode
  const folded = foldWords(text)
  return nobody.has(folded) ? '' : folded
}

/** The last ten digits; empty for what is too short to tell two people apart, and for fillers such as 999-999-9999. */
export function foldPhone(text: string): string {
  const digits = text
    .replace(/(?:ext|x|#).*$/i, '')
    .replace(/^tel:/i, '')
    .replace(/\D/g, '')
  const last = digits.slice(-10)
  return last.length < 7 || /^(\d)\1+$/.test(last) || /^(\d{3})?(1234567|0000000|5555555)$/.test(last) ? '' : last
}
