/** Accesses as a table, the newest or the first on top as they are given: when, who or whose record, what, from where, why. */
import type { ReactNode } from 'react'
import type { Pages } from '#ui/data.ts'
import { t } from '#ui/t.ts'
import { type Column, DataTable } from '#ui/table.tsx'
import { useViewer } from '#ui/viewer.tsx'
import { type AccessShown, sayDeed, sayWhen, sayWhere, sayWhy } from './trail-words.ts'
import './trail.css'

export function Accesses({
  label,
  pages,
  by,
  empty,
}: {
  label: string
  pages: Pages<AccessShown>
  /** Of a patient, who it was is shown; of a person, whose record; of a case, both. */
  by: 'patient' | 'person' | 'case'
  empty: ReactNode
}) {
  const { timeZone } = useViewer()
  const when = ({ at }: AccessShown) => <time dateTime={at}>{sayWhen(at, timeZone)}</time>
  const columns: Column<AccessShown>[] = [
    { head: t('When'), cell: when, width: '164px' },
    ...(by === 'person' ? [] : [{ head: t('Who'), cell: (one: AccessShown) => <Who of={one} />, width: '180px' }]),
    ...(by === 'patient'
      ? []
      : [{ head: t('Whose record'), cell: ({ patient }: AccessShown) => patient || t('nobody’s'), width: '140px' }]),
    { head: t('What'), cell: (one) => <Cut text={sayDeed(one)} /> },
    ...(by === 'case'
      ? []
      : [
          {
            head: t('From where'),
            cell: (one: AccessShown) => <Cut text={sayWhere(one)} />,
            width: '16%',
            from: 1200 as const,
          },
        ]),
    { head: t('Why'), cell: (one) => <Why of={one} />, width: by === 'case' ? '26%' : '34%' },
  ]
  return (
    <DataTable
      label={label}
      pages={pages}
      columns={columns}
      keyOf={({ seq }) => seq}
      lines={(one) => ({
        title: (
          <>
            {by === 'person' ? one.patient || t('Nobody’s record') : one.person}, {sayDeed(one)}
          </>
        ),
        detail: (
          <>
            {when(one)} · <Why of={one} />
          </>
        ),
      })}
      empty={empty}
    />
  )
}

function Who({ of: { person, user } }: { of: AccessShown }) {
  return person === user ? (
    <Cut text={user} />
  ) : (
    <span title={`${person} (${user})`}>
      {person} <span className="soft">{user}</span>
    </span>
  )
}

/** What has no reason stands out by a word and a shape, not by colour alone. */
function Why({ of: access }: { of: AccessShown }) {
  const says = sayWhy(access)
  return (
    <span className="trail-why" data-explained={access.isExplained || undefined} title={says}>
      {says}
    </span>
  )
}

function Cut({ text }: { text: string }) {
  return <span title={text}>{text}</span>
}
