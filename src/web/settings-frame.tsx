/**
 * The frame of the settings: their places in three groups beside the page. Where there is no room for both, the groups are
 * a page of their own, and each of their pages leads back to it.
 */
import { useMediaQuery } from '@mantine/hooks'
import { IconArrowLeft } from '@tabler/icons-react'
import { Outlet, useLocation } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { LeadTo, PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { t } from '#ui/t.ts'
import { useViewer } from '#ui/viewer.tsx'
import { settingsFor } from './navigation.ts'

const start = '/settings'

function useHasRoom(): boolean {
  return useMediaQuery('(min-width: 64em)', undefined, { getInitialValueInEffect: false }) ?? true
}

export function SettingsFrame() {
  const { roles } = useViewer()
  const { pathname } = useLocation()
  const hasRoom = useHasRoom()
  const list = useId()
  // One tree for both: a page keeps what it holds when the window is turned or drawn wider.
  return (
    <div className="settings">
      {hasRoom ? (
        <nav className="settings-nav" aria-label={t('Settings')}>
          <div className="settings-groups">
            {settingsFor(roles).map(({ word, places }, at) => (
              <div key={word}>
                <p className="settings-group" id={`${list}-${at}`}>
                  {word}
                </p>
                <ul className="settings-list" aria-labelledby={`${list}-${at}`}>
                  {places.map(({ to, word }) => (
                    <li key={to}>
                      <PageLink to={to} className="nav-item" aria-current={pathname === to ? 'page' : undefined}>
                        {word}
                      </PageLink>
                    </li>
                  ))}
                </ul>
              </div>
            ))}
          </div>
        </nav>
      ) : pathname.replace(/\/$/, '') === start ? undefined : (
        <PageLink to={start} className="settings-back">
          <IconArrowLeft size={16} stroke={1.5} aria-hidden="true" />
          {t('Settings')}
        </PageLink>
      )}
      <div>
        <Outlet />
      </div>
    </div>
  )
}

/** All places; who opens it where there is room for a page beside the groups is led on to the first. */
export function SettingsStart() {
  const { roles } = useViewer()
  const [isLed] = useState(useHasRoom())
  if (isLed) return <LeadTo to="/settings/sign-in" />
  return (
    <Page width="reading">
      <PageHead title={t('Settings')} />
      {settingsFor(roles).map(({ word, places }) => (
        <Section key={word} title={word}>
          <ul className="places">
            {places.map(({ to, word }) => (
              <li key={to}>
                <PageLink to={to}>{word}</PageLink>
              </li>
            ))}
          </ul>
        </Section>
      ))}
    </Page>
  )
}
