/** The inbox of the privacy officer: what nothing explains, the gravest first. */
import { Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { dayOf } from '#platform/days.ts'
import { useRead } from '#ui/data.ts'
import { Age, useMinute } from '#ui/facts.tsx'
import { PageLink, useWord } from '#ui/link.tsx'
import { useLongList } from '#ui/long-list.ts'
import { Filters, Page, PageHead } from '#ui/page.tsx'
import { EmptyState } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { DataTable, useSort } from '#ui/table.tsx'
import { useViewer } from '#ui/viewer.tsx'
import { sayDays } from '#ui/words.ts'
import { caseStates, countCases, listCases, listReviewers } from '../contract.ts'
import { type CaseShown, kindWords, sayPerson, sayShortExtent, stateMarks, stateWords } from './case-words.ts'
import './cases.css'

const states = ['undecided', ...caseStates, 'all'] as const
const sorts = ['score', 'opened', 'due', 'last'] as const

export function CasesScreen() {
  const [state, setState] = useWord('state')
  const [kind, setKind] = useWord('kind')
  const [owner, setOwner] = useWord('owner')
  const [overdue] = useWord('overdue')
  // A name that is typed stays out of the address.
  const [typed, setTyped] = useState('')
  const [q] = useDebouncedValue(typed.trim(), 250)
  const { sort, onSort } = useSort({ by: 'score', isDescending: true })
  const counts = useRead(countCases, {}, { everySeconds: 15 })
  const reviewers = useRead(listReviewers, {})
  const chosenState = states.find((one) => one === state) ?? 'undecided'
  const chosenKind = (Object.keys(kindWords) as CaseShown['kind'][]).find((one) => one === kind)
  const cases = useLongList(listCases, {
    state: chosenState,
    sort: sorts.find((one) => one === sort.by) ?? 'score',
    ...(chosenKind ? { kind: [chosenKind] } : {}),
    ...(owner ? { owner } : {}),
    ...(q ? { q } : {}),
    ...(overdue === 'true' ? { overdue: true } : {}),
  })
  const isFiltered = Boolean(chosenState !== 'undecided' || chosenKind || owner || q || overdue === 'true')
  const { open = 0, talk = 0, overdue: late = 0 } = counts.data ?? {}
  return (
    <Page>
      <PageHead
        title={t('Cases')}
        says={
          counts.data === undefined
            ? ' '
            : t(
                '{waiting, plural, =0 {No case waits.} one {One case waits for a decision.} other {# cases wait for a decision.}} {late, plural, =0 {} one {One is overdue.} other {# are overdue.}}',
                { waiting: open + talk, late },
              )
        }
      />
      <Filters>
        <TextInput
          label={t('Search')}
          placeholder={t('Name or login')}
          type="search"
          maxLength={100}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          className="filter-search"
        />
        <Select
          label={t('State')}
          data={[
            { value: 'undecided', label: t('Not decided') },
            ...caseStates.map((value) => ({ value, label: stateWords[value] })),
            { value: 'all', label: t('All') },
          ]}
          value={chosenState}
          onChange={(value) => setState(value === 'undecided' ? null : value)}
          allowDeselect={false}
        />
        <Select
          label={t('Kind')}
          placeholder={t('All')}
          data={Object.entries(kindWords).map(([value, label]) => ({ value, label }))}
          value={chosenKind ?? null}
          onChange={setKind}
          clearable
        />
        <Select
          label={t('Owner')}
          placeholder={t('All')}
          data={[
            { value: 'me', label: t('Me') },
            { value: 'nobody', label: t('Nobody') },
            ...(reviewers.data?.items ?? [])
              .filter(({ isMe }) => !isMe)
              .map(({ id, name }) => ({ value: `member:${id}`, label: name })),
          ]}
          value={owner ?? null}
          onChange={setOwner}
          clearable
        />
      </Filters>
      <DataTable
        label={t('Cases')}
        pages={cases}
        keyOf={({ id }) => id}
        linkOf={({ id }) => `/cases/${id}`}
        sort={sort}
        onSort={onSort}
        columns={[
          { head: t('Weight'), cell: ({ score }) => <Weight of={score} />, width: '96px', sort: 'score' },
          { head: t('Kind'), cell: ({ kind: is }) => kindWords[is], width: '180px' },
          { head: t('Person'), cell: (one) => <span title={sayPerson(one)}>{sayPerson(one)}</span>, isLink: true },
          {
            head: t('Extent'),
            cell: (one) => <span title={one.narrative}>{sayShortExtent(one)}</span>,
            width: '26%',
            from: 1200,
          },
          { head: t('Last'), cell: ({ lastAt }) => <Age at={lastAt} />, width: '112px', sort: 'last', from: 1000 },
          { head: t('State'), cell: (one) => <State of={one} />, width: '172px', sort: 'due' },
        ]}
        lines={(one) => ({
          title: (
            <>
              {kindWords[one.kind]}: {sayPerson(one)}
            </>
          ),
          detail: (
            <>
              <State of={one} /> · {sayShortExtent(one)}
            </>
          ),
          mark: <Weight of={one.score} />,
        })}
        empty={
          <EmptyState
            title={isFiltered ? t('No case like that') : t('No case waits')}
            action={
              isFiltered ? (
                <PageLink to="/cases" onClick={() => setTyped('')}>
                  {t('Show all cases that wait')}
                </PageLink>
              ) : (
                <PageLink to="/trail/sources">{t('See whether the sources are well')}</PageLink>
              )
            }
          >
            {isFiltered
              ? undefined
              : t(
                  'Accesses that nothing explains and that a rule names become cases, within a second of their coming in.',
                )}
          </EmptyState>
        }
      />
    </Page>
  )
}

function State({ of: one }: { of: CaseShown }) {
  const { timeZone } = useViewer()
  const now = useMinute()
  if (one.state !== 'open' && one.state !== 'talk') {
    return <StatusMark status={stateMarks[one.state]} word={stateWords[one.state]} />
  }
  return (
    <span>
      {one.state === 'talk' ? t('A talk, due') : one.seenAt === null ? t('New, due') : t('Due')}{' '}
      <time className="day" dateTime={one.dueOn} title={one.dueOn} data-late={one.isOverdue || undefined}>
        {sayDays(one.dueOn, dayOf(now, timeZone))}
      </time>
    </span>
  )
}

/** How grave it is, as a number and a bar. */
export function Weight({ of: score }: { of: number }) {
  return (
    <span className="case-weight" title={t('Weight {score} of 100', { score })}>
      <span className="case-weight-bar" style={{ inlineSize: `${score * 0.4}px` }} />
      {score}
    </span>
  )
}
