/** One safeguard to its ground: how it stands and stood, what it judges one by one, what it rests on, and the query itself. */
import { Button, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useParams } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { attest } from '#core/attestations/contract.ts'
import { listFindings } from '#core/findings/contract.ts'
import { useNaming } from '#core/findings/screens/colleagues.ts'
import { kindWords } from '#core/intake/contract.ts'
import { listSubjects, showSafeguard } from '#core/safeguards/contract.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { dayOf } from '#platform/days.ts'
import { usePages, useRead } from '#ui/data.ts'
import { Age, Cite } from '#ui/facts.tsx'
import { PageLink, useWord } from '#ui/link.tsx'
import { Filters, Page, PageHead, Section } from '#ui/page.tsx'
import { usePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { EmptyState, Loading } from '#ui/say.tsx'
import { Severity, StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { DataTable } from '#ui/table.tsx'
import { TimeStrip } from '#ui/trend.tsx'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { sayShortDay } from '#ui/words.ts'
import { EvidenceFor } from '../../evidence/screens/evidence-for.tsx'
import { AttestPanel, Statements } from './attest-panel.tsx'
import { useChecks } from './checks.ts'
import { LedgerLink, Rests } from './ground.tsx'
import { QueryText } from './query-text.tsx'
import { begin, saySafeguard, saySubjects, sayYear } from './sentences.ts'
import { type SafeguardShown, SubjectPanel } from './subject-panel.tsx'
import { UnknownWhy } from './unknown.tsx'
import './posture.css'

export function SafeguardScreen() {
  const { practice = '', claim = '' } = useParams({ strict: false }) as Readonly<Record<string, string>>
  // Its name is `practice.claim`; an address that ends in a word behind a full stop is that of a file.
  const name = `${practice}.${claim}`
  const read = useRead(showSafeguard, { safeguard: name })
  const data = read.data?.safeguard.name === name ? read.data : undefined
  const attesting = usePanel('attest')
  const checks = useChecks()
  return (
    <Page>
      <PageHead
        title={data?.safeguard.title ?? t('Safeguard')}
        says={
          data
            ? (saySubjects(data.safeguard.subject, data.safeguard.subjects) ?? saySafeguard(data.safeguard.status))
            : ' '
        }
        mark={data ? <StatusMark status={data.safeguard.status} isBare /> : undefined}
        action={data ? <FirstThing of={data} onAttest={() => attesting.open(name)} /> : undefined}
      />
      <Loading of={{ ...read, data }} rows={8}>
        {(shown) => (
          <div className="posture">
            <Standing of={shown} isChecking={checks.isRunning} onAttest={() => attesting.open(name)} />
            <Year of={shown} />
            {shown.safeguard.subject === 'organisation' ? (
              <OneSubject of={shown} onSaid={checks.begin} />
            ) : (
              <Subjects key={name} of={shown} />
            )}
            <Ground of={shown} />
            <Section
              title={t('Evidence')}
              says={t('Files that support it, for whoever asks to see more than the facts.')}
            >
              <EvidenceFor key={name} about={`safeguard:${name}`} />
            </Section>
            <Query of={shown} />
            <SubjectPanel of={shown} onAttest={() => attesting.open(name)} />
            <AttestPanel
              safeguard={attesting.value === name ? shown.safeguard : undefined}
              onClose={attesting.close}
              onSaid={checks.begin}
            />
          </div>
        )}
      </Loading>
    </Page>
  )
}

/** The one thing to do next: put right what fails, or make known what is not. */
function FirstThing({ of: { safeguard, unknown }, onAttest }: { of: SafeguardShown; onAttest: () => void }) {
  const may = useMay()
  const { name, subjects, statement } = safeguard
  if (subjects.failed > 0 && may(listFindings)) {
    return (
      <Button variant="filled" component={PageLink} to={`/findings?safeguard=${name}`}>
        {t('{count, plural, one {See the finding} other {See the # findings}}', { count: subjects.failed })}
      </Button>
    )
  }
  if (unknown === null || unknown.waitsFor !== null) return undefined
  if (statement !== null && unknown.files.length === 0) {
    return may(attest) ? (
      <Button variant="filled" onClick={onAttest}>
        {t('Attest to it')}
      </Button>
    ) : undefined
  }
  return (
    <Button variant="filled" component={PageLink} to="/sources/bring">
      {t('Bring in a file')}
    </Button>
  )
}

function Standing({
  of: { safeguard, unknown, judgement },
  isChecking,
  onAttest,
}: {
  of: SafeguardShown
  isChecking: boolean
  onAttest: () => void
}) {
  const { timeZone } = useViewer()
  const { practice, severity, citations, status, coversUntil, remedy, title } = safeguard
  return (
    <div className="stack">
      <p className="safeguard-small">
        <span>
          {rich('A safeguard of <link>{practice}</link>', {
            practice: practice.title,
            link: (words: ReactNode) => <PageLink to={`/practices/${practice.name}`}>{words}</PageLink>,
          })}
        </span>
        {status === 'failed' ? <Severity level={severity} /> : undefined}
        {judgement === null ? undefined : <Age at={judgement.at} word={t('checked')} />}
        {coversUntil === null || new Date(coversUntil) <= new Date() ? undefined : (
          <span>
            {t('speaks until {until}, then unknown', { until: sayShortDay(new Date(coversUntil), timeZone) })}
          </span>
        )}
        <Cite of={citations} />
        <span role="status">{isChecking ? t('Checking again …') : ''}</span>
      </p>
      {status === 'failed' ? (
        <p className="reading">
          {rich('<soft>What to do:</soft> {remedy}', {
            remedy,
            soft: (words: ReactNode) => <span className="soft">{words}</span>,
          })}
        </p>
      ) : undefined}
      {unknown === null ? undefined : <UnknownWhy of={unknown} title={title} remedy={remedy} onAttest={onAttest} />}
    </div>
  )
}

/** Whether it was in place on every day of the last 12 months, as the law on recognized security practices asks. */
function Year({ of: { year } }: { of: SafeguardShown }) {
  const { timeZone } = useViewer()
  const { days, spans, since } = year
  const begun = since === null ? undefined : dayOf(new Date(since), timeZone)
  const says = sayYear(days)
  return (
    <Section title={t('Was it in place on every day of the last 12 months?')} says={says}>
      <TimeStrip
        stretches={spans}
        says={says}
        words={{
          proved: t('{count, plural, one {# day proved} other {# days proved}}', { count: days.proved }),
          attested: t('{count, plural, one {# day attested} other {# days attested}}', { count: days.attested }),
          failed: t('{count, plural, one {# day failed} other {# days failed}}', { count: days.failed }),
          unknown: t('{count, plural, one {# day unknown} other {# days unknown}}', { count: days.unknown }),
        }}
      />
      <p className="soft reading">
        {begun === undefined || begun <= year.from
          ? t('A day counts as failed when it failed at any time of that day, and else as it stood when the day ended.')
          : t(
              'Vigil has looked since {day}; the days before are unknown. A day counts as failed when it failed at any time of that day, and else as it stood when the day ended.',
              { day: sayShortDay(new Date(`${begun}T00:00:00Z`)) },
            )}
      </p>
      <p className="soft reading">
        {t(
          'The HITECH amendment of 2021 (Pub. L. 116-321) lets regulators take into account that recognized security practices were in place for the previous 12 months. This is what can be shown of it.',
        )}
      </p>
    </Section>
  )
}

const verdicts = ['fail', 'unknown', 'pass'] as const

function Subjects({ of: { safeguard, judgement, unknown } }: { of: SafeguardShown }) {
  const { name, subjects } = safeguard
  const [word, setVerdict] = useWord('verdict')
  const verdict = verdicts.find((one) => one === word)
  // What is typed are names of people: they do not stand in the address.
  const [q, setQ] = useState('')
  const find = useDebouncedCallback(setQ, 250)
  const panel = usePanel('subject')
  const words = q.trim()
  const pages = usePages(listSubjects, {
    safeguard: name,
    limit: 100,
    ...(verdict ? { verdict } : {}),
    ...(words === '' ? {} : { q: words }),
  })
  const passing = subjects.proved + subjects.attested
  return (
    <Section title={t('What it judges, one by one')}>
      <Filters>
        <Select
          label={t('Verdict')}
          placeholder={t('any')}
          clearable
          value={verdict ?? null}
          onChange={(value) => setVerdict(value)}
          data={[
            { value: 'fail', label: t('Fails ({count, number})', { count: subjects.failed }) },
            { value: 'unknown', label: t('Unknown ({count, number})', { count: subjects.unknown }) },
            { value: 'pass', label: t('Passes ({count, number})', { count: passing }) },
          ]}
        />
        <TextInput
          label={t('Name')}
          placeholder={t('Part of a name')}
          maxLength={100}
          autoComplete="off"
          onChange={(event) => find(event.currentTarget.value)}
        />
      </Filters>
      <DataTable
        label={t('What it judges')}
        pages={pages}
        keyOf={({ id }) => id}
        linkOf={({ id }) => panel.addressOf(id)}
        chosen={panel.value}
        columns={[
          {
            head: t('Name'),
            cell: ({ status, label }) => (
              <>
                <StatusMark status={status} isBare /> {label}
              </>
            ),
            width: '26%',
          },
          { head: t('Of'), cell: ({ of, person }) => [person, of].filter(Boolean).join(', '), width: '24%' },
          {
            head: t('What was found'),
            cell: (item) => <Found of={item} why={unknown?.why} />,
            from: 1000,
          },
          { head: t('Since'), cell: ({ since }) => <Age at={since} />, width: '128px' },
        ]}
        lines={(item) => ({
          title: item.label,
          detail: [item.person, item.of].filter(Boolean).join(', ') || <Found of={item} why={unknown?.why} />,
          mark: <StatusMark status={item.status} isBare />,
        })}
        empty={
          words !== '' || verdict !== undefined ? (
            <EmptyState title={t('Nothing of that kind')}>{t('Ask for another verdict or another name.')}</EmptyState>
          ) : (
            <EmptyState title={t('Nothing to judge')}>
              {judgement === null
                ? t('It has not been checked yet.')
                : t('No source names anything that this safeguard would judge.')}
            </EmptyState>
          )
        }
      />
    </Section>
  )
}

type Subject = WireOutputOf<typeof listSubjects>['items'][number]

function Found({ of: { status, was, detail }, why }: { of: Subject; why: string | undefined }) {
  if (detail !== null && status === 'failed') return detail
  if (was !== null) return <span className="soft">{t('What was known of it has lapsed.')}</span>
  if (status === 'unknown') return <span className="soft">{why === undefined ? '' : begin(why)}</span>
  return <span className="soft">{status === 'proved' ? t('It passes, as measured.') : t('It passes, as stated.')}</span>
}

/** Where the organisation itself is the one thing that is judged: its statements, and the way to the facts. */
function OneSubject({ of: { safeguard, judgement }, onSaid }: { of: SafeguardShown; onSaid: () => void }) {
  const panel = usePanel('subject')
  const pages = usePages(listSubjects, { safeguard: safeguard.name, limit: 1 })
  const [one] = pages.items
  return (
    <>
      {safeguard.statement === null ? undefined : <Statements safeguard={safeguard.name} onSaid={onSaid} />}
      {one === undefined || judgement === null ? undefined : (
        <Section title={t('What it judges')} says={t('The organisation as a whole.')}>
          <div>
            <Button component={PageLink} to={panel.addressOf(one.id)}>
              {t('See what speaks of it')}
            </Button>
          </div>
        </Section>
      )}
    </>
  )
}

function Ground({ of: { judgement, needs, uses } }: { of: SafeguardShown }) {
  const name = useNaming()
  if (judgement === null) return undefined
  const kinds = [...needs, ...uses].map((kind) => kindWords[kind as keyof typeof kindWords].title)
  return (
    <Section
      title={t('What it rests on')}
      says={
        kinds.length === 0
          ? t('It rests on what is recorded in Vigil itself.')
          : t('It reads {kinds}. These were the newest when it was last checked.', { kinds: kinds.join(', ') })
      }
      aside={<LedgerLink entry={judgement.entry}>{t('The check on the ledger')}</LedgerLink>}
    >
      <Rests of={judgement.rests} name={name} />
    </Section>
  )
}

function Query({ of: { query, safeguard } }: { of: SafeguardShown }) {
  return (
    <Section
      title={t('The query that judges it')}
      says={
        safeguard.statement === null
          ? t('Every verdict follows from this query over the facts, and from nothing else. It can only read.')
          : t(
              'Every verdict follows from this query over what people stated and the facts there are. It can only read.',
            )
      }
    >
      <QueryText query={query} />
    </Section>
  )
}
