/** The first page: how every practice stands and stood, what fails first, what the last days changed, and what would tell more. */
import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { listFindings } from '#core/findings/contract.ts'
import { FindingLink } from '#core/findings/screens/finding-link.tsx'
import { answerQuestion } from '#core/questions/contract.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { dayOf } from '#platform/days.ts'
import { useRead } from '#ui/data.ts'
import { Age } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { rich } from '#ui/rich.tsx'
import { EmptyState, Loading, Note } from '#ui/say.tsx'
import { StatusBar, StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { Sparkline, type TrendCounts } from '#ui/trend.tsx'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { sayShortDay } from '#ui/words.ts'
import { showStart } from '../../start/contract.ts'
import { showPosture, showTrend } from '../contract.ts'
import { FourValues } from './four-values.tsx'
import {
  sayHeadline,
  sayOpen,
  sayPractices,
  saySafeguards,
  sayTrend,
  sayWhole,
  sortStanding,
  splitFile,
  sumStanding,
} from './sentences.ts'
import './posture.css'

type Posture = WireOutputOf<typeof showPosture>
type Trend = WireOutputOf<typeof showTrend>

export function PostureScreen() {
  const read = useRead(showPosture, {})
  const { data } = read
  const isEmpty = data?.sources.length === 0
  const trend = useRead(showTrend, {}, { when: data !== undefined && !isEmpty })
  return (
    <Page>
      <PageHead
        title={t('Posture')}
        says={data === undefined ? ' ' : isEmpty ? t('Nothing is known yet.') : sayHeadline(data.practices)}
        action={data && !isEmpty ? <FirstThing of={data} /> : undefined}
      />
      <Loading of={read} rows={11}>
        {(posture) =>
          posture.sources.length === 0 ? <Beginning of={posture} /> : <Standing of={posture} trend={trend.data} />
        }
      </Loading>
    </Page>
  )
}

/** The one thing to do next: the gravest findings, or what is unknown. */
function FirstThing({ of: { findingCounts } }: { of: Posture }) {
  const may = useMay()
  if (!may(listFindings)) return undefined
  const gravest = (['critical', 'high', 'medium', 'low'] as const).find((level) => findingCounts[level] > 0)
  if (gravest === undefined) return undefined
  const count = findingCounts[gravest]
  const said = {
    critical: t('{count, plural, one {See the critical finding} other {See the # critical findings}}', { count }),
    high: t('{count, plural, one {See the high finding} other {See the # high findings}}', { count }),
    medium: t('{count, plural, one {See the medium finding} other {See the # medium findings}}', { count }),
    low: t('{count, plural, one {See the low finding} other {See the # low findings}}', { count }),
  }
  return (
    <Button variant="filled" component={PageLink} to={`/findings?severity=${gravest}`}>
      {said[gravest]}
    </Button>
  )
}

function Beginning({ of: { wanted } }: { of: Posture }) {
  const may = useMay()
  const first = wanted.filter(({ by }) => by === 'file').slice(0, 3)
  return (
    <EmptyState
      title={t('Bring in the first files')}
      action={
        may(showStart) ? (
          <Button variant="filled" component={PageLink} to="/start">
            {t('Start with four questions')}
          </Button>
        ) : undefined
      }
    >
      <span className="first-files">
        <span>{t('These three tell most, as they come out of your systems:')}</span>
        {first.map(({ file }) => {
          const { name, more } = splitFile(file)
          return (
            <span key={file} className="first-file">
              <b>{name}</b>
              {more === undefined ? undefined : <span>{sayWhole(more)}</span>}
            </span>
          )
        })}
        <span>
          {rich('Or <link>bring in files</link> that you have at hand.', {
            link: (words: ReactNode) => <PageLink to="/sources/bring">{words}</PageLink>,
          })}
        </span>
      </span>
    </EmptyState>
  )
}

function Standing({ of: posture, trend }: { of: Posture; trend: Trend | undefined }) {
  const { practices, openQuestions, sources, wanted } = posture
  const trends = new Map(trend?.practices.map(({ name, safeguards }) => [name, safeguards]))
  return (
    <div className="posture">
      <FourValues counts={sumStanding(practices)} />
      <Asks questions={openQuestions} lapsed={sources.filter(({ isCurrent }) => !isCurrent).length} />
      <div>
        <div className="practice practices-head" aria-hidden="true">
          <span>{t('Practice')}</span>
          <span>{t('Its safeguards')}</span>
          <span>{t('Last 12 months')}</span>
          <span>{t('Worst open finding')}</span>
        </div>
        <ul className="practices" aria-label={t('Practices')}>
          {sortStanding(practices).map((practice) => (
            <PracticeRow key={practice.name} practice={practice} trend={trends.get(practice.name)} />
          ))}
        </ul>
        <Since at={trend?.since} />
      </div>
      <Changes of={posture} />
      {wanted.length === 0 ? undefined : <MakeKnown of={posture} />}
    </div>
  )
}

/** Since when Vigil has looked, where that is less than the year that is shown. */
function Since({ at }: { at: string | null | undefined }) {
  const { timeZone } = useViewer()
  if (at === undefined || at === null) return undefined
  const day = sayShortDay(new Date(`${dayOf(new Date(at), timeZone)}T00:00:00Z`))
  return (
    <p className="soft since">
      {t('Vigil has looked since {day}. What came before, and whatever has lapsed, is unknown.', { day })}
    </p>
  )
}

/** What waits for an answer of the viewer, before all else. */
function Asks({ questions, lapsed }: { questions: number; lapsed: number }) {
  const mayAnswer = useMay()(answerQuestion)
  if (questions === 0 && lapsed === 0) return undefined
  const link = (to: string) => (words: ReactNode) => <PageLink to={to}>{words}</PageLink>
  return (
    <Note>
      {questions === 0 ? undefined : (
        <p>
          {mayAnswer
            ? rich(
                '{count, plural, one {Vigil asks one question rather than guess who is who. <link>Answer it</link>} other {Vigil asks # questions rather than guess who is who. <link>Answer them</link>}}',
                { count: questions, link: link('/questions') },
              )
            : rich(
                '{count, plural, one {Vigil asks one question} other {Vigil asks # questions}} rather than guess who is who. <link>See them</link>',
                { count: questions, link: link('/questions') },
              )}
        </p>
      )}
      {lapsed === 0 ? undefined : (
        <p>
          {rich(
            '{count, plural, one {One source has lapsed: what it said speaks no more.} other {# sources have lapsed: what they said speaks no more.}} <link>Bring in newer files</link>',
            { count: lapsed, link: link('/sources') },
          )}
        </p>
      )}
    </Note>
  )
}

function PracticeRow({ practice, trend }: { practice: Posture['practices'][number]; trend: TrendCounts | undefined }) {
  const { name, title, status, safeguards, openFindings, worstFinding } = practice
  const may = useMay()
  return (
    <li className="practice">
      <div className="practice-words">
        <h2>
          <StatusMark status={status} isBare />
          <PageLink to={`/practices/${name}`} className="practice-link">
            {title}
          </PageLink>
        </h2>
        <p>
          {saySafeguards(safeguards)} {openFindings > 0 ? sayOpen(openFindings) : undefined}
        </p>
      </div>
      <StatusBar counts={safeguards} of={t('safeguards')} />
      <div className="practice-trend">
        {trend === undefined ? undefined : <Sparkline counts={trend} says={sayTrend(trend)} />}
      </div>
      <div className="practice-worst">
        {worstFinding !== null && may(listFindings) ? (
          <FindingLink finding={worstFinding} />
        ) : safeguards.unknown > 0 ? (
          <PageLink to={`/practices/${name}`}>{t('Make it known')}</PageLink>
        ) : (
          <span className="soft">{t('Nothing to put right.')}</span>
        )}
      </div>
    </li>
  )
}

function Changes({ of: { changes } }: { of: Posture }) {
  const { opened, closed } = changes
  return (
    <Section title={t('The last seven days')}>
      <div className="changes">
        <Moved
          title={t('{count, plural, =0 {No finding opened} other {# opened}}', { count: opened.count })}
          of={opened}
          all="/findings?sort=-opened"
        />
        <Moved
          title={t('{count, plural, =0 {No finding closed} other {# closed}}', { count: closed.count })}
          of={closed}
          all="/findings?state=closed"
        />
      </div>
    </Section>
  )
}

function Moved({ title, of: { count, first }, all }: { title: string; of: Posture['changes']['opened']; all: string }) {
  const more = count - first.length
  return (
    <div className="moved">
      <h3>{title}</h3>
      {first.length === 0 ? undefined : (
        <ul>
          {first.map((finding) => (
            <li key={finding.id}>
              <FindingLink finding={finding} />
              <Age at={finding.closedAt ?? finding.reopenedAt ?? finding.openedAt} />
            </li>
          ))}
        </ul>
      )}
      {more > 0 ? <PageLink to={all}>{t('And {more, number} more', { more })}</PageLink> : undefined}
    </div>
  )
}

function MakeKnown({ of: { wanted, practices } }: { of: Posture }) {
  return (
    <Section
      title={t('Make it known')}
      says={t('What is unknown cannot be relied on. Each of these would tell more, those that tell most first.')}
    >
      <ul className="wanted">
        {wanted.map(({ by, file, safeguards }) => {
          const { name, more } = splitFile(file)
          return (
            <li key={file}>
              <StatusMark status="unknown" isBare />
              <div>
                <p>
                  <b>{by === 'statement' ? t('A statement by somebody who knows') : name}</b>
                </p>
                {more === undefined || by === 'statement' ? undefined : <p className="soft">{sayWhole(more)}</p>}
                <p>
                  {t('{count, plural, one {For one safeguard:} other {For # safeguards:}}', {
                    count: safeguards.length,
                  })}{' '}
                  {sayPractices(safeguards, practices).map(({ name, title, count }, at) => (
                    <span key={name}>
                      {at === 0 ? '' : ', '}
                      <PageLink to={`/practices/${name}`}>{title}</PageLink>
                      {count > 1 ? ` (${count})` : ''}
                    </span>
                  ))}
                </p>
              </div>
              {by === 'file' ? (
                <Button
                  size="xs"
                  component={PageLink}
                  to="/sources/bring"
                  aria-label={t('Bring it in: {name}', { name })}
                >
                  {t('Bring it in')}
                </Button>
              ) : undefined}
            </li>
          )
        })}
      </ul>
    </Section>
  )
}
