/** The people of a manager, with what is open about each of them. */
import type { WireOutputOf } from '#platform/contract.ts'
import { usePages, useRead } from '#ui/data.ts'
import { Page, PageHead } from '#ui/page.tsx'
import { EmptyState } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { DataTable } from '#ui/table.tsx'
import { sayNumber } from '#ui/words.ts'
import { listMyPeople } from '../contract.ts'
import { nameOf } from './person-words.ts'

type Report = WireOutputOf<typeof listMyPeople>['items'][number]

export function MyPeople() {
  const pages = usePages(listMyPeople, { limit: 100 })
  const first = useRead(listMyPeople, { limit: 1 })
  return (
    <Page>
      <PageHead title={t('People')} says={pages.isLoading ? ' ' : sayReports(pages.items, pages.hasMore)} />
      <DataTable
        label={t('People')}
        pages={pages}
        keyOf={({ personId }) => personId}
        linkOf={({ personId }) => `/people/${personId}`}
        columns={[
          { head: t('Name'), cell: nameOf },
          {
            head: t('Work'),
            cell: ({ title }) => title ?? <span className="soft">{t('not known')}</span>,
            from: 1000,
          },
          {
            head: t('Department'),
            cell: ({ department }) => department ?? <span className="soft">{t('not known')}</span>,
          },
          {
            head: t('Open findings'),
            cell: ({ findings }) => <span className={findings === 0 ? 'soft' : undefined}>{sayNumber(findings)}</span>,
            isNumber: true,
            width: '128px',
          },
        ]}
        lines={(report) => ({
          title: nameOf(report),
          detail:
            report.title === null
              ? sayFindings(report.findings)
              : t('{findings}, {work}', { findings: sayFindings(report.findings), work: report.title }),
        })}
        empty={<Nobody why={first.data?.whyNobody ?? null} />}
      />
    </Page>
  )
}

function sayReports(reports: readonly Report[], hasMore: boolean): string {
  const count = reports.length
  if (count === 0) return t('The people who report to you stand here.')
  if (hasMore) return t('More than {count, plural, other {# people}} report to you.', { count })
  const concerned = reports.filter(({ findings }) => findings > 0).length
  const all = t('{count, plural, one {# person reports} other {# people report}} to you.', { count })
  const open = t(
    '{concerned, plural, =0 {Nothing is open about them.} one {Something is open about one of them.} other {Something is open about # of them.}}',
    { concerned },
  )
  return `${all} ${open}`
}

function sayFindings(count: number): string {
  return t('{count, plural, =0 {nothing open} one {one finding} other {# findings}}', { count })
}

function Nobody({ why }: { why: 'no-person' | 'no-reports' | null }) {
  if (why === 'no-person') {
    return (
      <EmptyState title={t('Vigil does not know which person on the staff list you are')}>
        {t('Ask an administrator: your name and e-mail address in Members have to be those of the staff list.')}
      </EmptyState>
    )
  }
  return (
    <EmptyState title={t('Nobody reports to you on the staff list')}>
      {t('The list of people says who reports to whom. When a newer one names you, your people stand here.')}
    </EmptyState>
  )
}
