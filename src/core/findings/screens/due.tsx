/** When a finding is due; of an excepted one until when, of a closed one since when. */
import { Age, DayText } from '#ui/facts.tsx'
import { StatusMark } from '#ui/status.tsx'
import type { FindingShown } from './finding-words.ts'
import './findings.css'

export function Due({ of: { state, dueOn, exceptedUntil, closedAt } }: { of: FindingShown }) {
  if (state === 'closed') return <span className="soft">closed {closedAt === null ? '' : <Age at={closedAt} />}</span>
  if (exceptedUntil !== null) {
    const word = (
      <>
        <span className="only-read">failed, excepted until </span>
        <DayText day={exceptedUntil} />
      </>
    )
    return <StatusMark status="failed" word={word} />
  }
  return (
    <span className="finding-due">
      <DayText day={dueOn} isDue />
    </span>
  )
}
