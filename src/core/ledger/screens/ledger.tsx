/** The ledger: what was done, the newest first, by whom, each entry with its proof, and all of it to take away. */
import { Button, Select, TextInput } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { isDay } from '#platform/days.ts'
import { usePages, useRead } from '#ui/data.ts'
import { Age } from '#ui/facts.tsx'
import { useWord } from '#ui/link.tsx'
import { Filters, Page, PageHead } from '#ui/page.tsx'
import { usePanel } from '#ui/panel.tsx'
import { EmptyState } from '#ui/say.tsx'
import { type Column, DataTable } from '#ui/table.tsx'
import { useViewer } from '#ui/viewer.tsx'
import { sayNumber } from '#ui/words.ts'
import { useColleagues, useNaming } from '../../findings/screens/colleagues.ts'
import { listEntries, showCheckpoint } from '../contract.ts'
import { EntryPanel } from './entry-panel.tsx'
import { actionChoices, dayAfter, sayAction, saySubject, startOfDay } from './ledger-words.ts'
import { TakeAway } from './take-away.tsx'
import './ledger.css'

const outcomes = [
  { value: 'done', label: 'done' },
  { value: 'refused', label: 'refused' },
] as const

export function LedgerScreen() {
  const { timeZone } = useViewer()
  const [action, setAction] = useWord('action')
  const [actor, setActor] = useWord('actor')
  const [outcome, setOutcome] = useWord('outcome')
  const [from, setFrom] = useWord('from')
  const [until, setUntil] = useWord('until')
  const name = useNaming()
  const colleagues = useColleagues()
  const checkpoint = useRead(showCheckpoint, {})
  const entry = usePanel('entry')
  const taking = usePanel('take')
  const wantedOutcome = outcomes.find(({ value }) => value === outcome)?.value
  const pages = usePages(listEntries, {
    limit: 200,
    ...(action ? { action } : {}),
    ...(actor ? { actor } : {}),
    ...(wantedOutcome ? { outcome: wantedOutcome } : {}),
    ...(from && isDay(from) ? { from: startOfDay(from, timeZone) } : {}),
    ...(until && isDay(until) ? { until: startOfDay(dayAfter(until), timeZone) } : {}),
  })
  type Entry = (typeof pages.items)[number]
  const columns: readonly Column<Entry>[] = [
    { head: 'What was done', cell: (item) => <Done of={item} /> },
    { head: 'To what', cell: ({ subjects }) => subjects.map(saySubject).join(', '), width: '26%', from: 1000 },
    { head: 'By whom', cell: (item) => name(item.actor), width: '20%' },
    { head: 'When', cell: ({ at }) => <Age at={at} />, width: '128px' },
    { head: 'Number', cell: ({ seq }) => sayNumber(seq + 1), width: '88px', isNumber: true, from: 1000 },
  ]
  const isFiltered = [action, actor, wantedOutcome, from, until].some((word) => word !== undefined)
  return (
    <Page>
      <PageHead
        title="Ledger"
        says={
          checkpoint.data
            ? `${sayNumber(checkpoint.data.size)} entries, sealed: none can be changed or taken out without being found out.`
            : 'What was done, by whom and when.'
        }
        action={
          <Button
            variant="filled"
            leftSection={<IconDownload size={16} stroke={1.5} />}
            onClick={() => taking.open('away')}
          >
            Take it away
          </Button>
        }
      />
      <Filters>
        <Select
          label="What"
          placeholder="anything"
          data={actionChoices}
          value={action ?? null}
          onChange={setAction}
          clearable
          clearButtonProps={{ 'aria-label': 'Whatever was done' }}
          searchable
          w={216}
        />
        <Select
          label="By whom"
          placeholder="anybody"
          data={colleagues.map(({ id, name }) => ({ value: `member:${id}`, label: name }))}
          value={actor ?? null}
          onChange={setActor}
          clearable
          clearButtonProps={{ 'aria-label': 'Whoever did it' }}
          searchable
          w={200}
        />
        <Select
          label="Outcome"
          placeholder="any"
          data={[...outcomes]}
          value={wantedOutcome ?? null}
          onChange={setOutcome}
          clearable
          clearButtonProps={{ 'aria-label': 'Whatever came of it' }}
          w={128}
        />
        <TextInput
          type="date"
          label="From"
          value={from ?? ''}
          onChange={(event) => setFrom(event.currentTarget.value || undefined)}
          w={152}
        />
        <TextInput
          type="date"
          label="Until"
          value={until ?? ''}
          onChange={(event) => setUntil(event.currentTarget.value || undefined)}
          w={152}
        />
      </Filters>
      <DataTable
        label="Entries"
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
            <EmptyState title="Nothing like that was done">Choose less in the filters above.</EmptyState>
          ) : (
            <EmptyState title="Nothing was done yet">
              Every change is recorded here, in the moment in which it is made.
            </EmptyState>
          )
        }
      />
      <EntryPanel />
      <TakeAway />
    </Page>
  )
}

function Done({ of: { action, outcome } }: { of: { readonly action: string; readonly outcome: string } }) {
  if (outcome === 'done') return <>{sayAction(action)}</>
  return (
    <>
      {sayAction(action)}
      <span className="refused">, refused</span>
    </>
  )
}
