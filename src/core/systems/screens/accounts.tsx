/** Who can get in: the accounts of a system, and whose they are. */
import { usePages } from '#ui/data.ts'
import { Age } from '#ui/facts.tsx'
import { PageLink, useWords } from '#ui/link.tsx'
import { Filters } from '#ui/page.tsx'
import { EmptyState } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { type Column, DataTable } from '#ui/table.tsx'
import { listSystemAccounts } from '../contract.ts'
import { MakeKnown, NotKnown, YesNo } from './known.tsx'
import { SearchField, useSearch } from './software.tsx'
import type { AccountListed } from './system-words.ts'
import { Choice, ShowAll } from './systems.tsx'

const groups = ['left', 'privileged', 'nobodys', 'no-second-factor'] as const

export function Accounts({ systemId }: { systemId: number }) {
  const { words, set } = useWords()
  const search = useSearch()
  const group = groups.find((one) => one === words.get('group'))
  const pages = usePages(listSystemAccounts, { systemId, ...(group && { group }), ...search.q, limit: 100 })
  const isNarrowed = group !== undefined || search.q.q !== undefined
  const clear = () => {
    search.type('')
    set({ group: undefined }, { replace: true })
  }
  return (
    <>
      <Filters>
        <SearchField of={search} hint={t('A user name or a name')} />
        <Choice
          label={t('Which')}
          none={t('All')}
          value={group}
          onChange={(value) => set({ group: value ?? undefined }, { replace: true })}
          data={[
            { value: 'left', label: t('Of people who have left') },
            { value: 'privileged', label: t('That may administer') },
            { value: 'nobodys', label: t('Nobody’s') },
            { value: 'no-second-factor', label: t('Without a second factor') },
          ]}
        />
        {isNarrowed ? <ShowAll onClick={clear} /> : undefined}
      </Filters>
      <DataTable
        label={t('Accounts')}
        pages={pages}
        columns={columns}
        keyOf={({ id }) => id}
        lines={(account) => ({
          title: account.username,
          detail: (
            <>
              <Whose of={account} /> <span className="soft">{sayWorks(account)}</span>
            </>
          ),
        })}
        empty={isNarrowed ? <NoneLikeThat /> : <NoAccounts />}
      />
    </>
  )
}

const columns: readonly Column<AccountListed>[] = [
  { head: t('Account'), cell: ({ username }) => username },
  { head: t('Whose'), cell: (account) => <Whose of={account} />, width: '26%' },
  { head: t('Works'), cell: (account) => <Works of={account} />, width: '120px' },
  { head: t('Administers'), cell: ({ privileged }) => <YesNo value={privileged} />, width: '120px', from: 1000 },
  { head: t('Last used'), cell: (account) => <LastUsed of={account} />, width: '144px' },
  {
    head: t('Second factor'),
    cell: ({ secondFactor, enabled }) => (
      <YesNo value={secondFactor} {...(enabled === false ? {} : { wrong: false })} />
    ),
    width: '120px',
  },
]

function Whose({ of: { person, isInQuestion, loginClass, displayName } }: { of: AccountListed }) {
  if (person !== null) {
    const name = person.name ?? displayName ?? t('somebody without a name on the list')
    return (
      <>
        <PageLink to={`/people/${person.id}`}>{name}</PageLink>{' '}
        {person.isAnswering ? <span className="soft">{t('answers for it')} </span> : undefined}
        {person.hasLeft ? <StatusMark status="failed" word={t('has left')} /> : undefined}
      </>
    )
  }
  if (isInQuestion) return <PageLink to="/questions">{t('Vigil asks whose it is')}</PageLink>
  const what =
    loginClass === null || loginClass === 'person'
      ? t('nobody’s')
      : loginClass === 'service'
        ? t('a program’s')
        : t('shared or for a purpose')
  return <span className="soft">{displayName === null ? what : `${displayName}, ${what}`}</span>
}

function Works({ of: { enabled, isCurrent, person } }: { of: AccountListed }) {
  if (!isCurrent || enabled === null) return <NotKnown />
  return <YesNo value={enabled} {...(person?.hasLeft && !person.isAnswering ? { wrong: true } : {})} />
}

function sayWorks({ enabled }: AccountListed): string {
  if (enabled === null) return t('not known whether it works')
  return enabled ? t('works') : t('does not work')
}

function LastUsed({ of: { lastUsedAt, neverUsed } }: { of: AccountListed }) {
  if (lastUsedAt !== null) return <Age at={lastUsedAt} />
  return neverUsed ? t('never') : <NotKnown />
}

function NoneLikeThat() {
  return (
    <EmptyState title={t('No account is like that')}>
      {t('As far as current lists tell. What they do not tell is not counted here.')}
    </EmptyState>
  )
}

function NoAccounts() {
  return (
    <EmptyState title={t('Who can get in is not known')}>
      <MakeKnown by={t('The user export of this system tells it.')} />
    </EmptyState>
  )
}
