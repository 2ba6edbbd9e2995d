/** What a page says when there is nothing, not yet, or no: always with what to do next. */
import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type ReactNode, useEffect, useState } from 'react'
import type { Problem } from './call.ts'
import type { Read } from './data.ts'

/** Where there is nothing to show: what that means, and the one thing to do next. */
export function EmptyState({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children === undefined ? undefined : <p className="soft">{children}</p>}
      {action}
    </div>
  )
}

/** What went wrong and what to do about it; with `onAgain` a button to try once more. */
export function ProblemNote({ problem, onAgain }: { problem: Problem | undefined; onAgain?: () => void }) {
  if (problem === undefined) return undefined
  return (
    <div className="note" role="alert" data-kind="problem">
      <p>
        <b>{problem.message}</b>
      </p>
      {problem.hint === undefined ? undefined : <p>{sentence(problem.hint)}</p>}
      {problem.status >= 500 && problem.instance !== undefined ? (
        <p className="soft">Whoever runs Vigil finds it in the log by {problem.instance}.</p>
      ) : undefined}
      {onAgain === undefined ? undefined : (
        <Button size="xs" onClick={onAgain}>
          Try again
        </Button>
      )}
    </div>
  )
}

/** A quiet word within a page; `kind` `warning` for what needs care. */
export function Note({ kind = 'plain', children }: { kind?: 'plain' | 'warning'; children: ReactNode }) {
  return (
    <div className="note" data-kind={kind}>
      {children}
    </div>
  )
}

/**
 * Shows a read: a skeleton when it takes longer than 300 ms, what went wrong, or the data; the data stays while the next
 * loads. `<Loading of={read}>{(finding) => …}</Loading>`
 */
export function Loading<T>({
  of,
  rows = 5,
  children,
}: {
  of: Pick<Read<T>, 'data' | 'problem' | 'isOld' | 'again'>
  rows?: number
  children: (data: T) => ReactNode
}) {
  if (of.data === undefined) {
    return of.problem ? <ProblemNote problem={of.problem} onAgain={of.again} /> : <Skeleton rows={rows} />
  }
  return (
    <div className="loaded" data-old={of.isOld || undefined} aria-busy={of.isOld}>
      {of.problem ? <ProblemNote problem={of.problem} onAgain={of.again} /> : undefined}
      {children(of.data)}
    </div>
  )
}

/** Lines that stand for what is loading; nothing in the first 300 ms. */
export function Skeleton({ rows = 5 }: { rows?: number }) {
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 300)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {isShown ? [...Array(rows).keys()].map((row) => <span key={row} />) : undefined}
    </div>
  )
}

/** Says briefly, in a corner, that something is done: `tell('The finding is yours.')`. */
export function tell(sentence: string): void {
  notifications.show({
    message: sentence,
    autoClose: 5_000,
    withBorder: true,
    closeButtonProps: { 'aria-label': 'Close' },
  })
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.?!]$/.test(begun) ? begun : `${begun}.`
}
