/** Whether everything that should tell of accesses does: each source, how it is, and systems that none tells of. */
import { Button, NumberInput, Select, Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import { listSystems } from '#core/systems/contract.ts'
import { useChange, useRead } from '#ui/data.ts'
import { Age, Fact, FactList } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { EmptyState, Note, tell } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { DataTable } from '#ui/table.tsx'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { sayMoment, sayNumber } from '#ui/words.ts'
import { importFile, listSources, setSource } from '../contract.ts'
import { Bars } from './bars.tsx'
import { pagesOf } from './pages.ts'
import { type SourceShown, sayMinutes, saySourceState } from './trail-words.ts'

export function TrailSourcesScreen() {
  // Whoever has just brought the first file waits to see it.
  const [isEmpty, setEmpty] = useState(false)
  const read = useRead(listSources, {}, { everySeconds: isEmpty ? 3 : 30 })
  const holdsNone = read.data?.items.length === 0
  if (holdsNone !== isEmpty) setEmpty(holdsNone)
  const panel = usePanel('source')
  const may = useMay()
  const items = read.data?.items ?? []
  const chosen = items.find(({ name }) => name === panel.value)
  const troubled = items.filter(({ state }) => state === 'troubled').length
  const uncovered = read.data?.uncovered ?? []
  return (
    <Page>
      <PageHead
        title={t('Sources of the trail')}
        says={
          read.data === undefined
            ? ' '
            : t(
                '{count, plural, =0 {Nothing tells of accesses yet.} one {One source tells of accesses.} other {# sources tell of accesses.}} {troubled, plural, =0 {} one {One needs attention.} other {# need attention.}}',
                { count: items.length, troubled },
              )
        }
        action={
          may(importFile) && items.length > 0 ? (
            <Button variant="filled" component={PageLink} to="/trail/bring">
              {t('Bring an access log')}
            </Button>
          ) : undefined
        }
      />
      {uncovered.length > 0 ? (
        <Note kind="warning">
          {t('No source tells who opens records in: {systems}. What is done there is not in any answer.', {
            systems: uncovered.map(({ name }) => name).join(', '),
          })}{' '}
          {may(setSource) && items.length > 0
            ? t('Bring their access logs; if a source below tells of one of them, open it and say so.')
            : undefined}
        </Note>
      ) : undefined}
      <DataTable
        label={t('Sources of the trail')}
        pages={{ ...pagesOf(items), isLoading: read.isLoading, problem: read.problem, again: read.again }}
        keyOf={({ name }) => name}
        linkOf={({ name }) => panel.addressOf(name)}
        chosen={panel.value}
        columns={[
          { head: t('Source'), cell: ({ name, title }) => title ?? name, isLink: true },
          { head: t('How it is'), cell: (source) => <State of={source} />, width: '20%' },
          {
            head: t('Last heard of'),
            cell: ({ lastReceivedAt }) =>
              lastReceivedAt === null ? <span className="soft">{t('never')}</span> : <Age at={lastReceivedAt} />,
            width: '148px',
          },
          { head: t('Taken in'), cell: ({ accepted }) => sayNumber(accepted), width: '112px', isNumber: true },
          { head: t('Missing'), cell: ({ missing }) => sayNumber(missing), width: '96px', isNumber: true, from: 1000 },
          {
            head: t('Rejected'),
            cell: ({ rejected }) => sayNumber(rejected),
            width: '96px',
            isNumber: true,
            from: 1000,
          },
          {
            head: t('Last 28 days'),
            cell: ({ days }) => (
              <Bars counts={days.map(({ accepted }) => accepted)} says={t('Accesses a day, the last 28 days')} />
            ),
            width: '136px',
            from: 1200,
          },
        ]}
        lines={(source) => ({
          title: source.title ?? source.name,
          detail: <State of={source} />,
        })}
        empty={
          <EmptyState
            title={t('Nothing tells of accesses yet')}
            action={<PageLink to="/trail/bring">{t('Bring an access log')}</PageLink>}
          >
            {t(
              'An export of your record system’s access log is enough to begin. Feeds that run by themselves are set where Vigil runs.',
            )}
          </EmptyState>
        }
      />
      <SidePanel
        isOpen={panel.value !== undefined && (chosen !== undefined || read.data !== undefined)}
        onClose={panel.close}
        title={chosen?.title ?? chosen?.name ?? t('There is no such source')}
      >
        {chosen ? <SourcePanel key={chosen.name} of={chosen} /> : undefined}
      </SidePanel>
    </Page>
  )
}

function State({ of: source }: { of: SourceShown }) {
  const status = {
    well: 'proved',
    troubled: 'failed',
    new: 'unknown',
    expected: 'unknown',
    retired: 'unknown',
  } as const
  const says = saySourceState(source)
  return (
    <span title={says}>
      <StatusMark status={status[source.state]} word={says} />
    </span>
  )
}

function SourcePanel({ of: source }: { of: SourceShown }) {
  const may = useMay()
  const { timeZone } = useViewer()
  return (
    <div className="stack">
      {source.state === 'new' ? (
        <Note>{t('Too little is known of it yet to say whether it is well.')}</Note>
      ) : undefined}
      {source.troubles.map(({ kind, says }) => (
        <Note key={kind} kind="warning">
          {says}
        </Note>
      ))}
      <FactList>
        <Fact label={t('First heard of')}>{source.firstAt === null ? undefined : <Age at={source.firstAt} />}</Fact>
        <Fact label={t('Last heard of')}>
          {source.lastReceivedAt === null ? undefined : <Age at={source.lastReceivedAt} />}
        </Fact>
        <Fact label={t('Newest time that it told of')}>
          {source.lastAt === null ? undefined : sayMoment(new Date(source.lastAt), timeZone)}
        </Fact>
        <Fact label={t('Silent after')}>
          {source.silentAfterMinutes === null
            ? t('Not known yet: a week is needed, or say it below')
            : sayMinutes(source.silentAfterMinutes)}
        </Fact>
        <Fact label={t('Taken in')}>{sayNumber(source.accepted)}</Fact>
        <Fact label={t('Came twice')}>{sayNumber(source.duplicates)}</Fact>
        <Fact label={t('Rejected')}>{sayNumber(source.rejected)}</Fact>
        <Fact label={t('System')}>
          {source.system ? <PageLink to={`/systems/${source.system.id}`}>{source.system.name}</PageLink> : undefined}
        </Fact>
        <Fact label={t('Who sees to it')}>{source.responsible ?? undefined}</Fact>
      </FactList>
      {source.gaps.length > 0 ? (
        <Section title={t('Missing in its own count')}>
          <ul>
            {source.gaps.slice(-20).map(({ from, to, at }) => (
              <li key={`${from} ${to}`}>
                {from === to
                  ? t('{from}, seen {at}', { from, at: sayMoment(new Date(at), timeZone) })
                  : t('{from} to {to}, seen {at}', { from, to, at: sayMoment(new Date(at), timeZone) })}
              </li>
            ))}
          </ul>
        </Section>
      ) : undefined}
      {may(setSource) ? <Said of={source} /> : undefined}
    </div>
  )
}

/** What people say of a source: what it cannot say of itself. */
function Said({ of: source }: { of: SourceShown }) {
  const systems = useRead(listSystems, { limit: 200 })
  const change = useChange(setSource)
  const form = useFields(
    {
      title: source.title ?? '',
      systemId: (source.system === null ? null : String(source.system.id)) as string | null,
      responsible: source.responsible ?? '',
      expectedEveryMinutes: source.expectedEveryMinutes ?? ('' as number | ''),
      isRetired: source.retiredAt !== null,
    },
    async ({ title, systemId, responsible, expectedEveryMinutes, isRetired }) => {
      await change.run({
        name: source.name,
        title: title.trim() || null,
        systemId: systemId === null ? null : Number(systemId),
        responsible: responsible.trim() || null,
        expectedEveryMinutes: expectedEveryMinutes === '' ? null : Number(expectedEveryMinutes),
        isRetired,
      })
      tell(t('Kept.'))
    },
  )
  return (
    <Section title={t('What you say of it')}>
      <Form of={form} does={t('Keep')}>
        <TextInput label={t('Shown as')} maxLength={200} {...form.field('title')} />
        <Select
          label={t('Tells who opens records in')}
          data={(systems.data?.items ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
          searchable
          clearable
          {...form.field('systemId')}
        />
        <TextInput label={t('Who sees to it')} maxLength={200} {...form.field('responsible')} />
        <NumberInput
          label={t('Says something at least every so many minutes')}
          description={t('Day and night. Without it, what is usual is worked out from the last weeks.')}
          min={1}
          max={132_480}
          allowDecimal={false}
          {...form.field('expectedEveryMinutes')}
        />
        <Switch label={t('Retired: it is silent for good')} {...form.field('isRetired', 'checkbox')} />
      </Form>
    </Section>
  )
}
