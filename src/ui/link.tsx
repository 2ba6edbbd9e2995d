/** Going from place to place: links of this site, and words of the address (`?finding=12`) as state. */
import { useLocation, useRouter } from '@tanstack/react-router'
import { type AnchorHTMLAttributes, type MouseEvent, useCallback, useEffect } from 'react'

/** Gives `go('/findings?finding=12')`, which opens a page without loading the app again. */
export function useGo(): (to: string, options?: { readonly replace?: boolean }) => void {
  const { history } = useRouter()
  return (to, options) => (options?.replace ? history.replace(to) : history.push(to))
}

/**
 * Leads on to another page, once. The router's own component leads on again at every rendering, and the page that is
 * still being loaded renders this one: that has no end.
 */
export function LeadTo({ to }: { readonly to: string }) {
  const { history } = useRouter()
  useEffect(() => history.replace(to), [history, to])
  return undefined
}

/** Fetches what a page is made of before it is opened: `prepare('/findings')`. What cannot be fetched is fetched later. */
export function usePrepare(): (to: string) => void {
  const router = useRouter()
  return useCallback(
    (to) => {
      const [path = to] = to.split(/[?#]/)
      if (path !== router.state.location.pathname) router.preloadRoute({ to: path } as never).catch(() => undefined)
    },
    [router],
  )
}

export interface PageLinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  readonly to: string
}

/** A link to a page of this site: `<PageLink to="/findings?finding=12">`. */
export function PageLink({ to, onClick, ...others }: PageLinkProps) {
  const go = useGo()
  const prepare = usePrepare()
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event)
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (!isPlain || event.defaultPrevented || others.target === '_blank') return
    event.preventDefault()
    go(to)
  }
  const ready = () => prepare(to)
  return <a onPointerEnter={ready} onFocus={ready} {...others} href={to} onClick={follow} />
}

/** The words of the address, and how to change some of them: `set({ severity: 'high', after: undefined })`. */
export function useWords(): {
  readonly words: URLSearchParams
  /** The address of this page with some words changed; for links. */
  readonly addressWith: (changes: Readonly<Record<string, string | undefined>>) => string
  readonly set: (
    changes: Readonly<Record<string, string | undefined>>,
    options?: { readonly replace?: boolean },
  ) => void
} {
  const { pathname, searchStr } = useLocation()
  const go = useGo()
  const words = new URLSearchParams(searchStr)
  const addressWith = (changes: Readonly<Record<string, string | undefined>>) => {
    const next = new URLSearchParams(searchStr)
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === '') next.delete(name)
      else next.set(name, value)
    }
    const text = next.toString()
    return text === '' ? pathname : `${pathname}?${text}`
  }
  return { words, addressWith, set: (changes, options) => go(addressWith(changes), options) }
}

/** One word of the address as state, for filters: `const [severity, setSeverity] = useWord('severity')`. */
export function useWord(name: string): readonly [string | undefined, (value: string | null | undefined) => void] {
  const { words, set } = useWords()
  return [words.get(name) ?? undefined, (value) => set({ [name]: value ?? undefined }, { replace: true })]
}
