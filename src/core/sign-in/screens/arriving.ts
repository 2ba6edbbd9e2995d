/** On the way in: the secret of the link that was opened, and where to go once somebody is in. */
import { useLocation } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { WireOutputOf } from '#platform/contract.ts'
import { localPath } from '#ui/call.ts'
import { useForget } from '#ui/data.ts'
import { useGo, useWords } from '#ui/link.tsx'
import type { signIn } from '../contract.ts'

const doors = ['/sign-in', '/second-factor', '/set-up']

/** Kept while somebody signs in before they accept; never in an address, which browsers remember. */
let latest = { path: '', secret: '' }

/** The secret behind the hash sign of the address; it is taken out of the address at once. */
export function useSecret(): string {
  const { pathname, searchStr, hash } = useLocation()
  const go = useGo()
  const [secret, setSecret] = useState(() => hash || (latest.path === pathname ? latest.secret : ''))
  useEffect(() => {
    if (hash === '') return
    latest = { path: pathname, secret: hash }
    setSecret(hash)
    go(pathname + searchStr, { replace: true })
  }, [hash, pathname, searchStr, go])
  return secret
}

/**
 * The page of this site to which somebody was on the way, as it stood when the page was opened: while the next page is
 * being loaded this one is still there, and the address is the next one's already.
 */
export function usePlace(): string | undefined {
  const { words } = useWords()
  const [place] = useState(() => localPath(words.get('to') ?? undefined))
  return place === undefined || doors.some((door) => place.startsWith(door)) ? undefined : place
}

/** Goes on after a factor was accepted: in, or to the next factor. All that was read before is forgotten. */
export function useArrived(): (arrival: Pick<WireOutputOf<typeof signIn>, 'next'>) => void {
  const forget = useForget()
  const go = useGo()
  const place = usePlace()
  return ({ next }) => {
    forget()
    const search = place === undefined ? '' : `?${new URLSearchParams({ to: place })}`
    go(next === 'done' ? (place ?? '/') : `/second-factor${search}`, { replace: true })
  }
}
