import { useState } from 'react'

/** Copies a text, and says whether that went well; browsers hand out the clipboard only over a safe connection. */
export function useCopying(): { readonly copied: boolean | undefined; readonly copy: (text: string) => void } {
  const [copied, setCopied] = useState<boolean>()
  const copy = (text: string) => {
    const copying = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'))
    copying.then(
      () => setCopied(true),
      () => setCopied(false),
    )
  }
  return { copied, copy }
}
