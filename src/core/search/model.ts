/** Words as they are compared: without case, accents and other marks. `folded` of the database does the same. */

/** The letters that are no other letter with a mark, as people type them who have no such key. */
const plain: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ı: 'i', '’': "'" }

export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replaceAll(/[ßæœøłđı’]/g, (letter) => plain[letter] ?? letter)
}

/** The words that were typed: at most five, each once, the longest of those that stand in another left. */
export function wordsOf(typed: string): readonly string[] {
  const words = [...new Set(fold(typed).split(/[\s,;]+/u))].filter((word) => word !== '')
  return words.filter((word) => !words.some((other) => other !== word && other.includes(word))).slice(0, 5)
}

/**
 * How well a folded text is matched: 0 where it begins with what was typed, 1 where each word begins a word of it, 2 where
 * each stands anywhere in it; undefined where one does not.
 */
export function rankOf(text: string, words: readonly string[]): 0 | 1 | 2 | undefined {
  if (words.some((word) => !text.includes(word))) return undefined
  if (text.startsWith(words.join(' '))) return 0
  return words.every((word) => ` ${text}`.includes(` ${word}`)) ? 1 : 2
}
