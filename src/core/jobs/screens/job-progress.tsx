/** A job as it goes on, told by the server as it happens. */
import { Progress } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconCircleDashed, IconLoader } from '@tabler/icons-react'
import { useState } from 'react'
import type { Problem } from '#ui/call.ts'
import { useRead, useRefresh, useWatch } from '#ui/data.ts'
import { showJob, watchJob } from '../contract.ts'
import { type JobShown, sayProgress } from './job-words.ts'
import './jobs.css'
import { t } from '#ui/t.ts'

/** What changes when something was taken in and judged. */
const judged = [
  'deliveries',
  'sources',
  'directories',
  'jobs',
  'findings',
  'posture',
  'practices',
  'requirements',
  'tasks',
  'ledger',
  'today',
] as const

/** A job, kept up as it goes on; when it ends, what it may have changed is read anew. */
export function useJob(jobId: number | null): {
  readonly job: JobShown | undefined
  readonly problem: Problem | undefined
  /** What a change of it answered: it is watched anew. */
  readonly take: (job: JobShown) => void
} {
  const [told, setTold] = useState<JobShown>()
  const [problem, setProblem] = useState<Problem>()
  const first = useRead(showJob, { jobId: jobId ?? 0 }, { when: jobId !== null })
  const known = told?.id === jobId ? told : first.data?.id === jobId ? first.data : undefined
  const refresh = useRefresh()
  const isOver = known?.state === 'done' || known?.state === 'failed'
  useWatch(
    watchJob,
    { jobId: jobId ?? 0 },
    ({ data }) => {
      setTold(data)
      if (data.state !== 'done' && data.state !== 'failed') return undefined
      refresh(...judged)
      return 'stop'
    },
    { when: jobId !== null && !isOver, onProblem: setProblem },
  )
  return { job: known, problem: problem ?? first.problem, take: setTold }
}

const steps = ['reading', 'matching', 'checking'] as const
type Step = (typeof steps)[number]

/** The three steps of what takes something in, with the one that it is at. */
export function JobSteps({ job, words }: { job: JobShown; words: Readonly<Record<Step, string>> }) {
  const { progress, state } = job
  const at = state === 'done' ? steps.length : Math.max(0, steps.indexOf((progress?.phase ?? 'reading') as Step))
  const share = progress?.total ? (100 * progress.done) / progress.total : undefined
  return (
    <div className="job-steps">
      <ol>
        {steps.map((step, index) => {
          const stands = index < at ? 'done' : index > at ? 'later' : state === 'failed' ? 'failed' : 'now'
          return (
            <li key={step} data-stands={stands} aria-current={stands === 'now' ? 'step' : undefined}>
              <StepMark stands={stands} />
              <span>
                {words[step]}
                {stands === 'now' && progress && progress.done > 0 ? (
                  <span className="soft">
                    {' '}
                    {progress.done.toLocaleString('en-GB')}
                    {progress.total === null ? '' : ` ${t('of {total, number}', { total: progress.total })}`}
                  </span>
                ) : undefined}
              </span>
            </li>
          )
        })}
      </ol>
      {share !== undefined && state === 'running' && at === 0 ? (
        <Progress value={share} size="sm" aria-label={t('How much is read')} transitionDuration={120} />
      ) : undefined}
      <p className="only-read" role="status">
        {sayProgress(job)}
      </p>
    </div>
  )
}

function StepMark({ stands }: { stands: 'done' | 'later' | 'failed' | 'now' }) {
  const Mark = { done: IconCheck, later: IconCircleDashed, failed: IconAlertTriangle, now: IconLoader }[stands]
  return <Mark size={18} stroke={1.5} aria-hidden="true" />
}
