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
    // Before the endpoint whose path would take its name for a number.
    bindRead(contract.listReaders, async (call, { findingId }) => {
      const { principal } = call
      const found = await service.listReaders(call, { findingId, people: await findPeopleSeen(call, principal) })
      const me = principal.kind === 'member' ? principal.memberId : undefined
      return { items: found.map(({ id, name }) => ({ id, name, isMe: id === me })) }
    }),
    bindRead(contract.showFinding, async (call, { findingId }) => {
      const shown = await service.showFinding(call, { findingId, people: await findPeopleSeen(call, call.principal) })
      return {
        finding: toWire(shown.finding, call.today),
        remedy: remedyOf(shown.finding.safeguard) ?? null,
        exception: shown.exception ?? null,
        events: [...shown.events],
        members: [...shown.members],
      }
    }),
    bindChange(contract.ownFinding, async (call, { findingId, ...given }) => {
      const { before, ...recorded } = await service.ownFinding(call, { findingId, ...service.checkGiven(given) })
      return { ...recorded, output: { before, ...(await afterwards(call, findingId)) } }
    }),
    bindChange(contract.ownFindings, async (call, { findingIds, ...given }) => {
      const owned = await service.ownFindings(call, { findingIds, ...service.checkGiven(given) })
      const { changed, before, ...recorded } = owned
      return { ...recorded, output: { changed, before: [...before] } }
    }),
    bindChange(contract.restoreOwners, async (call, { before, given }) => {
      const { restored, left, ...recorded } = await service.restoreOwners(call, {
        before,
        given: service.checkGiven(given),
      })
      return { ...recorded, output: { restored, left } }
    }),
    bindChange(contract.commentOnFinding, async (call, input) => {
      const people = await findPeopleSeen(call, call.principal)
      const recorded = await service.commentOnFinding(call, { ...input, people })
      return { ...recorded, output: await afterwards(call, input.findingId) }
    }),
    bindChange(contract.exceptFinding, async (call, input) => {
      const { exceptionId, ...recorded } = await service.exceptFinding(call, input)
      return { ...recorded, output: { exceptionId, ...(await afterwards(call, input.findingId)) } }
    }),
    bindChange(contract.exceptFindings, async (call, input) => {
      const { excepted, left, ...recorded } = await service.exceptFindings(call, input)
      return { ...recorded, output: { excepted, left: [...left] } }
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
  return { ...rest, owner: ownerOf(call, owner), isOverdue: overdue, words: q, people }
}

function ownerOf({ principal }: Call, owner: string | undefined): string | number | null | undefined {
  if (owner === 'nobody') return null
  if (owner === 'me') return service.memberOf(principal)
  const id = /^member:([1-9]\d{0,14})$/.exec(owner ?? '')?.[1]
  return id === undefined ? owner : Number(id)
}

/** How the finding stands after a change. */
async function afterwards(call: Call, findingId: number): Promise<OutputOf<typeof contract.commentOnFinding>> {
  return { finding: toWire((await service.showFinding(call, { findingId })).finding, call.today) }
}

/** A finding as it goes over the door. */
export function toWire(finding: service.Finding, today: Day): OutputOf<typeof contract.listFindings>['items'][number] {
  const { citations, reopenedAt, closedAt, owner, ownerMemberId, exceptedUntil, ...rest } = finding
  return {
    ...rest,
    citations: [...citations],
    isOverdue: closedAt === undefined && finding.dueOn < today,
    reopenedAt: reopenedAt ?? null,
    closedAt: closedAt ?? null,
    owner: owner ?? null,
    ownerMemberId: ownerMemberId ?? null,
    exceptedUntil: exceptedUntil ?? null,
  }
}
