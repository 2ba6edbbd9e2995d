/** What there is to do: one's own for everybody, everybody's for those who run or audit the programme. */
import { Button, SegmentedControl, Select } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { listFindings } from '#core/findings/contract.ts'
import { useColleagues, useNaming } from '#core/findings/screens/colleagues.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { useChange, usePages } from '#ui/data.ts'
import { Age, DayText } from '#ui/facts.tsx'
import { PageLink, useWord } from '#ui/link.tsx'
import { Filters, Page, PageHead } from '#ui/page.tsx'
import { EmptyState, ProblemNote, Skeleton, tell } from '#ui/say.tsx'
import { useMay } from '#ui/viewer.tsx'
import { sayNumber } from '#ui/words.ts'
import { assignTask, completeTask, listMyTasks, listTasks } from '../contract.ts'
import '#core/findings/screens/findings.css'
import './tasks.css'

type Task = WireOutputOf<typeof listMyTasks>['items'][number]

export function TasksScreen() {
  const maySeeAll = useMay()(listTasks)
  const [whose, setWhose] = useWord('whose')
  const [state, setState] = useWord('state')
  const isAll = maySeeAll && whose === 'all'
  const isDone = state === 'done'
  const asked = { state: isDone ? ('done' as const) : ('open' as const), limit: 50 }
  const mine = usePages(listMyTasks, asked, { when: !isAll })
  const all = usePages(listTasks, asked, { when: isAll })
  const pages = isAll ? all : mine
  const isShown = !pages.isLoading || pages.items.length > 0
  return (
    <Page width={isAll ? 'wide' : 'reading'}>
      <PageHead title="Tasks" says={isShown && !pages.problem ? sayTasks(pages, isAll, isDone) : ' '} />
      {maySeeAll || isDone || pages.items.length > 0 ? (
        <Filters>
          {maySeeAll ? (
            <SegmentedControl
              aria-label="Whose tasks"
              data={[
                { value: 'mine', label: 'Mine' },
                { value: 'all', label: 'Everybody’s' },
              ]}
              value={isAll ? 'all' : 'mine'}
              onChange={(value) => setWhose(value === 'all' ? value : undefined)}
              className="tasks-choice"
            />
          ) : undefined}
          <SegmentedControl
            aria-label="Which tasks"
            data={[
              { value: 'open', label: 'To do' },
              { value: 'done', label: 'Done' },
            ]}
            value={isDone ? 'done' : 'open'}
            onChange={(value) => setState(value === 'done' ? value : undefined)}
            className="tasks-choice"
          />
        </Filters>
      ) : undefined}
      <ProblemNote problem={pages.problem} onAgain={pages.again} />
      {pages.items.length > 0 ? (
        <ul className="tasks" data-old={pages.isOld || undefined} aria-label="Tasks" aria-busy={pages.isOld}>
          {pages.items.map((task) => (
            <TaskRow key={task.id} task={task} isAll={isAll} />
          ))}
        </ul>
      ) : pages.isLoading ? (
        <Skeleton rows={4} />
      ) : pages.problem ? undefined : (
        <Nothing isAll={isAll} isDone={isDone} onAll={maySeeAll && !isAll ? () => setWhose('all') : undefined} />
      )}
      {pages.hasMore ? (
        <div>
          <Button onClick={pages.more} loading={pages.isLoadingMore}>
            Show more
          </Button>
        </div>
      ) : undefined}
    </Page>
  )
}

function sayTasks(
  { items, hasMore }: { readonly items: readonly Task[]; readonly hasMore: boolean },
  isAll: boolean,
  isDone: boolean,
): string {
  if (isDone) return isAll ? 'What has been done.' : 'What you have done.'
  const count = hasMore ? `More than ${sayNumber(items.length)}` : sayNumber(items.length)
  const things = items.length === 1 ? 'thing' : 'things'
  const late = items.filter(({ isOverdue }) => isOverdue).length
  const overdue = late === 0 ? '' : ` ${late === 1 ? 'One is' : `${sayNumber(late)} are`} overdue.`
  if (items.length === 0) return isAll ? 'Nobody has anything to do.' : 'You have nothing to do.'
  return isAll ? `${count} ${things} to do.${overdue}` : `You have ${count.toLowerCase()} ${things} to do.${overdue}`
}

