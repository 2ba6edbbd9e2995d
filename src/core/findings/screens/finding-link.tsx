/** A finding in one line, as a link to it: how grave, and the sentence that says what is wrong. */
import { PageLink } from '#ui/link.tsx'
import { Severity } from '#ui/status.tsx'
import type { FindingShown } from './finding-words.ts'
import './findings.css'

export function FindingLink({ finding }: { finding: Pick<FindingShown, 'id' | 'severity' | 'detail' | 'state'> }) {
  return (
    <PageLink to={`/findings?finding=${finding.id}`} className="finding-link">
      <Severity level={finding.severity} isBare />
      <span>{finding.detail}</span>
    </PageLink>
  )
}
