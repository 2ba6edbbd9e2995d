/** The four values and the four severities: shape carries the meaning, colour only helps. */
import type { ReactNode } from 'react'
import { t } from './t.ts'

export const statuses = ['proved', 'attested', 'failed', 'unknown'] as const
export type Status = (typeof statuses)[number]

const statusWords: Readonly<Record<Status, string>> = {
  proved: t('proved'),
  attested: t('attested'),
  failed: t('failed'),
  unknown: t('unknown'),
}

const shapes: Readonly<Record<Status, ReactNode>> = {
  proved: <circle cx="8" cy="8" r="6.5" fill="currentColor" />,
  attested: (
    <>
      <circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M8 2.25a5.75 5.75 0 0 0 0 11.5z" fill="currentColor" />
    </>
  ),
  failed: <path d="M8 0.75 15.25 8 8 15.25 0.75 8z" fill="currentColor" />,
  // Eight dashes exactly, so that the ring closes without a seam.
  unknown: (
    <circle
      cx="8"
      cy="8"
      r="5.75"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      pathLength="16"
      strokeDasharray="1 1"
    />
  ),
}

/** The mark of a value with its word; `isBare` leaves the word to screen readers, `word` says another one. */
export function StatusMark({ status, word, isBare }: { status: Status; word?: ReactNode; isBare?: boolean }) {
  return (
    <span className="status-mark" data-status={status}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        {shapes[status]}
      </svg>
      <span className={isBare ? 'only-read' : undefined}>{word ?? statusWords[status]}</span>
    </span>
  )
}

export type StatusCounts = Readonly<Record<Status, number>>

/** How many of each value there are, as a bar with its numbers; `of` names what is counted ("safeguards"). */
export function StatusBar({ counts, of, isSmall }: { counts: StatusCounts; of: string; isSmall?: boolean }) {
  const total = statuses.reduce((sum, status) => sum + counts[status], 0)
  return (
    <div className="status-bar" data-small={isSmall || undefined}>
      <span className="only-read">
        {t('Of {total} {of}: {proved} proved, {attested} attested, {failed} failed, {unknown} unknown', {
          total,
          of,
          ...counts,
        })}
      </span>
      <div className="status-bar-parts" aria-hidden="true">
        {statuses.map((status) =>
          counts[status] > 0 ? (
            <span key={status} data-status={status} style={{ flexGrow: counts[status] }} />
          ) : undefined,
        )}
      </div>
      <div className="status-bar-numbers" aria-hidden="true">
        {statuses.map((status) => (
          <span key={status} className="status-mark" data-status={status} data-none={counts[status] === 0 || undefined}>
            <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
              {shapes[status]}
            </svg>
            {counts[status]}
          </span>
        ))}
      </div>
    </div>
  )
}

const severities = ['low', 'medium', 'high', 'critical'] as const
export type SeverityLevel = (typeof severities)[number]

const severityWords: Readonly<Record<SeverityLevel, string>> = {
  low: t('low'),
  medium: t('medium'),
  high: t('high'),
  critical: t('critical'),
}

/** How grave something is: one to four strokes and the word. */
export function Severity({ level, isBare }: { level: SeverityLevel; isBare?: boolean }) {
  const strokes = severities.indexOf(level) + 1
  return (
    <span className="severity" data-level={level}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        {severities.map((name, at) => (
          <rect
            key={name}
            x={0.5 + at * 4}
            y={10 - at * 3}
            width="3"
            height={5 + at * 3}
            rx="0.75"
            fill={at < strokes ? 'currentColor' : 'var(--line)'}
          />
        ))}
      </svg>
      <span className={isBare ? 'only-read' : undefined}>{severityWords[level]}</span>
    </span>
  )
}
