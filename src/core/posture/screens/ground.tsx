/** Where something comes from: the sources it rests on, and its place on the ledger. */
import type { ReactNode } from 'react'
import { showEntry } from '#core/ledger/contract.ts'
import type { showSubject } from '#core/safeguards/contract.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { Age } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { rich } from '#ui/rich.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { sayShortDay } from '#ui/words.ts'

type Rest = WireOutputOf<typeof showSubject>['sources'][number]

/** The way to an entry of the ledger, for those who may read it. */
export function LedgerLink({ entry, children }: { entry: number | null; children: ReactNode }) {
  const may = useMay()
  if (entry === null || !may(showEntry)) return undefined
  return <PageLink to={`/ledger?entry=${entry}`}>{children}</PageLink>
}

/** What kind of knowledge a source gives: measured is what a machine read, stated what a person typed. */
export function sayBasis(basis: 'measured' | 'stated'): string {
  return basis === 'measured' ? t('measured: read from a system') : t('stated: kept by people')
}

export function Rests({ of, name }: { of: readonly Rest[]; name: (actor: string) => ReactNode }) {
  if (of.length === 0) return undefined
  return (
    <ul className="feeds rests">
      {of.map((rest) => (
        <li key={rest.runId}>
          <div>
            <PageLink to={`/sources/${rest.sourceId}`}>{rest.source}</PageLink>
            <div className="soft">{sayBasis(rest.basis)}</div>
          </div>
          <RestWords of={rest} name={name} />
        </li>
      ))}
    </ul>
  )
}

/** When it was collected, by whom, until when it speaks, and where the ledger says so. */
export function RestWords({ of: rest, name }: { of: Rest; name: (actor: string) => ReactNode }) {
  const { timeZone } = useViewer()
  const { collectedAt, collectedBy, suppliedBy, validUntil, isCurrent, entry } = rest
  const until = validUntil === null ? '' : sayShortDay(new Date(validUntil), timeZone)
  return (
    <div className="rest-words">
      {collectedAt === null ? undefined : <Age at={collectedAt} word={t('collected')} />}
      {isCurrent ? (
        <span>{t('speaks until {until}', { until })}</span>
      ) : (
        <StatusMark status="unknown" word={t('lapsed on {until}', { until })} />
      )}
      <span>
        {suppliedBy === null
          ? rich('brought by <who>them</who>', { who: () => name(collectedBy) })
          : rich('made by {suppliedBy}, brought by <who>them</who>', { suppliedBy, who: () => name(collectedBy) })}
      </span>
      <LedgerLink entry={entry}>{t('Its entry on the ledger')}</LedgerLink>
    </div>
  )
}
