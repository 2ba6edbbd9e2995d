/** One finding with its ground: what is wrong, what to do, whose it is, and all that happened to it. */
import { Button } from '@mantine/core'
import { Children, type ReactNode, useState } from 'react'
import { showPractice } from '#core/posture/contract.ts'
import { showSubject } from '#core/safeguards/contract.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { Confirm } from '#ui/ask.tsx'
import { useChange, useRead } from '#ui/data.ts'
import { Age, Cite, DayText, Fact, FactList } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { SidePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { Loading, Note, ProblemNote } from '#ui/say.tsx'
import { Severity, StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { commentOnFinding, endException, exceptFinding, ownFindings, showFinding } from '../contract.ts'
import { partsOf } from '../model/comment.ts'
import { Attachments } from './attachments.tsx'
import { type Colleague, useMyself, useNaming } from './colleagues.ts'
import { CommentForm } from './comment-form.tsx'
import { ExceptForm } from './except-form.tsx'
import { type FindingShown, sayEvent, titleOf } from './finding-words.ts'
import { GiveForm } from './give-form.tsx'
import { type To, useGiving } from './giving.ts'

type Shown = WireOutputOf<typeof showFinding>

export function FindingPanel({ findingId, onClose }: { findingId: string | undefined; onClose: () => void }) {
  const isOpen = findingId !== undefined && /^[1-9]\d{0,14}$/.test(findingId)
  const read = useRead(showFinding, { findingId: isOpen ? Number(findingId) : 1 }, { when: isOpen })
  // What stays of the finding before must not be taken for this one.
  const data = read.data !== undefined && String(read.data.finding.id) === findingId ? read.data : undefined
  const [doing, setDoing] = useState<{ readonly what: 'give' | 'except'; readonly about: string }>()
  const what = doing?.about === findingId ? doing?.what : undefined
  const start = (next: 'give' | 'except' | undefined) =>
    setDoing(next === undefined || findingId === undefined ? undefined : { what: next, about: findingId })
  return (
    <SidePanel
      isOpen={isOpen}
      onClose={onClose}
      title={data?.finding.detail ?? t('Finding')}
      mark={data ? <Standing finding={data.finding} /> : undefined}
      actions={data && what === undefined ? <Actions shown={data} onStart={start} /> : undefined}
    >
      <Loading of={{ ...read, data }} rows={6}>
        {(shown) =>
          what === 'give' ? (
            <Give finding={shown.finding} onDone={() => start(undefined)} />
          ) : what === 'except' ? (
            <Except finding={shown.finding} onDone={() => start(undefined)} />
          ) : (
            <Ground shown={shown} />
          )
        }
      </Loading>
    </SidePanel>
  )
}

function Standing({ finding: { state, exceptedUntil } }: { finding: FindingShown }) {
  if (state === 'closed') return <span className="soft">{t('closed')}</span>
  if (exceptedUntil === null) return <StatusMark status="failed" />
  const day = <DayText key="day" day={exceptedUntil} />
  return <StatusMark status="failed" word={rich('failed, excepted until {day}', { day })} />
}

function Actions({ shown, onStart }: { shown: Shown; onStart: (what: 'give' | 'except') => void }) {
  const { finding } = shown
  const { name } = useViewer()
  const may = useMay()
  const myself = useMyself()
  const giving = useGiving()
  if (finding.state === 'closed' || !may(ownFindings)) return undefined
  // What goes wrong stands at the foot.
  const start = (to: To) => void giving.give([finding.id], to).catch(() => undefined)
  const isMine = myself !== undefined && finding.ownerMemberId === myself
  return (
    <>
      {isMine ? (
        <Button loading={giving.isBusy} onClick={() => start({ name: null })}>
          {t('Give back')}
        </Button>
      ) : (
        <Button
          variant="filled"
          loading={giving.isBusy}
          disabled={myself === undefined}
          onClick={() => myself === undefined || start({ memberId: myself, name })}
        >
          {t('Take over')}
        </Button>
      )}
      <Button onClick={() => onStart('give')}>{t('Give away')}</Button>
      {finding.state === 'open' && may(exceptFinding) ? (
        <Button onClick={() => onStart('except')}>{t('Accept for now')}</Button>
      ) : undefined}
      <ProblemNote problem={giving.problem} />
    </>
  )
}

function Ground({ shown: { finding, remedy, exception, events, members } }: { shown: Shown }) {
  const may = useMay()
  const { subject } = finding
  const hasName = subject.kind !== 'organisation'
  return (
    <div className="ground">
      {remedy === null || finding.state === 'closed' ? undefined : (
        <section className="remedy" aria-label={t('What to do')}>
          <h3>{t('What to do')}</h3>
          <p>{remedy}</p>
        </section>
      )}
      {exception ? <Exception exception={exception} findingId={finding.id} /> : undefined}
      <FactList>
        <Fact label={t('Severity')}>
          <Severity level={finding.severity} />
        </Fact>
        {hasName ? <Fact label={titleOf(subject.kind)}>{subject.label}</Fact> : undefined}
        <Fact label={t('Owner')}>{finding.owner ?? <span className="soft">{t('nobody')}</span>}</Fact>
        {finding.closedAt === null ? (
          <Fact label={t('Due')}>
            <DayText day={finding.dueOn} isDue />
          </Fact>
        ) : (
          <Fact label={t('Closed')}>
            <Age at={finding.closedAt} />
          </Fact>
        )}
        <Fact label={t('Open since')}>
          <Age at={finding.reopenedAt ?? finding.openedAt} />
        </Fact>
        <Fact label={t('Safeguard')}>
          <div>{t('{title}.', { title: finding.title })}</div>
          <div>
            {may(showPractice) ? (
              <PageLink to={`/practices/${finding.practice}`}>{titleOf(finding.practice)}</PageLink>
            ) : (
              titleOf(finding.practice)
            )}
          </div>
          {may(showSubject) ? (
            <div>
              <PageLink to={`/practices/${finding.safeguard.replace('.', '/')}?subject=${finding.subjectId}`}>
                {t('See what it rests on')}
              </PageLink>
            </div>
          ) : undefined}
          <Cite of={finding.citations} />
        </Fact>
      </FactList>
      <Attachments findingId={finding.id} />
      <History findingId={finding.id} events={events} members={members} />
    </div>
  )
}

function Exception({ exception, findingId }: { exception: NonNullable<Shown['exception']>; findingId: number }) {
  const may = useMay()
  const end = useChange(endException, { refreshes: ['posture', 'practices', 'today'] })
  return (
    <Note>
      <p>
        <b>
          {rich('{name} accepts this until {day}. It stays failed.', {
            name: exception.approvedBy,
            day: <DayText key="day" day={exception.expiresOn} />,
          })}
        </b>
      </p>
      <p>{exception.reason}</p>
      <p>
        {rich('<soft>In its place:</soft> {control}', {
          soft: (words) => <span className="soft">{words}</span>,
          control: exception.compensatingControl,
        })}
      </p>
      {may(endException) ? (
        <Confirm
          trigger={(open) => (
            <Button size="xs" onClick={open}>
              {t('End the exception')}
            </Button>
          )}
          title={t('End this exception?')}
          does={t('End it')}
          onConfirm={async () => {
            await end.run({ findingId })
          }}
        >
          {t('The finding counts as open again from now on. The exception stays in its history.')}
        </Confirm>
      ) : undefined}
    </Note>
  )
}

function History({
  findingId,
  events,
  members,
}: {
  findingId: number
  events: Shown['events']
  members: Shown['members']
}) {
  const may = useMay()
  const nameOf = useNaming(members)
  return (
    <section className="stack" aria-label={t('History')}>
      <h3>{t('History')}</h3>
      <ol className="history">
        {events.map((event) => (
          <li key={`${event.at} ${event.kind} ${event.body}`}>
            <p>
              {sayEvent(event, nameOf(event.actor))} <Age at={event.at} />
            </p>
            {event.kind === 'commented' ? <Comment text={event.body ?? ''} members={members} /> : undefined}
            {event.kind !== 'commented' && event.kind !== 'owned' && event.body !== null ? (
              <p className="said">{event.body}</p>
            ) : undefined}
          </li>
        ))}
      </ol>
      {may(commentOnFinding) ? <CommentForm key={findingId} findingId={findingId} /> : undefined}
    </section>
  )
}

/** What somebody wrote, with the names of those whom it mentions. */
function Comment({ text, members }: { text: string; members: readonly Colleague[] }) {
  const parts = partsOf(text).map((part) => {
    if (typeof part === 'string') return part
    const name = members.find(({ id }) => id === part.memberId)?.name ?? t('a colleague')
    return (
      <b key={part.at} className="mention">
        @{name}
      </b>
    )
  })
  return <p className="said">{Children.toArray(parts)}</p>
}

function Give({ finding, onDone }: { finding: FindingShown; onDone: () => void }) {
  const giving = useGiving()
  return (
    <Task title={t('Give it to somebody')}>
      <GiveForm
        findingId={finding.id}
        onGive={async (to) => {
          await giving.give([finding.id], to)
          onDone()
        }}
        onCancel={onDone}
      />
    </Task>
  )
}

function Except({ finding, onDone }: { finding: FindingShown; onDone: () => void }) {
  const except = useChange(exceptFinding, { refreshes: ['posture', 'practices', 'today'] })
  return (
    <Task title={t('Accept it for now')}>
      <ExceptForm
        onExcept={async (said) => {
          await except.run({ findingId: finding.id, ...said })
          onDone()
        }}
        onCancel={onDone}
      />
    </Task>
  )
}

function Task({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="stack" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  )
}
