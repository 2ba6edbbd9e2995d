/**
 * How much of a password its owner made up. Guessing programs try known words, runs along the keyboard and repetitions
 * before they try characters, so such a piece counts little however long it is:
 *
 *  - a word of the context (the organisation, the product, the person) counts nothing;
 *  - a repetition of what stood before counts 1, however often;
 *  - a run along the keyboard, the alphabet or the digits, either way, counts 2;
 *  - a year counts 2;
 *  - a well-known word or password counts 3;
 *  - every other character counts 1.
 *
 * The count of a password is the smallest that any division into pieces gives. Words are seen through the digits and
 * signs that people put for letters ("p@55w0rd").
 */
import { fold } from './fold.ts'

export interface KnownWords {
  /** Words of the context, folded. */
  readonly context?: ReadonlySet<string>
  /** Well-known words and passwords, folded. */
  readonly common?: ReadonlySet<string>
}

const shortestWord = 4
const longestWord = 32
const shortestRun = 3

const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  '1q2w3e4r5t6y7u8i9o0p',
  'qazwsxedcrfvtgbyhnujmikolp',
  '!@#$%^&*()_+',
]
const runs = rows.flatMap((row) => [row, [...row].reverse().join('')])

/** What people put for a letter; 1, ! and | stand for two of them. */
const stands: Readonly<Record<string, string>> = { 0: 'o', 3: 'e', 4: 'a', 5: 's', 7: 't', 8: 'b', '@': 'a', $: 's' }

/** The words in texts, folded, of four letters and more: "Riverside Clinic" is three, the third both together. */
export function wordsOf(texts: readonly string[]): ReadonlySet<string> {
  const words = new Set<string>()
  for (const text of texts) {
    const parts = fold(text).split(/[^\p{L}]+/u)
    for (const word of [...parts, parts.join('')]) {
      // A word longer than what is looked for counts by its beginning.
      if (word.length >= shortestWord) words.add(word.slice(0, longestWord))
    }
  }
  return words
}

/** The readings of a folded text: as it is, and with letters for what stands for them. Places are the same in all. */
export function readingsOf(folded: string): readonly string[] {
  const letters = (one: string) => folded.replace(/[0134578@$!|]/g, (sign) => stands[sign] ?? one)
  return [...new Set([folded, letters('i'), letters('l')])]
}

/** Counts what is left of a folded text beside what is known; see above. */
export function countMadeUp(folded: string, { context, common }: KnownWords): number {
  const readings = readingsOf(folded)
  const letterAt = Array.from(folded, (character) => /\p{L}/u.test(character))
  const repeats = findRepeats(folded)
  const best = new Array<number>(folded.length + 1).fill(0)
  for (let at = folded.length - 1; at >= 0; at -= 1) {
    let least = 1 + (best[at + 1] ?? 0)
    const take = (length: number, count: number) => {
      least = Math.min(least, count + (best[at + length] ?? 0))
    }
    // A shorter run or repetition is sometimes the better one, because a word begins before the longest ends.
    for (let length = repeats[at] ?? 0; length >= 2; length -= 1) take(length, 1)
    for (let length = longestRun(folded, at); length >= shortestRun; length -= 1) take(length, 2)
    if (/^(?:19|20)\d\d/.test(folded.slice(at, at + 4))) take(4, 2)
    let letters = 0
    for (let length = 1; length <= longestWord && at + length <= folded.length; length += 1) {
      if (letterAt[at + length - 1]) letters += 1
      // Digits that only could be read as a word are digits.
      if (length < shortestWord || letters < 2) continue
      for (const reading of readings) {
        const piece = reading.slice(at, at + length)
        if (context?.has(piece)) take(length, 0)
        else if (common?.has(piece)) take(length, 3)
      }
    }
    best[at] = least
  }
  return best[0] ?? 0
}

/** For every place how far what stands there repeats what began before it, over itself too ("aaaa" is "a" and three). */
function findRepeats(text: string): readonly number[] {
  const longest = new Array<number>(text.length).fill(0)
  for (let distance = 1; distance < text.length; distance += 1) {
    let length = 0
    for (let at = text.length - 1; at >= distance; at -= 1) {
      length = text[at] === text[at - distance] ? length + 1 : 0
      longest[at] = Math.max(longest[at] ?? 0, length)
    }
  }
  return longest
}

function longestRun(text: string, at: number): number {
  const head = text.slice(at, at + shortestRun)
  if (head.length < shortestRun) return 0
  let longest = 0
  for (const run of runs) {
    const start = run.indexOf(head)
    if (start < 0) continue
    let length = shortestRun
    while (at + length < text.length && text[at + length] === run[start + length]) length += 1
    longest = Math.max(longest, length)
  }
  return longest
}
