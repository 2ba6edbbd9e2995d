/** Every system: what it holds, who can get in, when it was backed up, and what is open about it. */
import { Button, Select } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { usePages, useRead } from '#ui/data.ts'
import { Age, DayText } from '#ui/facts.tsx'
import { PageLink, useWords } from '#ui/link.tsx'
import { Filters, Page, PageHead } from '#ui/page.tsx'
import { EmptyState } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { type Column, DataTable } from '#ui/table.tsx'
import { sayNumber } from '#ui/words.ts'
import { countSystems, listSystems } from '../contract.ts'
import { InventoryTabs } from './inventory-tabs.tsx'
import { NotKnown, YesNo } from './known.tsx'
import { SearchField, useSearch } from './software.tsx'
import { agreements, isAgreed, type SystemListed, sayCounts } from './system-words.ts'
import './systems.css'

const patientData = ['yes', 'no', 'not-known'] as const
const standings = ['registered', 'seen'] as const

export function SystemsScreen() {
  const { words, set } = useWords()
  const search = useSearch()
  const data = patientData.find((one) => one === words.get('data'))
  const standing = standings.find((one) => one === words.get('standing'))
  const isOpen = words.get('findings') === 'open'
  const filter = {
    ...search.q,
    ...(data && { patientData: data }),
    ...(standing && { standing }),
    ...(isOpen && { withFindings: true }),
  }
  const pages = usePages(listSystems, { ...filter, limit: 50 })
  const counts = useRead(countSystems, {})
  const clear = () => {
    search.type('')
    set({ data: undefined, standing: undefined, findings: undefined }, { replace: true })
  }
  const choose = (name: string) => (value: string | null) => set({ [name]: value ?? undefined }, { replace: true })
  const isNarrowed = Object.keys(filter).length > 0
  return (
    <Page>
      <PageHead title={t('Systems')} says={counts.data === undefined ? ' ' : sayCounts(counts.data)} />
      <InventoryTabs />
      <Filters>
        <SearchField of={search} hint={t('A name it goes by')} />
        <Choice
          label={t('Patient data')}
          none={t('Any')}
          value={data}
          onChange={choose('data')}
          data={[
            { value: 'yes', label: t('Holds it') },
            { value: 'no', label: t('Holds none') },
            { value: 'not-known', label: t('Not known') },
          ]}
        />
        <Choice
          label={t('List of systems')}
          none={t('Any')}
          value={standing}
          onChange={choose('standing')}
          data={[
            { value: 'registered', label: t('On the list') },
            { value: 'seen', label: t('Only seen') },
          ]}
        />
        <Choice
          label={t('Findings')}
          none={t('Any')}
          value={isOpen ? 'open' : undefined}
          onChange={choose('findings')}
          data={[{ value: 'open', label: t('With open findings') }]}
        />
        {isNarrowed ? <ShowAll onClick={clear} /> : undefined}
      </Filters>
      <DataTable
        label={t('Systems')}
        pages={pages}
        columns={columns}
        keyOf={({ id }) => id}
        linkOf={({ id }) => `/systems/${id}`}
        lines={(system) => ({ title: system.name, detail: <InBrief of={system} /> })}
        empty={isNarrowed ? <NoneLikeThat onClear={clear} /> : <NoSystems />}
      />
    </Page>
  )
}

const columns: readonly Column<SystemListed>[] = [
  { head: t('System'), cell: (system) => <Named of={system} /> },
  { head: t('Patient data'), cell: ({ ephi }) => <YesNo value={ephi} />, width: '116px' },
  { head: t('Vendor'), cell: (system) => <Vendor of={system} />, width: '12%', from: 1200 },
  { head: t('Can get in'), cell: (system) => <CanGetIn of={system} />, width: '120px' },
  { head: t('No second factor'), cell: (system) => <NoSecondFactor of={system} />, width: '132px', from: 1000 },
  { head: t('Last backup'), cell: (system) => <LastBackup of={system} />, width: '144px' },
  { head: t('Restore tested'), cell: (system) => <Restore of={system} />, width: '120px', from: 1000 },
  {
    head: t('Findings'),
    cell: ({ findings }) => <span className={findings === 0 ? 'soft' : undefined}>{sayNumber(findings)}</span>,
    width: '76px',
    isNumber: true,
  },
]

