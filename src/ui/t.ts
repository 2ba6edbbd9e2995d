/**
 * What the web app says, in the language of whoever reads it. English stands in the code, where it is read beside what it is
 * about; `tools/catalogue.ts` gathers it into `src/web/public/languages/en.json`, which is what is translated. The rules:
 *  - Every text that a person sees goes through `t` (or `rich`, where links and the like stand in it); the check refuses others.
 *  - A sentence is one message, with its numbers and plurals in it (ICU message format), never put together from pieces:
 *    `t('{count, plural, =0 {Nothing is} one {One thing is} other {# things are}} open.', { count })`
 *  - What a translation lacks is said in English.
 */
import { IntlMessageFormat } from 'intl-messageformat'

export type Values = Readonly<Record<string, string | number | Date | null | undefined>>

/** A language by its tag; `en-XA` is English with accents, by which texts are seen that were left out of the catalogue. */
export const language = readLanguage()
const translated = await loadCatalogue()

const formats = new Map<string, IntlMessageFormat>()

/** Says a message in the reader's language. */
export function t(message: string, values?: Values): string {
  // Most messages are plain words.
  if (!/[{}'<]/.test(message)) return accented(translated[message] ?? message)
  const said = formatOf(message).formatToParts<never>(values)
  return said.map((part) => (part.type === 0 ? accented(part.value) : String(part.value))).join('')
}

/** The message in the reader's language, made ready once. */
export function formatOf(message: string): IntlMessageFormat {
  const known = formats.get(message)
  if (known) return known
  const format = new IntlMessageFormat(translated[message] ?? message, language === 'en-XA' ? 'en' : language)
  formats.set(message, format)
  return format
}

function readLanguage(): string {
  if (typeof localStorage === 'undefined') return 'en'
  const chosen = localStorage.getItem('vigil-language') ?? 'en'
  return /^[a-z]{2,3}(-[A-Za-z]{2,8})?$/.test(chosen) ? chosen : 'en'
}

async function loadCatalogue(): Promise<Readonly<Record<string, string>>> {
  if (typeof document === 'undefined' || language === 'en' || language === 'en-XA') return {}
  try {
    const answer = await fetch(`/languages/${language}.json`)
    if (!answer.ok) return {}
    document.documentElement.lang = language
    return await answer.json()
  } catch {
    return {}
  }
}

const accents: Readonly<Record<string, string>> = {
  a: 'á',
  c: 'ç',
  e: 'é',
  i: 'í',
  n: 'ñ',
  o: 'ö',
  s: 'š',
  u: 'ü',
  y: 'ý',
  A: 'Á',
  E: 'É',
  I: 'Í',
  O: 'Ö',
  S: 'Š',
  U: 'Ü',
}

function accented(text: string): string {
  return language === 'en-XA' ? text.replaceAll(/[aceinosuyAEIOSU]/g, (letter) => accents[letter] ?? letter) : text
}
