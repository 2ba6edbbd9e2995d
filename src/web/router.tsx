/**
 * The routes. A screen is imported when it is first opened: `screen('/findings', () => import('#core/…/findings.tsx'),
 * 'FindingsScreen')`. Behind the door (`house`) somebody is signed in and serves an organisation; before it (`door`) not.
 */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router'
import { LeadTo } from '#ui/link.tsx'
import { useViewer } from '#ui/viewer.tsx'
import { DoorFrame } from './door-frame.tsx'
import { House } from './house.tsx'
import { startFor } from './navigation.ts'
import { FailedPage, MissingPage } from './plain-pages.tsx'

const root = createRootRoute({ component: Outlet, notFoundComponent: MissingPage, errorComponent: FailedPage })

const door = createRoute({ getParentRoute: () => root, id: 'door', component: DoorFrame })
const house = createRoute({ getParentRoute: () => root, id: 'house', component: House })
const settings = createRoute({
  getParentRoute: () => house,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings-frame.tsx'), 'SettingsFrame'),
})

type Parent = typeof door | typeof house | typeof settings

function screen<M extends object>(parent: Parent, path: string, load: () => Promise<M>, name: keyof M & string) {
  return createRoute({
    getParentRoute: () => parent as typeof house,
    path,
    component: lazyRouteComponent(load as () => Promise<Record<string, () => React.ReactNode>>, name),
  })
}

function Start() {
  return <LeadTo to={startFor(useViewer().roles)} />
}

