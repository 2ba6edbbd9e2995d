/** Every finding as a table: narrowed and sorted by the server, each unfolding to its ground in the panel. */
import { Button, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconAdjustmentsHorizontal, IconDownload, IconX } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { download, type Problem, problemOf } from '#ui/call.ts'
import { usePages, useRead } from '#ui/data.ts'
import { PageLink } from '#ui/link.tsx'
import { Filters, Page, PageHead } from '#ui/page.tsx'
import { useIsNarrow, usePanel } from '#ui/panel.tsx'
import { EmptyState, ProblemNote } from '#ui/say.tsx'
import { Severity } from '#ui/status.tsx'
import { type Column, DataTable, useSort } from '#ui/table.tsx'
import { useMay } from '#ui/viewer.tsx'
import { countFindings, exportFindings, listFindings, ownFindings } from '../contract.ts'
import { ChosenBar } from './chosen-bar.tsx'
import { Due } from './due.tsx'
import { FindingPanel } from './finding-panel.tsx'
import { type FindingShown, practiceNames, sayCounts, sumOf, titleOf } from './finding-words.ts'
import { type FindingsFilter, useFindingsFilter } from './findings-filter.ts'
import './findings.css'

const sorts = ['worst', 'due', 'opened', 'safeguard'] as const
const none: ReadonlySet<number> = new Set()
/** How many are given to somebody at once at most. */
const mostChosen = 500

export function FindingsScreen() {
  const asked = useFindingsFilter()
  const [words] = useDebouncedValue(asked.filter.q, 250)
  const { q: _, ...rest } = asked.filter
  const filter = { ...rest, ...(asked.filter.q !== undefined && words !== undefined && { q: words }) }
  const { sort, onSort } = useSort({ by: 'worst', isDescending: false })
  const by = sorts.find((one) => one === sort.by) ?? 'worst'
  const order = sort.isDescending ? 'descending' : 'ascending'
  const pages = usePages(listFindings, { ...filter, sort: by, order, limit: 100 })
  const counts = useRead(countFindings, filter)
  const panel = usePanel('finding')
  const may = useMay()
  const mayOwn = may(ownFindings)
  const among = JSON.stringify(filter)
  const [choice, setChoice] = useState<{ readonly among: string; readonly ids: ReadonlySet<number> }>()
  // What is not shown any more is not chosen any more.
  const chosen = choice?.among === among ? choice.ids : none
  const setChosen = (ids: ReadonlySet<number>) => setChoice({ among, ids })
  const places = useMemo(() => new Map(pages.items.map(({ id }, at) => [id, at])), [pages.items])

  const choose = (id: number, isChosen: boolean) => {
    const next = new Set(chosen)
    if (isChosen) next.add(id)
    else next.delete(id)
    setChosen(next)
  }
  // The link of a row is drawn here and not by the table, because the box to choose it by stands before it.
  const link = (finding: FindingShown) => (
    <PageLink to={panel.addressOf(finding.id)} className="row-link" data-row={places.get(finding.id)}>
      {finding.detail}
    </PageLink>
  )
  // The browser's own box: of those in sight there are many, and they are drawn at each step of a scroll.
  const box = (finding: FindingShown) => (
    <input
      type="checkbox"
      className="choose"
      aria-label={`Choose: ${finding.detail}`}
      checked={chosen.has(finding.id)}
      disabled={finding.state === 'closed' || (chosen.size >= mostChosen && !chosen.has(finding.id))}
      onChange={(event) => choose(finding.id, event.currentTarget.checked)}
    />
  )
  const columns: Column<FindingShown>[] = [
    ...(mayOwn ? [{ head: 'Choose', cell: box, width: '40px' }] : []),
    { head: 'Severity', cell: ({ severity }) => <Severity level={severity} />, width: '108px', sort: 'worst' },
    { head: 'Finding', cell: link },
    {
      head: 'Practice',
      cell: ({ practice }) => <span className="soft">{titleOf(practice)}</span>,
      width: '136px',
      sort: 'safeguard',
      from: 1200,
    },
    { head: 'Owner', cell: ({ owner }) => owner ?? <span className="soft">nobody</span>, width: '136px', from: 1000 },
    { head: 'Due', cell: (finding) => <Due of={finding} />, width: '136px', sort: 'due' },
  ]
  const openCount = counts.data ? sumOf(counts.data.open) + sumOf(counts.data.excepted) : undefined
  return (
    <Page>
      <PageHead
        title="Findings"
        says={counts.data === undefined ? ' ' : sayCounts(counts.data)}
        action={may(exportFindings) && openCount !== 0 ? <ExportButton filter={filter} /> : undefined}
      />
      <Controls of={asked} />
      <div className="findings-table" data-chooses={mayOwn || undefined}>
        <DataTable
          label="Findings"
          pages={pages}
          columns={columns}
          keyOf={({ id }) => id}
          chosen={panel.value}
          sort={{ ...sort, by }}
          onSort={onSort}
          lines={(finding) => ({
            title: link(finding),
            detail: (
              <>
                {finding.owner ?? 'nobody owns it'}, <Due of={finding} />
              </>
            ),
            mark: <Severity level={finding.severity} isBare />,
          })}
          empty={<NoFindings of={asked} />}
        />
      </div>
      {mayOwn && chosen.size > 0 ? (
        <ChosenBar
          chosen={chosen}
          shown={pages.items.filter(({ state }) => state !== 'closed').slice(0, mostChosen)}
          onChoose={setChosen}
        />
      ) : undefined}
      <FindingPanel findingId={panel.value} onClose={panel.close} />
    </Page>
  )
}

