/** One source: what it tells and until when, how its columns are read, each time it was brought, and what was rejected. */
import { Button } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { dayOf } from '#platform/days.ts'
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
  sayCount,
  sayKinds,
  sayRun,
  sayToBring,
  sayWhat,
} from './source-words.ts'
import './intake.css'

export function SourceScreen() {
  const { source: word = '' } = useParams({ strict: false }) as { source?: string }
  const sourceId = Number(word)
  const read = useRead(show, { sourceId, limit: 200 })
  return (
    <Page>
      {read.data === undefined ? <PageHead title="Source" /> : undefined}
      <Loading of={read}>
        {({ source, runs }) => (
          <div className="stack">
            <PageHead title={source.name} says={<Standing of={source} />} />
            <p>
              <PageLink to="/sources">All sources</PageLink>
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
      {what}
      {source.collectedAt === null ? '' : ', collected '}
      {source.collectedAt === null ? undefined : <Age at={source.collectedAt} />}.{' '}
      {until === undefined ? '' : source.isCurrent ? <>It speaks until {until}.</> : <>It spoke until {until}.</>}
    </>
  )
}

function About({ source }: { source: SourceShown }) {
  return (
    <>
      {source.isCurrent ? undefined : (
        <Note kind="warning">
          <p>
            <b>What it said is too old to speak.</b> Bring {sayToBring(source.kinds)}.
          </p>
        </Note>
      )}
      <FactList>
        <Fact label="Tells of">{sayKinds(source.kinds)}</Fact>
        <Fact label="How it is known">{sayBasis(source.basis)}</Fact>
        <Fact label="Rows">{sayNumber(source.rowsRead)}</Fact>
        <Fact label="Whole list">
          {source.isComplete === null
            ? undefined
            : source.isComplete
              ? 'yes: who is not on it is gone'
              : 'no: who is not on it may still be there'}
        </Fact>
      </FactList>
    </>
  )
}

function Columns({ sourceId }: { sourceId: number }) {
  const read = useRead(listColumns, { sourceId })
  if (read.data?.columns.length === 0) return undefined
  return (
    <Section title="How its columns are read">
      <Loading of={read} rows={4}>
        {({ columns }) => (
          <table className="columns">
            <thead>
              <tr>
                <th scope="col">In the file</th>
                <th scope="col">Read as</th>
              </tr>
            </thead>
            <tbody>
              {columns.map(({ header, field }) => (
                <tr key={header} data-lost={field === null || undefined}>
                  <td>{header === '' ? <span className="soft">no name</span> : header}</td>
                  <td>{field === null ? <span className="soft">not used</span> : fieldWords(field)}</td>
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
    <Section title="Each time it was brought">
      <DataTable
        label="Times it was brought"
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
          { head: 'File', cell: ({ fileName }) => fileName ?? 'read live' },
          { head: 'When', cell: ({ finishedAt }) => <Age at={finishedAt} />, width: '128px' },
          { head: 'What became of it', cell: ({ state }) => sayRun(state), width: '22%' },
          { head: 'What it changed', cell: sayChanges, width: '22%', from: 1000 },
          {
            head: 'Rejects',
            cell: ({ rejects }) => (rejects === 0 ? <span className="soft">none</span> : sayNumber(rejects)),
            width: '88px',
            isNumber: true,
          },
        ]}
        keyOf={({ id }) => id}
        linkOf={({ id }) => panel.addressOf(id)}
        chosen={chosen?.id}
        lines={(run) => ({
          title: run.fileName ?? 'read live',
          detail: (
            <>
              {sayRun(run.state)}, {run.rejects > 0 ? `${sayCount(run.rejects, 'reject')}, ` : ''}
              <Age at={run.finishedAt} />
            </>
          ),
        })}
        empty={<EmptyState title="It was never brought" />}
      />
      {hasMore ? <p className="soft">The newest {runs.length} are shown.</p> : undefined}
      <SidePanel
        isOpen={panel.value !== undefined}
        onClose={panel.close}
        title={chosen === undefined ? 'There is no such run' : (chosen.fileName ?? source.name)}
      >
        {chosen === undefined ? <p>It may belong to another source.</p> : <Run sourceId={source.id} run={chosen} />}
      </SidePanel>
    </Section>
  )
}

function Run({ sourceId, run }: { sourceId: number; run: RunShown }) {
  const name = useNaming()
  return (
    <>
      {run.reason === null ? undefined : <Note kind="warning">{asSentence(run.reason)}</Note>}
      <FactList>
        <Fact label="What became of it">{sayRun(run.state)}</Fact>
        <Fact label="Rows">{sayNumber(run.rowsRead)}</Fact>
        <Fact label="What it changed">{sayChanges(run)}</Fact>
        <Fact label="Brought by">{name(run.collectedBy)}</Fact>
        <Fact label="Brought">
          <Age at={run.finishedAt} />
        </Fact>
        <Fact label="Collected">{run.collectedAt === null ? undefined : <Age at={run.collectedAt} />}</Fact>
        {run.digest === null ? undefined : (
          <Fact label="SHA-256">
            <span className="mono">{run.digest}</span>
          </Fact>
        )}
      </FactList>
      {run.rejects === 0 ? <p>Every row was read.</p> : <Rejects sourceId={sourceId} run={run} />}
    </>
  )
}

function Rejects({ sourceId, run }: { sourceId: number; run: RunShown }) {
  const pages = usePages(listRejects, { sourceId, runId: run.id, limit: 100 })
  return (
    <>
      <h3>{sayCount(run.rejects, 'row', 'rows')} could not be read</h3>
      <ProblemNote problem={pages.problem} onAgain={pages.again} />
      {pages.isLoading ? <Skeleton rows={3} /> : undefined}
      {!pages.isLoading && !pages.problem && pages.items.length === 0 ? (
        <p className="soft">Which rows they were is not kept.</p>
      ) : undefined}
      <ul className="rows" aria-label="Rows that could not be read">
        {pages.items.map(({ line, reason }) => (
          <li key={`${line} ${reason}`}>
            <span>{asSentence(reason)}</span>
            <span className="soft">line {sayNumber(line)}</span>
          </li>
        ))}
      </ul>
      {pages.hasMore ? (
        <div className="buttons">
          <Button loading={pages.isLoadingMore} onClick={pages.more}>
            Show more
          </Button>
        </div>
      ) : undefined}
    </>
  )
}
