/** What each source says of a thing, with its age and how it is known; and the open findings about it. */
import { fieldWords } from '#sources/deliveries/screens/field-words.ts'
import { Age, DayText, Fact, FactList } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { Section } from '#ui/page.tsx'
import { EmptyState } from '#ui/say.tsx'
import { Severity, StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { sayNumber } from '#ui/words.ts'
import { MakeKnown } from './known.tsx'
import type { SystemShown, ToldShown } from './system-words.ts'
import './systems.css'

/** By whom something is known: a machine read it off, or people keep the list. That a source lapsed is marked, no more. */
export function Basis({ of: { basis, isCurrent } }: { of: Pick<ToldShown, 'basis' | 'isCurrent'> }) {
  if (!isCurrent) return <StatusMark status="unknown" word={t('too old to speak')} />
  return <span className="soft">{basis === 'measured' ? t('read from a system') : t('kept by people')}</span>
}

export function ToldBy({ told, by }: { told: readonly ToldShown[]; by: string }) {
  if (told.length === 0) {
    return (
      <EmptyState title={t('No list speaks of it')}>
        <MakeKnown by={by} />
      </EmptyState>
    )
  }
  return (
    <div className="told-all">
      {told.map((one) => (
        <section key={`${one.sourceId} ${one.line}`} className="told-one" data-lapsed={!one.isCurrent || undefined}>
          <div className="told-head">
            <h2>
              <PageLink to={`/sources/${one.sourceId}`}>{one.source}</PageLink>
            </h2>
            <Basis of={one} />
            <span className="soft">
              <Age at={one.collectedAt} word={t('collected')} />
            </span>
            <span className="soft">{t('row {line}', { line: one.line })}</span>
          </div>
          {one.isCurrent ? undefined : (
            <p className="soft">{t('It counts for nothing until a newer one is brought.')}</p>
          )}
          <FactList>
            {one.says.map(({ field, value }) => (
              <Fact key={field} label={fieldWords(field)}>
                <Said field={field} value={value} />
              </Fact>
            ))}
          </FactList>
        </section>
      ))}
    </div>
  )
}

function Said({ field, value }: { field: string; value: string | number | boolean }) {
  if (typeof value === 'boolean') return value ? t('yes') : t('no')
  if (typeof value === 'number') return sayNumber(value)
  if (field.endsWith('At')) return <Age at={value} />
  return field.endsWith('On') ? <DayText day={value} /> : value
}

/** What to do first: the findings about the thing, each a link to where it is worked off. */
export function FindingsAbout({ findings, count }: { findings: SystemShown['openFindings']; count: number }) {
  if (findings.length === 0) return undefined
  return (
    <Section
      title={t('What is open')}
      aside={
        count > findings.length ? (
          <span className="soft">{t('The worst {shown} of {count}.', { shown: findings.length, count })}</span>
        ) : undefined
      }
    >
      <ul className="about-findings">
        {findings.map(({ id, severity, detail, dueOn }) => (
          <li key={id}>
            <PageLink to={`/findings?finding=${id}`} className="finding-link">
              <Severity level={severity} isBare />
              <span>{detail}</span>
            </PageLink>
            <DayText day={dueOn} isDue />
          </li>
        ))}
      </ul>
    </Section>
  )
}
