/** Every device: what it runs, how it is kept, who uses it, and what is open about it. */
import { Button } from '@mantine/core'
import { InventoryTabs } from '#core/systems/screens/inventory-tabs.tsx'
import { NotKnown, YesNo } from '#core/systems/screens/known.tsx'
import { SearchField, useSearch } from '#core/systems/screens/software.tsx'
import { Choice, ShowAll } from '#core/systems/screens/systems.tsx'
import { useRead } from '#ui/data.ts'
import { Age, DayText } from '#ui/facts.tsx'
import { PageLink, useWords } from '#ui/link.tsx'
import { useLongList } from '#ui/long-list.ts'
import { Filters, Page, PageHead } from '#ui/page.tsx'
import { EmptyState } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { type Column, DataTable } from '#ui/table.tsx'
import { sayNumber } from '#ui/words.ts'
import { countDevices, listDevices } from '../contract.ts'
import { type DeviceListed, type Kind, kinds, sayCounts, sayKind } from './device-words.ts'

const groups = ['unsupported', 'not-encrypted', 'not-seen', 'with-findings'] as const

export function DevicesScreen() {
  const { words, set } = useWords()
  const search = useSearch()
  const kind = (Object.keys(kinds) as Kind[]).find((one) => one === words.get('kind'))
  const group = groups.find((one) => one === words.get('group'))
  const filter = { ...search.q, ...(kind && { kind }), ...(group && { group }) }
  const pages = useLongList(listDevices, filter)
  const counts = useRead(countDevices, {})
  const isNarrowed = Object.keys(filter).length > 0
  const clear = () => {
    search.type('')
    set({ kind: undefined, group: undefined }, { replace: true })
  }
  const choose = (name: string) => (value: string | null) => set({ [name]: value ?? undefined }, { replace: true })
  return (
    <Page>
      <PageHead title={t('Devices')} says={counts.data === undefined ? ' ' : sayCounts(counts.data)} />
      <InventoryTabs />
      <Filters>
        <SearchField of={search} hint={t('Name, serial number or user')} />
        <Choice
          label={t('Kind')}
          none={t('Any')}
          value={kind}
          onChange={choose('kind')}
          data={Object.entries(kinds).map(([value, label]) => ({ value, label }))}
        />
        <Choice
          label={t('What to look at')}
          none={t('All')}
          value={group}
          onChange={choose('group')}
          data={[
            { value: 'unsupported', label: t('No security updates') },
            { value: 'not-encrypted', label: t('Not encrypted') },
            { value: 'not-seen', label: t('Not seen for 30 days') },
            { value: 'with-findings', label: t('With open findings') },
          ]}
        />
        {isNarrowed ? <ShowAll onClick={clear} /> : undefined}
      </Filters>
      <DataTable
        label={t('Devices')}
        pages={pages}
        columns={columns}
        keyOf={({ id }) => id}
        linkOf={({ id }) => `/devices/${id}`}
        lines={(device) => ({ title: device.name, detail: <InBrief of={device} /> })}
        empty={isNarrowed ? <NoneLikeThat onClear={clear} /> : <NoDevices />}
      />
    </Page>
  )
}

const columns: readonly Column<DeviceListed>[] = [
  { head: t('Device'), cell: (device) => <Named of={device} /> },
  { head: t('Kind'), cell: ({ kind }) => sayKind(kind) ?? <NotKnown />, width: '112px', from: 1000 },
  { head: t('Runs'), cell: (device) => <Runs of={device} />, width: '19%' },
  { head: t('Encrypted'), cell: (device) => <Encrypted of={device} />, width: '120px' },
  { head: t('Protected'), cell: (device) => <Protected of={device} />, width: '120px', from: 1000 },
  { head: t('Last seen'), cell: (device) => <LastSeen of={device} />, width: '128px' },
  { head: t('Who uses it'), cell: (device) => <User of={device} />, width: '13%', from: 1200 },
  {
    head: t('Findings'),
    cell: ({ findings }) => <span className={findings === 0 ? 'soft' : undefined}>{sayNumber(findings)}</span>,
    width: '76px',
    isNumber: true,
  },
]

/** No is marked where it is a fault, and only there: of a printer nobody asks it. */
export function Encrypted({ of: { encrypted, faults } }: { of: DeviceListed }) {
  return <YesNo value={encrypted} {...(faults.includes('not-encrypted') && { wrong: false })} />
}

export function Protected({ of: device }: { of: DeviceListed }) {
  return <YesNo value={device.protected} {...(device.faults.includes('not-protected') && { wrong: false })} />
}

function Named({ of: { name, isLost, isOutOfUse } }: { of: DeviceListed }) {
  const beside = isLost ? t('lost') : isOutOfUse ? t('out of use') : undefined
  return (
    <>
      {name} {beside === undefined ? undefined : <span className="beside">{beside}</span>}
    </>
  )
}

function Runs({ of: { operatingSystem, faults } }: { of: DeviceListed }) {
  if (operatingSystem === null) return <NotKnown />
  if (!faults.includes('unsupported')) return operatingSystem
  const word = (
    <>
      {operatingSystem}
      <span className="only-read"> {t('It gets no security updates any more.')}</span>
    </>
  )
  return <StatusMark status="failed" word={word} />
}

export function LastSeen({ of: { lastSeenAt, faults } }: { of: DeviceListed }) {
  if (lastSeenAt === null) return <NotKnown />
  const age = <Age at={lastSeenAt} />
  return faults.includes('not-seen') ? <StatusMark status="failed" word={age} /> : age
}

export function User({ of: { user } }: { of: Pick<DeviceListed, 'user'> }) {
  if (user === null) return <NotKnown />
  return user.personId === null ? user.name : <PageLink to={`/people/${user.personId}`}>{user.name}</PageLink>
}

function InBrief({ of: device }: { of: DeviceListed }) {
  const wrong = [
    ...(device.faults.includes('unsupported') ? [t('no security updates')] : []),
    ...(device.faults.includes('not-encrypted') ? [t('not encrypted')] : []),
  ]
  return (
    <>
      {[sayKind(device.kind) ?? t('kind not known'), ...wrong].join(', ')}
      {device.lastSeenAt === null ? undefined : (
        <>
          {' · '}
          <Age at={device.lastSeenAt} word={t('seen')} />
        </>
      )}
    </>
  )
}

export function Until({ of: { isSupported, supportedUntil, faults } }: { of: DeviceListed }) {
  if (supportedUntil !== null) {
    const day = <DayText day={supportedUntil} />
    return faults.includes('unsupported') ? <StatusMark status="failed" word={day} /> : day
  }
  return isSupported ? t('its maker still updates it') : <NotKnown />
}

function NoneLikeThat({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState title={t('No device is like that')} action={<Button onClick={onClear}>{t('Show all')}</Button>}>
      {t('As far as current inventories tell. What they do not tell is not counted here.')}
    </EmptyState>
  )
}

function NoDevices() {
  return (
    <EmptyState
      title={t('No device is known yet')}
      action={
        <Button component={PageLink} to="/start" variant="filled">
          {t('Choose what to bring first')}
        </Button>
      }
    >
      {t(
        'Bring the device list of your management tool, or of whoever keeps an inventory; your devices stand here then.',
      )}
    </EmptyState>
  )
}
