/** The way to the engine. An organisation that never handed anything in has no trail yet: that is an answer, not a failure. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Services } from '#core/door.ts'
import type { Refusal } from '#platform/refusal.ts'
import { connectTrail } from '#trail/client.ts'
import type { Trail } from '#trail/trail.ts'

/** Whose trail, and where it lies. */
export interface Place {
  readonly services: Pick<Services, 'dataDirectory'>
  readonly organisationId: number
}

/** The trail of an organisation, held by the trail's own process; where that does not answer, each call is refused. */
export function reachTrail({ services, organisationId }: Place): Trail {
  return connectTrail(services.dataDirectory, organisationId)
}

/** Whether a refusal passes by itself: the trail is starting, is being made anew, or has no room for the moment. */
export const isPassing = ({ kind }: Refusal) => kind === 'unavailable' || kind === 'busy'

/** Whether anything was ever handed in. */
export async function hasTrail({ services, organisationId }: Place): Promise<boolean> {
  const found = await stat(join(services.dataDirectory, 'trail', String(organisationId))).catch(() => undefined)
  return found?.isDirectory() === true
}
