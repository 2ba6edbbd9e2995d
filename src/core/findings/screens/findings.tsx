/** Every finding as a table: narrowed and sorted by the server, each unfolding to its ground in the panel. */
import { Button, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconAdjustmentsHorizontal, IconDownload, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { list as listSources } from '#core/intake/contract.ts'
import { showPosture } from '#core/posture/contract.ts'
import { ViewsMenu } from '#core/views/screens/views-menu.tsx'
import { download, type Problem, problemOf } from '#ui/call.ts'
import { useRead } from '#ui/data.ts'
import { PageLink } from '#ui/link.tsx'
import { useLongList } from '#ui/long-list.ts'
import { Filters, Page, PageHead } from '#ui/page.tsx'
import { useIsNarrow, usePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { EmptyState, ProblemNote, tell } from '#ui/say.tsx'
import { Severity } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { type Choosing, type Column, DataTable, useSort } from '#ui/table.tsx'
import { useMay } from '#ui/viewer.tsx'
import { countFindings, exportFindings, listFindings, ownFindings } from '../contract.ts'
import { ChosenBar } from './chosen-bar.tsx'
import { Due } from './due.tsx'
import { FindingPanel } from './finding-panel.tsx'
import { type FindingShown, practiceNames, sayCounts, sumOf, titleOf } from './finding-words.ts'
import { type FindingsFilter, useFindingsFilter } from './findings-filter.ts'
import './findings.css'

const sorts = ['worst', 'due', 'opened', 'safeguard'] as const
const none: ReadonlyMap<number, FindingShown> = new Map()
/** How many are changed at once at most. */
const mostChosen = 500

export function FindingsScreen() {
  const asked = useFindingsFilter()
  const [words] = useDebouncedValue(asked.filter.q, 250)
  const { q: _, ...rest } = asked.filter
  const filter = { ...rest, ...(asked.filter.q !== undefined && words !== undefined && { q: words }) }
  const { sort, onSort } = useSort({ by: 'worst', isDescending: false })
  const by = sorts.find((one) => one === sort.by) ?? 'worst'
  const order = sort.isDescending ? 'descending' : 'ascending'
  const findings = useLongList(listFindings, { ...filter, sort: by, order })
  const counts = useRead(countFindings, filter)
  const panel = usePanel('finding')
  const may = useMay()
  const among = JSON.stringify(filter)
  const [choice, setChoice] = useState<{ readonly among: string; readonly of: ReadonlyMap<number, FindingShown> }>()
  // What is not shown any more is not chosen any more.
  const chosen = choice?.among === among ? choice.of : none

  const choosing: Choosing<FindingShown> = {
    isChosen: ({ id }) => chosen.has(id),
    mayChoose: ({ state }) => state !== 'closed',
    labelOf: ({ detail }) => t('Choose: {finding}', { finding: detail }),
    most: mostChosen,
    onChoose: (items, isChosen) => {
      const next = new Map(chosen)
      for (const item of items) {
        if (!isChosen) next.delete(item.id)
        else if (next.size < mostChosen) next.set(item.id, item)
      }
      if (isChosen && items.some(({ id }) => !next.has(id))) {
        tell(t('At most {count} are chosen at once.', { count: mostChosen }))
      }
      setChoice({ among, of: next })
    },
  }
  const columns: Column<FindingShown>[] = [
    { head: t('Severity'), cell: ({ severity }) => <Severity level={severity} />, width: '108px', sort: 'worst' },
    { head: t('Finding'), cell: ({ detail }) => <span title={detail}>{detail}</span>, isLink: true },
    {
      head: t('Practice'),
      cell: ({ practice }) => <span className="soft">{titleOf(practice)}</span>,
      width: '136px',
      sort: 'safeguard',
      from: 1200,
    },
    {
      head: t('Owner'),
      cell: ({ owner }) => owner ?? <span className="soft">{t('nobody')}</span>,
      width: '136px',
      from: 1000,
    },
    { head: t('Due'), cell: (finding) => <Due of={finding} />, width: '136px', sort: 'due' },
  ]
  const openCount = counts.data ? sumOf(counts.data.open) + sumOf(counts.data.excepted) : undefined
  return (
    <Page>
      <PageHead
        title={t('Findings')}
        says={counts.data === undefined ? ' ' : sayCounts(counts.data)}
        action={
          <div className="buttons">
            <Views />
            {may(exportFindings) && openCount !== 0 ? <ExportButton filter={filter} /> : undefined}
          </div>
        }
      />
      <Controls of={asked} />
      <DataTable
        label={t('Findings')}
        pages={findings}
        columns={columns}
        keyOf={({ id }) => id}
        linkOf={({ id }) => panel.addressOf(id)}
        chosen={panel.value}
        sort={{ ...sort, by }}
        onSort={onSort}
        choosing={may(ownFindings) ? choosing : undefined}
        lines={(finding) => ({
          title: finding.detail,
          detail: rich('{owner}, {due}', {
            owner: finding.owner ?? t('nobody owns it'),
            due: <Due key="due" of={finding} />,
          }),
          mark: <Severity level={finding.severity} isBare />,
        })}
        empty={<NoFindings of={asked} />}
      />
      {may(ownFindings) && chosen.size > 0 ? (
        <ChosenBar chosen={[...chosen.values()]} onClear={() => setChoice(undefined)} />
      ) : undefined}
      <FindingPanel findingId={panel.value} onClose={panel.close} />
    </Page>
  )
}

/** The words of the address that make a view. */
const viewWords = ['severity', 'practice', 'safeguard', 'state', 'owner', 'due', 'opened', 'sort'] as const

function Views() {
  const suggestions = [
    { name: t('Overdue'), query: 'due=overdue&sort=due' },
    { name: t('Mine'), query: 'owner=me' },
    { name: t('Nobody’s'), query: 'owner=nobody' },
    { name: t('Critical'), query: 'severity=critical' },
    { name: t('Excepted'), query: 'state=excepted' },
    { name: t('New this week'), query: 'opened=7&sort=-opened' },
  ]
  return <ViewsMenu page="findings" suggestions={suggestions} words={viewWords} />
}

function Controls({ of: asked }: { of: FindingsFilter }) {
  const isNarrow = useIsNarrow()
  const [isOpen, setOpen] = useState(false)
  const { severity, practice, state, owner, due } = asked
  const narrowing = [severity, practice, state, owner, due].filter((word) => word !== null).length
  return (
    <Filters>
      <TextInput
        label={t('Search')}
        placeholder={t('A name or a word')}
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
          {t('{count, plural, =0 {Filter} other {Filter (#)}}', { count: narrowing })}
        </Button>
      ) : undefined}
      {isNarrow && !isOpen ? undefined : <Choices of={asked} />}
      <Beside of={asked} />
      {asked.isNarrowed ? (
        <Button variant="subtle" leftSection={<IconX size={16} stroke={1.5} />} onClick={asked.clear}>
          {t('Show all')}
        </Button>
      ) : undefined}
    </Filters>
  )
}

