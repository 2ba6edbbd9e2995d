/** Software by name: on a device, or in a system. */
import { TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { type ReactNode, useState } from 'react'
import type { Pages } from '#ui/data.ts'
import { Age, DayText } from '#ui/facts.tsx'
import { Filters } from '#ui/page.tsx'
import { EmptyState } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { type Column, DataTable } from '#ui/table.tsx'
import { NotKnown } from './known.tsx'
import { approvals, type PieceListed } from './system-words.ts'
import './systems.css'

/** The words of a search, which wait for the end of typing; they may name a person, so they stand in no address. */
export function useSearch(): {
  readonly typed: string
  readonly type: (words: string) => void
  readonly q: { q?: string }
} {
  const [typed, type] = useState('')
  const [settled] = useDebouncedValue(typed.trim(), 250)
  const words = typed.trim() === '' ? '' : settled
  return { typed, type, q: words === '' ? {} : { q: words } }
}

export function SearchField({ of: { typed, type }, hint }: { of: ReturnType<typeof useSearch>; hint: string }) {
  return (
    <TextInput
      label={t('Search')}
      placeholder={hint}
      type="search"
      maxLength={100}
      value={typed}
      onChange={(event) => type(event.currentTarget.value)}
      className="list-search"
    />
  )
}

export function SoftwareTable({
  search,
  pages,
  empty,
}: {
  search: ReturnType<typeof useSearch>
  pages: Pages<PieceListed>
  empty: ReactNode
}) {
  const columns: Column<PieceListed>[] = [
    { head: t('Software'), cell: ({ name }) => name },
    { head: t('Version'), cell: ({ version }) => version ?? <NotKnown />, width: '18%' },
    { head: t('Approved'), cell: (piece) => <Approval of={piece} />, width: '176px' },
    {
      head: t('Installed'),
      cell: ({ installedOn }) =>
        installedOn === null ? <span className="soft">{t('not known')}</span> : <DayText day={installedOn} />,
      width: '128px',
      from: 1200,
    },
    { head: t('Seen'), cell: (piece) => <Seen of={piece} />, width: '136px', from: 1000 },
  ]
  return (
    <>
      <Filters>
        <SearchField of={search} hint={t('A program or its publisher')} />
      </Filters>
      <DataTable
        label={t('Software')}
        pages={pages}
        columns={columns}
        keyOf={({ id }) => id}
        lines={(piece) => ({
          title: piece.name,
          detail: (
            <>
              {piece.version ?? t('version not known')} <Approval of={piece} />
            </>
          ),
        })}
        empty={
          search.q.q === undefined ? (
            empty
          ) : (
            <EmptyState title={t('No software is like that')}>{t('Search for another word.')}</EmptyState>
          )
        }
      />
    </>
  )
}

function Seen({ of: { isCurrent, collectedAt } }: { of: PieceListed }) {
  return isCurrent ? <Age at={collectedAt} /> : <StatusMark status="unknown" word={t('too old to speak')} />
}

/** That it was approved needs no mark: what is marked is what somebody must decide. */
function Approval({ of: { approval } }: { of: PieceListed }) {
  const word = approvals[approval]
  if (approval === 'part') return <span className="soft">{word}</span>
  if (approval === 'approved') return word
  return <StatusMark status={approval === 'not-known' ? 'unknown' : 'failed'} word={word} />
}
