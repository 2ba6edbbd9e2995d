/** The navigation at the side, the switch between organisations, and the menu of the person. */
import { Menu, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import { IconCheck, IconChevronRight, IconDeviceDesktop, IconMoon, IconSelector, IconSun } from '@tabler/icons-react'
import { useLocation } from '@tanstack/react-router'
import { useState } from 'react'
import { countFindings } from '#core/findings/contract.ts'
import { chooseOrganisation, signOut } from '#core/sign-in/contract.ts'
import { listMyTasks } from '#core/tasks/contract.ts'
import { call, workFor } from '#ui/call.ts'
import { useForget, useRead } from '#ui/data.ts'
import { PageLink, useGo } from '#ui/link.tsx'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { sayNumber } from '#ui/words.ts'
import type { Me } from './me.ts'
import { daily, grounds, known, mayOpen, type Place, practices, practicesPlace } from './navigation.ts'

export function SideNavigation() {
  const { roles } = useViewer()
  const counts = useCounts()
  const groups = [daily, known, grounds].map((group) => group.filter((place) => mayOpen(place, roles)))
  const [first = [], second = [], third = []] = groups
  const hasPractices = mayOpen(practicesPlace, roles)
  return (
    <nav className="side-nav" aria-label="Pages">
      <ul>
        {first.map((place) => (
          <NavItem key={place.to} place={place} count={counts[place.to]} />
        ))}
      </ul>
      {hasPractices || second.length > 0 ? (
        <ul>
          {hasPractices ? <Practices /> : undefined}
          {second.map((place) => (
            <NavItem key={place.to} place={place} />
          ))}
        </ul>
      ) : undefined}
      <ul>
        {third.map((place) => (
          <NavItem key={place.to} place={place} />
        ))}
      </ul>
    </nav>
  )
}

/** How many are open of what is worked off daily; nothing where there are none. */
function useCounts(): Readonly<Record<string, string | undefined>> {
  const may = useMay()
  const findings = useRead(countFindings, {}, { when: may(countFindings) })
  const tasks = useRead(listMyTasks, { limit: 100 }, { when: may(listMyTasks) })
  const { critical = 0, high = 0, medium = 0, low = 0 } = findings.data?.open ?? {}
  const open = critical + high + medium + low
  const mine = tasks.data?.items.length ?? 0
  return {
    '/findings': open > 0 ? sayNumber(open) : undefined,
    '/tasks': mine > 0 ? `${mine}${tasks.data?.next === null ? '' : '+'}` : undefined,
  }
}

function NavItem({ place: { to, word, icon: Icon }, count }: { place: Place; count?: string | undefined }) {
  const { pathname } = useLocation()
  const isHere = pathname === to || pathname.startsWith(`${to}/`)
  return (
    <li>
      <PageLink to={to} className="nav-item" aria-current={isHere ? 'page' : undefined}>
        <Icon size={18} stroke={1.5} aria-hidden="true" />
        {word}
        {count === undefined ? undefined : <span className="nav-count">{count}</span>}
      </PageLink>
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
        <UnstyledButton className="organisation" aria-label={`Organisation: ${name}. Choose another`}>
          <span>{name}</span>
          <IconSelector size={14} stroke={1.5} aria-hidden="true" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Organisations that you serve</Menu.Label>
        {me.organisations.map(({ id, name }) => (
          <Menu.Item
            key={id}
            onClick={() => void choose(id)}
            rightSection={id === me.organisation?.id ? <IconCheck size={14} aria-label="chosen" /> : undefined}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

const schemes = [
  { scheme: 'light', word: 'Light', icon: IconSun },
  { scheme: 'dark', word: 'Dark', icon: IconMoon },
  { scheme: 'auto', word: 'As the device', icon: IconDeviceDesktop },
] as const

export function PersonMenu({ me: { identity }, isShort }: { me: Me; isShort?: boolean }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const go = useGo()
  const leave = async () => {
    await call(signOut, {}).catch(() => {})
    workFor(undefined)
    // Loads the page anew, so that nothing of the person is left in it.
    window.location.assign('/sign-in')
  }
  const initials = identity.name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .filter((_, at, all) => at === 0 || at === all.length - 1)
    .join('')
    .toUpperCase()
  return (
    <Menu position={isShort ? 'bottom-end' : 'top-start'} width={240}>
      <Menu.Target>
        <UnstyledButton className="person" aria-label={`${identity.name}: your menu`}>
          <span className="initials" data-initials={initials} />
          {isShort ? undefined : <span className="person-name">{identity.name}</span>}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {identity.name}
          <br />
          {identity.email}
        </Menu.Label>
        <Menu.Item onClick={() => go('/settings/sign-in')}>My sign-in</Menu.Item>
        <Menu.Item onClick={() => go('/settings/sessions')}>My sessions</Menu.Item>
        <Menu.Divider />
        {schemes.map(({ scheme, word, icon: Icon }) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon size={16} stroke={1.5} aria-hidden="true" />}
            rightSection={colorScheme === scheme ? <IconCheck size={14} aria-label="chosen" /> : undefined}
            onClick={() => setColorScheme(scheme)}
          >
            {word}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => void leave()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