/** By what the list is narrowed beside the fields. */
function Beside({ of: { person, safeguard, opened } }: { of: FindingsFilter }) {
  const said = [
    ...(person === null ? [] : [t('About one person only.')]),
    ...(safeguard === null ? [] : [t('Of one safeguard only.')]),
    ...(opened === null ? [] : [t('Opened in the last {days} days only.', { days: Number(opened) })]),
  ]
  return said.length === 0 ? undefined : <p className="filter-more">{said.join(' ')}</p>
}

function Choices({ of: asked }: { of: FindingsFilter }) {
  const owners = [
    { value: 'me', label: t('Me') },
    { value: 'nobody', label: t('Nobody') },
    ...asked.colleagues.map(({ id, name }) => ({ value: String(id), label: name })),
  ]
  const severities = [
    { value: 'critical', label: t('Critical') },
    { value: 'high', label: t('High') },
    { value: 'medium', label: t('Medium') },
    { value: 'low', label: t('Low') },
  ]
  const states = [
    { value: 'open', label: t('Open') },
    { value: 'excepted', label: t('Excepted') },
    { value: 'closed', label: t('Closed') },
    { value: 'all', label: t('All') },
  ]
  const dues = [
    { value: 'overdue', label: t('Overdue') },
    { value: '7', label: t('Within 7 days') },
    { value: '30', label: t('Within 30 days') },
  ]
  const practices = practiceNames.map((name) => ({ value: name, label: titleOf(name) }))
  return (
    <>
      <Choice label={t('Severity')} none={t('Any')} of={asked} name="severity" data={severities} />
      <Choice label={t('Practice')} none={t('All')} of={asked} name="practice" data={practices} />
      <Choice label={t('State')} none={t('Not closed')} of={asked} name="state" data={states} />
      <Choice label={t('Owner')} none={t('Anybody')} of={asked} name="owner" data={owners} isSearched />
      <Choice label={t('Due')} none={t('Any day')} of={asked} name="due" data={dues} />
    </>
  )
}

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
      searchable={isSearched && data.length > 8}
      comboboxProps={{ transitionProps: { duration: 0 } }}
      className="filter-choice"
      wrapperProps={{ 'data-name': name }}
    />
  )
}

function NoFindings({ of: asked }: { of: FindingsFilter }) {
  const may = useMay()
  const sources = useRead(listSources, { limit: 1 }, { when: may(listSources) })
  if (asked.isNarrowed) {
    return (
      <EmptyState title={t('No finding is like that')} action={<Button onClick={asked.clear}>{t('Show all')}</Button>}>
        {t('Take a filter away, or search for another word.')}
      </EmptyState>
    )
  }
  if (sources.data?.items.length === 0) {
    return (
      <EmptyState
        title={t('Vigil has nothing to check yet')}
        action={
          <Button component={PageLink} to="/start" variant="filled">
            {t('Bring the first files')}
          </Button>
        }
      >
        {t('Findings come from what your systems export. Three files are enough for the first ones.')}
      </EmptyState>
    )
  }
  return (
    <EmptyState
      title={t('No finding is open')}
      action={
        may(showPosture) ? (
          <Button component={PageLink} to="/posture">
            {t('See how things stand')}
          </Button>
        ) : undefined
      }
    >
      {may(showPosture)
        ? t('What Vigil has checked so far has not failed. What it could not check stands in Posture as unknown.')
        : t('Nothing that Vigil has checked about your people has failed.')}
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
        {t('Save as a table')}
      </Button>
      <ProblemNote problem={problem} />
    </>
  )
}
