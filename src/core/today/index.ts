import { type Bound, bindRead } from '#core/door.ts'
import { toWire as findingToWire } from '#core/findings/index.ts'
import type { Finding } from '#core/findings/service.ts'
import type { Practice } from '#core/safeguards/model.ts'
import { toWire as taskToWire } from '#core/tasks/index.ts'
import type { OutputOf } from '#platform/contract.ts'
import { type Role, roles } from '#platform/contract.ts'
import * as contract from './contract.ts'
import type { Gap } from './model.ts'
import * as service from './service.ts'

type Shown = NonNullable<OutputOf<typeof contract.showToday>['programme']>

/** The door of Today; which practices there are, and that one of them keeps cases, is known above. */
export function todayDoor(practices: readonly Practice[], countCases?: service.CountCases): readonly Bound[] {
  const recent = new service.RecentProgrammes(practices)
  return [
    bindRead(contract.showToday, async (call) => {
      const { principal, organisationId, today: asOf } = call
      const asker =
        principal.kind === 'member'
          ? { organisationId, memberId: principal.memberId, roles: principal.roles }
          : // Who holds the data directory sees what every role sees, and has nothing of their own.
            { organisationId, memberId: undefined, roles: Object.keys(roles) as Role[] }
      const { count, tasks, needs, people, programme, audit } = await service.showToday(call, recent, asker, countCases)
      const findings = ({ count, first }: service.FirstOf<Finding>) => ({
        count,
        first: first.map((finding) => findingToWire(finding, asOf)),
      })
      return {
        asOf,
        count,
        tasks: { ...tasks, first: tasks.first.map(taskToWire) },
        needs: [...needs],
        people: people
          ? {
              ...people,
              first: people.first.map(({ personId, name, findings }) => ({ personId, name, findings })),
              whyNobody: people.whyNobody ?? null,
            }
          : null,
        programme: programme
          ? {
              hasSources: programme.hasSources,
              changed: {
                since: programme.changed.since,
                opened: findings(programme.changed.opened),
                closed: findings(programme.changed.closed),
                sources: copy(programme.changed.sources),
                safeguards: copy(programme.changed.safeguards),
              },
              due: {
                findings: {
                  ...findings({ count: programme.counts.due, first: programme.dueFindings }),
                  overdue: programme.counts.overdue,
                },
                tasks: { count: programme.tasks.due, overdue: programme.tasks.overdue },
                ends: copy(programme.ends),
              },
              audit: { failed: gaps(programme.audit.failed), unknown: gaps(programme.audit.unknown) },
              next: programme.next ?? null,
            }
          : null,
        audit: audit ?? null,
      }
    }),
  ]
}

function copy<T>({ count, first }: service.FirstOf<T>): { count: number; first: T[] } {
  return { count, first: [...first] }
}

function gaps({ count, first }: service.FirstOf<Gap>): Shown['audit']['failed'] {
  return {
    count,
    first: first.map(({ whyUnknown, makeKnown, ...gap }) => ({
      ...gap,
      whyUnknown: whyUnknown ?? null,
      makeKnown: makeKnown ?? null,
    })),
  }
}
