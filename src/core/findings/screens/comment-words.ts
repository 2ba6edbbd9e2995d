/** Mentions while a comment is typed: names stand in it, and become members when it is sent. Pure. */
import { mentionOf } from '../model/comment.ts'

/** The mention that somebody is typing before the cursor: where its `@` stands, and the words after it. */
export function mentionBefore(text: string, cursor: number): { from: number; words: string } | undefined {
  const words = /(?:^|[\s(])@([^\s@\n][^@\n]{0,30}|)$/u.exec(text.slice(0, cursor))?.[1]
  return words === undefined ? undefined : { from: cursor - words.length - 1, words }
}

/** Whether a name, or a part of it, begins with these words. */
export function startsIn(name: string, words: string): boolean {
  const wanted = words.toLowerCase()
  return ` ${name.toLowerCase()}`.includes(` ${wanted}`)
}

/** The comment as it is kept: the members who were chosen stand in it by their numbers, the longest names first. */
export function withMentions(comment: string, named: ReadonlyMap<string, number>): string {
  return [...named]
    .sort(([a], [b]) => b.length - a.length)
    .reduce((text, [name, id]) => text.replaceAll(`@${name}`, mentionOf(id)), comment)
}
