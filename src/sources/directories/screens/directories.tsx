/** Directories that are read live: connected once, then read at their times or when asked. */
import { Button } from '@mantine/core'
import { IconPlus, IconRefresh } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { asSentence, joinWords } from '#core/intake/screens/source-words.ts'
import { SourcesTabs } from '#core/intake/screens/sources-tabs.tsx'
import { JobSteps, useJob } from '#core/jobs/screens/job-progress.tsx'
import { sayJudged } from '#core/jobs/screens/job-words.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { Confirm } from '#ui/ask.tsx'
import { call, problemOf } from '#ui/call.ts'
import { useChange, usePages } from '#ui/data.ts'
import { Age, Fact, FactList } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { EmptyState, Note, ProblemNote, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { DataTable } from '#ui/table.tsx'
import { useMay } from '#ui/viewer.tsx'
import { fieldWords } from '../../deliveries/screens/field-words.ts'
import { change, connect, list, read, remove, test } from '../contract.ts'
import { DirectoryForm } from './directory-form.tsx'
import { sayCron } from './schedule.ts'

type Directory = WireOutputOf<typeof list>['items'][number]

export function DirectoriesScreen() {
  const may = useMay()
  const pages = usePages(list, { limit: 100 })
  const panel = usePanel('directory')
  const isEmpty = pages.items.length === 0 && !pages.isLoading && !pages.problem
  const chosen = pages.items.find(({ id }) => String(id) === panel.value)
  const add = may(connect) ? (
    <Button variant="filled" leftSection={<IconPlus size={16} stroke={1.5} />} onClick={() => panel.open('new')}>
      {t('Connect a directory')}
    </Button>
  ) : undefined
  return (
    <Page>
      <PageHead
        title={t('Directories')}
        says={t(
          'Active Directory and other directories that Vigil reads by itself, so that nobody has to export them.',
        )}
        action={isEmpty ? undefined : add}
      />
      <SourcesTabs />
      <DataTable
        label={t('Directories')}
        pages={pages}
        columns={[
          { head: t('Directory'), cell: ({ name }) => <span title={name}>{name}</span> },
          { head: t('Address'), cell: ({ url }) => url, width: '32%', from: 1000 },
          {
            head: t('Is read'),
            cell: (one) => (one.isOn ? sayCron(one.cron) : t('not: it is switched off')),
            width: '28%',
          },
        ]}
        keyOf={({ id }) => id}
        linkOf={({ id }) => panel.addressOf(id)}
        chosen={panel.value}
        lines={(one) => ({
          title: one.name,
          detail: one.isOn ? t('read {cron}', { cron: sayCron(one.cron) }) : t('switched off'),
        })}
        empty={
          <EmptyState title={t('No directory is connected')} action={add}>
            {t(
              'Connected by LDAP, a directory tells who has an account, whether it works and when it was last used. Vigil only reads; an account that may look at everything and change nothing is enough.',
            )}
          </EmptyState>
        }
      />
      <SidePanel
        isOpen={panel.value !== undefined && (chosen !== undefined || panel.value === 'new')}
        onClose={panel.close}
        title={chosen?.name ?? t('Connect a directory')}
      >
        {panel.value === 'new' ? (
          <DirectoryForm onDone={(id) => panel.open(id)} onCancel={panel.close} />
        ) : chosen ? (
          <One key={chosen.id} directory={chosen} onGone={panel.close} />
        ) : undefined}
      </SidePanel>
    </Page>
  )
}

function One({ directory, onGone }: { directory: Directory; onGone: () => void }) {
  const may = useMay()
  const [isEdited, setEdited] = useState(false)
  const away = useChange(remove, {
    onDone: () => {
      tell(t('The directory is disconnected.'))
      onGone()
    },
  })
  if (isEdited) {
    return <DirectoryForm directory={directory} onDone={() => setEdited(false)} onCancel={() => setEdited(false)} />
  }
  return (
    <div className="stack">
      <FactList>
        <Fact label={t('Address')}>{directory.url}</Fact>
        <Fact label={t('Encrypted')}>
          {directory.url.startsWith('ldaps:') || directory.startTls ? t('yes') : t('no')}
        </Fact>
        <Fact label={t('Signs in as')}>{directory.bindDn ?? t('nobody')}</Fact>
        <Fact label={t('Below')}>{directory.base ?? t('wherever the directory begins')}</Fact>
        {directory.filter === null ? undefined : (
          <Fact label={t('Only')}>
            <span className="mono">{directory.filter}</span>
          </Fact>
        )}
        <Fact label={t('System')}>{directory.system ?? t('the directory itself')}</Fact>
        <Fact label={t('Is read')}>{directory.isOn ? sayCron(directory.cron) : t('not: it is switched off')}</Fact>
      </FactList>
      {may(test) ? <Try directoryId={directory.id} /> : undefined}
      <Reading directory={directory} />
      {may(change) ? (
        <div className="buttons">
          <Button onClick={() => setEdited(true)}>{t('Change it')}</Button>
          <Confirm
            trigger={(ask) => <Button onClick={ask}>{t('Disconnect it')}</Button>}
            title={t('Disconnect this directory?')}
            does={t('Disconnect it')}
            onConfirm={() => away.run({ directoryId: directory.id })}
          >
            {t('It is not read any more, and its password is destroyed. What it said stays until it lapses.')}
          </Confirm>
        </div>
      ) : undefined}
    </div>
  )
}

function Try({ directoryId }: { directoryId: number }) {
  // Called as it is: a change would be sent again where a directory does not answer, and each time that takes long.
  const trial = useMutation({ mutationFn: () => call(test, { directoryId }) })
  const output = trial.data
  return (
    <>
      <div className="buttons">
        <Button loading={trial.isPending} onClick={() => trial.mutate()}>
          {t('Test the connection')}
        </Button>
      </div>
      <ProblemNote problem={trial.error ? problemOf(trial.error) : undefined} />
      {output === undefined ? undefined : (
        <Note kind={output.entries === 0 ? 'warning' : 'plain'}>
          <p role="status">
            <b>
              {output.entries === 0
                ? t('It answers, and shows no entry.')
                : t('It works: {directory} shows its first {count, plural, one {# entry} other {# entries}}.', {
                    directory: output.product ?? t('the directory'),
                    count: output.entries,
                  })}
            </b>
          </p>
          {output.entries === 0 ? (
            <p>{t('Check below which place it is read, and whether the account that signs in may look there.')}</p>
          ) : (
            <p>{t('They tell: {fields}.', { fields: joinWords(output.fields.map(fieldWords)) })}</p>
          )}
          {output.warnings.map((warning) => (
            <p key={warning}>{asSentence(warning)}</p>
          ))}
        </Note>
      )}
    </>
  )
}

const words = {
  reading: t('Read the directory'),
  matching: t('Match people and accounts'),
  checking: t('Check safeguards'),
}

function Reading({ directory }: { directory: Directory }) {
  const may = useMay()
  const [asked, setAsked] = useState<number>()
  const { job, problem } = useJob(asked ?? directory.lastJobId)
  const now = useChange(read, { refreshes: ['jobs'], onDone: ({ jobId }) => setAsked(jobId) })
  const isOn = job?.state === 'queued' || job?.state === 'running'
  const judged = job?.state === 'done' ? sayJudged(job.result) : undefined
  return (
    <>
      {job && isOn ? <JobSteps job={job} words={words} /> : undefined}
      {job?.state === 'failed' ? (
        <Note kind="warning">
          <p>
            <b>{t('It could not be read.')}</b> {job.failure?.detail}
          </p>
        </Note>
      ) : undefined}
      {job?.state === 'done' && job.finishedAt ? (
        <p role="status">
          <Age at={job.finishedAt} word={t('Read')} />
          {judged === undefined ? '.' : `: ${judged.charAt(0).toLowerCase()}${judged.slice(1)}. `}
          {judged === undefined ? undefined : <PageLink to="/findings">{t('Go to the findings')}</PageLink>}
        </p>
      ) : undefined}
      <ProblemNote problem={now.problem ?? problem} />
      {may(read) ? (
        <div className="buttons">
          <Button
            loading={now.isBusy || isOn}
            leftSection={<IconRefresh size={16} stroke={1.5} />}
            onClick={() => now.start({ directoryId: directory.id })}
          >
            {t('Read it now')}
          </Button>
        </div>
      ) : undefined}
    </>
  )
}
