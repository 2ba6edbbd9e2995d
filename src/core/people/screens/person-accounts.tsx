/** Where a person gets in: every account with what is known of it, by which sign it is theirs, and which list tells. */
import { list as listSources } from '#core/intake/contract.ts'
import { Age } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { Section } from '#ui/page.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { type AccountShown, ownAccounts, type PersonShown, sayLink } from './person-words.ts'

export function Accounts({ of: person }: { of: PersonShown }) {
  const own = ownAccounts(person)
  const answered = person.accounts.filter(({ link }) => link === 'named')
  return (
    <>
      <Section title={t('Accounts')}>
        {own.length === 0 ? (
          <p className="soft">{t('No list names an account of this person. An export of the accounts would tell.')}</p>
        ) : (
          <Listed accounts={own} hasLeft={person.standing === 'left'} />
        )}
      </Section>
      {answered.length === 0 ? undefined : (
        <Section
          title={t('Accounts answered for')}
          says={t('They are not this person’s own: services, shared sign-ins.')}
        >
          <Listed accounts={answered} hasLeft={false} />
        </Section>
      )}
    </>
  )
}

function Listed({ accounts, hasLeft }: { accounts: readonly AccountShown[]; hasLeft: boolean }) {
  return (
    <ul className="person-things">
      {accounts.map((account) => (
        <li key={account.accountId}>
          <div className="person-pair">
            <span>
              <b>{account.system}</b> {account.username}
            </span>
            <Works of={account} hasLeft={hasLeft} />
          </div>
          <div className="person-small">
            <span>{sayLink(account)}</span>
            {account.privileged ? <span>{t('privileged')}</span> : undefined}
            <Used of={account} />
            <Factor of={account} />
            <Told of={account} />
          </div>
        </li>
      ))}
    </ul>
  )
}

function Works({ of: { enabled }, hasLeft }: { of: AccountShown; hasLeft: boolean }) {
  if (enabled === null) return <StatusMark status="unknown" word={t('not known whether it works')} />
  if (!enabled) return <span className="soft">{t('closed')}</span>
  return hasLeft ? <StatusMark status="failed" word={t('still works')} /> : <span>{t('works')}</span>
}

function Used({ of: { lastUsedAt, neverUsed } }: { of: AccountShown }) {
  if (lastUsedAt !== null) return <Age at={lastUsedAt} word={t('used')} />
  return <span>{neverUsed ? t('never used') : t('not known when it was used')}</span>
}

/** A closed account needs no second factor. */
function Factor({ of: { enabled, secondFactor, secondFactorBasis } }: { of: AccountShown }) {
  if (enabled === false) return undefined
  if (secondFactor === null) return <StatusMark status="unknown" word={t('second factor not known')} />
  if (!secondFactor) return <StatusMark status="failed" word={t('no second factor')} />
  return (
    <StatusMark
      status={secondFactorBasis === 'measured' ? 'proved' : 'attested'}
      word={t('second factor registered')}
    />
  )
}

/** Which list tells of it, how old it is, and whether it still speaks. */
function Told({ of: { sources } }: { of: AccountShown }) {
  const may = useMay()
  return sources.map(({ sourceId, name, basis, collectedAt, isCurrent }) => (
    <span key={sourceId}>
      {may(listSources) ? <PageLink to={`/sources/${sourceId}`}>{name}</PageLink> : name},{' '}
      {basis === 'measured' ? t('measured') : t('stated')} {collectedAt === null ? undefined : <Age at={collectedAt} />}
      {isCurrent ? '' : `, ${t('lapsed')}`}
    </span>
  ))
}
