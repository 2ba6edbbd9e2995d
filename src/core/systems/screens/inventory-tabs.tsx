/** What there is: systems, which open into the devices that they run on. */
import { useLocation } from '@tanstack/react-router'
import { PageLink } from '#ui/link.tsx'
import { useIsNarrow } from '#ui/panel.tsx'
import { t } from '#ui/t.ts'
import '#core/intake/screens/intake.css'

const tabs = [
  { to: '/systems', word: t('Systems') },
  { to: '/devices', word: t('Devices') },
] as const

export function InventoryTabs() {
  const { pathname } = useLocation()
  return (
    <nav className="tabs" aria-label={t('Within Systems')}>
      {tabs.map(({ to, word }) => (
        <PageLink key={to} to={to} aria-current={pathname === to ? 'page' : undefined}>
          {word}
        </PageLink>
      ))}
    </nav>
  )
}

/** The parts of one thing, the first of them without a word in the address. */
export function PartTabs({
  label,
  at,
  part,
  parts,
}: {
  label: string
  at: string
  part: string
  parts: readonly { readonly name: string; readonly word: string }[]
}) {
  return (
    <nav className="tabs" aria-label={label}>
      {parts.map(({ name, word }, place) => (
        <PageLink
          key={name}
          to={place === 0 ? at : `${at}?part=${name}`}
          aria-current={name === part ? 'page' : undefined}
        >
          {word}
        </PageLink>
      ))}
    </nav>
  )
}

/** The way back to the list on a telephone, where no path of places stands above the page. */
export function BackTo({ to, word }: { to: string; word: string }) {
  if (!useIsNarrow()) return undefined
  return (
    <p>
      <PageLink to={to}>{word}</PageLink>
    </p>
  )
}
