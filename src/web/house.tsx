/**
 * The frame behind the door: navigation, the bar above, and the page. It asks who is signed in; who is not far enough is
 * sent on their way. A tab stays with the organisation that it began with, whatever other tabs do.
 */
import { useNetwork } from '@mantine/hooks'
import { Outlet, useLocation } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useMemo, useState } from 'react'
import { showMe } from '#core/sign-in/contract.ts'
import { chosenOrganisation, workFor } from '#ui/call.ts'
import { useRead } from '#ui/data.ts'
import { LeadTo, useGo, usePrepare } from '#ui/link.tsx'
import { Page, PageHead, usePageTitle } from '#ui/page.tsx'
import { EmptyState, ProblemNote, Skeleton } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useViewer, type Viewer, ViewerProvider } from '#ui/viewer.tsx'
import { Brand } from './brand.tsx'
import { useHeldKeys } from './held-keys.ts'
import { useKeys } from './keys.ts'
import type { Me } from './me.ts'
import { groupsFor } from './navigation.ts'
import { PrintHead } from './print-head.tsx'
import { noteVisit } from './recent.ts'
import { BottomBar, OrganisationSwitch, SideNavigation } from './side-navigation.tsx'
import { TopBar } from './top-bar.tsx'

const loadSearch = () => import('./search.tsx')
const Search = lazy(loadSearch)
const KeysHelp = lazy(() => import('./keys-help.tsx'))

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
      <Rooms me={data} />
    </ViewerProvider>
  )
}

function Rooms({ me }: { me: Me }) {
  const [opened, setOpened] = useState<'search' | 'keys'>()
  const { roles } = useViewer()
  const go = useGo()
  const groups = useMemo(() => groupsFor(roles), [roles])
  const places = [...groups.daily, ...groups.known, ...groups.grounds]
  useKeys({
    places: places.flatMap((place) => [place, ...(place.within ?? [])]),
    go,
    search: () => setOpened('search'),
    help: () => setOpened('keys'),
  })
  const takeHeldKeys = useHeldKeys(opened === 'search')
  useVisits(`${me.identity.id} ${me.organisation?.id}`)
  useIdlePreparing(groups.daily.map(({ to }) => to))
  const close = () => setOpened(undefined)
  return (
    <>
      <a className="skip" href="#page">
        {t('Skip to the page')}
      </a>
      <div className="house">
        <aside className="side">
          <div className="side-head">
            <Brand />
            <OrganisationSwitch me={me} />
          </div>
          <SideNavigation />
        </aside>
        <div className="room">
          <TopBar me={me} onSearch={() => setOpened('search')} onKeys={() => setOpened('keys')} />
          <main id="page" tabIndex={-1}>
            <PrintHead />
            <OfflineNote />
            {me.organisation === null ? <NoOrganisation /> : <Outlet />}
          </main>
        </div>
        <BottomBar />
      </div>
      <Suspense fallback={undefined}>
        {opened === 'search' ? (
          <Search onClose={close} onKeys={() => setOpened('keys')} takeHeldKeys={takeHeldKeys} />
        ) : undefined}
        {opened === 'keys' ? <KeysHelp onClose={close} /> : undefined}
      </Suspense>
    </>
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

/** Remembers each page by its title, once it has one. */
function useVisits(who: string): void {
  const title = usePageTitle()
  useEffect(() => {
    if (title !== '') noteVisit(who, { to: window.location.pathname, title })
  }, [who, title])
}

/** Fetches what the daily pages and the search are made of while nothing else is done. */
function useIdlePreparing(paths: readonly string[]): void {
  const prepare = usePrepare()
  const all = paths.join(' ')
  useEffect(() => {
    // Not every browser says when it is idle.
    const later = globalThis.requestIdleCallback ?? ((work: () => void) => setTimeout(work, 1_000))
    later(() => {
      for (const path of all.split(' ')) prepare(path)
      loadSearch().catch(() => undefined)
    })
  }, [prepare, all])
}

function OfflineNote() {
  const { online } = useNetwork()
  return (
    <div role="status">
      {online ? undefined : (
        <p className="offline">
          {t('There is no connection. What you see is from before; changes wait until it is back.')}
        </p>
      )}
    </div>
  )
}

function NoOrganisation() {
  return (
    <Page width="reading">
      <PageHead title={t('You serve no organisation')} />
      <EmptyState title={t('Ask for an invitation')}>
        {t('An administrator of your organisation sends it from Settings, Members. You open its link in this browser.')}
      </EmptyState>
    </Page>
  )
}
