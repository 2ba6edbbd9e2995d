/** An answer of the trail: the figures first, by whom or whose, then every access, all of them or those that need a look. */
import { Button } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { dayOf } from '#platform/days.ts'
import { download, type Problem, problemOf } from '#ui/call.ts'
import { useChange } from '#ui/data.ts'
import { PageLink } from '#ui/link.tsx'
import { Section } from '#ui/page.tsx'
import { EmptyState, ProblemNote } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { useViewer } from '#ui/viewer.tsx'
import { sayNumber, sayShortDay } from '#ui/words.ts'
import { type Purpose, personDays, report } from '../contract.ts'
import { Every } from './every-access.tsx'
import { Groups } from './groups.tsx'
import { HeatMap } from './heat-map.tsx'
import { type AccessShown, type By, type QuestionShown, sayMonthName } from './trail-words.ts'
import './trail.css'

/** What was asked, to be named again when more is asked of the same. It is held here alone, never in the address. */
export interface Asked {
  readonly by: By
  readonly identifier: string
  readonly since: string
  readonly until: string
  readonly purpose: Purpose
  readonly why: string
}

export interface Answered {
  readonly asked: Asked
  readonly question: QuestionShown
  readonly first: readonly AccessShown[]
}

export function Answer({ of: { asked, question, first } }: { of: Answered }) {
  // A table of many rows counts from where it begins, which these move.
  const [areDaysShown, setDaysShown] = useState(false)
  const [areAllGroups, setAllGroups] = useState(false)
  return (
    <div className="trail-parts">
      <Summary asked={asked} question={question} person={first[0]?.person} />
      {question.total === 0 ? (
        <Nothing by={asked.by} hasTrail={question.proof.size > 0} />
      ) : (
        <>
          {asked.by === 'person' ? <Days asked={asked} onShown={() => setDaysShown(true)} /> : undefined}
          <Groups by={asked.by} question={question} areAll={areAllGroups} onAll={() => setAllGroups(true)} />
          <Every by={asked.by} question={question} first={first} layout={`${areDaysShown} ${areAllGroups}`} />
        </>
      )}
    </div>
  )
}

function Nothing({ by, hasTrail }: { by: By; hasTrail: boolean }) {
  if (!hasTrail) {
    return (
      <EmptyState
        title={t('Nothing tells of accesses yet')}
        action={<PageLink to="/trail/bring">{t('Bring an access log')}</PageLink>}
      >
        {t(
          'So this answer says nothing about who opened what. An export of your record system’s access log is a start.',
        )}
      </EmptyState>
    )
  }
  return by === 'patient' ? (
    <EmptyState
      title={t('Nobody opened this record')}
      action={<PageLink to="/trail/sources">{t('See which systems tell of accesses')}</PageLink>}
    >
      {t(
        'The trail holds no access to it in the time that you asked for. Is the number the one that the record system uses?',
      )}
    </EmptyState>
  ) : (
    <EmptyState
      title={t('This login opened nothing')}
      action={<PageLink to="/trail/sources">{t('See which systems tell of accesses')}</PageLink>}
    >
      {t('The trail holds no access by it in the time that you asked for. Is it the one that the record system uses?')}
    </EmptyState>
  )
}

