/** Saved views beside a page's filters: those that every page of its kind suggests, one's own, and those that are shared. */
import { Button, Menu, TextInput } from '@mantine/core'
import { IconBookmark, IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import type { WireOutputOf } from '#platform/contract.ts'
import { Confirm } from '#ui/ask.tsx'
import { useChange, useRead } from '#ui/data.ts'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink, useWords } from '#ui/link.tsx'
import { SidePanel } from '#ui/panel.tsx'
import { ProblemNote, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { changeView, listViews, type pages, removeView, saveView, shareView } from '../contract.ts'
import './views.css'

type View = WireOutputOf<typeof listViews>['items'][number]

export interface Suggestion {
  readonly name: string
  readonly query: string
}

export function ViewsMenu({
  page,
  suggestions,
  words: filterWords,
}: {
  page: (typeof pages)[number]
  suggestions: readonly Suggestion[]
  /** The words of the address that are part of a view; open panels are not. */
  words: readonly string[]
}) {
  const { words } = useWords()
  const may = useMay()
  const read = useRead(listViews, { page }, { when: may(listViews) })
  const [panel, setPanel] = useState<'save' | 'arrange'>()
  const query = queryOf(words, filterWords)
  const views = read.data?.items ?? []
  const mine = views.filter(({ isMine }) => isMine)
  const shared = views.filter(({ isMine }) => !isMine)
  const shown = [...views, ...suggestions].find((view) => sameWords(view.query, query) && query !== '')
  const item = ({ name, query: its }: Suggestion, key: string | number) => (
    <Menu.Item
      key={key}
      component={PageLink}
      to={`/${page}?${its}`}
      aria-current={sameWords(its, query) ? 'true' : undefined}
    >
      {name}
    </Menu.Item>
  )
  const close = () => setPanel(undefined)
  return (
    <>
      <Menu
        position="bottom-start"
        width={240}
        withinPortal={false}
        withInitialFocusPlaceholder={false}
        transitionProps={{ duration: 0 }}
      >
        <Menu.Target>
          <Button
            className="views-button"
            leftSection={<IconBookmark size={16} stroke={1.5} />}
            rightSection={<IconChevronDown size={14} stroke={1.5} />}
          >
            {shown === undefined ? t('Views') : t('View: {name}', { name: shown.name })}
          </Button>
        </Menu.Target>
        <Menu.Dropdown className="views-list">
          {mine.length === 0 ? undefined : <Menu.Label>{t('Mine')}</Menu.Label>}
          {mine.map((view) => item(view, view.id))}
          {shared.length === 0 ? undefined : <Menu.Label>{t('Shared')}</Menu.Label>}
          {shared.map((view) => item(view, view.id))}
          <Menu.Label>{t('Suggested')}</Menu.Label>
          {suggestions.map((view) => item(view, view.query))}
          {may(saveView) && shown === undefined ? (
            <>
              <Menu.Divider />
              {query === '' ? (
                <Menu.Label>{t('Narrow the list, and save it here as a view.')}</Menu.Label>
              ) : (
                <Menu.Item onClick={() => setPanel('save')}>{t('Save what is shown as a view')}</Menu.Item>
              )}
            </>
          ) : undefined}
          {mine.length > 0 || (shared.length > 0 && may(shareView)) ? (
            <Menu.Item onClick={() => setPanel('arrange')}>{t('Rename, share or remove')}</Menu.Item>
          ) : undefined}
        </Menu.Dropdown>
      </Menu>
      <SidePanel isOpen={panel === 'save'} onClose={close} title={t('Save this view')}>
        <SaveForm page={page} query={query} onDone={close} />
      </SidePanel>
      <SidePanel isOpen={panel === 'arrange'} onClose={close} title={t('Views')}>
        <ul className="views">
          {[...mine, ...(may(shareView) ? shared : [])].map((view) => (
            <ArrangedView key={view.id} view={view} />
          ))}
        </ul>
      </SidePanel>
    </>
  )
}

function SaveForm({ page, query, onDone }: { page: (typeof pages)[number]; query: string; onDone: () => void }) {
  const save = useChange(saveView)
  const form = useFields({ name: '' }, async ({ name }) => {
    await save.run({ page, name, query })
    tell(t('The view is saved. It is yours alone.'))
    onDone()
  })
  return (
    <Form of={form} does={t('Save the view')} onCancel={onDone}>
      <TextInput
        label={t('Name')}
        description={t('The filters and the order are kept; what is found changes with the days.')}
        placeholder={t('My overdue')}
        maxLength={60}
        autoComplete="off"
        data-autofocus
        {...form.field('name')}
      />
    </Form>
  )
}

function ArrangedView({ view }: { view: View }) {
  const may = useMay()
  const [isNaming, setNaming] = useState(false)
  const share = useChange(shareView)
  const remove = useChange(removeView)
  if (isNaming) return <Renaming view={view} onDone={() => setNaming(false)} />
  return (
    <li>
      <p>
        <b>{view.name}</b>
        <span className="soft">
          {view.isMine
            ? view.isShared
              ? t('shared with everybody')
              : t('yours alone')
            : t('shared by {name}', { name: view.by })}
        </span>
      </p>
      <div className="buttons">
        {view.isMine ? (
          <Button
            size="compact-sm"
            onClick={() => setNaming(true)}
            aria-label={t('Rename {name}', { name: view.name })}
          >
            {t('Rename')}
          </Button>
        ) : undefined}
        {may(shareView) ? (
          <Button
            size="compact-sm"
            loading={share.isBusy}
            onClick={() => share.start({ viewId: view.id, isShared: !view.isShared })}
            aria-label={
              view.isShared ? t('Stop sharing {name}', { name: view.name }) : t('Share {name}', { name: view.name })
            }
          >
            {view.isShared ? t('Stop sharing') : t('Share')}
          </Button>
        ) : undefined}
        <Confirm
          trigger={(open) => (
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={open}
              aria-label={t('Remove {name}', { name: view.name })}
            >
              {t('Remove')}
            </Button>
          )}
          title={t('Remove this view?')}
          does={t('Remove it')}
          onConfirm={() => remove.run({ viewId: view.id })}
        >
          {view.isShared
            ? t('Nobody has it in the list any more. What it showed stays as it is.')
            : t('What it showed stays as it is.')}
        </Confirm>
      </div>
      <ProblemNote problem={share.problem} />
    </li>
  )
}

function Renaming({ view, onDone }: { view: View; onDone: () => void }) {
  const change = useChange(changeView)
  const form = useFields({ name: view.name }, async ({ name }) => {
    await change.run({ viewId: view.id, name })
    onDone()
  })
  return (
    <li>
      <Form of={form} does={t('Rename it')} onCancel={onDone}>
        <TextInput label={t('Name')} maxLength={60} autoComplete="off" data-autofocus {...form.field('name')} />
      </Form>
    </li>
  )
}

/** The words of the address that make the view, in one order. */
function queryOf(words: URLSearchParams, names: readonly string[]): string {
  const kept = new URLSearchParams()
  for (const name of names) for (const value of words.getAll(name)) kept.append(name, value)
  return kept.toString()
}

function sameWords(one: string, other: string): boolean {
  const sorted = (query: string) =>
    [...new URLSearchParams(query)]
      .map((pair) => pair.join('='))
      .sort()
      .join('&')
  return sorted(one) === sorted(other)
}
