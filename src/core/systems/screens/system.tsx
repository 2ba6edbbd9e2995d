/** One system: what is open, who can get in, what it holds, how it is backed up, whose product it is, and what tells so. */
import { useParams } from '@tanstack/react-router'
import { EvidenceFor } from '#core/evidence/screens/evidence-for.tsx'
import { usePages, useRead } from '#ui/data.ts'
import { Age, DayText, Fact, FactList } from '#ui/facts.tsx'
import { PageLink, useWords } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { EmptyState, Loading, Note } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { sayNumber } from '#ui/words.ts'
import { listSystemSoftware, showSystem } from '../contract.ts'
import { Accounts } from './accounts.tsx'
import { BackTo, PartTabs } from './inventory-tabs.tsx'
import { bringTo, MakeKnown, NotKnown, YesNo } from './known.tsx'
import { SoftwareTable, useSearch } from './software.tsx'
import { agreements, isAgreed, type SystemShown, sayHours, sayKind, saySystem } from './system-words.ts'
import { Basis, FindingsAbout, ToldBy } from './told.tsx'
import './systems.css'
import '#core/findings/screens/findings.css'

const parts = [
  { name: 'overview', word: t('In short') },
  { name: 'accounts', word: t('Who can get in') },
  { name: 'software', word: t('What runs there') },
  { name: 'sources', word: t('What sources say') },
] as const

export function SystemScreen() {
  const { system: word = '' } = useParams({ strict: false }) as { system?: string }
  const systemId = Number(word)
  const { words } = useWords()
  const part = parts.find(({ name }) => name === words.get('part'))?.name ?? 'overview'
  const read = useRead(showSystem, { systemId })
  return (
    <Page>
      {read.data === undefined ? <PageHead title={t('System')} /> : undefined}
      <Loading of={read}>
        {(shown) => (
          <div className="stack">
            <PageHead title={shown.system.name} says={saySystem(shown).join(' ')} />
            <BackTo to="/systems" word={t('All systems')} />
            <Standing of={shown} />
            <PartTabs label={t('About this system')} at={`/systems/${systemId}`} part={part} parts={parts} />
            {part === 'overview' ? <Overview of={shown} /> : undefined}
            {part === 'accounts' ? <Accounts systemId={systemId} /> : undefined}
            {part === 'software' ? <Software of={shown} /> : undefined}
            {part === 'sources' ? (
              <ToldBy told={shown.told} by={t('A list of systems tells what it is, who owns it and what it holds.')} />
            ) : undefined}
          </div>
        )}
      </Loading>
    </Page>
  )
}

/** Whether what is known of it can be relied upon, and if not, what to bring. */
function Standing({ of: { system } }: { of: SystemShown }) {
  if (system.isRegistered && system.isCurrent) return undefined
  return (
    <Note kind="warning">
      <p>
        <b>
          {system.isRegistered
            ? t('The list that names it is too old to speak.')
            : t('It was only seen: no list of systems names it.')}
        </b>
      </p>
      <p>
        {system.isRegistered
          ? t('What it holds, who owns it and whose product it is counts as not known until a newer list is brought.')
          : t('Its name stands in other lists, of accounts or backups. Who owns it and what it holds is not known.')}
      </p>
      <p>
        <PageLink to={bringTo}>{t('Bring a list of systems')}</PageLink>
      </p>
    </Note>
  )
}

function Overview({ of: shown }: { of: SystemShown }) {
  const { system } = shown
  return (
    <div className="told-all">
      <FindingsAbout findings={shown.openFindings} count={system.findings} />
      <div className="two-sides">
        <div className="told-all">
          <CanGetIn of={shown} />
          <Backup of={shown} />
        </div>
        <div className="told-all">
          <Data of={shown} />
          <Vendor of={shown} />
        </div>
      </div>
      {shown.backups.length > 1 ? <Jobs of={shown} /> : undefined}
      <Names of={shown} />
      <Section
        title={t('Evidence')}
        says={t('Files that support what is said of it: a contract, a test, a screenshot.')}
      >
        <EvidenceFor about={`system:${system.id}`} />
      </Section>
    </div>
  )
}

