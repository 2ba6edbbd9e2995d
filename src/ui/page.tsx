/** The frame of every page: its head, its width and its sections. */
import { useMatch } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef, useSyncExternalStore } from 'react'
import { t } from './t.ts'

/** A page: `reading` for words and forms, `wide` for tables and lists. */
export function Page({ width = 'wide', children }: { width?: 'reading' | 'wide'; children: ReactNode }) {
  return (
    <div className="page" data-width={width}>
      {children}
    </div>
  )
}

/** Whether no page has stood yet: the first one leaves the focus where the browser puts it. */
let isFirst = true

let shown = ''
const watchers = new Set<() => void>()

function name(title: string): void {
  document.title = t('{page} – Vigil', { page: title })
  shown = title
  for (const watcher of watchers) watcher()
}

/** The title of the page that is shown, for the frame around it. */
export function usePageTitle(): string {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => shown,
  )
}

/**
 * The head of a page: its title, one sentence that says how things stand, one primary action. It names the window too,
 * and takes the focus when one came here from another page.
 */
export function PageHead({
  title,
  says,
  action,
  mark,
}: {
  title: string
  says?: ReactNode
  action?: ReactNode
  mark?: ReactNode
}) {
  const heading = useRef<HTMLHeadingElement>(null)
  // The address of this page itself: the router's is already that of the next one while its parts are fetched.
  const pathname = useMatch({ strict: false, shouldThrow: false, select: (match) => match.pathname }) ?? ''
  useEffect(() => {
    name(title)
  }, [title])
  useEffect(() => {
    if (!isFirst && pathname !== '') heading.current?.focus({ preventScroll: true })
    isFirst = false
  }, [pathname])
  return (
    <header className="page-head">
      <div className="page-head-words">
        <h1 ref={heading} tabIndex={-1}>
          {mark}
          {title}
        </h1>
        {says === undefined ? undefined : <p className="says">{says}</p>}
      </div>
      {action === undefined ? undefined : <div className="page-head-action">{action}</div>}
    </header>
  )
}

/** A part of a page with its heading; `aside` stands at the right of the heading (a small button, a count). */
export function Section({
  title,
  says,
  aside,
  children,
}: {
  title: string
  says?: ReactNode
  aside?: ReactNode
  children: ReactNode
}) {
  return (
    <section className="section">
      <div className="section-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {says === undefined ? undefined : <p className="soft">{says}</p>}
      {children}
    </section>
  )
}

/** The row of filters above a table: Mantine's `Select`, `SegmentedControl`, `TextInput` …, held by `useWord`. */
export function Filters({ children }: { children: ReactNode }) {
  return <search className="filters">{children}</search>
}

/** A bordered box for one thing among others. */
export function Box({ children }: { children: ReactNode }) {
  return <div className="box">{children}</div>
}
