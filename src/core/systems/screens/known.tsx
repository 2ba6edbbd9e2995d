/** Values that may be unknown: yes, no, or not known, which is never said as no and offers to be made known. */
import type { ReactNode } from 'react'
import { PageLink } from '#ui/link.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import './systems.css'

/** Where lists are brought, which make things known. */
export const bringTo = '/sources/bring'

/** In a table: the mark and the words. */
export function NotKnown() {
  return <StatusMark status="unknown" word={t('not known')} />
}

/**
 * Yes, no or not known. What is wrong is marked beside its word: `wrong={false}` where "no" is what somebody must mend. What is
 * right needs no mark: only a check proves it.
 */
export function YesNo({ value, wrong }: { value: boolean | null; wrong?: boolean }) {
  if (value === null) return <NotKnown />
  const word = value ? t('yes') : t('no')
  return wrong === value ? <StatusMark status="failed" word={word} /> : word
}

/** Where a value is read at leisure: not known, what would tell, and the way there. */
export function MakeKnown({ by }: { by: ReactNode }) {
  return (
    <span className="make-known">
      <NotKnown />
      <span className="soft">{by}</span>
      <PageLink to={bringTo}>{t('Make it known')}</PageLink>
    </span>
  )
}
