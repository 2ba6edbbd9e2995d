/** The navigation at the side, the bar of a telephone, and the switch between organisations. */
import { Menu, UnstyledButton } from '@mantine/core'
import { IconCheck, IconChevronRight, IconMenu2, IconSelector } from '@tabler/icons-react'
import { useLocation } from '@tanstack/react-router'
import { useState } from 'react'
import { countFindings } from '#core/findings/contract.ts'
import { chooseOrganisation } from '#core/sign-in/contract.ts'
import { showToday } from '#core/today/contract.ts'
import { call, workFor } from '#ui/call.ts'
import { useForget, useRead } from '#ui/data.ts'
import { PageLink, useGo } from '#ui/link.tsx'
import { t } from '#ui/t.ts'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { sayNumber } from '#ui/words.ts'
import type { Me } from './me.ts'
import { groupsFor, isWithin, mayOpen, type Place, practices, practicesPlace } from './navigation.ts'

export function SideNavigation() {
  const { roles } = useViewer()
  const counts = useCounts()
  const { daily, known, grounds } = groupsFor(roles)
  const hasPractices = mayOpen(practicesPlace, roles)
  return (
    <nav className="side-nav" aria-label={t('Pages')}>
      <ul>
        {daily.map((place) => (
          <NavItem key={place.to} place={place} count={counts[place.to]} />
        ))}
      </ul>
      {hasPractices || known.length > 0 ? (
        <ul>
          {hasPractices ? <Practices /> : undefined}
          {known.map((place) => (
            <NavItem key={place.to} place={place} />
          ))}
        </ul>
      ) : undefined}
      {grounds.length > 0 ? (
        <ul>
          {grounds.map((place) => (
            <NavItem key={place.to} place={place} />
          ))}
        </ul>
      ) : undefined}
    </nav>
  )
}

/** How many are open of what is worked off daily; nothing where there are none. */
function useCounts(): Readonly<Record<string, string | undefined>> {
  const may = useMay()
  const findings = useRead(countFindings, {}, { when: may(countFindings) })
  const today = useRead(showToday, {}, { when: may(showToday), everySeconds: 60 })
  const { critical = 0, high = 0, medium = 0, low = 0 } = findings.data?.open ?? {}
  const open = critical + high + medium + low
  const { count = 0, tasks } = today.data ?? {}
  return {
    '/findings': open > 0 ? sayNumber(open) : undefined,
    '/today': count > 0 ? sayNumber(count) : undefined,
    '/tasks': tasks && tasks.count > 0 ? sayNumber(tasks.count) : undefined,
  }
}

function NavItem({ place, count }: { place: Place; count?: string | undefined }) {
  const { pathname } = useLocation()
  const { roles } = useViewer()
  const { to, word, icon: Icon, within = [] } = place
  const inner = within.filter((one) => mayOpen(one, roles))
  // Of places that lie within one another it is the innermost.
  const innerHere = inner.filter((one) => isWithin(pathname, one.to)).sort((a, b) => b.to.length - a.to.length)[0]
  const isHere = isWithin(pathname, to)
  return (
    <li>
      <PageLink to={to} className="nav-item" aria-current={isHere && !innerHere ? 'page' : undefined}>
        <Icon size={18} stroke={1.5} aria-hidden="true" />
        {word}
        {count === undefined ? undefined : <span className="nav-count">{count}</span>}
      </PageLink>
      {inner.length > 0 && (isHere || innerHere) ? (
        <ul className="nav-inner">
          {inner.map((one) => (
            <li key={one.to}>
              <PageLink to={one.to} className="nav-item" aria-current={one === innerHere ? 'page' : undefined}>
                {one.word}
              </PageLink>
            </li>
          ))}
        </ul>
      ) : undefined}
    </li>
  )
}

function Practices() {
  const { pathname } = useLocation()
  const [isOpened, setOpened] = useState(false)
  const isOpen = isOpened || pathname.startsWith('/practices/')
  const Icon = practicesPlace.icon
  return (
    <li>
      <button type="button" className="nav-item" aria-expanded={isOpen} onClick={() => setOpened(!isOpened)}>
        <Icon size={18} stroke={1.5} aria-hidden="true" />
        {practicesPlace.word}
        <IconChevronRight className="nav-arrow" size={14} stroke={1.5} aria-hidden="true" />
      </button>
      {isOpen ? (
        <ul className="nav-inner">
          {practices.map(({ name, title }) => (
            <li key={name}>
              <PageLink
                to={`/practices/${name}`}
                className="nav-item"
                aria-current={pathname === `/practices/${name}` ? 'page' : undefined}
              >
                {title}
              </PageLink>
            </li>
          ))}
        </ul>
      ) : undefined}
    </li>
  )
}

export function BottomBar() {
  const { pathname } = useLocation()
  const { roles } = useViewer()
  const { daily, known, grounds } = groupsFor(roles)
  const barred = daily.filter(({ isInBar }) => isInBar)
  const shown = barred.length > 0 ? barred : daily
  const hasMore = daily.length + known.length + grounds.length > shown.length
  // One page alone needs no bar.
  if (!hasMore && shown.length < 2) return undefined
  const isElsewhere = !shown.some(({ to }) => isWithin(pathname, to))
  return (
    <nav className="bottom" aria-label={t('Pages')}>
      {shown.map(({ to, word, icon: Icon }) => (
        <PageLink key={to} to={to} aria-current={isWithin(pathname, to) ? 'page' : undefined}>
          <Icon size={22} stroke={1.5} aria-hidden="true" />
          {word}
        </PageLink>
      ))}
      {hasMore ? (
        <PageLink to="/more" aria-current={isElsewhere ? 'page' : undefined}>
          <IconMenu2 size={22} stroke={1.5} aria-hidden="true" />
          {t('More')}
        </PageLink>
      ) : undefined}
    </nav>
  )
}

export function OrganisationSwitch({ me }: { me: Me }) {
  const forget = useForget()
  const go = useGo()
  const name = me.organisation?.name ?? ''
  if (me.organisations.length < 2) return <span className="organisation">{name}</span>
  const choose = async (organisationId: number) => {
    workFor(organisationId)
    // New tabs begin there too; this one goes there even when that cannot be noted.
    await call(chooseOrganisation, { organisationId }).catch(() => {})
    forget()
    go('/')
  }
  return (
    <Menu position="bottom-start" width={240}>
      <Menu.Target>
        <UnstyledButton className="organisation" aria-label={t('Organisation: {name}. Choose another', { name })}>
          <span>{name}</span>
          <IconSelector size={14} stroke={1.5} aria-hidden="true" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('Organisations that you serve')}</Menu.Label>
        {me.organisations.map(({ id, name }) => (
          <Menu.Item
            key={id}
            onClick={() => void choose(id)}
            rightSection={id === me.organisation?.id ? <IconCheck size={14} aria-label={t('chosen')} /> : undefined}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
