import { type Bound, bindRead } from '#core/door.ts'
import { toWire } from '#core/findings/index.ts'
import { factKinds } from '#core/intake/facts.ts'
import type { Practice, SourcePosture } from '#core/safeguards/model.ts'
import * as contract from './contract.ts'
import * as service from './service.ts'

/** The door of the posture; which practices there are is known above. */
export function postureDoor(practices: readonly Practice[]): readonly Bound[] {
  const recent = new service.RecentPostures(practices)
  return [
    bindRead(contract.showPosture, async (call) => {
      const { changes, ends: _, ...shown } = await recent.show(call, call.organisationId)
      const moved = ({ count, first }: typeof changes.opened) => ({
        count,
        first: first.map((finding) => toWire(finding, call.today)),
      })
      return {
        ...shown,
        practices: shown.practices.map(({ worstFinding, ...practice }) => ({
          ...practice,
          worstFinding: worstFinding ? toWire(worstFinding, call.today) : null,
        })),
        changes: { since: changes.since, opened: moved(changes.opened), closed: moved(changes.closed) },
        sources: shown.sources.map(toSource),
        wanted: shown.wanted.map(({ file, safeguards }) => ({
          by: file === factKinds.attestation.suppliedBy ? ('statement' as const) : ('file' as const),
          file,
          safeguards: [...safeguards],
        })),
      }
    }),
    bindRead(contract.showTrend, async (call, wanted) => {
      const { since, days, practices: shown } = await service.showTrend(call, practices, wanted)
      return { since: since ?? null, days: [...days], practices: [...shown] }
    }),
    bindRead(contract.showPractice, async (call, { practice: name }) => {
      const { practice, safeguards, feeds } = await service.showPractice(call, practices, { name })
      return {
        ...practice,
        safeguards: safeguards.map(({ citations, whyUnknown, wanted, coversUntil, statement, ...safeguard }) => ({
          ...safeguard,
          citations: [...citations],
          whyUnknown: whyUnknown ?? null,
          wanted: [...wanted],
          coversUntil: coversUntil ?? null,
          statement: statement ?? null,
        })),
        feeds: feeds.map(({ sources, ...feed }) => ({ ...feed, sources: sources.map(toSource) })),
      }
    }),
  ]
}

function toSource({ name, format, basis, collectedAt, validUntil, isCurrent }: SourcePosture): SourcePosture {
  return { name, format, basis, collectedAt, validUntil, isCurrent }
}
