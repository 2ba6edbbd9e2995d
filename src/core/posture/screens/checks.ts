/** What people say counts once the checks have run again: waits for those, then everything that follows is read anew. */
import { useEffect, useEffectEvent, useState } from 'react'
import { listJobs } from '#core/jobs/contract.ts'
import { call } from '#ui/call.ts'
import { useRefresh } from '#ui/data.ts'

const everyMs = 700
/** About a minute and a half; whoever waits longer sees it when they look again. */
const mostLooks = 120

export function useChecks(): { readonly isRunning: boolean; readonly begin: () => void } {
  const [begun, setBegun] = useState(0)
  const refresh = useRefresh()
  const end = useEffectEvent(() => {
    refresh('posture', 'practices', 'findings', 'questions', 'people', 'tasks', 'attestations', 'today')
    setBegun(0)
  })
  useEffect(() => {
    if (begun === 0) return
    let looks = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const ending = new AbortController()
    const look = async () => {
      looks += 1
      // The job was queued with the change itself, so that the newest is this one or one that it joined.
      const { items } = await call(listJobs, { kind: 'checks.run', limit: 1 }, { signal: ending.signal })
      const isRunning = items[0]?.state === 'queued' || items[0]?.state === 'running'
      if (isRunning && looks < mostLooks) wait()
      else end()
    }
    const wait = () => {
      timer = setTimeout(() => void look().catch(() => ending.signal.aborted || end()), everyMs)
    }
    wait()
    return () => {
      clearTimeout(timer)
      ending.abort()
    }
  }, [begun])
  return { isRunning: begun !== 0, begin: () => setBegun((count) => count + 1) }
}
