/** Tasks as a list to work off, on their own page and on Today: what is said to be done by mistake is taken back at once. */
import { Button, Select } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { listFindings } from '#core/findings/contract.ts'
import { useColleagues, useNaming } from '#core/findings/screens/colleagues.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { problemOf } from '#ui/call.ts'
import { type Change, useChange } from '#ui/data.ts'
import { Age, DayText } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { rich } from '#ui/rich.tsx'
import { ProblemNote, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { assignTask, completeTask, type listMyTasks, listTasks, reopenTask } from '../contract.ts'
import '#core/findings/screens/findings.css'
import './tasks.css'

export type Task = WireOutputOf<typeof listMyTasks>['items'][number]

export function TaskList({
  tasks,
  isAll = false,
  isQuiet = false,
  isOld = false,
  addressOf,
}: {
  tasks: readonly Task[]
  /** Everybody's, each with who has it. */
  isAll?: boolean
  /** Among other things to do: then none of them is the page's one action. */
  isQuiet?: boolean
  isOld?: boolean
  /** Where one of them is shown. */
  addressOf?: (taskId: number) => string
}) {
  return (
    <ul className="tasks" data-old={isOld || undefined} aria-label={t('Tasks')} aria-busy={isOld}>
      {tasks.map((task) => (
        <TaskRow key={task.id} task={task} isAll={isAll} isQuiet={isQuiet || isAll} at={addressOf?.(task.id)} />
      ))}
    </ul>
  )
}

interface TaskPlace {
  readonly to: string
  readonly word: string
}

/** Where a task is done: the page of what it is about. Nobody is sent where they may not look. */
export function usePlaceOf({ about }: Task): TaskPlace | undefined {
  const may = useMay()
  const place = placeOf(about)
  return place && may(place.to.startsWith('/findings') ? listFindings : listTasks) ? place : undefined
}

function placeOf(about: string | null): TaskPlace | undefined {
  const [kind, rest] = (about ?? '').split(':')
  if (kind === 'finding' && rest) return { to: `/findings?finding=${rest}`, word: t('Open the finding') }
  if (kind === 'source') return { to: '/sources', word: t('Open the sources') }
  if (kind === 'practice' && rest) return { to: `/practices/${rest}`, word: t('Open the practice') }
  if (kind === 'question') return { to: '/questions', word: t('Open the questions') }
  return undefined
}

/** Says that a task is done, and offers to take that back. */
export function useCompletion({ id, title }: Task): Change<typeof completeTask> {
  const reopen = useChange(reopenTask)
  return useChange(completeTask, {
    onDone: () =>
      tell(t('Done: {title}', { title }), {
        does: t('Undo'),
        onDo: () => reopen.run({ taskId: id }).catch((thrown: unknown) => tell(problemOf(thrown).message)),
      }),
  })
}

function TaskRow({
  task,
  isAll,
  isQuiet,
  at,
}: {
  task: Task
  isAll: boolean
  isQuiet: boolean
  at: string | undefined
}) {
  const { id, title, done } = task
  const may = useMay()
  const complete = useCompletion(task)
  const place = usePlaceOf(task)
  const mayAssign = may(assignTask)
  const to = isAll && place !== undefined ? place.to : at
  return (
    <li className="task">
      <div className="task-words">
        <h3>{to === undefined ? title : <PageLink to={to}>{title}</PageLink>}</h3>
        <p className="soft">
          <When of={task} hasOwner={isAll && done === null && !mayAssign} />
        </p>
        <ProblemNote problem={complete.problem} />
      </div>
      <div className="buttons">
        {place !== undefined && !isAll ? (
          <Button component={PageLink} to={place.to} aria-label={t('{does}: {title}', { does: place.word, title })}>
            {place.word}
          </Button>
        ) : undefined}
        {isAll && done === null && mayAssign ? <Assignee task={task} /> : undefined}
        {done === null && may(completeTask) ? (
          <Button
            variant={isQuiet ? 'default' : 'filled'}
            leftSection={<IconCheck size={16} stroke={1.5} />}
            loading={complete.isBusy}
            aria-label={t('Done: {title}', { title })}
            onClick={() => complete.start({ taskId: id })}
          >
            {t('Done')}
          </Button>
        ) : undefined}
      </div>
    </li>
  )
}

function When({ of: { done, dueOn, assignee }, hasOwner }: { of: Task; hasOwner: boolean }) {
  const nameOf = useNaming()
  if (done !== null) return rich('{name}, done <age></age>', { name: nameOf(done.by), age: () => <Age at={done.at} /> })
  const day = dueOn === null ? t('No day is set') : rich('By <day></day>', { day: () => <DayText day={dueOn} isDue /> })
  if (!hasOwner) return day
  return rich('<day></day>; {name}', {
    day: () => day,
    name: assignee === null ? t('nobody has it') : nameOf(assignee),
  })
}

export function Assignee({ task: { id, title, assignee } }: { task: Task }) {
  const colleagues = useColleagues()
  const assign = useChange(assignTask)
  return (
    <Select
      aria-label={t('Who does it: {title}', { title })}
      data={[
        { value: '', label: t('Nobody') },
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
