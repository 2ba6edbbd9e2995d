/**
 * Accesses as a table, the newest or the first on top as they are given: when, who or whose record, what, from where, why. Each
 * opens to all that is known of it, down to its place in the trail.
 */
import type { ReactNode } from 'react'
import type { Pages } from '#ui/data.ts'
import { Fact, FactList } from '#ui/facts.tsx'
import type { LongList } from '#ui/long-list.ts'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { t } from '#ui/t.ts'
import { type Column, DataTable } from '#ui/table.tsx'
import { useViewer } from '#ui/viewer.tsx'
import { sayMoment, sayNumber } from '#ui/words.ts'
import { type AccessShown, sayDeed, sayPatient, sayWhen, sayWhere, sayWhy } from './trail-words.ts'
import './trail.css'

export function Accesses({
  label,
  pages,
  by,
  empty,
}: {
  label: string
  pages: Pages<AccessShown> | LongList<AccessShown>
  /** Of a patient, who it was is shown; of a person, whose record; of a case, both. */
  by: 'patient' | 'person' | 'case'
  empty: ReactNode
}) {
  const { timeZone } = useViewer()
  const panel = usePanel('access')
  const chosen = pages.items.find(({ seq }) => String(seq) === panel.value)
  // What is the same of all of them says nothing in a row.
  const isOne = (of: (one: AccessShown) => string) => by === 'case' && new Set(pages.items.map(of)).size <= 1
  const [isOfOnePerson, isOfOnePatient] = [isOne(({ user }) => user), isOne(({ patient }) => patient)]
  const when = ({ at }: AccessShown) => <time dateTime={at}>{sayWhen(at, timeZone)}</time>
  const columns: Column<AccessShown>[] = [
    { head: t('When'), cell: when, width: '160px' },
    ...(by === 'person' || isOfOnePerson
      ? []
      : [{ head: t('Who'), cell: (one: AccessShown) => <Who of={one} />, width: '18%' }]),
    ...(by === 'patient' || isOfOnePatient
      ? []
      : [{ head: t('Whose record'), cell: (one: AccessShown) => <Cut text={sayPatient(one)} />, width: '13%' }]),
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
    { head: t('Why'), cell: (one) => <Why of={one} />, width: by === 'case' ? '26%' : '28%' },
  ]
  return (
    <>
      <DataTable
        label={label}
        pages={pages}
        columns={columns}
        keyOf={({ seq }) => seq}
        linkOf={({ seq }) => panel.addressOf(seq)}
        chosen={panel.value}
        lines={(one) => ({
          title: isOfOnePerson
            ? sayDeed(one)
            : t('{who}: {deed}', { who: by === 'person' ? sayPatient(one) : one.person, deed: sayDeed(one) }),
          detail: (
            <>
              {when(one)} · <Why of={one} />
            </>
          ),
        })}
        empty={empty}
      />
      <SidePanel isOpen={chosen !== undefined} onClose={panel.close} title={chosen ? sayDeed(chosen) : ''}>
        {chosen ? <AccessFacts of={chosen} /> : undefined}
      </SidePanel>
    </>
  )
}

/** What the source left empty is left out; what is always asked is said not to be known. */
function AccessFacts({ of: one }: { of: AccessShown }) {
  const { timeZone } = useViewer()
  const said: readonly (readonly [string, string])[] = [
    [t('On behalf of'), one.onBehalfOf],
    [t('Purpose that the system noted'), one.purpose],
    [t('What the person said'), one.reason],
    [t('Department'), one.department],
    [t('Workstation'), one.workstation],
    [t('Application'), one.application],
  ]
  return (
    <div className="stack">
      <FactList>
        <Fact label={t('When')}>{sayMoment(new Date(one.at), timeZone)}</Fact>
        <Fact label={t('Who')}>{one.person}</Fact>
        {one.person === one.user ? undefined : <Fact label={t('Login')}>{one.user}</Fact>}
        <Fact label={t('Whose record')}>{sayPatient(one)}</Fact>
        <Fact label={t('Why')}>
          {one.isExplained ? (
            <ul className="trail-reasons">
              {one.reasons.map(({ name, says }) => (
                <li key={`${name} ${says}`}>{says}</li>
              ))}
            </ul>
          ) : (
            <span className="trail-why">{t('No reason is known')}</span>
          )}
        </Fact>
        {said.map(([label, value]) =>
          value === '' ? undefined : (
            <Fact key={label} label={label}>
              {value}
            </Fact>
          ),
        )}
        <Fact label={t('Told by')}>{one.source}</Fact>
        <Fact label={t('Place in the trail')}>{t('line {line}', { line: sayNumber(one.seq + 1) })}</Fact>
      </FactList>
    </div>
  )
}

function Who({ of: { person, user } }: { of: AccessShown }) {
  return <span title={person === user ? user : `${person} (${user})`}>{person}</span>
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
