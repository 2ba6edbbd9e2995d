/** The trail for the length of one command, and what its commands have in common. */
import { existsSync, statSync } from 'node:fs'
import { refusals } from '#platform/refusal.ts'
import type { Installation } from '#server/installation.ts'
import { reachTrail } from '#server/trail.ts'
import type { Trail } from '#trail/trail.ts'
import type { Program } from '../program.ts'
import { withInstallation } from './opened.ts'

export const refuse = refusals('trail-command', {
  'no-file': ['missing', 'There is no file {file}.'],
  'own-feed': ['invalid', 'Names that begin with vigil- are of Vigil’s own feeds.', 'give the source another name'],
  'one-of': ['invalid', 'Say whose accesses: --patient or --user, one of them.'],
  'no-proof': [
    'invalid',
    'A proof is made of all accesses to a patient’s record, without bounds of time.',
    'say --patient, and leave out --since, --until and --limit',
  ],
  'no-key': ['invalid', 'That is no verifying key: {reason}', 'vigil trail key prints the key of this trail'],
  'not-json': ['invalid', 'The file {file} holds no proof.', 'vigil trail who --patient ID --proof FILE writes one'],
})

export const isFile = (path: string) => existsSync(path) && statSync(path).isFile()

/** Opens the trail for one command: through the process that holds it, where one does. */
export async function withTrail(
  program: Program,
  work: (trail: Trail, installation: Installation) => Promise<void>,
  options: { create: boolean } = { create: false },
): Promise<void> {
  await withInstallation(
    program,
    async (installation) => {
      const { trail, close } = await reachTrail(installation)
      try {
        await work(trail, installation)
      } finally {
        await close()
      }
    },
    options,
  )
}
