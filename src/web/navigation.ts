/**
 * The places of the app, in the order of the navigation, each with the roles that may open it. `key` opens it after `g`.
 * Who is a member of staff and nothing else sees the first place alone: their tasks.
 */
import {
  type Icon,
  IconAffiliate,
  IconBook2,
  IconChecklist,
  IconDatabaseImport,
  IconEye,
  IconFileCheck,
  IconFlag3,
  IconListDetails,
  IconServer2,
  IconSettings,
  IconSunrise,
  IconTimeline,
  IconUsers,
} from '@tabler/icons-react'
import { showFeed } from '#core/calendar/contract.ts'
import { listDevices } from '#core/devices/contract.ts'
import { listEvidence } from '#core/evidence/contract.ts'
import { listFindings } from '#core/findings/contract.ts'
import { list as listSources } from '#core/intake/contract.ts'
import { listEntries } from '#core/ledger/contract.ts'
import { changeOrganisation, listMembers, listTokens } from '#core/members/contract.ts'
import { showChoices, showMail } from '#core/notifications/contract.ts'
import { showPerson } from '#core/people/contract.ts'
import { showPosture, showPractice } from '#core/posture/contract.ts'
import { listRequirements } from '#core/requirements/contract.ts'
import { showRetention } from '#core/retention/contract.ts'
import { showMe } from '#core/sign-in/contract.ts'
import { listSystems } from '#core/systems/contract.ts'
import { listMyTasks } from '#core/tasks/contract.ts'
import { showToday } from '#core/today/contract.ts'
import { listWebhooks } from '#core/webhooks/contract.ts'
import { type Role, readers } from '#platform/contract.ts'
import { listCases, listRules } from '#practices/access/cases/contract.ts'
import { listSources as listTrailSources, state as showTrail } from '#practices/access/trail/contract.ts'
import type { Callable } from '#ui/call.ts'
import { t } from '#ui/t.ts'

export interface Place {
  readonly to: string
  readonly word: string
  readonly icon: Icon
  /** Who may open it, by what it reads first. */
  readonly by: Pick<Callable, 'roles'>
  /** The letter that opens it after `g`. */
  readonly key?: string
  /** Whether it stands in the bar of a telephone. */
  readonly isInBar?: boolean
  /** What it opens into: shown below it while one is there. */
  readonly within?: readonly Omit<Place, 'icon' | 'isInBar' | 'within'>[]
}

export const daily: readonly Place[] = [
  { to: '/today', word: t('Today'), icon: IconSunrise, by: showToday, key: 't', isInBar: true },
  { to: '/posture', word: t('Posture'), icon: IconListDetails, by: showPosture, key: 'p' },
  { to: '/findings', word: t('Findings'), icon: IconFlag3, by: listFindings, key: 'f', isInBar: true },
  { to: '/tasks', word: t('Tasks'), icon: IconChecklist, by: listMyTasks, key: 'k', isInBar: true },
]

export const known: readonly Place[] = [
  { to: '/people', word: t('People'), icon: IconUsers, by: showPerson, key: 'e' },
  {
    to: '/systems',
    word: t('Systems'),
    icon: IconServer2,
    by: listSystems,
    key: 's',
    within: [{ to: '/devices', word: t('Devices'), by: listDevices, key: 'd' }],
  },
  {
    to: '/trail',
    word: t('Access trail'),
    icon: IconEye,
    by: showTrail,
    key: 'a',
    within: [
      { to: '/cases', word: t('Cases'), by: listCases, key: 'c' },
      { to: '/cases/rules', word: t('Rules'), by: listRules },
      { to: '/trail/sources', word: t('Its sources'), by: listTrailSources },
      { to: '/trail/keeping', word: t('How it is kept'), by: showTrail },
    ],
  },
]

