/** What stands where a screen is not there yet. A screen replaces its import in `router.tsx`. */
import { useLocation } from '@tanstack/react-router'
import { Page, PageHead } from '#ui/page.tsx'
import { EmptyState } from '#ui/say.tsx'

export function Placeholder() {
  const { pathname } = useLocation()
  const word = pathname.split('/').at(-1)?.replaceAll('-', ' ') ?? ''
  return (
    <Page>
      <PageHead title={word.charAt(0).toUpperCase() + word.slice(1)} />
      <EmptyState title="This page is not there yet">The command line does it already: npx vigil --help.</EmptyState>
    </Page>
  )
}
