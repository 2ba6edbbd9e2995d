/**
 * How the four values stood over time: small beside a name, large with months and a table, or as one strip. Each value has a
 * texture of its own (filled, lined, hatched, dotted), so that they are told apart without colour.
 */
import { useElementSize } from '@mantine/hooks'
import { area, curveStepAfter, stack } from 'd3-shape'
import { Fragment, type ReactNode, useId } from 'react'
import type { Day } from '#platform/days.ts'
import { type Status, StatusMark, statuses } from './status.tsx'
import { language, t } from './t.ts'
import { sayShortDay } from './words.ts'
import './trend.css'

/** Of each value, how many there were at each of the days. */
export type TrendCounts = Readonly<Record<Status, readonly number[]>>

type Point = Readonly<Record<Status, number>>

function pointsOf(counts: TrendCounts): readonly Point[] {
  return counts.proved.map((proved, at) => ({
    proved,
    attested: counts.attested[at] ?? 0,
    failed: counts.failed[at] ?? 0,
    unknown: counts.unknown[at] ?? 0,
  }))
}

/** The textures, under ids of their own; within the element that draws with them. */
function Textures({ id }: { id: string }) {
  return (
    <defs>
      <pattern id={`${id}-proved`} width="4" height="4" patternUnits="userSpaceOnUse">
        <rect width="4" height="4" data-status="proved" fill="currentColor" />
      </pattern>
      <pattern id={`${id}-attested`} width="4" height="4" patternUnits="userSpaceOnUse">
        <rect width="4" height="2" data-status="attested" fill="currentColor" />
      </pattern>
      <pattern id={`${id}-failed`} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="3.4" height="5" data-status="failed" fill="currentColor" />
      </pattern>
      <pattern id={`${id}-unknown`} width="6" height="6" patternUnits="userSpaceOnUse">
        <circle cx="1.5" cy="1.5" r="0.8" data-status="unknown" fill="currentColor" fillOpacity="0.55" />
        <circle cx="4.5" cy="4.5" r="0.8" data-status="unknown" fill="currentColor" fillOpacity="0.55" />
      </pattern>
    </defs>
  )
}

interface Place {
  readonly width: number
  readonly height: number
}

/** The values as layers, each step as wide as the time until the next one. */
function Layers({ id, points, width, height }: { id: string; points: readonly Point[] } & Place) {
  const [first] = points
  const total = first ? statuses.reduce((sum, status) => sum + first[status], 0) : 0
  if (total === 0) return undefined
  // The last one is as wide as the others, so the line ends one step later.
  const layers = stack<Point, Status>().keys(statuses)([...points, ...points.slice(-1)])
  const draw = area<readonly [number, number]>()
    .x((_, at) => (at / points.length) * width)
    .y0(([low]) => height - (low / total) * height)
    .y1(([, high]) => height - (high / total) * height)
    .curve(curveStepAfter)
  return layers.map((layer) => (
    <path
      key={layer.key}
      data-status={layer.key}
      fill={`url(#${id}-${layer.key})`}
      d={draw(layer as unknown as (readonly [number, number])[]) ?? ''}
    />
  ))
}

/** One calm picture beside a name; `says` tells in words what it shows. */
export function Sparkline({ counts, says }: { counts: TrendCounts; says: string }) {
  const id = useId()
  const place = { width: 144, height: 32 }
  return (
    <svg className="trend" role="img" aria-label={says} viewBox="0 0 144 32" width="144" height="32">
      <Textures id={id} />
      <Layers id={id} points={pointsOf(counts)} {...place} />
      <rect className="trend-frame" x="0.5" y="0.5" width="143" height="31" rx="2" />
    </svg>
  )
}

const chart = { top: 8, bottom: 24, left: 28, height: 132 } as const

