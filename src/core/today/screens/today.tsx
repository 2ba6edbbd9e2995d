/**
 * The home: what needs whoever looks, before all else; then what changed, what comes, and what would fail an audit now.
 * Members of staff find their two or three tasks here, and do them here.
 */
import { Button } from '@mantine/core'
import { IconArrowRight } from '@tabler/icons-react'
import { type ReactNode, useEffect, useEffectEvent } from 'react'
import { FindingLink } from '#core/findings/screens/finding-link.tsx'
import { sayKind } from '#core/jobs/screens/job-words.ts'
import { answerStart } from '#core/start/contract.ts'
import { TaskList } from '#core/tasks/screens/task-list.tsx'
import { useRead } from '#ui/data.ts'
import { Age, Cite, DayText } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { EmptyState, Loading, Note } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { showToday } from '../contract.ts'
import {
  type Ending,
  type Gap,
  type Programme,
  sayDay,
  sayEnding,
  sayGap,
  sayHeadline,
  sayNeed,
  sayStep,
  type Today,
} from './today-words.ts'
import './today.css'

export function TodayScreen() {
  const read = useRead(showToday, {}, { everySeconds: 60 })
  // The navigation has read it before; whoever comes back from work sees what the work changed.
  const lookAgain = useEffectEvent(() => {
    if (read.data !== undefined) read.again()
  })
  useEffect(() => lookAgain(), [])
  const { data } = read
  const isPlain = data !== undefined && !data.programme?.hasSources
  return (
    <Page width={isPlain ? 'reading' : 'wide'}>
      <PageHead title={t('Today')} says={data === undefined ? ' ' : sayHeadline(data)} />
      <Loading of={read} rows={6}>
        {(today) => (
          <div className="today">
            {today.audit === null ? undefined : <Visit of={today.audit} />}
            <Needs of={today} />
            {today.people === null ? undefined : <People of={today.people} />}
            {today.programme === null ? undefined : today.programme.hasSources ? (
              <Standing of={today.programme} />
            ) : (
              <Beginning />
            )}
          </div>
        )}
      </Loading>
    </Page>
  )
}

/** Before the first file there is one thing to do, and nothing else to see. */
function Beginning() {
  const mayBegin = useMay()(answerStart)
  return (
    <EmptyState
      title={mayBegin ? t('Four questions, three files, and you see how you stand') : t('Nothing was brought in yet')}
      action={
        mayBegin ? (
          <Button variant="filled" component={PageLink} to="/start">
            {t('Begin')}
          </Button>
        ) : undefined
      }
    >
      {mayBegin
        ? t(
            'Vigil asks what you work with, and says which three files tell most and where to find them. It takes about fifteen minutes.',
          )
        : t('When the organisation brings its first files, you see here how it stands.')}
    </EmptyState>
  )
}

function Needs({ of: today }: { of: Today }) {
  const { tasks, programme, people } = today
  // What is open about one's people stands in their own section, and the beginning in its own.
  const needs = today.needs.filter(({ kind }) => kind !== 'people' && kind !== 'begin')
  const isPlain = programme === null && people === null
  const more = tasks.count - tasks.first.length
  if (tasks.count === 0 && needs.length === 0) {
    return isPlain ? (
      <EmptyState
        title={t('Nothing waits for you')}
        action={<PageLink to="/tasks?state=done">{t('What you have done')}</PageLink>}
      >
        {t('When you are asked for something, it stands here.')}
      </EmptyState>
    ) : undefined
  }
  return (
    <>
      {tasks.count === 0 ? undefined : (
        <Section title={t('Your tasks')} aside={<PageLink to="/tasks?state=done">{t('What you have done')}</PageLink>}>
          <TaskList tasks={tasks.first} isQuiet={!isPlain} />
          {more > 0 ? <PageLink to="/tasks">{t('And {more, number} more', { more })}</PageLink> : undefined}
        </Section>
      )}
      {needs.length === 0 ? undefined : (
        <Section title={t('What needs you')}>
          <ul className="needs">
            {needs.map((need, at) => {
              const { says, does, to } = sayNeed(need, sayKind)
              return (
                <Row
                  key={need.kind}
                  says={says}
                  detail={<NeedDetail of={need} />}
                  does={does}
                  to={to}
                  isFirst={at === 0}
                />
              )
            })}
          </ul>
        </Section>
      )}
    </>
  )
}