export const grounds: readonly Place[] = [
  { to: '/requirements', word: t('Requirements'), icon: IconBook2, by: listRequirements, key: 'r' },
  { to: '/ledger', word: t('Ledger'), icon: IconTimeline, by: listEntries, key: 'l' },
  { to: '/evidence', word: t('Evidence'), icon: IconFileCheck, by: listEvidence, key: 'v' },
  { to: '/sources', word: t('Sources'), icon: IconDatabaseImport, by: listSources, key: 'o' },
  { to: '/settings', word: t('Settings'), icon: IconSettings, by: showMe, key: ',' },
]

/** The list of practices, which unfolds. */
export const practicesPlace: Place = {
  to: '/practices',
  word: t('Practices'),
  icon: IconAffiliate,
  by: showPractice,
}

/** The eleven; a test holds them equal to those of the server. */
export const practices = [
  { name: 'assessments', title: t('Assessments') },
  { name: 'training', title: t('Training') },
  { name: 'authentication', title: t('Authentication') },
  { name: 'encryption', title: t('Encryption') },
  { name: 'patching', title: t('Patching') },
  { name: 'access', title: t('Access') },
  { name: 'continuity', title: t('Continuity') },
  { name: 'vendors', title: t('Vendors') },
  { name: 'incidents', title: t('Incidents') },
  { name: 'compliance', title: t('Compliance') },
  { name: 'technologies', title: t('Technologies') },
] as const

type InnerPlace = Omit<Place, 'icon'>

/** The places of the settings, by whom they concern. */
export const settingsGroups: readonly { readonly word: string; readonly places: readonly InnerPlace[] }[] = [
  {
    word: t('You'),
    places: [
      { to: '/settings/sign-in', word: t('My sign-in'), by: showMe },
      { to: '/settings/sessions', word: t('My sessions'), by: showMe },
      { to: '/settings/notifications', word: t('My notifications'), by: showChoices },
      { to: '/settings/calendar', word: t('Calendar'), by: showFeed },
    ],
  },
  {
    word: t('Organisation'),
    places: [
      { to: '/settings/organisation', word: t('Organisation'), by: changeOrganisation },
      { to: '/settings/members', word: t('Members'), by: listMembers },
      { to: '/settings/mail', word: t('Mail'), by: showMail },
      { to: '/settings/retention', word: t('Retention'), by: showRetention },
    ],
  },
  {
    word: t('Programs'),
    places: [
      { to: '/settings/tokens', word: t('API tokens'), by: listTokens },
      { to: '/settings/webhooks', word: t('Webhooks'), by: listWebhooks },
      { to: '/settings/api', word: t('API'), by: { roles: readers } },
    ],
  },
]
export const settings: readonly InnerPlace[] = settingsGroups.flatMap(({ places }) => places)

/** The groups of the settings, as far as somebody may open them. */
export function settingsFor(roles: readonly Role[]): typeof settingsGroups {
  return settingsGroups
    .map(({ word, places }) => ({ word, places: places.filter((place) => mayOpen(place, roles)) }))
    .filter(({ places }) => places.length > 0)
}

export function mayOpen({ by }: Pick<Place, 'by'>, roles: readonly Role[]): boolean {
  return typeof by.roles === 'string' || by.roles.some((role) => roles.includes(role))
}

/** The three groups of the navigation, as far as somebody may open them. */
export function groupsFor(roles: readonly Role[]): {
  readonly daily: readonly Place[]
  readonly known: readonly Place[]
  readonly grounds: readonly Place[]
} {
  const open = (places: readonly Place[]) => places.filter((place) => mayOpen(place, roles))
  if (roles.every((role) => role === 'staff')) return { daily: open(daily).slice(0, 1), known: [], grounds: [] }
  return { daily: open(daily), known: open(known), grounds: open(grounds) }
}

/** The page that somebody starts with: Today, for whoever has a role. */
export function startFor(roles: readonly Role[]): string {
  return daily.find((place) => mayOpen(place, roles))?.to ?? '/settings'
}

/** Whether an address is a place or lies below it. */
export function isWithin(pathname: string, to: string): boolean {
  return pathname === to || pathname.startsWith(`${to}/`)
}
