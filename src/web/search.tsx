/**
 * The search: things by their words, pages and commands, all in one field. Fetched when it is first opened. It is a field
 * with a list (a combobox): what is marked in the list is told to who cannot see it.
 */
import { Modal, useMantineColorScheme } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { createSpotlight, Spotlight } from '@mantine/spotlight'
import '@mantine/spotlight/styles.layer.css'
import {
  type Icon,
  IconAlertTriangle,
  IconBook2,
  IconChecklist,
  IconCommand,
  IconDeviceLaptop,
  IconFileImport,
  IconHistory,
  IconKeyboard,
  IconLogout,
  IconRefresh,
  IconSearch,
  IconServer2,
  IconUser,
  IconUserPlus,
} from '@tabler/icons-react'
import { useLocation } from '@tanstack/react-router'
import { useEffect, useEffectEvent, useId, useLayoutEffect, useState } from 'react'
import { check } from '#core/jobs/contract.ts'
import { inviteMember } from '#core/members/contract.ts'
import { find } from '#core/search/contract.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { open as openDelivery } from '#sources/deliveries/contract.ts'
import { problemOf } from '#ui/call.ts'
import { useChange, useRead } from '#ui/data.ts'
import { useGo } from '#ui/link.tsx'
import { tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { leave } from './leave.ts'
import { groupsFor, mayOpen, practices, practicesPlace, settings } from './navigation.ts'
import { recentVisits } from './recent.ts'
import { schemes } from './schemes.ts'
import './search.css'

const [store, spotlight] = createSpotlight()

interface Entry {
  readonly id: string
  readonly icon: Icon
  readonly label: string
  readonly detail?: string | undefined
  /** The keys that do it. */
  readonly keys?: string | undefined
  readonly do: () => void
}
interface Group {
  readonly name: string
  readonly entries: readonly Entry[]
}

export default function Search({
  onClose,
  onKeys,
  takeHeldKeys,
}: {
  onClose: () => void
  onKeys: () => void
  /** What was typed before the field stood. */
  takeHeldKeys: () => string
}) {
  const [typed, setTyped] = useState('')
  const words = typed.trim()
  const [settled] = useDebouncedValue(words, 120)
  const isAsked = settled.length >= 2
  const read = useRead(find, { words: settled }, { when: isAsked && words.length >= 2 })
  const isWaiting = words.length >= 2 && (settled !== words || read.isLoading || read.isOld)
  const commands = useCommands(words, onKeys)
  const things = useThings(isAsked && words.length >= 2 ? read.data : undefined)
  const recent = useRecent()
  // What is called as it was typed comes first, and stays there when more is found.
  const isNamed = ({ label }: Entry) => label.toLowerCase().startsWith(words.toLowerCase())
  const [named, others] = [true, false].map((isWanted) =>
    commands.map(({ name, entries }) => ({ name, entries: entries.filter((entry) => isNamed(entry) === isWanted) })),
  )
  const groups = (words === '' ? [...recent, ...commands] : [...(named ?? []), ...things, ...(others ?? [])]).filter(
    ({ entries }) => entries.length > 0,
  )
  const flat = groups.flatMap(({ entries }) => entries)
  const count = flat.length
  const shown = flat.map(({ id }) => id).join(' ')
  const list = useId()
  const [marked, setMarked] = useState(0)

  useEffect(() => {
    spotlight.open()
    return () => spotlight.close()
  }, [])

  return (
    <Spotlight.Root
      store={store}
      query={typed}
      onQueryChange={setTyped}
      onSpotlightClose={onClose}
      shortcut={null}
      size={640}
      yOffset="12vh"
      overlayProps={{ color: 'var(--veil)', backgroundOpacity: 1, blur: 0 }}
      transitionProps={{ duration: 0 }}
      classNames={{ content: 'search', action: 'search-entry', actionsGroup: 'search-group' }}
    >
      <Modal.Title className="only-read">{t('Search')}</Modal.Title>
      <Spotlight.Search
        placeholder={t('Search, or say where to go')}
        aria-label={t('Search')}
        leftSection={<IconSearch size={18} stroke={1.5} aria-hidden="true" />}
        role="combobox"
        aria-expanded={count > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={marked in flat ? `${list}-${marked}` : undefined}
        autoComplete="off"
        spellCheck={false}
        maxLength={100}
        ref={focus}
        onFocus={() => {
          const held = takeHeldKeys()
          if (held !== '') setTyped((already) => already + held)
        }}
        data-autofocus
      />
      <Spotlight.ActionsList id={list} role="listbox" aria-label={t('What was found')}>
        {groups.map(({ name, entries }) => (
          <Spotlight.ActionsGroup key={entries[0]?.id} role="group" aria-label={name}>
            <div className="search-group-name" aria-hidden="true">
              {name}
            </div>
            {entries.map((entry) => (
              <Spotlight.Action key={entry.id} role="option" aria-selected={flat[marked] === entry} onClick={entry.do}>
                <entry.icon size={18} stroke={1.5} aria-hidden="true" />
                <span className="search-label">{entry.label}</span>
                {entry.detail === undefined ? undefined : <span className="search-detail">{entry.detail}</span>}
                {entry.keys === undefined ? undefined : (
                  <span className="key" aria-hidden="true">
                    <kbd>{entry.keys}</kbd>
                  </span>
                )}
              </Spotlight.Action>
            ))}
          </Spotlight.ActionsGroup>
        ))}
        <Marking list={list} shown={shown} onMark={setMarked} />
      </Spotlight.ActionsList>
      <div className="search-foot" role="status">
        {read.problem !== undefined && words.length >= 2
          ? read.problem.message
          : isWaiting
            ? t('Looking …')
            : words.length >= 2
              ? t(
                  '{count, plural, =0 {Nothing goes by that. Try fewer letters.} one {One match.} other {# matches.}}',
                  {
                    count,
                  },
                )
              : t('Names, numbers, citations or commands; two letters are enough.')}
      </div>
    </Spotlight.Root>
  )
}

/**
 * Marks the first entry whenever others are shown, and tells which one is marked. The library marks what was first when
 * something was typed, and what is found comes later; it tells of its marks nowhere but in the page, and gives entries no
 * ids.
 */
function Marking({ list, shown, onMark }: { list: string; shown: string; onMark: (at: number) => void }) {
  const tell = useEffectEvent(onMark)
  useLayoutEffect(() => {
    const place = document.getElementById(list)
    if (place === null || shown === '') return
    const entries = [...place.querySelectorAll('[data-action]')]
    for (const [at, entry] of entries.entries()) {
      entry.id = `${list}-${at}`
      entry.toggleAttribute('data-selected', at === 0)
    }
    store.updateState((state) => ({ ...state, selected: 0 }))
    const look = () => tell(entries.findIndex((entry) => entry.hasAttribute('data-selected')))
    look()
    const observer = new MutationObserver(look)
    observer.observe(place, { subtree: true, attributeFilter: ['data-selected'] })
    return () => observer.disconnect()
  }, [list, shown])
  return undefined
}

/** As soon as it stands, so that no letter is lost. */
function focus(field: HTMLInputElement | null): void {
  field?.focus()
}

function useThings(found: WireOutputOf<typeof find> | undefined): readonly Group[] {
  const go = useGo()
  if (found === undefined) return []
  const { people, systems, devices, findings, requirements, tasks } = found
  return [
    {
      name: t('People'),
      entries: people.map(({ id, name, title, department }) => ({
        id: `person-${id}`,
        icon: IconUser,
        label: name,
        detail: [title, department].filter((part) => part !== null).join(', ') || undefined,
        do: () => go(`/people/${id}`),
      })),
    },
    {
      name: t('Systems'),
      entries: systems.map(({ id, name }) => ({
        id: `system-${id}`,
        icon: IconServer2,
        label: name,
        do: () => go(`/systems/${id}`),
      })),
    },
    {
      name: t('Devices'),
      entries: devices.map(({ id, name }) => ({
        id: `device-${id}`,
        icon: IconDeviceLaptop,
        label: name,
        do: () => go(`/devices/${id}`),
      })),
    },
    {
      name: t('Findings'),
      entries: findings.map(({ id, subject, title }) => ({
        id: `finding-${id}`,
        icon: IconAlertTriangle,
        label: subject,
        detail: title,
        do: () => go(`/findings?finding=${id}`),
      })),
    },
    {
      name: t('Requirements'),
      entries: requirements.map(({ citation, title }) => ({
        id: `requirement-${citation.replaceAll(/\W/g, '-')}`,
        icon: IconBook2,
        label: title,
        detail: t('45 CFR {citation}', { citation }),
        do: () => go(`/requirements?${new URLSearchParams({ paragraph: citation })}`),
      })),
    },
    {
      name: t('Tasks'),
      entries: tasks.map(({ id, title }) => ({
        id: `task-${id}`,
        icon: IconChecklist,
        label: title,
        do: () => go(`/tasks?task=${id}`),
      })),
    },
  ]
}

function useRecent(): readonly Group[] {
  const { pathname } = useLocation()
  const go = useGo()
  const entries = recentVisits(pathname).map(({ to, title }) => ({
    id: `recent-${to.replaceAll(/\W/g, '-')}`,
    icon: IconHistory,
    label: title,
    do: () => go(to),
  }))
  return [{ name: t('Opened lately'), entries }]
}

/** The pages and the commands that fit what was typed; without words the pages of the navigation and every command. */
function useCommands(words: string, onKeys: () => void): readonly Group[] {
  const { roles } = useViewer()
  const may = useMay()
  const go = useGo()
  const { setColorScheme } = useMantineColorScheme()
  const checks = useChange(check)
  // How far they are is seen at once.
  const runChecks = () =>
    checks.run({}).then(
      ({ id }) => go(`/sources/jobs?job=${id}`),
      (thrown: unknown) => tell(problemOf(thrown).message),
    )
  const { daily, known, grounds } = groupsFor(roles)
  const pages = [...daily, ...known, ...grounds].flatMap(({ within = [], ...place }) => [
    { ...place },
    ...within.filter((one) => mayOpen(one, roles)).map((one) => ({ ...one, icon: place.icon })),
  ])
  const wanted = words.toLowerCase()
  const fits = ({ label }: Entry) => wanted === '' || ` ${label.toLowerCase()}`.includes(` ${wanted}`)
  const pageOf = (to: string, label: string, icon: Icon, key?: string): Entry => ({
    id: `page-${to.replaceAll(/\W/g, '-')}`,
    icon,
    label,
    keys: key === undefined ? undefined : `g ${key}`,
    do: () => go(to),
  })
  const places = pages.map(({ to, word, icon, key }) => pageOf(to, word, icon, key))
  // Too many to list before anything is typed.
  const further =
    wanted === ''
      ? []
      : [
          ...(mayOpen(practicesPlace, roles)
            ? practices.map(({ name, title }) => pageOf(`/practices/${name}`, title, practicesPlace.icon))
            : []),
          ...settings.filter((place) => mayOpen(place, roles)).map(({ to, word }) => pageOf(to, word, IconCommand)),
        ]
  const commands: readonly Entry[] = [
    ...(may(openDelivery)
      ? [{ id: 'bring', icon: IconFileImport, label: t('Bring in a file'), do: () => go('/sources/bring') }]
      : []),
    ...(may(inviteMember)
      ? [
          {
            id: 'invite',
            icon: IconUserPlus,
            label: t('Invite a member'),
            do: () => go('/settings/members?invite=new'),
          },
        ]
      : []),
    ...(may(check)
      ? [{ id: 'checks', icon: IconRefresh, label: t('Run the checks'), do: () => void runChecks() }]
      : []),
    ...schemes.map(({ scheme, does, icon }) => ({
      id: `scheme-${scheme}`,
      icon,
      label: does,
      do: () => setColorScheme(scheme),
    })),
    { id: 'keys', icon: IconKeyboard, label: t('Keyboard shortcuts'), keys: '?', do: onKeys },
    { id: 'leave', icon: IconLogout, label: t('Sign out'), do: () => void leave() },
  ]
  return [
    { name: t('Pages'), entries: [...places, ...further].filter(fits) },
    { name: t('Commands'), entries: commands.filter(fits) },
  ]
}
