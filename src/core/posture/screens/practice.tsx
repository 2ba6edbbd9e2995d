/** One practice: what it asks, how each safeguard stands and why, its findings, and what feeds it. */
import { Button } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { attest } from '#core/attestations/contract.ts'
import { countFindings, listFindings } from '#core/findings/contract.ts'
import { Due } from '#core/findings/screens/due.tsx'
import { type FindingShown, sumOf } from '#core/findings/screens/finding-words.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { type Pages, usePages, useRead } from '#ui/data.ts'
import { Age, Cite } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { usePanel } from '#ui/panel.tsx'
import { EmptyState, Loading } from '#ui/say.tsx'
import { Severity, StatusBar, StatusMark } from '#ui/status.tsx'
import { DataTable } from '#ui/table.tsx'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { sayNumber, sayShortDay } from '#ui/words.ts'
import { showPractice } from '../contract.ts'
import { AttestPanel } from './attest-panel.tsx'
import { useChecks } from './checks.ts'
import { begin, saySafeguards, saySubjects, sayWhole } from './sentences.ts'
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
  const counts = { proved: 0, attested: 0, failed: 0, unknown: 0 }
  for (const { status } of practice.safeguards) counts[status] += 1
  return (
    <Section
      title="Safeguards"
      says={saySafeguards(counts)}
      aside={
        <span className="soft" role="status">
          {isChecking ? 'Checking again …' : ''}
        </span>
      }
    >
      <StatusBar counts={counts} of="safeguards" />
      <ul className="safeguards">
        {practice.safeguards.map((safeguard) => (
          <SafeguardRow key={safeguard.name} safeguard={safeguard} onAttest={onAttest} />
        ))}
      </ul>
    </Section>
  )
}

function SafeguardRow({ safeguard, onAttest }: { safeguard: SafeguardShown; onAttest: (safeguard: string) => void }) {
  const { timeZone } = useViewer()
  const may = useMay()
  const { name, title, status, severity, subject, subjects, citations, coversUntil, remedy, statement } = safeguard
  const isPerson = statement !== null && may(attest)
  const asks = statement === null ? undefined : status === 'attested' ? 'See the statement' : 'Attest to it'
  return (
    <li className="safeguard">
      <StatusMark status={status} isBare />
      <div className="safeguard-words">
        <h3>{title}</h3>
        <p>
          <Said safeguard={safeguard} />
        </p>
        {status === 'failed' ? (
          <p>
            <span className="soft">What to do: </span>
            {remedy}
          </p>
        ) : undefined}
        {status === 'unknown' || subjects.unknown > 0 ? (
          <Unknown safeguard={safeguard} onAttest={isPerson ? () => onAttest(name) : undefined} />
        ) : undefined}
        <p className="safeguard-small">
          {status === 'failed' ? <Severity level={severity} /> : undefined}
          {coversUntil === null || status === 'unknown' ? undefined : (
            <span>
              {status === 'failed' ? 'known' : 'holds'} until {sayShortDay(new Date(coversUntil), timeZone)}, then
              unknown
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
            aria-label={`See the findings of: ${title}`}
          >
            See the findings
          </Button>
        ) : undefined}
        {statement !== null && status !== 'unknown' && (isPerson || status === 'attested') ? (
          <Button size="xs" onClick={() => onAttest(name)} aria-label={`${asks}: ${title}`}>
            {asks}
          </Button>
        ) : undefined}
      </div>
    </li>
  )
}

/** How the safeguard stands, in one sentence. */
function Said({ safeguard: { status, subject, subjects } }: { safeguard: SafeguardShown }) {
  const counted = saySubjects(subject, subjects)
  if (counted !== undefined) return counted
  return (
    <>
      {
        {
          proved: 'It holds, by what was measured.',
          attested: 'A person says that it holds.',
          failed: 'It does not hold.',
          unknown: 'It is not known whether it holds.',
        }[status]
      }
    </>
  )
}

