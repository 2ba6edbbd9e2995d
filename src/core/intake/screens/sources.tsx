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
import { rich } from '#ui/rich.tsx'
import { EmptyState, Loading } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { type Column, DataTable } from '#ui/table.tsx'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { sayNumber } from '#ui/words.ts'
import { showStart } from '../../start/contract.ts'
import { kindWords, list, listRefused } from '../contract.ts'
import { asSentence, kindsNotTold, type SourceShown, sayKinds, sayRejects, sayToBring } from './source-words.ts'
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
      {t('Bring files')}
    </Button>
  ) : undefined
  return (
    <Page>
      <PageHead
        title={t('Sources')}
        says={
          isLoaded
            ? sayStanding(current.items.length, lapsed.items.length, current.hasMore)
            : t('What Vigil knows, and from where.')
        }
        action={isEmpty ? undefined : bring}
      />
      <SourcesTabs />
      {isEmpty ? (
        <EmptyState
          title={t('Nothing is known yet')}
          action={
            may(showStart) ? (
              <div className="buttons">
                <Button component={PageLink} to="/start" variant="filled">
                  {t('Start with four questions')}
                </Button>
                <Button component={PageLink} to="/sources/bring">
                  {t('Bring files')}
                </Button>
              </div>
            ) : (
              bring
            )
          }
        >
          {t(
            'Bring the lists that you have: staff, accounts, devices, vendors, backups, training. A spreadsheet or an export will do; Vigil says what it recognises before anything is taken in.',
          )}
        </EmptyState>
      ) : (
        <>
          {lapsed.items.length > 0 ? <Lapsed items={lapsed.items} /> : undefined}
          <Section title={t('What speaks now')}>
            <DataTable
              label={t('Sources that speak now')}
              pages={current}
              columns={columns}
              keyOf={({ id }) => id}
              linkOf={addressOf}
              lines={(source) => ({
                title: source.name,
                detail: (
                  <>
                    {sayKinds(source.kinds)}
                    {source.rejects > 0 ? `, ${sayRejects(source.rejects)}` : ''} · <Collected of={source} />
                  </>
                ),
              })}
              empty={
                <EmptyState title={t('Nothing speaks any more')}>
                  {t('What rests on these lists is unknown until newer ones are brought.')}
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
  if (current + lapsed === 0) return t('What Vigil knows, and from where.')
  if (current === 0) return t('Nothing speaks any more: all that was known has lapsed.')
  const speaks = hasMore
    ? t('{current, plural, one {# source speaks} other {# sources speak}} or more', { current })
    : t('{current, plural, one {# source speaks} other {# sources speak}}', { current })
  if (lapsed === 0) return t('{speaks}; none has lapsed.', { speaks })
  return t(
    '{speaks}; {lapsed, plural, one {one has lapsed and is} other {# have lapsed and are}} to be brought anew.',
    { speaks, lapsed },
  )
}

const addressOf = ({ id }: SourceShown) => `/sources/${id}`

const columns: readonly Column<SourceShown>[] = [
  { head: t('Source'), cell: ({ name }) => <span title={name}>{name}</span> },
  { head: t('Tells of'), cell: ({ kinds }) => sayKinds(kinds), width: '24%' },
  { head: t('Collected'), cell: (source) => <Collected of={source} />, width: '148px' },
  { head: t('Speaks until'), cell: (source) => <Until of={source} />, width: '148px', from: 1000 },
  { head: t('Rows'), cell: ({ rowsRead }) => sayNumber(rowsRead), width: '80px', isNumber: true },
  {
    head: t('Rejects'),
    cell: ({ rejects }) => (rejects === 0 ? <span className="soft">{t('none')}</span> : sayNumber(rejects)),
    width: '88px',
    isNumber: true,
  },
]

function Collected({ of: { collectedAt } }: { of: SourceShown }): ReactNode {
  return collectedAt === null ? <span className="soft">{t('not known')}</span> : <Age at={collectedAt} />
}

function Until({ of: { validUntil } }: { of: SourceShown }): ReactNode {
  const { timeZone } = useViewer()
  if (validUntil === null) return <span className="soft">{t('not known')}</span>
  return <DayText day={dayOf(new Date(validUntil), timeZone)} />
}

function Lapsed({ items }: { items: readonly SourceShown[] }) {
  return (
    <Section
      title={t('Lapsed')}
      says={t('What these said is too old to speak. What rests on it is unknown until it is brought anew.')}
    >
      <ul className="rows">
        {items.map((source) => (
          <li key={source.id}>
            <div>
              <PageLink to={addressOf(source)} className="row-link">
                {source.name}
              </PageLink>
              <p className="soft">{t('Bring {list}.', { list: sayToBring(source.kinds) })}</p>
            </div>
            <span className="lapsed">{rich('spoke until {until}', { until: <Until of={source} /> })}</span>
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
    <Section title={t('Could not be read')} says={t('Nothing was taken from these. Each says what to bring instead.')}>
      <Loading of={read} rows={3}>
        {({ items, next }) => (
          <>
            <ul className="rows">
              {items.map((run) => (
                <li key={run.id}>
                  <div>
                    <b>{run.fileName ?? t('A directory')}</b>
                    <p className="soft">{run.reason === null ? t('It was refused.') : asSentence(run.reason)}</p>
                  </div>
                  <Age at={run.finishedAt} word={t('tried')} />
                </li>
              ))}
            </ul>
            {next === null ? undefined : <p className="soft">{t('The newest ten are shown.')}</p>}
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
    <Section title={t('Not told yet')} says={t('No source tells of these, so what rests on them is unknown.')}>
      <ul className="rows">
        {kinds.map((kind) => (
          <li key={kind}>
            <div>
              <b>{asTitle(kindWords[kind].title)}</b>
              <p className="soft">{t('Bring {list}.', { list: kindWords[kind].suppliedBy })}</p>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  )
}

const asTitle = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