function Controls({ of: asked }: { of: FindingsFilter }) {
  const isNarrow = useIsNarrow()
  const [isOpen, setOpen] = useState(false)
  const { severity, practice, state, owner, due } = asked
  const narrowing = [severity, practice, state, owner, due].filter((word) => word !== null).length
  return (
    <Filters>
      <TextInput
        label="Search"
        placeholder="A name or a word"
        type="search"
        maxLength={100}
        value={asked.words}
        onChange={(event) => asked.search(event.currentTarget.value)}
        className="filter-search"
      />
      {isNarrow ? (
        <Button
          aria-expanded={isOpen}
          leftSection={<IconAdjustmentsHorizontal size={16} stroke={1.5} />}
          onClick={() => setOpen(!isOpen)}
        >
          {narrowing === 0 ? 'Filter' : `Filter (${narrowing})`}
        </Button>
      ) : undefined}
      {isNarrow && !isOpen ? undefined : <Choices of={asked} />}
      {asked.safeguard === null && asked.person === null ? undefined : (
        <p className="filter-more">{asked.person === null ? 'Of one safeguard only.' : 'About one person only.'}</p>
      )}
      {asked.isNarrowed ? (
        <Button variant="subtle" leftSection={<IconX size={16} stroke={1.5} />} onClick={asked.clear}>
          Show all
        </Button>
      ) : undefined}
    </Filters>
  )
}

function Choices({ of: asked }: { of: FindingsFilter }) {
  const owners = [
    { value: 'me', label: 'Me' },
    { value: 'nobody', label: 'Nobody' },
    ...asked.colleagues.map(({ id, name }) => ({ value: String(id), label: name })),
  ]
  return (
    <>
      <Choice label="Severity" none="Any" of={asked} name="severity" data={severities} />
      <Choice label="Practice" none="All" of={asked} name="practice" data={practiceChoices} />
      <Choice label="State" none="Not closed" of={asked} name="state" data={states} />
      <Choice label="Owner" none="Anybody" of={asked} name="owner" data={owners} isSearched={owners.length > 8} />
      <Choice label="Due" none="Any day" of={asked} name="due" data={dues} />
    </>
  )
}

const severities = [
  { value: 'critical', label: 'Critical' },
  { value: 'high', label: 'High' },
  { value: 'medium', label: 'Medium' },
  { value: 'low', label: 'Low' },
]
const states = [
  { value: 'open', label: 'Open' },
  { value: 'excepted', label: 'Excepted' },
  { value: 'closed', label: 'Closed' },
  { value: 'all', label: 'All' },
]
const dues = [
  { value: 'overdue', label: 'Overdue' },
  { value: '7', label: 'Within 7 days' },
  { value: '30', label: 'Within 30 days' },
]
const practiceChoices = practiceNames.map((name) => ({ value: name, label: titleOf(name) }))

function Choice({
  label,
  none,
  of: asked,
  name,
  data,
  isSearched = false,
}: {
  label: string
  /** The word for no choice. */
  none: string
  of: FindingsFilter
  name: 'severity' | 'practice' | 'state' | 'owner' | 'due'
  data: readonly { readonly value: string; readonly label: string }[]
  isSearched?: boolean
}) {
  return (
    <Select
      label={label}
      placeholder={none}
      data={[{ value: '', label: none }, ...data]}
      value={asked[name] ?? ''}
      onChange={(value) => asked.set(name, value === '' ? null : value)}
      allowDeselect={false}
      searchable={isSearched}
      comboboxProps={{ transitionProps: { duration: 0 } }}
      className="filter-choice"
      wrapperProps={{ 'data-name': name }}
    />
  )
}

function NoFindings({ of: asked }: { of: FindingsFilter }) {
  if (asked.isNarrowed) {
    return (
      <EmptyState title="No finding is like that" action={<Button onClick={asked.clear}>Show all</Button>}>
        Take a filter away, or search for another word.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      title="No finding is open"
      action={
        <Button component={PageLink} to="/posture">
          See how things stand
        </Button>
      }
    >
      What Vigil has checked so far has not failed. What it could not check stands in Posture as unknown.
    </EmptyState>
  )
}

function ExportButton({ filter }: { filter: FindingsFilter['filter'] }) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const save = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      await download(exportFindings, filter)
    } catch (thrown) {
      setProblem(problemOf(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <Button leftSection={<IconDownload size={16} stroke={1.5} />} loading={isBusy} onClick={() => void save()}>
        Save as a table
      </Button>
      <ProblemNote problem={problem} />
    </>
  )
}