/** The large picture: months below, how many at the side, the values in words, and all of it as a table too. */
export function TrendChart({
  days,
  counts,
  says,
  since,
}: {
  days: readonly Day[]
  counts: TrendCounts
  /** What it shows, in words. */
  says: string
  /** Before this day nothing was looked at. */
  since: Day | undefined
}) {
  const id = useId()
  const { ref, width } = useElementSize()
  const points = pointsOf(counts)
  const [first] = points
  const total = first ? statuses.reduce((sum, status) => sum + first[status], 0) : 0
  const inner = Math.max(width - chart.left - 1, 0)
  const begun = since === undefined ? undefined : placeOf(days, since)
  return (
    <figure className="trend-figure">
      <div ref={ref}>
        <svg
          className="trend"
          role="img"
          aria-label={says}
          width="100%"
          height={chart.height + chart.top + chart.bottom}
        >
          <Textures id={id} />
          <g transform={`translate(${chart.left} ${chart.top})`}>
            <Layers id={id} points={points} width={inner} height={chart.height} />
            <rect className="trend-frame" width={inner} height={chart.height} rx="2" />
            {begun === undefined || begun <= 0 ? undefined : (
              <line className="trend-since" x1={begun * inner} x2={begun * inner} y1="-4" y2={chart.height} />
            )}
            <Months days={days} width={inner} height={chart.height} />
          </g>
          <text x={chart.left - 8} y={chart.top + 10} textAnchor="end">
            {total}
          </text>
          <text x={chart.left - 8} y={chart.top + chart.height} textAnchor="end">
            0
          </text>
        </svg>
      </div>
      <figcaption className="trend-legend">
        <Legend />
      </figcaption>
      <details className="trend-table">
        <summary>{t('As a table')}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('At the end of')}</th>
              {statuses.map((status) => (
                <th key={status} scope="col">
                  <StatusMark status={status} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {points.map((point, at) =>
              // Every fourth week, and the last day.
              (points.length - 1 - at) % 4 === 0 ? (
                <tr key={days[at]}>
                  <th scope="row">{sayShortDay(new Date(`${days[at]}T00:00:00Z`))}</th>
                  {statuses.map((status) => (
                    <td key={status}>{point[status]}</td>
                  ))}
                </tr>
              ) : undefined,
            )}
          </tbody>
        </table>
      </details>
    </figure>
  )
}

/** Which texture is which value. */
function Legend({ words }: { words?: Readonly<Record<Status, string>> | undefined }) {
  const id = useId()
  return statuses.map((status) => (
    <span key={status}>
      <svg className="trend" width="20" height="12" aria-hidden="true">
        <Textures id={`${id}-${status}`} />
        <path data-status={status} d="M0 0h20v12h-20z" fill={`url(#${id}-${status}-${status})`} />
        <rect className="trend-frame" x="0.5" y="0.5" width="19" height="11" rx="2" />
      </svg>
      <StatusMark status={status} word={words?.[status]} />
    </span>
  ))
}

/** A stretch of time at one value; the moments are texts of instants. */
interface Stretch {
  readonly status: Status
  readonly from: string
  readonly until: string
}

/** One thing over time: a strip in which every stretch has the texture of its value. */
export function TimeStrip({
  stretches,
  says,
  words,
}: {
  stretches: readonly Stretch[]
  says: string
  /** What is said beside each value instead of its word. */
  words?: Readonly<Record<Status, string>>
}) {
  const id = useId()
  const { ref, width } = useElementSize()
  const begins = Date.parse(stretches[0]?.from ?? '')
  const length = Date.parse(stretches.at(-1)?.until ?? '') - begins
  const days = [...Array(Math.max(Math.round(length / 86_400_000) + 1, 0) || 0).keys()].map((day) =>
    new Date(begins + day * 86_400_000).toISOString().slice(0, 10),
  )
  const inner = Math.max(width - 2, 0)
  return (
    <figure className="trend-figure">
      <div ref={ref}>
        <svg className="trend" role="img" aria-label={says} width="100%" height="56">
          <Textures id={id} />
          <g transform="translate(1 0)">
            {stretches.map(({ status, from, until }) => (
              <Fragment key={from}>
                <rect
                  data-status={status}
                  fill={`url(#${id}-${status})`}
                  x={((Date.parse(from) - begins) / length) * inner}
                  // What was short is seen too.
                  width={Math.max(((Date.parse(until) - Date.parse(from)) / length) * inner, 2)}
                  height="32"
                />
              </Fragment>
            ))}
            <rect className="trend-frame" width={inner} height="32" rx="2" />
            <Months days={days} width={inner} height={32} />
          </g>
        </svg>
      </div>
      <figcaption className="trend-legend">
        <Legend words={words} />
      </figcaption>
    </figure>
  )
}

/** The first day of each month, as far as their names fit. */
function Months({ days, width, height }: { days: readonly Day[] } & Place): ReactNode {
  const first = days[0]
  const last = days.at(-1)
  if (first === undefined || last === undefined || width < 80) return undefined
  const every = width < 420 ? 3 : width < 620 ? 2 : 1
  const name = new Intl.DateTimeFormat(language === 'en-XA' ? 'en-GB' : language, { month: 'short', timeZone: 'UTC' })
  return monthsBetween(first, last).map((month, at) => {
    const x = (placeOf(days, month) ?? 0) * width
    const hasRoom = at % every === 0 && x < width - 24
    return (
      <g key={month}>
        <line className="trend-tick" x1={x} x2={x} y1={height} y2={height + (hasRoom ? 6 : 3)} />
        {hasRoom ? (
          <text x={x + 4} y={height + 18}>
            {name.format(new Date(`${month}T00:00:00Z`)).slice(0, 3)}
          </text>
        ) : undefined}
      </g>
    )
  })
}

/** The first days of the months that begin within these days. */
function monthsBetween(first: Day, last: Day): readonly Day[] {
  const months: Day[] = []
  let [year, month] = [Number(first.slice(0, 4)), Number(first.slice(5, 7))]
  for (;;) {
    const day = `${year}-${String(month).padStart(2, '0')}-01`
    if (day > last) return months
    if (day >= first) months.push(day)
    month += 1
    if (month > 12) [year, month] = [year + 1, 1]
  }
}

/** Where a day stands among these, from 0 to 1; undefined where it stands outside. */
function placeOf(days: readonly Day[], day: Day): number | undefined {
  const [first = '', last = ''] = [days[0], days.at(-1)]
  const [from, until, at] = [first, last, day].map((one) => Date.parse(`${one}T00:00:00Z`))
  if (from === undefined || until === undefined || at === undefined) return undefined
  const place = (at - from) / (until - from)
  return place >= 0 && place <= 1 ? place : undefined
}
