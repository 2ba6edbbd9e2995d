/**
 * What would fail an audit now. The rules:
 *  - The law asks for a safeguard where it meets a binding paragraph. One that is addressable counts unless the organisation
 *    has decided otherwise on it and the day to look at that again has not passed (45 CFR 164.306(d)(3)).
 *  - What has failed and what nobody knows are two lists: neither is a pass, and each has a next step of its own.
 *  - The worst first: the gravest, then what is required, then what fails for most of what it judges.
 */
import { type FactKind, factKinds } from '#core/intake/facts.ts'
import { findRequirement } from '#core/requirements/model.ts'
import {
  type Practice,
  type Safeguard,
  type Severity,
  type Status,
  type SubjectCounts,
  severities,
  statuses,
} from '#core/safeguards/model.ts'

export interface Standing extends SubjectCounts {
  readonly status: Status
  readonly whyUnknown: string | undefined
}

export type MakeKnown = { readonly by: 'file'; readonly file: string } | { readonly by: 'statement' | 'check' }

export interface Gap {
  readonly name: string
  readonly practice: string
  readonly title: string
  readonly severity: Severity
  readonly status: 'failed' | 'unknown'
  readonly failed: number
  /** How many subjects it judges. */
  readonly of: number
  /** The paragraph that asks for it, the strictest of several. */
  readonly citation: string
  readonly required: 'required' | 'addressable'
  readonly whyUnknown: string | undefined
  readonly makeKnown: MakeKnown | undefined
}

export function listGaps(
  practices: readonly Practice[],
  known: {
    readonly standing: ReadonlyMap<string, Standing>
    /** Kinds of fact of which a source speaks now. */
    readonly supplied: ReadonlySet<string>
    /** Addressable paragraphs on which it stands decided to do something else, or nothing. */
    readonly decidedOtherwise: ReadonlySet<string>
  },
): readonly Gap[] {
  const gaps = practices.flatMap(({ name: practice, safeguards }) =>
    safeguards.flatMap((safeguard): readonly Gap[] => {
      const row = known.standing.get(safeguard.name)
      const status = row?.status ?? 'unknown'
      const asked = findAsking(safeguard.meets, known.decidedOtherwise)
      if ((status !== 'failed' && status !== 'unknown') || asked === undefined) return []
      const { proved = 0, attested = 0, failed = 0, unknown = 0 } = row ?? {}
      const { name, title, severity } = safeguard
      return [
        {
          ...{ name, practice, title, severity, status, failed, ...asked },
          of: proved + attested + failed + unknown,
          whyUnknown: row?.whyUnknown,
          makeKnown: status === 'unknown' ? findMakeKnown(safeguard, known.supplied) : undefined,
        },
      ]
    }),
  )
  return gaps.sort(
    (a, b) =>
      statuses.indexOf(a.status) - statuses.indexOf(b.status) ||
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      Number(a.required !== 'required') - Number(b.required !== 'required') ||
      b.failed - a.failed ||
      a.name.localeCompare(b.name),
  )
}

/** The paragraph in force that asks for it: a required one before an addressable one. */
function findAsking(
  meets: readonly string[],
  decidedOtherwise: ReadonlySet<string>,
): Pick<Gap, 'citation' | 'required'> | undefined {
  const binding = meets.flatMap((citation) => {
    const found = findRequirement(citation)
    return found?.binding && !found.proposed ? [found] : []
  })
  const required = binding.find(({ required }) => required !== 'addressable')
  if (required) return { citation: required.citation, required: 'required' }
  const open = binding.find(({ citation }) => !decidedOtherwise.has(citation))
  return open && { citation: open.citation, required: 'addressable' }
}

/** What is lacking: first what it cannot do without, then a person's word, then what would tell more. */
function findMakeKnown({ needs, uses }: Safeguard, supplied: ReadonlySet<string>): MakeKnown {
  const isLacking = (kind: FactKind) => kind !== 'attestation' && !supplied.has(kind)
  const needed = needs.find(isLacking)
  if (needed !== undefined) return { by: 'file', file: factKinds[needed].suppliedBy }
  if ([...needs, ...uses].includes('attestation')) return { by: 'statement' }
  const used = uses.find(isLacking)
  return used === undefined ? { by: 'check' } : { by: 'file', file: factKinds[used].suppliedBy }
}
