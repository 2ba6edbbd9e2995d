/** For how long evidence speaks: a word, with a sign where somebody should look. */
import { IconAlertTriangle, IconClockExclamation, IconTrash } from '@tabler/icons-react'
import { type Day, dayOf } from '#platform/days.ts'
import { useMinute } from '#ui/facts.tsx'
import { useViewer } from '#ui/viewer.tsx'
import { validityOf } from '../model.ts'
import { validityWords } from './evidence-words.ts'
import './evidence.css'

const signs = { valid: undefined, ending: IconClockExclamation, over: IconAlertTriangle, destroyed: IconTrash }

export function Validity({
  of: item,
}: {
  of: { readonly state: 'kept' | 'lapsed' | 'shredded'; readonly validUntilOn: Day | null }
}) {
  const { timeZone } = useViewer()
  const validity = validityOf(item, dayOf(useMinute(), timeZone))
  const Sign = signs[validity]
  return (
    <span className="validity" data-validity={validity}>
      {Sign === undefined ? undefined : <Sign size={14} stroke={1.5} aria-hidden="true" />}
      {validityWords[validity]}
    </span>
  )
}
