import { type Bound, bindRead } from '#core/door.ts'
import type { OutputOf } from '#platform/contract.ts'
import * as contract from './contract.ts'
import { type Practice, statementOf } from './model.ts'
import * as reading from './reading.ts'

/** The door of safeguards; which there are is known above. */
export function safeguardsDoor(practices: readonly Practice[]): readonly Bound[] {
  return [
    bindRead(contract.showSafeguard, async (call, { safeguard: name }) => {
      const shown = await reading.showSafeguard(call, practices, name)
      const { practice, safeguard, status, subjects, coversUntil, year, query } = shown
      return {
        safeguard: {
          name: safeguard.name,
          title: safeguard.title,
          practice: { name: practice.name, title: practice.title },
          status,
          severity: safeguard.severity,
          subject: safeguard.subject,
          citations: [...safeguard.meets],
          remedy: safeguard.remedy,
          subjects,
          coversUntil: coversUntil ?? null,
          statement: statementOf(safeguard) ?? null,
        },
        unknown: unknownOf(shown.unknown),
        judgement: groundOf(shown.judgement),
        year: { ...year, since: year.since ?? null, spans: [...year.spans] },
        query,
        needs: [...safeguard.needs],
        uses: [...safeguard.uses],
      }
    }),
    bindRead(contract.listSubjects, async (call, wanted) => {
      const { items, next } = await reading.listSubjects(call, practices, call.services.database.checkRole, wanted)
      return { items: items.map(subjectOf), next }
    }),
    bindRead(contract.showSubject, async (call, wanted) => {
      const shown = await reading.showSubject(call, practices, call.services.database.checkRole, wanted)
      return {
        subject: subjectOf(shown.subject),
        unknown: unknownOf(shown.unknown),
        finding: shown.finding ?? null,
        facts: shown.facts.map((fact) => ({ ...fact, says: [...fact.says] })),
        sources: [...shown.sources],
        history: [...shown.history],
        judgement: groundOf(shown.judgement),
      }
    }),
  ]
}

type SafeguardWire = OutputOf<typeof contract.showSafeguard>

function unknownOf(unknown: reading.Unknown | undefined): SafeguardWire['unknown'] {
  if (!unknown) return null
  const { why, files, statement, waitsFor } = unknown
  return { why, files: [...files], statement: statement ?? null, waitsFor: waitsFor ?? null }
}

function groundOf(ground: reading.Ground | undefined): SafeguardWire['judgement'] {
  return ground ? { at: ground.at, rests: [...ground.rests], entry: ground.entry ?? null } : null
}

function subjectOf({ was, ...subject }: reading.SubjectShown): OutputOf<typeof contract.showSubject>['subject'] {
  return { ...subject, was: was ?? null }
}
