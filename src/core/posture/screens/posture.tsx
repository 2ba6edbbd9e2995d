/** The first page: how every practice stands, what fails first, what the last days changed, and what would tell more. */
import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { listFindings } from '#core/findings/contract.ts'
import { FindingLink } from '#core/findings/screens/finding-link.tsx'
import { answerQuestion } from '#core/questions/contract.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { useRead } from '#ui/data.ts'
import { Age } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { EmptyState, Loading, Note } from '#ui/say.tsx'
import { StatusBar, StatusMark } from '#ui/status.tsx'
import { useMay } from '#ui/viewer.tsx'
import { sayNumber } from '#ui/words.ts'
import { showPosture } from '../contract.ts'
import { sayHeadline, sayOpen, sayPractices, saySafeguards, sayWhole, sortStanding, splitFile } from './sentences.ts'
import './posture.css'

type Posture = WireOutputOf<typeof showPosture>

export function PostureScreen() {
  const read = useRead(showPosture, {})
  const { data } = read
  const isEmpty = data?.sources.length === 0
  return (
    <Page>
      <PageHead
        title="Posture"
        says={data === undefined ? ' ' : isEmpty ? 'Nothing is known yet.' : sayHeadline(data.practices)}
        action={data && !isEmpty ? <FirstThing of={data} /> : undefined}
      />
      <Loading of={read} rows={11}>
        {(posture) => (posture.sources.length === 0 ? <Beginning of={posture} /> : <Standing of={posture} />)}
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
  const what = count === 1 ? `the ${gravest} finding` : `the ${sayNumber(count)} ${gravest} findings`
  return (
    <Button variant="filled" component={PageLink} to={`/findings?severity=${gravest}`}>
      See {what}
    </Button>
  )
}

function Beginning({ of: { wanted } }: { of: Posture }) {
  const first = wanted.filter(({ by }) => by === 'file').slice(0, 3)
  return (
    <EmptyState
      title="Bring in the first files"
      action={
        <Button variant="filled" component={PageLink} to="/sources">
          Bring in files
        </Button>
      }
    >
      <span className="first-files">
        <span>These three tell most, as they come out of your systems:</span>
        {first.map(({ file }) => {
          const { name, more } = splitFile(file)
          return (
            <span key={file} className="first-file">
              <b>{name}</b>
              {more === undefined ? undefined : <span>{sayWhole(more)}</span>}
            </span>
          )
        })}
      </span>
    </EmptyState>
  )
}

function Standing({ of: posture }: { of: Posture }) {
  const { practices, openQuestions, sources, wanted } = posture
  return (
    <div className="posture">
      <Asks questions={openQuestions} lapsed={sources.filter(({ isCurrent }) => !isCurrent)} />
      <ul className="practices" aria-label="Practices">
        {sortStanding(practices).map((practice) => (
          <PracticeRow key={practice.name} practice={practice} />
        ))}
      </ul>
      <Changes of={posture} />
      {wanted.length === 0 ? undefined : <MakeKnown of={posture} />}
    </div>
  )
}

/** What waits for an answer of the viewer, before all else. */
function Asks({ questions, lapsed }: { questions: number; lapsed: Posture['sources'] }) {
  const mayAnswer = useMay()(answerQuestion)
  const notes: ReactNode[] = []
  if (questions > 0) {
    notes.push(
      <p key="questions">
        {questions === 1
          ? 'Vigil asks one question rather than guess who is who. '
          : `Vigil asks ${sayNumber(questions)} questions rather than guess who is who. `}
        <PageLink to="/questions">{mayAnswer ? (questions === 1 ? 'Answer it' : 'Answer them') : 'See them'}</PageLink>
      </p>,
    )
  }
  if (lapsed.length > 0) {
    notes.push(
      <p key="lapsed">
        {lapsed.length === 1
          ? 'One source has lapsed: what it said speaks no more. '
          : `${sayNumber(lapsed.length)} sources have lapsed: what they said speaks no more. `}
        <PageLink to="/sources">Bring in newer files</PageLink>
      </p>,
    )
  }
  return notes.length === 0 ? undefined : <Note>{notes}</Note>
}

function PracticeRow({ practice }: { practice: Posture['practices'][number] }) {
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
      <StatusBar counts={safeguards} of="safeguards" />
      <div className="practice-worst">
        {worstFinding !== null && may(listFindings) ? (
          <FindingLink finding={worstFinding} />
        ) : safeguards.unknown > 0 ? (
          <PageLink to={`/practices/${name}`}>Make it known</PageLink>
        ) : (
          <span className="soft">Nothing to put right.</span>
        )}
      </div>
    </li>
  )
}

function Changes({ of: { changes } }: { of: Posture }) {
  return (
    <Section title="The last seven days">
      <div className="changes">
        <Moved
          title={changes.opened.count === 0 ? 'No finding opened' : `${sayNumber(changes.opened.count)} opened`}
          of={changes.opened}
          all="/findings?sort=-opened"
        />
        <Moved
          title={changes.closed.count === 0 ? 'No finding closed' : `${sayNumber(changes.closed.count)} closed`}
          of={changes.closed}
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
      {more > 0 ? <PageLink to={all}>And {sayNumber(more)} more</PageLink> : undefined}
    </div>
  )
}

function MakeKnown({ of: { wanted, practices } }: { of: Posture }) {
  return (
    <Section
      title="Make it known"
      says="What is unknown cannot be relied on. Each of these would tell more, those that tell most first."
    >
      <ul className="wanted">
        {wanted.map(({ by, file, safeguards }) => {
          const { name, more } = splitFile(file)
          const waiting = sayPractices(safeguards, practices)
          return (
            <li key={file}>
              <StatusMark status="unknown" isBare />
              <div>
                <p>
                  <b>{by === 'statement' ? 'A statement by somebody who knows' : name}</b>
                </p>
                {more === undefined || by === 'statement' ? undefined : <p className="soft">{sayWhole(more)}</p>}
                <p>
                  {safeguards.length === 1 ? 'For one safeguard: ' : `For ${safeguards.length} safeguards: `}
                  {waiting.map(({ name, title, count }, at) => (
                    <span key={name}>
                      {at === 0 ? '' : ', '}
                      <PageLink to={`/practices/${name}`}>{title}</PageLink>
                      {count > 1 ? ` (${count})` : ''}
                    </span>
                  ))}
                </p>
              </div>
              {by === 'file' ? (
                <Button size="xs" component={PageLink} to="/sources" aria-label={`Bring it in: ${name}`}>
                  Bring it in
                </Button>
              ) : undefined}
            </li>
          )
        })}
      </ul>
    </Section>
  )
}
