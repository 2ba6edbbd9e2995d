/**
 * How a story becomes a case, and what moves it. The rules:
 *  - A case opens with a story that nothing explains. A story that is explained when it is first seen is no case.
 *  - While nobody has decided, a story that is explained later takes its case back by itself; one that is open again opens it.
 *    Where a person opened the case again although it was explained, what has been known of it does not take it back.
 *  - A decision of a person stands. Only when the story grew materially since, the case opens again and says so: other
 *    patients, a good many more accesses, more weight.
 *  - Days to look and to decide are counted from the day on which the case opened last.
 */
import { createHmac } from 'node:crypto'
import { compareNames, usernameKey } from '#core/people/model.ts'
import { addDays, type Day } from '#platform/days.ts'
import type { Story } from '#trail/model/story.ts'
import type { Parameter } from '#trail/rules/rule.ts'
import type { CaseState } from './contract.ts'

/** How far a story went. */
export interface Extent {
  readonly accesses: number
  readonly patients: number
  readonly score: number
}

export interface Standing {
  readonly state: CaseState
  readonly storyState: 'open' | 'explained'
  /** Of a decided case: how far its story went then. */
  readonly decided: Extent | undefined
  /** How far it went when it was brought up to date last. */
  readonly last: Extent
}

/** What a story that changed does to its case. */
export type Move =
  /** What is told of it changes, its state does not. */
  | { readonly kind: 'update'; readonly grew: boolean }
  | { readonly kind: 'open' }
  | { readonly kind: 'explain' }
  | { readonly kind: 'reopen'; readonly why: 'unexplained' | 'grew' }

const grownAccesses = 5
const grownShare = 0.25
const grownScore = 15

export const extentOf = ({ accesses, patientCount, score }: Story): Extent => ({
  accesses,
  patients: patientCount,
  score: Math.round(score),
})

/** Whether a story went so much further that a decision on it no longer covers it. */
export function hasGrown(before: Extent, after: Extent): boolean {
  if (after.patients > before.patients) return true
  if (after.score - before.score >= grownScore) return true
  const more = after.accesses - before.accesses
  return more >= grownAccesses && more >= before.accesses * grownShare
}

/** Undefined where it does nothing: a story that is no case. */
export function moveOf(standing: Standing | undefined, story: Story): Move | undefined {
  if (!standing) return story.state === 'open' ? { kind: 'open' } : undefined
  const { state, decided, last } = standing
  const now = extentOf(story)
  const isUndecided = state === 'open' || state === 'talk'
  if (story.state === 'explained') {
    if (isUndecided && standing.storyState === 'open') return { kind: 'explain' }
    return { kind: 'update', grew: false }
  }
  if (state === 'explained') return { kind: 'reopen', why: 'unexplained' }
  if (isUndecided) return { kind: 'update', grew: hasGrown(last, now) }
  return decided && hasGrown(decided, now) ? { kind: 'reopen', why: 'grew' } : { kind: 'update', grew: false }
}

/**
 * What a story says, but for its version: the same story handed over twice changes nothing. It names patients, so the digest takes
 * the installation's key: without it nobody finds out by trying who they are.
 */
export function digestStory(digestKey: Buffer, { version: _, ...story }: Story): Buffer {
  return createHmac('sha256', digestKey)
    .update(`access-case/${JSON.stringify(story)}`)
    .digest()
}

export interface Times {
  readonly reviewWithinDays: number
  readonly decideWithinDays: number
}

/** The last days by which a case is looked at, and decided. */
export function daysOf(openedOn: Day, { reviewWithinDays, decideWithinDays }: Times) {
  return { reviewBy: addDays(openedOn, reviewWithinDays), dueOn: addDays(openedOn, decideWithinDays) }
}

/** What tells cases of one person: the person, where the staff list knows them; else the name, else the login. */
export function personKeyOf(personId: number | null, { person, logins }: Pick<Story, 'person' | 'logins'>): string {
  if (personId !== null) return `person:${personId}`
  const first = [...logins].sort()[0] ?? ''
  return `login:${(first || person).trim().toLowerCase()}`
}

/**
 * Whether a member is the person of a case as far as names tell, where no list ties the case to anybody: by the full name, or
 * by the name in their address that is also the login, unless the name is somebody else's.
 */
export function isNamesake(
  member: { readonly name: string; readonly email: string },
  { personName, logins }: { readonly personName: string; readonly logins: readonly string[] },
): boolean {
  const likeness = compareNames(member.name, personName)
  if (likeness === 'same') return true
  // Of a person without a name, the login stands for it.
  if (likeness === 'different' && !logins.includes(personName)) return false
  const own = usernameKey(member.email)
  return own !== undefined && logins.some((login) => usernameKey(login) === own)
}

/** Of what people decided, the share that was a violation; undefined of fewer than five. */
export function precisionOf({ appropriate, violation }: { readonly appropriate: number; readonly violation: number }) {
  const decided = appropriate + violation
  return decided < 5 ? undefined : violation / decided
}

/** Whether a parameter counts things: its usual value and its bounds are whole numbers. */
export function takesWholeNumbers({ default: usual, min, max }: Pick<Parameter, 'default' | 'min' | 'max'>): boolean {
  return [usual, min, max].every(Number.isInteger)
}
