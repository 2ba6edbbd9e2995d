/** The people of a manager, with what is open about each of them. */
import { Button } from '@mantine/core'
import { listFindings } from '#core/findings/contract.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { usePages, useRead } from '#ui/data.ts'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { EmptyState } from '#ui/say.tsx'
import { DataTable } from '#ui/table.tsx'
import { useMay } from '#ui/viewer.tsx'
import { sayNumber } from '#ui/words.ts'
import { listMyPeople } from '../contract.ts'
import '#core/findings/screens/findings.css'

type Report = WireOutputOf<typeof listMyPeople>['items'][number]

export function PeopleScreen() {
  return useMay()(listMyPeople) ? <MyPeople /> : <NobodysManager />
}

function MyPeople() {
  const pages = usePages(listMyPeople, { limit: 100 })
  const first = useRead(listMyPeople, { limit: 1 })
  const nameOf = ({ name }: Report) => name ?? 'Somebody without a name on the list'
  return (
    <Page>
      <PageHead title="People" says={pages.isLoading ? ' ' : sayReports(pages.items, pages.hasMore)} />
      <DataTable
        label="People"
        pages={pages}
        keyOf={({ personId }) => personId}
        linkOf={({ personId }) => `/findings?person=${personId}`}
        columns={[
          { head: 'Name', cell: nameOf },
          { head: 'Work', cell: ({ title }) => title ?? <span className="soft">not known</span>, from: 1000 },
          { head: 'Department', cell: ({ department }) => department ?? <span className="soft">not known</span> },
          {
            head: 'Open findings',
            cell: ({ findings }) => <span className={findings === 0 ? 'soft' : undefined}>{sayNumber(findings)}</span>,
            isNumber: true,
            width: '128px',
          },
        ]}
        lines={(report) => ({
          title: nameOf(report),
          detail: `${sayFindings(report.findings)}${report.title === null ? '' : `, ${report.title}`}`,
        })}
        empty={<Nobody why={first.data?.whyNobody ?? null} />}
      />
    </Page>
  )
}

function sayReports(reports: readonly Report[], hasMore: boolean): string {
  if (reports.length === 0) return 'The people who report to you stand here.'
  const concerned = reports.filter(({ findings }) => findings > 0).length
  const all = `${hasMore ? 'More than ' : ''}${sayNumber(reports.length)} ${reports.length === 1 ? 'person reports' : 'people report'} to you.`
  if (hasMore) return all
  if (concerned === 0) return `${all} Nothing is open about them.`
  return `${all} Something is open about ${concerned === 1 ? 'one' : sayNumber(concerned)} of them.`
}

function sayFindings(count: number): string {
  if (count === 0) return 'nothing open'
  return count === 1 ? 'one finding' : `${sayNumber(count)} findings`
}

function Nobody({ why }: { why: 'no-person' | 'no-reports' | null }) {
  if (why === 'no-person') {
    return (
      <EmptyState title="Vigil does not know which person on the staff list you are">
        Ask an administrator: your name and e-mail address in Members have to be those of the staff list.
      </EmptyState>
    )
  }
  return (
    <EmptyState title="Nobody reports to you on the staff list">
      The list of people says who reports to whom. When a newer one names you, your people stand here.
    </EmptyState>
  )
}

/** Those who run the programme see people where something is to be done about them. */
function NobodysManager() {
  const may = useMay()
  return (
    <Page width="reading">
      <PageHead title="People" says="Managers see the people who report to them here." />
      <EmptyState
        title="You see everybody where something is to be done"
        action={
          may(listFindings) ? (
            <div className="buttons">
              <Button component={PageLink} to="/findings">
                See the findings
              </Button>
              <Button component={PageLink} to="/questions">
                See who is who
              </Button>
            </div>
          ) : undefined
        }
      >
        A finding names whom it concerns. Search there for a name.
      </EmptyState>
    </Page>
  )
}
