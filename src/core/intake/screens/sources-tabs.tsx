/** The pages within Sources: what is known, directories that are read live, and what goes on behind the scenes. */
import { useLocation } from '@tanstack/react-router'
import { PageLink } from '#ui/link.tsx'
import './intake.css'
import { t } from '#ui/t.ts'

const tabs = [
  { to: '/sources', word: t('What is known') },
  { to: '/sources/directories', word: t('Directories') },
  { to: '/sources/jobs', word: t('Jobs') },
] as const

export function SourcesTabs() {
  const { pathname } = useLocation()
  return (
    <nav className="tabs" aria-label={t('Within Sources')}>
      {tabs.map(({ to, word }) => (
        <PageLink key={to} to={to} aria-current={pathname === to ? 'page' : undefined}>
          {word}
        </PageLink>
      ))}
    </nav>
  )
}
