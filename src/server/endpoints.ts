/** Every endpoint there is: the one list that routes, commands, description and the tests of roles are made from. */
import { attestationsDoor } from '#core/attestations/index.ts'
import type { Bound } from '#core/door.ts'
import { evidence } from '#core/evidence/index.ts'
import { findingsDoor } from '#core/findings/index.ts'
import { intake } from '#core/intake/index.ts'
import { jobs } from '#core/jobs/index.ts'
import { ledger } from '#core/ledger/index.ts'
import { membersDoor, type Scope } from '#core/members/index.ts'
import { people } from '#core/people/index.ts'
import { postureDoor } from '#core/posture/index.ts'
import { questions } from '#core/questions/index.ts'
import { requirements } from '#core/requirements/index.ts'
import { signIn } from '#core/sign-in/index.ts'
import { tasks } from '#core/tasks/index.ts'
import { practices } from '#practices/index.ts'
import { deliveries } from '#sources/deliveries/index.ts'
import { directories } from '#sources/directories/index.ts'

export const endpoints: readonly Bound[] = [
  ...signIn,
  ...membersDoor(() => scopes),
  ...postureDoor(practices),
  ...findingsDoor(practices),
  ...tasks,
  ...questions,
  ...people,
  ...deliveries,
  ...directories,
  ...intake,
  ...attestationsDoor(practices),
  ...requirements,
  ...evidence,
  ...ledger,
  ...jobs,
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
