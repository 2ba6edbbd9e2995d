/** How many safeguards have each of the four values, large, with what each value means. */
import { type Status, type StatusCounts, StatusMark, statuses } from '#ui/status.tsx'
import { t } from '#ui/t.ts'

export function FourValues({ counts }: { counts: StatusCounts }) {
  const means: Readonly<Record<Status, string>> = {
    proved: t('A machine measured it.'),
    attested: t('A person said so.'),
    failed: t('It does not hold.'),
    unknown: t('Nobody can tell.'),
  }
  const total = statuses.reduce((sum, status) => sum + counts[status], 0)
  return (
    <div className="four-values">
      <div className="four-bar" aria-hidden="true">
        {statuses.map((status) =>
          counts[status] > 0 ? (
            <span key={status} data-status={status} style={{ flexGrow: counts[status] }} />
          ) : undefined,
        )}
      </div>
      <dl>
        {statuses.map((status) => (
          <div key={status}>
            <dt>
              <StatusMark status={status} />
            </dt>
            <dd>
              <span>
                <b className={counts[status] === 0 ? 'four-count four-none' : 'four-count'}>{counts[status]}</b>{' '}
                <span className="soft">{t('of {total, number}', { total })}</span>
              </span>
              <span className="soft four-means">{means[status]}</span>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
