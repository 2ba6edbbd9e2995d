/** One device: what is open, what is known of it and by whom, its software, and what happened to it. */
import { useParams } from '@tanstack/react-router'
import { BackTo, PartTabs } from '#core/systems/screens/inventory-tabs.tsx'
import { bringTo, MakeKnown, NotKnown, YesNo } from '#core/systems/screens/known.tsx'
import { SoftwareTable, useSearch } from '#core/systems/screens/software.tsx'
import { FindingsAbout, ToldBy } from '#core/systems/screens/told.tsx'
import { usePages, useRead } from '#ui/data.ts'
import { Age, Fact, FactList } from '#ui/facts.tsx'
import { PageLink, useWords } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { EmptyState, Loading, Note } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { sayNumber } from '#ui/words.ts'
import { listDeviceSoftware, showDevice } from '../contract.ts'
import { type DeviceShown, sayDevice, sayHappened, sayKind } from './device-words.ts'
import { Encrypted, LastSeen, Protected, Until, User } from './devices.tsx'
import '#core/findings/screens/findings.css'

const parts = [
  { name: 'overview', word: t('In short') },
  { name: 'software', word: t('Software') },
  { name: 'sources', word: t('What sources say') },
  { name: 'history', word: t('What happened') },
] as const

export function DeviceScreen() {
  const { device: word = '' } = useParams({ strict: false }) as { device?: string }
  const deviceId = Number(word)
  const { words } = useWords()
  const part = parts.find(({ name }) => name === words.get('part'))?.name ?? 'overview'
  const read = useRead(showDevice, { deviceId })
  return (
    <Page>
      {read.data === undefined ? <PageHead title={t('Device')} /> : undefined}
      <Loading of={read}>
        {(shown) => (
          <div className="stack">
            <PageHead title={shown.device.name} says={sayDevice(shown)} />
            <BackTo to="/devices" word={t('All devices')} />
            {shown.device.isCurrent ? undefined : <Lapsed of={shown} />}
            <PartTabs label={t('About this device')} at={`/devices/${deviceId}`} part={part} parts={parts} />
            {part === 'overview' ? <Overview of={shown} /> : undefined}
            {part === 'software' ? <Software of={shown} /> : undefined}
            {part === 'sources' ? (
              <ToldBy told={shown.told} by={t('A device inventory tells what it is and how it is kept.')} />
            ) : undefined}
            {part === 'history' ? <Happened of={shown} /> : undefined}
          </div>
        )}
      </Loading>
    </Page>
  )
}

function Lapsed({ of: { told } }: { of: DeviceShown }) {
  return (
    <Note kind="warning">
      <p>
        <b>{told.length === 0 ? t('No list names it any more.') : t('The list that names it is too old to speak.')}</b>
      </p>
      <p>{t('How it is kept counts as not known until a newer inventory names it.')}</p>
      <p>
        <PageLink to={bringTo}>{t('Bring a device inventory')}</PageLink>
      </p>
    </Note>
  )
}

function Overview({ of: shown }: { of: DeviceShown }) {
  const { device, serial, software } = shown
  const byInventory = t('A device inventory tells it.')
  return (
    <div className="told-all">
      <FindingsAbout findings={shown.openFindings} count={device.findings} />
      <div className="two-sides">
        <Section title={t('How it is kept')}>
          <FactList>
            <Fact label={t('Runs')}>{device.operatingSystem ?? <MakeKnown by={byInventory} />}</Fact>
            <Fact label={t('Security updates until')}>
              <Until of={device} />
            </Fact>
            <Fact label={t('Encrypted')}>
              {device.encrypted === null ? <MakeKnown by={byInventory} /> : <Encrypted of={device} />}
            </Fact>
            <Fact label={t('Protected from malware')}>
              {device.protected === null ? <MakeKnown by={byInventory} /> : <Protected of={device} />}
            </Fact>
            <Fact label={t('Managed')}>
              <YesNo value={device.managed} />
            </Fact>
            <Fact label={t('Last seen')}>
              {device.lastSeenAt === null ? <MakeKnown by={byInventory} /> : <LastSeen of={device} />}
            </Fact>
          </FactList>
        </Section>
        <Section title={t('What it is')}>
          <FactList>
            <Fact label={t('Kind')}>{sayKind(device.kind) ?? <NotKnown />}</Fact>
            <Fact label={t('Maker and model')}>{device.model ?? <NotKnown />}</Fact>
            <Fact label={t('Serial number')}>
              {serial === null ? <NotKnown /> : <span className="mono">{serial}</span>}
            </Fact>
            <Fact label={t('Who uses it')}>
              <User of={device} />
            </Fact>
            <Fact label={t('Patient data')}>
              <YesNo value={device.ephi} />
            </Fact>
            <Fact label={t('Software')}>
              {software.isCurrent === null ? (
                <MakeKnown by={t('A software inventory tells it.')} />
              ) : (
                <PageLink to={`/devices/${device.id}?part=software`}>
                  {t('{count, plural, one {# piece} other {# pieces}}', { count: software.pieces })}
                </PageLink>
              )}
            </Fact>
          </FactList>
        </Section>
      </div>
    </div>
  )
}

function Software({ of: { device, software } }: { of: DeviceShown }) {
  const search = useSearch()
  const pages = usePages(listDeviceSoftware, { deviceId: device.id, ...search.q, limit: 100 })
  return (
    <>
      {software.isCurrent === false ? (
        <Note kind="warning">
          <p>{t('The inventory that tells of its software is too old to speak.')}</p>
          <p>
            <PageLink to={bringTo}>{t('Bring a software inventory')}</PageLink>
          </p>
        </Note>
      ) : undefined}
      <SoftwareTable
        search={search}
        pages={pages}
        empty={
          <EmptyState title={t('What is installed on it is not known')}>
            <MakeKnown by={t('A software inventory of your management tool, osquery or an SBOM tells it.')} />
          </EmptyState>
        }
      />
    </>
  )
}

function Happened({ of: { events } }: { of: DeviceShown }) {
  if (events.length === 0) return <p className="soft">{t('Nothing is noted.')}</p>
  return (
    <>
      <ul className="happened">
        {events.map((event) => (
          <li key={`${event.at} ${event.kind} ${event.what}`}>
            <Age at={event.at} />
            {event.findingId === null ? (
              <span>{sayHappened(event)}</span>
            ) : (
              <PageLink to={`/findings?finding=${event.findingId}`}>{sayHappened(event)}</PageLink>
            )}
          </li>
        ))}
      </ul>
      {events.length === 100 ? (
        <p className="soft">{t('The newest {count} are shown.', { count: sayNumber(events.length) })}</p>
      ) : undefined}
    </>
  )
}
