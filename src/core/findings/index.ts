import { type Bound, bindChange, bindDownload, bindRead, type Call } from '#core/door.ts'
import { findPeopleSeen } from '#core/people/service.ts'
import type { Practice } from '#core/safeguards/model.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { type Day, dayOf } from '#platform/days.ts'
import { writeSpooled } from '#platform/spool.ts'
import * as contract from './contract.ts'
import * as service from './service.ts'

/** The door of findings; what to do about one stands with its safeguard. */
export function findingsDoor(practices: readonly Practice[]): readonly Bound[] {
  const remedies = new Map(practices.flatMap(({ safeguards }) => safeguards).map(({ name, remedy }) => [name, remedy]))
  const remedyOf = (safeguard: string) => remedies.get(safeguard)
  return [
    bindRead(contract.listFindings, async (call, { sort, order, limit, after, ...filter }) => {
      const wanted = await wantedOf(call, filter)
      const { items, next } = await service.pageFindings(call, { ...wanted, sort, order, limit, after })
      return { items: items.map((finding) => toWire(finding, call.today)), next }
    }),
    bindRead(contract.countFindings, async (call, filter) => {
      const { practices, ...counts } = await service.countFindings(call, await wantedOf(call, filter))
      return { ...counts, practices: [...practices] }
    }),
    bindDownload(contract.exportFindings, async (call, filter) => {
      const wanted = await wantedOf(call, filter)
      const { path } = await writeSpooled(call.services.dataDirectory, (to) =>
        service.exportFindings(call, wanted, to, remedyOf),
      )
      const file = { path, fileName: `findings-${dayOf(call.now)}.csv`, contentType: 'text/csv; charset=utf-8' }
      return { file, recorded: undefined }
    }),
    bindRead(contract.showFinding, async (call, { findingId }) => {
      const shown = await service.showFinding(call, { findingId, people: await findPeopleSeen(call, call.principal) })
      return {
        finding: toWire(shown.finding, call.today),
        remedy: remedyOf(shown.finding.safeguard) ?? null,
        exception: shown.exception ?? null,
        events: [...shown.events],
      }
    }),
    bindChange(contract.ownFinding, async (call, { findingId, owner }) => {
      const recorded = await service.ownFinding(call, { findingId, owner: owner ?? undefined })
      return { ...recorded, output: await afterwards(call, findingId) }
    }),
    bindChange(contract.ownFindings, async (call, { findingIds, owner }) => {
      const { changed, ...recorded } = await service.ownFindings(call, { findingIds, owner: owner ?? undefined })
      return { ...recorded, output: { changed } }
    }),
    bindChange(contract.commentOnFinding, async (call, input) => {
      const recorded = await service.commentOnFinding(call, input)
      return { ...recorded, output: await afterwards(call, input.findingId) }
    }),
    bindChange(contract.exceptFinding, async (call, input) => {
      const { exceptionId, ...recorded } = await service.exceptFinding(call, input)
      return { ...recorded, output: { exceptionId, ...(await afterwards(call, input.findingId)) } }
    }),
    bindChange(contract.endException, async (call, input) => {
      const recorded = await service.endException(call, input)
      return { ...recorded, output: await afterwards(call, input.findingId) }
    }),
  ]
}

async function wantedOf(call: Call, filter: InputOf<typeof contract.countFindings>): Promise<service.FindingsWanted> {
  const { owner, person, overdue, q, ...rest } = filter
  const seen = await findPeopleSeen(call, call.principal)
  const people = person === undefined ? seen : (seen ?? [person]).filter((one) => one === person)
  return { ...rest, owner: owner === 'nobody' ? null : owner, isOverdue: overdue, words: q, people }
}

/** How the finding stands after a change. */
async function afterwards(call: Call, findingId: number): Promise<OutputOf<typeof contract.ownFinding>> {
  return { finding: toWire((await service.showFinding(call, { findingId })).finding, call.today) }
}

/** A finding as it goes over the door. */
export function toWire(finding: service.Finding, today: Day): OutputOf<typeof contract.listFindings>['items'][number] {
  const { citations, reopenedAt, closedAt, owner, exceptedUntil, ...rest } = finding
  return {
    ...rest,
    citations: [...citations],
    isOverdue: closedAt === undefined && finding.dueOn < today,
    reopenedAt: reopenedAt ?? null,
    closedAt: closedAt ?? null,
    owner: owner ?? null,
    exceptedUntil: exceptedUntil ?? null,
  }
}
