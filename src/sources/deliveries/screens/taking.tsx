/** Files that are being taken in, step by step as the server tells it, and what came of each when it is done. */
import { Button } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconRefresh } from '@tabler/icons-react'
import { sayNotRead } from '#core/intake/screens/source-words.ts'
import { retryJob } from '#core/jobs/contract.ts'
import { JobSteps, useJob } from '#core/jobs/screens/job-progress.tsx'
import { sayJudged } from '#core/jobs/screens/job-words.ts'
import { Confirm } from '#ui/ask.tsx'
import { useChange } from '#ui/data.ts'
import { PageLink, useGo } from '#ui/link.tsx'
import { PageHead, Section } from '#ui/page.tsx'
import { rich } from '#ui/rich.tsx'
import { Note, ProblemNote } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { discard } from '../contract.ts'
import { type DeliveryShown, type FileShown, type Outcome, sayOutcome } from './delivery-words.ts'

export function Taking({ delivery, files }: { delivery: DeliveryShown; files: readonly FileShown[] }) {
  const { job, problem, take } = useJob(delivery.jobId)
  const isOver = delivery.state === 'done' && (job === undefined || job.state === 'done' || job.state === 'failed')
  const judged = job?.state === 'done' ? sayJudged(job.result) : undefined
  return (
    <>
      <PageHead
        title={isOver ? t('Taken in') : t('Taking files in')}
        says={isOver ? sayTaken(files) : t('This goes on without you: leave the page and come back whenever you like.')}
        action={
          isOver ? (
            <Button component={PageLink} to="/findings" variant="filled">
              {t('Go to the findings')}
            </Button>
          ) : undefined
        }
      />
      <ProblemNote problem={problem} />
      {job && job.state !== 'done' ? (
        <JobSteps
          job={job}
          words={{
            reading: t('Read the files'),
            matching: t('Match people, accounts and devices'),
            checking: t('Check safeguards'),
          }}
        />
      ) : undefined}
      {job?.state === 'failed' ? (
        <Failed deliveryId={delivery.id} job={job} onRetried={take} canGo={!isOver} />
      ) : undefined}
      {judged === undefined ? undefined : (
        <p className="result" role="status">
          <b>{judged}.</b>
        </p>
      )}
      {isOver ? <Results files={files} /> : undefined}
      {isOver ? (
        <p>
          {rich('<link>See what is known now</link> or <link2>bring more files</link2>.', {
            link: (words) => <PageLink to="/sources">{words}</PageLink>,
            link2: (words) => <PageLink to="/sources/bring">{words}</PageLink>,
          })}
        </p>
      ) : undefined}
    </>
  )
}

function sayTaken(files: readonly FileShown[]): string {
  const outcomes = files.flatMap(({ outcome }) => outcome ?? [])
  const rejects = outcomes.reduce((sum, outcome) => sum + outcome.rejects, 0)
  const refused = files.filter(({ outcome }) => outcome?.length && outcome.every(isRefused)).length
  const taken = files.length - refused
  const said = [t('{taken, plural, one {# file was} other {# files were}} taken in', { taken })]
  if (refused > 0) said.push(t('{refused, plural, one {# was} other {# were}} not', { refused }))
  if (rejects > 0) said.push(sayNotRead(rejects))
  return `${said.join(', ')}.`
}

const isRefused = ({ state }: Outcome) => state === 'refused' || state === 'unrecognised'

function Failed({
  deliveryId,
  job,
  onRetried,
  canGo,
}: {
  deliveryId: string
  job: NonNullable<ReturnType<typeof useJob>['job']>
  onRetried: NonNullable<ReturnType<typeof useJob>['take']>
  canGo: boolean
}) {
  const may = useMay()
  const go = useGo()
  const retry = useChange(retryJob, { refreshes: ['deliveries'], onDone: onRetried })
  const away = useChange(discard, { onDone: () => go('/sources/bring', { replace: true }) })
  return (
    <Note kind="warning">
      <p>
        <b>{t('It stopped before it was done.')}</b> {job.failure?.detail}
      </p>
      <p>{t('What was taken in stays. Trying again goes on where it stopped.')}</p>
      <ProblemNote problem={retry.problem} />
      {may(retryJob) ? (
        <div className="buttons">
          <Button
            loading={retry.isBusy}
            leftSection={<IconRefresh size={16} stroke={1.5} />}
            onClick={() => retry.start({ jobId: job.id })}
          >
            {t('Try again')}
          </Button>
          {canGo ? (
            <Confirm
              trigger={(ask) => <Button onClick={ask}>{t('Throw the rest away')}</Button>}
              title={t('Throw the rest away?')}
              does={t('Throw it away')}
              onConfirm={() => away.run({ deliveryId })}
            >
              {t('What was taken in stays; the other files are not read.')}
            </Confirm>
          ) : undefined}
        </div>
      ) : undefined}
    </Note>
  )
}

function Results({ files }: { files: readonly FileShown[] }) {
  const rows = files.flatMap((file) => (file.outcome ?? []).map((outcome) => ({ file, outcome })))
  const sorted = rows.toSorted((a, b) => rank(b.outcome) - rank(a.outcome) || a.file.name.localeCompare(b.file.name))
  if (sorted.length === 0) return undefined
  return (
    <Section title={t('What came of each')}>
      <ul className="rows files" aria-label={t('What came of each file')}>
        {sorted.map(({ file, outcome }) => (
          <li key={`${file.id} ${outcome.part}`}>
            <div>
              {isRefused(outcome) ? (
                <IconAlertTriangle className="care" size={18} stroke={1.5} aria-label={t('Not taken in')} />
              ) : (
                <IconCheck className="well" size={18} stroke={1.5} aria-label={t('Taken in')} />
              )}
              <div>
                {outcome.sourceId === null ? (
                  <b>{nameOf(file, outcome)}</b>
                ) : (
                  <PageLink to={`/sources/${outcome.sourceId}`} className="row-link">
                    {nameOf(file, outcome)}
                  </PageLink>
                )}
                <p>{sayOutcome(outcome)}</p>
              </div>
            </div>
            {outcome.rejects > 0 && outcome.sourceId !== null ? (
              <PageLink to={`/sources/${outcome.sourceId}?run=newest`} className="over">
                {sayNotRead(outcome.rejects)}
              </PageLink>
            ) : undefined}
          </li>
        ))}
      </ul>
    </Section>
  )
}

const rank = (outcome: Outcome) => (isRefused(outcome) ? 2 : outcome.rejects > 0 ? 1 : 0)

const nameOf = (file: FileShown, { part }: Outcome) => (part === null ? file.name : `${file.name} / ${part}`)
