/** Stands on top of a printed page alone: of which organisation it is, and of what moment. */
import { useMinute } from '#ui/facts.tsx'
import { usePageTitle } from '#ui/page.tsx'
import { t } from '#ui/t.ts'
import { useViewer } from '#ui/viewer.tsx'
import { sayMoment } from '#ui/words.ts'

export function PrintHead() {
  const { organisationName, timeZone } = useViewer()
  const page = usePageTitle()
  const moment = sayMoment(useMinute(), timeZone)
  return (
    <div className="print-head" aria-hidden="true">
      <span>{organisationName}</span>
      <span>{t('{page}, printed from Vigil on {moment}', { page, moment })}</span>
    </div>
  )
}
