/** What screens say of the paragraphs of the law, and the tree that they make. Pure. */
import { type Status, worstStatus } from '#core/safeguards/model.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import type { listRequirements, showRequirement } from '../contract.ts'

export type Listed = WireOutputOf<typeof listRequirements>
export type Paragraph = Listed['items'][number]
export type Shown = WireOutputOf<typeof showRequirement>
export type Decision = Shown['decisions'][number]

export interface Branch {
  readonly paragraph: Paragraph
  /** How far it stands below its section: 0 for the section itself. */
  readonly depth: number
}

export interface SectionTree {
  readonly section: Paragraph
  /** All below it, in the order of the law. */
  readonly below: readonly Branch[]
  /** How the binding paragraphs in it stand, each by itself. */
  readonly counts: Readonly<Record<Status, number>>
}

export interface Wanted {
  readonly status?: Status | undefined
  readonly text?: string | undefined
  /** Also what only explains. */
  readonly all: boolean
}

/**
 * The sections of a subpart with what stands below each, in the order of the law: what is wanted, and the paragraphs above
 * it so that it can be placed. Sections in which nothing is wanted are left out.
 */
export function growTree(listed: Listed, subpart: string, wanted: Wanted): readonly SectionTree[] {
  const byCitation = new Map(listed.items.map((item) => [item.citation, item]))
  const kept = new Set<string>()
  for (const item of listed.items) {
    if (!isWanted(item, wanted)) continue
    for (let at: Paragraph | undefined = item; at; at = byCitation.get(at.parent ?? '')) kept.add(at.citation)
  }
  const trees: SectionTree[] = []
  for (const section of listed.items) {
    if (section.parent !== subpart || !kept.has(section.citation)) continue
    const inside = listed.items
      .map((paragraph) => ({ paragraph, depth: depthBelow(paragraph, section.citation, byCitation) }))
      .filter((branch): branch is Branch => branch.depth !== undefined && branch.depth > 0)
    const counts = { proved: 0, attested: 0, failed: 0, unknown: 0 }
    for (const paragraph of [section, ...inside.map(({ paragraph }) => paragraph)]) {
      if (paragraph.binding) counts[statusOf(paragraph)] += 1
    }
    trees.push({ section, below: inside.filter(({ paragraph }) => kept.has(paragraph.citation)), counts })
  }
  return trees
}

function isWanted(item: Paragraph, { status, text, all }: Wanted): boolean {
  if (!all && !item.binding) return false
  if (status !== undefined && (!item.binding || statusOf(item) !== status)) return false
  const words = text?.trim().toLowerCase() ?? ''
  return words === '' || `${item.citation} ${item.title} ${item.statement}`.toLowerCase().includes(words)
}

function depthBelow(item: Paragraph, top: string, all: ReadonlyMap<string, Paragraph>): number | undefined {
  let depth = 0
  for (let at: Paragraph | undefined = item; at; at = all.get(at.parent ?? '')) {
    if (at.citation === top) return depth
    depth += 1
  }
  return undefined
}

/** How a binding paragraph stands by itself, whatever stands below it. */
export function statusOf({ safeguards, decision }: Pick<Paragraph, 'safeguards' | 'decision'>): Status {
  if (safeguards.length > 0) return worstStatus(safeguards.map(({ status }) => status))
  return decision?.state === 'in-force' && decision.decision !== 'implement' ? 'attested' : 'unknown'
}

export function sumCounts(trees: readonly SectionTree[]): Record<Status, number> {
  const sum = { proved: 0, attested: 0, failed: 0, unknown: 0 }
  for (const { counts } of trees) for (const status of Object.keys(sum) as Status[]) sum[status] += counts[status]
  return sum
}

export const decisionWords: Readonly<Record<Decision['decision'], string>> = {
  implement: 'We implement it',
  alternative: 'We do something equivalent instead',
  'not-reasonable': 'It is not reasonable and appropriate here',
}

export const decisionStates: Readonly<Record<Decision['state'], string>> = {
  'in-force': 'in force',
  'review-overdue': 'its review is overdue',
  superseded: 'replaced by a newer one',
}

/** "45 CFR 164.312(a)(1)"; a proposal has a name of ours, and no citation. */
export function sayCitation({ citation, proposed }: Pick<Paragraph, 'citation' | 'proposed'>): string {
  return proposed ? 'proposed' : `§ ${citation}`
}

/** A reason as a sentence. */
export function asSentence(text: string): string {
  const begun = /^[a-z-]+\.[a-z-]+:/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1)
  return /[.?!]$/.test(begun) ? begun : `${begun}.`
}
