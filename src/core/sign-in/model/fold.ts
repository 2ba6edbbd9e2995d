/**
 * How passwords and words are compared: not by case, marks or width. Every character becomes one unit, so that places in
 * a folded text can be counted; a character beyond the first 65,536 becomes one of the private ones.
 */
export function fold(text: string): string {
  // Nearly every one; the general way costs ten times as much.
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase()
  const plain = text.normalize('NFKC').toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '').normalize('NFC')
  return plain.replace(/[\u{10000}-\u{10ffff}]/gu, (character) =>
    String.fromCharCode(0xe000 + ((character.codePointAt(0) ?? 0) % 6_400)),
  )
}
