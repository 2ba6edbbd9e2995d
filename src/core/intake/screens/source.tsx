/** One source: what it tells and until when, how its columns are read, each time it was brought, and what was rejected. */
import { Button } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { dayOf } from '#platform/days.ts'
import { CorrectRows } from '#sources/corrections/screens/correct-rows.tsx'
import { fieldWords } from '#sources/deliveries/screens/field-words.ts'
import { usePages, useRead } from '#ui/data.ts'
import { Age, DayText, Fact, FactList } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { EmptyState, Loading, Note, ProblemNote, Skeleton } from '#ui/say.tsx'
import { DataTable } from '#ui/table.tsx'
import { useViewer } from '#ui/viewer.tsx'
import { sayNumber } from '#ui/words.ts'
import { useNaming } from '../../findings/screens/colleagues.ts'
import { listColumns, listRejects, show } from '../contract.ts'
import {
  asSentence,
  type RunShown,
  type SourceShown,
  sayBasis,
  sayChanges,
  sayKinds,
  sayNotRead,
  sayRejects,
  sayRun,
  sayToBring,
  sayWhat,
} from './source-words.ts'
import './intake.css'
import { rich } from '#ui/rich.tsx'
import { t } from '#ui/t.ts'

export function SourceScreen() {
  const { source: word = '' } = useParams({ strict: false }) as { source?: string }
  const sourceId = Number(word)
  const read = useRead(show, { sourceId, limit: 200 })
  return (
    <Page>
      {read.data === undefined ? <PageHead title={t('Source')} /> : undefined}
      <Loading of={read}>
        {({ source, runs }) => (
          <div className="stack">
            <PageHead title={source.name} says={<Standing of={source} />} />
            <p>
              <PageLink to="/sources">{t('All sources')}</PageLink>
            </p>
            <About source={source} />
            <Columns sourceId={source.id} />
            <Runs source={source} runs={runs.items} hasMore={runs.next !== null} />
          </div>
        )}
      </Loading>
    </Page>
  )
}

function Standing({ of: source }: { of: SourceShown }) {
  const { timeZone } = useViewer()
  const what = asSentence(sayWhat(source)).replace(/\.$/, '')
  const until = source.validUntil === null ? undefined : <DayText day={dayOf(new Date(source.validUntil), timeZone)} />
  return (
    <>
      {source.collectedAt === null
        ? `${what}.`
        : rich('{what}, collected {age}.', { what, age: <Age at={source.collectedAt} /> })}{' '}
      {until === undefined
        ? ''
        : source.isCurrent
          ? rich('It speaks until {until}.', { until })
          : rich('It spoke until {until}.', { until })}
    </>
  )
}

function About({ source }: { source: SourceShown }) {
  return (
    <>
      {source.isCurrent ? undefined : (
        <Note kind="warning">
          <p>
            {rich('<b>What it said is too old to speak.</b> Bring {list}.', {
              b: (words) => <b>{words}</b>,
              list: sayToBring(source.kinds),
            })}
          </p>
        </Note>
      )}
      <FactList>
        <Fact label={t('Tells of')}>{sayKinds(source.kinds)}</Fact>
        <Fact label={t('How it is known')}>{sayBasis(source.basis)}</Fact>
        <Fact label={t('Rows')}>{sayNumber(source.rowsRead)}</Fact>
        <Fact label={t('Whole list')}>
          {source.isComplete === null
            ? undefined
            : source.isComplete
              ? t('yes: who is not on it is gone')
              : t('no: who is not on it may still be there')}
        </Fact>
      </FactList>
    </>
  )
}

