/** Small pieces of what is known: labels with values, counts with their whole, times, days and citations. */
import { Tooltip } from '@mantine/core'
import { createContext, type ReactNode, use, useSyncExternalStore } from 'react'
import { type Day, dayOf } from '#platform/days.ts'
import { t } from './t.ts'
import { useViewer } from './viewer.tsx'
import { sayAge, sayDays, sayMoment, sayShortDay } from './words.ts'

/** Within tables, nothing but the row itself is a stop of the keyboard. */
export const InTable = createContext(false)

/** Labels and values under each other; takes `Fact`s. */
export function FactList({ children }: { children: ReactNode }) {
  return <dl className="fact-list">{children}</dl>
}

/** One label with its value; an empty value is said to be not known. */
export function Fact({ label, children }: { label: string; children?: ReactNode }) {
  const isEmpty = children === undefined || children === null || children === ''
  return (
    <div className="fact">
      <dt>{label}</dt>
      <dd>{isEmpty ? <span className="soft">{t('not known')}</span> : children}</dd>
    </div>
  )
}

/** How long ago: `<Age at={run.endedAt} word="checked" />` is "checked 3 hours ago"; the exact time shows on hover and focus. */
export function Age({ at, word }: { at: string; word?: string }) {
  const { timeZone } = useViewer()
  const isInTable = use(InTable)
  const now = useMinute()
  const moment = new Date(at)
  const exact = sayMoment(moment, timeZone)
  return (
    <Tooltip label={exact} events={{ hover: true, focus: true, touch: true }}>
      {/* A stop of the keyboard, since the exact time must be reached without a mouse. */}
      <time className="age" dateTime={at} {...(isInTable ? {} : { tabIndex: 0 })}>
        {word === undefined ? sayAge(moment, now) : t('{word} {age}', { word, age: sayAge(moment, now) })}
      </time>
    </Tooltip>
  )
}

/** A day of the calendar; with `isDue`, how far off it is too, and marked when it has passed. */
export function DayText({ day, isDue }: { day: Day; isDue?: boolean }) {
  const { timeZone } = useViewer()
  const today = dayOf(useMinute(), timeZone)
  return (
    <time className="day" dateTime={day} data-late={(isDue && day < today) || undefined}>
      {sayShortDay(new Date(`${day}T00:00:00Z`))}
      {isDue ? <span className="soft">, {sayDays(day, today)}</span> : undefined}
    </time>
  )
}

/** Citations, small: `<Cite of={['164.308(a)(3)(ii)(C)']} />` is "45 CFR 164.308(a)(3)(ii)(C)". */
export function Cite({ of }: { of: readonly string[] }) {
  if (of.length === 0) return undefined
  return (
    <cite className="cite">
      {of.map((citation, at) => (
        <span key={citation}>
          {at === 0 ? t('45 CFR {citation}', { citation }) : citation}
          {at < of.length - 1 ? ', ' : ''}
        </span>
      ))}
    </cite>
  )
}

const listeners = new Set<() => void>()
let minute = new Date()
let timer: ReturnType<typeof setInterval> | undefined

function strike(): void {
  minute = new Date()
  for (const each of listeners) each()
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(strike, 30_000)
  // With nobody listening the clock stood still.
  if (Date.now() - minute.getTime() > 30_000) queueMicrotask(strike)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The time, kept up to about a minute. */
export function useMinute(): Date {
  return useSyncExternalStore(listen, () => minute)
}
