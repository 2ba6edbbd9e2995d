import { type RefObject, useEffect, useRef } from 'react'

/** Puts the focus in the first field of a form that has just been opened. After the head of the page, which takes it too. */
export function useFirstField(): RefObject<HTMLInputElement | null> {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  return field
}
