/**
 * The keys of the house: Ctrl-K (or Cmd-K) and `/` search, `g` and a letter opens a page, `?` lists them. Never while
 * somebody types, chooses from a list or is asked something, but for Ctrl-K, which no text needs.
 */
import { useEffect, useEffectEvent } from 'react'
import type { Place } from './navigation.ts'

/** How long after `g` the letter may come. */
const pauseMs = 1_500

export function useKeys(does: {
  readonly places: readonly Pick<Place, 'key' | 'to'>[]
  readonly go: (to: string) => void
  readonly search: () => void
  readonly help: () => void
}): void {
  const press = useEffectEvent((event: KeyboardEvent, afterG: boolean): boolean => {
    const { key, ctrlKey, metaKey, altKey } = event
    if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === 'k') {
      event.preventDefault()
      does.search()
      return false
    }
    if (ctrlKey || metaKey || altKey || event.defaultPrevented || isTaken(event.target)) return false
    if (afterG) {
      const place = does.places.find((each) => each.key === key)
      if (place) {
        event.preventDefault()
        does.go(place.to)
        return false
      }
    }
    if (key === '/' || key === '?') {
      event.preventDefault()
      if (key === '/') does.search()
      else does.help()
    }
    return key === 'g'
  })
  useEffect(() => {
    let until = 0
    const listen = (event: KeyboardEvent) => {
      if (event.isComposing || event.key === 'Shift') return
      until = press(event, event.timeStamp < until) ? event.timeStamp + pauseMs : 0
    }
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [])
}

/** Whether the key belongs to what has the focus. */
function isTaken(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable) return true
  return target.closest('input, textarea, select, [role=listbox], [role=menu], [role=combobox]') !== null
}
