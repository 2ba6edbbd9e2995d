/**
 * The paragraphs of the frameworks that Vigil measures an organisation against, as data written for it.
 *
 * - HIPAA: 45 CFR 164.302-318 (Security Rule), 164.400-414 (Breach Notification Rule) and the paragraphs of the Privacy
 *   Rule that Vigil works with (164.502(b), .504(e), .514(a)-(d), .524, .528, .530), every one of them, in the order of the law.
 * - A requirement that is *binding* asks for something to be done; the others (headings, definitions, permissions) explain.
 * - The 2025 proposal to change the Security Rule is a profile of its own. It is not law: it is off unless asked for, each
 *   of its entries says `proposed`, and none of them counts as binding.
 */
import { z } from 'zod'
import crosswalkData from './data/crosswalk.json' with { type: 'json' }
import breachData from './data/hipaa-breach.json' with { type: 'json' }
import rightsData from './data/hipaa-privacy-rights.json' with { type: 'json' }
import usesData from './data/hipaa-privacy-uses.json' with { type: 'json' }
import securityData from './data/hipaa-security.json' with { type: 'json' }
import proposalData from './data/nprm-2025.json' with { type: 'json' }

/** The sets of requirements that can be switched on, in the order in which they are listed. */
export const profiles = {
  hipaa: 'HIPAA',
  'nprm-2025': 'HIPAA Security Rule as proposed in January 2025 (not law)',
} as const
export type Profile = keyof typeof profiles

/** The subparts of 45 CFR part 164 under which the sections stand; they are parents but not requirements. */
export const subparts = {
  '164.SubpartC': 'Security Rule',
  '164.SubpartD': 'Breach Notification Rule',
  '164.SubpartE': 'Privacy Rule',
} as const

const kind = z.enum(['section', 'standard', 'implementation', 'implementation-heading', 'provision'])
const words = z.string().trim().min(1)

const paragraph = z.strictObject({
  citation: words,
  title: words.max(70),
  statement: words.max(400),
  kind,
  required: z.enum(['required', 'addressable']).nullable(),
  parent: words.nullable(),
  binding: z.boolean(),
  reason: words,
})
const proposal = paragraph.extend({
  title: words.max(70).regex(/\bproposed\b/i),
  binding: z.literal(false),
  proposed: z.literal(true),
  amends: z.array(words),
})

export interface Requirement extends Readonly<z.infer<typeof paragraph>> {
  readonly profile: Profile
  /** True where the paragraph is only proposed: it obliges nobody. */
  readonly proposed: boolean
  /** The paragraphs in force that a proposed one would change; empty for the law itself. */
  readonly amends: readonly string[]
}

const namedCode = z.strictObject({
  code: words,
  name: words,
  meets: z.array(words),
  basis: z.enum(['derived', 'judged']),
})
const crosswalkSchema = z.strictObject({
  hicp: z.array(namedCode),
  cpg: z.array(namedCode),
  csf: z.array(namedCode),
})

/** The frameworks that HIPAA's paragraphs are mapped to. */
export const crosswalkFrameworks = {
  hicp: 'HHS 405(d) Health Industry Cybersecurity Practices',
  cpg: 'Cybersecurity Performance Goals of CISA, and of HHS for healthcare (HPH)',
  csf: 'NIST Cybersecurity Framework 2.0',
} as const
export type CrosswalkFramework = keyof typeof crosswalkFrameworks

export interface CrosswalkCode {
  readonly code: string
  readonly name: string
  /**
   * `published` rests on a mapping of whole standards that others made (for CSF: NIST's to version 1.1, carried over to
   * 2.0 by a third party), narrowed by us to paragraphs; `judged` is Vigil's own reading. Neither is official.
   */
  readonly basis: 'derived' | 'judged'
}
export type Crosswalk = Readonly<Record<CrosswalkFramework, readonly CrosswalkCode[]>>

const law = z
  .array(paragraph)
  .parse([...securityData, ...breachData, ...usesData, ...rightsData])
  .map((item): Requirement => Object.freeze({ ...item, profile: 'hipaa', proposed: false, amends: [] }))
const proposals = z
  .array(proposal)
  .parse(proposalData)
  .map((item): Requirement => Object.freeze({ ...item, profile: 'nprm-2025' }))

const byProfile: Readonly<Record<Profile, readonly Requirement[]>> = { hipaa: law, 'nprm-2025': proposals }
const everything = [...law, ...proposals]
const byCitation = new Map(everything.map((item) => [keyOf(item.citation), item]))
const byParent = Map.groupBy(everything, (item) => item.parent && keyOf(item.parent))
const mapping = crosswalkSchema.parse(crosswalkData)

/** The requirements of the given profiles, in the order of the law; of HIPAA as it is in force unless told otherwise. */
export function requirements(wanted: readonly Profile[] = ['hipaa']): readonly Requirement[] {
  return (Object.keys(byProfile) as Profile[])
    .filter((name) => wanted.includes(name))
    .flatMap((name) => byProfile[name])
}

/**
 * Finds a requirement of any profile, so look at `proposed` before treating it as law. Takes a citation as people write
 * it: `164.308(a)(1)(i)`, `45 CFR 164.308(a)(1)(i)`, `§ 164.308(a)(1)(i)`; a definition is `164.304 Encryption`.
 * The case of a paragraph's letter counts, since (i) and (I) are different paragraphs.
 */
export function findRequirement(citation: string): Requirement | undefined {
  return byCitation.get(keyOf(citation))
}

/** Writes a citation the way it is cited in documents: `45 CFR 164.308(a)(1)(i)`. Entries of a proposal say that they are one. */
export function cite(citation: string): string {
  const found = findRequirement(citation)
  if (found?.proposed) return `proposed rule, 90 FR 898 (2025): ${found.citation}`
  return `45 CFR ${found?.citation ?? strip(citation)}`
}

/** The paragraphs directly below one, or the sections of a subpart (`164.SubpartC`), in the order of the law. */
export function childrenOf(citation: string, wanted: readonly Profile[] = ['hipaa']): readonly Requirement[] {
  return (byParent.get(keyOf(citation)) ?? []).filter((item) => wanted.includes(item.profile))
}

/** The requirements that oblige the organisation to do something; never a heading, a definition or a proposal. */
export function bindingRequirements(): readonly Requirement[] {
  return law.filter((item) => item.binding)
}

/** The codes of other frameworks whose measures serve this very paragraph; those of its parent are not repeated. */
export function crosswalk(citation: string): Crosswalk {
  const key = keyOf(citation)
  return {
    hicp: codesMeeting('hicp', key),
    cpg: codesMeeting('cpg', key),
    csf: codesMeeting('csf', key),
  }
}

/** Everything in the crosswalk: each code with the paragraphs that it helps to meet. */
export function crosswalkCodes(
  framework: CrosswalkFramework,
): readonly (CrosswalkCode & { readonly meets: readonly string[] })[] {
  return mapping[framework]
}

function codesMeeting(framework: CrosswalkFramework, key: string): readonly CrosswalkCode[] {
  return mapping[framework]
    .filter(({ meets }) => meets.some((citation) => keyOf(citation) === key))
    .map(({ code, name, basis }) => ({ code, name, basis }))
}

/** What a citation is compared by: without "45 CFR", "§" and spaces before brackets, whose use varies. */
function keyOf(citation: string): string {
  return strip(citation).replaceAll(' (', '(')
}

function strip(citation: string): string {
  return citation
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^45 ?C\.?F\.?R\.? ?/i, '')
    .replace(/^§+ ?/, '')
}