function NeedDetail({ of: need }: { of: Today['needs'][number] }) {
  if (need.kind === 'jobs-failed') return <Age at={need.at} />
  if (need.kind === 'sources-late') return <Age at={need.first.since} />
  return undefined
}

/** A line that says one thing and leads to it. */
function Row({
  mark,
  says,
  detail,
  does,
  to,
  isFirst = false,
  isQuiet = false,
}: {
  mark?: ReactNode
  says: ReactNode
  detail?: ReactNode
  does: string
  to: string
  /** The page's one action. */
  isFirst?: boolean
  /** One of many lines: its step is a link, so that the page stays calm. */
  isQuiet?: boolean
}) {
  const label = typeof says === 'string' ? t('{does}: {says}', { does, says }) : does
  return (
    <li className="need">
      {mark}
      <div className="need-words">
        <p>{says}</p>
        {detail === undefined ? undefined : <p className="soft">{detail}</p>}
      </div>
      {isQuiet ? (
        <PageLink to={to} className="need-step" aria-label={label}>
          {does}
        </PageLink>
      ) : (
        <Button component={PageLink} to={to} variant={isFirst ? 'filled' : 'default'} aria-label={label}>
          {does}
        </Button>
      )}
    </li>
  )
}

function People({ of: people }: { of: NonNullable<Today['people']> }) {
  if (people.whyNobody !== null) {
    return (
      <Section title={t('Your people')}>
        <Note>
          {people.whyNobody === 'no-person'
            ? t(
                'Vigil does not know which person on the staff list you are. An administrator can mend that: your name and e-mail address in Members have to be those of the staff list.',
              )
            : t('Nobody reports to you on the staff list. When a newer one names you, your people stand here.')}
        </Note>
      </Section>
    )
  }
  const more = people.count - people.first.length
  return (
    <Section
      title={t('Your people')}
      says={
        people.count === 0
          ? t(
              '{all, plural, =1 {One person reports to you. Nothing is open about them.} other {# people report to you. Nothing is open about them.}}',
              { all: people.all },
            )
          : t(
              '{all, plural, =1 {One person reports to you.} other {# people report to you.}} {count, plural, =1 {Something is open about one of them.} other {Something is open about # of them.}}',
              { all: people.all, count: people.count },
            )
      }
      aside={<PageLink to="/people">{t('See all of them')}</PageLink>}
    >
      {people.count === 0 ? undefined : (
        <ul className="needs">
          {people.first.map(({ personId, name, findings }) => {
            const known = name ?? t('Somebody without a name on the list')
            return (
              <Row
                key={personId}
                says={known}
                detail={t('{findings, plural, =1 {One finding is open.} other {# findings are open.}}', { findings })}
                does={t('See what is open')}
                to={`/findings?person=${personId}`}
                isQuiet
              />
            )
          })}
        </ul>
      )}
      {more > 0 ? <PageLink to="/people">{t('And {more, number} more', { more })}</PageLink> : undefined}
    </Section>
  )
}

/** For an auditor: until when they may look, and what they can hold it all against. */
function Visit({ of: { untilOn, ledger } }: { of: NonNullable<Today['audit']> }) {
  return (
    <Section title={t('Your audit')}>
      <ul className="needs">
        <Row
          says={
            untilOn === null
              ? t('You may read everything but patients’ records. Your access has no last day.')
              : t('You may read everything but patients’ records, until {day}.', { day: sayDay(untilOn) })
          }
          does={t('See the requirements')}
          to="/requirements"
          isFirst
        />
        <Row
          says={t('The ledger holds {entries, plural, =1 {one entry} other {# entries}}.', ledger)}
          detail={
            ledger.signedAt === null
              ? t('None of them is signed yet.')
              : t(
                  'Take it with you and verify it without this Vigil: a checkpoint over {signedSize, number} entries is signed.',
                  ledger,
                )
          }
          does={t('Verify the ledger')}
          to="/ledger"
        />
      </ul>
    </Section>
  )
}

