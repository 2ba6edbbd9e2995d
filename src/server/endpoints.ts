/** Every endpoint there is: the one list that routes, commands, description and the tests of roles are made from. */
import { attestationsDoor } from '#core/attestations/index.ts'
import { calendar } from '#core/calendar/index.ts'
import { devices } from '#core/devices/index.ts'
import type { Bound } from '#core/door.ts'
import { evidence } from '#core/evidence/index.ts'
import { findingsDoor } from '#core/findings/index.ts'
import { intake } from '#core/intake/index.ts'
import { jobs } from '#core/jobs/index.ts'
import { ledgerDoor } from '#core/ledger/index.ts'
import { membersDoor, type Scope } from '#core/members/index.ts'
import { notifications } from '#core/notifications/index.ts'
import { peopleDoor } from '#core/people/index.ts'
import { postureDoor } from '#core/posture/index.ts'
import { questions } from '#core/questions/index.ts'
import { requirements } from '#core/requirements/index.ts'
import { retention } from '#core/retention/index.ts'
import { safeguardsDoor } from '#core/safeguards/index.ts'
import { search } from '#core/search/index.ts'
import { signIn } from '#core/sign-in/index.ts'
import { start } from '#core/start/index.ts'
import { systems } from '#core/systems/index.ts'
import { tasks } from '#core/tasks/index.ts'
import { todayDoor } from '#core/today/index.ts'
import { views } from '#core/views/index.ts'
import { webhooksDoor } from '#core/webhooks/index.ts'
import { countWaitingCases, practiceEndpoints, practices, withheldOfPractices } from '#practices/index.ts'
import { corrections } from '#sources/corrections/index.ts'
import { deliveries } from '#sources/deliveries/index.ts'
import { directories } from '#sources/directories/index.ts'

export const endpoints: readonly Bound[] = [
  ...signIn,
  ...membersDoor(() => scopes),
  ...todayDoor(practices, countWaitingCases),
  ...start,
  ...postureDoor(practices),
  ...safeguardsDoor(practices),
  ...findingsDoor(practices),
  ...views,
  ...tasks,
  ...questions,
  ...peopleDoor(practices),
  ...systems,
  ...devices,
  ...deliveries,
  ...directories,
  ...intake,
  ...attestationsDoor(practices),
  ...requirements,
  ...evidence,
  ...ledgerDoor(withheldOfPractices),
  ...jobs,
  ...search,
  ...webhooksDoor(() => slices),
  ...calendar,
  ...retention,
  ...notifications,
  ...corrections,
  ...practiceEndpoints,
]

const scopes: readonly Scope[] = listScopes()

/** What tokens may be allowed follows from what is open to programs. */
function listScopes(): readonly Scope[] {
  const found = new Map<string, Scope>()
  for (const { endpoint } of endpoints) {
    if (typeof endpoint.roles === 'string' || !endpoint.roles.includes('api-client')) continue
    const scope = found.get(endpoint.scope) ?? { name: endpoint.scope, endpoints: [] }
    scope.endpoints.push(endpoint.name)
    found.set(endpoint.scope, scope)
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name))
}

/** What Vigil says on the ledger that was done by itself, beside what endpoints do. */
const doneByItself = ['intake', 'safeguards']

const slices: readonly string[] = [
  ...new Set([
    ...endpoints.flatMap(({ endpoint: { name, effect } }) => (effect === 'change' ? [name.split('.')[0] ?? ''] : [])),
    ...doneByItself,
  ]),
].sort()