const tree = root.addChildren([
  door.addChildren([
    screen(door, '/sign-in', () => import('#core/sign-in/screens/sign-in.tsx'), 'SignInScreen'),
    screen(door, '/second-factor', () => import('#core/sign-in/screens/second-factor.tsx'), 'SecondFactorScreen'),
    screen(door, '/set-up', () => import('#core/sign-in/screens/set-up.tsx'), 'SetUpScreen'),
    screen(door, '/join', () => import('#core/sign-in/screens/join.tsx'), 'JoinScreen'),
  ]),
  house.addChildren([
    createRoute({ getParentRoute: () => house, path: '/', component: Start }),
    screen(house, '/today', () => import('#core/today/screens/today.tsx'), 'TodayScreen'),
    screen(house, '/start', () => import('#core/start/screens/start.tsx'), 'StartScreen'),
    screen(house, '/more', () => import('./more-page.tsx'), 'MorePage'),
    screen(
      house,
      '/notifications',
      () => import('#core/notifications/screens/notifications.tsx'),
      'NotificationsScreen',
    ),
    screen(house, '/posture', () => import('#core/posture/screens/posture.tsx'), 'PostureScreen'),
    screen(house, '/practices/$practice', () => import('#core/posture/screens/practice.tsx'), 'PracticeScreen'),
    screen(
      house,
      '/practices/$practice/$claim',
      () => import('#core/posture/screens/safeguard.tsx'),
      'SafeguardScreen',
    ),
    screen(house, '/findings', () => import('#core/findings/screens/findings.tsx'), 'FindingsScreen'),
    screen(house, '/tasks', () => import('#core/tasks/screens/tasks.tsx'), 'TasksScreen'),
    screen(house, '/people', () => import('#core/people/screens/people.tsx'), 'PeopleScreen'),
    screen(house, '/people/$person', () => import('#core/people/screens/person.tsx'), 'PersonScreen'),
    screen(house, '/systems', () => import('#core/systems/screens/systems.tsx'), 'SystemsScreen'),
    screen(house, '/systems/$system', () => import('#core/systems/screens/system.tsx'), 'SystemScreen'),
    screen(house, '/devices', () => import('#core/devices/screens/devices.tsx'), 'DevicesScreen'),
    screen(house, '/devices/$device', () => import('#core/devices/screens/device.tsx'), 'DeviceScreen'),
    screen(house, '/questions', () => import('#core/questions/screens/questions.tsx'), 'QuestionsScreen'),
    screen(house, '/sources', () => import('#core/intake/screens/sources.tsx'), 'SourcesScreen'),
    screen(house, '/sources/bring', () => import('#sources/deliveries/screens/bring.tsx'), 'BringScreen'),
    screen(
      house,
      '/sources/directories',
      () => import('#sources/directories/screens/directories.tsx'),
      'DirectoriesScreen',
    ),
    screen(house, '/sources/jobs', () => import('#core/jobs/screens/jobs.tsx'), 'JobsScreen'),
    screen(house, '/sources/$source', () => import('#core/intake/screens/source.tsx'), 'SourceScreen'),
    screen(house, '/requirements', () => import('#core/requirements/screens/requirements.tsx'), 'RequirementsScreen'),
    screen(house, '/ledger', () => import('#core/ledger/screens/ledger.tsx'), 'LedgerScreen'),
    screen(house, '/evidence', () => import('#core/evidence/screens/evidence.tsx'), 'EvidenceScreen'),
    screen(house, '/trail', () => import('#practices/access/trail/screens/ask.tsx'), 'AskScreen'),
    screen(house, '/trail/bring', () => import('#practices/access/trail/screens/bring.tsx'), 'BringTrailScreen'),
    screen(house, '/trail/sources', () => import('#practices/access/trail/screens/sources.tsx'), 'TrailSourcesScreen'),
    screen(house, '/trail/keeping', () => import('#practices/access/trail/screens/keeping.tsx'), 'KeepingScreen'),
    screen(house, '/cases', () => import('#practices/access/cases/screens/cases.tsx'), 'CasesScreen'),
    screen(house, '/cases/rules', () => import('#practices/access/cases/screens/rules.tsx'), 'RulesScreen'),
    screen(house, '/cases/$case', () => import('#practices/access/cases/screens/case.tsx'), 'CaseScreen'),
    createRoute({ getParentRoute: () => house, path: '$', component: MissingPage }),
    settings.addChildren([
      screen(settings, '/', () => import('./settings-frame.tsx'), 'SettingsStart'),
      screen(settings, '/sign-in', () => import('#core/sign-in/screens/my-sign-in.tsx'), 'MySignInScreen'),
      screen(settings, '/sessions', () => import('#core/sign-in/screens/my-sessions.tsx'), 'MySessionsScreen'),
      screen(settings, '/organisation', () => import('#core/members/screens/organisation.tsx'), 'OrganisationScreen'),
      screen(settings, '/members', () => import('#core/members/screens/members.tsx'), 'MembersScreen'),
      screen(settings, '/notifications', () => import('#core/notifications/screens/choices.tsx'), 'ChoicesScreen'),
      screen(settings, '/mail', () => import('#core/notifications/screens/mail.tsx'), 'MailScreen'),
      screen(settings, '/webhooks', () => import('#core/webhooks/screens/webhooks.tsx'), 'WebhooksScreen'),
      screen(settings, '/calendar', () => import('#core/calendar/screens/calendar.tsx'), 'CalendarScreen'),
      screen(settings, '/retention', () => import('#core/retention/screens/retention.tsx'), 'RetentionScreen'),
      screen(settings, '/tokens', () => import('#core/members/screens/tokens.tsx'), 'TokensScreen'),
      screen(settings, '/api', () => import('./api/api-page.tsx'), 'ApiPage'),
    ]),
  ]),
])

export const router = createRouter({
  routeTree: tree,
  scrollRestoration: true,
  defaultErrorComponent: FailedPage,
  defaultNotFoundComponent: MissingPage,
  // Words of the address are plain texts, repeated where there are several.
  parseSearch: (text) => {
    const words: Record<string, string | string[]> = {}
    for (const [name, value] of new URLSearchParams(text)) {
      const former = words[name]
      words[name] = former === undefined ? value : [former, value].flat()
    }
    return words
  },
  stringifySearch: (words) => {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(words)) {
      for (const item of [value].flat()) if (item !== undefined) query.append(name, String(item))
    }
    const text = query.toString()
    return text === '' ? '' : `?${text}`
  },
})