function Standing({ of: programme }: { of: Programme }) {
  return (
    <>
      <Changed of={programme.changed} />
      <Due of={programme.due} />
      <Audit of={programme.audit} />
    </>
  )
}

function Audit({ of: { failed, unknown } }: { of: Programme['audit'] }) {
  if (failed.count + unknown.count === 0) {
    return (
      <Section title={t('What would fail an audit now')}>
        <p className="soft">{t('Nothing that the law asks for has failed, and nothing of it is unknown.')}</p>
      </Section>
    )
  }
  return (
    <Section
      title={t('What would fail an audit now')}
      says={t(
        '{failed, plural, =0 {Nothing that the law asks for has failed.} =1 {One safeguard that the law asks for has failed.} other {# safeguards that the law asks for have failed.}} {unknown, plural, =0 {} =1 {One more is unknown, which is no pass.} other {# more are unknown, which is no pass.}}',
        { failed: failed.count, unknown: unknown.count },
      )}
      aside={<PageLink to="/requirements">{t('See all requirements')}</PageLink>}
    >
      <Gaps of={failed} all="/requirements?status=failed" label={t('Failed')} />
      <Gaps of={unknown} all="/requirements?status=unknown" label={t('Unknown')} />
    </Section>
  )
}

function Gaps({ of: { count, first }, all, label }: { of: Programme['audit']['failed']; all: string; label: string }) {
  if (count === 0) return undefined
  const more = count - first.length
  return (
    <div>
      <ul className="needs" aria-label={label}>
        {first.map((gap) => (
          <GapRow key={gap.name} gap={gap} />
        ))}
      </ul>
      {more > 0 ? (
        <p className="more">
          <PageLink to={all}>{t('And {more, number} more', { more })}</PageLink>
        </p>
      ) : undefined}
    </div>
  )
}

function GapRow({ gap }: { gap: Gap }) {
  const mayBring = useMay()(answerStart)
  const { does, to } = sayStep(gap)
  const isReading = !mayBring && gap.status === 'unknown'
  return (
    <Row
      mark={<StatusMark status={gap.status} isBare />}
      says={gap.title}
      detail={
        <>
          {sayGap(gap)} <Cite of={[gap.citation]} />
        </>
      }
      does={isReading ? t('See why') : mayBring ? does : t('See what fails')}
      to={isReading ? `/practices/${gap.practice}` : to}
      isQuiet
    />
  )
}

function Due({ of: { findings, tasks, ends } }: { of: Programme['due'] }) {
  const more = findings.count - findings.first.length
  return (
    <Section
      title={t('What is due')}
      says={
        findings.count === 0
          ? t('No finding is due within seven days.')
          : t(
              '{count, plural, =1 {One finding is due within seven days} other {# findings are due within seven days}}{overdue, plural, =0 {.} =1 {, one of them overdue.} other {, # of them overdue.}}',
              { count: findings.count, overdue: findings.overdue },
            )
      }
      aside={
        tasks.count === 0 ? undefined : (
          <PageLink to="/tasks?whose=all">
            {t('{count, plural, =1 {One task is due} other {# tasks are due}}', tasks)}
          </PageLink>
        )
      }
    >
      {findings.first.length === 0 ? undefined : (
        <ul className="due-list" aria-label={t('Findings that are due')}>
          {findings.first.map((finding) => (
            <li key={finding.id}>
              <FindingLink finding={finding} />
              <DayText day={finding.dueOn} isDue />
            </li>
          ))}
        </ul>
      )}
      {more > 0 ? (
        <p>
          <PageLink to="/findings?due=7">{t('And {more, number} more', { more })}</PageLink>
        </p>
      ) : undefined}
      {ends.count === 0 ? undefined : (
        <>
          <h3>{t('Within thirty days')}</h3>
          <ul className="needs">
            {ends.first.map((ending) => (
              <EndingRow key={`${ending.kind} ${ending.about}`} ending={ending} />
            ))}
          </ul>
          {ends.count > ends.first.length ? (
            <p className="soft">{t('And {more, number} more.', { more: ends.count - ends.first.length })}</p>
          ) : undefined}
        </>
      )}
    </Section>
  )
}