function Summary({
  asked,
  question,
  person,
}: {
  asked: Asked
  question: QuestionShown
  /** Of whoever opened something first; of a login that is asked for, its owner. */
  person: string | undefined
}) {
  const { timeZone } = useViewer()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    window.scrollTo(0, 0)
    heading.current?.focus({ preventScroll: true })
  }, [])
  const [isBusy, setBusy] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const take = async (
    name: string,
    kind: 'accounting' | 'access-report' | 'person-report' | 'proof',
    format: 'pdf' | 'csv' | 'json',
  ) => {
    setBusy(name)
    setProblem(undefined)
    try {
      const { identifier, purpose, why, since, until } = asked
      const period = { ...(since ? { since } : {}), ...(until ? { until } : {}) }
      await download(report, { report: kind, format, identifier, purpose, why, ...(kind === 'proof' ? {} : period) })
    } catch (thrown) {
      setProblem(problemOf(thrown))
    } finally {
      setBusy('')
    }
  }
  const offers =
    asked.by === 'patient'
      ? ([
          [t('Accounting (PDF)'), 'accounting', 'pdf'],
          [t('Access report (PDF)'), 'access-report', 'pdf'],
          [t('Access report (CSV)'), 'access-report', 'csv'],
        ] as const)
      : ([
          [t('Report (PDF)'), 'person-report', 'pdf'],
          [t('Report (CSV)'), 'person-report', 'csv'],
        ] as const)
  const hasProof = question.proof.hasFile
  return (
    <section className="stack" aria-labelledby="trail-answer">
      <h2 id="trail-answer" className="trail-of" ref={heading} tabIndex={-1}>
        {asked.by === 'patient'
          ? t('Patient {identifier}', { identifier: asked.identifier })
          : person === undefined || person === asked.identifier
            ? t('Login {identifier}', { identifier: asked.identifier })
            : t('Login {identifier}: {person}', { identifier: asked.identifier, person })}
      </h2>
      {question.total === 0 ? undefined : (
        <dl className="trail-sum">
          <Figure says={t('{count, plural, one {access} other {accesses}}', { count: question.total })}>
            {question.total}
          </Figure>
          <Figure
            says={
              asked.by === 'patient'
                ? t('{count, plural, one {person} other {people}}', { count: question.groupCount })
                : t('{count, plural, one {patient} other {patients}}', { count: question.groupCount })
            }
          >
            {question.groupCount}
          </Figure>
          <Figure says={t('without a known reason')}>{question.unexplained}</Figure>
        </dl>
      )}
      {question.proof.size === 0 ? undefined : (
        <div className="trail-proof">
          <StatusMark
            status="proved"
            word={question.proof.destroyedMonths.length === 0 ? t('Complete') : t('Complete for what is kept')}
          />
          <p>
            {t('The whole trail has answered, all {size, plural, one {# line} other {# lines}} of it.', {
              size: question.proof.size,
            })}{' '}
            {sayDestroyed(question.proof.destroyedMonths)}{' '}
            {question.firstAt !== null && question.lastAt !== null
              ? t('These accesses are from {first} to {last}; times are those of {zone}.', {
                  first: sayShortDay(new Date(question.firstAt), timeZone),
                  last: sayShortDay(new Date(question.lastAt), timeZone),
                  zone: timeZone.replaceAll('_', ' '),
                })
              : undefined}
          </p>
        </div>
      )}
      {question.total === 0 && !hasProof ? undefined : (
        <div className="buttons">
          {(question.total === 0 ? [] : offers).map(([name, kind, format]) => (
            <Button
              key={name}
              leftSection={<IconDownload size={16} stroke={1.5} />}
              loading={isBusy === name}
              onClick={() => void take(name, kind, format)}
            >
              {name}
            </Button>
          ))}
          {hasProof ? (
            <Button
              leftSection={<IconDownload size={16} stroke={1.5} />}
              loading={isBusy === 'proof'}
              onClick={() => void take('proof', 'proof', 'json')}
            >
              {t('Download the proof')}
            </Button>
          ) : undefined}
        </div>
      )}
      <ProblemNote problem={problem} />
    </section>
  )
}

/** Months are destroyed in their order: the first and the last name them all. */
function sayDestroyed(months: readonly string[]): string | undefined {
  const [first, last] = [months[0], months.at(-1)]
  if (first === undefined || last === undefined) return undefined
  return t(
    '{count, plural, one {What came in during {first} was destroyed when its time was over, and no answer tells of it.} other {What came in from {first} to {last} was destroyed when its time was over, and no answer tells of it.}}',
    { count: months.length, first: sayMonthName(first), last: sayMonthName(last) },
  )
}

function Figure({ says, children }: { says: string; children: number }) {
  return (
    <div>
      <dt>{says}</dt>
      <dd>{sayNumber(children)}</dd>
    </div>
  )
}

const dayMs = 86_400_000
const daysShown = 28

function Days({ asked, onShown }: { asked: Asked; onShown: () => void }) {
  const { timeZone } = useViewer()
  const pattern = useChange(personDays, { onDone: onShown })
  const { output } = pattern
  const to = asked.until || dayOf(new Date(), timeZone)
  const from = new Date(Date.parse(to) - (daysShown - 1) * dayMs).toISOString().slice(0, 10)
  return (
    <Section title={t('Days and hours')}>
      <ProblemNote problem={pattern.problem} />
      {output ? (
        <HeatMap of={output} from={from} to={to} />
      ) : (
        <div className="buttons">
          <Button
            loading={pattern.isBusy}
            onClick={() => pattern.start({ login: asked.identifier, from, to, purpose: asked.purpose, why: asked.why })}
          >
            {asked.until ? t('Show the four weeks before') : t('Show the last four weeks')}
          </Button>
        </div>
      )}
    </Section>
  )
}