function Named({ of: system }: { of: SystemListed }) {
  const beside = system.isOutOfUse ? t('out of use') : system.isRegistered ? undefined : t('only seen')
  return (
    <>
      {system.name} {beside === undefined ? undefined : <span className="beside">{beside}</span>}
    </>
  )
}

/** An agreement that is missing is marked only where patient data may be held. */
function Vendor({ of: { vendor, ephi } }: { of: SystemListed }) {
  if (vendor === null) return <NotKnown />
  const { name, agreement } = vendor
  if (ephi === false || agreement === null || isAgreed(agreement)) return name
  const word = (
    <>
      {name}
      <span className="only-read"> {agreements[agreement]}</span>
    </>
  )
  return <StatusMark status="failed" word={word} />
}

function CanGetIn({ of: { accounts } }: { of: SystemListed }) {
  if (accounts === null) return <NotKnown />
  return t('{count, plural, one {# account} other {# accounts}}', { count: accounts.enabled })
}

function NoSecondFactor({ of: { accounts } }: { of: SystemListed }) {
  if (accounts === null) return <NotKnown />
  const { withoutSecondFactor, secondFactorNotKnown } = accounts
  if (withoutSecondFactor > 0) {
    const word = t('{count, plural, one {# account} other {# accounts}}', { count: withoutSecondFactor })
    return <StatusMark status="failed" word={word} />
  }
  // Of none that it is known of, which is not "none".
  return secondFactorNotKnown > 0 ? <NotKnown /> : t('none')
}

function LastBackup({ of: { lastBackupAt, isBackupCurrent } }: { of: SystemListed }) {
  if (lastBackupAt !== null) return <Age at={lastBackupAt} />
  return isBackupCurrent ? <StatusMark status="failed" word={t('never')} /> : <NotKnown />
}

function Restore({ of: { restoreTestedOn, restorePassed } }: { of: SystemListed }) {
  if (restoreTestedOn === null) return <NotKnown />
  const day = <DayText day={restoreTestedOn} />
  return restorePassed === false ? <StatusMark status="failed" word={day} /> : day
}

function InBrief({ of: { ephi, accounts, findings } }: { of: SystemListed }) {
  const data = ephi === null ? t('patient data not known') : ephi ? t('holds patient data') : t('no patient data')
  const open = findings === 0 ? [] : [t('{count, plural, one {one finding} other {# findings}}', { count: findings })]
  const inside =
    accounts === null
      ? t('who can get in is not known')
      : t('{count, plural, one {one account} other {# accounts}}', { count: accounts.enabled })
  return [...open, data, inside].join(', ')
}

export function ShowAll({ onClick }: { onClick: () => void }) {
  return (
    <Button variant="subtle" leftSection={<IconX size={16} stroke={1.5} />} onClick={onClick}>
      {t('Show all')}
    </Button>
  )
}

export function Choice({
  label,
  none,
  value,
  onChange,
  data,
}: {
  label: string
  /** The word for no choice. */
  none: string
  value: string | undefined
  onChange: (value: string | null) => void
  data: readonly { readonly value: string; readonly label: string }[]
}) {
  return (
    <Select
      label={label}
      data={[{ value: '', label: none }, ...data]}
      value={value ?? ''}
      onChange={(chosen) => onChange(chosen === '' ? null : chosen)}
      allowDeselect={false}
      comboboxProps={{ transitionProps: { duration: 0 } }}
      className="list-choice"
    />
  )
}

function NoneLikeThat({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState title={t('No system is like that')} action={<Button onClick={onClear}>{t('Show all')}</Button>}>
      {t('Take a filter away, or search for another name.')}
    </EmptyState>
  )
}

function NoSystems() {
  return (
    <EmptyState
      title={t('No system is known yet')}
      action={
        <Button component={PageLink} to="/start" variant="filled">
          {t('Choose what to bring first')}
        </Button>
      }
    >
      {t(
        'Bring a list of accounts, and the system that they are in stands here. A list of systems says who owns each and whether it holds patient data.',
      )}
    </EmptyState>
  )
}
