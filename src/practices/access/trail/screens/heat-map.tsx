/** A person's days: a row a day, a square an hour, darker where more was opened; and the hours of their peers below. */
import { Fragment } from 'react'
import type { WireOutputOf } from '#platform/contract.ts'
import { t } from '#ui/t.ts'
import { sayNumber, sayShortDay } from '#ui/words.ts'
import type { personDays } from '../contract.ts'
import { sayWeekday } from './trail-words.ts'
import './trail.css'

type Shown = WireOutputOf<typeof personDays>

const dayMs = 86_400_000
const hoursOfDay = Array.from({ length: 24 }, (_, hour) => hour)

export function HeatMap({ of: { hours, total, peers, peerCount }, from, to }: { of: Shown; from: string; to: string }) {
  const counts = new Map(hours.map(({ day, hour, count }) => [`${day} ${hour}`, count]))
  const most = Math.max(1, ...counts.values())
  const days: string[] = []
  for (let at = Date.parse(to); at >= Date.parse(from); at -= dayMs) days.push(new Date(at).toISOString().slice(0, 10))
  const peerMost = Math.max(0.01, ...peers.map(({ count }) => count))
  return (
    <figure className="stack heat-figure">
      <figcaption className="soft">
        {t(
          '{total, plural, =0 {Nothing was opened} one {One access} other {# accesses}} from {from} to {to}, by the hour of the day.',
          {
            total,
            from: sayShortDay(new Date(`${from}T00:00:00Z`)),
            to: sayShortDay(new Date(`${to}T00:00:00Z`)),
          },
        )}{' '}
        {peerCount > 0
          ? t(
              'The last row is the median of {count} colleagues to whom the staff lists give the same role and department, on a day on which they worked.',
              { count: sayNumber(peerCount) },
            )
          : t(
              'Fewer than five colleagues of the same role and department are known to have worked in these days, so nothing is said of them.',
            )}
      </figcaption>
      <div className="heat" role="img" aria-label={sayBusiest(hours)}>
        <span />
        {hoursOfDay.map((hour) => (
          <span key={hour} className="heat-hour">
            {hour % 6 === 0 ? hour : ''}
          </span>
        ))}
        {days.map((day) => (
          <Fragment key={day}>
            <span className="heat-day">{sayWeekday(day)}</span>
            {hoursOfDay.map((hour) => {
              const count = counts.get(`${day} ${hour}`) ?? 0
              return (
                <Cell
                  key={hour}
                  level={levelOf(count, most)}
                  says={t('{hour}:00, {count}', { hour, count: sayNumber(count) })}
                />
              )
            })}
          </Fragment>
        ))}
        {peerCount > 0 ? (
          <>
            <span className="heat-day">{t('Colleagues')}</span>
            {hoursOfDay.map((hour) => {
              const count = peers.find((one) => one.hour === hour)?.count ?? 0
              return (
                <Cell
                  key={hour}
                  level={levelOf(count, peerMost)}
                  says={t('{hour}:00, {count}', { hour, count: sayNumber(count) })}
                />
              )
            })}
          </>
        ) : undefined}
      </div>
      <p className="heat-key soft">
        {t('none')}
        {[0, 1, 2, 3, 4].map((level) => (
          <span key={level} className="heat-cell" data-level={level} />
        ))}
        {t('{most, plural, one {one in an hour} other {# in an hour}}', { most: Math.max(0, ...counts.values()) })}
      </p>
    </figure>
  )
}

function Cell({ level, says }: { level: number; says: string }) {
  return <span className="heat-cell" data-level={level} title={says} />
}

function levelOf(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(1, Math.ceil((count / most) * 4))
}

/** What the picture shows, for those who hear it. */
function sayBusiest(hours: Shown['hours']): string {
  const [busiest] = [...hours].sort((a, b) => b.count - a.count)
  if (!busiest) return t('Nothing was opened in this time.')
  const nights = hours.filter(({ hour }) => hour < 6 || hour >= 22).reduce((sum, { count }) => sum + count, 0)
  return t('Most in one hour: {count, number}, at {hour}:00. At night, from 22 to 6: {nights, number}.', {
    count: busiest.count,
    hour: busiest.hour,
    nights,
  })
}
