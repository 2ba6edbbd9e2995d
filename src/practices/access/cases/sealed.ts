/** What of a case lies sealed: the story, since it names patients, and whatever people wrote, since they may name them too. */
import { z } from 'zod'
import type { Services } from '#core/door.ts'
import { open, seal } from '#platform/keys.ts'
import { type Story, storyKinds } from '#trail/model/story.ts'

export interface Keyring {
  readonly organisationId: number
  readonly services: Pick<Services, 'keys'>
}

const sealedStory = z.object({
  narrative: z.string(),
  told: z.array(z.object({ kind: z.enum(storyKinds), says: z.string() })),
  missed: z.array(z.string()),
  patients: z.array(z.object({ patient: z.string(), name: z.string() })),
  explainedBy: z.string(),
})
export type SealedStory = z.output<typeof sealedStory>

const ofStory = ({ organisationId }: Keyring, caseId: string) => `access-case/${organisationId}/${caseId}`
const ofEvent = ({ organisationId }: Keyring, caseId: string) => `access-case-event/${organisationId}/${caseId}`

export function sealStory(ring: Keyring, story: Story): Promise<Buffer> {
  const { id, narrative, told, missed, patients, explainedBy } = story
  const text = JSON.stringify({ narrative, told, missed, patients: patients.slice(0, 50), explainedBy })
  return seal(ring.services.keys, Buffer.from(text), ofStory(ring, id))
}

export async function openStory(
  ring: Keyring,
  { id, sealed }: { readonly id: string; readonly sealed: Buffer },
): Promise<SealedStory> {
  const text = await open(ring.services.keys, sealed, ofStory(ring, id))
  return sealedStory.parse(JSON.parse(text.toString()))
}

export async function sealBody(ring: Keyring, caseId: string, body: string | undefined): Promise<Buffer | null> {
  return body === undefined ? null : seal(ring.services.keys, Buffer.from(body), ofEvent(ring, caseId))
}

export async function openBody(ring: Keyring, caseId: string, sealed: Buffer | null): Promise<string | null> {
  return sealed === null ? null : (await open(ring.services.keys, sealed, ofEvent(ring, caseId))).toString()
}