function Nothing({ isAll, isDone, onAll }: { isAll: boolean; isDone: boolean; onAll: (() => void) | undefined }) {
  if (isDone)
    return <EmptyState title="Nothing is done yet">What is done stays here, with who did it and when.</EmptyState>
  return (
    <EmptyState
      title={isAll ? 'Nothing waits' : 'Nothing waits for you'}
      action={onAll === undefined ? undefined : <Button onClick={onAll}>See everybody’s tasks</Button>}
    >
      {isAll
        ? 'Tasks appear here when a source is about to lapse, and when somebody is asked for something.'
        : 'When you are asked for something, it stands here.'}
    </EmptyState>
  )
}

/** Where a task is done: the page of what it is about. */
function placeOf(about: string | null): { readonly to: string; readonly word: string } | undefined {
  const [kind, rest] = (about ?? '').split(':')
  if (kind === 'finding' && rest) return { to: `/findings?finding=${rest}`, word: 'Open the finding' }
  if (kind === 'source') return { to: '/sources', word: 'Open the sources' }
  if (kind === 'practice' && rest) return { to: `/practices/${rest}`, word: 'Open the practice' }
  if (kind === 'question') return { to: '/questions', word: 'Open the questions' }
  return undefined
}

function TaskRow({ task, isAll }: { task: Task; isAll: boolean }) {
  const { id, title, about, assignee, dueOn, done } = task
  const may = useMay()
  const nameOf = useNaming()
  const complete = useChange(completeTask, { onDone: () => tell('Done.') })
  const place = placeOf(about)
  const mayAssign = may(assignTask)
  // Nobody is sent where they may not look.
  const isOpenable = place !== undefined && may(place.to.startsWith('/findings') ? listFindings : listTasks)
  return (
    <li className="task">
      <div className="task-words">
        <h2>{isAll && isOpenable ? <PageLink to={place.to}>{title}</PageLink> : title}</h2>
        <p className="soft">
          {done !== null ? (
            <>
              {nameOf(done.by)}, <Age at={done.at} word="done" />
            </>
          ) : dueOn === null ? (
            'No day is set'
          ) : (
            <>
              By <DayText day={dueOn} isDue />
            </>
          )}
          {isAll && done === null && !mayAssign ? `; ${assignee === null ? 'nobody has it' : nameOf(assignee)}` : ''}
        </p>
        <ProblemNote problem={complete.problem} />
      </div>
      <div className="buttons">
        {isOpenable && !isAll ? (
          <Button component={PageLink} to={place.to} aria-label={`${place.word}: ${title}`}>
            {place.word}
          </Button>
        ) : undefined}
        {isAll && done === null && mayAssign ? <Assignee task={task} /> : undefined}
        {done === null && may(completeTask) ? (
          <Button
            variant={isAll ? 'default' : 'filled'}
            leftSection={<IconCheck size={16} stroke={1.5} />}
            loading={complete.isBusy}
            aria-label={`Done: ${title}`}
            onClick={() => complete.start({ taskId: id })}
          >
            Done
          </Button>
        ) : undefined}
      </div>
    </li>
  )
}

function Assignee({ task: { id, title, assignee } }: { task: Task }) {
  const colleagues = useColleagues()
  const assign = useChange(assignTask)
  return (
    <Select
      aria-label={`Who does it: ${title}`}
      data={[
        { value: '', label: 'Nobody' },
        ...colleagues.map(({ id, name }) => ({ value: `member:${id}`, label: name })),
      ]}
      value={assignee ?? ''}
      allowDeselect={false}
      disabled={assign.isBusy}
      error={assign.problem?.message}
      onChange={(value) => assign.start({ taskId: id, memberId: value ? Number(value.replace('member:', '')) : null })}
      className="assignee"
    />
  )
}
