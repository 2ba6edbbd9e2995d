/** When a finding is due; of an excepted one until when, of a closed one since when. */
import { Age, DayText } from '#ui/facts.tsx'
import { rich } from '#ui/rich.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import type { FindingShown } from './finding-words.ts'
import './findings.css'

export function Due({ of: { state, dueOn, exceptedUntil, closedAt } }: { of: FindingShown }) {
  if (state === 'closed') {
    return (
      <span className="soft">
        {closedAt === null ? t('closed') : rich('closed {ago}', { ago: <Age key="ago" at={closedAt} /> })}
      </span>
    )
  }
  if (exceptedUntil !== null) {
    const word = rich('<hidden>failed, excepted until </hidden>{day}', {
      hidden: (words) => <span className="only-read">{words}</span>,
      day: <DayText key="day" day={exceptedUntil} />,
    })
    return <StatusMark status="failed" word={word} />
  }
  return (
    <span className="finding-due">
      <DayText day={dueOn} isDue />
    </span>
  )
}
