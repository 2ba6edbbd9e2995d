/** What a page says when there is nothing, not yet, or no: always with what to do next. */
import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type ReactNode, useEffect, useState } from 'react'
import type { Problem } from './call.ts'
import type { Read } from './data.ts'
import { t } from './t.ts'

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
        <p className="soft">{t('Whoever runs Vigil finds it in the log by {number}.', { number: problem.instance })}</p>
      ) : undefined}
      {onAgain === undefined ? undefined : (
        <Button size="xs" onClick={onAgain}>
          {t('Try again')}
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
    <div className="skeleton" role="status" aria-label={t('Loading')}>
      {isShown ? [...Array(rows).keys()].map((row) => <span key={row} />) : undefined}
    </div>
  )
}

export interface Told {
  /** The word on a button beside the sentence: `Undo`. */
  readonly does: string
  readonly onDo: () => unknown
}

/**
 * Says briefly, in a corner, that something is done: `tell(t('The finding is yours.'))`. What can be taken back offers it:
 * `tell(t('Given to {name}.', { name }), { does: t('Undo'), onDo: () => give.start({ … }) })`; that stays longer.
 */
export function tell(sentence: string, offer?: Told): void {
  const id = notifications.show({
    message:
      offer === undefined ? (
        sentence
      ) : (
        <span className="told">
          {sentence}
          <Button
            size="compact-sm"
            onClick={() => {
              notifications.hide(id)
              offer.onDo()
            }}
          >
            {offer.does}
          </Button>
        </span>
      ),
    autoClose: offer === undefined ? 5_000 : 10_000,
    withBorder: true,
    closeButtonProps: { 'aria-label': t('Close') },
  })
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.?!]$/.test(begun) ? begun : `${begun}.`
}
