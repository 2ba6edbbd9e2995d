/** What stands where a page cannot: it is missing, or it has failed. */
import { Button } from '@mantine/core'
import { problemOf } from '#ui/call.ts'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { ProblemNote } from '#ui/say.tsx'

export function MissingPage() {
  return (
    <Page width="reading">
      <PageHead title="There is no such page" says="The address may be mistyped, or what it named is gone." />
      <p>
        <PageLink to="/">Go to the start</PageLink>
      </p>
    </Page>
  )
}

export function FailedPage({ error }: { error: unknown }) {
  return (
    <Page width="reading">
      <PageHead title="This page cannot be shown" says="What was done before is kept." />
      <ProblemNote problem={problemOf(error)} />
      <div className="buttons">
        <Button variant="filled" onClick={() => window.location.reload()}>
          Load it again
        </Button>
        <Button component="a" href="/">
          Go to the start
        </Button>
      </div>
    </Page>
  )
}
