/** One case: the story in plain words, what was looked for, who and when (read on demand), and the decision. */
import { Button, Select, Textarea } from '@mantine/core'
import { IconEye } from '@tabler/icons-react'
import { useParams } from '@tanstack/react-router'
import { useNaming } from '#core/findings/screens/colleagues.ts'
import { demand } from '#core/sign-in/screens/flaws.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { dayOf } from '#platform/days.ts'
import { useChange, useRead } from '#ui/data.ts'
import { Age, DayText, Fact, FactList } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { EmptyState, Loading, Note, ProblemNote } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { sayMoment } from '#ui/words.ts'
import { personDays } from '../../trail/contract.ts'
import { Accesses } from '../../trail/screens/accesses.tsx'
import { HeatMap } from '../../trail/screens/heat-map.tsx'
import { pagesOf } from '../../trail/screens/pages.ts'
import { assignCase, commentOnCase, decideCase, listReviewers, readCase, showCase } from '../contract.ts'
import { type CaseShown, decisionWords, kindWords, sayExtent, sayName, stateMarks, stateWords } from './case-words.ts'
import { Weight } from './cases.tsx'
import { Deciding, isWaiting, OwnCase, ToDecision } from './deciding.tsx'
import './cases.css'

type Shown = WireOutputOf<typeof showCase>

export function CaseScreen() {
  const { case: caseId = '' } = useParams({ strict: false }) as { case?: string }
  const read = useRead(showCase, { caseId })
  const mayDecide = useMay()(decideCase)
  const title = read.data
    ? t('{kind}: {person}', { kind: kindWords[read.data.case.kind], person: sayName(read.data.case) })
    : t('Case')
  return (
    <Page>
      <PageHead
        title={title}
        says={read.data ? sayExtent(read.data.case) : ' '}
        action={read.data && mayDecide && !read.data.isOwn && isWaiting(read.data.case) ? <ToDecision /> : undefined}
      />
      {read.problem?.status === 404 && read.data === undefined ? (
        <EmptyState
          title={t('There is no such case')}
          action={<PageLink to="/cases">{t('Show all cases that wait')}</PageLink>}
        />
      ) : (
        <Loading of={read}>{(shown) => <Case key={shown.case.id} of={shown} />}</Loading>
      )}
    </Page>
  )
}

