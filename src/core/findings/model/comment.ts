/** Comments hold mentions of members as `@[member:12]`; wherever they are shown, the member's name stands there. */

const mention = /@\[member:([1-9]\d{0,14})\]/

export interface Mention {
  readonly memberId: number
  /** Which part of the comment it is. */
  readonly at: number
}

/** A comment as texts and the members that it mentions, in their order. */
export function partsOf(comment: string): readonly (string | Mention)[] {
  // What is captured stands at every second place.
  return comment
    .split(mention)
    .map((part, at) => (at % 2 === 0 ? part : { memberId: Number(part), at }))
    .filter((part) => part !== '')
}

/** The members whom a comment mentions, each once. */
export function mentionsIn(comment: string): readonly number[] {
  return [...new Set(partsOf(comment).flatMap((part) => (typeof part === 'string' ? [] : [part.memberId])))]
}

/** How a member is mentioned. */
export function mentionOf(memberId: number): string {
  return `@[member:${memberId}]`
}