/** Why something is not known, and how to make it known. */
function Unknown({
  safeguard: { title, subject, whyUnknown, wanted, statement, remedy },
  onAttest,
}: {
  safeguard: SafeguardShown
  onAttest: (() => void) | undefined
}) {
  // What is decided about the requirements stands in no file.
  const isDecided = subject === 'requirement'
  return (
    <div className="unknown-why">
      <p>
        <StatusMark status="unknown" word="Unknown" />
        {whyUnknown === null ? undefined : <>: {sayWhole(whyUnknown)}</>}
      </p>
      {wanted.length === 0 ? (
        <p className="soft">{statement === null && !isDecided ? 'An export that says more would tell.' : remedy}</p>
      ) : (
        <>
          <p className="soft">{wanted.length === 1 ? 'This would tell:' : 'These would tell:'}</p>
          <ul>
            {wanted.map((file) => (
              <li key={file}>{file}</li>
            ))}
          </ul>
        </>
      )}
      <div className="buttons">
        {onAttest === undefined ? undefined : (
          <Button size="xs" onClick={onAttest} aria-label={`Attest to it: ${title}`}>
            Attest to it
          </Button>
        )}
        {isDecided ? (
          <Button size="xs" component={PageLink} to="/requirements" aria-label={`Decide on: ${title}`}>
            Decide
          </Button>
        ) : statement !== null && wanted.length === 0 ? undefined : (
          <Button size="xs" component={PageLink} to="/sources" aria-label={`Bring in a file for: ${title}`}>
            Bring in a file
          </Button>
        )}
      </div>
    </div>
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
      title="Open findings"
      aside={
        count !== undefined && count > findingsShown ? <PageLink to={all}>All {sayNumber(count)}</PageLink> : undefined
      }
    >
      <DataTable
        label="Open findings"
        pages={pages}
        keyOf={({ id }) => id}
        linkOf={({ id }) => `${all}&finding=${id}`}
        columns={[
          { head: 'Finding', cell: ({ detail }) => detail },
          { head: 'Severity', cell: ({ severity }) => <Severity level={severity} />, width: '112px' },
          {
            head: 'Owner',
            cell: ({ owner }) => owner ?? <span className="soft">nobody</span>,
            width: '144px',
            from: 1000,
          },
          { head: 'Due', cell: (finding) => <Due of={finding} />, width: '128px' },
        ]}
        lines={(finding) => ({
          title: finding.detail,
          detail: (
            <>
              {finding.owner ?? 'nobody owns it'}, <Due of={finding} />
            </>
          ),
          mark: <Severity level={finding.severity} isBare />,
        })}
        empty={<EmptyState title="No finding is open">What was checked has not failed.</EmptyState>}
      />
    </Section>
  )
}

function Feeds({ of: { feeds } }: { of: PracticeShown }) {
  if (feeds.length === 0) return undefined
  return (
    <Section title="What feeds it">
      <ul className="feeds">
        {feeds.map(({ kind, title, isNeeded, suppliedBy, sources }) => (
          <li key={kind}>
            <div>
              <b>{begin(title)}</b>
              {isNeeded ? undefined : <div className="soft">used where there are any</div>}
            </div>
            {sources.length > 0 ? (
              <ul>
                {sources.map((source) => (
                  <li key={source.name}>
                    <span>{source.name}</span>
                    {source.isCurrent ? (
                      <Age at={source.collectedAt} word="from" />
                    ) : (
                      <span>
                        <StatusMark status="unknown" word="lapsed" />, <Age at={source.collectedAt} word="from" />
                      </span>
                    )}
                  </li>
                ))}
              </ul>
            ) : (
              <p>
                <StatusMark status="unknown" word="Nothing yet" />.{' '}
                {kind === 'attestation' ? (
                  'People speak for it above.'
                ) : (
                  <>
                    <PageLink to="/sources">Bring in</PageLink> {suppliedBy}.
                  </>
                )}
              </p>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}
