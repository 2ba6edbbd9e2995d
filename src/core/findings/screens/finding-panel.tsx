/** One finding with its ground: what is wrong, what to do, whose it is, and all that happened to it. */
import { Button, Textarea } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { showPractice } from '#core/posture/contract.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { Confirm } from '#ui/ask.tsx'
import { useChange, useRead } from '#ui/data.ts'
import { Age, Cite, DayText, Fact, FactList } from '#ui/facts.tsx'
import { useFields } from '#ui/form.tsx'
import { PageLink } from '#ui/link.tsx'
import { SidePanel } from '#ui/panel.tsx'
import { Loading, Note, ProblemNote } from '#ui/say.tsx'
import { Severity, StatusMark } from '#ui/status.tsx'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { commentOnFinding, endException, exceptFinding, ownFinding, showFinding } from '../contract.ts'
import { useNaming } from './colleagues.ts'
import { ExceptForm } from './except-form.tsx'
import { type FindingShown, sayEvent, titleOf } from './finding-words.ts'
import { GiveForm } from './give-form.tsx'

type Shown = WireOutputOf<typeof showFinding>

export function FindingPanel({ findingId, onClose }: { findingId: string | undefined; onClose: () => void }) {
  const isOpen = findingId !== undefined && /^[1-9]\d{0,15}$/.test(findingId)
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
      title={data?.finding.detail ?? 'Finding'}
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
  if (state === 'closed') return <span className="soft">closed</span>
  if (exceptedUntil === null) return <StatusMark status="failed" />
  return (
    <StatusMark
      status="failed"
      word={
        <>
          failed, excepted until <DayText day={exceptedUntil} />
        </>
      }
    />
  )
}

function Actions({ shown, onStart }: { shown: Shown; onStart: (what: 'give' | 'except') => void }) {
  const { finding } = shown
  const { name } = useViewer()
  const may = useMay()
  const own = useChange(ownFinding)
  if (finding.state === 'closed' || !may(ownFinding)) return undefined
  const isMine = finding.owner === name
  return (
    <>
      {isMine ? (
        <Button loading={own.isBusy} onClick={() => own.start({ findingId: finding.id, owner: null })}>
          Give back
        </Button>
      ) : (
        <Button variant="filled" loading={own.isBusy} onClick={() => own.start({ findingId: finding.id, owner: name })}>
          Take over
        </Button>
      )}
      <Button onClick={() => onStart('give')}>Give away</Button>
      {finding.state === 'open' && may(exceptFinding) ? (
        <Button onClick={() => onStart('except')}>Accept for now</Button>
      ) : undefined}
      <ProblemNote problem={own.problem} />
    </>
  )
}

function Ground({ shown: { finding, remedy, exception, events } }: { shown: Shown }) {
  const may = useMay()
  const { subject } = finding
  const hasName = subject.kind !== 'organisation'
  return (
    <div className="ground">
      {remedy === null || finding.state === 'closed' ? undefined : (
        <section className="remedy" aria-label="What to do">
          <h3>What to do</h3>
          <p>{remedy}</p>
        </section>
      )}
      {exception ? <Exception exception={exception} findingId={finding.id} /> : undefined}
      <FactList>
        <Fact label="Severity">
          <Severity level={finding.severity} />
        </Fact>
        {hasName ? <Fact label={titleOf(subject.kind)}>{subject.label}</Fact> : undefined}
        <Fact label="Owner">{finding.owner ?? <span className="soft">nobody</span>}</Fact>
        {finding.closedAt === null ? (
          <Fact label="Due">
            <DayText day={finding.dueOn} isDue />
          </Fact>
        ) : (
          <Fact label="Closed">
            <Age at={finding.closedAt} />
          </Fact>
        )}
        <Fact label="Open since">
          <Age at={finding.reopenedAt ?? finding.openedAt} />
        </Fact>
        <Fact label="Safeguard">
          <div>{finding.title}.</div>
          <div>
            {may(showPractice) ? (
              <PageLink to={`/practices/${finding.practice}`}>{titleOf(finding.practice)}</PageLink>
            ) : (
              titleOf(finding.practice)
            )}
          </div>
          <Cite of={finding.citations} />
        </Fact>
      </FactList>
      <History findingId={finding.id} events={events} />
    </div>
  )
}

function Exception({ exception, findingId }: { exception: NonNullable<Shown['exception']>; findingId: number }) {
  const may = useMay()
  const end = useChange(endException, { refreshes: ['posture', 'practices'] })
  return (
    <Note>
      <p>
        <b>
          {exception.approvedBy} accepts this until <DayText day={exception.expiresOn} />. It stays failed.
        </b>
      </p>
      <p>{exception.reason}</p>
      <p>
        <span className="soft">In its place: </span>
        {exception.compensatingControl}
      </p>
      {may(endException) ? (
        <Confirm
          trigger={(open) => (
            <Button size="xs" onClick={open}>
              End the exception
            </Button>
          )}
          title="End this exception?"
          does="End it"
          onConfirm={async () => {
            await end.run({ findingId })
          }}
        >
          The finding counts as open again from now on. The exception stays in its history.
        </Confirm>
      ) : undefined}
    </Note>
  )
}

function History({ findingId, events }: { findingId: number; events: Shown['events'] }) {
  const may = useMay()
  const nameOf = useNaming()
  return (
    <section className="stack" aria-label="History">
      <h3>History</h3>
      <ol className="history">
        {events.map((event) => (
          <li key={`${event.at} ${event.kind} ${event.body}`}>
            <p>
              {sayEvent(event, nameOf(event.actor))} <Age at={event.at} />
            </p>
            {event.kind !== 'owned' && event.body !== null ? <p className="said">{event.body}</p> : undefined}
          </li>
        ))}
      </ol>
      {may(commentOnFinding) ? <CommentForm key={findingId} findingId={findingId} /> : undefined}
    </section>
  )
}

function CommentForm({ findingId }: { findingId: number }) {
  const add = useChange(commentOnFinding)
  const form = useFields({ comment: '' }, async ({ comment }) => {
    await add.run({ findingId, comment })
    form.reset()
  })
  return (
    <form className="stack" onSubmit={form.onSubmit} noValidate>
      <Textarea
        label="Comment"
        description="Stays in the history; leave patients’ names out."
        autosize
        minRows={2}
        maxRows={8}
        maxLength={4_000}
        {...form.field('comment')}
      />
      <ProblemNote problem={form.problem} />
      <div className="buttons">
        <Button type="submit" loading={form.isBusy} disabled={form.values.comment.trim() === ''}>
          Add the comment
        </Button>
      </div>
    </form>
  )
}

function Give({ finding, onDone }: { finding: FindingShown; onDone: () => void }) {
  const own = useChange(ownFinding)
  return (
    <Task title="Give it to somebody">
      <GiveForm
        onGive={async (owner) => {
          await own.run({ findingId: finding.id, owner })
          onDone()
        }}
        onCancel={onDone}
      />
    </Task>
  )
}

function Except({ finding, onDone }: { finding: FindingShown; onDone: () => void }) {
  const except = useChange(exceptFinding, { refreshes: ['posture', 'practices'] })
  return (
    <Task title="Accept it for now">
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