function Columns({ sourceId }: { sourceId: number }) {
  const read = useRead(listColumns, { sourceId })
  if (read.data?.columns.length === 0) return undefined
  return (
    <Section title={t('How its columns are read')}>
      <Loading of={read} rows={4}>
        {({ columns }) => (
          <table className="columns">
            <thead>
              <tr>
                <th scope="col">{t('In the file')}</th>
                <th scope="col">{t('Read as')}</th>
              </tr>
            </thead>
            <tbody>
              {columns.map(({ header, field }) => (
                <tr key={header} data-lost={field === null || undefined}>
                  <td>{header === '' ? <span className="soft">{t('no name')}</span> : header}</td>
                  <td>{field === null ? <span className="soft">{t('not used')}</span> : fieldWords(field)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Loading>
    </Section>
  )
}

function Runs({ source, runs, hasMore }: { source: SourceShown; runs: readonly RunShown[]; hasMore: boolean }) {
  const panel = usePanel('run')
  // `newest` leads from a delivery to the run that it made.
  const wanted = panel.value === 'newest' ? source.runId : Number(panel.value)
  const chosen = runs.find(({ id }) => id === wanted)
  return (
    <Section title={t('Each time it was brought')}>
      <DataTable
        label={t('Times it was brought')}
        pages={{
          items: runs,
          isLoading: false,
          isOld: false,
          hasMore: false,
          isLoadingMore: false,
          more: () => {},
          again: () => {},
          problem: undefined,
        }}
        columns={[
          { head: t('File'), cell: ({ fileName }) => fileName ?? t('read live') },
          { head: t('When'), cell: ({ finishedAt }) => <Age at={finishedAt} />, width: '148px' },
          { head: t('What became of it'), cell: ({ state }) => sayRun(state), width: '22%' },
          { head: t('What it changed'), cell: sayChanges, width: '22%', from: 1000 },
          {
            head: t('Rejects'),
            cell: ({ rejects }) => (rejects === 0 ? <span className="soft">{t('none')}</span> : sayNumber(rejects)),
            width: '88px',
            isNumber: true,
          },
        ]}
        keyOf={({ id }) => id}
        linkOf={({ id }) => panel.addressOf(id)}
        chosen={chosen?.id}
        lines={(run) => ({
          title: run.fileName ?? t('read live'),
          detail: (
            <>
              {sayRun(run.state)}, {run.rejects > 0 ? `${sayRejects(run.rejects)}, ` : ''}
              <Age at={run.finishedAt} />
            </>
          ),
        })}
        empty={<EmptyState title={t('It was never brought')} />}
      />
      {hasMore ? <p className="soft">{t('The newest {count} are shown.', { count: runs.length })}</p> : undefined}
      <SidePanel
        isOpen={panel.value !== undefined}
        onClose={panel.close}
        title={chosen === undefined ? t('There is no such run') : (chosen.fileName ?? source.name)}
      >
        {chosen === undefined ? (
          <p>{t('It may belong to another source.')}</p>
        ) : (
          <Run sourceId={source.id} run={chosen} isNewest={chosen.id === source.runId && source.channel === 'file'} />
        )}
      </SidePanel>
    </Section>
  )
}

function Run({ sourceId, run, isNewest }: { sourceId: number; run: RunShown; isNewest: boolean }) {
  const name = useNaming()
  return (
    <>
      {run.reason === null ? undefined : <Note kind="warning">{asSentence(run.reason)}</Note>}
      <FactList>
        <Fact label={t('What became of it')}>{sayRun(run.state)}</Fact>
        <Fact label={t('Rows')}>{sayNumber(run.rowsRead)}</Fact>
        <Fact label={t('What it changed')}>{sayChanges(run)}</Fact>
        <Fact label={t('Brought by')}>{name(run.collectedBy)}</Fact>
        <Fact label={t('Brought')}>
          <Age at={run.finishedAt} />
        </Fact>
        <Fact label={t('Collected')}>{run.collectedAt === null ? undefined : <Age at={run.collectedAt} />}</Fact>
        {run.digest === null ? undefined : (
          <Fact label={t('SHA-256')}>
            <span className="mono">{run.digest}</span>
          </Fact>
        )}
      </FactList>
      {run.rejects === 0 ? (
        <p>{t('Every row was read.')}</p>
      ) : (
        <Rejects sourceId={sourceId} run={run} isNewest={isNewest} />
      )}
    </>
  )
}

function Rejects({ sourceId, run, isNewest }: { sourceId: number; run: RunShown; isNewest: boolean }) {
  const pages = usePages(listRejects, { sourceId, runId: run.id, limit: 100 })
  return (
    <>
      <h3>{sayNotRead(run.rejects)}</h3>
      <ProblemNote problem={pages.problem} onAgain={pages.again} />
      {pages.isLoading ? <Skeleton rows={3} /> : undefined}
      {!pages.isLoading && !pages.problem && pages.items.length === 0 ? (
        <p className="soft">{t('Which rows they were is not kept.')}</p>
      ) : undefined}
      <ul className="rows" aria-label={t('Rows that could not be read')}>
        {pages.items.map(({ line, reason }) => (
          <li key={`${line} ${reason}`}>
            <span>{asSentence(reason)}</span>
            <span className="soft">{t('line {line}', { line })}</span>
          </li>
        ))}
      </ul>
      {pages.hasMore ? (
        <div className="buttons">
          <Button loading={pages.isLoadingMore} onClick={pages.more}>
            {t('Show more')}
          </Button>
        </div>
      ) : undefined}
      {pages.items.length > 0 && isNewest ? <CorrectRows sourceId={sourceId} runId={run.id} /> : undefined}
    </>
  )
}
