/** Everybody: narrowed and sorted by the server, each leading to their page. */
import { Button, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconAdjustmentsHorizontal, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { usePages, useRead } from '#ui/data.ts'
import { PageLink, useWords } from '#ui/link.tsx'
import { Filters, Page, PageHead } from '#ui/page.tsx'
import { useIsNarrow } from '#ui/panel.tsx'
import { EmptyState } from '#ui/say.tsx'
import { Severity, StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { type Column, DataTable, useSort } from '#ui/table.tsx'
import { sayNumber } from '#ui/words.ts'
import { listPeople, summarisePeople } from '../contract.ts'
import { standings } from '../record/model.ts'
import { nameOf, type PersonListed, type Summary, saySummary, standingWords } from './person-words.ts'
import './people.css'

export function Everybody() {
  const asked = usePeopleFilter()
  const { sort, onSort } = useSort({ by: 'name', isDescending: false })
  const by = sort.by === 'findings' ? 'findings' : 'name'
  const order = sort.isDescending ? 'descending' : 'ascending'
  const pages = usePages(listPeople, { ...asked.filter, sort: by, order, limit: 100 })
  const summary = useRead(summarisePeople, {})
  // Nothing is to be narrowed where nobody is.
  const isEmpty = pages.items.length === 0 && !pages.isLoading && !asked.isNarrowed
  const mayGetIn = (summary.data?.leftWithAccount ?? 0) > 0 && asked.only !== 'left-with-account'
  return (
    <Page>
      <PageHead
        title={t('People')}
        says={summary.data === undefined ? ' ' : saySummary(summary.data)}
        action={
          mayGetIn ? (
            <Button variant="filled" component={PageLink} to="/people?only=left-with-account">
              {t('See who left and still gets in')}
            </Button>
          ) : undefined
        }
      />
      {isEmpty ? undefined : <Controls of={asked} summary={summary.data} />}
      <DataTable
        label={t('People')}
        pages={pages}
        columns={columns}
        keyOf={({ personId }) => personId}
        linkOf={({ personId }) => `/people/${personId}`}
        sort={{ ...sort, by }}
        onSort={onSort}
        lines={(person) => ({
          title: nameOf(person),
          detail: (
            <>
              <StandingMark of={person} />
              {person.department === null ? '' : ` · ${person.department}`}
              {person.findings === 0
                ? ''
                : ` · ${t('{count, plural, one {# finding} other {# findings}}', { count: person.findings })}`}
            </>
          ),
          mark: person.worst === null ? undefined : <Severity level={person.worst} isBare />,
        })}
        empty={<NoPeople of={asked} />}
      />
    </Page>
  )
}

const columns: readonly Column<PersonListed>[] = [
  { head: t('Name'), cell: nameOf, sort: 'name' },
  { head: t('Work'), cell: (person) => <span className="soft">{sayWork(person)}</span>, from: 1000 },
  { head: t('Standing'), cell: (person) => <StandingMark of={person} />, width: '152px' },
  {
    head: t('Accounts'),
    cell: ({ accounts }) => <span className={accounts === 0 ? 'soft' : undefined}>{sayNumber(accounts)}</span>,
    isNumber: true,
    width: '80px',
    from: 1000,
  },
  { head: t('Second factor'), cell: (person) => <FactorMark of={person} />, width: '136px', from: 1200 },
  { head: t('Training'), cell: (person) => <TrainingMark of={person} />, width: '128px', from: 1200 },
  { head: t('Open findings'), cell: (person) => <Open of={person} />, width: '136px', sort: 'findings' },
]

/** "Registered nurse, Nursing". */
function sayWork({ title, department }: PersonListed): string {
  if (title === null) return department ?? t('not known')
  return department === null ? title : t('{work}, {department}', { work: title, department })
}

function StandingMark({ of: { standing, working } }: { of: PersonListed }) {
  if (standing === 'unknown') return <StatusMark status="unknown" word={standingWords.unknown} />
  if (standing === 'left' && working !== null && working > 0) {
    return <StatusMark status="failed" word={t('left, still gets in')} />
  }
  return <span className={standing === 'left' ? 'soft' : undefined}>{standingWords[standing]}</span>
}

/** Of the accounts that work: without is worse than not known, and not known is never a pass. */
function FactorMark({ of: { accounts, working, secondFactor } }: { of: PersonListed }) {
  if (accounts === 0 || working === 0) return <span className="soft">{t('none needed')}</span>
  if (secondFactor.without > 0) {
    return <StatusMark status="failed" word={t('{count} without', { count: secondFactor.without })} />
  }
  if (working === null || secondFactor.unknown > 0) {
    return (
      <StatusMark
        status="unknown"
        word={working === null ? t('not known') : t('{count} not known', { count: secondFactor.unknown })}
      />
    )
  }
  return <StatusMark status={secondFactor.basis === 'measured' ? 'proved' : 'attested'} word={t('on all')} />
}

function TrainingMark({ of: { trainingOverdue } }: { of: PersonListed }) {
  if (trainingOverdue === null) return <StatusMark status="unknown" word={t('not known')} />
  if (trainingOverdue === 0) return <span className="soft">{t('none overdue')}</span>
  return <StatusMark status="failed" word={t('{count} overdue', { count: trainingOverdue })} />
}

function Open({ of: { findings, worst } }: { of: PersonListed }) {
  if (worst === null) return <span className="soft">{t('none')}</span>
  return (
    <span className="open-findings">
      {sayNumber(findings)} <Severity level={worst} />
    </span>
  )
}

interface PeopleFilter {
  readonly filter: {
    readonly q?: string
    readonly standing?: (typeof standings)[number]
    readonly department?: string
    readonly leftWithAccount?: true
    readonly hasFindings?: true
  }
  readonly words: string
  readonly standing: string | undefined
  readonly department: string | undefined
  readonly only: 'left-with-account' | 'with-findings' | undefined
  readonly isNarrowed: boolean
  readonly search: (words: string) => void
  readonly set: (name: 'standing' | 'department' | 'only', value: string | null) => void
  readonly clear: () => void
}

/** Which people are shown. All of it stands in the address but the words of a search, which name people. */
function usePeopleFilter(): PeopleFilter {
  const { words: address, set } = useWords()
  const [words, search] = useState('')
  const [settled] = useDebouncedValue(words.trim(), 250)
  const q = words.trim() === '' ? '' : settled
  const standing = standings.find((one) => one === address.get('standing'))
  const department = address.get('department') ?? undefined
  const only = (['left-with-account', 'with-findings'] as const).find((one) => one === address.get('only'))
  return {
    filter: {
      ...(q !== '' && { q }),
      ...(standing && { standing }),
      ...(department && { department }),
      ...(only === 'left-with-account' && { leftWithAccount: true as const }),
      ...(only === 'with-findings' && { hasFindings: true as const }),
    },
    words,
    standing,
    department,
    only,
    isNarrowed: [words.trim(), standing, department, only].some(Boolean),
    search,
    set: (name, value) => set({ [name]: value ?? undefined }, { replace: true }),
    clear: () => {
      search('')
      set({ standing: undefined, department: undefined, only: undefined }, { replace: true })
    },
  }
}

function Controls({ of: asked, summary }: { of: PeopleFilter; summary: Summary | undefined }) {
  const isNarrow = useIsNarrow()
  const [isOpen, setOpen] = useState(false)
  const count = [asked.standing, asked.department, asked.only].filter((word) => word !== undefined).length
  return (
    <Filters>
      <TextInput
        label={t('Search')}
        placeholder={t('Name, number or user name')}
        type="search"
        maxLength={100}
        value={asked.words}
        onChange={(event) => asked.search(event.currentTarget.value)}
        className="people-search"
      />
      {isNarrow ? (
        <Button
          aria-expanded={isOpen}
          leftSection={<IconAdjustmentsHorizontal size={16} stroke={1.5} />}
          onClick={() => setOpen(!isOpen)}
        >
          {t('{count, plural, =0 {Filter} other {Filter (#)}}', { count })}
        </Button>
      ) : undefined}
      {isNarrow && !isOpen ? undefined : (
        <>
          <Choice
            label={t('Show')}
            none={t('Everybody')}
            value={asked.only}
            data={[
              { value: 'left-with-account', label: t('Left and still gets in') },
              { value: 'with-findings', label: t('With open findings') },
            ]}
            onChange={(value) => asked.set('only', value)}
          />
          <Choice
            label={t('Standing')}
            none={t('Any')}
            value={asked.standing}
            data={standings.map((value) => ({
              value,
              label: summary
                ? t('{standing} ({count, number})', { standing: standingWords[value], count: summary.standings[value] })
                : standingWords[value],
            }))}
            onChange={(value) => asked.set('standing', value)}
          />
          <Choice
            label={t('Department')}
            none={t('All')}
            value={asked.department}
            data={(summary?.departments ?? []).map(({ name }) => ({ value: name, label: name }))}
            isSearched
            onChange={(value) => asked.set('department', value)}
          />
        </>
      )}
      {asked.isNarrowed ? (
        <Button variant="subtle" leftSection={<IconX size={16} stroke={1.5} />} onClick={asked.clear}>
          {t('Show all')}
        </Button>
      ) : undefined}
    </Filters>
  )
}

function Choice({
  label,
  none,
  value,
  data,
  isSearched = false,
  onChange,
}: {
  label: string
  /** The word for no choice. */
  none: string
  value: string | undefined
  data: readonly { readonly value: string; readonly label: string }[]
  isSearched?: boolean
  onChange: (value: string | null) => void
}) {
  return (
    <Select
      label={label}
      data={[{ value: '', label: none }, ...data]}
      value={value ?? ''}
      onChange={(next) => onChange(next === '' ? null : next)}
      allowDeselect={false}
      searchable={isSearched}
      comboboxProps={{ transitionProps: { duration: 0 } }}
      className="people-choice"
    />
  )
}

function NoPeople({ of: asked }: { of: PeopleFilter }) {
  if (asked.isNarrowed) {
    return (
      <EmptyState title={t('Nobody is like that')} action={<Button onClick={asked.clear}>{t('Show all')}</Button>}>
        {t('Take a filter away, or search for another word.')}
      </EmptyState>
    )
  }
  return (
    <EmptyState
      title={t('No list of people is here yet')}
      action={
        <Button variant="filled" component={PageLink} to="/start">
          {t('Bring the first lists')}
        </Button>
      }
    >
      {t('A staff list says who works here and who has left. With it, Vigil tells whose accounts should be closed.')}
    </EmptyState>
  )
}