function EndingRow({ ending }: { ending: Ending }) {
  const { says, does, to } = sayEnding(ending)
  const mayAct = useMay()(answerStart)
  return (
    <Row says={says} detail={<DayText day={ending.on} isDue />} does={mayAct ? does : t('See it')} to={to} isQuiet />
  )
}

function Changed({ of: { opened, closed, sources, safeguards } }: { of: Programme['changed'] }) {
  const isQuiet = opened.count + closed.count + sources.count + safeguards.count === 0
  return (
    <Section title={t('Since yesterday')}>
      {isQuiet ? (
        <p className="soft">{t('Nothing has changed.')}</p>
      ) : (
        <div className="changed">
          <Moved
            title={t('{count, plural, =0 {No finding opened} =1 {One finding opened} other {# findings opened}}', {
              count: opened.count,
            })}
            of={opened}
            all="/findings?sort=-opened"
          />
          <Moved
            title={t('{count, plural, =0 {No finding closed} =1 {One finding closed} other {# findings closed}}', {
              count: closed.count,
            })}
            of={closed}
            all="/findings?state=closed"
          />
          {safeguards.count === 0 ? undefined : (
            <div>
              <h3>
                {t('{count, plural, =1 {One safeguard has another status} other {# safeguards have another status}}', {
                  count: safeguards.count,
                })}
              </h3>
              <ul className="due-list">
                {safeguards.first.map(({ name, practice, title, before, status }) => (
                  <li key={name}>
                    <PageLink to={`/practices/${practice}`}>{title}</PageLink>
                    <span className="turn">
                      <StatusMark status={before} />
                      <IconArrowRight size={14} stroke={1.5} aria-label={t('then')} />
                      <StatusMark status={status} />
                    </span>
                  </li>
                ))}
              </ul>
              <More count={safeguards.count} shown={safeguards.first.length} to="/posture" />
            </div>
          )}
          {sources.count === 0 ? undefined : (
            <div>
              <h3>
                {t('{count, plural, =1 {One source was read or lapsed} other {# sources were read or lapsed}}', {
                  count: sources.count,
                })}
              </h3>
              <ul className="due-list">
                {sources.first.map(({ sourceId, name, what, at }) => (
                  <li key={`${sourceId} ${what}`}>
                    <PageLink to={`/sources/${sourceId}`}>{name}</PageLink>
                    <Age at={at} word={what === 'read' ? t('read') : t('lapsed')} />
                  </li>
                ))}
              </ul>
              <More count={sources.count} shown={sources.first.length} to="/sources" />
            </div>
          )}
        </div>
      )}
    </Section>
  )
}

function Moved({
  title,
  of: { count, first },
  all,
}: {
  title: string
  of: Programme['changed']['opened']
  all: string
}) {
  return (
    <div>
      <h3>{title}</h3>
      {first.length === 0 ? undefined : (
        <ul className="due-list">
          {first.map((finding) => (
            <li key={finding.id}>
              <FindingLink finding={finding} />
            </li>
          ))}
        </ul>
      )}
      <More count={count} shown={first.length} to={all} />
    </div>
  )
}

function More({ count, shown, to }: { count: number; shown: number; to: string }) {
  if (count <= shown) return undefined
  return (
    <p className="more">
      <PageLink to={to}>{t('And {more, number} more', { more: count - shown })}</PageLink>
    </p>
  )
}
