/**
 * What is typed between asking for the search and its field having the focus: held, so that no letter is lost however long
 * the search takes to be fetched.
 */
import { useCallback, useLayoutEffect, useRef } from 'react'

/** Gives `take()`: what was typed since `isOpened`; from then on the keys go where the focus is. */
export function useHeldKeys(isOpened: boolean): () => string {
  const held = useRef<string>(undefined)
  useLayoutEffect(() => {
    if (!isOpened) return
    held.current = ''
    const hold = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, isComposing } = event
      if (held.current === undefined || ctrlKey || metaKey || altKey || isComposing) return
      if (key === 'Backspace') held.current = held.current.slice(0, -1)
      else if (key.length === 1) held.current += key
      else return
      event.preventDefault()
      event.stopPropagation()
    }
    // Before the keys of the house, to which a letter may be a command.
    window.addEventListener('keydown', hold, { capture: true })
    return () => {
      held.current = undefined
      window.removeEventListener('keydown', hold, { capture: true })
    }
  }, [isOpened])
  return useCallback(() => {
    const taken = held.current ?? ''
    held.current = undefined
    return taken
  }, [])
}