function Case({ of: shown }: { of: Shown }) {
  const { case: one, told, missed, explainedBy, decision } = shown
  return (
    <div className="case">
      <p className="case-narrative">{one.narrative}</p>
      {explainedBy ? <Note>{t('Explained since: {by}', { by: explainedBy })}</Note> : undefined}
      {decision ? (
        <Note>
          {t('{decision}: {reason}', { decision: decisionWords[decision.decision], reason: decision.reason })}
        </Note>
      ) : undefined}
      {shown.incidentTaskId === null ? undefined : (
        <p>
          <PageLink to={`/tasks?task=${shown.incidentTaskId}`}>{t('An incident is asked for: the task')}</PageLink>
        </p>
      )}
      <Facts of={shown} />
      <Section title={t('What makes it a case')}>
        <ul className="case-told">
          {told.map(({ kind, says }) => (
            <li key={`${kind} ${says}`}>{says}</li>
          ))}
        </ul>
      </Section>
      <WhoAndWhen of={one} />
      <Section title={t('Looked for, and not found')}>
        <ul className="case-told case-missed">
          {missed.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      </Section>
      <Pattern of={one} />
      <Others of={shown} />
      {shown.isOwn ? isWaiting(one) && <OwnCase /> : <Deciding key={`${one.version} ${one.state}`} of={one} />}
      <History of={shown} />
    </div>
  )
}

function Facts({ of: { case: one, members, isOwn } }: { of: Shown }) {
  const { timeZone } = useViewer()
  const nameOf = useNaming(members)
  return (
    <FactList>
      <Fact label={t('State')}>
        <StatusMark status={stateMarks[one.state]} word={stateWords[one.state]} />
      </Fact>
      <Fact label={t('Weight')}>
        <Weight of={one.score} /> <span className="soft">{t('of 100')}</span>
      </Fact>
      <Fact label={t('Person')}>
        {one.person.id === null ? sayName(one) : <PageLink to={`/people/${one.person.id}`}>{sayName(one)}</PageLink>}
      </Fact>
      <Fact label={t('Department')}>{one.person.department || undefined}</Fact>
      <Fact label={t('Role')}>{one.person.role || undefined}</Fact>
      <Fact label={t('Login')}>{one.logins.join(', ')}</Fact>
      <Fact label={t('First access')}>{sayMoment(new Date(one.firstAt), timeZone)}</Fact>
      <Fact label={t('Last access')}>{sayMoment(new Date(one.lastAt), timeZone)}</Fact>
      <Fact label={t('Owner')}>
        <Owner of={one} isOwn={isOwn} />
      </Fact>
      <Fact label={t('Decision')}>
        {one.decidedBy ? (
          t('by {name}', { name: nameOf(one.decidedBy) })
        ) : (
          <span>
            {t('due')} <DayText day={one.dueOn} isDue={one.decidedAt === null} />
          </span>
        )}
      </Fact>
    </FactList>
  )
}

function Owner({ of: one, isOwn }: { of: CaseShown; isOwn: boolean }) {
  const mayAssign = useMay()(assignCase) && !isOwn
  const reviewers = useRead(listReviewers, {}, { when: mayAssign })
  const assign = useChange(assignCase)
  if (!mayAssign) return one.owner?.name ?? t('nobody')
  return (
    <>
      <Select
        aria-label={t('Owner')}
        size="xs"
        className="case-owner"
        placeholder={t('nobody')}
        data={(reviewers.data?.items ?? []).map(({ id, name, isMe }) => ({
          value: String(id),
          label: isMe ? t('{name} (me)', { name }) : name,
        }))}
        value={one.owner ? String(one.owner.memberId) : null}
        onChange={(value) => assign.start({ caseId: one.id, memberId: value === null ? null : Number(value) })}
        clearable
      />
      <ProblemNote problem={assign.problem} />
    </>
  )
}

/** Who is concerned is shown when somebody asks to see it, since that is a reading of its own. */
function WhoAndWhen({ of: one }: { of: CaseShown }) {
  const may = useMay()
  const reading = useChange(readCase)
  const { output } = reading
  return (
    <Section
      title={t('Who and when')}
      says={
        output
          ? undefined
          : t('The patients and each access. That you read them is on the ledger; the case is the purpose.')
      }
    >
      <ProblemNote problem={reading.problem} />
      {output === undefined ? (
        may(readCase) ? (
          <div className="buttons">
            <Button
              leftSection={<IconEye size={16} stroke={1.5} />}
              loading={reading.isBusy}
              onClick={() => reading.start({ caseId: one.id })}
            >
              {t('Read them')}
            </Button>
          </div>
        ) : undefined
      ) : (
        <div className="stack">
          <p>
            {t('{count, plural, =0 {No patient is named.} one {One patient: {names}} other {# patients: {names}}}', {
              count: output.patientCount,
              names: output.patients
                .map(({ patient, name }) => (name ? t('{name} ({patient})', { name, patient }) : patient))
                .join('; '),
            })}
          </p>
          <Accesses
            label={t('Accesses of the case')}
            pages={pagesOf(output.accesses)}
            by="case"
            empty={<EmptyState title={t('The trail holds none of them any more')} />}
          />
          {output.hasMore ? (
            <p className="soft">{t('There are more; ask the trail about the person to see all.')}</p>
          ) : undefined}
        </div>
      )}
    </Section>
  )
}

const dayMs = 86_400_000

function Pattern({ of: one }: { of: CaseShown }) {
  const may = useMay()
  const { timeZone } = useViewer()
  const pattern = useChange(personDays)
  const { output } = pattern
  const [login] = one.logins
  if (login === undefined || !may(personDays)) return undefined
  const to = dayOf(new Date(Math.min(Date.parse(one.lastAt) + 3 * dayMs, Date.now())), timeZone)
  const from = new Date(Date.parse(to) - 27 * dayMs).toISOString().slice(0, 10)
  return (
    <Section title={t('Their days, beside colleagues of the same role')}>
      <ProblemNote problem={pattern.problem} />
      {output ? (
        <HeatMap of={output} from={from} to={to} />
      ) : (
        <div className="buttons">
          <Button
            loading={pattern.isBusy}
            onClick={() =>
              pattern.start({
                login,
                from,
                to,
                purpose: 'case-review',
                why: t('Case {id}', { id: one.id.slice(0, 8) }),
              })
            }
          >
            {t('Show four weeks')}
          </Button>
        </div>
      )}
    </Section>
  )
}

function Others({ of: { others } }: { of: Shown }) {
  if (others.length === 0) return undefined
  return (
    <Section title={t('Other cases of the same person')}>
      <ul className="case-told">
        {others.map(({ id, kind, state, lastAt }) => (
          <li key={id}>
            <PageLink to={`/cases/${id}`}>{kindWords[kind]}</PageLink>, {stateWords[state]}, <Age at={lastAt} />
          </li>
        ))}
      </ul>
    </Section>
  )
}

function History({ of: { case: one, events, members } }: { of: Shown }) {
  const may = useMay()
  const nameOf = useNaming(members)
  const comment = useChange(commentOnCase)
  const form = useFields({ comment: '' }, async ({ comment: words }) => {
    demand({ comment: words.trim() === '' && t('Write something.') })
    await comment.run({ caseId: one.id, comment: words })
    form.reset()
  })
  return (
    <Section title={t('History')}>
      {events.map((event) => (
        <div key={`${event.at} ${event.kind} ${event.body ?? ''}`} className="case-event">
          <span>{sayEvent(event, nameOf)}</span>
          <span className="soft">
            <Age at={event.at} />
          </span>
          {event.body && event.kind !== 'assigned' ? <p>{event.body}</p> : undefined}
        </div>
      ))}
      {may(commentOnCase) ? (
        <Form of={form} does={t('Comment')}>
          <Textarea label={t('Comment')} maxLength={4000} autosize {...form.field('comment')} />
        </Form>
      ) : undefined}
    </Section>
  )
}

function sayEvent(
  { kind, decision, body, actor: by }: Shown['events'][number],
  nameOf: (actor: string) => string,
): string {
  const actor = nameOf(by)
  switch (kind) {
    case 'opened':
      return t('The case was opened')
    case 'grew':
      return t('More accesses came')
    case 'seen':
      return t('First looked at by {actor}', { actor })
    case 'read':
      return t('Read by {actor}', { actor })
    case 'assigned':
      if (body === null) return t('Given back to nobody by {actor}', { actor })
      return body === by
        ? t('Taken over by {actor}', { actor })
        : t('Given to {to} by {actor}', { to: nameOf(body), actor })
    case 'commented':
      return t('{actor} wrote', { actor })
    case 'decided':
      return t('{actor} decided: {decision}', { actor, decision: decision ? decisionWords[decision] : '' })
    case 'reopened':
      return t('Opened again by {actor}', { actor })
    case 'explained':
      return t('Explained by what came later')
    case 'incident-asked':
      return t('An incident was asked for')
  }
}
