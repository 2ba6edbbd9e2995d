/** What goes on behind the scenes: what waits, runs, is done or failed, and trying again what failed. */
import { Button, Select } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { SourcesTabs } from '#core/intake/screens/sources-tabs.tsx'
import { useChange, usePages, useRead } from '#ui/data.ts'
import { Age, Fact, FactList } from '#ui/facts.tsx'
import { PageLink, useWord } from '#ui/link.tsx'
import { Filters, Page, PageHead } from '#ui/page.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { EmptyState, Loading, Note, ProblemNote } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { DataTable } from '#ui/table.tsx'
import { useMay } from '#ui/viewer.tsx'
import { useNaming } from '../../findings/screens/colleagues.ts'
import { listJobs, retryJob, showJob } from '../contract.ts'
import { JobSteps, useJob } from './job-progress.tsx'
import { type JobShown, jobKindNames, resultLines, sayJudged, sayKind, sayProgress, sayState } from './job-words.ts'

const states = ['queued', 'running', 'done', 'failed'] as const

export function JobsScreen() {
  const [state, setState] = useWord('state')
  const [kind, setKind] = useWord('kind')
  const failed = useRead(listJobs, { state: 'failed', limit: 1 })
  const wanted = states.find((each) => each === state)
  const pages = usePages(listJobs, { ...(wanted ? { state: wanted } : {}), ...(kind ? { kind } : {}) })
  const panel = usePanel('job')
  const name = useNaming()
  const isFiltered = wanted !== undefined || kind !== undefined
  return (
    <Page>
      <PageHead
        title={t('Jobs')}
        says={
          failed.data && failed.data.items.length > 0
            ? t('What Vigil does behind the scenes. Something failed and can be tried again.')
            : t('What Vigil does behind the scenes, by itself or because somebody asked.')
        }
      />
      <SourcesTabs />
      <Filters>
        <Select
          label={t('How it stands')}
          placeholder={t('all')}
          data={states.map((value) => ({ value, label: sayState(value) }))}
          value={wanted ?? null}
          onChange={setState}
          clearable
          clearButtonProps={{ 'aria-label': t('Show all, however they stand') }}
          w={160}
        />
        <Select
          label={t('What it does')}
          placeholder={t('all')}
          data={jobKindNames.map((value) => ({ value, label: sayKind(value) }))}
          value={kind ?? null}
          onChange={setKind}
          clearable
          clearButtonProps={{ 'aria-label': t('Show all, whatever they do') }}
          w={240}
        />
      </Filters>
      <DataTable
        label={t('Jobs')}
        pages={pages}
        columns={[
          { head: t('What'), cell: (job) => sayKind(job.kind) },
          { head: t('How it stands'), cell: (job) => <Standing of={job} />, width: '30%' },
          { head: t('Asked by'), cell: (job) => name(job.askedBy), width: '20%', from: 1000 },
          { head: t('Asked'), cell: (job) => <Age at={job.queuedAt} />, width: '128px' },
        ]}
        keyOf={(job) => job.id}
        linkOf={(job) => panel.addressOf(job.id)}
        chosen={panel.value}
        lines={(job) => ({
          title: sayKind(job.kind),
          detail: (
            <>
              <Standing of={job} />, <Age at={job.queuedAt} />
            </>
          ),
        })}
        empty={
          isFiltered ? (
            <EmptyState title={t('There is no such job')}>{t('Choose less in the filters above.')}</EmptyState>
          ) : (
            <EmptyState title={t('Nothing was done yet')}>
              {t('Bringing files, reading directories and the daily check will stand here.')}
            </EmptyState>
          )
        }
      />
      <SidePanel
        isOpen={panel.value !== undefined}
        onClose={panel.close}
        title={<JobTitle jobId={Number(panel.value ?? 0)} />}
      >
        {panel.value === undefined ? undefined : <Job jobId={Number(panel.value)} />}
      </SidePanel>
    </Page>
  )
}

function Standing({ of: job }: { of: JobShown }) {
  const judged = job.state === 'done' ? sayJudged(job.result) : undefined
  if (job.state === 'failed') return <span className="job-failed">{t('failed')}</span>
  return (
    <>
      {judged === undefined
        ? sayProgress(job)
        : t('done: {judged}', { judged: judged.charAt(0).toLowerCase() + judged.slice(1) })}
    </>
  )
}

function JobTitle({ jobId }: { jobId: number }) {
  const read = useRead(showJob, { jobId }, { when: jobId > 0 })
  return <>{read.data === undefined ? t('Job') : sayKind(read.data.kind)}</>
}

const takingIn = { reading: 'Read', matching: t('Match people, accounts and devices'), checking: t('Check safeguards') }

function Job({ jobId }: { jobId: number }) {
  const read = useRead(showJob, { jobId })
  const { job: live, take } = useJob(jobId)
  const may = useMay()
  const name = useNaming()
  const retry = useChange(retryJob, { onDone: take })
  return (
    <Loading of={read}>
      {(first) => {
        const job = live ?? first
        const judged = job.state === 'done' ? sayJudged(job.result) : undefined
        return (
          <div className="stack">
            {job.state === 'running' && job.progress ? <JobSteps job={job} words={takingIn} /> : undefined}
            {job.failure === null ? undefined : (
              <Note kind="warning">
                <p>
                  <b>{job.state === 'failed' ? t('It failed.') : t('The attempt before failed; it is tried again.')}</b>
                </p>
                <p>{job.failure.detail}</p>
                {job.state === 'failed' && may(retryJob) ? (
                  <Button
                    leftSection={<IconRefresh size={16} stroke={1.5} />}
                    loading={retry.isBusy}
                    onClick={() => retry.start({ jobId })}
                  >
                    {t('Try again')}
                  </Button>
                ) : undefined}
              </Note>
            )}
            <ProblemNote problem={retry.problem} />
            {judged === undefined ? undefined : (
              <p>
                {judged}. <PageLink to="/findings">{t('Go to the findings')}</PageLink>
              </p>
            )}
            <FactList>
              <Fact label={t('How it stands')}>{sayProgress(job)}</Fact>
              <Fact label={t('Asked by')}>{name(job.askedBy)}</Fact>
              <Fact label={t('Asked')}>
                <Age at={job.queuedAt} />
              </Fact>
              {job.startedAt === null ? undefined : (
                <Fact label={t('Begun')}>
                  <Age at={job.startedAt} />
                </Fact>
              )}
              {job.finishedAt === null ? undefined : (
                <Fact label={t('Ended')}>
                  <Age at={job.finishedAt} />
                </Fact>
              )}
              {job.attempts > 1 ? <Fact label={t('Attempts')}>{job.attempts}</Fact> : undefined}
              {resultLines(job.result).map(([label, value]) => (
                <Fact key={label} label={label}>
                  {value}
                </Fact>
              ))}
            </FactList>
            {typeof job.input['deliveryId'] === 'string' ? (
              <p>
                <PageLink to={`/sources/bring?delivery=${job.input['deliveryId']}`}>
                  {t('The files that were brought')}
                </PageLink>
              </p>
            ) : undefined}
          </div>
        )
      }}
    </Loading>
  )
}