function CanGetIn({ of: { system, enabledAccounts, signInBy, mfaRequired } }: { of: SystemShown }) {
  const at = `/systems/${system.id}?part=accounts`
  const accounts = system.accounts
  if (accounts === null || enabledAccounts === null) {
    return (
      <Section title={t('Who can get in')}>
        <FactList>
          <Fact label={t('Accounts')}>
            <MakeKnown by={t('The user export of this system tells it.')} />
          </Fact>
        </FactList>
      </Section>
    )
  }
  return (
    <Section title={t('Who can get in')} aside={<PageLink to={at}>{t('See the accounts')}</PageLink>}>
      <FactList>
        <Fact label={t('Accounts that work')}>{sayNumber(accounts.enabled)}</Fact>
        {accounts.notKnown > 0 ? (
          <Fact label={t('May work or not')}>
            <StatusMark status="unknown" word={sayNumber(accounts.notKnown)} />
          </Fact>
        ) : undefined}
        <Fact label={t('Of people who left')}>
          {enabledAccounts.left === null ? (
            <MakeKnown by={t('A current staff list tells it.')} />
          ) : (
            <Counted count={enabledAccounts.left} to={`${at}&group=left`} isWrong />
          )}
        </Fact>
        <Fact label={t('Without second factor')}>
          {accounts.secondFactorNotKnown === accounts.enabled && accounts.enabled > 0 ? (
            <MakeKnown by={t('A registration report of your directory tells it.')} />
          ) : (
            <>
              <Counted count={accounts.withoutSecondFactor} to={`${at}&group=no-second-factor`} isWrong />
              {accounts.secondFactorNotKnown > 0 ? (
                <>
                  {' '}
                  <StatusMark
                    status="unknown"
                    word={t('of {count, number} it is not known', { count: accounts.secondFactorNotKnown })}
                  />
                </>
              ) : undefined}
            </>
          )}
        </Fact>
        <Fact label={t('May administer')}>
          {enabledAccounts.privileged === null ? (
            <NotKnown />
          ) : (
            <Counted count={enabledAccounts.privileged} to={`${at}&group=privileged`} />
          )}
        </Fact>
        <Fact label={t('Nobody’s')}>
          <Counted count={enabledAccounts.nobodys} to={`${at}&group=nobodys`} />
        </Fact>
        <Fact label={t('People sign in by')}>
          {signInBy ?? <span className="soft">{t('no directory is named')}</span>}
        </Fact>
        <Fact label={t('Asks for a second factor')}>
          <YesNo value={mfaRequired} {...(system.ephi === false ? {} : { wrong: false })} />
        </Fact>
      </FactList>
    </Section>
  )
}

function Counted({ count, to, isWrong }: { count: number; to: string; isWrong?: boolean }) {
  if (count === 0) return t('none')
  const link = <PageLink to={to}>{sayNumber(count)}</PageLink>
  return isWrong ? <StatusMark status="failed" word={link} /> : link
}

function Data({ of: shown }: { of: SystemShown }) {
  const { system } = shown
  const byList = t('A list of systems tells it.')
  return (
    <Section title={t('What it holds')}>
      <FactList>
        <Fact label={t('Patient data')}>
          {system.ephi === null ? <MakeKnown by={byList} /> : <YesNo value={system.ephi} />}
        </Fact>
        <Fact label={t('Encrypted where stored')}>
          <YesNo value={shown.encryptedAtRest} {...(system.ephi === false ? {} : { wrong: false })} />
        </Fact>
        <Fact label={t('Encrypted on the way')}>
          <YesNo value={shown.encryptedInTransit} {...(system.ephi === false ? {} : { wrong: false })} />
        </Fact>
        <Fact label={t('Keeps an audit log')}>
          <YesNo value={shown.auditLogging} {...(system.ephi === false ? {} : { wrong: false })} />
        </Fact>
        <Fact label={t('Kind')}>{sayKind(system.kind) ?? <NotKnown />}</Fact>
        <Fact label={t('Owner')}>{system.owner ?? <NotKnown />}</Fact>
        <Fact label={t('Criticality')}>{system.criticality ?? <NotKnown />}</Fact>
        <Fact label={t('Where it stands')}>{sayHosting(shown.hosting) ?? <NotKnown />}</Fact>
      </FactList>
    </Section>
  )
}

const hostings: Readonly<Record<string, string>> = {
  'on-premises': t('in your own house'),
  hosted: t('hosted by somebody else'),
  saas: t('in its vendor’s cloud'),
}

function sayHosting(hosting: string | null): string | undefined {
  return hosting === null ? undefined : (hostings[hosting] ?? hosting)
}

function Backup({ of: { system, backups } }: { of: SystemShown }) {
  const [first] = backups
  const isOne = backups.length === 1 && first?.isCurrent
  return (
    <Section title={t('Backup')}>
      <FactList>
        <Fact label={t('Last success')}>
          {system.lastBackupAt !== null ? (
            <Age at={system.lastBackupAt} />
          ) : system.isBackupCurrent ? (
            <StatusMark status="failed" word={t('no backup succeeded')} />
          ) : (
            <MakeKnown
              by={system.isBackupCurrent === null ? t('A backup report tells it.') : t('The backup report is too old.')}
            />
          )}
        </Fact>
        <Fact label={t('Restore tested')}>
          {system.restoreTestedOn === null ? (
            <MakeKnown by={t('A backup report with restore tests tells it.')} />
          ) : (
            <>
              <DayText day={system.restoreTestedOn} />{' '}
              {system.restorePassed === null ? undefined : system.restorePassed ? (
                <span className="soft">{t('it passed')}</span>
              ) : (
                <StatusMark status="failed" word={t('it did not pass')} />
              )}
            </>
          )}
        </Fact>
        {isOne ? (
          <>
            <Fact label={t('Encrypted')}>
              <YesNo value={first.encrypted} wrong={false} />
            </Fact>
            <Fact label={t('Off site')}>
              <YesNo value={first.offsite} />
            </Fact>
            <Fact label={t('Cannot be changed')}>
              <YesNo value={first.immutable} />
            </Fact>
            <Fact label={t('Known from')}>
              {first.source} <Basis of={first} />
            </Fact>
          </>
        ) : undefined}
        <Fact label={t('May lose at most')}>{system.rpoHours === null ? <NotKnown /> : sayHours(system.rpoHours)}</Fact>
        <Fact label={t('Must be back within')}>
          {system.rtoHours === null ? <NotKnown /> : sayHours(system.rtoHours)}
        </Fact>
      </FactList>
    </Section>
  )
}

