/**
 * The frame behind the door: navigation, the menu of the person, and the page. It asks who is signed in; who is not far
 * enough is sent on their way. A tab stays with the organisation that it began with, whatever other tabs do.
 */
import { useNetwork } from '@mantine/hooks'
import { IconMenu2 } from '@tabler/icons-react'
import { Outlet, useLocation } from '@tanstack/react-router'
import { useEffect, useMemo } from 'react'
import { showMe } from '#core/sign-in/contract.ts'
import { chosenOrganisation, workFor } from '#ui/call.ts'
import { useRead } from '#ui/data.ts'
import { LeadTo, PageLink } from '#ui/link.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { EmptyState, ProblemNote, Skeleton } from '#ui/say.tsx'
import { useViewer, type Viewer, ViewerProvider } from '#ui/viewer.tsx'
import { Brand } from './brand.tsx'
import type { Me } from './me.ts'
import { daily, mayOpen } from './navigation.ts'
import { OrganisationSwitch, PersonMenu, SideNavigation } from './side-navigation.tsx'

export function House() {
  const me = useRead(showMe, {})
  const { pathname, searchStr } = useLocation()
  const { data } = me
  useEffect(() => {
    if (data?.organisation && chosenOrganisation() === undefined) workFor(data.organisation.id)
  }, [data])
  useEffect(() => {
    // The tab's organisation is served no longer: the server names another.
    if (me.problem?.status === 403 && chosenOrganisation() !== undefined) {
      workFor(undefined)
      me.again()
    }
  }, [me])
  const viewer = useMemo(() => (data ? viewerOf(data) : undefined), [data])

  if (data === undefined || viewer === undefined) {
    const isOnTheWay = me.problem === undefined || me.problem.status === 401
    return (
      <main className="door">
        {isOnTheWay ? <Skeleton /> : <ProblemNote problem={me.problem} onAgain={me.again} />}
      </main>
    )
  }
  if (data.stage !== 'full') {
    const search = pathname === '/' ? '' : `?${new URLSearchParams({ to: pathname + searchStr })}`
    return <LeadTo to={`/second-factor${search}`} />
  }
  return (
    <ViewerProvider viewer={viewer}>
      <a className="skip" href="#page">
        Skip to the page
      </a>
      <div className="house">
        <aside className="side">
          <div className="side-head">
            <Brand />
            <OrganisationSwitch me={data} />
          </div>
          <SideNavigation />
          <div className="side-foot">
            <PersonMenu me={data} />
          </div>
        </aside>
        <header className="top">
          <Brand />
          <OrganisationSwitch me={data} />
          <PersonMenu me={data} isShort />
        </header>
        <main id="page" tabIndex={-1}>
          <OfflineNote />
          {data.organisation === null ? <NoOrganisation /> : <Outlet />}
        </main>
        <BottomBar />
      </div>
    </ViewerProvider>
  )
}

function viewerOf({ identity, organisation }: Me): Viewer {
  return {
    name: identity.name,
    organisationName: organisation?.name ?? '',
    timeZone: organisation?.timeZone ?? 'UTC',
    roles: organisation?.roles ?? [],
  }
}

function OfflineNote() {
  const { online } = useNetwork()
  return online ? undefined : (
    <p className="offline" role="status">
      There is no connection. What you see is from before; changes wait until it is back.
    </p>
  )
}

function NoOrganisation() {
  return (
    <Page width="reading">
      <PageHead title="You serve no organisation" />
      <EmptyState title="Ask for an invitation">
        An administrator of your organisation sends it from Settings, Members. You open its link in this browser.
      </EmptyState>
    </Page>
  )
}

function BottomBar() {
  const { pathname } = useLocation()
  const { roles } = useViewer()
  const shown = daily.filter((place) => mayOpen(place, roles))
  const isElsewhere = !shown.some(({ to }) => pathname.startsWith(to))
  return (
    <nav className="bottom" aria-label="Pages">
      {shown.map(({ to, word, icon: Icon }) => (
        <PageLink key={to} to={to} aria-current={pathname.startsWith(to) ? 'page' : undefined}>
          <Icon size={22} stroke={1.5} aria-hidden="true" />
          {word}
        </PageLink>
      ))}
      <PageLink to="/more" aria-current={isElsewhere ? 'page' : undefined}>
        <IconMenu2 size={22} stroke={1.5} aria-hidden="true" />
        More
      </PageLink>
    </nav>
  )
}
