/** By whom a record was opened, or whose records a person opened; each row leads to its accesses below. */
import { Button } from '@mantine/core'
import { useWords } from '#ui/link.tsx'
import { Section } from '#ui/page.tsx'
import { t } from '#ui/t.ts'
import { DataTable } from '#ui/table.tsx'
import { useViewer } from '#ui/viewer.tsx'
import { sayNumber } from '#ui/words.ts'
import { pagesOf } from './pages.ts'
import { type By, type QuestionShown, sayGroup, sayWhen } from './trail-words.ts'

/** Of people or patients, before the rest is asked for. */
const groupsShown = 5

export function Groups({
  by,
  question: { groups, groupCount },
  areAll,
  onAll,
}: {
  by: By
  question: QuestionShown
  areAll: boolean
  onAll: () => void
}) {
  const { timeZone } = useViewer()
  const { words, addressWith } = useWords()
  const shown = areAll ? groups : groups.slice(0, groupsShown)
  const rows = shown.map((group, place) => ({ ...group, place, says: sayGroup(group) }))
  return (
    <Section
      title={by === 'patient' ? t('By whom') : t('Whose')}
      says={
        groupCount > groups.length
          ? t('The first {shown, number} of {all, number}, those with most that nothing explains on top.', {
              shown: groups.length,
              all: groupCount,
            })
          : undefined
      }
    >
      <DataTable
        label={by === 'patient' ? t('People who opened the record') : t('Patients whose records were opened')}
        pages={pagesOf(rows)}
        keyOf={({ place }) => place}
        linkOf={({ place }) => addressWith({ group: String(place), access: undefined })}
        chosen={words.get('group') ?? undefined}
        columns={[
          {
            head: by === 'patient' ? t('Who') : t('Patient'),
            cell: ({ key, says }) => (
              <span title={says === key ? key : `${says} (${key})`}>
                {says} {says === key || key === '' ? undefined : <span className="soft">{key}</span>}
              </span>
            ),
          },
          { head: t('Accesses'), cell: ({ accesses }) => sayNumber(accesses), width: '96px', isNumber: true },
          {
            head: t('No reason known'),
            cell: ({ unexplained }) =>
              unexplained === 0 ? <span className="soft">{t('none')}</span> : sayNumber(unexplained),
            width: '144px',
            isNumber: true,
          },
          { head: t('First'), cell: ({ firstAt }) => sayWhen(firstAt, timeZone), width: '164px', from: 1000 },
          { head: t('Last'), cell: ({ lastAt }) => sayWhen(lastAt, timeZone), width: '164px' },
        ]}
        lines={({ says, accesses, unexplained }) => ({
          title: says,
          detail: t(
            '{accesses, plural, one {one access} other {# accesses}}, {unexplained, plural, =0 {all with a reason} other {# without a reason}}',
            { accesses, unexplained },
          ),
        })}
        empty={undefined}
      />
      {shown.length < groups.length ? (
        <div className="buttons">
          <Button variant="subtle" onClick={onAll}>
            {t('Show all {count, number}', { count: groups.length })}
          </Button>
        </div>
      ) : undefined}
    </Section>
  )
}
