/** The frame of the settings: their pages in a row, and the page. */
import { Outlet, useLocation } from '@tanstack/react-router'
import { PageLink } from '#ui/link.tsx'
import { t } from '#ui/t.ts'
import { useViewer } from '#ui/viewer.tsx'
import { mayOpen, settings } from './navigation.ts'

export function SettingsFrame() {
  const { roles } = useViewer()
  const { pathname } = useLocation()
  return (
    <>
      <nav className="settings-nav" aria-label={t('Settings')}>
        {settings
          .filter((place) => mayOpen(place, roles))
          .map(({ to, word }) => (
            <PageLink key={to} to={to} aria-current={pathname === to ? 'page' : undefined}>
              {word}
            </PageLink>
          ))}
      </nav>
      <Outlet />
    </>
  )
}
