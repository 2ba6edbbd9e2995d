/** The ledger: what was done, the newest first, by whom, each entry with its proof, and all of it to take away. */
import { Button, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconDownload } from '@tabler/icons-react'
import { isDay } from '#platform/days.ts'
import { usePages, useRead } from '#ui/data.ts'
import { Age } from '#ui/facts.tsx'
import { useWord } from '#ui/link.tsx'
import { Filters, Page, PageHead } from '#ui/page.tsx'
import { usePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { EmptyState } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { type Column, DataTable } from '#ui/table.tsx'
import { useViewer } from '#ui/viewer.tsx'
import { sayNumber } from '#ui/words.ts'
import { useColleagues, useNaming } from '../../findings/screens/colleagues.ts'
import { listEntries, showCheckpoint } from '../contract.ts'
import { EntryPanel } from './entry-panel.tsx'
import { actionChoices, dayAfter, isWord, sayAction, saySubject, startOfDay } from './ledger-words.ts'
import { TakeAway } from './take-away.tsx'
import './ledger.css'

const outcomes = [
  { value: 'done', label: t('done') },
  { value: 'refused', label: t('refused') },
] as const

export function LedgerScreen() {
  const { timeZone } = useViewer()
  const [action, setAction] = useWord('action')
  const [actor, setActor] = useWord('actor')
  const [outcome, setOutcome] = useWord('outcome')
  const [subject, setSubject] = useWord('subject')
  const [from, setFrom] = useWord('from')
  const [until, setUntil] = useWord('until')
  const name = useNaming()
  const actors = useActors(actor)
  const checkpoint = useRead(showCheckpoint, {})
  const entry = usePanel('entry')
  const taking = usePanel('take')
  const wantedOutcome = outcomes.find(({ value }) => value === outcome)?.value
  const [wantedSubject] = useDebouncedValue(subject?.trim(), 250)
  const pages = usePages(listEntries, {
    limit: 200,
    ...(action ? { action } : {}),
    ...(isWord(actor) ? { actor } : {}),
    ...(wantedOutcome ? { outcome: wantedOutcome } : {}),
    ...(isWord(wantedSubject) ? { subject: wantedSubject } : {}),
    ...(from && isDay(from) ? { from: startOfDay(from, timeZone) } : {}),
    ...(until && isDay(until) ? { until: startOfDay(dayAfter(until), timeZone) } : {}),
  })
  type Entry = (typeof pages.items)[number]
  const columns: readonly Column<Entry>[] = [
    { head: t('What was done'), cell: (item) => <Done of={item} /> },
    { head: t('To what'), cell: ({ subjects }) => subjects.map(saySubject).join(', '), width: '26%', from: 1000 },
    { head: t('By whom'), cell: (item) => name(item.actor), width: '20%' },
    { head: t('When'), cell: ({ at }) => <Age at={at} />, width: '128px' },
    { head: t('Number'), cell: ({ seq }) => sayNumber(seq + 1), width: '88px', isNumber: true, from: 1000 },
  ]
  const isFiltered = [action, actor, wantedOutcome, subject, from, until].some((word) => word !== undefined)
  return (
    <Page>
      <PageHead
        title={t('Ledger')}
        says={
          checkpoint.data
            ? t(
                '{count, plural, one {One entry} other {# entries}}, sealed: none can be changed or taken out without being found out.',
                { count: checkpoint.data.size },
              )
            : t('What was done, by whom and when.')
        }
        action={
          <Button
            variant="filled"
            leftSection={<IconDownload size={16} stroke={1.5} />}
            onClick={() => taking.open('away')}
          >
            {t('Take it away')}
          </Button>
        }
      />
      <Filters>
        <Select
          label={t('What')}
          placeholder={t('anything')}
          data={actionChoices}
          value={action ?? null}
          onChange={setAction}
          clearable
          clearButtonProps={{ 'aria-label': t('Whatever was done') }}
          searchable
          nothingFoundMessage={t('Nothing that is done has these words.')}
          w={216}
        />
        <Select
          label={t('By whom')}
          placeholder={t('anybody')}
          data={actors}
          value={actor ?? null}
          onChange={setActor}
          clearable
          clearButtonProps={{ 'aria-label': t('Whoever did it') }}
          searchable
          w={168}
        />
        <TextInput
          label={t('To what')}
          placeholder="finding:12"
          value={subject ?? ''}
          onChange={(event) => setSubject(event.currentTarget.value || undefined)}
          maxLength={200}
          w={144}
        />
        <Select
          label={t('Outcome')}
          placeholder={t('any')}
          data={[...outcomes]}
          value={wantedOutcome ?? null}
          onChange={setOutcome}
          clearable
          clearButtonProps={{ 'aria-label': t('Whatever came of it') }}
          w={104}
        />
        <TextInput
          type="date"
          label={t('From')}
          value={from ?? ''}
          onChange={(event) => setFrom(event.currentTarget.value || undefined)}
          w={140}
        />
        <TextInput
          type="date"
          label={t('Until')}
          value={until ?? ''}
          onChange={(event) => setUntil(event.currentTarget.value || undefined)}
          w={140}
        />
      </Filters>
      <DataTable
        label={t('Entries')}
        pages={pages}
        columns={columns}
        keyOf={({ seq }) => seq}
        linkOf={({ seq }) => entry.addressOf(seq)}
        chosen={entry.value}
        lines={(item) => ({
          title: <Done of={item} />,
          detail: (
            <>
              {name(item.actor)}, <Age at={item.at} />
            </>
          ),
        })}
        empty={
          isFiltered ? (
            <EmptyState title={t('Nothing like that was done')}>{t('Choose less in the filters above.')}</EmptyState>
          ) : (
            <EmptyState title={t('Nothing was done yet')}>
              {t('Every change is recorded here, in the moment in which it is made.')}
            </EmptyState>
          )
        }
      />
      <EntryPanel />
      <TakeAway />
    </Page>
  )
}

/** Who can be asked for: the members, and whoever was asked for by the address. */
function useActors(actor: string | undefined): readonly { value: string; label: string }[] {
  const name = useNaming()
  const members = useColleagues().map(({ id, name }) => ({ value: `member:${id}`, label: name }))
  if (!isWord(actor) || members.some(({ value }) => value === actor)) return members
  return [...members, { value: actor, label: t('{name} ({actor})', { name: name(actor), actor }) }]
}

function Done({ of: { action, outcome } }: { of: { readonly action: string; readonly outcome: string } }) {
  if (outcome === 'done') return <>{sayAction(action)}</>
  return (
    <>
      {rich('{what}<refused>, refused</refused>', {
        what: sayAction(action),
        refused: (said) => <span className="refused">{said}</span>,
      })}
    </>
  )
}
