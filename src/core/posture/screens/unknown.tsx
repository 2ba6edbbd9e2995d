/** Why something is not known, and how to make it known, on the spot: the file that would tell, or a person's word. */
import { Button } from '@mantine/core'
import { attest } from '#core/attestations/contract.ts'
import { PageLink } from '#ui/link.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { begin, sayWhole } from './sentences.ts'

export interface WhyUnknown {
  readonly why: string | null
  /** Files of which nothing current is kept. */
  readonly files: readonly string[]
  /** What a person would state; null where nobody's word enters into it. */
  readonly statement: string | null
  readonly waitsFor: 'decision' | 'answer' | null
}

export function UnknownWhy({
  of: { why, files, statement, waitsFor },
  title,
  remedy,
  sources = [],
  onAttest,
}: {
  of: WhyUnknown
  /** What it is about, for those who hear the buttons. */
  title: string
  remedy: string
  /** What speaks of it, and does not say. */
  sources?: readonly string[]
  onAttest?: (() => void) | undefined
}) {
  const may = useMay()
  const isFileNeeded = waitsFor === null && (statement === null || files.length > 0)
  return (
    <div className="unknown-why">
      <p>
        <StatusMark status="unknown" word={t('Unknown')} />
        {why === null ? undefined : <>: {sayWhole(why)}</>}
      </p>
      {files.length > 0 ? (
        <>
          <p className="soft">
            {t('{count, plural, one {This would tell:} other {These would tell:}}', { count: files.length })}
          </p>
          <ul>
            {files.map((file) => (
              <li key={file}>{begin(file)}</li>
            ))}
          </ul>
        </>
      ) : waitsFor === 'answer' ? (
        <p className="soft">{t('An answer to the question that waits would tell.')}</p>
      ) : waitsFor === 'decision' || statement !== null ? (
        <p className="soft">{remedy}</p>
      ) : sources.length > 0 ? (
        <p className="soft">
          {t('An export of {sources} that says more would tell.', { sources: sources.join(', ') })}
        </p>
      ) : (
        <p className="soft">{t('An export that says more would tell.')}</p>
      )}
      <div className="buttons">
        {statement !== null && onAttest !== undefined && may(attest) ? (
          <Button size="xs" onClick={onAttest} aria-label={t('Attest to it: {title}', { title })}>
            {t('Attest to it')}
          </Button>
        ) : undefined}
        {waitsFor === 'decision' ? (
          <Button size="xs" component={PageLink} to="/requirements" aria-label={t('Decide on: {title}', { title })}>
            {t('Decide')}
          </Button>
        ) : undefined}
        {waitsFor === 'answer' ? (
          <Button size="xs" component={PageLink} to="/questions" aria-label={t('Answer about: {title}', { title })}>
            {t('Answer the question')}
          </Button>
        ) : undefined}
        {isFileNeeded ? (
          <Button
            size="xs"
            component={PageLink}
            to="/sources/bring"
            aria-label={t('Bring in a file for: {title}', { title })}
          >
            {t('Bring in a file')}
          </Button>
        ) : undefined}
      </div>
    </div>
  )
}