function Jobs({ of: { backups } }: { of: SystemShown }) {
  return (
    <Section title={t('Its backup jobs')}>
      <div className="two-sides">
        {backups.map((job) => (
          <div key={`${job.source} ${job.job}`}>
            <h3>{job.job ?? t('A job without a name')}</h3>
            <p className="soft">
              {job.source} <Basis of={job} />
            </p>
            <FactList>
              <Fact label={t('Last success')}>
                {job.lastSuccessAt === null ? <NotKnown /> : <Age at={job.lastSuccessAt} />}
              </Fact>
              <Fact label={t('Restore tested')}>
                {job.restoreTestedOn === null ? <NotKnown /> : <DayText day={job.restoreTestedOn} />}
              </Fact>
              <Fact label={t('Encrypted')}>
                <YesNo value={job.encrypted} wrong={false} />
              </Fact>
              <Fact label={t('Off site')}>
                <YesNo value={job.offsite} />
              </Fact>
              <Fact label={t('Cannot be changed')}>
                <YesNo value={job.immutable} />
              </Fact>
            </FactList>
          </div>
        ))}
      </div>
    </Section>
  )
}

function Vendor({ of: { system, vendor } }: { of: SystemShown }) {
  if (vendor === null) {
    return (
      <Section title={t('Vendor')}>
        <FactList>
          <Fact label={t('Name')}>
            <MakeKnown by={t('A list of systems tells it.')} />
          </Fact>
        </FactList>
      </Section>
    )
  }
  const { agreement } = vendor
  const needs = system.ephi !== false
  return (
    <Section title={t('Vendor')}>
      <FactList>
        <Fact label={t('Name')}>{vendor.name}</Fact>
        <Fact label={t('Agreement')}>
          {agreement === null ? (
            <MakeKnown
              by={
                vendor.told.length > 0 && !vendor.isCurrent
                  ? t('The list of vendors is too old.')
                  : t('A list of vendors tells it.')
              }
            />
          ) : needs && !isAgreed(agreement) ? (
            <StatusMark status="failed" word={agreements[agreement]} />
          ) : (
            agreements[agreement]
          )}
        </Fact>
        <Fact label={t('Signed on')}>
          {vendor.agreementSignedOn === null ? <NotKnown /> : <DayText day={vendor.agreementSignedOn} />}
        </Fact>
        <Fact label={t('Runs until')}>
          {vendor.agreementExpiresOn === null ? (
            <span className="soft">{t('no end is named')}</span>
          ) : (
            <DayText day={vendor.agreementExpiresOn} isDue />
          )}
        </Fact>
        <Fact label={t('Last assessed')}>
          {vendor.assessedOn === null ? <NotKnown /> : <DayText day={vendor.assessedOn} />}
        </Fact>
        {vendor.told.map((one) => (
          <Fact key={`${one.sourceId} ${one.line}`} label={t('Known from')}>
            <PageLink to={`/sources/${one.sourceId}`}>{one.source}</PageLink> <Basis of={one} />
          </Fact>
        ))}
      </FactList>
    </Section>
  )
}

function Names({ of: { names, devices } }: { of: SystemShown }) {
  return (
    <div className="two-sides">
      {names.length > 1 ? (
        <Section title={t('Names it goes by')}>
          <ul className="names">
            {names.map(({ name, isDoubtful }) => (
              <li key={name}>
                {name} {isDoubtful ? <PageLink to="/questions">{t('Is that another system?')}</PageLink> : undefined}
              </li>
            ))}
          </ul>
        </Section>
      ) : undefined}
      {devices.length > 0 ? (
        <Section title={t('Devices of that name')}>
          <ul className="names">
            {devices.map(({ id, name }) => (
              <li key={id}>
                <PageLink to={`/devices/${id}`}>{name}</PageLink>
              </li>
            ))}
          </ul>
        </Section>
      ) : undefined}
    </div>
  )
}

function Software({ of: { system } }: { of: SystemShown }) {
  const search = useSearch()
  const pages = usePages(listSystemSoftware, { systemId: system.id, ...search.q, limit: 100 })
  return (
    <SoftwareTable
      search={search}
      pages={pages}
      empty={
        <EmptyState title={t('What runs there is not known')}>
          <MakeKnown by={t('A software inventory (SBOM) that names this system tells it; its vendor has one.')} />
        </EmptyState>
      }
    />
  )
}
