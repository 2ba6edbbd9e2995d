/** The places of the app, in the order of the navigation, each with the roles that may open it. */
import {
  type Icon,
  IconAffiliate,
  IconBook2,
  IconChecklist,
  IconDatabaseImport,
  IconFileCheck,
  IconFlag3,
  IconListDetails,
  IconSettings,
  IconTimeline,
  IconUsers,
} from '@tabler/icons-react'
import { listEvidence } from '#core/evidence/contract.ts'
import { listFindings } from '#core/findings/contract.ts'
import { list as listSources } from '#core/intake/contract.ts'
import { listEntries } from '#core/ledger/contract.ts'
import { changeOrganisation, listMembers, listTokens } from '#core/members/contract.ts'
import { listMyPeople } from '#core/people/contract.ts'
import { showPosture, showPractice } from '#core/posture/contract.ts'
import { listRequirements } from '#core/requirements/contract.ts'
import { showMe } from '#core/sign-in/contract.ts'
import { listMyTasks } from '#core/tasks/contract.ts'
import { type Role, readers } from '#platform/contract.ts'
import type { Callable } from '#ui/call.ts'

export interface Place {
  readonly to: string
  readonly word: string
  readonly icon: Icon
  /** Who may open it, by what it reads first. */
  readonly by: Pick<Callable, 'roles'>
}

export const daily: readonly Place[] = [
  { to: '/posture', word: 'Posture', icon: IconListDetails, by: showPosture },
  { to: '/findings', word: 'Findings', icon: IconFlag3, by: listFindings },
  { to: '/tasks', word: 'Tasks', icon: IconChecklist, by: listMyTasks },
]

export const known: readonly Place[] = [{ to: '/people', word: 'People', icon: IconUsers, by: listMyPeople }]

export const grounds: readonly Place[] = [
  { to: '/requirements', word: 'Requirements', icon: IconBook2, by: listRequirements },
  { to: '/ledger', word: 'Ledger', icon: IconTimeline, by: listEntries },
  { to: '/evidence', word: 'Evidence', icon: IconFileCheck, by: listEvidence },
  { to: '/sources', word: 'Sources', icon: IconDatabaseImport, by: listSources },
  { to: '/settings', word: 'Settings', icon: IconSettings, by: showMe },
]

/** The list of practices, which unfolds. */
export const practicesPlace: Place = { to: '/practices', word: 'Practices', icon: IconAffiliate, by: showPractice }

/** The eleven; a test holds them equal to those of the server. */
export const practices = [
  { name: 'assessments', title: 'Assessments' },
  { name: 'training', title: 'Training' },
  { name: 'authentication', title: 'Authentication' },
  { name: 'encryption', title: 'Encryption' },
  { name: 'patching', title: 'Patching' },
  { name: 'access', title: 'Access' },
  { name: 'continuity', title: 'Continuity' },
  { name: 'vendors', title: 'Vendors' },
  { name: 'incidents', title: 'Incidents' },
  { name: 'compliance', title: 'Compliance' },
  { name: 'technologies', title: 'Technologies' },
] as const

export const settings: readonly Omit<Place, 'icon'>[] = [
  { to: '/settings/sign-in', word: 'My sign-in', by: showMe },
  { to: '/settings/sessions', word: 'My sessions', by: showMe },
  { to: '/settings/organisation', word: 'Organisation', by: changeOrganisation },
  { to: '/settings/members', word: 'Members', by: listMembers },
  { to: '/settings/tokens', word: 'API tokens', by: listTokens },
  { to: '/settings/api', word: 'API', by: { roles: readers } },
]

export function mayOpen({ by }: Pick<Place, 'by'>, roles: readonly Role[]): boolean {
  return typeof by.roles === 'string' || by.roles.some((role) => roles.includes(role))
}

/** The page that somebody starts with: their tasks, where they may see no more. */
export function startFor(roles: readonly Role[]): string {
  return daily.find((place) => mayOpen(place, roles))?.to ?? '/settings'
}
