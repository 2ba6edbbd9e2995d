/** What there is to do: one's own for everybody, everybody's for those who run or audit the programme. */
import { Button, SegmentedControl, Select } from '@mantine/core'
import { useColleagues } from '#core/findings/screens/colleagues.ts'
import { usePages } from '#ui/data.ts'
import { useWords } from '#ui/link.tsx'
import { Filters, Page, PageHead } from '#ui/page.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { EmptyState, ProblemNote, Skeleton } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { listMyTasks, listTasks, openTask } from '../contract.ts'
import { AskForm } from './ask-form.tsx'
import { type Task, TaskList } from './task-list.tsx'
import { TaskPanel } from './task-panel.tsx'

export function TasksScreen() {
  const may = useMay()
  const maySeeAll = may(listTasks)
  const { words, set } = useWords()
  const colleagues = useColleagues()
  const panel = usePanel('ask')
  const one = usePanel('task')
  const isAll = maySeeAll && words.get('whose') === 'all'
  const isDone = words.get('state') === 'done'
  const who = isAll ? words.get('who') : null
  const asked = { state: isDone ? ('done' as const) : ('open' as const), limit: 50 }
  const assignee = who === 'nobody' ? who : who !== null && /^\d{1,15}$/.test(who) ? `member:${who}` : undefined
  const mine = usePages(listMyTasks, asked, { when: !isAll })
  const all = usePages(listTasks, { ...asked, ...(assignee === undefined ? {} : { assignee }) }, { when: isAll })
  const pages = isAll ? all : mine
  const isShown = !pages.isLoading || pages.items.length > 0
  return (
    <Page width={isAll ? 'wide' : 'reading'}>
      <PageHead
        title={t('Tasks')}
        says={isShown && !pages.problem ? sayTasks(pages, isAll, isDone) : ' '}
        action={
          may(openTask) ? (
            <Button variant={isAll ? 'filled' : 'default'} onClick={() => panel.open('new')}>
              {t('Ask somebody')}
            </Button>
          ) : undefined
        }
      />
      {maySeeAll || isDone || pages.items.length > 0 ? (
        <Filters>
          {maySeeAll ? (
            <SegmentedControl
              aria-label={t('Whose tasks')}
              data={[
                { value: 'mine', label: t('Mine') },
                { value: 'all', label: t('Everybody’s') },
              ]}
              value={isAll ? 'all' : 'mine'}
              onChange={(value) =>
                set({ whose: value === 'all' ? value : undefined, who: undefined }, { replace: true })
              }
              className="tasks-choice"
            />
          ) : undefined}
          <SegmentedControl
            aria-label={t('Which tasks')}
            data={[
              { value: 'open', label: t('To do') },
              { value: 'done', label: t('Done') },
            ]}
            value={isDone ? 'done' : 'open'}
            onChange={(value) => set({ state: value === 'done' ? value : undefined }, { replace: true })}
            className="tasks-choice"
          />
          {isAll && colleagues.length > 0 ? (
            <Select
              aria-label={t('Who has them')}
              data={[
                { value: 'anybody', label: t('Anybody') },
                { value: 'nobody', label: t('Nobody') },
                ...colleagues.map(({ id, name }) => ({ value: String(id), label: name })),
              ]}
              value={who ?? 'anybody'}
              allowDeselect={false}
              searchable
              onChange={(value) =>
                set({ who: value === null || value === 'anybody' ? undefined : value }, { replace: true })
              }
              className="assignee"
            />
          ) : undefined}
        </Filters>
      ) : undefined}
      <ProblemNote problem={pages.problem} onAgain={pages.again} />
      {pages.items.length > 0 ? (
        <section aria-labelledby="tasks-list">
          <h2 id="tasks-list" className="only-read">
            {isDone ? t('Done') : t('To do')}
          </h2>
          <TaskList tasks={pages.items} isAll={isAll} isOld={pages.isOld} addressOf={one.addressOf} />
        </section>
      ) : pages.isLoading ? (
        <Skeleton rows={4} />
      ) : pages.problem ? undefined : (
        <Nothing
          isAll={isAll}
          isDone={isDone}
          onAll={maySeeAll && !isAll ? () => set({ whose: 'all' }, { replace: true }) : undefined}
        />
      )}
      {pages.hasMore ? (
        <div>
          <Button onClick={pages.more} loading={pages.isLoadingMore}>
            {t('Show more')}
          </Button>
        </div>
      ) : undefined}
      <SidePanel isOpen={panel.value !== undefined} onClose={panel.close} title={t('Ask somebody')}>
        <AskForm onDone={panel.close} onCancel={panel.close} />
      </SidePanel>
      <TaskPanel />
    </Page>
  )
}

function sayTasks(
  { items, hasMore }: { readonly items: readonly Task[]; readonly hasMore: boolean },
  isAll: boolean,
  isDone: boolean,
): string {
  if (isDone) return isAll ? t('What has been done.') : t('What you have done.')
  const late = items.filter(({ isOverdue }) => isOverdue).length
  const values = { count: items.length, late, more: hasMore ? 'yes' : 'no' }
  return isAll
    ? t(
        '{count, plural, =0 {Nobody has anything to do.} other {{more, select, yes {More than } other {}}{count, plural, one {# thing} other {# things}} to do.}}{late, plural, =0 {} =1 { One is overdue.} other { # are overdue.}}',
        values,
      )
    : t(
        '{count, plural, =0 {You have nothing to do.} other {You have {more, select, yes {more than } other {}}{count, plural, one {# thing} other {# things}} to do.}}{late, plural, =0 {} =1 { One is overdue.} other { # are overdue.}}',
        values,
      )
}

function Nothing({ isAll, isDone, onAll }: { isAll: boolean; isDone: boolean; onAll: (() => void) | undefined }) {
  if (isDone) {
    return (
      <EmptyState title={t('Nothing is done yet')}>
        {t('What is done stays here, with who did it and when.')}
      </EmptyState>
    )
  }
  return (
    <EmptyState
      title={isAll ? t('Nothing waits') : t('Nothing waits for you')}
      action={onAll === undefined ? undefined : <Button onClick={onAll}>{t('See everybody’s tasks')}</Button>}
    >
      {isAll
        ? t('Tasks appear here when a source is about to lapse, and when somebody is asked for something.')
        : t('When you are asked for something, it stands here.')}
    </EmptyState>
  )
}
