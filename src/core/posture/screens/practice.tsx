/** One practice: what it asks, how each safeguard stands and why, its findings, and what feeds it. */
import { Button } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { attest } from '#core/attestations/contract.ts'
import { countFindings, listFindings } from '#core/findings/contract.ts'
import { Due } from '#core/findings/screens/due.tsx'
import { type FindingShown, sumOf } from '#core/findings/screens/finding-words.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { dayOf } from '#platform/days.ts'
import { type Pages, usePages, useRead } from '#ui/data.ts'
import { Age, Cite } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { usePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { EmptyState, Loading } from '#ui/say.tsx'
import { Severity, StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { DataTable } from '#ui/table.tsx'
import { TrendChart } from '#ui/trend.tsx'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { sayShortDay } from '#ui/words.ts'
import { showPractice, showTrend } from '../contract.ts'
import { AttestPanel } from './attest-panel.tsx'
import { useChecks } from './checks.ts'
import { FourValues } from './four-values.tsx'
import { addressOf, begin, saySafeguard, saySafeguards, saySubjects, sayTrend, sumStanding } from './sentences.ts'
import { UnknownWhy } from './unknown.tsx'
import './posture.css'

type PracticeShown = WireOutputOf<typeof showPractice>
type SafeguardShown = PracticeShown['safeguards'][number]

/** How many findings stand on the page of a practice. */
const findingsShown = 10

export function PracticeScreen() {
  const { practice: name = '' } = useParams({ strict: false }) as { readonly practice?: string }
  const read = useRead(showPractice, { practice: name })
  // What stays of the practice before must not stand under the name of this one.
  const data = read.data?.name === name ? read.data : undefined
  const panel = usePanel('attest')
  const checks = useChecks()
  return (
    <Page>
      <PageHead
        title={data?.title ?? begin(name)}
        says={data?.asks ?? ' '}
        mark={data ? <StatusMark status={data.status} isBare /> : undefined}
      />
      <Loading of={{ ...read, data }} rows={8}>
        {(practice) => (
          <div className="posture">
            <Safeguards of={practice} isChecking={checks.isRunning} onAttest={panel.open} />
            <Year practice={practice.name} />
            <OpenFindings practice={practice.name} />
            <Feeds of={practice} />
            <AttestPanel
              safeguard={practice.safeguards.find((one) => one.name === panel.value)}
              onClose={panel.close}
              onSaid={checks.begin}
            />
          </div>
        )}
      </Loading>
    </Page>
  )
}

function Safeguards({
  of: practice,
  isChecking,
  onAttest,
}: {
  of: PracticeShown
  isChecking: boolean
  onAttest: (safeguard: string) => void
}) {
  const counts = sumStanding(practice.safeguards.map(({ status }) => ({ safeguards: { ...none, [status]: 1 } })))
  return (
    <Section
      title={t('Safeguards')}
      says={saySafeguards(counts)}
      aside={
        <span className="soft" role="status">
          {isChecking ? t('Checking again …') : ''}
        </span>
      }
    >
      <FourValues counts={counts} />
      <ul className="safeguards">
        {practice.safeguards.toSorted(byStatus).map((safeguard) => (
          <SafeguardRow key={safeguard.name} safeguard={safeguard} onAttest={onAttest} />
        ))}
      </ul>
    </Section>
  )
}

const order: readonly string[] = ['failed', 'unknown', 'attested', 'proved']
const byStatus = (a: SafeguardShown, b: SafeguardShown) => order.indexOf(a.status) - order.indexOf(b.status)

const none = { proved: 0, attested: 0, failed: 0, unknown: 0 } as const

/** How the safeguards of the practice stood over the last 12 months. */
function Year({ practice }: { practice: string }) {
  const { timeZone } = useViewer()
  const { data } = useRead(showTrend, { practice })
  const trend = data?.practices.find(({ name }) => name === practice)
  if (data === undefined || trend === undefined) return undefined
  const since = data.since === null ? undefined : dayOf(new Date(data.since), timeZone)
  return (
    <Section
      title={t('The last 12 months')}
      says={
        since === undefined
          ? t('How many safeguards had each value at the end of each week. Nothing was looked at yet.')
          : t('How many safeguards had each value at the end of each week. Vigil has looked since {day}.', {
              day: sayShortDay(new Date(`${since}T00:00:00Z`)),
            })
      }
    >
      <TrendChart days={data.days} counts={trend.safeguards} says={sayTrend(trend.safeguards)} since={since} />
    </Section>
  )
}

function SafeguardRow({ safeguard, onAttest }: { safeguard: SafeguardShown; onAttest: (safeguard: string) => void }) {
  const { timeZone } = useViewer()
  const may = useMay()
  const { name, title, status, severity, subject, subjects, citations, coversUntil, remedy, statement } = safeguard
  const isPerson = statement !== null && may(attest)
  const until = coversUntil === null ? undefined : sayShortDay(new Date(coversUntil), timeZone)
  return (
    <li className="safeguard">
      <StatusMark status={status} isBare />
      <div className="safeguard-words">
        <h3>
          <PageLink to={addressOf(name)} className="safeguard-link">
            {title}
          </PageLink>
        </h3>
        <p>{saySubjects(subject, subjects) ?? saySafeguard(status)}</p>
        {status === 'failed' ? (
          <p>
            {rich('<soft>What to do:</soft> {remedy}', {
              remedy,
              soft: (words: ReactNode) => <span className="soft">{words}</span>,
            })}
          </p>
        ) : undefined}
        {status === 'unknown' || subjects.unknown > 0 ? (
          <UnknownWhy
            of={{
              why: safeguard.whyUnknown,
              files: safeguard.wanted,
              statement,
              // What is decided about the requirements stands in no file.
              waitsFor: subject === 'requirement' ? 'decision' : null,
            }}
            title={title}
            remedy={remedy}
            onAttest={() => onAttest(name)}
          />
        ) : undefined}
        <p className="safeguard-small">
          {status === 'failed' ? <Severity level={severity} /> : undefined}
          {until === undefined || status === 'unknown' ? undefined : (
            <span>
              {status === 'failed'
                ? t('known until {until}, then unknown', { until })
                : t('holds until {until}, then unknown', { until })}
            </span>
          )}
          <Cite of={citations} />
        </p>
      </div>
      <div className="buttons">
        {subjects.failed > 0 && subject !== 'organisation' && may(listFindings) ? (
          <Button
            size="xs"
            component={PageLink}
            to={`/findings?safeguard=${name}`}
            aria-label={t('See the findings of: {title}', { title })}
          >
            {t('See the findings')}
          </Button>
        ) : undefined}
        {statement !== null && status === 'attested' ? (
          <Button size="xs" onClick={() => onAttest(name)} aria-label={t('See the statement: {title}', { title })}>
            {t('See the statement')}
          </Button>
        ) : isPerson && status !== 'unknown' && subjects.unknown === 0 ? (
          <Button size="xs" onClick={() => onAttest(name)} aria-label={t('Attest to it: {title}', { title })}>
            {t('Attest to it')}
          </Button>
        ) : undefined}
      </div>
    </li>
  )
}

function OpenFindings({ practice }: { practice: string }) {
  const may = useMay()(listFindings)
  const first = usePages(listFindings, { practice, limit: findingsShown }, { when: may })
  const counts = useRead(countFindings, { practice }, { when: may })
  if (!may) return undefined
  const count = counts.data ? sumOf(counts.data.open) + sumOf(counts.data.excepted) : undefined
  // The rest is on the page of findings.
  const pages: Pages<FindingShown> = { ...first, items: first.items.slice(0, findingsShown), hasMore: false }
  const all = `/findings?practice=${practice}`
  return (
    <Section
      title={t('Open findings')}
      aside={
        count !== undefined && count > findingsShown ? (
          <PageLink to={all}>{t('All {count, number}', { count })}</PageLink>
        ) : undefined
      }
    >
      <DataTable
        label={t('Open findings')}
        pages={pages}
        keyOf={({ id }) => id}
        linkOf={({ id }) => `${all}&finding=${id}`}
        columns={[
          { head: t('Finding'), cell: ({ detail }) => detail },
          { head: t('Severity'), cell: ({ severity }) => <Severity level={severity} />, width: '112px' },
          {
            head: t('Owner'),
            cell: ({ owner }) => owner ?? <span className="soft">{t('nobody')}</span>,
            width: '144px',
            from: 1000,
          },
          { head: t('Due'), cell: (finding) => <Due of={finding} />, width: '128px' },
        ]}
        lines={(finding) => ({
          title: finding.detail,
          detail: (
            <>
              {finding.owner ?? t('nobody owns it')}, <Due of={finding} />
            </>
          ),
          mark: <Severity level={finding.severity} isBare />,
        })}
        empty={<EmptyState title={t('No finding is open')}>{t('What was checked has not failed.')}</EmptyState>}
      />
    </Section>
  )
}

function Feeds({ of: { feeds } }: { of: PracticeShown }) {
  if (feeds.length === 0) return undefined
  return (
    <Section title={t('What feeds it')}>
      <ul className="feeds">
        {feeds.map(({ kind, title, isNeeded, suppliedBy, sources }) => (
          <li key={kind}>
            <div>
              <b>{begin(title)}</b>
              {isNeeded ? undefined : <div className="soft">{t('used where there are any')}</div>}
            </div>
            {sources.length > 0 ? (
              <ul>
                {sources.map((source) => (
                  <li key={source.name}>
                    <span>{source.name}</span>
                    {source.isCurrent ? (
                      <Age at={source.collectedAt} word={t('from')} />
                    ) : (
                      <span>
                        <StatusMark status="unknown" word={t('lapsed')} />,{' '}
                        <Age at={source.collectedAt} word={t('from')} />
                      </span>
                    )}
                  </li>
                ))}
              </ul>
            ) : (
              <p>
                <StatusMark status="unknown" word={t('Nothing yet')} />.{' '}
                {kind === 'attestation'
                  ? t('People speak for it above.')
                  : rich('<link>Bring in</link> {file}.', {
                      file: suppliedBy,
                      link: (words: ReactNode) => <PageLink to="/sources/bring">{words}</PageLink>,
                    })}
              </p>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}
