/** One subject of a safeguard, down to the rows that speak of it, its verdicts, the query, and its entries on the ledger. */
import { Button } from '@mantine/core'
import { listFindings } from '#core/findings/contract.ts'
import { useNaming } from '#core/findings/screens/colleagues.ts'
import { type showSafeguard, showSubject } from '#core/safeguards/contract.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { fieldWords } from '#sources/deliveries/screens/field-words.ts'
import { useRead } from '#ui/data.ts'
import { Fact, FactList } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { Loading } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { sayMoment, sayShortDay } from '#ui/words.ts'
import { LedgerLink, RestWords, sayBasis } from './ground.tsx'
import { QueryText } from './query-text.tsx'
import { begin } from './sentences.ts'
import { UnknownWhy } from './unknown.tsx'

/** The safeguard whose subject is shown, as its page has it. */
export type SafeguardShown = WireOutputOf<typeof showSafeguard>
type SubjectShown = WireOutputOf<typeof showSubject>
type FactShown = SubjectShown['facts'][number]
type Said = FactShown['says'][number]

export function SubjectPanel({ of: shown, onAttest }: { of: SafeguardShown; onAttest: () => void }) {
  const panel = usePanel('subject')
  const subjectId = Number(panel.value)
  const isOpen = Number.isSafeInteger(subjectId) && subjectId > 0
  const safeguard = shown.safeguard.name
  const read = useRead(showSubject, { safeguard, subjectId }, { when: isOpen })
  const data = read.data?.subject.id === subjectId ? read.data : undefined
  const may = useMay()
  return (
    <SidePanel
      isOpen={isOpen}
      onClose={panel.close}
      title={data?.subject.label ?? ''}
      mark={data ? <StatusMark status={data.subject.status} /> : undefined}
      actions={
        data?.finding && may(listFindings) ? (
          <Button component={PageLink} to={`/findings?finding=${data.finding.id}`}>
            {t('See the finding')}
          </Button>
        ) : undefined
      }
    >
      {isOpen ? (
        <Loading of={{ ...read, data }} rows={6}>
          {(subject) => <Subject of={subject} safeguard={shown} onAttest={onAttest} />}
        </Loading>
      ) : undefined}
    </SidePanel>
  )
}

function Subject({
  of: shown,
  safeguard: { safeguard, query },
  onAttest,
}: {
  of: SubjectShown
  safeguard: SafeguardShown
  onAttest: () => void
}) {
  const { subject, unknown, facts, sources, judgement } = shown
  const belongs = [subject.person, subject.of].filter(Boolean).join(', ')
  return (
    <div className="subject">
      {belongs === '' ? undefined : <p className="soft">{belongs}</p>}
      <p>
        {subject.status === 'failed' && subject.detail !== null ? (
          subject.detail
        ) : subject.status === 'unknown' ? (
          <span>{t('It is not known whether this holds of it: {title}.', { title: safeguard.title })}</span>
        ) : subject.status === 'proved' ? (
          t('This holds of it, as measured: {title}.', { title: safeguard.title })
        ) : (
          t('This holds of it, as stated: {title}.', { title: safeguard.title })
        )}
      </p>
      {unknown === null ? undefined : (
        <UnknownWhy
          of={unknown}
          title={subject.label}
          remedy={safeguard.remedy}
          sources={[...new Set(sources.map(({ source }) => source))].slice(0, 3)}
          onAttest={onAttest}
        />
      )}
      <section className="stack" aria-label={t('What speaks of it')}>
        <h3>{t('What speaks of it')}</h3>
        {facts.length === 0 ? (
          <p className="soft">
            {unknown?.waitsFor === 'decision'
              ? t('No file does: it is decided in Vigil.')
              : safeguard.statement === null
                ? t('No row of any source speaks of it by itself.')
                : t('What people stated of the safeguard does.')}
          </p>
        ) : (
          facts.map((fact) => (
            <FactBox key={`${fact.kind} ${fact.runId} ${fact.line}`} of={fact} sources={sources} query={query} />
          ))
        )}
      </section>
      <History of={shown} />
      <section className="stack" aria-label={t('How it was judged')}>
        <h3>{t('How it was judged')}</h3>
        <QueryText query={query} />
        {judgement === null ? undefined : (
          <LedgerLink entry={judgement.entry}>{t('The check on the ledger')}</LedgerLink>
        )}
      </section>
    </div>
  )
}

