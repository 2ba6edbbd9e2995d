/** What stands where a page cannot: it is missing, or it has failed. */
import { Button } from '@mantine/core'
import { useRouter } from '@tanstack/react-router'
import { problemOf } from '#ui/call.ts'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { ProblemNote } from '#ui/say.tsx'
import { t } from '#ui/t.ts'

export function MissingPage() {
  return (
    <Page width="reading">
      <PageHead title={t('There is no such page')} says={t('The address may be mistyped, or what it named is gone.')} />
      <p>
        <PageLink to="/">{t('Go to the start')}</PageLink>
      </p>
    </Page>
  )
}

export function FailedPage({ error }: { error: unknown }) {
  const { history } = useRouter()
  // Parts of the page that are no longer there: Vigil was brought up to date meanwhile.
  const isNewer = error instanceof TypeError && /import|module/i.test(error.message)
  return (
    <Page width="reading">
      <PageHead
        title={isNewer ? t('Vigil has been brought up to date') : t('This page cannot be shown')}
        says={
          isNewer
            ? t('Load the page again to go on with the new version. What was done before is kept.')
            : t('What was done before is kept.')
        }
      />
      {isNewer ? undefined : <ProblemNote problem={problemOf(error)} />}
      <div className="buttons">
        <Button variant="filled" onClick={() => window.location.reload()}>
          {t('Load it again')}
        </Button>
        {isNewer ? undefined : <Button onClick={() => history.back()}>{t('Go back')}</Button>}
        <Button component="a" href="/">
          {t('Go to the start')}
        </Button>
      </div>
    </Page>
  )
}
