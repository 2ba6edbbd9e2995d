/** What screens say of the law and of how it stands, and the tree that they make. Pure. */
import { type Status, worstStatus } from '#core/safeguards/model.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { t } from '#ui/t.ts'
import type { listRequirements, showRequirement } from '../contract.ts'

export type Listed = WireOutputOf<typeof listRequirements>
export type Paragraph = Listed['items'][number]
export type Shown = WireOutputOf<typeof showRequirement>
export type Decision = Shown['decisions'][number]
export type Counts = Readonly<Record<Status, number>>

export interface Branch {
  readonly paragraph: Paragraph
  /** What stands below it, in the order of the law. */
  readonly below: readonly Branch[]
  /** How the binding paragraphs in it stand, itself with them, each by itself. */
  readonly counts: Counts
}

export interface Wanted {
  readonly status?: Status | undefined
  readonly text?: string | undefined
  readonly kind?: Kind | undefined
  /** A subpart or a section: nothing outside of it. */
  readonly part?: string | undefined
  /** Also what only explains, each paragraph where the law has it. */
  readonly all: boolean
}

/** How a specification binds. */
export const kinds = {
  required: t('Required'),
  addressable: t('Addressable'),
  undecided: t('Addressable, to be decided'),
} as const
export type Kind = keyof typeof kinds

/**
 * The sections of a subpart, each a tree: a standard with its specifications below it. What only explains is left out, so
 * that a specification stands below its standard and not below the heading of its number, unless all of it is wanted.
 * With a filter, what is wanted stays, and what it stands below, so that it can be placed.
 */
export function growTree(listed: Listed, subpart: string, wanted: Wanted): readonly Branch[] {
  const children = Map.groupBy(listed.items, ({ parent }) => parent ?? '')
  const isInPart = (section: Paragraph) =>
    wanted.part === undefined || wanted.part === subpart || wanted.part === section.citation
  return (children.get(subpart) ?? [])
    .filter(isInPart)
    .map((section) => branchOf(section, belowOf(section, children, wanted.all)))
    .flatMap((section) => prune(section, wanted) ?? [])
}

function branchOf(paragraph: Paragraph, below: readonly Branch[]): Branch {
  const counts = { proved: 0, attested: 0, failed: 0, unknown: 0 }
  if (paragraph.binding) counts[statusOf(paragraph)] += 1
  for (const branch of below) add(counts, branch.counts)
  return { paragraph, below, counts }
}

type Children = ReadonlyMap<string, readonly Paragraph[]>

function belowOf(paragraph: Paragraph, children: Children, isAll: boolean): readonly Branch[] {
  const own = children.get(paragraph.citation) ?? []
  return own.flatMap((child) => {
    const below = belowOf(child, children, isAll)
    if (isAll || child.binding) return [branchOf(child, below)]
    // A number of which the first paragraph is the standard: the rest are its specifications.
    const [standard, ...others] = below
    if (standard?.paragraph.kind !== 'standard' || others.some(({ paragraph }) => paragraph.kind === 'standard')) {
      return below
    }
    return [branchOf(standard.paragraph, [...standard.below, ...others])]
  })
}

function prune(branch: Branch, wanted: Wanted): Branch | undefined {
  const below = branch.below.flatMap((one) => prune(one, wanted) ?? [])
  if (below.length === 0 && !isWanted(branch.paragraph, wanted)) return undefined
  return { ...branch, below }
}

function isWanted(item: Paragraph, { status, text, kind, all }: Wanted): boolean {
  if (!all && !item.binding) return false
  if (status !== undefined && (!item.binding || statusOf(item) !== status)) return false
  if (kind === 'undecided' ? !isUndecided(item) : kind !== undefined && item.required !== kind) return false
  const words = text?.trim().toLowerCase() ?? ''
  return words === '' || `${item.citation} ${item.title} ${item.statement}`.toLowerCase().includes(words)
}

/** Whether somebody has to decide: on an addressable specification nothing was, or its review is overdue. */
export function isUndecided({ required, decision, proposed }: Paragraph): boolean {
  return required === 'addressable' && !proposed && (decision === null || decision.state === 'review-overdue')
}

/** How a binding paragraph stands by itself, whatever stands below it. */
export function statusOf({ safeguards, decision }: Pick<Paragraph, 'safeguards' | 'decision'>): Status {
  if (safeguards.length > 0) return worstStatus(safeguards.map(({ status }) => status))
  return decision?.state === 'in-force' && decision.decision !== 'implement' ? 'attested' : 'unknown'
}

export function sumCounts(branches: readonly Branch[]): Counts {
  const sum = { proved: 0, attested: 0, failed: 0, unknown: 0 }
  for (const { counts } of branches) add(sum, counts)
  return sum
}

function add(sum: Record<Status, number>, counts: Counts): void {
  for (const status of Object.keys(sum) as Status[]) sum[status] += counts[status]
}

export const decisionWords: Readonly<Record<Decision['decision'], string>> = {
  implement: t('We implement it'),
  alternative: t('We do something equivalent instead'),
  'not-reasonable': t('It is not reasonable and appropriate here'),
}

export const decisionStates: Readonly<Record<Decision['state'], string>> = {
  'in-force': t('in force'),
  'review-overdue': t('its review is overdue'),
  superseded: t('replaced by a newer one'),
}

/** What a row says of the decision on an addressable specification. */
export function sayDecision(paragraph: Paragraph): string {
  if (paragraph.decision === null) return t('not decided yet')
  if (paragraph.decision.state === 'review-overdue') return t('its decision is to be reviewed')
  return {
    implement: t('implemented'),
    alternative: t('an equivalent instead'),
    'not-reasonable': t('not reasonable'),
  }[paragraph.decision.decision]
}

/** "§ 164.312(a)(1)"; a proposal has a name of ours, and no citation. */
export function sayCitation({ citation, proposed }: Pick<Paragraph, 'citation' | 'proposed'>): string {
  return proposed ? t('proposed') : `§ ${citation}`
}

/** Where the words of the law itself are published: by the government's Electronic Code of Federal Regulations. */
export function lawAddress({ citation, proposed }: Pick<Paragraph, 'citation' | 'proposed'>): string {
  if (proposed) return 'https://www.federalregister.gov/citation/90-FR-898'
  const section = /^\d+\.\d+/.exec(citation)?.[0] ?? ''
  const isParagraph = /^\d+\.\d+(\(\w+\))+$/.test(citation)
  return `https://www.ecfr.gov/current/title-45/section-${section}${isParagraph ? `#p-${citation}` : ''}`
}

/** A reason as a sentence. */
export function asSentence(text: string): string {
  const begun = /^[a-z-]+\.[a-z-]+:/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1)
  return /[.?!]$/.test(begun) ? begun : `${begun}.`
}
