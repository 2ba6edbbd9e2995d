/** One task, done or not, wherever it stands in the lists: the search and the news lead to it. */
import { Button } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { listEvidence } from '#core/evidence/contract.ts'
import { EvidenceFor } from '#core/evidence/screens/evidence-for.tsx'
import { useMyself, useNaming } from '#core/findings/screens/colleagues.ts'
import { useRead } from '#ui/data.ts'
import { Age, DayText, Fact, FactList } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { Loading, ProblemNote } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { assignTask, completeTask, showTask } from '../contract.ts'
import { Assignee, type Task, useCompletion, usePlaceOf } from './task-list.tsx'

export function TaskPanel() {
  const { value = '', close } = usePanel('task')
  const isOpen = /^\d{1,15}$/.test(value)
  const taskId = Number(isOpen ? value : 0)
  const read = useRead(showTask, { taskId }, { when: isOpen })
  const task = read.data?.id === taskId ? read.data : undefined
  return (
    <SidePanel
      isOpen={isOpen}
      onClose={close}
      title={task?.title ?? t('Task')}
      actions={task ? <Actions of={task} /> : undefined}
    >
      <Loading of={{ ...read, data: task }} rows={3}>
        {(shown) => <Facts of={shown} />}
      </Loading>
    </SidePanel>
  )
}

function Facts({ of: task }: { of: Task }) {
  const may = useMay()
  const sayWho = useWho()
  const { id, assignee, done, dueOn, openedAt } = task
  return (
    <div className="stack">
      <FactList>
        {done === null ? undefined : (
          <Fact label={t('Done')}>
            {rich('<age></age>, {name}', { name: sayWho(done.by), age: () => <Age at={done.at} /> })}
          </Fact>
        )}
        <Fact label={t('Who does it')}>
          {done === null && may(assignTask) ? (
            <Assignee task={task} />
          ) : assignee === null ? (
            <span className="soft">{t('nobody')}</span>
          ) : (
            sayWho(assignee)
          )}
        </Fact>
        <Fact label={t('By when')}>
          {dueOn === null ? (
            <span className="soft">{t('No day is set')}</span>
          ) : (
            <DayText day={dueOn} isDue={done === null} />
          )}
        </Fact>
        <Fact label={t('Opened')}>
          <Age at={openedAt} />
        </Fact>
      </FactList>
      {may(listEvidence) ? (
        <section className="stack">
          <h3>{t('Evidence')}</h3>
          <EvidenceFor about={`task:${id}`} />
        </section>
      ) : undefined}
    </div>
  )
}

function Actions({ of: task }: { of: Task }) {
  const may = useMay()
  const complete = useCompletion(task)
  const place = usePlaceOf(task)
  const mayComplete = task.done === null && may(completeTask)
  if (!mayComplete && place === undefined) return undefined
  return (
    <>
      {mayComplete ? (
        <Button
          variant="filled"
          leftSection={<IconCheck size={16} stroke={1.5} />}
          loading={complete.isBusy}
          onClick={() => complete.start({ taskId: task.id })}
        >
          {t('Done')}
        </Button>
      ) : undefined}
      {place === undefined ? undefined : (
        <Button component={PageLink} to={place.to}>
          {place.word}
        </Button>
      )}
      <ProblemNote problem={complete.problem} />
    </>
  )
}

/** Who somebody is, the viewer as themselves: not everybody may list the members. */
function useWho(): (actor: string) => string {
  const myself = useMyself()
  const nameOf = useNaming()
  return (actor) => (actor === `member:${myself}` ? t('you') : nameOf(actor))
}
