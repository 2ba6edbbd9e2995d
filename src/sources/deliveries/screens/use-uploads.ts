/**
 * Files on their way to a delivery, one after the other. The delivery is begun with the first of them. What was refused
 * stays in the list with the reason; the others are not held up by it.
 */
import { useEffect, useRef, useState } from 'react'
import { type Problem, problemOf, upload } from '#ui/call.ts'
import { useChange, useRefresh } from '#ui/data.ts'
import { add, open } from '../contract.ts'
import type { Brought } from './delivery-words.ts'

export interface Sending {
  readonly name: string
  readonly bytes: number
  /** 0 to 1; undefined while it waits. */
  readonly share: number | undefined
  readonly problem: Problem | undefined
}

/** The list of files is read anew at most so often while many arrive. */
const refreshMs = 600

export function useUploads(deliveryId: string | undefined, onBegun: (deliveryId: string) => void) {
  const [sending, setSending] = useState<readonly Sending[]>([])
  const queue = useRef<Brought[]>([])
  const isRunning = useRef(false)
  const refreshedAt = useRef(0)
  const begin = useChange(open)
  const refresh = useRefresh()
  const set = (name: string, change: Partial<Sending>) =>
    setSending((all) => all.map((one) => (one.name === name ? { ...one, ...change } : one)))

  const send = async (to: string, { name, file }: Brought) => {
    set(name, { share: 0, problem: undefined })
    try {
      const modifiedAt = new Date(file.lastModified).toISOString()
      await upload(add, { deliveryId: to, name, modifiedAt }, file, { onProgress: (share) => set(name, { share }) })
      setSending((all) => all.filter((one) => one.name !== name))
    } catch (thrown) {
      set(name, { share: undefined, problem: problemOf(thrown) })
    }
    if (Date.now() - refreshedAt.current < refreshMs) return
    refreshedAt.current = Date.now()
    refresh('deliveries')
  }

  const run = async () => {
    if (isRunning.current) return
    isRunning.current = true
    try {
      let to = deliveryId
      if (to === undefined) {
        to = (await begin.run({})).id
        onBegun(to)
      }
      for (let next = queue.current.shift(); next; next = queue.current.shift()) await send(to, next)
    } catch (thrown) {
      const problem = problemOf(thrown)
      queue.current = []
      setSending((all) => all.map((one) => ({ ...one, problem })))
    } finally {
      isRunning.current = false
      refresh('deliveries')
    }
  }

  const isBusy = sending.some(({ problem }) => problem === undefined)
  useEffect(() => {
    if (!isBusy) return
    const hold = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', hold)
    return () => window.removeEventListener('beforeunload', hold)
  }, [isBusy])

  return {
    sending,
    isBusy,
    bring(files: readonly Brought[]) {
      const names = new Set(files.map(({ name }) => name))
      const waiting = files.map(({ name, file }) => ({ name, bytes: file.size, share: undefined, problem: undefined }))
      setSending((all) => [...all.filter(({ name }) => !names.has(name)), ...waiting])
      queue.current.push(...files)
      void run()
    },
    /** Takes what was refused out of the list. */
    forget: (name: string) => setSending((all) => all.filter((one) => one.name !== name)),
  }
}
