/** What Vigil knows and from where: the sources, lapsed ones first, what could not be read, and what nothing tells yet. */
import { Button } from '@mantine/core'
import { IconUpload } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { dayOf } from '#platform/days.ts'
import { open } from '#sources/deliveries/contract.ts'
import { usePages, useRead } from '#ui/data.ts'
import { Age, DayText } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { EmptyState, Loading } from '#ui/say.tsx'
import { type Column, DataTable } from '#ui/table.tsx'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { sayNumber } from '#ui/words.ts'
import { kindWords, list, listRefused } from '../contract.ts'
import { asSentence, kindsNotTold, type SourceShown, sayCount, sayKinds, sayToBring } from './source-words.ts'
import { SourcesTabs } from './sources-tabs.tsx'

export function SourcesScreen() {
  const may = useMay()
  const lapsed = usePages(list, { standing: 'lapsed', limit: 200 })
  const current = usePages(list, { standing: 'current', limit: 200 })
  const isLoaded = !lapsed.isLoading && !current.isLoading
  const isEmpty = isLoaded && lapsed.items.length + current.items.length === 0 && !lapsed.problem && !current.problem
  const bring = may(open) ? (
    <Button
      component={PageLink}
      to="/sources/bring"
      variant="filled"
      leftSection={<IconUpload size={16} stroke={1.5} />}
    >
      Bring files
    </Button>
  ) : undefined
  return (
    <Page>
      <PageHead
        title="Sources"
        says={
          isLoaded
            ? sayStanding(current.items.length, lapsed.items.length, current.hasMore)
            : 'What Vigil knows, and from where.'
        }
        action={isEmpty ? undefined : bring}
      />
      <SourcesTabs />
      {isEmpty ? (
        <EmptyState title="Nothing is known yet" action={bring}>
          Bring the lists that you have: staff, accounts, devices, vendors, backups, training. A spreadsheet or an
          export will do; Vigil says what it recognises before anything is taken in.
        </EmptyState>
      ) : (
        <>
          {lapsed.items.length > 0 ? <Lapsed items={lapsed.items} /> : undefined}
          <Section title="What speaks now">
            <DataTable
              label="Sources that speak now"
              pages={current}
              columns={columns}
              keyOf={({ id }) => id}
              linkOf={addressOf}
              lines={(source) => ({
                title: source.name,
                detail: (
                  <>
                    {sayKinds(source.kinds)}
                    {source.rejects > 0 ? `, ${sayCount(source.rejects, 'reject')}` : ''} · <Collected of={source} />
                  </>
                ),
              })}
              empty={
                <EmptyState title="Nothing speaks any more">
                  What rests on these lists is unknown until newer ones are brought.
                </EmptyState>
              }
            />
          </Section>
        </>
      )}
      <Refused />
      {isLoaded && !isEmpty && !current.hasMore ? <NotTold sources={[...current.items, ...lapsed.items]} /> : undefined}
    </Page>
  )
}

function sayStanding(current: number, lapsed: number, hasMore: boolean): string {
  if (current + lapsed === 0) return 'What Vigil knows, and from where.'
  if (current === 0) return 'Nothing speaks any more: all that was known has lapsed.'
  const speaks = `${sayCount(current, 'source speaks', 'sources speak')}${hasMore ? ' or more' : ''}`
  if (lapsed === 0) return `${speaks}; none has lapsed.`
  return `${speaks}; ${lapsed === 1 ? 'one has lapsed and is' : `${sayNumber(lapsed)} have lapsed and are`} to be brought anew.`
}

const addressOf = ({ id }: SourceShown) => `/sources/${id}`

const columns: readonly Column<SourceShown>[] = [
  { head: 'Source', cell: ({ name }) => <span title={name}>{name}</span> },
  { head: 'Tells of', cell: ({ kinds }) => sayKinds(kinds), width: '24%' },
  { head: 'Collected', cell: (source) => <Collected of={source} />, width: '128px' },
  { head: 'Speaks until', cell: (source) => <Until of={source} />, width: '128px', from: 1000 },
  { head: 'Rows', cell: ({ rowsRead }) => sayNumber(rowsRead), width: '80px', isNumber: true },
  {
    head: 'Rejects',
    cell: ({ rejects }) => (rejects === 0 ? <span className="soft">none</span> : sayNumber(rejects)),
    width: '88px',
    isNumber: true,
  },
]

function Collected({ of: { collectedAt } }: { of: SourceShown }): ReactNode {
  return collectedAt === null ? <span className="soft">not known</span> : <Age at={collectedAt} />
}

function Until({ of: { validUntil } }: { of: SourceShown }): ReactNode {
  const { timeZone } = useViewer()
  if (validUntil === null) return <span className="soft">not known</span>
  return <DayText day={dayOf(new Date(validUntil), timeZone)} />
}

function Lapsed({ items }: { items: readonly SourceShown[] }) {
  return (
    <Section
      title="Lapsed"
      says="What these said is too old to speak. What rests on it is unknown until it is brought anew."
    >
      <ul className="rows">
        {items.map((source) => (
          <li key={source.id}>
            <div>
              <PageLink to={addressOf(source)} className="row-link">
                {source.name}
              </PageLink>
              <p className="soft">Bring {sayToBring(source.kinds)}.</p>
            </div>
            <span className="lapsed">
              spoke until <Until of={source} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Refused() {
  const read = useRead(listRefused, { limit: 10 })
  if (read.data?.items.length === 0) return undefined
  return (
    <Section title="Could not be read" says="Nothing was taken from these. Each says what to bring instead.">
      <Loading of={read} rows={3}>
        {({ items, next }) => (
          <>
            <ul className="rows">
              {items.map((run) => (
                <li key={run.id}>
                  <div>
                    <b>{run.fileName ?? 'A directory'}</b>
                    <p className="soft">{run.reason === null ? 'It was refused.' : asSentence(run.reason)}</p>
                  </div>
                  <Age at={run.finishedAt} word="tried" />
                </li>
              ))}
            </ul>
            {next === null ? undefined : <p className="soft">The newest ten are shown.</p>}
          </>
        )}
      </Loading>
    </Section>
  )
}

function NotTold({ sources }: { sources: readonly SourceShown[] }) {
  const kinds = kindsNotTold(sources)
  if (kinds.length === 0) return undefined
  return (
    <Section title="Not told yet" says="No source tells of these, so what rests on them is unknown.">
      <ul className="rows">
        {kinds.map((kind) => (
          <li key={kind}>
            <div>
              <b>{asTitle(kindWords[kind].title)}</b>
              <p className="soft">Bring {kindWords[kind].suppliedBy}.</p>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  )
}

const asTitle = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
