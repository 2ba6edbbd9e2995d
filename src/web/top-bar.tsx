/** The bar above every page: where one is, the search, what is new, and the menu of the person. */
import { Menu, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import { IconCheck, IconSearch } from '@tabler/icons-react'
import { useLocation } from '@tanstack/react-router'
import { NewsBell } from '#core/notifications/screens/news-bell.tsx'
import { PageLink, useGo } from '#ui/link.tsx'
import { usePageTitle } from '#ui/page.tsx'
import { t } from '#ui/t.ts'
import { useViewer } from '#ui/viewer.tsx'
import { Brand } from './brand.tsx'
import { leave } from './leave.ts'
import type { Me } from './me.ts'
import { daily, grounds, isWithin, known, mayOpen, type Place, settings, startFor } from './navigation.ts'
import { schemes } from './schemes.ts'
import { OrganisationSwitch } from './side-navigation.tsx'

export function TopBar({ me, onSearch, onKeys }: { me: Me; onSearch: () => void; onKeys: () => void }) {
  return (
    <header className="top">
      <span className="top-brand">
        <Brand />
      </span>
      <span className="top-organisation">
        <OrganisationSwitch me={me} />
      </span>
      <Crumbs />
      <div className="top-tools">
        <UnstyledButton className="search-open" onClick={onSearch} aria-keyshortcuts="Control+K Meta+K">
          <IconSearch size={16} stroke={1.5} aria-hidden="true" />
          <span className="search-open-word">{t('Search')}</span>
          <span className="key" aria-hidden="true">
            <kbd>{isApple ? '⌘ K' : 'Ctrl K'}</kbd>
          </span>
        </UnstyledButton>
        <NewsBell />
        <PersonMenu me={me} onKeys={onKeys} />
      </div>
    </header>
  )
}

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent)

/** Where one is: the start, the place above, the page. */
function Crumbs() {
  const { pathname } = useLocation()
  const { roles } = useViewer()
  const title = usePageTitle()
  const start = startFor(roles)
  const startPlace = daily.find(({ to }) => to === start)
  const places: readonly Omit<Place, 'icon'>[] = [...daily, ...known, ...grounds]
  const inner = places.flatMap(({ within = [] }) => within)
  const above = [...settings, ...inner, ...places].filter(
    (place) => isAbove(place.to, pathname) && place.to !== start && mayOpen(place, roles),
  )
  return (
    <nav className="crumbs" aria-label={t('Where you are')}>
      <ol>
        {startPlace && pathname !== start ? (
          <li>
            <PageLink to={start}>{startPlace.word}</PageLink>
          </li>
        ) : undefined}
        {above.map(({ to, word }) => (
          <li key={to}>
            <PageLink to={to}>{word}</PageLink>
          </li>
        ))}
        <li aria-current="page">{title}</li>
      </ol>
    </nav>
  )
}

/** The practices lie below the posture. */
function isAbove(place: string, pathname: string): boolean {
  if (pathname.startsWith('/practices/')) return place === '/posture'
  return pathname !== place && isWithin(pathname, place)
}

function PersonMenu({ me: { identity }, onKeys }: { me: Me; onKeys: () => void }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const go = useGo()
  const initials = identity.name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .filter((_, at, all) => at === 0 || at === all.length - 1)
    .join('')
    .toUpperCase()
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton className="person" aria-label={t('{name}: your menu', { name: identity.name })}>
          <span className="initials" data-initials={initials} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {identity.name}
          <br />
          {identity.email}
        </Menu.Label>
        <Menu.Item onClick={() => go('/settings/sign-in')}>{t('My sign-in')}</Menu.Item>
        <Menu.Item onClick={() => go('/settings/sessions')}>{t('My sessions')}</Menu.Item>
        <Menu.Divider />
        {schemes.map(({ scheme, word, icon: Icon }) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon size={16} stroke={1.5} aria-hidden="true" />}
            rightSection={colorScheme === scheme ? <IconCheck size={14} aria-label={t('chosen')} /> : undefined}
            onClick={() => setColorScheme(scheme)}
          >
            {word}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={onKeys} className="wide-only">
          {t('Keyboard shortcuts')}
        </Menu.Item>
        <Menu.Item onClick={() => void leave()}>{t('Sign out')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