/** Where the query reads none of a row's fields by name, so many of them stand open. */
const fieldsShown = 6

/** One row of a source: what it says, and where it stands. */
function FactBox({ of: fact, sources, query }: { of: FactShown; sources: SubjectShown['sources']; query: string }) {
  const { timeZone } = useViewer()
  const name = useNaming()
  const source = sources.find(({ runId }) => runId === fact.runId)
  // What the verdict follows from stands open; the others unfold.
  const read = fact.says.filter(({ field }) => isRead(field, query))
  const first = read.length > 0 ? read : fact.says.slice(0, fieldsShown)
  const rest = fact.says.filter((one) => !first.includes(one))
  return (
    <div className="box fact-box" data-gone={fact.until !== null || undefined}>
      <div>
        <b>{t('{kind}, line {line, number}', { kind: begin(fact.title), line: fact.line })}</b>
        {source === undefined ? undefined : (
          <>
            {' '}
            <PageLink to={`/sources/${fact.sourceId}`}>{source.source}</PageLink>
            <div className="soft">{sayBasis(source.basis)}</div>
            <RestWords of={source} name={name} />
          </>
        )}
        <p className="soft">
          {fact.until === null
            ? t('It says so since {day}.', { day: sayShortDay(new Date(fact.from), timeZone) })
            : t('It said so from {from} until {until}, and names it no more.', {
                from: sayShortDay(new Date(fact.from), timeZone),
                until: sayShortDay(new Date(fact.until), timeZone),
              })}
        </p>
      </div>
      <Fields of={first} />
      {rest.length === 0 ? undefined : (
        <details>
          <summary>{t('{count, plural, one {One more field} other {# more fields}}', { count: rest.length })}</summary>
          <Fields of={rest} />
        </details>
      )}
    </div>
  )
}

function Fields({ of: said }: { of: readonly Said[] }) {
  const { timeZone } = useViewer()
  return (
    <FactList>
      {said.map((one) => (
        <Fact key={one.field} label={sayField(one.field)}>
          {sayValue(one, timeZone)}
        </Fact>
      ))}
    </FactList>
  )
}

/** Whether a query reads a field by its name. */
function isRead(field: string, query: string): boolean {
  return new RegExp(`\\.${field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}\\b`).test(query)
}

function sayField(field: string): string {
  return begin(fieldWords(field))
}

function sayValue({ type, value }: Said, timeZone: string): string {
  if (typeof value === 'boolean') return value ? t('yes') : t('no')
  if (typeof value === 'number') return t('{value, number}', { value })
  if (typeof value !== 'string') return value.join(', ')
  if (type === 'instant') return sayMoment(new Date(value), timeZone)
  return type === 'day' ? sayShortDay(new Date(`${value}T00:00:00Z`)) : value
}

function History({ of: { history } }: { of: SubjectShown }) {
  const { timeZone } = useViewer()
  const say = (at: string) => sayShortDay(new Date(at), timeZone)
  return (
    <section className="stack" aria-label={t('Its verdicts')}>
      <h3>{t('Its verdicts')}</h3>
      <ol className="verdicts">
        {history.map(({ status, from, until }) => (
          <li key={from}>
            <StatusMark status={status} />
            <span className="soft">
              {until === null
                ? t('since {from}', { from: say(from) })
                : t('{from} to {until}', { from: say(from), until: say(until) })}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
